//! APEv2 tags at the end of a file (wiki.hydrogenaud.io, "APEv2 specification").

use super::{Picture, PictureKind, Tags, text};
use crate::audio::limits::MAX_TAG;
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// Bytes of the header and of the footer.
const FOOTER: u64 = 32;

/// Reads the tag that ends at `end`, if there is one.
pub fn read_before(source: &mut ByteReader, end: u64, tags: &mut Tags) -> Result<()> {
    let Some(footer_at) = end.checked_sub(FOOTER) else { return Ok(()) };
    source.seek(footer_at)?;
    let footer: [u8; FOOTER as usize] = source.read_array()?;
    if !footer.starts_with(b"APETAGEX") {
        return Ok(());
    }
    // Of the items and the footer.
    let size = u64::from(number(&footer[12..16]));
    let items = match size.checked_sub(FOOTER) {
        Some(items) if size <= end && items <= MAX_TAG as u64 => items,
        _ => return Err(Error::malformed("the APE tag is larger than the file or the limit").at(footer_at)),
    };
    source.seek(footer_at - items)?;
    let items = source.read_vec(items as usize)?;
    read_items(&items, number(&footer[16..20]), tags)
        .ok_or_else(|| Error::malformed("the APE tag is damaged").at(footer_at))
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |n, byte| n << 8 | u32::from(*byte))
}

/// Every item: size, flags, key, NUL, value. None if they do not fit.
fn read_items(mut bytes: &[u8], count: u32, tags: &mut Tags) -> Option<()> {
    for _ in 0..count {
        let (head, rest) = bytes.split_at_checked(8)?;
        let (key, rest) = text::split_nul(rest);
        let (value, rest) = rest.split_at_checked(usize::try_from(number(&head[..4])).ok()?)?;
        bytes = rest;
        let key = text::guess(key);
        match number(&head[4..]) >> 1 & 3 {
            // Text and links.
            0 | 2 => tags.note(&key, &text::guess(value)),
            1 => {
                if let Some(kind) = cover_kind(&key) {
                    let (name, data) = text::split_nul(value);
                    tags.add_picture(Picture::from_file(kind, "", &text::guess(name), data));
                }
            }
            _ => {}
        }
    }
    Some(())
}

fn cover_kind(key: &str) -> Option<PictureKind> {
    let kind = key.to_ascii_lowercase();
    match kind.strip_prefix("cover art (")? {
        "front)" => Some(PictureKind::FrontCover),
        "back)" => Some(PictureKind::BackCover),
        _ => Some(PictureKind::Other),
    }
}
