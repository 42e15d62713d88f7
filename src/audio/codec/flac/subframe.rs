//! One channel of a frame: residual and prediction (RFC 9639, 9.2).

use super::Fault;
use super::bits::BitReader;
use super::predict::{MAX_ORDER, Predictor, restore_fixed};

/// The kinds of subframe.
enum Kind {
    Constant,
    Verbatim,
    Fixed(usize),
    Linear(usize),
}

struct Header {
    kind: Kind,
    /// Low bits of every sample that are zero and not coded.
    wasted: u32,
}

impl Header {
    fn read(bits: &mut BitReader<'_>, depth: u32) -> Result<Self, Fault> {
        let code = bits.bits(8)?;
        if code & 0x80 != 0 {
            return Err(Fault::Damaged("a subframe header starts with a one bit"));
        }
        let kind = match code >> 1 {
            0 => Kind::Constant,
            1 => Kind::Verbatim,
            n @ 8..=12 => Kind::Fixed(n as usize - 8),
            n @ 32..=63 => Kind::Linear(n as usize - 31),
            _ => return Err(Fault::Damaged("a subframe is of a reserved type")),
        };
        let wasted = if code & 1 != 0 { bits.unary()?.saturating_add(1) } else { 0 };
        if wasted >= depth {
            return Err(Fault::Damaged("a subframe wastes all bits of its samples"));
        }
        Ok(Self { kind, wasted })
    }
}

/// Decodes a subframe of samples of `depth` bits, 1 to 32, into `plane`.
pub fn decode(bits: &mut BitReader<'_>, depth: u32, plane: &mut [i32]) -> Result<(), Fault> {
    let Header { kind, wasted } = Header::read(bits, depth)?;
    let depth = depth - wasted;
    match kind {
        Kind::Constant => plane.fill(bits.signed(depth)? as i32),
        Kind::Verbatim => read_samples(bits, depth, plane)?,
        Kind::Fixed(order) => {
            read_samples(bits, depth, warm_up(plane, order)?)?;
            read_residual(bits, order, plane)?;
            restore_fixed(order, plane);
        }
        Kind::Linear(order) => {
            read_samples(bits, depth, warm_up(plane, order)?)?;
            let predictor = Predictor::read(bits, order)?;
            read_residual(bits, order, plane)?;
            predictor.restore(order, depth, plane);
        }
    }
    if wasted > 0 {
        plane.iter_mut().for_each(|sample| *sample <<= wasted);
    }
    Ok(())
}

/// As [`decode`], for the 33 bits of the side channel of 32-bit audio;
/// `residual` is working space of the same length.
pub fn decode_wide(bits: &mut BitReader<'_>, depth: u32, residual: &mut [i32], plane: &mut [i64]) -> Result<(), Fault> {
    /// The coefficients of the fixed predictors (RFC 9639, 9.2.5).
    const FIXED: [[i32; 4]; 5] = [[0; 4], [1, 0, 0, 0], [2, -1, 0, 0], [3, -3, 1, 0], [4, -6, 4, -1]];

    let Header { kind, wasted } = Header::read(bits, depth)?;
    let depth = depth - wasted;
    let order = match kind {
        Kind::Constant => {
            plane.fill(bits.signed(depth)? << wasted);
            return Ok(());
        }
        Kind::Verbatim => plane.len(),
        Kind::Fixed(order) | Kind::Linear(order) => order,
    };
    if order > plane.len() {
        return Err(Fault::Damaged("a predictor's order is larger than the block"));
    }
    for sample in &mut plane[..order] {
        *sample = bits.signed(depth)?;
    }
    let predictor = match kind {
        Kind::Linear(order) => Some(Predictor::read(bits, order)?),
        Kind::Fixed(order) => {
            let mut coefficients = [0; MAX_ORDER];
            coefficients[..4].copy_from_slice(&FIXED[order]);
            Some(Predictor { coefficients, shift: 0 })
        }
        _ => None,
    };
    if let Some(predictor) = predictor {
        read_residual(bits, order, residual)?;
        for i in order..plane.len() {
            let history = plane[i - order..i].iter().rev();
            let sum: i64 = history
                .zip(&predictor.coefficients)
                .map(|(s, c)| s.wrapping_mul(i64::from(*c)))
                .fold(0, i64::wrapping_add);
            plane[i] = (sum >> predictor.shift).wrapping_add(i64::from(residual[i]));
        }
    }
    plane.iter_mut().for_each(|sample| *sample <<= wasted);
    Ok(())
}

fn warm_up(plane: &mut [i32], order: usize) -> Result<&mut [i32], Fault> {
    plane.get_mut(..order).ok_or(Fault::Damaged("a predictor's order is larger than the block"))
}

fn read_samples(bits: &mut BitReader<'_>, depth: u32, samples: &mut [i32]) -> Result<(), Fault> {
    for sample in samples {
        *sample = bits.signed(depth)? as i32;
    }
    Ok(())
}

/// Reads the coded residual into all of `plane` behind the `order` warm-up
/// samples (RFC 9639, 9.2.7).
fn read_residual(bits: &mut BitReader<'_>, order: usize, plane: &mut [i32]) -> Result<(), Fault> {
    let parameter_bits = match bits.bits(2)? {
        0 => 4,
        1 => 5,
        _ => return Err(Fault::Damaged("its residual is coded in a reserved way")),
    };
    let escape = (1 << parameter_bits) - 1;
    let partition_order = bits.bits(4)?;
    let partition = plane.len() >> partition_order;
    if partition << partition_order != plane.len() || partition < order {
        return Err(Fault::Damaged("its residual has more partitions than fit into the block"));
    }
    let mut start = order;
    let mut end = partition;
    for _ in 0..1u32 << partition_order {
        let residual = &mut plane[start..end];
        let parameter = bits.bits(parameter_bits)?;
        if parameter != escape {
            bits.rice(parameter, residual)?;
        } else {
            match bits.bits(5)? {
                0 => residual.fill(0),
                width => read_samples(bits, width, residual)?,
            }
        }
        start = end;
        end += partition;
    }
    Ok(())
}
