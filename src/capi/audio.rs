//! Decoded audio

use std::ffi::c_void;

use super::handle::{self, Opaque};
use super::{boundary, sample};
use crate::audio::buffer::Audio;
use crate::audio::frames::Layout;

/// Decoded audio in memory of the library. Never changes: any number of threads may look at it.
pub struct ondes_audio {
    _private: [u8; 0],
}

impl Opaque for ondes_audio {
    type State = Audio;
    const TAG: u64 = u64::from_ne_bytes(*b"ondesAud");
}

/// Gives the samples; planes follow each other without a gap.
///
/// Returns: frames * channels samples of the format; NULL for NULL.
/// Lifetime: until the audio is freed.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_audio_samples(audio: *const ondes_audio) -> *const c_void {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(std::ptr::null(), || Ok(handle::state(audio, "audio")?.bytes().as_ptr().cast())) }
}

/// Tells the length in frames.
///
/// Returns: the frames; 0 for NULL.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_audio_frames(audio: *const ondes_audio) -> u64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0, || Ok(handle::state(audio, "audio")?.frames())) }
}

/// Tells the samples per frame.
///
/// Returns: the channels; 0 for NULL.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_audio_channels(audio: *const ondes_audio) -> u32 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0, || Ok(handle::state(audio, "audio")?.channels())) }
}

/// Tells the sample rate.
///
/// Returns: the rate in Hz; 0 for NULL.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_audio_rate(audio: *const ondes_audio) -> u32 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0, || Ok(handle::state(audio, "audio")?.rate())) }
}

/// Tells the sample format.
///
/// Returns: an ONDES_SAMPLE_ number; 0 for NULL.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_audio_format(audio: *const ondes_audio) -> i32 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0, || Ok(sample::number(handle::state(audio, "audio")?.format()))) }
}

/// Tells the order of the samples.
///
/// Returns: an ONDES_LAYOUT_ number; ONDES_LAYOUT_INTERLEAVED for NULL.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_audio_layout(audio: *const ondes_audio) -> i32 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe {
        boundary::get(0, || {
            Ok(match handle::state(audio, "audio")?.layout() {
                Layout::Interleaved => sample::ondes_layout::Interleaved,
                Layout::Planar => sample::ondes_layout::Planar,
            } as i32)
        })
    }
}

/// Frees audio; NULL is fine.
///
/// Threads: any, once.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_audio_free(audio: *mut ondes_audio) {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { handle::free(audio) }
}
