//! What the tests share: fixtures, whole decodes, windows, another decoder.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use ondes::audio::Result;
use ondes::audio::cancel::Cancel;
use ondes::audio::frames::{FramesMut, Layout};
use ondes::audio::reader::{ReadOptions, Reader};
use ondes::audio::sample::Sample;
use ondes::audio::source::Callbacks;

/// A folder of one test's own, gone with it.
pub struct Scratch(PathBuf);

impl Scratch {
    /// An empty one; `name` is for whoever looks into the folder of temporary files.
    pub fn new(name: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("ondes-{}-{number}-{name}", std::process::id()));
        // One of a process of the same number that was killed.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The path of a file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The path of a file in it, which gets these bytes.
    pub fn with(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.file(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A committed fixture.
pub fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// A decoder conformance file, where that folder is at hand.
pub fn conformance(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance").join(name);
    path.exists().then_some(path)
}

/// Opens with default options.
pub fn open(path: &Path) -> Reader {
    Reader::open(path, &ReadOptions::default()).unwrap_or_else(|e| panic!("{e}"))
}

/// All samples, interleaved.
pub fn load<S: Sample>(path: &Path) -> Vec<S> {
    load_with(path, &ReadOptions::default())
}

/// All samples, interleaved, with options.
pub fn load_with<S: Sample>(path: &Path, options: &ReadOptions) -> Vec<S> {
    let mut reader = Reader::open(path, options).unwrap_or_else(|e| panic!("{e}"));
    let audio = reader.load::<S>(Layout::Interleaved, &Cancel::new()).unwrap_or_else(|e| panic!("{e}"));
    audio.samples::<S>().expect("the type that was asked for").to_vec()
}

/// What FFmpeg's command decodes, as interleaved floats, at the file's own rate and channels.
pub fn ffmpeg(path: &Path) -> Vec<f32> {
    ffmpeg_raw(path, "f32le").as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}

/// As [`ffmpeg`], as left-justified 32-bit integers.
pub fn ffmpeg_s32(path: &Path) -> Vec<i32> {
    ffmpeg_raw(path, "s32le").as_chunks::<4>().0.iter().map(|b| i32::from_le_bytes(*b)).collect()
}

fn ffmpeg_raw(path: &Path, format: &str) -> Vec<u8> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(path)
        .args(["-map", "0:a:0", "-f", format, "-c:a", &format!("pcm_{format}"), "-"])
        .stderr(Stdio::inherit())
        .output()
        .expect("ffmpeg (Debian package ffmpeg) runs");
    assert!(output.status.success(), "ffmpeg decodes {}", path.display());
    output.stdout
}

/// The largest difference of two equally long signals.
pub fn max_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len(), "lengths differ");
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// Gives a file's bytes in order only, in short reads.
pub struct Pipe {
    bytes: Vec<u8>,
    at: usize,
}

impl Pipe {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, at: 0 }
    }
}

impl Callbacks for Pipe {
    fn read(&mut self, dst: &mut [u8]) -> Result<usize> {
        let n = dst.len().min(self.bytes.len() - self.at).min(1000);
        dst[..n].copy_from_slice(&self.bytes[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
    fn seek(&mut self, _: u64) -> Result<()> {
        unreachable!("a forward-only source is never asked to seek")
    }
    fn is_seekable(&self) -> bool {
        false
    }
    fn size(&mut self) -> Result<Option<u64>> {
        Ok(None)
    }
}

/// A small deterministic random generator (xorshift64*), so that failures repeat.
pub struct Random(pub u64);

impl Random {
    /// A number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % n.max(1)
    }
}

/// Promise 1: the declared length is the decoded one, and every window, read
/// with a fresh reader or after seeks in one reader, is that slice of the
/// full decode, bit for bit.
pub fn assert_exact(path: &Path) {
    assert_exact_with(path, &ReadOptions::default());
}

/// As [`assert_exact`], with options.
pub fn assert_exact_with(path: &Path, options: &ReadOptions) {
    let name = path.display();
    let mut reader = Reader::open(path, options).unwrap_or_else(|e| panic!("{e}"));
    let channels = reader.channels() as usize;
    let declared = reader.measure(&Cancel::new(), None).unwrap_or_else(|e| panic!("{e}"));
    let full: Vec<f32> = load_with(path, options);
    let total = full.len() / channels;
    assert_eq!(declared, total as u64, "{name}: declared and decoded length");
    let bits = |s: &[f32]| s.iter().map(|v| v.to_bits()).collect::<Vec<_>>();

    let mut random = Random(0x5eed ^ total as u64);
    for round in 0..40 {
        let start = match round {
            0 => 0,
            1 => total,
            2 => total.saturating_sub(1),
            _ => random.below(total as u64 + 1) as usize,
        };
        let len = 1 + random.below(6000) as usize;
        if round % 4 == 3 {
            reader = Reader::open(path, options).unwrap_or_else(|e| panic!("{e}"));
        }
        reader.seek(start as u64).unwrap_or_else(|e| panic!("{e}"));
        let mut window = vec![0.0f32; len * channels];
        let got =
            reader.read(FramesMut::new(&mut window, channels, Layout::Interleaved)).unwrap_or_else(|e| panic!("{e}"));
        let expected = &full[start * channels..(start + len).min(total) * channels];
        assert_eq!(got * channels, expected.len(), "{name}: frames at {start}");
        if bits(&window[..expected.len()]) != bits(expected) {
            let at = window.iter().zip(expected).position(|(a, b)| a.to_bits() != b.to_bits()).unwrap_or(0) / channels;
            panic!("{name}: the window of {len} frames at {start} differs from the full decode at its frame {at}");
        }
    }

    // Odd chunks, read through.
    let mut reader = Reader::open(path, options).unwrap_or_else(|e| panic!("{e}"));
    let mut all = Vec::new();
    loop {
        let mut chunk = vec![0.0f32; (1 + random.below(3000) as usize) * channels];
        let got =
            reader.read(FramesMut::new(&mut chunk, channels, Layout::Interleaved)).unwrap_or_else(|e| panic!("{e}"));
        if got == 0 {
            break;
        }
        all.extend_from_slice(&chunk[..got * channels]);
    }
    assert!(bits(&all) == bits(&full), "{name}: odd chunks differ from the full decode");
}
