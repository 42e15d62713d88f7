//! Streaming copy: everything that is left of a reader through a writer, in constant memory.

use super::cancel::Cancel;
use super::frames::{Frames, FramesMut, Layout};
use super::progress::{OnProgress, Report};
use super::reader::Reader;
use super::resample::{LengthRule, Quality, Ratio, StreamResampler};
use super::sample::{Float, Sample, SampleFormat, with_sample};
use super::writer::Writer;
use super::{Error, Result};

/// Samples copied at a time.
const STEP: usize = 1 << 16;

/// Writes everything from the reader's position on, and finishes the file.
///
/// The rate is converted where the writer's is another; mono is spread over
/// all channels, and all are mixed to mono. Returns the frames written.
///
/// # Errors
/// INVALID_ARGUMENT for other numbers of channels, and for one and the same file; CANCELLED; and whatever
/// reading and writing meet. The file is not finished then.
pub fn transcode(
    reader: &mut Reader,
    writer: &mut Writer,
    cancel: &Cancel,
    on_progress: Option<OnProgress<'_>>,
) -> Result<u64> {
    let (from, to) = (reader.channels(), writer.settings().channels);
    if from != to && from != 1 && to != 1 {
        return Err(Error::invalid(format!(
            "the file to read has {from} channels and the one to write {to}: only fewer can be chosen, when the reader \
             is opened, or all be mixed to mono"
        ))
        .in_source(reader.name()));
    }
    if !writer.is_atomic() && reader.reads(std::path::Path::new(writer.name())) {
        let why = "is written to while it is read: name it in options.like, which keeps it from being emptied";
        return Err(Error::invalid(why).in_source(writer.name()));
    }
    let written = writer.position();
    let mut report = Report::new(reader, cancel, on_progress);
    let (held, written_as) = (reader.description().sample_format, writer.sample_format());
    // Noise is for samples that lose bits: those that keep all are copied as they are.
    let loses = reader.is_computed() || held.is_float() || held.bits() > written_as.bits();
    let needs_dither = writer.is_dithered() && loses;
    let needs_float = from != to || reader.rate() != writer.settings().rate || needs_dither;
    let is_wide = |format| matches!(format, SampleFormat::I32 | SampleFormat::I64 | SampleFormat::F64);
    if !needs_float {
        with_sample!(written_as, S => copy::<S>(reader, writer, &mut report))?;
    } else if is_wide(held) && is_wide(written_as) {
        convert::<f64>(reader, writer, &mut report)?;
    } else {
        convert::<f32>(reader, writer, &mut report)?;
    }
    writer.finish()?;
    report.tell(0, true)?;
    Ok(writer.position() - written)
}

/// Frame after frame, in the format that the file holds.
fn copy<S: Sample>(reader: &mut Reader, writer: &mut Writer, report: &mut Report<'_>) -> Result<()> {
    let channels = reader.channels() as usize;
    let mut samples = vec![S::SILENCE; (STEP / channels).max(1) * channels];
    loop {
        let n = reader.read(FramesMut::new(&mut samples, channels, Layout::Interleaved))?;
        if n == 0 {
            return Ok(());
        }
        writer.write(Frames::new(&samples[..n * channels], channels, Layout::Interleaved))?;
        report.tell(n, false)?;
    }
}

/// As floats, through a resampler and a mix where they are needed.
fn convert<T: Float>(reader: &mut Reader, writer: &mut Writer, report: &mut Report<'_>) -> Result<()> {
    let channels = reader.channels() as usize;
    let frames = (STEP / channels).max(1);
    let mut samples = vec![T::default(); frames * channels];
    let mut resampler = match (reader.rate(), writer.settings().rate) {
        (from, to) if from == to => None,
        (from, to) => {
            let ratio = Ratio::new(from, to)?;
            Some(StreamResampler::new(ratio, channels, T::FORMAT, Quality::default(), LengthRule::Exact))
        }
    };
    let mut resampled = Vec::new();
    let mut mixed = Vec::new();
    loop {
        let n = reader.read(FramesMut::new(&mut samples, channels, Layout::Interleaved))?;
        let source = Frames::new(&samples[..n * channels], channels, Layout::Interleaved);
        let ready = match &mut resampler {
            None => &samples[..n * channels],
            Some(resampler) => {
                let expected = if n == 0 { resampler.flush_frames() } else { resampler.output_frames(n as u64) };
                resampled.resize(expected as usize * channels, T::default());
                let mut dst = FramesMut::new(&mut resampled, channels, Layout::Interleaved);
                let done = if n == 0 { resampler.flush(&mut dst)? } else { resampler.process(&source, &mut dst)? };
                &resampled[..done * channels]
            }
        };
        writer.write(mix(ready, channels, writer.settings().channels as usize, &mut mixed))?;
        if n == 0 {
            return Ok(());
        }
        report.tell(n, false)?;
    }
}

/// The samples with another number of channels: the mean of all, or one for all.
fn mix<'a, T: Float>(samples: &'a [T], from: usize, to: usize, mixed: &'a mut Vec<T>) -> Frames<'a, T> {
    if from == to {
        return Frames::new(samples, to, Layout::Interleaved);
    }
    mixed.clear();
    if to == 1 {
        let scale = T::from_double(1.0 / from as f64);
        mixed.extend(samples.chunks_exact(from).map(|frame| frame.iter().fold(T::default(), |a, b| a + *b) * scale));
    } else {
        mixed.extend(samples.iter().flat_map(|sample| std::iter::repeat_n(*sample, to)));
    }
    Frames::new(mixed, to, Layout::Interleaved)
}
