//! PulseAudio servers that misbehave: each a thread of the test on a socket of its own.
//!
//! They speak as much of the native protocol, version 14, as it takes to be
//! listed, played on and recorded from, until they are told to do otherwise.

use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ondes::audio::cancel::Cancel;
use ondes::audio::device::{
    Device, Direction, Host, PlayOptions, Pulse, Stream, StreamOptions, Wait, devices_on, play_on,
};
use ondes::audio::frames::{Frames, FramesMut, Layout};
use ondes::audio::{Error, ErrorKind};

const ERROR: u32 = 0;
const REPLY: u32 = 2;
const CREATE_PLAYBACK: u32 = 3;
const CREATE_RECORD: u32 = 5;
const AUTH: u32 = 8;
const SET_CLIENT_NAME: u32 = 9;
const SERVER_INFO: u32 = 20;
const SINK_INFO: u32 = 21;
const SINK_INFO_LIST: u32 = 22;
const SOURCE_INFO: u32 = 23;
const SOURCE_INFO_LIST: u32 = 24;
const CORK_PLAYBACK: u32 = 41;
const CORK_RECORD: u32 = 58;
const REQUEST: u32 = 61;
const PLAYBACK_KILLED: u32 = 64;
const RECORD_KILLED: u32 = 65;

/// The streams' number in packets.
const CHANNEL: u32 = 7;
const RATE: u32 = 48_000;
const CHANNELS: u8 = 2;

/// A message: values with a letter in front of each.
#[derive(Default, Clone)]
struct Values(Vec<u8>);

impl Values {
    fn u32(mut self, value: u32) -> Self {
        self.0.push(b'L');
        self.0.extend(value.to_be_bytes());
        self
    }

    fn text(mut self, text: &str) -> Self {
        self.0.push(b't');
        self.0.extend(text.as_bytes());
        self.0.push(0);
        self
    }

    fn microseconds(mut self, value: u64) -> Self {
        self.0.push(b'U');
        self.0.extend(value.to_be_bytes());
        self
    }

    fn bool(mut self) -> Self {
        self.0.push(b'0');
        self
    }

    fn format(mut self) -> Self {
        self.0.extend([b'a', 5, CHANNELS]);
        self.0.extend(RATE.to_be_bytes());
        self
    }

    fn speakers(mut self) -> Self {
        self.0.extend([b'm', CHANNELS]);
        self.0.extend((1..).take(usize::from(CHANNELS)));
        self
    }

    fn volume(mut self) -> Self {
        self.0.extend([b'v', CHANNELS]);
        (0..CHANNELS).for_each(|_| self.0.extend(0x10000u32.to_be_bytes()));
        self
    }

    /// A sink or a source, as version 14 describes it.
    fn device(self, name: &str, description: &str) -> Self {
        let mut values = self.u32(0).text(name).text(description).format().speakers().u32(0).volume().bool();
        values = values.u32(u32::MAX).text("").microseconds(0).text("fake").u32(0);
        values.0.extend([b'P', b'N']);
        values.microseconds(0)
    }
}

/// A packet: on the channel of all ones a command, on others samples.
fn packet(channel: u32, payload: &[u8]) -> Vec<u8> {
    let words = [payload.len() as u32, channel, 0, 0, 0];
    let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    bytes.extend(payload);
    bytes
}

fn command(command: u32, number: u32, values: &Values) -> Vec<u8> {
    let head = Values::default().u32(command).u32(number);
    packet(u32::MAX, &[head.0, values.0.clone()].concat())
}

/// What a client has sent.
enum Heard {
    Command { command: u32, number: u32 },
    Samples(usize),
}

/// A connection, from the server's side.
struct Client(UnixStream);

impl Client {
    /// What comes next; nothing once the client has gone.
    fn hear(&mut self) -> Option<Heard> {
        let mut head = [0; 20];
        self.0.read_exact(&mut head).ok()?;
        let word = |at: usize| u32::from_be_bytes(head[at..at + 4].try_into().unwrap());
        let mut payload = vec![0; word(0) as usize];
        self.0.read_exact(&mut payload).ok()?;
        if word(4) != u32::MAX {
            assert_eq!(word(4), CHANNEL, "samples go to the stream");
            return Some(Heard::Samples(payload.len()));
        }
        let value = |at: usize| u32::from_be_bytes(payload[at + 1..at + 5].try_into().unwrap());
        Some(Heard::Command { command: value(0), number: value(5) })
    }

    /// Sends bytes; one that has gone does not mind.
    fn say(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes);
    }
}

/// What a server would answer; its scripts change that.
fn answer(request: u32) -> Values {
    let values = Values::default();
    match request {
        AUTH => values.u32(14),
        SET_CLIENT_NAME => values.u32(0),
        SERVER_INFO => {
            values.text("fake").text("1").text("me").text("here").format().text("one").text("one.monitor").u32(0)
        }
        SINK_INFO | SINK_INFO_LIST => values.device("one", "One"),
        SOURCE_INFO | SOURCE_INFO_LIST => values.device("one.monitor", "Monitor of One"),
        CREATE_PLAYBACK => created(values.u32(CHANNEL).u32(0).u32(4096).u32(8192).u32(8192).u32(0).u32(4096)),
        CREATE_RECORD => created(values.u32(CHANNEL).u32(0).u32(8192).u32(4096)),
        _ => values,
    }
}

/// The end of both replies to a new stream.
fn created(values: Values) -> Values {
    values.format().speakers().u32(0).text("one").bool().microseconds(10_000)
}

/// Another answer than [`answer`]'s, the whole bytes of it; `None` is that one.
type Script = dyn Fn(&mut Client, u32, u32) -> Option<Vec<u8>> + Send + Sync;

/// A server, as long as the test lives.
struct Fake {
    socket: PathBuf,
    /// Connections that it took.
    taken: Arc<AtomicUsize>,
}

impl Fake {
    fn new(script: impl Fn(&mut Client, u32, u32) -> Option<Vec<u8>> + Send + Sync + 'static) -> Self {
        let (listener, socket) = Self::listener();
        let taken = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&taken);
        let script: Arc<Script> = Arc::new(script);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                count.fetch_add(1, Ordering::Relaxed);
                let script = Arc::clone(&script);
                let mut client = Client(client.unwrap());
                std::thread::spawn(move || {
                    while let Some(heard) = client.hear() {
                        let Heard::Command { command: request, number } = heard else {
                            let Heard::Samples(len) = heard else { unreachable!() };
                            // As many as it took, it wants again: it plays as fast as it is given.
                            let more = Values::default().u32(CHANNEL).u32(len as u32);
                            std::thread::sleep(Duration::from_millis(1));
                            client.say(&command(REQUEST, u32::MAX, &more));
                            continue;
                        };
                        let own = script(&mut client, request, number);
                        client.say(&own.unwrap_or_else(|| command(REPLY, number, &answer(request))));
                    }
                });
            }
        });
        Self { socket, taken }
    }

    /// One that does what it should.
    fn honest() -> Self {
        Self::new(|_, _, _| None)
    }

    fn listener() -> (UnixListener, PathBuf) {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let socket = std::env::temp_dir().join(format!("ondes-fake-{}-{number}", std::process::id()));
        let _ = std::fs::remove_file(&socket);
        (UnixListener::bind(&socket).unwrap(), socket)
    }

    fn host(&self) -> Result<Arc<dyn Host>, Error> {
        Pulse::among([self.socket.clone()]).map(|host| Arc::new(host) as Arc<dyn Host>)
    }

    fn stream(&self, input: bool, output: bool) -> Result<Stream, Error> {
        let name = |is_wanted: bool| is_wanted.then(String::new);
        let options = StreamOptions { input: name(input), output: name(output), ..StreamOptions::default() };
        Stream::open_on(self.host()?, &options)
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.socket);
    }
}

fn written(stream: &Stream, frames: usize) -> Result<usize, Error> {
    let samples = vec![0.5f32; frames * usize::from(CHANNELS)];
    let cancel = Cancel::new();
    let wait = Wait::new(60.0, &cancel).unwrap();
    stream.write(&Frames::new(&samples, CHANNELS.into(), Layout::Interleaved), &wait)
}

fn read(stream: &Stream, frames: usize) -> Result<Vec<f32>, Error> {
    let mut samples = vec![0f32; frames * usize::from(CHANNELS)];
    let cancel = Cancel::new();
    let wait = Wait::new(60.0, &cancel).unwrap();
    let got = stream.read(&mut FramesMut::new(&mut samples, CHANNELS.into(), Layout::Interleaved), &wait)?;
    samples.truncate(got * usize::from(CHANNELS));
    Ok(samples)
}

fn refusal(result: Result<impl Sized, Error>) -> Error {
    result.err().expect("it was taken for a server")
}

#[test]
fn an_honest_server_is_listed_played_on_and_recorded_from() {
    let server = Fake::honest();
    let host = server.host().unwrap();
    let device = |id: &str, name: &str| Device {
        id: id.to_owned(),
        name: name.to_owned(),
        rate: RATE,
        channels: CHANNELS.into(),
        is_default: true,
    };
    assert_eq!(host.devices(Direction::Output).unwrap(), [device("one", "One")]);
    assert_eq!(server.taken.load(Ordering::Relaxed), 1, "the connection that found it serves for the first list");
    assert_eq!(host.devices(Direction::Input).unwrap(), [device("one.monitor", "Monitor of One")]);
    let stream = server.stream(false, true).unwrap();
    stream.start().unwrap();
    assert_eq!(written(&stream, 100_000).unwrap(), 100_000);
}

#[test]
fn a_server_that_lets_nobody_in_is_given_up() {
    let (listener, socket) = Fake::listener();
    // SAFETY: the descriptor is open. One may wait at the door, nobody is let in.
    assert_eq!(unsafe { libc::listen(listener.as_raw_fd(), 0) }, 0);
    let _waiting = UnixStream::connect(&socket).unwrap();
    let error = refusal(Pulse::among([socket.clone()]));
    assert_eq!(error.kind(), ErrorKind::NoDevice);
    assert!(error.message().contains("cannot be reached: it hangs"), "{error}");
    std::fs::remove_file(socket).unwrap();
}

#[test]
fn a_socket_is_tried_once() {
    let server = Fake::new(|client, _, _| {
        client.0.shutdown(std::net::Shutdown::Both).unwrap();
        Some(Vec::new())
    });
    let other = std::env::temp_dir().join(format!("ondes-fake-{}-link", std::process::id()));
    let _ = std::fs::remove_file(&other);
    std::os::unix::fs::symlink(&server.socket, &other).unwrap();
    refusal(Pulse::among([server.socket.clone(), server.socket.clone(), other.clone()]));
    std::fs::remove_file(other).unwrap();
    assert_eq!(server.taken.load(Ordering::Relaxed), 1);
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let silent = Fake::new(|_, _, _| Some(Vec::new()));
    let error = refusal(silent.host());
    assert!(error.message().contains("it does not answer"), "{error}");
    assert!(error.message().contains(silent.socket.to_str().unwrap()), "{error}");
}

#[test]
fn a_server_that_answers_a_byte_at_a_time_is_given_up() {
    // All of the answer comes in twenty seconds, more than anybody is to wait for one.
    let slow = Fake::new(|client, request, number| {
        for byte in command(REPLY, number, &answer(request)) {
            client.say(&[byte]);
            std::thread::sleep(Duration::from_millis(600));
        }
        Some(Vec::new())
    });
    let error = refusal(slow.host());
    assert!(error.message().contains("it does not answer"), "{error}");
}

#[test]
fn a_server_that_says_everything_but_the_answer_is_given_up() {
    // For twenty seconds.
    let chatty = Fake::new(|client, _, _| {
        for _ in 0..2000 {
            client.say(&command(REQUEST, u32::MAX, &Values::default().u32(CHANNEL).u32(4)));
            std::thread::sleep(Duration::from_millis(10));
        }
        None
    });
    let error = refusal(chatty.host());
    assert!(error.message().contains("it does not answer"), "{error}");
}

#[test]
fn the_reason_of_a_refusal_is_told() {
    const ACCESS: u32 = 1;
    let closed = Fake::new(|_, _, number| Some(command(ERROR, number, &Values::default().u32(ACCESS))));
    let error = refusal(closed.host());
    assert_eq!(error.kind(), ErrorKind::NoDevice);
    assert!(error.message().contains("the sound server refuses: access denied"), "{error}");
    let error = refusal(Pulse::among([PathBuf::from("/nowhere/native")]));
    assert!(error.message().contains("(at /nowhere/native)"), "{error}");
    assert!(refusal(Pulse::among([])).message().contains("no PulseAudio or PipeWire server was found"));
    // One that serves stands behind it.
    let server = Fake::honest();
    Pulse::among([closed.socket.clone(), server.socket.clone()]).unwrap();
}

#[test]
fn a_latency_that_cannot_be_is_not_believed() {
    let liar = Fake::new(|_, request, number| {
        let values = Values::default().u32(CHANNEL);
        let values = match request {
            CREATE_PLAYBACK => values.u32(0).u32(u32::MAX).u32(u32::MAX).u32(u32::MAX).u32(0).u32(0),
            CREATE_RECORD => values.u32(0).u32(u32::MAX).u32(u32::MAX),
            _ => return None,
        };
        let values = values.format().speakers().u32(0).text("one").bool().microseconds(u64::MAX);
        Some(command(REPLY, number, &values))
    });
    let stream = liar.stream(true, true).unwrap();
    assert_eq!((stream.latency(Direction::Input), stream.latency(Direction::Output)), (10.0, 10.0));
    // It wants four gigabytes to begin with, and can be stopped all the same.
    stream.start().unwrap();
    written(&stream, 1000).unwrap();
    stream.stop();
}

#[test]
fn a_hundred_thousand_devices_are_listed_as_a_thousand() {
    let many = Fake::new(|_, request, number| {
        let all = |values: Values, _| values.device("one", "Twin");
        (request == SINK_INFO_LIST).then(|| command(REPLY, number, &(0..100_000).fold(Values::default(), all)))
    });
    let devices = devices_on(&*many.host().unwrap(), Direction::Output).unwrap();
    assert_eq!(devices.len(), 1024);
    let names: std::collections::HashSet<_> = devices.iter().map(|device| &device.name).collect();
    assert!(names.len() == 1024 && names.contains(&"Twin (1024)".to_owned()));
}

#[test]
fn a_list_without_its_default_device_has_none() {
    let server = Fake::new(|_, request, number| {
        let others = Values::default().device("two", "Two").device("three", "Three");
        (request == SINK_INFO_LIST).then(|| command(REPLY, number, &others))
    });
    let devices = server.host().unwrap().devices(Direction::Output).unwrap();
    assert_eq!(
        devices.iter().map(|d| (d.id.as_str(), d.is_default)).collect::<Vec<_>>(),
        [("two", false), ("three", false)]
    );
}

/// Every answer that a listing and an opening wait for, spoiled: whatever comes is an error, and comes soon.
#[test]
fn spoiled_answers_are_refused() {
    type Spoil = fn(Vec<u8>) -> Vec<u8>;
    let spoils: [(&str, Spoil); 5] = [
        ("cut short", |bytes| packet(u32::MAX, &bytes[20..bytes.len() / 2 + 10])),
        ("of garbage", |bytes| packet(u32::MAX, &[&bytes[20..30], &[0xee; 64][..]].concat())),
        ("too long", |_| [u32::MAX.to_be_bytes(), u32::MAX.to_be_bytes(), [0; 4], [0; 4], [0; 4]].concat()),
        ("empty", |_| packet(u32::MAX, &[])),
        ("of nothing but letters", |_| packet(u32::MAX, &[b't'; 1000])),
    ];
    let requests = [SERVER_INFO, SINK_INFO_LIST, SINK_INFO, CREATE_PLAYBACK, SOURCE_INFO, CREATE_RECORD];
    for (spoiled, (how, spoil)) in requests.into_iter().flat_map(|request| spoils.map(|spoil| (request, spoil))) {
        let server = Fake::new(move |_, request, number| {
            (request == spoiled).then(|| spoil(command(REPLY, number, &answer(request))))
        });
        let host = server.host().unwrap();
        let error = match spoiled {
            SERVER_INFO | SINK_INFO_LIST => refusal(host.devices(Direction::Output)),
            SINK_INFO | CREATE_PLAYBACK => refusal(server.stream(false, true)),
            _ => refusal(server.stream(true, false)),
        };
        assert_eq!(error.kind(), ErrorKind::DeviceLost, "an answer to {spoiled} {how}: {error}");
    }
}

#[test]
fn a_server_that_closes_in_the_middle_of_a_message_is_gone() {
    for request in [AUTH, CREATE_PLAYBACK, SINK_INFO_LIST] {
        let server = Fake::new(move |client, heard, number| {
            (heard == request).then(|| {
                let bytes = command(REPLY, number, &answer(heard));
                client.say(&bytes[..bytes.len() / 2]);
                client.0.shutdown(std::net::Shutdown::Both).unwrap();
                Vec::new()
            })
        });
        let list = || server.host()?.devices(Direction::Output);
        let open = || server.stream(false, true);
        let error = if request == SINK_INFO_LIST { refusal(list()) } else { refusal(open()) };
        assert!(matches!(error.kind(), ErrorKind::DeviceLost | ErrorKind::NoDevice), "{error}");
    }
}

#[test]
fn news_of_other_streams_is_passed_over() {
    let other = |news: u32| command(news, u32::MAX, &Values::default().u32(CHANNEL + 1).u32(0x7fff_fff0));
    let server = Fake::new(move |client, request, number| {
        if request == CORK_PLAYBACK || request == CORK_RECORD {
            client.say(&command(REPLY, number, &Values::default()));
            // Another stream is ended, and wants two gigabytes; samples of another come in.
            [PLAYBACK_KILLED, RECORD_KILLED, REQUEST].into_iter().for_each(|news| client.say(&other(news)));
            client.say(&packet(CHANNEL + 1, &[0x77; 64]));
            if request == CORK_RECORD {
                client.say(&packet(CHANNEL, &[0.25f32.to_ne_bytes(); 64].concat()));
            }
            return Some(Vec::new());
        }
        None
    });
    let stream = server.stream(true, true).unwrap();
    stream.start().unwrap();
    assert_eq!(read(&stream, 32).unwrap(), [0.25; 64]);
    assert_eq!(written(&stream, 100_000).unwrap(), 100_000);
    assert!(stream.is_running() && stream.failure().is_none());
}

#[test]
fn a_stream_that_is_ended_by_the_server_says_so() {
    for (cork, killed) in [(CORK_PLAYBACK, PLAYBACK_KILLED), (CORK_RECORD, RECORD_KILLED)] {
        let server = Fake::new(move |client, request, number| {
            (request == cork).then(|| {
                client.say(&command(REPLY, number, &Values::default()));
                command(killed, u32::MAX, &Values::default().u32(CHANNEL))
            })
        });
        let stream = server.stream(cork == CORK_RECORD, cork == CORK_PLAYBACK).unwrap();
        stream.start().unwrap();
        let error = if cork == CORK_RECORD {
            read(&stream, 1000).unwrap_err()
        } else {
            let cancel = Cancel::new();
            while stream.is_running() {
                std::thread::yield_now();
            }
            stream.drain(&Wait::new(60.0, &cancel).unwrap()).unwrap_err()
        };
        assert_eq!(error.kind(), ErrorKind::DeviceLost);
        assert!(error.message().contains("the sound server ended the stream"), "{error}");
    }
}

#[test]
fn a_server_that_dribbles_under_a_stream_is_lost() {
    // A byte of a packet at a time: it never says anything, and is not silent either.
    let server = Fake::new(|client, request, number| {
        (request == CORK_RECORD).then(|| {
            client.say(&command(REPLY, number, &Values::default()));
            for byte in packet(CHANNEL, &[0; 400]) {
                client.say(&[byte]);
                std::thread::sleep(Duration::from_millis(100));
            }
            Vec::new()
        })
    });
    let stream = server.stream(true, false).unwrap();
    stream.start().unwrap();
    let error = read(&stream, 50).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeviceLost, "{error}");
}

#[test]
fn a_server_that_refuses_many_channels_is_given_a_mix() {
    const INVALID: u32 = 3;
    // It takes two channels: the first wish, for six, is refused.
    let refused = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&refused);
    let server = Fake::new(move |_, request, number| {
        let is_refused = request == CREATE_PLAYBACK && count.fetch_add(1, Ordering::Relaxed) == 0;
        is_refused.then(|| command(ERROR, number, &Values::default().u32(INVALID)))
    });
    let samples = vec![0.5f32; 6 * 4800];
    let frames = Frames::new(&samples, 6, Layout::Interleaved);
    play_on(Some(server.host().unwrap()), &frames.any(), 48_000.0, &PlayOptions::default(), &Cancel::new(), None)
        .unwrap();
    assert_eq!(refused.load(Ordering::Relaxed), 2);
}
