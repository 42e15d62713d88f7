//! Cancelling

use super::boundary;
use super::error::ondes_error;
use super::handle::{self, Opaque};
use crate::audio::cancel::Cancel;

/// A token that ends long work early. Work keeps what it needs of a token:
/// it may be freed at any time.
pub struct ondes_cancel {
    _private: [u8; 0],
}

impl Opaque for ondes_cancel {
    type State = Cancel;
    const TAG: u64 = u64::from_ne_bytes(*b"ondesCan");
}

/// The token behind a pointer that may be NULL: then one that is never set.
///
/// # Safety
/// As for [`handle::state`].
pub(crate) unsafe fn optional(pointer: *const ondes_cancel, argument: &str) -> Result<Cancel, super::error::Failure> {
    if pointer.is_null() {
        return Ok(Cancel::new());
    }
    // SAFETY: the caller's promise.
    unsafe { handle::state(pointer, argument).cloned() }
}

/// Makes a token that is not set.
///
/// Returns: ONDES_STATUS_OK.
/// Lifetime: until ondes_cancel_free.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_cancel_new(out_cancel: *mut *mut ondes_cancel, err: *mut *mut ondes_error) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe { boundary::make(out_cancel, "out_cancel", err, || Ok(Cancel::new())) }
}

/// Asks the work that was given the token to end; the token stays set. NULL is fine.
///
/// Threads: any, at any time, also from a signal handler.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_cancel_set(cancel: *const ondes_cancel) {
    // No boundary: nothing here can panic, and a signal handler may not do more
    // than store a flag.
    // SAFETY: the caller's pointer is as the header asks.
    if let Some(cancel) = unsafe { handle::peek(cancel) } {
        cancel.set();
    }
}

/// Tells whether the token was set.
///
/// Returns: 1 if it was, otherwise 0; 0 for NULL.
/// Threads: any, at any time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_cancel_is_set(cancel: *const ondes_cancel) -> i32 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { handle::peek(cancel) }.is_some_and(Cancel::is_set).into()
}

/// Frees a token; NULL is fine.
///
/// Threads: any, once.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_cancel_free(cancel: *mut ondes_cancel) {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { handle::free(cancel) }
}
