//! Packets: the meeting point of containers and compressed codecs.

use super::{Description, Length, Stream, Warnings, Watch};
use crate::audio::frames::{Block, BlockData};
use crate::audio::{Error, ErrorKind, Result};

/// One packet of compressed audio.
#[derive(Debug, Clone, Copy)]
pub struct Packet<'a> {
    /// The compressed bytes; none for frames whose packets are missing from the
    /// file. Silence stands for them and the decoder starts afresh behind them.
    /// The demuxer warns of it.
    pub data: &'a [u8],
    /// Ordinal number in the stream, from 0.
    pub index: u64,
    /// Raw frame of the first frame it decodes to.
    pub start: u64,
    /// Frames it decodes to.
    pub frames: u32,
    /// Where it lies in the file.
    pub offset: u64,
}

/// What a decoder must see before a packet so that its output is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreRoll {
    /// Whole packets before it.
    pub packets: u32,
    /// Frames before it.
    pub frames: u32,
    /// The decoder starts afresh at packets whose index divides by this (1: may start anywhere);
    /// the pre-roll counts from there.
    pub align: u32,
}

impl PreRoll {
    /// Each packet stands alone.
    pub const NONE: Self = Self { packets: 0, frames: 0, align: 1 };

    /// The packet to start decoding at, for exact output from packet `target` on.
    /// Covers [`PreRoll::packets`] and [`PreRoll::align`]; frames are the caller's.
    pub fn first_packet(self, target: u64) -> u64 {
        let align = u64::from(self.align.max(1));
        (target - target % align).saturating_sub(u64::from(self.packets))
    }
}

/// Finds the packets of one track.
pub trait Demuxer: Send {
    /// What the file says of the track.
    fn description(&self) -> &Description;

    /// Raw frames in the track, as far as known now.
    fn length(&self) -> Length;

    /// Finds the exact length, by reading every packet's header if it must.
    fn measure(&mut self, watch: Watch<'_>) -> Result<u64>;

    /// The next packet; `None` at the end.
    fn next_packet(&mut self) -> Result<Option<Packet<'_>>>;

    /// Goes to a packet from which decoding gives exact output at `frame`, with
    /// the decoder's `pre_roll` before it.
    fn seek(&mut self, frame: u64, pre_roll: PreRoll) -> Result<()>;

    /// What was found wrong with the container so far.
    fn warnings(&self) -> &Warnings;
}

/// Turns packets into frames.
pub trait Decoder: Send {
    /// What must be decoded before a packet to make it exact.
    fn pre_roll(&self) -> PreRoll;

    /// Builds what decoding needs, if that is costly: of many files only the
    /// description is wanted. Called before each packet. Its error is the
    /// stream's, not the packet's.
    fn prepare(&mut self) -> Result<()> {
        Ok(())
    }

    /// Decodes one packet; returns the frames in [`Decoder::samples`].
    /// [`ErrorKind::Malformed`] means this packet is damaged and the next may be fine.
    fn decode(&mut self, packet: &Packet<'_>) -> Result<usize>;

    /// The samples of the last decoded packet.
    fn samples(&self) -> BlockData<'_>;

    /// Whether these are what a decode from the very start gives; if not, more pre-roll is needed.
    fn is_exact(&self) -> bool {
        true
    }

    /// Starts afresh behind missing packets, where a decode from the very start does too.
    fn resume(&mut self) {
        self.reset();
    }

    /// Forgets all packets seen so far.
    fn reset(&mut self);
}

/// Tells the durations of packets without decoding them.
pub trait PacketTimer: Send {
    /// Frames that `packet` decodes to, after the packets seen since the last reset.
    fn frames(&mut self, packet: &[u8]) -> u32;

    /// Forgets the packets seen, as [`Decoder::reset`] does.
    fn reset(&mut self) {}
}

impl<D: Demuxer + ?Sized> Demuxer for Box<D> {
    fn description(&self) -> &Description {
        (**self).description()
    }
    fn length(&self) -> Length {
        (**self).length()
    }
    fn measure(&mut self, watch: Watch<'_>) -> Result<u64> {
        (**self).measure(watch)
    }
    fn next_packet(&mut self) -> Result<Option<Packet<'_>>> {
        (**self).next_packet()
    }
    fn seek(&mut self, frame: u64, pre_roll: PreRoll) -> Result<()> {
        (**self).seek(frame, pre_roll)
    }
    fn warnings(&self) -> &Warnings {
        (**self).warnings()
    }
}

impl<C: Decoder + ?Sized> Decoder for Box<C> {
    fn pre_roll(&self) -> PreRoll {
        (**self).pre_roll()
    }
    fn prepare(&mut self) -> Result<()> {
        (**self).prepare()
    }
    fn decode(&mut self, packet: &Packet<'_>) -> Result<usize> {
        (**self).decode(packet)
    }
    fn samples(&self) -> BlockData<'_> {
        (**self).samples()
    }
    fn is_exact(&self) -> bool {
        (**self).is_exact()
    }
    fn resume(&mut self) {
        (**self).resume();
    }
    fn reset(&mut self) {
        (**self).reset();
    }
}

/// A container's packets through a codec's decoder.
///
/// The container decides where each packet's frames lie; a damaged packet
/// becomes as much silence, with a warning, so that all others stay in place.
pub struct PacketStream<D, C> {
    demuxer: D,
    decoder: C,
    /// Frames before this are pre-roll and not given out.
    exact_from: u64,
    /// What was asked for before it.
    pre_roll: PreRoll,
    start: u64,
    /// Frames in the block, and how many of them the decoder gave.
    frames: usize,
    silent: bool,
    end: Option<u64>,
    warnings: Warnings,
    container_warnings: u64,
}

impl<D: Demuxer, C: Decoder> PacketStream<D, C> {
    /// Joins a container and a decoder, both at their start.
    pub fn new(demuxer: D, decoder: C) -> Self {
        let mut stream = Self {
            demuxer,
            decoder,
            exact_from: 0,
            pre_roll: PreRoll::NONE,
            start: 0,
            frames: 0,
            silent: false,
            end: None,
            warnings: Warnings::default(),
            container_warnings: 0,
        };
        stream.collect_warnings();
        stream
    }

    /// Leaves out the packets that lie before `frame`, as after a seek.
    #[must_use]
    pub fn starting_at(mut self, frame: u64) -> Self {
        self.exact_from = frame;
        self
    }

    /// The container.
    pub fn demuxer(&self) -> &D {
        &self.demuxer
    }

    /// The container, to move it; a seek must follow.
    pub fn demuxer_mut(&mut self) -> &mut D {
        &mut self.demuxer
    }

    /// Takes the container back.
    pub fn into_demuxer(self) -> D {
        self.demuxer
    }

    /// Begins the seek again with more pre-roll; false if that is not possible.
    fn go_further_back(&mut self) -> Result<bool> {
        // In steps that grow, so that all of them together cost little more than the last.
        let frames = self.pre_roll.frames.saturating_mul(8);
        if frames == self.pre_roll.frames {
            return Ok(false);
        }
        self.pre_roll.frames = frames;
        self.decoder.reset();
        self.demuxer.seek(self.exact_from, self.pre_roll)?;
        Ok(true)
    }

    fn collect_warnings(&mut self) {
        let theirs = self.demuxer.warnings();
        if theirs.count() > self.container_warnings {
            for warning in theirs.list().iter().skip(self.container_warnings as usize) {
                self.warnings.add(warning.message.clone(), warning.offset);
            }
            self.container_warnings = theirs.count();
        }
    }
}

impl<D: Demuxer, C: Decoder> Stream for PacketStream<D, C> {
    fn description(&self) -> &Description {
        self.demuxer.description()
    }

    fn length(&self) -> Length {
        match self.end {
            Some(end) => Length::Exact(end),
            None => self.demuxer.length(),
        }
    }

    fn measure(&mut self, watch: Watch<'_>) -> Result<u64> {
        let frames = self.demuxer.measure(watch);
        self.collect_warnings();
        frames
    }

    fn advance(&mut self) -> Result<bool> {
        loop {
            let Some(packet) = self.demuxer.next_packet()? else {
                self.collect_warnings();
                self.start += self.frames as u64;
                self.frames = 0;
                return Ok(false);
            };
            let expected = packet.frames as usize;
            let is_pre_roll = packet.start + u64::from(packet.frames) <= self.exact_from;
            self.start = packet.start;
            self.frames = expected;
            self.silent = packet.data.is_empty();
            if self.silent {
                self.decoder.resume();
                self.collect_warnings();
                if is_pre_roll || expected == 0 {
                    continue;
                }
                return Ok(true);
            }
            self.decoder.prepare()?;
            match self.decoder.decode(&packet) {
                Ok(frames) if frames == expected => {}
                Ok(_) if is_pre_roll => {}
                // More than the container has room for: the tail is padding.
                Ok(frames) if frames > expected => {}
                Ok(frames) => {
                    let offset = packet.offset;
                    self.silent = true;
                    self.warnings.add(
                        format!(
                            "packet {} decodes to {frames} frames instead of {expected}: silence in its place",
                            packet.index
                        ),
                        Some(offset),
                    );
                }
                Err(error) if error.kind() == ErrorKind::Malformed => {
                    let (index, offset) = (packet.index, packet.offset);
                    self.silent = true;
                    if !is_pre_roll {
                        self.warnings.add(
                            format!("packet {index} is damaged ({}): silence in its place", error.message()),
                            Some(offset),
                        );
                    }
                }
                Err(error) => return Err(error.at(packet.offset)),
            }
            self.collect_warnings();
            if is_pre_roll || expected == 0 {
                continue;
            }
            if !self.decoder.is_exact() && self.go_further_back()? {
                continue;
            }
            return Ok(true);
        }
    }

    fn block(&self) -> Block<'_> {
        let data = if self.silent { BlockData::Silence } else { self.decoder.samples() };
        Block { frames: self.frames, channels: self.demuxer.description().channels as usize, data }
    }

    fn block_start(&self) -> u64 {
        self.start
    }

    fn seek(&mut self, frame: u64) -> Result<()> {
        let pre_roll = self.decoder.pre_roll();
        // Where the container cannot go there, decoding may go on from here.
        self.demuxer.seek(frame, pre_roll)?;
        self.decoder.reset();
        self.pre_roll = pre_roll;
        self.exact_from = frame;
        self.frames = 0;
        Ok(())
    }

    fn warnings(&self) -> &Warnings {
        &self.warnings
    }
}

/// The error for a stream that cannot go back.
pub fn not_seekable() -> Error {
    Error::new(ErrorKind::NotSeekable, "the source cannot seek: only reading forward works")
}
