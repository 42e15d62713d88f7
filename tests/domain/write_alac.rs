//! Writing ALAC in CAF.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ondes::audio::ErrorKind;
use ondes::audio::cancel::Cancel;
use ondes::audio::encode::WriteOptions;
use ondes::audio::frames::{Frames, Layout};
use ondes::audio::reader::{ReadOptions, Reader};
use ondes::audio::sample::SampleFormat::{self, I16, I24, I32};
use ondes::audio::writer::Writer;

use super::common::{Random, assert_exact, data, ffmpeg_s32, load, open};

fn options(sample_format: SampleFormat, channels: u32) -> WriteOptions {
    let (format, sample_format) = (Some("alac".to_owned()), Some(sample_format));
    WriteOptions { format, sample_format, rate: 48_000, channels, ..WriteOptions::default() }
}

fn file(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("ondes-alac-{}-{name}.caf", std::process::id()))
}

/// Writes left-justified samples in odd pieces, and checks that ours and FFmpeg's decoder give them back.
fn round_trip(name: &str, sample_format: SampleFormat, channels: u32, samples: &[i32]) -> u64 {
    let path = file(name);
    let mut writer = Writer::create(&path, &options(sample_format, channels)).unwrap();
    for piece in samples.chunks(channels as usize * 997) {
        writer.write(Frames::new(piece, channels as usize, Layout::Interleaved)).unwrap();
    }
    writer.finish().unwrap();
    assert_eq!(open(&path).warnings().list(), [], "{name}");
    assert!(load::<i32>(&path) == samples, "{name}");
    if !samples.is_empty() {
        assert!(ffmpeg_s32(&path) == samples, "{name}: ffmpeg");
    }
    assert_exact(&path);
    let size = std::fs::metadata(&path).unwrap().len();
    std::fs::remove_file(path).unwrap();
    size
}

/// What a signal of 32 bits becomes in fewer, left-justified.
fn keep(bits: u32, samples: impl Iterator<Item = i32>) -> Vec<i32> {
    samples.map(|sample| sample >> (32 - bits) << (32 - bits)).collect()
}

#[test]
fn every_depth_and_number_of_channels_is_lossless() {
    for sample_format in [I16, I24, I32] {
        for channels in 1..=8 {
            let bits = sample_format.bits();
            let mut random = Random(u64::from(bits * channels) | 1);
            let n = channels as usize * 9001;
            let (mut level, mut slope) = (0i64, 0i64);
            // Music-like, silence, noise of full scale, the two extremes: each longer than a packet.
            let walk = (0..n).map(|_| {
                slope = (slope * 15 + random.below(1 << 26) as i64 - (1 << 25)) / 16;
                level = (level * 255 / 256 + slope).clamp(i32::MIN.into(), i32::MAX.into());
                level as i32
            });
            let mut samples: Vec<i32> = walk.collect();
            samples.extend((0..n).map(|i| if i % 3001 == 0 { 1 << 20 } else { 0 }));
            let mut random = Random(9);
            samples.extend((0..n).map(|_| random.below(1 << 32) as u32 as i32));
            samples.extend((0..n).map(|i| if (i / channels as usize).is_multiple_of(2) { i32::MIN } else { i32::MAX }));
            let samples = keep(bits, samples.into_iter());
            round_trip(&format!("{bits}-{channels}"), sample_format, channels, &samples);
        }
    }
}

#[test]
fn lengths_around_a_packet() {
    for frames in [0, 1, 2, 4, 5, 6, 9, 10, 4095, 4096, 4097, 8192] {
        let samples = keep(16, (0..frames * 2).map(|i: i32| i.wrapping_mul(0x0123_4567)));
        round_trip(&format!("length-{frames}"), I16, 2, &samples);
    }
}

#[test]
fn music_becomes_as_small_as_with_apples_parameters() {
    let samples = load::<i32>(&data("source/clip.flac"));
    let size = round_trip("music", I16, 2, &samples);
    let other = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/source/clip.flac");
    let alac = file("other");
    let status = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-i"])
        .arg(other)
        .args(["-c:a", "alac"])
        .arg(&alac)
        .status()
        .unwrap();
    assert!(status.success());
    let theirs = std::fs::metadata(&alac).unwrap().len();
    std::fs::remove_file(alac).unwrap();
    assert!(size * 100 <= theirs * 102, "{size} bytes, FFmpeg's encoder {theirs}");
}

#[test]
fn what_it_cannot_do_is_told() {
    let refused = |options: WriteOptions| Writer::in_memory(&options).err().unwrap();
    assert_eq!(refused(WriteOptions { channel_mask: 0x603, ..options(I16, 4) }).kind(), ErrorKind::InvalidArgument);
    assert_eq!(refused(options(I16, 9)).kind(), ErrorKind::InvalidArgument);
    let mut writer = Writer::in_memory(&options(I16, 1)).unwrap();
    assert_eq!(writer.flush().unwrap_err().kind(), ErrorKind::Unsupported);
    writer.write(Frames::new(&[5i16; 10], 1, Layout::Interleaved)).unwrap();
    writer.finish().unwrap();
    let bytes = Arc::new(writer.take_bytes().unwrap());
    let mut reader = Reader::from_memory(bytes, &ReadOptions::default()).unwrap();
    assert_eq!(reader.measure(&Cancel::new(), None).unwrap(), 10);
    // A pipe.
    let path = Path::new("/dev/null");
    if path.exists() {
        assert_eq!(Writer::create(path, &options(I16, 1)).err().unwrap().kind(), ErrorKind::NotSeekable);
    }
}
