//! Many files at once: order, errors, bounds, cancel, padding, fork-free drops.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ondes::audio::ErrorKind;
use ondes::audio::batch::{Batch, BatchOptions, Input, Padding, Stream, fill};
use ondes::audio::cancel::Cancel;
use ondes::audio::frames::Layout;
use ondes::audio::progress::Progress;
use ondes::audio::reader::{Position, ReadOptions};
use ondes::audio::sample::SampleFormat;
use ondes::audio::source::Callbacks;

use super::common::{data, load};

fn inputs(names: &[&str]) -> Vec<Input> {
    names.iter().map(|name| Input::Path(data(name))).collect()
}

#[test]
fn results_keep_the_order_and_bad_files_stop_nothing() {
    let names = ["wav/s16.wav", "missing.wav", "wav/f32.wav", "bad/text.wav", "wav/s16.wav", "bad"];
    let memory: Arc<dyn AsRef<[u8]> + Send + Sync> = Arc::new(std::fs::read(data("wav/s24.wav")).expect("fixture"));
    let mut inputs = inputs(&names);
    inputs.push(Input::Memory(memory, String::new()));
    for workers in [1, 2, 7] {
        let options = BatchOptions { workers, ahead: 1, ..BatchOptions::default() };
        let items = Batch::new(inputs.clone(), options).collect(None).expect("threads start");
        assert_eq!(items.iter().map(|i| i.index).collect::<Vec<_>>(), (0..7).collect::<Vec<_>>());
        let kinds: Vec<_> = items.iter().map(|i| i.result.as_ref().err().map(|e| e.kind())).collect();
        let expected = [
            None,
            Some(ErrorKind::NotFound),
            None,
            Some(ErrorKind::Unrecognized),
            None,
            Some(ErrorKind::IsDirectory),
            None,
        ];
        assert_eq!(kinds, expected);
        let whole = load::<f32>(&data("wav/s16.wav"));
        assert_eq!(items[0].result.as_ref().expect("decoded").samples::<f32>(), Some(&whole[..]));
        let message = items[1].result.as_ref().expect_err("missing").to_string();
        assert!(message.contains("missing.wav"), "{message}");
    }
}

#[test]
fn unordered_results_are_all_there_once() {
    let files = inputs(&["wav/s16.wav"; 20]);
    let mut batch = Batch::new(files, BatchOptions { workers: 3, unordered: true, ..BatchOptions::default() });
    let mut seen = Vec::new();
    while let Some(item) = batch.next(None).expect("threads start") {
        seen.push(item.index);
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..20).collect::<Vec<_>>());
    assert!(batch.next(None).expect("still fine").is_none());
}

#[test]
fn progress_reaches_the_end_and_can_cancel() {
    let mut last = Progress::default();
    let mut report = |progress: &Progress| {
        assert!(progress.files >= last.files && progress.frames >= last.frames);
        last = *progress;
        true
    };
    let files = inputs(&["wav/s16.wav", "missing.wav", "wav/s16.wav"]);
    let _ = Batch::new(files, BatchOptions::default()).collect(Some(&mut report)).expect("threads start");
    assert_eq!((last.files, last.files_total, last.failed, last.frames), (3, 3, 1, 2 * 3001));
    assert!((last.seconds - 2.0 * 3001.0 / 44100.0).abs() < 1e-9);
    assert_eq!(last.bytes, 2 * 12048);

    let files = inputs(&["wav/s16.wav"; 50]);
    let options = BatchOptions { workers: 1, ahead: 1, ..BatchOptions::default() };
    let shared = options.cancel.clone();
    let items = Batch::new(files, options).collect(Some(&mut |_| false)).expect("threads start");
    assert_eq!(items.len(), 50);
    let cancelled = items.iter().filter(|i| i.result.as_ref().is_err_and(|e| e.kind() == ErrorKind::Cancelled)).count();
    assert!(cancelled >= 45, "only {cancelled} of 50 were cancelled");
    assert!(!shared.is_set(), "the caller's token is the caller's");
}

#[test]
fn a_cancel_token_ends_it_and_dropping_early_is_fine() {
    let cancel = Cancel::new();
    cancel.set();
    let options = BatchOptions { cancel, ..BatchOptions::default() };
    let items = Batch::new(inputs(&["wav/s16.wav"; 4]), options).collect(None).expect("threads start");
    assert!(items.iter().all(|i| i.result.as_ref().is_err_and(|e| e.kind() == ErrorKind::Cancelled)));

    let mut batch = Batch::new(inputs(&["wav/s16.wav"; 100]), BatchOptions::default());
    assert!(batch.next(None).expect("threads start").is_some());
    drop(batch);
    drop(Batch::new(inputs(&["wav/s16.wav"; 3]), BatchOptions::default()));
    assert!(Batch::new(Vec::new(), BatchOptions::default()).collect(None).expect("empty").is_empty());
}

#[test]
fn inputs_added_while_it_runs_come_behind_the_others() {
    for unordered in [false, true] {
        let options = BatchOptions { workers: 2, ahead: 3, unordered, ..BatchOptions::default() };
        let mut batch = Batch::new(Vec::new(), options);
        assert!(batch.next(None).expect("nothing to start").is_none());
        let mut seen = Vec::new();
        let mut last = Progress::default();
        for n in 0..60 {
            let name = if n % 10 == 7 { "missing.wav" } else { "wav/s16.wav" };
            batch.add(Input::Path(data(name))).expect("not forked");
            if n >= 5 {
                let mut report = |progress: &Progress| {
                    last = *progress;
                    true
                };
                let item = batch.next(Some(&mut report)).expect("threads start").expect("one was added");
                assert_eq!(item.result.is_err(), item.index % 10 == 7, "{}", item.name);
                assert!(item.name.ends_with(if item.result.is_err() { "missing.wav" } else { "s16.wav" }));
                seen.push(item.index);
            }
        }
        // After its end a batch can go on.
        while let Some(item) = batch.next(None).expect("threads start") {
            seen.push(item.index);
        }
        batch.add(Input::Path(data("wav/s16.wav"))).expect("not forked");
        let item = batch.next(None).expect("threads start").expect("one was added");
        assert_eq!((item.index, batch.len()), (60, 61));
        assert!(batch.next(None).expect("threads start").is_none());
        assert!(last.files_total >= 6);
        if unordered {
            seen.sort_unstable();
        }
        assert_eq!(seen, (0..60).collect::<Vec<_>>());
    }
}

/// A stream that tells when it is let go.
struct Lent(std::io::Cursor<Vec<u8>>, Arc<AtomicUsize>);

impl Callbacks for Lent {
    fn read(&mut self, dst: &mut [u8]) -> ondes::audio::Result<usize> {
        Ok(self.0.read(dst).expect("memory"))
    }
    fn seek(&mut self, position: u64) -> ondes::audio::Result<()> {
        self.0.set_position(position);
        Ok(())
    }
    fn is_seekable(&self) -> bool {
        true
    }
    fn size(&mut self) -> ondes::audio::Result<Option<u64>> {
        Ok(Some(self.0.get_ref().len() as u64))
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn streams_are_read_once_and_let_go_before_the_result() {
    let bytes = std::fs::read(data("flac/mono_speech_16k.flac")).expect("fixture");
    let closed = Arc::new(AtomicUsize::new(0));
    let stream = || {
        let lent = Lent(std::io::Cursor::new(bytes.clone()), Arc::clone(&closed));
        Input::Stream(Stream::new(move || Ok(Box::new(lent))), "lent.flac".to_owned())
    };
    let inputs: Vec<_> = std::iter::repeat_with(stream).take(5).collect();
    let options = BatchOptions { workers: 2, ..BatchOptions::default() };
    let mut batch = Batch::new(inputs.clone(), options.clone());
    let whole = load::<f32>(&data("flac/mono_speech_16k.flac"));
    for n in 0..5 {
        let item = batch.next(None).expect("threads start").expect("five");
        assert_eq!(item.result.expect("decoded").samples::<f32>(), Some(&whole[..]));
        assert!(closed.load(Ordering::SeqCst) > n, "stream {n} is still open");
    }
    let again = Batch::new(inputs, options.clone()).collect(None).expect("threads start");
    let message = again[0].result.as_ref().expect_err("read before").to_string();
    assert!(message.contains("lent.flac: the stream has been read before"), "{message}");
    // What is not read is let go with the batch.
    drop(Batch::new(vec![stream(), stream()], options));
    assert_eq!(closed.load(Ordering::SeqCst), 7);
}

#[test]
fn options_apply_to_every_file() {
    let read = ReadOptions {
        start: Position::Milliseconds(1),
        end: Some(Position::Milliseconds(2)),
        ..ReadOptions::default()
    };
    let options = BatchOptions { read, format: SampleFormat::I16, layout: Layout::Planar, ..BatchOptions::default() };
    let items = Batch::new(inputs(&["wav/s16.wav"]), options).collect(None).expect("threads start");
    let audio = items[0].result.as_ref().expect("decoded");
    // PEERS B1: 1 ms is frame 44, 2 ms frame 88.
    let whole = load::<i16>(&data("wav/s16.wav"));
    let left: Vec<i16> = whole.iter().step_by(2).copied().collect();
    assert_eq!(audio.frames(), 44);
    assert_eq!(audio.samples::<i16>().expect("i16")[..44], left[44..88]);
}

#[test]
fn a_padded_block_is_filled_in_place() {
    let whole = load::<f32>(&data("wav/s16.wav"));
    let names = ["wav/s16.wav", "missing.wav", "wav/alaw_sox_mono.wav"];
    for (layout, frames) in [(Layout::Interleaved, 4000), (Layout::Planar, 4000), (Layout::Planar, 1000)] {
        let options = BatchOptions { layout, ..BatchOptions::default() };
        let mut block = vec![9f32; 3 * 2 * frames];
        let items = fill(&inputs(&names), &options, &mut block, 2, frames, Padding::Zero, None)
            .expect("the block's size is right");
        let got = 3001.min(frames);
        assert_eq!(items[0].result, Ok(got as u64));
        assert_eq!(items[1].result.as_ref().map_err(|e| e.kind()), Err(ErrorKind::NotFound));
        assert_eq!(items[2].result.as_ref().map_err(|e| e.kind()), Err(ErrorKind::InvalidArgument));
        for frame in 0..frames {
            for channel in 0..2 {
                let at = if layout == Layout::Planar { channel * frames + frame } else { frame * 2 + channel };
                let wanted = if frame < got { whole[frame * 2 + channel] } else { 0.0 };
                assert_eq!(block[at], wanted, "frame {frame}, channel {channel}");
            }
        }
        assert!(block[2 * frames..].iter().all(|v| *v == 0.0), "failed files are silence");
    }
    // PEERS B3: repeat from the first frame, as often as needed.
    let frames = 7000;
    let mut block = vec![9f32; 2 * frames];
    let options = BatchOptions { layout: Layout::Interleaved, ..BatchOptions::default() };
    let files = inputs(&["wav/s16.wav"]);
    let items = fill(&files, &options, &mut block, 2, frames, Padding::Repeat, None).expect("the size is right");
    assert_eq!(items[0].result, Ok(3001));
    for frame in 0..frames {
        assert_eq!(block[frame * 2..frame * 2 + 2], whole[frame % 3001 * 2..frame % 3001 * 2 + 2]);
    }
    let wrong = fill(&files, &options, &mut block, 2, frames + 1, Padding::Zero, None).map(|_| ());
    assert_eq!(wrong.map_err(|e| e.kind()), Err(ErrorKind::InvalidArgument));
}

#[test]
fn one_long_file_on_several_threads_gives_the_same_bits() {
    // Ten minutes are made on the fly: 30 s of a deterministic signal, written by hand as WAV.
    let frames = 30 * 44100u32;
    let mut bytes = Vec::with_capacity(44 + frames as usize * 4);
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&(36 + frames * 4).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x02\0\x44\xac\0\0\x10\xb1\x02\0\x04\0\x10\0data");
    bytes.extend_from_slice(&(frames * 4).to_le_bytes());
    for n in 0..frames * 2 {
        bytes.extend_from_slice(&(n.wrapping_mul(2_654_435_761) >> 16).to_le_bytes()[..2]);
    }
    let path: PathBuf = std::env::temp_dir().join(format!("ondes-batch-{}.wav", std::process::id()));
    std::fs::write(&path, &bytes).expect("room in the temporary folder");
    for layout in [Layout::Interleaved, Layout::Planar] {
        let load = |workers: usize| {
            let options = BatchOptions { workers, layout, format: SampleFormat::I16, ..BatchOptions::default() };
            let mut items = Batch::new(vec![Input::Path(path.clone())], options).collect(None).expect("threads start");
            items.remove(0).result.expect("decoded").samples::<i16>().expect("i16").to_vec()
        };
        let one = load(1);
        assert_eq!(one.len(), frames as usize * 2);
        assert_eq!(i16::from_le_bytes([bytes[44], bytes[45]]), one[0]);
        assert!(one == load(3), "{layout:?}");
    }
    let _ = std::fs::remove_file(&path);
}
