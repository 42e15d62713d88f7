//! The coefficients of one channel (ISO/IEC 14496-3, 4.4.2.7 and 4.6.2 to 4.6.3).

use super::filterbank::{LONG, SHORT, Sequence, Shape};
use super::huffman::BOOKS;
use super::shaping::Shaping;
use super::tables::Bands;
use crate::audio::codec::bits::Bits;
use crate::audio::{Error, Result};

/// Codebooks with a meaning of their own.
const ZERO: u8 = 0;
const RESERVED: u8 = 12;
const NOISE: u8 = 13;
const INTENSITY_INVERTED: u8 = 14;
const INTENSITY: u8 = 15;

/// Where the scale factor bands of a rate begin and end.
#[derive(Debug, Clone, Default)]
pub struct BandEdges {
    long: Vec<usize>,
    short: Vec<usize>,
    pub shaped_long: usize,
    pub shaped_short: usize,
}

impl BandEdges {
    pub fn new(bands: &Bands) -> Self {
        let edges = |runs: &[(u8, u8)]| {
            let widths =
                runs.iter().flat_map(|(count, width)| std::iter::repeat_n(usize::from(*width), (*count).into()));
            let mut edges = vec![0];
            edges.extend(widths.scan(0, |at, width| {
                *at += width;
                Some(*at)
            }));
            edges
        };
        Self {
            long: edges(bands.long),
            short: edges(bands.short),
            shaped_long: bands.shaped_long,
            shaped_short: bands.shaped_short,
        }
    }

    pub fn of(&self, sequence: Sequence) -> &[usize] {
        if sequence == Sequence::EightShort { &self.short } else { &self.long }
    }
}

/// The windows of a packet and how they are grouped.
#[derive(Debug, Clone, Default)]
pub struct Windows {
    pub sequence: Sequence,
    pub shape: Shape,
    /// Bands that are coded at all.
    pub bands: usize,
    /// Windows of each group: groups share their scale factors.
    pub groups: Vec<usize>,
}

impl Windows {
    /// Reads ics_info.
    pub fn read(bits: &mut Bits<'_>, edges: &BandEdges) -> Result<Self> {
        let _reserved = bits.read(1);
        let sequence = match bits.read(2) {
            0 => Sequence::OnlyLong,
            1 => Sequence::LongStart,
            2 => Sequence::EightShort,
            _ => Sequence::LongStop,
        };
        let shape = if bits.flag() { Shape::KaiserBessel } else { Shape::Sine };
        let mut groups = vec![1];
        let bands;
        if sequence == Sequence::EightShort {
            bands = bits.read(4) as usize;
            for _ in 1..8 {
                match groups.last_mut() {
                    Some(group) if bits.flag() => *group += 1,
                    _ => groups.push(1),
                }
            }
        } else {
            bands = bits.read(6) as usize;
            if bits.flag() {
                return Err(Error::malformed("prediction in low complexity AAC"));
            }
        }
        let most = edges.of(sequence).len() - 1;
        if bands > most {
            return Err(Error::malformed(format!("{bands} scale factor bands where {most} are the most")));
        }
        Ok(Self { sequence, shape, bands, groups })
    }

    /// Each group: its number, its first window and how many it has.
    pub fn groups(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        self.groups.iter().enumerate().scan(0, |window, (group, len)| {
            let first = *window;
            *window += len;
            Some((group, first, *len))
        })
    }
}

/// The most bands of a window, and groups of a packet.
const MAX_BANDS: usize = 51;
const MAX_GROUPS: usize = 8;

/// One channel of one packet.
pub struct Channel {
    pub windows: Windows,
    books: [[u8; MAX_BANDS]; MAX_GROUPS],
    /// By band: the factor of its values, of the other channel's, or of noise.
    scales: [[f32; MAX_BANDS]; MAX_GROUPS],
    pub shaping: Shaping,
    pub coefficients: [f32; LONG],
}

/// Added pulses, which save bits where few values are large.
struct Pulses {
    start_band: usize,
    /// Distance from the one before, and size.
    list: Vec<(usize, f32)>,
}

impl Channel {
    pub fn new() -> Self {
        Self {
            windows: Windows::default(),
            books: [[0; MAX_BANDS]; MAX_GROUPS],
            scales: [[0.0; MAX_BANDS]; MAX_GROUPS],
            shaping: Shaping::default(),
            coefficients: [0.0; LONG],
        }
    }

    /// Reads individual_channel_stream; a pair may have its `common` windows in front.
    pub fn read(&mut self, bits: &mut Bits<'_>, edges: &BandEdges, common: Option<&Windows>) -> Result<()> {
        let gain = bits.read(8) as i32;
        self.windows = match common {
            Some(windows) => windows.clone(),
            None => Windows::read(bits, edges)?,
        };
        self.read_books(bits)?;
        self.read_scales(bits, gain)?;
        let is_short = self.windows.sequence == Sequence::EightShort;
        let pulses = if bits.flag() {
            if is_short {
                return Err(Error::malformed("pulses in short windows"));
            }
            Some(Pulses::read(bits))
        } else {
            None
        };
        self.shaping.clear();
        if bits.flag() {
            self.shaping.read(bits, is_short)?;
        }
        if bits.flag() {
            return Err(Error::malformed("gain control in low complexity AAC"));
        }
        self.read_spectrum(bits, edges);
        bits.check()?;
        if let Some(pulses) = pulses {
            self.add_pulses(&pulses, edges)?;
        }
        Ok(())
    }

    /// Reads section_data: runs of bands with one codebook.
    fn read_books(&mut self, bits: &mut Bits<'_>) -> Result<()> {
        let width = if self.windows.sequence == Sequence::EightShort { 3 } else { 5 };
        let more = (1 << width) - 1;
        let bands = self.windows.bands;
        for books in &mut self.books[..self.windows.groups.len()] {
            let mut band = 0;
            while band < bands {
                let book = bits.read(4) as u8;
                let mut end = band;
                loop {
                    let len = bits.read(width) as usize;
                    end += len;
                    bits.check()?;
                    if len != more || end > bands {
                        break;
                    }
                }
                if end > bands || book == RESERVED {
                    return Err(Error::malformed("impossible codebook sections"));
                }
                books[band..end].fill(book);
                band = end;
            }
        }
        Ok(())
    }

    /// Reads scale_factor_data: differences along the bands, of three kinds.
    fn read_scales(&mut self, bits: &mut Bits<'_>, gain: i32) -> Result<()> {
        let (mut factor, mut position) = (gain, 0);
        // Noise starts from a value of its own, told in nine bits.
        let mut noise = None;
        let quarter = |exponent: i32| (0.25 * exponent as f32).exp2();
        let groups = self.windows.groups.len();
        for (books, scales) in self.books[..groups].iter().zip(&mut self.scales) {
            for (book, scale) in books[..self.windows.bands].iter().zip(scales) {
                *scale = match *book {
                    ZERO => 0.0,
                    INTENSITY | INTENSITY_INVERTED => {
                        position += BOOKS.scale_factor(bits);
                        quarter(-position.clamp(-255, 255))
                    }
                    NOISE => {
                        let difference =
                            if noise.is_none() { bits.read(9) as i32 - 256 } else { BOOKS.scale_factor(bits) };
                        let energy = noise.get_or_insert(gain - 90);
                        *energy += difference;
                        quarter((*energy).clamp(-255, 255))
                    }
                    _ => {
                        factor += BOOKS.scale_factor(bits);
                        if !(0..=255).contains(&factor) {
                            return Err(Error::malformed("a scale factor out of range"));
                        }
                        quarter(factor - 100)
                    }
                };
            }
        }
        Ok(())
    }

    fn read_spectrum(&mut self, bits: &mut Bits<'_>, edges: &BandEdges) {
        self.coefficients.fill(0.0);
        let edges = edges.of(self.windows.sequence);
        for (group, first, len) in self.windows.groups() {
            let bands = self.books[group].iter().zip(&self.scales[group]).zip(edges.windows(2));
            for ((book, scale), edge) in bands.take(self.windows.bands) {
                if matches!(*book, 1..=11) {
                    for window in first..first + len {
                        let start = window * SHORT;
                        let out = &mut self.coefficients[start + edge[0]..start + edge[1]];
                        BOOKS.band(bits, *book, *scale, out);
                    }
                }
            }
        }
    }

    fn add_pulses(&mut self, pulses: &Pulses, edges: &BandEdges) -> Result<()> {
        let edges = edges.of(self.windows.sequence);
        let misplaced = || Error::malformed("a pulse outside the bands");
        let mut at = *edges.get(pulses.start_band).ok_or_else(misplaced)?;
        for (distance, size) in &pulses.list {
            at += distance;
            let band = edges.partition_point(|edge| *edge <= at) - 1;
            if band >= self.windows.bands {
                return Err(misplaced());
            }
            let scale = self.scales[0][band];
            if scale > 0.0 && matches!(self.books[0][band], 1..=11) {
                // Back to the quantized value, which the pulse makes larger.
                let value = &mut self.coefficients[at];
                let quantized = (value.abs() / scale).powf(0.75).round() + size;
                *value = (quantized * quantized.cbrt() * scale).copysign(if *value > 0.0 { 1.0 } else { -1.0 });
            }
        }
        Ok(())
    }

    /// Fills the bands of noise. `seed` tells the seed of each: the same
    /// bits always give the same noise, wherever decoding began.
    pub fn fill_noise(&mut self, edges: &BandEdges, seed: impl Fn(usize, usize) -> u64) {
        let edges = edges.of(self.windows.sequence);
        for (group, first, len) in self.windows.groups() {
            for band in 0..self.windows.bands {
                if self.books[group][band] != NOISE {
                    continue;
                }
                let mut random = Random::new(seed(group, band));
                for window in first..first + len {
                    let start = window * SHORT;
                    let out = &mut self.coefficients[start + edges[band]..start + edges[band + 1]];
                    let mut energy = 0.0;
                    for value in &mut *out {
                        *value = random.next();
                        energy += *value * *value;
                    }
                    let scale = self.scales[group][band] / energy.max(f32::MIN_POSITIVE).sqrt();
                    out.iter_mut().for_each(|value| *value *= scale);
                }
            }
        }
    }

    pub fn is_noise(&self, group: usize, band: usize) -> bool {
        self.books[group][band] == NOISE
    }

    /// For a band of intensity stereo, the factor of the left channel that makes this one.
    fn intensity(&self, group: usize, band: usize) -> Option<f32> {
        match self.books[group][band] {
            INTENSITY => Some(self.scales[group][band]),
            INTENSITY_INVERTED => Some(-self.scales[group][band]),
            _ => None,
        }
    }
}

/// Which bands of a pair are coded as middle and side.
pub struct MiddleSide {
    used: [[bool; MAX_BANDS]; MAX_GROUPS],
    /// Told band by band; then it also inverts intensity stereo.
    is_listed: bool,
}

impl MiddleSide {
    pub const NONE: Self = Self { used: [[false; MAX_BANDS]; MAX_GROUPS], is_listed: false };

    pub fn read(bits: &mut Bits<'_>, windows: &Windows) -> Result<Self> {
        let mut mask = Self::NONE;
        match bits.read(2) {
            0 => {}
            1 => {
                mask.is_listed = true;
                for group in &mut mask.used[..windows.groups.len()] {
                    group[..windows.bands].iter_mut().for_each(|used| *used = bits.flag());
                }
            }
            2 => mask.used = [[true; MAX_BANDS]; MAX_GROUPS],
            _ => return Err(Error::malformed("a reserved stereo mask")),
        }
        Ok(mask)
    }

    pub fn is_used(&self, group: usize, band: usize) -> bool {
        self.used[group][band]
    }

    /// Makes left and right of a pair with common windows (4.6.8).
    pub fn apply(&self, left: &mut Channel, right: &mut Channel, edges: &BandEdges) {
        let edges = edges.of(left.windows.sequence);
        for (group, first, len) in left.windows.groups() {
            for band in 0..left.windows.bands {
                let intensity = right.intensity(group, band);
                let is_noise = left.is_noise(group, band) || right.is_noise(group, band);
                let used = self.used[group][band];
                for window in first..first + len {
                    let range = window * SHORT + edges[band]..window * SHORT + edges[band + 1];
                    let pairs = left.coefficients[range.clone()].iter_mut().zip(&mut right.coefficients[range]);
                    match intensity {
                        Some(scale) => {
                            let scale = if self.is_listed && used { -scale } else { scale };
                            pairs.for_each(|(left, right)| *right = scale * *left);
                        }
                        None if used && !is_noise => {
                            pairs.for_each(|(left, right)| (*left, *right) = (*left + *right, *left - *right));
                        }
                        None => {}
                    }
                }
            }
        }
    }
}

impl Pulses {
    fn read(bits: &mut Bits<'_>) -> Self {
        let count = bits.read(2) + 1;
        let start_band = bits.read(6) as usize;
        Self { start_band, list: (0..count).map(|_| (bits.read(5) as usize, bits.read(4) as f32)).collect() }
    }
}

/// A random generator of 64 bits (SplitMix64's step, Vigna 2015).
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next value from -1 to 1.
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ z >> 31) >> 32) as i32 as f32 / 2_147_483_648.0
    }
}
