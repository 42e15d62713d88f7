//! FLAC

use super::{Stream, StreamOptions};
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// Whether a file that starts with `head` is a native FLAC file.
pub fn matches(head: &[u8]) -> bool {
    head.starts_with(b"fLaC")
}

/// Opens a native FLAC file that starts at the position of `source`.
pub fn open(source: ByteReader, options: StreamOptions) -> Result<Box<dyn Stream>> {
    let _ = (source, options);
    Err(Error::unsupported("FLAC is not supported"))
}

/// Sets up a decoder for FLAC frames in another container: `config` is the STREAMINFO block, 34 bytes.
pub fn track(config: &[u8]) -> Result<super::Track> {
    let _ = config;
    Err(Error::unsupported("FLAC is not supported"))
}
