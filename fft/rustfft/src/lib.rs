//! What symphonia-core calls of the crate rustfft, done by ondes-fft.
//!
//! rustfft holds hand-made transforms for every kind of machine, which cannot
//! be chosen from at link time: 0.9 MB of code for the powers of two that Vorbis needs.
#![forbid(unsafe_code)]

use std::sync::Arc;

use num_complex::Complex;

/// A transform in place.
#[allow(clippy::len_without_is_empty, reason = "no transform is empty")]
pub trait Fft<T>: Send + Sync {
    /// The complex numbers transformed.
    fn len(&self) -> usize;
    /// The length of `scratch`.
    fn get_inplace_scratch_len(&self) -> usize;
    /// Transforms `buffer`.
    fn process_with_scratch(&self, buffer: &mut [Complex<T>], scratch: &mut [Complex<T>]);
}

/// Makes transforms.
#[derive(Debug, Default)]
pub struct FftPlanner<T>(std::marker::PhantomData<T>);

impl FftPlanner<f32> {
    /// A planner.
    pub fn new() -> Self {
        Self::default()
    }

    /// A transform to a spectrum.
    pub fn plan_fft_forward(&mut self, len: usize) -> Arc<dyn Fft<f32>> {
        Arc::new(Plan { fft: ondes_fft::Plan::new(len), is_inverse: false })
    }

    /// A transform back, without a scale.
    pub fn plan_fft_inverse(&mut self, len: usize) -> Arc<dyn Fft<f32>> {
        Arc::new(Plan { fft: ondes_fft::Plan::new(len), is_inverse: true })
    }
}

struct Plan {
    fft: ondes_fft::Plan<f32>,
    is_inverse: bool,
}

impl Fft<f32> for Plan {
    fn len(&self) -> usize {
        self.fft.len()
    }

    fn get_inplace_scratch_len(&self) -> usize {
        self.fft.room() / 2
    }

    fn process_with_scratch(&self, buffer: &mut [Complex<f32>], scratch: &mut [Complex<f32>]) {
        let (pairs, room) = (bytemuck::cast_slice_mut(buffer), bytemuck::cast_slice_mut(scratch));
        self.fft.run_pairs(pairs, self.is_inverse, room);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_one_bin_in_either_direction() {
        let turn = |i: usize| Complex::from_polar(1.0, std::f32::consts::TAU * i as f32 / 64.0);
        let mut planner = FftPlanner::new();
        for (transform, expected) in [(planner.plan_fft_forward(64), 1), (planner.plan_fft_inverse(64), 63)] {
            let mut buffer: Vec<_> = (0..64).map(turn).collect();
            let mut scratch = vec![Complex::default(); transform.get_inplace_scratch_len()];
            transform.process_with_scratch(&mut buffer, &mut scratch);
            for (bin, value) in buffer.into_iter().enumerate() {
                let height = if bin == expected { 64.0 } else { 0.0 };
                assert!((value - height).norm() < 1e-4, "bin {bin} is {value}");
            }
        }
    }
}
