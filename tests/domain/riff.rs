//! WAV, RF64, BW64 and W64.

use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use ondes::audio::cancel::Cancel;
use ondes::audio::codec::Length;
use ondes::audio::frames::{FramesMut, Layout};
use ondes::audio::reader::{ReadOptions, Reader};
use ondes::audio::sample::SampleFormat;
use ondes::audio::{Error, ErrorKind};

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
        assert_eq!(open(&path).measure(&Cancel::new(), None).unwrap(), *frames, "{name}");
        assert_eq!(max_difference(&load::<f32>(&path), &ffmpeg(&path)), 0.0, "{name}");
    }
}

/// Files that FFmpeg reads otherwise or not at all (it takes the valid bits for
/// the container, say), and the lossless file whose samples they hold.
pub const FROM_SOURCE: &[(&str, &str)] = &[
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

/// A chunk with its pad byte.
fn chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut bytes = sized(id, body.len() as u32, body);
    if body.len() % 2 == 1 {
        bytes.push(0);
    }
    bytes
}

/// A chunk that declares `size`, whatever it has.
fn sized(id: &[u8; 4], size: u32, body: &[u8]) -> Vec<u8> {
    [id.as_slice(), &size.to_le_bytes(), body].concat()
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = chunks.concat();
    [b"RIFF".as_slice(), &(body.len() as u32 + 4).to_le_bytes(), b"WAVE", &body].concat()
}

fn fmt(tag: u16, channels: u16, rate: u32, block_align: u16, bits: u16) -> Vec<u8> {
    let byte_rate = rate.wrapping_mul(u32::from(block_align));
    let fields =
        [&tag.to_le_bytes()[..], &channels.to_le_bytes(), &rate.to_le_bytes(), &byte_rate.to_le_bytes()].concat();
    chunk(b"fmt ", &[&fields[..], &block_align.to_le_bytes(), &bits.to_le_bytes()].concat())
}

/// WAVE_FORMAT_EXTENSIBLE; `tail` are the last twelve bytes of the sub-format.
fn extensible(channels: u16, bits: u16, valid: u16, mask: u32, tag: u32, tail: &[u8; 12]) -> Vec<u8> {
    let align = channels * bits.div_ceil(8);
    let base = fmt(0xfffe, channels, 48_000, align, bits);
    let extra =
        [&22u16.to_le_bytes()[..], &valid.to_le_bytes(), &mask.to_le_bytes(), &tag.to_le_bytes(), tail].concat();
    chunk(b"fmt ", &[&base[8..], &extra].concat())
}

const TAG_GUID: &[u8; 12] = b"\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71";

fn try_open(bytes: Vec<u8>) -> Result<Reader, Error> {
    Reader::from_memory(Arc::new(bytes), &ReadOptions::default())
}

/// All samples as 32-bit integers, and the number of warnings.
fn read_all(bytes: Vec<u8>) -> (Vec<i32>, u64) {
    let mut reader = try_open(bytes).unwrap_or_else(|e| panic!("{e}"));
    let channels = reader.channels() as usize;
    let mut samples = Vec::new();
    let mut chunk = vec![0i32; 7 * channels];
    loop {
        let n =
            reader.read(FramesMut::new(&mut chunk, channels, Layout::Interleaved)).unwrap_or_else(|e| panic!("{e}"));
        if n == 0 {
            break;
        }
        samples.extend_from_slice(&chunk[..n * channels]);
    }
    assert_eq!(reader.length(), Length::Exact((samples.len() / channels) as u64));
    (samples, reader.warnings().count())
}

fn refusal(bytes: Vec<u8>) -> (ErrorKind, String) {
    let error = try_open(bytes).err().expect("the file is refused");
    (error.kind(), error.message().to_owned())
}

const MONO16: [u8; 6] = [1, 0, 0xff, 0xff, 0, 0x80];
const MONO16_SAMPLES: [i32; 3] = [1 << 16, -(1 << 16), i32::MIN];

fn mono16() -> Vec<u8> {
    fmt(1, 1, 8000, 2, 16)
}

#[test]
fn chunks_may_lie_anywhere() {
    let odd = || chunk(b"JUNK", b"odd");
    let list = || chunk(b"LIST", b"INFOIART\x02\0\0\0me");
    let file = riff(&[odd(), list(), mono16(), odd(), chunk(b"fact", &[9; 4]), chunk(b"data", &MONO16), list()]);
    assert_eq!(read_all(file), (MONO16_SAMPLES.to_vec(), 0));

    // The pad byte forgotten, and one that is not zero.
    let forgotten = sized(b"bext", 3, b"odd");
    let other = sized(b"bext", 3, b"odd\xff");
    for bext in [forgotten, other] {
        let file = riff(&[mono16(), bext, chunk(b"data", &MONO16)]);
        assert_eq!(read_all(file), (MONO16_SAMPLES.to_vec(), 0));
    }
}

#[test]
fn sizes_that_stand_for_unknown_mean_the_end_of_the_file() {
    for size in [0, u32::MAX, u32::MAX - 36, 0x7fff_f000, 0x7fff_ffff, 0x8000_0000] {
        let file = [&b"RIFF\xff\xff\xff\xffWAVE"[..], &mono16(), &sized(b"data", size, &MONO16)].concat();
        assert_eq!(read_all(file), (MONO16_SAMPLES.to_vec(), 0), "data size {size:#x}");
    }
    // But no size is no size where another chunk follows.
    let file = riff(&[mono16(), chunk(b"data", b""), chunk(b"LIST", b"INFO")]);
    assert_eq!(read_all(file), (vec![], 0));
    assert_eq!(read_all(riff(&[mono16(), chunk(b"data", b"")])), (vec![], 0));
}

#[test]
fn a_truncated_file_gives_its_good_samples_and_a_warning() {
    let file = riff(&[mono16(), sized(b"data", 1000, &MONO16)]);
    assert_eq!(read_all(file), (MONO16_SAMPLES.to_vec(), 1));
    let file = riff(&[mono16(), chunk(b"data", &[1, 0, 7])]);
    assert_eq!(read_all(file), (vec![1 << 16], 1));
}

#[test]
fn every_truncation_is_an_error_or_a_good_beginning() {
    for name in ["wav/odd_chunks.wav", "wav/rf64_odd_data.wav", "wav/ima_adpcm_stereo.wav", "w64/alaw.w64"] {
        let whole = std::fs::read(data(name)).unwrap();
        let all = load::<i32>(&data(name));
        for len in 0..whole.len() {
            match try_open(whole[..len].to_vec()) {
                Ok(_) => {
                    let (samples, _) = read_all(whole[..len].to_vec());
                    let n = samples.len().min(all.len());
                    assert!(samples[..n] == all[..n], "{name} cut to {len} bytes");
                }
                Err(error) => {
                    let kinds = [ErrorKind::Malformed, ErrorKind::Unrecognized, ErrorKind::Unsupported];
                    assert!(kinds.contains(&error.kind()), "{name} cut to {len} bytes: {error}");
                }
            }
        }
    }
}

#[test]
fn headers_that_make_no_sense_are_refused_with_the_reason() {
    let data = || chunk(b"data", &MONO16);
    let cases = [
        (riff(&[data(), mono16()]), ErrorKind::Malformed, "data chunk comes before any fmt chunk"),
        (riff(&[mono16()]), ErrorKind::Malformed, "no data chunk"),
        (
            riff(&[mono16(), sized(b"LIST", 1 << 30, b"INFO")]),
            ErrorKind::Malformed,
            "\"LIST\" chunk declares 1073741824 bytes",
        ),
        (riff(&[chunk(b"fmt ", &[1, 0]), data()]), ErrorKind::Malformed, "fmt chunk has 2 bytes"),
        (riff(&[fmt(1, 0, 8000, 0, 16), data()]), ErrorKind::Malformed, "0 channels"),
        (riff(&[fmt(1, 1, 0, 2, 16), data()]), ErrorKind::Malformed, "0 Hz"),
        (riff(&[fmt(1, 65_535, 8000, 65_534, 16), data()]), ErrorKind::Limit, "65535 channels"),
        (riff(&[fmt(1, 1, u32::MAX, 2, 16), data()]), ErrorKind::Limit, "4294967295 Hz"),
        (riff(&[fmt(1, 1, 8000, 5, 40), data()]), ErrorKind::Unsupported, "40 bits in 5 bytes"),
        (riff(&[fmt(3, 1, 8000, 2, 16), data()]), ErrorKind::Unsupported, "16-bit float"),
        (
            riff(&[fmt(0x31, 1, 8000, 65, 0), data()]),
            ErrorKind::Unsupported,
            "GSM 6.10 (format tag 0x0031) is not supported",
        ),
        (riff(&[fmt(0xf1ac, 1, 8000, 1, 16), data()]), ErrorKind::Unsupported, "FLAC (format tag 0xF1AC)"),
        (riff(&[fmt(0x1234, 1, 8000, 1, 16), data()]), ErrorKind::Unsupported, "format tag 0x1234"),
        (riff(&[fmt(0x11, 2, 8000, 3, 4), data()]), ErrorKind::Malformed, "3 bytes has no room for 2 channels"),
        (
            riff(&[extensible(1, 16, 16, 0, 1, b"no GUID at a"), data()]),
            ErrorKind::Unsupported,
            "00000001-6f6e-4720-5549-442061742061",
        ),
        (riff(&[fmt(0xfffe, 1, 8000, 2, 16), data()]), ErrorKind::Malformed, "WAVE_FORMAT_EXTENSIBLE"),
        ([b"RIFF\xff\0\0\0WAVE".as_slice(), &[0; 4000]].concat(), ErrorKind::Malformed, "expected a chunk"),
    ];
    for (file, kind, text) in cases {
        let (got, message) = refusal(file);
        assert!(got == kind && message.contains(text), "{got:?}: {message}, instead of {text}");
    }
}

#[test]
fn containers_may_be_wider_than_the_samples() {
    // 20 bits in three bytes, in the upper ones.
    let body = [0x10, 0, 0, 0xf0, 0xff, 0x7f];
    let file = riff(&[extensible(2, 24, 20, 3, 1, TAG_GUID), chunk(b"data", &body)]);
    let reader = try_open(file.clone()).unwrap();
    assert_eq!((reader.description().bit_depth, reader.description().sample_format), (20, SampleFormat::I24));
    assert_eq!(read_all(file), (vec![0x1000, 0x7fff_f000], 0));
    // 24 bits in four bytes, told by the block align alone.
    let file = riff(&[fmt(1, 1, 8000, 4, 24), chunk(b"data", &[0, 1, 2, 3])]);
    assert_eq!(try_open(file.clone()).unwrap().description().bit_depth, 24);
    assert_eq!(read_all(file), (vec![0x0302_0100], 0));
    // 12 bits in two bytes.
    let file = riff(&[fmt(1, 1, 8000, 2, 12), chunk(b"data", &[0xf0, 0x7f])]);
    assert_eq!(try_open(file.clone()).unwrap().description().bit_depth, 12);
    assert_eq!(read_all(file), (vec![0x7ff0_0000], 0));
    // A block align that is wrong or missing.
    for align in [0, 3, 4] {
        let file = riff(&[fmt(1, 1, 8000, align, 16), chunk(b"data", &MONO16)]);
        assert_eq!(read_all(file), (MONO16_SAMPLES.to_vec(), 1), "block align {align}");
    }
}

#[test]
fn channel_masks_fit_the_channels() {
    let mask = |channels, mask, tail: &[u8; 12]| {
        let file = riff(&[extensible(channels, 16, 16, mask, 1, tail), chunk(b"data", b"")]);
        try_open(file).unwrap().description().channel_mask
    };
    assert_eq!(mask(6, 0x60f, TAG_GUID), 0x60f);
    assert_eq!(mask(2, 0x60f, TAG_GUID), 0x3);
    assert_eq!(mask(12, 0, TAG_GUID), 0);
    assert_eq!(mask(4, u32::MAX, TAG_GUID), 0);
    // Ambisonics have no speakers.
    assert_eq!(mask(4, 0x33, b"\x21\x07\xd3\x11\x86\x44\xc8\xc1\xca\0\0\0"), 0);
    let plain = |channels| {
        try_open(riff(&[fmt(1, channels, 8000, channels * 2, 16), chunk(b"data", b"")]))
            .unwrap()
            .description()
            .channel_mask
    };
    assert_eq!((plain(1), plain(2), plain(3), plain(9)), (4, 3, 0, 0));
}

#[test]
fn a_second_fmt_chunk_changes_nothing() {
    let file = riff(&[mono16(), fmt(1, 2, 44_100, 6, 24), chunk(b"data", &MONO16)]);
    assert_eq!(read_all(file), (MONO16_SAMPLES.to_vec(), 1));
}

#[test]
fn ima_adpcm_by_hand() {
    // Predictor 100, index 0 (step 7). Nibble 7: 0 + 7 + 3 + 1 = 11, index 8
    // (step 16). Nibble 9 (-1): 2 + 4 = 6, index 7. Then six nibbles 0 of the
    // steps 14, 13, 12, 11, 10, 9: 1 each.
    let block = [100, 0, 0, 0, 0x97, 0, 0, 0];
    let extra = [2, 0, 9, 0];
    let base = fmt(0x11, 1, 8000, 8, 4);
    let file = riff(&[chunk(b"fmt ", &[&base[8..], &extra[..]].concat()), chunk(b"data", &block)]);
    let wanted = [100, 111, 105, 106, 107, 108, 109, 110, 111].map(|v| v << 16).to_vec();
    assert_eq!(read_all(file), (wanted, 0));
}

#[test]
fn ms_adpcm_by_hand() {
    // Predictor 1 (512, -256), step 16, samples 10 then 20. Nibble 1: 2*20 - 10
    // + 16 = 46, step 230*16/256 = 14, at least 16. Nibble 0xf: 2*46 - 20 - 16 = 56.
    let block = [1, 16, 0, 20, 0, 10, 0, 0x1f];
    let file = riff(&[fmt(2, 1, 8000, 8, 4), chunk(b"data", &block)]);
    assert_eq!(read_all(file), ([10, 20, 46, 56].map(|v| v << 16).to_vec(), 0));
    // The second block names a predictor that does not exist: silence in its place.
    let bad = [&block[..], &[7, 16, 0, 20, 0, 10, 0, 0x1f]].concat();
    let file = riff(&[fmt(2, 1, 8000, 8, 4), chunk(b"data", &bad)]);
    assert_eq!(read_all(file), ([10, 20, 46, 56, 0, 0, 0, 0].map(|v| v << 16).to_vec(), 1));
}

#[test]
fn the_last_frame_of_a_huge_rf64_file_is_reached_at_once() {
    const BYTES: u64 = 5 << 30;
    let path = std::env::temp_dir().join(format!("ondes-rf64-{}.wav", std::process::id()));
    let mut file = std::fs::File::create(&path).unwrap();
    let sizes = [(BYTES + 72).to_le_bytes(), BYTES.to_le_bytes(), (BYTES / 4).to_le_bytes()].concat();
    let head = [
        &b"RF64\xff\xff\xff\xffWAVE"[..],
        &chunk(b"ds64", &[&sizes[..], &[0; 4]].concat()),
        &fmt(1, 2, 48_000, 4, 16),
        &sized(b"data", u32::MAX, b""),
    ]
    .concat();
    file.write_all(&head).unwrap();
    file.seek(SeekFrom::Start(head.len() as u64 + BYTES - 4)).unwrap();
    file.write_all(&[1, 0, 2, 0]).unwrap();
    drop(file);
    let mut reader = open(&path);
    assert_eq!(reader.length(), Length::Exact(BYTES / 4));
    reader.seek(BYTES / 4 - 1).unwrap();
    let mut frame = [0i16; 4];
    assert_eq!(reader.read(FramesMut::new(&mut frame, 2, Layout::Interleaved)).unwrap(), 1);
    assert_eq!(frame, [1, 2, 0, 0]);
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn a_length_beyond_all_bounds_costs_nothing() {
    // 2^40 frames declared, three there.
    let sizes = [u64::MAX.to_le_bytes(), (1u64 << 41).to_le_bytes(), (1u64 << 40).to_le_bytes()].concat();
    let ds64 = chunk(b"ds64", &[&sizes[..], &[0; 4]].concat());
    let file = [&b"RF64\xff\xff\xff\xffWAVE"[..], &ds64, &mono16(), &sized(b"data", u32::MAX, &MONO16)].concat();
    assert_eq!(read_all(file), (MONO16_SAMPLES.to_vec(), 1));
}
