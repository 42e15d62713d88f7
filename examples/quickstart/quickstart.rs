//! Decodes many files on all cores, as 16 kHz mono.

use ondes::audio::batch::{Batch, BatchOptions, Input};
use ondes::audio::reader::ReadOptions;

fn main() -> ondes::audio::Result<()> {
    let inputs = std::env::args_os().skip(1).map(|path| Input::Path(path.into()));
    let read = ReadOptions { rate: Some(16_000), mono: true, ..ReadOptions::default() };
    let mut batch = Batch::new(inputs.collect(), BatchOptions { read, ..BatchOptions::default() });

    while let Some(item) = batch.next(None)? {
        match item.result {
            // Its samples are audio.samples::<f32>().
            Ok(audio) => println!("{}: {:.3} s", item.name, audio.frames() as f64 / 16_000.0),
            Err(error) => println!("{error}"),
        }
    }
    Ok(())
}
