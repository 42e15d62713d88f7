//! Plays audio files, one after the other.
//!
//!     cargo run --release --example play -- song.flac
//!     cargo run --release --example play -- --list

use std::path::Path;
use std::process::ExitCode;

use ondes::audio::Result;
use ondes::audio::cancel::Cancel;
use ondes::audio::device::{Direction, PlayOptions, devices, play};
use ondes::audio::frames::Layout;
use ondes::audio::progress::Progress;
use ondes::audio::reader::{ReadOptions, Reader};

const USAGE: &str = "usage: play [--list] [--device ID] FILE...";

fn list() -> Result<()> {
    for (place, device) in devices(Direction::Output)?.iter().enumerate() {
        println!("{:<40} {}{}", device.id, device.name, if place == 0 { " (default)" } else { "" });
    }
    Ok(())
}

fn show(progress: &Progress) -> bool {
    eprint!("\r{:.1} s", progress.seconds);
    true
}

fn play_file(file: &str, options: &PlayOptions) -> Result<()> {
    let mut reader = Reader::open(Path::new(file), &ReadOptions::default())?;
    let audio = reader.load::<f32>(Layout::Interleaved, &Cancel::new())?;
    let rate = f64::from(audio.rate());
    let s = if audio.channels() == 1 { "" } else { "s" };
    println!("{file}: {rate} Hz, {} channel{s}, {:.1} s", audio.channels(), audio.frames() as f64 / rate);
    play(&audio.view(), rate, options, &Cancel::new(), Some(&mut show))?;
    eprintln!();
    Ok(())
}

fn run(files: &[String], wants_list: bool, options: &PlayOptions) -> Result<()> {
    if wants_list {
        list()?;
    }
    files.iter().try_for_each(|file| play_file(file, options))
}

fn main() -> ExitCode {
    let (mut options, mut files, mut wants_list) = (PlayOptions::default(), Vec::new(), false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--help" => {
                println!("{USAGE}");
                return ExitCode::SUCCESS;
            }
            "--list" => wants_list = true,
            "--device" => options.device = arguments.next(),
            _ => files.push(argument),
        }
    }
    if files.is_empty() && !wants_list {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    if let Err(error) = run(&files, wants_list, &options) {
        eprintln!("{}", error.message());
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
