//! Caps against hostile files: what a header may claim before it is refused.

use super::{Error, Result};

/// More channels than any real file has; a claim beyond it is refused.
pub const MAX_CHANNELS: u32 = 1024;
/// The highest rate accepted, in Hz (hydrophones and RF captures reach some MHz).
pub const MAX_RATE: u32 = 50_000_000;
/// The largest compressed packet accepted, in bytes.
pub const MAX_PACKET: usize = 16 << 20;
/// The largest codec configuration (Vorbis set-up header, ALAC cookie), in bytes.
pub const MAX_CODEC_CONFIG: usize = 8 << 20;
/// More bytes of tags than are read, and of pictures after which no more are read.
pub const MAX_TAG: usize = 64 << 20;
/// More texts in a file's tags than are read.
pub const MAX_TAG_TEXTS: usize = 10_000;
/// More threads than any machine makes use of; a wish beyond it is cut.
pub const MAX_THREADS: usize = 256;

/// Checks what every header declares.
pub fn check_format(rate: u32, channels: u32) -> Result<()> {
    if rate == 0 {
        return Err(Error::malformed("the header declares a sample rate of 0 Hz"));
    }
    if rate > MAX_RATE {
        return Err(Error::limit(format!("the header declares {rate} Hz, more than the limit of {MAX_RATE} Hz")));
    }
    if channels == 0 {
        return Err(Error::malformed("the header declares 0 channels"));
    }
    if channels > MAX_CHANNELS {
        return Err(Error::limit(format!(
            "the header declares {channels} channels, more than the limit of {MAX_CHANNELS}"
        )));
    }
    Ok(())
}
