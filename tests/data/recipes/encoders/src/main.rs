//! fixture-encoders mp1 RATE CHANNELS KBPS [crc] [free] < s16le > layer1
//! fixture-encoders heaac RATE CHANNELS BPS < s16le > adts

use std::io::{Read, Write};

use oxideav_aac::he_aac_encoder::{HeAacConfig, HeAacEncoder};
use oxideav_mp1::encode::{EncodeParams, Mp1FrameEncoder};
use oxideav_mp1::header::{Bitrate, Mode};

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let [kind, rate, channels, bits] = [1, 2, 3, 4].map(|i| args[i].clone());
    let (rate, channels, bits): (u32, usize, u32) =
        (rate.parse().unwrap(), channels.parse().unwrap(), bits.parse().unwrap());
    let has = |flag: &str| args.iter().any(|a| a == flag);

    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).unwrap();
    let pcm: Vec<i16> = bytes.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect();

    let out = match kind.as_str() {
        "mp1" => {
            let mode = if channels == 1 { Mode::SingleChannel } else { Mode::Stereo };
            let bitrate = if has("free") { Bitrate::Free } else { Bitrate::Fixed(bits as u16) };
            let mut params = EncodeParams::new(bitrate, rate, mode).with_emit_crc(has("crc"));
            if has("free") {
                params = params.with_free_format(bits as u16);
            }
            let mut encoder = Mp1FrameEncoder::new(params);
            // one more frame for the filter bank's delay
            let frames = (pcm.len() / channels).div_ceil(384) + 1;
            let mut out = Vec::new();
            for f in 0..frames {
                let frame: Vec<f64> = (f * 384 * channels..(f + 1) * 384 * channels)
                    .map(|i| pcm.get(i).map_or(0.0, |&s| f64::from(s) / 32768.0))
                    .collect();
                out.extend(encoder.encode_frame(&frame).expect("encode"));
            }
            out
        }
        "heaac" => {
            let mut encoder = HeAacEncoder::new(HeAacConfig::new(rate, channels as u8, bits)).expect("configuration");
            encoder.encode_all(&pcm).expect("encode")
        }
        other => panic!("unknown kind {other}"),
    };
    std::io::stdout().write_all(&out).unwrap();
}
