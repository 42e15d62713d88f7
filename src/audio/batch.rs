//! Many files: bounded workers, results in order, progress, cancel.
//!
//! Three forms: [`Batch`] gives one decoded file after another and holds only
//! a few ahead; [`Batch::collect`] gives them all; [`fill`] writes them into
//! one padded block of the caller's. A file that fails is a result like any
//! other. Threads start with the first result that is asked for and end with
//! the batch, so nothing is left over for a fork to inherit. Inputs may be added
//! while it runs: who adds one for each result that it takes can go on for ever.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use super::buffer::Audio;
use super::cancel::Cancel;
use super::codec::Warnings;
use super::destination::Destination;
use super::frames::{FramesMut, Layout};
use super::limits::MAX_THREADS;
use super::progress::{INTERVAL, OnProgress, Progress, Reporter};
use super::reader::{Info, ReadOptions, Reader};
use super::resample::Scratch;
use super::sample::{Sample, SampleFormat, with_sample};
use super::source::{ByteReader, Callbacks, SharedBytes};
use super::{Error, ErrorKind, Result, counted};

/// One file of a batch.
#[derive(Clone)]
pub enum Input {
    /// A file.
    Path(PathBuf),
    /// A file's bytes, and a name for messages.
    Memory(SharedBytes, String),
    /// A caller's stream, and a name for messages.
    Stream(Stream, String),
}

/// A caller's stream before it is opened. The first to open it takes it.
#[derive(Clone)]
pub struct Stream(Arc<Mutex<Option<Begin>>>);

type Begin = Box<dyn FnOnce() -> Result<Box<dyn Callbacks>> + Send>;

impl Stream {
    /// `begin` gives the callbacks; it is called by the thread that reads them.
    pub fn new(begin: impl FnOnce() -> Result<Box<dyn Callbacks>> + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(Some(Box::new(begin)))))
    }

    fn open(&self) -> Result<ByteReader> {
        let begin = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let begin = begin.ok_or_else(|| Error::new(ErrorKind::Closed, "the stream has been read before"))?;
        begin().and_then(ByteReader::from_callbacks)
    }
}

impl Input {
    /// What it is called in messages.
    pub fn name(&self) -> String {
        match self {
            Self::Path(path) => path.display().to_string(),
            Self::Memory(_, name) | Self::Stream(_, name) => name.clone(),
        }
    }

    fn open(&self, options: &ReadOptions, scratch: &mut Scratch) -> Result<Reader> {
        let reader = match self {
            Self::Path(path) => Reader::open(path, options),
            Self::Memory(bytes, name) => {
                Reader::from_named(Ok(ByteReader::from_memory(Arc::clone(bytes))), name, options)
            }
            Self::Stream(stream, name) => Reader::from_named(stream.open(), name, options),
        };
        Ok(reader?.with_scratch(std::mem::take(scratch)))
    }

    /// Its size, where that can be told without reading it.
    fn bytes(&self) -> u64 {
        match self {
            Self::Stream(..) => 0,
            Self::Path(path) => std::fs::metadata(path).map_or(0, |m| m.len()),
            Self::Memory(bytes, _) => (**bytes).as_ref().len() as u64,
        }
    }
}

/// How a batch is decoded.
#[derive(Debug, Clone)]
pub struct BatchOptions {
    /// What to read of each file.
    pub read: ReadOptions,
    /// Sample format of the results.
    pub format: SampleFormat,
    /// Order of the samples in the results.
    pub layout: Layout,
    /// Files decoded at the same time; 0 is one per core.
    pub workers: usize,
    /// Decoded files held before they are asked for; 0 is two per worker.
    pub ahead: usize,
    /// Results as they are ready, not in the order of the inputs.
    pub unordered: bool,
    /// Ends the batch early.
    pub cancel: Cancel,
}

impl Default for BatchOptions {
    fn default() -> Self {
        Self {
            read: ReadOptions::default(),
            format: SampleFormat::F32,
            layout: Layout::Interleaved,
            workers: 0,
            ahead: 0,
            unordered: false,
            cancel: Cancel::new(),
        }
    }
}

impl BatchOptions {
    /// Workers for `inputs` files, and the threads each may use for one file:
    /// more than one only if there are fewer files than workers.
    fn workers_for(&self, inputs: usize) -> (usize, u32) {
        let wanted = threads(self.workers);
        let workers = wanted.min(inputs.max(1));
        (workers, (wanted / workers).max(threads(self.read.threads as usize)) as u32)
    }
}

/// A number of threads as options give it: 0 is one per core.
pub fn threads(number: usize) -> usize {
    if number == 0 { cores() } else { number.min(MAX_THREADS) }
}

/// One thread per core that this process may use.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// What became of one file.
pub struct Item<T> {
    /// Its place among the inputs.
    pub index: usize,
    /// What it is called in messages.
    pub name: String,
    /// What is known of the file, if it could be opened.
    pub info: Option<Info>,
    /// Its audio, or why there is none.
    pub result: Result<T>,
    /// What was found wrong with it but did not keep it from being decoded.
    pub warnings: Warnings,
}

impl Progress {
    fn count<T>(&mut self, item: &Item<T>, bytes: u64, frames: u64, rate: u32) {
        self.files += 1;
        self.bytes += bytes;
        self.failed += usize::from(item.result.is_err());
        self.frames += frames;
        if rate > 0 {
            self.seconds += frames as f64 / f64::from(rate);
        }
    }
}

/// Decodes one file, in the format that the options name; `scratch` goes from file to file.
fn decode(input: &Input, index: usize, options: &BatchOptions, threads: u32, scratch: &mut Scratch) -> Item<Audio> {
    let read = ReadOptions { threads, ..options.read };
    let mut item = Item {
        index,
        name: input.name(),
        info: None,
        result: options.cancel.check().and_then(|()| Err(unread())),
        warnings: Warnings::default(),
    };
    if options.cancel.is_set() {
        return item;
    }
    match input.open(&read, scratch) {
        Err(error) => item.result = Err(error),
        Ok(mut reader) => {
            item.result = reader.load_as(options.format, options.layout, &options.cancel);
            item.info = Some(reader.info());
            item.warnings = reader.warnings().clone();
            *scratch = reader.into_scratch();
        }
    }
    item
}

fn unread() -> Error {
    Error::new(ErrorKind::Internal, "the file was not read")
}

/// A stream of decoded files.
pub struct Batch {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    /// Threads at most.
    workers: usize,
    process: u32,
    reporter: Reporter,
}

struct Shared {
    options: BatchOptions,
    ahead: usize,
    threads_per_file: u32,
    state: Mutex<State>,
    /// A result is ready, a place for one is free, or an input was added.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Inputs that no worker has taken yet.
    waiting: VecDeque<Input>,
    /// Inputs that workers took.
    started: usize,
    /// Results given to the caller.
    given: usize,
    ready: BTreeMap<usize, Item<Audio>>,
    progress: Progress,
    closed: bool,
}

impl State {
    /// Inputs so far.
    fn added(&self) -> usize {
        self.started + self.waiting.len()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A worker that panicked left no half-made state: every change is one statement.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut scratch = Scratch::default();
        loop {
            let (index, input) = {
                let mut state = self.lock();
                loop {
                    if state.closed {
                        return;
                    }
                    if state.started < state.given + self.ahead
                        && let Some(input) = state.waiting.pop_front()
                    {
                        state.started += 1;
                        break (state.started - 1, input);
                    }
                    state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
            };
            // A fault in one file's decoder must not take the others with it.
            let item = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                decode(&input, index, &self.options, self.threads_per_file, &mut scratch)
            }))
            .unwrap_or_else(|panic| failed(index, &input, &panic));
            let (frames, rate) = item.result.as_ref().map_or((0, 0), |audio| (audio.frames(), audio.rate()));
            let bytes = input.bytes();
            // The caller may free what it lent as soon as it has the result.
            drop(input);
            let mut state = self.lock();
            state.progress.count(&item, bytes, frames, rate);
            state.ready.insert(index, item);
            drop(state);
            self.changed.notify_all();
        }
    }
}

/// The result of a file whose decoder panicked.
fn failed<T>(index: usize, input: &Input, panic: &Box<dyn std::any::Any + Send>) -> Item<T> {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("unknown");
    let error = Error::new(ErrorKind::Internal, format!("the decoder failed on this file: {text}; please report it"));
    Item { index, name: input.name(), info: None, result: Err(error), warnings: Warnings::default() }
}

impl Batch {
    /// A batch over `inputs`; nothing is opened yet.
    pub fn new(inputs: Vec<Input>, mut options: BatchOptions) -> Self {
        // Ending this batch must not end what else the caller's token is for.
        options.cancel = options.cancel.child();
        let (_, threads_per_file) = options.workers_for(inputs.len());
        let workers = threads(options.workers);
        let ahead = if options.ahead == 0 { workers * 2 } else { options.ahead };
        let progress = Progress { files_total: inputs.len(), ..Progress::default() };
        let state = Mutex::new(State { progress, waiting: inputs.into(), ..State::default() });
        let shared = Shared { options, ahead, threads_per_file, state, changed: Condvar::new() };
        Self { shared: Arc::new(shared), threads: Vec::new(), workers, process: 0, reporter: Reporter::default() }
    }

    /// Adds an input behind all others, also while the batch runs.
    ///
    /// # Errors
    /// Only after a fork.
    pub fn add(&mut self, input: Input) -> Result<()> {
        self.check_process()?;
        let mut state = self.shared.lock();
        state.waiting.push_back(input);
        state.progress.files_total += 1;
        drop(state);
        self.shared.changed.notify_all();
        Ok(())
    }

    /// Starts as many workers as there is work for; those that run stay.
    fn start(&mut self) -> Result<()> {
        self.check_process()?;
        let workers = self.workers.min(self.len());
        if self.threads.len() >= workers {
            return Ok(());
        }
        self.process = std::process::id();
        for n in self.threads.len()..workers {
            let shared = Arc::clone(&self.shared);
            let thread = std::thread::Builder::new()
                .name(format!("ondes-batch-{n}"))
                .spawn(move || shared.work())
                .map_err(|e| Error::io("start a worker thread", &e));
            match thread {
                Ok(thread) => self.threads.push(thread),
                // Fewer workers are slower, none is an error.
                Err(error) if self.threads.is_empty() => return Err(error),
                Err(_) => break,
            }
        }
        Ok(())
    }

    fn check_process(&self) -> Result<()> {
        if self.process != 0 && self.process != std::process::id() {
            return Err(Error::new(
                ErrorKind::Closed,
                "this batch was started before the process forked: its threads are in the parent; make a new batch",
            ));
        }
        Ok(())
    }

    /// Files in the batch, whatever became of them.
    pub fn len(&self) -> usize {
        // A forked child may find the lock held by a thread that it does not have.
        if self.check_process().is_err() { 0 } else { self.shared.lock().added() }
    }

    /// Whether no file was added.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        self.shared.lock().progress
    }

    /// The next result; `None` after that of the last input, until another is
    /// added. After a cancel the files not decoded yet give [`ErrorKind::Cancelled`].
    ///
    /// # Errors
    /// Only if no thread can be started, or after a fork.
    pub fn next(&mut self, mut on_progress: Option<OnProgress<'_>>) -> Result<Option<Item<Audio>>> {
        self.start()?;
        let shared = Arc::clone(&self.shared);
        let mut state = shared.lock();
        if state.given == state.added() {
            return Ok(None);
        }
        loop {
            let wanted = if shared.options.unordered { state.ready.keys().next().copied() } else { Some(state.given) };
            if let Some(item) = wanted.and_then(|index| state.ready.remove(&index)) {
                state.given += 1;
                let (progress, is_last) = (state.progress, state.given == state.added());
                drop(state);
                shared.changed.notify_all();
                self.reporter.report(&progress, is_last, &mut on_progress, &shared.options.cancel);
                return Ok(Some(item));
            }
            if on_progress.is_some() {
                let (locked, timeout) =
                    shared.changed.wait_timeout(state, INTERVAL).unwrap_or_else(PoisonError::into_inner);
                let progress = locked.progress;
                if timeout.timed_out() {
                    drop(locked);
                    self.reporter.report(&progress, false, &mut on_progress, &shared.options.cancel);
                    state = shared.lock();
                } else {
                    state = locked;
                }
            } else {
                state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// All results that are left, in the order of the inputs.
    pub fn collect(mut self, mut on_progress: Option<OnProgress<'_>>) -> Result<Vec<Item<Audio>>> {
        let mut items = Vec::with_capacity(self.len());
        loop {
            // Reborrowed by hand: a `&mut dyn` in an `Option` is not copied.
            let report = on_progress.as_mut().map(|f| &mut **f as OnProgress<'_>);
            let Some(item) = self.next(report)? else { break };
            items.push(item);
        }
        items.sort_by_key(|item: &Item<Audio>| item.index);
        Ok(items)
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        if self.process != 0 && self.process != std::process::id() {
            // A forked child: the threads and perhaps a held lock are the parent's.
            std::mem::take(&mut self.threads).into_iter().for_each(std::mem::forget);
            return;
        }
        self.shared.options.cancel.set();
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            // A worker's panics were turned into results; there is nothing left to say.
            let _ = thread.join();
        }
    }
}

/// What fills the frames after a file's end in a padded block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Padding {
    /// Silence.
    #[default]
    Zero,
    /// The file again from its first frame, as often as needed.
    Repeat,
}

/// Decodes every input into its place in `block`, which holds for each a
/// buffer of `frames` frames of `channels` samples; returns for each the
/// frames that came from the file. Longer files are cut, shorter ones padded.
///
/// # Errors
/// [`ErrorKind::InvalidArgument`] if `block` has another size. A file with
/// another number of channels is that file's error.
pub fn fill<S: Sample>(
    inputs: &[Input],
    options: &BatchOptions,
    block: &mut [S],
    channels: usize,
    frames: usize,
    padding: Padding,
    on_progress: Option<OnProgress<'_>>,
) -> Result<Vec<Item<u64>>> {
    if channels == 0 {
        return Err(Error::invalid("channels: a block of 0 channels holds nothing"));
    }
    let size = channels.checked_mul(frames);
    if size.and_then(|size| size.checked_mul(inputs.len())) != Some(block.len()) {
        return Err(Error::invalid(format!(
            "block: {} samples are not {} of {frames} frames of {}",
            block.len(),
            counted(inputs.len() as u64, "file"),
            counted(channels as u64, "channel")
        )));
    }
    let slot = |samples| -> Slot<'_> { Mutex::new(Box::new(FramesMut::new(samples, channels, options.layout))) };
    let slots = match size {
        Some(size) if size > 0 => block.chunks_exact_mut(size).map(slot).collect(),
        _ => inputs.iter().map(|_| slot(Default::default())).collect(),
    };
    fill_slots(inputs, options, slots, padding, on_progress)
}

/// Where the audio of one input goes.
type Slot<'a> = Mutex<Box<dyn Destination + Send + 'a>>;

fn fill_slots(
    inputs: &[Input],
    options: &BatchOptions,
    slots: Vec<Slot<'_>>,
    padding: Padding,
    mut on_progress: Option<OnProgress<'_>>,
) -> Result<Vec<Item<u64>>> {
    let options = &BatchOptions { cancel: options.cancel.child(), ..options.clone() };
    let (workers, threads) = options.workers_for(inputs.len());
    let started = AtomicUsize::new(0);
    let results =
        Mutex::new((Vec::with_capacity(inputs.len()), Progress { files_total: inputs.len(), ..Progress::default() }));
    let lock = || results.lock().unwrap_or_else(PoisonError::into_inner);
    let finished = Condvar::new();
    let work = || {
        let mut scratch = Scratch::default();
        loop {
            let index = started.fetch_add(1, Ordering::Relaxed);
            let Some(input) = inputs.get(index) else { return };
            let item = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let mut place = slots[index].lock().unwrap_or_else(PoisonError::into_inner);
                fill_one(input, index, options, threads, &mut **place, padding, &mut scratch)
            }))
            .unwrap_or_else(|panic| (failed(index, input, &panic), 0));
            let mut results = lock();
            let (item, rate) = item;
            let decoded = item.result.as_ref().map_or(0, |frames| *frames);
            results.1.count(&item, input.bytes(), decoded, rate);
            results.0.push(item);
            drop(results);
            finished.notify_one();
        }
    };
    std::thread::scope(|scope| {
        let spawn = |_| std::thread::Builder::new().spawn_scoped(scope, work);
        // Fewer workers than wished for are slower; without any, this thread does it all.
        if (0..workers).map(spawn).take_while(std::result::Result::is_ok).count() == 0 {
            work();
        }
        let mut reporter = Reporter::default();
        while on_progress.is_some() {
            let (guard, _) = finished.wait_timeout(lock(), INTERVAL).unwrap_or_else(PoisonError::into_inner);
            let progress = guard.1;
            drop(guard);
            let is_last = progress.files == progress.files_total;
            reporter.report(&progress, is_last, &mut on_progress, &options.cancel);
            if is_last {
                break;
            }
        }
    });
    let (mut items, _) = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    items.sort_by_key(|item: &Item<u64>| item.index);
    Ok(items)
}

/// As [`fill`], into bytes that hold samples of the options' format.
pub fn fill_as(
    inputs: &[Input],
    options: &BatchOptions,
    block: &mut [u8],
    channels: usize,
    frames: usize,
    padding: Padding,
    on_progress: Option<OnProgress<'_>>,
) -> Result<Vec<Item<u64>>> {
    with_sample!(options.format, S => {
        // No bytes are nowhere in particular, and so not aligned.
        let block = if block.is_empty() { Ok(Default::default()) } else { bytemuck::try_cast_slice_mut::<u8, S>(block) };
        let block = block.map_err(|_| {
            Error::invalid(format!("block: the memory is not one of whole samples of {} bytes, aligned to them", size_of::<S>()))
        })?;
        fill(inputs, options, block, channels, frames, padding, on_progress)
    })
}

fn fill_one(
    input: &Input,
    index: usize,
    options: &BatchOptions,
    threads: u32,
    place: &mut dyn Destination,
    padding: Padding,
    scratch: &mut Scratch,
) -> (Item<u64>, u32) {
    let (name, result) = (input.name(), Err(unread()));
    let mut item = Item { index, name, info: None, result, warnings: Warnings::default() };
    let mut rate = 0;
    item.result = options.cancel.check().and_then(|()| {
        let mut reader = input.open(&ReadOptions { threads, ..options.read }, scratch)?;
        item.info = Some(reader.info());
        rate = reader.rate();
        if reader.channels() as usize != place.channels() {
            return Err(Error::invalid(format!(
                "the file gives {}, the block has room for {}",
                counted(reader.channels().into(), "channel"),
                place.channels()
            ))
            .in_source(reader.name()));
        }
        let result = reader.load_into_any(place, &options.cancel);
        item.warnings = reader.warnings().clone();
        *scratch = reader.into_scratch();
        result
    });
    let done = item.result.as_ref().map_or(0, |frames| *frames as usize);
    match padding {
        Padding::Repeat if done > 0 => place.repeat(done),
        _ => place.silence(done, place.frames() - done),
    }
    (item, rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_for_one_file_are_those_asked_for_or_left_over() {
        let with = |workers, threads| {
            let read = ReadOptions { threads, ..ReadOptions::default() };
            BatchOptions { workers, read, ..BatchOptions::default() }
        };
        assert_eq!(with(4, 1).workers_for(100), (4, 1));
        assert_eq!(with(4, 1).workers_for(2), (2, 2));
        assert_eq!(with(4, 3).workers_for(100), (4, 3));
        // 0 is one per core, as in a reader.
        assert_eq!(with(1, 0).workers_for(1), (1, cores() as u32));
    }
}
