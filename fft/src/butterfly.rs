//! Transforms of a few numbers, several of them side by side.

use super::lanes::Lanes;

/// A vector of complex numbers, or pointers to both parts.
#[derive(Debug, Clone, Copy)]
pub struct Complex<V> {
    pub re: V,
    pub im: V,
}

/// Arithmetic on complex vectors.
pub trait ComplexLanes<T>: Lanes<T> {
    #[inline(always)]
    fn plus(self, a: Complex<Self::Vector>, b: Complex<Self::Vector>) -> Complex<Self::Vector> {
        Complex { re: self.add(a.re, b.re), im: self.add(a.im, b.im) }
    }
    #[inline(always)]
    fn minus(self, a: Complex<Self::Vector>, b: Complex<Self::Vector>) -> Complex<Self::Vector> {
        Complex { re: self.subtract(a.re, b.re), im: self.subtract(a.im, b.im) }
    }
    /// `a + i * b`.
    #[inline(always)]
    fn plus_i(self, a: Complex<Self::Vector>, b: Complex<Self::Vector>) -> Complex<Self::Vector> {
        Complex { re: self.subtract(a.re, b.im), im: self.add(a.im, b.re) }
    }
    /// `a - i * b`.
    #[inline(always)]
    fn minus_i(self, a: Complex<Self::Vector>, b: Complex<Self::Vector>) -> Complex<Self::Vector> {
        Complex { re: self.add(a.re, b.im), im: self.subtract(a.im, b.re) }
    }
    #[inline(always)]
    fn times(self, a: Complex<Self::Vector>, b: Complex<Self::Vector>) -> Complex<Self::Vector> {
        Complex {
            re: self.multiply_subtract(a.im, b.im, self.multiply(a.re, b.re)),
            im: self.multiply_add(a.im, b.re, self.multiply(a.re, b.im)),
        }
    }
    /// `a * factor + b`, the factor being real.
    #[inline(always)]
    fn scaled_plus(
        self,
        a: Complex<Self::Vector>,
        factor: Self::Vector,
        b: Complex<Self::Vector>,
    ) -> Complex<Self::Vector> {
        Complex { re: self.multiply_add(a.re, factor, b.re), im: self.multiply_add(a.im, factor, b.im) }
    }

    /// `b - a * factor`, the factor being real.
    #[inline(always)]
    fn minus_scaled(
        self,
        a: Complex<Self::Vector>,
        factor: Self::Vector,
        b: Complex<Self::Vector>,
    ) -> Complex<Self::Vector> {
        Complex { re: self.multiply_subtract(a.re, factor, b.re), im: self.multiply_subtract(a.im, factor, b.im) }
    }
}

impl<T, L: Lanes<T>> ComplexLanes<T> for L {}

/// A transform of `R` numbers; its constants are the pass's.
pub trait Butterfly<const R: usize> {
    fn run<T: Copy, L: Lanes<T>>(lanes: L, constants: &[T], a: [Complex<L::Vector>; R]) -> [Complex<L::Vector>; R];
}

/// Of two numbers.
pub struct Two;
/// Of four.
pub struct Four;
/// Of eight; its constant is the square root of one half.
pub struct Eight;
/// Of five; its constants are a quarter, a quarter of the square root of five, and the sines of
/// one and two fifths of the circle. The cosines' own would round a little less well.
pub struct Five;
/// Of an odd number; its constants are the cosines of all multiples of its part of the circle, then the sines.
pub struct Odd;

impl Butterfly<2> for Two {
    #[inline(always)]
    fn run<T: Copy, L: Lanes<T>>(lanes: L, _: &[T], [a, b]: [Complex<L::Vector>; 2]) -> [Complex<L::Vector>; 2] {
        [lanes.plus(a, b), lanes.minus(a, b)]
    }
}

impl Butterfly<4> for Four {
    #[inline(always)]
    fn run<T: Copy, L: Lanes<T>>(lanes: L, _: &[T], [a, b, c, d]: [Complex<L::Vector>; 4]) -> [Complex<L::Vector>; 4] {
        let (even, odd) = (lanes.plus(a, c), lanes.plus(b, d));
        let (even_rest, odd_rest) = (lanes.minus(a, c), lanes.minus(b, d));
        [
            lanes.plus(even, odd),
            lanes.minus_i(even_rest, odd_rest),
            lanes.minus(even, odd),
            lanes.plus_i(even_rest, odd_rest),
        ]
    }
}

impl Butterfly<8> for Eight {
    #[inline(always)]
    fn run<T: Copy, L: Lanes<T>>(
        lanes: L,
        constants: &[T],
        [a, b, c, d, e, f, g, h]: [Complex<L::Vector>; 8],
    ) -> [Complex<L::Vector>; 8] {
        let half = lanes.splat(constants[0]);
        let even = Four::run(lanes, constants, [a, c, e, g]);
        let odd = Four::run(lanes, constants, [b, d, f, h]);
        // An eighth and three eighths of a turn, without their factor.
        let first = Complex { re: lanes.add(odd[1].re, odd[1].im), im: lanes.subtract(odd[1].im, odd[1].re) };
        let third = Complex { re: lanes.subtract(odd[3].im, odd[3].re), im: lanes.add(odd[3].im, odd[3].re) };
        [
            lanes.plus(even[0], odd[0]),
            lanes.scaled_plus(first, half, even[1]),
            lanes.minus_i(even[2], odd[2]),
            Complex {
                re: lanes.multiply_add(third.re, half, even[3].re),
                im: lanes.multiply_subtract(third.im, half, even[3].im),
            },
            lanes.minus(even[0], odd[0]),
            lanes.minus_scaled(first, half, even[1]),
            lanes.plus_i(even[2], odd[2]),
            Complex {
                re: lanes.multiply_subtract(third.re, half, even[3].re),
                im: lanes.multiply_add(third.im, half, even[3].im),
            },
        ]
    }
}

impl Butterfly<5> for Five {
    #[inline(always)]
    fn run<T: Copy, L: Lanes<T>>(
        lanes: L,
        constants: &[T],
        [a, b, c, d, e]: [Complex<L::Vector>; 5],
    ) -> [Complex<L::Vector>; 5] {
        let [quarter, root, sine, other] = [0, 1, 2, 3].map(|i| lanes.splat(constants[i]));
        let (near, far) = (lanes.plus(b, e), lanes.plus(c, d));
        let (near_rest, far_rest) = (lanes.minus(b, e), lanes.minus(c, d));
        let (sum, apart) = (lanes.plus(near, far), lanes.minus(near, far));
        let middle = lanes.minus_scaled(sum, quarter, a);
        let (first, second) = (lanes.scaled_plus(apart, root, middle), lanes.minus_scaled(apart, root, middle));
        let scaled = |v: Complex<L::Vector>, by| Complex { re: lanes.multiply(v.re, by), im: lanes.multiply(v.im, by) };
        let first_turn = lanes.scaled_plus(far_rest, other, scaled(near_rest, sine));
        let second_turn = lanes.minus_scaled(far_rest, sine, scaled(near_rest, other));
        [
            lanes.plus(a, sum),
            lanes.minus_i(first, first_turn),
            lanes.minus_i(second, second_turn),
            lanes.plus_i(second, second_turn),
            lanes.plus_i(first, first_turn),
        ]
    }
}

// The numbers `j` and `R - j` have the same cosine and opposite sines: half the products serve for both.
impl<const R: usize> Butterfly<R> for Odd {
    #[inline(always)]
    fn run<T: Copy, L: Lanes<T>>(lanes: L, constants: &[T], mut a: [Complex<L::Vector>; R]) -> [Complex<L::Vector>; R] {
        let constants = &constants[..2 * R];
        let half = R / 2;
        let mut result = a;
        for j in 1..=half {
            // Sums before the middle, differences behind it.
            (a[j], a[R - j]) = (lanes.plus(a[j], a[R - j]), lanes.minus(a[j], a[R - j]));
            result[0] = lanes.plus(result[0], a[j]);
        }
        for k in 1..=half {
            let mut even = a[0];
            let sine = lanes.splat(constants[R + k]);
            let mut uneven = Complex { re: lanes.multiply(a[R - 1].re, sine), im: lanes.multiply(a[R - 1].im, sine) };
            for j in 1..=half {
                even = lanes.scaled_plus(a[j], lanes.splat(constants[j * k % R]), even);
                if j > 1 {
                    uneven = lanes.scaled_plus(a[R - j], lanes.splat(constants[R + j * k % R]), uneven);
                }
            }
            result[k] = lanes.minus_i(even, uneven);
            result[R - k] = lanes.plus_i(even, uneven);
        }
        result
    }
}
