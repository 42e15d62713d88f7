//! A FLAC encoder that does as it is told, for the paths that real encoders
//! do not take. Plain, slow, and independent of the decoder it tests.

/// Bits, most significant first.
#[derive(Default)]
pub struct BitWriter {
    pub bytes: Vec<u8>,
    filled: u32,
}

impl BitWriter {
    pub fn put(&mut self, value: i64, bits: u32) {
        for bit in (0..bits).rev() {
            if self.filled.is_multiple_of(8) {
                self.bytes.push(0);
            }
            if value >> bit & 1 != 0 {
                *self.bytes.last_mut().expect("a byte was pushed") |= 0x80 >> (self.filled % 8);
            }
            self.filled += 1;
        }
    }

    fn unary(&mut self, zeros: u64) {
        for _ in 0..zeros {
            self.put(0, 1);
        }
        self.put(1, 1);
    }

    fn align(&mut self) {
        while !self.filled.is_multiple_of(8) {
            self.put(0, 1);
        }
    }
}

/// Bit by bit, as the polynomial says.
pub fn crc(bytes: &[u8], polynomial: u32, width: u32) -> u32 {
    let top = 1 << (width - 1);
    let mask = (1u64 << width) as u32 - 1;
    let mut crc = 0u32;
    for byte in bytes {
        crc ^= u32::from(*byte) << (width - 8);
        for _ in 0..8 {
            crc = if crc & top != 0 { crc << 1 ^ polynomial } else { crc << 1 } & mask;
        }
    }
    crc
}

/// How the residual of one subframe is coded.
#[derive(Clone)]
pub struct Residual {
    /// 0: parameters of four bits, 1: of five.
    pub method: u32,
    pub partition_order: u32,
    /// The Rice parameter, or the width of unencoded values.
    pub coding: Coding,
}

#[derive(Clone, Copy)]
pub enum Coding {
    Rice(u32),
    Escape(u32),
}

#[derive(Clone)]
pub enum Kind {
    Constant,
    Verbatim,
    Fixed(usize, Residual),
    Linear { coefficients: Vec<i64>, precision: u32, shift: u32, residual: Residual },
}

/// One channel as it is coded: side and mid are the caller's to compute.
pub struct Subframe {
    pub samples: Vec<i64>,
    pub depth: u32,
    pub wasted: u32,
    pub kind: Kind,
}

impl Subframe {
    fn write(&self, out: &mut BitWriter) {
        let code = match &self.kind {
            Kind::Constant => 0,
            Kind::Verbatim => 1,
            Kind::Fixed(order, _) => 8 + *order as i64,
            Kind::Linear { coefficients, .. } => 31 + coefficients.len() as i64,
        };
        out.put(code, 7);
        out.put(i64::from(self.wasted > 0), 1);
        if self.wasted > 0 {
            out.unary(u64::from(self.wasted) - 1);
        }
        let depth = self.depth - self.wasted;
        let samples: Vec<i64> = self.samples.iter().map(|s| s >> self.wasted).collect();
        match &self.kind {
            Kind::Constant => out.put(samples[0], depth),
            Kind::Verbatim => samples.iter().for_each(|s| out.put(*s, depth)),
            Kind::Fixed(order, residual) => {
                const FIXED: [&[i64]; 5] = [&[], &[1], &[2, -1], &[3, -3, 1], &[4, -6, 4, -1]];
                samples[..*order].iter().for_each(|s| out.put(*s, depth));
                residual.write(out, &samples, FIXED[*order], 0);
            }
            Kind::Linear { coefficients, precision, shift, residual } => {
                samples[..coefficients.len()].iter().for_each(|s| out.put(*s, depth));
                out.put(i64::from(*precision) - 1, 4);
                out.put(i64::from(*shift), 5);
                coefficients.iter().for_each(|c| out.put(*c, *precision));
                residual.write(out, &samples, coefficients, *shift);
            }
        }
    }
}

impl Residual {
    fn write(&self, out: &mut BitWriter, samples: &[i64], coefficients: &[i64], shift: u32) {
        let order = coefficients.len();
        let residual = |n: usize| {
            let sum: i128 =
                coefficients.iter().zip(samples[..n].iter().rev()).map(|(c, s)| i128::from(*c) * i128::from(*s)).sum();
            samples[n] - (sum >> shift) as i64
        };
        out.put(i64::from(self.method), 2);
        out.put(i64::from(self.partition_order), 4);
        let parameter_bits = 4 + self.method;
        let partition = samples.len() >> self.partition_order;
        for p in 0..1 << self.partition_order {
            match self.coding {
                Coding::Rice(k) => out.put(i64::from(k), parameter_bits),
                Coding::Escape(width) => {
                    out.put(-1, parameter_bits);
                    out.put(i64::from(width), 5);
                }
            }
            for n in (p * partition).max(order)..(p + 1) * partition {
                let r = residual(n);
                match self.coding {
                    Coding::Rice(k) => {
                        let folded = (r << 1 ^ r >> 63) as u64;
                        out.unary(folded >> k);
                        out.put(folded as i64, k);
                    }
                    Coding::Escape(width) => out.put(r, width),
                }
            }
        }
    }
}

/// What the header of a frame says besides its number.
#[derive(Clone, Copy)]
pub struct Shape {
    /// 0 to 7: as many channels less one; 8 left/side, 9 side/right, 10 mid/side.
    pub channels: i64,
    pub counts_samples: bool,
}

/// A frame at 44.1 kHz whose header refers to STREAMINFO for the depth.
pub fn frame(shape: Shape, number: u64, subframes: &[Subframe]) -> Vec<u8> {
    let mut out = BitWriter::default();
    out.put(0xfff8 | i64::from(shape.counts_samples), 16);
    out.put(0x79, 8);
    out.put(shape.channels << 4, 8);
    coded_number(&mut out, number);
    out.put(subframes[0].samples.len() as i64 - 1, 16);
    out.put(i64::from(crc(&out.bytes, 0x07, 8)), 8);
    subframes.iter().for_each(|subframe| subframe.write(&mut out));
    out.align();
    out.put(i64::from(crc(&out.bytes, 0x8005, 16)), 16);
    out.bytes
}

fn coded_number(out: &mut BitWriter, number: u64) {
    if number < 0x80 {
        return out.put(number as i64, 8);
    }
    let followers = (1..=6).find(|n| number < 1 << (n * 6 + 6 - n)).expect("a number of 36 bits at most");
    let marks = 0xff00_i64 >> (followers + 1) & 0xff;
    out.put(marks | (number >> (6 * followers)) as i64, 8);
    for n in (0..followers).rev() {
        out.put(0x80 | (number >> (6 * n) & 0x3f) as i64, 8);
    }
}

/// The marker and STREAMINFO.
pub fn stream_info(blocks: (u32, u32), channels: u32, bits: u32, total: u64) -> Vec<u8> {
    let mut out = BitWriter::default();
    out.put(0x664c_6143, 32);
    out.put(0x8000_0022, 32);
    out.put(i64::from(blocks.0), 16);
    out.put(i64::from(blocks.1), 16);
    out.put(0, 48);
    out.put(44_100, 20);
    out.put(i64::from(channels) - 1, 3);
    out.put(i64::from(bits) - 1, 5);
    out.put(total as i64, 36);
    out.put(0, 64);
    out.put(0, 64);
    out.bytes
}
