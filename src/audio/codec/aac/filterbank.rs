//! The inverse transform with its windows and overlap (ISO/IEC 14496-3, 4.6.11).

use std::f64::consts::PI;
use std::sync::LazyLock;

use ondes_fft::Plan;

use super::FRAMES;

/// Coefficients of a long and of a short transform.
pub const LONG: usize = FRAMES as usize;
pub const SHORT: usize = LONG / 8;
/// Where the short windows start in the span of a long one.
const SHORT_START: usize = (LONG - SHORT) / 2;

/// The windows of one packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sequence {
    #[default]
    OnlyLong,
    LongStart,
    EightShort,
    LongStop,
}

/// The slope of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shape {
    #[default]
    Sine,
    KaiserBessel,
}

/// The constants of a [`CosineTransform`].
struct Rotations {
    fft: Plan<f32>,
    /// Turns before and after it, both parts.
    before: [Vec<f32>; 2],
    after: [Vec<f32>; 2],
}

impl Rotations {
    fn new(n: usize) -> Self {
        // The transform's own 1/n, and from 16-bit values to full scale.
        let scale = 1.0 / (n as f64 * 32_768.0);
        let turns = |scale: f64, shift: f64| {
            let angle = move |k: usize| PI * (k as f64 + shift) / n as f64;
            [
                (0..n / 2).map(|k| (scale * angle(k).cos()) as f32).collect(),
                (0..n / 2).map(|k| (-scale * angle(k).sin()) as f32).collect(),
            ]
        };
        Self { fft: Plan::new(n / 2), before: turns(scale, 0.25), after: turns(1.0, 0.0) }
    }
}

/// A discrete cosine transform of type IV by a complex one of half the length.
struct CosineTransform {
    rotations: &'static Rotations,
    planes: Vec<f32>,
}

impl CosineTransform {
    fn new(rotations: &'static Rotations) -> Self {
        Self { rotations, planes: vec![0.0; rotations.fft.room()] }
    }

    /// Transforms in place.
    fn run(&mut self, values: &mut [f32]) {
        let Rotations { fft, before, after } = self.rotations;
        let half = values.len() / 2;
        let [cos, sin] = before.each_ref().map(|part| &part[..half]);
        let [re, im] = fft.input(&mut self.planes).map(|part| &mut part[..half]);
        let pairs = &values.as_chunks::<2>().0[..half];
        for k in 0..half {
            // Even values from the start on, odd ones from the end.
            let (a, b) = (pairs[k][0], pairs[half - 1 - k][1]);
            re[k] = a * cos[k] - b * sin[k];
            im[k] = a * sin[k] + b * cos[k];
        }
        let [re, im] = fft.run(&mut self.planes).map(|part| &part[..half]);
        let [cos, sin] = after.each_ref().map(|part| &part[..half]);
        let pairs = &mut values.as_chunks_mut::<2>().0[..half];
        for k in 0..half {
            // Even outputs are the real parts, odd ones from the end the negated imaginary parts.
            let back = half - 1 - k;
            pairs[k] = [re[k] * cos[k] - im[k] * sin[k], -(re[back] * sin[back] + im[back] * cos[back])];
        }
    }
}

/// What one channel carries from packet to packet.
pub struct Overlap {
    samples: [f32; LONG],
    shape: Shape,
}

impl Overlap {
    pub const SILENCE: Self = Self { samples: [0.0; LONG], shape: Shape::Sine };
}

/// The constants of all filter banks. To compute them takes twenty times as long as to open a file.
struct Tables {
    long: Rotations,
    short: Rotations,
    /// Rising slopes by shape.
    short_slopes: [Vec<f32>; 2],
    /// By shape: whole windows' first halves, of a long slope and of a short one (after short windows).
    long_halves: [[Vec<f32>; 2]; 2],
}

static TABLES: LazyLock<Tables> = LazyLock::new(Tables::new);

impl Tables {
    fn new() -> Self {
        let shapes = [Shape::Sine, Shape::KaiserBessel];
        let short_slopes = shapes.map(|shape| slope(shape, SHORT));
        let long_halves = [0, 1].map(|i| {
            let mut steep = vec![0.0; LONG];
            steep[SHORT_START..SHORT_START + SHORT].copy_from_slice(&short_slopes[i]);
            steep[SHORT_START + SHORT..].fill(1.0);
            [slope(shapes[i], LONG), steep]
        });
        Self { long: Rotations::new(LONG), short: Rotations::new(SHORT), short_slopes, long_halves }
    }
}

/// Turns coefficients into samples.
pub struct FilterBank {
    tables: &'static Tables,
    long: CosineTransform,
    short: CosineTransform,
    span: Vec<f32>,
}

impl FilterBank {
    pub fn new() -> Self {
        let tables = &*TABLES;
        Self {
            tables,
            long: CosineTransform::new(&tables.long),
            short: CosineTransform::new(&tables.short),
            span: vec![0.0; 2 * LONG],
        }
    }

    /// Makes the samples of one packet; `coefficients` are spent.
    pub fn run(
        &mut self,
        coefficients: &mut [f32; LONG],
        sequence: Sequence,
        shape: Shape,
        overlap: &mut Overlap,
        out: &mut [f32],
    ) {
        let previous = std::mem::replace(&mut overlap.shape, shape);
        if sequence == Sequence::EightShort {
            return self.run_short(coefficients, [previous, shape], &mut overlap.samples, out);
        }
        self.long.run(coefficients);
        let rise = &self.tables.long_halves[previous as usize][usize::from(sequence == Sequence::LongStop)];
        let fall = &self.tables.long_halves[shape as usize][usize::from(sequence == Sequence::LongStart)];
        let (low, high) = coefficients.split_at(LONG / 2);
        // The transform's 2048 outputs are these 1024, mirrored: its first half
        // is (high, -high reversed), its second half (-low reversed, -low).
        let first = high.iter().copied().chain(high.iter().rev().map(|v| -v));
        for (((out, carried), rise), value) in out.iter_mut().zip(&overlap.samples).zip(rise).zip(first) {
            *out = carried + rise * value;
        }
        let second = low.iter().rev().chain(low);
        for ((carried, fall), value) in overlap.samples.iter_mut().zip(fall.iter().rev()).zip(second) {
            *carried = -fall * value;
        }
    }

    fn run_short(
        &mut self,
        coefficients: &mut [f32; LONG],
        shapes: [Shape; 2],
        carried: &mut [f32; LONG],
        out: &mut [f32],
    ) {
        self.span.fill(0.0);
        for (i, window) in coefficients.as_chunks_mut::<SHORT>().0.iter_mut().enumerate() {
            self.short.run(window);
            let rise = &self.tables.short_slopes[shapes[usize::from(i > 0)] as usize];
            let fall = self.tables.short_slopes[shapes[1] as usize].iter().rev();
            let (low, high) = window.split_at(SHORT / 2);
            let start = SHORT_START + i * SHORT;
            let (first, second) = self.span[start..start + 2 * SHORT].split_at_mut(SHORT);
            let values = high.iter().copied().chain(high.iter().rev().map(|v| -v));
            for ((out, rise), value) in first.iter_mut().zip(rise).zip(values) {
                *out += rise * value;
            }
            let values = low.iter().rev().chain(low);
            for ((out, fall), value) in second.iter_mut().zip(fall).zip(values) {
                *out -= fall * value;
            }
        }
        let (now, later) = self.span.split_at(LONG);
        for ((out, carried), value) in out.iter_mut().zip(&*carried).zip(now) {
            *out = carried + value;
        }
        carried.copy_from_slice(later);
    }
}

/// The rising half of a window.
fn slope(shape: Shape, n: usize) -> Vec<f32> {
    match shape {
        Shape::Sine => (0..n).map(|i| (PI / (2 * n) as f64 * (i as f64 + 0.5)).sin() as f32).collect(),
        Shape::KaiserBessel => {
            let alpha = if n == LONG { 4.0 } else { 6.0 };
            let kernel: Vec<f64> = (0..=n)
                .map(|i| bessel(PI * alpha * (1.0 - (2.0 * i as f64 / n as f64 - 1.0).powi(2)).max(0.0).sqrt()))
                .collect();
            let total: f64 = kernel.iter().sum();
            let sums = kernel.iter().scan(0.0, |sum, v| {
                *sum += v;
                Some(*sum)
            });
            sums.take(n).map(|sum| (sum / total).sqrt() as f32).collect()
        }
    }
}

/// The modified Bessel function of the first kind and order 0, by its power series.
fn bessel(x: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..64 {
        term *= (x / 2.0 / f64::from(k)).powi(2);
        sum += term;
    }
    sum
}
