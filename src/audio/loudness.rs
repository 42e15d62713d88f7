//! Loudness by EBU R 128 (ITU-R BS.1770-4, EBU Tech 3341 and 3342), and peaks.

use std::collections::VecDeque;

use ebur128::{Channel, EbuR128, Mode};

use super::cancel::Cancel;
use super::codec::usual_mask;
use super::frames::{FramesMut, Layout};
use super::progress::{OnProgress, Report};
use super::reader::Reader;
use super::{Error, Result};

/// The weighting is defined by its response at 48 kHz; its shelf, at 1.7 kHz, must lie well below half of the rate.
const MIN_RATE: u32 = 4_000;
/// The highest rate of the meter: 64 times that of a CD.
const MAX_RATE: u32 = 2_822_400;
const MAX_CHANNELS: u32 = 64;
/// The meter keeps 400 ms of all channels as f64: at most 54 MB.
const MAX_SAMPLES_PER_SECOND: u64 = 1 << 24;

/// Samples read at a time.
const STEP: usize = 1 << 14;

/// The windows move on by so many milliseconds: the finest step by which Tech 3341 (test 13) lays its tone bursts.
const HOP_MS: u32 = 20;
const MOMENTARY_HOPS: usize = 400 / HOP_MS as usize;
const SHORT_TERM_HOPS: usize = 3000 / HOP_MS as usize;
/// Every 100 ms a window is counted: blocks of 400 ms overlap by three quarters (BS.1770-4, annex 1).
const BLOCK_HOPS: u64 = 100 / HOP_MS as u64;

/// What is quieter is not counted, in LUFS.
const ABSOLUTE_GATE: f64 = -70.0;
/// Nor is what is so much quieter than the mean, in LU: for the integrated loudness, and (Tech 3342) for the range.
const INTEGRATED_GATE: f64 = -10.0;
const RANGE_GATE: f64 = -20.0;

/// Zeros after the end, for what the interpolation of the true peak still holds.
const TAIL_FRAMES: usize = 32;

/// What a measurement says. Loudness is NaN where the audio is shorter than
/// the window that defines it, and minus infinity where it is silent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loudness {
    /// Frames that were measured.
    pub frames: u64,
    /// Gated loudness of all, in LUFS; minus infinity if nothing is above −70 LUFS, NaN below 400 ms.
    pub integrated: f64,
    /// Loudness range in LU; 0 if nothing is above −70 LUFS, NaN below three seconds.
    pub range: f64,
    /// The loudest 400 ms, in LUFS.
    pub max_momentary: f64,
    /// The loudest three seconds, in LUFS.
    pub max_short_term: f64,
    /// The largest sample of any channel; full scale is 1.
    pub sample_peak: f64,
    /// The largest value between samples too, where it was asked for.
    pub true_peak: Option<f64>,
}

/// Measures everything from the reader's position on.
///
/// Channels are weighted by their speakers, as BS.1770 has it. Samples that
/// are no finite numbers count as silence.
///
/// # Errors
/// UNSUPPORTED for rates and numbers of channels that no meter is defined for, LIMIT, CANCELLED, and what reading meets.
pub fn measure(
    reader: &mut Reader,
    with_true_peak: bool,
    cancel: &Cancel,
    on_progress: Option<OnProgress<'_>>,
) -> Result<Loudness> {
    let mut meter = Meter::new(reader, with_true_peak).map_err(|e| e.in_source(reader.name()))?;
    let mut report = Report::new(reader, cancel, on_progress);
    let channels = reader.channels() as usize;
    // Whole hops, so that none is split between two reads.
    let hop = meter.hop * channels;
    let mut samples = vec![0f32; (STEP / hop).max(1) * hop];
    loop {
        let n = reader.read(FramesMut::new(&mut samples, channels, Layout::Interleaved))?;
        if n == 0 {
            report.tell(0, true)?;
            return meter.finish();
        }
        let samples = &mut samples[..n * channels];
        for sample in samples.iter_mut().filter(|sample| !sample.is_finite()) {
            *sample = 0.0;
        }
        samples.chunks(hop).try_for_each(|hop| meter.add(hop))?;
        report.tell(n, false)?;
    }
}

/// The crate filters, weighs and interpolates. It would gate too, but adds up
/// every sample seven times for that, and finds the range from windows a second
/// apart, which is up to 2 LU off in half a minute of speech.
struct Meter {
    filter: EbuR128,
    channels: usize,
    frames: u64,
    /// Frames of a hop.
    hop: usize,
    hops: u64,
    /// Mean squares of the hops that the longest window covers, the latest last.
    energies: VecDeque<f64>,
    momentary: Window,
    short_term: Window,
}

impl Meter {
    fn new(reader: &Reader, with_true_peak: bool) -> Result<Self> {
        let (rate, channels) = (reader.rate(), reader.channels());
        check(rate, channels)?;
        let peak = if with_true_peak { Mode::TRUE_PEAK } else { Mode::SAMPLE_PEAK };
        let mut filter = EbuR128::new(channels, rate, Mode::M | peak).map_err(internal)?;
        filter.set_channel_map(&positions(reader)).map_err(internal)?;
        Ok(Self {
            filter,
            channels: channels as usize,
            frames: 0,
            // As many as the crate takes for so many milliseconds.
            hop: (rate * HOP_MS / 1000) as usize,
            hops: 0,
            energies: VecDeque::with_capacity(SHORT_TERM_HOPS),
            momentary: Window::new(MOMENTARY_HOPS),
            short_term: Window::new(SHORT_TERM_HOPS),
        })
    }

    /// Takes a hop; only the last of all may be shorter.
    fn add(&mut self, hop: &[f32]) -> Result<()> {
        self.filter.add_frames_f32(hop).map_err(internal)?;
        let frames = hop.len() / self.channels;
        self.frames += frames as u64;
        if frames < self.hop {
            return Ok(());
        }
        if self.energies.len() == SHORT_TERM_HOPS {
            self.energies.pop_front();
        }
        self.energies.push_back(energy(self.filter.loudness_window(HOP_MS).map_err(internal)?));
        self.hops += 1;
        let is_counted = self.hops.is_multiple_of(BLOCK_HOPS);
        self.momentary.slide(&self.energies, is_counted);
        self.short_term.slide(&self.energies, is_counted);
        Ok(())
    }

    fn finish(mut self) -> Result<Loudness> {
        // Behind the last hop: no loudness comes of it.
        self.filter.add_frames_f32(&vec![0.0; TAIL_FRAMES * self.channels]).map_err(internal)?;
        let largest = |peak: fn(&EbuR128, u32) -> std::result::Result<f64, ebur128::Error>| {
            (0..self.channels as u32)
                .try_fold(0f64, |max, channel| Ok(max.max(peak(&self.filter, channel)?)))
                .map_err(internal)
        };
        let with_true_peak = self.filter.mode().contains(Mode::TRUE_PEAK);
        Ok(Loudness {
            frames: self.frames,
            integrated: self.momentary.integrated(),
            range: self.short_term.range(),
            max_momentary: loudness(self.momentary.loudest),
            max_short_term: loudness(self.short_term.loudest),
            sample_peak: largest(EbuR128::sample_peak)?,
            true_peak: if with_true_peak { Some(largest(EbuR128::true_peak)?) } else { None },
        })
    }
}

/// A window that slides over the hops, as mean squares.
struct Window {
    hops: usize,
    /// NaN until it was filled once.
    loudest: f64,
    /// Those of every 100 ms that are above the absolute gate.
    blocks: Vec<f64>,
}

impl Window {
    fn new(hops: usize) -> Self {
        Self { hops, loudest: f64::NAN, blocks: Vec::new() }
    }

    fn slide(&mut self, energies: &VecDeque<f64>, is_counted: bool) {
        let Some(first) = energies.len().checked_sub(self.hops) else { return };
        let mean = energies.range(first..).sum::<f64>() / self.hops as f64;
        // The greater of a NaN and a number is the number.
        self.loudest = self.loudest.max(mean);
        if is_counted && mean > energy(ABSOLUTE_GATE) {
            self.blocks.push(mean);
        }
    }

    /// The blocks above a gate so many LU from their mean.
    fn above(&self, gate: f64) -> Vec<f64> {
        let gate = mean(&self.blocks) * 10f64.powf(gate / 10.0);
        self.blocks.iter().copied().filter(|block| *block > gate).collect()
    }

    fn integrated(&self) -> f64 {
        if self.loudest.is_nan() {
            return f64::NAN;
        }
        match self.above(INTEGRATED_GATE) {
            blocks if blocks.is_empty() => f64::NEG_INFINITY,
            blocks => loudness(mean(&blocks)),
        }
    }

    /// From the 10th to the 95th percentile (Tech 3342, 3).
    fn range(&self) -> f64 {
        if self.loudest.is_nan() {
            return f64::NAN;
        }
        let mut blocks = self.above(RANGE_GATE);
        blocks.sort_unstable_by(f64::total_cmp);
        let Some(last) = blocks.len().checked_sub(1) else { return 0.0 };
        let percentile = |part: f64| loudness(blocks[(last as f64 * part).round() as usize]);
        percentile(0.95) - percentile(0.1)
    }
}

/// NaN of none.
fn mean(energies: &[f64]) -> f64 {
    energies.iter().sum::<f64>() / energies.len() as f64
}

/// Whether there is a meter for it.
fn check(rate: u32, channels: u32) -> Result<()> {
    if !(MIN_RATE..=MAX_RATE).contains(&rate) {
        return Err(Error::unsupported(format!(
            "loudness is measured at {MIN_RATE} to {MAX_RATE} Hz, not at {rate} Hz: open the reader with another rate"
        )));
    }
    if channels > MAX_CHANNELS {
        return Err(Error::unsupported(format!(
            "loudness is measured of up to {MAX_CHANNELS} channels, not of {channels}: open the reader with fewer"
        )));
    }
    if u64::from(rate) * u64::from(channels) > MAX_SAMPLES_PER_SECOND {
        return Err(Error::limit(format!(
            "loudness of {channels} channels at {rate} Hz is beyond the limit of {MAX_SAMPLES_PER_SECOND} samples a second"
        )));
    }
    Ok(())
}

/// Where the reader's channels stand, as far as it matters to their weight.
/// Those without speakers stand where so many channels usually do.
fn positions(reader: &Reader) -> Vec<Channel> {
    let description = reader.description();
    if reader.options().mono {
        return vec![Channel::Center];
    }
    let mask = match description.channel_mask {
        0 => usual_mask(description.channels),
        mask => mask,
    };
    let speakers = (0..u32::BITS).map(|bit| 1 << bit).filter(|speaker| mask & speaker != 0);
    let positions = speakers.map(|speaker| position(speaker, mask)).chain(std::iter::repeat(Channel::Center));
    positions.take(reader.channels() as usize).collect()
}

/// BS.1770-4, annex 3: speakers at 60° to 120° to the side count 1.5 dB more,
/// the LFE channel not at all, all others alike. The back speakers of WAVE are
/// those at 110° where no others stand at the side (5.1), otherwise at 135° (7.1).
fn position(speaker: u32, mask: u32) -> Channel {
    const LFE: u32 = 0x8;
    const BACK: u32 = 0x30;
    const SIDE: u32 = 0x600;
    if speaker == LFE {
        Channel::Unused
    } else if speaker & SIDE != 0 || speaker & BACK != 0 && mask & SIDE == 0 {
        Channel::LeftSurround
    } else {
        Channel::Center
    }
}

/// In LUFS, of a weighted mean square (BS.1770-4, annex 1).
fn loudness(energy: f64) -> f64 {
    ebur128::energy_to_loudness(energy)
}

/// The mean square of a loudness.
fn energy(loudness: f64) -> f64 {
    10f64.powf((loudness + 0.691) / 10.0)
}

/// The meter has only errors that its checked parameters rule out.
fn internal(error: ebur128::Error) -> Error {
    Error::new(super::ErrorKind::Internal, format!("the loudness meter refuses its own parameters: {error}"))
}
