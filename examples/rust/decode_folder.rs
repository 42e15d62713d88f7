//! Decodes folders of audio in parallel, and says of each file what it is.
//!
//!     cargo run --release --example decode_folder -- Music
//!
//! It shows: a batch with options, results as they come, errors and warnings of each file.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use ondes::audio::Result;
use ondes::audio::batch::{Batch, BatchOptions, Input};
use ondes::audio::probe;

const USAGE: &str = "usage: decode_folder [--rate HZ] [--mono] [--workers N] FILE_OR_FOLDER...

Decodes audio files in parallel and prints a table of them. Folders are
searched for files whose extension is one of a readable format.
Exit code: 0 if every file was decoded, 1 if one failed, 2 for wrong usage.";

fn is_audio(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    extension
        .is_some_and(|extension| probe::FORMATS.iter().any(|format| format.extensions.contains(&extension.as_str())))
}

/// Adds the audio files of a folder. A path that is none is taken as it is: the library says what is wrong with it.
fn add(path: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(path) else { return files.push(path.to_owned()) };
    let first = files.len();
    for entry in entries.flatten() {
        // A link to a folder may lead in a circle.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            add(&entry.path(), files);
        } else if is_audio(&entry.path()) {
            files.push(entry.path());
        }
    }
    files[first..].sort_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
}

/// Prints a row for each file; tells how many failed, and the seconds of the others.
fn decode(files: Vec<PathBuf>, options: BatchOptions) -> Result<(usize, f64)> {
    let (mut failed, mut seconds) = (0, 0.0);
    let mut batch = Batch::new(files.into_iter().map(Input::Path).collect(), options);
    while let Some(item) = batch.next(None)? {
        match item.result {
            Err(error) => {
                failed += 1;
                println!("{:<40}  failed: {}", item.name, error.message());
            }
            Ok(audio) => {
                let duration = audio.frames() as f64 / f64::from(audio.rate());
                let samples = audio.samples::<f32>().unwrap_or_default();
                let peak = samples.iter().fold(0f32, |peak, sample| peak.max(sample.abs()));
                let warnings = match item.warnings.count() {
                    0 => String::new(),
                    1 => ", 1 warning".to_owned(),
                    many => format!(", {many} warnings"),
                };
                seconds += duration;
                let s = if audio.channels() == 1 { " " } else { "s" };
                println!(
                    "{:<40}  {:6} Hz  {:2} channel{s}  {duration:9.3} s  peak {peak:.4}  ok{warnings}",
                    item.name,
                    audio.rate(),
                    audio.channels()
                );
            }
        }
    }
    Ok((failed, seconds))
}

fn main() -> ExitCode {
    let (mut options, mut files) = (BatchOptions::default(), Vec::new());
    let (mut paths, mut wrong) = (0, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--help" => {
                println!("{USAGE}");
                return ExitCode::SUCCESS;
            }
            "--mono" => options.read.mono = true,
            "--rate" | "--workers" => match arguments.next().and_then(|value| value.parse::<u32>().ok()) {
                None => wrong = true,
                Some(rate) if argument == "--rate" => options.read.rate = (rate > 0).then_some(rate),
                Some(workers) => options.workers = workers as usize,
            },
            path => {
                paths += 1;
                add(Path::new(path), &mut files);
            }
        }
    }
    if paths == 0 || wrong {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    let (count, start) = (files.len(), Instant::now());
    match decode(files, options) {
        Err(error) => {
            eprintln!("{}", error.message());
            ExitCode::FAILURE
        }
        Ok((failed, seconds)) => {
            let wall = start.elapsed().as_secs_f64();
            let speed = seconds / wall;
            println!(
                "{count} files, {failed} failed: {seconds:.1} s of audio in {wall:.2} s, {speed:.0} times real time"
            );
            if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
        }
    }
}
