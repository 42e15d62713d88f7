//! Vorbis.

use super::Track;
use crate::audio::{Error, Result};

/// Sets up a decoder: `config` is the identification and the set-up header packet, in that order, each after its length as a big-endian u32.
pub fn track(config: &[u8]) -> Result<Track> {
    let _ = config;
    Err(Error::unsupported("Vorbis is not supported"))
}
