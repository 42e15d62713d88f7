//! Frames without a line of C, for builds without libFLAC: as small as
//! libFLAC's to within a percent, in more time.

mod frame;
mod lpc;
mod rice;
mod subframe;

use std::thread::{self, ScopedJoinHandle};

use md5::{Digest, Md5};

use super::{Backend, TakeFrame};
use crate::audio::Result;
use crate::audio::encode::Settings;
use frame::Format;

/// How hard to try.
#[derive(Debug, Clone, Copy)]
pub struct Level {
    block: usize,
    /// Whether means and differences of two channels are tried.
    stereo: bool,
    /// The largest order of linear prediction; 0 for fixed predictors only.
    order: usize,
    /// The most parts of a residual, as a power of two.
    partition_order: u32,
}

const fn level(block: usize, stereo: bool, order: usize, partition_order: u32) -> Level {
    Level { block, stereo, order, partition_order }
}

/// By quality, as in [`Settings`].
const LEVELS: [Level; 9] = [
    level(1152, false, 0, 3),
    level(1152, true, 0, 3),
    level(1152, true, 0, 5),
    level(4096, false, 6, 4),
    level(4096, true, 6, 4),
    level(4096, true, 8, 5),
    level(4096, true, 8, 6),
    level(4096, true, 12, 6),
    level(4096, true, lpc::MAX_ORDER, 8),
];

/// Blocks that each thread is given at a time.
const BLOCKS_PER_THREAD: usize = 8;

struct Encoder {
    format: Format,
    level: Level,
    threads: usize,
    window: Vec<f64>,
    /// Interleaved samples that are not encoded yet.
    samples: Vec<i32>,
    /// Blocks that are.
    number: u64,
    md5: Md5,
}

/// An encoder for what was settled.
pub fn open(settings: &Settings) -> Result<Box<dyn Backend>> {
    let level = LEVELS[settings.quality.min(LEVELS.len() - 1)];
    let depth = settings.sample_format.bits();
    Ok(Box::new(Encoder {
        format: Format { rate: settings.rate, channels: settings.channels as usize, depth },
        level,
        threads: settings.threads,
        window: lpc::window(level.block),
        samples: Vec::new(),
        number: 0,
        md5: Md5::new(),
    }))
}

impl Encoder {
    /// Encodes blocks, of which the last may be shorter.
    fn encode_blocks(&mut self, samples: &[i32], take: TakeFrame) -> Result<()> {
        let size = self.level.block * self.format.channels;
        let blocks: Vec<(u64, &[i32])> = (self.number..).zip(samples.chunks(size)).collect();
        self.number += blocks.len() as u64;
        let channels = self.format.channels;
        let mut give = |(frame, (_, block)): (Vec<u8>, &(u64, &[i32]))| take(&frame, (block.len() / channels) as u32);
        if self.threads < 2 || blocks.len() < 2 {
            return blocks.iter().try_for_each(|block| give((self.encode_block(*block), block)));
        }
        let encode =
            |share: &[(u64, &[i32])]| -> Vec<Vec<u8>> { share.iter().map(|block| self.encode_block(*block)).collect() };
        let shares = blocks.chunks(blocks.len().div_ceil(self.threads));
        let frames: Vec<Vec<u8>> = thread::scope(|scope| {
            let start = |share| (share, thread::Builder::new().spawn_scoped(scope, move || encode(share)));
            let workers: Vec<_> = shares.map(start).collect();
            // The share of a thread that could not be started, or that failed, is done here.
            let done = |(share, worker): (_, std::io::Result<ScopedJoinHandle<'_, Vec<Vec<u8>>>>)| {
                worker.ok().and_then(|worker| worker.join().ok()).unwrap_or_else(|| encode(share))
            };
            workers.into_iter().flat_map(done).collect()
        });
        frames.into_iter().zip(&blocks).try_for_each(give)
    }

    fn encode_block(&self, (number, samples): (u64, &[i32])) -> Vec<u8> {
        let frames = samples.len() / self.format.channels;
        let shorter;
        let window = if frames == self.level.block {
            &self.window
        } else {
            shorter = lpc::window(frames);
            &shorter
        };
        frame::encode(self.format, &self.level, number, samples, window)
    }
}

impl Backend for Encoder {
    fn block_size(&self) -> u32 {
        self.level.block as u32
    }

    fn encode(&mut self, samples: &[i32], take: TakeFrame) -> Result<()> {
        let width = (self.format.depth / 8) as usize;
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes().into_iter().take(width)).collect();
        self.md5.update(&bytes);
        self.samples.extend_from_slice(samples);
        let size = self.level.block * self.format.channels;
        let batch = if self.threads > 1 { size * self.threads * BLOCKS_PER_THREAD } else { size };
        if self.samples.len() < batch {
            return Ok(());
        }
        let mut samples = std::mem::take(&mut self.samples);
        let whole = samples.len() / size * size;
        self.encode_blocks(&samples[..whole], take)?;
        samples.drain(..whole);
        self.samples = samples;
        Ok(())
    }

    fn finish(&mut self, take: TakeFrame) -> Result<[u8; 16]> {
        let samples = std::mem::take(&mut self.samples);
        self.encode_blocks(&samples, take)?;
        Ok(std::mem::take(&mut self.md5).finalize().into())
    }
}
