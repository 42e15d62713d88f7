//! Writer

use std::ffi::{CString, c_char, c_void};
use std::sync::MutexGuard;

use super::bytes::ondes_bytes;
use super::error::{Failure, c_string, ondes_error};
use super::handle::{self, Exclusive, Opaque};
use super::io::{self, ondes_io};
use super::options::{self, Versioned};
use super::reader::{self, ondes_reader};
use super::sample;
use super::tags::{self, ondes_tags};
use super::{ONDES_UNKNOWN, args, boundary};
use crate::audio::encode::WriteOptions;
use crate::audio::writer::Writer;

/// Write beside the target, and put the whole file in its place when it is finished.
pub const ONDES_WRITE_ATOMIC: u32 = 1;
/// MP3: frames that need no other.
pub const ONDES_WRITE_NO_BIT_RESERVOIR: u32 = 2;

/// What to write. Start from ONDES_WRITE_OPTIONS_INIT, and set `rate` and `channels`, or `like`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ondes_write_options {
    /// sizeof(ondes_write_options).
    pub struct_size: u32,
    /// ONDES_WRITE_ bits.
    pub flags: u32,
    /// A name of ondes_write_format_name or an extension; NULL: the extension of the path or name.
    pub format: *const c_char,
    /// One of the format's words for quality, "192 kbps" or just "192"; NULL: the best.
    pub quality: *const c_char,
    /// What is 0 or NULL here is taken from this reader, as far as the format can hold it; may be NULL.
    pub like: *const ondes_reader,
    /// Put into the file, as far as its format can hold them; NULL: those of `like`, less its encoder's name.
    pub tags: *const ondes_tags,
    /// Sample rate in Hz.
    pub rate: u32,
    /// Channels.
    pub channels: u32,
    /// Speakers of the channels, in order, as in WAVE_FORMAT_EXTENSIBLE; 0: the usual ones.
    pub channel_mask: u32,
    /// The ONDES_SAMPLE_ format of the samples in the file; 0: the format's usual one. Lossy codecs ignore it.
    pub sample_format: i32,
    /// Threads that may encode, where the codec can use them: 0 is the calling thread alone, or ONDES_ALL_CORES.
    /// An MP3 file of several threads has other bytes than that of one; FLAC's are the same.
    pub threads: u32,
    /// Not 0: add noise of two steps where samples are rounded to fewer bits (triangular dither).
    pub dither: u32,
}

// SAFETY: numbers and pointers without padding.
unsafe impl Versioned for ondes_write_options {
    const FIRST_SIZE: usize = 32 + 4 * size_of::<*const c_void>();
    const NAME: &'static str = "ondes_write_options";
}

/// Writes frames to one file, memory block or stream.
pub struct ondes_writer {
    _private: [u8; 0],
}

/// A writer, and what C may ask of it while it is in use.
pub(crate) struct State {
    writer: Exclusive<Writer>,
    name: CString,
    format: &'static crate::audio::encode::Format,
    quality: CString,
    sample_format: i32,
    rate: u32,
    channels: u32,
}

impl Opaque for ondes_writer {
    type State = State;
    const TAG: u64 = u64::from_ne_bytes(*b"ondesWrt");

    fn is_busy(state: &State) -> bool {
        state.writer.is_busy()
    }
}

impl From<Writer> for State {
    fn from(writer: Writer) -> Self {
        let settings = writer.settings();
        Self {
            name: c_string(writer.name()),
            format: writer.format(),
            quality: c_string(writer.quality().unwrap_or("")),
            sample_format: sample::number(settings.sample_format),
            rate: settings.rate,
            channels: settings.channels,
            writer: Exclusive::new(writer),
        }
    }
}

/// The writer, entered.
///
/// # Safety
/// As for [`handle::state`].
pub(crate) unsafe fn enter<'a>(writer: *const ondes_writer) -> Result<MutexGuard<'a, Writer>, Failure> {
    // SAFETY: the caller's promise.
    unsafe { handle::state(writer, "writer")? }.writer.enter("writer")
}

/// A caller's options, and the reader that they name.
struct Wish<'a> {
    options: WriteOptions,
    like: Option<MutexGuard<'a, reader::Open>>,
}

impl Wish<'_> {
    /// # Safety
    /// As for [`options::read`], and what the struct leads to is as the header asks.
    unsafe fn read(pointer: *const ondes_write_options) -> Result<Self, Failure> {
        if pointer.is_null() {
            return Err(Failure::null("options"));
        }
        // SAFETY: not NULL; the rest is the caller's promise.
        let (c, format, quality) = unsafe {
            let c = options::read(pointer, "options")?;
            (c, args::optional_text(c.format), args::optional_text(c.quality))
        };
        options::check_flags(c.flags, ONDES_WRITE_ATOMIC | ONDES_WRITE_NO_BIT_RESERVOIR, "options")?;
        let sample_format = match c.sample_format {
            0 => None,
            number => Some(sample::format(number, "options.sample_format")?),
        };
        let has = |flag| c.flags & flag != 0;
        let options = WriteOptions {
            format,
            rate: c.rate,
            channels: c.channels,
            channel_mask: c.channel_mask,
            sample_format,
            quality,
            dither: c.dither != 0,
            atomic: has(ONDES_WRITE_ATOMIC),
            no_bit_reservoir: has(ONDES_WRITE_NO_BIT_RESERVOIR),
            threads: options::threads_of_one_call(c.threads),
            // SAFETY: the caller's promise.
            tags: unsafe { tags::optional(c.tags, "options.tags")? },
        };
        // SAFETY: the caller's promise.
        let like = if c.like.is_null() { None } else { Some(unsafe { reader::enter(c.like)? }) };
        Ok(Self { options, like })
    }

    /// The options, with what they leave open filled in.
    fn settle(mut self, name: &str) -> Result<WriteOptions, Failure> {
        if let Some(like) = &self.like {
            self.options.fill_in(&like.reader, name)?;
        }
        Ok(self.options)
    }
}

/// Creates the file at a path, or empties it: raw bytes on Unix, UTF-8 on Windows.
///
/// After a failure nothing has changed: no file was made, and one that was there is as it was.
///
/// Returns: ONDES_STATUS_OK; INVALID_ARGUMENT for what the format cannot hold; UNSUPPORTED in a build without its encoder
///   (ondes_write_format_is_built); NOT_FOUND, IS_DIRECTORY, PERMISSION or IO; BUSY while this program maps the file.
/// Lifetime: until ondes_writer_free; call ondes_writer_finish before.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_writer_open_path(
    path: *const c_char,
    options: *const ondes_write_options,
    out_writer: *mut *mut ondes_writer,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::make(out_writer, "out_writer", err, || {
            let path = args::path(path, "path")?;
            let wish = Wish::read(options)?;
            let writer = match &wish.like {
                Some(like) => Writer::create_like(&path, &wish.options, &like.reader)?,
                None => Writer::create(&path, &wish.options)?,
            };
            Ok(writer.into())
        })
    }
}

/// Writes a file in memory, which ondes_writer_take_bytes gives at the end. Set `options.format`.
///
/// Returns: ONDES_STATUS_OK; INVALID_ARGUMENT for what the format cannot hold; UNSUPPORTED in a build without its encoder.
/// Lifetime: until ondes_writer_free.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_writer_open_memory(
    options: *const ondes_write_options,
    out_writer: *mut *mut ondes_writer,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::make(out_writer, "out_writer", err, || {
            Ok(Writer::in_memory(&Wish::read(options)?.settle("")?)?.into())
        })
    }
}

/// Writes to a stream of yours, from where it stands. `name` (for messages and its extension) may be NULL.
///
/// Once `io` is found valid its close callback runs exactly once: when opening fails, when the file is finished, or
/// when the writer is freed. Formats differ in what they need to seek for: see docs/C-API.md.
///
/// Returns: ONDES_STATUS_OK; INVALID_ARGUMENT for what the format cannot hold; UNSUPPORTED in a build without its encoder;
///   CALLBACK; NOT_SEEKABLE.
/// Lifetime: until ondes_writer_free; `io` itself is copied.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_writer_open_io(
    io: *const ondes_io,
    name: *const c_char,
    options: *const ondes_write_options,
    out_writer: *mut *mut ondes_writer,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            // First, so that whatever fails after it closes the stream.
            let stream = io::Stream::for_writing(io, "io")?;
            handle::give(out_writer, "out_writer", || {
                let name = args::optional_text(name).unwrap_or_default();
                let options = Wish::read(options)?.settle(&name)?;
                Ok(Writer::to_outlet(Box::new(stream.begin()?), &name, &options)?.into())
            })
        })
    }
}

/// Appends `frames` frames of any format: they are converted to the file's.
///
/// `format` and `layout` are ONDES_SAMPLE_ and ONDES_LAYOUT_ numbers; planes of `src` lie `frames` samples apart.
///
/// Returns: ONDES_STATUS_OK; LIMIT if the file cannot hold so many, then it is as it was; CLOSED after the end;
///   NO_SPACE, IO or CALLBACK, after which nothing more can be written.
/// Threads: one call at a time per writer.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_writer_write(
    writer: *mut ondes_writer,
    format: i32,
    layout: i32,
    src: *const c_void,
    frames: u64,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let mut writer = enter(writer)?;
            let src = sample::source(format, layout, writer.settings().channels, src, frames)?;
            Ok(writer.write_any(&src)?)
        })
    }
}

/// Brings the file up to date: if the process ends now, everything written so far can be read.
///
/// A lossy codec keeps the last blocks, which it completes with what follows: less than a second, but about 500 frames
/// of MP3 (13 s at 44.1 kHz) on several threads.
///
/// Returns: ONDES_STATUS_OK; UNSUPPORTED or NOT_SEEKABLE where format or target cannot, and writing can go on;
///   NO_SPACE, IO or CALLBACK, after which nothing more can be written.
/// Threads: one call at a time per writer.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_writer_flush(writer: *mut ondes_writer, err: *mut *mut ondes_error) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe { boundary::call(err, || Ok(enter(writer)?.flush()?)) }
}

/// Completes the file: only this makes it whole, and every error that could still come, comes here.
///
/// Returns: ONDES_STATUS_OK; NO_SPACE, IO or CALLBACK; CLOSED the second time.
/// Threads: one call at a time per writer.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_writer_finish(writer: *mut ondes_writer, err: *mut *mut ondes_error) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe { boundary::call(err, || Ok(enter(writer)?.finish()?)) }
}

/// Gives the file that was written in memory, once, after ondes_writer_finish.
///
/// Returns: ONDES_STATUS_OK; INVALID_ARGUMENT if it is not finished or not in memory.
/// Lifetime: until ondes_bytes_free; they do not need the writer.
/// Threads: one call at a time per writer.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_writer_take_bytes(
    writer: *mut ondes_writer,
    out_bytes: *mut *mut ondes_bytes,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe { boundary::make(out_bytes, "out_bytes", err, || Ok(enter(writer)?.take_bytes()?)) }
}

/// Tells how many frames were written.
///
/// Returns: the frames; ONDES_UNKNOWN for NULL, and while the writer is in use.
/// Threads: one call at a time per writer.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_writer_frames(writer: *const ondes_writer) -> u64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(ONDES_UNKNOWN, || Ok(enter(writer)?.position())) }
}

/// Tells the path or name that the writer was opened with.
///
/// Returns: the name; "" if there is none, and for NULL.
/// Lifetime: until the writer is freed.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_writer_name(writer: *const ondes_writer) -> *const c_char {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(c"".as_ptr(), || Ok(handle::state(writer, "writer")?.name.as_ptr())) }
}

/// Tells the format that is written.
///
/// Returns: an index for ondes_write_format_name and its kin; ONDES_UNKNOWN for NULL.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_writer_format(writer: *const ondes_writer) -> u64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(ONDES_UNKNOWN, || Ok(handle::state(writer, "writer")?.format.index() as u64)) }
}

/// Tells the word for the quality that was chosen: "192 kbps", "5 (Default)".
///
/// Returns: the word; "" if the format has no choice, and for NULL.
/// Lifetime: until the writer is freed.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_writer_quality(writer: *const ondes_writer) -> *const c_char {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(c"".as_ptr(), || Ok(handle::state(writer, "writer")?.quality.as_ptr())) }
}

/// Tells the format of the samples in the file.
///
/// Returns: an ONDES_SAMPLE_ number, ONDES_SAMPLE_F32 for lossy codecs; 0 for NULL.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_writer_sample_format(writer: *const ondes_writer) -> i32 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0, || Ok(handle::state(writer, "writer")?.sample_format)) }
}

/// Tells the sample rate.
///
/// Returns: the rate in Hz; 0 for NULL.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_writer_rate(writer: *const ondes_writer) -> u32 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0, || Ok(handle::state(writer, "writer")?.rate)) }
}

/// Tells the samples per frame.
///
/// Returns: the channels; 0 for NULL.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_writer_channels(writer: *const ondes_writer) -> u32 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0, || Ok(handle::state(writer, "writer")?.channels)) }
}

/// Frees a writer; NULL is fine. A file that was not finished stays incomplete; with ONDES_WRITE_ATOMIC it goes away.
///
/// Threads: any, once, and not while the writer is in use.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_writer_free(writer: *mut ondes_writer) {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { handle::free(writer) }
}

/// Makes a whole file in memory of `frames` frames. Set `options.format`.
///
/// `format` and `layout` are ONDES_SAMPLE_ and ONDES_LAYOUT_ numbers; planes of `src` lie `frames` samples apart.
/// The bytes are those that a writer would give, but for the random serial number of Ogg files.
///
/// Returns: ONDES_STATUS_OK; INVALID_ARGUMENT for what the format cannot hold; UNSUPPORTED in a build without its encoder;
///   LIMIT for too many frames.
/// Lifetime: until ondes_bytes_free.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_encode(
    format: i32,
    layout: i32,
    src: *const c_void,
    frames: u64,
    options: *const ondes_write_options,
    out_bytes: *mut *mut ondes_bytes,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::make(out_bytes, "out_bytes", err, || {
            let options = Wish::read(options)?.settle("")?;
            let src = sample::source(format, layout, options.channels, src, frames)?;
            Ok(Writer::encode(&options, &src)?)
        })
    }
}
