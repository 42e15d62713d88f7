//! Resamplers kept from one file for the next: their tables cost more than a
//! short file's conversion.

use super::{Quality, Ratio, Resampler};
use crate::audio::sample::Float;

/// Different resamplers kept at most, of each float type.
const KEPT: usize = 4;

/// Resamplers to use again.
#[derive(Default)]
pub struct Scratch {
    single: Vec<Resampler<f32>>,
    double: Vec<Resampler<f64>>,
}

/// A float that has its place in [`Scratch`].
pub trait Kept: Float {
    /// The resamplers of this type, the last used one last.
    fn kept(scratch: &mut Scratch) -> &mut Vec<Resampler<Self>>;
}

impl Kept for f32 {
    fn kept(scratch: &mut Scratch) -> &mut Vec<Resampler<Self>> {
        &mut scratch.single
    }
}

impl Kept for f64 {
    fn kept(scratch: &mut Scratch) -> &mut Vec<Resampler<Self>> {
        &mut scratch.double
    }
}

impl Scratch {
    /// A resampler in any state, made if there is none.
    pub fn take<T: Kept>(&mut self, ratio: Ratio, channels: usize, quality: Quality) -> Resampler<T> {
        let kept = T::kept(self);
        let same = |r: &Resampler<T>| r.ratio() == ratio && r.channels() == channels && r.quality() == quality;
        match kept.iter().position(same) {
            Some(index) => kept.remove(index),
            None => Resampler::new(ratio, channels, quality),
        }
    }

    /// Keeps a resampler; the one that was not used for longest makes room.
    pub fn give<T: Kept>(&mut self, resampler: Resampler<T>) {
        let kept = T::kept(self);
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push(resampler);
    }
}
