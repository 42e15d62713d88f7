//! Ogg: Vorbis, Opus and FLAC in pages, chains, damage.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use ondes::audio::codec::Length;
use ondes::audio::frames::{FramesMut, Layout};
use ondes::audio::reader::{ReadOptions, Reader};
use ondes::audio::source::ByteReader;
use ondes::audio::{ErrorKind, Result};

use super::common::{Pipe, Random, assert_exact, data, ffmpeg, load, max_difference, open};

/// Vorbis files with their channels, and the frames that their sources have.
const VORBIS: &[(&str, usize, usize)] = &[
    ("ogg/vorbis_q5_known_100003.ogg", 2, 100_003),
    ("ogg/vorbis_q0.ogg", 2, 100_003),
    ("ogg/vorbis_q10_mono.ogg", 1, 3_001),
    ("ogg/vorbis_speech_16k.ogg", 1, 48_007),
    ("ogg/vorbis_51.ogg", 6, 12_007),
    ("ogg/vorbis_short_1000.ogg", 2, 1_000),
    ("ogg/vorbis_short_1.ogg", 2, 1),
    ("ogg/vorbis_skeleton.ogg", 2, 3_001),
];

/// Where the pages of a file begin, and whether each begins a logical stream.
fn pages(bytes: &[u8]) -> Vec<(usize, bool)> {
    let mut pages = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        assert_eq!(&bytes[at..at + 4], b"OggS");
        pages.push((at, bytes[at + 5] & 2 != 0));
        let table = &bytes[at + 27..at + 27 + usize::from(bytes[at + 26])];
        at += 27 + table.len() + table.iter().map(|&lacing| usize::from(lacing)).sum::<usize>();
    }
    pages
}

/// Opens bytes and reads all of them, up to an error.
fn read_all(bytes: &[u8]) -> (Result<Reader>, Vec<f32>, Result<()>) {
    let bytes: Arc<Vec<u8>> = Arc::new(bytes.to_vec());
    match Reader::from_memory(bytes, &ReadOptions::default()) {
        Ok(mut reader) => {
            let (samples, result) = drain(&mut reader);
            (Ok(reader), samples, result)
        }
        Err(error) => (Err(error), Vec::new(), Ok(())),
    }
}

fn drain(reader: &mut Reader) -> (Vec<f32>, Result<()>) {
    let channels = reader.channels() as usize;
    let mut samples = Vec::new();
    let mut chunk = vec![0.0f32; 4096 * channels];
    loop {
        match reader.read(FramesMut::new(&mut chunk, channels, Layout::Interleaved)) {
            Ok(0) => return (samples, Ok(())),
            Ok(n) => samples.extend_from_slice(&chunk[..n * channels]),
            Err(error) => return (samples, Err(error)),
        }
    }
}

#[test]
fn vorbis_is_as_ffmpeg_decodes_it() {
    for &(name, channels, frames) in VORBIS {
        let samples = load::<f32>(&data(name));
        assert_eq!(samples.len(), frames * channels, "{name}");
        // FFmpeg gives WAVE order too.
        let other = ffmpeg(&data(name));
        let difference = max_difference(&samples, &other[..samples.len().min(other.len())]);
        assert!(difference < 2e-5, "{name}: differs by {difference}");
    }
}

#[test]
fn vorbis_windows_are_exact() {
    for &(name, _, _) in VORBIS {
        assert_exact(&data(name));
    }
    for name in ["ogg/vorbis_ffmpeg_start_offset.ogg", "ogg/vorbis_truncated.ogg", "ogg/vorbis_chained.ogg"] {
        assert_exact(&data(name));
    }
}

#[test]
fn chained_links_continue_one_timeline() {
    let path = data("ogg/vorbis_chained.ogg");
    let samples = load::<f32>(&path);
    assert_eq!(samples.len(), 23_012 * 2);
    // FFmpeg does not trim the links of a chain: give it each by itself. It leaves some padding in.
    let bytes = std::fs::read(&path).unwrap();
    let second = pages(&bytes).iter().filter(|(_, begins)| *begins).nth(1).unwrap().0;
    let mut other = Vec::new();
    for (part, frames) in [(&bytes[..second], 3_001), (&bytes[second..], 20_011)] {
        let file = std::env::temp_dir().join(format!("ondes-link-{}-{}.ogg", std::process::id(), part.len()));
        std::fs::write(&file, part).unwrap();
        other.extend(&ffmpeg(&file)[..frames * 2]);
        std::fs::remove_file(&file).unwrap();
    }
    assert!(max_difference(&samples, &other) < 2e-5);
}

#[test]
fn a_change_of_format_in_a_chain_is_an_error_at_its_frame() {
    for (name, what) in
        [("ogg/vorbis_chained_rates.ogg", "sample rate"), ("ogg/vorbis_chained_channels.ogg", "channel")]
    {
        let mut reader = open(&data(name));
        assert_eq!(reader.length(), Length::Estimate(3_001), "{name}");
        let (samples, result) = drain(&mut reader);
        assert_eq!(samples.len(), 3_001 * 2, "{name}: the frames before it");
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FormatChanged);
        assert!(error.message().contains(what), "{error}");
        assert!(error.offset().is_some());
        // The part before it can still be read.
        reader.seek(1000).unwrap();
        let mut window = [0.0f32; 200];
        assert_eq!(reader.read(FramesMut::new(&mut window, 2, Layout::Interleaved)).unwrap(), 100);
        assert_eq!(window, samples[2000..2200]);
    }
}

#[test]
fn other_codecs_are_refused_by_name() {
    let error = Reader::open(&data("unsupported/speex.ogg"), &ReadOptions::default()).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.message().contains("Speex"), "{error}");
}

#[test]
fn forward_only_sources_read_through() {
    for name in [
        "ogg/vorbis_speech_16k.ogg",
        "ogg/vorbis_chained.ogg",
        "ogg/vorbis_ffmpeg_start_offset.ogg",
        "opus/speech_16k.opus",
        "opus/chained.opus",
    ] {
        let bytes = std::fs::read(data(name)).unwrap();
        let expected = load::<f32>(&data(name));
        let source = Box::new(Pipe::new(bytes.clone()));
        let mut reader = Reader::from_callbacks(source, name, &ReadOptions::default()).unwrap();
        assert_eq!(reader.length(), Length::Unknown, "{name}");
        let (samples, result) = drain(&mut reader);
        assert_eq!(result, Ok(()));
        assert!(samples == expected, "{name}");
        assert_eq!(reader.length(), Length::Exact((expected.len() / reader.channels() as usize) as u64));

        // Forward seeks work, backward ones say why they do not.
        let source = Box::new(Pipe::new(bytes));
        let mut reader = Reader::from_callbacks(source, name, &ReadOptions::default()).unwrap();
        let channels = reader.channels() as usize;
        reader.seek(15_000).unwrap();
        let mut window = vec![0.0f32; 100 * channels];
        assert_eq!(reader.read(FramesMut::new(&mut window, channels, Layout::Interleaved)).unwrap(), 100);
        assert!(window == expected[15_000 * channels..15_100 * channels], "{name}");
        assert_eq!(reader.seek(0).unwrap_err().kind(), ErrorKind::NotSeekable);
    }
}

#[test]
fn a_lost_page_is_silence_and_all_else_stays_in_place() {
    let bytes = std::fs::read(data("ogg/vorbis_q5_known_100003.ogg")).unwrap();
    let whole = load::<f32>(&data("ogg/vorbis_q5_known_100003.ogg"));
    let starts = pages(&bytes);
    for lost in 4..starts.len() - 1 {
        let mut cut = bytes[..starts[lost].0].to_vec();
        cut.extend(b"garbage where a page was");
        cut.extend(&bytes[starts[lost + 1].0..]);
        let (reader, samples, result) = read_all(&cut);
        let reader = reader.unwrap();
        assert_eq!(result, Ok(()));
        assert_eq!(samples.len(), whole.len(), "the length stays without page {lost}");
        assert!(reader.warnings().count() >= 1);
        let wrong = samples.iter().zip(&whole).filter(|(a, b)| a.to_bits() != b.to_bits());
        assert!(wrong.clone().all(|(a, _)| *a == 0.0), "only silence differs without page {lost}");
        assert!(wrong.count() > 0);

        let file = std::env::temp_dir().join(format!("ondes-lost-{}-{lost}.ogg", std::process::id()));
        std::fs::write(&file, &cut).unwrap();
        assert_exact(&file);
        std::fs::remove_file(&file).unwrap();
    }
}

#[test]
fn a_file_cut_anywhere_gives_its_whole_pages() {
    for name in ["ogg/vorbis_skeleton.ogg", "ogg/vorbis_short_1000.ogg", "opus/mono_6k.opus"] {
        let bytes = std::fs::read(data(name)).unwrap();
        let whole = load::<f32>(&data(name));
        for len in 0..bytes.len() {
            let (reader, samples, _) = read_all(&bytes[..len]);
            match reader {
                Ok(reader) => {
                    // The last block of a cut stream may go on to where the padding was.
                    let both = samples.len().min(whole.len());
                    assert!(samples[..both] == whole[..both], "{name} cut at {len}");
                    let channels = reader.channels() as usize;
                    assert_eq!(
                        reader.length(),
                        Length::Exact((samples.len() / channels) as u64),
                        "{name} cut at {len}"
                    );
                }
                Err(error) => assert!(
                    matches!(error.kind(), ErrorKind::Malformed | ErrorKind::Unrecognized | ErrorKind::Unsupported),
                    "{name} cut at {len}: {error}"
                ),
            }
        }
    }
}

/// Makes the CRC of every page right again (RFC 3533, 6), so that damage goes past it.
fn repair_crc(bytes: &mut [u8]) {
    let crc = |bytes: &[u8]| {
        bytes.iter().fold(0u32, |mut register, &byte| {
            register ^= u32::from(byte) << 24;
            for _ in 0..8 {
                register = if register >> 31 != 0 { register << 1 ^ 0x04c1_1db7 } else { register << 1 };
            }
            register
        })
    };
    let mut at = 0;
    while at + 27 <= bytes.len() && bytes[at..].starts_with(b"OggS") {
        let segments = usize::from(bytes[at + 26]);
        let Some(table) = bytes.get(at + 27..at + 27 + segments) else { return };
        let end = at + 27 + segments + table.iter().map(|&lacing| usize::from(lacing)).sum::<usize>();
        let Some(page) = bytes.get_mut(at..end) else { return };
        page[22..26].fill(0);
        let value = crc(page).to_le_bytes();
        page[22..26].copy_from_slice(&value);
        at = end;
    }
}

#[test]
fn damage_never_panics_and_never_hangs() {
    let mut random = Random(0x0995);
    for name in [
        "ogg/vorbis_skeleton.ogg",
        "ogg/vorbis_chained.ogg",
        "ogg/vorbis_51.ogg",
        "opus/51.opus",
        "opus/speech_8k.opus",
    ] {
        let bytes = std::fs::read(data(name)).unwrap();
        for round in 0..300 {
            let mut bytes = bytes.clone();
            for _ in 0..1 + random.below(4) {
                // Every second round only in the front, where the headers are.
                let range = if round % 2 == 0 { bytes.len() } else { bytes.len().min(4500) };
                let at = random.below(range as u64) as usize;
                bytes[at] ^= 1 << random.below(8);
            }
            if round % 3 != 0 {
                repair_crc(&mut bytes);
            }
            let (reader, samples, _) = read_all(&bytes);
            assert!(samples.len() < 60_000_000);
            if let Ok(mut reader) = reader {
                let channels = reader.channels() as usize;
                let mut window = vec![0.0f32; 100 * channels];
                for _ in 0..3 {
                    if reader.seek(random.below(25_000)).is_ok() {
                        let _ = reader.read(FramesMut::new(&mut window, channels, Layout::Interleaved));
                    }
                }
            }
        }
    }
}

/// Opus files with their channels, and the frames that their sources have at 48 kHz.
const OPUS: &[(&str, usize, usize)] = &[
    ("opus/stereo_96k_known_100003.opus", 2, 100_003),
    ("opus/stereo_24k.opus", 2, 100_003),
    ("opus/mono_6k.opus", 1, 100_003),
    ("opus/mono_48k.opus", 1, 100_003),
    ("opus/speech_8k.opus", 1, 144_021),
    ("opus/speech_16k.opus", 1, 144_021),
    ("opus/speech_24k.opus", 1, 144_021),
    ("opus/frames_2.5ms.opus", 2, 24_001),
    ("opus/frames_5ms.opus", 2, 24_001),
    ("opus/frames_60ms.opus", 2, 100_003),
    ("opus/51.opus", 6, 12_007),
    ("opus/discrete_255.opus", 6, 12_007),
    ("opus/short_100.opus", 2, 100),
    ("opus/from_44100.opus", 2, 3_267),
    ("opus/gain_minus_6db.opus", 2, 100_003),
    ("opus/chained.opus", 2, 50_004),
];

/// What opusdec, which is libopus, decodes.
fn opusdec(path: &Path) -> Vec<f32> {
    let output = Command::new("opusdec")
        .args(["--quiet", "--float", "--rate", "48000", "--force-wav"])
        .arg(path)
        .arg("-")
        .output()
        .expect("opusdec (Debian package opus-tools) runs");
    let bytes = output.stdout;
    let data = bytes.windows(4).position(|word| word == b"data").expect("a data chunk") + 8;
    bytes[data..].as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}

/// What FFmpeg decodes with libopus; its own decoder differs in hybrid packets.
fn ffmpeg_libopus(path: &Path) -> Vec<f32> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-c:a", "libopus", "-i"])
        .arg(path)
        .args(["-f", "f32le", "-c:a", "pcm_f32le", "-"])
        .output()
        .expect("ffmpeg runs");
    output.stdout.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}

#[test]
fn opus_is_as_libopus_decodes_it() {
    for &(name, channels, frames) in OPUS {
        let samples = load::<f32>(&data(name));
        assert_eq!(samples.len(), frames * channels, "{name}");
        if channels > 2 {
            // FFmpeg's samples are 16-bit here. It gives WAVE order, and takes family 255
            // for Vorbis order as well, which it is not: that is put back.
            let mut other = ffmpeg_libopus(&data(name));
            if name.contains("255") {
                for frame in other.chunks_exact_mut(6) {
                    frame.copy_from_slice(&[frame[0], frame[2], frame[1], frame[4], frame[5], frame[3]]);
                }
            }
            assert!(max_difference(&samples, &other) < 1.0 / 32768.0, "{name}");
        } else {
            // Another build of libopus sums in another order.
            let difference = max_difference(&samples, &opusdec(&data(name)));
            assert!(difference < 3e-7, "{name}: differs by {difference}");
        }
    }
}

#[test]
fn opus_reference_files_decode_as_expected() {
    let names = [
        "code-0-single-frame",
        "code-1-two-equal-frames",
        "code-2-two-different-frames",
        "code-3-arbitrary-frames-with-padding",
        "mode-switching",
    ];
    for name in names {
        let samples = load::<f32>(&data(&format!("opus/reference/{name}.opus")));
        let expected = load::<f32>(&data(&format!("opus/reference/{name}.expected.wav")));
        // The expected samples are rounded and clipped to 16 bits.
        let clipped: Vec<f32> = samples.iter().map(|sample| sample.clamp(-1.0, 32767.0 / 32768.0)).collect();
        let difference = max_difference(&clipped, &expected) * 32768.0;
        assert!(difference < 1.0, "{name}: differs by {difference} steps");
    }
}

#[test]
fn opus_windows_are_exact() {
    for &(name, _, _) in OPUS {
        assert_exact(&data(name));
    }
}

/// SILK never forgets: the pre-roll must reach back to where it starts afresh.
#[test]
fn windows_in_long_silk_streams_are_exact() {
    let speech = load::<i16>(&data("source/speech.flac")).repeat(5);
    let bytes: Vec<u8> = speech.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    for (bitrate, framesize) in [("12", "20"), ("16", "60"), ("32", "10")] {
        let file = std::env::temp_dir().join(format!("ondes-silk-{}-{bitrate}.opus", std::process::id()));
        let mut opusenc = Command::new("opusenc")
            .args(["--quiet", "--speech", "--bitrate", bitrate, "--framesize", framesize])
            .args(["--raw", "--raw-rate", "16000", "--raw-chan", "1", "-"])
            .arg(&file)
            .stdin(Stdio::piped())
            .spawn()
            .expect("opusenc (Debian package opus-tools) runs");
        opusenc.stdin.take().unwrap().write_all(&bytes).unwrap();
        assert!(opusenc.wait().unwrap().success());
        assert_exact(&file);
        std::fs::remove_file(&file).unwrap();
    }
}

/// FLAC files with the lossless source that they hold and how often.
#[test]
fn flac_is_the_source() {
    for (name, source, times) in [
        ("ogg/flac_s16.oga", "source/clip.flac", 1),
        ("ogg/flac_ffmpeg.oga", "source/clip.flac", 1),
        ("ogg/flac_chained.oga", "source/clip.flac", 2),
    ] {
        assert!(load::<i32>(&data(name)) == load::<i32>(&data(source)).repeat(times), "{name}");
        assert_exact(&data(name));
    }
    let samples = load::<f32>(&data("ogg/flac_s24_51.oga"));
    assert_eq!(max_difference(&samples, &ffmpeg(&data("ogg/flac_s24_51.oga"))), 0.0);
    assert_exact(&data("ogg/flac_s24_51.oga"));
}

#[test]
fn what_only_looks_like_pages_is_given_up_soon() {
    let head = std::fs::read(data("opus/gain_minus_6db.opus")).expect("the fixture is there");
    let mut bytes = head[..100].to_vec();
    // A capture pattern every five bytes, each a page of some kilobytes by its own account.
    bytes.extend(b"OggS\0".iter().cycle().take(10 << 20));
    let start = std::time::Instant::now();
    let source = ByteReader::from_memory(Arc::new(bytes));
    let error = Reader::from_source(source, Some("opus"), &ReadOptions::default()).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn files_joined_by_hand_repeat_a_serial_number() {
    let one = std::fs::read(data("ogg/vorbis_q0.ogg")).expect("fixture");
    let single = load::<f32>(&data("ogg/vorbis_q0.ogg"));
    let path = std::env::temp_dir().join(format!("ondes-joined-{}.ogg", std::process::id()));
    std::fs::write(&path, [&one[..], &one[..]].concat()).expect("room in the temporary folder");
    assert!(load::<f32>(&path) == [&single[..], &single[..]].concat(), "both copies, one after the other");
    assert_exact(&path);

    let other = std::fs::read(data("opus/51.opus")).expect("fixture");
    std::fs::write(&path, [&one[..], &other[..]].concat()).expect("room in the temporary folder");
    let mut reader = open(&path);
    let mut samples = vec![0f32; single.len() + 2];
    let read = reader.read(FramesMut::new(&mut samples, 2, Layout::Interleaved)).expect("the first part");
    assert_eq!(read * 2, single.len());
    let error = reader.read(FramesMut::new(&mut samples, 2, Layout::Interleaved)).expect_err("another codec follows");
    assert_eq!(error.kind(), ErrorKind::FormatChanged);
    let _ = std::fs::remove_file(&path);
}

/// An Opus file with the packets of a short one `times` over.
fn long_opus(times: usize) -> (Vec<u8>, u64) {
    const FRAMES_OF_PACKET: u64 = 960;
    let bytes = std::fs::read(data("opus/stereo_96k_known_100003.opus")).expect("fixture");
    let starts: Vec<usize> = pages(&bytes).iter().map(|(at, _)| *at).chain([bytes.len()]).collect();
    let pre_skip = u64::from(u16::from_le_bytes([bytes[starts[0] + 28 + 10], bytes[starts[0] + 28 + 11]]));
    let mut long = bytes[..starts[2]].to_vec();
    let (mut granule, mut sequence) = (0, 2u32);
    for repeat in 0..times {
        for page in starts[2..].windows(2) {
            let mut page = bytes[page[0]..page[1]].to_vec();
            let table = &page[27..27 + usize::from(page[26])];
            granule += FRAMES_OF_PACKET * table.iter().filter(|&&lacing| lacing < 255).count() as u64;
            if repeat + 1 < times {
                page[5] &= !4;
            }
            page[6..14].copy_from_slice(&granule.to_le_bytes());
            page[18..22].copy_from_slice(&sequence.to_le_bytes());
            sequence += 1;
            long.extend(page);
        }
    }
    repair_crc(&mut long);
    (long, granule - pre_skip)
}

fn length_of(bytes: Vec<u8>) -> Length {
    Reader::from_memory(Arc::new(bytes), &ReadOptions::default()).expect("a sound file").length()
}

#[test]
fn long_links_are_told_apart_without_looking_at_each_page() {
    let (long, frames) = long_opus(40);
    assert!(long.len() > 800_000, "long enough not to be gone through page by page");
    let (reader, samples, result) = read_all(&long);
    let reader = reader.expect("a sound file");
    result.expect("a sound file");
    assert_eq!(reader.length(), Length::Exact(frames));
    assert_eq!(samples.len() as u64, frames * 2);
    assert!(reader.warnings().list().is_empty(), "{:?}", reader.warnings().list());

    // The same serial number again and again, a short one before, behind and between long ones.
    let (short, few) = long_opus(1);
    assert_eq!(length_of([&long[..], &long[..]].concat()), Length::Exact(2 * frames));
    assert_eq!(length_of([&short[..], &long[..]].concat()), Length::Exact(few + frames));
    assert_eq!(length_of([&long[..], &short[..]].concat()), Length::Exact(frames + few));
    assert_eq!(length_of([&long[..], &short[..], &long[..]].concat()), Length::Exact(2 * frames + few));
    let (longer, more) = long_opus(41);
    assert_eq!(length_of([&long[..], &longer[..]].concat()), Length::Exact(frames + more));

    // A page that is lost in the part that is not looked at.
    let lost = pages(&long)[60].0..pages(&long)[61].0;
    let cut = [&long[..lost.start], &long[lost.end..]].concat();
    let (reader, samples, result) = read_all(&cut);
    result.expect("silence for what is lost");
    assert_eq!(samples.len() as u64, frames * 2);
    let reader = reader.expect("one lost page");
    assert_eq!((reader.length(), reader.warnings().count()), (Length::Exact(frames), 1));
}

#[test]
fn damaged_vorbis_headers_are_refused_when_the_file_is_opened() {
    let good = std::fs::read(data("ogg/vorbis_q0.ogg")).expect("fixture");
    let setup = good.windows(7).position(|bytes| bytes == b"\x05vorbis").expect("a set-up header");
    // Up to the page after the headers.
    let end = pages(&good).iter().map(|(at, _)| *at).find(|at| *at > setup).expect("audio follows");
    let mut random = Random(7);
    let (mut refused, mut read) = (0, 0);
    for _ in 0..400 {
        let mut bad = good.clone();
        let at = setup + random.below((end - setup) as u64) as usize;
        bad[at] ^= 1 << random.below(8);
        repair_crc(&mut bad);
        let (reader, samples, result) = read_all(&bad);
        if reader.is_err() {
            refused += 1;
            continue;
        }
        read += 1;
        // Packets may be damaged now, but no header that was passed is refused later.
        result.unwrap_or_else(|error| panic!("bit at {at}: {error}"));
        assert_eq!(samples.len(), 100_003 * 2, "bit at {at}");
    }
    assert!(refused > 300 && read > 10, "{refused} refused, {read} read");
}

#[test]
fn a_decoder_that_another_file_has_left_is_as_new() {
    let paths = ["ogg/vorbis_q0.ogg", "ogg/vorbis_q5_known_100003.ogg", "ogg/vorbis_short_1000.ogg"].map(data);
    let whole: Vec<Vec<f32>> = paths.iter().map(|path| load(path)).collect();
    for round in 0..4 {
        for (path, whole) in paths.iter().zip(&whole) {
            // Left in the middle of a block, behind a seek.
            let mut reader = open(path);
            reader.seek(round * 100 + 17).expect("within the file");
            let mut part = vec![0f32; 2 * (200 + round as usize * 131)];
            reader.read(FramesMut::new(&mut part, 2, Layout::Interleaved)).expect("a sound file");
            let mut other = open(path);
            drop(reader);
            assert!(drain(&mut other).0 == *whole && load::<f32>(path) == *whole, "{}", path.display());
        }
    }
    let threads: Vec<_> = (0..12)
        .map(|i| {
            let (path, whole) = (paths[i % 3].clone(), whole[i % 3].clone());
            std::thread::spawn(move || assert!((0..3).all(|_| load::<f32>(&path) == whole)))
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().expect("the same samples"));
}
