//! The frame header (ISO/IEC 11172-3, 2.4.1.3 and 2.4.2.3; ISO/IEC 13818-3,
//! 2.4.2.3 for the low sampling frequencies; MPEG-2.5 halves those again).

use crate::audio::codec::Codec;

/// Kilobits per second by version (MPEG-1; the others), layer (1 to 3) and index.
const BIT_RATES: [[[u16; 15]; 3]; 2] = [
    [
        [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
        [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
        [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    ],
    [
        [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
        [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
        [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    ],
];

/// The largest free-format frame that is looked for, in bytes without padding.
pub const MAX_FREE_FORMAT: usize = 2304;

/// The largest frame there can be: layer II, 160 kbit/s at 8 kHz would be 2880 bytes.
pub const MAX_FRAME: usize = 2881;

/// The four bytes in front of every frame, known to hold no reserved value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header([u8; 4]);

impl Header {
    /// Bytes of a header.
    pub const SIZE: usize = 4;

    /// Parses the header at the start of `bytes`; `None` if it is none.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let header = Self(*bytes.first_chunk::<4>()?);
        let sync = header.0[0] == 0xff && header.0[1] & 0xe0 == 0xe0;
        // Version 01 and layer 00 are reserved; MPEG-2.5 (version 00) defines layer III alone.
        let version = match header.version_bits() {
            0 => header.layer() == 3,
            1 => false,
            _ => header.layer() != 4,
        };
        (sync && version && header.bit_rate_index() != 15 && header.rate_index() != 3).then_some(header)
    }

    fn version_bits(self) -> u8 {
        self.0[1] >> 3 & 3
    }

    fn bit_rate_index(self) -> usize {
        usize::from(self.0[2] >> 4)
    }

    fn rate_index(self) -> usize {
        usize::from(self.0[2] >> 2 & 3)
    }

    /// MPEG-1, not one of the low sampling frequencies.
    pub fn is_mpeg1(self) -> bool {
        self.version_bits() == 3
    }

    /// 1, 2 or 3.
    pub fn layer(self) -> u8 {
        4 - (self.0[1] >> 1 & 3)
    }

    /// The codec's name for the layer.
    pub fn codec(self) -> Codec {
        match self.layer() {
            1 => Codec::Mp1,
            2 => Codec::Mp2,
            _ => Codec::Mp3,
        }
    }

    /// Sample rate in Hz.
    pub fn rate(self) -> u32 {
        let mpeg1 = [44_100, 48_000, 32_000][self.rate_index()];
        match self.version_bits() {
            3 => mpeg1,
            2 => mpeg1 / 2,
            _ => mpeg1 / 4,
        }
    }

    /// 1 or 2.
    pub fn channels(self) -> u32 {
        if self.0[3] >> 6 == 3 { 1 } else { 2 }
    }

    /// Frames of audio that it decodes to, always the same in one stream.
    pub fn samples(self) -> u32 {
        match (self.layer(), self.is_mpeg1()) {
            (1, _) => 384,
            (3, false) => 576,
            _ => 1152,
        }
    }

    /// Bits per second; 0 in free format, where the header does not tell it.
    pub fn bit_rate(self) -> u32 {
        let layer = usize::from(self.layer() - 1);
        1000 * u32::from(BIT_RATES[usize::from(!self.is_mpeg1())][layer][self.bit_rate_index()])
    }

    /// Whether the distance of the frames alone tells their size.
    pub fn is_free_format(self) -> bool {
        self.bit_rate_index() == 0
    }

    /// Bytes of padding.
    pub fn padding(self) -> usize {
        match (self.0[2] & 2 != 0, self.layer()) {
            (false, _) => 0,
            (true, 1) => 4,
            (true, _) => 1,
        }
    }

    /// Bytes of the whole frame; in free format the unpadded size is `free_format`.
    pub fn size(self, free_format: usize) -> usize {
        let bytes = (self.samples() / 8 * self.bit_rate() / self.rate()) as usize;
        // Layer I counts in slots of four bytes.
        let bytes = if self.layer() == 1 { bytes & !3 } else { bytes };
        let bytes = if self.is_free_format() { free_format } else { bytes };
        bytes + self.padding()
    }

    /// The unpadded sizes at all bit rates that a frame of the stream may have.
    pub fn every_size(self) -> impl Iterator<Item = usize> {
        (1..15u8).map(move |index| {
            let [sync, version, third, mode] = self.0;
            Self([sync, version, third & 0x0d | index << 4, mode]).size(0)
        })
    }

    /// Whether `self` can be another frame of the stream that `other` belongs
    /// to: version, layer, rate, number of channels and free format agree.
    pub fn same_stream(self, other: Self) -> bool {
        self.0[1] & 0xfe == other.0[1] & 0xfe
            && self.0[2] & 0x0c == other.0[2] & 0x0c
            && self.channels() == other.channels()
            && self.is_free_format() == other.is_free_format()
    }

    /// Bytes in front of the main data of layer III: header, CRC, side information.
    pub fn main_data_offset(self) -> usize {
        let crc = if self.0[1] & 1 == 0 { 2 } else { 0 };
        Self::SIZE + crc + self.side_info_size()
    }

    /// Bytes of the side information of layer III.
    pub fn side_info_size(self) -> usize {
        match (self.is_mpeg1(), self.channels()) {
            (true, 1) => 17,
            (true, _) => 32,
            (false, 1) => 9,
            (false, _) => 17,
        }
    }

    /// How far `main_data_begin` of layer III can point back, in bytes of main data.
    pub fn reservoir_size(self) -> usize {
        match (self.layer(), self.is_mpeg1()) {
            (3, true) => 511,
            (3, false) => 255,
            _ => 0,
        }
    }
}

/// The unpadded size of the free-format frame that `bytes` starts with, from
/// the distance of two more headers.
pub fn free_format_size(bytes: &[u8], header: Header) -> Option<usize> {
    let is_frame = |at: usize| bytes.get(at..).and_then(Header::parse).filter(|next| next.same_stream(header));
    (Header::SIZE..MAX_FREE_FORMAT + header.padding()).find_map(|distance| {
        let size = distance.checked_sub(header.padding())?;
        let next = is_frame(distance)?;
        is_frame(distance + next.size(size)).map(|_| size)
    })
}

/// How many frames follow one another at the start of a run of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    /// Headers that agree with the first, itself included, up to as many as were asked for.
    pub headers: u32,
    /// What stands after the last frame.
    pub end: ChainEnd,
}

/// What stands after a chain of frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainEnd {
    /// As many frames as were asked for: not looked at.
    Enough,
    /// The bytes end where the frame ends (or a header can no longer fit).
    Exact,
    /// The bytes end within the frame.
    Cut,
    /// Other bytes.
    Other,
}

/// Follows the frames from `header`, which `bytes` start with, for up to `wanted` headers.
pub fn follow(bytes: &[u8], header: Header, free_format: usize, wanted: u32) -> Chain {
    let (mut at, mut current, mut headers) = (0, header, 1);
    let end = loop {
        if headers == wanted {
            break ChainEnd::Enough;
        }
        at += current.size(free_format).max(Header::SIZE);
        if at > bytes.len() {
            break ChainEnd::Cut;
        }
        if at + Header::SIZE > bytes.len() {
            break ChainEnd::Exact;
        }
        match Header::parse(&bytes[at..]) {
            Some(next) if next.same_stream(header) => current = next,
            _ => break ChainEnd::Other,
        }
        headers += 1;
    };
    Chain { headers, end }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_the_standard() {
        // 144 * bit rate / rate, with and without padding (11172-3, 2.4.3.1).
        let header = Header::parse(&[0xff, 0xfb, 0x90, 0x00]).unwrap();
        assert_eq!((header.layer(), header.rate(), header.bit_rate(), header.samples()), (3, 44_100, 128_000, 1152));
        assert_eq!((header.size(0), header.channels()), (417, 2));
        assert_eq!(Header::parse(&[0xff, 0xfb, 0x92, 0x00]).unwrap().size(0), 418);
        // MPEG-2.5, 8 kbit/s at 8 kHz, mono: 72 * 8000 / 8000.
        let header = Header::parse(&[0xff, 0xe3, 0x18, 0xc0]).unwrap();
        assert_eq!((header.rate(), header.size(0), header.samples(), header.channels()), (8000, 72, 576, 1));
        // Layer I: 12 * bit rate / rate slots of four bytes.
        let header = Header::parse(&[0xff, 0xff, 0xc4, 0x00]).unwrap();
        assert_eq!((header.layer(), header.rate(), header.size(0)), (1, 48_000, 384));
    }

    #[test]
    fn reserved_values_are_no_header() {
        assert_eq!(Header::parse(&[0xff, 0xf1, 0x90, 0x00]), None, "layer 00: ADTS");
        assert_eq!(Header::parse(&[0xff, 0xeb, 0x90, 0x00]), None, "version 01");
        assert_eq!(Header::parse(&[0xff, 0xfb, 0xf0, 0x00]), None, "bit rate 15");
        assert_eq!(Header::parse(&[0xff, 0xfb, 0x9c, 0x00]), None, "rate 3");
        assert_eq!(Header::parse(&[0xff, 0xfb, 0x90]), None, "too short");
    }
}
