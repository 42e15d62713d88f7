//! MPEG audio, layers 1 to 3

use super::{Stream, StreamOptions};
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// Whether a file that starts with `head` is MPEG audio.
pub fn matches(head: &[u8]) -> bool {
    { let _ = head; false }
}

/// Opens MPEG audio that starts at the position of `source`.
pub fn open(source: ByteReader, options: StreamOptions) -> Result<Box<dyn Stream>> {
    let _ = (source, options);
    Err(Error::unsupported("MPEG audio, layers 1 to 3 is not supported"))
}

/// Opens MPEG audio that another container holds in one piece: the rest of `source` is all of it.
pub fn open_in(source: ByteReader, container: super::Container, options: StreamOptions) -> Result<Box<dyn Stream>> {
    let _ = (source, container, options);
    Err(Error::unsupported("MPEG audio, layers 1 to 3 is not supported"))
}

/// Sets up a decoder for MPEG audio frames in another container, one frame a packet; `first` is the first of them.
pub fn track(first: &[u8]) -> Result<super::Track> {
    let _ = first;
    Err(Error::unsupported("MPEG audio is not supported"))
}
