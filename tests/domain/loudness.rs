//! Loudness: the minimum requirements of EBU Tech 3341 and 3342 on signals
//! made here, and real sound beside FFmpeg's filter `ebur128`.

use std::f64::consts::TAU;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use ondes::audio::cancel::Cancel;
use ondes::audio::encode::WriteOptions;
use ondes::audio::frames::{Frames, Layout};
use ondes::audio::loudness::{Loudness, measure};
use ondes::audio::reader::{Position, ReadOptions, Reader};
use ondes::audio::sample::SampleFormat;
use ondes::audio::writer::Writer;
use ondes::audio::{ErrorKind, Result};

use super::common::{Pipe, Scratch, data, load, open};

const RATE: u32 = 48_000;

fn all(reader: &mut Reader) -> Result<Loudness> {
    measure(reader, true, &Cancel::new(), None)
}

/// Samples as the WAV file of a float encoder.
fn wav(rate: u32, channels: u32, channel_mask: u32, interleaved: &[f32]) -> Vec<u8> {
    let options = WriteOptions {
        format: Some("wav".into()),
        sample_format: Some(SampleFormat::F32),
        rate,
        channels,
        channel_mask,
        ..WriteOptions::default()
    };
    let mut writer = Writer::in_memory(&options).unwrap();
    writer.write(Frames::new(interleaved, channels as usize, Layout::Interleaved)).unwrap();
    writer.finish().unwrap();
    let mut bytes = writer.take_bytes().unwrap();
    // The writer would name the usual speakers: nobody says what these channels are.
    if let Some(fmt) = bytes.windows(4).position(|w| w == b"fmt ").filter(|at| bytes[at + 8..at + 10] == [0xfe, 0xff]) {
        bytes[fmt + 28..fmt + 32].copy_from_slice(&channel_mask.to_le_bytes());
    }
    bytes
}

fn try_samples(rate: u32, channels: u32, channel_mask: u32, interleaved: &[f32]) -> Result<Loudness> {
    let bytes = wav(rate, channels, channel_mask, interleaved);
    all(&mut Reader::from_memory(Arc::new(bytes), &ReadOptions::default())?)
}

fn samples(rate: u32, channels: u32, channel_mask: u32, interleaved: &[f32]) -> Loudness {
    try_samples(rate, channels, channel_mask, interleaved).unwrap()
}

/// A sine of 1 kHz in steps of (seconds, dBFS of its peak), without a jump of its phase.
fn tones(rate: u32, steps: &[(f64, f64)]) -> Vec<f32> {
    let levels = steps.iter().flat_map(|&(seconds, db)| {
        std::iter::repeat_n(10f64.powf(db / 20.0), (seconds * f64::from(rate)).round() as usize)
    });
    levels.enumerate().map(|(i, level)| (level * (TAU * 1000.0 * i as f64 / f64::from(rate)).sin()) as f32).collect()
}

/// One signal on each of some channels, at different levels in dB.
fn spread(signal: &[f32], db: &[f64]) -> Vec<f32> {
    let gains: Vec<f32> = db.iter().map(|db| 10f64.powf(db / 20.0) as f32).collect();
    signal.iter().flat_map(|s| gains.iter().map(move |gain| s * gain)).collect()
}

/// The same tones left and right.
fn stereo(steps: &[(f64, f64)]) -> Loudness {
    samples(RATE, 2, 0x3, &spread(&tones(RATE, steps), &[0.0, 0.0]))
}

const SILENT: f64 = f64::NEG_INFINITY;

#[track_caller]
fn assert_near(value: f64, expected: f64, tolerance: f64) {
    assert!((value - expected).abs() <= tolerance, "{value} where {expected} ± {tolerance} is expected");
}

fn decibels(peak: f64) -> f64 {
    20.0 * peak.log10()
}

#[test]
fn constant_tones_have_their_level_in_every_window() {
    // Tech 3341, tests 1 and 2.
    for level in [-23.0, -33.0] {
        let told = stereo(&[(20.0, level)]);
        for loudness in [told.integrated, told.max_momentary, told.max_short_term] {
            assert_near(loudness, level, 0.1);
        }
        assert_near(told.range, 0.0, 0.1);
        assert_eq!(told.frames, 20 * u64::from(RATE));
        assert_near(decibels(told.sample_peak), level, 1e-5);
    }
}

#[test]
fn the_gates_leave_out_what_is_quiet() {
    // Tech 3341, tests 3 to 5.
    for steps in [
        &[(10.0, -36.0), (60.0, -23.0), (10.0, -36.0)][..],
        &[(10.0, -72.0), (10.0, -36.0), (60.0, -23.0), (10.0, -36.0), (10.0, -72.0)],
        &[(20.0, -26.0), (20.1, -20.0), (20.0, -26.0)],
    ] {
        assert_near(stereo(steps).integrated, -23.0, 0.1);
    }
}

#[test]
fn surround_channels_weigh_more() {
    // Tech 3341, test 6: L, R, C, Ls, Rs; the same with a loud LFE channel, and without named speakers.
    let tone = tones(RATE, &[(20.0, 0.0)]);
    let five = spread(&tone, &[-28.0, -28.0, -24.0, -30.0, -30.0]);
    let six = spread(&tone, &[-28.0, -28.0, -24.0, 0.0, -30.0, -30.0]);
    for (channels, mask, signal) in
        [(5, 0x37, &five), (5, 0x607, &five), (5, 0, &five), (6, 0x3f, &six), (6, 0x60f, &six), (6, 0, &six)]
    {
        assert_near(samples(RATE, channels, mask, signal).integrated, -23.0, 0.1);
    }
}

#[test]
fn every_speaker_has_the_weight_of_its_angle() {
    // BS.1770-4, annex 3, around the level of a front channel: 0 dBFS is -3.01 LUFS.
    let tone = tones(RATE, &[(1.0, -20.0)]);
    let alone = |channels: u32, mask: u32, channel: usize| {
        let mut db = vec![SILENT; channels as usize];
        db[channel] = 0.0;
        samples(RATE, channels, mask, &spread(&tone, &db)).integrated
    };
    let (front, surround) = (-23.01, -23.01 + 10.0 * 1.41f64.log10());
    for (channels, mask, expected) in [
        (1, 0x4, &[front][..]),
        (4, 0x33, &[front, front, surround, surround]),
        // Back centre, at 180°.
        (4, 0x107, &[front, front, front, front]),
        // 7.1: sides at 90°, backs at 135°.
        (8, 0x63f, &[front, front, front, SILENT, front, front, surround, surround]),
        // 7.1 with left and right of centre: its surrounds are at 110°.
        (8, 0xff, &[front, front, front, SILENT, surround, surround, front, front]),
        // 5.1.4 without its centre: height speakers.
        (9, 0x2d60b, &[front, front, SILENT, surround, surround, front, front, front, front]),
        // As many as no layout has.
        (9, 0, &[front; 9]),
    ] {
        for (channel, &level) in expected.iter().enumerate() {
            let told = alone(channels, mask, channel);
            assert!(
                told == level || (told - level).abs() < 0.02,
                "channel {channel} of {channels} ({mask:#x}): {told} where {level} is expected"
            );
        }
    }
}

#[test]
fn short_term_loudness_is_that_of_any_three_seconds() {
    // Tech 3341, tests 9 and 10.
    assert_near(stereo(&[(1.34, -20.0), (1.66, -30.0)].repeat(5)).max_short_term, -23.0, 0.1);
    for i in 0..20 {
        let told = stereo(&[(f64::from(i) * 0.15, SILENT), (3.0, -23.0), (1.0, SILENT)]);
        assert_near(told.max_short_term, -23.0, 0.1);
    }
}

#[test]
fn momentary_loudness_is_that_of_any_400_milliseconds() {
    // Tech 3341, tests 12 and 13.
    assert_near(stereo(&[(0.18, -20.0), (0.22, -30.0)].repeat(25)).max_momentary, -23.0, 0.1);
    for i in 0..20 {
        let told = stereo(&[(f64::from(i) * 0.02, SILENT), (0.4, -23.0), (1.0, SILENT)]);
        assert_near(told.max_momentary, -23.0, 0.1);
    }
}

#[test]
fn range_is_between_the_quiet_and_the_loud() {
    // Tech 3342, tests 1 to 4.
    for (levels, range) in [
        (&[-20.0, -30.0][..], 10.0),
        (&[-20.0, -15.0], 5.0),
        (&[-40.0, -20.0], 20.0),
        (&[-50.0, -35.0, -20.0, -35.0, -50.0], 15.0),
    ] {
        let steps: Vec<_> = levels.iter().map(|&level| (20.0, level)).collect();
        assert_near(stereo(&steps).range, range, 1.0);
    }
}

/// A sine of a fraction of the rate, which fades in and out.
fn faded(periods_per_frame: f64, degrees: f64, level: f64) -> Vec<f32> {
    let (length, fade) = (RATE as usize, RATE as usize / 10);
    let frame = |i: usize| {
        let gain = (i.min(length - i) as f64 / fade as f64).min(1.0);
        (gain * level * (TAU * (periods_per_frame * i as f64 + degrees / 360.0)).sin()) as f32
    };
    (0..length).map(frame).collect()
}

#[test]
fn true_peak_lies_between_samples() {
    // Tech 3341, tests 15 to 19: + 0.2 and − 0.4 dB.
    for (part, degrees, level, peak) in [
        (4.0, 0.0, 0.5, -6.0),
        (4.0, 45.0, 0.5, -6.0),
        (6.0, 60.0, 0.5, -6.0),
        (8.0, 67.5, 0.5, -6.0),
        (4.0, 45.0, 1.41, 3.0),
    ] {
        let signal = faded(1.0 / part, degrees, level);
        let told = samples(RATE, 2, 0x3, &spread(&signal, &[0.0, 0.0]));
        let true_peak = decibels(told.true_peak.unwrap());
        assert!((peak - 0.4..=peak + 0.2).contains(&true_peak), "{true_peak} where {peak} is expected");
        let largest = signal.iter().fold(0f32, |max, s| max.max(s.abs()));
        assert_eq!(told.sample_peak, f64::from(largest));
    }
}

#[test]
fn true_peak_reaches_to_the_last_sample() {
    // A pair of full samples, between which the wave is 4/π: once inside, and once as the last.
    let mut inside = vec![0.0f32; 4800];
    inside[2400] = 1.0;
    inside[2401] = 1.0;
    let at_the_end = &inside[..2402];
    let expected = samples(RATE, 1, 0x4, &inside).true_peak.unwrap();
    assert_near(expected, 4.0 / std::f64::consts::PI, 0.04);
    assert_eq!(samples(RATE, 1, 0x4, at_the_end).true_peak.unwrap(), expected);
}

#[test]
fn the_true_peak_can_be_left_out() {
    let mut reader = open(&data("source/music.flac"));
    let with = all(&mut reader).unwrap();
    reader.seek(0).unwrap();
    let without = measure(&mut reader, false, &Cancel::new(), None).unwrap();
    // NaN, of less than three seconds, is unequal to itself.
    assert_eq!(format!("{without:?}"), format!("{:?}", Loudness { true_peak: None, ..with }));
}

#[test]
fn any_rate_measures_the_same() {
    let expected = -23.0;
    for rate in [8_000, 11_025, 16_000, 22_050, 44_100, 96_000, 192_000, 352_800] {
        let told = samples(rate, 2, 0x3, &spread(&tones(rate, &[(5.0, -23.0)]), &[0.0, 0.0]));
        for loudness in [told.integrated, told.max_momentary, told.max_short_term] {
            assert_near(loudness, expected, 0.1);
        }
        assert_near(decibels(told.true_peak.unwrap()), expected, 0.2);
    }
    // As the reader converts it.
    let bytes: Arc<Vec<u8>> = Arc::new(wav(RATE, 2, 0x3, &spread(&tones(RATE, &[(5.0, -23.0)]), &[0.0, 0.0])));
    let converted = ReadOptions { rate: Some(44_100), ..ReadOptions::default() };
    let told = all(&mut Reader::from_memory(bytes.clone(), &converted).unwrap()).unwrap();
    assert_eq!(told.frames, 5 * 44_100);
    assert_near(told.integrated, expected, 0.1);
    // One channel is 3 dB less than two, whether mixed or chosen.
    for options in [
        ReadOptions { mono: true, ..ReadOptions::default() },
        ReadOptions { channels: Some(1), ..ReadOptions::default() },
    ] {
        let told = all(&mut Reader::from_memory(bytes.clone(), &options).unwrap()).unwrap();
        assert_near(told.integrated, expected - 3.01, 0.1);
    }
}

#[test]
fn what_no_meter_is_defined_for_is_refused() {
    let short = |rate, channels| try_samples(rate, channels, 0, &vec![0.1; 100 * channels as usize]);
    for (rate, channels) in [(4_000, 1), (2_822_400, 5), (8_000, 64)] {
        assert_eq!(short(rate, channels).unwrap().frames, 100);
    }
    for (rate, channels, kind, why) in [
        (3_999, 1, ErrorKind::Unsupported, "at 4000 to 2822400 Hz, not at 3999 Hz"),
        (2_822_401, 1, ErrorKind::Unsupported, "not at 2822401 Hz"),
        (8_000, 65, ErrorKind::Unsupported, "up to 64 channels, not of 65"),
        (2_822_400, 6, ErrorKind::Limit, "samples a second"),
    ] {
        let error = short(rate, channels).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[test]
fn silence_and_short_files_say_so() {
    let silence = |frames: usize| samples(8_000, 1, 0x4, &vec![0.0; frames]);
    // NaN is unequal to itself.
    let told = |l: Loudness| format!("{} {} {} {}", l.integrated, l.range, l.max_momentary, l.max_short_term);
    assert_eq!(told(silence(0)), "NaN NaN NaN NaN");
    assert_eq!(told(silence(3_199)), "NaN NaN NaN NaN");
    assert_eq!(told(silence(3_200)), "-inf NaN -inf NaN");
    assert_eq!(told(silence(24_000)), "-inf 0 -inf -inf");
    assert_eq!((silence(24_000).sample_peak, silence(0).true_peak), (0.0, Some(0.0)));
    // Below the absolute gate there is a level, but no integrated loudness.
    let quiet = stereo(&[(4.0, -80.0)]);
    assert_eq!((quiet.integrated, quiet.range), (SILENT, 0.0));
    assert_near(quiet.max_momentary, -80.0, 0.1);
    let short = stereo(&[(0.3, -6.0)]);
    assert!(short.integrated.is_nan());
    assert_near(decibels(short.sample_peak), -6.0, 0.01);
}

#[test]
fn what_is_no_number_counts_as_silence() {
    let mut signal = tones(RATE, &[(5.0, -23.0)]);
    let clean = samples(RATE, 1, 0x4, &signal);
    for (i, value) in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY].into_iter().enumerate() {
        signal[10_000 * (i + 1)] = value;
    }
    let told = samples(RATE, 1, 0x4, &signal);
    assert_near(told.integrated, clean.integrated, 0.01);
    assert_near(told.sample_peak, clean.sample_peak, 1e-6);
}

#[test]
fn measuring_begins_at_the_position() {
    let path = data("source/music.flac");
    let mut reader = open(&path);
    reader.seek(44_100).unwrap();
    let window = ReadOptions { start: Position::Frames(44_100), ..ReadOptions::default() };
    let expected = all(&mut Reader::open(&path, &window).unwrap()).unwrap();
    let told = all(&mut reader).unwrap();
    // NaN where the rest is shorter than three seconds.
    assert_eq!(format!("{told:?}"), format!("{expected:?}"));
    assert_eq!(told.frames + 44_100, load::<f32>(&path).len() as u64 / 2);
    assert_eq!(all(&mut reader).unwrap().frames, 0, "the reader is at its end");
}

#[test]
fn every_fixture_is_measured_to_the_end_of_its_good_part() {
    let folders =
        ["aac", "aiff", "au", "bad", "caf", "flac", "mkv", "mov", "mp2", "mp3", "mp4", "ogg", "opus", "w64", "wav"];
    // Lengths are guessed at first, where they can be.
    let guessed = ReadOptions { estimate_length: true, ..ReadOptions::default() };
    let mut measured = 0;
    for path in folders.iter().flat_map(|folder| std::fs::read_dir(data(folder)).unwrap().map(|e| e.unwrap().path())) {
        let Ok(mut reader) = Reader::open(&path, &guessed) else { continue };
        let whole = Reader::open(&path, &ReadOptions::default())
            .and_then(|mut reader| reader.load::<f32>(Layout::Interleaved, &Cancel::new()));
        match (all(&mut reader), whole) {
            (Ok(told), Ok(whole)) => {
                let samples = whole.samples::<f32>().unwrap();
                let peak = samples.iter().filter(|s| s.is_finite()).fold(0f32, |max, s| max.max(s.abs()));
                assert_eq!(told.frames, whole.frames(), "{}", path.display());
                assert_eq!(told.sample_peak, f64::from(peak), "{}", path.display());
                assert!(told.true_peak.unwrap() >= told.sample_peak, "{}", path.display());
                measured += 1;
            }
            (Err(error), Err(_)) => assert_ne!(error.kind(), ErrorKind::Internal, "{}: {error}", path.display()),
            // What can be read, but has more channels or another rate than the meter is for.
            (Err(error), Ok(_)) => {
                assert!(
                    matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::Limit),
                    "{}: {error}",
                    path.display()
                );
            }
            (Ok(told), Err(error)) => panic!("{}: measured {told:?}, but reading fails: {error}", path.display()),
        }
    }
    assert!(measured > 200, "{measured} files");
}

#[test]
fn a_stream_that_only_goes_forward_is_measured() {
    let path = data("source/music.flac");
    let pipe = Box::new(Pipe::new(std::fs::read(&path).unwrap()));
    let told = all(&mut Reader::from_callbacks(pipe, "music.flac", &ReadOptions::default()).unwrap()).unwrap();
    assert_eq!(format!("{told:?}"), format!("{:?}", all(&mut open(&path)).unwrap()));
}

#[test]
fn progress_is_told_and_ends_the_work() {
    let bytes: Arc<Vec<u8>> = Arc::new(wav(RATE, 1, 0x4, &tones(RATE, &[(5.0, -23.0)])));
    let mut reader = Reader::from_memory(bytes, &ReadOptions::default()).unwrap();
    let mut last = None;
    let mut note = |progress: &ondes::audio::progress::Progress| {
        last = Some(*progress);
        true
    };
    measure(&mut reader, true, &Cancel::new(), Some(&mut note)).unwrap();
    let last = last.unwrap();
    assert_eq!((last.frames, last.frames_total, last.files), (240_000, 240_000, 1));

    let cancel = Cancel::new();
    let mut refuse = |_: &ondes::audio::progress::Progress| false;
    reader.seek(0).unwrap();
    let error = measure(&mut reader, true, &cancel, Some(&mut refuse)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert!(!cancel.is_set(), "only this work was ended");
    cancel.set();
    reader.seek(0).unwrap();
    assert_eq!(measure(&mut reader, true, &cancel, None).unwrap_err().kind(), ErrorKind::Cancelled);
}

/// The values that FFmpeg's filter gives to a key, one every 100 ms.
fn ffmpeg(path: &Path) -> impl Fn(&str) -> Vec<f64> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(path)
        .args(["-af", "ebur128=peak=true+sample:metadata=1,ametadata=print:file=-", "-f", "null", "-"])
        .output()
        .expect("ffmpeg (Debian package ffmpeg) runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    move |key| {
        let prefix = format!("lavfi.r128.{key}=");
        text.lines().filter_map(|line| line.strip_prefix(&prefix)?.parse().ok()).collect()
    }
}

/// Tech 3342, 3, from the short-term loudness of every 100 ms.
fn range(short_term: &[f64]) -> f64 {
    let gated = |gate: f64| short_term.iter().copied().filter(|l| *l > gate).collect::<Vec<_>>();
    let audible = gated(-70.0);
    let power = audible.iter().map(|l| 10f64.powf(l / 10.0)).sum::<f64>() / audible.len() as f64;
    let mut gated = gated(10.0 * power.log10() - 20.0);
    gated.sort_by(f64::total_cmp);
    let percentile = |part: f64| gated[((gated.len() - 1) as f64 * part).round() as usize];
    percentile(0.95) - percentile(0.1)
}

#[test]
fn real_sound_measures_as_with_ffmpeg() {
    let scratch = Scratch::new("loudness");
    // What is quiet, what is loud and what is out of the gates of each recording.
    let gains = [-6.0, 0.0, -12.0, -3.0, -40.0, -9.0, -20.0, 0.0, -75.0, -4.0];
    for name in ["music.flac", "music48.flac", "speech.flac", "mono.flac", "surround.flac"] {
        let source = open(&data("source").join(name));
        let (rate, channels) = (source.rate(), source.channels());
        let recording: Vec<f32> = load(&data("source").join(name));
        let programme: Vec<f32> = gains.iter().flat_map(|db| spread(&recording, &[*db])).collect();
        let path = scratch.with("programme.wav", &wav(rate, channels, source.description().channel_mask, &programme));
        let (told, theirs) = (all(&mut open(&path)).unwrap(), ffmpeg(&path));
        let max = |values: &[f64]| values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let last = |key: &str| *theirs(key).last().unwrap();
        // FFmpeg counts loudness in steps of 0.01 LU.
        assert_near(told.integrated, last("I"), 0.02);
        assert_near(told.sample_peak, last("sample_peak"), 0.001);
        assert_near(told.true_peak.unwrap(), last("true_peak"), 0.001);
        // FFmpeg looks for the maxima every 100 ms only.
        let at_least = |ours: f64, theirs: f64| {
            assert!((theirs - 0.001..theirs + 0.1).contains(&ours), "{name}: {ours} where {theirs} is expected");
        };
        at_least(told.max_momentary, max(&theirs("M")));
        if told.frames >= 3 * u64::from(rate) {
            // Before three seconds its window is not full.
            let short_term = &theirs("S")[29..];
            at_least(told.max_short_term, max(short_term));
            assert_near(told.range, range(short_term), 0.005);
            // Its own percentiles are rounded to other blocks.
            assert_near(told.range, last("LRA"), 0.2);
        }
    }
}
