//! The header of a frame (RFC 9639, 9.1).

use super::Fault;
use super::crc::crc8;

/// How the channels of a frame are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channels {
    /// Each by itself.
    Independent(u32),
    /// Left, and left minus right.
    LeftSide,
    /// Left minus right, and right.
    SideRight,
    /// The mean, and left minus right.
    MidSide,
}

impl Channels {
    /// How many there are.
    pub fn count(self) -> u32 {
        match self {
            Self::Independent(n) => n,
            _ => 2,
        }
    }
}

/// What the header of a frame says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHeader {
    /// Frames (samples of each channel) in it.
    pub block_size: u32,
    /// Rate in Hz; `None` refers to STREAMINFO.
    pub rate: Option<u32>,
    /// Bits per sample; `None` refers to STREAMINFO.
    pub bits: Option<u32>,
    /// The channels.
    pub channels: Channels,
    /// Whether `number` counts samples (variable block size) and not frames.
    pub counts_samples: bool,
    /// The coded number: of its first sample, or of the frame.
    pub number: u64,
    /// Bytes of the header, checksum included.
    pub len: usize,
}

/// The most bytes a frame header can have.
pub const MAX_HEADER: usize = 16;
/// The fewest bytes a frame can have: header, one constant subframe, checksum.
pub const MIN_FRAME: usize = 10;

impl FrameHeader {
    /// Whether a frame may start with these two bytes.
    #[inline(always)]
    pub fn is_sync(first: u8, second: u8) -> bool {
        first == 0xff && second & 0xfe == 0xf8
    }

    /// Reads the header at the start of `bytes` and checks its CRC-8.
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        let [sync0, sync1, sizes, format, ..] = *bytes else { return Err(Fault::Incomplete) };
        if !Self::is_sync(sync0, sync1) {
            return Err(Fault::Damaged("no frame header where one should be"));
        }
        if format & 1 != 0 {
            return Err(Fault::Damaged("its header uses a reserved bit"));
        }
        let mut at = 4;
        let mut take = |n: usize| -> Result<u64, Fault> {
            let field = bytes.get(at..at + n).ok_or(Fault::Incomplete)?;
            at += n;
            Ok(field.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
        };
        let number = coded_number(&mut take)?;
        let block_size = match sizes >> 4 {
            0 => return Err(Fault::Damaged("its header uses the reserved block size")),
            1 => 192,
            n @ 2..=5 => 144 << n,
            6 => take(1)? as u32 + 1,
            7 => take(2)? as u32 + 1,
            n => 1 << n,
        };
        let rate = match sizes & 15 {
            0 => None,
            1 => Some(88_200),
            2 => Some(176_400),
            3 => Some(192_000),
            4 => Some(8_000),
            5 => Some(16_000),
            6 => Some(22_050),
            7 => Some(24_000),
            8 => Some(32_000),
            9 => Some(44_100),
            10 => Some(48_000),
            11 => Some(96_000),
            12 => Some(take(1)? as u32 * 1000),
            13 => Some(take(2)? as u32),
            14 => Some(take(2)? as u32 * 10),
            _ => return Err(Fault::Damaged("its header uses the forbidden sample rate")),
        };
        if rate == Some(0) {
            return Err(Fault::Damaged("its header declares a sample rate of 0 Hz"));
        }
        let channels = match format >> 4 {
            n @ 0..=7 => Channels::Independent(u32::from(n) + 1),
            8 => Channels::LeftSide,
            9 => Channels::SideRight,
            10 => Channels::MidSide,
            _ => return Err(Fault::Damaged("its header uses reserved channels")),
        };
        let bits = match format >> 1 & 7 {
            0 => None,
            1 => Some(8),
            2 => Some(12),
            4 => Some(16),
            5 => Some(20),
            6 => Some(24),
            7 => Some(32),
            _ => return Err(Fault::Damaged("its header uses the reserved bit depth")),
        };
        let checksum = take(1)? as u8;
        if crc8(&bytes[..at - 1]) != checksum {
            return Err(Fault::Damaged("the checksum of its header is wrong"));
        }
        Ok(Self { block_size, rate, bits, channels, counts_samples: sync1 & 1 != 0, number, len: at })
    }
}

/// A number of up to 36 bits in the manner of UTF-8 (RFC 9639, 9.1.5).
fn coded_number(take: &mut impl FnMut(usize) -> Result<u64, Fault>) -> Result<u64, Fault> {
    const BAD: Fault = Fault::Damaged("the number in its header is not coded as it should be");
    let first = take(1)? as u8;
    let followers = match first.leading_ones() {
        0 => return Ok(u64::from(first)),
        n @ 2..=7 => n - 1,
        _ => return Err(BAD),
    };
    let mut number = u64::from(first) & (0x3f >> followers);
    for _ in 0..followers {
        let byte = take(1)?;
        if byte & 0xc0 != 0x80 {
            return Err(BAD);
        }
        number = number << 6 | byte & 0x3f;
    }
    Ok(number)
}
