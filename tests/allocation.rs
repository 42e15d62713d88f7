//! Nothing is allocated while a resampler works or in a device's thread, and little for tags whose sizes
//! lie: a program of its own, because it counts the allocations of everything in it.

use std::alloc::{GlobalAlloc, Layout as Memory, System};
use std::cell::Cell;
use std::sync::{Arc, Mutex};

use ondes::audio::cancel::Cancel;
use ondes::audio::device::{
    Capture, Data, Device, Direction, Format, Host, Info, Line, Process, Render, Running, Stream, StreamOptions, Wait,
};
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

/// A device whose ends the test works in its own thread, where allocations are counted.
#[derive(Default)]
struct Ends {
    capture: Arc<Mutex<Option<Capture>>>,
    render: Arc<Mutex<Option<Render>>>,
}

struct End<T>(Info, Arc<Mutex<Option<T>>>);

struct Idle;

impl Running for Idle {}

impl<T: Send + 'static> Line<T> for End<T> {
    fn info(&self) -> &Info {
        &self.0
    }

    fn start(self: Box<Self>, end: T) -> ondes::audio::Result<Box<dyn Running>> {
        *self.1.lock().unwrap() = Some(end);
        Ok(Box::new(Idle))
    }
}

const FORMAT: Format = Format { rate: 48_000, channels: 2, buffer: 128 };

fn info() -> Info {
    Info { name: String::new(), format: FORMAT, latency: 0.0 }
}

impl Host for Ends {
    fn devices(&self, _direction: Direction) -> ondes::audio::Result<Vec<Device>> {
        Ok(Vec::new())
    }

    fn open_input(&self, _device: &str, _wish: Format) -> ondes::audio::Result<Box<dyn Line<Capture>>> {
        Ok(Box::new(End(info(), Arc::clone(&self.capture))))
    }

    fn open_output(&self, _device: &str, _wish: Format) -> ondes::audio::Result<Box<dyn Line<Render>>> {
        Ok(Box::new(End(info(), Arc::clone(&self.render))))
    }
}

#[test]
fn a_device_at_work_allocates_nothing() {
    let data: Data = Arc::new(|input: &[f32], out: &mut [f32], frames| {
        out.copy_from_slice(input);
        Ok(frames)
    });
    let gain: Process = Arc::new(|samples: &mut [f32], _| samples.iter_mut().for_each(|s| *s *= 0.5));
    for (monitor, data) in [(false, None), (true, None), (false, Some(data))] {
        let ends = Arc::new(Ends::default());
        let device = || Some("any".to_owned());
        let options = StreamOptions {
            input: device(),
            output: device(),
            input_queue: 1000,
            monitor,
            data: data.clone(),
            ..StreamOptions::default()
        };
        let stream = Stream::open_on(Arc::clone(&ends) as Arc<dyn Host>, &options).unwrap();
        stream.start().unwrap();
        let (mut capture, mut render) = (ends.capture.lock().unwrap(), ends.render.lock().unwrap());
        let (capture, render) = (capture.as_mut().unwrap(), render.as_mut().unwrap());
        let mut samples = vec![0.25f32; 2 * 1500];
        let cancel = Cancel::new();
        if data.is_none() {
            let wait = Wait::new(0.0, &cancel).unwrap();
            stream.write(&Frames::new(&samples, 2, Layout::Interleaved), &wait).unwrap();
        }
        std::thread::scope(|scope| {
            // The old process goes back to the thread that set the new one, to be dropped there.
            let setter = scope.spawn(|| {
                for _ in 0..10 {
                    stream.set_process(Some(Arc::clone(&gain))).unwrap();
                    stream.set_process(None).unwrap();
                }
            });
            let before = ALLOCATIONS.get();
            // More than the queue holds, less and more than a block, until the queue is empty.
            let mut rounds = 0;
            while rounds < 50 || !setter.is_finished() {
                rounds += 1;
                for frames in [1, 128, 300, 1500] {
                    capture.take(&samples[..2 * frames]);
                    render.fill(&mut samples[..2 * frames]);
                }
            }
            assert_eq!(ALLOCATIONS.get(), before);
        });
        assert!(data.is_some() || stream.dropped_input() > 0 && stream.missed_output() > 0);
    }
}
