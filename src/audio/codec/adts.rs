//! AAC in ADTS frames

use super::{Stream, StreamOptions};
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// Whether a file that starts with `head` is ADTS.
pub fn matches(head: &[u8]) -> bool {
    { let _ = head; false }
}

/// Opens ADTS that starts at the position of `source`.
pub fn open(source: ByteReader, options: StreamOptions) -> Result<Box<dyn Stream>> {
    let _ = (source, options);
    Err(Error::unsupported("AAC in ADTS frames is not supported"))
}
