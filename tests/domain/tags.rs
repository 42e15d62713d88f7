//! Tags: read from files that other programs wrote, and written so that other
//! programs read them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ondes::audio::Result;
use ondes::audio::frames::{FramesMut, Layout};
use ondes::audio::reader::{ReadOptions, Reader};
use ondes::audio::source::{ByteReader, Callbacks};
use ondes::audio::tags::{Picture, PictureKind, Tags};
use serde_json::Value;

use super::common::{Random, data};

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

/// What `tests/data/recipes/tags.py` put into the files of `tests/data/tags`.
fn expected() -> serde_json::Map<String, Value> {
    let text = std::fs::read_to_string(data("tags/tags.json")).expect("tags.json is there");
    serde_json::from_str::<Value>(&text).expect("it is JSON").as_object().expect("of files").clone()
}

/// CRC-32 as in PNG (ISO 3309): enough to know a picture again.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 != 0 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

fn assert_expected(name: &str, tags: &Tags, expected: &Value) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let wanted: Vec<_> =
        expected["tags"].as_array().unwrap().iter().map(|tag| (text(&tag[0]), text(&tag[1]))).collect();
    // The order of keys is the programs' own; that of a key's values counts.
    let sorted = |mut list: Vec<(String, String)>| {
        list.sort_by(|(a, _), (b, _)| a.cmp(b));
        list
    };
    let found = tags.items().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect();
    assert_eq!(sorted(found), sorted(wanted), "{name}");
    let pictures = expected["pictures"].as_array().unwrap();
    assert_eq!(tags.pictures().len(), pictures.len(), "pictures in {name}");
    for (found, wanted) in tags.pictures().iter().zip(pictures) {
        let found = (found.kind.code(), &found.mime, &found.description, found.data.len(), crc32(&found.data));
        let wanted = (
            wanted["kind"].as_u64().unwrap() as u32,
            &text(&wanted["mime"]),
            &text(&wanted["description"]),
            wanted["bytes"].as_u64().unwrap() as usize,
            wanted["crc32"].as_u64().unwrap() as u32,
        );
        assert_eq!(found, wanted, "{name}");
    }
    assert_eq!(tags.is_complete(), expected["complete"].as_bool().unwrap(), "{name} is read completely");
}

#[test]
fn the_tags_of_other_programs_are_read() {
    let files = expected();
    assert!(files.len() > 30);
    for (name, expected) in &files {
        assert_expected(name, &Tags::open(&data(&format!("tags/{name}"))).unwrap_or_else(|e| panic!("{e}")), expected);
    }
}

#[test]
fn fixtures_have_the_tags_that_the_manifest_names() {
    let manifest: Value = serde_json::from_str(&std::fs::read_to_string(data("manifest.json")).unwrap()).unwrap();
    let mut count = 0;
    for file in manifest["files"].as_array().unwrap() {
        let Some(tags) = file["tags"].as_object() else { continue };
        let path = file["path"].as_str().unwrap();
        let read = Tags::open(&data(path)).unwrap();
        for (key, value) in tags {
            let found = match key.as_str() {
                "picture" => read.pictures().first().map(|picture| picture.mime.as_str()),
                key => read.get(key),
            };
            assert_eq!(found, value.as_str(), "{key} in {path}");
        }
        count += 1;
    }
    assert!(count >= 10);
}

/// Counts the bytes that were asked for, and can refuse to seek.
struct Counted {
    bytes: Vec<u8>,
    at: usize,
    seekable: bool,
    read: Arc<AtomicUsize>,
}

impl Callbacks for Counted {
    fn read(&mut self, dst: &mut [u8]) -> Result<usize> {
        let n = dst.len().min(self.bytes.len() - self.at);
        dst[..n].copy_from_slice(&self.bytes[self.at..self.at + n]);
        self.at += n;
        self.read.fetch_add(n, Ordering::Relaxed);
        Ok(n)
    }

    fn seek(&mut self, position: u64) -> Result<()> {
        self.at = usize::try_from(position).unwrap_or(usize::MAX).min(self.bytes.len());
        Ok(())
    }

    fn is_seekable(&self) -> bool {
        self.seekable
    }

    fn size(&mut self) -> Result<Option<u64>> {
        Ok(self.seekable.then_some(self.bytes.len() as u64))
    }
}

fn read_counted(bytes: Vec<u8>, seekable: bool) -> (Tags, usize) {
    let read = Arc::new(AtomicUsize::new(0));
    let source = Counted { bytes, at: 0, seekable, read: Arc::clone(&read) };
    let tags = Tags::read(ByteReader::from_callbacks(Box::new(source)).unwrap(), None).unwrap();
    (tags, read.load(Ordering::Relaxed))
}

#[test]
fn the_audio_is_not_read() {
    // Ten megabytes of audio between the tags and, where there are some behind it, these.
    let long = vec![0x55u8; 10 << 20];
    let mut mp3 = std::fs::read(data("tags/ffmpeg_id3v24.mp3")).unwrap();
    mp3.extend(&long);
    let mut wav = sample().to_riff_chunks().unwrap();
    wav.insert(0, (*b"data", long.clone()));
    let mut riff = b"RIFF\0\0\0\0WAVE".to_vec();
    for (id, body) in wav {
        riff.extend(id);
        riff.extend((body.len() as u32).to_le_bytes());
        riff.extend(&body);
        riff.resize(riff.len().next_multiple_of(2), 0);
    }
    let mut m4a = b"\0\0\0\x10ftypM4A \0\0\0\0".to_vec();
    m4a.extend((long.len() as u32 + 8).to_be_bytes());
    m4a.extend(b"mdat");
    m4a.extend(&long);
    let file = std::fs::read(data("tags/ffmpeg.m4a")).unwrap();
    let moov = file.windows(4).position(|w| w == b"moov").unwrap() - 4;
    m4a.extend(&file[moov..]);
    for (bytes, title) in [(mp3, 1), (riff, 1), (m4a, 1)] {
        let (tags, read) = read_counted(bytes, true);
        assert_eq!(tags.all("title").count(), title);
        assert!(read < 400 << 10, "{read} bytes read for {tags:?}");
    }
}

#[test]
fn a_source_that_cannot_seek_gives_the_tags_in_front() {
    for (name, expected) in &expected() {
        let bytes = std::fs::read(data(&format!("tags/{name}"))).unwrap();
        let (seeking, _) = read_counted(bytes.clone(), true);
        assert_expected(name, &seeking, expected);
        let (forward, _) = read_counted(bytes, false);
        let is_behind = ["mov", "wav", "aiff", "m4a"].iter().any(|e| name.ends_with(e)) || name.contains("last");
        let is_partly = name == "id3v1_ape.mp3";
        assert!(is_behind || is_partly || forward == seeking, "{name}: {forward:?}");
        assert!(seeking.items().len() >= forward.items().len(), "{name}");
    }
}

#[test]
fn a_reader_reads_its_tags_when_asked() {
    for name in ["tags/metaflac.flac", "tags/opusenc.opus", "tags/ffmpeg.m4a", "tags/mutagen_id3.wav"] {
        let path = data(name);
        let tags = Tags::open(&path).unwrap();
        let mut reader = Reader::open(&path, &ReadOptions::default()).unwrap();
        assert_eq!(reader.tags().unwrap(), tags, "{name}");
        // From callbacks the two share one stream.
        let read = Arc::new(AtomicUsize::new(0));
        let source = Counted { bytes: std::fs::read(&path).unwrap(), at: 0, seekable: true, read };
        let mut shared = Reader::from_callbacks(Box::new(source), "", &ReadOptions::default()).unwrap();
        let channels = reader.channels() as usize;
        let (mut a, mut b) = (vec![0f32; 100 * channels], vec![0f32; 100 * channels]);
        for _ in 0..4 {
            assert_eq!(shared.tags().unwrap(), tags, "{name}");
            let n = reader.read(FramesMut::new(&mut a, channels, Layout::Interleaved)).unwrap();
            assert_eq!(shared.read(FramesMut::new(&mut b, channels, Layout::Interleaved)).unwrap(), n);
            assert_eq!(a, b, "{name}");
        }
    }
}

/// Reads damaged bytes; true if the manner is right: no panic, no long wait.
fn survives(bytes: Vec<u8>, extension: Option<&str>) -> bool {
    let begin = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let source = ByteReader::from_memory(Arc::new(bytes));
        match Tags::read(source, extension) {
            Ok(tags) => tags.items().iter().all(|tag| !tag.key().is_empty() && !tag.value().contains('\0')),
            Err(error) => !error.message().is_empty(),
        }
    }));
    outcome.unwrap_or(false) && begin.elapsed() < Duration::from_secs(30)
}

#[test]
fn damaged_tags_do_no_harm() {
    let mut random = Random(20);
    for name in expected().keys() {
        let bytes = std::fs::read(data(&format!("tags/{name}"))).unwrap();
        let extension = name.rsplit('.').next();
        for at in (0..bytes.len()).step_by(1 + bytes.len() / 500) {
            assert!(survives(bytes[..at].to_vec(), extension), "{name} cut at byte {at}");
        }
        for round in 0..1000 {
            let mut damaged = bytes.clone();
            let mut what = String::new();
            for _ in 0..=random.below(4) {
                let at = random.below(bytes.len().min(3000) as u64) as usize;
                damaged[at] = [0xff, 0, 0x7f, random.below(256) as u8][random.below(4) as usize];
                what += &format!(" {at}={:#04x}", damaged[at]);
            }
            assert!(survives(damaged, extension), "{name}, round {round}:{what}");
        }
    }
}

/// Vorbis comments, FLAC's way, as many as fit into a block.
fn many_comments(key: impl Fn(u32) -> String) -> Vec<u8> {
    let mut list = vec![0; 8];
    let mut count = 0u32;
    while list.len() < (16 << 20) - 40 {
        let comment = key(count) + "=x";
        list.extend((comment.len() as u32).to_le_bytes());
        list.extend(comment.as_bytes());
        count += 1;
    }
    list[4..8].copy_from_slice(&count.to_le_bytes());
    list
}

#[test]
fn a_flood_of_tags_ends_at_the_limits() {
    let begin = Instant::now();
    let comments = many_comments(|n| format!("k{n}"));
    let tags = read_bytes(flac_with(&[(4, comments.clone()), (4, comments)]), None);
    assert_eq!((tags.items().len(), tags.is_complete()), (10_000, false));
    // A hundred thousand ID3v2 tags of one frame each, and no audio.
    let mut file = Vec::new();
    for i in 0..100_000u32 {
        let key = [b'T', b'A' + (i / 676 % 26) as u8, b'A' + (i / 26 % 26) as u8, b'A' + (i % 26) as u8];
        file.extend(b"ID3\x04\0\0\0\0\0\x0d");
        file.extend(key);
        file.extend(b"\0\0\0\x03\0\0\x03ab");
    }
    assert_eq!(read_bytes(file, None).items().len(), 16);
    assert!(begin.elapsed() < Duration::from_secs(30), "took {:?}", begin.elapsed());
}
