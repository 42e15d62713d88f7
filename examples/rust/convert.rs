//! Converts an audio file into another format, in constant memory, with tags.
//!
//!     cargo run --release --example convert -- song.flac song.mp3
//!     cargo run --release --example convert -- --quality 128 --rate 22050 --mono talk.wav talk.ogg
//!
//! The format follows the extension of the output. The output appears when it
//! is whole, and not at all if anything goes wrong.

use std::path::Path;
use std::process::ExitCode;

use ondes::audio::Result;
use ondes::audio::cancel::Cancel;
use ondes::audio::encode::{FORMATS, WriteOptions};
use ondes::audio::progress::Progress;
use ondes::audio::reader::{ReadOptions, Reader};
use ondes::audio::sample::SampleFormat;
use ondes::audio::transcode::transcode;
use ondes::audio::writer::Writer;

fn usage() -> String {
    let mut text =
        "usage: convert [--rate HZ] [--mono] [--format NAME] [--quality WORD] [--bits 8|16|24|32] INPUT OUTPUT\n\
                    \nFormats and their words for quality:"
            .to_owned();
    for format in FORMATS {
        let colon = if format.qualities.is_empty() { "" } else { ": " };
        text += &format!("\n  {:<5} {}{colon}{}", format.name, format.title, format.qualities.join(", "));
    }
    text
}

/// A line on the terminal, where the length is known, which ends with the work.
#[derive(Default)]
struct Line {
    is_open: bool,
}

impl Line {
    fn show(&mut self, progress: &Progress) -> bool {
        let share = progress.frames as f64 / progress.frames_total.max(1) as f64;
        eprint!("\r{:3.0} %  {:.0} s of audio", 100.0 * share.min(1.0), progress.seconds);
        self.is_open = true;
        true
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.is_open {
            eprintln!();
        }
    }
}

fn convert(input: &str, output: &str, from: &ReadOptions, to: &WriteOptions) -> Result<()> {
    let mut reader = Reader::open(Path::new(input), from)?;
    let mut writer = Writer::create_like(Path::new(output), to, &reader)?;
    let mut line = Line::default();
    let frames = transcode(&mut reader, &mut writer, &Cancel::new(), Some(&mut |progress| line.show(progress)))?;
    drop(line);
    for warning in reader.warnings().list() {
        eprintln!("warning: {}", warning.message);
    }
    let quality = writer.quality().map_or(String::new(), |word| format!(", {word}"));
    let made = writer.settings();
    // Not to standard output, which may be where the audio goes.
    let s = if made.channels == 1 { "" } else { "s" };
    eprintln!("{output}: {frames} frames of {} channel{s} at {} Hz{quality}", made.channels, made.rate);
    Ok(())
}

/// The number that an option has.
fn number(value: Option<String>) -> Option<u32> {
    value?.parse().ok()
}

fn run() -> Result<Option<ExitCode>> {
    let (mut from, mut paths) = (ReadOptions::default(), Vec::new());
    let mut to = WriteOptions { atomic: true, threads: 0, ..WriteOptions::default() };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--help" => {
                println!("{}", usage());
                return Ok(None);
            }
            "--mono" => from.mono = true,
            "--rate" => match number(arguments.next()) {
                Some(rate) => to.rate = rate,
                None => return Ok(Some(ExitCode::from(2))),
            },
            "--format" => to.format = arguments.next(),
            "--quality" => to.quality = arguments.next(),
            "--bits" => {
                to.sample_format = Some(match number(arguments.next()) {
                    Some(8) => SampleFormat::U8,
                    Some(16) => SampleFormat::I16,
                    Some(24) => SampleFormat::I24,
                    Some(32) => SampleFormat::I32,
                    _ => return Ok(Some(ExitCode::from(2))),
                });
            }
            option if option.starts_with('-') => return Ok(Some(ExitCode::from(2))),
            path => paths.push(path.to_owned()),
        }
    }
    let [input, output] = &paths[..] else { return Ok(Some(ExitCode::from(2))) };
    convert(input, output, &from, &to).map(|()| None)
}

fn main() -> ExitCode {
    match run() {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(wrong)) => {
            eprintln!("{}", usage());
            wrong
        }
        Err(error) => {
            eprintln!("{}", error.message());
            ExitCode::FAILURE
        }
    }
}
