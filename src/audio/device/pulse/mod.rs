//! Devices of a PulseAudio server, or of PipeWire, which speaks its protocol.
//!
//! Each line has a connection and a thread of its own: it reads what the server
//! asks for or has recorded, and calls the line's end. Nothing is linked and
//! no library looked for, the server is reached through its socket.

mod wire;

use std::collections::HashSet;
use std::io;
use std::net::Shutdown;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use self::wire::{Answer, Command, Connection, DESCRIPTOR, Message, NONE, Packet, Spec, VERSION, Values, descriptor};
use super::engine::lock;
use super::null::join;
use super::{Capture, Device, Direction, Format, Host, Info, Line, MAX_LATENCY, Render, Running};
use crate::audio::{Error, ErrorKind, Result};

/// In front of the ids of its devices.
pub const PREFIX: &str = "pulse";

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// A server that says nothing for so long is asked whether it is there.
const SILENCE: Duration = Duration::from_secs(2);
/// How often a thread looks at the clock while nothing comes in.
const TICK: Duration = Duration::from_millis(500);

/// A server.
pub struct Pulse {
    socket: PathBuf,
    /// The connection that found it, for whoever needs one first.
    first: Mutex<Option<Connection>>,
}

impl Pulse {
    /// The server of this user.
    ///
    /// # Errors
    /// None lets this program in: why not.
    pub fn find() -> Result<Self> {
        Self::among(sockets())
    }

    /// The first server that lets this program in, of those that listen on these sockets.
    ///
    /// # Errors
    /// As for [`Self::find`].
    pub fn among(sockets: impl IntoIterator<Item = PathBuf>) -> Result<Self> {
        let mut tried = HashSet::new();
        let mut reasons = Vec::new();
        for socket in sockets {
            // Several variables may lead to the same one.
            if !tried.insert(socket.canonicalize().unwrap_or_else(|_| socket.clone())) {
                continue;
            }
            match greet(&socket) {
                Ok(connection) => return Ok(Self { socket, first: Mutex::new(Some(connection)) }),
                Err(error) => reasons.push(error.message().to_owned()),
            }
        }
        if reasons.is_empty() {
            reasons.push("no PulseAudio or PipeWire server was found".to_owned());
        }
        Err(Error::new(ErrorKind::NoDevice, reasons.join("; ")))
    }

    fn connect(&self) -> Result<Connection> {
        let first = lock(&self.first).take();
        first.map_or_else(|| greet(&self.socket), Ok)
    }

    /// Connects, and looks a device up; "" is the default one.
    fn find_device(&self, device: &str, direction: Direction) -> Result<(Connection, Found)> {
        let mut connection = self.connect()?;
        let (command, default) = match direction {
            Direction::Input => (Command::SourceInfo, "@DEFAULT_SOURCE@"),
            Direction::Output => (Command::SinkInfo, "@DEFAULT_SINK@"),
        };
        let name = if device.is_empty() { default } else { device };
        let reply = ask(&mut connection, command, |m| {
            m.u32(NONE).text(Some(name));
        });
        let reply = reply.map_err(|error| match error.kind() {
            ErrorKind::NoDevice if device.is_empty() => {
                Error::new(ErrorKind::NoDevice, format!("the sound server has no {} device", direction.word()))
            }
            ErrorKind::NoDevice => Error::new(ErrorKind::NoDevice, format!("No such device: {PREFIX}:{device}")),
            _ => error,
        })?;
        let found = Found::read(&mut Values(&reply)).map_err(|e| broken(&e))?;
        Ok((connection, found))
    }

    /// Opens a stream, corked. What is asked for beyond that, `buffer` and `rest` put into the message.
    fn open(
        &self,
        direction: Direction,
        device: &str,
        wish: Format,
        buffer: impl FnOnce(&mut Message, u32),
    ) -> Result<(Opened, Vec<u8>)> {
        let (mut connection, found) = self.find_device(device, direction)?;
        let or = |value: u32, default: u32| if value == 0 { default } else { value };
        let channels = or(wish.channels, u32::from(found.spec.channels));
        let rate = or(wish.rate, found.spec.rate);
        let channels = u8::try_from(channels).map_err(|_| {
            Error::new(ErrorKind::DeviceRefused, format!("the sound server has no streams of {channels} channels"))
        })?;
        let format = Format { rate, channels: u32::from(channels), buffer: wish.buffer };
        let map = if channels == found.spec.channels { found.map.clone() } else { speakers(channels) };
        let command = match direction {
            Direction::Input => Command::CreateRecord,
            Direction::Output => Command::CreatePlayback,
        };
        let period = format.buffer * format.channels * size_of::<f32>() as u32;
        let reply = ask(&mut connection, command, |m| {
            m.spec(Spec { channels, rate }).map(&map);
            m.u32(NONE).text(Some(&found.name)).u32(NONE).bool(true);
            buffer(m, period);
            if direction == Direction::Output {
                m.u32(0).full_volume(channels);
            }
            // Remap and remix as usual, keep format, rate and channels; a
            // device that was chosen by name is not replaced by another.
            for is_set in [false, false, false, false, false, !device.is_empty(), false] {
                m.bool(is_set);
            }
            // Not muted, no peaks only; the latency is that of the whole way.
            m.bool(false).bool(true).properties(&[("media.name", direction.word())]);
            match direction {
                // The volume is the server's; requests come early.
                Direction::Output => m.bool(false).bool(true),
                Direction::Input => m.u32(NONE).bool(true),
            };
        })?;
        let info = Info { name: found.description, format, latency: 0.0 };
        Ok((Opened { connection, info, channel: 0, requested: 0 }, reply))
    }
}

impl Host for Pulse {
    fn devices(&self, direction: Direction) -> Result<Vec<Device>> {
        let mut connection = self.connect()?;
        let defaults = ask(&mut connection, Command::ServerInfo, |_| {})?;
        let list = ask(
            &mut connection,
            match direction {
                Direction::Input => Command::SourceInfoList,
                Direction::Output => Command::SinkInfoList,
            },
            |_| {},
        )?;
        let read = || -> io::Result<(Vec<Found>, Option<String>)> {
            let mut values = Values(&list);
            let mut found = Vec::new();
            while !values.is_empty() {
                found.push(Found::read(&mut values)?);
            }
            let mut values = Values(&defaults);
            values.skip(5)?;
            let (sink, source) = (values.text()?, values.text()?);
            let default = if direction == Direction::Output { sink } else { source };
            // What only repeats what is played comes behind the microphones.
            found.sort_by_key(|f| (default.as_ref() != Some(&f.name), direction == Direction::Input && f.is_monitor));
            Ok((found, default))
        };
        let (found, default) = read().map_err(|e| broken(&e))?;
        let device = |f: Found| Device {
            is_default: default.as_ref() == Some(&f.name),
            id: f.name,
            name: f.description,
            rate: f.spec.rate,
            channels: u32::from(f.spec.channels),
        };
        Ok(found.into_iter().map(device).collect())
    }

    fn open_input(&self, device: &str, wish: Format) -> Result<Box<dyn Line<Capture>>> {
        let (mut opened, reply) = self.open(Direction::Input, device, wish, |m, period| {
            m.u32(period);
        })?;
        opened.read_record_reply(&mut Values(&reply)).map_err(|e| broken(&e))?;
        Ok(Box::new(opened))
    }

    fn open_output(&self, device: &str, wish: Format) -> Result<Box<dyn Line<Render>>> {
        // Two periods in the server, none before it begins to play, one at a time.
        let (mut opened, reply) = self.open(Direction::Output, device, wish, |m, period| {
            m.u32(2 * period).u32(0).u32(period);
        })?;
        opened.read_playback_reply(&mut Values(&reply)).map_err(|e| broken(&e))?;
        Ok(Box::new(opened))
    }
}

/// A device as the server describes it.
struct Found {
    name: String,
    description: String,
    spec: Spec,
    map: Vec<u8>,
    is_monitor: bool,
}

impl Found {
    fn read(values: &mut Values<'_>) -> io::Result<Self> {
        values.skip(1)?;
        let name = values.text()?.unwrap_or_default();
        let description = values.text()?.unwrap_or_else(|| name.clone());
        let spec = values.spec()?;
        let map = values.map()?.to_vec();
        // Module, volume, muted.
        values.skip(3)?;
        let is_monitor = values.u32()? != NONE;
        // The name of the other side, latency, driver, flags, properties, latency that was asked for.
        values.skip(6)?;
        Ok(Self { name, description, spec, map, is_monitor })
    }
}

/// A stream at the server, corked.
struct Opened {
    connection: Connection,
    info: Info,
    /// Its number in packets.
    channel: u32,
    /// Bytes that the server wants to begin with.
    requested: u32,
}

impl Opened {
    fn bytes_per_second(&self) -> f64 {
        f64::from(self.info.format.rate) * f64::from(self.info.format.channels) * size_of::<f32>() as f64
    }

    fn read_playback_reply(&mut self, values: &mut Values<'_>) -> io::Result<()> {
        self.channel = values.u32()?;
        values.skip(1)?;
        self.requested = values.u32()?;
        values.skip(1)?;
        let length = values.u32()?;
        values.skip(2)?;
        self.read_rest(values, length)
    }

    fn read_record_reply(&mut self, values: &mut Values<'_>) -> io::Result<()> {
        self.channel = values.u32()?;
        values.skip(2)?;
        let length = values.u32()?;
        self.read_rest(values, length)
    }

    /// What both replies end with: format, speakers, device, suspended, and the device's latency.
    fn read_rest(&mut self, values: &mut Values<'_>, length: u32) -> io::Result<()> {
        values.skip(5)?;
        let device = values.microseconds()? as f64 * 1e-6;
        self.info.latency = device + f64::from(length) / self.bytes_per_second();
        Ok(())
    }

    fn spawn(self, work: impl FnOnce(Self, &AtomicBool) + Send + 'static) -> Result<Box<dyn Running>> {
        let handle = self.connection.handle().map_err(|e| broken(&e))?;
        let is_over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&is_over);
        let thread = std::thread::Builder::new().name("ondes-pulse".to_owned()).spawn(move || work(self, &seen));
        let thread = thread.map_err(|e| Error::io("start a thread for the device", &e))?;
        Ok(Box::new(Thread { is_over, handle, thread: Some(thread) }))
    }
}

/// A stream's thread.
struct Thread {
    is_over: Arc<AtomicBool>,
    handle: UnixStream,
    thread: Option<JoinHandle<()>>,
}

impl Running for Thread {}

impl Drop for Thread {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        // Wakes the thread; a connection that is gone already is just as good.
        drop(self.handle.shutdown(Shutdown::Both));
        join(&mut self.thread);
    }
}

/// What the server has to say to a stream at work.
enum Event<'a> {
    Audio(&'a [u8]),
    /// It takes so many bytes more.
    Wanted(u32),
    /// It has ended the stream.
    Killed,
    /// It did not do what it was told to.
    Refused(u32),
    Other,
}

/// Waits for the next event of a stream, and makes sure that the server lives.
struct Listener {
    heard: Instant,
    has_asked: bool,
}

impl Listener {
    fn new() -> Self {
        Self { heard: Instant::now(), has_asked: false }
    }

    fn next<'a>(&mut self, connection: &'a mut Connection, channel: u32) -> Result<Event<'a>> {
        let silence = self.heard.elapsed();
        if silence > SILENCE && !self.has_asked {
            // An answer to anything will do.
            connection.send(Command::ServerInfo, |_| {}).map_err(|e| lost(&e))?;
            self.has_asked = true;
        } else if silence > SILENCE + PATIENCE {
            return Err(Error::new(ErrorKind::DeviceLost, "the sound server does not answer any more"));
        }
        let Some(packet) = connection.receive(Instant::now() + TICK).map_err(|e| lost(&e))? else {
            return Ok(Event::Other);
        };
        (self.heard, self.has_asked) = (Instant::now(), false);
        match event(&packet, channel)? {
            Event::Killed => {
                Err(Error::new(ErrorKind::DeviceLost, "the device went away, or the sound server ended the stream"))
            }
            Event::Refused(number) => {
                Err(Error::new(ErrorKind::DeviceLost, format!("the sound server refuses: {}", reason(number))))
            }
            event => Ok(event),
        }
    }
}

/// What a packet says to the stream with this number.
fn event<'a>(packet: &Packet<'a>, channel: u32) -> Result<Event<'a>> {
    if packet.channel != NONE {
        return Ok(if packet.channel == channel { Event::Audio(packet.payload) } else { Event::Other });
    }
    let read = || -> io::Result<Event<'a>> {
        let mut values = Values(packet.payload);
        let command = values.u32()?;
        values.skip(1)?;
        let is = |known: Command| command == known as u32;
        if is(Command::Error) {
            return Ok(Event::Refused(values.u32()?));
        }
        let is_known = is(Command::Request) || is(Command::PlaybackKilled) || is(Command::RecordKilled);
        if !is_known || values.u32()? != channel {
            return Ok(Event::Other);
        }
        Ok(if is(Command::Request) { Event::Wanted(values.u32()?) } else { Event::Killed })
    };
    read().map_err(|e| lost(&e))
}

impl Line<Capture> for Opened {
    fn info(&self) -> &Info {
        &self.info
    }

    fn start(mut self: Box<Self>, mut end: Capture) -> Result<Box<dyn Running>> {
        // With an answer: what is played once this returns is in the recording.
        let channel = self.channel;
        ask(&mut self.connection, Command::CorkRecord, |m| {
            m.u32(channel).bool(false);
        })?;
        self.spawn(move |mut line, is_over| {
            if let Err(error) = line.record(&mut end, is_over)
                && !is_over.load(Ordering::Acquire)
            {
                end.fail(error);
            }
        })
    }
}

impl Line<Render> for Opened {
    fn info(&self) -> &Info {
        &self.info
    }

    fn start(self: Box<Self>, mut end: Render) -> Result<Box<dyn Running>> {
        self.spawn(move |mut line, is_over| {
            if let Err(error) = line.play(&mut end, is_over)
                && !is_over.load(Ordering::Acquire)
            {
                end.fail(error);
            }
        })
    }
}

impl Opened {
    fn record(&mut self, end: &mut Capture, is_over: &AtomicBool) -> Result<()> {
        let frame = self.info.format.channels as usize * size_of::<f32>();
        let mut samples = vec![0.0f32; (1 << 16) / frame * frame / size_of::<f32>()];
        let mut listener = Listener::new();
        while !is_over.load(Ordering::Acquire) {
            let Event::Audio(bytes) = listener.next(&mut self.connection, self.channel)? else { continue };
            // A copy, because the bytes may lie anywhere. Packets are of whole frames.
            for bytes in bytes[..bytes.len() / frame * frame].chunks(samples.len() * size_of::<f32>()) {
                let samples = &mut samples[..bytes.len() / size_of::<f32>()];
                bytemuck::cast_slice_mut::<f32, u8>(samples).copy_from_slice(bytes);
                end.take(samples);
            }
        }
        Ok(())
    }

    fn play(&mut self, end: &mut Render, is_over: &AtomicBool) -> Result<()> {
        let frame = self.info.format.channels as usize * size_of::<f32>();
        let period = self.info.format.buffer as usize * frame;
        let mut samples = vec![0.0f32; period / size_of::<f32>()];
        let mut packet = vec![0u8; DESCRIPTOR + period];
        let mut listener = Listener::new();
        // More than any device takes at once would only fill the server's memory.
        let most = (MAX_LATENCY * self.bytes_per_second()) as usize;
        let mut wanted = (self.requested as usize).min(most);
        let mut is_corked = true;
        while !is_over.load(Ordering::Acquire) {
            while wanted >= frame && !is_over.load(Ordering::Acquire) {
                let len = wanted.min(period) / frame * frame;
                let samples = &mut samples[..len / size_of::<f32>()];
                end.fill(samples);
                packet[..DESCRIPTOR].copy_from_slice(&descriptor(len as u32, self.channel));
                packet[DESCRIPTOR..DESCRIPTOR + len].copy_from_slice(bytemuck::cast_slice(samples));
                self.connection.send_packet(&packet[..DESCRIPTOR + len]).map_err(|e| lost(&e))?;
                wanted -= len;
            }
            if is_corked {
                let channel = self.channel;
                let sent = self.connection.send(Command::CorkPlayback, |m| {
                    m.u32(channel).bool(false);
                });
                sent.map_err(|e| lost(&e))?;
                is_corked = false;
            }
            if let Event::Wanted(bytes) = listener.next(&mut self.connection, self.channel)? {
                wanted = wanted.saturating_add(bytes as usize).min(most);
            }
        }
        Ok(())
    }
}

/// Connects to a server and says who is there.
fn greet(socket: &Path) -> Result<Connection> {
    let at = |kind, message: &str| Error::new(kind, format!("{message} (at {})", socket.display()));
    let mut connection = Connection::new(socket, PATIENCE)
        .map_err(|e| at(ErrorKind::NoDevice, &format!("the sound server cannot be reached: {e}")))?;
    let introduce = |connection: &mut Connection| {
        let cookie = cookie();
        ask(connection, Command::Auth, |m| {
            m.u32(VERSION).bytes(&cookie);
        })?;
        let program = std::env::current_exe().ok();
        let program = program.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        let name = program.as_deref().unwrap_or("ondes");
        ask(connection, Command::SetClientName, |m| {
            m.properties(&[("application.name", name), ("application.process.id", &std::process::id().to_string())]);
        })
    };
    introduce(&mut connection).map_err(|error| at(error.kind(), error.message()))?;
    Ok(connection)
}

/// Sends a request whose refusal is an error.
fn ask(connection: &mut Connection, command: Command, build: impl FnOnce(&mut Message)) -> Result<Vec<u8>> {
    match connection.request(command, build).map_err(|e| broken(&e))? {
        Answer::Reply(values) => Ok(values),
        Answer::Refused(NO_ENTITY) => Err(Error::new(ErrorKind::NoDevice, "the sound server knows no such device")),
        Answer::Refused(number) => {
            Err(Error::new(ErrorKind::DeviceRefused, format!("the sound server refuses: {}", reason(number))))
        }
    }
}

const NO_ENTITY: u32 = 5;

/// PulseAudio's numbers for failures, those that can be met here.
fn reason(number: u32) -> String {
    let words = match number {
        1 => "access denied",
        3 => "invalid argument: it takes no such rate or number of channels",
        NO_ENTITY => "no such device",
        11 => "the stream was ended",
        15 => "bad state",
        17 => "protocol version not supported",
        18 => "too large",
        19 => "not supported",
        22 => "too many streams",
        _ => return format!("error {number}"),
    };
    words.to_owned()
}

/// A connection that fails before anything flows.
fn broken(error: &io::Error) -> Error {
    Error::new(ErrorKind::DeviceLost, format!("the connection to the sound server failed: {error}"))
}

/// A connection that fails under a stream.
fn lost(error: &io::Error) -> Error {
    Error::new(ErrorKind::DeviceLost, format!("the sound server went away: {error}"))
}

/// The usual speakers of so many channels, in the order of WAVE files, by PulseAudio's numbers.
fn speakers(channels: u8) -> Vec<u8> {
    const MONO: u8 = 0;
    const LEFT: u8 = 1;
    const RIGHT: u8 = 2;
    const CENTRE: u8 = 3;
    const REAR_CENTRE: u8 = 4;
    const REAR_LEFT: u8 = 5;
    const REAR_RIGHT: u8 = 6;
    const LOW: u8 = 7;
    const SIDE_LEFT: u8 = 10;
    const SIDE_RIGHT: u8 = 11;
    const AUXILIARY: u8 = 12;
    match channels {
        1 => vec![MONO],
        2 => vec![LEFT, RIGHT],
        3 => vec![LEFT, RIGHT, CENTRE],
        4 => vec![LEFT, RIGHT, REAR_LEFT, REAR_RIGHT],
        5 => vec![LEFT, RIGHT, CENTRE, REAR_LEFT, REAR_RIGHT],
        6 => vec![LEFT, RIGHT, CENTRE, LOW, REAR_LEFT, REAR_RIGHT],
        7 => vec![LEFT, RIGHT, CENTRE, LOW, REAR_CENTRE, SIDE_LEFT, SIDE_RIGHT],
        8 => vec![LEFT, RIGHT, CENTRE, LOW, REAR_LEFT, REAR_RIGHT, SIDE_LEFT, SIDE_RIGHT],
        _ => (0..channels).map(|c| AUXILIARY.saturating_add(c)).collect(),
    }
}

/// Where a server may listen, the most particular first.
fn sockets() -> Vec<PathBuf> {
    if let Some(servers) = std::env::var_os("PULSE_SERVER") {
        // Words of "[{machine}][unix:]path"; servers elsewhere in a network are not reached.
        let words = servers.to_string_lossy().into_owned();
        let path = |word: &str| {
            let word = word.rsplit('}').next().unwrap_or(word);
            let path = word.strip_prefix("unix:").unwrap_or(word);
            path.starts_with('/').then(|| PathBuf::from(path))
        };
        return words.split_whitespace().filter_map(path).collect();
    }
    let from = |variable: &str, rest: &str| std::env::var_os(variable).map(|folder| Path::new(&folder).join(rest));
    let own = || {
        let user = std::fs::metadata("/proc/self").ok()?.uid();
        Some(PathBuf::from(format!("/run/user/{user}/pulse/native")))
    };
    [
        from("PULSE_RUNTIME_PATH", "native"),
        from("XDG_RUNTIME_DIR", "pulse/native"),
        own(),
        Some(PathBuf::from("/run/pulse/native")),
    ]
    .into_iter()
    .flatten()
    .filter(|path| path.exists())
    .collect()
}

/// What shows the server that this is its user: 256 bytes of a file.
fn cookie() -> Vec<u8> {
    let home = |rest: &str| std::env::var_os("HOME").map(|home| Path::new(&home).join(rest));
    let places =
        [std::env::var_os("PULSE_COOKIE").map(PathBuf::from), home(".config/pulse/cookie"), home(".pulse-cookie")];
    let mut cookie = places.into_iter().flatten().find_map(|path| std::fs::read(path).ok()).unwrap_or_default();
    cookie.resize(256, 0);
    cookie
}
