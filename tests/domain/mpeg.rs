//! MPEG audio: right on the conformance vectors, exact in length and seeks,
//! unmoved by tags and damage.

use std::path::{Path, PathBuf};

use ondes::audio::ErrorKind;
use ondes::audio::frames::{FramesMut, Layout};
use ondes::audio::reader::{ReadOptions, Reader};

use crate::common::*;

fn files(folder: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(data(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap()
}

fn untrimmed() -> ReadOptions {
    ReadOptions { trim: false, ..ReadOptions::default() }
}

/// All that can be read, and the error after it.
fn read_all(reader: &mut Reader) -> (Vec<f32>, Option<ErrorKind>) {
    let channels = reader.channels() as usize;
    let mut all = Vec::new();
    let mut chunk = vec![0.0; 4096 * channels];
    loop {
        match reader.read(FramesMut::new(&mut chunk, channels, Layout::Interleaved)) {
            Ok(0) => return (all, None),
            Ok(n) => all.extend_from_slice(&chunk[..n * channels]),
            Err(error) => return (all, Some(error.kind())),
        }
    }
}

/// Asserts the full accuracy of ISO/IEC 11172-4: as 16-bit samples ours differ
/// by less than 1/sqrt(12) of a step in the mean, and never by more than two.
fn assert_full_accuracy(name: &str, ours: &[f32], theirs: &[i16]) {
    let mut sum = 0.0f64;
    let mut max = 0.0f64;
    for (a, b) in ours.iter().zip(theirs) {
        let difference = (f64::from(*a) * 32768.0).round_ties_even().clamp(-32768.0, 32767.0) - f64::from(*b);
        sum += difference * difference;
        max = max.max(difference.abs());
    }
    let rms = (sum / ours.len().max(1) as f64).sqrt() / 32768.0;
    assert!(rms < 8.81e-6 && max <= 2.0, "{name}: root mean square {rms}, largest {max} steps");
}

#[test]
fn conformance_vectors_at_full_accuracy() {
    let Some(folder) = conformance("mpeg") else { return };
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let reference = path.with_extension("pcm");
        if path.extension().is_none_or(|e| e != "bit") || !reference.exists() {
            continue;
        }
        let bytes = std::fs::read(reference).unwrap();
        let theirs: Vec<i16> = bytes.as_chunks::<2>().0.iter().map(|b| i16::from_le_bytes(*b)).collect();
        let name = name(&path);
        count += 1;
        let mut reader = match Reader::open(&path, &ReadOptions::default()) {
            Ok(reader) => reader,
            Err(error) => {
                assert!(theirs.is_empty(), "{name}: {error}");
                assert_eq!(error.kind(), ErrorKind::Unrecognized, "{name}");
                continue;
            }
        };
        let frame = 1152 * reader.channels() as usize;
        let (mut ours, error) = read_all(&mut reader);
        // Frames that do not decode are silent here, and left out there.
        match name {
            // The first frames lack their bit reservoir.
            "l3-sin1k0db.bit" => drop(ours.drain(..2 * frame)),
            "l2-nonstandard-test32-size.bit" => drop(ours.drain(12 * frame..13 * frame)),
            "l3-nonstandard-compl-sideinfo-blocktype.bit" => drop(ours.drain(81 * frame..85 * frame)),
            _ => {}
        }
        match name {
            "l3-nonstandard-he_44_48khz.bit" => assert_eq!(error, Some(ErrorKind::FormatChanged)),
            // Starts with 32 kHz; the reference holds the 44.1 kHz behind it.
            "l2-nonstandard-fl1_fl2_ff.bit" => {
                assert_eq!(error, Some(ErrorKind::FormatChanged));
                continue;
            }
            _ => assert_eq!(error, None, "{name}"),
        }
        let common = ours.len().min(theirs.len());
        if name.starts_with("l1-") || name.starts_with("l2-fl") {
            // The bit streams here are the first half of the reference's.
            assert!(common == ours.len() && common * 2 >= theirs.len(), "{name}");
        } else {
            // Some references lack the last frame of the bit stream.
            assert!(common == theirs.len() && ours.len() - common <= frame, "{name}: {} of {}", ours.len(), theirs.len());
        }
        assert_full_accuracy(name, &ours[..common], &theirs[..common]);
    }
    println!("{count} conformance vectors");
    assert!(count >= 41);
}

#[test]
fn every_window_is_that_slice_of_the_whole() {
    for path in files("mp3").into_iter().chain(files("mp2")) {
        if name(&path) != "rate_change.mp3" {
            assert_exact(&path);
            assert_exact_with(&path, &untrimmed());
        }
    }
}
