//! ondes: read any audio, exactly, one file or many.
//!
//! The layers, each using only the ones after it: [`capi`] (the C ABI),
//! [`audio`] (the domain), [`platform`] (memory and the operating system).

pub mod audio;
pub mod capi;
pub mod platform;
