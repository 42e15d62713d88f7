//! The identification and the set-up header (Vorbis I specification, 4.2.2 and 4.2.4).
//!
//! The set-up header is read through for two reasons: its last part tells the
//! block size of each mode, which gives the durations of packets, and a
//! damaged or hostile one must be refused when the file is opened, before the
//! decoder builds tables from it.

use crate::audio::{Error, Result, limits};

/// What the identification header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identification {
    /// Channels.
    pub channels: u8,
    /// Rate in Hz.
    pub rate: u32,
    /// Bits per second; 0 if not told.
    pub nominal_bit_rate: u32,
    /// Frames of a short and a long block.
    pub block_sizes: [u16; 2],
}

/// The most numbers that all codebooks together may hold: encoders use some
/// ten thousand, and a few bytes can ask for thousands of millions.
const MAX_CODEBOOK_VALUES: u64 = 4 << 20;

/// The largest codebooks that the decoder takes; encoders stay far below.
const MAX_DIMENSIONS: u32 = 32;
const MAX_ENTRIES: u32 = 128 << 10;

impl Identification {
    /// Reads the header.
    pub fn parse(packet: &[u8]) -> Result<Self> {
        let Some(fields) = packet.strip_prefix(b"\x01vorbis").and_then(|rest| rest.first_chunk::<23>()) else {
            return Err(Error::malformed("the Vorbis identification header is damaged"));
        };
        let word = |at: usize| u32::from_le_bytes([fields[at], fields[at + 1], fields[at + 2], fields[at + 3]]);
        if word(0) != 0 {
            return Err(Error::unsupported(format!("Vorbis version {} is not supported", word(0))));
        }
        let channels = fields[4];
        let rate = word(5);
        limits::check_format(rate, channels.into())?;
        let exponents = [fields[21] & 0x0f, fields[21] >> 4];
        if exponents[0] < 6 || exponents[1] > 13 || exponents[0] > exponents[1] || fields[22] & 1 == 0 {
            return Err(Error::malformed("the Vorbis identification header has impossible block sizes"));
        }
        Ok(Self {
            channels,
            rate,
            // The field is signed; encoders leave it 0 or -1 when they cannot say.
            nominal_bit_rate: if word(13) > i32::MAX as u32 { 0 } else { word(13) },
            block_sizes: exponents.map(|exponent| 1 << exponent),
        })
    }
}

/// The modes of a stream: how long its packets are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Modes {
    /// Frames of each mode's block.
    block_sizes: Vec<u16>,
    /// Bits of a mode number in a packet.
    bits: u32,
}

/// A set-up header, read through.
#[derive(Debug)]
pub struct Setup {
    pub modes: Modes,
    /// Where the coupling steps of each mapping lie.
    couplings: Vec<Couplings>,
}

/// The coupling steps of one mapping, as bits of a set-up header.
#[derive(Debug)]
struct Couplings {
    first_bit: usize,
    steps: usize,
    /// Bits of a step: two channel numbers.
    width: u32,
}

impl Setup {
    /// Reads through a set-up header.
    pub fn parse(packet: &[u8], identification: &Identification) -> Result<Self> {
        let Some(body) = packet.strip_prefix(b"\x05vorbis") else {
            return Err(Error::malformed("the Vorbis set-up header is damaged"));
        };
        let mut bits = Bits { bytes: body, at: 0 };
        setup(&mut bits, identification)
            .unwrap_or_else(|| Err(Error::malformed("the Vorbis set-up header is damaged or ends too early")))
    }

    /// The header with each mapping's coupling steps in the opposite order.
    ///
    /// Steps must be undone from the last to the first (4.3.5); the decoder
    /// undoes them from the first to the last. Where a channel is in two steps,
    /// as in 5.1, only one of the orders is right.
    pub fn with_couplings_reversed(&self, packet: &[u8]) -> Vec<u8> {
        let mut reversed = packet.to_vec();
        let body = packet.get(MARK..).unwrap_or_default();
        for couplings in &self.couplings {
            let mut bits = Bits { bytes: body, at: couplings.first_bit };
            for step in (0..couplings.steps).rev() {
                let at = couplings.first_bit + step * couplings.width as usize;
                let value = bits.read(couplings.width).unwrap_or(0);
                for bit in 0..couplings.width as usize {
                    let (byte, mask) = (MARK + (at + bit) / 8, 1 << ((at + bit) % 8));
                    reversed[byte] = if value >> bit & 1 != 0 { reversed[byte] | mask } else { reversed[byte] & !mask };
                }
            }
        }
        reversed
    }
}

impl Modes {
    /// Frames of the block in `packet`; `None` if it is no audio packet (they are ignored).
    pub fn block_size(&self, packet: &[u8]) -> Option<u16> {
        let first = *packet.first()?;
        if first & 1 != 0 {
            return None;
        }
        let mode = usize::from(first >> 1) & ((1 << self.bits) - 1);
        self.block_sizes.get(mode).copied()
    }
}

/// Bytes of the packet type and the mark in front of the bits.
const MARK: usize = 7;

/// Reads bits, the low ones of each byte first (2.1.4).
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    /// Reads up to 32 bits.
    fn read(&mut self, count: u32) -> Option<u32> {
        let from = self.at;
        self.skip(count.into())?;
        let rest = self.bytes.get(from / 8..).unwrap_or_default();
        let word = rest.first_chunk().copied().unwrap_or_else(|| {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            last
        });
        Some((u64::from_le_bytes(word) >> (from % 8) & ((1 << count) - 1)) as u32)
    }

    fn flag(&mut self) -> Option<bool> {
        self.read(1).map(|bit| bit != 0)
    }

    fn skip(&mut self, count: u64) -> Option<()> {
        self.at = usize::try_from(count).ok().and_then(|count| self.at.checked_add(count))?;
        (self.at <= self.bytes.len() * 8).then_some(())
    }
}

/// None for what cannot be: a number of something that is not there.
fn check(is_possible: bool) -> Option<()> {
    is_possible.then_some(())
}

/// Bits needed to write `value` (9.2.1).
fn ilog(value: u32) -> u32 {
    u32::BITS - value.leading_zeros()
}

/// `None` if the header ends too early or contradicts itself.
fn setup(bits: &mut Bits<'_>, identification: &Identification) -> Option<Result<Setup>> {
    let channels = u32::from(identification.channels);
    let mut values = 0;
    let books = bits.read(8)? + 1;
    for _ in 0..books {
        match codebook(bits)? {
            Ok(count) => values += count,
            Err(error) => return Some(Err(error)),
        }
        if values > MAX_CODEBOOK_VALUES {
            return Some(Err(Error::limit("the Vorbis codebooks are larger than any real encoder's")));
        }
    }
    for _ in 0..=bits.read(6)? {
        check(bits.read(16)? == 0)?;
    }
    let floors = bits.read(6)? + 1;
    for _ in 0..floors {
        floor(bits, books)?;
    }
    let mut residue_types = Vec::new();
    for _ in 0..=bits.read(6)? {
        residue_types.push(residue(bits, books)?);
    }
    let mut couplings = Vec::new();
    for _ in 0..=bits.read(6)? {
        match mapping(bits, channels, floors, &residue_types)? {
            Ok(steps) => couplings.push(steps),
            Err(error) => return Some(Err(error)),
        }
    }
    let count = bits.read(6)? + 1;
    let mut block_sizes = Vec::new();
    for _ in 0..count {
        let long = bits.flag()?;
        // Window and transform type: 0 is the only one there is.
        check(bits.read(32)? == 0 && (bits.read(8)? as usize) < couplings.len())?;
        block_sizes.push(identification.block_sizes[usize::from(long)]);
    }
    if !bits.flag()? {
        return Some(Err(Error::malformed("the Vorbis set-up header does not end with its framing bit")));
    }
    Some(Ok(Setup { modes: Modes { block_sizes, bits: ilog(count - 1) }, couplings }))
}

/// One codebook (3.2.1); gives the count of numbers it unpacks to.
fn codebook(bits: &mut Bits<'_>) -> Option<Result<u64>> {
    if bits.read(24)? != 0x56_4342 {
        return Some(Err(Error::malformed("a Vorbis codebook does not begin with its mark")));
    }
    let dimensions = bits.read(16)?;
    let entries = bits.read(24)?;
    if dimensions == 0 || dimensions > MAX_DIMENSIONS || entries > MAX_ENTRIES {
        let message =
            format!("a Vorbis codebook has {entries} entries of {dimensions} dimensions, as no encoder's has");
        return Some(Err(Error::malformed(message)));
    }
    // The room that codewords take, where all there is are 2^32: they must fill it (3.2.1).
    let (mut used, mut room) = (0u32, 0u64);
    if bits.flag()? {
        let mut length = bits.read(5)? + 1;
        let mut entry = 0;
        while entry < entries {
            let count = bits.read(ilog(entries - entry))?;
            if count > entries - entry || length > 32 {
                return Some(Err(Error::malformed("a Vorbis codebook has impossible codeword lengths")));
            }
            entry += count;
            used += count;
            room += u64::from(count) << (32 - length.min(32));
            length += 1;
        }
    } else {
        let sparse = bits.flag()?;
        for _ in 0..entries {
            if !sparse || bits.flag()? {
                used += 1;
                room += 1 << (31 - bits.read(5)?);
            }
        }
    }
    // The one codeword of a book may be a single bit, with the other unused (erratum of 2015-02-26).
    let is_single = used == 1 && room == 1 << 31;
    if room != 1 << 32 && used > 0 && !is_single {
        return Some(Err(Error::malformed("a Vorbis codebook's codewords are no whole tree")));
    }
    let vectors = u64::from(entries) * u64::from(dimensions);
    match bits.read(4)? {
        0 => Some(Ok(u64::from(entries))),
        kind @ (1 | 2) => {
            bits.skip(64)?;
            let width = bits.read(4)? + 1;
            bits.skip(1)?;
            let count = if kind == 1 { lookup1_values(entries, dimensions) } else { vectors };
            bits.skip(count.checked_mul(width.into())?)?;
            Some(Ok(vectors + u64::from(entries)))
        }
        kind => Some(Err(Error::malformed(format!("a Vorbis codebook has the unknown lookup type {kind}")))),
    }
}

/// The largest whole number whose power `dimensions` is not above `entries` (9.2.3).
fn lookup1_values(entries: u32, dimensions: u32) -> u64 {
    if dimensions == 0 {
        return 0;
    }
    let fits = |root: u64| root.checked_pow(dimensions).is_some_and(|power| power <= u64::from(entries));
    let mut root = (f64::from(entries)).powf(1.0 / f64::from(dimensions)) as u64;
    while fits(root + 1) {
        root += 1;
    }
    while root > 0 && !fits(root) {
        root -= 1;
    }
    root
}

/// One floor (6.2.1 and 7.2.2) that refers to `books` codebooks.
fn floor(bits: &mut Bits<'_>, books: u32) -> Option<()> {
    let kind = bits.read(16)?;
    if kind == 0 {
        bits.skip(8 + 16 + 16 + 6 + 8)?;
        for _ in 0..=bits.read(4)? {
            check(bits.read(8)? < books)?;
        }
        return Some(());
    }
    check(kind == 1)?;
    let partitions = bits.read(5)?;
    let mut classes = Vec::new();
    for _ in 0..partitions {
        classes.push(bits.read(4)? as usize);
    }
    let mut dimensions = [0; 16];
    let count = classes.iter().max().map_or(0, |highest| highest + 1);
    for dimension in &mut dimensions[..count] {
        *dimension = bits.read(3)? + 1;
        let subclasses = bits.read(2)?;
        check(subclasses == 0 || bits.read(8)? < books)?;
        for _ in 0..1 << subclasses {
            // 0 is none.
            check(bits.read(8)? <= books)?;
        }
    }
    bits.skip(2)?;
    let range_bits = bits.read(4)?;
    // Every position once, and no more than 65 with both ends.
    let mut positions = Vec::new();
    for class in classes {
        for _ in 0..dimensions[class] {
            positions.push(bits.read(range_bits)?);
        }
    }
    positions.sort_unstable();
    check(positions.len() <= 63 && positions.windows(2).all(|pair| pair[0] != pair[1]))
}

/// One residue (8.6.1) that refers to `books` codebooks; gives its type.
fn residue(bits: &mut Bits<'_>, books: u32) -> Option<u32> {
    let kind = bits.read(16)?;
    check(kind <= 2)?;
    let (begin, end) = (bits.read(24)?, bits.read(24)?);
    check(begin <= end)?;
    bits.skip(24)?;
    let classifications = bits.read(6)? + 1;
    check(bits.read(8)? < books)?;
    let mut used = 0;
    for _ in 0..classifications {
        let low = bits.read(3)?;
        let high = if bits.flag()? { bits.read(5)? } else { 0 };
        used += (high << 3 | low).count_ones();
    }
    for _ in 0..used {
        check((1..books).contains(&bits.read(8)?))?;
    }
    Some(kind)
}

/// One mapping (4.2.4, step 5) that refers to so many floors and these residues.
fn mapping(bits: &mut Bits<'_>, channels: u32, floors: u32, residue_types: &[u32]) -> Option<Result<Couplings>> {
    if bits.read(16)? != 0 {
        return Some(Err(Error::malformed("a Vorbis mapping has an unknown type")));
    }
    let submaps = if bits.flag()? { bits.read(4)? + 1 } else { 1 };
    let steps = if bits.flag()? { bits.read(8)? + 1 } else { 0 };
    let width = 2 * ilog(channels - 1);
    let couplings = Couplings { first_bit: bits.at, steps: steps as usize, width };
    for _ in 0..steps {
        let (magnitude, angle) = (bits.read(width / 2)?, bits.read(width / 2)?);
        check(magnitude != angle && magnitude < channels && angle < channels)?;
    }
    check(bits.read(2)? == 0)?;
    let mut multiplex = vec![0; channels as usize];
    if submaps > 1 {
        for submap in &mut multiplex {
            *submap = bits.read(4)?;
            check(*submap < submaps)?;
        }
    }
    for submap in 0..submaps {
        bits.skip(8)?;
        check(bits.read(8)? < floors)?;
        let residue = bits.read(8)? as usize;
        check(residue < residue_types.len())?;
        // The decoder mixes up the channels of such a pair.
        let first = multiplex.iter().position(|&of| of == submap);
        let is_pair = multiplex.iter().filter(|&&of| of == submap).count() == 2;
        if is_pair && first != Some(0) && residue_types.get(residue) == Some(&2) {
            return Some(Err(Error::unsupported("Vorbis with this arrangement of submaps is not supported")));
        }
    }
    Some(Ok(couplings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_exact() {
        assert_eq!(lookup1_values(361, 2), 19);
        assert_eq!(lookup1_values(360, 2), 18);
        assert_eq!(lookup1_values(3, 950), 1);
        assert_eq!(lookup1_values(0, 5), 0);
        assert_eq!(lookup1_values(16_777_215, 1), 16_777_215);
        assert_eq!(lookup1_values(16_777_216 - 1, 3), 255);
    }

    #[test]
    fn bits_come_low_first() {
        // The example of section 2.1.6: 12 in 4 bits, -1 in 3, 17 in 7, 6969 in 13.
        let mut bits = Bits { bytes: &[0b1111_1100, 0b0100_1000, 0b1100_1110, 0b0000_0110], at: 0 };
        assert_eq!(bits.read(4), Some(12));
        assert_eq!(bits.read(3), Some(7));
        assert_eq!(bits.read(7), Some(17));
        assert_eq!(bits.read(13), Some(6969));
        assert_eq!(bits.read(6), None);
    }
}
