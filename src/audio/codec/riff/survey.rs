//! Every chunk of a WAVE file, for maps of its samples.
//!
//! The reader stops at the data chunk. A survey goes to the end of the file
//! and tells what is wrong with its structure, in the words of the Python
//! package wavemap, whose users look for them.

use super::{Coding, MAX_FORMAT, Walk, WaveFormat};
use crate::audio::codec::iff::{ByteOrder, Chunk};
use crate::audio::codec::pcm::{Extent, PcmFile, PcmFormat};
use crate::audio::codec::{Container, Warnings};
use crate::audio::source::ByteReader;
use crate::audio::{Error, ErrorKind, Result};

/// The usual sizes of a fmt chunk.
const FORMAT_SIZES: [u64; 4] = [16, 18, 20, 40];
/// Chunks looked at in front of the data chunk and behind it: gigabytes of zeros would be one for every eight bytes.
const MAX_BEFORE_DATA: usize = 1 << 16;
const MAX_AFTER_DATA: usize = 64;
/// The body of a ds64 chunk without a table.
const DS64: u64 = 28;
/// A size that is told in ds64.
const ELSEWHERE: u32 = u32::MAX;

/// Finds the samples of a file that starts at the position of `source`.
pub fn locate(source: &mut ByteReader) -> Result<PcmFile> {
    let mut survey = Survey::new(source)?;
    let Survey { walk, format, data, fact, warnings, .. } = &mut survey;
    let Some((chunk, size)) = data else {
        return Err(Error::malformed("No data chunk found"));
    };
    let Some(format) = format else {
        return Err(Error::malformed("No fmt chunk found"));
    };
    let (coding, bit_depth) = match format.coding(walk.order(), warnings) {
        Ok(Coding::Pcm { coding, bit_depth }) if format.is_linear() => (coding, bit_depth),
        Err(error) if format.is_linear() => return Err(error),
        other => {
            let reason = match &other {
                Err(error) if error.kind() == ErrorKind::Unsupported => error.message(),
                _ => "only uncompressed samples can be mapped",
            };
            return Err(Error::unsupported(format!("Do not understand f.wFormatTag={}: {reason}", format.tag())));
        }
    };
    // That the file ends too early is said in other words already.
    let mut extent = Extent::new(source, chunk.start, *size, &mut Warnings::default());
    if let Walk::W64 = walk {
        extent.leave_out_padding(*fact, u64::from(format.channels) * coding.size() as u64);
    }
    let format = PcmFormat {
        container: walk.container(),
        coding,
        rate: format.rate,
        channels: format.channels,
        channel_mask: format.channel_mask(),
        bit_depth,
    };
    Ok(PcmFile { format, extent, warnings: survey.warnings })
}

/// What the chunks of a file tell, and where.
struct Survey {
    walk: Walk,
    start: u64,
    format: Option<WaveFormat>,
    format_chunk: Option<Chunk>,
    /// The data chunk, and the size it declares, in whatever way.
    data: Option<(Chunk, Option<u64>)>,
    /// Where the chunk after it begins, or the file ends.
    data_end: u64,
    /// Frames in the fact chunk.
    fact: Option<u64>,
    fact_chunk: Option<Chunk>,
    /// A ds64 chunk, or the place for one.
    sizes: Option<Chunk>,
    /// Second ones of what there may be one of; the first count.
    ignored: Vec<Chunk>,
    warnings: Warnings,
}

impl Survey {
    fn new(source: &mut ByteReader) -> Result<Self> {
        let Some(len) = source.len() else {
            return Err(Error::new(ErrorKind::NotSeekable, "only a file with a size can be mapped"));
        };
        let start = source.position();
        let walk = Walk::new(source)?;
        let mut survey = Self {
            walk,
            start,
            format: None,
            format_chunk: None,
            data: None,
            data_end: len,
            fact: None,
            fact_chunk: None,
            sizes: None,
            ignored: Vec::new(),
            warnings: Warnings::default(),
        };
        let (mut before_data, mut after_data) = (0, 0);
        while source.position() < len && before_data < MAX_BEFORE_DATA && after_data <= MAX_AFTER_DATA {
            let Some(chunk) = survey.next(source, len)? else { break };
            survey.take(&chunk, source)?;
            *if survey.data.is_some() { &mut after_data } else { &mut before_data } += 1;
            // What has no size is the last.
            let Some(end) = survey.end(&chunk) else { break };
            survey.check_end(end, len);
            survey.walk.skip(&Chunk { size: end - chunk.start, ..chunk }, source)?;
            if survey.data.is_some_and(|(data, _)| data == chunk) {
                survey.data_end = source.position().min(len);
            }
        }
        survey.conclude(len);
        Ok(survey)
    }

    fn warn(&mut self, message: String, offset: u64) {
        self.warnings.add(message, Some(offset));
    }

    /// Adds the warnings that wavemap gives after those of its walk.
    fn conclude(&mut self, len: u64) {
        let actual = len - self.start - 8;
        let declared = match &self.walk {
            Walk::Riff { declared_end, .. } => *declared_end - self.start - 8,
            Walk::Long { sizes, .. } => sizes.riff,
            Walk::W64 => actual,
        };
        if declared != actual {
            self.warn(format!("WAVE cksize is wrong: {declared} != {actual}"), self.start + 4);
        }
        for chunk in std::mem::take(&mut self.ignored) {
            self.warn(format!("{} chunk after first ignored", chunk.name().trim_end()), chunk.start);
        }
        if let Some(chunk) = self.format_chunk.filter(|chunk| !FORMAT_SIZES.contains(&chunk.size)) {
            // With its header, as wavemap counts.
            self.warn(format!("Weird fmt block length {}", chunk.size.saturating_add(8)), chunk.start);
        }
    }

    /// A chunk may end in a pad byte that is not there.
    fn check_end(&mut self, end: u64, len: u64) {
        let limit = len.saturating_add(1);
        if end > limit {
            self.warn(format!("Incomplete chunk: {end} > {limit}"), len);
        }
    }

    /// The next chunk; `None` where the file has no whole header of one left.
    fn next(&mut self, source: &mut ByteReader, len: u64) -> Result<Option<Chunk>> {
        if let Walk::W64 = self.walk {
            return self.walk.next_any(source);
        }
        // A stray zero byte, such as the pad byte of a chunk that is even after all.
        if let [0, name @ ..] = source.peek(5)?
            && name.len() == 4
            && is_usual(name)
        {
            source.skip(1)?;
        }
        let position = source.position();
        let chunk = self.walk.next_any(source)?;
        match &chunk {
            None if len - position < 4 => self.warn("Incomplete chunk: no tag".to_owned(), position),
            None => self.warn("Incomplete chunk: no size".to_owned(), position),
            Some(chunk) if !is_usual(&chunk.id) => self.warn(format!("Dubious tag b'{}'", chunk.name()), position),
            Some(_) => {}
        }
        Ok(chunk)
    }

    fn take(&mut self, chunk: &Chunk, source: &mut ByteReader) -> Result<()> {
        match &chunk.id {
            b"fmt " if self.format.is_none() => {
                let body = chunk.body(source, MAX_FORMAT)?;
                self.format = Some(WaveFormat::parse(&body, self.walk.order()).map_err(|e| e.at(chunk.start))?);
                self.format_chunk = Some(*chunk);
            }
            b"data" if self.data.is_none() => {
                let size = self.walk.data_size(chunk, source)?;
                self.data = Some((*chunk, size));
            }
            b"fmt " | b"data" => self.ignored.push(*chunk),
            b"ds64" if matches!(self.walk, Walk::Long { .. }) => {
                self.walk.read_sizes(chunk, source)?;
                self.sizes = Some(*chunk).filter(|chunk| chunk.size >= DS64 - 4);
            }
            b"JUNK" | b"junk" if chunk.start == self.start + 20 && chunk.size >= DS64 => self.sizes = Some(*chunk),
            b"fact" if chunk.size >= 4 && self.fact.is_none() => {
                source.seek(chunk.start)?;
                self.fact = Some(self.walk.fact(source.read_array()?));
                self.fact_chunk = Some(*chunk);
            }
            _ => {}
        }
        Ok(())
    }

    /// Where `chunk` ends by what it declares; nowhere if that stands for "to
    /// the end of the file".
    fn end(&self, chunk: &Chunk) -> Option<u64> {
        match &self.data {
            Some((data, size)) if data == chunk => match size {
                None if chunk.size == 0 => None,
                None => Some(chunk.end()),
                Some(size) => Some(data.start.saturating_add(*size)),
            },
            _ => Some(chunk.end()),
        }
    }
}

/// A name such as chunks mostly have: letters and digits, and spaces after them.
fn is_usual(id: &[u8]) -> bool {
    let name = id.trim_ascii_end();
    !name.is_empty() && name.iter().all(u8::is_ascii_alphanumeric)
}

/// What makes a header tell other sizes.
#[derive(Debug)]
pub struct Corrections {
    /// What the file then is.
    pub container: Container,
    /// Bytes, and the positions they are to be written to.
    pub list: Vec<(u64, Vec<u8>)>,
}

/// Where a header tells sizes, so that they can be corrected when audio is appended.
#[derive(Debug)]
pub struct SizeFields {
    container: Container,
    order: ByteOrder,
    start: u64,
    data: Chunk,
    data_size: u64,
    data_end: u64,
    fact: Option<Chunk>,
    sizes: Option<Chunk>,
}

impl SizeFields {
    /// Finds them in a file that starts at the position of `source`.
    pub fn find(source: &mut ByteReader) -> Result<Self> {
        let Survey { walk, start, data, data_end, fact_chunk: fact, sizes, .. } = Survey::new(source)?;
        let Some((data, declared)) = data else {
            return Err(Error::malformed("No data chunk found"));
        };
        let data_size = Extent::new(source, data.start, declared, &mut Warnings::default()).size.unwrap_or(0);
        // One behind the samples moves with what follows them.
        let fact = fact.filter(|fact| fact.start < data.start);
        Ok(Self { container: walk.container(), order: walk.order(), start, data, data_size, data_end, fact, sizes })
    }

    /// Position of the first sample.
    pub fn data_start(&self) -> u64 {
        self.data.start
    }

    /// Bytes of the samples that are there, and of a rest that is no whole frame.
    pub fn data_size(&self) -> u64 {
        self.data_size
    }

    /// Position of what follows the samples and their pad byte.
    pub fn data_end(&self) -> u64 {
        self.data_end
    }

    /// What is to be written when there are `frames` frames in `data_size`
    /// bytes and the file ends at `end`. WAV becomes RF64 when it must, in the
    /// place of a JUNK chunk that was left for that (EBU Tech 3306, 4).
    pub fn corrections(&self, frames: u64, data_size: u64, end: u64) -> Result<Corrections> {
        let riff_size = end - self.start - 8;
        let (name_at, size_at) = (self.start, self.start + 4);
        let data_at = self.data.start - 4;
        let mut list = Vec::new();
        if self.container == Container::Wav
            && let Ok(riff) = u32::try_from(riff_size)
            && riff != ELSEWHERE
        {
            // Both are smaller than the file.
            let (data, frames) = (data_size as u32, frames as u32);
            list.push((size_at, self.number(riff)));
            list.push((data_at, self.number(data)));
            list.extend(self.fact.map(|fact| (fact.start, self.number(frames))));
            return Ok(Corrections { container: self.container, list });
        }
        let sizes = match (self.order, self.sizes) {
            (ByteOrder::Little, Some(sizes)) => sizes,
            _ => {
                return Err(Error::unsupported(
                    "the file cannot grow past 4 GiB: in front of its other chunks it has neither a ds64 chunk, which \
                     tells 64-bit sizes, nor a JUNK chunk of 28 bytes or more in its place; copy it into an RF64 file",
                ));
            }
        };
        // In this order a file whose correction is broken off can be read all
        // the same: it is RF64 only once the sizes are there.
        list.push((sizes.start, [riff_size, data_size, frames].map(u64::to_le_bytes).concat()));
        if self.container == Container::Wav {
            // Without a table of other large chunks.
            list.push((sizes.start + DS64 - 4, self.number(0)));
            list.push((sizes.start - 8, b"ds64".to_vec()));
        }
        list.push((data_at, self.number(ELSEWHERE)));
        list.push((size_at, self.number(ELSEWHERE)));
        list.extend(self.fact.map(|fact| (fact.start, self.number(ELSEWHERE))));
        if self.container != Container::Wav {
            return Ok(Corrections { container: self.container, list });
        }
        list.push((name_at, b"RF64".to_vec()));
        Ok(Corrections { container: Container::Rf64, list })
    }

    fn number(&self, value: u32) -> Vec<u8> {
        match self.order {
            ByteOrder::Little => value.to_le_bytes(),
            ByteOrder::Big => value.to_be_bytes(),
        }
        .to_vec()
    }
}
