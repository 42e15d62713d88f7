//! Batch

use std::ffi::{CString, c_char, c_void};
use std::sync::{Arc, MutexGuard};

use super::audio::ondes_audio;
use super::cancel::{self, ondes_cancel};
use super::error::{Failure, c_string, ondes_error};
use super::handle::{self, Exclusive, Lent, Opaque};
use super::io::{self, ondes_io};
use super::options::{self, Output, Versioned, ondes_read_options};
use super::progress::{OnProgress, ondes_progress_fn};
use super::reader::ondes_info;
use super::status::ondes_status;
use super::warning::{self, Messages};
use super::{ONDES_UNKNOWN, args, boundary, sample};
use crate::audio::batch::{self, Batch, BatchOptions, Input, Item, Padding};
use crate::audio::codec::Warnings;
use crate::audio::reader::Info;

/// How files are decoded. Start from ONDES_BATCH_OPTIONS_INIT: as interleaved F32, on all cores.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ondes_batch_options {
    /// sizeof(ondes_batch_options).
    pub struct_size: u32,
    /// The results' ONDES_SAMPLE_ format; 0 is ONDES_SAMPLE_F32.
    pub format: i32,
    /// The results' ONDES_LAYOUT_ number.
    pub layout: i32,
    /// Files decoded at the same time; 0 is one per core. Workers that no file needs decode parts of long ones.
    pub workers: u32,
    /// Decoded files held before you ask for them; 0 is two per worker.
    pub ahead: u32,
    /// Not 0: results as they are ready, not in the order of the inputs.
    pub unordered: u32,
    /// What to read of each file; NULL is all of it, as it is. Copied.
    pub read: *const ondes_read_options,
    /// Ends the batch early; may be NULL.
    pub cancel: *const ondes_cancel,
    /// Told how far the batch is, from inside ondes_batch_next and its kin; may be NULL.
    pub progress: ondes_progress_fn,
    /// Handed to `progress`.
    pub user_data: *mut c_void,
}

// SAFETY: numbers and pointers without padding; `None` is a NULL function pointer.
unsafe impl Versioned for ondes_batch_options {
    const FIRST_SIZE: usize = 24 + 4 * size_of::<*const c_void>();
    const NAME: &'static str = "ondes_batch_options";
}

/// Decodes many files on several threads.
pub struct ondes_batch {
    _private: [u8; 0],
}

impl Opaque for ondes_batch {
    type State = Exclusive<Work>;
    const TAG: u64 = u64::from_ne_bytes(*b"ondesBat");

    fn is_busy(state: &Self::State) -> bool {
        state.is_busy()
    }
}

/// A batch: inputs are gathered until the first result is asked for, then the batch runs.
pub(crate) struct Work {
    options: BatchOptions,
    on_progress: OnProgress,
    inputs: Vec<Input>,
    running: Option<Batch>,
}

impl Work {
    fn add(&mut self, input: Input) -> Result<(), Failure> {
        match &mut self.running {
            Some(running) => running.add(input)?,
            None => self.inputs.push(input),
        }
        Ok(())
    }

    fn len(&self) -> usize {
        self.running.as_ref().map_or(self.inputs.len(), Batch::len)
    }

    fn check_not_started(&self) -> Result<(), Failure> {
        match self.running {
            None => Ok(()),
            Some(_) => Err(Failure::new(ondes_status::Closed, "the batch has begun to decode; make another one")),
        }
    }

    /// The next result; `None` after the last.
    fn next(&mut self) -> Result<Option<*mut ondes_batch_item>, Failure> {
        let running =
            self.running.get_or_insert_with(|| Batch::new(std::mem::take(&mut self.inputs), self.options.clone()));
        let item = self.on_progress.during(|on_progress| running.next(on_progress))?;
        Ok(item.map(|item| handle::new(Done::new(item, |audio| (audio.frames(), Some(Lent::new(audio)))))))
    }
}

/// What became of one file. Never changes: any number of threads may look at it.
pub struct ondes_batch_item {
    _private: [u8; 0],
}

impl Opaque for ondes_batch_item {
    type State = Done;
    const TAG: u64 = u64::from_ne_bytes(*b"ondesItm");
}

/// The finished work on one file.
pub(crate) struct Done {
    index: usize,
    name: CString,
    info: Option<Info>,
    frames: u64,
    audio: Option<Lent<ondes_audio>>,
    error: Option<Lent<ondes_error>>,
    warnings: Warnings,
    messages: Messages,
}

impl Done {
    fn new<T>(item: Item<T>, take: impl FnOnce(T) -> (u64, Option<Lent<ondes_audio>>)) -> Self {
        let Item { index, name, info, result, warnings } = item;
        let ((frames, audio), error) = match result {
            Ok(result) => (take(result), None),
            Err(error) => ((0, None), Some(Lent::new(error.into()))),
        };
        let mut messages = Messages::default();
        messages.add(&warnings);
        Self { index, name: c_string(&name), info, frames, audio, error, warnings, messages }
    }
}

/// The batch's state, entered.
///
/// # Safety
/// As for [`handle::state`].
unsafe fn enter<'a>(batch: *const ondes_batch) -> Result<MutexGuard<'a, Work>, Failure> {
    // SAFETY: the caller's promise.
    unsafe { handle::state(batch, "batch")? }.enter("batch")
}

/// The domain's options for a C caller's.
///
/// # Safety
/// NULL, or a struct as the header asks.
unsafe fn read_batch_options(pointer: *const ondes_batch_options) -> Result<(BatchOptions, OnProgress), Failure> {
    if pointer.is_null() {
        return Ok((BatchOptions::default(), OnProgress::NONE));
    }
    // SAFETY: not NULL; the rest is the caller's promise.
    unsafe {
        let c = options::read(pointer, "options")?;
        let format = if c.format == 0 { sample::ondes_sample::F32 as i32 } else { c.format };
        let options = BatchOptions {
            read: options::read_options(c.read, "options.read")?,
            format: sample::format(format, "options.format")?,
            layout: sample::layout(c.layout, "options.layout")?,
            workers: options::threads(c.workers) as usize,
            ahead: c.ahead as usize,
            unordered: c.unordered != 0,
            cancel: cancel::optional(c.cancel, "options.cancel")?,
        };
        Ok((options, OnProgress::new(c.progress, c.user_data)))
    }
}

/// Makes a batch without files. `options` may be NULL.
///
/// Returns: ONDES_STATUS_OK.
/// Lifetime: until ondes_batch_free.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_batch_new(
    options: *const ondes_batch_options,
    out_batch: *mut *mut ondes_batch,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::make(out_batch, "out_batch", err, || {
            let (options, on_progress) = read_batch_options(options)?;
            Ok(Exclusive::new(Work { options, on_progress, inputs: Vec::new(), running: None }))
        })
    }
}

/// Adds the file at a path: raw bytes on Unix, UTF-8 on Windows. It is opened later.
///
/// Files may be added while the batch runs. Whoever begins with some more than
/// there are workers, and adds one for each result taken, can go on for ever
/// in constant memory.
///
/// Returns: ONDES_STATUS_OK; CLOSED in a process forked after the first result was asked for.
/// Threads: one call at a time per batch.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_batch_add_path(
    batch: *mut ondes_batch,
    path: *const c_char,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let path = args::path(path, "path")?;
            enter(batch)?.add(Input::Path(path))
        })
    }
}

/// Adds a file that lies in memory. `name` (for messages) may be NULL.
///
/// The bytes are not copied: keep them, unchanged, until you have the result of ondes_batch_next, or free the batch.
///
/// Returns: ONDES_STATUS_OK; CLOSED in a process forked after the first result was asked for.
/// Threads: one call at a time per batch.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_batch_add_memory(
    batch: *mut ondes_batch,
    data: *const u8,
    size: u64,
    name: *const c_char,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks, and the bytes outlive the batch.
    unsafe {
        boundary::call(err, || {
            let bytes: &'static [u8] = args::bytes(data, size, "data")?;
            let name = args::optional_text(name).unwrap_or_default();
            enter(batch)?.add(Input::Memory(Arc::new(bytes), name))
        })
    }
}

/// Adds a stream of yours. `name` (for messages and its extension) may be NULL.
///
/// A worker of the batch calls the callbacks, in a thread of its own. Once
/// `io` is found valid its close callback runs exactly once: before you have
/// the result, or when the batch is freed. ondes_batch_fill reads a stream
/// once: a second one fails.
///
/// Returns: ONDES_STATUS_OK; CLOSED in a process forked after the first result was asked for.
/// Lifetime: `io` itself is copied.
/// Threads: one call at a time per batch.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_batch_add_io(
    batch: *mut ondes_batch,
    io: *const ondes_io,
    name: *const c_char,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            // First, so that whatever fails after it closes the stream.
            let callbacks = io::Stream::for_reading(io, "io")?;
            let name = args::optional_text(name).unwrap_or_default();
            let stream = batch::Stream::new(move || Ok(Box::new(callbacks.begin()?)));
            enter(batch)?.add(Input::Stream(stream, name))
        })
    }
}

/// Counts the files that were added.
///
/// Returns: the files; 0 for NULL, and while the batch is in use.
/// Threads: one call at a time per batch.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_batch_count(batch: *const ondes_batch) -> u64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0, || Ok(enter(batch)?.len() as u64)) }
}

/// Waits for the next result, in the order of the inputs: NULL after all that were added. A file that failed is a result too.
///
/// The first call starts the workers. They keep no more decoded files ahead
/// than the options say, so that memory stays flat however many files there are.
///
/// Returns: ONDES_STATUS_OK; IO if no thread can be started; CLOSED in a process forked after the first call.
/// Lifetime: the item is yours until ondes_batch_item_free, and does not need the batch.
/// Threads: one call at a time per batch.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_batch_next(
    batch: *mut ondes_batch,
    out_item: *mut *mut ondes_batch_item,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let out = args::output(out_item, "out_item", std::ptr::null_mut())?;
            *out = enter(batch)?.next()?.unwrap_or(std::ptr::null_mut());
            Ok(())
        })
    }
}

/// Waits for all results that are left and writes them, in the order of the inputs, to `items`, an array of `capacity` pointers.
///
/// What of the array is not written with an item is set to NULL.
///
/// Returns: as ondes_batch_next; OUT_OF_RANGE if `capacity` is below ondes_batch_count.
/// Lifetime: each item is yours until ondes_batch_item_free, and does not need the batch.
/// Threads: one call at a time per batch.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_batch_collect(
    batch: *mut ondes_batch,
    items: *mut *mut ondes_batch_item,
    capacity: u64,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let items = args::outputs(items, capacity, "items", std::ptr::null_mut())?;
            let mut work = enter(batch)?;
            check_capacity(items.len(), work.len())?;
            let mut done = 0;
            while let Some(item) = work.next()? {
                items[done] = item;
                done += 1;
            }
            items[..done].sort_by_key(|item| handle::peek(*item).map(|item| item.index));
            Ok(())
        })
    }
}

fn check_capacity(capacity: usize, files: usize) -> Result<(), Failure> {
    if capacity < files {
        let message = format!("items has room for {capacity}, but the batch has {files} files");
        return Err(Failure::new(ondes_status::OutOfRange, &message));
    }
    Ok(())
}

/// What fills the frames after a file's end in a block.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ondes_padding {
    /// Silence.
    Zero = 0,
    /// The file again from its first frame, as often as needed.
    Repeat = 1,
}

fn padding(number: i32) -> Result<Padding, Failure> {
    let values = [(ondes_padding::Zero as i32, Padding::Zero), (ondes_padding::Repeat as i32, Padding::Repeat)];
    args::choice(values, number, "padding", "ONDES_PADDING_")
}

/// Decodes every file into its place in a block of yours, count * channels * frames samples of the options' format and layout.
///
/// Longer files are cut, shorter ones padded as the ONDES_PADDING_ number
/// says; a file with another number of channels fails. ondes_batch_item_frames
/// tells what came from the file; the items hold no audio. Of the array
/// `items` of `capacity` pointers, what is not written with an item is set to NULL.
///
/// Returns: ONDES_STATUS_OK; OUT_OF_RANGE if `capacity` is below ondes_batch_count; CLOSED if the batch has begun.
/// Lifetime: each item is yours until ondes_batch_item_free, and does not need the batch.
/// Threads: one call at a time per batch.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_batch_fill(
    batch: *mut ondes_batch,
    dst: *mut c_void,
    channels: u32,
    frames: u64,
    padding: i32,
    items: *mut *mut ondes_batch_item,
    capacity: u64,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let items = args::outputs(items, capacity, "items", std::ptr::null_mut())?;
            let work = enter(batch)?;
            work.check_not_started()?;
            check_capacity(items.len(), work.len())?;
            let padding = self::padding(padding)?;
            let file_size =
                u64::from(channels).saturating_mul(frames).saturating_mul(work.options.format.size() as u64);
            let block = args::frames_mut(dst, work.len() as u64, file_size, "dst")?;
            let frames = usize::try_from(frames).unwrap_or(usize::MAX);
            let (inputs, options, channels) = (&work.inputs, &work.options, channels as usize);
            let results = work
                .on_progress
                .during(|on_progress| batch::fill_as(inputs, options, block, channels, frames, padding, on_progress))?;
            for item in results {
                let index = item.index;
                items[index] = handle::new(Done::new(item, |frames| (frames, None)));
            }
            Ok(())
        })
    }
}

/// Ends a batch: work that is going on is broken off. NULL is fine; items stay valid.
///
/// Threads: any, once, and not while the batch is in use.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_batch_free(batch: *mut ondes_batch) {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { handle::free(batch) }
}

/// Tells the place of the file among the inputs, from 0.
///
/// Returns: the index; ONDES_UNKNOWN for NULL.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_batch_item_index(item: *const ondes_batch_item) -> u64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(ONDES_UNKNOWN, || Ok(handle::state(item, "item")?.index as u64)) }
}

/// Tells the path or name that the file was added with.
///
/// Returns: the name; "" if there is none, and for NULL.
/// Lifetime: until the item is freed.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_batch_item_name(item: *const ondes_batch_item) -> *const c_char {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(c"".as_ptr(), || Ok(handle::state(item, "item")?.name.as_ptr())) }
}

/// Tells how the file went.
///
/// Returns: ONDES_STATUS_OK, or why there is no audio of it; NULL_ARGUMENT for NULL.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_batch_item_status(item: *const ondes_batch_item) -> i32 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe {
        boundary::get(ondes_status::NullArgument as i32, || {
            let error = &handle::state(item, "item")?.error;
            Ok(error.as_ref().map_or(0, |error| error.state().status() as i32))
        })
    }
}

/// Gives what went wrong with the file. Do not free it.
///
/// Returns: the error; NULL if nothing went wrong, and for NULL.
/// Lifetime: until the item is freed.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_batch_item_error(item: *const ondes_batch_item) -> *const ondes_error {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe {
        boundary::get(std::ptr::null(), || {
            Ok(handle::state(item, "item")?.error.as_ref().map_or(std::ptr::null(), Lent::pointer))
        })
    }
}

/// Gives the decoded audio. Do not free it.
///
/// Returns: the audio; NULL if the file failed, after ondes_batch_fill, and for NULL.
/// Lifetime: until the item is freed.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_batch_item_audio(item: *const ondes_batch_item) -> *const ondes_audio {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe {
        boundary::get(std::ptr::null(), || {
            Ok(handle::state(item, "item")?.audio.as_ref().map_or(std::ptr::null(), Lent::pointer))
        })
    }
}

/// Tells the frames that came from the file, without padding.
///
/// Returns: the frames; 0 if the file failed, and for NULL.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_batch_item_frames(item: *const ondes_batch_item) -> u64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0, || Ok(handle::state(item, "item")?.frames)) }
}

/// Describes the file. Set `out_info` to ONDES_INFO_INIT before.
///
/// Returns: ONDES_STATUS_OK; all is 0 if the file could not be opened.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_batch_item_info(
    item: *const ondes_batch_item,
    out_info: *mut ondes_info,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let out = Output::new(out_info, ondes_info::NOTHING, "out_info")?;
            if let Some(info) = &handle::state(item, "item")?.info {
                out.set(info.into());
            }
            Ok(())
        })
    }
}

/// Counts the warnings about the file: damage that did not keep it from being read.
///
/// Returns: the count of those that ondes_batch_item_warning gives; 0 for NULL.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_batch_item_warning_count(item: *const ondes_batch_item) -> u64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0, || Ok(handle::state(item, "item")?.warnings.list().len() as u64)) }
}

/// Gives a warning: what is wrong, what was done about it, and at which byte (or ONDES_UNKNOWN).
///
/// Returns: ONDES_STATUS_OK; OUT_OF_RANGE for an index that is not below the count.
/// Lifetime: the message lives until the item is freed.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_batch_item_warning(
    item: *const ondes_batch_item,
    index: u64,
    out_message: *mut *const c_char,
    out_offset: *mut u64,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let out = warning::Output::new(out_message, out_offset)?;
            let item = handle::state(item, "item")?;
            out.set(&item.warnings, &item.messages, index)
        })
    }
}

/// Frees an item with its audio and error; NULL is fine.
///
/// Threads: any, once.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_batch_item_free(item: *mut ondes_batch_item) {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { handle::free(item) }
}
