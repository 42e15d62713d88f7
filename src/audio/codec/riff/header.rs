//! What stands in front of the samples of a WAV file that is written, which
//! becomes RF64 in place when it passes 4 GiB.
//!
//! A JUNK chunk at the start keeps the room that RF64's ds64 chunk needs (EBU
//! Tech 3306, 4). It is so large that the samples begin at a multiple of 16
//! bytes: a map of the file then has them aligned. Until the file is finished
//! or flushed its header says that the length is unknown (all ones), as on a
//! target that cannot seek: most programs, this one too, then read to the end.

use crate::audio::sample::SampleFormat;

const PCM: u16 = 0x0001;
const FLOAT: u16 = 0x0003;
const EXTENSIBLE: u16 = 0xfffe;
/// The tail of KSDATAFORMAT_SUBTYPE_WAVEFORMATEX, as bytes.
const TAG_GUID: [u8; 14] = [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71];
/// A size that is told in ds64, or not known.
const ELSEWHERE: u32 = u32::MAX;
/// The body of a ds64 chunk without a table.
const DS64: usize = 28;
/// The header of a chunk.
pub(super) const CHUNK: usize = 8;
/// Samples begin at a multiple of this.
const ALIGN: usize = 16;

/// What a WAV file holds, and the bytes in front of its samples.
#[derive(Debug, Clone)]
pub struct Header {
    /// Sample rate in Hz.
    pub rate: u32,
    /// Channels.
    pub channels: u32,
    /// Speaker bits.
    pub channel_mask: u32,
    /// U8, I16, I24, I32, F32 or F64.
    pub sample_format: SampleFormat,
}

/// What the sizes in a header say.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    /// All that follows the first chunk header.
    riff: u64,
    data: u64,
    frames: u64,
}

impl Sizes {
    /// Whether only ds64 can tell them.
    fn are_large(&self) -> bool {
        self.riff >= u64::from(ELSEWHERE)
    }
}

/// A size as a 32-bit field has it, where it can.
fn short(size: Option<u64>) -> [u8; 4] {
    size.and_then(|size| u32::try_from(size).ok()).unwrap_or(ELSEWHERE).to_le_bytes()
}

impl Header {
    /// The bytes in front of `data_size` bytes of samples, or of an unknown
    /// number; always as many, whatever the size.
    pub fn bytes(&self, data_size: Option<u64>) -> Vec<u8> {
        let sizes = data_size.map(|data| self.sizes(data, 0));
        [self.front(sizes, 0), data_header(sizes).to_vec()].concat()
    }

    fn frame_size(&self) -> u64 {
        u64::from(self.channels) * self.sample_format.size() as u64
    }

    /// `extra` is the size of the chunks between [`Header::front`] and the samples.
    pub(super) fn sizes(&self, data: u64, extra: usize) -> Sizes {
        let header = self.junk(extra) + self.fixed(extra);
        // With the pad byte of an odd number.
        let riff = (header as u64 - CHUNK as u64).saturating_add(data).saturating_add(data & 1);
        Sizes { riff, data, frames: data / self.frame_size() }
    }

    /// The size of all that stands before the samples, without the body of the first chunk.
    fn fixed(&self, extra: usize) -> usize {
        12 + CHUNK + self.format_chunk().len() + self.fact_chunk(None).len() + extra + CHUNK
    }

    /// The size of the body of the first chunk, ds64 or JUNK.
    fn junk(&self, extra: usize) -> usize {
        let least = self.fixed(extra) + DS64;
        DS64 + (least.next_multiple_of(ALIGN) - least)
    }

    /// The start of the file up to the chunks that follow fmt and fact.
    pub(super) fn front(&self, sizes: Option<Sizes>, extra: usize) -> Vec<u8> {
        let large = sizes.filter(Sizes::are_large);
        let mut bytes = Vec::with_capacity(256);
        bytes.extend_from_slice(if large.is_some() { b"RF64" } else { b"RIFF" });
        bytes.extend_from_slice(&short(sizes.map(|sizes| sizes.riff)));
        bytes.extend_from_slice(b"WAVE");
        bytes.extend_from_slice(if large.is_some() { b"ds64" } else { b"JUNK" });
        let junk = self.junk(extra);
        bytes.extend_from_slice(&(junk as u32).to_le_bytes());
        let body = bytes.len();
        if let Some(Sizes { riff, data, frames }) = large {
            for size in [riff, data, frames] {
                bytes.extend_from_slice(&size.to_le_bytes());
            }
        }
        bytes.resize(body + junk, 0);
        bytes.extend_from_slice(&self.format_chunk());
        bytes.extend_from_slice(&self.fact_chunk(sizes));
        bytes
    }

    /// The fmt chunk: extensible where the channels are not mono or left and right.
    fn format_chunk(&self) -> Vec<u8> {
        let bits = self.sample_format.bits() as u16;
        let tag = if self.sample_format.is_float() { FLOAT } else { PCM };
        let is_plain = match self.channels {
            1 => self.channel_mask == 0x4,
            2 => self.channel_mask == 0x3,
            _ => false,
        };
        let size: u32 = match (is_plain, tag) {
            (true, PCM) => 16,
            (true, _) => 18,
            (false, _) => 40,
        };
        let bytes_per_second = u64::from(self.rate).saturating_mul(self.frame_size());
        let mut bytes = Vec::with_capacity(CHUNK + size as usize);
        bytes.extend_from_slice(b"fmt ");
        bytes.extend_from_slice(&size.to_le_bytes());
        bytes.extend_from_slice(&(if is_plain { tag } else { EXTENSIBLE }).to_le_bytes());
        bytes.extend_from_slice(&(self.channels as u16).to_le_bytes());
        bytes.extend_from_slice(&self.rate.to_le_bytes());
        bytes.extend_from_slice(&u32::try_from(bytes_per_second).unwrap_or(u32::MAX).to_le_bytes());
        // 1024 channels of 8 bytes at most.
        bytes.extend_from_slice(&(self.frame_size() as u16).to_le_bytes());
        bytes.extend_from_slice(&bits.to_le_bytes());
        if !is_plain {
            bytes.extend_from_slice(&22u16.to_le_bytes());
            bytes.extend_from_slice(&bits.to_le_bytes());
            bytes.extend_from_slice(&self.channel_mask.to_le_bytes());
            bytes.extend_from_slice(&tag.to_le_bytes());
            bytes.extend_from_slice(&TAG_GUID);
        } else if size == 18 {
            bytes.extend_from_slice(&0u16.to_le_bytes());
        }
        bytes
    }

    /// The number of frames, which all formats but PCM must tell.
    fn fact_chunk(&self, sizes: Option<Sizes>) -> Vec<u8> {
        if !self.sample_format.is_float() {
            return Vec::new();
        }
        let frames = sizes.filter(|sizes| !sizes.are_large()).map(|sizes| sizes.frames);
        [*b"fact", 4u32.to_le_bytes(), short(frames)].concat()
    }
}

/// What stands right before the samples.
pub(super) fn data_header(sizes: Option<Sizes>) -> [u8; CHUNK] {
    let [a, b, c, d] = short(sizes.filter(|sizes| !sizes.are_large()).map(|sizes| sizes.data));
    [b'd', b'a', b't', b'a', a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(sample_format: SampleFormat) -> Header {
        Header { rate: 48_000, channels: 2, channel_mask: 0x3, sample_format }
    }

    fn u32_at(bytes: &[u8], at: usize) -> u32 {
        u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
    }

    fn u64_at(bytes: &[u8], at: usize) -> u64 {
        u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
    }

    #[test]
    fn sizes_move_to_ds64_at_4_gib() {
        for format in [SampleFormat::U8, SampleFormat::I16, SampleFormat::F32] {
            let header = header(format);
            let size = header.bytes(None).len();
            assert_eq!(size % ALIGN, 0);
            // The largest RIFF size is one less than the sign for "elsewhere"; even, with the pad byte.
            let last = (u64::from(u32::MAX) - 1 - (size as u64 - 8)) & !1;
            let short = header.bytes(Some(last));
            assert_eq!(&short[..4], b"RIFF");
            assert_eq!(&short[12..16], b"JUNK");
            assert_eq!(u64::from(u32_at(&short, 4)), last + size as u64 - 8);
            assert_eq!(u64::from(u32_at(&short, size - 4)), last);
            for data in [last + 1, last + 2, 1 << 32, (1 << 32) + 1, 1 << 40, u64::MAX - 1] {
                let long = header.bytes(Some(data));
                assert_eq!(long.len(), size);
                assert_eq!((&long[..4], u32_at(&long, 4)), (&b"RF64"[..], u32::MAX));
                assert_eq!((&long[12..16], u32_at(&long, size - 4)), (&b"ds64"[..], u32::MAX));
                assert_eq!(u64_at(&long, 20), (size as u64 - 8).saturating_add(data).saturating_add(data & 1));
                assert_eq!(u64_at(&long, 28), data);
                assert_eq!(u64_at(&long, 36), data / header.frame_size());
                assert_eq!(u32_at(&long, 44), 0, "an empty table");
            }
        }
    }

    #[test]
    fn the_start_stays_in_place() {
        for format in [SampleFormat::I24, SampleFormat::F64] {
            for (channels, channel_mask) in [(1, 0x4), (2, 0x3), (2, 0xc), (3, 0x7), (1024, 0)] {
                let header = Header { rate: 1, channels, channel_mask, sample_format: format };
                for extra in [0, 2, 100] {
                    let sizes = Some(header.sizes(6, extra));
                    let front = header.front(sizes, extra);
                    assert_eq!((front.len() + extra + CHUNK) % ALIGN, 0);
                    assert_eq!(u32_at(&front, 4) as usize, front.len() + extra + 6);
                    assert_eq!(header.front(None, extra).len(), front.len());
                }
            }
        }
    }
}
