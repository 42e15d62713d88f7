//! The frames of one track, in file order: clusters, block groups, lacing (RFC 9559, 10).

use std::collections::VecDeque;

use super::ebml::{self, Children, Element, int, number};
use crate::audio::codec::Warnings;
use crate::audio::limits::MAX_PACKET;
use crate::audio::source::ByteReader;
use crate::audio::{Error, ErrorKind, Result};

const SEGMENT: u32 = 0x1853_8067;
const CLUSTER: u32 = 0x1F43_B675;
const SIMPLE_BLOCK: u32 = 0xA3;
const BLOCK_GROUP: u32 = 0xA0;
const BLOCK: u32 = 0xA1;
const DISCARD_PADDING: u32 = 0x75A2;

/// One frame: a packet of the codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    pub offset: u64,
    pub size: usize,
    /// Nanoseconds of its end that are padding.
    pub discard: u64,
    /// Where its cluster begins, if it is the first frame of the track in it.
    pub cluster: Option<u64>,
}

/// Walks over the frames of one track.
#[derive(Debug)]
pub struct Blocks {
    track: u64,
    /// Where to go on once the queue is empty.
    next: u64,
    queue: VecDeque<Frame>,
    new_cluster: Option<u64>,
}

impl Blocks {
    /// Frames of `track` in the elements from `position` on.
    pub fn new(track: u64, position: u64) -> Self {
        Self { track, next: position, queue: VecDeque::new(), new_cluster: None }
    }

    /// The next frame; the source is at its first byte then.
    pub fn next(&mut self, source: &mut ByteReader, warnings: &mut Warnings) -> Result<Option<Frame>> {
        loop {
            if let Some(frame) = self.queue.pop_front() {
                source.seek(frame.offset)?;
                return Ok(Some(frame));
            }
            source.seek(self.next)?;
            let element = match ebml::next(source) {
                Ok(Some(element)) => element,
                Ok(None) => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Malformed => {
                    if !self.resync(source, warnings)? {
                        return Ok(None);
                    }
                    continue;
                }
                Err(error) => return Err(error),
            };
            match element.id {
                // Their children follow: go in.
                SEGMENT => self.next = element.body,
                CLUSTER => {
                    self.new_cluster = Some(element.start);
                    self.next = element.body;
                }
                SIMPLE_BLOCK | BLOCK_GROUP => {
                    let Some(end) = element.end else {
                        return Err(Error::malformed("a block of unknown size").at(element.start));
                    };
                    self.next = end;
                    match self.read_block(source, element) {
                        Ok(()) => {}
                        Err(error) if matches!(error.kind(), ErrorKind::Malformed | ErrorKind::Limit) => {
                            warnings.add(format!("a block was left out: {}", error.message()), Some(element.start));
                        }
                        Err(error) => return Err(error),
                    }
                }
                _ => match element.end {
                    Some(end) => self.next = end,
                    None => self.next = element.body,
                },
            }
        }
    }

    /// Gives a frame again at the next call.
    pub fn unread(&mut self, frame: Frame) {
        self.queue.push_front(frame);
    }

    /// Takes one block's frames of our track into the queue.
    fn read_block(&mut self, source: &mut ByteReader, element: Element) -> Result<()> {
        let len = element.len(MAX_PACKET)?;
        let bytes = source.peek(len)?;
        if bytes.len() < len {
            return Err(Error::malformed("the file ends within it"));
        }
        let mut discard = 0;
        let (block, start) = if element.id == BLOCK_GROUP {
            let mut block = None;
            for (id, body) in Children(bytes) {
                match id {
                    BLOCK => block = Some(body),
                    DISCARD_PADDING => discard = int(body).max(0).unsigned_abs(),
                    _ => {}
                }
            }
            let block = block.ok_or_else(|| Error::malformed("a block group without a block"))?;
            // Both are parts of one buffer: their distance is the block's place in it.
            let within = block.as_ptr().addr() - bytes.as_ptr().addr();
            (block, element.body + within as u64)
        } else {
            (bytes, element.body)
        };
        let cut = || Error::malformed("the block is cut short");
        let (track, width) = number(block).ok_or_else(cut)?;
        if track != Some(self.track) {
            return Ok(());
        }
        let flags = *block.get(width + 2).ok_or_else(cut)?;
        let mut at = width + 3;
        let sizes =
            lace_sizes(flags, block, &mut at).ok_or_else(|| Error::malformed("the block's lacing is damaged"))?;
        let last = sizes.len().saturating_sub(1);
        for (i, size) in sizes.into_iter().enumerate() {
            let discard = if i == last { discard } else { 0 };
            let cluster = self.new_cluster.take();
            self.queue.push_back(Frame { offset: start + at as u64, size, discard, cluster });
            at += size;
        }
        Ok(())
    }

    /// Looks for the next cluster after damage; false if there is none.
    fn resync(&mut self, source: &mut ByteReader, warnings: &mut Warnings) -> Result<bool> {
        let damaged_at = self.next;
        let mut at = self.next + 1;
        loop {
            source.seek(at)?;
            let bytes = source.peek_more(4)?;
            if bytes.len() < 4 {
                warnings.add("damaged data up to the end of the file", Some(damaged_at));
                return Ok(false);
            }
            match bytes.windows(4).position(|w| w == CLUSTER.to_be_bytes()) {
                Some(n) => {
                    self.next = at + n as u64;
                    warnings.add(format!("{} damaged bytes were skipped", self.next - damaged_at), Some(damaged_at));
                    return Ok(true);
                }
                None => at += bytes.len() as u64 - 3,
            }
        }
    }
}

/// The sizes of a block's frames; `at` moves behind the lacing header.
fn lace_sizes(flags: u8, block: &[u8], at: &mut usize) -> Option<Vec<usize>> {
    let lacing = (flags >> 1) & 3;
    if lacing == 0 {
        return Some(vec![block.len().checked_sub(*at)?]);
    }
    let count = usize::from(*block.get(*at)?) + 1;
    *at += 1;
    let mut sizes = Vec::with_capacity(count);
    match lacing {
        // Xiph: sums of bytes up to one below 255.
        1 => {
            for _ in 1..count {
                let mut size = 0;
                loop {
                    let byte = *block.get(*at)?;
                    *at += 1;
                    size += usize::from(byte);
                    if byte < 255 {
                        break;
                    }
                }
                sizes.push(size);
            }
        }
        // Fixed: equal parts.
        2 => {
            let size = block.len().checked_sub(*at)? / count;
            sizes.resize(count - 1, size);
        }
        // EBML: the first size, then signed differences.
        _ => {
            let mut size = 0i64;
            for i in 1..count {
                let (value, width) = number(block.get(*at..)?)?;
                *at += width;
                let value = i64::try_from(value?).ok()?;
                let bias = if i == 1 { 0 } else { (1i64 << (7 * width - 1)) - 1 };
                size = if i == 1 { value } else { size.checked_add(value - bias)? };
                sizes.push(usize::try_from(size).ok()?);
            }
        }
    }
    let used: usize = sizes.iter().try_fold(0usize, |sum, n| sum.checked_add(*n))?;
    sizes.push(block.len().checked_sub(*at)?.checked_sub(used)?);
    Some(sizes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lacing_follows_rfc_9559() {
        let sizes = |flags, block: &[u8]| lace_sizes(flags, block, &mut 0);
        assert_eq!(sizes(0, &[1, 2, 3]), Some(vec![3]));
        // Three frames: 256, 1 and the rest.
        let mut xiph = vec![2, 255, 1, 1];
        xiph.resize(4 + 256 + 1 + 5, 0);
        assert_eq!(sizes(2, &xiph), Some(vec![256, 1, 5]));
        assert_eq!(sizes(4, &[2, 0, 0, 0, 0, 0, 0]), Some(vec![2, 2, 2]));
        // The first of 4, the second 2 less, the rest.
        let mut ebml = vec![2, 0x84, 0xBD];
        ebml.resize(3 + 4 + 2 + 7, 0);
        assert_eq!(sizes(6, &ebml), Some(vec![4, 2, 7]));
        assert_eq!(sizes(2, &[2, 255]), None);
        assert_eq!(sizes(6, &[1, 0x90]), None);
    }
}
