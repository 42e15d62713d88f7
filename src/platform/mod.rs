//! Memory, files, the operating system and C libraries: the only home of `unsafe` below the C ABI.

#[cfg(all(feature = "devices", target_os = "linux"))]
pub mod alsa;
pub mod file;
#[cfg(feature = "lame")]
pub mod lame;
#[cfg(feature = "libflac")]
pub mod libflac;
pub mod map;
pub mod mapped;
#[cfg(all(feature = "encoders", feature = "libopus"))]
pub mod opus_encoder;
pub mod predict;
#[cfg(all(feature = "devices", unix))]
pub mod socket;
pub mod vector;
#[cfg(feature = "vorbis")]
pub mod vorbis_encoder;
