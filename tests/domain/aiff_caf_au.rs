//! AIFF, AIFC, CAF and AU.

use std::sync::Arc;

use ondes::audio::cancel::Cancel;
use ondes::audio::codec::Length;
use ondes::audio::frames::{FramesMut, Layout};
use ondes::audio::reader::{ReadOptions, Reader};
use ondes::audio::{Error, ErrorKind};

use super::common::{assert_exact, data, ffmpeg, load, max_difference, open};

/// Files that FFmpeg reads in full, with their frames.
const FILES: &[(&str, u64)] = &[
    ("aiff/s8.aiff", 3001),
    ("aiff/s16.aiff", 3001),
    ("aiff/s24.aiff", 3001),
    ("aiff/s32.aiff", 3001),
    ("aiff/s20_in_24.aiff", 3001),
    ("aiff/s24_sox.aiff", 3001),
    ("aiff/s24_51_sox.aifc", 2003),
    ("aiff/sowt.aifc", 3001),
    ("aiff/in24.aifc", 3001),
    ("aiff/in32.aifc", 3001),
    ("aiff/fl32.aifc", 3001),
    ("aiff/FL32_upper.aifc", 3001),
    ("aiff/fl64.aifc", 3001),
    ("aiff/alaw.aifc", 3001),
    ("aiff/ulaw.aifc", 3001),
    ("aiff/raw_u8.aifc", 3001),
    ("aiff/none_s16.aifc", 3001),
    ("aiff/truncated.aiff", 1500),
    ("caf/s8.caf", 3001),
    ("caf/s16be.caf", 3001),
    ("caf/s16le.caf", 3001),
    ("caf/s24be.caf", 3001),
    ("caf/s24le.caf", 3001),
    ("caf/s32le.caf", 3001),
    ("caf/f32be.caf", 3001),
    ("caf/f32le.caf", 3001),
    ("caf/f64le.caf", 3001),
    ("caf/alaw.caf", 3001),
    ("caf/ulaw.caf", 3001),
    ("caf/s24_51.caf", 2003),
    ("caf/data_size_minus_1.caf", 3001),
    ("caf/chunk_after_data.caf", 3001),
    ("au/s8.au", 3001),
    ("au/s16.au", 3001),
    ("au/s24.au", 3001),
    ("au/s32.au", 3001),
    ("au/f32.au", 3001),
    ("au/f64.au", 3001),
    ("au/mulaw.au", 3001),
    ("au/alaw.au", 3001),
    ("au/unknown_size.au", 3001),
    ("au/sox_comment.snd", 3001),
    ("au/truncated.au", 1000),
];

#[test]
fn samples_are_those_of_another_decoder() {
    for (name, frames) in FILES {
        let path = data(name);
        assert_exact(&path);
        assert_eq!(open(&path).measure(&Cancel::new(), None).unwrap(), *frames, "{name}");
        assert_eq!(max_difference(&load::<f32>(&path), &ffmpeg(&path)), 0.0, "{name}");
    }
}

#[test]
fn files_that_ffmpeg_cannot_read_hold_their_source() {
    for (name, source) in
        [("au/little_endian.au", "source/clip.flac"), ("aiff/comm_after_ssnd.aiff", "source/mono.flac")]
    {
        assert_exact(&data(name));
        assert_eq!(max_difference(&load::<f32>(&data(name)), &ffmpeg(&data(source))), 0.0, "{name}");
    }
}

#[test]
fn ima4_is_that_of_another_decoder() {
    // The same packets; the headers count them, not the frames of the source.
    for name in ["aiff/ima4_mono.aifc", "aiff/ima4_stereo.aifc", "caf/ima4_mono.caf", "caf/ima4_stereo.caf"] {
        assert_exact(&data(name));
        let samples = load::<f32>(&data(name));
        assert!(samples == ffmpeg(&data(name))[..samples.len()], "{name}");
    }
}

#[test]
fn caf_packets_are_found_and_trimmed() {
    for name in ["caf/alac_s16.caf", "caf/alac_s24.caf"] {
        assert_exact(&data(name));
        assert_eq!(max_difference(&load::<f32>(&data(name)), &ffmpeg(&data(name))), 0.0, "{name}");
    }
    let path = data("caf/aac_known_100003.caf");
    assert_exact(&path);
    assert_eq!(open(&path).length(), Length::Exact(100_003));
}

fn try_open(bytes: Vec<u8>) -> Result<Reader, Error> {
    Reader::from_memory(Arc::new(bytes), &ReadOptions::default())
}

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

fn assert_refused(file: Vec<u8>, kind: ErrorKind, text: &str) {
    let error = try_open(file).err().unwrap_or_else(|| panic!("not refused: {text}"));
    assert!(error.kind() == kind && error.message().contains(text), "{error}, instead of {text}");
}

fn chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let pad: &[u8] = if body.len() % 2 == 1 { &[0] } else { &[] };
    [id.as_slice(), &(body.len() as u32).to_be_bytes(), body, pad].concat()
}

/// 8000 Hz as an 80-bit float: 2^12 * 1.953125, so exponent 16383 + 12 and mantissa 0xfa00....
const RATE_8000: [u8; 10] = [0x40, 0x0b, 0xfa, 0, 0, 0, 0, 0, 0, 0];

fn comm(channels: u16, frames: u32, bits: u16, rate: [u8; 10], compression: &[u8]) -> Vec<u8> {
    let fields = [&channels.to_be_bytes()[..], &frames.to_be_bytes(), &bits.to_be_bytes(), &rate, compression].concat();
    chunk(b"COMM", &fields)
}

fn ssnd(samples: &[u8]) -> Vec<u8> {
    chunk(b"SSND", &[&[0; 8], samples].concat())
}

fn form(kind: &[u8; 4], chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = chunks.concat();
    [b"FORM".as_slice(), &(body.len() as u32 + 4).to_be_bytes(), kind, &body].concat()
}

fn aiff(chunks: &[Vec<u8>]) -> Vec<u8> {
    form(b"AIFF", chunks)
}

const SAMPLES: [u8; 4] = [0, 1, 0x80, 0];
const WANTED: [i32; 2] = [1 << 16, i32::MIN];

#[test]
fn aiff_rates_are_80_bit_floats() {
    let rate = |bytes: [u8; 10]| {
        try_open(aiff(&[comm(1, 2, 16, bytes, b""), ssnd(&SAMPLES)]))
            .map(|reader| (reader.description().rate, reader.warnings().count()))
    };
    assert_eq!(rate(RATE_8000).unwrap(), (8000, 0));
    // 44100 = 2^15 * 1.3458..., mantissa 0xac44 << 48.
    assert_eq!(rate([0x40, 0x0e, 0xac, 0x44, 0, 0, 0, 0, 0, 0]).unwrap(), (44_100, 0));
    // 22254.5454... Hz of the first Macintosh: mantissa 0x56ee8ba3 << 1, exponent 14.
    assert_eq!(rate([0x40, 0x0d, 0xad, 0xdd, 0x17, 0x46, 0, 0, 0, 0]).unwrap(), (22_255, 1));
    let refused = |bytes, kind, text| {
        let error = rate(bytes).expect_err(text);
        assert!(error.kind() == kind && error.message().contains(text), "{error}");
    };
    refused([0; 10], ErrorKind::Malformed, "0 Hz");
    refused([0xc0, 0x0b, 0xfa, 0, 0, 0, 0, 0, 0, 0], ErrorKind::Malformed, "negative");
    refused([0x7f, 0xff, 0xc0, 0, 0, 0, 0, 0, 0, 0], ErrorKind::Malformed, "no number");
    refused([0x60, 0x00, 0x80, 0, 0, 0, 0, 0, 0, 0], ErrorKind::Limit, "more than the limit");
}

#[test]
fn aiff_chunks_bound_the_audio() {
    let comm16 = |frames| comm(1, frames, 16, RATE_8000, b"");
    // An offset in SSND, odd chunks with their pad bytes, COMM behind.
    let offset = chunk(b"SSND", &[&[0, 0, 0, 3, 0, 0, 0, 0, 9, 9, 9], &SAMPLES[..]].concat());
    let odd = || chunk(b"NAME", b"odd");
    assert_eq!(read_all(aiff(&[odd(), offset, odd(), comm16(2)])), (WANTED.to_vec(), 0));
    // COMM counts fewer frames than SSND holds, or more.
    assert_eq!(read_all(aiff(&[comm16(1), ssnd(&SAMPLES)])), (WANTED[..1].to_vec(), 0));
    assert_eq!(read_all(aiff(&[comm16(9), ssnd(&SAMPLES)])), (WANTED.to_vec(), 1));
    // Written to a pipe.
    let mut piped = aiff(&[comm16(0), ssnd(&SAMPLES)]);
    let size = piped.len() - SAMPLES.len() - 12;
    piped[size..size + 4].copy_from_slice(&[0; 4]);
    assert_eq!(read_all(piped), (WANTED.to_vec(), 0));
    // An empty file needs no SSND.
    assert_eq!(read_all(aiff(&[comm16(0)])), (vec![], 0));
    assert_refused(aiff(&[comm16(2)]), ErrorKind::Malformed, "no SSND chunk");
    assert_refused(aiff(&[ssnd(&SAMPLES)]), ErrorKind::Malformed, "no COMM chunk");
}

#[test]
fn aiff_codecs_are_read_or_refused_by_name() {
    let aifc = |compression: &[u8], bits| form(b"AIFC", &[comm(1, 2, bits, RATE_8000, compression), ssnd(&SAMPLES)]);
    assert_eq!(read_all(aifc(b"twos\0\0", 16)).0, WANTED);
    assert_eq!(read_all(aifc(b"sowt\0\0", 16)).0, [0x0100 << 16, 0x0080 << 16]);
    // Two bytes of four: 8-bit samples; an odd number of bits fills bytes from the top.
    assert_eq!(read_all(aifc(b"raw \0\0", 8)).0, [-128 << 24, -127 << 24]);
    assert_eq!(read_all(aifc(b"NONE\0\0", 12)).0, WANTED);
    assert_refused(aifc(b"MAC6\0\0", 8), ErrorKind::Unsupported, "MACE 6:1 (compression type 'MAC6') is not supported");
    assert_refused(aifc(b"abcd\0\0", 8), ErrorKind::Unsupported, "'abcd'");
    assert_refused(aifc(b"NONE\0\0", 40), ErrorKind::Unsupported, "40 bits");
    assert_refused(aifc(b"", 16), ErrorKind::Malformed, "compression type");
    let huge = comm(65_535, u32::MAX, 32, RATE_8000, b"");
    assert_refused(aiff(&[huge, ssnd(&SAMPLES)]), ErrorKind::Limit, "65535 channels");
}

fn caf_chunk(id: &[u8; 4], size: i64, body: &[u8]) -> Vec<u8> {
    [id.as_slice(), &size.to_be_bytes(), body].concat()
}

fn desc(rate: f64, id: &[u8; 4], flags: u32, packet: (u32, u32), channels: u32, bits: u32) -> Vec<u8> {
    let numbers = [packet.0, packet.1, channels, bits].map(u32::to_be_bytes).concat();
    caf_chunk(b"desc", 32, &[&rate.to_be_bytes()[..], id, &flags.to_be_bytes(), &numbers].concat())
}

fn caf(chunks: &[Vec<u8>]) -> Vec<u8> {
    [b"caff\0\x01\0\0".to_vec(), chunks.concat()].concat()
}

#[test]
fn caf_headers() {
    let body = [&[0; 4], &SAMPLES[..]].concat();
    let data = || caf_chunk(b"data", 8, &body);
    let lpcm = |rate| desc(rate, b"lpcm", 0, (2, 1), 1, 16);
    assert_eq!(read_all(caf(&[lpcm(8000.0), data()])), (WANTED.to_vec(), 0));
    assert_eq!(read_all(caf(&[lpcm(8000.4), caf_chunk(b"data", -1, &body)])), (WANTED.to_vec(), 1));
    assert_eq!(read_all(caf(&[lpcm(8000.0), caf_chunk(b"data", 1 << 40, &body)])), (WANTED.to_vec(), 1));
    for rate in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
        assert_refused(caf(&[lpcm(rate), data()]), ErrorKind::Malformed, "sample rate of");
    }
    assert_refused(caf(&[lpcm(f64::INFINITY), data()]), ErrorKind::Limit, "more than the limit");
    assert_refused(caf(&[desc(8000.0, b"lpcm", 0, (2, 1), 0, 16), data()]), ErrorKind::Malformed, "0 channels");
    assert_refused(caf(&[data()]), ErrorKind::Malformed, "no desc chunk");
    assert_refused(caf(&[lpcm(8000.0)]), ErrorKind::Malformed, "no data chunk");
    assert_refused(caf(&[lpcm(8000.0), caf_chunk(b"free", -7, b"")]), ErrorKind::Malformed, "size -7");
    assert_refused(caf(&[desc(8000.0, b"alac", 0, (0, 4096), 1, 16), data()]), ErrorKind::Malformed, "");
    assert_refused(
        caf(&[desc(8000.0, b"MAC3", 0, (2, 6), 1, 8), data()]),
        ErrorKind::Unsupported,
        "MACE (format 'MAC3')",
    );
}

#[test]
fn caf_channel_layouts_become_masks() {
    let mask = |channels: u32, layout: &[u32]| {
        let layout: Vec<u8> = layout.iter().flat_map(|word| word.to_be_bytes()).collect();
        let chan = caf_chunk(b"chan", layout.len() as i64, &layout);
        let desc = desc(8000.0, b"lpcm", 0, (2 * channels, 1), channels, 16);
        let file = caf(&[desc, chan, caf_chunk(b"data", 4, &[0; 4])]);
        try_open(file).unwrap().description().channel_mask
    };
    assert_eq!(mask(6, &[121 << 16 | 6, 0, 0]), 0x3f);
    assert_eq!(mask(4, &[0x1_0000, 0x107, 0]), 0x107);
    // Three descriptions: left, right, low-frequency effects; then out of order.
    assert_eq!(mask(3, &[0, 0, 3, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 4, 0, 0, 0, 0]), 0xb);
    assert_eq!(mask(2, &[0, 0, 2, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0]), 0);
    // Discrete channels, and a layout of another number of them.
    assert_eq!(mask(5, &[147 << 16 | 5, 0, 0]), 0);
    assert_eq!(mask(5, &[121 << 16 | 6, 0, 0]), 0);
}

fn au(offset: u32, size: u32, encoding: u32, rate: u32, channels: u32, rest: &[u8]) -> Vec<u8> {
    [b".snd".to_vec(), [offset, size, encoding, rate, channels].map(u32::to_be_bytes).concat(), rest.to_vec()].concat()
}

#[test]
fn au_headers() {
    assert_eq!(read_all(au(24, 4, 3, 8000, 1, &SAMPLES)), (WANTED.to_vec(), 0));
    assert_eq!(read_all(au(24, u32::MAX, 3, 8000, 1, &SAMPLES)), (WANTED.to_vec(), 0));
    assert_eq!(read_all(au(24, 400, 3, 8000, 1, &SAMPLES)), (WANTED.to_vec(), 1));
    assert_eq!(read_all(au(27, 4, 3, 8000, 1, &[&b"abc"[..], &SAMPLES, b"more"].concat())), (WANTED.to_vec(), 0));
    assert_refused(au(8, 4, 3, 8000, 1, &SAMPLES), ErrorKind::Malformed, "inside the header");
    assert_refused(au(1 << 30, 4, 3, 8000, 1, &SAMPLES), ErrorKind::Malformed, "past the end");
    assert_refused(au(24, 4, 3, 0, 1, &SAMPLES), ErrorKind::Malformed, "0 Hz");
    assert_refused(au(24, 4, 3, 8000, 70_000, &SAMPLES), ErrorKind::Limit, "70000 channels");
    assert_refused(au(24, 4, 23, 8000, 1, &SAMPLES), ErrorKind::Unsupported, "G.721 ADPCM (AU encoding 23)");
    assert_refused(au(24, 4, 99, 8000, 1, &SAMPLES), ErrorKind::Unsupported, "encoding 99");
}

#[test]
fn every_truncation_is_an_error_or_a_good_beginning() {
    for name in ["aiff/none_s16.aifc", "aiff/ima4_stereo.aifc", "caf/ima4_stereo.caf", "caf/alac_s16.caf", "au/alaw.au"]
    {
        let whole = std::fs::read(data(name)).unwrap();
        let all = load::<i32>(&data(name));
        for len in 0..whole.len() {
            match try_open(whole[..len].to_vec()) {
                Ok(_) => {
                    let samples = read_all(whole[..len].to_vec()).0;
                    assert!(samples[..] == all[..samples.len()], "{name} cut to {len} bytes");
                }
                Err(error) => {
                    let kinds = [ErrorKind::Malformed, ErrorKind::Unrecognized];
                    assert!(kinds.contains(&error.kind()), "{name} cut to {len} bytes: {error}");
                }
            }
        }
    }
}

#[test]
fn a_chunk_that_ends_beyond_what_files_can_hold_is_the_end_of_the_file() {
    let mut bytes = b"caff\0\x01\0\0free".to_vec();
    bytes.extend((i64::MAX).to_be_bytes());
    let path = std::env::temp_dir().join(format!("ondes-{}-far.caf", std::process::id()));
    std::fs::write(&path, bytes).expect("the temporary folder can be written");
    let error = Reader::open(&path, &ReadOptions::default()).map(drop).unwrap_err();
    std::fs::remove_file(&path).expect("it was written");
    assert_eq!(error.kind(), ErrorKind::Malformed, "{error}");
}
