//! Pictures in tags.

use super::text;
use crate::audio::{Error, Result};

/// A picture: the cover, most of the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// What it shows.
    pub kind: PictureKind,
    /// MIME type, as `image/jpeg`; `-->` if `data` is the address of the picture instead.
    pub mime: String,
    /// A few words on it, or none.
    pub description: String,
    /// The image file.
    pub data: Vec<u8>,
}

impl Picture {
    /// A picture to be written. Without a MIME type, that of the bytes is taken.
    pub fn new(kind: PictureKind, mime: Option<&str>, description: &str, data: Vec<u8>) -> Result<Self> {
        let Some(mime) = mime.or_else(|| image_type(&data)) else {
            return Err(Error::invalid("the picture is no JPEG, PNG, GIF, BMP or WebP: its MIME type must be given"));
        };
        if description.contains('\0') {
            return Err(Error::invalid("a NUL character cannot stand in the description of a picture"));
        }
        if mime.bytes().any(|c| !c.is_ascii_graphic()) {
            return Err(Error::invalid(format!(
                "a MIME type is printable ASCII, as \"image/png\", and not \"{mime}\""
            )));
        }
        Ok(Self { kind, mime: mime.to_owned(), description: description.to_owned(), data })
    }

    /// A picture as a file has it. The MIME type is that of the bytes, where
    /// these tell: files often say `image/jpg`, `PNG` or nothing.
    pub(super) fn from_file(kind: PictureKind, mime: &str, description: &str, data: &[u8]) -> Self {
        let mime = match image_type(data) {
            Some(found) if mime != LINK => found.to_owned(),
            _ => text::until_nul(mime).to_ascii_lowercase(),
        };
        Self { kind, mime, description: text::until_nul(description).to_owned(), data: data.to_vec() }
    }
}

/// The MIME type of a picture that is only linked (ID3v2.4 4.14, RFC 9639 8.8).
const LINK: &str = "-->";

/// The type of an image file, by its first bytes.
fn image_type(data: &[u8]) -> Option<&'static str> {
    let marks: [(&[u8], &str); 5] = [
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF8", "image/gif"),
        (b"BM", "image/bmp"),
        (b"RIFF", "image/webp"),
    ];
    let (_, mime) = marks.iter().find(|(mark, _)| data.starts_with(mark))?;
    (*mime != "image/webp" || data.get(8..12) == Some(b"WEBP")).then_some(*mime)
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal,)*) => {
        /// What a picture shows: the types of ID3v2.4's APIC frame, which FLAC and Ogg have too.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum PictureKind { $($(#[doc = $doc])* $name = $code,)* }

        impl PictureKind {
            /// The type of this number.
            pub fn from_code(code: u32) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }
        }
    };
}

kinds! {
    /// Anything else.
    Other = 0,
    /// A file icon, PNG of 32 × 32.
    FileIcon = 1,
    /// Another file icon.
    OtherFileIcon = 2,
    /// The front cover.
    FrontCover = 3,
    /// The back cover.
    BackCover = 4,
    /// A page of the leaflet.
    Leaflet = 5,
    /// The label side of the medium.
    Media = 6,
    /// The lead artist or soloist.
    LeadArtist = 7,
    /// The artist or performer.
    Artist = 8,
    /// The conductor.
    Conductor = 9,
    /// The band or orchestra.
    Band = 10,
    /// The composer.
    Composer = 11,
    /// The lyricist.
    Lyricist = 12,
    /// Where it was recorded.
    RecordingLocation = 13,
    /// At the recording.
    DuringRecording = 14,
    /// At the performance.
    DuringPerformance = 15,
    /// A screen capture of the film.
    ScreenCapture = 16,
    /// A bright coloured fish.
    BrightFish = 17,
    /// An illustration.
    Illustration = 18,
    /// The logotype of the artist.
    ArtistLogo = 19,
    /// The logotype of the publisher or studio.
    PublisherLogo = 20,
}

impl PictureKind {
    /// Its number.
    pub fn code(self) -> u32 {
        self as u32
    }
}
