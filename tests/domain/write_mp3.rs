//! Writing MP3: lengths, sound, sizes, the tag, threads, failures.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use super::common::{Random, assert_exact, data, ffmpeg, load, open};
use ondes::audio::cancel::Cancel;
use ondes::audio::encode::{WriteOptions, by_name};
use ondes::audio::frames::{Frames, Layout};
use ondes::audio::sink::Outlet;
use ondes::audio::tags::{Picture, PictureKind, Tags};
use ondes::audio::writer::Writer;
use ondes::audio::{Error, ErrorKind, Result};

const RATES: [u32; 9] = [8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];

/// A file that goes away with its name.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("ondes-mp3-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn mp3(rate: u32, channels: u32, quality: &str) -> WriteOptions {
    let quality = Some(quality.to_owned());
    WriteOptions { format: Some("mp3".into()), rate, channels, quality, threads: 1, ..WriteOptions::default() }
}

fn encode(samples: &[f32], options: &WriteOptions) -> Vec<u8> {
    let mut writer = Writer::in_memory(options).unwrap();
    writer.write(Frames::new(samples, options.channels as usize, Layout::Interleaved)).unwrap();
    writer.finish().unwrap();
    writer.take_bytes().unwrap()
}

/// Two detuned notes and some noise.
fn signal(frames: usize, rate: u32, channels: u32) -> Vec<f32> {
    let mut random = Random(7);
    let mut samples = Vec::new();
    for frame in 0..frames {
        for channel in 0..channels {
            let time = frame as f32 / rate as f32;
            let tone = (time * std::f32::consts::TAU * (440.0 + 3.0 * channel as f32)).sin();
            samples.push(0.4 * tone + 0.02 * (random.below(1000) as f32 / 500.0 - 1.0));
        }
    }
    samples
}

fn frames_of(path: &Path) -> (u64, usize) {
    let mut reader = open(path);
    let channels = reader.channels() as usize;
    (reader.measure(&Cancel::new(), None).unwrap(), load::<f32>(path).len() / channels)
}

#[test]
fn it_reads_back_at_its_exact_length() {
    for rate in RATES {
        for (quality, channels) in [("V0", 2), ("V9", 1), ("32", 2), ("128", 1), ("320", 2)] {
            for frames in [0usize, 1, 100, 575, 1151, 1152, 1153, 100_003] {
                if frames > 2000 && !matches!(rate, 8000 | 22_050 | 44_100) {
                    continue;
                }
                let what = format!("{frames} frames at {rate} Hz, {channels} channels, {quality}");
                let bytes = encode(&signal(frames, rate, channels), &mp3(rate, channels, quality));
                let file = Scratch::new(&format!("length-{rate}-{quality}-{frames}.mp3"), &bytes);
                assert_eq!(frames_of(&file.0), (frames as u64, frames), "{what}");
                let reader = open(&file.0);
                assert_eq!((reader.rate(), reader.channels()), (rate, channels), "{what}");
                assert_eq!(reader.warnings().count(), 0, "{what}");
            }
        }
    }
}

/// The level of `reference` over that of its difference from `other`, in dB.
fn snr(reference: &[f32], other: &[f32]) -> f64 {
    assert_eq!(reference.len(), other.len(), "lengths differ");
    let power = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>();
    let signal = power(&mut reference.iter().map(|r| f64::from(*r)));
    let noise = power(&mut reference.iter().zip(other).map(|(r, o)| f64::from(r - o)));
    10.0 * (signal / noise).log10()
}

/// What the command `lame` makes of a clip.
fn lame(source: &Path, arguments: &[&str], name: &str) -> (Scratch, Vec<u8>) {
    let file = Scratch::new(name, &[]);
    let wav = Scratch::new(&format!("{name}.wav"), &[]);
    let made =
        Command::new("ffmpeg").args(["-v", "error", "-y", "-i"]).arg(source).arg("-bitexact").arg(&wav.0).status();
    assert!(made.expect("ffmpeg (Debian package ffmpeg) runs").success());
    let coded = Command::new("lame").arg("--quiet").args(arguments).arg(&wav.0).arg(&file.0).status();
    assert!(coded.expect("lame (Debian package lame) runs").success());
    let bytes = std::fs::read(&file.0).unwrap();
    (file, bytes)
}

#[test]
fn music_sounds_as_from_the_lame_command() {
    for (clip, channels, rate) in [("music", 2, 44_100), ("music48", 2, 48_000), ("mono", 1, 44_100)] {
        let source = data(&format!("source/{clip}.flac"));
        let samples: Vec<f32> = load(&source);
        assert_eq!((open(&source).rate(), open(&source).channels()), (rate, channels));
        for (quality, arguments) in
            [("128", ["-b", "128"]), ("192", ["-b", "192"]), ("320", ["-b", "320"]), ("V2", ["-V", "2"])]
        {
            let (theirs, their_bytes) = lame(&source, &arguments, &format!("theirs-{clip}-{quality}.mp3"));
            let least = snr(&samples, &ffmpeg(&theirs.0)) - 0.1;
            let bytes = encode(&samples, &mp3(rate, channels, quality));
            let ours = Scratch::new(&format!("ours-{clip}-{quality}.mp3"), &bytes);
            for (decoder, decoded) in [("FFmpeg", ffmpeg(&ours.0)), ("ours", load(&ours.0))] {
                let found = snr(&samples, &decoded);
                assert!(found >= least, "{clip} {quality}, decoded by {decoder}: {found:.2} dB, lame {least:.2}");
            }
            let size = bytes.len().abs_diff(their_bytes.len());
            assert!(size < 500, "{clip} {quality}: {} and {} bytes", bytes.len(), their_bytes.len());
        }
    }
}

#[test]
fn sizes_rise_with_quality() {
    let samples: Vec<f32> = load(&data("source/music.flac"));
    let words = by_name("mp3").unwrap().qualities;
    let sizes: Vec<usize> = words.iter().map(|word| encode(&samples, &mp3(44_100, 2, word)).len()).collect();
    let (variable, constant) = sizes.split_at(10);
    assert!(variable.is_sorted_by(|a, b| a > b), "V0 to V9: {variable:?}");
    assert!(constant.is_sorted_by(|a, b| a < b), "32 to 320: {constant:?}");
}

/// Bit by bit, unlike the encoder's.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0u16, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xa001 } else { crc >> 1 })
    })
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// Asserts that the counts and checksums of a stereo MPEG-1 file's tag are right, and gives its frame count.
fn check_tag(bytes: &[u8], tag_size: usize, name: &str) -> u32 {
    assert_eq!(u32_at(bytes, 40), 15, "{name}: all four fields are there");
    assert_eq!(u32_at(bytes, 48) as usize, bytes.len(), "{name}: bytes");
    assert_eq!(u32_at(bytes, 184) as usize, bytes.len(), "{name}: music length");
    assert_eq!(u16::from_be_bytes([bytes[188], bytes[189]]), crc16(&bytes[tag_size..]), "{name}: CRC of the music");
    assert_eq!(u16::from_be_bytes([bytes[190], bytes[191]]), crc16(&bytes[..190]), "{name}: CRC of the tag");
    u32_at(bytes, 44)
}

/// Where the frames of a 44.1 kHz MPEG-1 layer III stream begin, by the bit rates of ISO/IEC 11172-3, 2.4.2.3.
fn frame_positions(stream: &[u8]) -> Vec<usize> {
    const KBPS: [usize; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    let (mut at, mut positions) = (0, Vec::new());
    while at < stream.len() {
        assert_eq!(stream[at..at + 2], [0xff, 0xfb], "a frame at {at}");
        positions.push(at);
        at += 144_000 * KBPS[usize::from(stream[at + 2] >> 4)] / 44_100 + usize::from(stream[at + 2] >> 1 & 1);
    }
    assert_eq!(at, stream.len(), "the last frame is whole");
    positions
}

#[test]
fn the_tag_is_that_of_lame() {
    let source = data("source/music.flac");
    let samples: Vec<f32> = load(&source);
    for (quality, arguments) in [("192", ["-b", "192", "-q", "3"]), ("V4", ["-V", "4", "-q", "3"])] {
        let (_, theirs) = lame(&source, &arguments, &format!("tag-{quality}.mp3"));
        let ours = encode(&samples, &mp3(44_100, 2, quality));
        // Frame sizes by the standard: 144 * bit rate / 44100. LAME's tag has 128 kbit/s where the rate varies.
        let (our_size, their_size) = if quality == "192" { (626, 626) } else { (208, 417) };
        let frames = check_tag(&theirs, their_size, "lame");
        assert_eq!(check_tag(&ours, our_size, "ours"), frames);
        assert_eq!(frames as usize, (samples.len() / 2 + 576 + 576).div_ceil(1152));
        assert_eq!(ours[36..40], theirs[36..40], "Info or Xing");
        // Quality, encoder, method, lowpass; bit rate, delay and padding; what else there is but the gains, which
        // are not measured, and the flag of a setting for joint stereo.
        assert_eq!(ours[152..167], theirs[152..167]);
        assert_eq!(ours[176..184], theirs[176..184]);
        // Each seek point is at or before the frame of its time, by less than a 256th and a frame.
        let positions = frame_positions(&ours[our_size..]);
        assert_eq!(positions.len(), frames as usize);
        for (percent, point) in ours[52..152].iter().enumerate() {
            let told = usize::from(*point) * ours.len() / 256;
            let true_position = our_size + positions[percent * positions.len() / 100];
            let before = true_position.checked_sub(told);
            assert!(before.is_some_and(|b| b <= ours.len() / 256 + 1), "{quality}, {percent}: {told}, {true_position}");
        }
    }
}

#[test]
fn every_sample_is_something_that_lame_can_bear() {
    let mut samples = signal(20_000, 44_100, 2);
    for (index, odd) in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 1e-40].iter().enumerate() {
        samples[5000 + 100 * index] = *odd;
        samples[5000 + 100 * index + 1] = *odd;
    }
    samples[20_000..30_000].iter_mut().enumerate().for_each(|(i, s)| *s = if i / 50 % 2 == 0 { 1e30 } else { -1e30 });
    for quality in ["V0", "V9", "32", "128", "320"] {
        let file = Scratch::new(&format!("odd-{quality}.mp3"), &encode(&samples, &mp3(44_100, 2, quality)));
        let decoded: Vec<f32> = load(&file.0);
        assert_eq!(decoded.len(), samples.len());
        assert!(decoded.iter().all(|s| s.is_finite()));
    }
}

#[test]
fn overs_are_kept() {
    let samples: Vec<f32> = signal(44_100, 44_100, 2).iter().map(|s| s * 5.0).collect();
    let file = Scratch::new("overs.mp3", &encode(&samples, &mp3(44_100, 2, "320")));
    let decoded: Vec<f32> = load(&file.0);
    let quiet = Scratch::new("no-overs.mp3", &encode(&signal(44_100, 44_100, 2), &mp3(44_100, 2, "320")));
    let expected = snr(&signal(44_100, 44_100, 2), &load::<f32>(&quiet.0));
    let found = snr(&samples, &decoded);
    assert!(found > expected - 1.0, "as near at twice full scale: {found:.1} dB against {expected:.1}");
}

#[test]
fn without_a_reservoir_every_frame_stands_alone() {
    let samples: Vec<f32> = load(&data("source/music.flac"));
    let bytes = encode(&samples, &WriteOptions { no_bit_reservoir: true, ..mp3(44_100, 2, "128") });
    let positions = frame_positions(&bytes[417..]);
    assert_eq!(positions.len(), u32_at(&bytes, 44) as usize);
    for at in positions {
        // main_data_begin: the nine bits behind the header (ISO/IEC 11172-3, 2.4.1.7).
        assert_eq!((bytes[417 + at + 4], bytes[417 + at + 5] & 0x80), (0, 0), "the frame at {at}");
    }
    let with = encode(&samples, &mp3(44_100, 2, "128"));
    assert!(frame_positions(&with[417..]).iter().any(|at| with[417 + at + 4] != 0), "and otherwise it is used");
}

/// A caller's stream into shared bytes, behind some that were there before.
struct Shared {
    bytes: Arc<Mutex<Vec<u8>>>,
    start: usize,
    position: usize,
    is_seekable: bool,
    /// It fails when it has as many bytes.
    full_at: usize,
}

impl Outlet for Shared {
    fn write(&mut self, src: &[u8]) -> Result<()> {
        let mut bytes = self.bytes.lock().unwrap();
        let (at, end) = (self.start + self.position, self.start + self.position + src.len());
        if end > self.full_at {
            return Err(Error::new(ErrorKind::Callback, "write says that it has failed"));
        }
        if end > bytes.len() {
            bytes.resize(end, 0);
        }
        bytes[at..end].copy_from_slice(src);
        self.position += src.len();
        Ok(())
    }

    fn seek(&mut self, position: u64) -> Result<()> {
        assert!(self.is_seekable);
        self.position = position as usize;
        Ok(())
    }

    fn is_seekable(&self) -> bool {
        self.is_seekable
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

fn shared(is_seekable: bool, full_at: usize) -> (Arc<Mutex<Vec<u8>>>, Box<Shared>) {
    let bytes = Arc::new(Mutex::new(vec![b'.'; 10]));
    (Arc::clone(&bytes), Box::new(Shared { bytes, start: 10, position: 0, is_seekable, full_at }))
}

#[test]
fn the_tag_is_completed_where_the_output_began() {
    let samples = signal(300_000, 44_100, 2);
    let options = mp3(44_100, 2, "V0");
    let (bytes, outlet) = shared(true, usize::MAX);
    let mut writer = Writer::to_outlet(outlet, "", &options).unwrap();
    writer.write(Frames::new(&samples, 2, Layout::Interleaved)).unwrap();
    writer.finish().unwrap();
    let bytes = bytes.lock().unwrap();
    assert_eq!(bytes[..10], *b"..........");
    assert!(bytes[10..] == encode(&samples, &options), "as in memory");
}

#[test]
fn a_target_that_cannot_seek_has_a_tag_with_the_delay_alone() {
    // More than the writer keeps back, where the tag can still be completed.
    let samples = signal(1_000_000, 44_100, 2);
    for quality in ["128", "V3"] {
        let (bytes, outlet) = shared(false, usize::MAX);
        let mut writer = Writer::to_outlet(outlet, "", &mp3(44_100, 2, quality)).unwrap();
        writer.write(Frames::new(&samples, 2, Layout::Interleaved)).unwrap();
        writer.finish().unwrap();
        let file = Scratch::new(&format!("stream-{quality}.mp3"), &bytes.lock().unwrap()[10..]);
        let whole = Scratch::new(&format!("whole-{quality}.mp3"), &encode(&samples, &mp3(44_100, 2, quality)));
        // The delay is known, the padding is not: it is silence at the end.
        for (ours, expected) in [(load::<f32>(&file.0), load::<f32>(&whole.0)), (ffmpeg(&file.0), ffmpeg(&whole.0))] {
            let more = (ours.len() - expected.len()) / 2;
            assert!((47..47 + 1152).contains(&more), "{more} more frames");
            assert!(ours[..expected.len()] == expected, "{quality}");
        }
        assert_exact(&file.0);
    }
}

#[test]
fn a_failing_target_ends_the_writer() {
    let samples = signal(400_000, 44_100, 2);
    for threads in [1, 2] {
        let (_, outlet) = shared(true, 100_000);
        let mut writer = Writer::to_outlet(outlet, "", &WriteOptions { threads, ..mp3(44_100, 2, "320") }).unwrap();
        let written = writer.write(Frames::new(&samples, 2, Layout::Interleaved));
        let error = written.and_then(|()| writer.finish()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Callback, "{error}");
        assert_eq!(writer.finish().unwrap_err().kind(), ErrorKind::Callback);
    }
    let device = Path::new("/dev/full");
    if device.exists() {
        let mut writer = Writer::create(device, &mp3(44_100, 2, "320")).unwrap();
        let written = writer.write(Frames::new(&samples, 2, Layout::Interleaved));
        let error = written.and_then(|()| writer.finish()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoSpace, "{error}");
    }
}

#[test]
fn what_was_flushed_can_be_read_without_the_end() {
    let samples = signal(1_300_000, 44_100, 2);
    for (threads, held_back) in [(1, 12 * 1152), (2, 620 * 1152)] {
        let options = WriteOptions { threads, ..mp3(44_100, 2, "128") };
        let whole = Scratch::new(&format!("unbroken-{threads}.mp3"), &encode(&samples, &options));
        let file = Scratch::new(&format!("broken-{threads}.mp3"), &[]);
        let mut writer = Writer::create(&file.0, &options).unwrap();
        writer.write(Frames::new(&samples, 2, Layout::Interleaved)).unwrap();
        writer.flush().unwrap();
        // As if the process had ended here.
        std::mem::forget(writer);
        for (decoded, expected) in [(load::<f32>(&file.0), load::<f32>(&whole.0)), (ffmpeg(&file.0), ffmpeg(&whole.0))]
        {
            assert!(decoded.len() / 2 + held_back > 1_300_000, "{} of them", decoded.len() / 2);
            // The last frame may be cut, or lack bits of one before it.
            let sure = decoded.len() - 2 * 2 * 1152;
            assert!(decoded[..sure] == expected[..sure], "{threads} threads");
        }
    }
}

/// Frames of a segment, and samples of one channel in a frame at 8 kHz.
const SEGMENT: usize = 490;
const SHORT: usize = 576;

#[test]
fn threads_keep_the_length_and_their_number_changes_nothing() {
    let samples = signal(2 * SEGMENT * SHORT + 3000, 8000, 1);
    let edge = SEGMENT * SHORT;
    let lengths = [0, 1, 1000, edge - 1152, edge - 1, edge, edge + 1, edge + SHORT - 1, edge + SHORT, edge + SHORT + 1];
    let lengths = lengths.into_iter().chain([edge + 1152, 2 * edge - 1, 2 * edge + SHORT, samples.len()]);
    for (index, frames) in lengths.enumerate() {
        let options = mp3(8000, 1, if index % 2 == 0 { "V5" } else { "32" });
        let two = encode(&samples[..frames], &WriteOptions { threads: 2, ..options.clone() });
        let five = encode(&samples[..frames], &WriteOptions { threads: 5, ..options.clone() });
        assert!(two == five, "{frames} frames");
        let file = Scratch::new(&format!("threads-{frames}.mp3"), &two);
        assert_eq!(frames_of(&file.0), (frames as u64, frames));
        if frames < edge {
            assert!(two == encode(&samples[..frames], &options), "one segment is the whole stream");
        }
    }
}

#[test]
fn joints_of_segments_are_no_worse_than_the_rest() {
    // The clip again and again: a segment is 12.8 s of it.
    let clip: Vec<f32> = load(&data("source/music.flac"));
    let samples: Vec<f32> = clip.iter().copied().cycle().take(2 * 44_100 * 30).collect();
    for (quality, no_bit_reservoir) in [("128", false), ("128", true), ("V4", false)] {
        let options = WriteOptions { no_bit_reservoir, ..mp3(44_100, 2, quality) };
        let one = Scratch::new("one-thread.mp3", &encode(&samples, &options));
        let bytes = encode(&samples, &WriteOptions { threads: 2, ..options });
        let two = Scratch::new("two-threads.mp3", &bytes);
        let (one, two): (Vec<f32>, Vec<f32>) = (load(&one.0), load(&two.0));
        let snrs = |decoded: &[f32]| -> Vec<f64> {
            samples
                .chunks_exact(2304)
                .zip(decoded.chunks_exact(2304))
                .map(|(source, coded)| snr(source, coded))
                .collect()
        };
        let (one, two) = (snrs(&one), snrs(&two));
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let lowest = |values: &[f64]| values.iter().copied().fold(f64::MAX, f64::min);
        // The frames whose samples hear of a joint and some that follow, among all runs of as many on one thread: the
        // empty reservoir costs them something, but they stay in the ordinary range.
        let runs = || one.windows(10);
        for joint in [SEGMENT, 2 * SEGMENT] {
            let around = &two[joint - 2..joint + 8];
            let worse = runs().filter(|run| mean(run) < mean(around)).count();
            assert!(worse > runs().count() / 20, "{quality}, joint {joint}: {worse} runs are worse");
            let worse = runs().filter(|run| lowest(run) < lowest(around)).count();
            assert!(worse > runs().count() / 20, "{quality}, joint {joint}: {worse} runs have a worse frame");
        }
        assert!(mean(&two) > mean(&one) - 0.02, "{quality}");
        if no_bit_reservoir || quality == "V4" {
            assert!(one == two, "{quality}: no state but the reservoir outlives the warm-up");
        }
    }
}

#[test]
fn tags_and_a_large_cover_stand_in_front() {
    let mut tags = Tags::new();
    tags.set("title", "Schöner Titel").unwrap();
    tags.set("artist", "Someone").unwrap();
    let cover: Vec<u8> = b"\xff\xd8\xff\xe0"
        .iter()
        .copied()
        .chain((0..300_000u32).map(|i| ((u64::from(i) * u64::from(i)) >> 7) as u8))
        .collect();
    tags.add_picture(Picture {
        kind: PictureKind::FrontCover,
        mime: "image/jpeg".into(),
        description: String::new(),
        data: cover.clone(),
    });
    let samples = signal(50_000, 44_100, 2);
    for threads in [1, 2] {
        let options = WriteOptions { tags: Some(Arc::new(tags.clone())), threads, ..mp3(44_100, 2, "V2") };
        let file = Scratch::new(&format!("tags-{threads}.mp3"), &vec![1; 2_000_000]);
        let mut writer = Writer::create(&file.0, &options).unwrap();
        writer.write(Frames::new(&samples, 2, Layout::Interleaved)).unwrap();
        writer.finish().unwrap();
        let bytes = std::fs::read(&file.0).unwrap();
        assert!(bytes == encode(&samples, &options), "as in memory");
        assert_eq!(frames_of(&file.0), (50_000, 50_000));
        assert_eq!(ffmpeg(&file.0).len(), 100_000);
        let read = open(&file.0).tags().unwrap();
        assert_eq!((read.get("title"), read.get("artist")), (Some("Schöner Titel"), Some("Someone")));
        assert!(read.pictures()[0].data == cover);
        // The tag's counts are those of the audio alone: the bytes behind ID3v2 (size: 7 bits in each of 4 bytes).
        let size = bytes[6..10].iter().fold(0, |size, byte| size << 7 | usize::from(*byte)) + 10;
        check_tag(&bytes[size..], 208, "behind ID3v2");
    }
}
