//! Reader

use std::ffi::{CString, c_char, c_void};
use std::sync::Arc;

use super::audio::ondes_audio;
use super::cancel::{self, ondes_cancel};
use super::codec::{ondes_codec, ondes_container};
use super::error::{Failure, c_string, ondes_error};
use super::handle::{self, Exclusive, Opaque};
use super::io::{self, ondes_io};
use super::options::{self, Versioned, ondes_read_options};
use super::progress::{self, OnProgress, ondes_progress_fn};
use super::sample::{self, Buffer};
use super::warning::{self, Messages};
use super::{ONDES_UNKNOWN, args, boundary};
use crate::audio::cancel::Cancel;
use crate::audio::codec::Length;
use crate::audio::reader::{Info, Reader};
use crate::audio::source::ByteReader;

/// Reads frames from one file, memory block or stream.
pub struct ondes_reader {
    _private: [u8; 0],
}

/// A reader and the strings that C was given of it.
pub(crate) struct State {
    /// Shared with nothing but views, which let go of it between calls.
    reader: Arc<Exclusive<Open>>,
    name: CString,
}

pub(crate) struct Open {
    pub(crate) reader: Reader,
    messages: Messages,
}

impl Opaque for ondes_reader {
    type State = State;
    const TAG: u64 = u64::from_ne_bytes(*b"ondesRdr");

    fn is_busy(state: &State) -> bool {
        state.reader.is_busy()
    }
}

impl From<Reader> for State {
    fn from(reader: Reader) -> Self {
        let name = c_string(reader.name());
        Self { reader: Arc::new(Exclusive::new(Open { reader, messages: Messages::default() })), name }
    }
}

/// The reader's state, entered.
///
/// # Safety
/// As for [`handle::state`].
pub(crate) unsafe fn enter<'a>(reader: *const ondes_reader) -> Result<std::sync::MutexGuard<'a, Open>, Failure> {
    // SAFETY: the caller's promise.
    unsafe { handle::state(reader, "reader")? }.reader.enter("reader")
}

/// The reader's state, for a view to hold on to.
///
/// # Safety
/// As for [`handle::state`].
pub(crate) unsafe fn shared<'a>(reader: *const ondes_reader) -> Result<&'a Arc<Exclusive<Open>>, Failure> {
    // SAFETY: the caller's promise.
    Ok(unsafe { &handle::state(reader, "reader")?.reader })
}

/// What a file is, and what is read of it. Start from ONDES_INFO_INIT.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ondes_info {
    /// sizeof(ondes_info).
    pub struct_size: u32,
    /// The file format: an ONDES_CONTAINER_ number.
    pub container: i32,
    /// The coding of the audio: an ONDES_CODEC_ number.
    pub codec: i32,
    /// The smallest ONDES_SAMPLE_ format that holds the file's samples without loss; F32 for lossy codecs.
    pub sample_format: i32,
    /// Significant bits per sample; 0 for lossy codecs.
    pub bit_depth: u32,
    /// Bits per second on average; 0 if not known.
    pub bit_rate: u32,
    /// The file's sample rate in Hz.
    pub rate: u32,
    /// The file's channels.
    pub channels: u32,
    /// Speakers of the channels, in order, as in WAVE_FORMAT_EXTENSIBLE; 0 if they have none.
    pub channel_mask: u32,
    /// 1 if the counts of frames are exact; 0 if they are estimates or unknown (see ondes_reader_measure).
    pub is_exact: u32,
    /// Frames in the file; ONDES_UNKNOWN if nothing tells.
    pub frames: u64,
    /// Seconds of audio in the file; NaN if nothing tells.
    pub duration: f64,
    /// Frames that the options leave to be read, at their rate; ONDES_UNKNOWN if nothing tells.
    pub output_frames: u64,
    /// The rate of the frames that are read, in Hz.
    pub output_rate: u32,
    /// The channels of the frames that are read.
    pub output_channels: u32,
}

// SAFETY: only numbers, without padding.
unsafe impl Versioned for ondes_info {
    const FIRST_SIZE: usize = 72;
    const NAME: &'static str = "ondes_info";
}

impl ondes_info {
    /// Where nothing is known of a file, or nothing could be told.
    pub(crate) const NOTHING: Self = Self {
        struct_size: 0,
        container: 0,
        codec: 0,
        sample_format: 0,
        bit_depth: 0,
        bit_rate: 0,
        rate: 0,
        channels: 0,
        channel_mask: 0,
        is_exact: 0,
        frames: 0,
        duration: 0.0,
        output_frames: 0,
        output_rate: 0,
        output_channels: 0,
    };
}

impl From<&Info> for ondes_info {
    fn from(info: &Info) -> Self {
        let Info { description, file_length, rate, channels, length } = info;
        Self {
            container: ondes_container::from(description.container) as i32,
            codec: ondes_codec::from(description.codec) as i32,
            sample_format: sample::number(description.sample_format),
            bit_depth: description.bit_depth,
            bit_rate: description.bit_rate.unwrap_or(0),
            rate: description.rate,
            channels: description.channels,
            channel_mask: description.channel_mask,
            is_exact: u32::from(matches!((file_length, length), (Length::Exact(_), Length::Exact(_)))),
            frames: file_length.frames().unwrap_or(ONDES_UNKNOWN),
            duration: file_length.frames().map_or(f64::NAN, |n| n as f64 / f64::from(description.rate)),
            output_frames: length.frames().unwrap_or(ONDES_UNKNOWN),
            output_rate: *rate,
            output_channels: *channels,
            ..Self::NOTHING
        }
    }
}

/// Opens the file at a path: raw bytes on Unix, UTF-8 on Windows. `options` may be NULL.
///
/// Returns: ONDES_STATUS_OK; NOT_FOUND, IS_DIRECTORY, PERMISSION or IO; UNRECOGNIZED, UNSUPPORTED, MALFORMED or LIMIT.
/// Lifetime: until ondes_reader_free.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_reader_open_path(
    path: *const c_char,
    options: *const ondes_read_options,
    out_reader: *mut *mut ondes_reader,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::make(out_reader, "out_reader", err, || {
            let path = args::path(path, "path")?;
            let options = options::read_options(options, "options")?;
            Ok(Reader::open(&path, &options)?.into())
        })
    }
}

/// Opens a file that lies in memory. `name` (for messages) and `options` may be NULL.
///
/// The bytes are not copied: keep them, unchanged, until the reader is freed.
///
/// Returns: ONDES_STATUS_OK; UNRECOGNIZED, UNSUPPORTED, MALFORMED or LIMIT.
/// Lifetime: until ondes_reader_free.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_reader_open_memory(
    data: *const u8,
    size: u64,
    name: *const c_char,
    options: *const ondes_read_options,
    out_reader: *mut *mut ondes_reader,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks, and the bytes outlive the reader.
    unsafe {
        boundary::make(out_reader, "out_reader", err, || {
            let bytes = args::bytes(data, size, "data")?;
            let name = args::optional_text(name).unwrap_or_default();
            let options = options::read_options(options, "options")?;
            let source = ByteReader::from_memory(Arc::new(bytes));
            Ok(Reader::from_named(Ok(source), &name, &options)?.into())
        })
    }
}

/// Opens a stream of yours. `name` (for messages) and `options` may be NULL.
///
/// Once `io` is found valid its close callback runs exactly once: here if opening fails, otherwise in ondes_reader_free.
///
/// Returns: ONDES_STATUS_OK; CALLBACK; NOT_SEEKABLE; UNRECOGNIZED, UNSUPPORTED, MALFORMED or LIMIT.
/// Lifetime: until ondes_reader_free; `io` itself is copied.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_reader_open_io(
    io: *const ondes_io,
    name: *const c_char,
    options: *const ondes_read_options,
    out_reader: *mut *mut ondes_reader,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            // First, so that whatever fails after it closes the stream.
            let stream = io::Stream::for_reading(io, "io")?;
            handle::give(out_reader, "out_reader", || {
                let name = args::optional_text(name).unwrap_or_default();
                let options = options::read_options(options, "options")?;
                let source = stream.begin().and_then(|stream| ByteReader::from_callbacks(Box::new(stream)));
                Ok(Reader::from_named(source, &name, &options)?.into())
            })
        })
    }
}

/// Describes the file and what is read of it. Set `out_info` to ONDES_INFO_INIT before.
///
/// Returns: ONDES_STATUS_OK.
/// Threads: one call at a time per reader.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_reader_info(
    reader: *mut ondes_reader,
    out_info: *mut ondes_info,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let out = options::Output::new(out_info, ondes_info::NOTHING, "out_info")?;
            out.set((&enter(reader)?.reader.info()).into());
            Ok(())
        })
    }
}

/// Tells the path or name that the reader was opened with.
///
/// Returns: the name; "" if there is none, and for NULL.
/// Lifetime: until the reader is freed.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_reader_name(reader: *const ondes_reader) -> *const c_char {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(c"".as_ptr(), || Ok(handle::state(reader, "reader")?.name.as_ptr())) }
}

/// Reads up to `capacity` frames into your memory; fewer only at the end, where it is 0 frames and OK.
///
/// `format` and `layout` are ONDES_SAMPLE_ and ONDES_LAYOUT_ numbers. `dst`
/// holds `capacity` frames of info.output_channels samples; planes lie
/// `capacity` samples apart. ondes_info.sample_format is the file's own format.
///
/// Returns: ONDES_STATUS_OK; IO or CALLBACK; MALFORMED; FORMAT_CHANGED. Frames before an error are given first.
/// Threads: one call at a time per reader.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_reader_read(
    reader: *mut ondes_reader,
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
            let reader = &mut enter(reader)?.reader;
            let dst = Buffer::new(format, layout, reader.channels(), dst, capacity)?;
            *out = reader.read_as(dst.format, dst.layout, dst.bytes)? as u64;
            Ok(())
        })
    }
}

/// Moves to a frame: the next read begins there, exactly. The end itself is allowed.
///
/// Returns: ONDES_STATUS_OK; OUT_OF_RANGE beyond an exact end; NOT_SEEKABLE where the source cannot go back.
/// Threads: one call at a time per reader.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_reader_seek(reader: *mut ondes_reader, frame: u64, err: *mut *mut ondes_error) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe { boundary::call(err, || Ok(enter(reader)?.reader.seek(frame)?)) }
}

/// Tells the frame that the next read begins with.
///
/// Returns: the position; ONDES_UNKNOWN for NULL, and while the reader is in use.
/// Threads: one call at a time per reader.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_reader_tell(reader: *const ondes_reader) -> u64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(ONDES_UNKNOWN, || Ok(enter(reader)?.reader.position())) }
}

/// How work through a whole file is watched. Start from ONDES_SCAN_OPTIONS_INIT.
///
/// Progress counts the frames of the file at its own rate, whatever the reader
/// gives of them, those that are trimmed included.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ondes_scan_options {
    /// sizeof(ondes_scan_options).
    pub struct_size: u32,
    /// 0: no flag is defined yet.
    pub flags: u32,
    /// Ends the work early, and leaves the reader as it was; may be NULL.
    pub cancel: *const ondes_cancel,
    /// Told how far the work is; may be NULL.
    pub progress: ondes_progress_fn,
    /// Handed to `progress`.
    pub user_data: *mut c_void,
}

// SAFETY: numbers and pointers without padding; `None` is a NULL function pointer.
unsafe impl Versioned for ondes_scan_options {
    const FIRST_SIZE: usize = 8 + 3 * size_of::<*const c_void>();
    const NAME: &'static str = "ondes_scan_options";
}

/// # Safety
/// NULL, or a struct as the header asks.
unsafe fn scan_options(pointer: *const ondes_scan_options) -> Result<(Cancel, OnProgress), Failure> {
    if pointer.is_null() {
        return Ok((Cancel::new(), OnProgress::NONE));
    }
    // SAFETY: not NULL; the rest is the caller's promise.
    let c = unsafe { options::read(pointer, "options")? };
    options::check_flags(c.flags, 0, "options")?;
    // SAFETY: the caller's promise.
    unsafe { progress::watched(c.cancel, c.progress, c.user_data) }
}

/// Finds the exact count of frames to be read, by going through the file's headers if it must. `options` may be NULL.
///
/// Returns: ONDES_STATUS_OK; NOT_SEEKABLE; IO or CALLBACK; MALFORMED; FORMAT_CHANGED; CANCELLED.
/// Threads: one call at a time per reader.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_reader_measure(
    reader: *mut ondes_reader,
    options: *const ondes_scan_options,
    out_frames: *mut u64,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let out = args::output(out_frames, "out_frames", 0)?;
            let reader = &mut enter(reader)?.reader;
            let (cancel, on_progress) = scan_options(options)?;
            *out = on_progress.during(|f| reader.measure(&cancel, f))?;
            Ok(())
        })
    }
}

/// The verdict of ondes_reader_verify.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ondes_checksum {
    /// The file has no checksum of its audio.
    None = 0,
    /// The decoded audio has the checksum that the file gives.
    Match = 1,
    /// It has another one: the file is damaged.
    Mismatch = 2,
}

/// Compares the audio with the checksum that the file gives of it, for which all of it is decoded, and goes back
/// to the start. Only FLAC has one: of other files nothing is decoded. `options` may be NULL.
///
/// Returns: ONDES_STATUS_OK, with an ONDES_CHECKSUM_ number in `out_checksum`; what reading returns; CANCELLED.
/// Threads: one call at a time per reader.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_reader_verify(
    reader: *mut ondes_reader,
    options: *const ondes_scan_options,
    out_checksum: *mut i32,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let out = args::output(out_checksum, "out_checksum", ondes_checksum::None as i32)?;
            let reader = &mut enter(reader)?.reader;
            let (cancel, on_progress) = scan_options(options)?;
            *out = match on_progress.during(|f| reader.verify(&cancel, f))? {
                None => ondes_checksum::None,
                Some(true) => ondes_checksum::Match,
                Some(false) => ondes_checksum::Mismatch,
            } as i32;
            Ok(())
        })
    }
}

/// Loads everything from the position to the end, on as many threads as the options allow. `cancel` may be NULL.
///
/// Returns: ONDES_STATUS_OK; what reading returns; CANCELLED; OUT_OF_MEMORY.
/// Lifetime: the audio is yours until ondes_audio_free, and does not need the reader.
/// Threads: one call at a time per reader.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_reader_load(
    reader: *mut ondes_reader,
    format: i32,
    layout: i32,
    cancel: *const ondes_cancel,
    out_audio: *mut *mut ondes_audio,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::make(out_audio, "out_audio", err, || {
            let reader = &mut enter(reader)?.reader;
            let format = sample::format(format, "format")?;
            let layout = sample::layout(layout, "layout")?;
            let cancel = cancel::optional(cancel, "cancel")?;
            Ok(reader.load_as(format, layout, &cancel)?)
        })
    }
}

/// As ondes_reader_load, into your memory, which must hold all of it: a part never looks like the whole.
///
/// `dst` holds `capacity` frames of info.output_channels samples; planes lie `capacity` samples apart.
///
/// Returns: ONDES_STATUS_OK; OUT_OF_RANGE if the audio goes on after `capacity` frames; what ondes_reader_load returns.
/// Threads: one call at a time per reader.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_reader_load_into(
    reader: *mut ondes_reader,
    format: i32,
    layout: i32,
    cancel: *const ondes_cancel,
    dst: *mut c_void,
    capacity: u64,
    out_frames: *mut u64,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let out = args::output(out_frames, "out_frames", 0)?;
            let reader = &mut enter(reader)?.reader;
            let dst = Buffer::new(format, layout, reader.channels(), dst, capacity)?;
            let cancel = cancel::optional(cancel, "cancel")?;
            *out = reader.load_into_as(dst.format, dst.layout, dst.bytes, &cancel)?;
            Ok(())
        })
    }
}

/// Counts the warnings about the file so far: damage that did not keep it from being read.
///
/// Returns: the count of those that ondes_reader_warning gives; 0 for NULL, and while the reader is in use.
/// Threads: one call at a time per reader.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_reader_warning_count(reader: *const ondes_reader) -> u64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0, || Ok(enter(reader)?.reader.warnings().list().len() as u64)) }
}

/// Gives a warning: what is wrong, what was done about it, and at which byte (or ONDES_UNKNOWN).
///
/// Only the first 64 warnings of a file are kept.
///
/// Returns: ONDES_STATUS_OK; OUT_OF_RANGE for an index that is not below the count.
/// Lifetime: the message lives until the reader is freed.
/// Threads: one call at a time per reader.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_reader_warning(
    reader: *mut ondes_reader,
    index: u64,
    out_message: *mut *const c_char,
    out_offset: *mut u64,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let out = warning::Output::new(out_message, out_offset)?;
            let Open { reader, messages } = &mut *enter(reader)?;
            messages.add(reader.warnings());
            out.set(reader.warnings(), messages, index)
        })
    }
}

/// Frees a reader and closes what it read from; NULL is fine.
///
/// Threads: any, once, and not while the reader is in use.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_reader_free(reader: *mut ondes_reader) {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { handle::free(reader) }
}
