//! Reading a tag, whichever of the three versions it is.

use std::borrow::Cow;

use super::super::Tags;
use super::frames::{self, OldDate};
use super::{Header, synchsafe};
use crate::audio::limits::MAX_TAG;
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// More tags in front of each other than are read; the others are passed over.
const MAX_TAGS: usize = 16;

/// Reads the tags at the position of `source`, which then stands behind them,
/// and tells whether there were any.
pub fn read_in_front(source: &mut ByteReader, tags: &mut Tags) -> Result<bool> {
    let mut count = 0;
    while let Some(header) = Header::parse(source.peek(Header::SIZE)?) {
        let start = source.position();
        if count < MAX_TAGS {
            source.skip(Header::SIZE as u64)?;
            let body = source.read_up_to((header.size as usize).min(MAX_TAG))?;
            let mut tag = Tags::new();
            tag.part(|tags| read_body(&header, &body, tags).map_err(|e| e.at(start)))?;
            tags.merge(tag);
        }
        source.seek(start + header.tag_size())?;
        count += 1;
    }
    Ok(count > 0)
}

/// Reads a tag that lies in memory, as a chunk of RIFF or AIFF holds it.
pub fn read_tag(bytes: &[u8], tags: &mut Tags) -> Result<()> {
    let header = Header::parse(bytes).ok_or_else(|| Error::malformed("the ID3 chunk holds no ID3v2 tag"))?;
    let body = &bytes[Header::SIZE..];
    read_body(&header, &body[..body.len().min(header.size as usize)], tags)
}

fn read_body(header: &Header, body: &[u8], tags: &mut Tags) -> Result<()> {
    let is_cut = body.len() < header.size as usize;
    let is_unsynchronised = header.flags & Header::UNSYNCHRONISED != 0;
    // From version 2.4 on every frame is by itself.
    let body = if is_unsynchronised && header.major < 4 { resynchronise(body) } else { Cow::Borrowed(body) };
    let mut rest = &body[..];
    if header.flags & Header::EXTENDED_HEADER != 0 {
        rest = match header.major {
            2 => return Err(Error::unsupported("a compressed ID3v2.2 tag has no defined form")),
            major => behind_extended_header(rest, major)
                .ok_or_else(|| Error::malformed("the extended header of the ID3v2 tag is damaged"))?,
        };
    }
    let layout = match header.major {
        2 => Layout::V22,
        3 => Layout::V23,
        4 => Layout::V24 { is_unsynchronised },
        major => return Err(Error::unsupported(format!("ID3v2.{major} is not supported"))),
    };
    let mut date = OldDate::default();
    let mut is_sound = !is_cut;
    loop {
        match layout.next(rest) {
            Next::Frame { id, body, rest: behind } => {
                is_sound &= body.is_some_and(|body| frames::read(id, &body, &mut date, tags));
                rest = behind;
            }
            Next::End => break,
            Next::Damaged => {
                is_sound = false;
                break;
            }
        }
    }
    tags.note("date", &date.text());
    if is_sound { Ok(()) } else { Err(Error::malformed("a part of the ID3v2 tag cannot be read")) }
}

/// Takes out the zero bytes that were put behind every 0xFF (ID3v2.4 structure, 6.1).
fn resynchronise(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.windows(2).any(|pair| pair == [0xff, 0]) {
        return Cow::Borrowed(bytes);
    }
    let mut plain = Vec::with_capacity(bytes.len());
    let mut previous = 0;
    for &byte in bytes {
        // A zero that was taken out is not the previous byte of the next one.
        if previous == 0xff && byte == 0 {
            previous = 0;
            continue;
        }
        plain.push(byte);
        previous = byte;
    }
    Cow::Owned(plain)
}

/// Its size counts itself only from version 2.4 on.
fn behind_extended_header(bytes: &[u8], major: u8) -> Option<&[u8]> {
    let size = *bytes.first_chunk::<4>()?;
    let size = if major == 3 { u32::from_be_bytes(size).checked_add(4)? } else { synchsafe(size)? };
    bytes.get(usize::try_from(size).ok()?..)
}

/// How a version lays out its frames.
enum Layout {
    V22,
    V23,
    V24 { is_unsynchronised: bool },
}

enum Next<'a> {
    /// A frame; without a body where that is coded in a way that is not read.
    Frame {
        id: &'a [u8],
        body: Option<Cow<'a, [u8]>>,
        rest: &'a [u8],
    },
    /// Padding, or nothing.
    End,
    Damaged,
}

impl Layout {
    fn next<'a>(&self, bytes: &'a [u8]) -> Next<'a> {
        let (id_size, header_size) = if let Self::V22 = self { (3, 6) } else { (4, 10) };
        if bytes.first().is_none_or(|byte| *byte == 0) {
            return Next::End;
        }
        let Some((header, rest)) = bytes.split_at_checked(header_size) else { return Next::Damaged };
        let (id, fields) = header.split_at(id_size);
        if !is_id(id) {
            return Next::Damaged;
        }
        let size = match (self, fields) {
            (Self::V22, [a, b, c, ..]) => u32::from_be_bytes([0, *a, *b, *c]),
            (Self::V23, [a, b, c, d, ..]) => u32::from_be_bytes([*a, *b, *c, *d]),
            (_, [a, b, c, d, ..]) => size_v24([*a, *b, *c, *d], rest),
            _ => return Next::Damaged,
        };
        let Some((body, rest)) = rest.split_at_checked(size as usize) else { return Next::Damaged };
        let flags = fields.get(5).copied().unwrap_or(0);
        Next::Frame { id, body: self.decode(body, flags), rest }
    }

    /// The body behind what its flags put in front of it.
    fn decode<'a>(&self, mut body: &'a [u8], flags: u8) -> Option<Cow<'a, [u8]>> {
        let mut drop = |n| body.get(n..).map(|rest| body = rest);
        match self {
            Self::V22 => {}
            // ID3v2.3, 3.3.1: compression, encryption, grouping.
            Self::V23 => {
                if flags & 0xc0 != 0 {
                    return None;
                }
                if flags & 0x20 != 0 {
                    drop(1)?;
                }
            }
            // ID3v2.4 structure, 4.1.2: grouping, compression, encryption,
            // unsynchronisation, the length before these.
            Self::V24 { is_unsynchronised } => {
                if flags & 0x0c != 0 {
                    return None;
                }
                if flags & 0x40 != 0 {
                    drop(1)?;
                }
                if flags & 0x01 != 0 {
                    drop(4)?;
                }
                if *is_unsynchronised || flags & 0x02 != 0 {
                    return Some(resynchronise(body));
                }
            }
        }
        Some(Cow::Borrowed(body))
    }
}

fn is_id(id: &[u8]) -> bool {
    id.iter().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || *c == b' ')
}

/// The size of a frame of version 2.4. Some programs (iTunes for years) wrote
/// it in 32 plain bits: that is taken where only it leads to another frame.
fn size_v24(bytes: [u8; 4], rest: &[u8]) -> u32 {
    let plain = u32::from_be_bytes(bytes);
    let Some(size) = synchsafe(bytes) else { return plain };
    let leads_on = |size: u32| match rest.get(size as usize..) {
        None => false,
        Some([]) => true,
        Some(next) => next[0] == 0 || next.get(..4).is_some_and(is_id),
    };
    if !leads_on(size) && leads_on(plain) { plain } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_behind_ff_are_taken_out() {
        assert_eq!(&*resynchronise(&[0xff, 0, 0, 1, 0xff, 0, 0xe0]), [0xff, 0, 1, 0xff, 0xe0]);
        assert_eq!(&*resynchronise(&[0xff, 1, 0]), [0xff, 1, 0]);
    }

    #[test]
    fn plain_sizes_are_found_out() {
        // 0x100 bytes: synchsafe would be 0x80.
        let mut rest = vec![b'x'; 0x100];
        rest.extend(b"TIT2");
        assert_eq!(size_v24([0, 0, 1, 0], &rest), 0x100);
        rest[0x80..0x84].copy_from_slice(b"TPE1");
        assert_eq!(size_v24([0, 0, 1, 0], &rest), 0x80);
        assert_eq!(size_v24([0, 0, 0, 0x80], &rest), 0x80);
    }
}
