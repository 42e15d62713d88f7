//! Which container: the bytes first, the extension second.

use super::codec::pcm::{self, PcmFile};
use super::codec::{Stream, StreamOptions, adts, aiff, au, caf, flac, matroska, mp4, mpeg, ogg, riff};
use super::source::ByteReader;
use super::tags::{self, Id3v2Header, Place};
use super::{Error, ErrorKind, Result};

/// Bytes looked at to tell the container.
const HEAD: usize = 4096;

type Open = fn(ByteReader, StreamOptions) -> Result<Box<dyn Stream>>;
type Locate = fn(&mut ByteReader) -> Result<PcmFile>;

/// One container that can be read.
pub struct Format {
    /// Its name.
    pub name: &'static str,
    /// File name extensions, lower case, the usual one first.
    pub extensions: &'static [&'static str],
    matches: fn(&[u8]) -> bool,
    open: Open,
    /// Finds the samples, in containers that may hold uncompressed ones.
    locate: Option<Locate>,
    /// Where its tags are.
    pub(super) tags: Place,
}

/// Every container that can be read; those with the surest marks first.
pub const FORMATS: &[Format] = &[
    Format {
        name: "WAV",
        extensions: &["wav", "wave", "bwf", "rf64", "w64"],
        matches: riff::matches,
        open: riff::open,
        locate: Some(riff::locate),
        tags: Place::Inside(tags::riff::read),
    },
    Format {
        name: "AIFF",
        extensions: &["aiff", "aif", "aifc"],
        matches: aiff::matches,
        open: aiff::open,
        locate: Some(aiff::locate),
        tags: Place::Inside(tags::aiff::read),
    },
    Format {
        name: "CAF",
        extensions: &["caf"],
        matches: caf::matches,
        open: caf::open,
        locate: Some(caf::locate),
        tags: Place::Inside(tags::caf::read),
    },
    Format {
        name: "AU",
        extensions: &["au", "snd"],
        matches: au::matches,
        open: au::open,
        locate: Some(au::locate),
        tags: tags::NO_TAGS,
    },
    Format {
        name: "FLAC",
        extensions: &["flac"],
        matches: flac::matches,
        open: flac::open,
        locate: None,
        tags: Place::Inside(tags::flac::read),
    },
    Format {
        name: "Ogg",
        extensions: &["ogg", "oga", "opus"],
        matches: ogg::matches,
        open: ogg::open,
        locate: None,
        tags: Place::Inside(tags::ogg::read),
    },
    Format {
        name: "MP4",
        extensions: &["m4a", "mp4", "m4b", "mov", "3gp"],
        matches: mp4::matches,
        open: mp4::open,
        locate: None,
        tags: Place::Inside(tags::mp4::read),
    },
    Format {
        name: "Matroska",
        extensions: &["mka", "mkv", "webm"],
        matches: matroska::matches,
        open: matroska::open,
        locate: None,
        tags: Place::Inside(tags::matroska::read),
    },
    Format {
        name: "ADTS",
        extensions: &["aac", "adts"],
        matches: adts::matches,
        open: adts::open,
        locate: None,
        tags: Place::Around,
    },
    Format {
        name: "MPEG audio",
        extensions: &["mp3", "mp2", "mp1", "mpa"],
        matches: mpeg::matches,
        open: mpeg::open,
        locate: None,
        tags: Place::Around,
    },
];

/// Opens the audio in `source`. `extension` (without a dot) only decides
/// where the bytes leave it open.
pub fn open(mut source: ByteReader, extension: Option<&str>, options: StreamOptions) -> Result<Box<dyn Stream>> {
    if source.peek(1)?.is_empty() {
        return Err(Error::unrecognized("the file is empty"));
    }
    skip_id3v2(&mut source)?;
    let format = identify(&mut source, extension)?;
    (format.open)(source, options)
}

/// The format of what begins at the position of `source`.
pub(super) fn identify(source: &mut ByteReader, extension: Option<&str>) -> Result<&'static Format> {
    let head = source.peek(HEAD)?;
    if let Some(format) = FORMATS.iter().find(|format| (format.matches)(head)) {
        return Ok(format);
    }
    let extension = extension.unwrap_or("").to_ascii_lowercase();
    // Frames behind garbage: these formats have no header to tell them by.
    let name = match extension.as_str() {
        "mp3" | "mp2" | "mp1" | "mpa" => "MPEG audio",
        "aac" | "adts" => "ADTS",
        "flac" => "FLAC",
        _ if flac::matches_frame(head) => "FLAC",
        _ => return Err(Error::unrecognized("the bytes are no known audio format")),
    };
    let format = FORMATS.iter().find(|format| format.name == name);
    format.ok_or_else(|| Error::new(ErrorKind::Internal, format!("the table of formats lacks {name}")))
}

/// Finds the uncompressed samples in `source`.
///
/// # Errors
/// Of a file that is none of the formats known: what wavemap says of it.
pub fn locate(source: &mut ByteReader) -> Result<PcmFile> {
    if source.peek(1)?.is_empty() {
        return Err(Error::unrecognized("the file is empty"));
    }
    skip_id3v2(source)?;
    let head = source.peek(HEAD)?;
    match FORMATS.iter().find(|format| (format.matches)(head)) {
        Some(Format { locate: Some(locate), .. }) => locate(source),
        Some(format) => Err(pcm::compressed(format.name)),
        None if head.starts_with(b"RIFF") && head.len() < 12 => Err(Error::malformed("Incomplete chunk: no tag")),
        None if head.starts_with(b"RIFF") => {
            Err(Error::unrecognized(format!("Not a WAVE file: b'{}'", head[8..12].escape_ascii())))
        }
        None => Err(Error::unrecognized("Not a RIFF file")),
    }
}

/// Skips ID3v2 tags in front of the audio (id3.org, ID3v2.4 structure, 3.1):
/// MP3, AAC, FLAC and others carry them.
pub(super) fn skip_id3v2(source: &mut ByteReader) -> Result<()> {
    while let Some(header) = Id3v2Header::parse(source.peek(Id3v2Header::SIZE)?) {
        source.skip(header.tag_size())?;
    }
    Ok(())
}
