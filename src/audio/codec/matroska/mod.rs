//! Matroska and WebM (RFC 9559).
//!
//! Timestamps are rounded, usually to milliseconds, so they cannot place
//! frames exactly: positions are counted from the packets' own durations.
//! What was counted is kept as one seek point for each cluster, and a seek
//! beyond them counts on from the last.

mod blocks;
pub(in crate::audio) mod ebml;
mod track;

use blocks::{Blocks, Frame};
use ebml::Children;
use track::TrackEntry;

use super::{
    Container, Demuxer, Description, Length, Packet, PacketStream, PacketTimer, PreRoll, Stream, StreamOptions, Trim,
    Warnings, Watch, unwatched,
};
use crate::audio::limits::check_format;
use crate::audio::source::ByteReader;
use crate::audio::{Error, ErrorKind, Result};

pub(in crate::audio) const EBML: u32 = 0x1A45_DFA3;
pub(in crate::audio) const SEGMENT: u32 = 0x1853_8067;
pub(in crate::audio) const INFO: u32 = 0x1549_A966;
const TRACKS: u32 = 0x1654_AE6B;
pub(in crate::audio) const CLUSTER: u32 = 0x1F43_B675;

/// The largest Info or Tracks element accepted, in bytes (Tracks can hold fonts' and subtitles' set-up too).
const MAX_HEADER: usize = 32 << 20;

/// Whether a file that starts with `head` is a Matroska file.
pub fn matches(head: &[u8]) -> bool {
    head.starts_with(&EBML.to_be_bytes())
}

/// Opens a Matroska file that starts at the position of `source`.
pub fn open(mut source: ByteReader, options: StreamOptions) -> Result<Box<dyn Stream>> {
    let header = read_header(&mut source)?;
    let entry = track::first_audio(&header.tracks)?;
    let mut warnings = Warnings::default();

    // Codecs without set-up data describe themselves in their first frame.
    let mut blocks = Blocks::new(entry.number, header.first_cluster);
    let first = match blocks.next(&mut source, &mut warnings)? {
        Some(frame) => {
            blocks.unread(frame);
            source.peek(frame.size)?.to_vec()
        }
        None => Vec::new(),
    };
    let track = entry.set_up(&first)?;
    check_format(track.rate, track.channels)?;

    let delay = (u128::from(entry.codec_delay) * u128::from(track.rate) + 500_000_000) / 1_000_000_000;
    let description = Description {
        container: header.container,
        codec: track.codec,
        rate: track.rate,
        channels: track.channels,
        channel_mask: track.channel_mask,
        sample_format: track.sample_format,
        bit_depth: track.bit_depth,
        bit_rate: bit_rate(&source, header.seconds),
        // OpusHead knows better: some writers count CodecDelay at another rate.
        trim: Trim { start: if track.delay > 0 { track.delay } else { delay as u64 }, end: None },
    };
    let estimate = header.seconds.map(|seconds| (seconds * f64::from(track.rate)) as u64);
    let mut demuxer = MatroskaDemuxer {
        blocks,
        source,
        entry,
        timer: track.timer,
        description,
        first_cluster: header.first_cluster,
        estimate,
        end: None,
        points: Vec::new(),
        next: Place { index: 0, frame: 0, override_frames: None },
        packet: Vec::new(),
        warnings,
    };
    if demuxer.source.is_local() && !options.estimate_length {
        demuxer.measure(&mut unwatched)?;
        demuxer.rewind();
    }
    Ok(Box::new(PacketStream::new(demuxer, track.decoder)))
}

/// The average over the whole file, which is nearly all audio in files without video.
fn bit_rate(source: &ByteReader, seconds: Option<f64>) -> Option<u32> {
    let seconds = seconds.filter(|s| *s > 0.0)?;
    Some((source.len()? as f64 * 8.0 / seconds) as u32)
}

struct Header {
    container: Container,
    tracks: Vec<u8>,
    first_cluster: u64,
    seconds: Option<f64>,
}

/// Reads up to the first cluster.
fn read_header(source: &mut ByteReader) -> Result<Header> {
    let mut container = Container::Matroska;
    let (mut tracks, mut seconds, mut first_cluster) = (None, None, None);
    loop {
        let element = match ebml::next(source) {
            Ok(Some(element)) => element,
            Ok(None) => break,
            Err(error) if tracks.is_some() && error.kind() == ErrorKind::Malformed => break,
            Err(error) => return Err(error),
        };
        match element.id {
            EBML => {
                let body = source.read_vec(element.len(4096)?)?;
                if Children(&body).any(|(id, body)| id == 0x4282 && body.starts_with(b"webm")) {
                    container = Container::WebM;
                }
            }
            // Its children follow.
            SEGMENT => {}
            INFO => {
                let body = source.read_vec(element.len(MAX_HEADER)?)?;
                let (mut scale, mut duration) = (1_000_000, None);
                for (id, body) in Children(&body) {
                    match id {
                        0x2A_D7B1 => scale = ebml::uint(body),
                        0x4489 => duration = Some(ebml::float(body)),
                        _ => {}
                    }
                }
                seconds = duration.map(|d| d * scale as f64 / 1e9).filter(|s| s.is_finite() && *s > 0.0);
            }
            TRACKS => tracks = Some(source.read_vec(element.len(MAX_HEADER)?)?),
            CLUSTER => {
                first_cluster.get_or_insert(element.start);
                if tracks.is_some() {
                    break;
                }
                // Tracks after the clusters are allowed; go and look for them.
                match element.end {
                    Some(end) => source.seek(end)?,
                    None => break,
                }
            }
            _ => match element.end {
                Some(end) => source.seek(end)?,
                None => break,
            },
        }
    }
    let tracks = tracks.ok_or_else(|| Error::malformed("this Matroska file has no track list"))?;
    let first_cluster = first_cluster.unwrap_or_else(|| source.position());
    Ok(Header { container, tracks, first_cluster, seconds })
}

/// A cluster from which decoding can start.
#[derive(Debug, Clone, Copy)]
struct SeekPoint {
    offset: u64,
    index: u64,
    frame: u64,
    /// Frames of its first packet, which a timer that starts here cannot know.
    first_frames: u32,
}

/// Where the walk is.
#[derive(Debug, Clone, Copy)]
struct Place {
    index: u64,
    frame: u64,
    /// The duration of the next packet, where the timer cannot tell it.
    override_frames: Option<u32>,
}

struct MatroskaDemuxer {
    source: ByteReader,
    entry: TrackEntry,
    timer: Box<dyn PacketTimer>,
    description: Description,
    first_cluster: u64,
    estimate: Option<u64>,
    /// Raw frames in the track, once the end was seen.
    end: Option<u64>,
    points: Vec<SeekPoint>,
    blocks: Blocks,
    next: Place,
    packet: Vec<u8>,
    warnings: Warnings,
}

/// A packet's place in file and time.
struct Walked {
    frame: Frame,
    index: u64,
    start: u64,
    frames: u32,
}

impl MatroskaDemuxer {
    fn rewind(&mut self) {
        self.go_to(SeekPoint { offset: self.first_cluster, index: 0, frame: 0, first_frames: 0 });
        self.next.override_frames = None;
    }

    fn go_to(&mut self, point: SeekPoint) {
        self.blocks = Blocks::new(self.entry.number, point.offset);
        self.timer.reset();
        let override_frames = (point.index > 0).then_some(point.first_frames);
        self.next = Place { index: point.index, frame: point.frame, override_frames };
    }

    /// The next packet, whose bytes `self.packet` holds then.
    fn walk(&mut self) -> Result<Option<Walked>> {
        let Some(frame) = self.blocks.next(&mut self.source, &mut self.warnings)? else {
            self.end = Some(self.next.frame);
            return Ok(None);
        };
        self.packet.clear();
        self.packet.extend_from_slice(&self.entry.stripped);
        self.packet.extend_from_slice(self.source.peek(frame.size)?);
        let Place { index, frame: start, override_frames } = self.next;
        let timed = self.timer.frames(&self.packet);
        let full = override_frames.unwrap_or(timed);
        let rate = u128::from(self.description.rate);
        let discard = u128::from(frame.discard) * rate + 500_000_000;
        let frames = full.saturating_sub(u32::try_from(discard / 1_000_000_000).unwrap_or(u32::MAX));
        if let Some(offset) = frame.cluster
            && self.points.last().is_none_or(|last| last.index < index)
        {
            self.points.push(SeekPoint { offset, index, frame: start, first_frames: full });
        }
        self.next = Place { index: index + 1, frame: start + u64::from(frames), override_frames: None };
        Ok(Some(Walked { frame, index, start, frames }))
    }

    /// Counts on from the last known cluster until `done` says so or the track ends.
    fn scan(&mut self, done: impl Fn(&Self) -> bool, watch: Watch<'_>) -> Result<()> {
        if done(self) {
            return Ok(());
        }
        match self.points.last() {
            Some(last) => self.go_to(*last),
            None => self.rewind(),
        }
        while !done(self) {
            let Some(walked) = self.walk()? else { break };
            watch(walked.start)?;
        }
        Ok(())
    }
}

impl Demuxer for MatroskaDemuxer {
    fn description(&self) -> &Description {
        &self.description
    }

    fn length(&self) -> Length {
        match (self.end, self.estimate) {
            (Some(end), _) => Length::Exact(end),
            (None, Some(estimate)) => Length::Estimate(estimate),
            (None, None) => Length::Unknown,
        }
    }

    fn measure(&mut self, watch: Watch<'_>) -> Result<u64> {
        self.scan(|demuxer| demuxer.end.is_some(), watch)?;
        Ok(self.end.unwrap_or(0))
    }

    fn next_packet(&mut self) -> Result<Option<Packet<'_>>> {
        let Some(Walked { frame, index, start, frames }) = self.walk()? else { return Ok(None) };
        Ok(Some(Packet { data: &self.packet, index, start, frames, offset: frame.offset }))
    }

    fn seek(&mut self, frame: u64, pre_roll: PreRoll) -> Result<()> {
        if !self.source.is_seekable() {
            return Err(super::packet::not_seekable());
        }
        let is_far_enough =
            |demuxer: &Self| demuxer.end.is_some() || demuxer.points.last().is_some_and(|last| last.frame > frame);
        self.scan(is_far_enough, &mut unwatched)?;
        // The cluster that holds the frame, then back as far as the pre-roll wants.
        let holds = self.points.partition_point(|point| point.frame <= frame).saturating_sub(1);
        let Some(target) = self.points.get(holds).copied() else {
            self.rewind();
            return Ok(());
        };
        let from = pre_roll.first_packet(target.index);
        let at = target.frame.saturating_sub(u64::from(pre_roll.frames));
        let start = self.points.partition_point(|point| point.index <= from && point.frame <= at).saturating_sub(1);
        match self.points.get(start).copied() {
            // Start at an aligned packet, or let the decoder see all packets from the cluster on.
            Some(point) if point.index > 0 => self.go_to(point),
            _ => self.rewind(),
        }
        Ok(())
    }

    fn warnings(&self) -> &Warnings {
        &self.warnings
    }
}
