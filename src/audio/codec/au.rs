//! Sun/NeXT AU

use super::{Stream, StreamOptions};
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// Whether a file that starts with `head` is an AU file.
pub fn matches(head: &[u8]) -> bool {
    head.starts_with(b".snd")
}

/// Opens an AU file that starts at the position of `source`.
pub fn open(source: ByteReader, options: StreamOptions) -> Result<Box<dyn Stream>> {
    let _ = (source, options);
    Err(Error::unsupported("Sun/NeXT AU is not supported"))
}
