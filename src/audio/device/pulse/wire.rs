//! Messages of PulseAudio's native protocol, as far as playing and recording need them.
//!
//! A packet is a descriptor of five big-endian words (length, channel, offset,
//! flags) and a payload: samples, or, on the channel of all ones, a command as
//! a row of values with a letter each in front that tells its type
//! (PulseAudio's PROTOCOL file and tagstruct.h).

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::platform::socket::connect;

/// The version that is spoken here: 14, of 2008. Servers keep to the older of both.
pub const VERSION: u32 = 14;
/// An index or a length left open.
pub const NONE: u32 = u32::MAX;
/// Samples as 32-bit floats in the order of this machine's bytes.
pub const FLOAT32: u8 = if cfg!(target_endian = "big") { 6 } else { 5 };
/// 100 % as a volume.
const FULL_VOLUME: u32 = 0x10000;
/// Bytes in a descriptor.
pub const DESCRIPTOR: usize = 20;
/// What a server may send at once; PulseAudio's own limit for samples is 16 MiB.
const LARGEST: usize = 1 << 24;

/// Commands and events, by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    Error = 0,
    Reply = 2,
    CreatePlayback = 3,
    CreateRecord = 5,
    Auth = 8,
    SetClientName = 9,
    ServerInfo = 20,
    SinkInfo = 21,
    SinkInfoList = 22,
    SourceInfo = 23,
    SourceInfoList = 24,
    CorkPlayback = 41,
    CorkRecord = 58,
    Request = 61,
    PlaybackKilled = 64,
    RecordKilled = 65,
}

/// A sample format with channels and rate, as far as it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    pub channels: u8,
    pub rate: u32,
}

/// A command on its way out.
pub struct Message(Vec<u8>);

impl Message {
    /// Begins with its command and a number for the reply.
    pub fn new(command: Command, number: u32) -> Self {
        let mut message = Self(vec![0; DESCRIPTOR]);
        message.u32(command as u32).u32(number);
        message
    }

    fn put(&mut self, letter: u8, bytes: &[u8]) -> &mut Self {
        self.0.push(letter);
        self.0.extend_from_slice(bytes);
        self
    }

    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.put(b'L', &value.to_be_bytes())
    }

    pub fn bool(&mut self, value: bool) -> &mut Self {
        self.put(if value { b'1' } else { b'0' }, &[])
    }

    /// A string; `None` is one of its own kind. NUL characters end it.
    pub fn text(&mut self, text: Option<&str>) -> &mut Self {
        let Some(text) = text else { return self.put(b'N', &[]) };
        let end = text.find('\0').unwrap_or(text.len());
        self.put(b't', &text.as_bytes()[..end]).0.push(0);
        self
    }

    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.put(b'x', &(bytes.len() as u32).to_be_bytes()).0.extend_from_slice(bytes);
        self
    }

    pub fn spec(&mut self, spec: Spec) -> &mut Self {
        self.put(b'a', &[FLOAT32, spec.channels]).0.extend_from_slice(&spec.rate.to_be_bytes());
        self
    }

    /// The speakers of the channels.
    pub fn map(&mut self, map: &[u8]) -> &mut Self {
        self.put(b'm', &[map.len() as u8]).0.extend_from_slice(map);
        self
    }

    pub fn full_volume(&mut self, channels: u8) -> &mut Self {
        self.put(b'v', &[channels]);
        (0..channels).for_each(|_| self.0.extend_from_slice(&FULL_VOLUME.to_be_bytes()));
        self
    }

    /// Named texts.
    pub fn properties(&mut self, properties: &[(&str, &str)]) -> &mut Self {
        self.put(b'P', &[]);
        for (key, value) in properties {
            let value = [value.as_bytes(), &[0]].concat();
            self.text(Some(key)).u32(value.len() as u32).bytes(&value);
        }
        self.text(None)
    }

    fn finish(&mut self) -> &[u8] {
        let length = (self.0.len() - DESCRIPTOR) as u32;
        self.0[..DESCRIPTOR].copy_from_slice(&descriptor(length, NONE));
        &self.0
    }
}

/// What stands before a payload.
pub fn descriptor(length: u32, channel: u32) -> [u8; DESCRIPTOR] {
    let mut bytes = [0; DESCRIPTOR];
    bytes[..4].copy_from_slice(&length.to_be_bytes());
    bytes[4..8].copy_from_slice(&channel.to_be_bytes());
    bytes
}

/// The values of a message that came in.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a>(pub &'a [u8]);

impl<'a> Values<'a> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn take(&mut self, len: usize) -> io::Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or_else(garbled)?;
        self.0 = rest;
        Ok(taken)
    }

    fn letter(&mut self, expected: u8) -> io::Result<()> {
        if self.take(1)? == [expected] { Ok(()) } else { Err(garbled()) }
    }

    fn word(&mut self) -> io::Result<u32> {
        let bytes = self.take(4)?;
        Ok(u32::from_be_bytes(bytes.try_into().map_err(|_| garbled())?))
    }

    pub fn u32(&mut self) -> io::Result<u32> {
        self.letter(b'L')?;
        self.word()
    }

    pub fn microseconds(&mut self) -> io::Result<u64> {
        self.letter(b'U')?;
        Ok(u64::from(self.word()?) << 32 | u64::from(self.word()?))
    }

    pub fn text(&mut self) -> io::Result<Option<String>> {
        if self.0.first() == Some(&b'N') {
            self.take(1)?;
            return Ok(None);
        }
        self.letter(b't')?;
        let end = self.0.iter().position(|byte| *byte == 0).ok_or_else(garbled)?;
        let text = String::from_utf8_lossy(self.take(end)?).into_owned();
        self.take(1)?;
        Ok(Some(text))
    }

    pub fn spec(&mut self) -> io::Result<Spec> {
        self.letter(b'a')?;
        let channels = self.take(2)?[1];
        Ok(Spec { channels, rate: self.word()? })
    }

    pub fn map(&mut self) -> io::Result<&'a [u8]> {
        self.letter(b'm')?;
        let channels = self.take(1)?[0];
        self.take(usize::from(channels))
    }

    /// Goes over `count` values of any type.
    pub fn skip(&mut self, count: usize) -> io::Result<()> {
        for _ in 0..count {
            let len = match self.take(1)?[0] {
                b'N' | b'0' | b'1' => 0,
                b'B' => 1,
                b'L' | b'V' => 4,
                b'a' => 6,
                b'R' | b'r' | b'T' | b'U' => 8,
                b'm' => usize::from(self.take(1)?[0]),
                b'v' => 4 * usize::from(self.take(1)?[0]),
                b'x' => self.word()? as usize,
                b't' => self.0.iter().position(|byte| *byte == 0).ok_or_else(garbled)? + 1,
                b'P' => {
                    while self.0.first() != Some(&b'N') {
                        self.skip_property()?;
                    }
                    1
                }
                _ => return Err(garbled()),
            };
            self.take(len)?;
        }
        Ok(())
    }

    fn skip_property(&mut self) -> io::Result<()> {
        self.text()?;
        self.u32()?;
        self.letter(b'x')?;
        let len = self.word()?;
        self.take(len as usize).map(drop)
    }
}

fn garbled() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "the sound server's message is not understood")
}

/// One packet that came in.
pub struct Packet<'a> {
    /// [`NONE`] for commands.
    pub channel: u32,
    pub payload: &'a [u8],
}

/// What a request came to.
pub enum Answer {
    /// The values of the reply.
    Reply(Vec<u8>),
    /// The server's number for why not.
    Refused(u32),
}

/// A connection to a server.
pub struct Connection {
    socket: UnixStream,
    inbox: Vec<u8>,
    /// What of the inbox has come in.
    filled: usize,
    /// The packet that was given last, to be removed with the next.
    done: usize,
    next_number: u32,
    /// How long the server may take to let in, to read a message and to answer one.
    patience: Duration,
}

impl Connection {
    /// Connects, without a word yet.
    pub fn new(path: &Path, patience: Duration) -> io::Result<Self> {
        let socket = connect(path, Instant::now() + patience)?;
        Ok(Self { socket, inbox: vec![0; 1 << 16], filled: 0, done: 0, next_number: 0, patience })
    }

    /// Another handle of the connection, to end it from another thread.
    pub fn handle(&self) -> io::Result<UnixStream> {
        self.socket.try_clone()
    }

    /// Sends a command and does not wait for the reply; returns its number.
    pub fn send(&mut self, command: Command, build: impl FnOnce(&mut Message)) -> io::Result<u32> {
        let number = self.next_number;
        self.next_number += 1;
        let mut message = Message::new(command, number);
        build(&mut message);
        self.send_packet(message.finish())?;
        Ok(number)
    }

    /// Sends a packet that has its descriptor.
    pub fn send_packet(&mut self, packet: &[u8]) -> io::Result<()> {
        let deadline = Instant::now() + self.patience;
        let mut rest = packet;
        while !rest.is_empty() {
            self.socket.set_write_timeout(Some(left(deadline)))?;
            match self.socket.write(rest) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(len) => rest = &rest[len..],
                Err(e) if is_pause(&e) => {}
                Err(e) => return Err(e),
            }
            if !rest.is_empty() && Instant::now() >= deadline {
                return Err(io::Error::new(ErrorKind::TimedOut, "it takes nothing more"));
            }
        }
        Ok(())
    }

    /// Sends a command and waits for the reply; events that come before it are passed over.
    pub fn request(&mut self, command: Command, build: impl FnOnce(&mut Message)) -> io::Result<Answer> {
        let number = self.send(command, build)?;
        let deadline = Instant::now() + self.patience;
        let mut is_late = false;
        while !is_late {
            is_late = Instant::now() >= deadline;
            let Some(packet) = self.receive(deadline)? else { break };
            if packet.channel != NONE {
                continue;
            }
            let mut values = Values(packet.payload);
            let (command, to) = (values.u32()?, values.u32()?);
            if to == number && command == Command::Reply as u32 {
                return Ok(Answer::Reply(values.0.to_vec()));
            }
            if to == number && command == Command::Error as u32 {
                return Ok(Answer::Refused(values.u32()?));
            }
        }
        Err(io::Error::new(ErrorKind::TimedOut, "it does not answer"))
    }

    /// The next packet, unless it is not there, to its last byte, by the deadline.
    pub fn receive(&mut self, deadline: Instant) -> io::Result<Option<Packet<'_>>> {
        self.inbox.copy_within(self.done..self.filled, 0);
        self.filled -= self.done;
        self.done = 0;
        // Whoever comes late still takes what is there, once.
        let mut is_late = false;
        loop {
            if let Some(head) = self.inbox[..self.filled].first_chunk::<DESCRIPTOR>() {
                let word = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
                let (length, channel) = (word(0) as usize, word(4));
                if length > LARGEST {
                    return Err(garbled());
                }
                let end = DESCRIPTOR + length;
                if end <= self.filled {
                    self.done = end;
                    return Ok(Some(Packet { channel, payload: &self.inbox[DESCRIPTOR..end] }));
                }
                if end > self.inbox.len() {
                    self.inbox.resize(end, 0);
                }
            }
            if is_late {
                return Ok(None);
            }
            is_late = Instant::now() >= deadline;
            self.socket.set_read_timeout(Some(left(deadline)))?;
            match self.socket.read(&mut self.inbox[self.filled..]) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(len) => self.filled += len,
                Err(e) if is_pause(&e) => {}
                Err(e) => return Err(e),
            }
        }
    }
}

/// The time to a deadline, as sockets take it: none at all would be for ever.
fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1))
}

/// Whether a socket only says that nothing can be done for now.
fn is_pause(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_they_are_written() {
        let mut message = Message::new(Command::Auth, 7);
        message.properties(&[("media.name", "a take")]).spec(Spec { channels: 2, rate: 44_100 }).map(&[1, 2]);
        message.full_volume(2).bytes(b"abc").text(Some("é")).text(None).bool(true).u32(9);
        let bytes = message.finish();
        assert_eq!(bytes[..8], [0, 0, 0, (bytes.len() - DESCRIPTOR) as u8, 255, 255, 255, 255]);
        let mut values = Values(&bytes[DESCRIPTOR..]);
        assert_eq!((values.u32().unwrap(), values.u32().unwrap()), (8, 7));
        values.skip(1).unwrap();
        assert_eq!(values.spec().unwrap(), Spec { channels: 2, rate: 44_100 });
        assert_eq!(values.map().unwrap(), [1, 2]);
        values.skip(2).unwrap();
        assert_eq!((values.text().unwrap().as_deref(), values.text().unwrap()), (Some("é"), None));
        values.skip(1).unwrap();
        assert_eq!(values.u32().unwrap(), 9);
        assert!(values.is_empty());
    }

    #[test]
    fn no_message_is_too_damaged_to_be_refused() {
        let mut message = Message::new(Command::SinkInfo, 1);
        message.properties(&[("a", "b")]).bytes(&[1; 9]).map(&[1]).full_volume(3).text(Some("x"));
        let bytes = message.finish()[DESCRIPTOR..].to_vec();
        for end in 0..bytes.len() {
            assert!(Values(&bytes[..end]).skip(7).is_err());
            let mut changed = bytes.clone();
            changed[end] = 0xff;
            let _ = Values(&changed).skip(7);
        }
    }
}
