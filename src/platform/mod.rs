//! Memory, files and the operating system: the only home of `unsafe` below the C ABI.

pub mod file;
pub mod map;
pub mod predict;
