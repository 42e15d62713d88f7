//! Work through a whole file: it tells how far it is, and ends when it is told to, with the reader as it was before.

use std::path::{Path, PathBuf};

use ondes::audio::cancel::Cancel;
use ondes::audio::codec::Length;
use ondes::audio::frames::{FramesMut, Layout};
use ondes::audio::progress::Progress;
use ondes::audio::reader::{Position, ReadOptions, Reader};
use ondes::audio::source::Callbacks;
use ondes::audio::{ErrorKind, Result};

use super::common::{Pipe, data, load, open};

/// A file whose end only reading finds.
struct Endless {
    bytes: Vec<u8>,
    at: usize,
}

impl Callbacks for Endless {
    fn read(&mut self, dst: &mut [u8]) -> Result<usize> {
        let rest = &self.bytes[self.at.min(self.bytes.len())..];
        let n = dst.len().min(rest.len());
        dst[..n].copy_from_slice(&rest[..n]);
        self.at += n;
        Ok(n)
    }
    fn seek(&mut self, position: u64) -> Result<()> {
        self.at = usize::try_from(position).unwrap_or(usize::MAX);
        Ok(())
    }
    fn is_seekable(&self) -> bool {
        true
    }
    fn size(&mut self) -> Result<Option<u64>> {
        Ok(None)
    }
}

fn endless(path: &Path, options: &ReadOptions) -> Result<Reader> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap();
    Reader::from_callbacks(Box::new(Endless { bytes: std::fs::read(path).unwrap(), at: 0 }), name, options)
}

/// Every fixture that can be read without its size.
fn files() -> impl Iterator<Item = PathBuf> {
    let folders = ["aac", "aiff", "au", "caf", "flac", "mkv", "mov", "mp2", "mp3", "mp4", "ogg", "opus", "w64", "wav"];
    let files =
        folders.into_iter().flat_map(|folder| std::fs::read_dir(data(folder)).unwrap().map(|e| e.unwrap().path()));
    files.filter(|path| path.is_file() && Reader::open(path, &ReadOptions::default()).is_ok())
}

/// All frames from the position on; none after an error.
fn rest(reader: &mut Reader) -> Option<Vec<f32>> {
    let channels = reader.channels() as usize;
    let mut all = Vec::new();
    let mut samples = vec![0.0; 5000 * channels];
    loop {
        match reader.read(FramesMut::new(&mut samples, channels, Layout::Interleaved)).ok()? {
            0 => return Some(all),
            n => all.extend_from_slice(&samples[..n * channels]),
        }
    }
}

fn same(one: &Option<Vec<f32>>, other: &Option<Vec<f32>>) -> bool {
    let bits = |s: &Option<Vec<f32>>| s.as_ref().map(|s| s.iter().map(|v| v.to_bits()).collect::<Vec<_>>());
    bits(one) == bits(other)
}

#[test]
fn a_measurement_that_is_ended_leaves_the_reader_as_it_was() {
    let mut ended = 0;
    for path in files() {
        let name = path.display();
        let Ok(mut whole) = endless(&path, &ReadOptions::default()) else { continue };
        let whole = rest(&mut whole);
        // At the start, where nothing was read yet, and in the middle.
        for before in [0, 1000] {
            let mut reader = endless(&path, &ReadOptions::default()).unwrap();
            let channels = reader.channels() as usize;
            let mut some = vec![0.0; before * channels];
            if reader.read(FramesMut::<f32>::new(&mut some, channels, Layout::Interleaved)).ok() != Some(before) {
                continue;
            }
            let mut told = Vec::new();
            let mut on_progress = |progress: &Progress| {
                told.push(*progress);
                false
            };
            let result = reader.measure(&Cancel::new(), Some(&mut on_progress));
            // Ogg needs its size for that.
            if let Some(error) = result.err().filter(|error| error.kind() != ErrorKind::NotSeekable) {
                assert_eq!(error.kind(), ErrorKind::Cancelled, "{name}: {error}");
                assert_eq!((told.len(), told[0].files, told[0].files_total), (1, 0, 1), "{name}");
                ended += 1;
            }
            assert_eq!(reader.position(), before as u64, "{name}");
            let expected = whole.as_ref().map(|whole| whole[before * channels..].to_vec());
            assert!(same(&rest(&mut reader), &expected), "{name}: the rest from frame {before}");
        }
    }
    assert!(ended >= 20, "{ended}");
}

#[test]
fn a_measurement_tells_how_far_it_is_and_finds_what_is_read() {
    for path in files() {
        let name = path.display();
        let Ok(mut reader) = endless(&path, &ReadOptions::default()) else { continue };
        let mut told = Vec::new();
        let mut on_progress = |progress: &Progress| {
            told.push(*progress);
            true
        };
        let Ok(frames) = reader.measure(&Cancel::new(), Some(&mut on_progress)) else { continue };
        assert!(told.is_sorted_by_key(|progress| progress.frames), "{name}: {told:?}");
        let last = told.last().unwrap();
        assert_eq!((last.files, last.files_total), (1, 1), "{name}");
        assert!(last.frames == last.frames_total && last.frames >= frames, "{name}: {last:?}, {frames} frames");
        let whole = rest(&mut reader).unwrap_or_else(|| panic!("{name}"));
        // Of a file without a size that is cut off, only reading tells the end where a header declares another.
        if reader.warnings().count() == 0 {
            assert_eq!(whole.len(), frames as usize * reader.channels() as usize, "{name}");
        }
    }
}

#[test]
fn a_frame_that_is_cut_off_is_not_counted() {
    let path = data("aac/truncated.aac");
    let mut reader = endless(&path, &ReadOptions::default()).unwrap();
    let frames = reader.measure(&Cancel::new(), None).unwrap();
    assert_eq!(frames, open(&path).measure(&Cancel::new(), None).unwrap());
    assert_eq!(rest(&mut reader).unwrap().len() as u64, frames * u64::from(reader.channels()));
}

#[test]
fn a_check_tells_how_far_it_is_up_to_the_end() {
    let path = data("flac/s16_known_100003.flac");
    // Whatever is read of the file, all of it is checked.
    let part = ReadOptions { start: Position::Frames(10), end: Some(Position::Frames(30)), ..ReadOptions::default() };
    for options in [ReadOptions::default(), part, ReadOptions { rate: Some(8000), ..ReadOptions::default() }] {
        let mut reader = Reader::open(&path, &options).unwrap();
        let mut told = Vec::new();
        let mut on_progress = |progress: &Progress| {
            told.push(*progress);
            true
        };
        assert_eq!(reader.verify(&Cancel::new(), Some(&mut on_progress)), Ok(Some(true)));
        assert!(told.len() > 1 && told.is_sorted_by_key(|progress| progress.frames), "{told:?}");
        let (first, last) = (told[0], told[told.len() - 1]);
        assert_eq!((first.files, first.frames_total), (0, 100_003));
        assert!(first.frames > 0 && first.frames < 100_003, "{first:?}");
        assert_eq!((last.files, last.files_total, last.failed), (1, 1, 0));
        assert_eq!((last.frames, last.frames_total), (100_003, 100_003));
        assert!((last.seconds - 100_003.0 / f64::from(reader.description().rate)).abs() < 1e-9);
    }
    // Nothing is done without a checksum, and that is told too.
    let mut told = Vec::new();
    let mut on_progress = |progress: &Progress| {
        told.push((progress.files, progress.frames));
        true
    };
    assert_eq!(open(&data("wav/s16.wav")).verify(&Cancel::new(), Some(&mut on_progress)), Ok(None));
    assert_eq!(told, [(1, 0)]);
}

#[test]
fn a_check_that_is_ended_leaves_the_reader_as_it_was() {
    let path = data("flac/s16_known_100003.flac");
    let whole = load::<f32>(&path);
    for options in [ReadOptions::default(), ReadOptions { rate: Some(8000), ..ReadOptions::default() }] {
        let channels = 2;
        let mut reader = Reader::open(&path, &options).unwrap();
        assert_eq!(reader.channels() as usize, channels);
        let expected = rest(&mut Reader::open(&path, &options).unwrap()).unwrap();
        assert!(options.rate.is_some() || expected == whole);
        for before in [0, 1, 7000] {
            reader.seek(before).unwrap();
            let cancel = Cancel::new();
            // By its answer, or by the token, which is set from anywhere.
            let mut calls = 0;
            let mut on_progress = |_: &Progress| {
                calls += 1;
                if before == 1 {
                    cancel.set();
                }
                before == 1
            };
            let error = reader.verify(&cancel, Some(&mut on_progress)).unwrap_err();
            assert_eq!((error.kind(), calls), (ErrorKind::Cancelled, 1), "{error}");
            assert!(error.message().contains("s16_known_100003.flac: cancelled"), "{error}");
            assert_eq!(cancel.is_set(), before == 1, "the callback ends this work alone");
            assert_eq!(reader.position(), before);
            assert!(rest(&mut reader).unwrap() == expected[before as usize * channels..], "from {before}");
        }
        assert_eq!(reader.verify(&Cancel::new(), None), Ok(Some(true)));
        assert!(rest(&mut reader).unwrap() == expected);
    }
}

#[test]
fn nothing_begins_once_the_token_is_set() {
    let cancel = Cancel::new();
    cancel.set();
    for name in ["flac/s16_known_100003.flac", "mp3/cbr_128_no_tag.mp3", "wav/s16.wav"] {
        let path = data(name);
        let mut reader = Reader::open(&path, &ReadOptions { estimate_length: true, ..ReadOptions::default() }).unwrap();
        let length = reader.length();
        let mut never = |_: &Progress| -> bool { panic!("{name}: nothing is done that could be told") };
        assert_eq!(reader.measure(&cancel, Some(&mut never)).unwrap_err().kind(), ErrorKind::Cancelled, "{name}");
        assert_eq!(reader.verify(&cancel, Some(&mut never)).unwrap_err().kind(), ErrorKind::Cancelled, "{name}");
        assert_eq!((reader.length(), reader.position()), (length, 0), "{name}");
        assert!(rest(&mut reader).unwrap() == load::<f32>(&path), "{name}");
    }
}

#[test]
fn a_pipe_is_read_on_after_what_it_cannot_do() {
    for name in ["mp3/cbr_128_no_tag.mp3", "aac/stereo_44k_128.aac", "wav/s16.wav", "ogg/vorbis_q5_known_100003.ogg"] {
        let path = data(name);
        let bytes = Pipe::new(std::fs::read(&path).unwrap());
        let mut reader = Reader::from_callbacks(Box::new(bytes), name, &ReadOptions::default()).unwrap();
        if !matches!(reader.length(), Length::Exact(_)) {
            let error = reader.measure(&Cancel::new(), None).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotSeekable, "{name}: {error}");
        }
        assert_eq!(reader.verify(&Cancel::new(), None), Ok(None), "{name}");
        assert!(rest(&mut reader).unwrap() == load::<f32>(&path), "{name}");
    }
}
