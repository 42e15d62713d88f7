//! What a build may be without: the features of Cargo.toml.

use super::Error;

/// A part of the library that can be left out when it is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feature {
    /// Its name in Cargo.toml.
    pub name: &'static str,
    /// Whether this build has it.
    pub is_built: bool,
    /// What CMake is given to build it.
    cmake: &'static str,
}

/// Writing files.
pub const ENCODERS: Feature =
    Feature { name: "encoders", is_built: cfg!(feature = "encoders"), cmake: "-DONDES_ENCODERS=ON" };
/// Playing and recording.
pub const DEVICES: Feature =
    Feature { name: "devices", is_built: cfg!(feature = "devices"), cmake: "-DONDES_DEVICES=ON" };
/// Opus by libopus instead of opus-pure.
pub const LIBOPUS: Feature =
    Feature { name: "libopus", is_built: cfg!(feature = "libopus"), cmake: "-DONDES_C_CODE=ON" };
/// Writing MP3.
pub const LAME: Feature =
    Feature { name: "lame", is_built: cfg!(feature = "lame"), cmake: "-DONDES_ENCODERS=ON -DONDES_C_CODE=ON" };
/// Writing FLAC by libFLAC instead of our own encoder.
pub const LIBFLAC: Feature =
    Feature { name: "libflac", is_built: cfg!(feature = "libflac"), cmake: "-DONDES_ENCODERS=ON -DONDES_C_CODE=ON" };
/// Writing Ogg Vorbis.
pub const VORBIS: Feature =
    Feature { name: "vorbis", is_built: cfg!(feature = "vorbis"), cmake: "-DONDES_ENCODERS=ON -DONDES_C_CODE=ON" };

/// Every feature.
pub const FEATURES: [Feature; 6] = [ENCODERS, DEVICES, LIBOPUS, LAME, LIBFLAC, VORBIS];

impl Feature {
    /// Refuses what needs this feature, in a build without it: `what` says what is not possible.
    pub(crate) fn left_out(self, what: &str) -> Error {
        let Self { name, cmake, .. } = self;
        Error::unsupported(format!(
            "{what}: this build of ondes was made without the feature `{name}`. Use a build that has it: \
             docs/INSTALL.md tells how to make one, by cargo's `--features {name}` or CMake's `{cmake}`"
        ))
    }
}
