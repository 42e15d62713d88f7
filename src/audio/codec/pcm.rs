//! Uncompressed audio: samples straight from the bytes of a file.

use super::packet::not_seekable;
use super::{
    Codec, Container, Decoder, Description, Length, Packet, PacketTimer, PreRoll, Stream, Track, Trim, Warnings, Watch,
};
use crate::audio::frames::{Block, BlockData};
use crate::audio::limits::check_format;
use crate::audio::sample::{PcmCoding, SampleFormat};
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// The run of bytes in a file that holds the audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Position of the first byte.
    pub start: u64,
    /// Bytes, as far as is known: what the header declares, or less where the file ends before.
    pub size: Option<u64>,
    /// Whether the file is known to hold all of them.
    pub is_certain: bool,
}

impl Extent {
    /// The audio from `start` on. `declared` is the size that the header tells;
    /// without one (a file written to a pipe) the audio runs to the end of the file.
    pub fn new(source: &ByteReader, start: u64, declared: Option<u64>, warnings: &mut Warnings) -> Self {
        let Some(len) = source.len() else {
            return Self { start, size: declared, is_certain: false };
        };
        let available = len.saturating_sub(start);
        if let Some(declared) = declared.filter(|declared| *declared > available) {
            warnings.add(
                format!("the file is truncated: its header declares {declared} bytes of audio, but only {available} are there"),
                Some(len),
            );
        }
        Self { start, size: Some(declared.unwrap_or(available).min(available)), is_certain: true }
    }

    /// Position of the byte after the last.
    pub fn end(&self) -> Option<u64> {
        self.size.map(|size| self.start.saturating_add(size))
    }
}

/// What a header tells of uncompressed audio.
#[derive(Debug, Clone, Copy)]
pub struct PcmFormat {
    /// The file format.
    pub container: Container,
    /// How a sample is coded.
    pub coding: PcmCoding,
    /// Sample rate in Hz.
    pub rate: u32,
    /// Channels.
    pub channels: u32,
    /// Speaker bits, as in [`Description`].
    pub channel_mask: u32,
    /// Significant bits of a sample; the others are zero and below them.
    pub bit_depth: u32,
}

/// Uncompressed audio in a file: what it is and where.
#[derive(Debug)]
pub struct PcmFile {
    /// What the header tells.
    pub format: PcmFormat,
    /// Where the samples are.
    pub extent: Extent,
    /// What is wrong with the header.
    pub warnings: Warnings,
}

impl PcmFile {
    /// Reads the audio.
    pub fn stream(self, source: ByteReader) -> Result<PcmStream> {
        PcmStream::new(source, self.format, self.extent, self.warnings)
    }
}

/// The error for a file whose samples are not to be found as such.
pub fn compressed(codec: &str) -> Error {
    Error::unsupported(format!("{codec} is compressed: only uncompressed samples can be mapped"))
}

/// Uncompressed audio: any frame is found by arithmetic.
pub struct PcmStream {
    source: ByteReader,
    description: Description,
    coding: PcmCoding,
    /// Bytes of a frame.
    width: usize,
    extent: Extent,
    length: Length,
    block_start: u64,
    block_frames: usize,
    /// Frames known to be there, from having read up to them.
    reached: u64,
    warnings: Warnings,
}

impl PcmStream {
    /// Reads the audio that fills `extent` of `source`.
    pub fn new(mut source: ByteReader, format: PcmFormat, extent: Extent, mut warnings: Warnings) -> Result<Self> {
        check_format(format.rate, format.channels)?;
        // A source that cannot go back there must say so now.
        source.seek(extent.start)?;
        let width = format.channels as usize * format.coding.size();
        let length = match extent.size.map(|size| (size / width as u64, size % width as u64)) {
            None => Length::Unknown,
            Some((frames, _)) if !extent.is_certain => Length::Estimate(frames),
            Some((frames, rest)) => {
                if rest > 0 {
                    warnings.add(
                        format!(
                            "the audio ends with {rest} bytes that are no whole frame of {width}: they are left out"
                        ),
                        extent.end().map(|end| end - rest),
                    );
                }
                Length::Exact(frames)
            }
        };
        let bits_per_second = u64::from(format.rate) * width as u64 * 8;
        let codec = Codec::Pcm(format.coding);
        let (sample_format, bit_depth) =
            if codec.is_lossless() { (format.coding.format(), format.bit_depth) } else { (SampleFormat::F32, 0) };
        let description = Description {
            container: format.container,
            codec,
            rate: format.rate,
            channels: format.channels,
            channel_mask: format.channel_mask,
            sample_format,
            bit_depth,
            bit_rate: u32::try_from(bits_per_second).ok(),
            trim: Trim::default(),
        };
        Ok(Self {
            source,
            description,
            coding: format.coding,
            width,
            extent,
            length,
            block_start: 0,
            block_frames: 0,
            reached: 0,
            warnings,
        })
    }

    fn byte_position(&self, frame: u64) -> u64 {
        frame.saturating_mul(self.width as u64).saturating_add(self.extent.start)
    }

    /// Notes that the source ends before a whole frame at the block's start,
    /// which only a source of unknown size (or one that shrinks) lets us find
    /// out by reading. `rest` is the bytes that are there.
    fn end_here(&mut self, rest: usize) {
        let frame = self.block_start;
        if rest == 0 && frame != self.reached {
            // After a seek past the end: it is somewhere before.
            return;
        }
        let position = Some(self.byte_position(frame));
        match self.length {
            Length::Exact(declared) | Length::Estimate(declared) if frame < declared => self.warnings.add(
                format!("the file is truncated: its header declares {declared} frames, but only {frame} are there"),
                position,
            ),
            _ if rest > 0 => self.warnings.add(
                format!(
                    "the audio ends with {rest} bytes that are no whole frame of {}: they are left out",
                    self.width
                ),
                position,
            ),
            _ => {}
        }
        self.length = Length::Exact(frame);
    }
}

impl Stream for PcmStream {
    fn description(&self) -> &Description {
        &self.description
    }

    fn length(&self) -> Length {
        self.length
    }

    fn measure(&mut self, watch: Watch<'_>) -> Result<u64> {
        if let Length::Exact(frames) = self.length {
            return Ok(frames);
        }
        if !self.source.is_seekable() {
            return Err(not_seekable());
        }
        self.seek(self.reached)?;
        while self.advance()? {
            watch(self.reached)?;
        }
        Ok(self.reached)
    }

    fn advance(&mut self) -> Result<bool> {
        self.block_start += self.block_frames as u64;
        self.block_frames = 0;
        let left = match self.length {
            Length::Exact(frames) | Length::Estimate(frames) => frames.saturating_sub(self.block_start),
            Length::Unknown => u64::MAX,
        };
        if left == 0 {
            if self.length == Length::Estimate(self.reached) {
                self.length = Length::Exact(self.reached);
            }
            return Ok(false);
        }
        let position = self.byte_position(self.block_start);
        self.source.seek(position)?;
        let bytes = self.source.peek_more(self.width)?.len();
        let frames = bytes / self.width;
        if frames == 0 {
            self.end_here(bytes);
            return Ok(false);
        }
        self.block_frames = usize::try_from(left).unwrap_or(usize::MAX).min(frames);
        self.reached = self.reached.max(self.block_start + self.block_frames as u64);
        Ok(true)
    }

    fn block(&self) -> Block<'_> {
        let bytes = &self.source.buffered()[..self.block_frames * self.width];
        Block {
            frames: self.block_frames,
            channels: self.description.channels as usize,
            data: BlockData::Pcm { bytes, coding: self.coding },
        }
    }

    fn block_start(&self) -> u64 {
        self.block_start
    }

    fn seek(&mut self, frame: u64) -> Result<()> {
        // Tells now if the source cannot go there.
        self.source.seek(self.byte_position(frame))?;
        self.block_start = frame;
        self.block_frames = 0;
        Ok(())
    }

    fn warnings(&self) -> &Warnings {
        &self.warnings
    }
}

/// Uncompressed samples in another container's packets, interleaved.
pub fn track(coding: PcmCoding, rate: u32, channels: u32) -> Result<Track> {
    check_format(rate, channels)?;
    let width = coding.size() * channels as usize;
    Ok(Track {
        decoder: Box::new(PacketDecoder { coding, width, bytes: Vec::new() }),
        timer: Box::new(ByteTimer { width }),
        codec: Codec::Pcm(coding),
        rate,
        channels,
        channel_mask: 0,
        sample_format: coding.format(),
        bit_depth: coding.format().bits(),
        delay: 0,
    })
}

/// Keeps a packet's bytes: they are the samples.
struct PacketDecoder {
    coding: PcmCoding,
    width: usize,
    bytes: Vec<u8>,
}

impl Decoder for PacketDecoder {
    fn pre_roll(&self) -> PreRoll {
        PreRoll::NONE
    }

    fn decode(&mut self, packet: &Packet<'_>) -> Result<usize> {
        self.bytes.clear();
        self.bytes.extend_from_slice(packet.data);
        Ok(packet.data.len() / self.width)
    }

    fn samples(&self) -> BlockData<'_> {
        BlockData::Pcm { bytes: &self.bytes, coding: self.coding }
    }

    fn reset(&mut self) {}
}

/// Tells a packet's duration from its size.
struct ByteTimer {
    width: usize,
}

impl PacketTimer for ByteTimer {
    fn frames(&mut self, packet: &[u8]) -> u32 {
        u32::try_from(packet.len() / self.width).unwrap_or(u32::MAX)
    }
}
