//! Devices of ALSA, for systems without a sound server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::null::join;
use super::{Capture, Device, Direction, Format, Host, Info, Line, Render, Running};
use crate::audio::{Error, ErrorKind, Result};
use crate::platform::alsa::{self, Code, Hint, Pcm};

/// In front of the ids of its devices.
pub const PREFIX: &str = "alsa";

/// What suits a device is found by trying.
const RATES: [u32; 2] = [48_000, 44_100];
const CHANNELS: [u32; 2] = [2, 1];
/// Periods in the buffer that ALSA makes.
const PERIODS: u32 = 4;
/// How long a thread sleeps at most, in milliseconds: how soon a stream ends.
const NAP: i32 = 50;
/// A device that does not move for so long is lost.
const PATIENCE: Duration = Duration::from_secs(5);

/// ALSA's library, with a card.
pub struct Alsa(&'static alsa::Alsa);

impl Alsa {
    /// ALSA, if the system has its library and the machine a card.
    pub fn find() -> Option<Self> {
        alsa::Alsa::get().filter(|alsa| alsa.has_card()).map(Self)
    }

    /// ALSA, with or without a card: its configuration may know other devices.
    ///
    /// # Errors
    /// The system does not have its library.
    pub fn load() -> Result<Self> {
        let loaded = alsa::Alsa::get().map(Self);
        loaded.ok_or_else(|| {
            Error::new(ErrorKind::NoDevice, "No such device: ALSA's library, libasound.so.2, is not there")
        })
    }

    fn error(&self, device: &str, code: Code) -> Error {
        let text = self.0.text(code);
        if code.is_absence() {
            return Error::new(ErrorKind::NoDevice, format!("No such device: {PREFIX}:{device}. ALSA says: {text}"));
        }
        Error::new(ErrorKind::DeviceRefused, format!("ALSA does not open {device}: {text}"))
    }

    fn open(&self, device: &str, wish: Format, direction: Direction) -> Result<Box<Opened>> {
        let device = if device.is_empty() { "default" } else { device };
        let is_input = direction == Direction::Input;
        let one = |value: u32, several: [u32; 2]| if value == 0 { several } else { [value; 2] };
        let mut pcm = self.0.open(device, is_input).map_err(|code| self.error(device, code))?;
        let mut refusal = Code::AGAIN;
        for rate in one(wish.rate, RATES) {
            for channels in one(wish.channels, CHANNELS) {
                let time = u64::from(PERIODS * wish.buffer) * 1_000_000 / u64::from(rate);
                match pcm.set(rate, channels, u32::try_from(time).unwrap_or(u32::MAX)) {
                    Ok((buffer, period)) => {
                        let format =
                            Format { rate, channels, buffer: u32::try_from(period).unwrap_or(wish.buffer).max(1) };
                        let latency = buffer as f64 / f64::from(rate);
                        let info = Info { name: device.to_owned(), format, latency };
                        return Ok(Box::new(Opened { alsa: self.0, pcm, info }));
                    }
                    Err(code) => refusal = code,
                }
            }
        }
        Err(self.error(device, refusal))
    }
}

impl Host for Alsa {
    fn devices(&self, direction: Direction) -> Result<Vec<Device>> {
        Ok(listed(self.0.hints(), direction))
    }

    fn open_input(&self, device: &str, wish: Format) -> Result<Box<dyn Line<Capture>>> {
        Ok(self.open(device, wish, Direction::Input)?)
    }

    fn open_output(&self, device: &str, wish: Format) -> Result<Box<dyn Line<Render>>> {
        Ok(self.open(device, wish, Direction::Output)?)
    }
}

/// The devices among what ALSA shows: the default one, and each plug of a card,
/// which converts whatever the card does not take. All else (surround50, front,
/// dmix, samplerate, …) are the same cards again, or no devices at all.
fn listed(hints: Vec<Hint>, direction: Direction) -> Vec<Device> {
    let word = if direction == Direction::Input { "Input" } else { "Output" };
    let fits = |hint: &Hint| hint.direction.as_deref().is_none_or(|d| d == word);
    let is_default = |hint: &Hint| hint.name == "default";
    let is_plug = |hint: &Hint| hint.name.starts_with("plughw:");
    let mut kept: Vec<Hint> = hints.into_iter().filter(|h| fits(h) && (is_default(h) || is_plug(h))).collect();
    kept.sort_by_key(|hint| !is_default(hint));
    let device = |hint: Hint| {
        // The card and its device; the line after them says that it is a plug.
        let name = hint.description.lines().next().unwrap_or(&hint.name).to_owned();
        Device { id: hint.name, name, rate: 0, channels: 0 }
    };
    kept.into_iter().map(device).collect()
}

/// A device, set up.
struct Opened {
    alsa: &'static alsa::Alsa,
    pcm: Pcm,
    info: Info,
}

impl Opened {
    fn spawn(
        mut self,
        fail: impl Fn(Error) + Send + 'static,
        mut work: impl FnMut(&mut Pcm) -> std::result::Result<(), Code> + Send + 'static,
    ) -> Result<Box<dyn Running>> {
        let is_over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&is_over);
        let run = move || {
            let mut moved = Instant::now();
            while !seen.load(Ordering::Acquire) {
                let done = match self.pcm.wait(NAP) {
                    Ok(true) => work(&mut self.pcm),
                    Ok(false) => Err(Code::AGAIN),
                    Err(code) => Err(code),
                };
                match done {
                    Ok(()) => moved = Instant::now(),
                    Err(Code::AGAIN) if moved.elapsed() < PATIENCE => {}
                    Err(Code::AGAIN) => {
                        return fail(Error::new(ErrorKind::DeviceLost, "the device does not move any more"));
                    }
                    Err(code) => {
                        if self.pcm.recover(code).is_err() {
                            let text = self.alsa.text(code);
                            return fail(Error::new(ErrorKind::DeviceLost, format!("the device went away: {text}")));
                        }
                        // Recording does not begin again by itself; playing does, and refuses this.
                        let _ = self.pcm.start();
                    }
                }
            }
        };
        let thread = std::thread::Builder::new().name("ondes-alsa".to_owned()).spawn(run);
        let thread = thread.map_err(|e| Error::io("start a thread for the device", &e))?;
        Ok(Box::new(Thread { is_over, thread: Some(thread) }))
    }

    /// Room for one period.
    fn period(&self) -> Vec<f32> {
        vec![0.0; (self.info.format.buffer * self.info.format.channels) as usize]
    }
}

impl Line<Capture> for Opened {
    fn info(&self) -> &Info {
        &self.info
    }

    fn start(mut self: Box<Self>, end: Capture) -> Result<Box<dyn Running>> {
        let gone =
            |code| Error::new(ErrorKind::DeviceLost, format!("the device does not start: {}", self.alsa.text(code)));
        self.pcm.start().map_err(gone)?;
        let mut samples = self.period();
        let channels = self.info.format.channels as usize;
        let failing = end.failing();
        let mut end = end;
        self.spawn(failing, move |pcm| {
            let frames = pcm.read(&mut samples)?;
            end.take(&samples[..frames * channels]);
            Ok(())
        })
    }
}

impl Line<Render> for Opened {
    fn info(&self) -> &Info {
        &self.info
    }

    fn start(self: Box<Self>, end: Render) -> Result<Box<dyn Running>> {
        let mut samples = self.period();
        let channels = self.info.format.channels as usize;
        let failing = end.failing();
        let mut end = end;
        // What of the period the device has taken.
        let mut done = samples.len();
        self.spawn(failing, move |pcm| {
            if done == samples.len() {
                end.fill(&mut samples);
                done = 0;
            }
            done += pcm.write(&samples[done..])? * channels;
            Ok(())
        })
    }
}

/// A device's thread.
struct Thread {
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Running for Thread {}

impl Drop for Thread {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        join(&mut self.thread);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_default_and_plugs_are_listed() {
        let hint = |name: &str, description: &str, direction: Option<&str>| Hint {
            name: name.to_owned(),
            description: description.to_owned(),
            direction: direction.map(str::to_owned),
        };
        let hints = vec![
            hint("null", "Discard all samples", None),
            hint("hw:CARD=PCH,DEV=0", "HDA Intel PCH, ALC257 Analog\nDirect hardware device", None),
            hint("plughw:CARD=PCH,DEV=0", "HDA Intel PCH, ALC257 Analog\nHardware device with conversions", None),
            hint("plughw:CARD=PCH,DEV=3", "HDA Intel PCH, HDMI 0\nHardware device with conversions", Some("Output")),
            hint("surround51:CARD=PCH,DEV=0", "5.1 Surround", Some("Output")),
            hint("default", "Default Audio Device", None),
        ];
        let names = |direction| -> Vec<(String, String)> {
            listed(hints.clone(), direction).into_iter().map(|d| (d.id, d.name)).collect()
        };
        let pair = |id: &str, name: &str| (id.to_owned(), name.to_owned());
        let analog = pair("plughw:CARD=PCH,DEV=0", "HDA Intel PCH, ALC257 Analog");
        let default = pair("default", "Default Audio Device");
        assert_eq!(names(Direction::Input), [default.clone(), analog.clone()]);
        let hdmi = pair("plughw:CARD=PCH,DEV=3", "HDA Intel PCH, HDMI 0");
        assert_eq!(names(Direction::Output), [default, analog, hdmi]);
    }
}
