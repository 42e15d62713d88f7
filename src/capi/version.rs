//! Version and basics

use std::ffi::{CStr, c_char};

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
