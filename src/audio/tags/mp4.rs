//! MP4 and M4A: Apple's item list, `moov/udta/meta/ilst`; QuickTime: texts in
//! `moov/udta`, and `moov/meta` with keys (QuickTime File Format, "User data
//! atoms", "Metadata").

use super::id3v1::GENRES;
use super::{Picture, PictureKind, Tags, keys, text};
use crate::audio::Result;
use crate::audio::codec::mp4::boxes::{BoxHeader, Fields, FourCc, find, read_header};
use crate::audio::limits::MAX_TAG;
use crate::audio::source::ByteReader;

/// What a free-form item is called that describes the gaps of one encoding and no other.
const GAPLESS: &str = "iTunSMPB";
/// In front of the keys of QuickTime's metadata.
const QUICKTIME: &str = "com.apple.quicktime.";

/// The texts of QuickTime's user data that go by other names in Apple's item list.
const USER_DATA: [(FourCc, &str); 7] = [
    (*b"\xa9cpy", "copyright"),
    (*b"\xa9des", "description"),
    (*b"\xa9com", "composer"),
    (*b"\xa9aut", "artist"),
    (*b"\xa9prf", "performer"),
    (*b"\xa9swr", "encoder"),
    (*b"\xa9trk", "tracknumber"),
];

/// Reads the boxes of the movie that hold tags.
pub fn read(mut source: ByteReader, tags: &mut Tags) -> Result<()> {
    let start = source.position();
    let Some(movie) = find_box(&mut source, start, u64::MAX, *b"moov")? else { return Ok(()) };
    let mut at = movie.body;
    while let Some(child) = read_header(&mut source, at, movie.end)? {
        if matches!(&child.kind, b"udta" | b"meta") {
            let body = child.read(&mut source, MAX_TAG)?;
            if &child.kind == b"udta" { read_user_data(&body, tags) } else { read_meta(&body, tags) }
        }
        at = child.end;
    }
    Ok(())
}

fn find_box(source: &mut ByteReader, start: u64, end: u64, kind: FourCc) -> Result<Option<BoxHeader>> {
    let mut at = start;
    while let Some(header) = read_header(source, at, end)? {
        if header.kind == kind {
            return Ok(Some(header));
        }
        // Where the source cannot seek, the audio is not read through for what may follow it.
        if header.end == u64::MAX || (&header.kind == b"mdat" && !source.is_seekable()) {
            return Ok(None);
        }
        at = header.end;
    }
    Ok(None)
}

fn children(bytes: &[u8]) -> impl Iterator<Item = (FourCc, &[u8])> {
    let mut fields = Fields::new(bytes);
    std::iter::from_fn(move || fields.child())
}

fn read_user_data(bytes: &[u8], tags: &mut Tags) {
    let mut texts = Tags::new();
    for (kind, body) in children(bytes) {
        match kind {
            [b'm', b'e', b't', b'a'] => read_meta(body, tags),
            // A text with its size and language in front.
            [0xa9, ..] => {
                let Some((&[a, b, _, _], rest)) = body.split_first_chunk::<4>() else { continue };
                let size = usize::from(u16::from_be_bytes([a, b])).min(rest.len());
                let own = USER_DATA.iter().find(|(own, _)| *own == kind).map(|(_, key)| *key);
                let key = own.or_else(|| keys::name_where(|key| key.mp4 == Some(kind)));
                texts.note(key.unwrap_or(&item_name(kind)), &text::guess(&rest[..size]));
            }
            _ => {}
        }
    }
    tags.merge(texts);
}

fn read_meta(bytes: &[u8], tags: &mut Tags) {
    // ISO's meta box begins with version and flags, QuickTime's with its first child.
    let bytes = if bytes.get(4..8) == Some(b"hdlr") { bytes } else { bytes.get(4..).unwrap_or_default() };
    let Some(items) = find(bytes, *b"ilst") else { return };
    let names = find(bytes, *b"keys").map(read_names).unwrap_or_default();
    for (kind, body) in children(items) {
        let index = u32::from_be_bytes(kind).checked_sub(1).and_then(|index| usize::try_from(index).ok());
        match index.and_then(|index| names.get(index)) {
            Some(name) => values(body).for_each(|value| tags.note(name, &value.text())),
            None => read_item(kind, body, tags),
        }
    }
}

/// The names of QuickTime's items, which call them by number.
fn read_names(bytes: &[u8]) -> Vec<String> {
    let entries = children(bytes.get(8..).unwrap_or_default());
    entries
        .map(|(_, name)| {
            let name = text::guess(name);
            name.strip_prefix(QUICKTIME).unwrap_or(&name).to_owned()
        })
        .collect()
}

/// A data box: what its bytes are, and these.
struct Value<'a> {
    kind: u32,
    bytes: &'a [u8],
}

/// The well-known types of values that matter here.
mod kind {
    pub const UTF_16: u32 = 2;
    pub const SIGNED: u32 = 21;
    pub const UNSIGNED: u32 = 22;
}

impl Value<'_> {
    fn text(&self) -> String {
        match self.kind {
            kind::UTF_16 => text::utf16(self.bytes, true),
            kind::SIGNED => self.number().to_string(),
            kind::UNSIGNED => self.bytes.iter().take(8).fold(0u64, |n, byte| n << 8 | u64::from(*byte)).to_string(),
            _ => text::guess(self.bytes).into_owned(),
        }
    }

    /// A signed number of up to eight bytes.
    fn number(&self) -> i64 {
        let negative = self.bytes.first().is_some_and(|byte| byte & 0x80 != 0);
        self.bytes.iter().take(8).fold(if negative { -1 } else { 0 }, |n, byte| n << 8 | i64::from(*byte))
    }
}

/// The values of an item.
fn values(item: &[u8]) -> impl Iterator<Item = Value<'_>> {
    children(item).filter(|(kind, _)| kind == b"data").filter_map(|(_, body)| {
        let (&[_, a, b, c, _, _, _, _], bytes) = body.split_first_chunk::<8>()?;
        Some(Value { kind: u32::from_be_bytes([0, a, b, c]), bytes })
    })
}

fn read_item(kind: FourCc, body: &[u8], tags: &mut Tags) {
    match &kind {
        b"----" => read_free_form(body, tags),
        b"covr" => {
            for value in values(body).filter(|value| !value.bytes.is_empty()) {
                tags.add_picture(Picture::from_file(PictureKind::FrontCover, "", "", value.bytes));
            }
        }
        b"trkn" => read_pair(body, "tracknumber", "tracktotal", tags),
        b"disk" => read_pair(body, "discnumber", "disctotal", tags),
        // A genre of ID3v1, counted from 1.
        b"gnre" => {
            for value in values(body) {
                let index = value.number().checked_sub(1).and_then(|index| usize::try_from(index).ok());
                if let Some(genre) = index.and_then(|index| GENRES.get(index)) {
                    tags.note("genre", genre);
                }
            }
        }
        // Numbers whose type is often not told.
        b"tmpo" | b"cpil" => {
            let key = if &kind == b"tmpo" { "bpm" } else { "compilation" };
            let numbers = values(body).map(|value| value.number()).filter(|number| *number != 0);
            numbers.for_each(|number| tags.note(key, &number.to_string()));
        }
        b"ldes" => values(body).for_each(|value| tags.note("description", &value.text())),
        _ => {
            let key = keys::name_where(|key| key.mp4 == Some(kind));
            let name = item_name(kind);
            for value in values(body).filter(|value| value.kind != 0) {
                tags.note(key.unwrap_or(&name), &value.text());
            }
        }
    }
}

/// An item without a key of its own goes by its four characters.
fn item_name(kind: FourCc) -> String {
    text::latin1(&kind)
}

/// A number and how many there are, 16 bits each behind 16 of padding.
fn read_pair(body: &[u8], number: &str, total: &str, tags: &mut Tags) {
    for value in values(body) {
        let field = |at: usize| value.bytes.get(at..at + 2).map_or(0, |n| u16::from_be_bytes([n[0], n[1]]));
        for (key, n) in [(number, field(2)), (total, field(4))] {
            if n != 0 {
                tags.note(key, &n.to_string());
            }
        }
    }
}

/// An item with a name of its own.
fn read_free_form(body: &[u8], tags: &mut Tags) {
    let name = find(body, *b"name").and_then(|name| name.get(4..)).map(text::guess).unwrap_or_default();
    if name != GAPLESS {
        values(body).for_each(|value| tags.note(&name, &value.text()));
    }
}
