//! Fourier transforms of the lengths that audio needs.
//!
//! Stockham's algorithm: each pass takes one factor of the length, from one
//! buffer to another, and leaves everything in order. Real and imaginary parts
//! lie in buffers of their own, called planes here, so that vectors hold
//! neighbours and never need to be shuffled, but for the first pass. One piece
//! of code, compiled for each kind of vectors, in place of a library of
//! hand-made transforms that took a quarter of the library.

mod butterfly;
mod lanes;
mod real;

use std::f64::consts::TAU;

use butterfly::{Butterfly, Complex, ComplexLanes, Eight, Five, Four, Odd, Two};
pub use lanes::Number;
use lanes::{Lanes, One, Task};
pub use real::RealFft;

/// The largest prime factor of a length.
pub const MAX_PRIME: usize = 7;

/// Numbers left free between planes, so that equal places of two do not share a set of the cache.
const STAGGER: usize = 80;

/// A complex transform, without a scale.
pub struct Plan<T> {
    len: usize,
    passes: Vec<Pass<T>>,
}

/// One factor of the length. For every `q` below the stride, `p` below the count and `k` below the radix,
///
/// `to[stride * (radix * p + k) + q] = root(p * k, radix * count) * sum`,
///
/// where `sum` is that of `from[stride * (p + j * count) + q] * root(j * k, radix)` over all `j` below the radix,
/// and `root(n, of)` is `exp(-i * TAU * n / of)`.
struct Pass<T> {
    radix: usize,
    /// How many transforms lie side by side already: the product of the factors before.
    stride: usize,
    /// Butterflies of each of them: the product of the factors after.
    count: usize,
    /// For each butterfly the powers of its root of unity, from the first on, in pairs; for the
    /// pass [`first`] for each power a plane of its real and one of its imaginary parts.
    twiddles: Vec<T>,
    constants: Vec<T>,
}

impl<T: Number> Plan<T> {
    /// A transform of `len` complex numbers.
    ///
    /// # Panics
    /// If `len` is 0 or has a prime factor above [`MAX_PRIME`].
    pub fn new(len: usize) -> Self {
        let mut stride = 1;
        let passes = radices(len).into_iter().map(|radix| {
            let pass = Pass::new(radix, stride, len / stride / radix);
            stride *= radix;
            pass
        });
        Self { len, passes: passes.collect() }
    }

    /// The complex numbers transformed.
    #[allow(clippy::len_without_is_empty, reason = "no transform is empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Numbers from one plane to the next.
    fn pitch(&self) -> usize {
        self.len + STAGGER
    }

    /// The numbers that it works on: two buffers of two parts each.
    pub fn room(&self) -> usize {
        4 * self.pitch()
    }

    /// Both parts of what is transformed, and those of a plane of the result.
    fn parts<'a>(&self, planes: &'a mut [T], first: usize) -> [&'a mut [T]; 2] {
        let (re, im) = planes[first * self.pitch()..].split_at_mut(self.pitch());
        [&mut re[..self.len], &mut im[..self.len]]
    }

    /// The first plane of the result.
    fn result(&self) -> usize {
        if self.passes.len().is_multiple_of(2) { 0 } else { 2 }
    }

    /// The real and imaginary parts of what [`Plan::run`] transforms, in [`Plan::room`] numbers.
    pub fn input<'a>(&self, room: &'a mut [T]) -> [&'a mut [T]; 2] {
        self.parts(room, 0)
    }

    /// Transforms the input, which is spent, and gives both parts of the result.
    pub fn run<'a>(&self, room: &'a mut [T]) -> [&'a [T]; 2] {
        self.transform(room);
        self.parts(room, self.result()).map(|part| &*part)
    }

    #[inline(never)] // One of it for all who call: it is most of the code.
    fn transform(&self, room: &mut [T]) {
        T::with_widest_lanes(Passes(self, room));
    }

    /// Transforms pairs of real and imaginary parts, forwards or back; `room` holds [`Plan::room`] numbers.
    ///
    /// # Panics
    /// If there are not as many of either.
    pub fn run_pairs(&self, pairs: &mut [[T; 2]], is_inverse: bool, room: &mut [T]) {
        assert!(pairs.len() == self.len && room.len() >= self.room());
        let [re, im] = self.parts(room, 0);
        // Swapping the parts, before and after, turns the direction.
        T::with_widest_lanes(Split(pairs, if is_inverse { [im, re] } else { [re, im] }));
        self.transform(room);
        let [re, im] = self.parts(room, self.result());
        T::with_widest_lanes(Join(if is_inverse { [im, re] } else { [re, im] }, pairs));
    }
}

/// Takes pairs apart.
struct Split<'a, T>(&'a [[T; 2]], [&'a mut [T]; 2]);

impl<T: Number> Task<T> for Split<'_, T> {
    #[inline(always)]
    fn run(self, _: impl Lanes<T>) {
        let Self(pairs, [first, second]) = self;
        for ((pair, first), second) in pairs.iter().zip(first).zip(second) {
            (*first, *second) = (pair[0], pair[1]);
        }
    }
}

/// Puts them together.
struct Join<'a, T>([&'a mut [T]; 2], &'a mut [[T; 2]]);

impl<T: Number> Task<T> for Join<'_, T> {
    #[inline(always)]
    fn run(self, _: impl Lanes<T>) {
        let Self([first, second], pairs) = self;
        for ((pair, first), second) in pairs.iter_mut().zip(first).zip(second) {
            *pair = [*first, *second];
        }
    }
}

/// The factors of a length, in the order of the passes: eight first, as its pass needs no
/// neighbours, odd ones while the strides are short, and fours, which are fastest, at the end.
fn radices(len: usize) -> Vec<usize> {
    assert!(len > 0);
    let mut rest = len;
    let mut radices = Vec::new();
    if rest.is_multiple_of(8) {
        rest /= 8;
        radices.push(8);
    }
    let twos = rest.trailing_zeros();
    rest >>= twos;
    let mut odd = Vec::new();
    for factor in (3..=MAX_PRIME).step_by(2) {
        while rest.is_multiple_of(factor) {
            rest /= factor;
            odd.push(factor);
        }
    }
    assert!(rest == 1, "{len} has a prime factor above {MAX_PRIME}");
    radices.extend(odd.iter().rev());
    match twos {
        1 => radices.push(2),
        twos => {
            let fours = radices.len();
            radices.resize(fours + twos as usize / 2, 4);
            if twos % 2 == 1 {
                radices[fours] = 8;
            }
        }
    }
    radices
}

impl<T: Number> Pass<T> {
    fn new(radix: usize, stride: usize, count: usize) -> Self {
        let span = radix * count;
        let root = |n: usize, of: usize| {
            let (sin, cos) = (TAU * (n % of) as f64 / of as f64).sin_cos();
            [cos, sin].map(T::rounded)
        };
        let twiddle = |p: usize, k: usize| root(span - p * k % span, span);
        let mut pass = Self { radix, stride, count, twiddles: Vec::new(), constants: Vec::new() };
        pass.twiddles = if pass.is_first() {
            let mut planes = vec![T::default(); 2 * (radix - 1) * count];
            for (plane, k) in planes.chunks_exact_mut(2 * count).zip(1..) {
                (0..count).for_each(|p| [plane[p], plane[count + p]] = twiddle(p, k));
            }
            planes
        } else {
            let mut pairs = Vec::with_capacity(2 * (radix - 1) * count);
            for p in 0..count {
                (1..radix).for_each(|k| pairs.extend_from_slice(&twiddle(p, k)));
            }
            pairs
        };
        pass.constants = match radix {
            5 => [0.25, 5f64.sqrt() / 4.0, (TAU / 5.0).sin(), (2.0 * TAU / 5.0).sin()].map(T::rounded).to_vec(),
            8 => vec![T::rounded(0.5f64.sqrt())],
            2 | 4 => Vec::new(),
            _ => (0..2 * radix).map(|i| root(i % radix, radix)[i / radix]).collect(),
        };
        pass
    }

    /// Whether [`first`] does it.
    fn is_first(&self) -> bool {
        (self.stride, self.radix) == (1, 8) && self.count >= 8
    }
}

struct Passes<'a, T>(&'a Plan<T>, &'a mut [T]);

impl<T: Number> Task<T> for Passes<'_, T> {
    #[inline(always)]
    fn run(self, lanes: impl Lanes<T>) {
        let Self(plan, planes) = self;
        assert!(planes.len() >= plan.room());
        let (pitch, planes) = (plan.pitch(), planes.as_mut_ptr());
        // SAFETY: there are four planes; all that a pass reads and writes is below `len`.
        let [mut from, mut to] =
            [0, 2].map(|i| unsafe { Complex { re: planes.add(i * pitch), im: planes.add((i + 1) * pitch) } });
        for pass in &plan.passes {
            // SAFETY: as above; the factors' product is the length.
            unsafe {
                match pass.radix {
                    2 => side_by_side::<_, _, Two, 2>(lanes, pass, from, to),
                    3 => side_by_side::<_, _, Odd, 3>(lanes, pass, from, to),
                    4 => side_by_side::<_, _, Four, 4>(lanes, pass, from, to),
                    5 => side_by_side::<_, _, Five, 5>(lanes, pass, from, to),
                    7 => side_by_side::<_, _, Odd, 7>(lanes, pass, from, to),
                    8 if pass.is_first() => first(lanes, pass, from, to),
                    8 => side_by_side::<_, _, Eight, 8>(lanes, pass, from, to),
                    _ => unreachable!("lengths have no other factors"),
                }
            }
            (from, to) = (to, from);
        }
    }
}

/// A pass over transforms that lie side by side: vectors of them.
///
/// # Safety
/// Both parts of `from` and `to` hold as many numbers as the pass transforms.
#[inline(always)]
unsafe fn side_by_side<T: Number, L: Lanes<T>, B: Butterfly<R>, const R: usize>(
    lanes: L,
    pass: &Pass<T>,
    from: Complex<*mut T>,
    to: Complex<*mut T>,
) {
    // SAFETY: the caller's.
    unsafe {
        if pass.stride < L::WIDTH {
            one_by_one::<T, B, R>(pass, from, to);
        } else {
            strided::<T, L, B, R>(lanes, pass, from, to);
        }
    }
}

/// As [`strided`], for the first passes of a length without the factor eight: compiled once for all vectors.
#[inline(never)]
unsafe fn one_by_one<T: Number, B: Butterfly<R>, const R: usize>(
    pass: &Pass<T>,
    from: Complex<*mut T>,
    to: Complex<*mut T>,
) {
    // SAFETY: the caller's.
    unsafe { strided::<T, One, B, R>(One, pass, from, to) }
}

/// # Safety
/// As [`side_by_side`], and the stride is a vector's width or more.
#[inline(always)]
unsafe fn strided<T: Number, L: Lanes<T>, B: Butterfly<R>, const R: usize>(
    lanes: L,
    pass: &Pass<T>,
    from: Complex<*mut T>,
    to: Complex<*mut T>,
) {
    let &Pass { stride, count, .. } = pass;
    let constants = &pass.constants[..];
    let step = stride * count;
    // SAFETY: the caller's. `q` goes up to one vector before the stride's end:
    // the last vector may do again what the one before did.
    unsafe {
        let load = |at: usize| std::array::from_fn(|j| load(lanes, from, at + j * step));
        let last = stride - L::WIDTH;
        if count == 1 {
            // The roots of unity are all 1.
            for q in (0..stride).step_by(L::WIDTH).map(|q| q.min(last)) {
                for (k, value) in B::run(lanes, constants, load(q)).into_iter().enumerate() {
                    store(lanes, value, to, q + k * stride);
                }
            }
            return;
        }
        for (p, twiddles) in pass.twiddles.chunks_exact(2 * (R - 1)).enumerate() {
            for q in (0..stride).step_by(L::WIDTH).map(|q| q.min(last)) {
                let values: [_; R] = B::run(lanes, constants, load(p * stride + q));
                let at = p * stride * R + q;
                store(lanes, values[0], to, at);
                for k in 1..R {
                    let root = Complex { re: lanes.splat(twiddles[2 * k - 2]), im: lanes.splat(twiddles[2 * k - 1]) };
                    store(lanes, lanes.times(values[k], root), to, at + k * stride);
                }
            }
        }
    }
}

/// The first pass: vectors of neighbours, whose results go to places eight apart.
///
/// # Safety
/// As [`side_by_side`], and there are eight butterflies or more.
#[inline(always)]
unsafe fn first<T: Number, L: Lanes<T>>(lanes: L, pass: &Pass<T>, from: Complex<*mut T>, to: Complex<*mut T>) {
    let count = pass.count;
    const { assert!(L::WIDTH <= 8 && L::WIDTH.is_power_of_two()) };
    let last = count - L::WIDTH;
    for p in (0..count).step_by(L::WIDTH).map(|p| p.min(last)) {
        // SAFETY: the caller's; the last vector may do again what the one before did.
        unsafe {
            let a = std::array::from_fn(|j| load(lanes, from, p + j * count));
            let mut values = Eight::run(lanes, &pass.constants, a);
            for (value, twiddles) in values[1..].iter_mut().zip(pass.twiddles.chunks_exact(2 * count)) {
                let (re, im) = twiddles.split_at(count);
                let root = Complex { re: lanes.load(re[p..].as_ptr()), im: lanes.load(im[p..].as_ptr()) };
                *value = lanes.times(*value, root);
            }
            lanes.store_columns(values.map(|value| value.re), to.re.add(8 * p));
            lanes.store_columns(values.map(|value| value.im), to.im.add(8 * p));
        }
    }
}

/// # Safety
/// Both parts hold a vector at `at`.
#[inline(always)]
unsafe fn load<T, L: Lanes<T>>(lanes: L, from: Complex<*mut T>, at: usize) -> Complex<L::Vector> {
    // SAFETY: the caller's.
    unsafe { Complex { re: lanes.load(from.re.add(at)), im: lanes.load(from.im.add(at)) } }
}

/// # Safety
/// As [`load`].
#[inline(always)]
unsafe fn store<T, L: Lanes<T>>(lanes: L, value: Complex<L::Vector>, to: Complex<*mut T>, at: usize) {
    // SAFETY: the caller's.
    unsafe {
        lanes.store(value.re, to.re.add(at));
        lanes.store(value.im, to.im.add(at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: usize, n: usize) -> f64 {
        ((n * 7919 + seed * 104_729) % 1013) as f64 / 1013.0 - 0.5
    }

    /// By the definition.
    fn transform(re: &[f64], im: &[f64]) -> Vec<(f64, f64)> {
        let n = re.len();
        let sum = |k: usize| {
            (0..n).fold((0.0, 0.0), |(a, b), i| {
                let (sin, cos) = (TAU * (i * k % n) as f64 / n as f64).sin_cos();
                (a + re[i] * cos + im[i] * sin, b + im[i] * cos - re[i] * sin)
            })
        };
        (0..n).map(sum).collect()
    }

    /// The largest error of a transform, with vectors of its own choice or with these.
    fn error<T: Number + Into<f64>>(len: usize, with: impl Fn(&Plan<T>, &mut [T])) -> f64 {
        let (re, im): (Vec<_>, Vec<_>) = (0..len).map(|i| (noise(1, i), noise(2, i))).unzip();
        let plan = Plan::<T>::new(len);
        let mut room = vec![T::default(); plan.room()];
        let [a, b] = plan.input(&mut room);
        for i in 0..len {
            (a[i], b[i]) = (T::rounded(re[i]), T::rounded(im[i]));
        }
        with(&plan, &mut room);
        let first = plan.result();
        let part = |plane: usize, k: usize| -> f64 { room[plane * plan.pitch() + k].into() };
        let expected = transform(&re, &im);
        (0..len).map(|k| (part(first, k) - expected[k].0).hypot(part(first + 1, k) - expected[k].1)).fold(0.0, f64::max)
            / (len as f64).sqrt()
    }

    const LENGTHS: [usize; 32] = [
        1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 14, 15, 16, 21, 24, 32, 40, 48, 49, 60, 64, 72, 100, 128, 147, 160, 256, 294,
        441, 512, 640, 1680,
    ];

    /// Not the long ones where every step is checked: `cargo +nightly miri test -p ondes-fft`.
    fn lengths() -> impl Iterator<Item = usize> {
        LENGTHS.into_iter().filter(|len| !cfg!(miri) || *len <= 128)
    }

    #[test]
    fn transforms_are_those_of_the_definition() {
        for len in lengths() {
            assert!(error::<f64>(len, |plan, room| _ = plan.run(room)) < 1e-13, "{len}");
            assert!(error::<f32>(len, |plan, room| _ = plan.run(room)) < 1e-5, "{len}");
        }
    }

    #[test]
    fn machines_without_wide_vectors_compute_the_same() {
        for len in lengths() {
            assert!(error::<f64>(len, |plan, room| Passes(plan, room).run(lanes::portable::Sixteen)) < 1e-13, "{len}");
            assert!(error::<f32>(len, |plan, room| Passes(plan, room).run(lanes::portable::Sixteen)) < 1e-5, "{len}");
            assert!(error::<f32>(len, |plan, room| Passes(plan, room).run(One)) < 1e-5, "{len}");
            #[cfg(target_arch = "x86_64")]
            {
                assert!(error::<f64>(len, |plan, room| Passes(plan, room).run(lanes::x86::Sse2)) < 1e-13, "{len}");
                assert!(error::<f32>(len, |plan, room| Passes(plan, room).run(lanes::x86::Sse2)) < 1e-5, "{len}");
            }
        }
    }
}
