//! Huffman decoding of scale factors and spectral values.

use std::sync::LazyLock;

use super::tables::{self, Codebook};
use crate::audio::codec::bits::Bits;

/// Codewords up to this length are looked up, longer ones searched for.
const FAST: u32 = 9;

/// A codebook made ready for decoding.
struct Huffman {
    /// By the next [`FAST`] bits: the symbol and the length of its codeword, 0 for a longer one.
    fast: Vec<(u16, u8)>,
    /// By length: the first codeword, how many there are, and where their symbols start.
    ranges: Vec<(u32, u32, usize)>,
    symbols: &'static [u16],
}

impl Huffman {
    fn new(book: &Codebook) -> Self {
        let mut fast = vec![(0, 0); 1 << FAST];
        let mut ranges = Vec::new();
        let (mut code, mut first) = (0u32, 0usize);
        for (length, count) in (1..).zip(book.counts) {
            code <<= 1;
            ranges.push((code, u32::from(*count), first));
            for (code, symbol) in (code..).zip(&book.symbols[first..first + usize::from(*count)]) {
                if length <= FAST {
                    let spare = FAST - length;
                    let start = (code << spare) as usize;
                    fast[start..start + (1 << spare)].fill((*symbol, length as u8));
                }
            }
            code += u32::from(*count);
            first += usize::from(*count);
        }
        Self { fast, ranges, symbols: book.symbols }
    }

    /// The symbol at the top of `window`, and the length of its codeword.
    #[inline(always)]
    fn decode(&self, window: u64) -> (usize, usize) {
        let (symbol, length) = self.fast[(window >> (64 - FAST)) as usize];
        if length > 0 { (symbol.into(), length.into()) } else { self.search(window) }
    }

    /// The books are complete: every run of bits starts with some codeword.
    fn search(&self, window: u64) -> (usize, usize) {
        for (length, (code, count, first)) in (1..).zip(&self.ranges) {
            let index = ((window >> (64 - length)) as u32).wrapping_sub(*code);
            if index < *count {
                return (self.symbols[first + index as usize].into(), length);
            }
        }
        (0, 1)
    }
}

/// A codebook of spectral values.
struct SpectralBook {
    huffman: Huffman,
    /// By symbol: two or four values to the power of 4/3; in unsigned books, their sizes.
    values: Vec<[f32; 4]>,
}

/// How the symbols of the codebooks 1 to 11 count: values at a time, signed
/// or not, and the largest (16 in book 11 announces a larger one).
const SHAPES: [(u32, bool, i32); 11] = [
    (4, true, 1),
    (4, true, 1),
    (4, false, 2),
    (4, false, 2),
    (2, true, 4),
    (2, true, 4),
    (2, false, 7),
    (2, false, 7),
    (2, false, 12),
    (2, false, 12),
    (2, false, ESCAPE),
];
const ESCAPE: i32 = 16;

/// All codebooks made ready, and the powers of escaped values.
pub struct Books {
    spectral: Vec<SpectralBook>,
    scale_factors: Huffman,
    powers: Vec<f32>,
}

/// They are the same for every decoder.
pub static BOOKS: LazyLock<Books> = LazyLock::new(Books::new);

/// `|q|^(4/3)` with the sign of `q`.
fn power(q: i32) -> f32 {
    let size = f64::from(q.abs());
    (size * size.cbrt()).copysign(f64::from(q)) as f32
}

impl Books {
    fn new() -> Self {
        let spectral = tables::SPECTRUM.iter().zip(SHAPES).map(|(book, (count, is_signed, largest))| {
            let base = if is_signed { 2 * largest + 1 } else { largest + 1 };
            let lowest = if is_signed { -largest } else { 0 };
            let values = (0..base.pow(count)).map(|symbol| {
                let mut values = [0.0; 4];
                let mut rest = symbol;
                for value in values[..count as usize].iter_mut().rev() {
                    *value = power(rest % base + lowest);
                    rest /= base;
                }
                values
            });
            SpectralBook { huffman: Huffman::new(book), values: values.collect() }
        });
        Self {
            spectral: spectral.collect(),
            scale_factors: Huffman::new(&tables::SCALE_FACTORS),
            // Escaped values have at most 13 bits.
            powers: (0..1 << 13).map(power).collect(),
        }
    }

    /// The next difference of two scale factors.
    #[inline]
    pub fn scale_factor(&self, bits: &mut Bits<'_>) -> i32 {
        let (symbol, length) = self.scale_factors.decode(bits.window());
        bits.skip(length);
        symbol as i32 - 60
    }

    /// Decodes a band with codebook 1 to 11.
    pub fn band(&self, bits: &mut Bits<'_>, book: u8, scale: f32, out: &mut [f32]) {
        let index = usize::from(book) - 1;
        let book = &self.spectral[index];
        match index + 1 {
            1 | 2 => signed::<4>(book, bits, scale, out),
            3 | 4 => unsigned::<4>(book, bits, scale, out),
            5 | 6 => signed::<2>(book, bits, scale, out),
            7..=10 => unsigned::<2>(book, bits, scale, out),
            _ => self.escaped(book, bits, scale, out),
        }
    }

    /// Codebook 11: sizes up to 15, or escape sequences of more bits.
    fn escaped(&self, book: &SpectralBook, bits: &mut Bits<'_>, scale: f32, out: &mut [f32]) {
        let escape = power(ESCAPE);
        for pair in out.as_chunks_mut::<2>().0 {
            let mut window = bits.window();
            let (symbol, length) = book.huffman.decode(window);
            let [a, b, ..] = book.values[symbol];
            let mut used = length;
            window <<= length;
            let mut signs = [0; 2];
            for (sign, size) in signs.iter_mut().zip([a, b]) {
                let has_sign = usize::from(size != 0.0);
                *sign = (window >> 63) as u32 * has_sign as u32;
                window <<= has_sign;
                used += has_sign;
            }
            bits.skip(used);
            for ((out, size), sign) in pair.iter_mut().zip([a, b]).zip(signs) {
                let size = if size == escape { self.powers[escape_value(bits)] } else { size };
                *out = f32::from_bits((size * scale).to_bits() ^ sign << 31);
            }
        }
    }
}

/// An escape sequence: n ones, a zero, and n + 4 bits below a leading one.
fn escape_value(bits: &mut Bits<'_>) -> usize {
    let ones = (!bits.window()).leading_zeros().min(8);
    bits.skip(ones as usize + 1);
    let width = ones + 4;
    ((1 << width) | bits.read(width)) as usize
}

#[inline(always)]
fn signed<const N: usize>(book: &SpectralBook, bits: &mut Bits<'_>, scale: f32, out: &mut [f32]) {
    for values in out.as_chunks_mut::<N>().0 {
        let (symbol, length) = book.huffman.decode(bits.window());
        bits.skip(length);
        for (out, value) in values.iter_mut().zip(&book.values[symbol]) {
            *out = value * scale;
        }
    }
}

/// Sizes, then a sign bit for each that is not zero.
#[inline(always)]
fn unsigned<const N: usize>(book: &SpectralBook, bits: &mut Bits<'_>, scale: f32, out: &mut [f32]) {
    for values in out.as_chunks_mut::<N>().0 {
        let mut window = bits.window();
        let (symbol, length) = book.huffman.decode(window);
        window <<= length;
        let mut used = length;
        for (out, size) in values.iter_mut().zip(&book.values[symbol]) {
            let has_sign = usize::from(*size != 0.0);
            let sign = (window >> 63) as u32 & has_sign as u32;
            *out = f32::from_bits((size * scale).to_bits() ^ sign << 31);
            window <<= has_sign;
            used += has_sign;
        }
        bits.skip(used);
    }
}
