//! Opus.

use super::Track;
use crate::audio::{Error, Result};

/// Frames of the longest packet, 120 ms.
pub const LONGEST_PACKET: u32 = 5760;

/// Sets up a decoder: `config` is the OpusHead packet (RFC 7845, 5.1).
pub fn track(config: &[u8]) -> Result<Track> {
    let _ = config;
    Err(Error::unsupported("Opus is not supported"))
}
