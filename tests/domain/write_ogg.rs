//! Writing Ogg Vorbis and Ogg Opus: exact lengths, order of channels, quality, pages, failures.

use std::f64::consts::TAU;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use ondes::audio::cancel::Cancel;
use ondes::audio::codec::Length;
use ondes::audio::encode::{WriteOptions, by_name};
use ondes::audio::frames::{Frames, Layout};
use ondes::audio::reader::{ReadOptions, Reader};
use ondes::audio::sink::Outlet;
use ondes::audio::tags::{Picture, PictureKind, Tags};
use ondes::audio::writer::Writer;
use ondes::audio::{Error, ErrorKind, Result};

use super::common::{Random, Scratch, assert_exact, data, ffmpeg, load};

fn options(format: &str, rate: u32, channels: u32, quality: &str) -> WriteOptions {
    WriteOptions { format: Some(format.into()), rate, channels, quality: Some(quality.into()), ..Default::default() }
}

fn encode(options: &WriteOptions, samples: &[f32]) -> Vec<u8> {
    let mut writer = Writer::in_memory(options).unwrap_or_else(|e| panic!("{e}"));
    writer.write(Frames::new(samples, options.channels as usize, Layout::Interleaved)).unwrap();
    writer.finish().unwrap();
    writer.take_bytes().unwrap()
}

/// A chord with some noise, another one in every channel.
fn chord(frames: usize, channels: usize, rate: u32) -> Vec<f32> {
    let mut random = Random(7);
    let mut samples = Vec::with_capacity(frames * channels);
    for n in 0..frames {
        for channel in 0..channels {
            let at = n as f64 * TAU / f64::from(rate);
            let base = f64::from(rate) / 100.0 * (1.0 + channel as f64 / channels as f64);
            let noise = random.below(1000) as f64 / 1000.0 - 0.5;
            let tones = (at * base).sin() + (at * base * 2.52).sin() + (at * base * 6.07).sin();
            samples.push((0.2 * tones + 0.02 * noise) as f32);
        }
    }
    samples
}

fn run(program: &str, arguments: &[&Path]) -> Option<Vec<u8>> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(if output.stderr.is_empty() { &output.stdout } else { &output.stderr });
    assert!(output.status.success(), "{program} {arguments:?}: {text}");
    Some(output.stdout)
}

/// What the codec's own command decodes, where it is installed.
fn reference(path: &Path, out: &Path) -> Option<Vec<f32>> {
    let (program, arguments): (_, &[&Path]) = if path.extension().unwrap() == "ogg" {
        ("oggdec", &["-Q".as_ref(), "-o".as_ref(), out, path])
    } else {
        ("opusdec", &["--quiet".as_ref(), "--float".as_ref(), "--rate".as_ref(), "48000".as_ref(), path, out])
    };
    run(program, arguments)?;
    Some(load(out))
}

/// The checker of the format finds nothing to complain about, where it is installed.
fn assert_valid(path: &Path) {
    let program = if path.extension().unwrap() == "ogg" { "ogginfo" } else { "opusinfo" };
    let Some(report) = run(program, &[path]) else { return };
    let report = String::from_utf8_lossy(&report).to_lowercase();
    assert!(!report.contains("warning") && !report.contains("error"), "{report}");
}

/// What FFmpeg makes of a file with libopus: its own decoder loses frames of SILK.
fn ffmpeg_libopus(path: &Path) -> Vec<f32> {
    let arguments = "-v error -nostdin -c:a libopus -i INPUT -f f32le -c:a pcm_f32le -";
    let arguments: Vec<&Path> = arguments.split(' ').map(|a| if a == "INPUT" { path } else { a.as_ref() }).collect();
    let bytes = run("ffmpeg", &arguments).expect("ffmpeg (Debian package ffmpeg) runs");
    bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}

fn snr(source: &[f32], decoded: &[f32]) -> f64 {
    assert_eq!(source.len(), decoded.len());
    let power: f64 = source.iter().map(|s| f64::from(*s).powi(2)).sum();
    let noise: f64 = source.iter().zip(decoded).map(|(a, b)| f64::from(a - b).powi(2)).sum();
    10.0 * (power / noise.max(1e-30)).log10()
}

fn assert_length(path: &Path, channels: usize, frames: usize) {
    let mut reader = Reader::open(path, &ReadOptions::default()).unwrap_or_else(|e| panic!("{e}"));
    assert!(matches!(reader.length(), Length::Exact(_)), "{}", path.display());
    assert_eq!(reader.measure(&Cancel::new(), None).unwrap(), frames as u64, "{}", path.display());
    assert_eq!(reader.warnings().count(), 0, "{}: {:?}", path.display(), reader.warnings());
    assert_eq!(load::<f32>(path).len(), frames * channels, "{}", path.display());
}

#[test]
fn vorbis_lengths_are_exact() {
    let scratch = Scratch::new("vorbis-lengths");
    let lengths = [0, 1, 2, 63, 128, 1000, 4097, 20_011];
    for (rate, channels) in [(44_100, 2), (8000, 1), (48_000, 6), (150, 1), (200_000, 2), (16_000, 8)] {
        for frames in lengths {
            let path = scratch.file("a.ogg");
            std::fs::write(
                &path,
                encode(&options("ogg", rate, channels, "96"), &chord(frames, channels as usize, rate)),
            )
            .unwrap();
            let channels = channels as usize;
            assert_length(&path, channels, frames);
            if frames > 0 {
                // An empty file, oggenc's too, has a granule position that ogginfo does not like.
                assert_valid(&path);
            }
            if !(1..1000).contains(&frames) {
                // FFmpeg does not cut off padding where all audio is on one page, as it must be here.
                assert_eq!(ffmpeg(&path).len(), frames * channels, "ffmpeg: {rate} Hz, {channels} channels, {frames}");
            }
            if let Some(decoded) = reference(&path, &scratch.file("a.wav")) {
                assert_eq!(decoded.len(), frames * channels, "oggdec: {rate} Hz, {channels} channels, {frames}");
            }
        }
    }
    let path = scratch.file("long.ogg");
    std::fs::write(&path, encode(&options("ogg", 44_100, 2, "192"), &chord(100_003, 2, 44_100))).unwrap();
    assert_exact(&path);
    assert_length(&path, 2, 100_003);
    assert_eq!(ffmpeg(&path).len(), 2 * 100_003);
}

#[test]
fn opus_lengths_are_exact() {
    let scratch = Scratch::new("opus-lengths");
    for rate in [8000u32, 12_000, 16_000, 24_000, 48_000] {
        let ratio = 48_000 / rate as usize;
        for (channels, frames) in [(2, 0), (2, 1), (1, 648), (1, 649), (2, 960), (6, 5000), (2, 100_003)] {
            let path = scratch.file("a.opus");
            let samples = chord(frames, channels, rate);
            std::fs::write(&path, encode(&options("opus", rate, channels as u32, "64"), &samples)).unwrap();
            assert_length(&path, channels, frames * ratio);
            assert_valid(&path);
            let decoded = ffmpeg_libopus(&path);
            assert_eq!(decoded.len(), frames * ratio * channels, "ffmpeg: {rate} Hz, {channels}, {frames}");
            if let Some(decoded) = reference(&path, &scratch.file("a.wav")) {
                assert_eq!(decoded.len(), frames * ratio * channels, "opusdec: {rate} Hz, {channels}, {frames}");
            }
        }
    }
    let path = scratch.file("b.opus");
    std::fs::write(&path, encode(&options("opus", 48_000, 2, "96"), &chord(100_003, 2, 48_000))).unwrap();
    assert_exact(&path);
}

/// Music in its own rate, and what the codec's own command makes of it at a setting.
fn beside_command(source: &str, program: &str, settings: &[&str], out: &Path) -> Option<()> {
    let wav = out.with_extension("wav");
    run(
        "ffmpeg",
        &["-v".as_ref(), "error".as_ref(), "-y".as_ref(), "-i".as_ref(), &data(source), "-bitexact".as_ref(), &wav],
    )?;
    let mut arguments: Vec<&Path> = settings.iter().map(|s| s.as_ref()).collect();
    if program == "oggenc" {
        arguments.extend(["-o".as_ref(), out, &wav]);
    } else {
        arguments.extend([wav.as_path(), out]);
    }
    run(program, &arguments).map(drop)
}

/// At most this below the commands, in dB. libopus is the same library in
/// another version; aoTuV puts the noise elsewhere than libvorbis does: on real
/// music its figures are better by up to 1 dB, on this synthetic clip they
/// are worse by up to 0.9. A channel or a frame out of place would cost 20.
const MARGIN: f64 = 1.0;

#[test]
fn noise_is_that_of_the_commands() {
    let scratch = Scratch::new("snr");
    let music: Vec<f32> = load(&data("source/music.flac"));
    let words = by_name("ogg").unwrap().qualities;
    for quality in [0, 3, 5, 7, 10] {
        let (ours, theirs) = (scratch.file("ours.ogg"), scratch.file("theirs.ogg"));
        std::fs::write(&ours, encode(&options("ogg", 44_100, 2, words[quality]), &music)).unwrap();
        let Some(()) = beside_command("source/music.flac", "oggenc", &["-Q", "-q", &quality.to_string()], &theirs)
        else {
            return;
        };
        let (ours, theirs) = (snr(&music, &ffmpeg(&ours)), snr(&music, &ffmpeg(&theirs)));
        assert!(ours > theirs - MARGIN, "quality {quality}: {ours:.2} dB, oggenc {theirs:.2} dB");
    }
    let music: Vec<f32> = load(&data("source/music48.flac"));
    for rate in ["96", "128", "192", "320"] {
        let (ours, theirs) = (scratch.file("ours.opus"), scratch.file("theirs.opus"));
        std::fs::write(&ours, encode(&options("opus", 48_000, 2, rate), &music)).unwrap();
        let Some(()) = beside_command("source/music48.flac", "opusenc", &["--quiet", "--bitrate", rate], &theirs)
        else {
            return;
        };
        let (ours, theirs) = (snr(&music, &ffmpeg(&ours)), snr(&music, &ffmpeg(&theirs)));
        assert!(ours > theirs - MARGIN, "{rate} kbit/s: {ours:.2} dB, opusenc {theirs:.2} dB");
    }
}

#[test]
fn files_grow_with_the_bit_rate() {
    for (format, source, rate) in [("ogg", "source/music.flac", 44_100), ("opus", "source/music48.flac", 48_000)] {
        let music: Vec<f32> = load(&data(source));
        let sizes: Vec<_> = by_name(format)
            .unwrap()
            .qualities
            .iter()
            .map(|quality| encode(&options(format, rate, 2, quality), &music).len())
            .collect();
        assert!(sizes.is_sorted_by(|a, b| a < b), "{format}: {sizes:?}");
    }
}

/// A tone in every channel, each another.
fn tones(frames: usize, hertz: &[f64]) -> Vec<f32> {
    let tone = |n: usize, hertz: f64| (0.3 * (n as f64 * hertz * TAU / 48_000.0).sin()) as f32;
    (0..frames).flat_map(|n| hertz.iter().map(move |&hertz| tone(n, hertz))).collect()
}

/// Every channel has its own tone above all others.
fn assert_tones(samples: &[f32], hertz: &[f64], name: &str) {
    let channels = hertz.len();
    let power = |channel: usize, hertz: f64| {
        let (mut re, mut im) = (0.0, 0.0);
        for (n, sample) in samples.iter().skip(channel).step_by(channels).enumerate() {
            let phase = n as f64 * hertz * TAU / 48_000.0;
            re += f64::from(*sample) * phase.cos();
            im += f64::from(*sample) * phase.sin();
        }
        re * re + im * im
    };
    for channel in 0..channels {
        let powers: Vec<_> = hertz.iter().map(|&hertz| power(channel, hertz)).collect();
        for (other, &level) in powers.iter().enumerate() {
            assert!(other == channel || level * 100.0 < powers[channel], "{name}, channel {channel}: {powers:?}");
        }
    }
}

#[test]
fn channels_keep_their_places() {
    const LFE: u32 = 0x8;
    let masks = [0x7, 0x33, 0x37, 0x3f, 0x70f, 0x63f];
    let scratch = Scratch::new("order");
    for mask in masks {
        let speakers: Vec<u32> = (0..18).map(|bit| 1 << bit).filter(|bit| mask & bit != 0).collect();
        // The low-frequency channel of Opus takes low tones only.
        let hertz: Vec<f64> = speakers
            .iter()
            .enumerate()
            .map(|(channel, &speaker)| if speaker == LFE { 60.0 } else { 400.0 + 230.0 * channel as f64 })
            .collect();
        let samples = tones(24_000, &hertz);
        for format in ["ogg", "opus"] {
            let path = scratch.file(&format!("a.{format}"));
            std::fs::write(&path, encode(&options(format, 48_000, hertz.len() as u32, "256"), &samples)).unwrap();
            assert_eq!(Reader::open(&path, &ReadOptions::default()).unwrap().description().channel_mask, mask);
            for (name, decoded) in [("ondes", load::<f32>(&path)), ("ffmpeg", ffmpeg(&path))] {
                assert_eq!(decoded.len(), samples.len());
                assert_tones(&decoded, &hertz, &format!("{name}: {format} with {} channels", hertz.len()));
            }
        }
    }
}

#[test]
fn speakers_that_a_format_cannot_name() {
    // 2.1: three channels of Vorbis are left, centre, right.
    let wish = |format, mask| WriteOptions { channel_mask: mask, ..options(format, 48_000, 3, "128") };
    let error = Writer::in_memory(&wish("ogg", 0xb)).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    assert!(error.message().contains("0xb") && error.message().contains("0x7"), "{error}");
    let hertz = [400.0, 630.0, 860.0];
    let samples = tones(9600, &hertz);
    let bytes = encode(&wish("opus", 0xb), &samples);
    let mut reader = Reader::from_memory(Arc::new(bytes), &ReadOptions::default()).unwrap();
    assert_eq!(reader.description().channel_mask, 0);
    let mut decoded = vec![0.0f32; 9600 * 3];
    let got = reader.read(ondes::audio::frames::FramesMut::new(&mut decoded, 3, Layout::Interleaved)).unwrap();
    assert_eq!(got, 9600);
    assert_tones(&decoded, &hertz, "three channels without positions");
    // 5.1 with side speakers is what the formats call 5.1.
    let side = WriteOptions { channel_mask: 0x60f, ..options("ogg", 48_000, 6, "128") };
    assert!(Writer::in_memory(&side).is_ok());
}

#[test]
fn many_channels() {
    let scratch = Scratch::new("many");
    for channels in [9usize, 64, 255] {
        let samples = chord(3001, channels, 48_000);
        for format in ["ogg", "opus"] {
            let path = scratch.file(&format!("a.{format}"));
            std::fs::write(&path, encode(&options(format, 48_000, channels as u32, "best"), &samples)).unwrap();
            assert_valid(&path);
            if format == "opus" {
                assert_length(&path, channels, 3001);
            } else {
                // Our decoder takes as many channels as Vorbis names speakers for.
                let error = Reader::open(&path, &ReadOptions::default()).err().unwrap();
                assert!(error.message().contains(&format!("{channels} channels")), "{error}");
            }
            // As many as FFmpeg converts.
            if format == "ogg" && channels <= 64 {
                let noise = snr(&samples, &ffmpeg(&path));
                assert!(noise > 30.0, "{channels} channels: {noise}");
            }
        }
    }
    for format in ["ogg", "opus"] {
        let error = Writer::in_memory(&options(format, 48_000, 256, "best")).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    }
}

#[test]
fn rates_that_a_format_cannot_hold() {
    let error = Writer::in_memory(&options("opus", 44_100, 2, "128")).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    assert!(
        error.message().contains("convert to 48000 Hz first, which transcode does if you leave the rate open"),
        "{error}"
    );
    let error = Writer::in_memory(&options("ogg", 200_001, 2, "128")).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    for rate in [1, 7, 999, 7999, 8001, 18_999, 25_999, 39_999, 50_001, 199_999] {
        for quality in ["worst", "best"] {
            assert!(!encode(&options("ogg", rate, 1, quality), &[0.1; 100]).is_empty());
        }
    }
}

/// The CRC of RFC 3533, section 6, bit by bit.
fn crc(page: &[u8]) -> u32 {
    let mut register = 0u32;
    for (at, byte) in page.iter().enumerate() {
        register ^= u32::from(if (22..26).contains(&at) { 0 } else { *byte }) << 24;
        for _ in 0..8 {
            register = if register >> 31 == 1 { register << 1 ^ 0x04c1_1db7 } else { register << 1 };
        }
    }
    register
}

/// Checks every page; gives the serial number and the pages' granule positions.
fn check_pages(bytes: &[u8]) -> (u32, Vec<i64>) {
    let field = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let (mut at, mut sequence, mut continues) = (0, 0, false);
    let mut granules = Vec::new();
    while at < bytes.len() {
        assert_eq!(&bytes[at..at + 5], b"OggS\0");
        let table = &bytes[at + 27..at + 27 + usize::from(bytes[at + 26])];
        let len = 27 + table.len() + table.iter().map(|&lacing| usize::from(lacing)).sum::<usize>();
        let page = &bytes[at..at + len];
        assert_eq!(field(at + 22), crc(page), "the sum of the page at {at}");
        assert_eq!(field(at + 18), sequence);
        assert_eq!(field(at + 14), field(14), "one stream");
        let is_last = at + len == bytes.len();
        let flags = u8::from(continues) | u8::from(at == 0) << 1 | u8::from(is_last) << 2;
        assert_eq!(page[5], flags, "the page at {at}");
        let granule = i64::from_le_bytes(page[6..14].try_into().unwrap());
        assert_eq!(granule == -1, table.iter().all(|&lacing| lacing == 255), "the page at {at}");
        continues = table.last() == Some(&255);
        granules.push(granule);
        (at, sequence) = (at + len, sequence + 1);
    }
    (field(14), granules)
}

#[test]
fn pages_are_sound() {
    let mut serials = Vec::new();
    for (format, rate, channels, quality) in
        [("ogg", 44_100, 2, "500"), ("opus", 48_000, 2, "16"), ("opus", 48_000, 255, "510"), ("ogg", 48_000, 64, "500")]
    {
        let frames = if channels > 2 { 20_000 } else { 300_000 };
        let samples = chord(frames, channels, rate);
        let bytes = encode(&options(format, rate, channels as u32, quality), &samples);
        let (serial, granules) = check_pages(&bytes);
        serials.push(serial);
        let placed: Vec<_> = granules.iter().copied().filter(|&granule| granule >= 0).collect();
        assert!(placed.is_sorted(), "{placed:?}");
        // No page waits for much more than a second of audio.
        let longest = placed.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
        assert!(longest <= i64::from(rate) + 8192, "{longest}");
    }
    serials.sort_unstable();
    serials.dedup();
    assert!(serials.len() > 1, "each file has a serial number of its own: {serials:?}");
}

#[test]
fn a_large_cover_spans_pages() {
    // A picture of noise, which does not compress.
    let noise = "-v error -f lavfi -i color=gray:s=400x300,noise=alls=100:allf=t -frames:v 1 -f image2pipe -c:v png -";
    let arguments: Vec<&Path> = noise.split(' ').map(AsRef::as_ref).collect();
    let data = run("ffmpeg", &arguments).expect("ffmpeg (Debian package ffmpeg) runs");
    assert!(data.len() > 100_000, "{}", data.len());
    let picture =
        Picture { kind: PictureKind::FrontCover, mime: "image/png".into(), description: "Größe".into(), data };
    let mut tags = Tags::new();
    tags.set("title", "Études").unwrap();
    tags.set("artist", "Somebody").unwrap();
    tags.add_picture(picture.clone());
    let scratch = Scratch::new("cover");
    for format in ["ogg", "opus"] {
        let wish = WriteOptions { tags: Some(Arc::new(tags.clone())), ..options(format, 48_000, 2, "128") };
        let bytes = encode(&wish, &chord(10_007, 2, 48_000));
        let (_, granules) = check_pages(&bytes);
        assert!(granules.contains(&-1), "pages lie within the comments");
        let path = scratch.file(&format!("a.{format}"));
        std::fs::write(&path, bytes).unwrap();
        let read = Tags::open(&path).unwrap();
        assert_eq!((read.get("title"), read.get("artist")), (Some("Études"), Some("Somebody")));
        assert_eq!(read.pictures(), std::slice::from_ref(&picture));
        assert_length(&path, 2, 10_007);
        assert_valid(&path);
        assert_eq!(ffmpeg(&path).len(), 2 * 10_007);
    }
}

#[test]
fn files_may_be_put_one_after_the_other() {
    for format in ["ogg", "opus"] {
        let samples = chord(30_001, 2, 48_000);
        let bytes = [(); 3].map(|()| encode(&options(format, 48_000, 2, "96"), &samples)).concat();
        let mut reader = Reader::from_memory(Arc::new(bytes), &ReadOptions::default()).unwrap();
        assert_eq!(reader.measure(&Cancel::new(), None).unwrap(), 3 * 30_001, "{format}");
    }
}

#[test]
fn what_is_no_number_stays_where_it_is() {
    for (format, rate, source) in [("ogg", 44_100, "source/music.flac"), ("opus", 48_000, "source/music48.flac")] {
        let music: Vec<f32> = load(&data(source));
        let mut poisoned = music.clone();
        let bad = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, f32::from_bits(0x7fa0_0001)];
        for (n, sample) in poisoned[80_000..80_400].iter_mut().enumerate() {
            *sample = bad[n % bad.len()];
        }
        let path = Scratch::new(&format!("nan-{format}"));
        let path = (path.file("a"), path);
        std::fs::write(&path.0, encode(&options(format, rate, 2, "192"), &poisoned)).unwrap();
        let decoded: Vec<f32> = load(&path.0);
        assert_eq!(decoded.len(), music.len());
        assert!(decoded.iter().all(|sample| sample.is_finite()), "{format}");
        // Far from it nothing is different.
        assert!(snr(&music[..60_000], &decoded[..60_000]) > 20.0, "{format} before");
        assert!(snr(&music[120_000..], &decoded[120_000..]) > 20.0, "{format} after");
    }
}

#[test]
fn overs_are_kept() {
    // 6 dB above full scale.
    let samples: Vec<f32> = (0..48_000).map(|n| (2.0 * (n as f64 * TAU * 997.0 / 48_000.0).sin()) as f32).collect();
    for (format, least) in [("ogg", 30.0), ("opus", 10.0)] {
        let bytes = encode(&options(format, 48_000, 1, "best"), &samples);
        let mut reader = Reader::from_memory(Arc::new(bytes), &ReadOptions::default()).unwrap();
        let mut decoded = vec![0.0f32; 48_000];
        let got = reader.read(ondes::audio::frames::FramesMut::new(&mut decoded, 1, Layout::Interleaved)).unwrap();
        assert_eq!(got, 48_000);
        assert!(snr(&samples, &decoded) > least, "{format}: {}", snr(&samples, &decoded));
    }
}

/// A stream that only goes forward, and fails after `room` bytes.
struct Forward {
    bytes: Arc<Mutex<Vec<u8>>>,
    room: usize,
}

impl Outlet for Forward {
    fn write(&mut self, src: &[u8]) -> Result<()> {
        let mut bytes = self.bytes.lock().unwrap();
        if bytes.len() + src.len() > self.room {
            return Err(Error::new(ErrorKind::NoSpace, "no room is left"));
        }
        bytes.extend_from_slice(src);
        Ok(())
    }

    fn seek(&mut self, _: u64) -> Result<()> {
        Err(Error::new(ErrorKind::NotSeekable, "it only goes forward"))
    }

    fn is_seekable(&self) -> bool {
        false
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

#[test]
fn a_target_may_only_go_forward_and_be_flushed() {
    // The most that an encoder keeps back: its longest blocks, or a packet and the look-ahead.
    for (format, kept) in [("ogg", 3 * 2048), ("opus", 960 + 312)] {
        let samples = chord(100_003, 2, 48_000);
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let outlet = Forward { bytes: bytes.clone(), room: usize::MAX };
        let mut writer = Writer::to_outlet(Box::new(outlet), "", &options(format, 48_000, 2, "128")).unwrap();
        let frames = |range: std::ops::Range<usize>| {
            Frames::new(&samples[range.start * 2..range.end * 2], 2, Layout::Interleaved)
        };
        writer.write(frames(0..60_000)).unwrap();
        writer.flush().unwrap();
        writer.flush().unwrap();
        let flushed = Arc::new(bytes.lock().unwrap().clone());
        let mut reader = Reader::from_memory(flushed.clone(), &ReadOptions::default()).unwrap();
        let length = reader.measure(&Cancel::new(), None).unwrap();
        assert!((60_000 - kept..=60_000).contains(&(length as usize)), "{format}: {length} of 60000 frames");
        writer.write(frames(60_000..100_003)).unwrap();
        writer.finish().unwrap();
        let whole = Arc::new(bytes.lock().unwrap().clone());
        assert!(whole.starts_with(&flushed), "{format}: nothing is changed later");
        check_pages(&whole);
        let mut reader = Reader::from_memory(whole, &ReadOptions::default()).unwrap();
        assert_eq!(reader.measure(&Cancel::new(), None).unwrap(), 100_003, "{format}");
    }
}

#[test]
fn a_target_that_fails_gives_its_status() {
    for format in ["ogg", "opus"] {
        let samples = chord(48_000, 2, 48_000);
        for room in [0, 100, 70_000, 140_000] {
            let outlet = Forward { bytes: Arc::default(), room };
            let options = options(format, 48_000, 2, "best");
            let mut writer = Writer::to_outlet(Box::new(outlet), "a", &options).unwrap();
            let mut error = None;
            for _ in 0..10 {
                error = writer.write(Frames::new(&samples, 2, Layout::Interleaved)).err();
                if error.is_some() {
                    break;
                }
            }
            let error = error.unwrap_or_else(|| panic!("{format} with room for {room} bytes"));
            assert_eq!(error.kind(), ErrorKind::NoSpace, "{error}");
            assert_eq!(writer.finish().unwrap_err().kind(), ErrorKind::NoSpace);
        }
    }
}
