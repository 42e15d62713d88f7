//! Apple Lossless.

use super::Track;
use crate::audio::{Error, Result};

/// Sets up a decoder: `config` is the ALACSpecificConfig, 24 bytes or more, without atom headers.
pub fn track(config: &[u8]) -> Result<Track> {
    let _ = config;
    Err(Error::unsupported("Apple Lossless is not supported"))
}
