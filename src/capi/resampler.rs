//! Resampler

use std::ffi::c_void;

use super::audio::ondes_audio;
use super::cancel::{self, ondes_cancel};
use super::error::{Failure, ondes_error};
use super::handle::{self, Exclusive, Opaque};
use super::options::{self, Versioned};
use super::{ONDES_UNKNOWN, args, boundary, sample};
use crate::audio::cancel::Cancel;
use crate::audio::clip::{self, ClipOptions};
use crate::audio::limits::MAX_CHANNELS;
use crate::audio::resample::{LengthRule, Quality, Ratio, StreamResampler};
use crate::audio::sample::SampleFormat;

/// Converts a stream of frames, pushed in pieces of any size, from one rate to another.
///
/// Output frame k is the input at the time k / target rate: there is no delay
/// at the start. How the input is cut changes no bit of the output. Nothing is
/// allocated between ondes_resampler_new and ondes_resampler_free.
pub struct ondes_resampler {
    _private: [u8; 0],
}

/// How well a rate is converted: docs/RESAMPLING.md has the measurements.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ondes_quality {
    /// Aliases and images 135 dB down, the band flat to 94 % of the lower Nyquist frequency.
    Balanced = 0,
    /// 110 dB down, flat to 90 %: the shortest delay of these three.
    Fast = 1,
    /// 150 dB down, flat to 95 %, computed in double precision.
    Best = 2,
    /// The last frame before.
    ZeroOrderHold = 10,
    /// A straight line between two frames.
    Linear = 11,
    /// A Catmull-Rom spline through four frames.
    CatmullRom = 12,
    /// Lagrange's polynomial through five frames.
    Lagrange = 13,
    /// A windowed sinc over 200 frames.
    WindowedSinc = 14,
    /// A windowed sinc over 1024 frames.
    WindowedSinc256 = 15,
    /// A windowed sinc over 512 frames.
    WindowedSinc128 = 16,
    /// A windowed sinc over 256 frames.
    WindowedSinc64 = 17,
    /// A windowed sinc over 128 frames.
    WindowedSinc32 = 18,
    /// A windowed sinc over 64 frames.
    WindowedSinc16 = 19,
    /// A windowed sinc over 32 frames.
    WindowedSinc8 = 20,
}

/// How many frames a number of frames becomes.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ondes_length_rule {
    /// ceil(frames * target / source): every moment of the input is there.
    Exact = 0,
    /// floor((frames + latency) * target / source) - round(latency * target / source), the count of pedalboard.
    Floor = 1,
}

const QUALITIES: [(ondes_quality, Quality); 14] = [
    (ondes_quality::Balanced, Quality::Balanced),
    (ondes_quality::Fast, Quality::Fast),
    (ondes_quality::Best, Quality::Best),
    (ondes_quality::ZeroOrderHold, Quality::ZeroOrderHold),
    (ondes_quality::Linear, Quality::Linear),
    (ondes_quality::CatmullRom, Quality::CatmullRom),
    (ondes_quality::Lagrange, Quality::Lagrange),
    (ondes_quality::WindowedSinc, Quality::WindowedSinc),
    (ondes_quality::WindowedSinc256, Quality::WindowedSinc256),
    (ondes_quality::WindowedSinc128, Quality::WindowedSinc128),
    (ondes_quality::WindowedSinc64, Quality::WindowedSinc64),
    (ondes_quality::WindowedSinc32, Quality::WindowedSinc32),
    (ondes_quality::WindowedSinc16, Quality::WindowedSinc16),
    (ondes_quality::WindowedSinc8, Quality::WindowedSinc8),
];

pub(crate) fn quality(number: i32, argument: &str) -> Result<Quality, Failure> {
    args::choice(QUALITIES.map(|(n, quality)| (n as i32, quality)), number, argument, "ONDES_QUALITY_")
}

pub(crate) fn length_rule(number: i32, argument: &str) -> Result<LengthRule, Failure> {
    let rules =
        [(ondes_length_rule::Exact as i32, LengthRule::Exact), (ondes_length_rule::Floor as i32, LengthRule::Floor)];
    args::choice(rules, number, argument, "ONDES_LENGTH_RULE_")
}

fn channel_count(number: u32, argument: &str) -> Result<usize, Failure> {
    if (1..=MAX_CHANNELS).contains(&number) {
        return Ok(number as usize);
    }
    Err(Failure::invalid(&format!("{argument} is {number}, but there are 1 to {MAX_CHANNELS}")))
}

fn float_format(number: i32, argument: &str) -> Result<SampleFormat, Failure> {
    match sample::format(number, argument)? {
        format @ (SampleFormat::F32 | SampleFormat::F64) => Ok(format),
        _ => Err(Failure::invalid(&format!("{argument} is neither ONDES_SAMPLE_F32 nor ONDES_SAMPLE_F64"))),
    }
}

impl Opaque for ondes_resampler {
    type State = Exclusive<StreamResampler>;
    const TAG: u64 = u64::from_ne_bytes(*b"ondesRsm");

    fn is_busy(state: &Self::State) -> bool {
        state.is_busy()
    }
}

/// Makes a resampler. Rates are in Hz, may have fractions, and at most 256:1 apart.
///
/// `format` is ONDES_SAMPLE_F32 or ONDES_SAMPLE_F64, `quality` and
/// `length_rule` are ONDES_QUALITY_ and ONDES_LENGTH_RULE_ numbers.
///
/// Returns: ONDES_STATUS_OK; INVALID_ARGUMENT for a rate or a number of channels that cannot be.
/// Lifetime: until ondes_resampler_free.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_resampler_new(
    source_rate: f64,
    target_rate: f64,
    channels: u32,
    format: i32,
    quality: i32,
    length_rule: i32,
    out_resampler: *mut *mut ondes_resampler,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::make(out_resampler, "out_resampler", err, || {
            let ratio = Ratio::from_rates(source_rate, target_rate)?;
            let channels = channel_count(channels, "channels")?;
            let format = float_format(format, "format")?;
            let quality = self::quality(quality, "quality")?;
            let rule = self::length_rule(length_rule, "length_rule")?;
            Ok(Exclusive::new(StreamResampler::new(ratio, channels, format, quality, rule)))
        })
    }
}

/// Converts `frames` frames and gives what is ready: ondes_resampler_output_frames tells before how many.
///
/// Planes of `src` lie `frames` samples apart, those of `dst` `capacity` samples.
///
/// Returns: ONDES_STATUS_OK; OUT_OF_RANGE if `dst` holds fewer frames than come out: then nothing was done.
/// Threads: one call at a time per resampler.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_resampler_process(
    resampler: *mut ondes_resampler,
    layout: i32,
    src: *const c_void,
    frames: u64,
    dst: *mut c_void,
    capacity: u64,
    out_frames: *mut u64,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let out = args::output(out_frames, "out_frames", 0)?;
            let mut resampler = handle::state(resampler, "resampler")?.enter("resampler")?;
            let layout = sample::layout(layout, "layout")?;
            let src = args::frames(src, frames, resampler.frame_size(), "src")?;
            let dst = args::frames_mut(dst, capacity, resampler.frame_size(), "dst")?;
            *out = resampler.process_bytes(layout, src, dst)? as u64;
            Ok(())
        })
    }
}

/// Gives the rest, as if silence followed the input, and goes back to the start. A second flush gives nothing.
///
/// Returns: ONDES_STATUS_OK; OUT_OF_RANGE if `dst` holds fewer frames than come out: then nothing was done.
/// Threads: one call at a time per resampler.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_resampler_flush(
    resampler: *mut ondes_resampler,
    layout: i32,
    dst: *mut c_void,
    capacity: u64,
    out_frames: *mut u64,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let out = args::output(out_frames, "out_frames", 0)?;
            let mut resampler = handle::state(resampler, "resampler")?.enter("resampler")?;
            let layout = sample::layout(layout, "layout")?;
            let dst = args::frames_mut(dst, capacity, resampler.frame_size(), "dst")?;
            *out = resampler.flush_bytes(layout, dst)? as u64;
            Ok(())
        })
    }
}

/// Forgets what was fed: the next frame is the first again.
///
/// Returns: ONDES_STATUS_OK.
/// Threads: one call at a time per resampler.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_resampler_reset(resampler: *mut ondes_resampler, err: *mut *mut ondes_error) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            handle::state(resampler, "resampler")?.enter("resampler")?.reset();
            Ok(())
        })
    }
}

/// Tells the frames that ondes_resampler_process will give for `frames` frames now.
///
/// Returns: the frames; ONDES_UNKNOWN for NULL, and while the resampler is in use.
/// Threads: one call at a time per resampler.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_resampler_output_frames(resampler: *const ondes_resampler, frames: u64) -> u64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe {
        boundary::get(ONDES_UNKNOWN, || {
            Ok(handle::state(resampler, "resampler")?.enter("resampler")?.output_frames(frames))
        })
    }
}

/// Tells the frames that ondes_resampler_flush will give now.
///
/// Returns: the frames; ONDES_UNKNOWN for NULL, and while the resampler is in use.
/// Threads: one call at a time per resampler.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_resampler_flush_frames(resampler: *const ondes_resampler) -> u64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe {
        boundary::get(ONDES_UNKNOWN, || Ok(handle::state(resampler, "resampler")?.enter("resampler")?.flush_frames()))
    }
}

/// Tells how many frames of input must follow a moment before it has come out.
///
/// Returns: the frames of input; ONDES_UNKNOWN for NULL, and while the resampler is in use.
/// Threads: one call at a time per resampler.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_resampler_latency(resampler: *const ondes_resampler) -> u64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(ONDES_UNKNOWN, || Ok(handle::state(resampler, "resampler")?.enter("resampler")?.latency())) }
}

/// Frees a resampler; NULL is fine.
///
/// Threads: any, once, and not while the resampler is in use.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_resampler_free(resampler: *mut ondes_resampler) {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { handle::free(resampler) }
}

/// How a clip is converted. Start from ONDES_RESAMPLE_OPTIONS_INIT: balanced, on the calling thread alone.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ondes_resample_options {
    /// sizeof(ondes_resample_options).
    pub struct_size: u32,
    /// 0: no flag is defined yet.
    pub flags: u32,
    /// Ends it early; may be NULL.
    pub cancel: *const ondes_cancel,
    /// An ONDES_QUALITY_ number.
    pub quality: i32,
    /// Threads that work on it: 0 or 1 the calling one alone, ONDES_ALL_CORES one per core. The result is the same.
    pub threads: u32,
}

// SAFETY: numbers and a pointer, without padding.
unsafe impl Versioned for ondes_resample_options {
    const FIRST_SIZE: usize = 16 + size_of::<*const c_void>();
    const NAME: &'static str = "ondes_resample_options";
}

/// # Safety
/// NULL, or a struct as the header asks.
unsafe fn clip_options(pointer: *const ondes_resample_options) -> Result<(ClipOptions, Cancel), Failure> {
    if pointer.is_null() {
        return Ok((ClipOptions { threads: 1, ..ClipOptions::default() }, Cancel::new()));
    }
    // SAFETY: not NULL; the rest is the caller's promise.
    let (c, cancel) = unsafe {
        let c = options::read(pointer, "options")?;
        (c, cancel::optional(c.cancel, "options.cancel")?)
    };
    options::check_flags(c.flags, 0, "options")?;
    let quality = quality(c.quality, "options.quality")?;
    Ok((ClipOptions { quality, threads: options::threads_of_one_call(c.threads) as usize }, cancel))
}

/// Converts a clip of `frames` frames from one rate to another at once. `options` may be NULL.
///
/// The result begins at the same time, has ceil(frames * target_rate / source_rate) frames, and the layout of `src`.
/// Its samples are F64 where those of `src` are, F32 otherwise: integers are divided by their full scale. Rates are in
/// Hz, may have fractions, and at most 256:1 apart; ondes_audio_rate tells the nearest whole one. Planes of `src` lie
/// `frames` samples apart.
///
/// Returns: ONDES_STATUS_OK; INVALID_ARGUMENT for a rate or a number of channels that cannot be; CANCELLED; OUT_OF_MEMORY.
/// Lifetime: the audio until ondes_audio_free.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_resample(
    format: i32,
    layout: i32,
    src: *const c_void,
    frames: u64,
    channels: u32,
    source_rate: f64,
    target_rate: f64,
    options: *const ondes_resample_options,
    out_audio: *mut *mut ondes_audio,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::make(out_audio, "out_audio", err, || {
            let channels = channel_count(channels, "channels")?;
            let src = sample::source(format, layout, channels as u32, src, frames)?;
            let (options, cancel) = clip_options(options)?;
            Ok(clip::resample(&src, source_rate, target_rate, &options, &cancel)?)
        })
    }
}
