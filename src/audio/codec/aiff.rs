//! AIFF and AIFC

use super::{Stream, StreamOptions};
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// Whether a file that starts with `head` is an AIFF or AIFC file.
pub fn matches(head: &[u8]) -> bool {
    head.starts_with(b"FORM") && matches!(head.get(8..12), Some(b"AIFF" | b"AIFC"))
}

/// Opens an AIFF or AIFC file that starts at the position of `source`.
pub fn open(source: ByteReader, options: StreamOptions) -> Result<Box<dyn Stream>> {
    let _ = (source, options);
    Err(Error::unsupported("AIFF and AIFC is not supported"))
}
