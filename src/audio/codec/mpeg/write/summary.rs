//! What the tag tells of the stream, gathered while it goes out.

use super::super::header::Header;
use crate::audio::{Error, ErrorKind, Result};

/// Entries of the seek table in the tag.
pub const SEEK_POINTS: usize = 100;

/// Positions that are kept: so many that a seek point is at most a thousandth
/// of the stream before its time.
const MOST_POSITIONS: usize = 2048;

/// What is known of the stream so far, or at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// MP3 frames, without the tag's.
    pub frames: u64,
    /// Bytes, with the tag's frame.
    pub bytes: u64,
    /// Samples behind the last that was encoded.
    pub padding: u32,
    /// For each hundredth of the time: where it begins, in 256ths of the bytes.
    pub seek_points: [u8; SEEK_POINTS],
    /// CRC-16 of all bytes behind the tag's frame.
    pub crc: u16,
}

/// Follows the frames of a stream through its bytes, in whatever pieces they come.
#[derive(Debug, Default)]
pub struct Summary {
    /// Frames begun.
    frames: u64,
    bytes: u64,
    crc: u16,
    /// Bytes until the next header.
    until_header: usize,
    /// As much of that header as is there.
    header: Vec<u8>,
    /// The position of every `2^thinned`-th frame.
    positions: Vec<u64>,
    thinned: u32,
}

impl Summary {
    /// Whole MP3 frames so far.
    pub fn frames(&self) -> u64 {
        self.frames - u64::from(self.until_header > 0)
    }

    /// Takes the next bytes of the stream.
    pub fn add(&mut self, bytes: &[u8]) -> Result<()> {
        self.crc = crc16(self.crc, bytes);
        let mut at = 0;
        while at < bytes.len() {
            if self.until_header > 0 {
                let passed = self.until_header.min(bytes.len() - at);
                self.until_header -= passed;
                at += passed;
                continue;
            }
            self.header.push(bytes[at]);
            at += 1;
            if self.header.len() == Header::SIZE {
                let position = self.bytes + at as u64 - Header::SIZE as u64;
                let header = Header::parse(&self.header).ok_or_else(|| {
                    Error::new(ErrorKind::Internal, "LAME gave bytes that are no MP3 frame").at(position)
                })?;
                self.until_header = header.size(0) - Header::SIZE;
                self.header.clear();
                self.begin_frame(position);
            }
        }
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    fn begin_frame(&mut self, position: u64) {
        if self.frames.is_multiple_of(1 << self.thinned) {
            if self.positions.len() == MOST_POSITIONS {
                let mut index = 0;
                self.positions.retain(|_| {
                    index += 1;
                    index % 2 == 1
                });
                self.thinned += 1;
            }
            self.positions.push(position);
        }
        self.frames += 1;
    }

    /// The totals of a stream behind a tag of `tag_size` bytes.
    pub fn totals(&self, tag_size: u64, padding: u32) -> Totals {
        let (frames, bytes) = (self.frames(), tag_size + self.bytes);
        let mut seek_points = [0; SEEK_POINTS];
        for (percent, point) in seek_points.iter_mut().enumerate() {
            let frame = u128::from(frames) * percent as u128 / SEEK_POINTS as u128;
            let position = self.positions.get((frame >> self.thinned) as usize).copied().unwrap_or(0);
            let part = 256 * u128::from(tag_size + position) / u128::from(bytes);
            *point = part.min(255) as u8;
        }
        Totals { frames, bytes, padding, seek_points, crc: self.crc }
    }
}

/// CRC-16 with the polynomial 0x8005, lowest bit first, as the LAME tag has it.
pub fn crc16(crc: u16, bytes: &[u8]) -> u16 {
    const TABLE: [u16; 256] = {
        let mut table = [0; 256];
        let mut index = 0;
        while index < 256 {
            let mut value = index as u16;
            let mut bit = 0;
            while bit < 8 {
                value = if value & 1 == 1 { value >> 1 ^ 0xa001 } else { value >> 1 };
                bit += 1;
            }
            table[index] = value;
            index += 1;
        }
        table
    };
    bytes.iter().fold(crc, |crc, byte| crc >> 8 ^ TABLE[usize::from(crc as u8 ^ byte)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_crc_16_arc() {
        // The catalogue's check value.
        assert_eq!(crc16(0, b"123456789"), 0xbb3d);
    }

    #[test]
    fn frames_are_found_in_any_pieces() {
        // 128 kbit/s at 44.1 kHz: 417 bytes, or 418 with padding.
        let mut stream = Vec::new();
        for frame in 0..10_000u32 {
            let padding = frame % 49 % 2;
            let start = stream.len();
            stream.extend_from_slice(&[0xff, 0xfb, 0x90 | (padding << 1) as u8, 0x44]);
            stream.resize(start + 417 + padding as usize, 0xff);
        }
        let (mut whole, mut pieces) = (Summary::default(), Summary::default());
        whole.add(&stream).unwrap();
        for (piece, size) in stream.chunks(1000).zip((1..12).cycle()) {
            piece.chunks(size * 37).for_each(|bytes| pieces.add(bytes).unwrap());
        }
        let totals = whole.totals(417, 0);
        assert_eq!(totals, pieces.totals(417, 0));
        assert_eq!((totals.frames, totals.bytes), (10_000, 417 + stream.len() as u64));
        assert!(whole.positions.len() <= MOST_POSITIONS);
        for (percent, point) in totals.seek_points.iter().enumerate() {
            let exact = 256.0 * percent as f64 / 100.0;
            assert!((f64::from(*point) - exact).abs() <= 1.3, "{percent}: {point}");
        }
    }
}
