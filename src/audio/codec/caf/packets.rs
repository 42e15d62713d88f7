//! Packets of CAF files, found by the packet table.

use super::Format;
use crate::audio::codec::packet::{Demuxer, Packet, PacketTimer, PreRoll};
use crate::audio::codec::pcm::Extent;
use crate::audio::codec::{Description, Length, Trim, Warnings, Watch};
use crate::audio::limits::MAX_PACKET;
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// A quantity of every packet: one for all, or the sums up to each.
enum Quantity {
    Same(u64),
    /// One more than there are packets.
    Sums(Vec<u64>),
}

impl Quantity {
    fn new(same: u32) -> Self {
        if same == 0 { Self::Sums(vec![0]) } else { Self::Same(u64::from(same)) }
    }

    /// Takes in the next packet's, which is in the table only if it is not the same for all.
    fn push(&mut self, table: &mut &[u8]) -> Option<()> {
        if let Self::Sums(sums) = self {
            let value = variable_length(table)?;
            sums.push(sums.last()?.checked_add(value)?);
        }
        Some(())
    }

    /// The sum over the packets before `index`.
    fn before(&self, index: u64) -> u64 {
        match self {
            Self::Same(value) => value.saturating_mul(index),
            Self::Sums(sums) => sums.get(index as usize).or(sums.last()).copied().unwrap_or(0),
        }
    }

    fn of(&self, index: u64) -> u64 {
        self.before(index + 1) - self.before(index)
    }

    /// How many packets lie wholly before `sum`.
    fn packets_within(&self, sum: u64) -> u64 {
        match self {
            Self::Same(value) => sum / value,
            Self::Sums(sums) => (sums.partition_point(|s| *s <= sum) as u64).saturating_sub(1),
        }
    }
}

/// A number of seven bits a byte, all bytes but the last marked by the eighth bit.
fn variable_length(table: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    loop {
        let (byte, rest) = table.split_first()?;
        *table = rest;
        value = value.checked_mul(0x80)? | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
}

/// The pakt chunk.
pub struct PacketTable {
    packets: u64,
    sizes: Quantity,
    frames: Quantity,
    /// Frames of audio, without priming and remainder.
    pub valid_frames: u64,
    priming: u64,
}

impl PacketTable {
    /// Reads the body of `size` bytes.
    pub fn read(source: &mut ByteReader, size: u64, format: &Format, warnings: &mut Warnings) -> Result<Self> {
        const HEADER: u64 = 24;
        let position = source.position();
        let [packets, valid_frames] = [source.read_array()?, source.read_array()?].map(i64::from_be_bytes);
        let [priming, _remainder] = [source.read_array()?, source.read_array()?].map(i32::from_be_bytes);
        let (Ok(packets), Ok(valid_frames), Ok(priming)) =
            (u64::try_from(packets), u64::try_from(valid_frames), u64::try_from(priming))
        else {
            return Err(Error::malformed("the packet table counts less than nothing").at(position));
        };
        let mut table = Self {
            packets,
            sizes: Quantity::new(format.bytes_per_packet),
            frames: Quantity::new(format.frames_per_packet),
            valid_frames,
            priming,
        };
        if let (Quantity::Same(_), Quantity::Same(_)) = (&table.sizes, &table.frames) {
            return Ok(table);
        }
        let bytes = source.read_vec(usize::try_from(size.saturating_sub(HEADER)).unwrap_or(usize::MAX))?;
        let mut rest = bytes.as_slice();
        // Each packet takes a byte of the table at least: a lying count ends with it.
        for index in 0..packets {
            if table.sizes.push(&mut rest).is_none() || table.frames.push(&mut rest).is_none() {
                warnings.add(format!("the packet table declares {packets} packets but holds {index}"), Some(position));
                table.packets = index;
                break;
            }
        }
        Ok(table)
    }

    /// Which frames are the audio.
    pub fn trim(&self) -> Trim {
        let end = self.priming.checked_add(self.valid_frames).filter(|_| self.valid_frames > 0);
        Trim { start: self.priming, end }
    }

    /// Bits per second on average.
    pub fn bit_rate(&self, rate: u32) -> Option<u32> {
        let bits = u128::from(self.sizes.before(self.packets)) * 8 * u128::from(rate);
        u32::try_from(bits.checked_div(u128::from(self.frames.before(self.packets)))?).ok()
    }
}

/// Finds the packets.
pub struct CafDemuxer {
    source: ByteReader,
    description: Description,
    data: u64,
    table: PacketTable,
    /// Frames of the last packet, which may be shorter than the table tells.
    last_frames: u64,
    is_certain: bool,
    next: u64,
    warnings: Warnings,
}

impl CafDemuxer {
    /// The packets of `table`, which lie in `data`.
    pub fn new(
        mut source: ByteReader,
        description: Description,
        data: Extent,
        mut table: PacketTable,
        mut timer: Box<dyn PacketTimer>,
        mut warnings: Warnings,
    ) -> Result<Self> {
        let there = data.size.map_or(u64::MAX, |size| table.sizes.packets_within(size));
        if there < table.packets {
            if warnings.count() == 0 {
                let message =
                    format!("the packet table declares {} packets, but the data chunk holds {there}", table.packets);
                warnings.add(message, data.end());
            }
            table.packets = there;
        }
        let mut last_frames = 0;
        if let Some(last) = table.packets.checked_sub(1) {
            last_frames = table.frames.of(last);
            let size = table.sizes.of(last);
            if source.is_seekable() && size <= MAX_PACKET as u64 {
                let back = source.position();
                source.seek(data.start.saturating_add(table.sizes.before(last)))?;
                let frames = u64::from(timer.frames(source.peek(size as usize)?));
                source.seek(back)?;
                if frames > 0 {
                    last_frames = last_frames.min(frames);
                }
            }
        }
        Ok(Self {
            source,
            description,
            data: data.start,
            table,
            last_frames,
            is_certain: data.is_certain,
            next: 0,
            warnings,
        })
    }

    fn total_frames(&self) -> u64 {
        self.table
            .packets
            .checked_sub(1)
            .map_or(0, |last| self.table.frames.before(last).saturating_add(self.last_frames))
    }

    /// Where a packet lies.
    fn offset(&self, packet: u64) -> u64 {
        self.data.saturating_add(self.table.sizes.before(packet))
    }
}

impl Demuxer for CafDemuxer {
    fn description(&self) -> &Description {
        &self.description
    }

    fn length(&self) -> Length {
        let frames = self.total_frames();
        if self.is_certain { Length::Exact(frames) } else { Length::Estimate(frames) }
    }

    fn measure(&mut self, _watch: Watch<'_>) -> Result<u64> {
        // The table tells all there is to know; a cut source shows only in reading it.
        self.is_certain = true;
        Ok(self.total_frames())
    }

    fn next_packet(&mut self) -> Result<Option<Packet<'_>>> {
        if self.next >= self.table.packets {
            self.is_certain = true;
            return Ok(None);
        }
        let index = self.next;
        let (size, start) = (self.table.sizes.of(index), self.table.frames.before(index));
        let offset = self.offset(index);
        let frames = if index + 1 == self.table.packets { self.last_frames } else { self.table.frames.of(index) };
        let (Ok(size), Ok(frames)) = (usize::try_from(size), u32::try_from(frames)) else {
            return Err(Error::malformed(format!("packet {index} has {size} bytes and {frames} frames")).at(offset));
        };
        if size > MAX_PACKET {
            return Err(Error::limit(format!("packet {index} declares {size} bytes")).at(offset));
        }
        self.source.seek(offset)?;
        let there = self.source.peek(size)?.len();
        if there < size {
            self.warnings.add(
                format!(
                    "the file is truncated: it declares {} packets, but only {index} are there",
                    self.table.packets
                ),
                Some(offset),
            );
            self.table.packets = index;
            self.last_frames = index.checked_sub(1).map_or(0, |last| self.table.frames.of(last));
            self.is_certain = true;
            return Ok(None);
        }
        self.next += 1;
        Ok(Some(Packet { data: &self.source.buffered()[..size], index, start, frames, offset }))
    }

    fn seek(&mut self, frame: u64, pre_roll: PreRoll) -> Result<()> {
        let packet = |frame: u64| self.table.frames.packets_within(frame).min(self.table.packets);
        let next = pre_roll.first_packet(packet(frame)).min(packet(frame.saturating_sub(u64::from(pre_roll.frames))));
        // Tells now if the source cannot go there.
        self.source.seek(self.offset(next))?;
        self.next = next;
        Ok(())
    }

    fn warnings(&self) -> &Warnings {
        &self.warnings
    }
}
