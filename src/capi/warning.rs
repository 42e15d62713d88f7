//! Warnings, as the functions of a reader and of a batch's item give them.

use std::ffi::{CString, c_char};

use super::error::{Failure, c_string};
use super::status::ondes_status;
use super::{ONDES_UNKNOWN, args};
use crate::audio::codec::Warnings;

/// The messages of the first warnings as C strings, which stay where they are.
#[derive(Default)]
pub(crate) struct Messages(Vec<CString>);

impl Messages {
    /// Adds those that came since the last time.
    pub(crate) fn add(&mut self, warnings: &Warnings) {
        let known = self.0.len();
        self.0.extend(warnings.list().iter().skip(known).map(|warning| c_string(&warning.message)));
    }
}

/// Where a caller wants a warning.
pub(crate) struct Output<'a> {
    message: &'a mut *const c_char,
    offset: &'a mut u64,
}

impl<'a> Output<'a> {
    /// Writes both outputs at once, so that no failure leaves one unset.
    ///
    /// # Safety
    /// Each NULL, or may be written for as long as `'a`.
    pub(crate) unsafe fn new(message: *mut *const c_char, offset: *mut u64) -> Result<Self, Failure> {
        // SAFETY: the caller's promise.
        let (message, offset) = unsafe {
            (args::output(message, "out_message", std::ptr::null()), args::output(offset, "out_offset", ONDES_UNKNOWN))
        };
        Ok(Self { message: message?, offset: offset? })
    }

    /// Writes one of the warnings, all of which have their message in `messages`.
    pub(crate) fn set(self, warnings: &Warnings, messages: &Messages, index: u64) -> Result<(), Failure> {
        let at = usize::try_from(index).unwrap_or(usize::MAX);
        let (Some(warning), Some(message)) = (warnings.list().get(at), messages.0.get(at)) else {
            let count = warnings.list().len();
            let message = format!("there is no warning {index}, but {count} of them");
            return Err(Failure::new(ondes_status::OutOfRange, &message));
        };
        *self.message = message.as_ptr();
        *self.offset = warning.offset.unwrap_or(ONDES_UNKNOWN);
        Ok(())
    }
}
