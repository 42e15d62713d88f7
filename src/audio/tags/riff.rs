//! WAV and its kin: LIST INFO ("Multimedia Programming Interface and Data
//! Specifications 1.0", the INFO list chunk), bext, and ID3v2 in a chunk.

use super::{Tags, bext, id3v2, keys, text};
use crate::audio::codec::iff::{ByteOrder, is_name};
use crate::audio::codec::riff;
use crate::audio::limits::MAX_TAG;
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// Reads the chunks before the audio and, where the source can seek, behind it.
pub fn read(source: ByteReader, tags: &mut Tags) -> Result<()> {
    let (mut info, mut broadcast) = (Tags::new(), Tags::new());
    let outcome = riff::each_chunk(source, |chunk, source, order| match &chunk.id {
        b"LIST" | b"list" => info.part(|tags| read_list(&chunk.body(source, MAX_TAG)?, order, tags)),
        b"bext" => broadcast.part(|tags| bext::read(&chunk.body(source, MAX_TAG)?, tags)),
        b"id3 " | b"ID3 " => tags.part(|tags| id3v2::read_tag(&chunk.body(source, MAX_TAG)?, tags)),
        _ => Ok(()),
    });
    // ID3v2 says most, so its values go first.
    tags.merge(info);
    tags.merge(broadcast);
    outcome
}

/// Reads a LIST chunk if it is one of texts.
fn read_list(bytes: &[u8], order: ByteOrder, tags: &mut Tags) -> Result<()> {
    let Some(mut rest) = bytes.strip_prefix(b"INFO") else { return Ok(()) };
    while let Some((&[a, b, c, d, ref size @ ..], body)) = rest.split_first_chunk::<8>() {
        let id = [a, b, c, d];
        let size = order.u32(*size) as usize;
        let Some((value, behind)) = body.split_at_checked(size).filter(|_| is_name(&id)) else {
            return Err(Error::malformed("the INFO list is damaged"));
        };
        note(&String::from_utf8_lossy(&id), text::guess(value).trim_end_matches(['\0', ' ']), tags);
        rest = match behind {
            // Some programs leave out the pad byte.
            [first, padded @ ..] if size % 2 == 1 && (*first == 0 || !is_name(first_four(behind))) => padded,
            behind => behind,
        };
    }
    Ok(())
}

fn first_four(bytes: &[u8]) -> &[u8] {
    bytes.get(..4).unwrap_or_default()
}

fn note(id: &str, value: &str, tags: &mut Tags) {
    let key = match id {
        "ITRK" => "tracknumber",
        // By the specification the source; many programs put the recording code there.
        "ISRC" if !is_recording_code(value) => "source",
        id => keys::name_where(|key| key.riff == id).unwrap_or(id),
    };
    tags.note(key, value);
}

/// ISO 3901: country, registrant, year and number, hyphens or not.
fn is_recording_code(text: &str) -> bool {
    let code: Vec<u8> = text.bytes().filter(|c| *c != b'-').collect();
    code.len() == 12
        && code[..2].iter().all(u8::is_ascii_alphabetic)
        && code[2..5].iter().all(u8::is_ascii_alphanumeric)
        && code[5..].iter().all(u8::is_ascii_digit)
}

impl Tags {
    /// The chunks that hold the tags in a WAV file: a name and a body each, to
    /// be padded to even sizes.
    ///
    /// LIST INFO holds what it has names for, bext the `bext_` keys, and an
    /// `id3 ` chunk everything but these as soon as something would be lost otherwise.
    pub fn to_riff_chunks(&self) -> Result<Vec<([u8; 4], Vec<u8>)>> {
        let mut chunks = Vec::new();
        if let Some(body) = bext::write(self)? {
            chunks.push((*b"bext", body));
        }
        let (mut list, mut is_all) = (b"INFO".to_vec(), self.pictures.is_empty());
        let mut rest = self.clone();
        rest.items.retain(|tag| !bext::is_key(&tag.key));
        for (key, values) in rest.grouped() {
            let id = keys::find(key).map_or(key, |known| known.riff);
            let is_total = keys::NUMBERS_WITH_TOTALS.iter().any(|(n, total)| *total == key && rest.get(n).is_some());
            match id.as_bytes().first_chunk::<4>().filter(|_| is_info_id(id)) {
                Some(id) => write_text(*id, &with_total(&rest, key, values[0]), &mut list)?,
                None => is_all &= is_total && key == "tracktotal",
            }
            is_all &= values.len() == 1;
        }
        if list.len() > 4 {
            chunks.push((*b"LIST", list));
        }
        if !is_all {
            chunks.push((*b"id3 ", rest.to_id3v2(0)?));
        }
        Ok(chunks)
    }
}

/// Names of the list begin with I and have four capitals or digits.
fn is_info_id(id: &str) -> bool {
    id.len() == 4 && id.starts_with('I') && id.bytes().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

/// A number as lists have it: with its total, if there is one.
fn with_total(tags: &Tags, key: &str, value: &str) -> String {
    let total = keys::NUMBERS_WITH_TOTALS.iter().find(|(number, _)| *number == key);
    match total.and_then(|(_, total)| tags.get(total)).filter(|total| !total.is_empty()) {
        Some(total) => format!("{value}/{total}"),
        None => value.to_owned(),
    }
}

/// A text with its terminator, padded to an even size.
fn write_text(id: [u8; 4], text: &str, list: &mut Vec<u8>) -> Result<()> {
    let size = u32::try_from(text.len() + 1).map_err(|_| Error::limit("a tag is larger than a RIFF chunk can be"))?;
    list.extend(id);
    list.extend(size.to_le_bytes());
    list.extend(text.as_bytes());
    list.push(0);
    if size % 2 == 1 {
        list.push(0);
    }
    Ok(())
}
