//! Damaged and hostile bytes: every fixture cut and flipped in many places.
//! Whatever comes out, it is an error or samples: no panic, no hang, no
//! memory out of proportion, and a cut file keeps the samples before the cut.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ondes::audio::codec::{
    Decoder, Demuxer, Description, Length, Packet, PacketStream, PreRoll, Stream, Warnings, Watch,
};
use ondes::audio::frames::{BlockData, FramesMut, Layout};
use ondes::audio::reader::{ReadOptions, Reader};
use ondes::audio::source::{ByteReader, Callbacks};
use ondes::audio::{Error, Result};

use super::common::{Random, data, open};

/// Longest time that one damaged file of some kilobytes may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most frames decoded of one damaged file.
const MOST_FRAMES: usize = 2_000_000;

fn fixtures() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![data("")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("tests/data is there").flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() {
                if !["recipes", "big", "__pycache__"].contains(&name.as_str()) {
                    folders.push(path);
                }
            } else if path.parent() != Some(&data("")) {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(files.len() > 300, "only {} fixtures", files.len());
    files
}

/// What came out of a file: bits of the samples (NaN equals itself there), and
/// where in the decoder's output they begin.
#[derive(Default)]
struct Decoded {
    samples: Vec<u32>,
    trim: u64,
}

fn bits(samples: &[f32]) -> impl Iterator<Item = u32> {
    samples.iter().map(|v| v.to_bits())
}

/// Decodes what there is, with a seek in between.
fn decode(bytes: Vec<u8>, extension: Option<&str>) -> Result<Decoded> {
    let mut reader = Reader::from_source(ByteReader::from_memory(Arc::new(bytes)), extension, &ReadOptions::default())?;
    let channels = reader.channels() as usize;
    let mut samples = Vec::new();
    let mut chunk = vec![0f32; 4096 * channels];
    loop {
        match reader.read(FramesMut::new(&mut chunk, channels, Layout::Interleaved)) {
            Ok(0) | Err(_) => break,
            Ok(n) => samples.extend(bits(&chunk[..n * channels])),
        }
        if samples.len() > MOST_FRAMES * channels {
            break;
        }
    }
    if reader.seek((samples.len() / channels / 2) as u64).is_ok() {
        let _ = reader.read(FramesMut::new(&mut chunk[..channels], channels, Layout::Interleaved));
    }
    Ok(Decoded { samples, trim: reader.description().trim.start })
}

/// Runs `check` on every fixture, on all cores, and lists every failure.
fn sweep(check: impl Fn(&Path, &[u8]) -> std::result::Result<(), String> + Sync) {
    let files = fixtures();
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, std::num::NonZero::get) {
            scope.spawn(|| {
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let bytes = std::fs::read(path).expect("fixture");
                    if let Err(why) = check(path, &bytes) {
                        failures.lock().expect("no poison").push(format!("{}: {why}", path.display()));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("no poison");
    assert!(failures.is_empty(), "{} of {} files:\n{}", failures.len(), files.len(), failures.join("\n"));
}

/// Decodes damaged bytes and judges the manner, not the result.
fn survives(bytes: Vec<u8>, path: &Path, what: &str) -> std::result::Result<Option<Decoded>, String> {
    let extension = path.extension().and_then(|e| e.to_str());
    let begin = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| decode(bytes, extension)));
    if begin.elapsed() > PATIENCE {
        return Err(format!("{what}: took {:?}", begin.elapsed()));
    }
    match outcome {
        Ok(Ok(decoded)) => Ok(Some(decoded)),
        Ok(Err(error)) if error.message().is_empty() => Err(format!("{what}: an error without words")),
        Ok(Err(_)) => Ok(None),
        Err(_) => Err(format!("{what}: panicked")),
    }
}

#[test]
fn cut_files_keep_the_samples_before_the_cut() {
    sweep(|path, bytes| {
        let whole = survives(bytes.to_vec(), path, "whole")?.unwrap_or_default();
        let mut random = Random(bytes.len() as u64 + 1);
        for round in 0..24 {
            // The header's every part, then anywhere.
            let at = if round < 8 { random.below(200) } else { random.below(bytes.len() as u64 + 1) };
            let at = (at as usize).min(bytes.len());
            let what = format!("cut at byte {at}");
            let Some(cut) = survives(bytes[..at].to_vec(), path, &what)? else { continue };
            // The last packets may be damaged; what is before them is not.
            // Bad files have no truth to compare with, and a cut through the
            // place that tells the encoder delay leaves it in.
            let sure = cut.samples.len().min(whole.samples.len()).saturating_sub(20_000);
            let is_bad = path.parent().is_some_and(|folder| folder.ends_with("bad"));
            if !is_bad && cut.trim == whole.trim && cut.samples[..sure] != whole.samples[..sure] {
                let at = cut.samples.iter().zip(&whole.samples).position(|(a, b)| a != b);
                return Err(format!("{what}: sample {at:?} of {sure} sure ones differs"));
            }
        }
        Ok(())
    });
}

#[test]
fn flipped_bytes_do_no_harm() {
    sweep(|path, bytes| {
        if bytes.is_empty() {
            return Ok(());
        }
        let mut random = Random(bytes.len() as u64 + 77);
        for round in 0..40 {
            let mut damaged = bytes.to_vec();
            let mut what = String::from("flipped");
            for _ in 0..=random.below(4) {
                let span = if round % 2 == 0 { bytes.len().min(400) } else { bytes.len() };
                let at = random.below(span as u64) as usize;
                let value = match random.below(4) {
                    0 => 0xff,
                    1 => 0,
                    2 => damaged[at] ^ (1 << random.below(8)),
                    _ => random.below(256) as u8,
                };
                damaged[at] = value;
                what.push_str(&format!(" {at}={value:#04x}"));
            }
            survives(damaged, path, &what)?;
        }
        Ok(())
    });
}

/// Callbacks that give a byte or a few at a time and cannot go back.
struct Trickle {
    bytes: Vec<u8>,
    at: usize,
    seekable: bool,
}

impl Callbacks for Trickle {
    fn read(&mut self, dst: &mut [u8]) -> Result<usize> {
        let n = dst.len().min(1 + self.at % 1000).min(self.bytes.len() - self.at);
        dst[..n].copy_from_slice(&self.bytes[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }

    fn seek(&mut self, position: u64) -> Result<()> {
        assert!(self.seekable, "a forward-only source was asked to seek");
        self.at = (position as usize).min(self.bytes.len());
        Ok(())
    }

    fn is_seekable(&self) -> bool {
        self.seekable
    }

    fn size(&mut self) -> Result<Option<u64>> {
        Ok(self.seekable.then_some(self.bytes.len() as u64))
    }
}

#[test]
fn callbacks_and_pipes_give_the_samples_of_the_file() {
    sweep(|path, bytes| {
        let is_bad = path.parent().is_some_and(|folder| folder.ends_with("bad"));
        let extension = path.extension().and_then(|e| e.to_str());
        let Some(Decoded { samples: whole, .. }) = survives(bytes.to_vec(), path, "whole")? else { return Ok(()) };
        for seekable in [true, false] {
            let trickle = Trickle { bytes: bytes.to_vec(), at: 0, seekable };
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                let source = ByteReader::from_callbacks(Box::new(trickle))?;
                let mut reader = Reader::from_source(source, extension, &ReadOptions::default())?;
                let channels = reader.channels() as usize;
                let mut samples = Vec::new();
                let mut chunk = vec![0f32; 1000 * channels];
                loop {
                    match reader.read(FramesMut::new(&mut chunk, channels, Layout::Interleaved)) {
                        Ok(0) | Err(_) => return Ok(samples),
                        Ok(n) => samples.extend(bits(&chunk[..n * channels])),
                    }
                    if samples.len() > MOST_FRAMES * channels {
                        return Ok(samples);
                    }
                }
            }));
            let outcome: Result<Vec<u32>> = outcome.map_err(|_| format!("seekable {seekable}: panicked"))?;
            match outcome {
                Ok(samples) if samples == whole || is_bad => {}
                Ok(samples) => {
                    return Err(format!("seekable {seekable}: {} samples, not {}", samples.len(), whole.len()));
                }
                Err(error) if !seekable && error.kind() == ondes::audio::ErrorKind::NotSeekable => {}
                Err(_) if is_bad => {}
                Err(error) => return Err(format!("seekable {seekable}: {error}")),
            }
        }
        Ok(())
    });
}

/// Two packets that could be decoded, by a decoder that cannot be built.
struct Unbuildable {
    description: Description,
    given: u64,
    warnings: Warnings,
}

impl Demuxer for Unbuildable {
    fn description(&self) -> &Description {
        &self.description
    }

    fn length(&self) -> Length {
        Length::Exact(20)
    }

    fn measure(&mut self, _watch: Watch<'_>) -> Result<u64> {
        Ok(20)
    }

    fn next_packet(&mut self) -> Result<Option<Packet<'_>>> {
        self.given += 1;
        let index = self.given - 1;
        Ok((index < 2).then_some(Packet { data: &[0], index, start: index * 10, frames: 10, offset: 0 }))
    }

    fn seek(&mut self, _frame: u64, _pre_roll: PreRoll) -> Result<()> {
        self.given = 0;
        Ok(())
    }

    fn warnings(&self) -> &Warnings {
        &self.warnings
    }
}

struct Unfinished;

impl Decoder for Unfinished {
    fn pre_roll(&self) -> PreRoll {
        PreRoll::NONE
    }

    fn prepare(&mut self) -> Result<()> {
        Err(Error::malformed("the tables contradict each other"))
    }

    fn decode(&mut self, _packet: &Packet<'_>) -> Result<usize> {
        unreachable!("nothing is decoded without tables")
    }

    fn samples(&self) -> BlockData<'_> {
        BlockData::Silence
    }

    fn reset(&mut self) {}
}

#[test]
fn a_decoder_that_cannot_be_built_is_an_error_and_not_silence() {
    let description = open(&data("wav/s16.wav")).description().clone();
    let demuxer = Unbuildable { description, given: 0, warnings: Warnings::default() };
    let mut stream = PacketStream::new(demuxer, Unfinished);
    assert_eq!(stream.length(), Length::Exact(20));
    for _ in 0..2 {
        stream.seek(5).expect("seeking decodes nothing");
        let error = stream.advance().expect_err("nothing can be decoded");
        assert_eq!(error.message(), "the tables contradict each other");
    }
    assert_eq!(stream.warnings().count(), 0);
}
