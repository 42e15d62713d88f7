//! Loudness

use std::ffi::c_void;

use super::cancel::ondes_cancel;
use super::error::{Failure, ondes_error};
use super::options::{self, Output, Versioned};
use super::progress::{OnProgress, ondes_progress_fn};
use super::reader::{self, ondes_reader};
use super::{boundary, progress};
use crate::audio::cancel::Cancel;
use crate::audio::loudness::{Loudness, measure};

/// Leave out the true peak, which is half of the work.
pub const ONDES_LOUDNESS_NO_TRUE_PEAK: u32 = 1;

/// What is measured, and how that is watched. Start from ONDES_LOUDNESS_OPTIONS_INIT.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ondes_loudness_options {
    /// sizeof(ondes_loudness_options).
    pub struct_size: u32,
    /// ONDES_LOUDNESS_ bits.
    pub flags: u32,
    /// Ends the measurement early; may be NULL.
    pub cancel: *const ondes_cancel,
    /// Told how far the measurement is; may be NULL.
    pub progress: ondes_progress_fn,
    /// Handed to `progress`.
    pub user_data: *mut c_void,
}

// SAFETY: numbers and pointers without padding; `None` is a NULL function pointer.
unsafe impl Versioned for ondes_loudness_options {
    const FIRST_SIZE: usize = 8 + 3 * size_of::<*const c_void>();
    const NAME: &'static str = "ondes_loudness_options";
}

/// Loudness by EBU R 128, and peaks. Start from ONDES_LOUDNESS_INIT.
///
/// A loudness is NaN where the audio is shorter than the window that defines
/// it, and minus infinity where it is silent.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ondes_loudness {
    /// sizeof(ondes_loudness).
    pub struct_size: u32,
    /// 0.
    pub flags: u32,
    /// Frames that were measured.
    pub frames: u64,
    /// Integrated (gated) loudness in LUFS; minus infinity if nothing is above -70 LUFS, NaN below 400 ms.
    pub integrated: f64,
    /// Loudness range in LU; 0 if nothing is above -70 LUFS, NaN below 3 s.
    pub range: f64,
    /// Maximum momentary loudness (400 ms) in LUFS; NaN below 400 ms.
    pub max_momentary: f64,
    /// Maximum short-term loudness (3 s) in LUFS; NaN below 3 s.
    pub max_short_term: f64,
    /// The largest sample of any channel, linear: full scale is 1, and 20 * log10 of it is dBFS.
    pub sample_peak: f64,
    /// The same with what lies between the samples (dBTP); NaN with ONDES_LOUDNESS_NO_TRUE_PEAK.
    pub true_peak: f64,
}

// SAFETY: only numbers, without padding.
unsafe impl Versioned for ondes_loudness {
    const FIRST_SIZE: usize = 64;
    const NAME: &'static str = "ondes_loudness";
}

impl ondes_loudness {
    /// Where nothing was measured.
    const NOTHING: Self = Self {
        struct_size: 0,
        flags: 0,
        frames: 0,
        integrated: f64::NAN,
        range: f64::NAN,
        max_momentary: f64::NAN,
        max_short_term: f64::NAN,
        sample_peak: f64::NAN,
        true_peak: f64::NAN,
    };
}

impl From<Loudness> for ondes_loudness {
    fn from(loudness: Loudness) -> Self {
        let Loudness { frames, integrated, range, max_momentary, max_short_term, sample_peak, true_peak } = loudness;
        let true_peak = true_peak.unwrap_or(f64::NAN);
        Self { frames, integrated, range, max_momentary, max_short_term, sample_peak, true_peak, ..Self::NOTHING }
    }
}

/// Whether the true peak is measured, and who watches.
///
/// # Safety
/// NULL, or a struct as the header asks.
unsafe fn read_options(pointer: *const ondes_loudness_options) -> Result<(bool, Cancel, OnProgress), Failure> {
    if pointer.is_null() {
        return Ok((true, Cancel::new(), OnProgress::NONE));
    }
    // SAFETY: not NULL; the rest is the caller's promise.
    let c = unsafe { options::read(pointer, "options")? };
    options::check_flags(c.flags, ONDES_LOUDNESS_NO_TRUE_PEAK, "options")?;
    // SAFETY: the caller's promise.
    let (cancel, on_progress) = unsafe { progress::watched(c.cancel, c.progress, c.user_data)? };
    Ok((c.flags & ONDES_LOUDNESS_NO_TRUE_PEAK == 0, cancel, on_progress))
}

/// Measures everything from the reader's position to its end. `options` may be NULL.
///
/// Channels are weighted by their speakers (ITU-R BS.1770): surround speakers
/// 1.5 dB more than others, the LFE channel not at all. Channels without
/// speakers count as so many usually stand (6 as 5.1), and samples that are no
/// finite numbers as silence. Besides a little of the audio, 160 bytes are kept
/// for each second of it, for the gates.
///
/// Returns: ONDES_STATUS_OK; UNSUPPORTED below 4000 or above 2822400 Hz and for more than 64 channels, LIMIT for more
/// than 16777216 samples a second; CANCELLED; what ondes_reader_read returns.
/// Threads: one call at a time per reader.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_reader_loudness(
    reader: *mut ondes_reader,
    options: *const ondes_loudness_options,
    out_loudness: *mut ondes_loudness,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let out = Output::new(out_loudness, ondes_loudness::NOTHING, "out_loudness")?;
            let mut reader = reader::enter(reader)?;
            let (with_true_peak, cancel, on_progress) = read_options(options)?;
            out.set(on_progress.during(|f| measure(&mut reader.reader, with_true_peak, &cancel, f))?.into());
            Ok(())
        })
    }
}
