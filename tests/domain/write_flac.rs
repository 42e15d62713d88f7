//! Writing FLAC: every file is judged by the `flac` command, by FFmpeg and by
//! our own decoder, which is tested against published files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use ondes::audio::cancel::Cancel;
use ondes::audio::encode::WriteOptions;
use ondes::audio::frames::{Frames, Layout};
use ondes::audio::sample::SampleFormat;
use ondes::audio::sink::Outlet;
use ondes::audio::tags::{Picture, PictureKind, Tags};
use ondes::audio::writer::Writer;
use ondes::audio::{Error, ErrorKind, Result};

use crate::common::{Random, Scratch, assert_exact, ffmpeg_s32, load, open};

fn options(rate: u32, channels: usize, bits: u32, level: u32) -> WriteOptions {
    WriteOptions {
        format: Some("flac".into()),
        rate,
        channels: channels as u32,
        sample_format: Some(if bits == 16 { SampleFormat::I16 } else { SampleFormat::I24 }),
        quality: Some(level.to_string()),
        threads: 1,
        ..WriteOptions::default()
    }
}

/// Left-justified samples of `bits` bits that come upon every way to code a
/// block: music-like, silent, constant, loud at once after quiet, as far
/// apart as samples can be, with low bits that are always 0.
fn signal(frames: usize, channels: usize, bits: u32) -> Vec<i32> {
    let mut random = Random(0x5eed ^ frames as u64 ^ (channels as u64) << 32);
    let shift = 32 - bits;
    let top = (1i64 << (bits - 1)) as f64;
    let mut samples = Vec::with_capacity(frames * channels);
    for i in 0..frames {
        for c in 0..channels {
            let noise = random.below(1 << 32) as u32 as i32;
            let t = i as f64 / 44_100.0;
            let tone = (t * 440.0 * (c + 1) as f64).sin() * 0.4 + (t * 1331.0).sin() * 0.2;
            let value = match (i / 1500) % 9 {
                0 | 1 => (tone * top) as i32 + noise % 64,
                2 => 0,
                3 => -77 - c as i32,
                4 => noise % 3,
                5 => noise >> shift,
                6 => [(top as i32) - 1, -(top as i32)][(i + c) % 2],
                7 => ((tone * top) as i32) >> 5 << 5,
                _ if i % 2000 == 7 => -(top as i32),
                _ => c as i32,
            };
            samples.push(value << shift);
        }
    }
    samples
}

fn write(path: &Path, options: &WriteOptions, samples: &[i32]) {
    let mut writer = Writer::create(path, options).unwrap_or_else(|e| panic!("{e}"));
    append(&mut writer, options, samples);
    writer.finish().unwrap_or_else(|e| panic!("{e}"));
}

/// In chunks of no even size.
fn append(writer: &mut Writer, options: &WriteOptions, samples: &[i32]) {
    let channels = options.channels as usize;
    for chunk in samples.chunks(7001 * channels) {
        writer.write(Frames::new(chunk, channels, Layout::Interleaved)).unwrap_or_else(|e| panic!("{e}"));
    }
}

fn in_memory(options: &WriteOptions, samples: &[i32]) -> Vec<u8> {
    let mut writer = Writer::in_memory(options).unwrap();
    append(&mut writer, options, samples);
    writer.finish().unwrap();
    writer.take_bytes().unwrap()
}

/// `flac -t`: it decodes all and compares the MD5.
fn assert_flac_accepts(paths: &[PathBuf]) {
    for paths in paths.chunks(100) {
        let output = Command::new("flac").args(["-t", "-s", "-w"]).args(paths).output().expect("flac runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

fn flac_decodes(path: &Path, bits: u32) -> Vec<i32> {
    let output = Command::new("flac")
        .args(["-d", "-s", "-c", "--force-raw-format", "--endian=little", "--sign=signed"])
        .arg(path)
        .output()
        .expect("flac runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let width = bits as usize / 8;
    let left_justify = |bytes: &[u8]| {
        let mut word = [0; 4];
        word[4 - width..].copy_from_slice(bytes);
        i32::from_le_bytes(word)
    };
    output.stdout.chunks_exact(width).map(left_justify).collect()
}

fn metaflac(args: &[&str], path: &Path) -> String {
    let output = Command::new("metaflac").args(args).arg(path).output().expect("metaflac runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn all_levels_depths_and_channels_are_lossless() {
    let scratch = Scratch::new("all");
    let mut paths = Vec::new();
    for level in 0..=8 {
        for bits in [16, 24] {
            for channels in 1..=8 {
                let samples = signal(15_003, channels, bits);
                let path = scratch.file(&format!("{level}-{bits}-{channels}.flac"));
                write(&path, &options(44_100, channels, bits, level), &samples);
                assert!(load::<i32>(&path) == samples, "{}", path.display());
                assert_eq!(open(&path).verify(&Cancel::new(), None).unwrap(), Some(true), "{}", path.display());
                let raw = samples.len() as u64 * u64::from(bits) / 8;
                let size = fs::metadata(&path).unwrap().len();
                assert!(size < raw, "{}: {size} bytes of {raw}", path.display());
                paths.push(path);
            }
        }
    }
    assert_flac_accepts(&paths);
    for path in paths.iter().step_by(11) {
        assert!(ffmpeg_s32(path) == load::<i32>(path), "{}", path.display());
    }
}

#[test]
fn odd_lengths_are_exact() {
    let scratch = Scratch::new("lengths");
    let mut paths = Vec::new();
    for frames in [0, 1, 2, 5, 33, 1152, 4095, 4096, 4097, 8192, 100_003] {
        for (level, bits, channels) in [(0, 16, 1), (5, 16, 2), (8, 24, 2), (5, 24, 6)] {
            let samples = signal(frames, channels, bits);
            let path = scratch.file(&format!("{frames}-{level}-{bits}-{channels}.flac"));
            write(&path, &options(48_000, channels, bits, level), &samples);
            assert!(load::<i32>(&path) == samples, "{}", path.display());
            assert_eq!(open(&path).measure(&Cancel::new(), None).unwrap(), frames as u64);
            assert!(flac_decodes(&path, bits) == samples, "{}", path.display());
            if frames > 0 {
                assert!(ffmpeg_s32(&path) == samples, "{}", path.display());
                assert_eq!(open(&path).verify(&Cancel::new(), None).unwrap(), Some(true));
            }
            assert!(open(&path).warnings().count() == 0, "{}", path.display());
            if frames == 100_003 {
                assert_exact(&path);
            }
            // Of no frames the command warns that 0 means unknown.
            if frames > 0 {
                paths.push(path);
            }
        }
    }
    assert_flac_accepts(&paths);
}

#[test]
fn rates_are_those_that_frames_can_tell() {
    let scratch = Scratch::new("rates");
    let samples = signal(5000, 2, 16);
    let mut paths = Vec::new();
    for rate in [1, 123, 999, 8000, 11_025, 44_100, 48_001, 65_535, 65_540, 88_200, 96_000, 192_000, 255_000, 655_350] {
        let path = scratch.file(&format!("{rate}.flac"));
        write(&path, &options(rate, 2, 16, 5), &samples);
        let reader = open(&path);
        assert_eq!(reader.description().rate, rate);
        assert!(load::<i32>(&path) == samples);
        paths.push(path);
    }
    assert_flac_accepts(&paths);
    for rate in [0, 123_456, 65_541, 655_360] {
        let error = Writer::in_memory(&options(rate, 2, 16, 5)).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(rate == 0 || error.message().contains("44100"), "{error}");
    }
    for channels in [0, 9] {
        let error = Writer::in_memory(&options(44_100, channels, 16, 5)).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    }
    let wide = WriteOptions { sample_format: Some(SampleFormat::F32), ..options(44_100, 2, 16, 5) };
    assert_eq!(Writer::in_memory(&wide).err().unwrap().kind(), ErrorKind::InvalidArgument);
}

/// The number of the block whose header is at the start of `frame`.
fn block_number(frame: &[u8]) -> u64 {
    assert_eq!(frame[..2], [0xff, 0xf8], "a frame of a stream of equal blocks");
    let more = match frame[4].leading_ones() {
        0 => 0,
        n => n as usize - 1,
    };
    let first = if more == 0 { frame[4] } else { frame[4] & (0x3f >> more) };
    frame[5..5 + more].iter().fold(u64::from(first), |number, byte| number << 6 | u64::from(byte & 0x3f))
}

#[test]
fn the_seek_table_leads_to_frames() {
    let scratch = Scratch::new("seek");
    // 5 s and 1000 s; the lower rate keeps the second small.
    for (rate, seconds, level, block) in [(44_100, 5, 5, 4096), (2000, 1000, 0, 1152)] {
        let path = scratch.file(&format!("{rate}.flac"));
        let frames = rate as usize * seconds;
        write(&path, &options(rate, 1, 16, level), &signal(frames, 1, 16));
        let bytes = fs::read(&path).unwrap();
        let audio = (4..bytes.len()).find(|at| bytes[*at..].starts_with(&[0xff, 0xf8])).unwrap();
        let list = metaflac(&["--list", "--block-type=SEEKTABLE"], &path);
        let number = |line: &str, name: &str| -> Option<u64> {
            let (_, rest) = line.split_once(&format!("{name}="))?;
            rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
        };
        let mut points = Vec::new();
        for line in list.lines().filter(|line| line.contains("sample_number=")) {
            let sample = number(line, "sample_number").unwrap();
            let offset = number(line, "stream_offset").unwrap();
            assert_eq!(number(line, "frame_samples").unwrap(), block);
            assert_eq!(block_number(&bytes[audio + offset as usize..]) * block, sample);
            points.push(sample);
        }
        assert_eq!(points[0], 0);
        assert!(points.is_sorted_by(|a, b| a < b));
        assert!(points.len() >= 5 && points.len() <= 128, "{list}");
        let largest = points.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
        assert!(largest <= (frames as u64 / 63).max(u64::from(rate)) + block, "{list}");
        assert!(frames as u64 - points.last().unwrap() <= largest + block);
        assert_exact(&path);
    }
    // A file without frames has a table as well, of a placeholder.
    let path = scratch.file("empty.flac");
    write(&path, &options(44_100, 2, 16, 5), &[]);
    assert!(metaflac(&["--list", "--block-type=SEEKTABLE"], &path).contains("PLACEHOLDER"));
    let info = metaflac(&["--show-total-samples", "--show-md5sum", "--show-min-framesize"], &path);
    // The MD5 of nothing.
    assert_eq!(info.split_whitespace().collect::<Vec<_>>(), ["0", "d41d8cd98f00b204e9800998ecf8427e", "0"]);
}

#[test]
fn threads_and_targets_do_not_change_the_bytes() {
    let scratch = Scratch::new("threads");
    for (level, bits, channels) in [(0, 16, 2), (1, 16, 2), (4, 24, 2), (5, 16, 2), (8, 24, 2), (5, 16, 5)] {
        for frames in [1, 4096, 30_000, 200_000] {
            let samples = signal(frames, channels, bits);
            let one = in_memory(&options(44_100, channels, bits, level), &samples);
            for threads in [2, 4, 300] {
                let options = WriteOptions { threads, ..options(44_100, channels, bits, level) };
                assert!(in_memory(&options, &samples) == one, "level {level}, {frames} frames, {threads} threads");
            }
            let path = scratch.file("a.flac");
            write(&path, &options(44_100, channels, bits, level), &samples);
            assert!(fs::read(&path).unwrap() == one);
        }
    }
}

#[test]
fn speakers_that_are_not_the_usual_ones_are_told() {
    let scratch = Scratch::new("mask");
    let path = scratch.file("a.flac");
    let samples = signal(3000, 4, 16);
    // Front left, right and centre, back centre.
    let options = WriteOptions { channel_mask: 0x107, ..options(44_100, 4, 16, 5) };
    write(&path, &options, &samples);
    let tag = metaflac(&["--show-tag=WAVEFORMATEXTENSIBLE_CHANNEL_MASK"], &path);
    assert_eq!(tag.trim(), "WAVEFORMATEXTENSIBLE_CHANNEL_MASK=0x107");
    assert_eq!(open(&path).description().channel_mask, 0x107);
    assert!(load::<i32>(&path) == samples);

    let usual = WriteOptions { channel_mask: 0, ..options };
    write(&path, &usual, &samples);
    assert_eq!(metaflac(&["--show-tag=WAVEFORMATEXTENSIBLE_CHANNEL_MASK"], &path), "");
    assert_eq!(open(&path).description().channel_mask, 0x33);
}

#[test]
fn tags_and_pictures_are_blocks_of_their_own() {
    let scratch = Scratch::new("tags");
    let path = scratch.file("a.flac");
    let mut tags = Tags::new();
    tags.set("title", "Ondes Martenot").unwrap();
    tags.add("artist", "Été").unwrap();
    tags.add("artist", "Ørjan").unwrap();
    // From a file with other speakers.
    tags.add("WAVEFORMATEXTENSIBLE_CHANNEL_MASK", "0x107").unwrap();
    let image = vec![7; 70_000];
    tags.add_picture(Picture {
        kind: PictureKind::FrontCover,
        mime: "image/png".into(),
        description: "cover".into(),
        data: image.clone(),
    });
    let samples = signal(9000, 2, 16);
    let options = WriteOptions { tags: Some(Arc::new(tags)), ..options(44_100, 2, 16, 5) };
    write(&path, &options, &samples);
    let shown = metaflac(&["--export-tags-to=-", "--no-utf8-convert"], &path);
    assert_eq!(shown.lines().collect::<Vec<_>>(), ["TITLE=Ondes Martenot", "ARTIST=Été", "ARTIST=Ørjan"]);
    let picture = scratch.file("cover");
    metaflac(&[&format!("--export-picture-to={}", picture.display())], &path);
    assert_eq!(fs::read(&picture).unwrap(), image);
    assert_flac_accepts(std::slice::from_ref(&path));
    assert!(load::<i32>(&path) == samples);
    let read = Tags::open(&path).unwrap();
    assert_eq!(read.get("title"), Some("Ondes Martenot"));
    assert_eq!(read.pictures()[0].data, image);
}

#[test]
fn a_full_disk_is_told() {
    let device = Path::new("/dev/full");
    if !device.exists() {
        return;
    }
    for threads in [1, 4] {
        let options = WriteOptions { threads, ..options(44_100, 2, 16, 5) };
        let mut writer = Writer::create(device, &options).unwrap();
        let samples = signal(400_000, 2, 16);
        let mut done = writer.write(Frames::new(&samples, 2, Layout::Interleaved));
        if done.is_ok() {
            done = writer.finish();
        }
        assert_eq!(done.unwrap_err().kind(), ErrorKind::NoSpace);
        assert_eq!(writer.finish().unwrap_err().kind(), ErrorKind::NoSpace);
    }
}

/// A stream that keeps what it is given, and fails when it has had so much.
#[derive(Clone)]
struct Pipe {
    given: Arc<Mutex<Vec<u8>>>,
    limit: usize,
}

impl Pipe {
    fn new(limit: usize) -> Self {
        Self { given: Arc::default(), limit }
    }

    fn given(&self) -> usize {
        self.given.lock().unwrap().len()
    }
}

impl Outlet for Pipe {
    fn write(&mut self, src: &[u8]) -> Result<()> {
        let mut given = self.given.lock().unwrap();
        if given.len() + src.len() > self.limit {
            return Err(Error::new(ErrorKind::Callback, "the pipe is full"));
        }
        given.extend_from_slice(src);
        Ok(())
    }

    fn seek(&mut self, _: u64) -> Result<()> {
        Err(Error::new(ErrorKind::Callback, "a pipe was asked to seek"))
    }

    fn is_seekable(&self) -> bool {
        false
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

#[test]
fn a_failing_target_is_told_in_time_whatever_the_threads() {
    let samples = signal(400_000, 2, 16);
    for threads in [1, 2, 4] {
        for limit in [0, 70_000, 300_000] {
            let options = WriteOptions { threads, ..options(44_100, 2, 16, 5) };
            let mut writer = Writer::to_outlet(Box::new(Pipe::new(limit)), "", &options).unwrap();
            let mut done = Ok(());
            for chunk in samples.chunks(10_000) {
                done = done.and_then(|()| writer.write(Frames::new(chunk, 2, Layout::Interleaved)));
            }
            let error = done.and_then(|()| writer.finish()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Callback);
            assert!(error.message().contains("the pipe is full"), "{error}");
            assert!(writer.finish().unwrap_err().message().contains("the pipe is full"));
        }
    }
}

#[test]
fn a_pipe_gets_a_valid_stream_of_unknown_length() {
    let scratch = Scratch::new("pipe");
    let samples = signal(200_000, 2, 16);
    let pipe = Pipe::new(usize::MAX);
    let options = options(44_100, 2, 16, 5);
    let mut writer = Writer::to_outlet(Box::new(pipe.clone()), "", &options).unwrap();
    append(&mut writer, &options, &samples);
    let error = writer.flush().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    append(&mut writer, &options, &samples);
    writer.finish().unwrap();

    let path = scratch.file("a.flac");
    fs::write(&path, &*pipe.given.lock().unwrap()).unwrap();
    let twice = [&samples[..], &samples].concat();
    assert!(load::<i32>(&path) == twice);
    assert!(flac_decodes(&path, 16) == twice);
    assert!(ffmpeg_s32(&path) == twice);
    assert_eq!(metaflac(&["--show-total-samples"], &path).trim(), "0");
    assert_eq!(metaflac(&["--list", "--block-type=SEEKTABLE"], &path), "");
}

#[test]
fn what_is_held_back_does_not_grow() {
    // Ten minutes of noise, which takes as many bytes as it has: what was not
    // handed out yet is held by somebody.
    let noise: Vec<i32> = {
        let mut random = Random(7);
        (0..88_200).map(|_| (random.below(1 << 16) as i32) << 16).collect()
    };
    for threads in [1, 3] {
        let pipe = Pipe::new(usize::MAX);
        let options = WriteOptions { threads, ..options(44_100, 2, 16, 0) };
        let mut writer = Writer::to_outlet(Box::new(pipe.clone()), "", &options).unwrap();
        let mut taken = 0;
        for _ in 0..600 {
            append(&mut writer, &options, &noise);
            taken += noise.len() * 2;
            assert!(pipe.given() + (1 << 20) > taken, "{} of {taken} bytes", pipe.given());
        }
        writer.finish().unwrap();
    }
}
