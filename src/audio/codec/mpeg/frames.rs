//! The frames of a stream in order, each at its place on the timeline.
//!
//! Frames follow one another without gaps; where they do not, the file is
//! damaged. A frame whose successor is not where its header says is damaged
//! itself if the next good frame starts within it. Bytes that belong to no
//! frame are skipped, but if they are as many as lost frames would be, these
//! keep their places, so that what follows stays where it was.

use super::header::{ChainEnd, Header, MAX_FRAME, follow};
use super::scan::{Format, Resync, is_next, resync};
use super::tag::tag_between_frames;
use crate::audio::codec::{Warnings, Watch, format_changed};
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// One frame of the stream, or the place of a lost one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// Its ordinal number: the position is this times the samples of a frame.
    pub number: u64,
    /// Where it starts.
    pub offset: u64,
    /// Its bytes; 0 if it is lost or damaged.
    pub size: usize,
    /// Bytes of main data it adds to the bit reservoir.
    pub main_data: usize,
}

/// Where all frames have one bit rate, the number of a frame follows from its
/// offset, and the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Offset of frame 0.
    pub first: u64,
    /// Frames in the stream.
    pub frames: u64,
    /// A frame's exact size is `bits / per_byte` bytes.
    bits: u64,
    per_byte: u64,
    header: Header,
}

impl Grid {
    /// The grid from `first` to `end`, if whole frames like `header`'s fill it.
    pub fn new(first: u64, end: u64, header: Header) -> Option<Self> {
        if header.is_free_format() || header.layer() != 3 {
            return None;
        }
        let bits = u64::from(header.samples()) * u64::from(header.bit_rate());
        let per_byte = 8 * u64::from(header.rate());
        let mut grid = Self { first, frames: 0, bits, per_byte, header };
        grid.frames = grid.nearest(end);
        (grid.offset(grid.frames).abs_diff(end) <= 1).then_some(grid)
    }

    fn nearest(&self, offset: u64) -> u64 {
        let bytes = u128::from(offset.saturating_sub(self.first));
        ((bytes * u128::from(self.per_byte) + u128::from(self.bits / 2)) / u128::from(self.bits)) as u64
    }

    /// Where frame `number` starts, give or take the padding byte.
    pub fn offset(&self, number: u64) -> u64 {
        self.first + (u128::from(number) * u128::from(self.bits) / u128::from(self.per_byte)) as u64
    }

    /// The number of the frame at `offset`, if one may stand there.
    pub fn number(&self, offset: u64, header: Header) -> Option<u64> {
        let number = self.nearest(offset);
        let fits = offset >= self.first
            && number < self.frames
            && self.offset(number).abs_diff(offset) <= 1
            && header.bit_rate() == self.header.bit_rate();
        fits.then_some(number)
    }
}

/// A place in the walk along the frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    /// Number of the next frame to give.
    number: u64,
    /// Offset of the next frame that is there, and its number: those between are lost.
    offset: u64,
    at: u64,
}

/// How a stream ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// After so many frames.
    Frames(u64),
    /// With another stream behind so many frames.
    Change(u64, Error),
}

/// The frames of one stream.
pub struct Frames {
    source: ByteReader,
    stream: Format,
    grid: Option<Grid>,
    place: Place,
    /// The furthest place reached without leaving out any frame.
    frontier: Place,
    /// Every 32nd frame (number, offset), as far as the frontier.
    points: Vec<(u64, u64)>,
    end: Option<End>,
    /// Bytes of the frames up to the frontier.
    bytes: u64,
    /// Where the first frame is whose bit rate is another than the first one's.
    varies_from: Option<u64>,
    warnings: Warnings,
}

impl Frames {
    /// Frames from one index point to the next.
    const SPACING: u64 = 32;
    /// Frames that any pre-roll fits into: main data comes by at least three bytes a frame.
    const MAX_BEHIND: usize = 1024;
    /// More lost frames in a row than this are not told from other bytes.
    const MAX_LOST: u64 = 8;

    /// The frames of `stream` from the position of `source` on.
    pub fn new(source: ByteReader, stream: Format) -> Self {
        let place = Place { number: 0, offset: source.position(), at: 0 };
        Self {
            source,
            stream,
            grid: None,
            place,
            frontier: place,
            points: vec![(0, place.offset)],
            end: None,
            bytes: 0,
            varies_from: None,
            warnings: Warnings::default(),
        }
    }

    /// Takes frames to stand on a grid, if they do at some probes of it.
    pub fn lay_on_grid(&mut self, grid: Grid) -> Result<bool> {
        let last = grid.frames.saturating_sub(1);
        for number in [0, 1, 2, last / 4, last / 2, last / 4 * 3, last] {
            if number < grid.frames && self.frame_on_grid(grid, number)?.is_none() {
                return Ok(false);
            }
        }
        self.grid = Some(grid);
        Ok(true)
    }

    /// The offset of frame `number`, if it is where the grid says.
    fn frame_on_grid(&mut self, grid: Grid, number: u64) -> Result<Option<u64>> {
        let near = grid.offset(number).saturating_sub(1).max(grid.first);
        self.source.seek(near)?;
        let bytes = self.source.peek(2 * MAX_FRAME)?;
        for skip in 0..3 {
            let Some(header) = bytes.get(skip..).and_then(Header::parse) else { continue };
            let offset = near + skip as u64;
            let follows = follow(&bytes[skip..], header, 0, 2);
            if header.same_stream(self.stream.header)
                && grid.number(offset, header) == Some(number)
                && (follows.headers == 2 || follows.end == ChainEnd::Exact)
            {
                return Ok(Some(offset));
            }
        }
        Ok(None)
    }

    /// Where the first frame starts.
    pub fn first_offset(&self) -> u64 {
        self.points[0].1
    }

    /// The source, for looking at what surrounds the frames.
    pub fn source(&self) -> &ByteReader {
        &self.source
    }

    /// Frames in the stream, where that is known for sure.
    pub fn count(&self) -> Option<u64> {
        match (&self.end, self.grid) {
            (Some(End::Frames(frames)), _) => Some(*frames),
            (None, Some(grid)) => Some(grid.frames),
            _ => None,
        }
    }

    /// How the stream ends, once that has been reached.
    pub fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// Frames passed so far and their bytes.
    pub fn passed(&self) -> (u64, u64) {
        (self.frontier.number, self.bytes)
    }

    /// The bit rate that all frames so far have; `None` if they differ.
    pub fn constant_bit_rate(&self) -> Option<u32> {
        self.bit_rate_at(u64::MAX)
    }

    /// The bit rate that all frames in front of `offset` have: the same whenever it is asked.
    fn bit_rate_at(&self, offset: u64) -> Option<u32> {
        self.varies_from.is_none_or(|varies| offset <= varies).then_some(self.stream.header.bit_rate())
    }

    /// What was found wrong so far.
    pub fn warnings(&self) -> &Warnings {
        &self.warnings
    }

    /// Notes something wrong.
    pub fn warn(&mut self, message: impl Into<String>, offset: Option<u64>) {
        self.warnings.add(message, offset);
    }

    /// The bytes of a frame that [`Frames::advance`] gave.
    pub fn data(&mut self, frame: Frame) -> Result<&[u8]> {
        self.source.seek(frame.offset)?;
        self.source.peek(frame.size)
    }

    /// The next frame; `None` at the end.
    ///
    /// # Errors
    /// A change of format, after all frames before it.
    pub fn advance(&mut self) -> Result<Option<Frame>> {
        let at_frontier = self.place == self.frontier;
        if at_frontier {
            match &self.end {
                Some(End::Frames(_)) => return Ok(None),
                Some(End::Change(_, error)) => return Err(error.clone()),
                None => {}
            }
        }
        let frame = match self.step() {
            Ok(frame) => frame,
            Err(error) => {
                if at_frontier && error.kind() == crate::audio::ErrorKind::FormatChanged {
                    self.end = Some(End::Change(self.place.number, error.clone()));
                }
                return Err(error);
            }
        };
        if at_frontier {
            self.frontier = self.place;
            match frame {
                None => self.end = Some(End::Frames(self.place.number)),
                Some(frame) => {
                    self.bytes += frame.size as u64;
                    let is_due = self.points.last().is_none_or(|(number, _)| frame.number >= number + Self::SPACING);
                    if is_due && frame.size > 0 {
                        self.points.push((frame.number, frame.offset));
                    }
                }
            }
        }
        Ok(frame)
    }

    /// One step of the walk from wherever it stands.
    fn step(&mut self) -> Result<Option<Frame>> {
        let Place { number, offset, at } = self.place;
        if number < at {
            self.place.number += 1;
            return Ok(Some(Frame { number, offset, size: 0, main_data: 0 }));
        }
        self.source.seek(offset)?;
        let header = Header::parse(self.source.peek(Header::SIZE)?)
            .filter(|header| header.same_stream(self.stream.header) && self.is_place(offset, *header));
        let Some(header) = header else {
            return if self.pass_gap()? { self.step() } else { Ok(None) };
        };
        let size = header.size(self.stream.free_format);
        let bytes = self.source.peek(size + 16)?;
        let chain = follow(bytes, header, self.stream.free_format, 2);
        let mut frame = Frame { number, offset, size, main_data: size.saturating_sub(header.main_data_offset()) };
        let mut next = offset + size as u64;
        match chain.end {
            ChainEnd::Enough | ChainEnd::Exact => {
                if self.place == self.frontier && header.bit_rate() != self.stream.header.bit_rate() {
                    self.varies_from.get_or_insert(offset);
                }
            }
            ChainEnd::Other if tag_between_frames(&bytes[size..]).is_some() => {}
            ChainEnd::Other | ChainEnd::Cut => {
                let (stream, grid) = (self.stream, self.grid);
                let is_place = |at, header| grid.is_none_or(|grid| grid.number(at, header).is_some());
                let bytes = self.source.peek(3 * MAX_FRAME)?;
                let found = (Header::SIZE..bytes.len().min(size.max(MAX_FRAME))).find(|&at| {
                    bytes[at] == 0xff && is_next(&bytes[at..], stream, |header| is_place(offset + at as u64, header))
                });
                // The next frame starts within this one, or so far behind it
                // that not another one is lost, but this one's size is wrong.
                let within = found.filter(|&at| {
                    at < size
                        || (self.bit_rate_at(offset) != Some(header.bit_rate())
                            && self.lost_frames(offset, (at - size) as u64) == 0
                            && self.lost_frames(offset, at as u64) == 1)
                });
                if let Some(within) = within {
                    next = offset + within as u64;
                    frame.size = 0;
                    frame.main_data = 0;
                    self.warn_new("a frame is damaged: the next one is not where its header says", offset);
                } else if chain.end == ChainEnd::Cut {
                    self.warn_new("the file ends within a frame: it is left out", offset);
                    return if self.pass_end()? { self.step() } else { Ok(None) };
                }
            }
        }
        self.place = Place { number: number + 1, offset: next, at: number + 1 };
        if let Some(grid) = self.grid {
            // The grid, not the count, says which frame comes next: no bytes may shift the rest.
            self.place.at = grid.nearest(next).max(number + 1);
        }
        Ok(Some(frame))
    }

    fn is_place(&self, offset: u64, header: Header) -> bool {
        self.grid.is_none_or(|grid| grid.number(offset, header) == Some(self.place.at))
    }

    /// Goes over bytes that are no frame; false at the end of the stream.
    fn pass_gap(&mut self) -> Result<bool> {
        let Place { number, offset, .. } = self.place;
        let grid = self.grid;
        let at = self.place.at;
        let start = self.source.peek(16)?;
        let (is_tag, is_end) = (tag_between_frames(start).is_some(), start.is_empty());
        let found = resync(&mut self.source, offset, self.stream, |offset, header| {
            grid.is_none_or(|grid| grid.number(offset, header).is_some_and(|number| number >= at))
        })?;
        let next = self.source.position();
        match found {
            Some(Resync::Frame) => {
                let gap = next - offset;
                let lost = match grid {
                    Some(grid) => grid.nearest(next).saturating_sub(at),
                    None if is_tag => 0,
                    None => self.lost_frames(offset, gap),
                };
                if !is_tag {
                    self.warn_new(
                        match lost {
                            0 => format!("{gap} bytes between frames are no frame: skipped"),
                            _ => format!("{gap} bytes are no frame: {lost} damaged frame(s) are silent"),
                        },
                        offset,
                    );
                }
                self.place = Place { number, offset: next, at: number + lost };
                Ok(true)
            }
            Some(Resync::Change(to)) => Err(self.change(to, number).at(next)),
            None => {
                if !is_tag && !is_end {
                    self.warn_new("the bytes after the last frame are no frame: left out", offset);
                }
                self.pass_end()
            }
        }
    }

    /// At the end: a grid keeps the places of frames that are lost there.
    fn pass_end(&mut self) -> Result<bool> {
        match self.grid {
            Some(grid) if self.place.number < grid.frames => {
                self.place.at = grid.frames;
                self.place.offset = self.source.len().unwrap_or(self.place.offset);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// How many frames the gap of `bytes` at `offset` is as long as; 0 if none.
    fn lost_frames(&self, offset: u64, bytes: u64) -> u64 {
        let header = self.stream.header;
        let sizes = |size: usize, n: u64| {
            let (size, pad) = (size as u64, if header.layer() == 1 { 4 } else { 1 });
            (n * size..=n * (size + pad)).contains(&bytes)
        };
        let free = self.stream.free_format;
        match self.bit_rate_at(offset) {
            Some(_) => {
                let size = header.size(free) - header.padding();
                (1..=Self::MAX_LOST).find(|n| sizes(size, *n)).unwrap_or(0)
            }
            None => u64::from(header.every_size().any(|size| sizes(size, 1))),
        }
    }

    fn change(&self, to: Header, number: u64) -> Error {
        let from = self.stream.header;
        let frame = number * u64::from(from.samples());
        if to.rate() != from.rate() {
            format_changed("sample rate", from.rate(), to.rate(), frame)
        } else if to.channels() != from.channels() {
            format_changed("number of channels", from.channels(), to.channels(), frame)
        } else {
            format_changed("layer", u32::from(from.layer()), u32::from(to.layer()), frame)
        }
    }

    /// Warns of what has not been passed before.
    fn warn_new(&mut self, message: impl Into<String>, offset: u64) {
        if self.place == self.frontier {
            self.warnings.add(message, Some(offset));
        }
    }

    /// Passes all frames up to the end, whose numbers `watch` is told, and comes back.
    pub fn scan(&mut self, watch: Watch<'_>) -> Result<()> {
        let place = std::mem::replace(&mut self.place, self.frontier);
        let result = loop {
            match self.advance() {
                Ok(Some(frame)) => {
                    if let Err(error) = watch(frame.number) {
                        break Err(error);
                    }
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        self.place = place;
        result
    }

    /// Goes to a frame at or before `number` such that the frames from there to
    /// `number` hold `main_data` bytes, then `whole` more frames; to the first
    /// if there are not as many.
    pub fn seek(&mut self, number: u64, main_data: usize, whole: usize) -> Result<()> {
        if let Some(grid) = self.grid
            && self.seek_on_grid(grid, number, main_data, whole)?
        {
            return Ok(());
        }
        // A walk along the frames up to `number`, from a point known to be far enough back.
        let mut point = self.points.partition_point(|(n, _)| *n <= number).saturating_sub(1);
        loop {
            let (first, offset) = self.points[point];
            let start = Place { number: first, offset, at: first };
            let mut behind = Vec::new();
            self.place = start;
            while self.place.number < number {
                let place = self.place;
                match self.advance() {
                    Ok(Some(frame)) => {
                        if behind.len() == 2 * Self::MAX_BEHIND {
                            behind.drain(..Self::MAX_BEHIND);
                        }
                        behind.push((place, frame));
                    }
                    Ok(None) => break,
                    // Told when reading gets there.
                    Err(error) if error.kind() == crate::audio::ErrorKind::FormatChanged => break,
                    Err(error) => return Err(error),
                }
            }
            if let Some(place) = far_enough(&behind, main_data, whole) {
                self.place = place;
                return Ok(());
            }
            if point == 0 {
                self.place = start;
                return Ok(());
            }
            point = point.saturating_sub(2);
        }
    }

    fn seek_on_grid(&mut self, grid: Grid, number: u64, main_data: usize, whole: usize) -> Result<bool> {
        let header = grid.header;
        let per_frame = header.size(0).saturating_sub(header.main_data_offset()).max(1);
        let back = (main_data.div_ceil(per_frame) + whole) as u64;
        let mut start = number.min(grid.frames).saturating_sub(back);
        // A damaged frame is no place to start at.
        for _ in 0..Self::SPACING {
            if start == 0 {
                break;
            }
            if let Some(offset) = self.frame_on_grid(grid, start)? {
                self.place = Place { number: start, offset, at: start };
                return Ok(true);
            }
            start -= 1;
        }
        if start == 0 {
            let (number, offset) = self.points[0];
            self.place = Place { number, offset, at: number };
            return Ok(true);
        }
        Ok(false)
    }
}

/// The last place from which the frames `behind` hold so much.
fn far_enough(behind: &[(Place, Frame)], main_data: usize, whole: usize) -> Option<Place> {
    let (mut bytes, mut frames) = (0, 0);
    for (place, frame) in behind.iter().rev().filter(|(_, frame)| frame.size > 0) {
        if frames == whole {
            bytes += frame.main_data;
        } else {
            frames += 1;
        }
        if frames == whole && bytes >= main_data {
            return Some(*place);
        }
    }
    None
}
