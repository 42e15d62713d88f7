//! The C ABI: thin functions over [`crate::audio`].
//!
//! A function here reads its arguments, calls one method of the domain and
//! writes its outputs, inside `boundary::call`. Each module is one section of
//! `include/ondes.h`; its first line is that section's title. What all
//! functions have in common is said in `docs/C-API.md`.

// The Rust names are the C names, so that a search finds both.
#![allow(non_camel_case_types)]
// What a caller must keep to is the same everywhere and written in docs/C-API.md.
#![allow(clippy::missing_safety_doc)]

pub(crate) mod args;
pub(crate) mod boundary;
pub(crate) mod handle;
pub(crate) mod warning;

pub mod audio;
pub mod batch;
pub mod bytes;
pub mod cancel;
pub mod codec;
pub mod convert;
pub mod device;
pub mod error;
pub mod io;
pub mod loudness;
pub mod map;
pub mod options;
pub mod progress;
pub mod reader;
pub mod resampled;
pub mod resampler;
pub mod sample;
pub mod status;
pub mod stream;
pub mod tags;
pub mod transcode;
pub mod version;
pub mod writer;

pub use version::ONDES_UNKNOWN;
