//! The streaming resampler: qualities, counts of every call, the cutting of
//! the input, both length rules, and the ladder of named qualities.

use std::f64::consts::TAU;

use ondes::audio::ErrorKind;
use ondes::audio::cancel::Cancel;
use ondes::audio::clip::{self, ClipOptions};
use ondes::audio::codec::Length;
use ondes::audio::frames::{Frames, FramesMut, Layout};
use ondes::audio::reader::{ReadOptions, Reader};
use ondes::audio::resample::{LengthRule, Quality, Ratio, StreamResampler};
use ondes::audio::sample::{Float, SampleFormat};
use ondes::audio::view::ResampledView;

use super::common::{Random, load_with};
use super::resample::noise_wav;

const QUALITIES: [Quality; 14] = [
    Quality::Fast,
    Quality::Balanced,
    Quality::Best,
    Quality::ZeroOrderHold,
    Quality::Linear,
    Quality::CatmullRom,
    Quality::Lagrange,
    Quality::WindowedSinc,
    Quality::WindowedSinc256,
    Quality::WindowedSinc128,
    Quality::WindowedSinc64,
    Quality::WindowedSinc32,
    Quality::WindowedSinc16,
    Quality::WindowedSinc8,
];

const RATES: [(f64, f64); 9] = [
    (44_100.0, 16_000.0),
    (44_100.0, 48_000.0),
    (48_000.0, 44_100.0),
    (96_000.0, 44_100.0),
    (44_100.0, 44_100.0),
    (44_100.0, 44_099.0),
    (44_100.0, 12_345.67),
    (8_000.5, 44_100.0),
    (192_000.0, 1_001.0),
];

fn resampler<T: Float>(rates: (f64, f64), channels: usize, quality: Quality, rule: LengthRule) -> StreamResampler {
    StreamResampler::new(Ratio::from_rates(rates.0, rates.1).unwrap(), channels, T::FORMAT, quality, rule)
}

/// Pushes interleaved samples in pieces, and checks every count that was told before.
fn convert_with<T: Float>(resampler: &mut StreamResampler, samples: &[T], mut piece: impl FnMut() -> usize) -> Vec<T> {
    let channels = resampler.channels();
    let mut output = Vec::new();
    let mut rest = samples;
    while !rest.is_empty() {
        let n = (piece() * channels).min(rest.len());
        let (now, later) = rest.split_at(n);
        let expected = resampler.output_frames((n / channels) as u64) as usize;
        let start = output.len();
        output.resize(start + expected * channels, T::SILENCE);
        let mut dst = FramesMut::new(&mut output[start..], channels, Layout::Interleaved);
        let done = resampler.process(&Frames::new(now, channels, Layout::Interleaved), &mut dst).unwrap();
        assert_eq!(done, expected);
        rest = later;
    }
    let start = output.len();
    let expected = resampler.flush_frames() as usize;
    output.resize(start + expected * channels, T::SILENCE);
    let mut dst = FramesMut::new(&mut output[start..], channels, Layout::Interleaved);
    assert_eq!(resampler.flush(&mut dst).unwrap(), expected);
    output
}

fn convert<T: Float>(samples: &[T], rates: (f64, f64), quality: Quality) -> Vec<T> {
    convert_with(&mut resampler::<T>(rates, 1, quality, LengthRule::Exact), samples, || 1 << 20)
}

fn count(frames: usize, rates: (f64, f64), quality: Quality, rule: LengthRule) -> usize {
    convert_with(&mut resampler::<f32>(rates, 1, quality, rule), &vec![0.25f32; frames], || 1000).len()
}

fn sine<T: Float>(frequency: f64, rate: f64, frames: usize) -> Vec<T> {
    (0..frames).map(|n| T::from_double(0.9 * (TAU * frequency / rate * n as f64 + 0.3).sin())).collect()
}

/// The mean square without the ends, in dB of the sine's.
fn level(signal: impl ExactSizeIterator<Item = f64>) -> f64 {
    let (n, edge) = (signal.len(), signal.len() / 4);
    let sum: f64 = signal.skip(edge).take(n - 2 * edge).map(|v| v * v).sum();
    10.0 * (sum / (n - 2 * edge) as f64 / (0.81 / 2.0)).log10()
}

/// The error against the sine itself at the other rate: gain, phase and delay included.
fn sine_error<T: Float>(frequency: f64, rates: (f64, f64), quality: Quality) -> f64 {
    let got = convert(&sine::<T>(frequency, rates.0, 50_000), rates, quality);
    let expected = sine::<f64>(frequency, rates.1, got.len());
    level(got.iter().zip(&expected).map(|(a, b)| a.to::<f64>() - b))
}

fn alias<T: Float>(frequency: f64, rates: (f64, f64), quality: Quality) -> f64 {
    level(convert(&sine::<T>(frequency, rates.0, 50_000), rates, quality).iter().map(|v| v.to::<f64>()))
}

#[test]
fn our_own_qualities_keep_what_they_promise() {
    // Single precision adds noise of its own: the arithmetic's, or only the output's rounding where that is double.
    let promises = [
        (Quality::Fast, 110.0, 110.0, 0.90),
        (Quality::Balanced, 135.0, 133.0, 0.94),
        (Quality::Best, 150.0, 149.5, 0.95),
    ];
    for (quality, promise, single, pass) in promises {
        for rates in RATES.into_iter().filter(|r| r.0 != r.1 && r.1 > 2000.0) {
            let nyquist = rates.0.min(rates.1) / 2.0;
            for part in [0.01, 0.0517, 0.3, 0.61, 0.85, 1.0] {
                let error = sine_error::<f64>(part * pass * nyquist, rates, quality);
                assert!(error < -promise, "{quality:?}, {rates:?}, {part}: {error:.1} dB");
                let error = sine_error::<f32>(part * pass * nyquist, rates, quality);
                assert!(error < -single, "{quality:?}, {rates:?}, {part}: {error:.1} dB in single precision");
            }
            if rates.0 > rates.1 {
                for part in [0.001, 0.05, 0.3, 0.7, 0.98] {
                    let level = alias::<f64>(nyquist + (rates.0 / 2.0 - nyquist) * part, rates, quality);
                    assert!(level < -promise, "{quality:?}, {rates:?}, alias {part}: {level:.1} dB");
                }
            }
        }
    }
}

#[test]
fn the_cutting_of_the_input_changes_nothing() {
    let mut random = Random(11);
    let samples: Vec<f32> = (0..2 * 30_000).map(|_| random.below(2001) as f32 / 1000.0 - 1.0).collect();
    for quality in QUALITIES {
        for rates in RATES {
            for rule in [LengthRule::Exact, LengthRule::Floor] {
                let mut resampler = resampler::<f32>(rates, 2, quality, rule);
                let whole = convert_with(&mut resampler, &samples, || 1 << 20);
                for most in [1, 7, 700, 20_000] {
                    let few = if most == 1 { &samples[..8_000] } else { &samples[..] };
                    let cut = convert_with(&mut resampler, few, || 1 + random.below(most) as usize);
                    let same = if most == 1 { convert_with(&mut resampler, few, || 1 << 20) } else { whole.clone() };
                    assert!(cut == same, "{quality:?}, {rates:?}, {rule:?}, pieces of up to {most}");
                }
            }
        }
    }
}

#[test]
fn lengths_follow_their_rule() {
    for quality in QUALITIES {
        for rates in RATES {
            for frames in [1, 2, 3, 441, 5_000] {
                let exact = (frames as f64 * rates.1 / rates.0 - 1e-9).ceil() as usize;
                assert_eq!(count(frames, rates, quality, LengthRule::Exact), exact, "{frames}, {quality:?}, {rates:?}");
            }
            assert_eq!(count(0, rates, quality, LengthRule::Exact), 0);
            assert_eq!(count(0, rates, quality, LengthRule::Floor), 0);
        }
    }
}

#[test]
fn the_floor_rule_gives_the_published_counts() {
    // PEERS SR7 and RS3; the default there is the windowed sinc 32.
    let count = |seconds: f64, rates: (f64, f64), quality| {
        count((seconds * rates.0) as usize, rates, quality, LengthRule::Floor)
    };
    let sinc = Quality::WindowedSinc32;
    assert_eq!(count(1.0, (44_100.0, 22_050.0), sinc), 22_050);
    assert_eq!(count(1.0, (44_100.0, 22_050.0), Quality::Linear), 22_049);
    assert_eq!(count(5.0, (48_000.0, 22_050.0), sinc), 110_250);
    assert_eq!(count(5.0, (44_100.0, 48_000.0), sinc), 239_999);
    assert_eq!(count(5.0, (8_000.0, 44_100.0), sinc), 220_499);
    assert_eq!(count(5.0, (44_100.0, 12_345.67), sinc), 61_728);
    assert_eq!(count(5.0, (44_100.0, 44_100.0), sinc), 220_500);
    assert_eq!(count(1.0, (44_100.0, 8_000.0), sinc), 7_999);
    assert_eq!(count(1.0, (44_100.0, 48_000.0), sinc), 47_999);
}

#[test]
fn the_floor_rule_counts_every_call_as_published() {
    // PEERS SR3, SR5 and SR6.
    let latencies = [0, 1, 2, 2, 100, 512, 256, 128, 64, 32, 16];
    for (quality, latency) in QUALITIES[3..].iter().zip(latencies) {
        for rates in [(44_100.0, 48_000.0), (44_100.0, 16_000.0), (8_000.0, 44_100.0)] {
            let mut resampler = resampler::<f32>(rates, 1, *quality, LengthRule::Floor);
            assert_eq!(resampler.latency(), latency, "{quality:?}");
            assert_eq!(resampler.output_frames(latency), 0);
            let factor = rates.1 / rates.0;
            let skipped = (latency as f64 * factor).round();
            let silence = vec![0.0f32; 3_000];
            let (mut fed, mut given) = (0, 0);
            for n in [latency as usize, 1, 0, 17, 1000, 3_000] {
                fed += n;
                let expected = ((fed as f64 * factor + 1e-9).floor() - skipped).max(0.0) as usize - given;
                let mut dst = vec![0.0f32; expected];
                let mut dst = FramesMut::new(&mut dst, 1, Layout::Planar);
                assert_eq!(
                    resampler.process(&Frames::new(&silence[..n], 1, Layout::Planar), &mut dst).unwrap(),
                    expected
                );
                given += expected;
            }
            assert!(resampler.flush_frames() <= (latency as f64 * factor).ceil() as u64);
        }
    }
}

#[test]
fn reset_and_flush_restore_the_start() {
    let samples = sine::<f32>(440.0, 44_100.0, 20_000);
    for quality in QUALITIES {
        for rates in [(44_100.0, 48_000.0), (44_100.0, 44_099.0)] {
            let mut resampler = resampler::<f32>(rates, 1, quality, LengthRule::Exact);
            let fresh = convert_with(&mut resampler, &samples, || 999);
            assert_eq!(resampler.flush_frames(), 0, "a second flush gives nothing");
            let mut dst = vec![0.0f32; 40_000];
            let mut dst = FramesMut::new(&mut dst, 1, Layout::Planar);
            resampler.process(&Frames::new(&samples[7_000..], 1, Layout::Planar), &mut dst).unwrap();
            resampler.reset();
            assert!(convert_with(&mut resampler, &samples, || 1 << 20) == fresh, "{quality:?}");
        }
    }
}

#[test]
fn layouts_and_precisions_agree() {
    let mut random = Random(3);
    let samples: Vec<f64> = (0..3 * 9_000).map(|_| f64::from(random.below(2001) as f32 / 1000.0 - 1.0)).collect();
    let planar: Vec<f64> = (0..3).flat_map(|c| samples.iter().skip(c).step_by(3).copied()).collect();
    for quality in QUALITIES {
        let mut resampler = resampler::<f64>((44_100.0, 16_000.0), 3, quality, LengthRule::Exact);
        let interleaved = convert_with(&mut resampler, &samples, || 1 << 20);
        let expected = resampler.output_frames(9_000) as usize;
        let mut planes = vec![0.0f64; 3 * expected];
        let mut dst = FramesMut::new(&mut planes, 3, Layout::Planar);
        resampler.process(&Frames::new(&planar, 3, Layout::Planar), &mut dst).unwrap();
        for (f, frame) in interleaved.chunks_exact(3).take(expected).enumerate() {
            (0..3).for_each(|c| assert_eq!(frame[c], planes[c * expected + f], "{quality:?}"));
        }
        // In single precision the same but for its rounding.
        let single: Vec<f32> = samples.iter().map(|v| *v as f32).collect();
        let single = convert_with(
            &mut self::resampler::<f32>((44_100.0, 16_000.0), 3, quality, LengthRule::Exact),
            &single,
            || 1 << 20,
        );
        assert!(single.iter().zip(&interleaved).all(|(a, b)| (f64::from(*a) - b).abs() < 3e-6), "{quality:?}");
    }
}

#[test]
fn a_clip_has_the_bits_of_a_stream_on_any_number_of_threads() {
    let mut random = Random(5);
    let samples: Vec<f32> = (0..2 * 300_000).map(|_| random.below(2001) as f32 / 1000.0 - 1.0).collect();
    for quality in [Quality::Balanced, Quality::Best, Quality::Linear, Quality::WindowedSinc64] {
        for rates in [(44_100.0, 48_000.0), (44_100.0, 44_100.0), (44_100.0, 44_099.0), (16_000.5, 44_100.0)] {
            let expected = convert_with(&mut resampler::<f32>(rates, 2, quality, LengthRule::Exact), &samples, || 1000);
            for threads in [1, 2, 3] {
                let src = Frames::new(&samples, 2, Layout::Interleaved);
                let options = ClipOptions { quality, threads };
                let audio = clip::resample(&src.any(), rates.0, rates.1, &options, &Cancel::new()).unwrap();
                assert!(audio.samples::<f32>().unwrap() == expected, "{quality:?}, {rates:?}, {threads} threads");
                assert_eq!((audio.channels(), audio.rate()), (2, rates.1.round() as u32));
            }
        }
    }
}

#[test]
fn a_clip_keeps_doubles_and_scales_integers() {
    let floats = sine::<f32>(440.0, 44_100.0, 5_000);
    let words: Vec<i16> = floats.iter().map(|v| (v * 32_000.0) as i16).collect();
    let scaled: Vec<f32> = words.iter().map(|v| f32::from(*v) / 32_768.0).collect();
    let never = Cancel::new();
    let options = ClipOptions::default();
    let planar = |words: &[i16]| {
        clip::resample(&Frames::new(words, 5, Layout::Planar).any(), 44_100.0, 16_000.0, &options, &never).unwrap()
    };
    let of_words = planar(&words);
    let of_floats =
        clip::resample(&Frames::new(&scaled, 5, Layout::Planar).any(), 44_100.0, 16_000.0, &options, &never);
    // 1000 frames are 362.81 of the other rate.
    assert_eq!((of_words.frames(), of_words.layout(), of_words.format()), (363, Layout::Planar, SampleFormat::F32));
    assert_eq!(of_words.bytes(), of_floats.unwrap().bytes());
    assert_eq!(planar(&[]).frames(), 0);
    // 32 bits do not fit into a float, but `best` works in double precision.
    let wide: Vec<i32> = (0..5_000).map(|n| (n * 7_919 % 5_000 - 2_500) * 858_993 + 1).collect();
    let exact: Vec<f64> = wide.iter().map(|v| f64::from(*v) / 2_147_483_648.0).collect();
    let best = ClipOptions { quality: Quality::Best, ..options };
    let of_wide = clip::resample(&Frames::new(&wide, 1, Layout::Planar).any(), 44_100.0, 16_000.0, &best, &never);
    let rounded: Vec<f32> = convert(&exact, (44_100.0, 16_000.0), Quality::Best).iter().map(|v| *v as f32).collect();
    assert_eq!(of_wide.unwrap().samples::<f32>().unwrap(), rounded);
    let doubles = sine::<f64>(440.0, 44_100.0, 5_000);
    let audio = clip::resample(&Frames::new(&doubles, 1, Layout::Planar).any(), 44_100.0, 16_000.0, &options, &never);
    assert_eq!(audio.unwrap().samples::<f64>().unwrap(), convert(&doubles, (44_100.0, 16_000.0), Quality::Balanced));
    never.set();
    let nothing = clip::resample(&Frames::<f32>::new(&[], 1, Layout::Planar).any(), 1.0, 2.0, &options, &never);
    assert_eq!(nothing.err().map(|error| error.kind()), Some(ErrorKind::Cancelled));
    let error = clip::resample(&Frames::new(&doubles, 1, Layout::Planar).any(), 44_100.0, 16_000.0, &options, &never);
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Cancelled);
}

#[test]
fn too_little_memory_changes_nothing() {
    let samples = sine::<f32>(440.0, 44_100.0, 30_000);
    let mut resampler = resampler::<f32>((44_100.0, 48_000.0), 1, Quality::Balanced, LengthRule::Exact);
    let src = Frames::new(&samples, 1, Layout::Planar);
    let expected = resampler.output_frames(30_000);
    let mut small = vec![0.0f32; expected as usize - 1];
    let error = resampler.process(&src, &mut FramesMut::new(&mut small, 1, Layout::Planar)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutOfRange);
    assert!(error.message().contains(&format!("{expected} come out")), "{error}");
    assert_eq!(resampler.output_frames(30_000), expected);
}

#[test]
fn impossible_rates_are_refused() {
    for rates in [(0.0, 1.0), (1.0, 0.0), (-1.0, 1.0), (f64::NAN, 1.0), (1.0, f64::INFINITY), (44_100.0, 100.0)] {
        assert_eq!(Ratio::from_rates(rates.0, rates.1).unwrap_err().kind(), ErrorKind::InvalidArgument, "{rates:?}");
    }
}

#[test]
fn named_qualities_are_what_their_names_say() {
    let ramp: Vec<f64> = (0..2_000).map(|n| f64::from(n) / 2_000.0).collect();
    let rates = (3.0, 4.0);
    let at = |quality| convert(&ramp, rates, quality);
    for (k, (hold, line)) in at(Quality::ZeroOrderHold).iter().zip(at(Quality::Linear)).enumerate().take(2_600) {
        let time = k as f64 * 0.75;
        assert_eq!(*hold, time.floor() / 2_000.0);
        assert!((line - time / 2_000.0).abs() < 1e-15);
    }
    // The errors of a sine at a tenth of the rate, as the theory of each has them, grow smaller down the list.
    let errors: Vec<f64> =
        QUALITIES[3..7].iter().map(|quality| sine_error::<f64>(4_410.0, (44_100.0, 48_000.0), *quality)).collect();
    assert!(errors.is_sorted_by(|a, b| *a > b + 5.0), "{errors:?}");
    // PEERS SR17, whose demands are loose: a 440 Hz sine.
    for quality in QUALITIES {
        for rates in [(44_100.0, 22_050.0), (22_050.0, 44_100.0), (44_100.0, 12_345.67)] {
            let got = convert(&sine::<f32>(440.0, rates.0, 44_100), rates, quality);
            let expected = sine::<f64>(440.0, rates.1, got.len());
            let edge = 400;
            let worst = (edge..got.len() - edge).map(|i| (f64::from(got[i]) - expected[i]).abs()).fold(0.0, f64::max);
            assert!(worst < 0.15, "{quality:?}, {rates:?}: {worst}");
        }
    }
}

#[test]
fn polynomials_are_as_scipy_computes_them() {
    // scipy 1.17.1: CubicHermiteSpline with the slopes (after - before) / 2, and
    // BarycentricInterpolator through the five nearest frames, from output frame 10 on.
    #[rustfmt::skip]
    let expected = [
        (Quality::CatmullRom, [
            0.1640625, 0.75390625, 1.0, 1.03515625, 0.859375, 0.4228515625,
            -0.125, 0.759765625, 0.171875, -0.6767578125, -0.375, -0.43359375,
        ]),
        (Quality::Lagrange, [
            0.0146484375, 0.79022216796875, 1.0, 1.03515625, 0.859375, 0.42596435546875,
            -0.125, 0.58441162109375, 0.37109375, -0.75250244140625, -0.375, -0.39727783203125,
        ]),
    ];
    let samples: Vec<f64> = (0..32).map(|n| f64::from((n * n * 7 + 3 * n) % 17 - 8) / 8.0).collect();
    for (quality, expected) in expected {
        // The second ratio is the first but for one in a million: cubics instead of a table of places.
        for (rates, tolerance) in [((3.0, 4.0), 1e-14), ((3_000_000.0, 4_000_001.0), 2e-5)] {
            let got = convert(&samples, rates, quality);
            for (got, expected) in got[10..].iter().zip(expected) {
                assert!((got - expected).abs() < tolerance, "{quality:?}, {rates:?}: {got} instead of {expected}");
            }
        }
    }
}

#[test]
fn the_windowed_sincs_reject_aliases() {
    // What pedalboard's of the same names reached from 44.1 to 16 kHz, at 15 % and 50 % above the new band.
    let peers = [
        (Quality::WindowedSinc8, -11.0, -60.0),
        (Quality::WindowedSinc16, -45.0, -55.0),
        (Quality::WindowedSinc32, -55.0, -72.0),
        (Quality::WindowedSinc64, -66.0, -75.0),
        (Quality::WindowedSinc128, -66.0, -76.0),
        (Quality::WindowedSinc256, -66.0, -80.0),
    ];
    let rates = (44_100.0, 16_000.0);
    for (quality, near, far) in peers {
        let levels = (alias::<f32>(8_000.0 * 1.15, rates, quality), alias::<f32>(12_000.0, rates, quality));
        assert!(levels.0 < near && levels.1 < far, "{quality:?}: {levels:?}");
    }
}

fn read_view(view: &mut ResampledView, reader: &mut Reader, frames: usize) -> Vec<f32> {
    let channels = reader.channels() as usize;
    let mut samples = vec![0.0f32; frames * channels];
    let n = view.read(reader, FramesMut::new(&mut samples, channels, Layout::Interleaved)).unwrap();
    samples.truncate(n * channels);
    samples
}

#[test]
fn a_view_reads_what_a_stream_would_give_from_any_frame() {
    let (path, samples) = noise_wav("view", 44_100, 2, 40_000);
    let samples: Vec<f32> = samples.iter().map(|v| f32::from(*v) / 32768.0).collect();
    let mut reader = Reader::open(&path, &ReadOptions::default()).unwrap();
    let mut random = Random(5);
    for quality in QUALITIES {
        for rate in [16_000.0, 48_000.0, 44_099.0, 12_345.67, 700.5] {
            for rule in [LengthRule::Exact, LengthRule::Floor] {
                let mut expected = convert_with(
                    &mut resampler::<f32>((44_100.0, rate), 2, quality, LengthRule::Exact),
                    &samples,
                    || 1 << 20,
                );
                let mut view = ResampledView::new(&reader, rate, quality, rule).unwrap();
                let Length::Exact(frames) = view.length(&reader) else { panic!("a WAV file's length is exact") };
                expected.truncate(frames as usize * 2);
                assert_eq!(view.rate(), rate);
                assert!(read_view(&mut view, &mut reader, 1 << 20) == expected, "{quality:?}, {rate}, {rule:?}");
                assert_eq!((view.position(), reader.position()), (frames, 0));
                for _ in 0..20 {
                    let at = random.below(frames + 1);
                    let n = random.below(frames) as usize;
                    view.seek(&mut reader, at).unwrap();
                    let end = (at as usize + n).min(frames as usize);
                    assert!(
                        read_view(&mut view, &mut reader, n) == expected[2 * at as usize..2 * end],
                        "{quality:?}, {rate}: {n} from {at}"
                    );
                }
                assert_eq!(view.seek(&mut reader, frames + 1).unwrap_err().kind(), ErrorKind::OutOfRange);
            }
        }
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn the_frames_of_a_view_follow_the_published_rule() {
    // PEERS RS3.
    let (path, _) = noise_wav("view-frames", 44_100, 1, 44_100);
    let reader = Reader::open(&path, &ReadOptions::default()).unwrap();
    let frames = |rate, rule| ResampledView::new(&reader, rate, Quality::WindowedSinc32, rule).unwrap().length(&reader);
    assert_eq!(frames(8_000.0, LengthRule::Floor), Length::Exact(7_999));
    assert_eq!(frames(48_000.0, LengthRule::Floor), Length::Exact(47_999));
    assert_eq!(frames(8_000.0, LengthRule::Exact), Length::Exact(8_000));
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
        let error = ResampledView::new(&reader, rate, Quality::Balanced, LengthRule::Exact).err().map(|e| e.kind());
        assert_eq!(error, Some(ErrorKind::InvalidArgument));
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_view_and_its_reader_do_not_disturb_each_other() {
    let (path, samples) = noise_wav("view-both", 44_100, 1, 60_000);
    let samples: Vec<f32> = samples.iter().map(|v| f32::from(*v) / 32768.0).collect();
    let expected = load_with::<f32>(&path, &ReadOptions { rate: Some(16_000), ..ReadOptions::default() });
    let mut reader = Reader::open(&path, &ReadOptions::default()).unwrap();
    let mut view = ResampledView::new(&reader, 16_000.0, Quality::Balanced, LengthRule::Exact).unwrap();
    let mut random = Random(6);
    let (mut from_view, mut from_reader) = (Vec::new(), Vec::new());
    while from_view.len() < expected.len() || from_reader.len() < samples.len() {
        from_view.extend(read_view(&mut view, &mut reader, random.below(3_000) as usize));
        let mut some = vec![0.0f32; random.below(8_000) as usize];
        let n = reader.read(FramesMut::new(&mut some, 1, Layout::Interleaved)).unwrap();
        from_reader.extend_from_slice(&some[..n]);
    }
    assert!(from_view == expected && from_reader == samples);
    std::fs::remove_file(path).unwrap();
}
