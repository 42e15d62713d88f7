//! Writing a tag of version 2.4, in UTF-8 and without unsynchronisation.

use super::super::{Picture, Tags, keys};
use super::{Header, MAX_SYNCHSAFE};
use crate::audio::{Error, Result};

const UTF_8: u8 = 3;
/// The language of comments and lyrics, which is not known.
const UNKNOWN_LANGUAGE: &[u8; 3] = b"XXX";

impl Tags {
    /// An ID3v2.4 tag: in front of MPEG audio, or as the `id3 ` chunk of WAV
    /// and the `ID3 ` chunk of AIFF. `padding` zero bytes at its end leave
    /// room for later changes. Empty where there are no tags.
    pub fn to_id3v2(&self, padding: usize) -> Result<Vec<u8>> {
        let mut frames = Vec::new();
        for (key, values) in self.grouped() {
            write_key(self, key, &values, &mut frames)?;
        }
        for picture in &self.pictures {
            write_picture(picture, &mut frames)?;
        }
        if frames.is_empty() {
            return Ok(frames);
        }
        let mut tag = b"ID3\x04\x00\x00".to_vec();
        tag.extend(synchsafe(frames.len().saturating_add(padding), "the tags")?);
        tag.extend(frames);
        tag.resize(tag.len() + padding, 0);
        debug_assert_eq!(Header::parse(&tag).map(|header| header.tag_size()), Some(tag.len() as u64));
        Ok(tag)
    }
}

fn synchsafe(size: usize, what: &str) -> Result<[u8; 4]> {
    if size > MAX_SYNCHSAFE {
        return Err(Error::limit(format!("{what} of {size} bytes exceed the {MAX_SYNCHSAFE} that ID3v2 can hold")));
    }
    Ok([21, 14, 7, 0].map(|shift| (size >> shift & 0x7f) as u8))
}

fn write_frame(id: &[u8; 4], parts: &[&[u8]], frames: &mut Vec<u8>) -> Result<()> {
    let size = synchsafe(parts.iter().map(|part| part.len()).sum(), "a tag")?;
    frames.extend(id);
    frames.extend(size);
    // No flags.
    frames.extend([0, 0]);
    parts.iter().for_each(|part| frames.extend(*part));
    Ok(())
}

fn write_key(tags: &Tags, key: &str, values: &[&str], frames: &mut Vec<u8>) -> Result<()> {
    // Several values are separated by NUL (ID3v2.4 structure, 4.2).
    let text = values.join("\0");
    if let Some((number, total)) = keys::NUMBERS_WITH_TOTALS.iter().find(|(n, t)| *n == key || *t == key) {
        // A total goes with its number, in one frame.
        if *total == key && tags.get(number).is_some_and(|number| !number.is_empty()) {
            return Ok(());
        }
        let of = tags.get(total).filter(|total| !total.is_empty());
        let of = of.map(|total| format!("/{total}")).unwrap_or_default();
        let text = if *total == key { format!("0{of}") } else { format!("{}{of}", values[0]) };
        return write_text(keys::find(number).map_or("", |known| known.id3v2), &text, frames);
    }
    match key.split_once(':') {
        Some(("comment", description)) => return write_comment(b"COMM", description, &text, frames),
        Some(("website", description)) => return write_link(description, values[0], frames),
        _ => {}
    }
    match (key, keys::find(key)) {
        ("comment", _) => write_comment(b"COMM", "", &text, frames),
        // Readers take lyrics as one text.
        ("lyrics", _) => write_comment(b"USLT", "", &values.join("\n\n"), frames),
        ("website", _) => values.iter().try_for_each(|value| write_link("", value, frames)),
        (_, Some(known)) if !known.id3v2.is_empty() => write_text(known.id3v2, &text, frames),
        // What was read from a text frame without a key of its own.
        (_, None) if is_text_frame(key) => write_text(key, &text, frames),
        (_, known) => {
            let description = if known.is_some() { key.to_ascii_uppercase() } else { key.to_owned() };
            write_frame(b"TXXX", &[&[UTF_8], description.as_bytes(), &[0], text.as_bytes()], frames)
        }
    }
}

fn is_text_frame(key: &str) -> bool {
    key.len() == 4
        && key.starts_with('T')
        && key != "TXXX"
        && key.bytes().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

fn write_text(id: &str, text: &str, frames: &mut Vec<u8>) -> Result<()> {
    let Some(id) = id.as_bytes().first_chunk::<4>() else { return Ok(()) };
    write_frame(id, &[&[UTF_8], text.as_bytes()], frames)
}

/// Links are in Latin-1, which addresses as they should be written are.
fn write_link(description: &str, address: &str, frames: &mut Vec<u8>) -> Result<()> {
    write_frame(b"WXXX", &[&[UTF_8], description.as_bytes(), &[0], address.as_bytes()], frames)
}

fn write_comment(id: &[u8; 4], description: &str, text: &str, frames: &mut Vec<u8>) -> Result<()> {
    write_frame(id, &[&[UTF_8], UNKNOWN_LANGUAGE, description.as_bytes(), &[0], text.as_bytes()], frames)
}

fn write_picture(picture: &Picture, frames: &mut Vec<u8>) -> Result<()> {
    let Picture { kind, mime, description, data } = picture;
    let kind = [kind.code() as u8];
    write_frame(b"APIC", &[&[UTF_8], mime.as_bytes(), &[0], &kind, description.as_bytes(), &[0], data], frames)
}
