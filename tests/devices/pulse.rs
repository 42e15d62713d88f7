//! Streams on a real PulseAudio server, which each test starts for itself.
//!
//! A test runs this program again, as `with_pulse.sh` COMMAND, to do what is
//! behind its name there: a process has one environment, and a server is found by it.

use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ondes::audio::cancel::Cancel;
use ondes::audio::device::{Direction, PlayOptions, Stream, StreamOptions, Wait, devices, play};
use ondes::audio::frames::{Frames, FramesMut, Layout};
use ondes::audio::{ErrorKind, Result};

/// Frames that the devices take at a time where no gap is allowed: neither the
/// server nor this program have real-time priority, and the machine may be busy.
const CALM: u32 = 16_384;

/// One server at a time, so that they do not disturb each other.
static TURN: Mutex<()> = Mutex::new(());

/// Whether this is the program beside the server; otherwise runs that, for one test.
fn is_beside_a_server(test: &str) -> bool {
    if std::env::var_os("ONDES_PULSE_PID").is_some() {
        return true;
    }
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let script = format!("{}/tests/devices/with_pulse.sh", env!("CARGO_MANIFEST_DIR"));
    let program = std::env::current_exe().unwrap();
    let status = Command::new(script).arg(program).args(["--exact", test, "--nocapture"]).status().unwrap();
    assert!(status.success(), "see above");
    false
}

fn stream(input: Option<&str>, output: Option<&str>) -> Stream {
    stream_of(0, input, output)
}

fn stream_of(buffer: u32, input: Option<&str>, output: Option<&str>) -> Stream {
    let name = |device: Option<&str>| device.map(str::to_owned);
    let options = StreamOptions { input: name(input), output: name(output), buffer, ..StreamOptions::default() };
    Stream::open(&options).unwrap()
}

fn write(stream: &Stream, samples: &[f32]) -> Result<usize> {
    let cancel = Cancel::new();
    let channels = stream.channels(Direction::Output) as usize;
    stream.write(&Frames::new(samples, channels, Layout::Interleaved), &Wait::new(-1.0, &cancel).unwrap())
}

fn read(stream: &Stream, frames: usize) -> Result<Vec<f32>> {
    let cancel = Cancel::new();
    let channels = stream.channels(Direction::Input) as usize;
    let mut samples = vec![0.0; frames * channels];
    let mut dst = FramesMut::new(&mut samples, channels, Layout::Interleaved);
    let got = stream.read(&mut dst, &Wait::new(10.0, &cancel).unwrap())?;
    samples.truncate(got * channels);
    Ok(samples)
}

/// Never silent, and never twice the same.
fn signal(samples: usize) -> Vec<f32> {
    (0..samples).map(|i| 0.25 + 0.5 * ((i * 7919) % 65_536) as f32 / 65_536.0).collect()
}

#[test]
fn devices_are_listed_with_the_default_first() {
    if !is_beside_a_server("pulse::devices_are_listed_with_the_default_first") {
        return;
    }
    let list = |direction| {
        let devices = devices(direction).unwrap();
        devices.into_iter().map(|d| (d.id, d.name, d.rate, d.channels)).collect::<Vec<_>>()
    };
    let device = |id: &str, name: &str, rate, channels| (id.to_owned(), name.to_owned(), rate, channels);
    let outputs = [device("pulse:wide", "Wide", 48_000, 2), device("pulse:narrow", "Narrow", 44_100, 1)];
    assert_eq!(list(Direction::Output), outputs);
    let inputs = [
        device("pulse:wide.monitor", "Monitor of Wide", 48_000, 2),
        device("pulse:narrow.monitor", "Monitor of Narrow", 44_100, 1),
    ];
    assert_eq!(list(Direction::Input), inputs);
    // By id, by name, and as the default.
    for (wanted, name, rate) in
        [("pulse:narrow", "Narrow", 44_100), ("Narrow", "Narrow", 44_100), ("default", "Wide", 48_000)]
    {
        let stream = stream(None, Some(wanted));
        assert_eq!((stream.info(Direction::Output).unwrap().name.as_str(), stream.rate()), (name, rate));
        assert!((0.01..0.1).contains(&stream.latency(Direction::Output)), "{}", stream.latency(Direction::Output));
    }
    for missing in ["pulse:nothing", "Nothing"] {
        let options = StreamOptions { output: Some(missing.to_owned()), ..StreamOptions::default() };
        let error = Stream::open(&options).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::NoDevice);
        assert!(error.message().starts_with(&format!("No such device: {missing}")), "{error}");
    }
}

/// Plays two seconds and records them, float for float. A gap says that the machine was busy,
/// and the run is no comparison; wrong samples without one are a fault.
fn assert_exact(input: &Stream, output: &Stream) {
    let has_no_gap = (0..5).any(|_| {
        input.start().unwrap();
        output.start().unwrap();
        let has_no_gap = is_exact(input, output);
        output.stop();
        input.stop();
        has_no_gap
    });
    assert!(has_no_gap, "a gap in each of five runs");
}

/// Whether no silence was played between; then all is what it was.
fn is_exact(input: &Stream, output: &Stream) -> bool {
    let signal = signal(2 * 96_000);
    let recorded = std::thread::scope(|scope| {
        let writer = scope.spawn(|| write(output, &signal).unwrap());
        let mut recorded = Vec::new();
        while recorded.len() < signal.len() + 192_000 {
            let block = read(input, 480).unwrap();
            assert!(!block.is_empty(), "the device records nothing");
            recorded.extend(block);
        }
        assert_eq!(writer.join().unwrap(), 96_000);
        recorded
    });
    assert_eq!(input.reset_dropped_input(), 0);
    let start = recorded.iter().position(|sample| *sample != 0.0).unwrap();
    let heard = recorded.get(start..start + signal.len()).expect("two seconds more than that were recorded");
    if heard.contains(&0.0) {
        println!("a gap: {} frames were missed", output.reset_missed_output());
        return false;
    }
    let wrong = heard.iter().zip(&signal).position(|(got, played)| got != played);
    assert_eq!(wrong, None, "of {} samples", signal.len());
    true
}

#[test]
fn what_is_played_is_recorded_without_a_gap() {
    if !is_beside_a_server("pulse::what_is_played_is_recorded_without_a_gap") {
        return;
    }
    // In one stream, and in two.
    let duplex = stream_of(CALM, Some("default"), Some("default"));
    let input = stream_of(CALM, Some("pulse:wide.monitor"), None);
    let output = stream_of(CALM, None, Some("pulse:wide"));
    for (input, output) in [(&duplex, &duplex), (&input, &output)] {
        assert_exact(input, output);
    }
}

/// Through its plugin for PulseAudio, as there is no card to test with.
#[test]
fn alsa_plays_and_records_too() {
    if !is_beside_a_server("pulse::alsa_plays_and_records_too") {
        return;
    }
    let output = stream_of(CALM, None, Some("alsa:default"));
    let input = stream_of(CALM, Some("alsa:default"), None);
    assert_eq!((output.rate(), output.channels(Direction::Output), output.buffer_size()), (48_000, 2, CALM));
    let name = |stream: &Stream, direction| stream.info(direction).unwrap().name.clone();
    assert_eq!(name(&stream(Some("alsa:mic"), None), Direction::Input), "Some Microphone");
    let direct = stream_of(CALM, Some("pulse:wide.monitor"), None);
    for input in [&direct, &input] {
        assert_exact(input, &output);
    }
    let options = StreamOptions { output: Some("alsa:nothing".to_owned()), ..StreamOptions::default() };
    let error = Stream::open(&options).err().unwrap();
    assert!(error.message().starts_with("No such device: alsa:nothing"), "{error}");
    // The server goes away under it.
    output.start().unwrap();
    let kill = Command::new("kill").args(["-9", &std::env::var("ONDES_PULSE_PID").unwrap()]).status();
    assert!(kill.unwrap().success());
    let start = Instant::now();
    let samples = vec![0.0; 2 * 48_000 * 60];
    let lost = write(&output, &samples).and_then(|_| write(&output, &samples));
    println!("ALSA: after {:?}: {lost:?}", start.elapsed());
    assert_eq!(lost.unwrap_err().kind(), ErrorKind::DeviceLost);
}

#[test]
fn sound_is_heard_soon() {
    if !is_beside_a_server("pulse::sound_is_heard_soon") {
        return;
    }
    let stream = stream(Some("default"), Some("default"));
    stream.start().unwrap();
    // What was recorded since the last time, whether any of it is sound.
    let hears = || {
        let waiting = stream.buffered(Direction::Input) as usize;
        read(&stream, waiting).unwrap().iter().any(|sample| *sample != 0.0)
    };
    let mut times = Vec::new();
    for _ in 0..5 {
        while {
            std::thread::sleep(Duration::from_millis(200));
            hears()
        } {}
        let begin = Instant::now();
        // It goes on until it is heard: a busy machine may be late once, and a server leaves out what comes late.
        while !hears() {
            write(&stream, &[0.5; 200]).unwrap();
            assert!(begin.elapsed() < Duration::from_secs(60), "it is never heard");
        }
        times.push(begin.elapsed());
    }
    times.sort();
    let told = stream.latency(Direction::Output) + stream.latency(Direction::Input);
    println!("heard after {times:?}, told {:.1} ms", 1e3 * told);
    assert!(times[0] < Duration::from_secs(1), "{times:?}");
}

#[test]
fn playing_in_memory_converts_the_rate() {
    if !is_beside_a_server("pulse::playing_in_memory_converts_the_rate") {
        return;
    }
    assert!((0..5).any(|_| plays_a_sine()), "a gap in each of five runs");
}

/// Plays a second at 16 kHz, and compares what is recorded at 48 kHz; false if there is silence in it, as of a busy machine.
fn plays_a_sine() -> bool {
    let input = stream_of(CALM, Some("pulse:wide.monitor"), None);
    input.start().unwrap();
    let turn = std::f64::consts::TAU / 16.0;
    let sine: Vec<f32> = (0..16_000).map(|i| (0.5 * (f64::from(i) * turn).sin()) as f32).collect();
    let start = Instant::now();
    play(&Frames::new(&sine, 1, Layout::Interleaved).any(), 16_000.0, &PlayOptions::default(), &Cancel::new(), None)
        .unwrap();
    let took = start.elapsed().as_secs_f64();
    assert!(took > 0.95, "one second took {took} s");
    let recorded = read(&input, 3 * 48_000).unwrap();
    // 1 kHz at 48 kHz: each sample is that of 48 frames before, in both channels.
    let (frames, _) = recorded.as_chunks::<2>();
    assert!(frames.iter().all(|[left, right]| left == right));
    let begin = frames.iter().position(|frame| frame[0] != 0.0).unwrap();
    let Some(steady) = frames.get(begin + 4800..begin + 43_200) else { return false };
    let steady: Vec<f32> = steady.iter().map(|frame| frame[0]).collect();
    if steady.windows(4).any(|samples| samples == [0.0; 4]) {
        return false;
    }
    let worst = steady.windows(49).map(|w| (w[48] - w[0]).abs()).fold(0.0, f32::max);
    assert!(worst < 1e-5, "{worst}");
    assert!(steady.iter().copied().fold(0.0, f32::max) > 0.499);
    true
}

#[test]
fn a_device_that_goes_away_ends_reads_and_writes() {
    if !is_beside_a_server("pulse::a_device_that_goes_away_ends_reads_and_writes") {
        return;
    }
    let shell = |command: &str| assert!(Command::new("sh").args(["-c", command]).status().unwrap().success());
    let pid = std::env::var("ONDES_PULSE_PID").unwrap();
    let kill = format!("kill -9 {pid}");
    for (disaster, limit) in [("pactl unload-module module-null-sink", 9.0), (kill.as_str(), 9.0)] {
        if disaster == kill {
            shell("pactl load-module module-null-sink sink_name=wide >/dev/null");
        }
        let input = stream(Some("pulse:wide.monitor"), None);
        let output = stream(None, Some("pulse:wide"));
        input.start().unwrap();
        output.start().unwrap();
        let samples = signal(2 * 48_000 * 10);
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                assert!(write(&output, &samples).unwrap() < samples.len() / 2);
                (write(&output, &samples).unwrap_err(), Instant::now())
            });
            let reader = scope.spawn(|| {
                while !read(&input, 480)?.is_empty() {}
                panic!("it ended without an error")
            });
            std::thread::sleep(Duration::from_millis(300));
            let start = Instant::now();
            shell(disaster);
            let (error, end) = writer.join().unwrap();
            println!("{disaster}: after {:?}: {error}", end - start);
            assert_eq!(error.kind(), ErrorKind::DeviceLost);
            let error: Result<()> = reader.join().unwrap();
            assert_eq!(error.unwrap_err().kind(), ErrorKind::DeviceLost);
            assert!(start.elapsed().as_secs_f64() < limit);
        });
        let cancel = Cancel::new();
        let error = output.drain(&Wait::new(-1.0, &cancel).unwrap()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DeviceLost);
    }
    assert!(devices(Direction::Output).unwrap().iter().all(|device| !device.id.starts_with("pulse:")));
}

#[test]
fn a_server_that_hangs_is_found_out() {
    if !is_beside_a_server("pulse::a_server_that_hangs_is_found_out") {
        return;
    }
    let pid = std::env::var("ONDES_PULSE_PID").unwrap();
    let output = stream(None, Some("default"));
    output.start().unwrap();
    let signal = |name: &str| assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    signal("-STOP");
    let start = Instant::now();
    let samples = vec![0.0; 2 * 48_000 * 60];
    let taken = write(&output, &samples).and_then(|_| write(&output, &samples));
    println!("after {:?}", start.elapsed());
    signal("-CONT");
    assert_eq!(taken.unwrap_err().kind(), ErrorKind::DeviceLost);
    assert!(start.elapsed() < Duration::from_secs(50), "long before the audio is over");
}
