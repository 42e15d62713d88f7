//! Ogg

use super::{Stream, StreamOptions};
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// Whether a file that starts with `head` is an Ogg file.
pub fn matches(head: &[u8]) -> bool {
    head.starts_with(b"OggS")
}

/// Opens an Ogg file that starts at the position of `source`.
pub fn open(source: ByteReader, options: StreamOptions) -> Result<Box<dyn Stream>> {
    let _ = (source, options);
    Err(Error::unsupported("Ogg is not supported"))
}
