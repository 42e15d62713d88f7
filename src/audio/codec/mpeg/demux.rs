//! The file: its frames as packets, its length, its trim.

use super::frames::{End, Frame, Frames, Grid};
use super::header::Header;
use super::scan::find_first;
use super::tag::{StreamTag, restrict_to_audio};
use crate::audio::codec::packet::not_seekable;
use crate::audio::codec::{
    Container, Demuxer, Description, Length, Packet, PreRoll, StreamOptions, Trim, Warnings, Watch, unwatched,
};
use crate::audio::sample::SampleFormat;
use crate::audio::source::ByteReader;
use crate::audio::{Error, ErrorKind, Result};

/// A file of MPEG audio frames.
pub struct MpegDemuxer {
    frames: Frames,
    header: Header,
    description: Description,
    tag: Option<StreamTag>,
}

impl MpegDemuxer {
    /// Finds the first frame at or after the position of `source`, and what
    /// can be known of the stream.
    pub fn open(mut source: ByteReader, container: Container, options: StreamOptions) -> Result<Self> {
        restrict_to_audio(&mut source)?;
        let start = source.position();
        let mut stream =
            find_first(&mut source)?.ok_or_else(|| Error::unrecognized("no MPEG audio frames are found").at(start))?;
        let first = source.position();
        let size = stream.header.size(stream.free_format);
        let tag = StreamTag::parse(stream.header, source.peek(size)?);
        if tag.is_some() {
            // The first frame of audio, not the tag's, is what all others are like.
            source.skip(size as u64)?;
            match find_first(&mut source)? {
                Some(audio) => stream = audio,
                None if source.is_seekable() => source.seek(first + size as u64)?,
                None => {}
            }
        }
        let audio = source.position();
        let is_local = source.is_local();
        let end = source.len().filter(|_| source.is_seekable());
        let mut frames = Frames::new(source, stream);
        if first > start {
            frames.warn(
                format!("{} bytes in front of the first frame are no frame: skipped", first - start),
                Some(start),
            );
        }
        let grid = tag.zip(end).and_then(|(tag, end)| {
            let agrees = tag.is_constant && tag.bytes.is_some_and(|bytes| bytes.abs_diff(end - first) <= 1);
            Grid::new(audio, end, stream.header).filter(|grid| agrees && tag.frames == Some(grid.frames))
        });
        let on_grid = match grid {
            Some(grid) => frames.lay_on_grid(grid)?,
            None => false,
        };
        if !on_grid && is_local && !options.estimate_length {
            match frames.scan(&mut unwatched) {
                // The frames before the change can be read; reading on tells of it.
                Err(error) if error.kind() == ErrorKind::FormatChanged => {}
                result => result?,
            }
        }
        let header = stream.header;
        let trim = tag.map_or_else(Trim::default, |tag| trim(tag, &mut frames, header));
        let description = Description {
            container,
            codec: header.codec(),
            rate: header.rate(),
            channels: header.channels(),
            channel_mask: speaker_mask(header),
            sample_format: SampleFormat::F32,
            bit_depth: 0,
            bit_rate: bit_rate(&frames, tag, header),
            trim,
        };
        Ok(Self { frames, header, description, tag })
    }

    /// The header of the first frame.
    pub fn header(&self) -> Header {
        self.header
    }
}

/// WAVE_FORMAT_EXTENSIBLE speaker bits: front centre, or front left and right.
pub fn speaker_mask(header: Header) -> u32 {
    if header.channels() == 1 { 0x4 } else { 0x3 }
}

/// What the tag says to leave out. Its padding counts from the end of the
/// stream that it was written for: of another one nothing is left out.
fn trim(tag: StreamTag, frames: &mut Frames, header: Header) -> Trim {
    let counted = match (frames.count(), frames.end()) {
        (None, Some(End::Change(count, _))) => Some(*count),
        (count, _) => count,
    };
    let mismatch = counted.zip(tag.frames).filter(|(there, told)| there != told);
    if let Some((there, told)) = mismatch {
        frames.warn(format!("the header tells of {told} MPEG frames, the file holds {there}"), None);
    }
    let total = if mismatch.is_some() { None } else { counted.or(tag.frames) };
    let end = total
        .zip(tag.padding)
        .map(|(total, padding)| (total * u64::from(header.samples())).saturating_sub(padding).max(tag.delay));
    Trim { start: tag.delay, end }
}

/// Bits per second: the header's if it is constant, else the average as far as known.
fn bit_rate(frames: &Frames, tag: Option<StreamTag>, header: Header) -> Option<u32> {
    let passed = Some(frames.passed()).filter(|(frames, _)| *frames > 0);
    let told = tag.and_then(|tag| tag.frames.zip(tag.bytes)).filter(|(frames, _)| *frames > 0);
    let is_constant = passed.is_some() || tag.is_none_or(|tag| tag.is_constant);
    if let Some(rate) = frames.constant_bit_rate().filter(|rate| is_constant && *rate > 0) {
        return Some(rate);
    }
    let (count, bytes) = passed.or(told)?;
    let bits = u128::from(bytes) * 8 * u128::from(header.rate());
    u32::try_from(bits / (u128::from(count) * u128::from(header.samples()))).ok()
}

impl Demuxer for MpegDemuxer {
    fn description(&self) -> &Description {
        &self.description
    }

    fn length(&self) -> Length {
        let samples = u64::from(self.header.samples());
        if let Some(frames) = self.frames.count() {
            return Length::Exact(frames * samples);
        }
        if let Some(End::Change(frames, _)) = self.frames.end() {
            return Length::Estimate(frames * samples);
        }
        if let Some(frames) = self.tag.and_then(|tag| tag.frames) {
            return Length::Estimate(frames.saturating_mul(samples));
        }
        let bytes = self.frames.source().len().map(|end| end.saturating_sub(self.frames.first_offset()));
        match (bytes, self.description.bit_rate.filter(|rate| *rate > 0)) {
            (Some(bytes), Some(rate)) => {
                let frames = u128::from(bytes) * 8 * u128::from(self.header.rate()) / u128::from(rate);
                Length::Estimate(u64::try_from(frames).unwrap_or(u64::MAX))
            }
            _ => Length::Unknown,
        }
    }

    fn measure(&mut self, watch: Watch<'_>) -> Result<u64> {
        if self.frames.count().is_none() {
            if !self.frames.source().is_seekable() {
                return Err(not_seekable());
            }
            let samples = u64::from(self.header.samples());
            self.frames.scan(&mut |number| watch(number * samples))?;
        }
        Ok(self.frames.count().unwrap_or(0) * u64::from(self.header.samples()))
    }

    fn next_packet(&mut self) -> Result<Option<Packet<'_>>> {
        let frames = self.header.samples();
        let Some(frame) = self.frames.advance()? else { return Ok(None) };
        let Frame { number: index, offset, .. } = frame;
        let data = self.frames.data(frame)?;
        Ok(Some(Packet { data, index, start: index * u64::from(frames), frames, offset }))
    }

    /// The decoder's own pre-roll is for containers that do not know sizes.
    ///
    /// A frame of layer III takes main data from up to `reservoir_size` bytes
    /// before it, overlaps with the granule before, and the filters remember 15
    /// of that granule's 18 time slots: two frames before it, decoded with all
    /// their data, are enough for any version and layer. Twice the reservoir
    /// lets the decoder also come to the same state behind a damaged frame.
    fn seek(&mut self, frame: u64, _: PreRoll) -> Result<()> {
        if !self.frames.source().is_seekable() {
            return Err(not_seekable());
        }
        let number = frame / u64::from(self.header.samples());
        self.frames.seek(number, 2 * self.header.reservoir_size(), 2)
    }

    fn warnings(&self) -> &Warnings {
        self.frames.warnings()
    }
}
