//! Every committed file against `tests/data/manifest.json`: what it is, its
//! exact length, its samples, its windows, its warnings, or why it is refused.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use ondes::audio::cancel::Cancel;
use ondes::audio::codec::{Codec, Container};
use ondes::audio::frames::Layout;
use ondes::audio::reader::{ReadOptions, Reader};
use ondes::audio::sample::{PcmCoding, Sample};
use ondes::audio::{Error, ErrorKind};
use serde_json::Value;

use super::common::{assert_exact, data, ffmpeg_s32};

type Sources = HashMap<String, Vec<i32>>;

fn manifest() -> Value {
    let text = std::fs::read_to_string(data("manifest.json")).expect("the manifest is there");
    serde_json::from_str(&text).expect("the manifest is JSON")
}

/// Runs `check` for all files that `wanted` takes, on all cores, and lists every failure.
fn for_each(wanted: impl Fn(&Value) -> bool, check: impl Fn(&Value, &Sources) -> Result<(), String> + Sync) {
    let manifest = manifest();
    let sources: Sources = manifest["sources"]
        .as_object()
        .expect("sources")
        .iter()
        .map(|(name, source)| (name.clone(), ffmpeg_s32(&data(source["path"].as_str().expect("path")))))
        .collect();
    let only = std::env::var("ONDES_ONLY").unwrap_or_default();
    let files: Vec<&Value> = manifest["files"].as_array().expect("files").iter().filter(|f| wanted(f)).collect();
    let files: Vec<&Value> = files.into_iter().filter(|f| path_of(f).contains(&only)).collect();
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, std::num::NonZero::get) {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = catch_unwind(AssertUnwindSafe(|| check(file, &sources))).unwrap_or_else(|panic| {
                        let text = panic.downcast_ref::<String>().cloned();
                        Err(format!("panicked: {}", text.unwrap_or_default()))
                    });
                    if let Err(why) = outcome {
                        failures.lock().expect("no poison").push(format!("{}: {why}", path_of(file)));
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().expect("no poison");
    failures.sort();
    assert!(failures.is_empty(), "{} of {} files:\n{}", failures.len(), files.len(), failures.join("\n"));
}

fn path_of(file: &Value) -> &str {
    file["path"].as_str().expect("path")
}

fn is_refused(file: &Value) -> bool {
    file.get("error").is_some()
}

/// Whether the manifest allows this error.
fn allows(file: &Value, error: &Error) -> bool {
    let class = match error.kind() {
        ErrorKind::Unrecognized => "unrecognized",
        ErrorKind::Malformed => "malformed",
        ErrorKind::Unsupported => "unsupported",
        ErrorKind::Limit => "limit",
        _ => return false,
    };
    file["error"] == class
        || also(file, class)
        || (file["optional"] == true && matches!(class, "malformed" | "unsupported"))
}

fn also(file: &Value, class: &str) -> bool {
    file["also"].as_array().is_some_and(|also| also.iter().any(|a| a == class))
}

fn load<S: Sample>(path: &Path) -> Result<(Reader, Vec<S>), Error> {
    load_with(path, &ReadOptions::default())
}

fn load_with<S: Sample>(path: &Path, options: &ReadOptions) -> Result<(Reader, Vec<S>), Error> {
    let mut reader = Reader::open(path, options)?;
    let audio = reader.load::<S>(Layout::Interleaved, &Cancel::new())?;
    let samples = audio.samples::<S>().expect("the type asked for").to_vec();
    Ok((reader, samples))
}

#[test]
fn refused_files_say_why() {
    for_each(is_refused, |file, _| {
        let path = data(path_of(file));
        match load::<f32>(&path) {
            Ok((_, samples)) if also(file, "ok") => {
                let frames = file["frames"].as_u64().unwrap_or(0);
                let got = samples.len() as u64 / file["channels"].as_u64().unwrap_or(1);
                if file["frames"].is_null() || got == frames { Ok(()) } else { Err(format!("{got} frames")) }
            }
            Ok((_, samples)) => Err(format!("opened, with {} samples", samples.len())),
            Err(error) if !allows(file, &error) => Err(format!("{:?}: {error}", error.kind())),
            Err(error) => {
                let message = error.message();
                let wanted = file["message"].as_str().unwrap_or("");
                if !message.contains(wanted) {
                    return Err(format!("the message lacks \"{wanted}\": {message}"));
                }
                if !message.contains(path_of(file)) {
                    return Err(format!("the message does not name the file: {message}"));
                }
                Ok(())
            }
        }
    });
}

#[test]
fn files_are_described() {
    for_each(
        |file| !is_refused(file) && file.get("container").is_some(),
        |file, _| {
            let reader = match Reader::open(&data(path_of(file)), &ReadOptions::default()) {
                Ok(reader) => reader,
                Err(error) if allows(file, &error) => return Ok(()),
                Err(error) => return Err(error.to_string()),
            };
            let told = reader.description();
            let container = match told.container {
                Container::Wav => "wav",
                Container::Rf64 => "rf64",
                Container::Bw64 => "bw64",
                Container::W64 => "w64",
                Container::Aiff => "aiff",
                Container::Aifc => "aifc",
                Container::Caf => "caf",
                Container::Au => "au",
                Container::Flac => "flac",
                Container::Ogg => "ogg",
                Container::Mpeg => "mp3",
                Container::Adts => "adts",
                Container::Mp4 => "mp4",
                Container::Matroska => "matroska",
                Container::WebM => "webm",
                other => other.name(),
            };
            let wanted = file["container"].as_str().unwrap_or("");
            let same = |a: &str, b: &str| wanted == a && container == b;
            if container != wanted
                && !(same("mov", "mp4")
                    || same("mp1", "mp3")
                    || same("mp2", "mp3")
                    || same("mpeg", "mp3")
                    || same("m4a", "mp4")
                    || same("aac", "adts")
                    || same("opus", "ogg"))
            {
                return Err(format!("container {container}, not {wanted}"));
            }
            let wanted = file["codec"].as_str().unwrap_or("");
            if !codec_matches(told.codec, wanted) {
                return Err(format!("codec {:?}, not {wanted}", told.codec));
            }
            if u64::from(told.rate) != file["rate"] || u64::from(told.channels) != file["channels"] {
                return Err(format!("{} Hz, {} channels", told.rate, told.channels));
            }
            let bits = file["bits"].as_u64().unwrap_or(0);
            if told.codec.is_lossless() && bits > 0 && u64::from(told.bit_depth) != bits {
                return Err(format!("{} bits, not {bits}", told.bit_depth));
            }
            Ok(())
        },
    );
}

/// Whether `name`, FFmpeg's, is this codec.
fn codec_matches(codec: Codec, name: &str) -> bool {
    match codec {
        Codec::Pcm(coding) => {
            let ours = match coding {
                PcmCoding::U8 => "pcm_u8",
                PcmCoding::S8 => "pcm_s8",
                PcmCoding::S16Le => "pcm_s16le",
                PcmCoding::S16Be => "pcm_s16be",
                PcmCoding::S24Le => "pcm_s24le",
                PcmCoding::S24Be => "pcm_s24be",
                PcmCoding::S32Le => "pcm_s32le",
                PcmCoding::S32Be => "pcm_s32be",
                PcmCoding::S64Le => "pcm_s64le",
                PcmCoding::S64Be => "pcm_s64be",
                PcmCoding::F32Le => "pcm_f32le",
                PcmCoding::F32Be => "pcm_f32be",
                PcmCoding::F64Le => "pcm_f64le",
                PcmCoding::F64Be => "pcm_f64be",
                PcmCoding::ALaw => "pcm_alaw",
                PcmCoding::ULaw => "pcm_mulaw",
            };
            ours == name
        }
        Codec::MsAdpcm => name == "adpcm_ms",
        Codec::ImaAdpcm => name.starts_with("adpcm_ima"),
        Codec::Flac => name == "flac",
        Codec::Alac => name == "alac",
        Codec::Mp1 => name == "mp1",
        Codec::Mp2 => name == "mp2",
        Codec::Mp3 => name == "mp3",
        Codec::Vorbis => name == "vorbis",
        Codec::Opus => name == "opus",
        Codec::Aac => name == "aac",
        _ => false,
    }
}

#[test]
fn lengths_are_exact() {
    for_each(
        |file| !is_refused(file) && file.get("segments").is_none(),
        |file, _| {
            let (reader, samples) = match load::<f32>(&data(path_of(file))) {
                Ok(loaded) => loaded,
                Err(error) if allows(file, &error) => return Ok(()),
                Err(error) => return Err(error.to_string()),
            };
            let frames = samples.len() as u64 / u64::from(reader.channels());
            let among = |list: &Value| list.as_array().is_some_and(|list| list.iter().any(|n| *n == frames));
            let right = match (file["frames"].as_u64(), file["frames_untrimmed"].as_u64()) {
                (Some(wanted), _) => frames == wanted || among(&file["also_frames"]),
                (None, Some(untrimmed)) => frames == untrimmed,
                _ => {
                    let least = file["frames_min"].as_u64().unwrap_or(0);
                    (least..=file["frames_max"].as_u64().unwrap_or(u64::MAX)).contains(&frames)
                        || among(&file["also_frames"])
                }
            };
            if !right {
                return Err(format!(
                    "{frames} frames, not {}",
                    ["frames", "frames_untrimmed", "frames_min"].map(|key| format!("{key} {}", file[key])).join(", ")
                ));
            }
            if file.get("warning").is_some() && reader.warnings().count() == 0 {
                return Err("no warning".to_owned());
            }
            Ok(())
        },
    );
}

/// The part of the source that a file holds, at its first frame.
fn source_part<'a>(file: &Value, sources: &'a Sources) -> Option<&'a [i32]> {
    let source = sources.get(file["source"].as_str()?)?;
    let start = file["source_start"].as_u64().unwrap_or(0) as usize * file["channels"].as_u64()? as usize;
    source.get(start..)
}

#[test]
fn lossless_files_give_the_source() {
    for_each(
        |file| file["lossless"] == true && !is_refused(file),
        |file, sources| {
            let Some(wanted) = source_part(file, sources) else { return Ok(()) };
            let (_, samples) = match load::<i32>(&data(path_of(file))) {
                Ok(loaded) => loaded,
                Err(error) if allows(file, &error) => return Ok(()),
                Err(error) => return Err(error.to_string()),
            };
            let skip =
                file["source_delay"].as_u64().unwrap_or(0) as usize * file["channels"].as_u64().unwrap_or(1) as usize;
            let samples = &samples[skip.min(samples.len())..];
            let n = samples.len().min(wanted.len());
            match samples[..n].iter().zip(&wanted[..n]).position(|(a, b)| a != b) {
                Some(at) => Err(format!("sample {at} is {}, not {}", samples[at], wanted[at])),
                None if n == 0 && file["frames"] != 0 => Err("no samples".to_owned()),
                None => Ok(()),
            }
        },
    );
}

#[test]
fn lossy_files_are_near_the_source() {
    for_each(
        |file| file.get("snr_db").is_some() && !is_refused(file),
        |file, sources| {
            let Some(wanted) = source_part(file, sources) else { return Ok(()) };
            let (reader, samples) = match load::<f64>(&data(path_of(file))) {
                Ok(loaded) => loaded,
                Err(error) if allows(file, &error) => return Ok(()),
                Err(error) => return Err(error.to_string()),
            };
            let gain = 10f64.powf(file["gain_db"].as_f64().unwrap_or(0.0) / 20.0);
            let skip = file["source_delay"].as_u64().unwrap_or(0) as usize * reader.channels() as usize;
            let (mut signal, mut noise) = (0.0, 0.0);
            for (got, wanted) in samples.iter().skip(skip).zip(wanted) {
                let wanted = f64::from(*wanted) / 2_147_483_648.0;
                signal += wanted * wanted;
                noise += (got / gain - wanted).powi(2);
            }
            let snr = 10.0 * (signal / noise).log10();
            let ffmpeg = file["snr_db"].as_f64().unwrap_or(0.0);
            let least = file["snr_least"].as_f64().unwrap_or(ffmpeg - 0.3);
            if snr >= least { Ok(()) } else { Err(format!("{snr:.2} dB from the source, not {least:.2}")) }
        },
    );
}

#[test]
fn windows_are_slices_of_the_whole() {
    for_each(
        |file| !is_refused(file) && file.get("segments").is_none(),
        |file, _| {
            let path = data(path_of(file));
            match load::<f32>(&path) {
                Ok(_) => assert_exact(&path),
                Err(error) if allows(file, &error) => {}
                Err(error) => return Err(error.to_string()),
            }
            Ok(())
        },
    );
}

#[test]
fn threads_do_not_change_the_bits() {
    for_each(
        |file| file["frames"].as_u64().is_some_and(|n| n >= 100_000) && !is_refused(file),
        |file, _| {
            let path = data(path_of(file));
            let one = load::<f32>(&path).map_err(|e| e.to_string())?.1;
            let options = ReadOptions { threads: 3, ..ReadOptions::default() };
            let three = load_with::<f32>(&path, &options).map_err(|e| e.to_string())?.1;
            if one == three { Ok(()) } else { Err("other samples with three threads".to_owned()) }
        },
    );
}

#[test]
fn a_change_in_mid_stream_is_an_error_after_the_good_frames() {
    for_each(
        |file| file.get("segments").is_some() && !is_refused(file),
        |file, _| {
            let mut reader = Reader::open(&data(path_of(file)), &ReadOptions::default()).map_err(|e| e.to_string())?;
            let channels = reader.channels() as usize;
            let mut frames = 0;
            let mut chunk = vec![0f32; 500 * channels];
            loop {
                let view = ondes::audio::frames::FramesMut::new(&mut chunk, channels, Layout::Interleaved);
                match reader.read(view) {
                    Ok(0) => return Err(format!("it ends after {frames} frames without a word")),
                    Ok(n) => frames += n as u64,
                    Err(error) if error.kind() == ErrorKind::FormatChanged => break,
                    Err(error) => return Err(error.to_string()),
                }
            }
            match file["segments"][0]["frames"].as_u64() {
                Some(wanted) if wanted != frames => Err(format!("{frames} frames before the change, not {wanted}")),
                _ => Ok(()),
            }
        },
    );
}
