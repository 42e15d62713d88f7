//! A stream on devices, as its owner sees it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::engine::{Capture, Data, Exchange, Phase, Process, Render, Rendering, Shared, lock};
use super::null::Null;
use super::ring::Ring;
use super::{Direction, Format, Host, Info, Line, MAX_LATENCY, Running, find};
use crate::audio::cancel::Cancel;
use crate::audio::destination::Destination;
use crate::audio::frames::{AnyFrames, Frames, FramesMut, Layout};
use crate::audio::sample::Sample;
use crate::audio::{Error, ErrorKind, Result};

/// Frames that a device takes at a time where nothing else is asked for: 11 ms at 48 kHz.
const DEFAULT_BUFFER: u32 = 512;
/// Seconds of input that wait for the caller, and of output that wait for the device.
const INPUT_QUEUE: f64 = 5.0;
const OUTPUT_QUEUE: f64 = 0.25;
/// Limits of what may be asked for, far beyond what devices have.
const MAX_RATE: u32 = 768_000;
pub(super) const MAX_CHANNELS: u32 = 64;
const MAX_BUFFER: u32 = 1 << 16;
const MAX_QUEUE: u32 = 1 << 24;
/// Frames that are converted at a time.
const PIECE: usize = 2048;

/// What to open, and how; 0 is what suits the device.
#[derive(Clone, Default)]
pub struct StreamOptions {
    /// Record from this device: its id or name, or [`super::DEFAULT`].
    pub input: Option<String>,
    /// Play on this device.
    pub output: Option<String>,
    /// In Hz.
    pub rate: u32,
    /// Frames that the devices take or give at a time.
    pub buffer: u32,
    /// Samples per frame of input.
    pub input_channels: u32,
    /// Samples per frame of output.
    pub output_channels: u32,
    /// Frames of input that wait to be read at most; 0 is five seconds.
    pub input_queue: u32,
    /// Frames of output that wait to be played at most; 0 is a quarter of a second, or four buffers if that is more.
    pub output_queue: u32,
    /// Play the input, channel `i % inputs` on output `i`, with what is written.
    pub monitor: bool,
    /// Deals with all audio in the device's thread, in place of reading and writing.
    pub data: Option<Data>,
}

impl StreamOptions {
    fn check(&self) -> Result<()> {
        if self.input.is_none() && self.output.is_none() {
            return Err(Error::invalid("neither an input nor an output device is named"));
        }
        if self.monitor && (self.input.is_none() || self.output.is_none()) {
            return Err(Error::invalid("to play the input takes an input and an output device"));
        }
        let limits = [
            ("rate", self.rate, MAX_RATE),
            ("buffer size", self.buffer, MAX_BUFFER),
            ("number of input channels", self.input_channels, MAX_CHANNELS),
            ("number of output channels", self.output_channels, MAX_CHANNELS),
            ("input queue", self.input_queue, MAX_QUEUE),
            ("output queue", self.output_queue, MAX_QUEUE),
        ];
        match limits.iter().find(|(_, value, limit)| value > limit) {
            Some((what, value, limit)) => Err(Error::invalid(format!("a {what} of {value} exceeds {limit}"))),
            None => Ok(()),
        }
    }
}

/// How long a call may wait.
#[derive(Debug)]
pub struct Wait<'a> {
    until: Option<Instant>,
    cancel: &'a Cancel,
}

impl<'a> Wait<'a> {
    /// So many seconds, for ever if it is negative.
    ///
    /// # Errors
    /// It is not a number.
    pub fn new(seconds: f64, cancel: &'a Cancel) -> Result<Self> {
        if seconds.is_nan() {
            return Err(Error::invalid("the timeout is not a number"));
        }
        // What is too long for a duration is for ever too.
        let until = Duration::try_from_secs_f64(seconds).ok().and_then(|d| Instant::now().checked_add(d));
        Ok(Self { until, cancel })
    }

    /// What is left of the time; nothing once it is over.
    fn left(&self) -> Option<Duration> {
        let Some(until) = self.until else { return Some(Duration::MAX) };
        until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }
}

/// Where devices are looked for.
enum Hosts {
    One(Arc<dyn Host>),
    /// In the system, and among those made up for tests: one host of these for
    /// each stream, so that a loopback knows both of its ends.
    Any(Arc<Null>),
}

/// One direction of a stream.
struct Side<End> {
    host: Arc<dyn Host>,
    device: String,
    info: Info,
    /// Opened, and not yet started.
    line: Option<Box<dyn Line<End>>>,
}

impl<End> Side<End> {
    fn open(device: &str, hosts: &Hosts, wish: Format) -> Result<Self>
    where
        dyn Host: Opens<End>,
    {
        let (host, device) = match hosts {
            Hosts::One(host) => (Arc::clone(host), device.to_owned()),
            Hosts::Any(tests) => find(device, <dyn Host as Opens<End>>::DIRECTION, tests)?,
        };
        let line = Opens::<End>::open(&*host, &device, wish)?;
        let mut info = line.info().clone();
        info.latency = if info.latency.is_nan() { 0.0 } else { info.latency.clamp(0.0, MAX_LATENCY) };
        let Format { rate, channels, buffer } = info.format;
        // What a device or server says decides how much memory its queues take.
        if !(1..=MAX_RATE).contains(&rate)
            || !(1..=MAX_CHANNELS).contains(&channels)
            || !(1..=MAX_BUFFER).contains(&buffer)
        {
            return Err(Error::new(
                ErrorKind::DeviceRefused,
                format!(
                    "{} has {channels} channels at {rate} Hz in blocks of {buffer} frames, which cannot be",
                    info.name
                ),
            ));
        }
        Ok(Self { host, device, info, line: Some(line) })
    }

    /// The line, opened again if it was started before.
    fn line(&mut self) -> Result<Box<dyn Line<End>>>
    where
        dyn Host: Opens<End>,
    {
        if let Some(line) = self.line.take() {
            return Ok(line);
        }
        let line = Opens::<End>::open(&*self.host, &self.device, self.info.format)?;
        let (was, is) = (self.info.format, line.info().format);
        if (was.rate, was.channels) != (is.rate, is.channels) {
            return Err(Error::new(
                ErrorKind::DeviceRefused,
                format!("{} has another rate or other channels than before; open a new stream", self.info.name),
            ));
        }
        Ok(line)
    }
}

/// Opens lines that have an end of this kind.
trait Opens<End> {
    const DIRECTION: Direction;
    fn open(&self, device: &str, wish: Format) -> Result<Box<dyn Line<End>>>;
}

impl Opens<Capture> for dyn Host {
    const DIRECTION: Direction = Direction::Input;
    fn open(&self, device: &str, wish: Format) -> Result<Box<dyn Line<Capture>>> {
        self.open_input(device, wish)
    }
}

impl Opens<Render> for dyn Host {
    const DIRECTION: Direction = Direction::Output;
    fn open(&self, device: &str, wish: Format) -> Result<Box<dyn Line<Render>>> {
        self.open_output(device, wish)
    }
}

/// What only one call at a time may touch.
struct Control {
    input: Option<Side<Capture>>,
    output: Option<Side<Render>>,
    running: Vec<Box<dyn Running>>,
    process: Option<Process>,
    /// When the last frame, which the device has now, will have been heard.
    heard: Option<Instant>,
}

/// Audio from and to devices.
///
/// One thread may read, another write and a third start and stop, all at the same time.
pub struct Stream {
    /// Which process opened it: a forked child has neither its threads nor a right to its connections.
    process: u32,
    shared: Arc<Shared>,
    exchange: Arc<Exchange>,
    control: Mutex<Control>,
    data: Option<Data>,
    monitor: bool,
    input: Option<Info>,
    output: Option<Info>,
    ignores_dropped_input: AtomicBool,
    reading: Mutex<Vec<f32>>,
    writing: Mutex<Vec<f32>>,
}

impl Stream {
    /// Opens the devices, which stay silent until [`Stream::start`].
    ///
    /// # Errors
    /// There is no such device, or it refuses the wish.
    pub fn open(options: &StreamOptions) -> Result<Self> {
        Self::open_with(&Hosts::Any(Arc::default()), options)
    }

    /// Opens devices of a host of one's own.
    ///
    /// # Errors
    /// As for [`Stream::open`].
    pub fn open_on(host: Arc<dyn Host>, options: &StreamOptions) -> Result<Self> {
        Self::open_with(&Hosts::One(host), options)
    }

    fn open_with(hosts: &Hosts, options: &StreamOptions) -> Result<Self> {
        options.check()?;
        let buffer = if options.buffer == 0 { DEFAULT_BUFFER } else { options.buffer };
        let wish = |rate, channels| Format { rate, channels, buffer };
        let output = options
            .output
            .as_deref()
            .map(|device| Side::<Render>::open(device, hosts, wish(options.rate, options.output_channels)))
            .transpose()?;
        let rate = output.as_ref().map_or(options.rate, |side| side.info.format.rate);
        let input = options
            .input
            .as_deref()
            .map(|device| Side::<Capture>::open(device, hosts, wish(rate, options.input_channels)))
            .transpose()?;
        if let (Some(input), Some(output)) = (&input, &output)
            && input.info.format.rate != output.info.format.rate
        {
            return Err(Error::new(
                ErrorKind::DeviceRefused,
                format!(
                    "{} runs at {} Hz and {} at {} Hz: one stream needs one rate",
                    input.info.name, input.info.format.rate, output.info.name, output.info.format.rate
                ),
            ));
        }
        Ok(Self::on(input, output, options))
    }

    fn on(input: Option<Side<Capture>>, output: Option<Side<Render>>, options: &StreamOptions) -> Self {
        let infos = (input.as_ref().map(|side| side.info.clone()), output.as_ref().map(|side| side.info.clone()));
        let queue = |info: &Info, frames: u32, seconds: f64| {
            // Long buffers need a queue that can fill several.
            let usual = ((seconds * f64::from(info.format.rate)) as u32).max(4 * info.format.buffer);
            let frames = if frames == 0 { usual } else { frames };
            Ring::new(frames.max(1) as usize, info.format.channels as usize)
        };
        let blocks = infos.0.as_ref().zip(infos.1.as_ref()).map(|(input, output)| {
            let frames = 4 * input.format.buffer.max(output.format.buffer);
            Ring::new(frames as usize, input.format.channels as usize)
        });
        let is_queued = options.data.is_none();
        let shared = Shared::new(
            infos.0.as_ref().filter(|_| is_queued).map(|info| queue(info, options.input_queue, INPUT_QUEUE)),
            infos.1.as_ref().filter(|_| is_queued).map(|info| queue(info, options.output_queue, OUTPUT_QUEUE)),
            blocks.filter(|_| options.monitor || !is_queued),
        );
        let piece = |info: &Option<Info>| vec![0.0; PIECE * info.as_ref().map_or(0, |i| i.format.channels as usize)];
        Self {
            process: std::process::id(),
            shared: Arc::new(shared),
            exchange: Arc::default(),
            ignores_dropped_input: AtomicBool::new(false),
            reading: Mutex::new(piece(&infos.0)),
            writing: Mutex::new(piece(&infos.1)),
            control: Mutex::new(Control { input, output, running: Vec::new(), process: None, heard: None }),
            data: options.data.clone(),
            monitor: options.monitor,
            input: infos.0,
            output: infos.1,
        }
    }

    /// Lets the audio flow. Frames of input from before are forgotten.
    ///
    /// # Errors
    /// The device is gone or refuses; the stream was closed.
    pub fn start(&self) -> Result<()> {
        self.check_process()?;
        let mut control = lock(&self.control);
        match self.shared.phase() {
            Phase::Running => return Ok(()),
            // A wait for the end that was given up does not end the stream.
            Phase::Draining if self.shared.turn(Phase::Draining, Phase::Running) => return Ok(()),
            _ if control.input.is_none() && control.output.is_none() => return Err(closed()),
            _ => {}
        }
        control.running.clear();
        control.heard = None;
        self.shared.forget_failure();
        self.exchange.clear();
        self.inputs().for_each(Ring::clear);
        self.shared.set_phase(Phase::Running);
        let started = self.start_lines(&mut control);
        if started.is_err() {
            self.shared.set_phase(Phase::Stopped);
            control.running.clear();
        }
        started
    }

    fn start_lines(&self, control: &mut Control) -> Result<()> {
        let inputs = |side: &Side<Capture>| side.info.format.channels as usize;
        let input_channels = control.input.as_ref().map_or(0, inputs);
        if let Some(side) = &mut control.input {
            let data = self.data.clone().filter(|_| control.output.is_none());
            let running = side.line()?.start(Capture::new(Arc::clone(&self.shared), input_channels, data))?;
            control.running.push(running);
        }
        if let Some(side) = &mut control.output {
            let render = Rendering {
                channels: side.info.format.channels as usize,
                input_channels,
                blocks: (self.input.as_ref().map_or(0, |input| input.format.buffer), side.info.format.buffer),
                is_monitoring: self.monitor,
                data: self.data.clone(),
                process: control.process.clone(),
                exchange: Arc::clone(&self.exchange),
            };
            let running = side.line()?.start(Render::new(Arc::clone(&self.shared), render))?;
            control.running.push(running);
        }
        Ok(())
    }

    /// Ends the flow at once: what was written and not yet played is dropped, what was recorded can still be read.
    ///
    /// No callback runs any more when it returns, unless it was called by one.
    pub fn stop(&self) {
        if self.is_own() {
            self.end(&mut lock(&self.control), Phase::Stopped);
        }
    }

    fn end(&self, control: &mut Control, phase: Phase) {
        if self.shared.phase() != Phase::Closed {
            self.shared.set_phase(phase);
        }
        control.running.clear();
        if let Some(ring) = &self.shared.output {
            // Not before a write that saw the stream run has returned, which would fill the queue again.
            let _written = lock(&self.writing);
            ring.clear();
        }
    }

    /// Stops, and lets go of the devices for good. Counts can still be asked for.
    pub fn close(&self) {
        if !self.is_own() {
            return;
        }
        let mut control = lock(&self.control);
        self.end(&mut control, Phase::Closed);
        (control.input, control.output, control.process) = (None, None, None);
        if let Some(ring) = &self.shared.input {
            ring.clear();
        }
    }

    /// Waits until all that was written has been heard, or the data callback has come to its end; then stops.
    ///
    /// # Errors
    /// The device went away, the token was set, or the time was up: then it still plays.
    pub fn drain(&self, wait: &Wait<'_>) -> Result<()> {
        self.check_process()?;
        if self.data.is_none() && self.shared.output.is_some() {
            self.shared.turn(Phase::Running, Phase::Draining);
        }
        loop {
            match self.shared.phase() {
                Phase::Failed => return Err(self.shared.failure()),
                Phase::Closed => return Err(closed()),
                Phase::Stopped => return Ok(()),
                Phase::Drained => break,
                Phase::Running if self.data.is_none() => break,
                Phase::Running | Phase::Draining => self.pause(wait)?,
            }
        }
        // The device has it all now, but people have not heard it yet.
        let latency = Duration::from_secs_f64(self.latency(Direction::Output));
        let heard = *lock(&self.control).heard.get_or_insert_with(|| Instant::now() + latency);
        while self.shared.phase() == Phase::Drained && Instant::now() < heard {
            self.pause(wait)?;
        }
        self.stop();
        Ok(())
    }

    /// Waits a little, if there is time left.
    fn pause(&self, wait: &Wait<'_>) -> Result<()> {
        wait.cancel.check()?;
        let Some(left) = wait.left() else {
            return Err(Error::new(ErrorKind::TimedOut, "the time was up before all was played"));
        };
        self.shared.signal.wait(left);
        Ok(())
    }

    /// Takes recorded frames into `dst`; returns how many.
    ///
    /// Fewer than fit are no fault: the time was up, the stream stopped, the
    /// device went away or the token was set. If there is none at all, the
    /// latter two are errors.
    ///
    /// # Errors
    /// As said, and for a stream without input to be read. Once after frames were
    /// dropped, unless that is ignored: nothing was read then, and the count begins anew.
    pub fn read<S: Sample>(&self, dst: &mut FramesMut<'_, S>, wait: &Wait<'_>) -> Result<usize> {
        self.read_into(dst, wait)
    }

    fn read_into(&self, dst: &mut dyn Destination, wait: &Wait<'_>) -> Result<usize> {
        self.check_process()?;
        let ring = self.shared.input.as_ref().ok_or_else(|| self.missing(Direction::Input))?;
        let channels = self.channels(Direction::Input) as usize;
        if !self.ignores_dropped_input() && ring.dropped() > 0 {
            return Err(Error::new(
                ErrorKind::InputDropped,
                format!(
                    "{} frames of audio data were dropped since the last read: they were not read in time",
                    ring.reset_dropped()
                ),
            ));
        }
        let mut piece = lock(&self.reading);
        let mut done = 0;
        let frames = dst.frames();
        self.exchange_frames(wait, frames, &mut done, |done| {
            let fit = (frames - done).min(PIECE) * channels;
            let got = ring.pop(&mut piece[..fit]);
            let frames = Frames::new(&piece[..got * channels], channels, Layout::Interleaved);
            dst.copy(done, got, &frames.any(), 0);
            got
        })
    }

    /// Has `src` played after what was written before; returns how many frames were taken.
    ///
    /// One channel goes to all of the device's. Fewer than there are, as for [`Stream::read`];
    /// a stream that is stopped takes what its queue holds, to be played from the start.
    ///
    /// # Errors
    /// As for [`Stream::read`]; for another number of channels.
    pub fn write<S: Sample>(&self, src: &Frames<'_, S>, wait: &Wait<'_>) -> Result<usize> {
        self.write_any(&src.any(), wait)
    }

    /// As [`Stream::write`], of samples whose type is known only at run time.
    pub fn write_any(&self, src: &AnyFrames<'_>, wait: &Wait<'_>) -> Result<usize> {
        self.check_process()?;
        let ring = self.shared.output.as_ref().ok_or_else(|| self.missing(Direction::Output))?;
        let channels = self.channels(Direction::Output) as usize;
        if src.channels() != channels && src.channels() != 1 {
            return Err(Error::invalid(format!(
                "{} channels are no match for the {channels} of the device; one channel goes to all",
                src.channels()
            )));
        }
        let mut piece = lock(&self.writing);
        let mut done = 0;
        self.shared.is_writing.store(true, Ordering::Release);
        let written = self.exchange_frames(wait, src.len(), &mut done, |done| {
            // Room first: only what is put in is converted.
            let frames = ((ring.capacity() - ring.len()) as usize).min(src.len() - done).min(PIECE);
            let samples = &mut piece[..frames * src.channels()];
            src.copy_to(done, &mut FramesMut::new(samples, src.channels(), Layout::Interleaved));
            if src.channels() < channels {
                spread(&mut piece, frames, channels);
            }
            ring.push(&piece[..frames * channels])
        });
        self.shared.is_writing.store(false, Ordering::Release);
        written
    }

    /// Moves pieces until all `frames` are done, or for as long as a call may wait.
    fn exchange_frames(
        &self,
        wait: &Wait<'_>,
        frames: usize,
        done: &mut usize,
        mut piece: impl FnMut(usize) -> usize,
    ) -> Result<usize> {
        loop {
            // Before the piece: what came in until the end is still taken.
            let phase = self.shared.phase();
            let moved = if phase == Phase::Closed { 0 } else { piece(*done) };
            *done += moved;
            if *done == frames && phase != Phase::Closed {
                return Ok(frames);
            }
            if moved > 0 {
                continue;
            }
            match phase {
                Phase::Failed if *done == 0 => return Err(self.shared.failure()),
                Phase::Closed if *done == 0 => return Err(closed()),
                Phase::Running | Phase::Draining => {}
                _ => return Ok(*done),
            }
            if wait.cancel.is_set() && *done == 0 {
                wait.cancel.check()?;
            }
            match wait.left() {
                Some(left) if !wait.cancel.is_set() => self.shared.signal.wait(left),
                _ => return Ok(*done),
            }
        }
    }

    /// Has `process` change everything that is played from now on, in the device's thread; `None` for nothing.
    ///
    /// When it returns, the one before is not called any more; after an error it goes on, and the new one is not called.
    ///
    /// # Errors
    /// The device stands still, so that it cannot be told; the stream has no output.
    pub fn set_process(&self, process: Option<Process>) -> Result<()> {
        self.check_process()?;
        if self.output.is_none() {
            return Err(self.missing(Direction::Output));
        }
        let mut control = lock(&self.control);
        if !self.shared.phase().is_live() {
            // A device that has come to its end may be in its last call.
            control.running.clear();
            control.process = process;
            return Ok(());
        }
        self.exchange.put(process.clone());
        let patience = Instant::now() + Duration::from_secs(2);
        while self.exchange.is_waiting() && self.shared.phase().is_live() && Instant::now() < patience {
            self.shared.signal.wait(Duration::MAX);
        }
        let was_fetched = !self.exchange.clear();
        if !was_fetched && self.shared.phase().is_live() {
            return Err(Error::new(
                ErrorKind::DeviceLost,
                "the device has asked for no audio for 2 s: what processes it is the same as before",
            ));
        }
        if !was_fetched {
            control.running.clear();
        }
        control.process = process;
        Ok(())
    }

    /// The opened device of a direction.
    pub fn info(&self, direction: Direction) -> Option<&Info> {
        match direction {
            Direction::Input => self.input.as_ref(),
            Direction::Output => self.output.as_ref(),
        }
    }

    /// Samples per frame of a direction; 0 without it.
    pub fn channels(&self, direction: Direction) -> u32 {
        self.info(direction).map_or(0, |info| info.format.channels)
    }

    /// Sample rate in Hz.
    pub fn rate(&self) -> u32 {
        self.output.as_ref().or(self.input.as_ref()).map_or(0, |info| info.format.rate)
    }

    /// Frames that the device takes or gives at a time; those of the output, if there is one.
    pub fn buffer_size(&self) -> u32 {
        self.output.as_ref().or(self.input.as_ref()).map_or(0, |info| info.format.buffer)
    }

    /// Seconds between this library and the air, without what waits in the queues; 0 without the direction.
    pub fn latency(&self, direction: Direction) -> f64 {
        self.info(direction).map_or(0.0, |info| info.latency)
    }

    /// Whether audio flows.
    pub fn is_running(&self) -> bool {
        self.is_own() && self.shared.phase().is_live()
    }

    /// Whether this process opened it; in a forked child it is as good as closed.
    pub fn is_own(&self) -> bool {
        self.process == std::process::id()
    }

    fn check_process(&self) -> Result<()> {
        if self.is_own() {
            return Ok(());
        }
        let message = "the stream was opened before the process forked, and flows in the parent: open a new one";
        Err(Error::new(ErrorKind::Closed, message))
    }

    /// Why the stream ended by itself.
    pub fn failure(&self) -> Option<Error> {
        (self.shared.phase() == Phase::Failed).then(|| self.shared.failure())
    }

    /// Frames that wait to be read, or to be played.
    pub fn buffered(&self, direction: Direction) -> u64 {
        match direction {
            Direction::Input => self.shared.input.as_ref().map_or(0, Ring::len),
            Direction::Output => self.shared.output.as_ref().map_or(0, Ring::len),
        }
    }

    /// Frames of input that were not taken in time, since this was last reset: by
    /// reading, and by the data callback or the output that the input is played on.
    pub fn dropped_input(&self) -> u64 {
        self.inputs().map(Ring::dropped).sum()
    }

    /// Sets the count of dropped input to 0, and gives it.
    pub fn reset_dropped_input(&self) -> u64 {
        self.inputs().map(Ring::reset_dropped).sum()
    }

    /// The queues that the input goes into.
    fn inputs(&self) -> impl Iterator<Item = &Ring> {
        [&self.shared.input, &self.shared.bridge].into_iter().flatten()
    }

    /// Whether reading goes on over dropped input without an error.
    pub fn ignores_dropped_input(&self) -> bool {
        self.ignores_dropped_input.load(Ordering::Relaxed)
    }

    /// Sets whether reading goes on over dropped input without an error.
    pub fn ignore_dropped_input(&self, ignore: bool) {
        self.ignores_dropped_input.store(ignore, Ordering::Relaxed);
    }

    /// Frames of silence that were played because nothing was written in time, after the first that was.
    pub fn missed_output(&self) -> u64 {
        self.shared.missed.load(Ordering::Relaxed)
    }

    /// Sets the count of missed output to 0, and gives it.
    pub fn reset_missed_output(&self) -> u64 {
        self.shared.missed.swap(0, Ordering::Relaxed)
    }

    fn missing(&self, direction: Direction) -> Error {
        let word = direction.word();
        if self.info(direction).is_some() {
            return Error::invalid("all audio of this stream goes through its data callback");
        }
        Error::invalid(format!("the stream was opened without an {word} device"))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if self.is_own() {
            return self.close();
        }
        // A forked child: to end a line would end the parent's, whose connection it is, or wait for a thread that is
        // not here. Perhaps a thread of the parent held the lock.
        let control = self.control.get_mut().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut control.running).into_iter().for_each(std::mem::forget);
        std::mem::forget((control.input.take(), control.output.take()));
    }
}

fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the stream was closed")
}

/// Copies each of the first `frames` samples into all channels of a frame, in place.
fn spread(samples: &mut [f32], frames: usize, channels: usize) {
    for i in (0..frames).rev() {
        let sample = samples[i];
        samples[i * channels..(i + 1) * channels].fill(sample);
    }
}
