//! Blocks of ADPCM into samples.

use super::{Format, IMA_HEADER, MS_HEADER, QUICKTIME_PACKET, Variant};
use crate::audio::codec::packet::{Decoder, Packet, PreRoll};
use crate::audio::frames::BlockData;
use crate::audio::{Error, Result};

/// Decodes one block at a time.
pub struct AdpcmDecoder {
    format: Format,
    /// One plane per channel, `frames_per_block` apart.
    planes: Vec<i32>,
    /// What QuickTime's packets carry over, by channel.
    carried: Vec<Option<Ima>>,
}

impl AdpcmDecoder {
    pub fn new(format: Format) -> Self {
        let carried = vec![None; format.channels];
        Self { format, planes: Vec::new(), carried }
    }
}

impl Decoder for AdpcmDecoder {
    fn pre_roll(&self) -> PreRoll {
        match self.format.variant {
            // The prediction runs on through all packets (see `Ima::continued`).
            Variant::ImaQuickTime => PreRoll { packets: u32::MAX, ..PreRoll::NONE },
            _ => PreRoll::NONE,
        }
    }

    fn decode(&mut self, packet: &Packet<'_>) -> Result<usize> {
        let (channels, stride) = (self.format.channels, self.format.frames_per_block as usize);
        let frames = self.format.frames(packet.data.len()) as usize;
        if frames == 0 {
            return Err(Error::malformed("the ADPCM block is too short"));
        }
        self.planes.resize(channels * stride, 0);
        let planes = &mut self.planes;
        match &self.format.variant {
            Variant::Microsoft { coefficients } => {
                decode_microsoft(packet.data, coefficients, channels, stride, frames, planes)?
            }
            Variant::ImaWave => decode_ima_wave(packet.data, channels, stride, frames, planes)?,
            Variant::ImaQuickTime => {
                let (packets, _) = packet.data.as_chunks::<QUICKTIME_PACKET>();
                for ((bytes, plane), carried) in
                    packets.iter().zip(planes.chunks_exact_mut(stride)).zip(&mut self.carried)
                {
                    decode_ima_quicktime(bytes, plane, carried)?;
                }
            }
        }
        Ok(frames)
    }

    fn samples(&self) -> BlockData<'_> {
        BlockData::PlanarI32 { samples: &self.planes, stride: self.format.frames_per_block as usize, bits: 16 }
    }

    fn reset(&mut self) {
        self.carried.fill(None);
    }
}

/// One channel of MS ADPCM.
#[derive(Clone, Copy)]
struct Microsoft {
    coefficients: [i16; 2],
    delta: i32,
    newer: i32,
    older: i32,
}

impl Microsoft {
    fn next(&mut self, nibble: u8) -> i32 {
        const ADAPTATION: [i32; 16] = [230, 230, 230, 230, 307, 409, 512, 614, 768, 614, 512, 409, 307, 230, 230, 230];
        let [a, b] = self.coefficients.map(i64::from);
        // Microsoft's codec shifts: negative predictions round down.
        let predicted = (i64::from(self.newer) * a + i64::from(self.older) * b) >> 8;
        let signed = i64::from(nibble) - if nibble >= 8 { 16 } else { 0 };
        let sample = predicted + signed * i64::from(self.delta);
        self.older = self.newer;
        self.newer = sample.clamp(-32768, 32767) as i32;
        // Broken blocks make the step grow without end.
        self.delta = (ADAPTATION[usize::from(nibble)].saturating_mul(self.delta) >> 8).max(16);
        self.newer
    }
}

fn decode_microsoft(
    data: &[u8],
    coefficients: &[[i16; 2]],
    channels: usize,
    stride: usize,
    frames: usize,
    planes: &mut [i32],
) -> Result<()> {
    let (header, nibbles) = data.split_at(MS_HEADER * channels);
    let (predictors, words) = header.split_at(channels);
    let word = |kind: usize, channel: usize| {
        let at = (kind * channels + channel) * 2;
        i32::from(i16::from_le_bytes([words[at], words[at + 1]]))
    };
    let mut states = Vec::with_capacity(channels);
    for (channel, predictor) in predictors.iter().enumerate() {
        let coefficients = *coefficients.get(usize::from(*predictor)).ok_or_else(|| {
            Error::malformed(format!("an ADPCM block names predictor {predictor}, which does not exist"))
        })?;
        let state =
            Microsoft { coefficients, delta: word(0, channel), newer: word(1, channel), older: word(2, channel) };
        planes[channel * stride] = state.older;
        if frames > 1 {
            planes[channel * stride + 1] = state.newer;
        }
        states.push(state);
    }
    // The nibbles of the channels take turns, the upper one of a byte first.
    let nibbles = nibbles.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]);
    let (mut frame, mut channel) = (2, 0);
    for nibble in nibbles.take(frames.saturating_sub(2) * channels) {
        planes[channel * stride + frame] = states[channel].next(nibble);
        channel += 1;
        if channel == channels {
            channel = 0;
            frame += 1;
        }
    }
    Ok(())
}

/// One channel of IMA ADPCM.
#[derive(Clone, Copy)]
struct Ima {
    predictor: i32,
    index: i32,
}

impl Ima {
    const LAST_INDEX: i32 = 88;

    fn new(predictor: i16, index: u8) -> Result<Self> {
        let index = i32::from(index);
        if index > Self::LAST_INDEX {
            return Err(Error::malformed(format!("an ADPCM block has step index {index}, beyond the last, 88")));
        }
        Ok(Self { predictor: i32::from(predictor), index })
    }

    /// QuickTime's packets tell only the upper nine bits of the predictor. The
    /// encoder went on with all of them, and so does a decoder that has them.
    fn continued(self, carried: Option<Self>) -> Self {
        match carried {
            Some(state) if state.index == self.index && (state.predictor - self.predictor).abs() < 0x80 => state,
            _ => self,
        }
    }

    fn next(&mut self, nibble: u8) -> i32 {
        const STEPS: [i16; 89] = [
            7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88,
            97, 107, 118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658,
            724, 796, 876, 963, 1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660,
            4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818,
            18500, 20350, 22385, 24623, 27086, 29794, 32767,
        ];
        const INDEX_CHANGES: [i32; 8] = [-1, -1, -1, -1, 2, 4, 6, 8];
        let step = i32::from(STEPS[self.index as usize]);
        // Each shift drops its own fraction, as the reference algorithm does:
        // a multiplication would round differently.
        let mut difference = step >> 3;
        for (bit, part) in [(4, step), (2, step >> 1), (1, step >> 2)] {
            if nibble & bit != 0 {
                difference += part;
            }
        }
        let sample = if nibble & 8 != 0 { self.predictor - difference } else { self.predictor + difference };
        self.predictor = sample.clamp(-32768, 32767);
        self.index = (self.index + INDEX_CHANGES[usize::from(nibble & 7)]).clamp(0, Self::LAST_INDEX);
        self.predictor
    }
}

fn decode_ima_wave(data: &[u8], channels: usize, stride: usize, frames: usize, planes: &mut [i32]) -> Result<()> {
    let (header, words) = data.split_at(IMA_HEADER * channels);
    let (words, _) = words.as_chunks::<4>();
    for (channel, &[low, high, index, _]) in header.as_chunks::<IMA_HEADER>().0.iter().enumerate() {
        let mut state = Ima::new(i16::from_le_bytes([low, high]), index)?;
        let plane = &mut planes[channel * stride..][..frames];
        plane[0] = state.predictor;
        // The channels take turns by words of eight nibbles, the lower one of a byte first.
        let nibbles = words.iter().skip(channel).step_by(channels).flatten().flat_map(|byte| [byte & 0x0f, byte >> 4]);
        for (sample, nibble) in plane[1..].iter_mut().zip(nibbles) {
            *sample = state.next(nibble);
        }
    }
    Ok(())
}

fn decode_ima_quicktime(bytes: &[u8; QUICKTIME_PACKET], plane: &mut [i32], carried: &mut Option<Ima>) -> Result<()> {
    let [high, low, nibbles @ ..] = bytes;
    let head = u16::from_be_bytes([*high, *low]);
    let mut state = Ima::new((head & 0xff80) as i16, (head & 0x7f) as u8)?.continued(carried.take());
    for (pair, byte) in plane.as_chunks_mut::<2>().0.iter_mut().zip(nibbles) {
        *pair = [state.next(byte & 0x0f), state.next(byte >> 4)];
    }
    *carried = Some(state);
    Ok(())
}
