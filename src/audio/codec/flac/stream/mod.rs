//! A native FLAC file as a stream.
//!
//! Only decoding tells where a frame ends, so frames are no packets here: the
//! stream decodes them straight from the source's buffer.

mod seek;
mod verify;

use super::crc::crc16;
use super::frame::{Format, FrameDecoder};
use super::header::{FrameHeader, MAX_HEADER, MIN_FRAME};
use super::metadata::{Metadata, StreamInfo};
use super::packets::check_unchanged;
use super::scan::{Candidate, Effort, next_candidate};
use super::{Fault, MARKER, sample_format};
use crate::audio::codec::packet::not_seekable;
use crate::audio::codec::{
    Codec, Container, Description, Length, Stream, StreamOptions, Trim, Warnings, Watch, unwatched, usual_mask,
};
use crate::audio::frames::{Block, BlockData};
use crate::audio::limits::{MAX_PACKET, check_format};
use crate::audio::source::ByteReader;
use crate::audio::{Error, ErrorKind, Result, counted};
use std::collections::BTreeMap;

/// A FLAC file starts so: the marker and the header of STREAMINFO, with other
/// metadata blocks behind it as nearly always.
const NEXT_FILE: &[u8] = b"fLaC\0\0\0\x22";

/// A file without metadata must show a frame within so many bytes.
const MAX_GARBAGE: u64 = 1 << 20;

/// A native FLAC file.
pub struct FlacStream {
    frames: Frames,
    description: Description,
    length: Length,
    /// The frame after the last that was given out.
    next: u64,
    /// A frame that is decoded but not given out yet.
    ready: Option<FrameHeader>,
    /// First frame, frames, and whether they are silence for what is lost.
    block: (u64, usize, bool),
    /// Blocks that end before this are not given out.
    exact_from: u64,
    at_end: bool,
    /// First frames and places of some frames.
    points: BTreeMap<u64, u64>,
}

/// The frames in the source.
struct Frames {
    source: ByteReader,
    info: Option<StreamInfo>,
    decoder: FrameDecoder,
    warnings: Warnings,
    format: Format,
    numbering: Numbering,
    /// Bytes that a frame usually needs at most.
    usual: usize,
    effort: Effort,
}

/// How the number in a frame header gives its position.
#[derive(Debug, Clone, Copy)]
struct Numbering {
    /// Frames per block where blocks are counted; 1 where samples are.
    unit: u64,
    /// The largest possible block.
    max_block: u64,
    /// The number, in samples, of the first frame: streams that were caught
    /// in the middle do not start at 0.
    origin: u64,
    /// Where the first frame lies.
    audio_start: u64,
}

impl Numbering {
    /// Raw frame at which a frame starts; none if its number cannot be true,
    /// because so many frames never fit into so many bytes.
    fn start_of(&self, candidate: &Candidate) -> Option<u64> {
        let unit = if candidate.header.counts_samples { 1 } else { self.unit };
        let start = candidate.header.number.checked_mul(unit)?.checked_sub(self.origin)?;
        let bytes = candidate.offset.saturating_sub(self.audio_start);
        let most = (bytes / MIN_FRAME as u64).saturating_mul(self.max_block);
        (start <= most).then_some(start)
    }
}

/// What lies at the source's position.
enum Found {
    Frame { header: FrameHeader, len: usize, start: u64 },
    Damaged(Fault),
    End,
}

impl Frames {
    /// Decodes the frame at the source's position, without moving on.
    fn decode_here(&mut self) -> Result<Found> {
        let offset = self.source.position();
        let mut want = self.usual;
        loop {
            let is_whole = self.source.len();
            let bytes = self.source.peek_more(want)?;
            let end = offset + bytes.len() as u64;
            let is_last = is_whole.is_some_and(|len| end >= len) || bytes.len() < want || bytes.len() >= MAX_PACKET;
            if bytes.is_empty() {
                return Ok(Found::End);
            }
            return Ok(match self.decoder.decode(bytes, self.info.as_ref()) {
                Ok((header, len)) => match self.numbering.start_of(&Candidate { offset, header }) {
                    Some(start) => {
                        self.usual = self.usual.max(len + len / 2);
                        Found::Frame { header, len, start }
                    }
                    None => Found::Damaged(Fault::Damaged("its number is out of all proportion")),
                },
                Err(Fault::Incomplete) if !is_last => {
                    want = bytes.len() * 2;
                    continue;
                }
                Err(fault) => {
                    if let Ok(header) = FrameHeader::parse(bytes) {
                        self.effort.count(offset, &header)?;
                    }
                    Found::Damaged(fault)
                }
            });
        }
    }

    fn format_of(&self, header: &FrameHeader) -> Option<Format> {
        Format::of(header, self.info.as_ref())
    }

    /// The last whole frame of the source: the raw frame after it and the
    /// byte after it. `None` where it is of another format, or where there is none.
    fn find_last(&mut self) -> Result<Option<(u64, u64)>> {
        // Garbage that looks like frames costs a try each; nothing real needs as many.
        const MAX_TRIES: usize = 512;
        let Some(len) = self.source.len() else { return Ok(None) };
        let mut tries = 0;
        let mut to = len;
        let mut window = self.usual as u64 + 1024;
        while to > self.numbering.audio_start {
            let from = to.saturating_sub(window).max(self.numbering.audio_start);
            let mut candidates = Vec::new();
            let mut at = from;
            while let Some(candidate) = next_candidate(&mut self.source, at, to, |_| true)? {
                at = candidate.offset + 1;
                candidates.push(candidate);
            }
            for candidate in candidates.iter().rev() {
                if to == len && self.is_declared_end(candidate, len)? {
                    return Ok(self.info.and_then(|info| info.total).map(|total| (total, len)));
                }
                self.source.seek(candidate.offset)?;
                let found = match self.decode_here() {
                    // Only the length stays open.
                    Err(error) if error.kind() == ErrorKind::Limit => return Ok(None),
                    found => found?,
                };
                if let Found::Frame { header, len, start } = found {
                    if self.format_of(&header) != Some(self.format) {
                        return Ok(None);
                    }
                    return Ok(Some((start + u64::from(header.block_size), candidate.offset + len as u64)));
                }
                tries += 1;
                if tries > MAX_TRIES {
                    return Ok(None);
                }
            }
            to = from;
            window *= 4;
        }
        Ok(None)
    }

    /// Whether this is the frame that ends where STREAMINFO says and with the last
    /// byte. Its two checksums are proof enough, at a tenth of what decoding it costs.
    fn is_declared_end(&mut self, candidate: &Candidate, len: u64) -> Result<bool> {
        let end = self.numbering.start_of(candidate).map(|start| start + u64::from(candidate.header.block_size));
        Ok(end.is_some()
            && end == self.info.and_then(|info| info.total)
            && self.format_of(&candidate.header) == Some(self.format)
            && is_sound(&mut self.source, candidate.offset, len)?)
    }

    /// Whether a tag of some other format lies here, as at the end of many files.
    fn is_tag_here(&mut self) -> Result<bool> {
        const TAGS: [&[u8]; 4] = [b"TAG", b"APETAGEX", b"LYRICSBEGIN", b"ID3"];
        let here = self.source.peek(16)?;
        Ok(TAGS.iter().any(|tag| here.starts_with(tag)))
    }

    /// Ends the source in front of a second FLAC file, if one was appended.
    fn cut_at_next_file(&mut self, len: u64, watch: Watch<'_>) -> Result<bool> {
        const WINDOW: usize = 64 << 10;
        let mut at = self.numbering.audio_start;
        while at < len {
            // The bytes tell no frame.
            watch(0)?;
            self.source.seek(at)?;
            let window = self.source.peek(WINDOW)?;
            if let Some(i) = window.windows(NEXT_FILE.len()).position(|bytes| bytes == NEXT_FILE) {
                self.end_at_next_file(at + i as u64);
                return Ok(true);
            }
            // The marker may lie across two windows.
            at += (window.len().saturating_sub(NEXT_FILE.len() - 1)).max(1) as u64;
        }
        Ok(false)
    }

    fn end_at_next_file(&mut self, offset: u64) {
        self.source.restrict(offset);
        self.warnings.add("another FLAC file follows: only the first is read", Some(offset));
    }
}

/// Finds the first frame, from the source's position on. The source then
/// stands there; the frame is only decoded where that is needed to be sure.
fn find_first(
    source: &mut ByteReader,
    info: Option<&StreamInfo>,
    to: u64,
    decoder: &mut FrameDecoder,
    effort: &mut Effort,
) -> Result<Option<FrameHeader>> {
    let expected = source.position();
    if let (Ok(header), Some(info)) = (FrameHeader::parse(source.peek(MAX_HEADER)?), info)
        && Format::of(&header, Some(info)) == Some(info.format())
    {
        return Ok(Some(header));
    }
    let mut from = expected;
    while let Some(Candidate { offset, header }) = next_candidate(source, from, to, |_| true)? {
        source.seek(offset)?;
        if decode_at(source, info, decoder)?.is_some() {
            return Ok(Some(header));
        }
        effort.count(offset, &header)?;
        from = offset + 1;
    }
    Ok(None)
}

/// Whether the checksum at the end of the bytes `from..to` is theirs, as of one whole frame.
fn is_sound(source: &mut ByteReader, from: u64, to: u64) -> Result<bool> {
    let Some(size) = usize::try_from(to.saturating_sub(from)).ok().filter(|size| *size <= MAX_PACKET) else {
        return Ok(false);
    };
    source.seek(from)?;
    let bytes = source.peek(size)?;
    Ok(bytes.len() == size && crc16(bytes) == 0)
}

/// Decodes the frame at the source's position; its length in bytes if it is one.
fn decode_at(source: &mut ByteReader, info: Option<&StreamInfo>, decoder: &mut FrameDecoder) -> Result<Option<usize>> {
    let mut want = 16 << 10;
    loop {
        let bytes = source.peek(want)?;
        match decoder.decode(bytes, info) {
            Ok((_, len)) => return Ok(Some(len)),
            Err(Fault::Incomplete) if bytes.len() == want && want < MAX_PACKET => want *= 2,
            Err(_) => return Ok(None),
        }
    }
}

/// Tells from the first frame and the one after it what frame numbers mean.
///
/// The blocking strategy bit says it, but for old files with variable blocks
/// (before FLAC 1.2), which count samples without saying so; and STREAMINFO's
/// block size may be wrong, so that only the frames tell it.
fn numbering(
    source: &mut ByteReader,
    info: Option<&StreamInfo>,
    first: &FrameHeader,
    decoder: &mut FrameDecoder,
) -> Result<Numbering> {
    let offset = source.position();
    let size = u64::from(first.block_size);
    let counting = |unit, max_block| Numbering { unit, max_block, origin: 0, audio_start: offset };
    let variable = counting(1, 65_536);
    if first.counts_samples {
        return Ok(variable);
    }
    let declared = info.filter(|info| info.min_block == info.max_block).map(|info| u64::from(info.max_block));
    if declared == Some(size) {
        return Ok(counting(size, size));
    }
    // The most usual reason: the file is a single block, shorter than others would have been.
    if let (Some(declared), Some(total), Some(len)) = (declared, info.and_then(|info| info.total), source.len())
        && declared > size
        && total == size
        && source.is_local()
        && is_sound(source, offset, len)?
    {
        return Ok(counting(declared, declared));
    }
    source.seek(offset)?;
    let second = match decode_at(source, info, decoder)? {
        Some(len) => FrameHeader::parse(source.peek(len + MAX_HEADER)?.get(len..).unwrap_or(&[])).ok(),
        None => None,
    };
    source.seek(offset)?;
    Ok(match second.and_then(|second| second.number.checked_sub(first.number)) {
        Some(step) if step == size && size != 1 => variable,
        Some(_) => counting(size, size),
        // A single block: it may be shorter than what blocks are counted by.
        None => declared.filter(|declared| *declared > size).map_or(counting(size, size), |d| counting(d, d)),
    })
}

impl FlacStream {
    /// Opens the file that starts at the position of `source`.
    pub fn open(mut source: ByteReader, options: StreamOptions) -> Result<Self> {
        let mut warnings = Warnings::default();
        let mut decoder = FrameDecoder::default();
        let mut effort = Effort::default();
        let start = source.position();
        let has_marker = source.peek(MARKER.len())? == MARKER;
        let metadata = if has_marker {
            source.skip(MARKER.len() as u64)?;
            Metadata::read(&mut source, &mut warnings)?
        } else {
            Metadata { search_from: start, ..Metadata::default() }
        };
        let info = metadata.info;
        if has_marker && info.is_none() {
            warnings.add("the STREAMINFO block is missing", Some(start));
        }

        let mut expected = source.position();
        let to = if has_marker { u64::MAX } else { start + MAX_GARBAGE };
        let mut first = find_first(&mut source, info.as_ref(), to, &mut decoder, &mut effort)?;
        if source.is_seekable()
            && expected != metadata.search_from
            && (first.is_none() || source.position() != expected)
        {
            // A metadata block with a wrong length may have led past frames.
            source.seek(metadata.search_from)?;
            first = find_first(&mut source, info.as_ref(), to, &mut decoder, &mut effort)?;
            if first.is_some() {
                expected = expected.min(source.position());
            }
        }
        let audio_start = source.position();
        if first.is_some() && audio_start != expected {
            let message = format!("{} bytes before the first frame are left out", audio_start.saturating_sub(expected));
            warnings.add(message, Some(expected));
        }

        let (format, mut numbering) = match (&first, &info) {
            (Some(header), info) => {
                let format = Format::of(header, info.as_ref()).ok_or_else(|| {
                    Error::malformed("nothing tells the sample rate and the bit depth: STREAMINFO is missing")
                })?;
                (format, numbering(&mut source, info.as_ref(), header, &mut decoder)?)
            }
            (None, Some(_)) if metadata.is_damaged => {
                return Err(
                    Error::malformed("the metadata blocks are damaged, and no FLAC frame follows them").at(start)
                );
            }
            (None, Some(info)) => {
                if source.len() != Some(expected) || info.total.is_some() {
                    warnings.add("the file holds no whole FLAC frame", Some(expected));
                }
                (info.format(), Numbering { unit: 1, max_block: 65_536, origin: 0, audio_start })
            }
            (None, None) => return Err(Error::unrecognized("there is no FLAC frame in the file").at(start)),
        };
        check_format(format.rate, format.channels)?;
        if let Some(info) = &info {
            if info.format() != format {
                warnings.add(
                    format!(
                        "STREAMINFO declares {} Hz, {}, {} bits, but the frames have {} Hz, {}, {} bits",
                        info.rate,
                        counted(info.channels.into(), "channel"),
                        info.bits,
                        format.rate,
                        counted(format.channels.into(), "channel"),
                        format.bits
                    ),
                    Some(start),
                );
            }
            if let Some(header) = first.filter(|header| header.block_size > info.max_block) {
                warnings.add(
                    format!("a block has {} frames, STREAMINFO declares {} at most", header.block_size, info.max_block),
                    Some(audio_start),
                );
            }
        }
        if let Some(header) = &first {
            let number = header.number.saturating_mul(if header.counts_samples { 1 } else { numbering.unit });
            // What is lost in front of the first frame left becomes silence,
            // if the file was whole once: with STREAMINFO and damage after it.
            let lost_in_front = audio_start != expected && info.is_some_and(|i| i.total.is_some_and(|t| number < t));
            numbering.origin = if lost_in_front { 0 } else { number };
        }

        let named_mask = metadata.channel_mask.filter(|mask| [0, format.channels].contains(&mask.count_ones()));
        let audio_bytes = source.len().map(|len| len.saturating_sub(audio_start));
        let usual = info.map_or(0, |info| info.max_frame as usize).clamp(4096, 1 << 20);
        let mut stream = Self {
            frames: Frames { source, info, decoder, warnings, format, numbering, usual, effort },
            description: Description {
                container: Container::Flac,
                codec: Codec::Flac,
                rate: format.rate,
                channels: format.channels,
                channel_mask: named_mask.unwrap_or_else(|| usual_mask(format.channels)),
                sample_format: sample_format(format.bits),
                bit_depth: format.bits,
                bit_rate: None,
                trim: Trim::default(),
            },
            length: info.and_then(|info| info.total).map_or(Length::Unknown, Length::Estimate),
            next: 0,
            ready: None,
            block: (0, 0, false),
            exact_from: 0,
            at_end: false,
            points: BTreeMap::new(),
        };
        for point in metadata.seek_points {
            if let Some(offset) = audio_start.checked_add(point.offset) {
                stream.points.insert(point.sample, offset);
            }
        }
        if first.is_none() {
            stream.length = Length::Exact(0);
            stream.at_end = true;
        } else if stream.frames.source.is_local() && !options.estimate_length {
            stream.find_length(&mut unwatched)?;
            stream.frames.source.seek(audio_start)?;
        }
        if let (Some(bytes), Length::Exact(frames) | Length::Estimate(frames @ 1..)) = (audio_bytes, stream.length) {
            let bits = u128::from(bytes) * 8 * u128::from(format.rate) / u128::from(frames.max(1));
            stream.description.bit_rate = u32::try_from(bits).ok();
        }
        Ok(stream)
    }

    /// Finds the exact length from the last frame.
    fn find_length(&mut self, watch: Watch<'_>) -> Result<()> {
        let Some(mut last) = self.frames.find_last()? else { return Ok(()) };
        // Nothing confirms it: it may be the last frame of a second file.
        if self.declared() != Some(last.0) {
            let len = self.frames.source.len().unwrap_or(last.1);
            if self.frames.cut_at_next_file(len, watch)? {
                let Some(of_first) = self.frames.find_last()? else { return Ok(()) };
                last = of_first;
            }
        }
        let (end, after) = last;
        let left = self.frames.source.len().unwrap_or(after).saturating_sub(after);
        self.frames.source.seek(after)?;
        if left > 0 && !self.frames.is_tag_here()? {
            self.warn_of_tail(after);
        }
        self.set_length(end);
        Ok(())
    }

    fn declared(&self) -> Option<u64> {
        self.frames.info.and_then(|info| info.total)
    }

    fn warn_of_tail(&mut self, offset: u64) {
        self.frames.warnings.add("what follows at the end is no whole FLAC frame: it is left out", Some(offset));
    }

    fn set_length(&mut self, frames: u64) {
        if let Some(total) = self.declared().filter(|total| *total != frames) {
            self.frames.warnings.add(
                format!("STREAMINFO declares {total} frames, but the file holds {frames}: what it holds is given"),
                None,
            );
        }
        self.length = Length::Exact(frames);
    }

    fn finish(&mut self) -> bool {
        if !self.at_end {
            self.at_end = true;
            if !matches!(self.length, Length::Exact(_)) {
                self.set_length(self.next);
            }
        }
        self.block = (self.next, 0, false);
        false
    }

    fn give(&mut self, frames: u64, is_silent: bool) -> bool {
        self.block = (self.next, frames as usize, is_silent);
        self.next += frames;
        true
    }

    /// The next block, whether it is asked for or before that.
    fn step(&mut self) -> Result<bool> {
        if let Some(header) = self.ready.take() {
            return Ok(self.give(u64::from(header.block_size), false));
        }
        if self.at_end {
            return Ok(self.finish());
        }
        let mut damage: Option<(u64, Fault)> = None;
        let mut is_tag = false;
        loop {
            let offset = self.frames.source.position();
            match self.frames.decode_here()? {
                Found::Frame { header, len, start } => {
                    if let Some(format) = self.frames.format_of(&header) {
                        check_unchanged(self.frames.format, format, start).map_err(|e| e.at(offset))?;
                    }
                    self.frames.source.skip(len as u64)?;
                    if start < self.next {
                        self.frames.warnings.add(
                            format!("a frame repeats frame {start}, which was there before: it is left out"),
                            Some(offset),
                        );
                        self.frames.effort.count(offset, &header)?;
                        continue;
                    }
                    let lost = start - self.next;
                    match damage {
                        Some((from, fault)) => self.frames.warnings.add(
                            format!(
                                "a FLAC frame is damaged ({}): {lost} frames of silence in its place",
                                fault.reason()
                            ),
                            Some(from),
                        ),
                        None if lost > 0 => self.frames.warnings.add(
                            format!("{lost} frames are missing before frame {start}: silence in their place"),
                            Some(offset),
                        ),
                        None => {}
                    }
                    if lost > 0 {
                        self.ready = Some(header);
                        return Ok(self.give(lost, true));
                    }
                    return Ok(self.give(u64::from(header.block_size), false));
                }
                Found::Damaged(fault) => {
                    if self.frames.source.peek(NEXT_FILE.len())? == NEXT_FILE {
                        self.frames.end_at_next_file(offset);
                        return Ok(self.finish());
                    }
                    if damage.is_none() {
                        is_tag = self.frames.is_tag_here()?;
                    }
                    let (from, _) = *damage.get_or_insert((offset, fault));
                    match next_candidate(&mut self.frames.source, offset + 1, u64::MAX, |_| true)? {
                        Some(candidate) => self.frames.source.seek(candidate.offset)?,
                        None => {
                            if !is_tag && !self.is_short() {
                                self.warn_of_tail(from);
                            }
                            return Ok(self.end());
                        }
                    }
                }
                Found::End => return Ok(self.end()),
            }
        }
    }

    /// Whether frames are missing up to a length that is known to be exact.
    fn is_short(&self) -> bool {
        matches!(self.length, Length::Exact(end) if end > self.next)
    }

    /// At the end of the bytes. A last frame that has the right checksums and
    /// cannot be decoded all the same is silence: its header tells how long.
    fn end(&mut self) -> bool {
        match self.length {
            Length::Exact(end) if end > self.next => {
                let lost = end - self.next;
                let message = format!("the last {lost} frames cannot be decoded: silence in their place");
                self.frames.warnings.add(message, None);
                self.at_end = true;
                self.give(lost, true)
            }
            _ => self.finish(),
        }
    }
}

impl Stream for FlacStream {
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
        if !self.frames.source.is_seekable() {
            return Err(not_seekable());
        }
        self.find_length(watch)?;
        self.seek(0)?;
        loop {
            if let Length::Exact(frames) = self.length {
                return Ok(frames);
            }
            self.advance()?;
            watch(self.next)?;
        }
    }

    fn advance(&mut self) -> Result<bool> {
        while self.step()? {
            if self.next > self.exact_from {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn block(&self) -> Block<'_> {
        let (_, frames, is_silent) = self.block;
        let data = if is_silent { BlockData::Silence } else { self.frames.decoder.samples() };
        Block { frames, channels: self.description.channels as usize, data }
    }

    fn block_start(&self) -> u64 {
        self.block.0
    }

    fn seek(&mut self, frame: u64) -> Result<()> {
        if !self.frames.source.is_seekable() {
            if frame < self.next {
                return Err(not_seekable());
            }
            self.exact_from = frame;
            return Ok(());
        }
        self.exact_from = frame;
        self.ready = None;
        self.at_end = false;
        if let Length::Exact(frames) = self.length
            && frame >= frames
        {
            self.next = frames;
            self.at_end = true;
            self.finish();
            return Ok(());
        }
        self.go_near(frame)?;
        self.block = (self.next, 0, false);
        Ok(())
    }

    fn warnings(&self) -> &Warnings {
        &self.frames.warnings
    }

    fn verify(&mut self, watch: Watch<'_>) -> Result<Option<bool>> {
        self.check_md5(watch)
    }
}
