//! The contents of frames.

use super::super::id3v1::GENRES;
use super::super::{Picture, PictureKind, Tags, keys, text};

/// The frames of ID3v2.2 under their later names.
const OLD_NAMES: [([u8; 3], [u8; 4]); 36] = [
    (*b"TT1", *b"TIT1"),
    (*b"TT2", *b"TIT2"),
    (*b"TT3", *b"TIT3"),
    (*b"TP1", *b"TPE1"),
    (*b"TP2", *b"TPE2"),
    (*b"TP3", *b"TPE3"),
    (*b"TP4", *b"TPE4"),
    (*b"TAL", *b"TALB"),
    (*b"TRK", *b"TRCK"),
    (*b"TPA", *b"TPOS"),
    (*b"TYE", *b"TYER"),
    (*b"TDA", *b"TDAT"),
    (*b"TIM", *b"TIME"),
    (*b"TOR", *b"TORY"),
    (*b"TCO", *b"TCON"),
    (*b"TCM", *b"TCOM"),
    (*b"TXT", *b"TEXT"),
    (*b"TCR", *b"TCOP"),
    (*b"TPB", *b"TPUB"),
    (*b"TSS", *b"TSSE"),
    (*b"TEN", *b"TENC"),
    (*b"TRC", *b"TSRC"),
    (*b"TBP", *b"TBPM"),
    (*b"TKE", *b"TKEY"),
    (*b"TLA", *b"TLAN"),
    (*b"TMT", *b"TMED"),
    (*b"TCP", *b"TCMP"),
    (*b"TST", *b"TSOT"),
    (*b"TSP", *b"TSOP"),
    (*b"TSA", *b"TSOA"),
    (*b"TS2", *b"TSO2"),
    (*b"TSC", *b"TSOC"),
    (*b"TXX", *b"TXXX"),
    (*b"COM", *b"COMM"),
    (*b"ULT", *b"USLT"),
    (*b"UFI", *b"UFID"),
];

/// Who did what, as a list of roles and names.
const PEOPLE: [&[u8; 4]; 3] = [b"TIPL", b"TMCL", b"IPLS"];

/// Facts on the file itself and not on its audio; they would be wrong in any other.
const OF_THE_FILE: [&[u8; 4]; 4] = [b"TLEN", b"TSIZ", b"TDLY", b"TFLT"];

/// A date that ID3v2.3 spreads over three frames.
#[derive(Default)]
pub struct OldDate {
    year: String,
    /// Day and month.
    day: String,
    /// Hour and minute.
    time: String,
}

impl OldDate {
    /// The date as ID3v2.4 and ISO 8601 write it.
    pub fn text(&self) -> String {
        let is = |text: &str, len| text.len() == len && text.bytes().all(|c| c.is_ascii_digit());
        let Self { year, day, time } = self;
        if !is(year, 4) || !is(day, 4) {
            return year.clone();
        }
        let date = format!("{year}-{}-{}", &day[2..], &day[..2]);
        if is(time, 4) { format!("{date}T{}:{}", &time[..2], &time[2..]) } else { date }
    }
}

/// Takes in one frame; false if it is damaged.
pub fn read(id: &[u8], body: &[u8], date: &mut OldDate, tags: &mut Tags) -> bool {
    if id == b"PIC" {
        return read_old_picture(body, tags).is_some();
    }
    let id: [u8; 4] = match id.try_into() {
        Ok(id) => id,
        Err(_) => match OLD_NAMES.iter().find(|(old, _)| old == id) {
            Some((_, id)) => *id,
            // Frames that hold no tag as we have them.
            None if id[0] != b'T' => return true,
            None => [id[0], id[1], id[2], b' '],
        },
    };
    let read = match &id {
        b"TXXX" | b"COMM" | b"USLT" | b"WXXX" => read_described(id, body, tags),
        b"APIC" => read_picture(body, tags),
        b"UFID" => read_identifier(body, tags),
        b"WCOP" => {
            tags.note("license", &text::latin1(text::split_nul(body).0));
            Some(())
        }
        id if OF_THE_FILE.contains(&id) => Some(()),
        [b'T', ..] => read_text(id, body, date, tags),
        b"IPLS" => read_text(id, body, date, tags),
        _ => Some(()),
    };
    read.is_some()
}

/// A text frame (ID3v2.4 frames, 4.2).
fn read_text(id: [u8; 4], body: &[u8], date: &mut OldDate, tags: &mut Tags) -> Option<()> {
    let (coding, body) = body.split_first()?;
    let text = decode(*coding, body);
    match &id {
        b"TYER" => date.year = text::until_nul(&text).to_owned(),
        b"TDAT" => date.day = text::until_nul(&text).to_owned(),
        b"TIME" => date.time = text::until_nul(&text).to_owned(),
        b"TORY" => tags.note("originaldate", &text),
        b"TCON" => text.split('\0').flat_map(genres).for_each(|genre| tags.note("genre", &genre)),
        id if PEOPLE.contains(&id) => read_people(&text, id == b"TMCL", tags),
        id => {
            let name = String::from_utf8_lossy(id);
            let key = keys::name_where(|key| key.id3v2 == name).unwrap_or(name.trim_end());
            tags.note(key, &text);
        }
    }
    Some(())
}

/// Roles, or instruments, each followed by a name (ID3v2.4 frames, 4.2.2).
fn read_people(text: &str, is_instruments: bool, tags: &mut Tags) {
    let mut parts = text.split('\0');
    while let (Some(role), Some(name)) = (parts.next(), parts.next()) {
        match (is_instruments, role.is_empty()) {
            (false, false) => tags.note(role, name),
            (true, false) if !name.is_empty() => tags.note("performer", &format!("{name} ({role})")),
            _ => tags.note("performer", name),
        }
    }
}

/// What a content type says: names, numbers of ID3v1's genres, and up to
/// version 2.3 such numbers in parentheses, with a refinement behind them.
fn genres(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some((code, behind)) = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        let Some(genre) = genre(code) else { break };
        found.push(genre.to_owned());
        rest = behind;
    }
    let rest = if rest.starts_with("((") { &rest[1..] } else { rest };
    let rest = genre(rest).unwrap_or(rest);
    if !rest.is_empty() && !found.iter().any(|genre| genre == rest) {
        found.push(rest.to_owned());
    }
    found
}

fn genre(code: &str) -> Option<&'static str> {
    match code {
        "RX" => Some("Remix"),
        "CR" => Some("Cover"),
        _ => GENRES.get(code.parse::<usize>().ok()?).copied(),
    }
}

/// A frame whose text has a name: the user's own, comments, lyrics, links.
fn read_described(id: [u8; 4], body: &[u8], tags: &mut Tags) -> Option<()> {
    let (coding, body) = body.split_first()?;
    let has_language = matches!(&id, b"COMM" | b"USLT");
    let body = if has_language { body.get(3..)? } else { body };
    let (description, value) = split(*coding, body);
    let description = decode(*coding, description);
    let text = if &id == b"WXXX" { text::latin1(value) } else { decode(*coding, value) };
    let generic = match &id {
        // iTunes keeps numbers there that only describe this one encoding.
        b"COMM" | b"TXXX" if description == "iTunSMPB" => return Some(()),
        b"TXXX" if description.is_empty() => "TXXX",
        b"TXXX" => "",
        b"COMM" => "comment",
        b"USLT" => "lyrics",
        _ => "website",
    };
    match (generic, description.is_empty()) {
        ("", _) => tags.note(&description, &text),
        (key, true) => tags.note(key, &text),
        // Lyrics are lyrics, whatever they are called.
        ("lyrics", false) => tags.note("lyrics", &text),
        (key, false) => tags.note(&format!("{key}:{description}"), &text),
    }
    Some(())
}

/// Only MusicBrainz's identifier is text, and Vorbis comments have a name for it.
fn read_identifier(body: &[u8], tags: &mut Tags) -> Option<()> {
    let (owner, identifier) = text::split_nul(body);
    if owner == b"http://musicbrainz.org" {
        tags.note("MUSICBRAINZ_TRACKID", &text::latin1(identifier));
    }
    Some(())
}

/// ID3v2.4 frames, 4.14.
fn read_picture(body: &[u8], tags: &mut Tags) -> Option<()> {
    let (coding, body) = body.split_first()?;
    let (mime, body) = text::split_nul(body);
    add_picture(*coding, &text::latin1(mime), body, tags)
}

/// ID3v2.2, 4.15: three letters stand for the MIME type.
fn read_old_picture(body: &[u8], tags: &mut Tags) -> Option<()> {
    let ([coding, format @ ..], body) = body.split_first_chunk::<4>()?;
    let mime = match format {
        b"-->" => "-->".to_owned(),
        format => format!("image/{}", text::latin1(format).to_ascii_lowercase()),
    };
    add_picture(*coding, &mime, body, tags)
}

fn add_picture(coding: u8, mime: &str, body: &[u8], tags: &mut Tags) -> Option<()> {
    let (kind, body) = body.split_first()?;
    let (description, data) = split(coding, body);
    let kind = PictureKind::from_code(u32::from(*kind)).unwrap_or(PictureKind::Other);
    tags.add_picture(Picture::from_file(kind, mime, &decode(coding, description), data));
    Some(())
}

/// Text in the coding that its frame names (ID3v2.4 structure, 4).
fn decode(coding: u8, bytes: &[u8]) -> String {
    match coding {
        1 => text::utf16(bytes, false),
        2 => text::utf16(bytes, true),
        3 => text::guess(bytes).into_owned(),
        _ => text::latin1(bytes),
    }
}

/// The first string of two, and what follows its terminator.
fn split(coding: u8, bytes: &[u8]) -> (&[u8], &[u8]) {
    if !matches!(coding, 1 | 2) {
        return text::split_nul(bytes);
    }
    let (pairs, _) = bytes.as_chunks::<2>();
    match pairs.iter().position(|pair| *pair == [0, 0]) {
        Some(at) => (&bytes[..2 * at], &bytes[2 * at + 2..]),
        None => (bytes, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types_of_every_version() {
        assert_eq!(genres("(17)"), ["Rock"]);
        assert_eq!(genres("(51)(39)"), ["Techno-Industrial", "Noise"]);
        assert_eq!(genres("(4)Eurodisco"), ["Disco", "Eurodisco"]);
        assert_eq!(genres("(RX)"), ["Remix"]);
        assert_eq!(genres("((Foo)"), ["(Foo)"]);
        assert_eq!(genres("17"), ["Rock"]);
        assert_eq!(genres("(hand-made)"), ["(hand-made)"]);
        assert_eq!(genres("Jazz"), ["Jazz"]);
    }

    #[test]
    fn old_dates_become_iso_8601() {
        let date = |year: &str, day: &str, time: &str| {
            OldDate { year: year.into(), day: day.into(), time: time.into() }.text()
        };
        assert_eq!(date("1999", "3112", "2359"), "1999-12-31T23:59");
        assert_eq!(date("1999", "3112", ""), "1999-12-31");
        assert_eq!(date("1999", "", "2359"), "1999");
        assert_eq!(date("99?", "3112", ""), "99?");
    }
}
