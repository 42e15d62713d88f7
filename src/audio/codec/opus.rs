//! Opus.

use super::Track;
use crate::audio::{Error, Result};

/// Sets up a decoder: `config` is the OpusHead packet (RFC 7845, 5.1).
pub fn track(config: &[u8]) -> Result<Track> {
    let _ = config;
    Err(Error::unsupported("Opus is not supported"))
}
