//! Which container: the bytes first, the extension second.

use super::codec::{Stream, StreamOptions, adts, aiff, au, caf, flac, matroska, mp4, mpeg, ogg, riff};
use super::source::ByteReader;
use super::{Error, Result};

/// Bytes looked at to tell the container.
const HEAD: usize = 4096;

type Open = fn(ByteReader, StreamOptions) -> Result<Box<dyn Stream>>;

/// One container that can be read.
pub struct Format {
    /// Its name.
    pub name: &'static str,
    /// File name extensions, lower case, the usual one first.
    pub extensions: &'static [&'static str],
    matches: fn(&[u8]) -> bool,
    open: Open,
}

/// Every container that can be read; those with the surest marks first.
pub const FORMATS: &[Format] = &[
    Format {
        name: "WAV",
        extensions: &["wav", "wave", "bwf", "rf64", "w64"],
        matches: riff::matches,
        open: riff::open,
    },
    Format { name: "AIFF", extensions: &["aiff", "aif", "aifc"], matches: aiff::matches, open: aiff::open },
    Format { name: "CAF", extensions: &["caf"], matches: caf::matches, open: caf::open },
    Format { name: "AU", extensions: &["au", "snd"], matches: au::matches, open: au::open },
    Format { name: "FLAC", extensions: &["flac"], matches: flac::matches, open: flac::open },
    Format { name: "Ogg", extensions: &["ogg", "oga", "opus"], matches: ogg::matches, open: ogg::open },
    Format { name: "MP4", extensions: &["m4a", "mp4", "m4b", "mov", "3gp"], matches: mp4::matches, open: mp4::open },
    Format { name: "Matroska", extensions: &["mka", "mkv", "webm"], matches: matroska::matches, open: matroska::open },
    Format { name: "ADTS", extensions: &["aac", "adts"], matches: adts::matches, open: adts::open },
    Format { name: "MPEG audio", extensions: &["mp3", "mp2", "mp1", "mpa"], matches: mpeg::matches, open: mpeg::open },
];

/// Opens the audio in `source`. `extension` (without a dot) only decides
/// where the bytes leave it open.
pub fn open(mut source: ByteReader, extension: Option<&str>, options: StreamOptions) -> Result<Box<dyn Stream>> {
    if source.peek(1)?.is_empty() {
        return Err(Error::unrecognized("the file is empty"));
    }
    skip_id3v2(&mut source)?;
    let head = source.peek(HEAD)?;
    if let Some(format) = FORMATS.iter().find(|format| (format.matches)(head)) {
        return (format.open)(source, options);
    }
    let extension = extension.unwrap_or("").to_ascii_lowercase();
    match extension.as_str() {
        // Frames behind garbage: these formats have no header to tell them by.
        "mp3" | "mp2" | "mp1" | "mpa" => mpeg::open(source, options),
        "aac" | "adts" => adts::open(source, options),
        "flac" => flac::open(source, options),
        _ if flac::matches_frame(head) => flac::open(source, options),
        _ => Err(Error::unrecognized("the bytes are no known audio format")),
    }
}

/// Skips ID3v2 tags in front of the audio (id3.org, ID3v2.4 structure, 3.1):
/// MP3, AAC, FLAC and others carry them.
fn skip_id3v2(source: &mut ByteReader) -> Result<()> {
    while let Some(&[b'I', b'D', b'3', major, minor, flags, a, b, c, d]) = source.peek(10)?.first_chunk::<10>() {
        if major == 0xff || minor == 0xff || (a | b | c | d) & 0x80 != 0 {
            break;
        }
        let size = [a, b, c, d].iter().fold(0u64, |size, byte| size << 7 | u64::from(*byte));
        let footer = if flags & 0x10 != 0 { 10 } else { 0 };
        source.skip(10 + size + footer)?;
    }
    Ok(())
}
