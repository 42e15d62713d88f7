//! The well-known keys: those of Vorbis comments (the names that Xiph.Org
//! lists and those that came into use after), in lower case.

use std::borrow::Cow;

/// A well-known key, and the names that formats with names of their own have for it.
#[derive(Debug)]
pub struct Key {
    /// Its name here; in upper case that of Vorbis comments.
    pub name: &'static str,
    /// Other names that mean it.
    pub also: &'static [&'static str],
    /// The ID3v2.4 text frame, or "".
    pub id3v2: &'static str,
    /// The item of MP4's ilst.
    pub mp4: Option<[u8; 4]>,
    /// The chunk of RIFF's LIST INFO, or "".
    pub riff: &'static str,
    /// The key of CAF's info chunk, or "".
    pub caf: &'static str,
}

/// A key that only some formats have a name of their own for.
const fn key(name: &'static str, also: &'static [&'static str]) -> Key {
    Key { name, also, id3v2: "", mp4: None, riff: "", caf: "" }
}

impl Key {
    const fn id3v2(self, id3v2: &'static str) -> Self {
        Self { id3v2, ..self }
    }

    const fn mp4(self, mp4: &[u8; 4]) -> Self {
        Self { mp4: Some(*mp4), ..self }
    }

    const fn riff(self, riff: &'static str) -> Self {
        Self { riff, ..self }
    }

    const fn caf(self, caf: &'static str) -> Self {
        Self { caf, ..self }
    }
}

/// All well-known keys.
pub const KEYS: &[Key] = &[
    key("title", &[]).id3v2("TIT2").mp4(b"\xa9nam").riff("INAM").caf("title"),
    key("artist", &["author"]).id3v2("TPE1").mp4(b"\xa9ART").riff("IART").caf("artist"),
    key("album", &[]).id3v2("TALB").mp4(b"\xa9alb").riff("IPRD").caf("album"),
    key("albumartist", &[]).id3v2("TPE2").mp4(b"aART"),
    key("date", &["year", "recordeddate"]).id3v2("TDRC").mp4(b"\xa9day").riff("ICRD").caf("year"),
    key("tracknumber", &["track"]).id3v2("TRCK").mp4(b"trkn").riff("IPRT").caf("track number"),
    key("tracktotal", &["totaltracks"]),
    key("discnumber", &["disc", "disk"]).id3v2("TPOS").mp4(b"disk"),
    key("disctotal", &["totaldiscs"]),
    key("genre", &[]).id3v2("TCON").mp4(b"\xa9gen").riff("IGNR").caf("genre"),
    key("comment", &["comments"]).mp4(b"\xa9cmt").riff("ICMT").caf("comments"),
    key("description", &[]).mp4(b"desc"),
    key("composer", &[]).id3v2("TCOM").mp4(b"\xa9wrt").riff("IMUS").caf("composer"),
    key("lyricist", &[]).id3v2("TEXT").riff("IWRI").caf("lyricist"),
    key("conductor", &[]).id3v2("TPE3").mp4(b"\xa9con"),
    key("remixer", &["mixartist"]).id3v2("TPE4").riff("IEDT"),
    key("performer", &[]),
    key("organization", &["publisher", "label"]).id3v2("TPUB").mp4(b"\xa9pub").riff("IPUB"),
    key("copyright", &[]).id3v2("TCOP").mp4(b"cprt").riff("ICOP").caf("copyright"),
    key("license", &[]),
    key("website", &["url"]),
    key("encoder", &["encodingapplication"]).id3v2("TSSE").mp4(b"\xa9too").riff("ISFT").caf("encoding application"),
    key("encodedby", &[]).id3v2("TENC").mp4(b"\xa9enc").riff("ITCH"),
    key("isrc", &[]).id3v2("TSRC"),
    key("bpm", &["tempo"]).id3v2("TBPM").mp4(b"tmpo").riff("IBPM").caf("tempo"),
    key("key", &["initialkey", "keysignature"]).id3v2("TKEY").caf("key signature"),
    key("language", &[]).id3v2("TLAN").riff("ILNG"),
    key("lyrics", &["unsyncedlyrics"]).mp4(b"\xa9lyr"),
    key("grouping", &["contentgroup"]).id3v2("TIT1").mp4(b"\xa9grp"),
    key("subtitle", &[]).id3v2("TIT3").mp4(b"\xa9st3"),
    key("discsubtitle", &[]).id3v2("TSST"),
    key("mood", &[]).id3v2("TMOO"),
    key("media", &[]).id3v2("TMED").riff("IMED"),
    key("compilation", &[]).id3v2("TCMP").mp4(b"cpil"),
    key("originaldate", &["originalyear"]).id3v2("TDOR"),
    key("titlesort", &[]).id3v2("TSOT").mp4(b"sonm"),
    key("artistsort", &[]).id3v2("TSOP").mp4(b"soar"),
    key("albumsort", &[]).id3v2("TSOA").mp4(b"soal"),
    key("albumartistsort", &[]).id3v2("TSO2").mp4(b"soaa"),
    key("composersort", &[]).id3v2("TSOC").mp4(b"soco"),
    key("replaygain_track_gain", &[]),
    key("replaygain_track_peak", &[]),
    key("replaygain_album_gain", &[]),
    key("replaygain_album_peak", &[]),
    key("replaygain_reference_loudness", &[]),
    key("r128_track_gain", &[]),
    key("r128_album_gain", &[]),
    key("bext_description", &[]),
    key("bext_originator", &[]),
    key("bext_originator_reference", &[]),
    key("bext_origination_date", &[]),
    key("bext_origination_time", &[]),
    key("bext_time_reference", &[]),
    key("bext_umid", &[]),
    key("bext_loudness_value", &[]),
    key("bext_loudness_range", &[]),
    key("bext_max_true_peak_level", &[]),
    key("bext_max_momentary_loudness", &[]),
    key("bext_max_short_term_loudness", &[]),
    key("bext_coding_history", &[]),
];

/// Numbers and where their totals are kept; several formats write both as one.
pub const NUMBERS_WITH_TOTALS: [(&str, &str); 2] = [("tracknumber", "tracktotal"), ("discnumber", "disctotal")];

/// A key as it is kept: well-known ones by their name here, also where the
/// case differs or spaces, underscores or hyphens stand in it; others as they are.
pub fn canonical(key: &str) -> Cow<'_, str> {
    match KEYS.iter().find(|known| known.name == key || known.is_meant_by(key)) {
        Some(known) => Cow::Borrowed(known.name),
        None => Cow::Borrowed(key),
    }
}

/// The well-known key of this name, as [`canonical`] gives it.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|known| known.name == name)
}

/// The well-known key that `is` holds for: the name of a format's own, looked up.
pub fn name_where(is: impl Fn(&Key) -> bool) -> Option<&'static str> {
    KEYS.iter().find(|known| is(known)).map(|known| known.name)
}

impl Key {
    fn is_meant_by(&self, key: &str) -> bool {
        std::iter::once(&self.name).chain(self.also).any(|name| letters(name).eq(letters(key)))
    }
}

fn letters(name: &str) -> impl Iterator<Item = u8> + '_ {
    name.bytes().filter(|c| !matches!(c, b' ' | b'_' | b'-')).map(|c| c.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_stands_for_two_keys() {
        let names: Vec<String> = KEYS
            .iter()
            .flat_map(|key| std::iter::once(&key.name).chain(key.also))
            .map(|name| String::from_utf8(letters(name).collect()).unwrap())
            .collect();
        for (i, name) in names.iter().enumerate() {
            assert!(!names[..i].contains(name), "{name} twice");
        }
    }

    #[test]
    fn other_spellings_are_recognised() {
        assert_eq!(canonical("ALBUM ARTIST"), "albumartist");
        assert_eq!(canonical("Year"), "date");
        assert_eq!(canonical("Replaygain-Track-Gain"), "replaygain_track_gain");
        assert_eq!(canonical("MusicBrainz Album Id"), "MusicBrainz Album Id");
    }
}
