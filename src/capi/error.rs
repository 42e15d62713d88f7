//! Errors

use std::ffi::{CString, c_char};

use super::handle::{self, Opaque};
use super::status::ondes_status;
use super::{ONDES_UNKNOWN, boundary};
use crate::audio;

/// What went wrong in one call. Belongs to the caller, who frees it.
pub struct ondes_error {
    _private: [u8; 0],
}

impl Opaque for ondes_error {
    type State = Failure;
    const TAG: u64 = u64::from_ne_bytes(*b"ondesErr");
}

/// Why a call fails, on its way to an [`ondes_error`].
#[derive(Debug)]
pub struct Failure {
    status: ondes_status,
    message: CString,
    os_code: Option<i32>,
    offset: Option<u64>,
}

impl Failure {
    pub(crate) fn new(status: ondes_status, message: &str) -> Self {
        Self { status, message: c_string(message), os_code: None, offset: None }
    }

    pub(crate) fn null(argument: &str) -> Self {
        Self::new(ondes_status::NullArgument, &format!("{argument} is NULL"))
    }

    pub(crate) fn invalid(message: &str) -> Self {
        Self::new(ondes_status::InvalidArgument, message)
    }

    pub(crate) fn status(&self) -> ondes_status {
        self.status
    }

    /// Puts the called function's name in front: only a misuse is about the call.
    pub(crate) fn in_function(mut self, function: &str) -> Self {
        if self.status.is_misuse() {
            self.message = c_string(&format!("{function}: {}", self.message.to_string_lossy()));
        }
        self
    }
}

impl From<audio::Error> for Failure {
    fn from(error: audio::Error) -> Self {
        Self {
            status: error.kind().into(),
            message: c_string(&error.to_string()),
            os_code: error.os_code(),
            offset: error.offset(),
        }
    }
}

/// A C string of `text`; NUL bytes, which a file's own strings may hold, become spaces.
pub(crate) fn c_string(text: &str) -> CString {
    CString::new(text.replace('\0', " ")).unwrap_or_default()
}

/// Tells the status that the failed call returned.
///
/// Returns: an ONDES_STATUS_ number; ONDES_STATUS_OK for NULL.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_error_status(error: *const ondes_error) -> i32 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0, || Ok(handle::state(error, "error")?.status as i32)) }
}

/// Says what failed, where and why, in one sentence in UTF-8.
///
/// Returns: the message; "" for NULL.
/// Lifetime: until the error is freed.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_error_message(error: *const ondes_error) -> *const c_char {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(c"".as_ptr(), || Ok(handle::state(error, "error")?.message.as_ptr())) }
}

/// Tells the operating system's error number, errno or GetLastError.
///
/// Returns: the number; 0 if the system was not the cause, and for NULL.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_error_os_code(error: *const ondes_error) -> i32 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0, || Ok(handle::state(error, "error")?.os_code.unwrap_or(0))) }
}

/// Tells the byte of the file at which the trouble is.
///
/// Returns: the position; ONDES_UNKNOWN where there is none, and for NULL.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_error_offset(error: *const ondes_error) -> u64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(ONDES_UNKNOWN, || Ok(handle::state(error, "error")?.offset.unwrap_or(ONDES_UNKNOWN))) }
}

/// Frees an error; NULL is fine.
///
/// Threads: any, once.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_error_free(error: *mut ondes_error) {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { handle::free(error) }
}
