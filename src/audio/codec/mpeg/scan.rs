//! Finding frames in bytes: the first one, and the next after damage.

use super::header::{Chain, ChainEnd, Header, MAX_FRAME, follow, free_format_size};
use super::tag::tag_between_frames;
use crate::audio::Result;
use crate::audio::source::ByteReader;

/// Garbage in front of the first frame that is searched through, in bytes.
const MAX_GARBAGE: u64 = 1 << 20;

/// Garbage in front of a free-format stream: finding the distance of its
/// headers from any byte on is a search by itself.
const MAX_FREE_FORMAT_GARBAGE: u64 = 64 << 10;

/// Bytes that show a frame and three headers after it, or two of free format.
const RUN: usize = 3 * MAX_FRAME + Header::SIZE;

/// A header and the size that free-format frames of its stream have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// A frame of the stream.
    pub header: Header,
    /// Unpadded bytes of its frames, if it is free format.
    pub free_format: usize,
}

impl Format {
    /// The stream that `bytes` seem to start a frame of, and what follows that frame.
    fn of(bytes: &[u8]) -> Option<(Self, Chain)> {
        let header = Header::parse(bytes)?;
        let free_format = if header.is_free_format() { free_format_size(bytes, header)? } else { 0 };
        Some((Self { header, free_format }, follow(bytes, header, free_format, 3)))
    }
}

/// Whether a frame right at the start of everything is borne out by what
/// follows: another one, the end, or a tag.
fn is_start(bytes: &[u8], format: Format, chain: Chain) -> bool {
    chain.headers > 1
        || match chain.end {
            ChainEnd::Enough | ChainEnd::Exact => true,
            ChainEnd::Cut => false,
            ChainEnd::Other => tag_between_frames(&bytes[format.header.size(format.free_format)..]).is_some(),
        }
}

/// Whether a frame amid other bytes is one for sure: three headers agree in
/// some sixty bits, or two do and the file ends there.
fn is_sure(chain: Chain) -> bool {
    chain.end == ChainEnd::Enough || (chain.headers > 1 && chain.end != ChainEnd::Other)
}

/// Whether `head`, the first bytes of a file, are MPEG audio.
pub fn matches(head: &[u8]) -> bool {
    Format::of(head).is_some_and(|(format, chain)| is_start(head, format, chain))
        || (1..head.len()).any(|at| {
            head[at] == 0xff && Format::of(&head[at..]).is_some_and(|(_, chain)| chain.end == ChainEnd::Enough)
        })
}

/// Goes to the first frame at or after the position; `None` if there is none
/// within a sensible distance.
pub fn find_first(source: &mut ByteReader) -> Result<Option<Format>> {
    let start = source.position();
    search(source, start, Some(start + MAX_GARBAGE), |bytes, offset| {
        if offset - start > MAX_FREE_FORMAT_GARBAGE && Header::parse(bytes)?.is_free_format() {
            return None;
        }
        let (format, chain) = Format::of(bytes)?;
        let agrees = is_sure(chain) || (offset == start && is_start(bytes, format, chain));
        agrees.then_some(format)
    })
}

/// What a search after damage comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resync {
    /// A frame of the stream.
    Frame,
    /// Frames of another rate, layer or number of channels.
    Change(Header),
}

/// Goes to the next frame from `from` on that another one, the end, or a tag
/// bears out; `None` at the end. `is_place` says where frames may stand.
pub fn resync(
    source: &mut ByteReader,
    from: u64,
    stream: Format,
    is_place: impl Fn(u64, Header) -> bool,
) -> Result<Option<Resync>> {
    let mut from = from;
    source.seek(from)?;
    while let Some(size) = tag_between_frames(source.peek(16)?).filter(|size| *size > 0) {
        let behind = from.saturating_add(size);
        if source.len().is_some_and(|end| behind > end) {
            break;
        }
        from = behind;
        source.seek(from)?;
    }
    search(source, from, None, |bytes, offset| {
        let header = Header::parse(bytes)?;
        if header.same_stream(stream.header) {
            is_next(bytes, stream, |header| is_place(offset, header)).then_some(Resync::Frame)
        } else if header.is_free_format() && offset != from {
            // Telling its size is dear: only where a frame is expected.
            None
        } else {
            let (_, chain) = Format::of(bytes)?;
            (chain.end == ChainEnd::Enough).then_some(Resync::Change(header))
        }
    })
}

/// Whether `bytes` start with a frame of `stream` that another one, the end,
/// or a tag bears out.
pub fn is_next(bytes: &[u8], stream: Format, is_place: impl FnOnce(Header) -> bool) -> bool {
    let Some(header) = Header::parse(bytes).filter(|header| header.same_stream(stream.header)) else { return false };
    let Chain { headers, end } = follow(bytes, header, stream.free_format, 2);
    let agrees = headers > 1
        || end == ChainEnd::Exact
        || (end == ChainEnd::Other && tag_between_frames(&bytes[header.size(stream.free_format)..]).is_some());
    agrees && is_place(header)
}

/// Goes to the first byte for which `test` gives something, at or after `from`.
fn search<T: Copy>(
    source: &mut ByteReader,
    from: u64,
    limit: Option<u64>,
    test: impl Fn(&[u8], u64) -> Option<T>,
) -> Result<Option<T>> {
    let mut position = from;
    loop {
        source.seek(position)?;
        let window = source.peek_more(RUN)?;
        let is_last = window.len() < RUN;
        // Unless the source ends, every candidate is to be seen with a whole run behind it.
        let candidates = if is_last { window.len() } else { window.len() - RUN + 1 };
        let limit =
            limit.map_or(usize::MAX, |limit| usize::try_from(limit.saturating_sub(position)).unwrap_or(usize::MAX));
        let mut at = 0;
        let mut found = None;
        while let Some(skip) = window[at..candidates].iter().take(limit.saturating_sub(at)).position(|b| *b == 0xff) {
            at += skip;
            if let Some(result) = test(&window[at..window.len().min(at + RUN)], position + at as u64) {
                found = Some(result);
                break;
            }
            at += 1;
        }
        if let Some(result) = found {
            source.seek(position + at as u64)?;
            return Ok(Some(result));
        }
        if is_last || candidates >= limit {
            return Ok(None);
        }
        position += candidates as u64;
    }
}
