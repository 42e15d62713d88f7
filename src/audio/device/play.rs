//! Audio in memory, played on a device at whatever rate that has.

use std::sync::Arc;

use super::mixdown::Mixdown;
use super::stream::MAX_CHANNELS;
use super::{DEFAULT, Direction, Host, Stream, StreamOptions, Wait};
use crate::audio::cancel::Cancel;
use crate::audio::frames::{AnyFrames, Frames, FramesMut, Layout};
use crate::audio::progress::{OnProgress, Progress, Reporter};
use crate::audio::resample::{LengthRule, Quality, Ratio, StreamResampler};
use crate::audio::sample::SampleFormat;
use crate::audio::{ErrorKind, Result};

/// Frames that the device takes at a time. Nobody waits for an answer here: long
/// buffers survive a busy machine.
const BUFFER: u32 = 2048;
/// Seconds that are converted and written at a time.
const PIECE: f64 = 0.05;

/// How to play.
#[derive(Debug, Clone, Default)]
pub struct PlayOptions {
    /// The id or name of the device; the default one if it is `None`.
    pub device: Option<String>,
    /// How the rate is converted, where the device needs another.
    pub quality: Quality,
}

/// Plays all of `src`, and returns when it was heard.
///
/// # Errors
/// No such device, or it went away; the token was set.
pub fn play(
    src: &AnyFrames<'_>,
    rate: f64,
    options: &PlayOptions,
    cancel: &Cancel,
    on_progress: Option<OnProgress<'_>>,
) -> Result<()> {
    play_on(None, src, rate, options, cancel, on_progress)
}

/// As [`play`], on a device of a host of one's own.
///
/// # Errors
/// As for [`play`].
pub fn play_on(
    host: Option<Arc<dyn Host>>,
    src: &AnyFrames<'_>,
    rate: f64,
    options: &PlayOptions,
    cancel: &Cancel,
    mut on_progress: Option<OnProgress<'_>>,
) -> Result<()> {
    let mut wanted = StreamOptions {
        output: Some(options.device.clone().unwrap_or_else(|| DEFAULT.to_owned())),
        // The device's own channels for mono, which is spread over them, and for more than any has.
        output_channels: if (2..=MAX_CHANNELS as usize).contains(&src.channels()) { src.channels() as u32 } else { 0 },
        buffer: BUFFER,
        ..StreamOptions::default()
    };
    let open = |wanted: &StreamOptions| match &host {
        Some(host) => Stream::open_on(Arc::clone(host), wanted),
        None => Stream::open(wanted),
    };
    let stream = match open(&wanted) {
        Err(error) if error.kind() == ErrorKind::DeviceRefused && wanted.output_channels > 0 => {
            wanted.output_channels = 0;
            open(&wanted)?
        }
        opened => opened?,
    };
    let outputs = stream.channels(Direction::Output) as usize;
    let channels = if src.channels() == 1 { 1 } else { outputs };
    let ratio = Ratio::from_rates(rate, f64::from(stream.rate()))?;
    let mut resampler = StreamResampler::new(ratio, channels, SampleFormat::F32, options.quality, LengthRule::Exact);
    let forever = Wait::new(-1.0, cancel)?;
    let mut progress = Progress { files: 0, files_total: 1, frames_total: src.len() as u64, ..Progress::default() };
    let mut reporter = Reporter::default();
    // It begins when its queue is full, so that a short delay now is not heard.
    let mut has_begun = false;
    let piece = ((rate * PIECE) as usize).max(1);
    let mut own = vec![0.0f32; piece * src.channels()];
    let mixdown = Mixdown::new(src.channels(), channels);
    let mut mixed = Vec::new();
    let mut converted = Vec::new();
    let mut start = 0;
    loop {
        let frames = piece.min(src.len() - start);
        let own = &mut own[..frames * src.channels()];
        src.copy_to(start, &mut FramesMut::new(own, src.channels(), Layout::Interleaved));
        mixdown.mix(own, &mut mixed);
        let is_last = start + frames == src.len();
        let mut write = |samples: &[f32]| -> Result<()> {
            let (mut done, frames) = (0, samples.len() / channels);
            while done < frames {
                let rest = Frames::new(&samples[done * channels..], channels, Layout::Interleaved);
                done += stream.write(&rest, &forever)?;
                if done < frames && !has_begun {
                    has_begun = true;
                    stream.start()?;
                }
            }
            Ok(())
        };
        converted.resize(resampler.output_frames(frames as u64) as usize * channels, 0.0);
        let piece = Frames::new(&mixed, channels, Layout::Interleaved);
        resampler.process(&piece, &mut FramesMut::new(&mut converted, channels, Layout::Interleaved))?;
        write(&converted)?;
        if is_last {
            converted.resize(resampler.flush_frames() as usize * channels, 0.0);
            resampler.flush(&mut FramesMut::new(&mut converted, channels, Layout::Interleaved))?;
            write(&converted)?;
        }
        start += frames;
        progress.frames = start as u64;
        progress.seconds = start as f64 / rate;
        reporter.report(&progress, false, &mut on_progress, cancel);
        if is_last {
            break;
        }
    }
    if !has_begun {
        stream.start()?;
    }
    stream.drain(&forever)?;
    progress.files = 1;
    reporter.report(&progress, true, &mut on_progress, cancel);
    cancel.check()
}
