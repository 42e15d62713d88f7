//! FLAC: bit-exact against the `flac` command, sums, seeks, damage.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::common::{assert_exact, conformance, data, load, open};

/// What the `flac` command decodes, left-justified in 32 bits; it writes no
/// 12 or 20 bits, so there it is FFmpeg.
fn reference(path: &Path, bits: u32) -> Vec<i32> {
    if bits % 8 != 0 {
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
    assert_ne!(reader.verify().unwrap_or_else(|e| panic!("{e}")), Some(false), "{}: MD5", path.display());
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
