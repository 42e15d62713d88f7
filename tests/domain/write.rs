//! Writing: targets, failures and options, whatever the format.

use std::sync::Arc;

use ondes::audio::ErrorKind;
use ondes::audio::cancel::Cancel;
use ondes::audio::encode::WriteOptions;
use ondes::audio::frames::{Frames, Layout};
use ondes::audio::reader::{ReadOptions, Reader};
use ondes::audio::tags::{Picture, PictureKind, Tags};
use ondes::audio::transcode::transcode;
use ondes::audio::writer::Writer;

use super::common::Scratch;

fn wav(rate: u32, channels: u32) -> WriteOptions {
    WriteOptions { format: Some("wav".into()), rate, channels, ..WriteOptions::default() }
}

#[test]
fn a_refused_writer_leaves_what_was_there() {
    let scratch = Scratch::new("refused");
    let (old, new) = (scratch.file("old.wav"), scratch.file("new.wav"));
    std::fs::write(&old, b"precious").unwrap();
    for path in [&old, &new] {
        for options in [wav(0, 1), wav(48_000, 0), wav(48_000, 1025), wav(2, 44_100)] {
            let error = Writer::create(path, &options).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
        }
    }
    assert_eq!(std::fs::read(&old).unwrap(), b"precious");
    assert!(!new.exists());
    let error = Writer::create(scratch.path(), &wav(48_000, 1)).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::IsDirectory, "{error}");
}

#[test]
fn a_file_takes_its_name_when_it_is_whole() {
    let scratch = Scratch::new("atomic");
    let path = scratch.file("a.wav");
    std::fs::write(&path, b"old").unwrap();
    let options = WriteOptions { atomic: true, ..wav(8000, 1) };
    let frames = [0.25f32; 100];

    let mut writer = Writer::create(&path, &options).unwrap();
    writer.write(Frames::new(&frames, 1, Layout::Interleaved)).unwrap();
    drop(writer);
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 1, "nothing is left beside it");

    let mut writer = Writer::create(&path, &options).unwrap();
    writer.write(Frames::new(&frames, 1, Layout::Interleaved)).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    writer.finish().unwrap();
    let mut reader = Reader::open(&path, &ReadOptions::default()).unwrap();
    assert_eq!(reader.measure(&Cancel::new(), None).unwrap(), 100);
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 1);
}

#[test]
fn a_full_disk_is_told_and_ends_the_writer() {
    let device = std::path::Path::new("/dev/full");
    if !device.exists() {
        return;
    }
    let mut writer = Writer::create(device, &wav(8000, 1)).unwrap();
    let frames = vec![0i16; 1 << 20];
    let error = writer.write(Frames::new(&frames, 1, Layout::Interleaved)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoSpace, "{error}");
    let error = writer.finish().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoSpace, "{error}");
    assert!(error.message().contains("nothing more can be done"), "{error}");
}

#[test]
fn samples_convert_on_their_way() {
    // DESIGN: float to integer multiplies by 2^(n-1), rounds to even, clips; NaN is 0.
    let samples = [0.5f32, -0.5, 1.0, -1.5, f32::NAN, 0.3, -0.3, f32::INFINITY];
    let mut writer = Writer::in_memory(&wav(8000, 2)).unwrap();
    writer.write(Frames::new(&samples, 2, Layout::Planar)).unwrap();
    writer.finish().unwrap();
    let bytes = writer.take_bytes().unwrap();
    let data: Vec<i16> = bytes[80..].chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect();
    assert_eq!(data, [16_384, 0, -16_384, 9830, 32_767, -9830, -32_768, 32_767]);
    assert!(writer.take_bytes().is_err());
}

#[test]
fn dither_is_noise_of_two_steps() {
    let options = WriteOptions { dither: true, ..wav(8000, 1) };
    let mut writer = Writer::in_memory(&options).unwrap();
    writer.write(Frames::new(&vec![0.4f32 / 32_768.0; 100_000], 1, Layout::Interleaved)).unwrap();
    writer.finish().unwrap();
    let bytes = writer.take_bytes().unwrap();
    let data: Vec<f64> = bytes[80..].chunks_exact(2).map(|b| f64::from(i16::from_le_bytes([b[0], b[1]]))).collect();
    let mean = data.iter().sum::<f64>() / data.len() as f64;
    assert!((mean - 0.4).abs() < 0.02, "the mean survives rounding: {mean}");
    let variance = data.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / data.len() as f64;
    // Triangular noise (1/6) and rounding (1/12), in steps.
    assert!((variance - 0.25).abs() < 0.02, "{variance}");
}

#[test]
fn dither_leaves_alone_what_loses_nothing() {
    let samples: Vec<i16> = (0..1000).map(|i| (i * 31 - 15_000) as i16).collect();
    let mut writer = Writer::in_memory(&wav(8000, 1)).unwrap();
    writer.write(Frames::new(&samples, 1, Layout::Interleaved)).unwrap();
    writer.finish().unwrap();
    let bytes = writer.take_bytes().unwrap();
    let mut reader = Reader::from_memory(Arc::new(bytes.clone()), &ReadOptions::default()).unwrap();
    let mut copy = Writer::in_memory(&WriteOptions { dither: true, ..wav(8000, 1) }).unwrap();
    transcode(&mut reader, &mut copy, &Cancel::new(), None).unwrap();
    assert!(copy.take_bytes().unwrap() == bytes);
}

/// Those of the formats that this build writes.
fn built<'a>(formats: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
    formats.iter().copied().filter(|format| match *format {
        "mp3" => cfg!(feature = "lame"),
        "ogg" => cfg!(feature = "vorbis"),
        _ => true,
    })
}

/// Tags with a title and a cover of so many bytes.
fn covered(bytes: usize) -> Tags {
    let mut tags = Tags::new();
    tags.set("title", "Covered").unwrap();
    let data = (0..bytes).map(|i| ((i * i) >> 8) as u8).collect();
    tags.add_picture(Picture::new(PictureKind::FrontCover, Some("image/png"), "", data).unwrap());
    tags
}

#[test]
fn a_header_larger_than_any_buffer_replaces_what_was_there() {
    let dir = Scratch::new("cover");
    for format in built(&["wav", "aiff", "caf", "flac", "mp3", "ogg", "opus"]) {
        let path = dir.file(&format!("a.{format}"));
        std::fs::write(&path, vec![b'x'; 2 << 20]).unwrap();
        let refused = WriteOptions { rate: 48_000, channels: 0, ..WriteOptions::default() };
        assert!(Writer::create(&path, &refused).is_err());
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 2 << 20);
        let tags = Some(Arc::new(covered(600_000)));
        let options = WriteOptions { rate: 48_000, channels: 1, tags, ..WriteOptions::default() };
        let mut writer = Writer::create(&path, &options).unwrap();
        writer.write(Frames::new(&[0.1f32; 5000], 1, Layout::Interleaved)).unwrap();
        writer.finish().unwrap();
        let mut reader = Reader::open(&path, &ReadOptions::default()).unwrap();
        assert_eq!(reader.measure(&Cancel::new(), None).unwrap(), 5000, "{format}");
        assert_eq!(reader.tags().unwrap().get("title"), Some("Covered"), "{format}");
    }
}

#[test]
fn what_is_only_carried_over_gives_way() {
    // More than a FLAC block holds, a broadcast field that is no number, and 5.1 with side speakers.
    let mut tags = covered(17 << 20);
    let options = WriteOptions { channel_mask: 0x60f, tags: Some(Arc::new(tags.clone())), ..wav(48_000, 6) };
    let mut writer = Writer::in_memory(&options).unwrap();
    writer.write(Frames::new(&[0i16; 600], 6, Layout::Interleaved)).unwrap();
    writer.finish().unwrap();
    let reader = Reader::from_memory(Arc::new(writer.take_bytes().unwrap()), &ReadOptions::default()).unwrap();
    for format in built(&["flac", "ogg", "opus", "aiff", "alac"]) {
        let mut like = WriteOptions { format: Some(format.into()), ..WriteOptions::default() };
        like.fill_in(&reader, "").unwrap();
        assert_eq!(like.tags.as_ref().unwrap().get("title"), Some("Covered"), "{format}");
        Writer::in_memory(&like).unwrap_or_else(|e| panic!("{format}: {e}"));
    }
    // Speakers give way beside tags that were asked for, too.
    for format in built(&["ogg", "alac"]) {
        let tags = Some(Arc::new(Tags::new()));
        let mut like = WriteOptions { format: Some(format.into()), tags, ..WriteOptions::default() };
        like.fill_in(&reader, "").unwrap();
        Writer::in_memory(&like).unwrap_or_else(|e| panic!("{format}: {e}"));
    }
    // What was asked for is refused instead.
    tags.set("bext_time_reference", "foo").unwrap();
    let asked = WriteOptions { tags: Some(Arc::new(tags)), ..wav(48_000, 1) };
    assert!(Writer::in_memory(&asked).is_err());
}

#[test]
fn how_frames_are_cut_changes_no_sample() {
    let frames: Vec<f32> = (0..20_000).map(|i| (i as f32 * 0.05).sin() * 0.3 + (i as f32 * 1.7).cos() * 0.2).collect();
    for format in built(&["wav", "aiff", "caf", "alac", "flac", "mp3", "ogg", "opus"]) {
        let decoded = |piece: usize| {
            let options = WriteOptions { format: Some(format.into()), ..wav(48_000, 1) };
            let mut writer = Writer::in_memory(&options).unwrap();
            for frames in frames.chunks(piece) {
                writer.write(Frames::new(frames, 1, Layout::Interleaved)).unwrap();
            }
            writer.finish().unwrap();
            let mut reader =
                Reader::from_memory(Arc::new(writer.take_bytes().unwrap()), &ReadOptions::default()).unwrap();
            reader.load::<f32>(Layout::Interleaved, &Cancel::new()).unwrap().bytes().to_vec()
        };
        let whole = decoded(frames.len());
        assert_eq!(whole.len(), frames.len() * 4, "{format}");
        assert!(decoded(777) == whole && decoded(1) == whole, "{format}");
    }
}
