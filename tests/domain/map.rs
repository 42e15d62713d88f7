//! Maps: what they show, beside another decoder and the bytes themselves.

use std::fs::{self, File, OpenOptions};
use std::path::Path;
use std::process::Command;

use ondes::audio::cancel::Cancel;
use ondes::audio::codec::{Codec, Container};
use ondes::audio::encode::WriteOptions;
use ondes::audio::frames::{Frames, FramesMut, Layout};
use ondes::audio::map::{Access, Header, Map, Mode, NewMap, Raw};
use ondes::audio::sample::{PcmCoding, Sample, SampleFormat};
use ondes::audio::writer::Writer;
use ondes::audio::{Error, ErrorKind};

use crate::common::{Scratch, data, ffmpeg, ffmpeg_s32, load, open};
use crate::riff::FROM_SOURCE;

const READ: Access = Access { mode: Mode::Read, buffered: false };
const WRITE: Access = Access { mode: Mode::ReadWrite, buffered: false };
const COPY: Access = Access { mode: Mode::CopyOnWrite, buffered: false };

fn map(path: &Path) -> Map {
    Map::open(path, READ).unwrap_or_else(|e| panic!("{e}"))
}

fn all<S: Sample>(map: &Map) -> Vec<S> {
    let channels = map.shape().channels as usize;
    let mut samples = vec![S::SILENCE; map.shape().frames as usize * channels];
    let got = map.read(0, FramesMut::new(&mut samples, channels, Layout::Interleaved)).unwrap();
    assert_eq!(got as u64, map.shape().frames);
    samples
}

fn write<S: Sample>(map: &Map, start: u64, samples: &[S]) -> Result<(), Error> {
    map.write(start, &Frames::new(samples, map.shape().channels as usize, Layout::Interleaved))
}

/// The bytes that lie at the map's address.
fn memory(map: &Map) -> &'static [u8] {
    // SAFETY: no test uses them after the map, or cuts the file short before.
    unsafe { std::slice::from_raw_parts(map.address(), map.shape().size() as usize) }
}

fn messages(map: &Map) -> Vec<&str> {
    map.warnings().list().iter().map(|warning| warning.message.as_str()).collect()
}

fn failure<T>(result: Result<T, Error>) -> (ErrorKind, String) {
    let Err(error) = result else { panic!("it should have failed") };
    let message = error.message().rsplit_once("ondes-map-").map_or(error.message(), |(_, tail)| tail);
    (error.kind(), message.split_once(": ").map_or(message, |(_, tail)| tail).to_owned())
}

fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [name, &(body.len() as u32).to_le_bytes()[..], body].concat()
}

fn fmt(tag: u16, channels: u16, bits: u16) -> Vec<u8> {
    let align = channels * bits.div_ceil(8);
    let rate = 8000u32;
    let fields = [tag.to_le_bytes(), channels.to_le_bytes()].concat();
    let rates = [rate.to_le_bytes(), (rate * u32::from(align)).to_le_bytes()].concat();
    chunk(b"fmt ", &[fields, rates, align.to_le_bytes().to_vec(), bits.to_le_bytes().to_vec()].concat())
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = chunks.concat();
    [b"RIFF", &(4 + body.len() as u32).to_le_bytes()[..], b"WAVE", &body].concat()
}

const EIGHT: [u8; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

/// 16-bit mono of the samples 0x0201, 0x0403, 0x0605, 0x0807, and more chunks before and after.
fn four(before: &[Vec<u8>], after: &[Vec<u8>]) -> Vec<u8> {
    riff(&[before.concat(), fmt(1, 1, 16), chunk(b"data", &EIGHT), after.concat()])
}

#[test]
fn every_uncompressed_fixture_is_shown_as_another_decoder_reads_it() {
    let mut seen = 0;
    for folder in ["wav", "w64", "aiff", "caf", "au"] {
        for entry in fs::read_dir(data(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let Codec::Pcm(coding) = open(&path).description().codec else {
                assert_eq!(failure(Map::open(&path, READ)).0, ErrorKind::Unsupported, "{name}");
                continue;
            };
            if matches!(coding, PcmCoding::ALaw | PcmCoding::ULaw) {
                assert_eq!(failure(Map::open(&path, READ)).0, ErrorKind::Unsupported, "{name}");
                continue;
            }
            let map = map(&path);
            assert_eq!((map.shape().coding, map.shape().rate), (coding, open(&path).description().rate), "{name}");
            let bytes = fs::read(&path).unwrap();
            let start = map.shape().offset as usize;
            assert_eq!(memory(&map), &bytes[start..start + map.shape().size() as usize], "{name}");
            assert_eq!(bytes.len() as u64, map.shape().offset + map.shape().size() + map.shape().tail);
            let bits = |samples: Vec<f32>| samples.into_iter().map(f32::to_bits).collect::<Vec<_>>();
            let known = FROM_SOURCE.iter().find(|(file, _)| path.ends_with(file));
            let known = known.or((name == "little_endian.au").then_some(&("", "source/clip.flac")));
            if let Some((_, source)) = known {
                assert!(all::<i32>(&map) == ffmpeg_s32(&data(source)), "{name}");
            } else if coding.format().is_float() {
                assert!(bits(all::<f32>(&map)) == bits(ffmpeg(&path)), "{name}");
            } else {
                assert!(all::<i32>(&map) == ffmpeg_s32(&path), "{name}");
            }
            seen += 1;
        }
    }
    assert!(seen >= 30, "{seen} files");
}

#[test]
fn windows_convert_as_the_reader_does_in_every_format_and_layout() {
    fn check<S: Sample + PartialEq + std::fmt::Debug>(path: &Path) {
        let map = map(path);
        let channels = map.shape().channels as usize;
        let whole = load::<S>(path);
        let frames = whole.len() / channels;
        assert!(all::<S>(&map) == whole);
        for start in [0, 1, frames / 3, frames - 1, frames] {
            let mut planes = vec![S::SILENCE; 100 * channels];
            let got = map.read(start as u64, FramesMut::new(&mut planes, channels, Layout::Planar)).unwrap();
            assert_eq!(got, (frames - start).min(100));
            for (c, plane) in planes.chunks(100).enumerate() {
                for (f, sample) in plane[..got].iter().enumerate() {
                    assert_eq!(*sample, whole[(start + f) * channels + c]);
                }
            }
        }
        let (kind, _) =
            failure(map.read(frames as u64 + 1, FramesMut::new(&mut [S::SILENCE; 64][..], channels, Layout::Planar)));
        assert_eq!(kind, ErrorKind::OutOfRange);
    }
    for name in ["wav/s16.wav", "wav/s24.wav", "wav/f32.wav", "wav/ext_s24_51.wav", "aiff/s16.aiff", "caf/f32be.caf"] {
        let path = data(name);
        if !path.exists() {
            panic!("{name} is not there");
        }
        check::<u8>(&path);
        check::<i8>(&path);
        check::<i16>(&path);
        check::<[u8; 3]>(&path);
        check::<i32>(&path);
        check::<i64>(&path);
        check::<f32>(&path);
        check::<f64>(&path);
    }
}

#[test]
fn faults_of_a_wave_file_are_told_in_wavemaps_words() {
    let folder = Scratch::new("faults");
    let told = |bytes: &[u8]| {
        let map = map(&folder.with("fault.wav", bytes));
        assert_eq!(all::<i16>(&map), [0x0201, 0x0403, 0x0605, 0x0807]);
        messages(&map).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(told(&four(&[], &[])).is_empty());
    // All of what wavemap 2.2 says of the same bytes.
    let mut wrong = four(&[], &[]);
    wrong[4] += 2;
    assert_eq!(told(&wrong), ["WAVE cksize is wrong: 46 != 44"]);
    assert_eq!(told(&four(&[], &[b"ab".to_vec()])), ["Incomplete chunk: no tag"]);
    assert_eq!(told(&four(&[], &[b"LIST\x04\0".to_vec()])), ["Incomplete chunk: no size"]);
    assert_eq!(told(&four(&[], &[b"LIST\x64\0\0\0abcd".to_vec()])), ["Incomplete chunk: 160 > 65"]);
    assert_eq!(told(&four(&[chunk(b"_PMX", b"")], &[])), ["Dubious tag b'_PMX'"]);
    assert_eq!(told(&four(&[chunk(b"\x01\x02ab", b"xy")], &[])), ["Dubious tag b'\\x01\\x02ab'"]);
    assert_eq!(told(&four(&[], &[fmt(1, 2, 8)])), ["fmt chunk after first ignored"]);
    assert_eq!(told(&four(&[], &[chunk(b"data", b"..")])), ["data chunk after first ignored"]);
    // wavemap counts the 8 bytes of the chunk's header.
    let mut long = fmt(1, 1, 16);
    long.extend_from_slice(&[0; 6]);
    long[4] = 22;
    assert_eq!(told(&riff(&[long, chunk(b"data", &EIGHT)])), ["Weird fmt block length 30"]);
    // A stray zero byte before a chunk's name.
    assert!(told(&four(&[[chunk(b"LIST", b"ab"), vec![0]].concat()], &[])).is_empty());

    let cut = map(&folder.with("cut.wav", &four(&[], &[])[..49]));
    assert_eq!(
        messages(&cut),
        ["Incomplete chunk: 52 > 50", "WAVE cksize is wrong: 44 != 41", "1 byte after end-of-frame discarded"]
    );
    assert_eq!((all::<i16>(&cut), cut.shape().tail), (vec![0x0201, 0x0403], 1));
    let odd = map(&folder.with("odd.wav", &riff(&[fmt(1, 2, 16), chunk(b"data", &EIGHT[..7]), vec![0]])));
    assert_eq!(messages(&odd), ["3 bytes after end-of-frame discarded"]);
    assert_eq!(odd.shape().frames, 1);
}

#[test]
fn opening_costs_the_same_whatever_follows_the_samples() {
    let folder = Scratch::new("zeros");
    let path = folder.with("zeros.wav", &four(&[], &[]));
    File::options().write(true).open(&path).unwrap().set_len(200 << 30).unwrap();
    let start = std::time::Instant::now();
    let map = map(&path);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    assert_eq!((map.shape().frames, map.shape().tail), (4, (200 << 30) - 52));
    assert_eq!(messages(&map)[0], "Dubious tag b'\\x00\\x00\\x00\\x00'");
}

/// M13: wavemap maps the samples one byte too early here.
#[test]
fn a_chunk_of_odd_size_before_the_samples_moves_nothing() {
    let folder = Scratch::new("odd");
    let padded = [chunk(b"LIST", b"abc"), vec![0]].concat();
    for before in [padded, chunk(b"LIST", b"abc")] {
        let map = map(&folder.with("odd.wav", &four(&[before], &[])));
        assert_eq!(all::<i16>(&map), [0x0201, 0x0403, 0x0605, 0x0807]);
        assert!(messages(&map).is_empty());
    }
    // And samples of odd size are no fault if their pad byte is there.
    let map = map(&folder.with("data.wav", &riff(&[fmt(1, 1, 8), chunk(b"data", b"abc"), vec![0]])));
    assert!(messages(&map).is_empty() && map.shape().tail == 1);
}

#[test]
fn what_cannot_be_mapped_is_said_in_wavemaps_words() {
    let folder = Scratch::new("refused");
    let refused = |bytes: &[u8]| failure(Map::open(&folder.with("refused.wav", bytes), READ));
    let told = |bytes: &[u8]| refused(bytes).1;
    assert_eq!(refused(b"some text that goes on"), (ErrorKind::Unrecognized, "Not a RIFF file".to_owned()));
    assert_eq!(told(b"RIFF\x10\0\0\0AVI LIST\x04\0\0\0hdrl"), "Not a WAVE file: b'AVI '");
    assert_eq!(told(&riff(&[fmt(1, 1, 16)])), "No data chunk found");
    assert_eq!(told(&riff(&[chunk(b"data", &EIGHT)])), "No fmt chunk found");
    assert_eq!(refused(b""), (ErrorKind::Unrecognized, "the file is empty".to_owned()));
    assert_eq!(refused(b"RIFF\x10\0"), (ErrorKind::Malformed, "Incomplete chunk: no tag".to_owned()));
    // A division by zero there.
    assert_eq!(refused(&riff(&[fmt(1, 0, 16), chunk(b"data", &EIGHT)])).0, ErrorKind::Malformed);
    for (tag, bits) in [(6, 8), (7, 8), (2, 4), (0x55, 0), (0x31, 0)] {
        let (kind, message) = refused(&riff(&[fmt(tag, 1, bits), chunk(b"data", &EIGHT)]));
        assert_eq!(kind, ErrorKind::Unsupported, "{message}");
        assert!(message.starts_with(&format!("Do not understand f.wFormatTag={tag}")), "{message}");
    }
    assert!(told(&fs::read(data("flac/big_padding_tags.flac")).unwrap()).contains("FLAC is compressed"));
}

#[test]
fn every_damaged_fixture_gives_a_map_or_an_error() {
    for entry in fs::read_dir(data("bad")).unwrap() {
        let path = entry.unwrap().path();
        if let Ok(map) = Map::open(&path, READ) {
            all::<f32>(&map);
        }
    }
}

#[test]
fn no_frames_are_no_error() {
    let folder = Scratch::new("empty");
    let path = folder.with("empty.wav", &riff(&[fmt(1, 2, 16), chunk(b"data", b"")]));
    for access in [READ, WRITE, COPY, Access { mode: Mode::ReadWrite, buffered: true }] {
        let map = Map::open(&path, access).unwrap();
        assert_eq!((map.shape().frames, map.shape().channels), (0, 2));
        assert!(all::<f32>(&map).is_empty() && !map.address().is_null());
        map.flush().unwrap();
        assert_eq!(
            failure(map.read(1, FramesMut::new(&mut [0f32; 2][..], 2, Layout::Interleaved))).0,
            ErrorKind::OutOfRange
        );
    }
    // A raw file of none.
    let raw = Raw { coding: PcmCoding::S16Le, channels: 2, rate: 0, offset: 0, tail: 0, frames: None };
    assert_eq!(Map::open_raw(&folder.with("none.raw", b""), READ, &raw).unwrap().shape().frames, 0);
}

#[test]
fn changes_reach_the_file_or_not_as_the_mode_says() {
    let folder = Scratch::new("modes");
    let bytes = four(&[], &[]);
    let buffered = Access { mode: Mode::ReadWrite, buffered: true };
    for access in [READ, WRITE, COPY, buffered, Access { mode: Mode::CopyOnWrite, buffered: true }] {
        let path = folder.with("mode.wav", &bytes);
        let map = Map::open(&path, access).unwrap();
        let written = write(&map, 1, &[0.5f32, -1.0]);
        if access.mode == Mode::Read {
            assert_eq!(failure(written), (ErrorKind::InvalidArgument, "the map is open for reading only".to_owned()));
            continue;
        }
        written.unwrap();
        let changed = [0x0201, 16384, -32768, 0x0807];
        assert_eq!(all::<i16>(&map), changed);
        assert_eq!(memory(&map), bytemuck::cast_slice::<i16, u8>(&changed));
        assert_eq!(failure(write(&map, 3, &[0i16; 2])).0, ErrorKind::OutOfRange);
        let reached = access.mode == Mode::ReadWrite;
        if access == buffered {
            assert_eq!(fs::read(&path).unwrap(), bytes);
        }
        map.flush().unwrap();
        assert_eq!(fs::read(&path).unwrap() != bytes, reached, "{access:?}");
        write(&map, 0, &[[1, 2, 3u8]]).unwrap();
        drop(map);
        let expected = if reached { vec![0x0302, 16384, -32768, 0x0807] } else { vec![0x0201, 0x0403, 0x0605, 0x0807] };
        assert_eq!(load::<i16>(&path), expected, "{access:?}");
        assert_eq!(load::<i16>(&path).len() * 2 + 44, bytes.len());
    }
}

#[test]
fn writing_converts_to_packed_and_big_endian_samples() {
    let folder = Scratch::new("write");
    for name in ["wav/s24.wav", "aiff/s16.aiff", "aiff/s24.aiff", "caf/f32be.caf", "au/f32.au", "wav/s32.wav"] {
        let path = folder.with("copy", &fs::read(data(name)).unwrap());
        let map = Map::open(&path, WRITE).unwrap();
        let channels = map.shape().channels as usize;
        let n = 50_000.min(map.shape().frames as usize);
        let samples: Vec<i16> = (0..n * channels).map(|i| (i * 7919 % 65536) as u16 as i16).collect();
        let planes: Vec<i16> = (0..channels).flat_map(|c| samples.iter().skip(c).step_by(channels)).copied().collect();
        map.write(0, &Frames::new(&planes, channels, Layout::Planar)).unwrap();
        map.flush().unwrap();
        drop(map);
        let read: Vec<i16> = ffmpeg_s32(&path)[..n * channels].iter().map(|v| (v >> 16) as i16).collect();
        assert!(read == samples, "{name}");
    }
}

#[test]
fn raw_files_have_the_form_they_are_given() {
    let folder = Scratch::new("raw");
    let bytes: Vec<u8> = (0..100).collect();
    let path = folder.with("raw.bin", &bytes);
    let raw = Raw { coding: PcmCoding::S16Be, channels: 3, rate: 96000, offset: 7, tail: 5, frames: None };
    let map = Map::open_raw(&path, READ, &raw).unwrap();
    assert_eq!((map.shape().frames, map.shape().tail, map.shape().rate), (14, 9, 96000));
    assert_eq!(messages(&map), ["4 bytes after end-of-frame discarded"]);
    assert_eq!(all::<i16>(&map)[..4], [0x0708, 0x090a, 0x0b0c, 0x0d0e]);
    let fewer = Map::open_raw(&path, READ, &Raw { frames: Some(2), tail: 9, ..raw }).unwrap();
    assert_eq!((fewer.shape().frames, messages(&fewer)), (2, vec!["Requested 2 frames, got 14"]));
    let more = Map::open_raw(&path, READ, &Raw { frames: Some(99), tail: 9, ..raw }).unwrap();
    assert_eq!((more.shape().frames, messages(&more)), (14, vec!["Requested 99 frames, got 14"]));

    let refused = |raw: &Raw| failure(Map::open_raw(&path, READ, raw));
    assert_eq!(
        refused(&Raw { offset: 96, ..raw }),
        (ErrorKind::InvalidArgument, "offset 96 and tail 5 leave nothing of a file of 100 bytes".to_owned())
    );
    assert_eq!(refused(&Raw { offset: u64::MAX, ..raw }).0, ErrorKind::InvalidArgument);
    assert_eq!(refused(&Raw { channels: 0, ..raw }).0, ErrorKind::InvalidArgument);
    assert_eq!(refused(&Raw { coding: PcmCoding::ALaw, ..raw }).0, ErrorKind::Unsupported);
}

#[test]
fn only_regular_files_are_mapped_and_nothing_hangs() {
    let folder = Scratch::new("kinds");
    let new = NewMap {
        coding: PcmCoding::S16Le,
        channels: 1,
        rate: 8000,
        frames: 1,
        tail: 0,
        header: Header::Wave { channel_mask: 0 },
    };
    assert_eq!(failure(Map::open(folder.path(), READ)).0, ErrorKind::IsDirectory);
    assert_eq!(failure(Map::open(folder.path(), WRITE)).0, ErrorKind::IsDirectory);
    assert_eq!(failure(Map::create(folder.path(), &new)).0, ErrorKind::IsDirectory);
    assert_eq!(failure(Map::open(&folder.file("none.wav"), READ)).0, ErrorKind::NotFound);
    assert_eq!(failure(Map::open(Path::new(""), READ)).0, ErrorKind::NotFound);
    assert_eq!(failure(Map::create(&folder.file("none/new.wav"), &new)).0, ErrorKind::NotFound);
    let fifo = folder.file("fifo.wav");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    for access in [READ, WRITE, COPY] {
        assert_eq!(failure(Map::open(&fifo, access)).0, ErrorKind::NotSeekable);
    }
    assert_eq!(failure(Map::create(&fifo, &new)).0, ErrorKind::NotSeekable);
    assert_eq!(failure(Map::open(Path::new("/dev/zero"), READ)).0, ErrorKind::NotSeekable);
}

#[test]
fn a_read_only_file_is_mapped_to_be_read() {
    let folder = Scratch::new("permission");
    let path = folder.with("read.wav", &four(&[], &[]));
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    assert_eq!(all::<i16>(&map(&path)).len(), 4);
    assert_eq!(all::<i16>(&Map::open(&path, COPY).unwrap()).len(), 4);
    // To the superuser every file is writable.
    if OpenOptions::new().write(true).open(&path).is_err() {
        assert_eq!(failure(Map::open(&path, WRITE)).0, ErrorKind::Permission);
    }
    let read_only = std::io::Error::from(std::io::ErrorKind::ReadOnlyFilesystem);
    assert_eq!(Error::io("open", &read_only).kind(), ErrorKind::Permission);
}

#[test]
fn a_file_cut_short_is_an_error_and_no_bus_error() {
    let folder = Scratch::new("cut");
    let samples = vec![7i16; 100_000];
    let bytes = riff(&[fmt(1, 1, 16), chunk(b"data", bytemuck::cast_slice(&samples))]);
    for access in [READ, WRITE, COPY] {
        for cut in [44 + 20_000, 10] {
            let path = folder.with("cut.wav", &bytes);
            let map = Map::open(&path, access).unwrap();
            if access == COPY {
                // Pages of its own go as well.
                write(&map, 60_000, &[1i16; 30_000]).unwrap();
            }
            File::options().write(true).open(&path).unwrap().set_len(cut).unwrap();
            let window = |start: u64, frames: usize| {
                let mut samples = vec![0f32; frames];
                map.read(start, FramesMut::new(&mut samples, 1, Layout::Interleaved)).map(|_| samples)
            };
            let expected = format!(
                "the file has been cut short since it was mapped: it has {cut} bytes, but its samples go to byte 200044"
            );
            assert_eq!(failure(window(0, 100_000)), (ErrorKind::Io, expected.clone()), "{access:?}");
            assert_eq!(failure(window(70_000, 10)), (ErrorKind::Io, expected.clone()), "{access:?}");
            if cut > 44 {
                assert_eq!(window(0, 10_000).unwrap(), [7.0 / 32768.0; 10_000]);
            }
            if access != READ {
                assert_eq!(failure(write(&map, 9_000, &[1i16; 20_000])), (ErrorKind::Io, expected));
                assert_eq!(fs::metadata(&path).unwrap().len(), cut, "writing does not make it longer");
            }
        }
    }
    // What was read into memory is not lost; the file is left as it is.
    let path = folder.with("cut.wav", &bytes);
    let map = Map::open(&path, Access { mode: Mode::ReadWrite, buffered: true }).unwrap();
    File::options().write(true).open(&path).unwrap().set_len(1000).unwrap();
    assert_eq!(all::<i16>(&map), samples);
    assert_eq!(failure(map.flush()).0, ErrorKind::Io);
}

/// One frame, written and read by another program.
fn ends_with(path: &Path, sample: i16) -> bool {
    let output = Command::new("sox")
        .args(["-V1", "-D"])
        .arg(path)
        .args(["-t", "raw", "-e", "signed", "-b", "16", "-", "trim", "-1s"])
        .output();
    let output = output.expect("sox runs").stdout;
    output == sample.to_le_bytes()
}

#[test]
fn new_files_are_read_by_others() {
    let folder = Scratch::new("create");
    let path = folder.file("new.wav");
    for coding in
        [PcmCoding::U8, PcmCoding::S16Le, PcmCoding::S24Le, PcmCoding::S32Le, PcmCoding::F32Le, PcmCoding::F64Le]
    {
        for channels in [1, 2, 6] {
            for header in [Header::Wave { channel_mask: 0 }, Header::Wavemap] {
                let new = NewMap { coding, channels, rate: 44100, frames: 1001, tail: 0, header };
                let map = Map::create(&path, &new).unwrap();
                let aligned = header != Header::Wavemap;
                assert!(!aligned || map.address().addr().is_multiple_of(16));
                assert_eq!(memory(&map), vec![0; map.shape().size() as usize]);
                let samples: Vec<i16> = (0..1001 * channels as i32).map(|i| ((i % 256) << 8) as u16 as i16).collect();
                write(&map, 0, &samples).unwrap();
                drop(map);
                let read: Vec<i16> = ffmpeg_s32(&path).iter().map(|v| (v >> 16) as i16).collect();
                assert!(read == samples, "{coding:?}, {channels} channels, {header:?}");
                assert!(messages(&self::map(&path)).is_empty());
            }
        }
    }
    // 64-bit integers, which few others read: the reader does.
    let new = NewMap {
        coding: PcmCoding::S64Le,
        channels: 2,
        rate: 1,
        frames: 2,
        tail: 3,
        header: Header::Wave { channel_mask: 0 },
    };
    write(&Map::create(&path, &new).unwrap(), 0, &[1i64, i64::MIN, -1, i64::MAX]).unwrap();
    assert_eq!(load::<i64>(&path), [1, i64::MIN, -1, i64::MAX]);

    let raw = NewMap { coding: PcmCoding::S16Be, tail: 3, header: Header::Raw { offset: 5 }, rate: 0, ..new };
    write(&Map::create(&path, &raw).unwrap(), 0, &[1i16, 2, 3, 4]).unwrap();
    assert_eq!(fs::read(&path).unwrap(), [0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 0, 0]);
}

/// The bytes that wavemap 2.2.0 writes for float32, two frames of two channels, 8000 Hz.
#[test]
fn wavemaps_header_is_wavemaps_byte_by_byte() {
    let folder = Scratch::new("wavemap");
    let path = folder.file("new.wav");
    let new = NewMap { coding: PcmCoding::F32Le, channels: 2, rate: 8000, frames: 2, tail: 0, header: Header::Wavemap };
    drop(Map::create(&path, &new).unwrap());
    let expected = b"RIFF\x42\0\0\0WAVEfmt \x12\0\0\0\x03\0\x02\0\x40\x1f\0\0\0\xfa\0\0\x08\0\x20\0\0\0fact\x04\0\0\0\x04\0\0\0data\x10\0\0\0";
    assert_eq!(fs::read(&path).unwrap(), [expected, &[0; 16][..]].concat());
    let bytes = NewMap { coding: PcmCoding::U8, channels: 1, frames: 3, ..new };
    drop(Map::create(&path, &bytes).unwrap());
    let expected = b"RIFF\x28\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\x03\0\0\0";
    assert_eq!(fs::read(&path).unwrap(), [expected, &[0; 4][..]].concat());
}

#[test]
fn what_cannot_be_made_is_refused_and_leaves_no_file() {
    let folder = Scratch::new("refuse");
    let path = folder.file("new.wav");
    let wave = Header::Wave { channel_mask: 0 };
    let new = NewMap { coding: PcmCoding::S16Le, channels: 2, rate: 44100, frames: 10, tail: 0, header: wave };
    for wrong in [
        NewMap { channels: 0, ..new },
        NewMap { channels: 70_000, ..new },
        NewMap { rate: 0, ..new },
        NewMap { coding: PcmCoding::S8, ..new },
        NewMap { coding: PcmCoding::S16Be, ..new },
        NewMap { frames: u64::MAX, ..new },
        NewMap { frames: 1 << 62, ..new },
        NewMap { tail: u64::MAX, ..new },
        NewMap { header: Header::Wave { channel_mask: 7 }, ..new },
        NewMap { frames: 1 << 30, header: Header::Wavemap, ..new },
        NewMap { header: Header::Raw { offset: u64::MAX }, ..new },
    ] {
        assert_eq!(failure(Map::create(&path, &wrong)).0, ErrorKind::InvalidArgument, "{wrong:?}");
    }
    assert_eq!(failure(Map::create(&path, &NewMap { coding: PcmCoding::ULaw, ..new })).0, ErrorKind::Unsupported);
    // Larger than the file system takes: what was there stays.
    let huge = NewMap { frames: 1 << 60, ..new };
    assert!(Map::create(&path, &huge).is_err() && !path.exists());
    fs::write(&path, b"mine").unwrap();
    assert!(Map::create(&path, &huge).is_err());
    assert_eq!(fs::read(&path).unwrap(), b"mine");
}

/// Disk blocks that a file takes, in bytes.
fn on_disk(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).unwrap().blocks() * 512
}

#[test]
fn files_of_more_than_4_and_8_gib_are_sparse_and_exact() {
    let folder = Scratch::new("large");
    let path = folder.file("large.wav");
    for gib in [4, 9] {
        let frames = (gib << 30) / 4 + 1000;
        let new = NewMap {
            coding: PcmCoding::S16Le,
            channels: 2,
            rate: 48000,
            frames,
            tail: 0,
            header: Header::Wave { channel_mask: 0 },
        };
        let map = Map::create(&path, &new).unwrap();
        assert_eq!(map.shape().container, Some(Container::Rf64));
        write(&map, frames - 1, &[-3i16, 12345]).unwrap();
        map.flush().unwrap();
        drop(map);
        assert!(on_disk(&path) < 1 << 20, "{} bytes on disk", on_disk(&path));
        for access in [READ, WRITE, COPY] {
            let map = Map::open(&path, access).unwrap();
            assert_eq!((map.shape().frames, messages(&map).len()), (frames, 0));
            let mut last = [0i16; 6];
            let got = map.read(frames - 2, FramesMut::new(&mut last, 2, Layout::Interleaved)).unwrap();
            assert_eq!((got, last), (2, [0, 0, -3, 12345, 0, 0]));
            // SAFETY: the last frame of the map, which is open.
            let shown = unsafe { *map.address().add(map.shape().size() as usize - 4).cast::<[u8; 4]>() };
            assert_eq!(shown, [0xfd, 0xff, 0x39, 0x30]);
        }
        // As the reader sees it, and FFmpeg.
        let mut reader = open(&path);
        assert_eq!(reader.measure(&Cancel::new(), None).unwrap(), frames);
        reader.seek(frames - 1).unwrap();
        let mut last = [0i16; 2];
        reader.read(FramesMut::new(&mut last, 2, Layout::Interleaved)).unwrap();
        assert_eq!(last, [-3, 12345]);
        let probe = Command::new("ffprobe")
            .args(["-v", "error", "-show_entries", "stream=duration_ts", "-of", "csv=p=0"])
            .arg(&path)
            .output();
        assert_eq!(String::from_utf8(probe.unwrap().stdout).unwrap().trim(), frames.to_string());
    }
}

#[test]
fn a_wave_file_grows_and_keeps_what_follows() {
    let folder = Scratch::new("grow");
    let info = chunk(b"LIST", b"INFOISFT\x04\0\0\0me\0\0");
    for buffered in [false, true] {
        let access = Access { mode: Mode::ReadWrite, buffered };
        let path = folder.with("grow.wav", &four(&[chunk(b"fact", &[4, 0, 0, 0])], std::slice::from_ref(&info)));
        let mut map = Map::open(&path, access).unwrap();
        let before = memory(&map);
        let mut expected = all::<i16>(&map);
        for frames in [1, 7, 40_000] {
            map.append(frames).unwrap();
            expected.resize(expected.len() + frames as usize, 0);
            assert_eq!(all::<i16>(&map), expected);
            write(&map, expected.len() as u64 - 1, &[frames as i16]).unwrap();
            *expected.last_mut().unwrap() = frames as i16;
            map.flush().unwrap();
            assert_eq!(memory(&map), bytemuck::cast_slice::<i16, u8>(&expected));
            let bytes = fs::read(&path).unwrap();
            assert!(bytes.ends_with(&info) && bytes.len() == 44 + 12 + expected.len() * 2 + info.len());
            assert!(ends_with(&path, frames as i16));
            assert_eq!(ffmpeg_s32(&path).len(), expected.len());
            let again = self::map(&path);
            assert_eq!((messages(&again).len(), again.shape().frames), (0, expected.len() as u64));
        }
        // The address of before is good for as long as the map.
        assert_eq!(before, &EIGHT);
        assert_eq!(u32::from_le_bytes(fs::read(&path).unwrap()[20..24].try_into().unwrap()), 40_012);
    }
    // Odd sizes: the pad byte comes and goes.
    let path = folder.with("odd.wav", &riff(&[fmt(1, 1, 8), chunk(b"data", b"abc"), vec![0], info.clone()]));
    let mut map = Map::open(&path, WRITE).unwrap();
    map.append(1).unwrap();
    assert_eq!(fs::read(&path).unwrap(), riff(&[fmt(1, 1, 8), chunk(b"data", b"abc\0"), info.clone()]));
    map.append(1).unwrap();
    assert_eq!(fs::read(&path).unwrap(), riff(&[fmt(1, 1, 8), chunk(b"data", b"abc\0\0"), vec![0], info.clone()]));
    // A rest that is no frame goes.
    let path = folder.with("rest.wav", &riff(&[fmt(1, 1, 16), chunk(b"data", b"abc"), vec![0], info.clone()]));
    Map::open(&path, WRITE).unwrap().append(2).unwrap();
    assert_eq!(fs::read(&path).unwrap(), riff(&[fmt(1, 1, 16), chunk(b"data", b"ab\0\0\0\0"), info]));
}

#[test]
fn a_wave_file_that_passes_4_gib_becomes_rf64_where_there_is_room() {
    let folder = Scratch::new("promote");
    let path = folder.file("grow.wav");
    let new = NewMap {
        coding: PcmCoding::F32Le,
        channels: 1,
        rate: 48000,
        frames: 3,
        tail: 0,
        header: Header::Wave { channel_mask: 0 },
    };
    let mut map = Map::create(&path, &new).unwrap();
    write(&map, 0, &[0.25f32, 0.5, 0.75]).unwrap();
    map.append(1 << 30).unwrap();
    assert_eq!((map.shape().container, map.shape().frames), (Some(Container::Rf64), (1 << 30) + 3));
    write(&map, (1 << 30) + 2, &[-1i16]).unwrap();
    map.append(5).unwrap();
    map.flush().unwrap();
    drop(map);
    // The very header that is written for as many frames at once.
    let other = folder.file("other.wav");
    drop(Map::create(&other, &NewMap { frames: (1 << 30) + 8, ..new }).unwrap());
    let head = |path| {
        let mut bytes = [0; 96];
        std::io::Read::read_exact(&mut File::open(path).unwrap(), &mut bytes).unwrap();
        bytes
    };
    assert_eq!(head(&path), head(&other));
    assert!(on_disk(&path) < 1 << 20);
    let probe = Command::new("ffprobe")
        .args(["-v", "error", "-show_entries", "stream=duration_ts", "-of", "csv=p=0"])
        .arg(&path)
        .output();
    assert_eq!(String::from_utf8(probe.unwrap().stdout).unwrap().trim(), ((1 << 30) + 8).to_string());
    let mut reader = open(&path);
    assert_eq!(reader.measure(&Cancel::new(), None).unwrap(), (1 << 30) + 8);
    let mut start = [0f32; 4];
    reader.read(FramesMut::new(&mut start, 1, Layout::Interleaved)).unwrap();
    assert_eq!(start, [0.25, 0.5, 0.75, 0.0]);

    // Without room: refused, and nothing has changed.
    let compact = NewMap { header: Header::Wavemap, ..new };
    let mut map = Map::create(&path, &compact).unwrap();
    let before = fs::read(&path).unwrap();
    let (kind, message) = failure(map.append(1 << 30));
    assert_eq!(kind, ErrorKind::Unsupported);
    assert!(message.starts_with("the file cannot grow past 4 GiB"), "{message}");
    assert_eq!((fs::read(&path).unwrap(), map.shape().frames), (before, 3));
}

#[test]
fn growing_is_for_files_whose_sizes_are_known_how_to_tell() {
    let folder = Scratch::new("nogrow");
    let path = folder.with("grow.aiff", &fs::read(data("aiff/s16.aiff")).unwrap());
    assert_eq!(failure(Map::open(&path, WRITE).unwrap().append(1)).0, ErrorKind::Unsupported);
    let path = folder.with("grow.wav", &four(&[], &[]));
    assert_eq!(failure(map(&path).append(1)).0, ErrorKind::InvalidArgument);
    assert_eq!(failure(Map::open(&path, COPY).unwrap().append(1)).0, ErrorKind::InvalidArgument);
    let mut map = Map::open(&path, WRITE).unwrap();
    assert_eq!(failure(map.append(u64::MAX)).0, ErrorKind::InvalidArgument);
    assert_eq!(failure(map.append(1 << 63)).0, ErrorKind::InvalidArgument);
    map.append(0).unwrap();
    assert_eq!(fs::read(&path).unwrap(), four(&[], &[]));
    // Raw files have no size to tell; their tail moves.
    let path = folder.with("grow.raw", b"#abcdTAIL");
    let raw = Raw { coding: PcmCoding::S16Le, channels: 1, rate: 0, offset: 1, tail: 4, frames: None };
    Map::open_raw(&path, WRITE, &raw).unwrap().append(1).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"#abcd\0\0TAIL");
    // A file that changed under the map is left alone.
    let path = folder.with("changed.wav", &four(&[], &[]));
    let mut map = Map::open(&path, WRITE).unwrap();
    fs::write(&path, four(&[chunk(b"LIST", b"more")], &[])).unwrap();
    let changed = (ErrorKind::Io, "the file has been changed since it was mapped".to_owned());
    assert_eq!(failure(map.append(1)), changed);
    // Nor are frames lost that were added through another map.
    let path = folder.with("twice.wav", &four(&[], &[]));
    let (mut first, mut second) = (Map::open(&path, WRITE).unwrap(), Map::open(&path, WRITE).unwrap());
    first.append(1).unwrap();
    write(&first, 4, &[77i16]).unwrap();
    let before = fs::read(&path).unwrap();
    assert_eq!(failure(second.append(2)), changed);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn formats_have_the_size_of_their_samples() {
    for format in [SampleFormat::U8, SampleFormat::I8, SampleFormat::I24, SampleFormat::F64] {
        for is_big in [false, true] {
            let coding = PcmCoding::of(format, is_big);
            assert_eq!((coding.format(), coding.is_big_endian()), (format, is_big && format.size() > 1));
        }
    }
}

fn wav() -> WriteOptions {
    WriteOptions { format: Some("wav".into()), rate: 8000, channels: 1, ..WriteOptions::default() }
}

/// Writes one frame to a path.
fn write_file(path: &Path, options: &WriteOptions) -> Result<(), Error> {
    let mut writer = Writer::create(path, options)?;
    writer.write(Frames::new(&[77i16], 1, Layout::Interleaved))?;
    writer.finish()
}

#[test]
fn a_mapped_file_is_not_written_anew() {
    let folder = Scratch::new("mapped");
    let old = four(&[], &[]);
    let path = folder.with("mapped.wav", &old);
    let (link, symlink, other) = (folder.file("link.wav"), folder.file("symlink.wav"), folder.file("other.wav"));
    fs::hard_link(&path, &link).unwrap();
    std::os::unix::fs::symlink(&path, &symlink).unwrap();
    let raw = Raw { coding: PcmCoding::U8, channels: 1, rate: 0, offset: 0, tail: 0, frames: None };
    // Under whatever name it is mapped, and under whatever it is to be written.
    for access in [READ, WRITE, COPY, Access { buffered: true, ..WRITE }] {
        for mapped in [&path, &link, &symlink] {
            let maps = [Map::open(mapped, access).unwrap(), Map::open_raw(mapped, access, &raw).unwrap()];
            for map in maps {
                for written in [&path, &link, &symlink] {
                    let error = write_file(written, &wav()).unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
                    let name = written.display().to_string();
                    assert!(error.message().starts_with(&name), "{error}");
                    assert!(error.message().contains("is mapped by this program: end the map"), "{error}");
                }
                assert_eq!(fs::read(&path).unwrap(), old);
                // The last of them counts, not the first.
                drop(map);
            }
        }
    }
    // Another file is none of their business, and what takes the file's name leaves the map its own.
    let map = map(&path);
    write_file(&other, &wav()).unwrap();
    write_file(&path, &WriteOptions { atomic: true, ..wav() }).unwrap();
    assert_eq!(all::<i16>(&map), [0x0201, 0x0403, 0x0605, 0x0807]);
    assert_eq!(fs::read(&link).unwrap(), old);
    write_file(&path, &wav()).unwrap();
    assert_eq!(failure(write_file(&link, &wav())).0, ErrorKind::Busy);
    assert_eq!(all::<i16>(&map), [0x0201, 0x0403, 0x0605, 0x0807]);
    drop(map);
    write_file(&link, &wav()).unwrap();
    assert_eq!(all::<i16>(&self::map(&link)), [77]);
}

#[test]
fn copies_that_are_never_written_back_do_not_hold_their_file() {
    let folder = Scratch::new("copies");
    let path = folder.with("copied.wav", &four(&[], &[]));
    let copies = [READ, COPY].map(|access| Map::open(&path, Access { buffered: true, ..access }).unwrap());
    write_file(&path, &wav()).unwrap();
    assert_eq!(copies.map(|copy| all::<i16>(&copy)[3]), [0x0807; 2]);
}
