//! Progress

use std::ffi::c_void;

use super::cancel::{self, ondes_cancel};
use super::error::Failure;
use crate::audio::cancel::Cancel;
use crate::audio::progress::{self, Progress};

/// What a progress callback returns to go on.
pub const ONDES_CONTINUE: i32 = 0;
/// What a progress callback returns to end the work; so does every other number but 0.
pub const ONDES_CANCEL: i32 = 1;

/// How far long work has come. Only the library makes one; later versions add members at its end.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ondes_progress {
    /// The size of the library's struct.
    pub struct_size: u32,
    /// 0.
    pub flags: u32,
    /// Files done, failed ones included.
    pub files: u64,
    /// Files in all.
    pub files_total: u64,
    /// Files that failed.
    pub failed: u64,
    /// Frames decoded, at the rate of the results, or of the reader that is copied.
    pub frames: u64,
    /// Bytes of the files that are done.
    pub bytes: u64,
    /// Seconds of audio decoded.
    pub seconds: f64,
    /// Frames in all, where that is known beforehand; 0 otherwise.
    pub frames_total: u64,
}

impl From<&Progress> for ondes_progress {
    fn from(progress: &Progress) -> Self {
        let Progress { files, files_total, failed, frames, bytes, seconds, frames_total } = *progress;
        Self {
            struct_size: size_of::<Self>() as u32,
            flags: 0,
            files: files as u64,
            files_total: files_total as u64,
            failed: failed as u64,
            frames,
            bytes,
            seconds,
            frames_total,
        }
    }
}

/// Told how far the work is, at most about 20 times a second, in the thread that called the library.
///
/// Returns ONDES_CONTINUE or ONDES_CANCEL.
pub type ondes_progress_fn =
    Option<unsafe extern "C" fn(user_data: *mut c_void, progress: *const ondes_progress) -> i32>;

/// The caller's progress callback.
#[derive(Clone, Copy)]
pub(crate) struct OnProgress {
    function: ondes_progress_fn,
    user_data: *mut c_void,
}

// SAFETY: the header says that a callback is called in the thread that called
// the library, which the caller may choose.
unsafe impl Send for OnProgress {}

impl OnProgress {
    /// Nobody wants to know.
    pub(crate) const NONE: Self = Self { function: None, user_data: std::ptr::null_mut() };

    pub(crate) fn new(function: ondes_progress_fn, user_data: *mut c_void) -> Self {
        Self { function, user_data }
    }

    /// Runs `work` with a function that calls back, or none.
    pub(crate) fn during<R>(self, work: impl FnOnce(Option<progress::OnProgress<'_>>) -> R) -> R {
        let Some(function) = self.function else { return work(None) };
        work(Some(&mut |progress| {
            let progress = ondes_progress::from(progress);
            // SAFETY: the caller's callback, called as the header says.
            unsafe { function(self.user_data, &raw const progress) == ONDES_CONTINUE }
        }))
    }
}

/// What an options struct `options` says of who watches the work.
///
/// # Safety
/// As for [`cancel::optional`].
pub(crate) unsafe fn watched(
    cancel: *const ondes_cancel,
    function: ondes_progress_fn,
    user_data: *mut c_void,
) -> Result<(Cancel, OnProgress), Failure> {
    // SAFETY: the caller's promise.
    Ok((unsafe { cancel::optional(cancel, "options.cancel")? }, OnProgress::new(function, user_data)))
}
