//! Sources that only go forward: seeks ahead are exact, seeks back say so at once.

use std::path::{Path, PathBuf};

use ondes::audio::cancel::Cancel;
use ondes::audio::frames::{FramesMut, Layout};
use ondes::audio::reader::{ReadOptions, Reader};
use ondes::audio::resample::{LengthRule, Quality};
use ondes::audio::sample::SampleFormat;
use ondes::audio::view::ResampledView;
use ondes::audio::{ErrorKind, Result};

use super::common::{Pipe, data, load_with, open};

fn pipe(path: &Path, options: &ReadOptions) -> Result<Reader> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap();
    Reader::from_callbacks(Box::new(Pipe::new(std::fs::read(path).unwrap())), name, options)
}

/// The sound files whose formats can be read from a pipe, with all their samples.
fn files() -> Vec<(PathBuf, Vec<f32>)> {
    let folders = ["aac", "aiff", "au", "caf", "flac", "mkv", "mov", "mp2", "mp3", "mp4", "ogg", "opus", "w64", "wav"];
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(data(folder)).unwrap().map(|e| e.unwrap().path()));
    let whole = |path: PathBuf| {
        pipe(&path, &ReadOptions::default()).ok()?;
        let audio = open(&path).load::<f32>(Layout::Interleaved, &Cancel::new()).ok()?;
        Some((path, audio.samples::<f32>()?.to_vec()))
    };
    files.filter(|path| path.is_file()).filter_map(whole).filter(|(_, samples)| samples.len() > 60_000).collect()
}

fn read(reader: &mut Reader, frames: usize) -> Vec<f32> {
    let channels = reader.channels() as usize;
    let mut samples = vec![0.0; frames * channels];
    let n = reader.read(FramesMut::new(&mut samples, channels, Layout::Interleaved)).unwrap();
    samples.truncate(n * channels);
    samples
}

#[test]
fn a_seek_back_is_refused_at_once_and_changes_nothing() {
    let (mut refused, mut tried) = (0, 0);
    for (path, expected) in files() {
        let name = path.display();
        let mut reader = pipe(&path, &ReadOptions::default()).unwrap();
        let channels = reader.channels() as usize;
        let far = expected.len() / channels * 3 / 4;
        reader.seek(far as u64).unwrap();
        assert!(read(&mut reader, 100) == expected[far * channels..(far + 100) * channels], "{name}");
        tried += 1;
        match reader.seek(0) {
            // So small a file that its beginning is still in memory.
            Ok(()) => assert!(read(&mut reader, 100) == expected[..100 * channels], "{name}"),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::NotSeekable, "{name}: {error}");
                assert_eq!(reader.position(), far as u64 + 100, "{name}");
                let rest = expected.len() / channels - far - 100;
                assert!(read(&mut reader, rest + 1) == expected[(far + 100) * channels..], "{name}: the rest");
                refused += 1;
            }
        }
    }
    assert!(refused >= 20 && tried >= 40, "{refused} of {tried}");
}

#[test]
fn converted_frames_are_sought_ahead_exactly_and_refused_behind() {
    for (path, _) in files().into_iter().step_by(5) {
        let options = ReadOptions { rate: Some(12_000), ..ReadOptions::default() };
        let expected = load_with::<f32>(&path, &options);
        let mut reader = pipe(&path, &options).unwrap();
        let channels = reader.channels() as usize;
        let last = expected.len() / channels - 60;
        // Near, where the conversion has read more of the source than it has given, and far.
        let mut given = 0;
        for at in [0, 70, 71, 1_000, 3_000, last / 2, last] {
            if at < given || at > last {
                continue;
            }
            reader.seek(at as u64).unwrap();
            assert!(read(&mut reader, 60) == expected[at * channels..(at + 60) * channels], "{}: {at}", path.display());
            given = at + 60;
        }
        if let Err(error) = reader.seek(0) {
            assert_eq!(error.kind(), ErrorKind::NotSeekable);
            assert_eq!(reader.position(), given as u64);
        }
    }
}

#[test]
fn a_whole_pipe_is_loaded_at_another_rate_in_every_type() {
    let options = ReadOptions { rate: Some(16_000), ..ReadOptions::default() };
    for (path, _) in files() {
        for format in [SampleFormat::I16, SampleFormat::F32, SampleFormat::I32, SampleFormat::F64] {
            let name = path.display();
            let load = |mut reader: Reader| reader.load_as(format, Layout::Interleaved, &Cancel::new());
            let expected = load(Reader::open(&path, &options).unwrap()).unwrap();
            let got =
                load(pipe(&path, &options).unwrap()).unwrap_or_else(|error| panic!("{name}, {format:?}: {error}"));
            assert!(got.bytes() == expected.bytes(), "{name}, {format:?}");
        }
    }
}

#[test]
fn a_view_of_a_pipe_is_read_once_from_its_start_to_its_end() {
    let path = data("flac").join("s16_known_100003.flac");
    let expected = load_with::<f32>(&path, &ReadOptions { rate: Some(48_000), ..ReadOptions::default() });
    let mut reader = pipe(&path, &ReadOptions::default()).unwrap();
    let channels = reader.channels() as usize;
    let mut view = ResampledView::new(&reader, 48_000.0, Quality::Balanced, LengthRule::Exact).unwrap();
    let mut samples = vec![0.0f32; expected.len()];
    let (first, rest) = samples.split_at_mut(40_000 * channels);
    view.read(&mut reader, FramesMut::new(first, channels, Layout::Interleaved)).unwrap();
    let error = view.seek(&mut reader, 5).unwrap_err();
    assert_eq!((error.kind(), view.position()), (ErrorKind::NotSeekable, 40_000));
    view.read(&mut reader, FramesMut::new(rest, channels, Layout::Interleaved)).unwrap();
    assert!(samples == expected);
}
