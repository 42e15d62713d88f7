//! Devices without hardware, for tests: a clock that takes and gives audio.
//!
//! - `null` plays nothing and records silence.
//! - `loopback` records what the same stream plays on it, without a gap.
//!
//! Behind a colon come settings with commas between them: `null:rate=44100,channels=1`
//! makes a device with one rate and one channel, `lost=0.5` one that goes away
//! half a second after it was started.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::engine::lock;
use super::{Capture, Device, Direction, Format, Host, Info, Line, Render, Running};
use crate::audio::{Error, ErrorKind, Result};

/// Names of the devices.
pub const NULL: &str = "null";
pub const LOOPBACK: &str = "loopback";

/// The longest sleep: how soon a device ends.
const NAP: Duration = Duration::from_millis(20);

/// Where the input of a loopback stands ready for its output.
type Tap = Arc<Mutex<Option<Capture>>>;

/// The devices of one stream.
#[derive(Default)]
pub struct Null {
    tap: Tap,
    /// A loopback was opened to play on.
    has_loopback: AtomicBool,
}

/// What an id asks for.
#[derive(Debug, Clone, Copy)]
struct Settings {
    is_loopback: bool,
    rate: Option<u32>,
    channels: Option<u32>,
    lost: Option<f64>,
}

impl Settings {
    fn read(device: &str) -> Result<Self> {
        let (name, words) = device.split_once(':').unwrap_or((device, ""));
        let mut settings = Self { is_loopback: name == LOOPBACK, rate: None, channels: None, lost: None };
        for word in words.split(',').filter(|word| !word.is_empty()) {
            let number = |limit: f64| {
                let value = word.split_once('=').and_then(|(_, value)| value.parse::<f64>().ok());
                value.filter(|value| *value > 0.0 && *value <= limit)
            };
            let known = match word.split('=').next() {
                Some("rate") => number(768e3).map(|n| settings.rate = Some(n as u32)),
                Some("channels") => number(64.0).map(|n| settings.channels = Some(n as u32)),
                Some("lost") => number(1e6).map(|n| settings.lost = Some(n)),
                _ => None,
            };
            if known.is_none() {
                let message = format!("No such device: {device}. A test device has no setting `{word}`");
                return Err(Error::new(ErrorKind::NoDevice, message));
            }
        }
        Ok(settings)
    }

    /// What comes of a wish.
    fn format(self, wish: Format) -> Format {
        let or = |value: u32, default: u32| if value == 0 { default } else { value };
        Format {
            rate: self.rate.unwrap_or(or(wish.rate, 48_000)),
            channels: self.channels.unwrap_or(or(wish.channels, 2)),
            buffer: or(wish.buffer, 512),
        }
    }
}

struct Silence {
    info: Info,
    settings: Settings,
    tap: Tap,
}

impl Null {
    fn open(&self, device: &str, wish: Format) -> Result<Box<Silence>> {
        let settings = Settings::read(device)?;
        let format = settings.format(wish);
        let latency = f64::from(format.buffer) / f64::from(format.rate);
        let info = Info { name: device.to_owned(), format, latency };
        Ok(Box::new(Silence { info, settings, tap: Arc::clone(&self.tap) }))
    }
}

impl Host for Null {
    fn devices(&self, _direction: Direction) -> Result<Vec<Device>> {
        Ok(Vec::new())
    }

    fn open_input(&self, device: &str, wish: Format) -> Result<Box<dyn Line<Capture>>> {
        let line = self.open(device, wish)?;
        if line.settings.is_loopback && !self.has_loopback.load(Ordering::Acquire) {
            return Err(Error::invalid("a loopback records what the same stream plays on it: name it as output too"));
        }
        Ok(line)
    }

    fn open_output(&self, device: &str, wish: Format) -> Result<Box<dyn Line<Render>>> {
        let line = self.open(device, wish)?;
        self.has_loopback.fetch_or(line.settings.is_loopback, Ordering::Release);
        Ok(line)
    }
}

impl Line<Capture> for Silence {
    fn info(&self) -> &Info {
        &self.info
    }

    fn start(self: Box<Self>, mut end: Capture) -> Result<Box<dyn Running>> {
        if self.settings.is_loopback {
            *lock(&self.tap) = Some(end);
            return Ok(Box::new(Tapped(self.tap)));
        }
        let silence = vec![0.0; (self.info.format.buffer * self.info.format.channels) as usize];
        Ok(Box::new(Clock::start(self.info.format, self.settings.lost, move |is_lost| {
            if is_lost { end.fail(lost()) } else { end.take(&silence) }
        })?))
    }
}

impl Line<Render> for Silence {
    fn info(&self) -> &Info {
        &self.info
    }

    fn start(self: Box<Self>, mut end: Render) -> Result<Box<dyn Running>> {
        let format = self.info.format;
        let mut block = vec![0.0; (format.buffer * format.channels) as usize];
        Ok(Box::new(Clock::start(format, self.settings.lost, move |is_lost| {
            if is_lost {
                return end.fail(lost());
            }
            end.fill(&mut block);
            if let Some(capture) = &mut *lock(&self.tap) {
                capture.take_from(&block, format.channels as usize);
            }
        })?))
    }
}

impl Capture {
    /// Takes what was played in frames of `channels`: channel `i % channels` is channel `i` of the input.
    fn take_from(&mut self, played: &[f32], channels: usize) {
        if channels == self.channels() {
            return self.take(played);
        }
        let inputs = self.channels();
        let frames = played.chunks_exact(channels).flat_map(|frame| (0..inputs).map(move |c| frame[c % channels]));
        self.take(&frames.collect::<Vec<f32>>());
    }
}

fn lost() -> Error {
    Error::new(ErrorKind::DeviceLost, "the device went away: it was made to")
}

/// The input of a loopback, which the output's clock serves.
struct Tapped(Tap);

impl Running for Tapped {}

impl Drop for Tapped {
    fn drop(&mut self) {
        *lock(&self.0) = None;
    }
}

/// A thread that works once in every buffer's time.
struct Clock {
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Clock {
    fn start(format: Format, lost: Option<f64>, mut work: impl FnMut(bool) + Send + 'static) -> Result<Self> {
        let is_over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&is_over);
        let run = move || {
            let start = Instant::now();
            let period = Duration::from_secs_f64(f64::from(format.buffer) / f64::from(format.rate));
            let end = lost.map(Duration::from_secs_f64);
            let mut due = Duration::ZERO;
            loop {
                due += period;
                while let Some(left) = due.checked_sub(start.elapsed()).filter(|left| !left.is_zero()) {
                    if seen.load(Ordering::Acquire) {
                        return;
                    }
                    std::thread::sleep(left.min(NAP));
                }
                if seen.load(Ordering::Acquire) {
                    return;
                }
                if end.is_some_and(|end| due >= end) {
                    return work(true);
                }
                work(false);
            }
        };
        let thread = std::thread::Builder::new().name("ondes-device".to_owned()).spawn(run);
        let thread = thread.map_err(|e| Error::io("start a thread for the device", &e))?;
        Ok(Self { is_over, thread: Some(thread) })
    }
}

impl Running for Clock {}

impl Drop for Clock {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        join(&mut self.thread);
    }
}

/// Waits for a device's thread to end, unless this is that thread: then it ends after this call.
pub(super) fn join(thread: &mut Option<JoinHandle<()>>) {
    if let Some(thread) = thread.take()
        && thread.thread().id() != std::thread::current().id()
    {
        drop(thread.join());
    }
}
