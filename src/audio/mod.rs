//! The domain: audio in, exactly the right samples out.
//!
//! Words: a *sample* is one number, a *frame* one sample of every channel, a
//! *plane* all samples of one channel. Positions and lengths are in frames,
//! rates in Hz.
#![forbid(unsafe_code)]

pub mod batch;
pub mod buffer;
pub mod cancel;
pub mod clip;
pub mod codec;
mod cursor;
mod destination;
pub mod device;
pub mod encode;
pub mod error;
pub mod feature;
pub mod frames;
pub mod limits;
pub mod load;
pub mod loudness;
pub mod map;
mod mix;
pub mod parallel;
pub mod probe;
pub mod progress;
pub mod reader;
pub mod resample;
mod resampled;
pub mod sample;
pub mod sink;
pub mod source;
pub mod tags;
pub mod transcode;
pub mod view;
pub mod writer;

pub(crate) use error::counted;
pub use error::{Error, ErrorKind, Result};
