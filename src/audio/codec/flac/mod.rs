//! FLAC (RFC 9639): native files, and frames in other containers.
//!
//! The decoder is our own, because no other was both right on all of the
//! conformance files and fast. `frame` decodes a frame and checks it;
//! `stream` finds the frames of a native file.

mod bits;
mod crc;
#[cfg(feature = "encoders")]
mod encode;
mod frame;
mod header;
mod metadata;
mod packets;
mod predict;
mod scan;
mod stream;
mod subframe;

use super::{Stream, StreamOptions, Track};
use crate::audio::sample::SampleFormat;
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};
#[cfg(feature = "encoders")]
pub use encode::encode;
use header::FrameHeader;

/// The marker in front of the metadata blocks.
const MARKER: &[u8; 4] = b"fLaC";

/// Whether a file that starts with `head` is a native FLAC file.
pub fn matches(head: &[u8]) -> bool {
    head.starts_with(MARKER)
}

/// Whether `head` starts with a frame: a stream that was caught in the
/// middle. Weaker than a marker, so asked only when no format matches.
pub fn matches_frame(head: &[u8]) -> bool {
    FrameHeader::parse(head).is_ok()
}

/// Opens a native FLAC file that starts at the position of `source`.
pub fn open(source: ByteReader, options: StreamOptions) -> Result<Box<dyn Stream>> {
    Ok(Box::new(stream::FlacStream::open(source, options)?))
}

/// Sets up a decoder for FLAC frames in another container: `config` is the STREAMINFO block, 34 bytes.
pub fn track(config: &[u8]) -> Result<Track> {
    packets::track(config)
}

/// Why a frame could not be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// The bytes end within it.
    Incomplete,
    /// It is damaged; what is wrong with it.
    Damaged(&'static str),
}

impl Fault {
    fn reason(self) -> &'static str {
        match self {
            Self::Incomplete => "the data end within it",
            Self::Damaged(reason) => reason,
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::malformed(format!("a FLAC frame is damaged: {}", fault.reason()))
    }
}

/// The smallest memory format for samples of `bits` bits.
fn sample_format(bits: u32) -> SampleFormat {
    match bits {
        0..=8 => SampleFormat::I8,
        9..=16 => SampleFormat::I16,
        17..=24 => SampleFormat::I24,
        _ => SampleFormat::I32,
    }
}
