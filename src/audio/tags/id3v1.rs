//! ID3v1 and 1.1: 128 bytes at the end of the file (id3.org, "ID3v1").

use super::{Tags, text};
use crate::audio::Result;
use crate::audio::source::ByteReader;

/// Bytes of the tag.
pub(super) const SIZE: u64 = 128;

/// Reads the tag that ends at `end`, if there is one.
pub(super) fn read_before(source: &mut ByteReader, end: u64, tags: &mut Tags) -> Result<bool> {
    let Some(start) = end.checked_sub(SIZE) else { return Ok(false) };
    source.seek(start)?;
    let tag: [u8; SIZE as usize] = source.read_array()?;
    if !tag.starts_with(b"TAG") {
        return Ok(false);
    }
    for (key, bytes) in
        [("title", &tag[3..33]), ("artist", &tag[33..63]), ("album", &tag[63..93]), ("date", &tag[93..97])]
    {
        tags.note(key, &text::field(bytes));
    }
    // ID3v1.1: a zero in front of the comment's last byte makes that the track.
    let (comment, track) = match tag[125..127] {
        [0, track] if track != 0 => (&tag[97..125], Some(track)),
        _ => (&tag[97..127], None),
    };
    tags.note("comment", &text::field(comment));
    if let Some(track) = track {
        tags.note("tracknumber", &track.to_string());
    }
    if let Some(genre) = GENRES.get(usize::from(tag[127])) {
        tags.note("genre", genre);
    }
    Ok(true)
}

/// The genres by their numbers: those of ID3v1 up to 79, then Winamp's.
#[rustfmt::skip]
pub const GENRES: [&str; 192] = [
    "Blues", "Classic Rock", "Country", "Dance", "Disco", "Funk", "Grunge", "Hip-Hop", "Jazz", "Metal", "New Age",
    "Oldies", "Other", "Pop", "R&B", "Rap", "Reggae", "Rock", "Techno", "Industrial", "Alternative", "Ska",
    "Death Metal", "Pranks", "Soundtrack", "Euro-Techno", "Ambient", "Trip-Hop", "Vocal", "Jazz+Funk", "Fusion",
    "Trance", "Classical", "Instrumental", "Acid", "House", "Game", "Sound Clip", "Gospel", "Noise",
    "Alternative Rock", "Bass", "Soul", "Punk", "Space", "Meditative", "Instrumental Pop", "Instrumental Rock",
    "Ethnic", "Gothic", "Darkwave", "Techno-Industrial", "Electronic", "Pop-Folk", "Eurodance", "Dream",
    "Southern Rock", "Comedy", "Cult", "Gangsta Rap", "Top 40", "Christian Rap", "Pop/Funk", "Jungle",
    "Native American", "Cabaret", "New Wave", "Psychedelic", "Rave", "Showtunes", "Trailer", "Lo-Fi", "Tribal",
    "Acid Punk", "Acid Jazz", "Polka", "Retro", "Musical", "Rock & Roll", "Hard Rock", "Folk", "Folk-Rock",
    "National Folk", "Swing", "Fast-Fusion", "Bebop", "Latin", "Revival", "Celtic", "Bluegrass", "Avantgarde",
    "Gothic Rock", "Progressive Rock", "Psychedelic Rock", "Symphonic Rock", "Slow Rock", "Big Band", "Chorus",
    "Easy Listening", "Acoustic", "Humour", "Speech", "Chanson", "Opera", "Chamber Music", "Sonata", "Symphony",
    "Booty Bass", "Primus", "Porn Groove", "Satire", "Slow Jam", "Club", "Tango", "Samba", "Folklore", "Ballad",
    "Power Ballad", "Rhythmic Soul", "Freestyle", "Duet", "Punk Rock", "Drum Solo", "A Cappella", "Euro-House",
    "Dance Hall", "Goa", "Drum & Bass", "Club-House", "Hardcore", "Terror", "Indie", "BritPop", "Afro-Punk",
    "Polsk Punk", "Beat", "Christian Gangsta Rap", "Heavy Metal", "Black Metal", "Crossover",
    "Contemporary Christian", "Christian Rock", "Merengue", "Salsa", "Thrash Metal", "Anime", "JPop", "Synthpop",
    "Abstract", "Art Rock", "Baroque", "Bhangra", "Big Beat", "Breakbeat", "Chillout", "Downtempo", "Dub", "EBM",
    "Eclectic", "Electro", "Electroclash", "Emo", "Experimental", "Garage", "Global", "IDM", "Illbient",
    "Industro-Goth", "Jam Band", "Krautrock", "Leftfield", "Lounge", "Math Rock", "New Romantic", "Nu-Breakz",
    "Post-Punk", "Post-Rock", "Psytrance", "Shoegaze", "Space Rock", "Trop Rock", "World Music", "Neoclassical",
    "Audiobook", "Audio Theatre", "Neue Deutsche Welle", "Podcast", "Indie Rock", "G-Funk", "Dubstep",
    "Garage Rock", "Psybient",
];
