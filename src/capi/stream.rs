//! Streams on devices

use std::ffi::{CString, c_char, c_void};
use std::sync::{Arc, MutexGuard};

use super::cancel::{self, ondes_cancel};
use super::device;
use super::error::{Failure, c_string, ondes_error};
use super::handle::{self, Exclusive, Opaque};
use super::options::{self, Versioned};
use super::progress::{OnProgress, ondes_progress_fn};
use super::sample::{self, Buffer};
use super::{args, boundary, resampler};
use crate::audio::cancel::Cancel;
use crate::audio::device::{self as domain, Direction, PlayOptions, StreamOptions, Wait};
use crate::audio::frames::FramesMut;
use crate::audio::limits::MAX_CHANNELS;
use crate::audio::sample::with_sample;

/// As a timeout: wait as long as it takes. So does any other negative number.
pub const ONDES_FOREVER: f64 = -1.0;

/// Play the input, channel i % inputs on output i, together with what is written.
pub const ONDES_STREAM_MONITOR: u32 = 1;

/// Takes and gives the audio of a stream in the device's own thread, in place of reading and writing.
///
/// `input` has `frames` interleaved frames of the input device, `output` room for as many of the output device; NULL
/// without that device. Never more than the stream's buffer size with an output. It returns the frames it dealt with:
/// fewer than `frames` is the end, what it gave is still played and then silence; a negative number is a failure,
/// after which the stream's calls give ONDES_STATUS_CALLBACK. It must not wait: no locks, no memory, no files, and of
/// this library only ondes_cancel_set and the functions that tell numbers.
pub type ondes_data_fn =
    Option<unsafe extern "C" fn(user_data: *mut c_void, input: *const f32, output: *mut f32, frames: u64) -> i64>;

/// Changes interleaved frames that are about to be played, in the device's own thread. The same rules as for ondes_data_fn.
pub type ondes_process_fn =
    Option<unsafe extern "C" fn(user_data: *mut c_void, samples: *mut f32, frames: u64, channels: u32)>;

/// What to open. Start from ONDES_STREAM_OPTIONS_INIT and name `input`, `output` or both; 0 is what suits the device.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ondes_stream_options {
    /// sizeof(ondes_stream_options).
    pub struct_size: u32,
    /// ONDES_STREAM_ bits.
    pub flags: u32,
    /// Record from this device: an id, a name, or "default"; NULL: do not record.
    pub input: *const c_char,
    /// Play on this device: an id, a name, or "default"; NULL: do not play.
    pub output: *const c_char,
    /// Deals with all audio; NULL: ondes_stream_read and ondes_stream_write do.
    pub data: ondes_data_fn,
    /// Handed to `data`.
    pub user_data: *mut c_void,
    /// Sample rate in Hz; 0: the output device's own, or else the input's.
    pub rate: u32,
    /// Frames that the devices take or give at a time; 0: 512.
    pub buffer_size: u32,
    /// Channels to record; 0: the device's.
    pub input_channels: u32,
    /// Channels to play; 0: the device's.
    pub output_channels: u32,
    /// Frames that wait to be read at most, before the oldest are dropped; 0: five seconds.
    pub input_queue: u32,
    /// Frames that wait to be played at most, before writing waits; 0: a quarter of a second, or four buffers if that is more.
    pub output_queue: u32,
}

// SAFETY: numbers and pointers without padding; `None` is a NULL function pointer.
unsafe impl Versioned for ondes_stream_options {
    const FIRST_SIZE: usize = 32 + 4 * size_of::<*const c_void>();
    const NAME: &'static str = "ondes_stream_options";
}

/// Audio that flows from and to devices.
pub struct ondes_stream {
    _private: [u8; 0],
}

/// A stream, whose parts are entered each by one thread at a time.
pub(crate) struct State {
    stream: domain::Stream,
    reading: Exclusive<()>,
    writing: Exclusive<()>,
    control: Exclusive<()>,
    names: [CString; 2],
}

impl Opaque for ondes_stream {
    type State = State;
    const TAG: u64 = u64::from_ne_bytes(*b"ondesStr");

    fn is_busy(state: &State) -> bool {
        let is_in_use = state.reading.is_busy() || state.writing.is_busy() || state.control.is_busy();
        // After a fork a lock may be that of a thread which only the parent has.
        is_in_use && state.stream.is_own()
    }
}

impl State {
    /// Enters one part, in the process that opened the stream; in a forked child a
    /// lock may be that of a thread which is not there, and the stream refuses all calls.
    fn alone<'a>(&self, part: &'a Exclusive<()>) -> Result<Option<MutexGuard<'a, ()>>, Failure> {
        if self.stream.is_own() { part.enter("stream").map(Some) } else { Ok(None) }
    }

    fn name(&self, direction: Direction) -> &CString {
        &self.names[usize::from(direction == Direction::Output)]
    }
}

/// A pointer of the caller's, handed back to the caller's callbacks in any thread.
#[derive(Clone, Copy)]
struct UserData(*mut c_void);

// SAFETY: the header says that these callbacks are called in the device's thread.
unsafe impl Send for UserData {}
// SAFETY: as above; a stream never calls one callback from two threads at a time.
unsafe impl Sync for UserData {}

impl UserData {
    /// The pointer. A method, so that closures capture the whole and not the bare pointer.
    fn get(self) -> *mut c_void {
        self.0
    }
}

fn data(function: ondes_data_fn, user_data: *mut c_void) -> Option<domain::Data> {
    let function = function?;
    let user_data = UserData(user_data);
    Some(Arc::new(move |input: &[f32], output: &mut [f32], frames: usize| {
        let input = if input.is_empty() { std::ptr::null() } else { input.as_ptr() };
        let output = if output.is_empty() { std::ptr::null_mut() } else { output.as_mut_ptr() };
        // SAFETY: the caller's callback, called as the header says.
        let done = unsafe { function(user_data.get(), input, output, frames as u64) };
        usize::try_from(done).map_err(|_| done)
    }))
}

fn process(function: ondes_process_fn, user_data: *mut c_void) -> Option<domain::Process> {
    let function = function?;
    let user_data = UserData(user_data);
    Some(Arc::new(move |samples: &mut [f32], channels: usize| {
        let frames = (samples.len() / channels) as u64;
        // SAFETY: the caller's callback, called as the header says.
        unsafe { function(user_data.get(), samples.as_mut_ptr(), frames, channels as u32) }
    }))
}

/// # Safety
/// As for [`options::read`], and what the struct leads to is as the header asks.
unsafe fn stream_options(pointer: *const ondes_stream_options) -> Result<StreamOptions, Failure> {
    if pointer.is_null() {
        return Err(Failure::null("options"));
    }
    // SAFETY: not NULL; the rest is the caller's promise.
    let (c, input, output) = unsafe {
        let c = options::read(pointer, "options")?;
        (c, args::optional_text(c.input), args::optional_text(c.output))
    };
    options::check_flags(c.flags, ONDES_STREAM_MONITOR, "options")?;
    Ok(StreamOptions {
        input,
        output,
        rate: c.rate,
        buffer: c.buffer_size,
        input_channels: c.input_channels,
        output_channels: c.output_channels,
        input_queue: c.input_queue,
        output_queue: c.output_queue,
        monitor: c.flags & ONDES_STREAM_MONITOR != 0,
        data: data(c.data, c.user_data),
    })
}

/// Opens devices. They stay silent until ondes_stream_start.
///
/// Returns: ONDES_STATUS_OK; NO_DEVICE; DEVICE_REFUSED; INVALID_ARGUMENT; UNSUPPORTED in a build without devices.
/// Lifetime: until ondes_stream_free.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_stream_open(
    options: *const ondes_stream_options,
    out_stream: *mut *mut ondes_stream,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::make(out_stream, "out_stream", err, || {
            let stream = domain::Stream::open(&stream_options(options)?)?;
            let name = |direction| c_string(stream.info(direction).map_or("", |info| info.name.as_str()));
            Ok(State {
                names: [Direction::Input, Direction::Output].map(name),
                reading: Exclusive::new(()),
                writing: Exclusive::new(()),
                control: Exclusive::new(()),
                stream,
            })
        })
    }
}

/// Lets the audio flow. Input from before is forgotten. Does nothing while it flows.
///
/// Returns: ONDES_STATUS_OK; NO_DEVICE, DEVICE_REFUSED or DEVICE_LOST; CLOSED, also in a forked child.
/// Threads: one at a time of start, stop, drain, close and set_process; another may read, another one write.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_stream_start(stream: *mut ondes_stream, err: *mut *mut ondes_error) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let state = handle::state(stream, "stream")?;
            let _alone = state.alone(&state.control)?;
            Ok(state.stream.start()?)
        })
    }
}

/// Ends the flow at once. What was not played yet is dropped; what was recorded can still be read.
///
/// No callback of the stream runs any more when this returns. A read or write that waits in another thread returns; what
/// such a write put into the queue is dropped too.
///
/// Returns: ONDES_STATUS_OK, also in a forked child, where it does nothing.
/// Threads: as for ondes_stream_start.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_stream_stop(stream: *mut ondes_stream, err: *mut *mut ondes_error) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let state = handle::state(stream, "stream")?;
            let _alone = state.alone(&state.control)?;
            state.stream.stop();
            Ok(())
        })
    }
}

/// Waits until all that was written has been heard, or until the data callback has come to its end; then stops.
///
/// `timeout` is in seconds, ONDES_FOREVER to wait as long as it takes. `cancel` may be NULL.
///
/// Returns: ONDES_STATUS_OK; DEVICE_LOST, CALLBACK; CANCELLED or TIMED_OUT: then it still plays; CLOSED.
/// Threads: as for ondes_stream_start.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_stream_drain(
    stream: *mut ondes_stream,
    timeout: f64,
    cancel: *const ondes_cancel,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let state = handle::state(stream, "stream")?;
            let _alone = state.alone(&state.control)?;
            let cancel = cancel::optional(cancel, "cancel")?;
            Ok(state.stream.drain(&Wait::new(timeout, &cancel)?)?)
        })
    }
}

/// Stops and lets go of the devices for good. Counts, names and numbers can still be asked for; the queues are empty.
///
/// Returns: ONDES_STATUS_OK, also the second time, and in a forked child, where it does nothing.
/// Threads: as for ondes_stream_start.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_stream_close(stream: *mut ondes_stream, err: *mut *mut ondes_error) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let state = handle::state(stream, "stream")?;
            let _alone = state.alone(&state.control)?;
            state.stream.close();
            Ok(())
        })
    }
}

/// Takes recorded frames into `dst`, and waits for `capacity` of them for at most `timeout` seconds.
///
/// A timeout of 0 takes what there is, ONDES_FOREVER waits as long as it takes. `cancel` may be NULL. Fewer frames than
/// asked for, also 0, are no failure: the time was up, or the stream is not running. If the device went away or the
/// token was set, frames that came before are given first, and the status comes with the next call.
/// `format` and `layout` are ONDES_SAMPLE_ and ONDES_LAYOUT_ numbers; planes of `dst` lie `capacity` samples apart.
///
/// Returns: ONDES_STATUS_OK; DEVICE_LOST; CANCELLED; CLOSED; INVALID_ARGUMENT without an input; INPUT_DROPPED once after
///   frames were dropped, unless ondes_stream_set_ignore_dropped_input: nothing was read then, the count is 0 again.
/// Threads: one reading at a time; another may write, another start and stop.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_stream_read(
    stream: *mut ondes_stream,
    format: i32,
    layout: i32,
    dst: *mut c_void,
    capacity: u64,
    timeout: f64,
    cancel: *const ondes_cancel,
    out_frames: *mut u64,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let out = args::output(out_frames, "out_frames", 0)?;
            let state = handle::state(stream, "stream")?;
            let _alone = state.alone(&state.reading)?;
            let channels = state.stream.channels(Direction::Input).max(1);
            let dst = Buffer::new(format, layout, channels, dst, capacity)?;
            let cancel = cancel::optional(cancel, "cancel")?;
            let wait = Wait::new(timeout, &cancel)?;
            *out = with_sample!(dst.format, S => {
                let mut dst = FramesMut::<S>::from_bytes(dst.bytes, channels as usize, dst.layout)?;
                state.stream.read(&mut dst, &wait)?
            }) as u64;
            Ok(())
        })
    }
}

/// Has `frames` frames played after those written before, and waits for room in the queue for at most `timeout` seconds.
///
/// `channels` are those of `src`: the device's, or 1, which goes to all of the device's. A timeout of 0 writes what
/// there is room for, ONDES_FOREVER waits as long as it takes. `cancel` may be NULL. `out_frames` tells how many were
/// taken; fewer than `frames` are no failure, as for ondes_stream_read. A stream that is not running takes what the
/// queue holds, which is played from the start.
/// `format` and `layout` are ONDES_SAMPLE_ and ONDES_LAYOUT_ numbers; planes of `src` lie `frames` samples apart.
///
/// Returns: ONDES_STATUS_OK; DEVICE_LOST; CANCELLED; CLOSED; INVALID_ARGUMENT without an output, or for other channels.
/// Threads: one writing at a time; another may read, another start and stop.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_stream_write(
    stream: *mut ondes_stream,
    format: i32,
    layout: i32,
    src: *const c_void,
    frames: u64,
    channels: u32,
    timeout: f64,
    cancel: *const ondes_cancel,
    out_frames: *mut u64,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let out = args::output(out_frames, "out_frames", 0)?;
            let state = handle::state(stream, "stream")?;
            let _alone = state.alone(&state.writing)?;
            let src = sample::source(format, layout, checked_channels(channels)?, src, frames)?;
            let cancel = cancel::optional(cancel, "cancel")?;
            let wait = Wait::new(timeout, &cancel)?;
            *out = state.stream.write_any(&src, &wait)? as u64;
            Ok(())
        })
    }
}

fn checked_channels(channels: u32) -> Result<u32, Failure> {
    if (1..=MAX_CHANNELS).contains(&channels) {
        return Ok(channels);
    }
    Err(Failure::invalid(&format!("channels is {channels}, but there are 1 to {MAX_CHANNELS}")))
}

/// Has `process` change all that is played from now on, also while the stream runs; NULL for nothing.
///
/// When this returns, the one before is not called any more: what its user_data leads to can be freed.
///
/// Returns: ONDES_STATUS_OK; INVALID_ARGUMENT without an output; CLOSED; DEVICE_LOST if the device stands still for 2
///   seconds, so that it could not be told: then the one before stays, and `process` is never called.
/// Threads: as for ondes_stream_start.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_stream_set_process(
    stream: *mut ondes_stream,
    process: ondes_process_fn,
    user_data: *mut c_void,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let state = handle::state(stream, "stream")?;
            let _alone = state.alone(&state.control)?;
            Ok(state.stream.set_process(self::process(process, user_data))?)
        })
    }
}

/// Sets whether ondes_stream_read goes on over dropped frames without a status: 0 is no, as it is at first.
///
/// Threads: any, at any time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_stream_set_ignore_dropped_input(stream: *mut ondes_stream, ignore: i32) {
    boundary::quietly(|| {
        // SAFETY: the caller's pointer is as the header asks.
        if let Some(state) = unsafe { handle::peek(stream) } {
            state.stream.ignore_dropped_input(ignore != 0);
        }
    });
}

/// Tells whether ondes_stream_read goes on over dropped frames without a status.
///
/// Returns: 1 if it does, otherwise 0; 0 for NULL.
/// Threads: any, at any time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_stream_ignores_dropped_input(stream: *const ondes_stream) -> i32 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0, || Ok(handle::state(stream, "stream")?.stream.ignores_dropped_input().into())) }
}

/// Tells whether audio flows: not before the start, after a stop, or once the device went away.
///
/// Returns: 1 if it does, otherwise 0; 0 for NULL.
/// Threads: any, at any time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_stream_is_running(stream: *const ondes_stream) -> i32 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0, || Ok(handle::state(stream, "stream")?.stream.is_running().into())) }
}

/// Tells the sample rate, which is one for both directions.
///
/// Returns: the rate in Hz; 0 for NULL.
/// Threads: any, at any time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_stream_rate(stream: *const ondes_stream) -> u32 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0, || Ok(handle::state(stream, "stream")?.stream.rate())) }
}

/// Tells how many frames the device takes or gives at a time; those of the output, if there is one.
///
/// Returns: the frames; 0 for NULL.
/// Threads: any, at any time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_stream_buffer_size(stream: *const ondes_stream) -> u32 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0, || Ok(handle::state(stream, "stream")?.stream.buffer_size())) }
}

/// Tells the channels of an ONDES_DIRECTION_.
///
/// Returns: the samples per frame; 0 without that direction, and for NULL.
/// Threads: any, at any time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_stream_channels(stream: *const ondes_stream, direction: i32) -> u32 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe {
        boundary::get(0, || {
            let direction = device::direction(direction, "direction")?;
            Ok(handle::state(stream, "stream")?.stream.channels(direction))
        })
    }
}

/// Tells the name of the device of an ONDES_DIRECTION_.
///
/// Returns: the name; "" without that direction, and for NULL.
/// Lifetime: until the stream is freed.
/// Threads: any, at any time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_stream_device_name(stream: *const ondes_stream, direction: i32) -> *const c_char {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe {
        boundary::get(c"".as_ptr(), || {
            let direction = device::direction(direction, "direction")?;
            Ok(handle::state(stream, "stream")?.name(direction).as_ptr())
        })
    }
}

/// Tells the time between this library and the air, as the sound system set it up: its buffers full, which is the most that
/// it takes; often it is half of that. What waits in the queues comes on top.
///
/// Returns: seconds, at most 10; 0 without that ONDES_DIRECTION_, and for NULL.
/// Threads: any, at any time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_stream_latency(stream: *const ondes_stream, direction: i32) -> f64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe {
        boundary::get(0.0, || {
            let direction = device::direction(direction, "direction")?;
            Ok(handle::state(stream, "stream")?.stream.latency(direction))
        })
    }
}

/// Tells how many frames wait to be read, or to be played.
///
/// Returns: the frames; 0 without that ONDES_DIRECTION_, with a data callback, and for NULL.
/// Threads: any, at any time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_stream_buffered(stream: *const ondes_stream, direction: i32) -> u64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe {
        boundary::get(0, || {
            let direction = device::direction(direction, "direction")?;
            Ok(handle::state(stream, "stream")?.stream.buffered(direction))
        })
    }
}

/// Tells how many frames of input were dropped, the oldest first, because a queue was full: nobody read them in time, or
/// the data callback or the output that the input is played on did not take them.
///
/// Returns: the frames since the stream was opened, or the last reset; INPUT_DROPPED resets those not read; 0 for NULL.
/// Threads: any, at any time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_stream_dropped_input(stream: *const ondes_stream) -> u64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0, || Ok(handle::state(stream, "stream")?.stream.dropped_input())) }
}

/// Tells how many frames of silence were played because nothing was written in time, after the first that was written.
///
/// Returns: the frames since the stream was opened or the last reset; 0 for NULL.
/// Threads: any, at any time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_stream_missed_output(stream: *const ondes_stream) -> u64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0, || Ok(handle::state(stream, "stream")?.stream.missed_output())) }
}

/// Sets the counts of dropped input and missed output to 0; NULL is fine.
///
/// Threads: any, at any time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_stream_reset_counts(stream: *mut ondes_stream) {
    boundary::quietly(|| {
        // SAFETY: the caller's pointer is as the header asks.
        if let Some(state) = unsafe { handle::peek(stream) } {
            state.stream.reset_dropped_input();
            state.stream.reset_missed_output();
        }
    });
}

/// Closes and frees a stream; NULL is fine.
///
/// Threads: any, once, not while the stream is in use, and not from its callbacks.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_stream_free(stream: *mut ondes_stream) {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { handle::free(stream) }
}

/// How audio is played. Start from ONDES_PLAY_OPTIONS_INIT.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ondes_play_options {
    /// sizeof(ondes_play_options).
    pub struct_size: u32,
    /// 0: no flag is defined yet.
    pub flags: u32,
    /// The id or name of a device; NULL: the default one.
    pub device: *const c_char,
    /// Ends it early; may be NULL.
    pub cancel: *const ondes_cancel,
    /// Told how far it is, in frames of the audio that have been handed to the device; may be NULL.
    pub progress: ondes_progress_fn,
    /// Handed to `progress`.
    pub user_data: *mut c_void,
    /// The ONDES_QUALITY_ by which the rate is converted, where the device needs another.
    pub quality: i32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: numbers and pointers without padding; `None` is a NULL function pointer.
unsafe impl Versioned for ondes_play_options {
    const FIRST_SIZE: usize = 16 + 4 * size_of::<*const c_void>();
    const NAME: &'static str = "ondes_play_options";
}

/// # Safety
/// NULL, or a struct as the header asks.
unsafe fn play_options(pointer: *const ondes_play_options) -> Result<(PlayOptions, Cancel, OnProgress), Failure> {
    if pointer.is_null() {
        return Ok((PlayOptions::default(), Cancel::new(), OnProgress::NONE));
    }
    // SAFETY: not NULL; the rest is the caller's promise.
    let (c, device, cancel) = unsafe {
        let c = options::read(pointer, "options")?;
        (c, args::optional_text(c.device), cancel::optional(c.cancel, "options.cancel")?)
    };
    if c.flags != 0 || c.reserved != 0 {
        return Err(Failure::invalid("options.flags or options.reserved is not 0"));
    }
    let quality = resampler::quality(c.quality, "options.quality")?;
    Ok((PlayOptions { device, quality }, cancel, OnProgress::new(c.progress, c.user_data)))
}

/// Plays `frames` frames of `channels` channels at `rate` Hz, and returns when they have been heard. `options` may be NULL.
///
/// The rate is converted where the device has another; one channel goes to all of the device's. A device that does not take
/// as many channels gets a mix of all (docs/C-API.md).
/// `format` and `layout` are ONDES_SAMPLE_ and ONDES_LAYOUT_ numbers; planes of `src` lie `frames` samples apart.
///
/// Returns: ONDES_STATUS_OK; CANCELLED; NO_DEVICE; DEVICE_LOST; DEVICE_REFUSED; UNSUPPORTED in a build without devices.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_play(
    format: i32,
    layout: i32,
    src: *const c_void,
    frames: u64,
    channels: u32,
    rate: f64,
    options: *const ondes_play_options,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let src = sample::source(format, layout, checked_channels(channels)?, src, frames)?;
            let (options, cancel, on_progress) = play_options(options)?;
            Ok(on_progress.during(|f| domain::play(&src, rate, &options, &cancel, f))?)
        })
    }
}
