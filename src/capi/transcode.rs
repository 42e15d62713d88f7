//! Transcoding

use std::ffi::c_void;

use super::cancel::ondes_cancel;
use super::error::{Failure, ondes_error};
use super::options::{self, Versioned};
use super::progress::{OnProgress, ondes_progress_fn};
use super::reader::{self, ondes_reader};
use super::writer::{self, ondes_writer};
use super::{args, boundary, progress};
use crate::audio::cancel::Cancel;
use crate::audio::transcode::transcode;

/// How a copy is watched. Start from ONDES_TRANSCODE_OPTIONS_INIT.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ondes_transcode_options {
    /// sizeof(ondes_transcode_options).
    pub struct_size: u32,
    /// 0: no flag is defined yet.
    pub flags: u32,
    /// Ends the copy early; may be NULL.
    pub cancel: *const ondes_cancel,
    /// Told how far the copy is; may be NULL.
    pub progress: ondes_progress_fn,
    /// Handed to `progress`.
    pub user_data: *mut c_void,
}

// SAFETY: numbers and pointers without padding; `None` is a NULL function pointer.
unsafe impl Versioned for ondes_transcode_options {
    const FIRST_SIZE: usize = 8 + 3 * size_of::<*const c_void>();
    const NAME: &'static str = "ondes_transcode_options";
}

/// # Safety
/// NULL, or a struct as the header asks.
unsafe fn read_options(pointer: *const ondes_transcode_options) -> Result<(Cancel, OnProgress), Failure> {
    if pointer.is_null() {
        return Ok((Cancel::new(), OnProgress::NONE));
    }
    // SAFETY: not NULL; the rest is the caller's promise.
    let c = unsafe { options::read(pointer, "options")? };
    options::check_flags(c.flags, 0, "options")?;
    // SAFETY: the caller's promise.
    unsafe { progress::watched(c.cancel, c.progress, c.user_data) }
}

/// Writes everything from the reader's position on, and finishes the file. `options` may be NULL.
///
/// Memory stays constant, however long the file. The rate is converted where
/// the writer has another; mono is spread over all channels, and any number of
/// channels mixed to mono. Open the writer with `options.like` set to the
/// reader to keep the rest as it is. After a failure the file is not finished:
/// with ONDES_WRITE_ATOMIC nothing of it is left once the writer is freed.
///
/// Returns: ONDES_STATUS_OK; INVALID_ARGUMENT for other numbers of channels; CANCELLED; what reading and writing return.
/// Threads: one call at a time per reader and writer.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_transcode(
    reader: *mut ondes_reader,
    writer: *mut ondes_writer,
    options: *const ondes_transcode_options,
    out_frames: *mut u64,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let out = args::output(out_frames, "out_frames", 0)?;
            let mut reader = reader::enter(reader)?;
            let mut writer = writer::enter(writer)?;
            let (cancel, on_progress) = read_options(options)?;
            *out = on_progress.during(|f| transcode(&mut reader.reader, &mut writer, &cancel, f))?;
            Ok(())
        })
    }
}
