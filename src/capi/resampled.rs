//! Resampled reader

use std::ffi::c_void;
use std::sync::{Arc, Weak};

use super::error::{Failure, ondes_error};
use super::handle::{self, Exclusive, Opaque};
use super::reader::{self, Open, ondes_reader};
use super::sample::Buffer;
use super::status::ondes_status;
use super::{ONDES_UNKNOWN, args, boundary, resampler};
use crate::audio::view::ResampledView;

/// A view of a reader at another rate, with a position of its own.
///
/// The reader stays open and usable, and keeps its position. Once it is freed
/// the view gives ONDES_STATUS_CLOSED.
pub struct ondes_resampled {
    _private: [u8; 0],
}

/// A view, and the reader as long as it is open.
pub(crate) struct State {
    view: Exclusive<ResampledView>,
    reader: Weak<Exclusive<Open>>,
}

impl State {
    fn reader(&self) -> Result<Arc<Exclusive<Open>>, Failure> {
        self.reader.upgrade().ok_or_else(|| {
            Failure::new(ondes_status::Closed, "the reader that this is a view of was freed: open it again")
        })
    }
}

impl Opaque for ondes_resampled {
    type State = State;
    const TAG: u64 = u64::from_ne_bytes(*b"ondesVue");

    fn is_busy(state: &State) -> bool {
        state.view.is_busy()
    }
}

/// Makes a view of a reader at a rate in Hz, which may have a fraction, at most 256:1 from the reader's.
///
/// `quality` and `length_rule` are ONDES_QUALITY_ and ONDES_LENGTH_RULE_ numbers.
///
/// Returns: ONDES_STATUS_OK; INVALID_ARGUMENT for a rate that cannot be.
/// Lifetime: until ondes_resampled_free, before or after the reader's end.
/// Threads: one call at a time per reader.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_resampled_new(
    reader: *mut ondes_reader,
    rate: f64,
    quality: i32,
    length_rule: i32,
    out_resampled: *mut *mut ondes_resampled,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::make(out_resampled, "out_resampled", err, || {
            let reader = reader::shared(reader)?;
            let quality = resampler::quality(quality, "quality")?;
            let rule = resampler::length_rule(length_rule, "length_rule")?;
            let view = ResampledView::new(&reader.enter("reader")?.reader, rate, quality, rule)?;
            Ok(State { view: Exclusive::new(view), reader: Arc::downgrade(reader) })
        })
    }
}

/// Reads up to `capacity` frames at the view's rate, as ondes_reader_read does.
///
/// `dst` holds `capacity` frames of as many channels as the reader gives.
///
/// Returns: ONDES_STATUS_OK; CLOSED if the reader was freed; what ondes_reader_read returns.
/// Threads: one call at a time per view and its reader.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_resampled_read(
    resampled: *mut ondes_resampled,
    format: i32,
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
            let state = handle::state(resampled, "resampled")?;
            let (mut view, reader) = (state.view.enter("resampled")?, state.reader()?);
            let reader = &mut reader.enter("the view's reader")?.reader;
            let dst = Buffer::new(format, layout, reader.channels(), dst, capacity)?;
            *out = view.read_as(reader, dst.format, dst.layout, dst.bytes)? as u64;
            Ok(())
        })
    }
}

/// Moves to a frame at the view's rate: the next read begins there, exactly. The end itself is allowed.
///
/// Returns: ONDES_STATUS_OK; CLOSED if the reader was freed; OUT_OF_RANGE beyond an exact end; NOT_SEEKABLE.
/// Threads: one call at a time per view and its reader.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_resampled_seek(
    resampled: *mut ondes_resampled,
    frame: u64,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let state = handle::state(resampled, "resampled")?;
            let (mut view, reader) = (state.view.enter("resampled")?, state.reader()?);
            let reader = &mut reader.enter("the view's reader")?.reader;
            Ok(view.seek(reader, frame)?)
        })
    }
}

/// Tells the frame that the next read begins with.
///
/// Returns: the position; ONDES_UNKNOWN for NULL, and while the view is in use.
/// Threads: one call at a time per view.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_resampled_tell(resampled: *const ondes_resampled) -> u64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe {
        boundary::get(ONDES_UNKNOWN, || Ok(handle::state(resampled, "resampled")?.view.enter("resampled")?.position()))
    }
}

/// Tells the frames from the start to the end: those that reading gives if the reader's info says that it is exact.
///
/// Returns: the frames; ONDES_UNKNOWN if nothing tells, for NULL, after the reader was freed, and while one is in use.
/// Threads: one call at a time per view and its reader.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_resampled_frames(resampled: *const ondes_resampled) -> u64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe {
        boundary::get(ONDES_UNKNOWN, || {
            let state = handle::state(resampled, "resampled")?;
            let (view, reader) = (state.view.enter("resampled")?, state.reader()?);
            let reader = reader.enter("the view's reader")?;
            Ok(view.length(&reader.reader).frames().unwrap_or(ONDES_UNKNOWN))
        })
    }
}

/// Tells the rate of the frames that are read, in Hz.
///
/// Returns: the rate; 0 for NULL, and while the view is in use.
/// Threads: one call at a time per view.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_resampled_rate(resampled: *const ondes_resampled) -> f64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0.0, || Ok(handle::state(resampled, "resampled")?.view.enter("resampled")?.rate())) }
}

/// Frees a view and leaves its reader alone; NULL is fine.
///
/// Threads: any, once, and not while the view is in use.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_resampled_free(resampled: *mut ondes_resampled) {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { handle::free(resampled) }
}
