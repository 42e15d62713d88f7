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
        loaded.ok_or_else(|| Error::new(ErrorKind::NoDevice, "ALSA's library, libasound.so.2, is not there"))
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
                        let info = Info { name: name_of(device, &self.0.hints()), format, latency };
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
        let (name, is_default) = (title(&hint), is_default(&hint));
        Device { id: hint.name, name, rate: 0, channels: 0, is_default }
    };
    kept.into_iter().map(device).collect()
}

/// The name of a device for people: what ALSA's configuration says of its id, or that.
fn name_of(id: &str, hints: &[Hint]) -> String {
    hints.iter().find(|hint| hint.name == id).map_or_else(|| id.to_owned(), title)
}

/// The card and its device; the line after them says that it is a plug.
fn title(hint: &Hint) -> String {
    hint.description.lines().next().unwrap_or(&hint.name).to_owned()
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
            let step = |pcm: &mut Pcm| if pcm.wait(NAP)? { work(pcm) } else { Err(Code::AGAIN) };
            let recover = |pcm: &mut Pcm, code| {
                pcm.recover(code)?;
                // Recording does not begin again by itself; playing does, and refuses this.
                let _ = pcm.start();
                Ok(())
            };
            match drive(&mut self.pcm, &seen, PATIENCE, step, recover) {
                Ok(()) => {}
                Err(Code::AGAIN) => fail(Error::new(ErrorKind::DeviceLost, "the device does not move any more")),
                Err(code) => {
                    let text = self.alsa.text(code);
                    fail(Error::new(ErrorKind::DeviceLost, format!("the device went away: {text}")));
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

/// Takes step after step until it is told that it is over, and recovers from
/// failures; gives the number of one that it cannot recover from, or
/// [`Code::AGAIN`] if nothing has moved for as long as `patience`.
fn drive<P>(
    pcm: &mut P,
    is_over: &AtomicBool,
    patience: Duration,
    mut step: impl FnMut(&mut P) -> std::result::Result<(), Code>,
    mut recover: impl FnMut(&mut P, Code) -> std::result::Result<(), Code>,
) -> std::result::Result<(), Code> {
    let mut moved = Instant::now();
    let mut has_failed = false;
    while !is_over.load(Ordering::Acquire) {
        match step(pcm) {
            Ok(()) => (moved, has_failed) = (Instant::now(), false),
            Err(Code::AGAIN) => {}
            Err(code) => {
                if recover(pcm, code).is_err_and(|refusal| refusal != Code::AGAIN) {
                    return Err(code);
                }
                // What fails twice running is given time.
                if has_failed {
                    std::thread::sleep(Duration::from_millis(NAP.unsigned_abs().into()));
                }
                has_failed = true;
            }
        }
        if moved.elapsed() > patience {
            return Err(Code::AGAIN);
        }
    }
    Ok(())
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

    /// Steps and recoveries of a device that answers with numbers in turn, until it has no more.
    fn driven(answers: &[Code], recovered: std::result::Result<(), Code>, patience: f64) -> (Code, usize, usize) {
        let (mut steps, mut recoveries) = (0, 0);
        let step = |count: &mut usize| {
            steps += 1;
            *count += 1;
            Err(answers[(*count - 1) % answers.len()])
        };
        let recover = |_: &mut usize, _| {
            recoveries += 1;
            recovered
        };
        let end = drive(&mut 0, &AtomicBool::new(false), Duration::from_secs_f64(patience), step, recover);
        (end.unwrap_err(), steps, recoveries)
    }

    #[test]
    fn a_device_that_fails_again_and_again_is_lost() {
        // It says each time that it has recovered, and never plays a sample.
        let (end, steps, recoveries) = driven(&[Code::GAP], Ok(()), 0.2);
        assert_eq!((end, steps), (Code::AGAIN, recoveries));
        assert!(steps < 10, "{steps} steps in a tight loop");
        // It does not wake up.
        let (end, ..) = driven(&[Code::ASLEEP], Err(Code::AGAIN), 0.1);
        assert_eq!(end, Code::AGAIN);
        // It is gone.
        assert_eq!(driven(&[Code(-19)], Err(Code(-19)), 60.0), (Code(-19), 1, 1));
        // It does nothing.
        assert_eq!(driven(&[Code::AGAIN], Ok(()), 0.02).0, Code::AGAIN);
    }

    #[test]
    fn gaps_between_what_is_played_are_no_loss() {
        let is_over = AtomicBool::new(false);
        let step = |count: &mut u32| {
            *count += 1;
            is_over.store(*count == 1000, Ordering::Relaxed);
            if count.is_multiple_of(2) { Ok(()) } else { Err(Code::GAP) }
        };
        let recover = |_: &mut u32, _| Ok(());
        assert_eq!(drive(&mut 0, &is_over, Duration::from_secs(60), step, recover), Ok(()));
    }

    #[test]
    fn an_opened_device_has_the_name_of_the_list() {
        let hint = Hint {
            name: "plughw:CARD=Mic".to_owned(),
            description: "USB Microphone\nHardware device".to_owned(),
            direction: None,
        };
        assert_eq!(name_of("plughw:CARD=Mic", &[hint]), "USB Microphone");
        assert_eq!(name_of("hw:7", &[]), "hw:7");
    }

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
        // The first is the default one only if there is one.
        let is_default = |hints| listed(hints, Direction::Output)[0].is_default;
        assert!(is_default(hints.clone()) && !is_default(hints[..5].to_vec()));
    }
}
