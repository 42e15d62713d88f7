//! Version and basics

use std::ffi::{CStr, CString, c_char};
use std::sync::LazyLock;

use super::error::c_string;
use super::{args, boundary};
use crate::audio::feature::FEATURES;

/// A count, length or offset that is not known.
pub const ONDES_UNKNOWN: u64 = u64::MAX;

/// The version of the binary interface: a program built against another one must not run.
pub const ONDES_ABI_VERSION: u32 = 1;

/// Tells the version of the library that is loaded, "0.1.0"; compare it with ONDES_VERSION_STRING.
///
/// Returns: the version.
/// Lifetime: static.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn ondes_version_string() -> *const c_char {
    const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => c"",
    };
    VERSION.as_ptr()
}

/// Tells the version of the binary interface of the library that is loaded; compare it with ONDES_ABI_VERSION.
///
/// Returns: the version.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn ondes_abi_version() -> u32 {
    ONDES_ABI_VERSION
}

/// Those that this build has, in the order of the domain's list.
static BUILT: LazyLock<CString> = LazyLock::new(|| {
    let built: Vec<_> = FEATURES.iter().filter(|feature| feature.is_built).map(|feature| feature.name).collect();
    c_string(&built.join(","))
});

/// Lists the features that the library was built with: all are "encoders,devices,libopus,lame,libflac,vorbis".
///
/// What needs another one answers ONDES_STATUS_UNSUPPORTED and names it; docs/INSTALL.md says what each is for.
/// Later versions may have more.
///
/// Returns: the list; "" for a build with none, which reads everything.
/// Lifetime: static.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn ondes_features() -> *const c_char {
    BUILT.as_ptr()
}

/// Tells whether the library was built with a feature, named as in ondes_features.
///
/// Returns: 1 if it was, otherwise 0; 0 for a name that is none, and for NULL.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_has_feature(name: *const c_char) -> i32 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe {
        boundary::get(0, || {
            let name = args::optional_text(name).unwrap_or_default();
            Ok(FEATURES.iter().any(|feature| feature.is_built && feature.name == name).into())
        })
    }
}
