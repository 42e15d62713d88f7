//! Loads random windows of one second from audio files, as 16 kHz mono, as training does.
//!
//!     cargo run --release --example random_crops -- 1000 *.flac
//!
//! Every file is opened once: its reader converts rate and channels, and seeking to any frame is exact. Files of less
//! than a second are filled up with silence.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use ondes::audio::Result;
use ondes::audio::cancel::Cancel;
use ondes::audio::frames::{FramesMut, Layout};
use ondes::audio::reader::{ReadOptions, Reader};

const RATE: u32 = 16000;

/// Numbers that are the same in every run (xorshift64, Marsaglia 2003).
fn next_random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

/// The level of so many crops.
fn crop(count: u64, readers: &mut [Reader]) -> Result<f64> {
    let (mut state, mut energy) = (1, 0.0);
    let mut crop = vec![0f32; RATE as usize];
    for _ in 0..count {
        let chosen = next_random(&mut state) as usize % readers.len();
        let reader = &mut readers[chosen];
        let places = reader.measure(&Cancel::new(), None)?.saturating_sub(u64::from(RATE) - 1).max(1);
        reader.seek(next_random(&mut state) % places)?;
        let read = reader.read(FramesMut::new(&mut crop, 1, Layout::Interleaved))?;
        crop[read..].fill(0.0);
        energy += crop.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>();
    }
    Ok((energy / f64::from(RATE) / count as f64).sqrt())
}

fn run(count: u64, files: &[String]) -> Result<()> {
    let options = ReadOptions { rate: Some(RATE), mono: true, ..ReadOptions::default() };
    let mut readers = files.iter().map(|file| Reader::open(Path::new(file), &options)).collect::<Result<Vec<_>>>()?;
    let start = Instant::now();
    let level = crop(count, &mut readers)?;
    let speed = count as f64 / start.elapsed().as_secs_f64();
    println!("{count} crops of 1 s from {} files, level {level:.4}: {speed:.0} crops per second", readers.len());
    Ok(())
}

fn main() -> ExitCode {
    const USAGE: &str = "usage: random_crops COUNT FILE...";
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let count = arguments.first().and_then(|count| count.parse().ok()).filter(|count| *count > 0);
    match (count, &arguments[..]) {
        (Some(count), [_, files @ ..]) if !files.is_empty() => {
            if let Err(error) = run(count, files) {
                eprintln!("{}", error.message());
                return ExitCode::FAILURE;
            }
        }
        (_, [help]) if help == "--help" => println!("{USAGE}"),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
