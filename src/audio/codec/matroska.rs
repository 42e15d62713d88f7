//! Matroska and WebM

use super::{Stream, StreamOptions};
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// Whether a file that starts with `head` is a Matroska file.
pub fn matches(head: &[u8]) -> bool {
    head.starts_with(b"\x1a\x45\xdf\xa3")
}

/// Opens a Matroska file that starts at the position of `source`.
pub fn open(source: ByteReader, options: StreamOptions) -> Result<Box<dyn Stream>> {
    let _ = (source, options);
    Err(Error::unsupported("Matroska and WebM is not supported"))
}
