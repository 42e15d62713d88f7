//! What runs in a device's thread: it neither waits nor allocates.
//!
//! Conditions are signalled without holding their mutex, which is a system
//! call at most. A waiter that just went to sleep can miss that, so nobody
//! sleeps longer than [`Signal::NAP`].

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::ring::Ring;
use crate::audio::{Error, ErrorKind};

/// Takes and gives audio in the device's thread: interleaved input, empty without
/// an input device, and output to be filled, empty without one. It returns the
/// frames that it dealt with: fewer than there are is the end. An error is a number of its own.
pub type Data = Arc<dyn Fn(&[f32], &mut [f32], usize) -> Result<usize, i64> + Send + Sync>;

/// Changes what is about to be played, interleaved frames of so many channels, in the device's thread.
pub type Process = Arc<dyn Fn(&mut [f32], usize) + Send + Sync>;

/// The life of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Stopped,
    Running,
    /// What is in the queue is played, then comes the end.
    Draining,
    /// The last frame was handed to the device.
    Drained,
    Failed,
    Closed,
}

impl Phase {
    const ALL: [Self; 6] = [Self::Stopped, Self::Running, Self::Draining, Self::Drained, Self::Failed, Self::Closed];

    /// Whether audio flows.
    pub(super) fn is_live(self) -> bool {
        matches!(self, Self::Running | Self::Draining)
    }
}

/// What the two ends of a stream and its owner have in common.
#[derive(Debug)]
pub(super) struct Shared {
    /// Input to be read by the caller.
    pub(super) input: Option<Ring>,
    /// Output that the caller has written.
    pub(super) output: Option<Ring>,
    /// Input on its way to the output's thread.
    pub(super) bridge: Option<Ring>,
    /// A call is putting frames into the output queue.
    pub(super) is_writing: AtomicBool,
    /// Frames of silence played for want of written ones.
    pub(super) missed: AtomicU64,
    phase: AtomicU8,
    failure: Mutex<Option<Error>>,
    pub(super) signal: Signal,
}

impl Shared {
    pub(super) fn new(input: Option<Ring>, output: Option<Ring>, bridge: Option<Ring>) -> Self {
        let (missed, phase) = (AtomicU64::new(0), AtomicU8::new(Phase::Stopped as u8));
        let is_writing = AtomicBool::new(false);
        Self { input, output, bridge, is_writing, missed, phase, failure: Mutex::default(), signal: Signal::default() }
    }

    pub(super) fn phase(&self) -> Phase {
        Phase::ALL[usize::from(self.phase.load(Ordering::Acquire))]
    }

    pub(super) fn set_phase(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Release);
        self.signal.notify();
    }

    /// Goes from one phase to another, unless it is in a third by now.
    pub(super) fn turn(&self, from: Phase, to: Phase) -> bool {
        let done = self.phase.compare_exchange(from as u8, to as u8, Ordering::AcqRel, Ordering::Relaxed).is_ok();
        self.signal.notify();
        done
    }

    /// The end of a stream that runs, by a fault; the first one counts.
    fn fail(&self, error: Error) {
        {
            // Whoever sees the phase waits for this lock to learn the reason.
            let mut failure = lock(&self.failure);
            let end = |phase: u8| Phase::ALL[usize::from(phase)].is_live().then_some(Phase::Failed as u8);
            if self.phase.fetch_update(Ordering::AcqRel, Ordering::Acquire, end).is_ok() {
                *failure = Some(error);
            }
        }
        self.signal.notify();
    }

    pub(super) fn failure(&self) -> Error {
        lock(&self.failure).clone().unwrap_or_else(|| Error::new(ErrorKind::DeviceLost, "the device went away"))
    }

    pub(super) fn forget_failure(&self) {
        *lock(&self.failure) = None;
    }
}

/// A lock whose holder cannot have left its content half-changed.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Wakes those who wait for a device.
#[derive(Debug, Default)]
pub(super) struct Signal {
    mutex: Mutex<()>,
    condition: Condvar,
}

impl Signal {
    /// The longest sleep.
    pub(super) const NAP: Duration = Duration::from_millis(10);

    pub(super) fn notify(&self) {
        self.condition.notify_all();
    }

    pub(super) fn wait(&self, at_most: Duration) {
        let guard = lock(&self.mutex);
        drop(self.condition.wait_timeout(guard, at_most.min(Self::NAP)));
    }
}

/// Hands a new [`Process`] to the device's thread, and the old one back.
#[derive(Default)]
pub(super) struct Exchange {
    slot: Mutex<Option<Process>>,
    is_waiting: AtomicBool,
}

impl Exchange {
    /// Puts one there to be fetched.
    pub(super) fn put(&self, process: Option<Process>) {
        let mut slot = lock(&self.slot);
        *slot = process;
        self.is_waiting.store(true, Ordering::Release);
    }

    /// Whether it was not fetched yet.
    pub(super) fn is_waiting(&self) -> bool {
        self.is_waiting.load(Ordering::Acquire)
    }

    /// Empties it, be it of a new one or of an old one that came back; tells
    /// whether the new one was not fetched, and never will be.
    pub(super) fn clear(&self) -> bool {
        let mut slot = lock(&self.slot);
        *slot = None;
        self.is_waiting.swap(false, Ordering::AcqRel)
    }

    /// Fetches what is there, if it can be had at once.
    fn fetch(&self, current: &mut Option<Process>) {
        if self.is_waiting()
            && let Ok(mut slot) = self.slot.try_lock()
            // It may have been taken back before the lock was had.
            && self.is_waiting.swap(false, Ordering::AcqRel)
        {
            std::mem::swap(&mut *slot, current);
        }
    }
}

/// The end of an input line: what the device recorded goes in here.
pub struct Capture {
    shared: Arc<Shared>,
    channels: usize,
    /// Where there is no output, whose end would call it.
    data: Option<Data>,
}

impl Capture {
    pub(super) fn new(shared: Arc<Shared>, channels: usize, data: Option<Data>) -> Self {
        Self { shared, channels, data }
    }

    /// Samples per frame.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Takes whole frames from the device.
    pub fn take(&mut self, samples: &[f32]) {
        if !self.shared.phase().is_live() {
            return;
        }
        for ring in [&self.shared.input, &self.shared.bridge].into_iter().flatten() {
            ring.push_over(samples);
        }
        if let Some(data) = &self.data {
            deal(&self.shared, data, samples, &mut [], samples.len() / self.channels);
        }
        self.shared.signal.notify();
    }

    /// The device went away, or broke.
    pub fn fail(&self, error: Error) {
        self.shared.fail(error);
    }

    /// What [`Self::fail`] does, for whoever does not hold the end.
    pub fn failing(&self) -> impl Fn(Error) + Send + 'static {
        let shared = Arc::clone(&self.shared);
        move |error| shared.fail(error)
    }
}

/// The end of an output line: what the device is to play comes from here.
pub struct Render {
    shared: Arc<Shared>,
    channels: usize,
    data: Option<Data>,
    exchange: Arc<Exchange>,
    process: Option<Process>,
    /// Where input is added to what is played.
    is_monitoring: bool,
    /// Input of one block.
    input: Vec<f32>,
    input_channels: usize,
    /// Frames in one block at most.
    block: usize,
    /// Frames of input that come or go at a time at most.
    ahead: u64,
    /// The bridge has enough in it to be taken from.
    is_primed: bool,
    /// The output queue was empty the last time.
    is_dry: bool,
}

/// What a [`Render`] needs to know.
pub(super) struct Rendering {
    pub(super) channels: usize,
    pub(super) input_channels: usize,
    /// Frames that the input gives at a time, and that the output takes.
    pub(super) blocks: (u32, u32),
    pub(super) is_monitoring: bool,
    pub(super) data: Option<Data>,
    pub(super) process: Option<Process>,
    pub(super) exchange: Arc<Exchange>,
}

impl Render {
    pub(super) fn new(shared: Arc<Shared>, wish: Rendering) -> Self {
        let Rendering { channels, input_channels, blocks, is_monitoring, data, process, exchange } = wish;
        let block = blocks.1.max(1) as usize;
        let input = vec![0.0; if shared.bridge.is_some() { block * input_channels } else { 0 }];
        Self {
            shared,
            channels,
            data,
            exchange,
            process,
            is_monitoring,
            input,
            input_channels,
            block,
            ahead: blocks.0.max(blocks.1).into(),
            is_primed: false,
            is_dry: true,
        }
    }

    /// Fills whole frames for the device, with silence where there is nothing.
    pub fn fill(&mut self, out: &mut [f32]) {
        self.exchange.fetch(&mut self.process);
        for block in out.chunks_mut(self.block * self.channels) {
            self.fill_block(block);
        }
        self.shared.signal.notify();
    }

    fn fill_block(&mut self, out: &mut [f32]) {
        let phase = self.shared.phase();
        let frames = out.len() / self.channels;
        if !phase.is_live() {
            out.fill(0.0);
            return;
        }
        let input = if self.input.is_empty() { 0 } else { self.take_input(frames) };
        match &self.data {
            Some(data) => {
                let done = deal(&self.shared, data, &self.input[..input], out, frames);
                out[done * self.channels..].fill(0.0);
            }
            None => self.take_written(phase, out),
        }
        if self.is_monitoring {
            let input = self.input.chunks_exact(self.input_channels);
            for (frame, input) in out.chunks_exact_mut(self.channels).zip(input) {
                for (c, sample) in frame.iter_mut().enumerate() {
                    *sample += input[c % self.input_channels];
                }
            }
        }
        if let Some(process) = &self.process {
            process(out, self.channels);
        }
    }

    /// Input for a block of so many frames; what is missing is silence. Returns the samples.
    fn take_input(&mut self, frames: usize) -> usize {
        let samples = frames * self.input_channels;
        let input = &mut self.input[..samples];
        let Some(bridge) = &self.shared.bridge else { return 0 };
        // The two devices do not call at the same times: the larger of their
        // blocks in advance bridges that. Once it is used up, it is gathered again.
        self.is_primed |= bridge.len() >= self.ahead + frames as u64;
        let got = if self.is_primed { bridge.pop(input) } else { 0 };
        self.is_primed &= got == frames;
        input[got * self.input_channels..].fill(0.0);
        samples
    }

    fn take_written(&mut self, phase: Phase, out: &mut [f32]) {
        let Some(ring) = &self.shared.output else { return out.fill(0.0) };
        // A call that has only begun to fill the queue would be heard with a
        // gap if it were interrupted now.
        let enough = (2 * self.block as u64).min(ring.capacity());
        let is_early = self.is_dry && self.shared.is_writing.load(Ordering::Acquire) && ring.len() < enough;
        let got = if is_early { 0 } else { ring.pop(out) };
        let missing = &mut out[got * self.channels..];
        self.is_dry = !missing.is_empty();
        if !self.is_dry {
            return;
        }
        missing.fill(0.0);
        if phase == Phase::Draining && !is_early {
            self.shared.turn(Phase::Draining, Phase::Drained);
        } else if ring.written() > ring.len() {
            self.shared.missed.fetch_add((missing.len() / self.channels) as u64, Ordering::Relaxed);
        }
    }

    /// The device went away, or broke.
    pub fn fail(&self, error: Error) {
        self.shared.fail(error);
    }

    /// What [`Self::fail`] does, for whoever does not hold the end.
    pub fn failing(&self) -> impl Fn(Error) + Send + 'static {
        let shared = Arc::clone(&self.shared);
        move |error| shared.fail(error)
    }
}

/// A fault in the device's thread must not leave anybody waiting for it.
fn fail_if_panicking(shared: &Shared) {
    if std::thread::panicking() {
        shared.fail(Error::new(ErrorKind::Internal, "a fault of the library ended the device's thread"));
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        fail_if_panicking(&self.shared);
    }
}

impl Drop for Render {
    fn drop(&mut self) {
        fail_if_panicking(&self.shared);
    }
}

/// Has the caller's callback deal with some frames; returns how many were.
fn deal(shared: &Shared, data: &Data, input: &[f32], out: &mut [f32], frames: usize) -> usize {
    let error = match data(input, out, frames) {
        Ok(done) if done == frames => return done,
        Ok(done) if done < frames => {
            if !shared.turn(Phase::Running, Phase::Drained) {
                shared.turn(Phase::Draining, Phase::Drained);
            }
            return done;
        }
        Ok(done) => format!("the data callback returned {done} frames where there were {frames}"),
        Err(number) => format!("the data callback failed: it returned {number}"),
    };
    shared.fail(Error::new(ErrorKind::Callback, error));
    0
}
