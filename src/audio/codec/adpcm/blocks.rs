//! Blocks of one size, one after the other: each is found by arithmetic.

use super::Format;
use crate::audio::codec::packet::{Demuxer, Packet, PreRoll, not_seekable};
use crate::audio::codec::pcm::Extent;
use crate::audio::codec::{Container, Description, Length, Track, Trim, Warnings, Watch};
use crate::audio::source::ByteReader;
use crate::audio::{Error, ErrorKind, Result};

/// Finds the blocks.
pub struct Blocks {
    source: ByteReader,
    description: Description,
    format: Format,
    extent: Extent,
    length: Length,
    /// The next block.
    index: u64,
    /// Blocks known to be there, from having read them.
    reached: u64,
    warnings: Warnings,
}

impl Blocks {
    /// The blocks in `extent`, of which the header declares `frames` frames.
    pub fn new(
        source: ByteReader,
        container: Container,
        format: Format,
        track: &Track,
        extent: Extent,
        frames: Option<u64>,
        mut warnings: Warnings,
    ) -> Self {
        let block_size = format.block_size as u64;
        let per_block = u64::from(format.frames_per_block);
        let length = match extent.size {
            None => Length::Unknown,
            Some(size) => {
                let last = format.frames((size % block_size) as usize);
                let frames = (size / block_size).saturating_mul(per_block).saturating_add(u64::from(last));
                if extent.is_certain { Length::Exact(frames) } else { Length::Estimate(frames) }
            }
        };
        let end = match (frames, length) {
            (Some(declared @ 1..), Length::Exact(frames)) if declared > frames || frames - declared >= per_block => {
                // A cut file has had its warning.
                if warnings.count() == 0 {
                    let message = format!(
                        "the header declares {declared} frames, but the blocks hold {frames}: all of them are given"
                    );
                    warnings.add(message, Some(extent.start));
                }
                None
            }
            (Some(declared @ 1..), _) => Some(declared),
            _ => None,
        };
        let description = Description {
            container,
            codec: track.codec,
            rate: track.rate,
            channels: track.channels,
            channel_mask: track.channel_mask,
            sample_format: track.sample_format,
            bit_depth: track.bit_depth,
            bit_rate: u32::try_from(u64::from(track.rate) * block_size * 8 / per_block).ok(),
            trim: Trim { start: 0, end },
        };
        Self { source, description, format, extent, length, index: 0, reached: 0, warnings }
    }

    /// Notes where the blocks end, which a source of unknown size tells only by ending.
    fn end_at(&mut self, frame: u64) {
        if matches!(self.length, Length::Exact(end) if end <= frame) {
            return;
        }
        if let Length::Estimate(declared) | Length::Exact(declared) = self.length
            && frame < declared
        {
            self.warnings.add(
                format!("the file is truncated: its header declares {declared} frames, but only {frame} are there"),
                Some(self.position(self.index)),
            );
        }
        self.length = Length::Exact(frame);
    }

    fn position(&self, index: u64) -> u64 {
        self.extent.start.saturating_add(index.saturating_mul(self.format.block_size as u64))
    }
}

impl Demuxer for Blocks {
    fn description(&self) -> &Description {
        &self.description
    }

    fn length(&self) -> Length {
        self.length
    }

    fn measure(&mut self, watch: Watch<'_>) -> Result<u64> {
        if let Length::Exact(frames) = self.length {
            return Ok(frames);
        }
        if !self.source.is_seekable() {
            return Err(not_seekable());
        }
        self.index = self.reached;
        while let Some(packet) = self.next_packet()? {
            watch(packet.start)?;
        }
        match self.length {
            Length::Exact(frames) => Ok(frames),
            _ => Err(Error::new(ErrorKind::Internal, "the end of the ADPCM blocks is not known after reading them")),
        }
    }

    fn next_packet(&mut self) -> Result<Option<Packet<'_>>> {
        let offset = self.position(self.index);
        let left = self.extent.end().map_or(u64::MAX, |end| end.saturating_sub(offset));
        let size = (self.format.block_size as u64).min(left) as usize;
        self.source.seek(offset)?;
        let there = self.source.peek(size)?.len();
        let frames = self.format.frames(there);
        let start = self.index * u64::from(self.format.frames_per_block);
        // At the end; but not where a seek went past it.
        if there < self.format.block_size && (there > 0 || self.index == self.reached) {
            self.end_at(start + u64::from(frames));
        }
        if frames == 0 {
            return Ok(None);
        }
        let index = self.index;
        self.index += 1;
        self.reached = self.reached.max(self.index);
        Ok(Some(Packet { data: &self.source.buffered()[..there], index, start, frames, offset }))
    }

    fn seek(&mut self, frame: u64, pre_roll: PreRoll) -> Result<()> {
        let index = pre_roll.first_packet(frame / u64::from(self.format.frames_per_block));
        // Tells now if the source cannot go there.
        self.source.seek(self.position(index))?;
        self.index = index;
        Ok(())
    }

    fn warnings(&self) -> &Warnings {
        &self.warnings
    }
}
