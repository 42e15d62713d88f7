//! AAC-LC.

use super::Track;
use crate::audio::{Error, Result};

/// Sets up a decoder: `config` is an AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1).
pub fn track(config: &[u8]) -> Result<Track> {
    let _ = config;
    Err(Error::unsupported("AAC-LC is not supported"))
}
