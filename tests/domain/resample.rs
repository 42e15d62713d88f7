//! Rate conversion: quality, lengths, position, and reading at another rate.

use std::f64::consts::TAU;
use std::path::PathBuf;

use ondes::audio::ErrorKind;
use ondes::audio::codec::Length;
use ondes::audio::frames::{FramesMut, Layout};
use ondes::audio::reader::{Position, ReadOptions, Reader};
use ondes::audio::resample::{Quality, Ratio, Resampler};
use ondes::audio::sample::{Float, Sample};

use super::common::{Random, assert_exact_with, load_with};

/// Ratios of everyday use, near-prime ones and extreme ones.
const EVERYDAY: [(u32, u32); 6] =
    [(44_100, 16_000), (44_100, 48_000), (48_000, 44_100), (96_000, 44_100), (48_000, 16_000), (8_000, 44_100)];
const ODD: [(u32, u32); 4] = [(44_100, 44_099), (16_001, 44_100), (44_100, 9_973), (192_000, 1_000)];

fn resampler<T: Float>(input: u32, output: u32, channels: usize) -> Resampler<T> {
    Resampler::new(Ratio::new(input, output).unwrap(), channels, Quality::default())
}

/// Converts planes, given in pieces of the sizes that `piece` tells.
fn convert_with<T: Float>(
    resampler: &mut Resampler<T>,
    planes: &[Vec<T>],
    mut piece: impl FnMut() -> usize,
) -> Vec<Vec<T>> {
    let frames = planes[0].len();
    let mut given = 0;
    let mut output = vec![Vec::new(); planes.len()];
    loop {
        let mut buffer = vec![T::SILENCE; piece() * planes.len()];
        let n = resampler.read(&mut FramesMut::new(&mut buffer, planes.len(), Layout::Interleaved));
        for frame in buffer.chunks_exact(planes.len()).take(n) {
            output.iter_mut().zip(frame).for_each(|(plane, v)| plane.push(*v));
        }
        if n > 0 {
            continue;
        }
        if resampler.is_finished() {
            return output;
        }
        let mut room = resampler.room();
        let n = piece().min(room.len()).min(frames - given);
        for (c, plane) in planes.iter().enumerate() {
            room.plane(c)[..n].copy_from_slice(&plane[given..given + n]);
        }
        resampler.fill(n);
        given += n;
        if given == frames {
            resampler.finish();
        }
    }
}

fn convert<T: Float>(plane: Vec<T>, input: u32, output: u32) -> Vec<T> {
    convert_with(&mut resampler(input, output, 1), &[plane], || 1 << 20).remove(0)
}

fn sine<T: Float>(frequency: f64, rate: u32, frames: usize) -> Vec<T> {
    let step = TAU * frequency / f64::from(rate);
    (0..frames).map(|n| T::from_double(0.9 * (step * n as f64 + 0.3).sin())).collect()
}

/// The mean square without the ends, where the input starts and stops, in dB of a full sine's.
fn level(signal: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = signal.len();
    let edge = n / 4;
    let sum: f64 = signal.skip(edge).take(n - 2 * edge).map(|v| v * v).sum();
    10.0 * (sum / (n - 2 * edge) as f64 / (0.81 / 2.0)).log10()
}

/// The error of a converted sine against the sine itself at the other rate:
/// amplitude, phase and delay included.
fn sine_error<T: Float>(frequency: f64, input: u32, output: u32) -> f64 {
    let frames = input.max(16_000) as usize;
    let got = convert(sine::<T>(frequency, input, frames), input, output);
    let expected = sine::<f64>(frequency, output, got.len());
    level(got.iter().zip(&expected).map(|(a, b)| a.to::<f64>() - b))
}

fn alias_level<T: Float>(frequency: f64, input: u32, output: u32) -> f64 {
    let frames = input.max(16_000) as usize;
    level(convert(sine::<T>(frequency, input, frames), input, output).iter().map(|v| v.to::<f64>()))
}

#[test]
fn sines_come_out_as_themselves_130_db_clean() {
    for (input, output) in EVERYDAY.into_iter().chain(ODD) {
        let nyquist = f64::from(input.min(output)) / 2.0;
        for part in [0.003, 0.0517, 0.211, 0.5, 0.777, 0.93] {
            let error = sine_error::<f32>(part * nyquist, input, output);
            assert!(error < -130.0, "{input} to {output}, {:.1} Hz: {error:.1} dB", part * nyquist);
        }
        let error = sine_error::<f64>(0.4 * nyquist, input, output);
        assert!(error < -138.0, "{input} to {output} in double precision: {error:.1} dB");
    }
}

#[test]
fn tones_above_the_new_band_are_130_db_down() {
    for (input, output) in EVERYDAY.into_iter().chain(ODD).filter(|(input, output)| input > output) {
        let (new, old) = (f64::from(output) / 2.0, f64::from(input) / 2.0);
        for part in [0.001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98] {
            let frequency = new + (old - new) * part;
            let level = alias_level::<f32>(frequency, input, output);
            assert!(level < -130.0, "{input} to {output}, {frequency:.1} Hz: {level:.1} dB");
        }
    }
}

#[test]
fn the_length_is_the_rounded_up_product() {
    let pairs =
        EVERYDAY.into_iter().chain(ODD).chain([(44_100, 44_101), (44_100, 22_050), (44_100, 11_025), (44_100, 88_200)]);
    for (input, output) in pairs {
        let mut resampler = resampler::<f32>(input, output, 1);
        for frames in [0, 1, 2, 3, 146, 147, 148, 440, 441, 442, 5_000, 10_583, 10_584, 10_585, 12_345] {
            resampler.seek(0);
            let got = convert_with(&mut resampler, &[vec![0.5; frames]], || 4096)[0].len() as u64;
            let expected = (frames as u64 * u64::from(output)).div_ceil(u64::from(input));
            assert_eq!(got, expected, "{frames} frames, {input} to {output}");
            assert_eq!(resampler.ratio().output_frames(frames as u64), expected);
        }
    }
}

#[test]
fn lengths_of_a_song_match_the_published_ones() {
    // PEERS B9.
    let frames = |output| Ratio::new(44_100, output).unwrap().output_frames(2_491_247);
    assert_eq!(
        [frames(44_099), frames(44_101), frames(22_050), frames(11_025), frames(88_200)],
        [2_491_191, 2_491_304, 1_245_624, 622_812, 4_982_494]
    );
}

#[test]
fn an_impulse_stays_where_it_is() {
    for (input, output) in EVERYDAY.into_iter().chain([(44_100, 44_099)]) {
        let ratio = Ratio::new(input, output).unwrap();
        // A moment that both rates have a frame at.
        let common = (1..)
            .map(|k| k * 100)
            .find(|k| k * u64::from(input) % u64::from(output) == 0 && *k >= u64::from(output))
            .unwrap();
        let at = (common * u64::from(input) / u64::from(output)) as usize;
        let mut signal = vec![0.0f32; 2 * at];
        signal[at] = 1.0;
        let got = convert(signal, input, output);
        assert_eq!(got.len() as u64, ratio.output_frames(2 * at as u64));
        let peak = got.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(i, _)| i);
        assert_eq!(peak, Some(common as usize), "{input} to {output}");
        let (before, after) = (got[common as usize - 3], got[common as usize + 3]);
        assert!((before - after).abs() < 1e-6, "{input} to {output}: symmetric around the peak");
    }
}

#[test]
fn agrees_with_rubato_inside_the_band() {
    use rubato::audioadapter_buffers::direct::SequentialSliceOfVecs;
    use rubato::{
        Async, FixedAsync, Resampler as _, SincInterpolationParameters, SincInterpolationType, WindowFunction,
    };
    /// Steps of rubato's filter in an input frame.
    const STEPS: usize = 1024;
    for (input, output) in [(44_100u32, 16_000u32), (44_100, 48_000), (48_000, 44_100)] {
        // Tones without the top of the band, where the two filters differ.
        let nyquist = f64::from(input.min(output)) / 2.0;
        let parts = [0.011, 0.07, 0.19, 0.33, 0.48, 0.61, 0.7].map(|part| part * nyquist / f64::from(input));
        let frames = 40_000;
        let tones = |shift: f64| -> Vec<f64> {
            let at = |time: f64| parts.iter().map(|f| (TAU * f * time).sin() / 8.0).sum();
            (0..frames).map(|n| at(n as f64 + shift)).collect()
        };
        let ours = convert(tones(0.0), input, output);
        let parameters = SincInterpolationParameters {
            // Half of it is a whole number of output frames.
            sinc_len: 8 * (input / 100) as usize / if input == 44_100 { 1 } else { 3 },
            f_cutoff: Some(0.9),
            oversampling_factor: STEPS,
            interpolation: SincInterpolationType::Cubic,
            window: WindowFunction::BlackmanHarris2,
        };
        let ratio = f64::from(output) / f64::from(input);
        let mut other = Async::<f64>::new_sinc(ratio, 1.0, &parameters, 1024, 1, FixedAsync::Input).unwrap();
        // rubato's output is one frame and one of those steps early.
        let planes = [tones(-1.0 / STEPS as f64)];
        let adapter = SequentialSliceOfVecs::new(&planes, 1, frames).unwrap();
        let theirs = other.process_all(&adapter, frames, None).unwrap().take_data();
        let difference = level(ours[1..].iter().zip(&theirs).map(|(a, b)| a - b));
        assert!(difference < -165.0, "{input} to {output}: {difference:.1} dB");
    }
}

#[test]
fn the_cutting_of_the_input_changes_nothing() {
    let mut random = Random(7);
    for (input, output) in EVERYDAY.into_iter().chain(ODD) {
        let planes: Vec<Vec<f32>> =
            (0..2).map(|_| (0..50_000).map(|_| random.below(2001) as f32 / 1000.0 - 1.0).collect()).collect();
        let mut resampler = resampler::<f32>(input, output, 2);
        let whole = convert_with(&mut resampler, &planes, || 1 << 20);
        for most in [1, 10, 1000, 10_000] {
            resampler.seek(0);
            let cut = convert_with(&mut resampler, &planes, || 1 + random.below(most) as usize);
            assert!(cut == whole, "{input} to {output}, pieces of up to {most}");
        }
        let alone = convert(planes[1].clone(), input, output);
        assert!(alone == whole[1], "{input} to {output}: channels do not touch each other");
    }
}

#[test]
fn a_nan_spoils_only_its_surroundings() {
    for (input, output) in [(44_100, 16_000), (44_100, 44_099)] {
        let clean = vec![sine::<f32>(440.0, input, 200_000), sine(880.0, input, 200_000)];
        let mut spoiled = clean.clone();
        spoiled[0][100_000] = f32::NAN;
        let clean = convert_with(&mut resampler(input, output, 2), &clean, || 4096);
        let spoiled = convert_with(&mut resampler(input, output, 2), &spoiled, || 4096);
        assert_eq!(clean[1], spoiled[1], "the other channel");
        let differing: Vec<usize> = (0..clean[0].len()).filter(|i| clean[0][*i] != spoiled[0][*i]).collect();
        let middle = (100_000 * u64::from(output) / u64::from(input)) as usize;
        let (first, last) = (differing[0], differing[differing.len() - 1]);
        assert!(first <= middle && middle <= last && last - first < 16_384, "{first} to {last} around {middle}");
    }
}

#[test]
fn impossible_rates_are_refused() {
    for (input, output) in [(0, 44_100), (44_100, 0), (44_100, 172), (172, 44_100)] {
        let error = Ratio::new(input, output).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.message().contains("44100"), "{error}");
    }
    // PEERS B8.
    assert!(Ratio::new(44_100, 173).is_ok());
}

/// A WAV file of random 16-bit samples, and the samples.
pub fn noise_wav(name: &str, rate: u32, channels: u16, frames: usize) -> (PathBuf, Vec<i16>) {
    let mut random = Random(u64::from(rate) + u64::from(channels));
    let samples: Vec<i16> = (0..frames * channels as usize).map(|_| random.below(1 << 16) as i16).collect();
    let (width, size) = (channels * 2, samples.len() as u32 * 2);
    let mut bytes = Vec::new();
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&(36 + size).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0");
    bytes.extend_from_slice(&channels.to_le_bytes());
    bytes.extend_from_slice(&rate.to_le_bytes());
    bytes.extend_from_slice(&(rate * u32::from(width)).to_le_bytes());
    bytes.extend_from_slice(&width.to_le_bytes());
    bytes.extend_from_slice(b"\x10\0data");
    bytes.extend_from_slice(&size.to_le_bytes());
    samples.iter().for_each(|v| bytes.extend_from_slice(&v.to_le_bytes()));
    let path = std::env::temp_dir().join(format!("ondes-resample-{}-{name}.wav", std::process::id()));
    std::fs::write(&path, bytes).unwrap();
    (path, samples)
}

#[test]
fn windows_of_a_resampled_file_are_exact() {
    let (path, _) = noise_wav("exact", 44_100, 3, 90_000);
    for rate in [16_000, 48_000, 44_099, 96_000, 9_973] {
        let options = ReadOptions { rate: Some(rate), mono: true, channels: Some(2), ..ReadOptions::default() };
        assert_exact_with(&path, &options);
        let window = ReadOptions {
            rate: Some(rate),
            start: Position::Frames(1234),
            end: Some(Position::Frames(60_001)),
            ..ReadOptions::default()
        };
        assert_exact_with(&path, &window);
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_file_is_cut_then_mixed_then_converted() {
    let (path, samples) = noise_wav("order", 44_100, 3, 50_000);
    let mean: Vec<f32> =
        samples.chunks(3).skip(777).take(30_000).map(|f| (f32::from(f[0]) + f32::from(f[1])) / 65536.0).collect();
    let expected = convert(mean, 44_100, 16_000);
    let options = ReadOptions {
        rate: Some(16_000),
        mono: true,
        channels: Some(2),
        start: Position::Frames(777),
        end: Some(Position::Frames(30_777)),
        ..ReadOptions::default()
    };
    assert!(load_with::<f32>(&path, &options) == expected);
    let reader = Reader::open(&path, &options).unwrap();
    assert_eq!((reader.rate(), reader.channels(), reader.length()), (16_000, 1, Length::Exact(10_885)));
    // In another format the same, rounded once.
    let integers: Vec<i16> = expected.iter().map(|v| v.to()).collect();
    assert!(load_with::<i16>(&path, &options) == integers);
    std::fs::remove_file(path).unwrap();
}

#[test]
fn mono_is_the_mean_of_the_channels_asked_for() {
    let (path, samples) = noise_wav("mono", 8_000, 4, 3_000);
    for channels in [None, Some(2), Some(3), Some(4)] {
        let n = channels.unwrap_or(4) as usize;
        let options = ReadOptions { mono: true, channels, ..ReadOptions::default() };
        let expected: Vec<f64> =
            samples.chunks(4).map(|f| f[..n].iter().map(|v| f64::from(*v)).sum::<f64>() / 32768.0 / n as f64).collect();
        let got = load_with::<f64>(&path, &options);
        assert!(got.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-15) && got.len() == expected.len());
        let single = load_with::<f32>(&path, &options);
        assert!(single.iter().zip(&expected).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-7));
    }
    let error = |options| Reader::open(&path, &options).err().map(|e| e.kind());
    let mono = ReadOptions { mono: true, ..ReadOptions::default() };
    assert_eq!(error(ReadOptions { channels: Some(1), ..mono }), Some(ErrorKind::InvalidArgument));
    assert_eq!(error(ReadOptions { channels: Some(5), ..mono }), Some(ErrorKind::InvalidArgument));
    assert_eq!(error(ReadOptions { rate: Some(0), ..mono }), Some(ErrorKind::InvalidArgument));
    assert_eq!(error(ReadOptions { rate: Some(31), ..mono }), Some(ErrorKind::InvalidArgument));
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_file_of_an_odd_rate_is_to_blame_for_it() {
    let (path, _) = noise_wav("odd-rate", 3, 1, 400);
    let error = |rate| Reader::open(&path, &ReadOptions { rate: Some(rate), ..ReadOptions::default() }).err().unwrap();
    assert_eq!(error(16_000).kind(), ErrorKind::Unsupported);
    assert!(error(16_000).message().contains("3 Hz to 16000 Hz"), "{}", error(16_000));
    assert_eq!(error(4_000_000).kind(), ErrorKind::InvalidArgument);
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_reader_serves_both_precisions_and_lends_its_scratch() {
    let (path, _) = noise_wav("scratch", 44_100, 2, 40_000);
    let options = ReadOptions { rate: Some(16_000), ..ReadOptions::default() };
    let single = load_with::<f32>(&path, &options);
    let double = load_with::<f64>(&path, &options);
    let mut reader = Reader::open(&path, &options).unwrap();
    for _ in 0..2 {
        let (mut a, mut b) = (vec![0.0f32; 4_000], vec![0.0f64; 4_000]);
        for start in [0, 8_000, 16_000] {
            reader.seek(start as u64 / 2).unwrap();
            assert_eq!(reader.read(FramesMut::new(&mut a, 2, Layout::Interleaved)).unwrap(), 2_000);
            assert_eq!(reader.read(FramesMut::new(&mut b, 2, Layout::Interleaved)).unwrap(), 2_000);
            assert!(a == single[start..start + 4_000] && b == double[start + 4_000..start + 8_000]);
        }
        reader = Reader::open(&path, &options).unwrap().with_scratch(reader.into_scratch());
    }
    let difference = single.iter().zip(&double).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max);
    assert!(difference < 2e-6, "{difference}");
    std::fs::remove_file(path).unwrap();
}
