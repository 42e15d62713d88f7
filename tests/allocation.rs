//! Nothing is allocated while a resampler works, and little for tags whose sizes
//! lie: a program of its own, because it counts the allocations of everything in it.

use std::alloc::{GlobalAlloc, Layout as Memory, System};
use std::cell::Cell;
use std::sync::Arc;

use ondes::audio::frames::{Frames, FramesMut, Layout};
use ondes::audio::resample::{LengthRule, Quality, Ratio, StreamResampler};
use ondes::audio::sample::SampleFormat;
use ondes::audio::source::ByteReader;
use ondes::audio::tags::Tags;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: hands everything on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, memory: Memory) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        BYTES.with(|bytes| bytes.set(bytes.get() + memory.size()));
        // SAFETY: the caller's promise.
        unsafe { System.alloc(memory) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, memory: Memory) {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, memory) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn the_counter_counts() {
    let before = ALLOCATIONS.get();
    drop(std::hint::black_box(vec![1u8; 100]));
    assert_eq!(ALLOCATIONS.get() - before, 2);
}

#[test]
fn a_resampler_at_work_allocates_nothing() {
    let input = vec![0.1f32; 2 * 50_000];
    let mut output = vec![0.0f32; 2 * 60_000];
    let qualities = [
        Quality::Fast,
        Quality::Balanced,
        Quality::Best,
        Quality::ZeroOrderHold,
        Quality::Linear,
        Quality::CatmullRom,
        Quality::Lagrange,
        Quality::WindowedSinc,
        Quality::WindowedSinc256,
        Quality::WindowedSinc8,
    ];
    for quality in qualities {
        for (source, target) in [(44_100.0, 48_000.0), (44_100.0, 16_000.0), (44_100.0, 44_099.0), (44_100.0, 44_100.0)]
        {
            for rule in [LengthRule::Exact, LengthRule::Floor] {
                let ratio = Ratio::from_rates(source, target).unwrap();
                let mut resampler = StreamResampler::new(ratio, 2, SampleFormat::F32, quality, rule);
                let before = ALLOCATIONS.get();
                for layout in [Layout::Interleaved, Layout::Planar] {
                    for frames in [1, 4, 441, 4096, 45_458] {
                        let src = Frames::new(&input[..2 * frames], 2, layout);
                        resampler.process(&src, &mut FramesMut::new(&mut output, 2, layout)).unwrap();
                    }
                    resampler.flush(&mut FramesMut::new(&mut output, 2, layout)).unwrap();
                }
                resampler.reset();
                assert_eq!(ALLOCATIONS.get(), before, "{quality:?}, {source} to {target}, {rule:?}");
            }
        }
    }
}

#[test]
fn tags_that_declare_gigabytes_cost_kilobytes() {
    for name in ["huge_picture.flac", "huge_picture.m4a", "huge_comments.opus"] {
        let path = format!("{}/tests/data/tags/{name}", env!("CARGO_MANIFEST_DIR"));
        let source = ByteReader::from_memory(Arc::new(std::fs::read(path).unwrap()));
        let before = BYTES.get();
        Tags::read(source, None).unwrap();
        let bytes = BYTES.get() - before;
        assert!(bytes < 100_000, "{name}: {bytes} bytes");
    }
}
