//! What to write: as wished, and as settled.

use std::path::Path;
use std::sync::Arc;

use super::{Format, by_extension, by_name, parse_quality};
use crate::audio::batch::cores;
use crate::audio::codec::usual_mask;
use crate::audio::reader::Reader;
use crate::audio::sample::SampleFormat;
use crate::audio::sink::ByteWriter;
use crate::audio::tags::Tags;
use crate::audio::{Error, Result, counted};

/// What to write. Rate and channels must be given; the rest has defaults.
#[derive(Debug, Clone)]
pub struct WriteOptions {
    /// The name of a format; `None` goes by the extension of the file's name.
    pub format: Option<String>,
    /// Sample rate in Hz.
    pub rate: u32,
    /// Channels.
    pub channels: u32,
    /// WAVE_FORMAT_EXTENSIBLE speaker bits; 0 is the usual ones for the number of channels.
    pub channel_mask: u32,
    /// The format of the samples in the file; `None` is the usual one. Lossy codecs have none.
    pub sample_format: Option<SampleFormat>,
    /// One of the format's words for quality; `None` is the best.
    pub quality: Option<String>,
    /// Add noise where samples are rounded to fewer bits.
    pub dither: bool,
    /// Write beside the target, and put the whole file in its place at the end.
    pub atomic: bool,
    /// MP3 only: make frames that need no other (larger, or worse, at the same rate).
    pub no_bit_reservoir: bool,
    /// Threads that may encode, where the codec can use them; 0 is one per core.
    pub threads: u32,
    /// Title, artist and the like, and pictures; `None` is none, or those of the file that this one is like.
    pub tags: Option<Arc<Tags>>,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self {
            format: None,
            rate: 0,
            channels: 0,
            channel_mask: 0,
            sample_format: None,
            quality: None,
            dither: false,
            atomic: false,
            no_bit_reservoir: false,
            threads: 1,
            tags: None,
        }
    }
}

/// What an encoder is to write, all checked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Sample rate in Hz.
    pub rate: u32,
    /// Channels.
    pub channels: u32,
    /// Speaker bits of the channels in their order; 0 if unpositioned.
    pub channel_mask: u32,
    /// The format of the samples in the file; F32 for lossy codecs.
    pub sample_format: SampleFormat,
    /// The index of the quality among the format's; 0 if it has none.
    pub quality: usize,
    /// As in [`WriteOptions`].
    pub no_bit_reservoir: bool,
    /// Threads, at least 1.
    pub threads: usize,
    /// What to say in the file's own way; each encoder leaves out what its format has no place for.
    pub tags: Arc<Tags>,
}

/// Tags, or a part of them.
type Form = fn(&Arc<Tags>) -> Arc<Tags>;

/// What a file is that another is to be like.
#[derive(Debug, Clone)]
pub struct Model {
    /// Rate of its frames in Hz.
    pub rate: u32,
    /// Its channels.
    pub channels: u32,
    /// Their speaker bits.
    pub channel_mask: u32,
    /// The smallest format that holds its samples without loss; `None` if its codec is lossy.
    pub sample_format: Option<SampleFormat>,
}

impl WriteOptions {
    /// Takes what is left open from another file, as far as the format can hold it:
    /// its rate or the nearest above, its channels, the smallest sample format
    /// that holds its samples, its tags.
    pub fn fill_in(&mut self, like: &Reader, name: &str) -> Result<()> {
        let model = like.model();
        let format = self.find_format(name)?;
        if self.rate == 0 {
            self.rate = format.rates.nearest(model.rate);
        }
        if self.channels == 0 {
            self.channels = model.channels;
        }
        let carries_mask = self.channel_mask == 0
            && self.channels == model.channels
            && model.channel_mask.count_ones() == self.channels;
        if carries_mask {
            self.channel_mask = model.channel_mask;
        }
        // They may hold large pictures: they are read only if they are wanted.
        let carries_tags = self.tags.is_none();
        self.tags.get_or_insert_with(|| Arc::new(like.tags_to_copy()));
        if let (None, Some(wanted)) = (self.sample_format, model.sample_format) {
            self.sample_format = format.holding(wanted);
        }
        self.give_way(name, carries_mask, carries_tags);
        Ok(())
    }

    /// Leaves out what was only carried over and does not fit: speakers that
    /// the format cannot name, a cover that is too large for it, a broadcast
    /// field whose text is none. What was asked for is left to fail.
    fn give_way(&mut self, name: &str, carries_mask: bool, carries_tags: bool) {
        let tags = self.tags.clone().unwrap_or_default();
        let carries_tags = carries_tags && !tags.is_empty();
        let carries_mask = carries_mask && self.channel_mask != usual_mask(self.channels);
        if !carries_mask && !carries_tags {
            return;
        }
        let masks = [self.channel_mask, 0];
        let forms: [Form; 4] = [
            Arc::clone,
            |tags| Arc::new(tags.without_pictures()),
            |tags| Arc::new(tags.without_pictures().without_broadcast()),
            |_| Arc::default(),
        ];
        let fits = |options: &Self| {
            let settled = options.settle(name);
            settled.and_then(|(format, s)| format.encoder(&s)?.start(&mut ByteWriter::memory())).is_ok()
        };
        let masks = &masks[..if carries_mask { masks.len() } else { 1 }];
        let forms = &forms[..if carries_tags { forms.len() } else { 1 }];
        // No thread is started for a look.
        let trial = Self { threads: 1, ..self.clone() };
        let trials = masks.iter().flat_map(|mask| forms.iter().map(|form| (*mask, form(&tags))));
        let mut trials = trials.map(|(channel_mask, tags)| Self { channel_mask, tags: Some(tags), ..trial.clone() });
        if let Some(fitting) = trials.find(fits) {
            self.channel_mask = fitting.channel_mask;
            self.tags = fitting.tags;
        }
    }

    fn find_format(&self, name: &str) -> Result<&'static Format> {
        match &self.format {
            Some(format) => by_name(format),
            None => named_by_extension(name),
        }
    }

    /// Finds the format and checks all that it must be able to hold.
    /// `name` is the file's, for its extension.
    pub fn settle(&self, name: &str) -> Result<(&'static Format, Settings)> {
        let format = self.find_format(name)?;
        format.check(self.rate, self.channels)?;
        let sample_format = match self.sample_format {
            // 8-bit samples are unsigned in some formats and signed in others.
            Some(SampleFormat::I8 | SampleFormat::U8) => format
                .sample_formats
                .iter()
                .find(|f| f.size() == 1)
                .copied()
                .ok_or_else(|| no_such(format, SampleFormat::I8))?,
            Some(wanted) if format.sample_formats.is_empty() || format.sample_formats.contains(&wanted) => wanted,
            Some(wanted) => return Err(no_such(format, wanted)),
            None => format.sample_formats.first().copied().unwrap_or(SampleFormat::F32),
        };
        let channel_mask = speakers(self.channel_mask, self.channels)?;
        let threads = match self.threads {
            0 => cores(),
            threads => threads as usize,
        };
        let settings = Settings {
            rate: self.rate,
            channels: self.channels,
            channel_mask,
            sample_format,
            quality: parse_quality(format, self.quality.as_deref())?.unwrap_or(0),
            no_bit_reservoir: self.no_bit_reservoir,
            threads: threads.min(crate::audio::limits::MAX_THREADS),
            tags: self.tags.clone().unwrap_or_default(),
        };
        Ok((format, settings))
    }
}

impl Format {
    /// The smallest of its sample formats that holds all values of `wanted`, or the best it has.
    fn holding(&self, wanted: SampleFormat) -> Option<SampleFormat> {
        // A float holds the integers of its mantissa: 24 and 53 bits.
        let precision = |format: SampleFormat| match format {
            SampleFormat::F32 => 24,
            SampleFormat::F64 => 53,
            format => format.bits(),
        };
        let holds = |format: &SampleFormat| {
            precision(*format) >= precision(wanted) && (format.is_float() || !wanted.is_float())
        };
        let formats = || self.sample_formats.iter().copied();
        // Of two equal ones the integer, which is smaller.
        formats()
            .filter(holds)
            .min_by_key(|f| (f.is_float() != wanted.is_float(), f.bits()))
            .or_else(|| formats().max_by_key(|f| precision(*f)))
    }
}

fn named_by_extension(name: &str) -> Result<&'static Format> {
    let Some(extension) = Path::new(name).extension().and_then(|e| e.to_str()) else {
        return Err(Error::invalid("the name has no extension to tell the format by: set format"));
    };
    by_extension(extension).ok_or_else(|| {
        let known: Vec<_> = super::FORMATS.iter().flat_map(|f| f.extensions).map(|e| format!(".{e}")).collect();
        Error::invalid(format!(
            "no format with the extension .{extension} can be written; there are {}",
            known.join(" ")
        ))
    })
}

fn no_such(format: &Format, wanted: SampleFormat) -> Error {
    let known: Vec<_> = format.sample_formats.iter().map(|f| f.name()).collect();
    Error::invalid(format!("{} holds samples of {}, not of {}", format.title, known.join(", "), wanted.name()))
}

/// The speaker bits of so many channels: those wished for, or the usual ones for 0.
pub fn speakers(wanted: u32, channels: u32) -> Result<u32> {
    match wanted {
        0 => Ok(usual_mask(channels)),
        mask if mask.count_ones() == channels => Ok(mask),
        mask => Err(Error::invalid(format!(
            "the channel mask is {mask:#x}, which names {} for {}",
            counted(mask.count_ones().into(), "speaker"),
            counted(channels.into(), "channel")
        ))),
    }
}
