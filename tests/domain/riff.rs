//! WAV, RF64, BW64 and W64.

use std::path::Path;
use std::process::Command;

use super::common::{assert_exact, data, ffmpeg, load, max_difference, open};

/// Uncompressed files that FFmpeg reads in full, with their frames.
const PCM: &[(&str, u64)] = &[
    ("wav/u8.wav", 3001),
    ("wav/s16.wav", 3001),
    ("wav/s24.wav", 3001),
    ("wav/s32.wav", 3001),
    ("wav/s64.wav", 3001),
    ("wav/f32.wav", 3001),
    ("wav/f64.wav", 3001),
    ("wav/u8_known_100003.wav", 100_003),
    ("wav/s16_mono_speech_16k.wav", 16_007),
    ("wav/alaw.wav", 3001),
    ("wav/mulaw.wav", 3001),
    ("wav/alaw_sox_mono.wav", 3001),
    ("wav/mulaw_sox_mono.wav", 3001),
    ("wav/ext_s24_51.wav", 2003),
    ("wav/ext_s24_51_sox.wav", 2003),
    ("wav/ext_valid20_in_24.wav", 3001),
    ("wav/ext_f32.wav", 3001),
    ("wav/ext_12ch.wav", 2003),
    ("wav/plain_12ch.wav", 2003),
    ("wav/odd_chunks.wav", 3001),
    ("wav/riff_size_zero.wav", 3001),
    ("wav/riff_size_ffffffff.wav", 3001),
    ("wav/riff_size_short.wav", 3001),
    ("wav/riff_size_long.wav", 3001),
    ("wav/data_size_ffffffff.wav", 3001),
    ("wav/streamed_ffmpeg.wav", 3001),
    ("wav/streamed_sox.wav", 3001),
    ("wav/partial_last_frame.wav", 3001),
    ("wav/trailing_garbage.wav", 3001),
    ("wav/fmt_18_bytes.wav", 3001),
    ("wav/rate_352800.wav", 3001),
    ("wav/rf64_s16.wav", 3001),
    ("wav/rf64_s32.wav", 3001),
    ("wav/bw64_s24.wav", 3001),
    ("wav/rf64_odd_data.wav", 3001),
    ("w64/u8.w64", 3001),
    ("w64/s16.w64", 3001),
    ("w64/f32.w64", 3001),
    ("w64/s16_sox.w64", 3001),
];

#[test]
fn uncompressed_samples_are_those_of_another_decoder() {
    for (name, frames) in PCM {
        let path = data(name);
        assert_exact(&path);
        assert_eq!(open(&path).measure().unwrap(), *frames, "{name}");
        assert_eq!(max_difference(&load::<f32>(&path), &ffmpeg(&path)), 0.0, "{name}");
    }
}

/// Files that FFmpeg reads otherwise or not at all (it takes the valid bits for
/// the container, say), and the lossless file whose samples they hold.
const FROM_SOURCE: &[(&str, &str)] = &[
    ("wav/ext_valid16_in_24.wav", "source/clip.flac"),
    ("wav/ext_valid24_in_32.wav", "source/clip24.flac"),
    ("wav/rifx.wav", "source/clip.flac"),
    ("wav/data_size_zero.wav", "source/mono.flac"),
    ("wav/odd_chunk_unpadded.wav", "source/mono.flac"),
    ("w64/s24.w64", "source/clip24.flac"),
    ("wav/id3_before_riff.wav", "source/mono.flac"),
];

#[test]
fn uncommon_headers_lead_to_the_right_samples() {
    for (name, source) in FROM_SOURCE {
        let path = data(name);
        assert_exact(&path);
        assert_eq!(max_difference(&load::<f32>(&path), &ffmpeg(&data(source))), 0.0, "{name}");
    }
}

#[test]
fn a_fact_chunk_leaves_out_the_padding_of_w64() {
    // FFmpeg wrote 3001 bytes of audio and 7 bytes of padding as 3008 of audio.
    let path = data("w64/alaw.w64");
    assert_exact(&path);
    let samples = load::<f32>(&path);
    assert_eq!(samples.len(), 3001);
    assert_eq!(max_difference(&samples, &ffmpeg(&path)[..3001]), 0.0);
}

/// What SoX decodes, as 16-bit integers.
fn sox(path: &Path) -> Vec<i16> {
    let output = Command::new("sox")
        .arg(path)
        .args(["-t", "raw", "-e", "signed-integer", "-b", "16", "-L", "-"])
        .output()
        .expect("sox (Debian package sox) runs");
    assert!(output.status.success(), "sox decodes {}", path.display());
    output.stdout.as_chunks::<2>().0.iter().map(|b| i16::from_le_bytes(*b)).collect()
}

/// Files by SoX, whose fact chunk tells the length of the source, and by FFmpeg,
/// whose fact chunk counts the whole last block.
///
/// SoX decodes as libsndfile and the codecs' authors do. FFmpeg drifts off from
/// it: by up to 42 in IMA ADPCM, where it multiplies instead of shifting and
/// adding, and by up to 80 in MS ADPCM, where it rounds negative predictions up.
#[test]
fn adpcm_is_that_of_sox() {
    for (name, frames) in [
        ("wav/ima_adpcm_mono.wav", 48_007),
        ("wav/ima_adpcm_stereo.wav", 3001),
        ("wav/ima_adpcm_ffmpeg.wav", 3051),
        ("wav/ms_adpcm_mono.wav", 48_007),
        ("wav/ms_adpcm_stereo.wav", 3001),
        ("wav/ms_adpcm_ffmpeg.wav", 3500),
    ] {
        let path = data(name);
        assert_exact(&path);
        let samples = load::<i16>(&path);
        assert_eq!(samples.len(), frames * open(&path).channels() as usize, "{name}");
        assert!(samples == sox(&path)[..samples.len()], "{name}");
    }
}
