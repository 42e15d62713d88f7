//! Tags: read from files that other programs wrote, and written so that other
//! programs read them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use ondes::audio::source::ByteReader;
use ondes::audio::tags::{Picture, PictureKind, Tags};
use serde_json::Value;

use super::common::data;

fn read_bytes(bytes: Vec<u8>, extension: Option<&str>) -> Tags {
    Tags::read(ByteReader::from_memory(Arc::new(bytes)), extension).unwrap_or_else(|e| panic!("{e}"))
}

fn pairs(tags: &Tags) -> Vec<(&str, &str)> {
    tags.items().iter().map(|tag| (tag.key(), tag.value())).collect()
}

/// A PNG of one pixel.
fn pixel() -> Vec<u8> {
    let file = std::fs::read(data("flac/picture.flac")).unwrap();
    let at = file.windows(4).position(|w| w == b"\x89PNG").expect("the fixture holds a PNG");
    file[at..at + 69].to_vec()
}

/// Tags with one of everything.
fn sample() -> Tags {
    let mut tags = Tags::new();
    let texts = [
        ("title", "Ólafur — 夜明け 🌅"),
        ("artist", "Zoë"),
        ("artist", "Second; artist"),
        ("album", "An album"),
        ("albumartist", "Various"),
        ("date", "2003-05-12"),
        ("tracknumber", "3"),
        ("tracktotal", "12"),
        ("genre", "Jazz"),
        ("comment", "two\nlines"),
        ("composer", "Łukasz"),
        ("copyright", "2003 nobody"),
        ("isrc", "USRC17607839"),
        ("lyrics", "la la"),
        ("replaygain_track_gain", "-6.50 dB"),
        ("My own Key", "its=value"),
    ];
    for (key, value) in texts {
        tags.add(key, value).unwrap();
    }
    let mime = "image/png".to_owned();
    tags.add_picture(Picture {
        kind: PictureKind::FrontCover, mime, description: "Vorne ü".to_owned(), data: pixel()
    });
    tags
}

fn temporary(name: &str, bytes: &[u8]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("tags");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// What ffprobe (Debian package ffmpeg) says of a file's tags, keys in lower case, and how many pictures it sees.
fn ffprobe(path: &Path) -> (Vec<(String, String)>, usize) {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-of", "json", "-show_entries", "format_tags:stream=codec_type:stream_tags"])
        .arg(path)
        .output()
        .expect("ffprobe runs");
    assert!(output.status.success(), "ffprobe reads {}", path.display());
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let tags = json["format"]["tags"].as_object().cloned().unwrap_or_default();
    let pictures = json["streams"].as_array().unwrap().iter().filter(|s| s["codec_type"] == "video").count();
    (tags.iter().map(|(k, v)| (k.to_lowercase(), v.as_str().unwrap().to_owned())).collect(), pictures)
}

fn assert_ffprobe(path: &Path, expected: &[(&str, &str)], pictures: usize) {
    let (tags, seen) = ffprobe(path);
    for (key, value) in expected {
        let found = tags.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
        assert_eq!(found, Some(*value), "{key} in {}: {tags:?}", path.display());
    }
    assert_eq!(seen, pictures, "pictures in {}", path.display());
}

/// A FLAC file with these metadata blocks behind STREAMINFO.
fn flac_with(blocks: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let file = std::fs::read(data("flac/picture.flac")).unwrap();
    let (mut at, mut is_last) = (4, false);
    let mut out = file[..4 + 4 + 34].to_vec();
    out[4] &= 0x7f;
    while !is_last {
        is_last = file[at] & 0x80 != 0;
        at += 4 + u32::from_be_bytes([0, file[at + 1], file[at + 2], file[at + 3]]) as usize;
    }
    for (i, (kind, body)) in blocks.iter().enumerate() {
        out.push(kind | if i + 1 == blocks.len() { 0x80 } else { 0 });
        out.extend(&(body.len() as u32).to_be_bytes()[1..]);
        out.extend(body);
    }
    out.extend(&file[at..]);
    out
}

/// A file of chunks with some more at its end.
fn with_chunks(name: &str, chunks: &[([u8; 4], Vec<u8>)], is_big: bool) -> Vec<u8> {
    let mut file = std::fs::read(data(name)).unwrap();
    let bytes = |size: usize| if is_big { (size as u32).to_be_bytes() } else { (size as u32).to_le_bytes() };
    for (id, body) in chunks {
        file.extend(id);
        file.extend(bytes(body.len()));
        file.extend(body);
        file.resize(file.len().next_multiple_of(2), 0);
    }
    let size = bytes(file.len() - 8);
    file[4..8].copy_from_slice(&size);
    file
}

#[test]
fn id3v2_is_read_by_others_and_read_back() {
    let tags = sample();
    for padding in [0, 1000] {
        let mut file = tags.to_id3v2(padding).unwrap();
        file.extend(std::fs::read(data("mp3/cbr_128_no_tag.mp3")).unwrap());
        assert_eq!(read_bytes(file.clone(), None), tags);
        let path = temporary(&format!("id3v2_{padding}.mp3"), &file);
        let expected = [
            ("title", "Ólafur — 夜明け 🌅"),
            // FFmpeg 5.1 takes the first of several values.
            ("artist", "Zoë"),
            ("track", "3/12"),
            ("date", "2003-05-12"),
            ("album_artist", "Various"),
            ("comment", "two\nlines"),
            ("my own key", "its=value"),
        ];
        assert_ffprobe(&path, &expected, 1);
    }
    assert!(Tags::new().to_id3v2(100).unwrap().is_empty());
}

#[test]
fn flac_blocks_are_read_by_others_and_read_back() {
    let tags = sample();
    let file = flac_with(&tags.to_flac_blocks("a vendor").unwrap());
    let mut expected = pairs(&tags);
    let key = expected.iter_mut().find(|(key, _)| *key == "My own Key").unwrap();
    key.0 = "MY OWN KEY";
    let read = read_bytes(file.clone(), None);
    assert_eq!((pairs(&read), read.pictures()), (expected, tags.pictures()));
    let path = temporary("blocks.flac", &file);
    assert_ffprobe(&path, &[("title", "Ólafur — 夜明け 🌅"), ("artist", "Zoë;Second; artist")], 1);
    let output =
        Command::new("metaflac").args(["--no-utf8-convert", "--export-tags-to=-"]).arg(&path).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("TITLE=Ólafur — 夜明け 🌅\nARTIST=Zoë\nARTIST=Second; artist\nALBUM="), "{text}");
    assert!(text.ends_with("MY OWN KEY=its=value\n"), "{text}");
    let output = Command::new("metaflac").args(["--export-picture-to=-"]).arg(&path).output().unwrap();
    assert_eq!(output.stdout, pixel());
    let vendor = Command::new("metaflac").arg("--show-vendor-tag").arg(&path).output().unwrap();
    assert_eq!(String::from_utf8(vendor.stdout).unwrap().trim(), "a vendor");
    assert!(Command::new("flac").args(["-t", "-s"]).arg(&path).status().unwrap().success());
}

#[test]
fn riff_chunks_are_read_by_others_and_read_back() {
    let tags = sample();
    let chunks = tags.to_riff_chunks().unwrap();
    assert_eq!(chunks.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [*b"LIST", *b"id3 "]);
    let file = with_chunks("wav/s16.wav", &chunks, false);
    assert_eq!(read_bytes(file.clone(), None), tags);
    let path = temporary("everything.wav", &file);
    assert_ffprobe(&path, &[("title", "Ólafur — 夜明け 🌅"), ("track", "3/12"), ("date", "2003-05-12")], 1);

    // What the list can hold needs nothing else.
    let mut tags = Tags::new();
    for (key, value) in [("title", "odd"), ("artist", "b"), ("tracknumber", "3"), ("tracktotal", "4"), ("IENG", "me")] {
        tags.add(key, value).unwrap();
    }
    let broadcast = [
        ("bext_description", "a take"),
        ("bext_originator", "ondes"),
        ("bext_origination_date", "2026-01-31"),
        ("bext_origination_time", "23:59:58"),
        ("bext_time_reference", "172800000000"),
        ("bext_loudness_value", "-23.04"),
        ("bext_max_true_peak_level", "-1.00"),
        ("bext_coding_history", "A=PCM,F=48000,W=24,M=stereo\r\n"),
    ];
    let mut broadcast_first = Tags::new();
    for (key, value) in broadcast {
        tags.add(key, value).unwrap();
        broadcast_first.add(key, value).unwrap();
    }
    let chunks = tags.to_riff_chunks().unwrap();
    assert_eq!(chunks.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [*b"bext", *b"LIST"]);
    assert_eq!(chunks[0].1.len(), 602 + 29);
    let file = with_chunks("wav/s16.wav", &chunks, false);
    let read = read_bytes(file.clone(), None);
    assert_eq!(pairs(&read)[..5], pairs(&tags)[..5]);
    assert!(broadcast.iter().all(|(key, value)| read.get(key) == Some(value.trim_end())), "{read:?}");
    let expected = [
        ("title", "odd"),
        // FFmpeg's names for the fields of bext, where it has other ones.
        ("comment", "a take"),
        ("encoded_by", "ondes"),
        ("date", "2026-01-31"),
        ("time_reference", "172800000000"),
    ];
    assert_ffprobe(&temporary("list.wav", &file), &expected, 0);
}

#[test]
fn aiff_chunks_are_read_by_others_and_read_back() {
    let tags = sample();
    let file = with_chunks("aiff/s16.aiff", &tags.to_aiff_chunks().unwrap(), true);
    assert_eq!(read_bytes(file.clone(), None), tags);
    assert_ffprobe(&temporary("everything.aiff", &file), &[("title", "Ólafur — 夜明け 🌅"), ("album", "An album")], 1);

    let mut tags = Tags::new();
    for (key, value) in [("title", "name"), ("artist", "odd"), ("copyright", "c"), ("comment", "1"), ("comment", "2")] {
        tags.add(key, value).unwrap();
    }
    let chunks = tags.to_aiff_chunks().unwrap();
    let ids: Vec<_> = chunks.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, [*b"NAME", *b"AUTH", *b"(c) ", *b"ANNO", *b"ANNO"]);
    let file = with_chunks("aiff/s16.aiff", &chunks, true);
    assert_eq!(read_bytes(file.clone(), None), tags);
    assert_ffprobe(&temporary("texts.aiff", &file), &[("title", "name"), ("copyright", "c")], 0);
}

#[test]
fn a_caf_info_chunk_is_read_by_others_and_read_back() {
    let mut tags = Tags::new();
    for (key, value) in
        [("title", "夜明け"), ("artist", "Zoë"), ("tracknumber", "3"), ("date", "2003"), ("own key", "x")]
    {
        tags.add(key, value).unwrap();
    }
    let info = tags.to_caf_info();
    let mut file = std::fs::read(data("caf/s16le.caf")).unwrap();
    // Behind the desc chunk: 8 bytes of file header, 12 of chunk header, 32 of body.
    let mut chunk = b"info".to_vec();
    chunk.extend((info.len() as u64).to_be_bytes());
    chunk.extend(&info);
    file.splice(52..52, chunk);
    assert_eq!(read_bytes(file.clone(), None), tags);
    let expected = [("title", "夜明け"), ("artist", "Zoë"), ("track number", "3"), ("own key", "x")];
    let (seen, _) = ffprobe(&temporary("info.caf", &file));
    for (key, value) in expected {
        assert!(seen.iter().any(|(k, v)| (k == key || key.starts_with(k.as_str())) && v == value), "{key}: {seen:?}");
    }
    assert!(Tags::new().to_caf_info().is_empty());
}

#[test]
fn what_a_format_cannot_hold_is_refused() {
    let big = |size| Picture {
        kind: PictureKind::FrontCover,
        mime: "image/png".to_owned(),
        description: String::new(),
        data: vec![0; size],
    };
    let mut tags = Tags::new();
    tags.add_picture(big(16 << 20));
    let error = tags.to_flac_blocks("").unwrap_err();
    assert_eq!(error.message(), "a picture of 16777216 bytes is more than a FLAC metadata block can hold");
    let error = tags.to_vorbis_comment("").unwrap_err();
    assert!(error.message().contains("an Ogg packet holds at most 16777216"), "{error}");
    assert!(tags.to_id3v2(0).is_ok());
    assert!(tags.to_id3v2(1 << 28).unwrap_err().message().contains("exceed the 268435455"));
    let mut tags = Tags::new();
    tags.add("bext_description", &"x".repeat(257)).unwrap();
    assert!(tags.to_riff_chunks().unwrap_err().message().contains("holds at most 256"));
    tags.set("bext_description", "x").unwrap();
    tags.set("bext_loudness_value", "loud").unwrap();
    assert!(tags.to_riff_chunks().unwrap_err().message().contains("no number"));
}
