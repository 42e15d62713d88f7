//! Writing WAV, AIFF and CAF: every sample format, every kind of target, and
//! what is left of a file whose writer was killed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use ondes::audio::cancel::Cancel;
use ondes::audio::codec::Length;
use ondes::audio::encode::WriteOptions;
use ondes::audio::frames::{Frames, Layout};
use ondes::audio::reader::{ReadOptions, Reader};
use ondes::audio::sample::SampleFormat::{self, F32, F64, I8, I16, I24, I32, U8};
use ondes::audio::sample::{PcmCoding, Sample};
use ondes::audio::sink::Outlet;
use ondes::audio::source::Callbacks;
use ondes::audio::tags::Tags;
use ondes::audio::writer::Writer;
use ondes::audio::{Error, ErrorKind, Result};

use super::common::{Random, Scratch, assert_exact, ffmpeg_s32, load};

/// Formats with the samples that their files hold.
const FORMATS: &[(&str, &[SampleFormat])] = &[
    ("wav", &[U8, I16, I24, I32, F32, F64]),
    ("aiff", &[I8, I16, I24, I32, F32, F64]),
    ("caf", &[I8, I16, I24, I32, F32, F64]),
];

fn options(format: &str, sample_format: SampleFormat, channels: u32) -> WriteOptions {
    let (format, sample_format) = (Some(format.to_owned()), Some(sample_format));
    WriteOptions { format, sample_format, rate: 48_000, channels, ..WriteOptions::default() }
}

/// Random samples of full scale that `format` holds without loss.
fn noise(format: SampleFormat, samples: usize) -> Vec<i32> {
    // A 32-bit float has 24 bits.
    let bits = if format == F32 { 24 } else { format.bits().min(32) };
    let mut random = Random(0x5eed + u64::from(bits));
    (0..samples).map(|_| ((random.below(1 << 32) as u32) >> (32 - bits) << (32 - bits)) as i32).collect()
}

fn encode<S: Sample>(options: &WriteOptions, samples: &[S], layout: Layout) -> Vec<u8> {
    let mut writer = Writer::in_memory(options).unwrap();
    writer.write(Frames::new(samples, options.channels as usize, layout)).unwrap();
    writer.finish().unwrap();
    writer.take_bytes().unwrap()
}

/// All samples of a file in memory, interleaved.
fn decode<S: Sample>(bytes: &[u8]) -> Vec<S> {
    let mut reader = Reader::from_memory(Arc::new(bytes.to_vec()), &ReadOptions::default()).unwrap();
    assert_eq!(reader.warnings().list(), [], "no warnings");
    reader.load::<S>(Layout::Interleaved, &Cancel::new()).unwrap().samples::<S>().unwrap().to_vec()
}

fn planes<S: Sample>(interleaved: &[S], channels: usize) -> Vec<S> {
    (0..channels).flat_map(|c| interleaved.iter().skip(c).step_by(channels).copied()).collect()
}

/// What SoX decodes, as left-justified 32-bit integers.
fn sox_s32(path: &Path) -> Vec<i32> {
    let output = Command::new("sox")
        .arg(path)
        .args(["-t", "s32", "-L", "-"])
        .stderr(Stdio::null())
        .output()
        .expect("sox (Debian package sox) runs");
    assert!(output.status.success(), "sox decodes {}", path.display());
    output.stdout.as_chunks::<4>().0.iter().map(|b| i32::from_le_bytes(*b)).collect()
}

#[test]
fn every_format_reads_back_bit_for_bit() {
    let scratch = Scratch::new("matrix");
    for &(format, sample_formats) in FORMATS {
        for &sample_format in sample_formats {
            for channels in [1, 2, 3, 6, 8] {
                let options = options(format, sample_format, channels);
                let what = format!("{format} {} {channels}", sample_format.name());
                let samples = noise(sample_format, 577 * channels as usize);
                let bytes = encode(&options, &samples, Layout::Interleaved);
                let planar = encode(&options, &planes(&samples, channels as usize), Layout::Planar);
                assert!(bytes == planar, "{what}: the same file from planes");
                assert!(decode::<i32>(&bytes) == samples, "{what}");
                let path = scratch.file(&format!("a.{format}"));
                std::fs::write(&path, &bytes).unwrap();
                assert!(ffmpeg_s32(&path) == samples, "{what}: ffmpeg");
                // SoX scales floats in CAF wrongly, FFmpeg's too.
                if format != "caf" || !sample_format.is_float() {
                    assert!(sox_s32(&path) == samples, "{what}: sox");
                }
                let reader = Reader::open(&path, &ReadOptions::default()).unwrap();
                let description = reader.description();
                assert_eq!((description.rate, description.channels), (48_000, channels), "{what}");
                assert_eq!(description.sample_format, sample_format, "{what}");
                let mask = [0, 0x4, 0x3, 0x7, 0, 0, 0x3f, 0, 0x63f][channels as usize];
                assert_eq!(description.channel_mask, mask, "{what}");
            }
        }
    }
}

#[test]
fn windows_and_odd_writes_are_exact() {
    let scratch = Scratch::new("exact");
    for (format, sample_format, channels) in [("wav", I24, 2), ("wav", U8, 3), ("aiff", I16, 2), ("caf", F64, 5)] {
        let options = options(format, sample_format, channels);
        let samples = noise(sample_format, 100_003 * channels as usize);
        let path = scratch.file(&format!("b.{format}"));
        let mut writer = Writer::create(&path, &options).unwrap();
        let (mut rest, mut random) = (samples.as_slice(), Random(7));
        while !rest.is_empty() {
            let n = (random.below(40_000) as usize * channels as usize).min(rest.len());
            writer.write(Frames::new(&rest[..n], channels as usize, Layout::Interleaved)).unwrap();
            if random.below(3) == 0 {
                writer.flush().unwrap();
            }
            rest = &rest[n..];
        }
        writer.finish().unwrap();
        assert!(std::fs::read(&path).unwrap() == encode(&options, &samples, Layout::Interleaved), "{format}");
        assert_exact(&path);
        assert!(load::<i32>(&path) == samples);
    }
}

/// The samples of a WAV file of one channel, as it holds them.
fn stored<S: Sample>(to: SampleFormat, samples: &[S]) -> Vec<u8> {
    let bytes = encode(&options("wav", to, 1), samples, Layout::Interleaved);
    let (header, size) = (bytes.len() - samples.len() * to.size(), samples.len() * to.size());
    // Without the pad byte.
    let header = header - (size % 2);
    bytes[header..header + size].to_vec()
}

#[test]
fn conversions_are_those_of_the_design() {
    // Float to integer: times 2^(n-1), to the nearest, ties to even, clipped; NaN is silence.
    let step = 1.0 / 32_768.0;
    let floats = [0.5, -0.5, 1.0, -1.0, 1.5, -1.5, 0.3, -0.3, 0.5 * step, 1.5 * step, -0.5 * step, -2.5 * step];
    let expected = [16_384, -16_384, 32_767, -32_768, 32_767, -32_768, 9830, -9830, 0, 2, 0, -2];
    let expected: Vec<u8> = expected.iter().flat_map(|v: &i16| v.to_le_bytes()).collect();
    assert_eq!(stored(I16, &floats), expected);
    assert_eq!(stored(I16, &floats.map(|v| v as f32)), expected);
    let edges = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, -0.0];
    assert_eq!(stored(I16, &edges), [0, 0, 0xff, 0x7f, 0, 0x80, 0xff, 0x7f, 0, 0]);
    assert_eq!(stored(U8, &edges), [0x80, 0xff, 0, 0xff, 0x80]);
    assert_eq!(stored(I24, &edges[..3]), [0, 0, 0, 0xff, 0xff, 0x7f, 0, 0, 0x80]);
    assert_eq!(stored(I32, &edges[..3]), [0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0x80]);
    assert_eq!(stored(U8, &[0.5f32, -0.5, 0.99]), [0xc0, 0x40, 0xff]);

    // Integer to integer: zero bits are appended, low bits dropped.
    assert_eq!(stored(I16, &[1i8, -1, i8::MIN]), [0, 1, 0, 0xff, 0, 0x80]);
    assert_eq!(stored(I24, &[-1i16]), [0, 0xff, 0xff]);
    assert_eq!(stored(I16, &[65_535i32, -1, 65_536]), [0, 0, 0xff, 0xff, 1, 0]);
    assert_eq!(stored(U8, &[0i8, 127, -128]), [128, 255, 0]);

    // Integer to float: divided by 2^(n-1).
    let floats = |values: [f32; 3]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<_>>();
    assert_eq!(stored(F32, &[i16::MIN, 16_384, 1]), floats([-1.0, 0.5, 1.0 / 32_768.0]));
    assert_eq!(stored(F32, &[i32::MIN, i32::MAX, 1 << 30]), floats([-1.0, 1.0, 0.5]));
    assert_eq!(stored(F64, &[i32::MAX]), (1.0 - 0.5f64.powi(31)).to_le_bytes());

    // Float to float: whatever it is.
    let odd = [f32::from_bits(0x7fc1_2345), f32::NEG_INFINITY, 7.5];
    assert_eq!(stored(F32, &odd), floats(odd));
    assert_eq!(stored(F64, &[-7.5f32]), (-7.5f64).to_le_bytes());
    assert_eq!(stored(F32, &[f64::MAX, 0.0, 0.0]), floats([f32::INFINITY, 0.0, 0.0]));
}

#[test]
fn no_frame_and_one_frame() {
    let scratch = Scratch::new("short");
    for &(format, sample_formats) in FORMATS {
        for &sample_format in sample_formats {
            for channels in [1, 3] {
                let options = options(format, sample_format, channels);
                let mut writer = Writer::in_memory(&options).unwrap();
                writer.finish().unwrap();
                assert_eq!(decode::<i32>(&writer.take_bytes().unwrap()), [0; 0], "{format}");
                let samples = noise(sample_format, channels as usize);
                let bytes = encode(&options, &samples, Layout::Planar);
                assert_eq!(decode::<i32>(&bytes), samples, "{format}");
                let path = scratch.file(&format!("one.{format}"));
                std::fs::write(&path, &bytes).unwrap();
                assert_eq!(ffmpeg_s32(&path), samples, "{format}: ffmpeg");
            }
        }
    }
}

#[test]
fn channels_by_the_hundred() {
    for &(format, _) in FORMATS {
        for channels in [9, 255, 1024] {
            let options = options(format, F64, channels);
            let samples: Vec<f64> = (0..channels * 5).map(|i| f64::from(i) / 8192.0).collect();
            let bytes = encode(&options, &samples, Layout::Interleaved);
            assert_eq!(decode::<f64>(&bytes), samples, "{format} {channels}");
        }
    }
    // 1024 channels of 8 bytes in the block align of 16 bits.
    let bytes = encode(&options("wav", F64, 1024), &[0.0f64; 1024], Layout::Interleaved);
    let format = bytes.windows(4).position(|w| w == b"fmt ").unwrap();
    assert_eq!(bytes[format + 20..format + 22], 8192u16.to_le_bytes());
}

#[test]
fn rates_to_the_limit() {
    for &(format, _) in FORMATS {
        for rate in [1, 7999, 44_100, 12_345_679, 50_000_000] {
            let options = WriteOptions { rate, ..options(format, I16, 1) };
            let bytes = encode(&options, &[1i16, 2, 3], Layout::Interleaved);
            let reader = Reader::from_memory(Arc::new(bytes), &ReadOptions::default()).unwrap();
            assert_eq!(reader.description().rate, rate, "{format}");
            assert_eq!(reader.warnings().list(), [], "{format}");
        }
        let options = WriteOptions { rate: 50_000_001, ..options(format, I16, 1) };
        assert_eq!(Writer::in_memory(&options).err().unwrap().kind(), ErrorKind::InvalidArgument);
    }
}

#[test]
fn speakers_are_kept() {
    for &(format, _) in FORMATS {
        for (channels, channel_mask) in [(1, 0x8), (2, 0x30), (4, 0x107), (6, 0x60f)] {
            let options = WriteOptions { channel_mask, ..options(format, I16, channels) };
            let bytes = encode(&options, &vec![0i16; 4 * channels as usize], Layout::Interleaved);
            let reader = Reader::from_memory(Arc::new(bytes), &ReadOptions::default()).unwrap();
            assert_eq!(reader.description().channel_mask, channel_mask, "{format}");
        }
    }
}

/// A target that keeps the start of a file and counts the rest.
#[derive(Default)]
struct Kept {
    start: Vec<u8>,
    position: u64,
    size: u64,
    flushes: u32,
}

struct Counting {
    kept: Arc<Mutex<Kept>>,
    is_seekable: bool,
    /// Calls before one fails.
    calls_left: u32,
}

impl Counting {
    fn new(is_seekable: bool) -> (Box<Self>, Arc<Mutex<Kept>>) {
        let kept = Arc::new(Mutex::new(Kept::default()));
        (Box::new(Self { kept: Arc::clone(&kept), is_seekable, calls_left: u32::MAX }), kept)
    }

    fn call(&mut self) -> Result<()> {
        self.calls_left = self.calls_left.checked_sub(1).ok_or_else(|| Error::new(ErrorKind::Callback, "enough"))?;
        Ok(())
    }
}

const KEPT: u64 = 1 << 20;

impl Outlet for Counting {
    fn write(&mut self, src: &[u8]) -> Result<()> {
        self.call()?;
        let mut kept = self.kept.lock().unwrap();
        let at = kept.position;
        if at < KEPT {
            let n = (src.len() as u64).min(KEPT - at) as usize;
            let end = at as usize + n;
            let size = kept.start.len().max(end);
            kept.start.resize(size, 0);
            kept.start[at as usize..end].copy_from_slice(&src[..n]);
        }
        kept.position += src.len() as u64;
        kept.size = kept.size.max(kept.position);
        Ok(())
    }

    fn seek(&mut self, position: u64) -> Result<()> {
        self.call()?;
        assert!(self.is_seekable, "never asked to");
        self.kept.lock().unwrap().position = position;
        Ok(())
    }

    fn is_seekable(&self) -> bool {
        self.is_seekable
    }

    fn flush(&mut self) -> Result<()> {
        self.call()?;
        self.kept.lock().unwrap().flushes += 1;
        Ok(())
    }
}

/// Opens the file of which `kept` has the start: the rest is zeros that no disk holds.
fn sparse(kept: &Kept, path: &Path) -> Reader {
    std::fs::write(path, &kept.start).unwrap();
    std::fs::OpenOptions::new().write(true).open(path).unwrap().set_len(kept.size).unwrap();
    let reader = Reader::open(path, &ReadOptions::default()).unwrap();
    assert_eq!(reader.warnings().list(), []);
    reader
}

#[test]
fn wav_becomes_rf64_past_4_gib() {
    let scratch = Scratch::new("rf64");
    let path = scratch.file("large.wav");
    let (outlet, kept) = Counting::new(true);
    let mut writer = Writer::to_outlet(outlet, "", &options("wav", F64, 64)).unwrap();
    let block = vec![0.25f64; 64 << 17];
    let frames = (block.len() / 64) as u64;
    for _ in 0..63 {
        writer.write(Frames::new(&block, 64, Layout::Interleaved)).unwrap();
    }
    writer.flush().unwrap();
    let reader = sparse(&kept.lock().unwrap(), &path);
    assert_eq!(reader.description().container.name(), "WAV");
    assert_eq!(reader.length(), Length::Exact(63 * frames));
    for _ in 0..2 {
        writer.write(Frames::new(&block, 64, Layout::Interleaved)).unwrap();
    }
    writer.flush().unwrap();
    assert_eq!(sparse(&kept.lock().unwrap(), &path).length(), Length::Exact(65 * frames));
    writer.write(Frames::new(&block[..64], 64, Layout::Interleaved)).unwrap();
    writer.finish().unwrap();
    let kept = kept.lock().unwrap();
    assert!(kept.size > 1 << 32);
    let mut reader = sparse(&kept, &path);
    assert_eq!(reader.description().container.name(), "RF64");
    assert_eq!(reader.length(), Length::Exact(65 * frames + 1));
    reader.seek(65 * frames - 1).unwrap();
    let probe = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).arg(&path).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let entries = ["-v", "error", "-show_entries", "stream=duration_ts", "-of", "csv=p=0"];
    assert_eq!(probe("ffprobe", &entries), (65 * frames + 1).to_string());
}

#[test]
fn an_unfinished_wav_file_is_read_past_4_gib() {
    let scratch = Scratch::new("unfinished");
    let (outlet, kept) = Counting::new(true);
    let mut writer = Writer::to_outlet(outlet, "", &options("wav", U8, 1)).unwrap();
    let block = vec![7u8; 64 << 20];
    for _ in 0..66 {
        writer.write(Frames::new(&block, 1, Layout::Interleaved)).unwrap();
    }
    let kept = kept.lock().unwrap();
    assert!(kept.size > 1 << 32);
    let Length::Exact(frames) = sparse(&kept, &scratch.file("large.wav")).length() else {
        panic!("the length of a file is known");
    };
    assert!(frames > 65 << 26, "all but what the writer still holds: {frames}");
}

#[test]
fn aiff_ends_at_4_gib() {
    let scratch = Scratch::new("aiff-end");
    let path = scratch.file("large.aiff");
    let (outlet, kept) = Counting::new(true);
    let mut writer = Writer::to_outlet(outlet, "", &options("aiff", F64, 64)).unwrap();
    let block = vec![0.25f64; 64 << 17];
    for _ in 0..63 {
        writer.write(Frames::new(&block, 64, Layout::Interleaved)).unwrap();
    }
    let error = writer.write(Frames::new(&block, 64, Layout::Interleaved)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    // What still fits is still taken.
    let most = error.message().split_whitespace().find_map(|word| word.parse::<u64>().ok()).unwrap();
    let rest = (most - writer.position()) as usize * 64;
    writer.write(Frames::new(&block[..rest], 64, Layout::Interleaved)).unwrap();
    writer.write(Frames::new(&block[..64], 64, Layout::Interleaved)).unwrap_err();
    writer.finish().unwrap();
    let kept = kept.lock().unwrap();
    assert!((1 << 32) - 1024 < kept.size && kept.size < (1 << 32) + 8);
    assert_eq!(sparse(&kept, &path).length(), Length::Exact(most));
}

/// Bytes that come forward only.
struct Pipe(Vec<u8>, usize);

impl Callbacks for Pipe {
    fn read(&mut self, dst: &mut [u8]) -> Result<usize> {
        let n = dst.len().min(self.0.len() - self.1).min(1000);
        dst[..n].copy_from_slice(&self.0[self.1..self.1 + n]);
        self.1 += n;
        Ok(n)
    }

    fn seek(&mut self, _: u64) -> Result<()> {
        Err(Error::new(ErrorKind::NotSeekable, "a pipe"))
    }

    fn is_seekable(&self) -> bool {
        false
    }

    fn size(&mut self) -> Result<Option<u64>> {
        Ok(None)
    }
}

#[test]
fn targets_that_cannot_go_back() {
    let scratch = Scratch::new("pipe");
    for &(format, sample_formats) in FORMATS {
        for &sample_format in sample_formats {
            // One that fits into the buffer, and so has its sizes, and one that does not.
            for frames in [5, 200_001] {
                let (outlet, kept) = Counting::new(false);
                let mut writer = Writer::to_outlet(outlet, "", &options(format, sample_format, 1)).unwrap();
                let samples = noise(sample_format, frames);
                let (head, tail) = samples.split_at(frames / 2);
                writer.write(Frames::new(head, 1, Layout::Interleaved)).unwrap();
                if frames > 5 {
                    writer.flush().unwrap();
                    assert_eq!(kept.lock().unwrap().flushes, 1);
                    assert!(decode::<i32>(&kept.lock().unwrap().start) == head, "{format}: what was flushed");
                }
                writer.write(Frames::new(tail, 1, Layout::Interleaved)).unwrap();
                writer.finish().unwrap();
                let bytes = kept.lock().unwrap().start.clone();
                if bytes.len() as u64 == KEPT {
                    continue;
                }
                let what = format!("{format} {} {frames}", sample_format.name());
                assert!(decode::<i32>(&bytes) == samples, "{what}");
                let pipe = Box::new(Pipe(bytes.clone(), 0));
                let mut reader = Reader::from_callbacks(pipe, "", &ReadOptions::default()).unwrap();
                let audio = reader.load::<i32>(Layout::Interleaved, &Cancel::new()).unwrap();
                assert!(audio.samples::<i32>().unwrap() == samples, "{what}: from a pipe");
                assert_eq!(reader.warnings().list(), [], "{what}: from a pipe");
                let path = scratch.file(&format!("p.{format}"));
                std::fs::write(&path, &bytes).unwrap();
                assert!(ffmpeg_s32(&path) == samples, "{what}: ffmpeg");
                // SoX reads CAF with libsndfile, which refuses an unknown size.
                if format != "caf" {
                    assert!(sox_s32(&path) == samples, "{what}: sox");
                }
            }
        }
    }
}

#[test]
fn callbacks_that_fail_at_any_call() {
    for &(format, _) in FORMATS {
        let samples = noise(I24, 300_000);
        for calls_left in 0.. {
            let (mut outlet, _) = Counting::new(true);
            outlet.calls_left = calls_left;
            let mut writer = match Writer::to_outlet(outlet, "stream", &options(format, I24, 1)) {
                Ok(writer) => writer,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Callback);
                    continue;
                }
            };
            let mut run = || {
                writer.write(Frames::new(&samples, 1, Layout::Interleaved))?;
                writer.flush()?;
                writer.write(Frames::new(&samples, 1, Layout::Interleaved))?;
                writer.finish()
            };
            match run() {
                Ok(()) => {
                    assert!(calls_left > 5, "there were calls to fail");
                    break;
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Callback, "{error}");
                    let again = writer.finish().unwrap_err();
                    assert!(again.message().contains("nothing more can be done"), "{again}");
                    assert!(!writer.is_finished());
                }
            }
        }
    }
}

/// What the writing child of a test is to do: `format:directory:flush`.
const CHILD: &str = "ONDES_TEST_WRITING_CHILD";

/// The samples that the child writes, from frame `start` on.
fn child_samples(start: u64, frames: usize) -> Vec<i16> {
    (start..).take(frames).map(|i| (i.wrapping_mul(0x9e37_79b9) >> 8) as i16).collect()
}

/// Not a test: what the tests below run as a process of its own.
#[test]
fn writing_child() {
    let Ok(task) = std::env::var(CHILD) else {
        return;
    };
    let (format, rest) = task.split_once(':').unwrap();
    let (flush, path) = rest.split_once(':').unwrap();
    let mut writer = Writer::create(Path::new(path), &options(format, I16, 1)).unwrap();
    println!("open");
    for _ in 0..200_000 {
        let samples = child_samples(writer.position(), 3001);
        if let Err(error) = writer.write(Frames::new(&samples, 1, Layout::Interleaved)) {
            println!("{:?}", error.kind());
            std::process::exit(3);
        }
        if flush == "flush" {
            writer.flush().unwrap();
            println!("{}", writer.position());
        }
    }
}

fn child(format: &str, flush: &str, path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "write_pcm::writing_child", "--nocapture", "--test-threads=1"])
        .env(CHILD, format!("{format}:{flush}:{}", path.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

#[test]
fn a_killed_process_leaves_what_it_flushed() {
    let scratch = Scratch::new("killed");
    for &(format, _) in FORMATS {
        for round in 0..4 {
            let path = scratch.file(&format!("k{round}.{format}"));
            let mut process = child(format, "flush", &path).spawn().unwrap();
            let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(std::result::Result::ok);
            assert!(lines.any(|line| line.ends_with("open")));
            std::thread::sleep(std::time::Duration::from_millis(7 + 23 * round));
            process.kill().unwrap();
            process.wait().unwrap();
            let flushed: usize = lines.filter_map(|line| line.parse().ok()).last().unwrap();
            let expected = child_samples(0, flushed + 3001);
            let is_whole = |decoded: &[i32], what: &str| {
                let decoded: Vec<i16> = decoded.iter().map(|v| (v >> 16) as i16).collect();
                assert!(decoded.len() >= flushed, "{format}, {what}: {} of {flushed} frames", decoded.len());
                assert!(decoded[..flushed] == expected[..flushed], "{format}, {what}");
            };
            is_whole(&load::<i32>(&path), "ours");
            is_whole(&ffmpeg_s32(&path), "ffmpeg");
            is_whole(&sox_s32(&path), "sox");
        }
    }
}

#[test]
fn a_killed_process_that_never_flushed_leaves_what_it_gave_away() {
    let scratch = Scratch::new("killed-early");
    for &(format, _) in FORMATS {
        let path = scratch.file(&format!("e.{format}"));
        let mut process = child(format, "never", &path).spawn().unwrap();
        while std::fs::metadata(&path).map_or(0, |file| file.len()) < 1 << 20 {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        process.kill().unwrap();
        process.wait().unwrap();
        let mut decoded = vec![load::<i32>(&path), ffmpeg_s32(&path)];
        // SoX reads CAF with libsndfile, which refuses an unknown size.
        if format != "caf" {
            decoded.push(sox_s32(&path));
        }
        for decoded in decoded {
            let decoded: Vec<i16> = decoded.iter().map(|v| (v >> 16) as i16).collect();
            assert!(decoded.len() >= 1 << 18, "{format}: {} frames", decoded.len());
            assert!(decoded == child_samples(0, decoded.len()), "{format}");
        }
    }
}

#[test]
fn a_file_at_its_size_limit_is_told() {
    let scratch = Scratch::new("limit");
    let path = scratch.file("l.wav");
    let child = child("wav", "never", &path);
    // A process is ended by the signal of this limit unless it is ignored.
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 1000; exec \"$@\"", "sh"]).arg(child.get_program());
    shell.args(child.get_args()).env(CHILD, format!("wav:never:{}", path.display()));
    let output = shell.output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(told.contains("NoSpace") || told.contains("Io"), "{told}");
    assert!(load::<i16>(&path).len() > 200_000);
}

#[test]
fn tags_stand_before_the_samples() {
    let scratch = Scratch::new("tags");
    let mut tags = Tags::new();
    for (key, value) in [("title", "Ondes"), ("artist", "A. Nonyme"), ("comment", "odd"), ("album", "Été")] {
        tags.set(key, value).unwrap();
    }
    let tags = Arc::new(tags);
    for &(format, sample_formats) in FORMATS {
        for &sample_format in sample_formats {
            let options = WriteOptions { tags: Some(Arc::clone(&tags)), ..options(format, sample_format, 2) };
            let samples = noise(sample_format, 30_002);
            let path = scratch.file(&format!("t.{format}"));
            let mut writer = Writer::create(&path, &options).unwrap();
            for piece in samples.chunks(15_001 * 2 / 3 * 2) {
                writer.write(Frames::new(piece, 2, Layout::Interleaved)).unwrap();
                writer.flush().unwrap();
            }
            writer.finish().unwrap();
            assert!(load::<i32>(&path) == samples, "{format}");
            assert!(ffmpeg_s32(&path) == samples, "{format}: ffmpeg");
            let read = Tags::open(&path).unwrap();
            for tag in tags.items() {
                assert_eq!(read.get(tag.key()), Some(tag.value()), "{format}");
            }
            let entries = ["-v", "error", "-show_entries", "format_tags=title,artist", "-of", "csv=p=0"];
            let output = Command::new("ffprobe").args(entries).arg(&path).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), "Ondes,A. Nonyme", "{format}");
            if format != "aiff" {
                let header = std::fs::metadata(&path).unwrap().len() as usize - samples.len() * sample_format.size();
                assert_eq!(header % 16, 0, "{format}: samples are aligned");
            }
        }
    }
}

#[test]
fn codings_are_told() {
    for (format, sample_format, coding) in
        [("wav", U8, PcmCoding::U8), ("aiff", F32, PcmCoding::F32Be), ("caf", I24, PcmCoding::S24Le)]
    {
        let bytes = encode(&options(format, sample_format, 1), &[0i16; 3], Layout::Interleaved);
        let reader = Reader::from_memory(Arc::new(bytes), &ReadOptions::default()).unwrap();
        assert_eq!(reader.description().codec, ondes::audio::codec::Codec::Pcm(coding));
    }
}
