//! AAC in ADTS frames (ISO/IEC 14496-3, 1.A.3.2): a header before each packet
//! and nothing else.
//!
//! Nothing tells the encoder's delay or padding, so nothing is trimmed: the
//! audio starts with what the encoder put in front, 1024 frames or more.

use super::aac::{self, AudioSpecificConfig, FRAMES, SAMPLE_RATES};
use super::packet::{Demuxer, Packet, PacketStream, PreRoll, not_seekable};
use super::{Container, Description, Length, Stream, StreamOptions, Trim, Warnings, Watch, format_changed, unwatched};
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// What a frame's header tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Header {
    format: Format,
    /// Bytes of the frame, and of the header in it.
    len: usize,
    header_len: usize,
    /// Raw data blocks; nearly always one.
    blocks: u32,
}

/// The part of it that stays the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Format {
    object_type: u32,
    rate: u32,
    channel_configuration: u32,
}

/// Bytes of a header without checksum.
const HEADER: usize = 7;

impl Header {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let [sync, flags, a, b, c, d, e] = *bytes.first_chunk::<HEADER>()?;
        // Twelve ones, the version, and two zeros where MPEG audio has its layer.
        if sync != 0xff || flags & 0xf6 != 0xf0 {
            return None;
        }
        let rate = *SAMPLE_RATES.get(usize::from(a >> 2 & 15))?;
        let format = Format {
            object_type: u32::from(a >> 6) + 1,
            rate,
            channel_configuration: u32::from(a & 1) << 2 | u32::from(b >> 6),
        };
        let len = usize::from(b & 3) << 11 | usize::from(c) << 3 | usize::from(d >> 5);
        let header_len = if flags & 1 == 0 { HEADER + 2 } else { HEADER };
        (len > header_len).then_some(Self { format, len, header_len, blocks: u32::from(e & 3) + 1 })
    }
}

/// Whether a file that starts with `head` is ADTS: three frames in a row, as far as `head` reaches.
pub fn matches(head: &[u8]) -> bool {
    let mut at = 0;
    for i in 0..3 {
        match head.get(at..).filter(|rest| rest.len() >= HEADER) {
            Some(rest) => match Header::parse(rest) {
                Some(header) => at += header.len,
                None => return false,
            },
            None => return i > 0,
        }
    }
    true
}

/// Opens ADTS that starts at the position of `source`.
pub fn open(mut source: ByteReader, options: StreamOptions) -> Result<Box<dyn Stream>> {
    let start = source.position();
    let mut warnings = Warnings::default();
    let (at, header) = find_frame(&mut source, start, None, &mut warnings)?
        .ok_or_else(|| Error::malformed("there is no whole AAC frame").at(start))?;
    let format = header.format;
    let mut config = AudioSpecificConfig::new(format.object_type, format.rate, format.channel_configuration)?;
    source.seek(at)?;
    let first = source.peek(header.len)?.get(header.header_len..).unwrap_or_default();
    config.complete(first)?;
    let mut track = aac::track_of(&config)?;
    aac::check_packet(&mut *track.decoder, first)?;
    let description = Description {
        container: Container::Adts,
        codec: track.codec,
        rate: track.rate,
        channels: track.channels,
        channel_mask: track.channel_mask,
        sample_format: track.sample_format,
        bit_depth: track.bit_depth,
        bit_rate: None,
        trim: Trim::default(),
    };
    let mut demuxer = AdtsDemuxer {
        source,
        description,
        format,
        points: vec![at],
        next: 0,
        at,
        frame_len: header.len,
        end: None,
        change: None,
        warnings,
    };
    if demuxer.source.is_local() && !options.estimate_length {
        demuxer.scan(&mut unwatched)?;
    }
    Ok(Box::new(PacketStream::new(demuxer, track.decoder)))
}

/// Finds the frame at `at` or behind it, passing over what is no frame. A
/// frame in such a place must be followed by another to be believed.
fn find_frame(
    source: &mut ByteReader,
    at: u64,
    format: Option<Format>,
    warnings: &mut Warnings,
) -> Result<Option<(u64, Header)>> {
    source.seek(at)?;
    let rest = source.peek(8)?;
    let is_empty = rest.is_empty();
    let is_tag = rest.starts_with(b"TAG") || rest.starts_with(b"APETAGEX");
    let mut position = at;
    loop {
        source.seek(position)?;
        let bytes = source.peek_more(HEADER)?;
        if bytes.len() < HEADER {
            break;
        }
        let is_in_place = position == at && format.is_some();
        // A frame that starts somewhere in these bytes.
        let candidate = if is_in_place {
            Header::parse(bytes).map(|header| (0, header))
        } else {
            (0..=bytes.len() - HEADER).find_map(|i| Some((i, Header::parse(&bytes[i..])?)))
        };
        let Some((skipped, header)) = candidate else {
            position += if is_in_place { 1 } else { (bytes.len() - HEADER + 1) as u64 };
            continue;
        };
        position += skipped as u64;
        if is_in_place && format == Some(header.format) || is_followed(source, position, header)? {
            if position > at {
                warnings.add(format!("{} bytes that are no AAC frame are left out", position - at), Some(at));
            }
            return Ok(Some((position, header)));
        }
        position += 1;
    }
    // Tags at the end of the file are no damage.
    if !is_empty && !is_tag {
        warnings.add("the bytes behind the last AAC frame are no frame: the file is truncated or damaged", Some(at));
    }
    Ok(None)
}

/// Whether another frame of the same format, or the end of the file, follows.
fn is_followed(source: &mut ByteReader, at: u64, header: Header) -> Result<bool> {
    source.seek(at)?;
    let bytes = source.peek(header.len + HEADER)?;
    Ok(match bytes.get(header.len..) {
        Some(next) if next.len() == HEADER => Header::parse(next).is_some_and(|next| next.format == header.format),
        Some(_) => true,
        None => false,
    })
}

/// Finds frame after frame.
struct AdtsDemuxer {
    source: ByteReader,
    description: Description,
    format: Format,
    /// Where every [`AdtsDemuxer::STEP`]th frame lies, as far as was read.
    points: Vec<u64>,
    next: u64,
    at: u64,
    /// Bytes of the first frame, to guess the length from.
    frame_len: usize,
    /// Frames (of ADTS) in the file, once its end was seen.
    end: Option<u64>,
    /// The format that the file changes to at its end.
    change: Option<Format>,
    warnings: Warnings,
}

impl AdtsDemuxer {
    /// Frames from one seek point to the next.
    const STEP: u64 = 32;

    /// Moves to the next frame; none at the end.
    fn next_frame(&mut self) -> Result<Option<(u64, Header)>> {
        if self.end == Some(self.next) {
            return Ok(None);
        }
        let found = find_frame(&mut self.source, self.at, Some(self.format), &mut self.warnings)?;
        let Some((at, header)) = found.filter(|(_, header)| header.format == self.format) else {
            self.change = found.map(|(_, header)| header.format);
            self.end = Some(self.next);
            return Ok(None);
        };
        if self.next.is_multiple_of(Self::STEP) && self.points.len() as u64 == self.next / Self::STEP {
            self.points.push(at);
        }
        self.source.seek(at)?;
        let is_whole = match self.source.len() {
            Some(len) => at + header.len as u64 <= len,
            None => self.source.peek(header.len)?.len() == header.len,
        };
        if !is_whole {
            self.truncated(at);
            return Ok(None);
        }
        self.at = at + header.len as u64;
        self.next += 1;
        Ok(Some((at, header)))
    }

    fn truncated(&mut self, at: u64) {
        self.warnings.add("the file is truncated: its last frame is cut off", Some(at));
        self.end = Some(self.next);
    }

    /// Counts all frames.
    fn scan(&mut self, watch: Watch<'_>) -> Result<()> {
        let back = (self.next, self.at);
        while self.next_frame()?.is_some() {
            watch(self.next * u64::from(FRAMES))?;
        }
        if let Some(end) = self.end.filter(|end| *end > 0) {
            let bits = u128::from(self.at - self.points[0]) * 8 * u128::from(self.format.rate);
            self.description.bit_rate = u32::try_from(bits / (u128::from(end) * u128::from(FRAMES))).ok();
        }
        (self.next, self.at) = back;
        Ok(())
    }

    /// The error for a change of format where the frames of the first one end.
    fn changed(&self) -> Option<Error> {
        let (change, end) = (self.change?, self.end? * u64::from(FRAMES));
        let (from, to) = (self.format, change);
        Some(if from.rate != to.rate {
            format_changed("sample rate", from.rate, to.rate, end)
        } else if from.channel_configuration != to.channel_configuration {
            format_changed("channel configuration", from.channel_configuration, to.channel_configuration, end)
        } else {
            format_changed("audio object type", from.object_type, to.object_type, end)
        })
    }
}

impl Demuxer for AdtsDemuxer {
    fn description(&self) -> &Description {
        &self.description
    }

    fn length(&self) -> Length {
        let frames = |n: u64| n.saturating_mul(u64::from(FRAMES));
        match (self.end, self.source.len()) {
            // Whoever reads on past a change must meet the error.
            (Some(end), _) if self.change.is_some() => Length::Estimate(frames(end)),
            (Some(end), _) => Length::Exact(frames(end)),
            (None, Some(len)) => Length::Estimate(frames((len - self.points[0].min(len)) / self.frame_len as u64)),
            (None, None) => Length::Unknown,
        }
    }

    fn measure(&mut self, watch: Watch<'_>) -> Result<u64> {
        if self.end.is_none() {
            if !self.source.is_seekable() {
                return Err(not_seekable());
            }
            self.scan(watch)?;
        }
        match self.changed() {
            Some(error) => Err(error),
            None => Ok(self.end.unwrap_or(0) * u64::from(FRAMES)),
        }
    }

    fn next_packet(&mut self) -> Result<Option<Packet<'_>>> {
        let index = self.next;
        let Some((offset, header)) = self.next_frame()? else {
            return self.changed().map_or(Ok(None), Err);
        };
        if header.blocks > 1 {
            return Err(Error::unsupported("ADTS frames of several raw data blocks are not supported").at(offset));
        }
        // The source without a known size may end within the frame.
        if self.source.peek(header.len)?.len() < header.len {
            self.next = index;
            self.truncated(offset);
            return Ok(None);
        }
        let start = index * u64::from(FRAMES);
        let data = &self.source.peek(header.len)?[header.header_len..];
        Ok(Some(Packet { data, index, start, frames: FRAMES, offset }))
    }

    fn seek(&mut self, frame: u64, pre_roll: PreRoll) -> Result<()> {
        let target = frame.saturating_sub(u64::from(pre_roll.frames)) / u64::from(FRAMES);
        let first = pre_roll.first_packet(target);
        if !self.source.is_seekable() && first < self.next {
            return Err(not_seekable());
        }
        let point = (first / Self::STEP).min(self.points.len() as u64 - 1);
        if point * Self::STEP > self.next || first < self.next {
            self.next = point * Self::STEP;
            self.at = self.points[point as usize];
        }
        while self.next < first && self.next_frame()?.is_some() {}
        Ok(())
    }

    fn warnings(&self) -> &Warnings {
        &self.warnings
    }
}
