//! Windows of a map, read and written in any format.

use super::{Map, Mode};
use crate::audio::frames::{AnyFrames, Block, BlockData, Frames, FramesMut, Layout};
use crate::audio::sample::{Sample, SampleFormat, with_sample};
use crate::audio::{Error, ErrorKind, Result};
use crate::platform::file;

/// Bytes converted at a time: they stay in the cache between copy and conversion.
const BLOCK: usize = 128 << 10;

impl Map {
    /// Fills `dst` with the frames from `start` on; fewer only at the end.
    ///
    /// # Errors
    /// IO if the file has been cut short in or before the window.
    ///
    /// # Panics
    /// If `dst` has another number of channels than the map.
    pub fn read<S: Sample>(&self, start: u64, mut dst: FramesMut<'_, S>) -> Result<usize> {
        assert_eq!(dst.channels(), self.shape.channels as usize, "channels of the destination");
        let left = self.left(start)?;
        let frames = usize::try_from(left).unwrap_or(usize::MAX).min(dst.len());
        let dst = &mut dst.slice(0, frames);
        self.read_frames(start, dst).map_err(|e| e.in_source(&self.name)).map(|()| frames)
    }

    fn read_frames<S: Sample>(&self, start: u64, dst: &mut FramesMut<'_, S>) -> Result<()> {
        let coding = self.shape.coding;
        let (channels, frames) = (dst.channels(), dst.len());
        if S::FORMAT == coding.format() && coding.is_native() && is_interleaved(dst.layout(), channels) {
            return self.fetch(start, bytemuck::cast_slice_mut(dst.interleaved()));
        }
        let width = channels * coding.size();
        let step = (BLOCK / width).max(1);
        let mut bytes = vec![0; frames.min(step) * width];
        for first in (0..frames).step_by(step) {
            let n = step.min(frames - first);
            let bytes = &mut bytes[..n * width];
            self.fetch(start + first as u64, bytes)?;
            let block = Block { frames: n, channels, data: BlockData::Pcm { bytes, coding } };
            block.copy_to(0, &mut dst.slice(first, n));
        }
        Ok(())
    }

    /// As [`Map::read`], into bytes that hold samples of a format known only at
    /// run time. Planes lie as far apart as `dst` holds frames.
    pub fn read_as(&self, start: u64, format: SampleFormat, layout: Layout, dst: &mut [u8]) -> Result<usize> {
        let channels = self.shape.channels as usize;
        with_sample!(format, S => self.read(start, FramesMut::<S>::from_bytes(dst, channels, layout)?))
    }

    /// Writes all of `src` to the frames from `start` on.
    ///
    /// # Errors
    /// OUT_OF_RANGE if the map has fewer frames; then nothing was written. IO
    /// if the file has been cut short.
    ///
    /// # Panics
    /// If `src` has another number of channels than the map.
    pub fn write<S: Sample>(&self, start: u64, src: &Frames<'_, S>) -> Result<()> {
        self.write_any(start, &src.any())
    }

    /// As [`Map::write`], of samples whose type is known only at run time.
    pub fn write_any(&self, start: u64, src: &AnyFrames<'_>) -> Result<()> {
        assert_eq!(src.channels(), self.shape.channels as usize, "channels of the source");
        if self.access.mode == Mode::Read {
            return Err(Error::invalid("the map is open for reading only").in_source(&self.name));
        }
        let left = self.left(start)?;
        if src.len() as u64 > left {
            let message = format!("{} frames do not fit: {left} follow frame {start}", src.len());
            return Err(Error::new(ErrorKind::OutOfRange, message).in_source(&self.name));
        }
        self.write_frames(start, src).map_err(|e| e.in_source(&self.name))
    }

    fn write_frames(&self, start: u64, src: &AnyFrames<'_>) -> Result<()> {
        let is_native = self.shape.coding.is_native();
        let format = self.shape.coding.format();
        if src.format() == format
            && is_native
            && let Some(samples) = src.interleaved()
        {
            return self.store(start, samples);
        }
        let (channels, frames) = (src.channels(), src.len());
        let width = channels * format.size();
        let step = (BLOCK / width).max(1);
        // Aligned for any sample.
        let mut converted = vec![0u64; (frames.min(step) * width).div_ceil(8)];
        for first in (0..frames).step_by(step) {
            let bytes = &mut bytemuck::cast_slice_mut(&mut converted)[..step.min(frames - first) * width];
            src.copy_as(first, format, bytes)?;
            if !is_native {
                reverse_each(bytes, format.size());
            }
            self.store(start + first as u64, bytes)?;
        }
        Ok(())
    }

    /// Frames from `start` to the end.
    fn left(&self, start: u64) -> Result<u64> {
        self.shape.frames.checked_sub(start).ok_or_else(|| {
            let message = format!("there is no frame {start}: the map has {}", self.shape.frames);
            Error::new(ErrorKind::OutOfRange, message).in_source(&self.name)
        })
    }

    /// Whether what the memory shows differs from the file.
    fn is_apart(&self) -> bool {
        self.access.buffered || self.access.mode == Mode::CopyOnWrite
    }

    /// Copies the bytes of whole frames from `frame` on.
    fn fetch(&self, frame: u64, dst: &mut [u8]) -> Result<()> {
        let at = frame * self.shape.frame_size();
        let position = self.shape.offset + at;
        if self.is_apart() {
            self.check_length(position, dst.len())?;
            return self.memory.read(at as usize, dst).map_err(|e| self.lost(position, &e));
        }
        file::read_exact_at(&self.file, dst, position).map_err(|e| match e.kind() {
            std::io::ErrorKind::UnexpectedEof => self.lost(position, &e),
            _ => Error::io("read", &e).at(position),
        })
    }

    /// Copies the bytes of whole frames to `frame` and on.
    fn store(&self, frame: u64, src: &[u8]) -> Result<()> {
        let at = frame * self.shape.frame_size();
        let position = self.shape.offset + at;
        self.check_length(position, src.len())?;
        if self.is_apart() {
            return self.memory.write(at as usize, src).map_err(|e| self.lost(position, &e));
        }
        file::write_all_at(&self.file, src, position).map_err(|e| Error::io("write", &e).at(position))
    }

    /// Fails if the file has lost bytes that are to be read or written. A write
    /// would make it longer again, with zeros in between.
    fn check_length(&self, position: u64, bytes: usize) -> Result<()> {
        if self.access.buffered {
            return Ok(());
        }
        let len = self.file.metadata().map_err(|e| Error::io("look at the file", &e))?.len();
        if position + bytes as u64 > len {
            return Err(self.cut_short(len));
        }
        Ok(())
    }

    /// The error for memory whose file is gone.
    fn lost(&self, position: u64, error: &std::io::Error) -> Error {
        match self.file.metadata() {
            Ok(metadata) if metadata.len() < self.shape.end() => self.cut_short(metadata.len()),
            _ => Error::io("reach the samples", error).at(position),
        }
    }

    fn cut_short(&self, len: u64) -> Error {
        let message = format!(
            "the file has been cut short since it was mapped: it has {len} bytes, but its samples go to byte {}",
            self.shape.end()
        );
        Error::new(ErrorKind::Io, message).at(len)
    }

    /// Brings the file up to what a buffered map holds. Only what differs is
    /// written, so that a map that was only read changes nothing.
    pub(super) fn write_back(&self) -> Result<()> {
        let (offset, size) = (self.shape.offset, self.shape.size());
        let len = self.file.metadata().map_err(|e| Error::io("look at the file", &e))?.len();
        if len < self.shape.end() {
            return Err(self.cut_short(len));
        }
        let (mut memory, mut there) = (vec![0; BLOCK], vec![0; BLOCK]);
        for at in (0..size).step_by(BLOCK) {
            let n = usize::try_from(size - at).unwrap_or(BLOCK).min(BLOCK);
            let (memory, there) = (&mut memory[..n], &mut there[..n]);
            self.memory.read(at as usize, memory).map_err(|e| Error::io("flush", &e))?;
            file::read_exact_at(&self.file, there, offset + at).map_err(|e| Error::io("read", &e).at(offset + at))?;
            if memory != there {
                file::write_all_at(&self.file, memory, offset + at)
                    .map_err(|e| Error::io("write", &e).at(offset + at))?;
            }
        }
        Ok(())
    }
}

/// Turns the bytes of each sample round.
fn reverse_each(bytes: &mut [u8], size: usize) {
    fn of<const N: usize>(bytes: &mut [u8]) {
        bytes.as_chunks_mut::<N>().0.iter_mut().for_each(|sample| sample.reverse());
    }
    match size {
        2 => of::<2>(bytes),
        3 => of::<3>(bytes),
        4 => of::<4>(bytes),
        _ => of::<8>(bytes),
    }
}

fn is_interleaved(layout: Layout, channels: usize) -> bool {
    layout == Layout::Interleaved || channels == 1
}
