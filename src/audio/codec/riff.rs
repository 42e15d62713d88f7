//! WAV, RF64, BW64 and W64

use super::{Stream, StreamOptions};
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// Whether a file that starts with `head` is a RIFF-like WAVE file.
pub fn matches(head: &[u8]) -> bool {
    (matches!(head.get(..4), Some(b"RIFF" | b"RF64" | b"BW64")) && head.get(8..12) == Some(b"WAVE"))
        || head.starts_with(b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00")
}

/// Opens a RIFF-like WAVE file that starts at the position of `source`.
pub fn open(source: ByteReader, options: StreamOptions) -> Result<Box<dyn Stream>> {
    let _ = (source, options);
    Err(Error::unsupported("WAV, RF64, BW64 and W64 is not supported"))
}
