//! One link of an Ogg chain: the positions of its packets, from granule positions.
//!
//! A granule position tells where the last packet that ends on a page ends.
//! Raw frame 0 is the first that the first packets decode to; the first
//! granule position fixes which granule that is. From there on frames are
//! counted by the packets' own durations, and every page's granule position
//! checks the count:
//!
//! - the last page's, if it is lower, cuts off padding (RFC 7845, 4.4; Vorbis I, A.2);
//! - one that is higher says that packets are missing: silence stands for them.

use std::collections::VecDeque;
use std::ops::Range;

use super::mapping::Headers;
use super::packets::{Packets, Taken};
use super::page::{Page, PageReader};
use crate::audio::codec::{
    Codec, Container, Decoder, Demuxer, Description, Length, Packet, PacketTimer, PreRoll, Trim, Warnings, Watch,
    packet,
};
use crate::audio::{Error, Result};

/// A hole that takes longer than this, in seconds, is no loss but damage.
const LONGEST_HOLE: u64 = 600;

/// Granule positions may be left out on pages, but not for longer than this at the start.
const MAX_PAGES_WITHOUT_GRANULE: usize = 64;

/// A packet with its place.
#[derive(Debug)]
struct Timed {
    /// Where its bytes are; empty for a hole.
    bytes: Range<usize>,
    start: u64,
    frames: u32,
    /// The page that it ends on.
    offset: u64,
}

/// The packets of one link with their positions.
pub struct LinkDemuxer {
    pages: PageReader,
    packets: Packets,
    timer: Box<dyn PacketTimer>,
    description: Description,
    /// The page where the audio begins, and how many packets of it are headers.
    first_page: (u64, usize),
    longest_packet: u32,
    /// The granule position of raw frame 0.
    origin: Option<i64>,
    queue: VecDeque<Timed>,
    /// The raw frame after the last in the queue.
    position: u64,
    /// Whether the last page read says that it is the last of the stream.
    has_ended: bool,
    /// Whether its granule position lies beyond its packets.
    is_granule_beyond: bool,
    /// Packets that end before this are of no use after a seek.
    wanted: u64,
    index: u64,
    length: Option<u64>,
}

impl LinkDemuxer {
    /// Takes over behind the headers; finds the length if the link's `end` is known.
    pub fn new(pages: PageReader, headers: Headers, end: Option<u64>) -> Result<(Self, Box<dyn Decoder>)> {
        let Headers { track, mut packets, last_page, start, longest_packet, nominal_bit_rate, .. } = headers;
        if let Some(end) = end {
            packets.set_end(end);
        }
        let description = Description {
            container: Container::Ogg,
            codec: track.codec,
            rate: track.rate,
            channels: track.channels,
            channel_mask: track.channel_mask,
            sample_format: track.sample_format,
            bit_depth: track.bit_depth,
            bit_rate: nominal_bit_rate,
            trim: Trim { start: track.delay, end: None },
        };
        let mut demuxer = Self {
            pages,
            packets,
            timer: track.timer,
            description,
            first_page: start,
            longest_packet: longest_packet.max(1),
            origin: None,
            queue: VecDeque::new(),
            position: 0,
            has_ended: false,
            is_granule_beyond: false,
            wanted: 0,
            index: 0,
            length: None,
        };
        demuxer.find_origin(last_page)?;
        if let Some(end) = end {
            demuxer.find_length(end)?;
        }
        Ok((demuxer, track.decoder))
    }

    /// The pages, to read the headers of another link; a seek must follow.
    pub fn pages_mut(&mut self) -> &mut PageReader {
        &mut self.pages
    }

    /// Takes the pages back.
    pub fn into_pages(self) -> PageReader {
        self.pages
    }

    /// Whether [`Demuxer::seek`] works.
    pub fn is_seekable(&self) -> bool {
        self.pages.is_seekable()
    }

    /// Where the next link begins, once the end of this one was reached.
    pub fn next_link(&self) -> Option<u64> {
        self.packets.next_link()
    }

    /// The raw frame after the last that was found so far.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Reads pages, from the last one of the headers on, until one tells which granule raw frame 0 is.
    fn find_origin(&mut self, last_page: Option<Taken>) -> Result<()> {
        if let Some(taken) = last_page {
            self.place(&taken)?;
        }
        let mut pages = 0;
        while self.origin.is_none() && pages < MAX_PAGES_WITHOUT_GRANULE && self.load_page()? {
            pages += 1;
        }
        // Audio that an encoder put before the start of time is not part of it (Vorbis I, A.2).
        if self.description.codec == Codec::Vorbis {
            self.description.trim.start = self.origin.map_or(0, |origin| origin.min(0).unsigned_abs());
        }
        Ok(())
    }

    /// Finds the exact length from the last pages, by the rules that reading through follows.
    fn find_length(&mut self, end: u64) -> Result<()> {
        let warnings = self.packets.warnings().clone();
        let serial = self.packets.serial();
        let start = self.first_page.0;
        let Some(last) = self.pages.last_page(start, end, |page| page.serial == serial && page.granule.is_some())?
        else {
            // Headers without audio, or audio that no page places.
            self.go_to_start()?;
            self.length = if self.load_page()? { None } else { Some(0) };
            return self.go_to_start();
        };
        let anchor = self.pages.last_page(start, last.offset, |page| page.serial == serial && is_anchor(page))?;
        match anchor.and_then(|page| Some((page, self.raw(page.granule?)))) {
            Some((page, position)) => self.go_to_page(&page, position)?,
            None => self.go_to_start()?,
        }
        let result = loop {
            match self.load_page() {
                Ok(true) => self.queue.clear(),
                Ok(false) => break Ok(self.position),
                Err(error) => break Err(error),
            }
        };
        // A hole that is too long to bridge will end the reading: the length stays unknown.
        if let Ok(length) = result {
            self.length = Some(length);
            let seconds = length.saturating_sub(self.description.trim.start) as f64 / f64::from(self.description.rate);
            if seconds > 0.0 {
                let bits = (end.saturating_sub(start) * 8) as f64;
                self.description.bit_rate = Some((bits / seconds).round() as u32);
            }
        }
        self.go_to_start()?;
        self.packets.set_warnings(warnings);
        // Reading may stop at the length and never come to the end.
        self.warn_of_end();
        Ok(())
    }

    /// Notes what is wrong with the last page that was read, at the end of the link.
    fn warn_of_end(&mut self) {
        let end = self.packets.end().min(self.pages.len().unwrap_or(u64::MAX));
        if self.is_granule_beyond {
            self.packets.warn("the last granule position lies beyond the packets, which tell the length", end);
        }
        if !self.has_ended && self.length != Some(0) {
            self.packets.warn("the stream breaks off: no page says that it is the last", end);
        }
    }

    /// The raw frame of a granule position.
    fn raw(&self, granule: i64) -> u64 {
        granule.saturating_sub(self.origin.unwrap_or(0)).max(0) as u64
    }

    fn go_to_start(&mut self) -> Result<()> {
        self.restart(self.first_page.0, 0)?;
        let mut headers = self.first_page.1;
        while headers > 0 {
            let Some(taken) = self.packets.take_page(&mut self.pages)? else { return Ok(()) };
            for _ in 0..taken.packets.min(headers) {
                self.packets.pop();
            }
            if taken.packets > headers {
                self.place(&taken)?;
            }
            headers -= taken.packets.min(headers);
        }
        Ok(())
    }

    /// Goes behind the packets that end on `page`; the frames after them begin at `position`.
    fn go_to_page(&mut self, page: &Page, position: u64) -> Result<()> {
        self.restart(page.offset, position)?;
        self.packets.take_page(&mut self.pages)?;
        while let Some(range) = self.packets.pop() {
            self.timer.frames(self.packets.bytes(&range));
        }
        Ok(())
    }

    fn restart(&mut self, offset: u64, position: u64) -> Result<()> {
        self.pages.seek(offset)?;
        self.packets.restart();
        self.timer.reset();
        self.queue.clear();
        self.position = position;
        self.wanted = 0;
        Ok(())
    }

    /// Puts the packets of the next page into the queue; false at the end.
    fn load_page(&mut self) -> Result<bool> {
        if self.queue.is_empty() {
            self.packets.release();
        }
        let Some(taken) = self.packets.take_page(&mut self.pages)? else {
            self.warn_of_end();
            return Ok(false);
        };
        self.place(&taken)?;
        Ok(true)
    }

    /// Gives the packets of a page their places.
    fn place(&mut self, taken: &Taken) -> Result<()> {
        if taken.after_loss {
            self.timer.reset();
        }
        let mut ranges: Vec<Range<usize>> = std::iter::from_fn(|| self.packets.pop()).collect();
        let is_last = taken.page.ends_stream();
        self.has_ended = is_last;
        if is_last && taken.after_loss && taken.page.granule.is_some() {
            // How much is lost and how much of the last packet is padding: the granule position
            // tells only the sum. Silence up to the end, as nothing can be put in its place.
            ranges.clear();
        }
        let mut durations = self.durations(&ranges);
        let mut natural = self.position + total(&durations);
        let mut limit = u64::MAX;
        let mut hole = 0;
        if let Some(granule) = taken.page.granule.filter(|_| taken.page.completes_packet) {
            let first_granule = self.origin.is_none();
            let origin = *self.origin.get_or_insert_with(|| {
                let natural = i64::try_from(natural).unwrap_or(i64::MAX);
                // A lower one on the only page is the end, not a start before the start of time.
                if is_last && (0..natural).contains(&granule) { 0 } else { granule.saturating_sub(natural) }
            });
            let end = u64::try_from(granule.saturating_sub(origin)).unwrap_or(0);
            if end > natural && (!is_last || taken.after_loss) && !first_granule {
                if !taken.after_loss {
                    self.timer.reset();
                    durations = self.durations(&ranges);
                    natural = self.position + total(&durations);
                    self.packets.warn("packets are missing: silence in their place", taken.page.offset);
                }
                hole = end - natural;
            } else if end > natural && !first_granule {
                self.is_granule_beyond = true;
            } else if end < natural && end >= self.position {
                limit = end;
            }
        }
        if taken.after_loss || hole > 0 {
            self.add_hole(hole, taken.page.offset)?;
        }
        self.enqueue(ranges.into_iter().zip(durations), taken.page.offset, limit);
        Ok(())
    }

    fn durations(&mut self, ranges: &[Range<usize>]) -> Vec<u32> {
        ranges.iter().map(|range| self.timer.frames(self.packets.bytes(range))).collect()
    }

    /// Notes that frames are missing, perhaps none but the state of the decoder.
    fn add_hole(&mut self, frames: u64, offset: u64) -> Result<()> {
        if frames > LONGEST_HOLE * u64::from(self.description.rate) {
            return Err(Error::malformed(format!(
                "the granule position jumps ahead by {frames} frames at frame {}",
                self.position
            ))
            .at(offset));
        }
        let frames = u32::try_from(frames).unwrap_or(u32::MAX);
        self.queue.push_back(Timed { bytes: 0..0, start: self.position, frames, offset });
        self.position += u64::from(frames);
        Ok(())
    }

    /// Queues packets up to the raw frame `limit`.
    fn enqueue(&mut self, packets: impl Iterator<Item = (Range<usize>, u32)>, offset: u64, limit: u64) {
        for (bytes, frames) in packets {
            let left = limit.saturating_sub(self.position);
            let kept = u64::from(frames).min(left) as u32;
            if !bytes.is_empty() && (kept > 0 || frames == 0) {
                self.queue.push_back(Timed { bytes, start: self.position, frames: kept, offset });
            }
            self.position += u64::from(kept);
        }
    }

    /// Finds the last page that a decode for frame `wanted` may begin behind.
    fn find_anchor(&mut self, wanted: u64) -> Result<Option<(Page, u64)>> {
        /// Below this a search from the front is as cheap.
        const NEAR: u64 = 64 << 10;
        let (mut low, mut high) = (self.first_page.0, self.packets.end().min(self.pages.len().unwrap_or(u64::MAX)));
        let serial = self.packets.serial();
        let mut best = None;
        while low < high {
            let middle = if high - low > NEAR { low + (high - low) / 2 } else { low };
            self.pages.seek(middle)?;
            loop {
                let Some(page) = self.pages.peek()?.filter(|page| page.offset < high) else {
                    high = middle;
                    break;
                };
                if page.serial != serial || page.granule.is_none() || !page.completes_packet {
                    self.pages.pass()?;
                    continue;
                }
                let position = self.raw(page.granule.unwrap_or(0));
                if position > wanted {
                    high = if middle == low { low } else { middle };
                    break;
                }
                if is_anchor(&page) {
                    best = Some((page, position));
                }
                low = page.end();
                if middle + NEAR < high {
                    break;
                }
                self.pages.pass()?;
            }
        }
        Ok(best)
    }
}

fn total(durations: &[u32]) -> u64 {
    durations.iter().map(|&frames| u64::from(frames)).sum()
}

/// Whether a decode may begin behind this page: its granule position is no
/// cut end, and a packet on it tells the size of the block before the next.
fn is_anchor(page: &Page) -> bool {
    page.granule.is_some() && page.holds_packet && !page.ends_stream()
}

impl Demuxer for LinkDemuxer {
    fn description(&self) -> &Description {
        &self.description
    }

    fn length(&self) -> Length {
        self.length.map_or(Length::Unknown, Length::Exact)
    }

    fn measure(&mut self, _watch: Watch<'_>) -> Result<u64> {
        self.length.ok_or_else(packet::not_seekable)
    }

    fn next_packet(&mut self) -> Result<Option<Packet<'_>>> {
        loop {
            let Some(next) = self.queue.pop_front() else {
                if self.load_page()? {
                    continue;
                }
                return Ok(None);
            };
            let end = next.start + u64::from(next.frames);
            if self.wanted > 0 && end <= self.wanted {
                continue;
            }
            self.index += 1;
            return Ok(Some(Packet {
                data: self.packets.bytes(&next.bytes),
                index: self.index - 1,
                start: next.start,
                frames: next.frames,
                offset: next.offset,
            }));
        }
    }

    fn seek(&mut self, frame: u64, pre_roll: PreRoll) -> Result<()> {
        if !self.pages.is_seekable() {
            return Err(packet::not_seekable());
        }
        let ahead = u64::from(pre_roll.packets) * u64::from(self.longest_packet) + u64::from(pre_roll.frames);
        let wanted = frame.saturating_sub(ahead);
        let anchor = if wanted > 0 { self.find_anchor(wanted)? } else { None };
        match anchor {
            Some((page, position)) => self.go_to_page(&page, position)?,
            None => self.go_to_start()?,
        }
        self.wanted = wanted;
        Ok(())
    }

    fn warnings(&self) -> &Warnings {
        self.packets.warnings()
    }
}
