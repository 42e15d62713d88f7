//! Tells what an audio file is, without decoding it.
//!
//!     cargo run --release --example info -- song.flac

use std::path::Path;
use std::process::ExitCode;

use ondes::audio::Result;
use ondes::audio::codec::Length;
use ondes::audio::reader::{ReadOptions, Reader};

fn tell(file: &str) -> Result<()> {
    let reader = Reader::open(Path::new(file), &ReadOptions::default())?;
    let info = reader.info();
    let what = &info.description;
    println!("file       {}", reader.name());
    println!("container  {}", what.container.name());
    println!("codec      {}", what.codec.name());
    println!("rate       {} Hz", what.rate);
    println!("channels   {}", what.channels);
    println!("samples    {}", what.sample_format.name());
    if what.bit_depth > 0 {
        println!("bit depth  {}", what.bit_depth);
    }
    if let Some(rate) = what.bit_rate {
        println!("bit rate   {} kbit/s", (rate + 500) / 1000);
    }
    if let Some(frames) = info.file_length.frames() {
        let about = if matches!(info.file_length, Length::Exact(_)) { "" } else { "about " };
        println!("length     {about}{:.3} s, {frames} frames", frames as f64 / f64::from(what.rate));
    }
    for warning in reader.warnings().list() {
        println!("warning    {}", warning.message);
    }
    let tags = reader.tags()?;
    for tag in tags.items() {
        println!("tag        {}: {}", tag.key(), tag.value());
    }
    for picture in tags.pictures() {
        println!("picture    {}, {} bytes", picture.mime, picture.data.len());
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [help] if help == "--help" => println!("usage: info FILE"),
        [file] => {
            if let Err(error) = tell(file) {
                eprintln!("{}", error.message());
                return ExitCode::FAILURE;
            }
        }
        _ => {
            eprintln!("usage: info FILE");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
