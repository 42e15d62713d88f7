//! Bytes

use super::boundary;
use super::handle::{self, Opaque};

/// A file in memory of the library. Never changes: any number of threads may look at it.
pub struct ondes_bytes {
    _private: [u8; 0],
}

impl Opaque for ondes_bytes {
    type State = Vec<u8>;
    const TAG: u64 = u64::from_ne_bytes(*b"ondesByt");
}

/// Gives the bytes.
///
/// Returns: the first of them; NULL for NULL.
/// Lifetime: until the bytes are freed.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_bytes_data(bytes: *const ondes_bytes) -> *const u8 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(std::ptr::null(), || Ok(handle::state(bytes, "bytes")?.as_ptr())) }
}

/// Counts the bytes.
///
/// Returns: the bytes; 0 for NULL.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_bytes_size(bytes: *const ondes_bytes) -> u64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0, || Ok(handle::state(bytes, "bytes")?.len() as u64)) }
}

/// Frees bytes; NULL is fine.
///
/// Threads: any, once.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_bytes_free(bytes: *mut ondes_bytes) {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { handle::free(bytes) }
}
