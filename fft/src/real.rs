//! Transforms of real numbers: of one half as many complex ones.

use std::f64::consts::TAU;

use super::lanes::{Lanes, Number, Task};
use super::{Join, Plan, Split};

/// A transform of an even number of real numbers, in both directions and
/// without a scale, with the buffers it works in.
///
/// Numbers at even places are taken as real, those at odd ones as imaginary
/// parts. The spectra of the two are the even and the odd part of the result.
pub struct RealFft<T> {
    half: Plan<T>,
    room: Vec<T>,
    /// `exp(-i * TAU * k / len)`, both parts.
    roots: [Vec<T>; 2],
}

impl<T: Number> RealFft<T> {
    /// A transform of `len` real numbers.
    ///
    /// # Panics
    /// If `len` is 0 or odd, or has a prime factor above [`super::MAX_PRIME`].
    pub fn new(len: usize) -> Self {
        assert!(len.is_multiple_of(2));
        let root = |k: usize| {
            let (sin, cos) = (TAU * k as f64 / len as f64).sin_cos();
            (T::rounded(cos), T::rounded(-sin))
        };
        let (cos, sin) = (0..len / 2).map(root).unzip();
        let half = Plan::new(len / 2);
        Self { room: vec![T::default(); half.room()], half, roots: [cos, sin] }
    }

    /// The numbers transformed.
    #[allow(clippy::len_without_is_empty, reason = "no transform is empty")]
    pub fn len(&self) -> usize {
        2 * self.half.len()
    }

    /// The spectrum of as many numbers at the start of `input`, times `gains`:
    /// as many bins as there are of these, at most half the length.
    ///
    /// # Panics
    /// If there are fewer numbers, more gains, or less room for the spectrum.
    pub fn forward(&mut self, input: &[T], gains: &[T], spectrum: [&mut [T]; 2]) {
        assert!(input.len() >= self.len());
        let [re, im] = self.half.input(&mut self.room);
        T::with_widest_lanes(Split(input.as_chunks().0, [re, im]));
        T::with_widest_lanes(FromHalf { half: self.half.run(&mut self.room), roots: &self.roots, gains, spectrum });
    }

    /// The numbers that have a spectrum, times their number: it has one bin more than half of them.
    ///
    /// # Panics
    /// If there are fewer bins, or less room.
    pub fn inverse(&mut self, spectrum: [&[T]; 2], output: &mut [T]) {
        assert!(output.len() >= self.len());
        // Swapping the parts, before and after, turns the direction.
        let [im, re] = self.half.input(&mut self.room);
        T::with_widest_lanes(ToHalf { spectrum, roots: &self.roots, half: [re, im] });
        self.half.transform(&mut self.room);
        let [im, re] = self.half.parts(&mut self.room, self.half.result());
        T::with_widest_lanes(Join([re, im], output.as_chunks_mut().0));
    }
}

/// The spectrum of the whole from that of the complex numbers.
struct FromHalf<'a, T> {
    half: [&'a [T]; 2],
    roots: &'a [Vec<T>; 2],
    gains: &'a [T],
    spectrum: [&'a mut [T]; 2],
}

impl<T: Number> Task<T> for FromHalf<'_, T> {
    #[inline(always)]
    fn run(self, lanes: impl Lanes<T>) {
        let Self { half: [re, im], roots: [cos, sin], gains, spectrum: [out_re, out_im] } = self;
        let Some((first, gains)) = gains.split_first() else { return };
        (out_re[0], out_im[0]) = ((re[0] + im[0]) * *first, T::default());
        // Bin k is made from k and len - k.
        let bins = gains.len();
        let len = re.len();
        let (half, zero) = (T::rounded(0.5), T::default());
        let (up_re, up_im) = (&re[1..=bins], &im[1..=bins]);
        let (down_re, down_im) = (&re[len - bins..], &im[len - bins..]);
        let (cos, sin) = (&cos[1..=bins], &sin[1..=bins]);
        let (out_re, out_im) = (&mut out_re[1..=bins], &mut out_im[1..=bins]);
        for k in 0..bins {
            let (a, b) = (up_re[k], up_im[k]);
            let (c, d) = (down_re[bins - 1 - k], down_im[bins - 1 - k]);
            let gain = gains[k] * half;
            // The even part, and the odd part before it is turned.
            let (even_re, even_im) = (a + c, b - d);
            let (odd_re, odd_im) = (b + d, zero - (a - c));
            out_re[k] = lanes.fused(zero - sin[k], odd_im, lanes.fused(cos[k], odd_re, even_re)) * gain;
            out_im[k] = lanes.fused(sin[k], odd_re, lanes.fused(cos[k], odd_im, even_im)) * gain;
        }
    }
}

/// The other way.
struct ToHalf<'a, T> {
    spectrum: [&'a [T]; 2],
    roots: &'a [Vec<T>; 2],
    half: [&'a mut [T]; 2],
}

impl<T: Number> Task<T> for ToHalf<'_, T> {
    #[inline(always)]
    fn run(self, lanes: impl Lanes<T>) {
        let Self { spectrum: [re, im], roots: [cos, sin], half: [out_re, out_im] } = self;
        let len = out_re.len();
        let (up_re, up_im) = (&re[..len], &im[..len]);
        let (down_re, down_im) = (&re[1..=len], &im[1..=len]);
        let (cos, sin, out_im) = (&cos[..len], &sin[..len], &mut out_im[..len]);
        let zero = T::default();
        for k in 0..len {
            let (a, b) = (up_re[k], up_im[k]);
            let (c, d) = (down_re[len - 1 - k], down_im[len - 1 - k]);
            let (odd_re, odd_im) = (a - c, b + d);
            // The odd part is turned back, and by a quarter.
            out_re[k] = lanes.fused(sin[k], odd_re, lanes.fused(zero - cos[k], odd_im, a + c));
            out_im[k] = lanes.fused(sin[k], odd_im, lanes.fused(cos[k], odd_re, b - d));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spectra_are_those_of_the_definition_and_lead_back() {
        for len in [2, 4, 6, 16, 30, 64, 160, 294, 640] {
            let numbers: Vec<f64> = (0..len).map(|i| (i * 7919 % 1013) as f64 / 1013.0 - 0.5).collect();
            let mut fft = RealFft::<f64>::new(len);
            let bins = len / 2;
            let [mut re, mut im] = [vec![0.0; bins + 1], vec![0.0; bins + 1]];
            fft.forward(&numbers, &vec![2.0; bins], [&mut re, &mut im]);
            for k in 0..bins {
                let (mut a, mut b) = (0.0, 0.0);
                for (i, v) in numbers.iter().enumerate() {
                    let (sin, cos) = (TAU * (i * k % len) as f64 / len as f64).sin_cos();
                    (a, b) = (a + v * cos, b - v * sin);
                }
                assert!((re[k] - 2.0 * a).hypot(im[k] - 2.0 * b) < 1e-11, "{k} of {len}");
            }
            // The bin at the Nyquist frequency, which the gains left out.
            re[bins] = 2.0 * numbers.as_chunks::<2>().0.iter().map(|pair| pair[0] - pair[1]).sum::<f64>();
            let mut back = vec![0.0; len];
            fft.inverse([&re, &im], &mut back);
            for (a, b) in back.iter().zip(&numbers) {
                assert!((a - 2.0 * len as f64 * b).abs() < 1e-10, "{len}");
            }
        }
    }
}
