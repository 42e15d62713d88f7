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
        self.fft.room().div_ceil(2)
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
    fn transforms_lead_to_the_spectrum_and_back() {
        let numbers: Vec<_> = (0..64).map(|i| Complex::new((i * 7 % 11) as f32, (i * 5 % 13) as f32)).collect();
        let mut planner = FftPlanner::new();
        let mut buffer = numbers.clone();
        for transform in [planner.plan_fft_forward(64), planner.plan_fft_inverse(64)] {
            let mut scratch = vec![Complex::default(); transform.get_inplace_scratch_len()];
            transform.process_with_scratch(&mut buffer, &mut scratch);
            let sum: Complex<f32> = numbers.iter().sum();
            let first = if buffer[1].norm() < 200.0 { sum } else { numbers[0] * 64.0 };
            assert!((buffer[0] - first).norm() < 1e-3);
        }
        assert!(buffer.iter().zip(&numbers).all(|(a, b)| (a - b * 64.0).norm() < 1e-2));
    }
}
