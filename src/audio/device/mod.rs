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
mod null;
mod play;
#[cfg(all(feature = "devices", unix))]
mod pulse;
pub mod ring;
mod stream;

use std::sync::Arc;

pub use engine::{Capture, Data, Process, Render};
pub use play::{PlayOptions, play, play_on};
pub use stream::{Stream, StreamOptions, Wait};

use super::{Error, ErrorKind, Result};

/// The id that stands for the device the system prefers.
pub const DEFAULT: &str = "default";

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
    let Some(system) = system()? else { return Ok(Vec::new()) };
    let mut devices = system.host.devices(direction)?;
    for device in &mut devices {
        device.id = format!("{}:{}", system.prefix, device.id);
    }
    tell_apart(&mut devices);
    Ok(devices)
}

/// Gives devices of the same name numbers.
fn tell_apart(devices: &mut [Device]) {
    for i in 1..devices.len() {
        let (before, rest) = devices.split_at_mut(i);
        let name = &mut rest[0].name;
        let is_taken = |name: &str| before.iter().any(|device| device.name == name);
        if is_taken(name) {
            let free = (2..).map(|n| format!("{name} ({n})")).find(|name| !is_taken(name));
            *name = free.unwrap_or_default();
        }
    }
}

/// A host with the prefix of its ids.
struct System {
    prefix: &'static str,
    host: Arc<dyn Host>,
}

/// The first sound system that answers.
#[cfg(feature = "devices")]
fn system() -> Result<Option<System>> {
    #[cfg(unix)]
    if let Some(host) = pulse::Pulse::find() {
        return Ok(Some(System { prefix: pulse::PREFIX, host: Arc::new(host) }));
    }
    #[cfg(target_os = "linux")]
    if let Some(host) = alsa::Alsa::find() {
        return Ok(Some(System { prefix: alsa::PREFIX, host: Arc::new(host) }));
    }
    Ok(None)
}

#[cfg(not(feature = "devices"))]
fn system() -> Result<Option<System>> {
    Err(Error::unsupported("this build of the library has no devices: its feature `devices` was left out"))
}

/// The host of a device, and the device's name there; `tests` has those without hardware.
fn find(device: &str, direction: Direction, tests: &Arc<null::Null>) -> Result<(Arc<dyn Host>, String)> {
    let kind = device.split(':').next().unwrap_or(device);
    if [null::NULL, null::LOOPBACK].contains(&kind) {
        return Ok((Arc::clone(tests) as Arc<dyn Host>, device.to_owned()));
    }
    #[cfg(all(feature = "devices", unix))]
    if let Some(name) = behind(pulse::PREFIX, device) {
        return Ok((Arc::new(pulse::Pulse::reach()?), name));
    }
    #[cfg(all(feature = "devices", target_os = "linux"))]
    if let Some(name) = behind(alsa::PREFIX, device) {
        return Ok((Arc::new(alsa::Alsa::load()?), name));
    }
    let Some(system) = system()? else {
        return Err(Error::new(
            ErrorKind::NoDevice,
            format!(
                "No such device: {device}. There is no sound system: neither PulseAudio or PipeWire nor ALSA answers"
            ),
        ));
    };
    if device == DEFAULT {
        return Ok((system.host, String::new()));
    }
    let mut devices = system.host.devices(direction)?;
    tell_apart(&mut devices);
    match devices.iter().find(|d| d.name == device) {
        Some(found) => Ok((system.host, found.id.clone())),
        None => Err(Error::new(
            ErrorKind::NoDevice,
            format!("No such device: {device}. It is the id or name of no {} device", direction.word()),
        )),
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
        let named = |name: &str| Device { id: String::new(), name: name.to_owned(), rate: 0, channels: 0 };
        let mut devices = ["A", "B", "A", "A (2)", "A"].map(named);
        tell_apart(&mut devices);
        assert_eq!(devices.map(|d| d.name), ["A", "B", "A (2)", "A (2) (2)", "A (3)"]);
    }
}
