//! The MD5 of the samples (RFC 9639, 8.2): of all frames, interleaved, each
//! sample in little-endian order in as many bytes as its bits need.

use super::FlacStream;
use crate::audio::Result;
use crate::audio::codec::{Stream, Watch};
use crate::audio::frames::BlockData;
use md5::{Digest, Md5};

impl FlacStream {
    /// Decodes everything and compares with STREAMINFO's MD5, if it has one.
    pub(super) fn check_md5(&mut self, watch: Watch<'_>) -> Result<Option<bool>> {
        let Some(expected) = self.frames.info.and_then(|info| info.md5) else { return Ok(None) };
        if self.next != 0 || self.ready.is_some() {
            self.seek(0)?;
        }
        let width = self.description.bit_depth.div_ceil(8) as usize;
        let channels = self.description.channels as usize;
        let mut md5 = Md5::new();
        let mut bytes = Vec::new();
        while self.advance()? {
            let frames = self.block().frames;
            let BlockData::PlanarI32 { samples, stride, .. } = self.block().data else {
                // What is lost cannot have the right sum.
                return Ok(Some(false));
            };
            bytes.resize(frames * channels * width, 0);
            match width {
                1 => interleave::<1>(samples, stride, channels, &mut bytes),
                2 => interleave::<2>(samples, stride, channels, &mut bytes),
                3 => interleave::<3>(samples, stride, channels, &mut bytes),
                _ => interleave::<4>(samples, stride, channels, &mut bytes),
            }
            md5.update(&bytes);
            watch(self.block_start() + frames as u64)?;
        }
        Ok(Some(md5.finalize()[..] == expected))
    }
}

fn interleave<const WIDTH: usize>(samples: &[i32], stride: usize, channels: usize, bytes: &mut [u8]) {
    let (out, _) = bytes.as_chunks_mut::<WIDTH>();
    for channel in 0..channels {
        let plane = &samples[channel * stride..];
        for (out, sample) in out[channel..].iter_mut().step_by(channels).zip(plane) {
            if let Some(low) = sample.to_le_bytes().first_chunk::<WIDTH>() {
                *out = *low;
            }
        }
    }
}
