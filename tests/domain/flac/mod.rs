//! FLAC: bit-exact against the `flac` command, sums, seeks, damage.

mod encoder;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use ondes::audio::ErrorKind;
use ondes::audio::cancel::Cancel;
use ondes::audio::frames::{FramesMut, Layout};
use ondes::audio::reader::{ReadOptions, Reader};
use ondes::audio::source::{ByteReader, Callbacks};

use crate::common::{assert_exact, conformance, data, load, open};
use encoder::{Coding, Kind, Residual, Shape, Subframe, frame, stream_info};

/// What the `flac` command decodes, left-justified in 32 bits; it writes no
/// 12 or 20 bits, so there it is FFmpeg.
fn reference(path: &Path, bits: u32) -> Vec<i32> {
    if !bits.is_multiple_of(8) {
        let output = Command::new("ffmpeg")
            .args(["-v", "error", "-nostdin", "-i"])
            .arg(path)
            .args(["-f", "s32le", "-"])
            .output()
            .expect("ffmpeg (Debian package ffmpeg) runs");
        return output.stdout.as_chunks::<4>().0.iter().map(|b| i32::from_le_bytes(*b)).collect();
    }
    let output = Command::new("flac")
        .args(["-d", "-s", "-F", "-c", "--force-raw-format", "--endian=little", "--sign=signed"])
        .arg(path)
        .stderr(Stdio::null())
        .output()
        .expect("flac (Debian package flac) runs");
    let width = bits.div_ceil(8) as usize;
    let left_justify = |bytes: &[u8]| {
        let mut word = [0; 4];
        word[4 - width..].copy_from_slice(bytes);
        i32::from_le_bytes(word) << (width as u32 * 8 - bits)
    };
    output.stdout.chunks_exact(width).map(left_justify).collect()
}

fn assert_same(path: &Path) {
    let mut reader = open(path);
    let bits = reader.description().bit_depth;
    let (ours, theirs) = (load::<i32>(path), reference(path, bits));
    assert_eq!(ours.len(), theirs.len(), "{}: samples", path.display());
    if let Some(at) = ours.iter().zip(&theirs).position(|(a, b)| a != b) {
        panic!("{}: sample {at} is {:#x} instead of {:#x}", path.display(), ours[at], theirs[at]);
    }
    assert_ne!(
        reader.verify(&Cancel::new(), None).unwrap_or_else(|e| panic!("{e}")),
        Some(false),
        "{}: MD5",
        path.display()
    );
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .map(|entries| entries.filter_map(|e| e.ok()).map(|e| e.path()).collect())
        .unwrap_or_default();
    files.retain(|path| path.extension().is_some_and(|e| e == "flac"));
    files.sort();
    files
}

#[test]
fn fixtures_are_bit_exact() {
    for path in files(&data("flac")) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        println!("{name}");
        assert_exact(&path);
        if !matches!(name.as_str(), "truncated.flac" | "wrong_md5.flac" | "id3v2_prefix.flac") {
            assert_same(&path);
            assert_eq!(open(&path).warnings().count(), 0, "{name}: {:?}", open(&path).warnings().list());
        }
    }
}

#[test]
fn conformance_subset_is_bit_exact() {
    let Some(folder) = conformance("flac/subset") else { return };
    for path in files(&folder) {
        println!("{}", path.display());
        assert_same(&path);
        assert_eq!(open(&path).warnings().count(), 0, "{}: {:?}", path.display(), open(&path).warnings().list());
        assert_exact(&path);
    }
}

/// A file for one test, gone with it.
struct TempFile(PathBuf);

impl TempFile {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("ondes-{}-{name}.flac", std::process::id()));
        std::fs::write(&path, bytes).expect("the temporary folder takes files");
        Self(path)
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn from_memory(bytes: &[u8]) -> Result<Reader, ondes::audio::Error> {
    Reader::from_source(ByteReader::from_memory(Arc::new(bytes.to_vec())), Some("flac"), &ReadOptions::default())
}

fn load_all(reader: &mut Reader) -> Result<Vec<i32>, ondes::audio::Error> {
    let audio = reader.load::<i32>(Layout::Interleaved, &Cancel::default())?;
    Ok(audio.samples::<i32>().expect("32-bit integers").to_vec())
}

#[test]
fn uncommon_files_are_right_or_refused() {
    let Some(folder) = conformance("flac/uncommon") else { return };
    for path in files(&folder) {
        let name = path.display();
        let mut reader = open(&path);
        match load_all(&mut reader) {
            Ok(_) => {
                assert_same(&path);
                assert_exact(&path);
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::FormatChanged, "{name}: {error}");
                assert_eq!(
                    reader.measure(&Cancel::new(), None).map_err(|e| e.kind()),
                    Err(ErrorKind::FormatChanged),
                    "{name}"
                );
                // What comes before the change can be read.
                let mut reader = open(&path);
                let channels = reader.channels() as usize;
                let mut samples = vec![0i32; 100_000 * channels];
                let got = reader.read(FramesMut::new(&mut samples, channels, Layout::Interleaved));
                assert_eq!(got, Ok(100_000), "{name}");
            }
        }
    }
}

#[test]
fn faulty_files_are_read_with_a_warning() {
    let Some(folder) = conformance("flac/faulty") else { return };
    for path in files(&folder) {
        let mut reader = open(&path);
        load_all(&mut reader).unwrap_or_else(|e| panic!("{e}"));
        // Blocks of one frame are against the rules, but harm nobody.
        let is_harmless = path.to_string_lossy().contains("blocksize 1.");
        assert!(is_harmless || reader.warnings().count() > 0, "{}: no warning", path.display());
        assert_eq!(reader.verify(&Cancel::new(), None), Ok(Some(true)), "{}", path.display());
        assert_exact(&path);
    }
}

#[test]
fn sums_are_checked() {
    assert_eq!(open(&data("flac/s16_level0.flac")).verify(&Cancel::new(), None), Ok(Some(true)));
    assert_eq!(open(&data("flac/wrong_md5.flac")).verify(&Cancel::new(), None), Ok(Some(false)));
    assert_eq!(open(&data("flac/unknown_total.flac")).verify(&Cancel::new(), None), Ok(None));
}

/// The planes as coded, and whether the third is left/side, side/right or mid/side.
fn stereo(channels: i64, left: &[i64], right: &[i64]) -> [Vec<i64>; 2] {
    let pairs = || left.iter().zip(right);
    let side: Vec<i64> = pairs().map(|(l, r)| l - r).collect();
    match channels {
        8 => [left.to_vec(), side],
        9 => [side, right.to_vec()],
        10 => [pairs().map(|(l, r)| (l + r) >> 1).collect(), side],
        _ => [left.to_vec(), right.to_vec()],
    }
}

/// Decodes a hand-made file with ours and with the `flac` command.
fn assert_decodes(name: &str, file: &[u8], bits: u32, planes: &[&[i64]]) {
    let file = TempFile::new(name, file);
    let expected: Vec<i32> =
        (0..planes[0].len()).flat_map(|n| planes.iter().map(move |plane| (plane[n] << (32 - bits)) as i32)).collect();
    if bits.is_multiple_of(8) {
        assert!(reference(&file.0, bits) == expected, "{name}: the test's own encoder is wrong");
    }
    let ours: Vec<i32> = load(&file.0);
    assert_eq!(ours.len(), expected.len(), "{name}: samples");
    let wrong = ours.iter().zip(&expected).position(|(a, b)| a != b);
    assert_eq!(wrong, None, "{name}: the first wrong sample");
    assert_eq!(open(&file.0).warnings().count(), 0, "{name}");
}

fn tone(frames: usize, bits: u32, step: f64) -> Vec<i64> {
    let top = (1i64 << (bits - 1)) - 1;
    (0..frames).map(|n| ((n as f64 * step).sin() * top as f64) as i64).collect()
}

#[test]
fn rare_subframes_are_bit_exact() {
    let rice = |k| Residual { method: u32::from(k > 14), partition_order: 2, coding: Coding::Rice(k) };
    let escape = |width| Residual { method: 1, partition_order: 1, coding: Coding::Escape(width) };
    let linear = |coefficients: &[i64], shift, residual| Kind::Linear {
        coefficients: coefficients.to_vec(),
        precision: 15,
        shift,
        residual,
    };
    // Order 32 with large coefficients, and orders around what vectors hold.
    let long = |order: usize| -> Vec<i64> {
        (0..order as i64).map(|n| if n == 0 { 16_000 } else { (n * 37 % 41) - 20 }).collect()
    };
    for bits in [4, 8, 12, 15, 16, 17, 20, 24, 31, 32] {
        let slow = 0.003;
        let (left, right) = (tone(512, bits, slow), tone(512, bits, -slow));
        let k = bits.saturating_sub(6).clamp(0, 30);
        let mut kinds = vec![
            ("verbatim", Kind::Verbatim),
            ("fixed 1", Kind::Fixed(1, rice(k))),
            ("fixed 2", Kind::Fixed(2, rice(k))),
            ("fixed 3", Kind::Fixed(3, rice(k))),
            ("fixed 4", Kind::Fixed(4, rice(k))),
            ("two", linear(&[16_000, -30], 14, rice(k))),
        ];
        if bits < 31 {
            // A side of 33 bits is no valid residual by itself.
            kinds.push(("fixed 0", Kind::Fixed(0, rice(k.max(bits.saturating_sub(3))))));
            kinds.push(("escape", Kind::Fixed(1, escape(bits))));
        }
        for order in [1, 3, 8, 10, 11, 12, 18, 19, 31, 32] {
            kinds.push(("linear", linear(&long(order), 14, rice(k))));
        }
        for channels in [1, 8, 9, 10] {
            let coded = stereo(channels, &left, &right);
            for (what, kind) in &kinds {
                let depth = |c: usize| bits + u32::from(matches!((channels, c), (8 | 10, 1) | (9, 0)));
                let subframes: Vec<_> = coded
                    .iter()
                    .enumerate()
                    .map(|(c, samples)| Subframe {
                        samples: samples.clone(),
                        depth: depth(c),
                        wasted: 0,
                        kind: kind.clone(),
                    })
                    .collect();
                let mut file = stream_info((512, 512), 2, bits, 512);
                file.extend(frame(Shape { channels, counts_samples: false }, 0, &subframes));
                assert_decodes(&format!("{what} {bits} bits channels {channels}"), &file, bits, &[&left, &right]);
            }
        }
    }
}

#[test]
fn wasted_bits_are_put_back() {
    for (bits, wasted) in [(16, 1), (16, 15), (24, 8), (32, 1), (32, 20)] {
        let plane: Vec<i64> = tone(64, bits, 0.1).iter().map(|s| s >> wasted << wasted).collect();
        let constant = vec![plane[9]; 64];
        let kind =
            Kind::Fixed(0, Residual { method: 1, partition_order: 0, coding: Coding::Rice((bits - wasted).min(30)) });
        let part = |samples: &Vec<i64>, kind| Subframe { samples: samples.clone(), depth: bits, wasted, kind };
        let mut file = stream_info((64, 64), 2, bits, 64);
        file.extend(frame(
            Shape { channels: 1, counts_samples: false },
            0,
            &[part(&plane, kind), part(&constant, Kind::Constant)],
        ));
        assert_decodes(&format!("{wasted} of {bits} bits wasted"), &file, bits, &[&plane, &constant]);
    }
}

#[test]
fn the_highest_partition_order_and_long_codes() {
    let frames = 1 << 15;
    let plane: Vec<i64> = (0..frames).map(|n| if n % 1000 == 7 { -32_768 } else { i64::from(n) % 3 }).collect();
    for (partition_order, k) in [(15, 3), (0, 0), (7, 5)] {
        let kind = Kind::Fixed(1, Residual { method: 0, partition_order, coding: Coding::Rice(k) });
        let subframe = Subframe { samples: plane.clone(), depth: 16, wasted: 0, kind };
        let mut file = stream_info((frames as u32, frames as u32), 1, 16, frames as u64);
        file.extend(frame(Shape { channels: 0, counts_samples: false }, 0, &[subframe]));
        assert_decodes(&format!("partition order {partition_order}"), &file, 16, &[&plane]);
    }
}

/// A mono file of 16 bits in blocks of the given sizes.
fn blocks(
    sizes: &[usize],
    counts_samples: bool,
    numbers_are_samples: bool,
    declared: (u32, u32),
) -> (Vec<u8>, Vec<i64>) {
    let total: usize = sizes.iter().sum();
    let plane = tone(total, 16, 0.05);
    let mut file = stream_info(declared, 1, 16, total as u64);
    let mut at = 0;
    for (index, size) in sizes.iter().enumerate() {
        let kind = Kind::Fixed(2, Residual { method: 0, partition_order: 0, coding: Coding::Rice(5) });
        let subframe = Subframe { samples: plane[at..at + size].to_vec(), depth: 16, wasted: 0, kind };
        let number = if numbers_are_samples { at } else { index };
        file.extend(frame(Shape { channels: 0, counts_samples }, number as u64, &[subframe]));
        at += size;
    }
    (file, plane)
}

#[test]
fn variable_blocks_are_exact() {
    let sizes: Vec<usize> = (0..150).map(|n| 16 + n * 7919 % 3000).collect();
    // As RFC 9639 has it, and as encoders did before FLAC 1.2: without the bit.
    for (name, bit) in [("variable", true), ("old variable", false)] {
        let (file, plane) = blocks(&sizes, bit, true, (16, 3015));
        assert_decodes(name, &file, 16, &[&plane]);
        assert_exact(&TempFile::new(name, &file).0);
    }
}

#[test]
fn a_shorter_last_block_and_a_single_one_are_exact() {
    for sizes in [&[4096, 4096, 4096, 17][..], &[300][..], &[4096][..]] {
        let (file, plane) = blocks(sizes, false, false, (4096, 4096));
        let name = format!("{} blocks", sizes.len());
        assert_decodes(&name, &file, 16, &[&plane]);
        assert_exact(&TempFile::new(&name, &file).0);
    }
}

#[test]
fn a_lying_seek_table_harms_nothing() {
    let mut bytes = std::fs::read(data("flac/s16_seektable.flac")).expect("the fixture is there");
    // The second block is the seek table: its points of 18 bytes hold sample, offset, frames.
    let table = bytes.windows(4).position(|w| w[0] & 0x7f == 3 && w[1] == 0).expect("a seek table") + 4;
    for point in 1..4 {
        bytes[table + point * 18 + 15] ^= 0x55;
    }
    assert_exact(&TempFile::new("seektable", &bytes).0);
}

#[test]
fn of_two_files_in_one_the_first_is_read() {
    let (long, plane) = blocks(&[512, 512, 512, 100], false, false, (512, 512));
    let (short, short_plane) = blocks(&[512, 40], false, false, (512, 512));
    for (name, first, second, plane) in [("long", &long, &short, &plane), ("short", &short, &long, &short_plane)] {
        let mut bytes = first.clone();
        bytes.extend_from_slice(second);
        // The marker of a second file whose STREAMINFO is not its only block.
        bytes[first.len() + 4] = 0;
        let file = TempFile::new(name, &bytes);
        assert_exact(&file.0);
        let mut reader = open(&file.0);
        let expected: Vec<i32> = plane.iter().map(|s| (*s << 16) as i32).collect();
        assert!(load_all(&mut reader) == Ok(expected), "{name} first");
        assert_eq!(reader.warnings().count(), 1, "{name} first: {:?}", reader.warnings().list());
    }
}

/// A source that cannot go back, or can only through callbacks.
struct Bytes {
    bytes: Vec<u8>,
    at: usize,
    seekable: bool,
}

impl Callbacks for Bytes {
    fn read(&mut self, dst: &mut [u8]) -> Result<usize, ondes::audio::Error> {
        let rest = &self.bytes[self.at.min(self.bytes.len())..];
        let n = rest.len().min(dst.len()).min(1000);
        dst[..n].copy_from_slice(&rest[..n]);
        self.at += n;
        Ok(n)
    }
    fn seek(&mut self, position: u64) -> Result<(), ondes::audio::Error> {
        assert!(self.seekable, "a source that cannot seek was asked to");
        self.at = position as usize;
        Ok(())
    }
    fn is_seekable(&self) -> bool {
        self.seekable
    }
    fn size(&mut self) -> Result<Option<u64>, ondes::audio::Error> {
        Ok(self.seekable.then_some(self.bytes.len() as u64))
    }
}

#[test]
fn callbacks_give_the_same_samples() {
    for path in files(&data("flac")) {
        let bytes = std::fs::read(&path).expect("the fixture is there");
        let expected: Vec<i32> = load(&path);
        for seekable in [false, true] {
            let source = ByteReader::from_callbacks(Box::new(Bytes { bytes: bytes.clone(), at: 0, seekable }))
                .expect("it opens");
            let mut reader =
                Reader::from_source(source, Some("flac"), &ReadOptions::default()).unwrap_or_else(|e| panic!("{e}"));
            let ours = load_all(&mut reader).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            assert!(ours == expected, "{}: seekable: {seekable}", path.display());
            if seekable {
                assert_eq!(
                    reader.measure(&Cancel::new(), None).map(|n| n * u64::from(reader.channels())),
                    Ok(expected.len() as u64)
                );
            }
        }
    }
}

#[test]
fn a_file_cut_anywhere_gives_its_whole_blocks() {
    let bytes = std::fs::read(data("flac/s16_level0.flac")).expect("the fixture is there");
    let full: Vec<i32> = load(&data("flac/s16_level0.flac"));
    for len in 0..bytes.len() {
        let Ok(mut reader) = from_memory(&bytes[..len]) else { continue };
        let ours = load_all(&mut reader).unwrap_or_else(|e| panic!("cut at {len}: {e}"));
        assert!(full.starts_with(&ours), "cut at {len}: other samples");
        assert!(reader.warnings().count() > 0, "cut at {len}: no warning");
        assert_eq!(reader.measure(&Cancel::new(), None), Ok(ours.len() as u64 / 2), "cut at {len}: length");
    }
}

#[test]
fn a_flipped_bit_is_never_silent() {
    let (bytes, plane) = blocks(&[512, 512, 512, 512, 100], false, false, (512, 512));
    let expected: Vec<i32> = plane.iter().map(|s| (*s << 16) as i32).collect();
    let audio = 42;
    for bit in audio * 8..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 0x80 >> (bit % 8);
        let mut reader = from_memory(&bytes).unwrap_or_else(|e| panic!("bit {bit}: {e}"));
        let ours = load_all(&mut reader).unwrap_or_else(|e| panic!("bit {bit}: {e}"));
        if ours != expected {
            assert!(reader.warnings().count() > 0, "bit {bit}: other samples and no warning");
            // The damaged block is silence or, at the end, left out; all else is in place.
            let wrong = ours.iter().zip(&expected).filter(|(a, b)| a != b && **a != 0).count();
            assert_eq!(wrong, 0, "bit {bit}: samples out of place");
            assert!(ours.len() == expected.len() || ours.len() == 2048, "bit {bit}: {} frames", ours.len());
        }
        if bit % 40 == 0 {
            for start in (0..ours.len()).step_by(211) {
                let mut window = vec![0i32; 300.min(ours.len() - start)];
                let mut reader = from_memory(&bytes).unwrap_or_else(|e| panic!("bit {bit}: {e}"));
                reader.seek(start as u64).unwrap_or_else(|e| panic!("bit {bit}: {e}"));
                let got = reader.read(FramesMut::new(&mut window, 1, Layout::Interleaved));
                assert_eq!(got, Ok(window.len()), "bit {bit}: window at {start}");
                assert!(window == ours[start..start + window.len()], "bit {bit}: window at {start}");
            }
        }
    }
}

#[test]
fn what_only_looks_like_frames_is_given_up_soon() {
    // Headers that announce 65,535 samples each: every one must be tried to know that it is none.
    let subframe = Subframe { samples: vec![1; 65_535], depth: 16, wasted: 0, kind: Kind::Verbatim };
    let whole = frame(Shape { channels: 0, counts_samples: false }, 0, &[subframe]);
    // The header is of eight bytes; a verbatim subframe needs nothing else to keep a decoder at work.
    let header = &whole[..9];
    let mut bytes = stream_info((65_535, 65_535), 1, 16, 0);
    bytes.extend(header.iter().cycle().take(10 << 20));
    let start = std::time::Instant::now();
    let outcome = from_memory(&bytes).and_then(|mut reader| load_all(&mut reader));
    assert_eq!(outcome.map_err(|e| e.kind()), Err(ErrorKind::Limit));
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn a_file_damaged_all_over_is_read_to_its_end() {
    let (mut bytes, plane) = blocks(&[4096; 300], false, false, (4096, 4096));
    let step = bytes.len() / 1200;
    for at in (10_000..bytes.len() - 20_000).step_by(step) {
        bytes[at] ^= 0x10;
    }
    let mut reader = from_memory(&bytes).expect("it opens");
    let ours = load_all(&mut reader).expect("it is read");
    assert_eq!(ours.len(), plane.len());
    assert!(reader.warnings().count() > 0);
}

/// A checksum of the given polynomial over whole bytes, the highest bit first.
fn crc(bytes: &[u8], bits: u32, polynomial: u32) -> u32 {
    bytes.iter().fold(0, |mut register, byte| {
        register ^= u32::from(*byte) << (bits - 8);
        for _ in 0..8 {
            let carry = register >> (bits - 1) & 1;
            register = ((register << 1) ^ (carry * polynomial)) & ((1 << bits) - 1);
        }
        register
    })
}

#[test]
fn a_last_frame_that_only_its_checksums_vouch_for_keeps_the_length() {
    let path = data("flac/s16_known_100003.flac");
    let whole = load::<i32>(&path);
    let mut bytes = std::fs::read(&path).expect("fixture");
    let last = (0..bytes.len() - 10)
        .rev()
        .find(|&at| bytes[at..].starts_with(&[0xff, 0xf8]) && crc(&bytes[at..], 16, 0x8005) == 0)
        .expect("a last frame");
    let header = (6..=16).find(|len| crc(&bytes[last..last + len], 8, 0x07) == 0).expect("a frame header");
    // A subframe of a reserved type, with a checksum that says that it is meant so.
    bytes[last + header] = 0x04;
    let end = bytes.len() - 2;
    let sum = crc(&bytes[last..end], 16, 0x8005) as u16;
    bytes[end..].copy_from_slice(&sum.to_be_bytes());

    let mut reader = from_memory(&bytes).expect("a sound file but for its end");
    assert_eq!(reader.info().length.frames(), Some(100_003));
    let samples = load_all(&mut reader).expect("silence at the end");
    assert_eq!(samples.len(), whole.len());
    let lost = samples.iter().zip(&whole).position(|(a, b)| a != b).expect("something is lost");
    assert!(samples[lost..].iter().all(|sample| *sample == 0) && lost > whole.len() / 2);
    let warnings = reader.warnings();
    assert!(warnings.list().iter().any(|warning| warning.message.contains("cannot be decoded")), "{warnings:?}");
    assert_exact(&TempFile::new("vouched", &bytes).0);
}
