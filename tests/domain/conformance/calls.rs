//! The calls of the cases.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use ondes::audio::batch::{self, Batch, BatchOptions, Padding};
use ondes::audio::cancel::Cancel;
use ondes::audio::clip::{self, ClipOptions};
use ondes::audio::codec::{Length, Warnings};
use ondes::audio::device::{self, Direction, PlayOptions, Stream, StreamOptions};
use ondes::audio::encode::{self, WriteOptions};
use ondes::audio::frames::{Frames, Layout};
use ondes::audio::map::{Access, Header, Map, Mode, NewMap, Raw};
use ondes::audio::reader::{ReadOptions, Reader};
use ondes::audio::resample::{LengthRule, Ratio, StreamResampler};
use ondes::audio::sample::wavemap::{self, Number};
use ondes::audio::sample::{PcmCoding, SampleFormat};
use ondes::audio::sink::Outlet;
use ondes::audio::source::ByteReader;
use ondes::audio::tags::{Picture, Tags};
use ondes::audio::transcode::transcode;
use ondes::audio::view::ResampledView;
use ondes::audio::writer::Writer;
use ondes::audio::{Error, Result, loudness};
use serde_json::Value;

use super::Got;
use super::input::{
    Block, from_hex, hex, layout, md5, named, quality, read_options, reader, sample, snake, source, target, text, whole,
};
use crate::common::Scratch;

/// A view borrows its reader, which cannot go away under it; devices and encoders are features.
pub fn is_possible(case: &Value) -> bool {
    let is_there = |format: &Value| match format.as_str() {
        Some("mp3") => cfg!(feature = "lame"),
        Some("ogg") => cfg!(feature = "vorbis"),
        _ => true,
    };
    let needs_device = matches!(text(&case["call"]), "play" | "stream");
    let needs_encoder = matches!(text(&case["call"]), "write" | "transcode" | "format");
    case["with"]["free_reader"] != true
        && is_there(&case["with"]["format"])
        && (!needs_device || cfg!(feature = "devices"))
        && (!needs_encoder || cfg!(feature = "encoders"))
}

/// What a case gives.
pub fn run(case: &Value, folder: &Scratch) -> Got {
    let mut got = Got::new();
    let (given, folder, out) = (&case["with"], folder.path(), &mut got);
    let result = match text(&case["call"]) {
        "info" => info(case, out),
        "load" => load(case, given, out),
        "read" => read(case, given, out),
        "chunks" => chunks(case, given, out),
        "measure" => reader(case)
            .and_then(|mut reader| reader.measure(&Cancel::new(), None))
            .map(|frames| put(out, "frames", frames)),
        "verify" => verify(case, out),
        "tags" => tags(case, given, out),
        "loudness" => measure_loudness(case, given, out),
        "write" => write(case, given, folder, out),
        "transcode" => copy(case, given, folder, out),
        "resample" => resample(case, given, out),
        "resample_clip" => resample_clip(case, given, out),
        "resampled" => view(case, given, out),
        "map" => map(case, given, out),
        "map_create" => create_map(case, given, folder, out),
        "convert" => convert(given, out),
        "batch" => load_many(case, given, out),
        "fill" => fill(case, given, out),
        "format" => format(given, out),
        "play" => play(case, given),
        "stream" => open_stream(given, out),
        other => panic!("no call is named {other:?}"),
    };
    if let Err(error) = result {
        tell_error(&error, out, "");
    }
    got
}

fn put(got: &mut Got, name: &str, value: impl ToString) {
    got.insert(name.to_owned(), value.to_string());
}

fn tell_error(error: &Error, got: &mut Got, prefix: &str) {
    put(got, &format!("{prefix}error.status"), snake(&format!("{:?}", error.kind())).to_uppercase());
    put(got, &format!("{prefix}error.text"), error.message());
    put(got, &format!("{prefix}error.offset"), error.offset().map_or("unknown".to_owned(), |at| at.to_string()));
}

fn tell_warnings(warnings: &Warnings, got: &mut Got, prefix: &str) {
    put(got, &format!("{prefix}warnings"), warnings.count());
    put(got, &format!("{prefix}warning"), warnings.list().first().map_or("", |first| &first.message));
}

fn frames_of(length: Length) -> String {
    length.frames().map_or("unknown".to_owned(), |frames| frames.to_string())
}

fn tell_texts(tags: &Tags, got: &mut Got) {
    let mut texts: Vec<String> = tags.items().iter().map(|tag| format!("{}={}", tag.key(), tag.value())).collect();
    texts.sort();
    texts.into_iter().enumerate().for_each(|(at, text)| put(got, &format!("texts.{at}"), text));
}

/// All that is left to be read, as the case wants it.
fn loaded(reader: &mut Reader, given: &Value) -> Result<Block> {
    let cancel = Cancel::new();
    if given["cancelled"] == true {
        cancel.set();
    }
    let (format, layout, channels) = (sample(&given["sample"]), layout(&given["layout"]), reader.channels() as usize);
    let Some(capacity) = given["capacity"].as_u64() else {
        let audio = reader.load_as(format, layout, &cancel)?;
        return Ok(Block::of(audio.bytes(), channels, format, layout));
    };
    let mut block = Block::new(capacity as usize, channels, format, layout);
    let frames = reader.load_into_as(format, layout, block.bytes_mut(), &cancel)?;
    Ok(block.part(0, frames as usize))
}

fn info(case: &Value, got: &mut Got) -> Result<()> {
    let reader = reader(case)?;
    let info = reader.info();
    let file = &info.description;
    put(got, "container", file.container.name());
    put(got, "codec", file.codec.name());
    put(got, "sample", file.sample_format.name());
    put(got, "bit_depth", file.bit_depth);
    put(got, "rate", file.rate);
    put(got, "channels", file.channels);
    put(got, "channel_mask", file.channel_mask);
    put(got, "is_exact", matches!((info.file_length, info.length), (Length::Exact(_), Length::Exact(_))));
    put(got, "frames", frames_of(info.file_length));
    put(got, "output_frames", frames_of(info.length));
    put(got, "output_rate", info.rate);
    put(got, "output_channels", info.channels);
    tell_warnings(reader.warnings(), got, "");
    Ok(())
}

fn load(case: &Value, given: &Value, got: &mut Got) -> Result<()> {
    let mut reader = reader(case)?;
    given["seek"].as_u64().map_or(Ok(()), |frame| reader.seek(frame))?;
    loaded(&mut reader, given)?.tell(got, "");
    put(got, "channels", reader.channels());
    put(got, "rate", reader.rate());
    tell_warnings(reader.warnings(), got, "");
    Ok(())
}

/// Reads so many frames, or fewer at the end.
fn next(reader: &mut Reader, given: &Value, frames: u64) -> Result<Block> {
    let (format, layout) = (sample(&given["sample"]), layout(&given["layout"]));
    let mut block = Block::new(frames as usize, reader.channels() as usize, format, layout);
    let frames = reader.read_as(format, layout, block.bytes_mut())?;
    Ok(block.part(0, frames))
}

fn read(case: &Value, given: &Value, got: &mut Got) -> Result<()> {
    let mut reader = reader(case)?;
    if let Some(frames) = given["skip"].as_u64() {
        next(&mut reader, given, frames)?;
    }
    given["seek"].as_u64().map_or(Ok(()), |frame| reader.seek(frame))?;
    next(&mut reader, given, whole(&given["frames"]))?.tell(got, "");
    put(got, "tell", reader.position());
    Ok(())
}

fn chunks(case: &Value, given: &Value, got: &mut Got) -> Result<()> {
    let mut reader = reader(case)?;
    let (format, layout) = (sample(&given["sample"]), layout(&given["layout"]));
    let mut pieces = Vec::new();
    let result = loop {
        match next(&mut reader, given, whole(&given["size"])) {
            Ok(block) if block.frames == 0 => break Ok(()),
            Ok(block) => pieces.push(block),
            Err(error) => break Err(error),
        }
    };
    let channels = reader.channels() as usize;
    let mut bytes = Vec::new();
    let planes = if layout == Layout::Planar { channels } else { 1 };
    for plane in 0..planes {
        for piece in &pieces {
            let size = piece.bytes().len() / planes;
            bytes.extend_from_slice(&piece.bytes()[plane * size..][..size]);
        }
    }
    Block::of(&bytes, channels, format, layout).tell(got, "");
    put(got, "channels", reader.channels());
    put(got, "rate", reader.rate());
    tell_warnings(reader.warnings(), got, "");
    result
}

fn verify(case: &Value, got: &mut Got) -> Result<()> {
    let verdict = reader(case)?.verify(&Cancel::new(), None)?;
    put(got, "checksum", verdict.map_or("none", |is_right| if is_right { "match" } else { "mismatch" }));
    Ok(())
}

fn tags(case: &Value, given: &Value, got: &mut Got) -> Result<()> {
    let tags = if given["from"] == "file" {
        match source(&case["input"]) {
            batch::Input::Path(path) => Tags::open(&path)?,
            batch::Input::Memory(bytes, name) => Tags::from_named(Ok(ByteReader::from_memory(bytes)), &name)?,
            batch::Input::Stream(..) => reader(case)?.tags()?,
        }
    } else {
        reader(case)?.tags()?
    };
    tell_texts(&tags, got);
    put(got, "is_complete", tags.is_complete());
    for (at, Picture { kind, mime, description, data }) in tags.pictures().iter().enumerate() {
        put(got, &format!("pictures.{at}"), format!("{} {mime} {} {description}", kind.code(), data.len()));
    }
    Ok(())
}

fn measure_loudness(case: &Value, given: &Value, got: &mut Got) -> Result<()> {
    let mut reader = reader(case)?;
    given["seek"].as_u64().map_or(Ok(()), |frame| reader.seek(frame))?;
    let measured = loudness::measure(&mut reader, given["true_peak"] != false, &Cancel::new(), None)?;
    put(got, "frames", measured.frames);
    put(got, "integrated", measured.integrated);
    put(got, "range", measured.range);
    put(got, "max_momentary", measured.max_momentary);
    put(got, "max_short_term", measured.max_short_term);
    put(got, "sample_peak", measured.sample_peak);
    put(got, "true_peak", measured.true_peak.unwrap_or(f64::NAN));
    Ok(())
}

/// Takes what is written, and can go back or not.
struct Shared {
    bytes: Arc<Mutex<Vec<u8>>>,
    at: usize,
    is_seekable: bool,
}

impl Outlet for Shared {
    fn write(&mut self, src: &[u8]) -> Result<()> {
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let end = self.at + src.len();
        let len = bytes.len().max(end);
        bytes.resize(len, 0);
        bytes[self.at..end].copy_from_slice(src);
        self.at = end;
        Ok(())
    }
    fn seek(&mut self, position: u64) -> Result<()> {
        self.at = position as usize;
        Ok(())
    }
    fn is_seekable(&self) -> bool {
        self.is_seekable
    }
    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

fn write_options(given: &Value, rate: u32, channels: u32) -> Result<WriteOptions> {
    let mut tags = Tags::new();
    for pair in given["tags"].as_array().into_iter().flatten() {
        let (key, value) = text(pair).split_once('=').expect("key=value");
        tags.add(key, value)?;
    }
    let word = |name: &str| given[name].as_str().map(str::to_owned);
    Ok(WriteOptions {
        format: word("format"),
        quality: word("quality"),
        rate: given["rate"].as_u64().map_or(rate, |rate| rate as u32),
        channels: given["channels"].as_u64().map_or(channels, |channels| channels as u32),
        sample_format: given.get("file_sample").map(sample),
        atomic: given["atomic"] == true,
        threads: given["threads"].as_u64().map_or(1, |threads| threads as u32),
        tags: given.get("tags").map(|_| Arc::new(tags)),
        ..WriteOptions::default()
    })
}

/// Opens a writer, has it used, and tells what it made.
fn written(
    given: &Value,
    folder: &Path,
    options: &WriteOptions,
    got: &mut Got,
    work: impl FnOnce(&mut Writer) -> Result<()>,
) -> Result<()> {
    let to = given["to"].as_str().unwrap_or("memory");
    let (path, bytes) = (target(given, folder), Arc::new(Mutex::new(Vec::new())));
    let mut writer = match to {
        "path" => Writer::create(&path, options),
        "memory" => Writer::in_memory(options),
        _ => {
            let outlet = Shared { bytes: Arc::clone(&bytes), at: 0, is_seekable: to == "io" };
            Writer::to_outlet(Box::new(outlet), "", options)
        }
    }?;
    work(&mut writer)?;
    put(got, "frames", writer.position());
    let file = match to {
        "path" => std::fs::read(&path).expect("the file was written"),
        "memory" => writer.take_bytes()?,
        _ => std::mem::take(&mut *bytes.lock().unwrap_or_else(PoisonError::into_inner)),
    };
    read_again(file, given, got)
}

/// What a file is that was made.
fn read_again(file: Vec<u8>, given: &Value, got: &mut Got) -> Result<()> {
    put(got, "bytes", md5(&file));
    let mut reader = Reader::from_memory(Arc::new(file), &ReadOptions::default())?;
    put(got, "container", reader.description().container.name());
    put(got, "codec", reader.description().codec.name());
    put(got, "read.rate", reader.rate());
    put(got, "read.channels", reader.channels());
    tell_texts(&reader.tags()?, got);
    let (format, channels) = (sample(&given["sample"]), reader.channels() as usize);
    let audio = reader.load_as(format, Layout::Interleaved, &Cancel::new())?;
    Block::of(audio.bytes(), channels, format, Layout::Interleaved).tell(got, "read.");
    Ok(())
}

fn write(case: &Value, given: &Value, folder: &Path, got: &mut Got) -> Result<()> {
    let mut reader = reader(case)?;
    let block = loaded(&mut reader, given)?;
    let is_like = given["like"] == true;
    let own = |value: u32| if is_like { 0 } else { value };
    let mut options = write_options(given, own(reader.rate()), own(reader.channels()))?;
    if is_like {
        options.fill_in(&reader, "")?;
    }
    if given["to"] == "encode" {
        let file = Writer::encode(&options, &block.any()?)?;
        put(got, "frames", block.frames);
        return read_again(file, given, got);
    }
    written(given, folder, &options, got, |writer| {
        let chunk = given["chunk"].as_u64().map_or(block.frames, |chunk| chunk as usize).max(1);
        for start in (0..block.frames).step_by(chunk) {
            let part = block.part(start, chunk.min(block.frames - start));
            writer.write_any(&part.any()?)?;
            if given["flush"] == true {
                writer.flush()?;
            }
        }
        (0..given["finish"].as_u64().unwrap_or(1)).try_for_each(|_| writer.finish())
    })
}

fn copy(case: &Value, given: &Value, folder: &Path, got: &mut Got) -> Result<()> {
    let mut reader = reader(case)?;
    let mut options = write_options(given, 0, 0)?;
    options.fill_in(&reader, "")?;
    let cancel = Cancel::new();
    if given["cancelled"] == true {
        cancel.set();
    }
    written(given, folder, &options, got, |writer| transcode(&mut reader, writer, &cancel, None).map(drop))
}

fn length_rule(value: &Value) -> LengthRule {
    value.as_str().map_or(LengthRule::Exact, |name| named(&[LengthRule::Exact, LengthRule::Floor], name))
}

fn resample(case: &Value, given: &Value, got: &mut Got) -> Result<()> {
    let mut reader = reader(case)?;
    let block = loaded(&mut reader, given)?;
    let ratio = Ratio::from_rates(f64::from(reader.rate()), given["rate"].as_f64().expect("a rate"))?;
    let rule = length_rule(&given["length_rule"]);
    let mut resampler = StreamResampler::new(ratio, block.channels, block.format, quality(&given["quality"]), rule);
    let chunk = whole(&given["chunk"]) as usize;
    let mut output = Vec::new();
    for start in (0..block.frames).step_by(chunk) {
        let part = block.part(start, chunk.min(block.frames - start));
        let ready = resampler.output_frames(part.frames as u64) as usize;
        let mut piece = Block::new(ready, block.channels, block.format, Layout::Interleaved);
        resampler.process_bytes(Layout::Interleaved, part.bytes(), piece.bytes_mut())?;
        output.extend_from_slice(piece.bytes());
    }
    let mut rest = Block::new(resampler.flush_frames() as usize, block.channels, block.format, Layout::Interleaved);
    resampler.flush_bytes(Layout::Interleaved, rest.bytes_mut())?;
    output.extend_from_slice(rest.bytes());
    Block::of(&output, block.channels, block.format, Layout::Interleaved).tell(got, "");
    Ok(())
}

fn resample_clip(case: &Value, given: &Value, got: &mut Got) -> Result<()> {
    let mut reader = reader(case)?;
    let cancel = Cancel::new();
    let all = reader.load_as(sample(&given["sample"]), layout(&given["layout"]), &cancel)?;
    if given["cancelled"] == true {
        cancel.set();
    }
    let rates = (f64::from(reader.rate()), given["rate"].as_f64().expect("a rate"));
    let options =
        ClipOptions { quality: quality(&given["quality"]), threads: given["threads"].as_u64().unwrap_or(1) as usize };
    let audio = clip::resample(&all.view(), rates.0, rates.1, &options, &cancel)?;
    Block::of(audio.bytes(), audio.channels() as usize, audio.format(), audio.layout()).tell(got, "");
    put(got, "channels", audio.channels());
    put(got, "rate", audio.rate());
    Ok(())
}

fn view(case: &Value, given: &Value, got: &mut Got) -> Result<()> {
    let mut reader = reader(case)?;
    let rate = given["rate"].as_f64().expect("a rate");
    let mut view = ResampledView::new(&reader, rate, quality(&given["quality"]), length_rule(&given["length_rule"]))?;
    let length = view.length(&reader);
    given["seek"].as_u64().map_or(Ok(()), |frame| view.seek(&mut reader, frame))?;
    let frames = given["frames"].as_u64().or(length.frames().map(|frames| frames + 1)).expect("a length");
    let (format, layout) = (sample(&given["sample"]), layout(&given["layout"]));
    let mut block = Block::new(frames as usize, reader.channels() as usize, format, layout);
    let frames = view.read_as(&mut reader, format, layout, block.bytes_mut())?;
    block.part(0, frames).tell(got, "");
    put(got, "length", frames_of(length));
    put(got, "tell", view.position());
    Ok(())
}

fn map(case: &Value, given: &Value, got: &mut Got) -> Result<()> {
    let batch::Input::Path(path) = source(&case["input"]) else { panic!("a map is of a path") };
    let mode = given["mode"]
        .as_str()
        .map_or(Mode::Read, |name| named(&[Mode::Read, Mode::ReadWrite, Mode::CopyOnWrite], name));
    let access = Access { mode, buffered: given["buffered"] == true };
    let map = match given.get("form") {
        None => Map::open(&path, access),
        Some(form) => Map::open_raw(&path, access, &raw(form)),
    }?;
    let shape = *map.shape();
    put(got, "container", shape.container.map_or("unknown", |container| container.name()));
    put(got, "file_sample", shape.coding.format().name());
    put(got, "bit_depth", shape.bit_depth);
    put(got, "byte_order", if shape.coding.is_big_endian() { "big" } else { "little" });
    put(got, "channels", shape.channels);
    put(got, "rate", shape.rate);
    put(got, "frames", shape.frames);
    put(got, "frame_stride", shape.frame_size());
    put(got, "channel_stride", shape.coding.size());
    put(got, "offset", shape.offset);
    put(got, "tail", shape.tail);
    put(got, "warnings", map.warnings().count());
    let (start, format, layout) =
        (given["seek"].as_u64().unwrap_or(0), sample(&given["sample"]), layout(&given["layout"]));
    let frames = given["frames"].as_u64().unwrap_or_else(|| shape.frames.saturating_sub(start));
    let mut block = Block::new(frames as usize, shape.channels as usize, format, layout);
    let frames = map.read_as(start, format, layout, block.bytes_mut())?;
    block.part(0, frames).tell(got, "read.");
    Ok(())
}

fn raw(form: &Value) -> Raw {
    Raw {
        coding: PcmCoding::of(sample(&form["sample"]), form["byte_order"] == "big"),
        channels: whole(&form["channels"]) as u32,
        rate: whole(&form["rate"]) as u32,
        offset: whole(&form["offset"]),
        tail: whole(&form["tail"]),
        frames: None,
    }
}

fn create_map(case: &Value, given: &Value, folder: &Path, got: &mut Got) -> Result<()> {
    let block = loaded(&mut reader(case)?, given)?;
    let (path, form) = (target(given, folder), &given["form"]);
    let header = match () {
        () if given["raw"] == true => Header::Raw { offset: 0 },
        () if given["wavemap_header"] == true => Header::Wavemap,
        () => Header::Wave { channel_mask: 0 },
    };
    let new = NewMap {
        coding: PcmCoding::of(sample(&form["sample"]), false),
        channels: whole(&form["channels"]) as u32,
        rate: whole(&form["rate"]) as u32,
        frames: whole(&form["frames"]),
        tail: 0,
        header,
    };
    let mut map = Map::create(&path, &new)?;
    given["append"].as_u64().map_or(Ok(()), |frames| map.append(frames))?;
    map.write_any(whole(&given["at"]), &block.any()?)?;
    map.flush()?;
    drop(map);
    let file = std::fs::read(&path).expect("the file was made");
    if given["raw"] == true {
        put(got, "bytes", md5(&file));
        return Ok(());
    }
    read_again(file, given, got)
}

fn convert(given: &Value, got: &mut Got) -> Result<()> {
    let number = |name: &Value| match text(name) {
        "uint16" => Number::U16,
        "uint32" => Number::U32,
        "uint64" => Number::U64,
        _ => match sample(name) {
            SampleFormat::U8 => Number::U8,
            SampleFormat::I8 => Number::I8,
            SampleFormat::I16 => Number::I16,
            SampleFormat::I24 => Number::I24,
            SampleFormat::I32 => Number::I32,
            SampleFormat::I64 => Number::I64,
            SampleFormat::F32 => Number::F32,
            SampleFormat::F64 => Number::F64,
        },
    };
    let (from, to) = (number(&given["from"]), number(&given["to"]));
    let bytes = from_hex(text(&given["bytes"]));
    let count = bytes.len() / from.size();
    let (mut src, mut dst) = (vec![0u64; count], vec![0u64; count]); // aligned for any of them
    let src = &mut bytemuck::cast_slice_mut::<u64, u8>(&mut src)[..bytes.len()];
    src.copy_from_slice(&bytes);
    let dst = &mut bytemuck::cast_slice_mut::<u64, u8>(&mut dst)[..count * to.size()];
    wavemap::convert(from, src, to, dst)?;
    put(got, "bytes", hex(dst));
    Ok(())
}

fn batch_options(case: &Value, given: &Value) -> BatchOptions {
    let options = BatchOptions {
        read: read_options(case),
        format: sample(&given["sample"]),
        layout: layout(&given["layout"]),
        workers: given["workers"].as_u64().unwrap_or(0) as usize,
        ahead: given["ahead"].as_u64().unwrap_or(0) as usize,
        ..BatchOptions::default()
    };
    if given["cancelled"] == true {
        options.cancel.set();
    }
    options
}

fn inputs(given: &Value) -> Vec<batch::Input> {
    given["inputs"].as_array().expect("a list of inputs").iter().map(source).collect()
}

fn load_many(case: &Value, given: &Value, got: &mut Got) -> Result<()> {
    let options = batch_options(case, given);
    let mut batch = Batch::new(inputs(given), options);
    while let Some(item) = batch.next(None)? {
        let prefix = format!("items.{}.", item.index);
        match item.result {
            Err(error) => tell_error(&error, got, &prefix),
            Ok(audio) => {
                let (channels, format, layout) = (audio.channels() as usize, audio.format(), audio.layout());
                Block::of(audio.bytes(), channels, format, layout).tell(got, &prefix);
                put(got, &format!("{prefix}channels"), channels);
                put(got, &format!("{prefix}rate"), audio.rate());
                tell_warnings(&item.warnings, got, &prefix);
            }
        }
    }
    Ok(())
}

fn fill(case: &Value, given: &Value, got: &mut Got) -> Result<()> {
    let (options, inputs) = (batch_options(case, given), inputs(given));
    let (channels, frames) = (whole(&given["channels"]) as usize, whole(&given["frames"]) as usize);
    let padding = named(&[Padding::Zero, Padding::Repeat], text(&given["padding"]));
    let mut block = Block::new(frames * inputs.len(), channels, options.format, options.layout);
    for item in batch::fill_as(&inputs, &options, block.bytes_mut(), channels, frames, padding, None)? {
        let prefix = format!("items.{}.", item.index);
        match item.result {
            Ok(frames) => put(got, &format!("{prefix}frames"), frames),
            Err(error) => tell_error(&error, got, &prefix),
        }
    }
    put(got, "md5", md5(block.bytes()));
    Ok(())
}

fn format(given: &Value, got: &mut Got) -> Result<()> {
    let name = text(&given["name"]).trim_start_matches('.').to_lowercase();
    let found = encode::by_name(&name).ok().or_else(|| encode::by_extension(&name));
    put(got, "found", found.is_some());
    let Some(format) = found else { return Ok(()) };
    put(got, "name", format.name);
    put(got, "title", format.title);
    put(got, "extensions", format.extensions.join(","));
    put(got, "max_channels", format.max_channels);
    put(got, "has_rate", format.rates.contain(44100));
    format.sample_formats.iter().enumerate().for_each(|(at, sample)| put(got, &format!("samples.{at}"), sample.name()));
    format.qualities.iter().enumerate().for_each(|(at, word)| put(got, &format!("qualities.{at}"), word));
    Ok(())
}

fn play(case: &Value, given: &Value) -> Result<()> {
    let mut reader = reader(case)?;
    let (channels, rate) = (reader.channels() as usize, f64::from(reader.rate()));
    let audio = reader.load::<f32>(Layout::Interleaved, &Cancel::new())?;
    let samples = audio.samples::<f32>().expect("floats");
    let options = PlayOptions { device: given["device"].as_str().map(str::to_owned), ..PlayOptions::default() };
    device::play(&Frames::new(samples, channels, Layout::Interleaved).any(), rate, &options, &Cancel::new(), None)
}

fn open_stream(given: &Value, got: &mut Got) -> Result<()> {
    let name = |direction: &str| given[direction].as_str().map(str::to_owned);
    let options = StreamOptions {
        input: name("input"),
        output: name("output"),
        rate: given["rate"].as_u64().unwrap_or(0) as u32,
        ..StreamOptions::default()
    };
    let direction = if options.output.is_some() { Direction::Output } else { Direction::Input };
    let stream = Stream::open(&options)?;
    put(got, "rate", stream.rate());
    put(got, "channels", stream.channels(direction));
    Ok(())
}
