//! Ogg: pages, packets, chains of links (RFC 3533).
//!
//! A file may be a chain of links, each with its own headers, as when several
//! files are put one after the other. Links of the same codec, rate and
//! channels continue one timeline: it begins with the raw frames of the first
//! link; of every later one it has only the audio, without pre-skip and padding.

mod demux;
mod headers;
mod mapping;
mod packets;
mod page;
#[cfg(feature = "encoders")]
mod write;

#[cfg(feature = "encoders")]
pub use write::{Emit, OggEncoder, PacketEncoder};

use demux::LinkDemuxer;
pub use headers::each_header;
use mapping::Headers;
use page::{Page, PageReader};

use super::{
    Decoder, Demuxer, Description, Length, PacketStream, Stream, StreamOptions, Warnings, Watch, format_changed, packet,
};
use crate::audio::frames::{Block, BlockData, FramesMut, Layout};
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// Whether a file that starts with `head` is an Ogg file.
pub fn matches(head: &[u8]) -> bool {
    head.starts_with(b"OggS")
}

/// Opens an Ogg file that starts at the position of `source`.
pub fn open(source: ByteReader, _options: StreamOptions) -> Result<Box<dyn Stream>> {
    Ok(Box::new(Chain::open(source)?))
}

/// The packets of one link, decoded.
type Link = PacketStream<LinkDemuxer, Box<dyn Decoder>>;

/// Where a link lies in the file and on the timeline.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Its first page.
    offset: u64,
    /// Where its pages end, if known.
    end: Option<u64>,
    /// Its first frame on the timeline.
    start: u64,
    /// Its own raw frames that lie in front of that.
    lead: u64,
    /// Its frames on the timeline, if known.
    frames: Option<u64>,
}

/// All links of a file as one stream.
struct Chain {
    description: Description,
    /// The link at hand; none only after an error that lost it.
    link: Option<Link>,
    /// Which one that is.
    current: usize,
    places: Vec<Place>,
    /// The end of the timeline, once all links are known.
    end: Option<u64>,
    /// What ends the timeline before the file ends.
    broken: Option<Error>,
    /// The block at hand: frames of it to leave out, and its first frame on the timeline.
    skip: usize,
    block_start: u64,
    /// The block without the frames to leave out, if there are any.
    scratch: Vec<f32>,
    warnings: Warnings,
    link_warnings: u64,
}

impl Chain {
    fn open(source: ByteReader) -> Result<Self> {
        let offset = source.position();
        let mut pages = PageReader::new(source);
        let headers = Headers::read(&mut pages)?;
        let serials = headers.serials.clone();
        let file_end = if pages.is_seekable() { pages.len() } else { None };
        let end = match file_end {
            Some(file_end) => {
                let resume = pages.position();
                let end = link_end(&mut pages, resume, file_end, &serials)?;
                pages.seek(resume)?;
                Some(end)
            }
            None => None,
        };
        let (demuxer, decoder) = LinkDemuxer::new(pages, headers, end)?;
        let frames = exact(demuxer.length());
        let mut chain = Self {
            description: demuxer.description().clone(),
            link: Some(PacketStream::new(demuxer, decoder)),
            current: 0,
            places: vec![Place { offset, end, start: 0, lead: 0, frames }],
            end: None,
            broken: None,
            skip: 0,
            block_start: 0,
            scratch: Vec::new(),
            warnings: Warnings::default(),
            link_warnings: 0,
        };
        if let Some(file_end) = file_end {
            chain.find_links(file_end)?;
        }
        Ok(chain)
    }

    /// Finds the other links of a seekable file, and with them the length.
    fn find_links(&mut self, file_end: u64) -> Result<()> {
        while self.broken.is_none() {
            let last = self.places[self.places.len() - 1];
            let (Some(offset), Some(frames)) = (last.end, last.frames) else { break };
            if offset >= file_end {
                self.end = Some(last.start + frames);
                break;
            }
            self.enter(offset, last.start + frames, Some(file_end))?;
        }
        let is_at_start = self.places.len() == 1 && self.broken.is_none();
        if is_at_start { Ok(()) } else { self.seek(0) }
    }

    /// Goes back to a link that was met before.
    fn go_to(&mut self, index: usize) -> Result<()> {
        if self.current == index {
            return Ok(());
        }
        let place = self.places[index];
        let mut pages = self.take_pages()?;
        pages.seek(place.offset)?;
        let headers = Headers::read(&mut pages)?;
        let (demuxer, decoder) = LinkDemuxer::new(pages, headers, place.end)?;
        self.set_link(index, PacketStream::new(demuxer, decoder).starting_at(place.lead));
        Ok(())
    }

    /// Enters the link that begins at `offset`, behind the last one; its
    /// frames begin at `start`. What cannot be joined on breaks the chain.
    fn enter(&mut self, offset: u64, start: u64, file_end: Option<u64>) -> Result<()> {
        let Some(link) = &mut self.link else { return Err(self.lost()) };
        let pages = link.demuxer_mut().pages_mut();
        if file_end.is_some() {
            pages.seek(offset)?;
        }
        let headers = match Headers::read(pages) {
            Ok(headers) => headers,
            Err(error) => {
                self.broken = Some(error.at(offset));
                return Ok(());
            }
        };
        if let Some(error) = difference(&self.description, &headers, start) {
            self.broken = Some(error.at(offset));
            return Ok(());
        }
        let mut pages = self.take_pages()?;
        let end = match file_end {
            Some(file_end) => {
                let resume = pages.position();
                let end = link_end(&mut pages, resume, file_end, &headers.serials)?;
                pages.seek(resume)?;
                Some(end)
            }
            None => None,
        };
        let (demuxer, decoder) = LinkDemuxer::new(pages, headers, end)?;
        let lead = demuxer.description().trim.start;
        let frames = exact(demuxer.length()).map(|frames| frames.saturating_sub(lead));
        self.places.push(Place { offset, end, start, lead, frames });
        self.set_link(self.places.len() - 1, PacketStream::new(demuxer, decoder).starting_at(lead));
        Ok(())
    }

    fn set_link(&mut self, index: usize, link: Link) {
        self.current = index;
        self.link = Some(link);
        self.link_warnings = 0;
    }

    fn take_pages(&mut self) -> Result<PageReader> {
        match self.link.take() {
            Some(link) => Ok(link.into_demuxer().into_pages()),
            None => Err(self.lost()),
        }
    }

    /// The error after one that left no link at hand.
    fn lost(&self) -> Error {
        self.broken.clone().unwrap_or_else(|| Error::malformed("the Ogg stream could not be read on"))
    }

    fn collect_warnings(&mut self) {
        let Some(link) = &self.link else { return };
        let theirs = link.warnings();
        for warning in theirs.list().iter().skip(self.link_warnings as usize) {
            self.warnings.add(warning.message.clone(), warning.offset);
        }
        self.link_warnings = theirs.count();
    }

    /// Goes on behind the last frame of the link at hand; false at the end of the chain.
    fn next_link(&mut self) -> Result<bool> {
        let place = self.places[self.current];
        if self.current + 1 < self.places.len() {
            self.go_to(self.current + 1)?;
            return Ok(true);
        }
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        let Some(link) = &self.link else { return Err(self.lost()) };
        let frames = link.demuxer().position().saturating_sub(place.lead);
        let next = link.demuxer().next_link();
        self.places[self.current].frames = Some(frames);
        match next.filter(|_| self.end.is_none()) {
            None => {
                self.end = Some(place.start + frames);
                Ok(false)
            }
            Some(offset) => {
                self.enter(offset, place.start + frames, None)?;
                match &self.broken {
                    Some(error) => Err(error.clone()),
                    None => Ok(true),
                }
            }
        }
    }
}

fn exact(length: Length) -> Option<u64> {
    match length {
        Length::Exact(frames) => Some(frames),
        _ => None,
    }
}

/// Why a link cannot continue the timeline.
fn difference(description: &Description, headers: &Headers, frame: u64) -> Option<Error> {
    let track = &headers.track;
    if track.codec != description.codec {
        return Some(Error::new(
            crate::audio::ErrorKind::FormatChanged,
            format!(
                "the codec changes from {} to {} at frame {frame}; only the part before it can be read",
                description.codec.name(),
                track.codec.name()
            ),
        ));
    }
    [
        ("sample rate", description.rate, track.rate),
        ("channel count", description.channels, track.channels),
        ("bit depth", description.bit_depth, track.bit_depth),
    ]
    .into_iter()
    .find(|(_, from, to)| from != to)
    .map(|(what, from, to)| format_changed(what, from, to, frame))
}

/// So many bytes of a link are gone through page by page: it costs no more than to read them.
const WALKED: u64 = 256 << 10;

/// Whether a few pages show that those from `start` to the `last` are of one
/// logical stream: their numbers and times must grow all the way.
///
/// Each page looked at lies a quarter farther from `start` than the one before.
/// If another stream began between two of them, its pages up to the second
/// would outnumber and outlast all of the first stream, on less than a quarter
/// of its bytes; so pages that have got much smaller prove nothing.
fn is_one_run(pages: &mut PageReader, start: u64, near: u64, last: Option<Page>) -> Result<bool> {
    let Some(last) = last else { return Ok(false) };
    let Some(end) = pages.last_page(start, last.offset, |page| page.serial == last.serial)? else { return Ok(false) };
    let Some(mut before) = pages.header_from(near, last.serial)? else { return Ok(false) };
    if !is_next(&before, &end) || !is_next(&end, &last) {
        return Ok(false);
    }
    while before.offset < end.offset {
        let passed = before.offset - start;
        let ahead = (before.offset + passed / 4).min(end.offset);
        let Some(page) = pages.header_from(ahead, last.serial)? else { return Ok(false) };
        let usual = passed / u64::from(before.sequence).max(1);
        if !is_next(&before, &page) || (page.len as u64) < usual / 3 {
            return Ok(false);
        }
        before = page;
    }
    Ok(true)
}

/// Whether one page may follow the other in the same logical stream.
fn is_next(before: &Page, page: &Page) -> bool {
    page.serial == before.serial
        && !page.begins_stream()
        && page.sequence > before.sequence
        && matches!((before.granule, page.granule), (Some(before), Some(granule)) if granule > before)
}

/// Where the link with these logical streams, whose audio begins at `start`, ends.
fn link_end(pages: &mut PageReader, start: u64, file_end: u64, serials: &[u32]) -> Result<u64> {
    // Its serial number should tell a link from the next, but files joined by
    // hand repeat it; only the page that begins a stream tells them for sure.
    let last = pages.last_page(start, file_end, |_| true)?;
    let near = start.saturating_add(WALKED).min(file_end);
    let mut next = pages.next_beginning(start, near)?;
    if next.is_none() && near < file_end && !is_one_run(pages, start, near, last)? {
        next = pages.next_beginning(start, file_end)?;
    }
    if let Some(end) = next {
        return Ok(end);
    }
    if last.is_none_or(|last| serials.contains(&last.serial)) {
        return Ok(file_end);
    }
    // The links lie one after the other: bisection finds the first page of another one.
    let (mut low, mut high) = (start, file_end);
    while low < high {
        let middle = low + (high - low) / 2;
        pages.seek(middle)?;
        match pages.peek()? {
            Some(page) if page.offset < high && serials.contains(&page.serial) => low = page.end(),
            _ => high = middle,
        }
    }
    pages.seek(low)?;
    Ok(pages.peek()?.map_or(file_end, |page| page.offset))
}

impl Stream for Chain {
    fn description(&self) -> &Description {
        &self.description
    }

    fn length(&self) -> Length {
        let last = self.places[self.places.len() - 1];
        match (self.end, last.frames) {
            (Some(end), _) => Length::Exact(end),
            // The frames before a change of format are not the whole of the file.
            (None, Some(frames)) if self.broken.is_some() => Length::Estimate(last.start + frames),
            _ => Length::Unknown,
        }
    }

    fn measure(&mut self, _watch: Watch<'_>) -> Result<u64> {
        self.end.ok_or_else(|| self.broken.clone().unwrap_or_else(packet::not_seekable))
    }

    fn advance(&mut self) -> Result<bool> {
        loop {
            let Some(link) = &mut self.link else { return Err(self.lost()) };
            let more = link.advance()?;
            self.collect_warnings();
            if !more {
                if !self.next_link()? {
                    self.block_start = self.end.unwrap_or(self.block_start);
                    return Ok(false);
                }
                continue;
            }
            let Some(link) = &self.link else { return Err(self.lost()) };
            let place = self.places[self.current];
            let (start, block) = (link.block_start(), link.block());
            self.skip = usize::try_from(place.lead.saturating_sub(start)).unwrap_or(usize::MAX).min(block.frames);
            self.block_start = place.start + start.saturating_sub(place.lead);
            let frames = block.frames - self.skip;
            if frames == 0 {
                continue;
            }
            if self.skip > 0 {
                self.scratch.resize(frames * block.channels, 0.0);
                block.copy_to(self.skip, &mut FramesMut::new(&mut self.scratch, block.channels, Layout::Planar));
            }
            return Ok(true);
        }
    }

    fn block(&self) -> Block<'_> {
        let Some(link) = &self.link else {
            return Block { frames: 0, channels: self.description.channels as usize, data: BlockData::Silence };
        };
        let block = link.block();
        if self.skip == 0 {
            return block;
        }
        let frames = block.frames - self.skip;
        Block { frames, data: BlockData::PlanarF32 { samples: &self.scratch, stride: frames }, ..block }
    }

    fn block_start(&self) -> u64 {
        self.block_start
    }

    fn seek(&mut self, frame: u64) -> Result<()> {
        match &self.link {
            Some(link) if link.demuxer().is_seekable() => {}
            Some(_) => return Err(packet::not_seekable()),
            None => return Err(self.lost()),
        }
        let index = self.places.partition_point(|place| place.start <= frame).saturating_sub(1);
        self.go_to(index)?;
        let place = self.places[index];
        let Some(link) = &mut self.link else { return Err(self.lost()) };
        self.skip = 0;
        link.seek(frame - place.start + place.lead)
    }

    fn warnings(&self) -> &Warnings {
        &self.warnings
    }
}
