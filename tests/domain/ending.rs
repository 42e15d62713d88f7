//! What follows the audio of a file that ends before the window does.

use ondes::audio::ErrorKind;
use ondes::audio::cancel::Cancel;
use ondes::audio::codec::Length;
use ondes::audio::frames::Layout;
use ondes::audio::reader::{Ending, Position, ReadOptions, Reader};
use ondes::audio::resample::Quality;

use super::common::{Pipe, assert_exact_with, data, load, load_with};
use super::resample::noise_wav;

/// The options for 1000 frames of the file more than it has, from frame `start` on.
fn beyond(frames: u64, start: u64, ending: Ending) -> ReadOptions {
    ReadOptions {
        start: Position::Frames(start),
        end: Some(Position::Frames(frames + 1000)),
        ending,
        ..ReadOptions::default()
    }
}

#[test]
fn silence_and_repetitions_stand_after_the_audio() {
    let (path, samples) = noise_wav("ending", 8_000, 3, 300);
    let floats: Vec<f32> = samples.iter().map(|v| f32::from(*v) / 32768.0).collect();
    let audio = &floats[20 * 3..];
    assert_eq!(load_with::<f32>(&path, &beyond(300, 20, Ending::Short)), audio);
    let silence: Vec<f32> = audio.iter().copied().chain(std::iter::repeat_n(0.0, 3000)).collect();
    assert_eq!(load_with::<f32>(&path, &beyond(300, 20, Ending::Silence)), silence);
    let repeated: Vec<f32> = audio.iter().copied().cycle().take(1280 * 3).collect();
    assert_eq!(load_with::<f32>(&path, &beyond(300, 20, Ending::Repeat)), repeated);
    // Unsigned samples have their silence in the middle.
    assert_eq!(load_with::<u8>(&path, &beyond(300, 20, Ending::Silence)).last(), Some(&128));
    // A window inside of the file has nothing to add.
    let inside = ReadOptions { end: Some(Position::Frames(40)), ..beyond(300, 20, Ending::Repeat) };
    assert_eq!(load_with::<f32>(&path, &inside), &audio[..20 * 3]);
    // What is repeated has no frame: silence.
    assert_eq!(load_with::<f32>(&path, &beyond(300, 700, Ending::Repeat)), vec![0.0; 600 * 3]);
    std::fs::remove_file(path).unwrap();
}

#[test]
fn padded_windows_are_exact_in_every_codec() {
    let files =
        ["wav/s16.wav", "flac/s16_known_100003.flac", "mp3/vbr_v2.mp3", "ogg/vorbis_51.ogg", "mp4/aac_moov_first.m4a"];
    for path in files.map(data) {
        let reader = Reader::open(&path, &ReadOptions::default()).unwrap();
        let frames = load::<f32>(&path).len() as u64 / u64::from(reader.channels());
        for ending in [Ending::Silence, Ending::Repeat] {
            let start = frames - 700.min(frames);
            let options = beyond(frames, start, ending);
            let reader = Reader::open(&path, &options).unwrap();
            assert_eq!(reader.length(), Length::Exact(frames + 1000 - start), "{}", path.display());
            assert_exact_with(&path, &options);
            assert_exact_with(&path, &ReadOptions { rate: Some(11_000), mono: true, ..options });
        }
    }
}

#[test]
fn the_ending_comes_before_the_conversion() {
    let (path, _) = noise_wav("ending-rate", 8_000, 1, 4_001);
    let padded = load_with::<f32>(&path, &beyond(4_001, 0, Ending::Repeat));
    let wav = super::common::Scratch::new("ending");
    let bytes: Vec<u8> = padded.iter().flat_map(|v| ((v * 32768.0) as i16).to_le_bytes()).collect();
    let mut file = std::fs::read(&path).unwrap()[..44].to_vec();
    file[40..44].copy_from_slice(&(bytes.len() as u32).to_le_bytes());
    file[4..8].copy_from_slice(&(bytes.len() as u32 + 36).to_le_bytes());
    file.extend(bytes);
    let path_of_padded = wav.with("padded.wav", &file);
    for quality in [Quality::Balanced, Quality::Fast, Quality::Best, Quality::Linear] {
        let at = ReadOptions { rate: Some(16_000), quality, ..ReadOptions::default() };
        let expected = load_with::<f32>(&path_of_padded, &at);
        let options = ReadOptions { rate: Some(16_000), quality, ..beyond(4_001, 0, Ending::Repeat) };
        assert_eq!(expected.len(), 5_001 * 2);
        assert!(load_with::<f32>(&path, &options) == expected, "{quality:?}");
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn several_threads_pad_as_one_does() {
    let (path, _) = noise_wav("ending-threads", 44_100, 2, 200_000);
    for ending in [Ending::Silence, Ending::Repeat] {
        let options = ReadOptions { end: Some(Position::Frames(900_000)), ending, ..ReadOptions::default() };
        let expected = load_with::<f32>(&path, &options);
        assert_eq!(expected.len(), 1_800_000);
        assert!(load_with::<f32>(&path, &ReadOptions { threads: 3, ..options }) == expected);
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_pipe_is_followed_by_silence() {
    let (path, samples) = noise_wav("ending-pipe", 8_000, 1, 500);
    let pipe = Box::new(Pipe::new(std::fs::read(&path).unwrap()));
    let mut reader = Reader::from_callbacks(pipe, "pipe.wav", &beyond(500, 0, Ending::Silence)).unwrap();
    let audio = reader.load::<i16>(Layout::Interleaved, &Cancel::new()).unwrap();
    let got = audio.samples::<i16>().unwrap();
    assert!(got[..500] == samples && got[500..] == [0; 1000]);
    std::fs::remove_file(path).unwrap();
}

#[test]
fn more_than_there_is_memory_for_is_refused_at_once() {
    let (path, _) = noise_wav("ending-memory", 44_100, 2, 500);
    let options =
        ReadOptions { end: Some(Position::Milliseconds(1 << 60)), ending: Ending::Silence, ..ReadOptions::default() };
    let error = Reader::open(&path, &options).unwrap().load::<f32>(Layout::Planar, &Cancel::new()).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::OutOfMemory);
    std::fs::remove_file(path).unwrap();
}

#[test]
fn an_ending_needs_an_end() {
    let (path, _) = noise_wav("ending-end", 300, 1, 50);
    let options = ReadOptions { ending: Ending::Repeat, ..ReadOptions::default() };
    assert_eq!(Reader::open(&path, &options).err().map(|e| e.kind()), Some(ErrorKind::InvalidArgument));
    // Less than a frame is an empty window, and nothing is added to it.
    let ms = |end| ReadOptions { end: Some(Position::Milliseconds(end)), ending: Ending::Silence, ..options };
    assert!(load_with::<f32>(&path, &ms(1)).is_empty());
    assert_eq!(load_with::<f32>(&path, &ms(4)).len(), 1);
    std::fs::remove_file(path).unwrap();
}
