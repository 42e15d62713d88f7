//! Devices: what there is to play on and record from, and streams on them.
//!
//! A [`Host`] is one way to devices (a sound system, or the ones made up for
//! tests); it opens a [`Line`] for each direction. A line that was started
//! calls its [`Capture`] or [`Render`] end from a thread of its own. [`Stream`]
//! joins two ends, the queues between them and the caller, and what the caller
//! waits for.

#[cfg(all(feature = "devices", target_os = "linux"))]
mod alsa;
mod engine;
mod mixdown;
mod null;
mod play;
#[cfg(all(feature = "devices", unix))]
mod pulse;
pub mod ring;
mod stream;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

pub use engine::{Capture, Data, Process, Render};
pub use play::{PlayOptions, play, play_on};
#[cfg(all(feature = "devices", unix))]
pub use pulse::Pulse;
pub use stream::{Stream, StreamOptions, Wait};

use super::{Error, ErrorKind, Result};

/// The id that stands for the device the system prefers.
pub const DEFAULT: &str = "default";

/// In seconds; what a device says beyond it is not believed.
const MAX_LATENCY: f64 = 10.0;
/// Devices that are listed at most.
const MAX_DEVICES: usize = 1024;

/// Which way the audio goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the device: recording.
    Input,
    /// To the device: playing.
    Output,
}

impl Direction {
    fn word(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output => "output",
        }
    }
}

/// A device that can be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Opens it, also after a restart of the machine: "pulse:alsa_output.pci-0000_00_1f.3.analog-stereo".
    pub id: String,
    /// For people; each in a list is another.
    pub name: String,
    /// The rate that needs no conversion, in Hz; 0 if it is not known.
    pub rate: u32,
    /// Its channels; 0 if they are not known.
    pub channels: u32,
    /// The system prefers it.
    pub is_default: bool,
}

/// How a line carries audio: interleaved 32-bit floats. In a wish, 0 is what suits the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Format {
    /// In Hz.
    pub rate: u32,
    /// Samples per frame.
    pub channels: u32,
    /// Frames that the device takes or gives at a time.
    pub buffer: u32,
}

/// An opened line.
#[derive(Debug, Clone, PartialEq)]
pub struct Info {
    /// The device's name, for people.
    pub name: String,
    /// What was agreed on.
    pub format: Format,
    /// Seconds between the line's end and the air.
    pub latency: f64,
}

/// One way to devices.
pub trait Host: Send + Sync {
    /// What can be opened, the preferred one first.
    ///
    /// # Errors
    /// The sound system gives no answer.
    fn devices(&self, direction: Direction) -> Result<Vec<Device>>;

    /// Opens a device, named as in its id behind the host's own prefix, to record.
    ///
    /// # Errors
    /// There is none, or it refuses the wish.
    fn open_input(&self, device: &str, wish: Format) -> Result<Box<dyn Line<Capture>>>;

    /// Opens a device to play.
    ///
    /// # Errors
    /// There is none, or it refuses the wish.
    fn open_output(&self, device: &str, wish: Format) -> Result<Box<dyn Line<Render>>>;
}

/// A device opened in one direction, still silent.
pub trait Line<End>: Send {
    /// What it is.
    fn info(&self) -> &Info;

    /// Lets the audio flow. What comes back ends it when dropped: the end is not called any more then.
    ///
    /// # Errors
    /// The device is gone or refuses.
    fn start(self: Box<Self>, end: End) -> Result<Box<dyn Running>>;
}

/// A line at work.
pub trait Running: Send {}

/// Lists the devices of one direction, the default one first; none where no sound system answers.
///
/// # Errors
/// A sound system breaks off, or this build has no devices.
pub fn devices(direction: Direction) -> Result<Vec<Device>> {
    let system = match system() {
        Err(error) if error.kind() == ErrorKind::NoDevice => return Ok(Vec::new()),
        found => found?,
    };
    let mut devices = devices_on(&*system.host, direction)?;
    for device in &mut devices {
        device.id = format!("{}:{}", system.prefix, device.id);
    }
    Ok(devices)
}

/// Lists the devices of a host of one's own, each with a name of its own.
///
/// # Errors
/// The host gives none.
pub fn devices_on(host: &dyn Host, direction: Direction) -> Result<Vec<Device>> {
    let mut devices = host.devices(direction)?;
    devices.truncate(MAX_DEVICES);
    tell_apart(&mut devices);
    Ok(devices)
}

/// Gives devices of the same name numbers.
fn tell_apart(devices: &mut [Device]) {
    let mut taken: HashSet<String> = HashSet::with_capacity(devices.len());
    // The first number of each name that may be free: none is tried twice.
    let mut numbers: HashMap<String, u32> = HashMap::new();
    for device in devices {
        if taken.contains(&device.name) {
            let number = numbers.entry(device.name.clone()).or_insert(2);
            while taken.contains(&format!("{} ({number})", device.name)) {
                *number += 1;
            }
            device.name = format!("{} ({number})", device.name);
            *number += 1;
        }
        taken.insert(device.name.clone());
    }
}

/// A host with the prefix of its ids.
struct System {
    prefix: &'static str,
    host: Arc<dyn Host>,
}

/// The first sound system that answers; otherwise says why none does.
#[cfg(feature = "devices")]
fn system() -> Result<System> {
    #[cfg(unix)]
    let reason = match pulse::Pulse::find() {
        Ok(host) => return Ok(System { prefix: pulse::PREFIX, host: Arc::new(host) }),
        Err(error) => error.message().to_owned(),
    };
    #[cfg(not(unix))]
    let reason = "this system's sound is not known to the library";
    #[cfg(target_os = "linux")]
    if let Some(host) = alsa::Alsa::find() {
        return Ok(System { prefix: alsa::PREFIX, host: Arc::new(host) });
    }
    let message = format!("There is no sound system: neither PulseAudio or PipeWire nor ALSA answers: {reason}");
    Err(Error::new(ErrorKind::NoDevice, message))
}

#[cfg(not(feature = "devices"))]
fn system() -> Result<System> {
    Err(super::feature::DEVICES.left_out("there are no devices to play on or record from"))
}

/// The host of a device, and the device's name there; `tests` has those without hardware.
fn find(device: &str, direction: Direction, tests: &Arc<null::Null>) -> Result<(Arc<dyn Host>, String)> {
    let kind = device.split(':').next().unwrap_or(device);
    if [null::NULL, null::LOOPBACK].contains(&kind) {
        return Ok((Arc::clone(tests) as Arc<dyn Host>, device.to_owned()));
    }
    let absent = |reason: &str| Error::new(ErrorKind::NoDevice, format!("No such device: {device}. {reason}"));
    let because = |error: Error| if error.kind() == ErrorKind::NoDevice { absent(error.message()) } else { error };
    #[cfg(all(feature = "devices", unix))]
    if let Some(name) = behind(pulse::PREFIX, device) {
        return Ok((Arc::new(pulse::Pulse::find().map_err(because)?), name));
    }
    #[cfg(all(feature = "devices", target_os = "linux"))]
    if let Some(name) = behind(alsa::PREFIX, device) {
        return Ok((Arc::new(alsa::Alsa::load().map_err(because)?), name));
    }
    let system = system().map_err(because)?;
    if device == DEFAULT {
        return Ok((system.host, String::new()));
    }
    match devices_on(&*system.host, direction)?.into_iter().find(|d| d.name == device) {
        Some(found) => Ok((system.host, found.id)),
        None => Err(absent(&format!("It is the id or name of no {} device", direction.word()))),
    }
}

/// The device's name in an id of the host with this prefix.
#[cfg(feature = "devices")]
fn behind(prefix: &str, id: &str) -> Option<String> {
    let name = id.strip_prefix(prefix)?.strip_prefix(':')?;
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart() {
        let named =
            |name: &str| Device { id: String::new(), name: name.to_owned(), rate: 0, channels: 0, is_default: false };
        let mut devices = ["A", "B", "A", "A (2)", "A"].map(named);
        tell_apart(&mut devices);
        assert_eq!(devices.map(|d| d.name), ["A", "B", "A (2)", "A (2) (2)", "A (3)"]);
    }
}
