//! Which channels are read, and whether each or their mean.

use super::frames::{Block, FramesMut};
use super::limits::MAX_CHANNELS;
use super::sample::{Float, Sample};

/// Samples mixed at a time: they stay in the processor's first cache.
const CHUNK: usize = 2 * MAX_CHANNELS as usize;

/// A choice of channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mix {
    /// The first so many.
    pub channels: usize,
    /// Their mean instead of each.
    pub mono: bool,
}

impl Mix {
    /// Channels that come out.
    pub fn outputs(self) -> usize {
        if self.mono { 1 } else { self.channels }
    }

    /// Converts frames of `block` from `skip` on into all of `dst`.
    ///
    /// # Panics
    /// If the block has fewer frames or channels than that.
    pub fn copy<S: Sample>(self, block: &Block<'_>, skip: usize, dst: &mut FramesMut<'_, S>) {
        if self.mono && self.channels > 1 {
            self.mean(block, skip, dst.plane(0));
        } else {
            block.copy_to(skip, dst);
        }
    }

    /// Sums the channels in their order, as floats: the same bits whatever form
    /// the decoder gives them in.
    fn mean<S: Sample>(self, block: &Block<'_>, skip: usize, dst: &mut [S]) {
        let mut samples = [S::Work::SILENCE; CHUNK];
        let frames = (CHUNK / self.channels).max(1);
        let scale = S::Work::from_double(1.0 / self.channels as f64);
        for (i, dst) in dst.chunks_mut(frames).enumerate() {
            let n = dst.len();
            block.copy_to(skip + i * frames, &mut FramesMut::with_stride(&mut samples, self.channels, n, n));
            let (sums, others) = samples[..n * self.channels].split_at_mut(n);
            let (others, last) = others.split_at(others.len() - n);
            for plane in others.chunks_exact(n) {
                sums.iter_mut().zip(plane).for_each(|(sum, v)| *sum = *sum + *v);
            }
            for ((out, sum), v) in dst.iter_mut().zip(sums).zip(last) {
                *out = ((*sum + *v) * scale).to();
            }
        }
    }
}
