//! Streams on devices: a host that the test itself works, and the ones made up for tests.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ondes::audio::cancel::Cancel;
use ondes::audio::device::{
    Capture, Device, Direction, Format, Host, Info, Line, PlayOptions, Process, Render, Running, Stream, StreamOptions,
    Wait, play_on,
};
use ondes::audio::frames::{Frames, FramesMut, Layout};
use ondes::audio::resample::{LengthRule, Quality, Ratio, StreamResampler};
use ondes::audio::sample::SampleFormat;
use ondes::audio::{Error, ErrorKind, Result};

/// A device that moves when the test says so.
#[derive(Default)]
struct Bench {
    /// Frames that the input gives at a time; 0 is what is wished.
    input_block: u32,
    capture: Arc<Mutex<Option<Capture>>>,
    render: Arc<Mutex<Option<Render>>>,
}

struct Slot<End>(Info, Arc<Mutex<Option<End>>>);

struct Taken<End>(Arc<Mutex<Option<End>>>);

impl<End: Send> Running for Taken<End> {}

impl<End> Drop for Taken<End> {
    fn drop(&mut self) {
        *self.0.lock().unwrap() = None;
    }
}

impl<End: Send + 'static> Line<End> for Slot<End> {
    fn info(&self) -> &Info {
        &self.0
    }

    fn start(self: Box<Self>, end: End) -> Result<Box<dyn Running>> {
        *self.1.lock().unwrap() = Some(end);
        Ok(Box::new(Taken(self.1)))
    }
}

fn slot<End>(wish: Format, end: &Arc<Mutex<Option<End>>>) -> Slot<End> {
    let or = |value: u32, default| if value == 0 { default } else { value };
    let format = Format { rate: or(wish.rate, 48_000), channels: or(wish.channels, 2), buffer: wish.buffer };
    Slot(Info { name: "the bench".to_owned(), format, latency: 0.0 }, Arc::clone(end))
}

impl Host for Bench {
    fn devices(&self, _direction: Direction) -> Result<Vec<Device>> {
        Ok(Vec::new())
    }

    fn open_input(&self, _device: &str, wish: Format) -> Result<Box<dyn Line<Capture>>> {
        let buffer = if self.input_block == 0 { wish.buffer } else { self.input_block };
        Ok(Box::new(slot(Format { buffer, ..wish }, &self.capture)))
    }

    fn open_output(&self, _device: &str, wish: Format) -> Result<Box<dyn Line<Render>>> {
        Ok(Box::new(slot(wish, &self.render)))
    }
}

impl Bench {
    fn stream(options: StreamOptions) -> (Arc<Self>, Stream) {
        Self::default().opened(options)
    }

    fn opened(self, options: StreamOptions) -> (Arc<Self>, Stream) {
        let bench = Arc::new(self);
        let stream = Stream::open_on(Arc::clone(&bench) as Arc<dyn Host>, &options).unwrap();
        stream.start().unwrap();
        (bench, stream)
    }

    /// What the device plays next.
    fn fill(&self, samples: usize) -> Vec<f32> {
        let mut out = vec![9.0; samples];
        self.render.lock().unwrap().as_mut().unwrap().fill(&mut out);
        out
    }

    fn take(&self, samples: &[f32]) {
        self.capture.lock().unwrap().as_mut().unwrap().take(samples);
    }
}

fn input(channels: u32) -> StreamOptions {
    StreamOptions { input: Some("in".to_owned()), input_channels: channels, buffer: 4, ..StreamOptions::default() }
}

fn output(channels: u32) -> StreamOptions {
    StreamOptions { output: Some("out".to_owned()), output_channels: channels, buffer: 4, ..StreamOptions::default() }
}

fn read(stream: &Stream, frames: usize, seconds: f64) -> Result<Vec<f32>> {
    let channels = stream.channels(Direction::Input) as usize;
    let mut samples = vec![0.0; frames * channels];
    let cancel = Cancel::new();
    let got = stream.read(
        &mut FramesMut::new(&mut samples, channels, Layout::Interleaved),
        &Wait::new(seconds, &cancel).unwrap(),
    )?;
    samples.truncate(got * channels);
    Ok(samples)
}

fn write(stream: &Stream, samples: &[f32], channels: usize, seconds: f64) -> Result<usize> {
    let cancel = Cancel::new();
    stream.write(&Frames::new(samples, channels, Layout::Interleaved), &Wait::new(seconds, &cancel).unwrap())
}

#[test]
fn what_is_written_is_played_and_gaps_are_counted() {
    let (bench, stream) = Bench::stream(output(2));
    assert_eq!(bench.fill(4), [0.0; 4]);
    assert_eq!(stream.missed_output(), 0, "nothing was written yet");
    assert_eq!(write(&stream, &[0.1, 0.2, 0.3, 0.4], 2, 0.0).unwrap(), 2);
    assert_eq!(write(&stream, &[0.5], 1, 0.0).unwrap(), 1);
    assert_eq!(stream.buffered(Direction::Output), 3);
    assert_eq!(bench.fill(2), [0.1, 0.2]);
    assert_eq!(bench.fill(6), [0.3, 0.4, 0.5, 0.5, 0.0, 0.0]);
    assert_eq!((stream.missed_output(), stream.reset_missed_output(), stream.missed_output()), (1, 1, 0));
    let error = write(&stream, &[0.0; 3], 3, 0.0).unwrap_err();
    assert!(error.message().starts_with("3 channels are no match for the 2"), "{error}");
}

#[test]
fn samples_are_converted_in_any_layout() {
    let (bench, stream) = Bench::stream(output(2));
    let cancel = Cancel::new();
    let wait = Wait::new(0.0, &cancel).unwrap();
    stream.write(&Frames::new(&[16384i16, -32768, 1, 0], 2, Layout::Planar), &wait).unwrap();
    assert_eq!(bench.fill(4), [0.5, 1.0 / 32768.0, -1.0, 0.0]);
    let (bench, stream) = Bench::stream(input(2));
    bench.take(&[0.5, -1.0, 1.5, 0.25]);
    let mut planes = [0i16; 4];
    stream.read(&mut FramesMut::new(&mut planes, 2, Layout::Planar), &wait).unwrap();
    assert_eq!(planes, [16384, 32767, -32768, 8192]);
}

#[test]
fn a_full_queue_drops_the_oldest_input_and_says_so_once() {
    let (bench, stream) = Bench::stream(StreamOptions { input_queue: 4, ..input(1) });
    bench.take(&[1.0, 2.0, 3.0]);
    bench.take(&[4.0, 5.0, 6.0]);
    assert_eq!((stream.dropped_input(), stream.buffered(Direction::Input)), (2, 4));
    let error = read(&stream, 4, 0.0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InputDropped);
    assert!(error.message().starts_with("2 frames of audio data were dropped"), "{error}");
    assert_eq!(stream.dropped_input(), 0);
    assert_eq!(read(&stream, 9, 0.0).unwrap(), [3.0, 4.0, 5.0, 6.0]);
    stream.ignore_dropped_input(true);
    bench.take(&[0.0; 5]);
    assert_eq!(read(&stream, 4, 0.0).unwrap(), [0.0; 4]);
    assert_eq!((stream.dropped_input(), stream.reset_dropped_input(), stream.dropped_input()), (1, 1, 0));
}

#[test]
fn a_call_waits_no_longer_than_it_may() {
    let (bench, stream) = Bench::stream(input(1));
    let start = Instant::now();
    assert!(read(&stream, 4, 0.0).unwrap().is_empty());
    bench.take(&[1.0]);
    assert_eq!(read(&stream, 4, 0.05).unwrap(), [1.0]);
    assert!(start.elapsed() >= Duration::from_millis(50));
    assert!(Wait::new(f64::NAN, &Cancel::new()).is_err());
    // A token ends a call that would wait for ever; what came before is given first.
    let cancel = Cancel::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(30));
            cancel.set();
        });
        let mut samples = [0.0f32; 4];
        bench.take(&[2.0]);
        let wait = Wait::new(-1.0, &cancel).unwrap();
        let mut dst = FramesMut::new(&mut samples, 1, Layout::Interleaved);
        assert_eq!(stream.read(&mut dst, &wait).unwrap(), 1);
        assert_eq!(stream.read(&mut dst, &wait).unwrap_err().kind(), ErrorKind::Cancelled);
    });
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_lost_device_ends_every_call() {
    let (bench, stream) = Bench::stream(StreamOptions { output: Some("out".to_owned()), ..input(1) });
    bench.take(&[1.0, 2.0]);
    std::thread::scope(|scope| {
        let stream = &stream;
        let writer = scope.spawn(move || {
            let frames = vec![0.0; 48_000];
            let taken = write(stream, &frames, 1, -1.0).unwrap();
            (taken, write(stream, &frames, 1, -1.0).unwrap_err().kind())
        });
        let reader = scope.spawn(move || (read(stream, 4, -1.0), read(stream, 4, -1.0)));
        std::thread::sleep(Duration::from_millis(30));
        bench.render.lock().unwrap().as_ref().unwrap().fail(Error::new(ErrorKind::DeviceLost, "unplugged"));
        let (taken, error) = writer.join().unwrap();
        assert!((1..48_000).contains(&taken) && error == ErrorKind::DeviceLost);
        let (first, second) = reader.join().unwrap();
        assert_eq!(first.unwrap(), [1.0, 2.0]);
        assert_eq!(second.unwrap_err(), Error::new(ErrorKind::DeviceLost, "unplugged"));
    });
    let cancel = Cancel::new();
    let wait = Wait::new(-1.0, &cancel).unwrap();
    assert_eq!(stream.drain(&wait).unwrap_err().kind(), ErrorKind::DeviceLost);
    assert!(!stream.is_running());
    // It is back.
    stream.start().unwrap();
    assert!(stream.is_running() && stream.failure().is_none());
}

#[test]
fn stopping_ends_a_waiting_read_and_keeps_what_was_recorded() {
    let (bench, stream) = Bench::stream(input(1));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| read(&stream, 4, -1.0).unwrap());
        std::thread::sleep(Duration::from_millis(20));
        stream.stop();
        assert!(waiting.join().unwrap().is_empty());
    });
    stream.start().unwrap();
    bench.take(&[1.0]);
    stream.stop();
    assert_eq!(read(&stream, 4, -1.0).unwrap(), [1.0]);
    stream.start().unwrap();
    bench.take(&[2.0]);
    stream.stop();
    stream.start().unwrap();
    assert_eq!(stream.buffered(Direction::Input), 0, "a start forgets what was before");
    stream.close();
    assert_eq!(read(&stream, 4, 0.0).unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(stream.start().unwrap_err().kind(), ErrorKind::Closed);
}

#[test]
fn what_is_written_before_the_start_is_played_from_it() {
    let bench = Arc::new(Bench::default());
    let options = StreamOptions { output_queue: 3, ..output(1) };
    let stream = Stream::open_on(Arc::clone(&bench) as Arc<dyn Host>, &options).unwrap();
    assert_eq!(write(&stream, &[1.0, 2.0, 3.0, 4.0], 1, -1.0).unwrap(), 3, "nobody would ever take the fourth");
    stream.start().unwrap();
    assert_eq!(bench.fill(4), [1.0, 2.0, 3.0, 0.0]);
}

#[test]
fn a_write_that_has_only_begun_is_not_heard_in_pieces() {
    let (bench, stream) = Bench::stream(StreamOptions { output_queue: 10, ..output(1) });
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| write(&stream, &[0.5; 13], 1, -1.0).unwrap());
        // Whenever the device asks, it is given silence or whole blocks until the end.
        let mut played: Vec<f32> = Vec::new();
        while !writer.is_finished() || stream.buffered(Direction::Output) > 0 {
            // A device leaves the writer time to follow, which this one must be told to.
            let has_begun = played.iter().any(|s| *s != 0.0);
            while has_begun && !writer.is_finished() && stream.buffered(Direction::Output) < 4 {
                std::thread::yield_now();
            }
            played.extend(bench.fill(4));
        }
        assert_eq!(writer.join().unwrap(), 13);
        let start = played.iter().position(|s| *s != 0.0).unwrap();
        assert_eq!((start % 4, &played[start..start + 13]), (0, &[0.5; 13][..]));
    });
}

#[test]
fn draining_plays_everything_and_stops() {
    let (bench, stream) = Bench::stream(output(1));
    write(&stream, &[0.5; 10], 1, 0.0).unwrap();
    let cancel = Cancel::new();
    let error = stream.drain(&Wait::new(0.02, &cancel).unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    std::thread::scope(|scope| {
        let drained = scope.spawn(|| stream.drain(&Wait::new(-1.0, &cancel).unwrap()));
        assert_eq!(bench.fill(8), [0.5; 8]);
        assert!(stream.is_running());
        assert_eq!(bench.fill(4), [0.5, 0.5, 0.0, 0.0]);
        drained.join().unwrap().unwrap();
    });
    assert!(!stream.is_running());
    assert_eq!(stream.missed_output(), 0, "the end is no gap");
}

#[test]
fn a_stream_goes_on_after_a_wait_for_the_end_that_was_given_up() {
    let (bench, stream) = Bench::stream(output(1));
    write(&stream, &[0.5; 8], 1, 0.0).unwrap();
    let cancel = Cancel::new();
    stream.drain(&Wait::new(0.0, &cancel).unwrap()).unwrap_err();
    stream.start().unwrap();
    assert_eq!(bench.fill(8), [0.5; 8]);
    assert_eq!(bench.fill(4), [0.0; 4]);
    assert!(stream.is_running());
    assert_eq!(write(&stream, &[0.25; 4], 1, 0.0).unwrap(), 4);
}

#[test]
fn devices_that_cannot_be_are_refused() {
    for device in ["null:channels=0.5", "null:rate=0.5"] {
        let options = StreamOptions { output: Some(device.to_owned()), ..StreamOptions::default() };
        let error = Stream::open(&options).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::DeviceRefused, "{device}: {error}");
    }
}

#[test]
fn short_waits_for_the_end_add_up() {
    let options = StreamOptions { output: Some("null".to_owned()), rate: 8000, buffer: 1024, ..output(1) };
    let stream = Stream::open(&options).unwrap();
    stream.start().unwrap();
    write(&stream, &[0.5; 10], 1, 0.0).unwrap();
    let cancel = Cancel::new();
    let waits = (0..200).take_while(|_| stream.drain(&Wait::new(0.02, &cancel).unwrap()).is_err()).count();
    assert!((1..200).contains(&waits), "{waits} waits, each shorter than the latency");
}

#[test]
fn a_data_callback_ends_with_a_short_return() {
    let calls = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&calls);
    let data = move |input: &[f32], out: &mut [f32], frames: usize| {
        assert!(input.is_empty() && out.len() == 2 * frames && frames <= 4);
        out.fill(0.5);
        Ok(if seen.fetch_add(1, Ordering::Relaxed) == 1 { 1 } else { frames })
    };
    let (bench, stream) = Bench::stream(StreamOptions { data: Some(Arc::new(data)), ..output(2) });
    assert_eq!(bench.fill(16)[..12], [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.0, 0.0]);
    assert_eq!(bench.fill(4), [0.0; 4]);
    assert_eq!(calls.load(Ordering::Relaxed), 2, "it is not called after its end");
    let cancel = Cancel::new();
    stream.drain(&Wait::new(1.0, &cancel).unwrap()).unwrap();
    assert!(write(&stream, &[0.0; 2], 2, 0.0).unwrap_err().message().contains("data callback"));
}

#[test]
fn a_data_callback_that_fails_ends_the_stream() {
    for (returned, text) in [(Err(-3), "it returned -3"), (Ok(5), "returned 5 frames where there were 4")] {
        let data = move |_: &[f32], _: &mut [f32], _| returned;
        let (bench, stream) = Bench::stream(StreamOptions { data: Some(Arc::new(data)), ..output(1) });
        assert_eq!(bench.fill(4), [0.0; 4]);
        let cancel = Cancel::new();
        let error = stream.drain(&Wait::new(-1.0, &cancel).unwrap()).unwrap_err();
        assert!(error.kind() == ErrorKind::Callback && error.message().contains(text), "{error}");
    }
}

#[test]
fn a_data_callback_gets_input_beside_output() {
    let data = |input: &[f32], out: &mut [f32], frames: usize| {
        input.iter().zip(out.as_chunks_mut::<2>().0).for_each(|(i, o)| *o = [*i, -i]);
        Ok(frames)
    };
    let options = StreamOptions { input_channels: 1, input: Some("in".to_owned()), ..output(2) };
    let (bench, _stream) = Bench::stream(StreamOptions { data: Some(Arc::new(data)), ..options });
    bench.take(&[0.1, 0.2, 0.3, 0.4]);
    assert_eq!(bench.fill(8), [0.0; 8], "two blocks are gathered before the first is used");
    bench.take(&[0.5, 0.6, 0.7, 0.8]);
    assert_eq!(bench.fill(8), [0.1, -0.1, 0.2, -0.2, 0.3, -0.3, 0.4, -0.4]);
    assert_eq!(bench.fill(8), [0.5, -0.5, 0.6, -0.6, 0.7, -0.7, 0.8, -0.8]);
}

#[test]
fn input_in_larger_blocks_than_the_output_makes_no_gaps() {
    let options = StreamOptions { input_channels: 1, input: Some("in".to_owned()), monitor: true, ..output(1) };
    let (bench, _stream) = Bench { input_block: 12, ..Bench::default() }.opened(options);
    let mut next = 0.0;
    let mut block = || {
        let samples: Vec<f32> = (0..12).map(|i| next + i as f32).collect();
        next += 12.0;
        samples
    };
    // The output asks three times for each block of input, now after it came and now before.
    let mut played = Vec::new();
    for round in 0..6 {
        if round % 2 == 0 {
            bench.take(&block());
        }
        (0..3).for_each(|_| played.extend(bench.fill(4)));
        if round % 2 == 1 {
            bench.take(&block());
        }
    }
    let first = played.iter().position(|s| *s == 1.0).unwrap() - 1;
    let expected: Vec<f32> = (0..played.len() - first).map(|i| i as f32).collect();
    assert_eq!(played[first..], expected, "after {first} frames");
}

#[test]
fn input_that_the_output_does_not_take_in_time_is_counted() {
    let both = StreamOptions { input_channels: 1, input: Some("in".to_owned()), ..output(1) };
    let data = |_: &[f32], _: &mut [f32], frames| Ok(frames);
    let called = StreamOptions { data: Some(Arc::new(data)), ..both.clone() };
    let (bench, stream) = Bench::stream(called);
    (0..5).for_each(|_| bench.take(&[0.0; 4]));
    assert_eq!(stream.dropped_input(), 4, "four blocks wait");
    assert_eq!((stream.reset_dropped_input(), stream.dropped_input()), (4, 0));
    let (bench, stream) = Bench::stream(StreamOptions { monitor: true, ..both });
    (0..5).for_each(|_| bench.take(&[0.0; 4]));
    assert_eq!(stream.dropped_input(), 4);
    assert_eq!(read(&stream, 20, 0.0).unwrap().len(), 20, "what is read was not dropped");
}

#[test]
fn input_is_played_through_a_process_that_can_be_changed() {
    let options = StreamOptions { input_channels: 2, input: Some("in".to_owned()), monitor: true, ..output(3) };
    let (bench, stream) = Bench::stream(options);
    bench.take(&[0.1, 0.2, 0.3, 0.4, 0.3, 0.4, 0.3, 0.4, 0.3, 0.4]);
    assert_eq!(bench.fill(3), [0.1, 0.2, 0.1], "output i plays input i % inputs");
    let gain = |gain: f32| -> Process { Arc::new(move |s: &mut [f32], _| s.iter_mut().for_each(|s| *s *= gain)) };
    let (double, half) = (gain(2.0), gain(0.5));
    std::thread::scope(|scope| {
        let set = |process: Option<Process>| {
            let setter = scope.spawn(|| stream.set_process(process));
            std::thread::sleep(Duration::from_millis(20));
            let played = bench.fill(3);
            setter.join().unwrap().unwrap();
            played
        };
        assert_eq!(set(Some(Arc::clone(&double))), [0.6, 0.8, 0.6]);
        assert_eq!(set(Some(Arc::clone(&half))), [0.15, 0.2, 0.15]);
        assert_eq!(Arc::strong_count(&double), 1, "nobody holds the one before any more");
        // It stays over a stop, and can be taken away while nothing runs.
        stream.stop();
        stream.start().unwrap();
        write(&stream, &[0.5; 3], 3, 0.0).unwrap();
        assert_eq!(bench.fill(3), [0.25; 3]);
        stream.stop();
        stream.set_process(None).unwrap();
        assert_eq!(Arc::strong_count(&half), 1);
    });
}

#[test]
fn a_device_that_stands_still_cannot_be_told_of_a_process() {
    let (bench, stream) = Bench::stream(output(1));
    let before: Process = Arc::new(|samples, _| samples.fill(0.25));
    stream.stop();
    stream.set_process(Some(before)).unwrap();
    stream.start().unwrap();
    let late: Process = Arc::new(|samples, _| samples.fill(0.75));
    let error = stream.set_process(Some(Arc::clone(&late))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeviceLost);
    // It moves again: as before, now and after the next start.
    assert_eq!(Arc::strong_count(&late), 1, "nobody has the one that was refused");
    assert_eq!(bench.fill(2), [0.25; 2]);
    stream.stop();
    stream.start().unwrap();
    assert_eq!(bench.fill(2), [0.25; 2]);
}

#[test]
fn a_stop_leaves_nothing_of_a_write_in_another_thread() {
    let (bench, stream) = Bench::stream(StreamOptions { output_queue: 1 << 14, ..output(1) });
    let samples = vec![0.5f32; 1 << 20];
    for round in 0..300 {
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| write(&stream, &samples, 1, -1.0).unwrap());
            while stream.buffered(Direction::Output) == 0 {
                std::hint::spin_loop();
            }
            bench.fill(round % 64);
            stream.stop();
            assert_eq!(stream.buffered(Direction::Output), 0, "round {round}");
            writer.join().unwrap();
            assert_eq!(stream.buffered(Direction::Output), 0, "round {round}");
        });
        stream.start().unwrap();
        assert_eq!(bench.fill(4), [0.0; 4], "round {round}");
    }
}

#[test]
fn a_stream_that_was_closed_or_stopped_does_not_fail_any_more() {
    let lost = || Error::new(ErrorKind::DeviceLost, "unplugged");
    for round in 0..2000 {
        let (bench, stream) = Bench::stream(output(1));
        // The device's thread, which notices at the same moment.
        let end = bench.render.lock().unwrap().take().unwrap();
        let ready = AtomicUsize::new(0);
        let meet = || {
            ready.fetch_add(1, Ordering::AcqRel);
            while ready.load(Ordering::Acquire) < 2 {
                std::thread::yield_now();
            }
        };
        let is_closed = round % 2 == 0;
        std::thread::scope(|scope| {
            scope.spawn(|| {
                meet();
                (0..round % 32).for_each(|_| std::hint::spin_loop());
                end.fail(lost());
            });
            meet();
            (0..round % 29).for_each(|_| std::hint::spin_loop());
            if is_closed { stream.close() } else { stream.stop() }
        });
        assert!(stream.failure().is_none() && !stream.is_running(), "round {round}");
        end.fail(lost());
        assert!(stream.failure().is_none());
        if is_closed {
            assert_eq!(stream.start().unwrap_err().kind(), ErrorKind::Closed);
        } else {
            stream.start().unwrap();
            assert!(stream.is_running());
        }
    }
}

#[test]
fn wishes_that_cannot_be_are_refused() {
    let bench = || Arc::new(Bench::default()) as Arc<dyn Host>;
    let refused = |options: StreamOptions| match Stream::open_on(bench(), &options) {
        Err(error) => error.message().to_owned(),
        Ok(_) => panic!("it was opened"),
    };
    assert!(refused(StreamOptions::default()).contains("neither an input nor an output"));
    assert!(refused(StreamOptions { monitor: true, ..output(2) }).contains("an input and an output"));
    assert!(refused(output(65)).contains("number of output channels of 65 exceeds 64"));
    assert!(refused(StreamOptions { input_queue: u32::MAX, ..input(1) }).contains("input queue"));
}

#[test]
fn the_loopback_records_what_is_played() {
    let options = StreamOptions {
        input: Some("loopback".to_owned()),
        output: Some("loopback".to_owned()),
        buffer: 256,
        ..StreamOptions::default()
    };
    let stream = Stream::open(&options).unwrap();
    assert_eq!((stream.rate(), stream.buffer_size(), stream.channels(Direction::Input)), (48_000, 256, 2));
    let signal: Vec<f32> = (0..2 * 9600).map(|i| (i as f32 * 0.37).sin()).collect();
    write(&stream, &signal, 2, 0.0).unwrap();
    let start = Instant::now();
    stream.start().unwrap();
    let recorded = read(&stream, 9600, -1.0).unwrap();
    assert!(recorded == signal, "the same samples, from the first on");
    assert!(start.elapsed() > Duration::from_millis(190), "{:?}", start.elapsed());
    let alone = StreamOptions { input: Some("loopback".to_owned()), ..StreamOptions::default() };
    assert!(Stream::open(&alone).is_err());
}

#[test]
fn a_test_device_can_have_its_own_rate_and_go_away() {
    let options =
        StreamOptions { output: Some("null:rate=8000,channels=1,lost=0.1".to_owned()), ..StreamOptions::default() };
    let stream = Stream::open(&options).unwrap();
    assert_eq!((stream.rate(), stream.channels(Direction::Output)), (8000, 1));
    stream.start().unwrap();
    let start = Instant::now();
    let samples = vec![0.0; 80_000];
    assert!(write(&stream, &samples, 1, -1.0).unwrap() < 80_000);
    assert_eq!(write(&stream, &samples, 1, -1.0).unwrap_err().kind(), ErrorKind::DeviceLost);
    assert!(start.elapsed() < Duration::from_secs(30));
    let wrong = StreamOptions { output: Some("null:size=3".to_owned()), ..StreamOptions::default() };
    assert_eq!(Stream::open(&wrong).err().unwrap().kind(), ErrorKind::NoDevice);
}

/// Plays as fast as it is given, at 48 kHz in two channels, and keeps it.
#[derive(Default)]
struct Tape(Arc<Mutex<Vec<f32>>>);

struct Reel(Info, Arc<Mutex<Vec<f32>>>);

struct Turning(Option<std::thread::JoinHandle<()>>, Arc<std::sync::atomic::AtomicBool>);

impl Running for Turning {}

impl Drop for Turning {
    fn drop(&mut self) {
        self.1.store(true, Ordering::Relaxed);
        self.0.take().unwrap().join().unwrap();
    }
}

impl Line<Render> for Reel {
    fn info(&self) -> &Info {
        &self.0
    }

    fn start(self: Box<Self>, mut end: Render) -> Result<Box<dyn Running>> {
        let is_over = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let seen = Arc::clone(&is_over);
        let thread = std::thread::spawn(move || {
            let mut block = [0.0; 2 * 64];
            while !seen.load(Ordering::Relaxed) {
                end.fill(&mut block);
                self.1.lock().unwrap().extend(block);
                std::thread::sleep(Duration::from_micros(100));
            }
        });
        Ok(Box::new(Turning(Some(thread), is_over)))
    }
}

impl Host for Tape {
    fn devices(&self, _direction: Direction) -> Result<Vec<Device>> {
        Ok(Vec::new())
    }

    fn open_input(&self, device: &str, _wish: Format) -> Result<Box<dyn Line<Capture>>> {
        Err(Error::new(ErrorKind::NoDevice, device))
    }

    fn open_output(&self, _device: &str, wish: Format) -> Result<Box<dyn Line<Render>>> {
        if !matches!(wish.channels, 0 | 2) {
            return Err(Error::new(ErrorKind::DeviceRefused, "two channels only"));
        }
        let format = Format { rate: 48_000, channels: 2, buffer: 64 };
        Ok(Box::new(Reel(Info { name: "tape".to_owned(), format, latency: 0.0 }, Arc::clone(&self.0))))
    }
}

#[test]
fn audio_is_played_at_the_rate_and_in_the_channels_of_the_device() {
    for channels in [1, 2] {
        let source: Vec<f32> = (0..2001 * channels).map(|i| 0.1 + 0.5 * (i as f32 * 0.05).sin()).collect();
        let frames = Frames::new(&source, channels, Layout::Interleaved);
        let tape = Arc::new(Tape::default());
        let mut last = 0.0;
        let mut watch = |progress: &ondes::audio::progress::Progress| {
            last = progress.seconds;
            true
        };
        let host = Some(Arc::clone(&tape) as Arc<dyn Host>);
        play_on(host, &frames.any(), 22_050.0, &PlayOptions::default(), &Cancel::new(), Some(&mut watch)).unwrap();
        assert!((last - 2001.0 / 22_050.0).abs() < 1e-9);
        // The same by hand: channels first, then the rate.
        let pairs: Vec<f32> =
            source.chunks(channels).flat_map(|f| [f[0], if channels == 1 { f[0] } else { f[1] }]).collect();
        let ratio = Ratio::from_rates(22_050.0, 48_000.0).unwrap();
        let mut resampler = StreamResampler::new(ratio, 2, SampleFormat::F32, Quality::default(), LengthRule::Exact);
        let mut expected = vec![0.0; 2 * 5000];
        let mut dst = FramesMut::new(&mut expected, 2, Layout::Interleaved);
        let done = resampler.process(&Frames::new(&pairs, 2, Layout::Interleaved), &mut dst).unwrap();
        let done = done + resampler.flush(&mut dst.slice(done, 5000)).unwrap();
        assert_eq!(done, (2001 * 48_000usize).div_ceil(22_050));
        let played = tape.0.lock().unwrap();
        let start = played.iter().position(|s| *s != 0.0).unwrap();
        let skip = expected.iter().position(|s| *s != 0.0).unwrap();
        assert!(played[start..start + 2 * done - skip] == expected[skip..2 * done], "{channels} channels");
        assert!(played[start + 2 * done - skip..].iter().all(|s| *s == 0.0));
    }
}

#[test]
fn audio_of_more_channels_than_the_device_has_is_mixed() {
    // 5.1 with each speaker at a level of its own, and more channels than any stream has.
    let surround = [0.1, 0.2, 0.8, 0.9, 0.4, 0.3];
    let some = std::f32::consts::FRAC_1_SQRT_2;
    let whole = 1.0 + 2.0 * some;
    let left = (0.1 + some * 0.8 + some * 0.4) / whole;
    let right = (0.2 + some * 0.8 + some * 0.3) / whole;
    let many: Vec<f32> = (0..66).map(|c| if c % 2 == 0 { 0.5 } else { -0.25 }).collect();
    for (frame, expected) in [(&surround[..], [left, right]), (&many, [0.5, -0.25])] {
        let source = frame.repeat(2000);
        let tape = Arc::new(Tape::default());
        let frames = Frames::new(&source, frame.len(), Layout::Interleaved);
        let host = Some(Arc::clone(&tape) as Arc<dyn Host>);
        play_on(host, &frames.any(), 48_000.0, &PlayOptions::default(), &Cancel::new(), None).unwrap();
        let played = tape.0.lock().unwrap();
        let heard: Vec<_> = played.as_chunks::<2>().0.iter().filter(|frame| frame[0] != 0.0).collect();
        assert_eq!(heard.len(), 2000);
        let is_close = |frame: &[f32; 2]| frame.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(heard.iter().all(|frame| is_close(frame)), "{:?} instead of {expected:?}", heard[0]);
    }
}

#[test]
fn playing_can_be_cancelled() {
    let source = vec![0.0f32; 48_000 * 60];
    let cancel = Cancel::new();
    let start = Instant::now();
    let mut watch = |_: &ondes::audio::progress::Progress| start.elapsed() < Duration::from_millis(100);
    let options = PlayOptions { device: Some("null".to_owned()), ..PlayOptions::default() };
    let frames = Frames::new(&source, 1, Layout::Interleaved);
    let error = ondes::audio::device::play(&frames.any(), 48_000.0, &options, &cancel, Some(&mut watch)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert!(start.elapsed() < Duration::from_secs(30));
}
