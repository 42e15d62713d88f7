//! The frame without audio in front of the others, with the Xing header and
//! LAME's extension of it (gabriel.mp3-tech.org, "Mp3 Info Tag revision 1").

use super::super::header::Header;
use super::summary::{SEEK_POINTS, Totals, crc16};
use super::{BitRate, Lame, Parameters};

/// Bytes of the Xing header: name, flags, frames, bytes, seek table, quality.
const XING: usize = 4 + 4 + 4 + 4 + SEEK_POINTS + 4;
/// Bytes of LAME's extension.
const EXTENSION: usize = 36;
/// Decoders take delay and padding for true behind this name only.
const ENCODER: &[u8; 9] = b"LAME3.100";

/// As in WAV, for lack of a value of its own. FFmpeg takes a tag without any
/// count for a frame of silence, and all else would be late by that.
const UNKNOWN_BYTES: u32 = u32::MAX;

const HAS_FRAMES: u32 = 1;
const HAS_BYTES: u32 = 2;
const HAS_SEEK_TABLE: u32 = 4;
const HAS_QUALITY: u32 = 8;

/// The tag of one stream.
#[derive(Debug)]
pub struct TagFrame {
    parameters: Parameters,
    delay: u32,
    lowpass: u32,
    header: [u8; Header::SIZE],
    size: usize,
    /// Where the Xing header begins.
    start: usize,
}

impl TagFrame {
    /// A frame as small as holds the tag, but at a constant bit rate no smaller than the others.
    pub fn new(parameters: &Parameters, lame: &Lame) -> Self {
        let least_rate = match parameters.bit_rate {
            BitRate::Constant(kbps) => kbps * 1000,
            BitRate::Variable(_) => 0,
        };
        let frame = (1..15).map(|index| header(parameters, index)).find_map(|bytes| {
            let header = Header::parse(&bytes)?;
            let start = header.main_data_offset();
            let fits = header.bit_rate() >= least_rate && header.size(0) >= start + XING + EXTENSION;
            fits.then_some((bytes, header.size(0), start))
        });
        let (header, size, start) = frame.expect("every rate has a frame that the tag fits in");
        Self {
            parameters: Parameters { effort: lame.effort(), ..*parameters },
            delay: lame.delay(),
            lowpass: lame.lowpass(),
            header,
            size,
            start,
        }
    }

    /// Bytes of the frame.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Samples in front of the first that was encoded.
    pub fn delay(&self) -> u32 {
        self.delay
    }

    /// The frame; without totals it tells what is known from the start.
    pub fn bytes(&self, totals: Option<&Totals>) -> Vec<u8> {
        let mut frame = Vec::with_capacity(self.size);
        frame.extend_from_slice(&self.header);
        frame.resize(self.start, 0);
        self.put_xing(&mut frame, totals);
        self.put_lame(&mut frame, totals);
        let crc = crc16(0, &frame);
        frame.extend_from_slice(&crc.to_be_bytes());
        frame.resize(self.size, 0);
        frame
    }

    fn put_xing(&self, frame: &mut Vec<u8>, totals: Option<&Totals>) {
        let is_constant = matches!(self.parameters.bit_rate, BitRate::Constant(_));
        frame.extend_from_slice(if is_constant { b"Info" } else { b"Xing" });
        let flags = frame.len();
        frame.extend_from_slice(&[0; 4]);
        let mut has = HAS_QUALITY;
        if let Some(totals) = totals {
            // A count that does not fit is left out.
            for (flag, count) in [(HAS_FRAMES, totals.frames), (HAS_BYTES, totals.bytes)] {
                if let Ok(count) = u32::try_from(count) {
                    frame.extend_from_slice(&count.to_be_bytes());
                    has |= flag;
                }
            }
            frame.extend_from_slice(&totals.seek_points);
            has |= HAS_SEEK_TABLE;
        } else {
            frame.extend_from_slice(&UNKNOWN_BYTES.to_be_bytes());
            has |= HAS_BYTES;
        }
        // LAME's scale: 100 less the steps of both its settings; V4 stands for constant rates.
        let v = match self.parameters.bit_rate {
            BitRate::Constant(_) => 4,
            BitRate::Variable(v) => v,
        };
        frame.extend_from_slice(&(100 - 10 * v).saturating_sub(self.parameters.effort).to_be_bytes());
        frame[flags..flags + 4].copy_from_slice(&has.to_be_bytes());
    }

    /// All but the CRC at the end.
    fn put_lame(&self, frame: &mut Vec<u8>, totals: Option<&Totals>) {
        let Parameters { rate, channels, bit_rate, reservoir, .. } = self.parameters;
        // 1: constant; 4: variable by the method "mtrh". The byte is the rate, or the least there is.
        let (method, kbps, preset) = match bit_rate {
            BitRate::Constant(kbps) => (1, kbps, kbps),
            BitRate::Variable(v) => (4, if rate >= 32_000 { 32 } else { 8 }, 500 - 10 * v),
        };
        let padding = totals.map_or(0, |totals| totals.padding);
        let stereo_mode = if channels == 1 { 0 } else { 3 };
        let source_rate = match rate {
            ..=32_000 => 0,
            44_100 => 1,
            _ => 2,
        };
        let is_unusual = rate <= 32_000 || (!reservoir && kbps < 320);
        let music_length = totals.and_then(|totals| u32::try_from(totals.bytes).ok()).unwrap_or(0);

        frame.extend_from_slice(ENCODER);
        frame.push(method);
        frame.push(((self.lowpass + 50) / 100).min(255) as u8);
        // No peak and no gains were measured.
        frame.extend_from_slice(&[0; 8]);
        // Psychoacoustic model "nspsytune" (bit 4), threshold of hearing of type 4.
        frame.push(0x10 | 4);
        frame.push(kbps.min(255) as u8);
        frame.extend_from_slice(&[
            (self.delay >> 4) as u8,
            (self.delay << 4) as u8 | (padding >> 8) as u8,
            padding as u8,
        ]);
        frame.push(1 | stereo_mode << 2 | u8::from(is_unusual) << 5 | source_rate << 6);
        // No later change of gain.
        frame.push(0);
        frame.extend_from_slice(&(preset as u16).to_be_bytes());
        frame.extend_from_slice(&music_length.to_be_bytes());
        frame.extend_from_slice(&totals.map_or(0, |totals| totals.crc).to_be_bytes());
    }
}

/// The header of a layer III frame without CRC, marked as an original as LAME's are.
fn header(parameters: &Parameters, bit_rate_index: u8) -> [u8; Header::SIZE] {
    let (version, family) = match parameters.rate {
        32_000.. => (3, 1),
        16_000.. => (2, 2),
        _ => (0, 4),
    };
    let rate_index = match parameters.rate * family {
        44_100 => 0,
        48_000 => 1,
        _ => 2,
    };
    let mode = if parameters.channels == 1 { 0xc0 } else { 0x40 };
    [0xff, 0xe0 | version << 3 | 0b01 << 1 | 1, bit_rate_index << 4 | rate_index << 2, mode | 0x04]
}
