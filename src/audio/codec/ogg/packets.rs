//! Packets out of pages: lacing (RFC 3533, section 5).

use std::collections::VecDeque;
use std::ops::Range;

use super::page::{Page, PageReader};
use crate::audio::codec::Warnings;
use crate::audio::{Result, limits};

/// The packets of one logical stream, a page at a time.
#[derive(Debug)]
pub struct Packets {
    serial: u32,
    /// Pages from here on belong to the next link of the chain.
    end: u64,
    bytes: Vec<u8>,
    /// Complete packets in `bytes`.
    whole: VecDeque<Range<usize>>,
    /// Where the packet that goes on on the next page begins in `bytes`; `None` if there is none.
    unfinished: Option<usize>,
    sequence: Option<u32>,
    /// The page at which the next link was found to begin.
    next_link: Option<u64>,
    warnings: Warnings,
}

/// A page whose packets were taken.
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    /// The page.
    pub page: Page,
    /// Whether packets are missing between the page before it and its first complete one.
    pub after_loss: bool,
    /// Packets that end on it and are complete.
    pub packets: usize,
}

impl Packets {
    /// Of the logical stream `serial`, up to byte `end`.
    pub fn new(serial: u32, end: u64) -> Self {
        Self {
            serial,
            end,
            bytes: Vec::new(),
            whole: VecDeque::new(),
            unfinished: None,
            sequence: None,
            next_link: None,
            warnings: Warnings::default(),
        }
    }

    /// The logical stream.
    pub fn serial(&self) -> u32 {
        self.serial
    }

    /// Says where the link ends, once that is known.
    pub fn set_end(&mut self, end: u64) {
        self.end = end;
    }

    /// Where the link ends, as far as known.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Where the next link of the chain begins, once the end of this one was seen.
    pub fn next_link(&self) -> Option<u64> {
        self.next_link
    }

    /// What was found wrong.
    pub fn warnings(&self) -> &Warnings {
        &self.warnings
    }

    /// Notes something wrong.
    pub fn warn(&mut self, message: &str, offset: u64) {
        self.warnings.add(message, Some(offset));
    }

    /// To put back what was known before a look ahead.
    pub fn set_warnings(&mut self, warnings: Warnings) {
        self.warnings = warnings;
    }

    /// Forgets everything after a jump to another page.
    pub fn restart(&mut self) {
        self.bytes.clear();
        self.whole.clear();
        self.unfinished = None;
        self.sequence = None;
    }

    /// The next complete packet of the pages taken so far.
    pub fn pop(&mut self) -> Option<Range<usize>> {
        self.whole.pop_front()
    }

    /// The bytes of the packet that [`Packets::pop`] would give.
    pub fn front(&self) -> Option<&[u8]> {
        self.whole.front().map(|range| self.bytes(range))
    }

    /// The bytes of a packet; good until the next page is taken with all packets popped.
    pub fn bytes(&self, range: &Range<usize>) -> &[u8] {
        &self.bytes[range.clone()]
    }

    /// Whether a packet goes on on the next page.
    pub fn is_within_packet(&self) -> bool {
        self.unfinished.is_some()
    }

    /// Drops the bytes of packets that were popped.
    pub fn release(&mut self) {
        let keep = self.whole.front().map(|range| range.start).or(self.unfinished).unwrap_or(self.bytes.len());
        self.bytes.drain(..keep);
        for range in &mut self.whole {
            *range = range.start - keep..range.end - keep;
        }
        self.unfinished = self.unfinished.map(|start| start - keep);
    }

    /// Takes in the next page of the stream; `None` at the end of the link.
    pub fn take_page(&mut self, pages: &mut PageReader) -> Result<Option<Taken>> {
        loop {
            let page = pages.peek()?;
            if let Some((at, count)) = pages.take_skipped()
                && at < self.end
            {
                self.warnings.add(format!("{count} bytes that are no sound Ogg page were passed over"), Some(at));
            }
            let Some(page) = page.filter(|page| page.offset < self.end) else {
                return Ok(self.finish());
            };
            if page.begins_stream() {
                self.next_link = Some(page.offset);
                self.end = page.offset;
                return Ok(self.finish());
            }
            if page.serial == self.serial {
                let taken = self.take(&page, pages)?;
                pages.pass()?;
                return Ok(Some(taken));
            }
            pages.pass()?;
        }
    }

    /// At the end of the link.
    fn finish(&mut self) -> Option<Taken> {
        if self.unfinished.take().is_some() {
            self.warnings.add("the stream ends within a packet: the audio is cut off there", None);
        }
        None
    }

    fn take(&mut self, page: &Page, pages: &mut PageReader) -> Result<Taken> {
        let mut after_loss = self.sequence.is_some_and(|before| before.wrapping_add(1) != page.sequence);
        if after_loss {
            self.warnings.add("pages are missing: silence in their place", Some(page.offset));
        }
        self.sequence = Some(page.sequence);
        let is_joined = page.is_continued() && !after_loss && self.unfinished.is_some();
        if let Some(start) = self.unfinished.filter(|_| !is_joined) {
            self.bytes.truncate(start);
            self.unfinished = None;
            after_loss = true;
        }

        let (table, body) = pages.contents(page)?;
        let mut start = self.unfinished.unwrap_or(self.bytes.len());
        let mut at = self.bytes.len();
        self.bytes.extend_from_slice(body);
        // The end of a packet whose beginning is not at hand is passed over.
        let mut is_headless = page.is_continued() && !is_joined;
        let mut packets = 0;
        for &lacing in table {
            at += usize::from(lacing);
            if lacing < 255 {
                if !is_headless && at - start <= limits::MAX_PACKET {
                    self.whole.push_back(start..at);
                    packets += 1;
                }
                is_headless = false;
                start = at;
            }
        }
        self.unfinished = (table.last() == Some(&255) && !is_headless).then_some(start);
        if self.unfinished.is_some_and(|start| self.bytes.len() - start > limits::MAX_PACKET) {
            self.warnings.add("a packet larger than the limit was passed over", Some(page.offset));
            self.bytes.truncate(start);
            self.unfinished = None;
        }
        Ok(Taken { page: *page, after_loss, packets })
    }
}
