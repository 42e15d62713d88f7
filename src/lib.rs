//! ondes: read any audio, exactly, one file or many, and write it.
//!
//! Programs begin with [`Reader`](audio::reader::Reader) for one file,
//! [`Batch`](audio::batch::Batch) for many, [`Writer`](audio::writer::Writer)
//! and [`map`](audio::map); `examples/quickstart` is the shortest.
//!
//! The layers, each using only the ones after it: `capi` (the C ABI, which
//! include/ondes.h describes), [`audio`] (the domain), [`platform`] (memory and
//! the operating system).

pub mod audio;
#[doc(hidden)]
pub mod capi;
pub mod platform;
