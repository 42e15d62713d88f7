//! The movie box: tracks, their tables, their edit lists, and iTunes' comments.

use super::boxes::{self, BoxHeader, Fields, FourCc};
use super::edit::{Edit, Gapless};
use super::table::{ChunkRun, SampleTable, Sizes};
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result, limits};

/// What samples of a fragment have that say nothing themselves.
#[derive(Debug, Clone, Copy, Default)]
pub struct SampleDefaults {
    pub duration: u32,
    pub size: u32,
}

/// One track.
#[derive(Debug, Default)]
pub struct Track {
    pub id: u32,
    pub is_enabled: bool,
    pub handler: FourCc,
    pub timescale: u32,
    pub edits: Vec<Edit>,
    /// The first sample description: type and body.
    pub entry: Option<(FourCc, Vec<u8>)>,
    /// Version of the sample description box: QuickTime's is 0 always.
    pub description_version: u8,
    pub table: SampleTable,
}

/// The whole movie box.
#[derive(Debug, Default)]
pub struct Movie {
    pub timescale: u32,
    pub tracks: Vec<Track>,
    pub is_fragmented: bool,
    /// The length of all fragments in movie ticks, where it is told.
    pub fragments_duration: Option<u64>,
    /// Defaults by track.
    pub defaults: Vec<(u32, SampleDefaults)>,
    pub gapless: Option<Gapless>,
}

/// Runs over the children of a box.
fn children(
    source: &mut ByteReader,
    parent: BoxHeader,
    mut visit: impl FnMut(&mut ByteReader, BoxHeader) -> Result<()>,
) -> Result<()> {
    let mut at = parent.body;
    while let Some(child) = boxes::read_header(source, at, parent.end)? {
        visit(source, child).map_err(|e| e.at(child.start))?;
        at = child.end;
    }
    Ok(())
}

/// A box of fixed fields: none is longer.
const FIELDS: usize = 256;

impl Movie {
    /// Reads the movie box.
    pub fn read(source: &mut ByteReader, moov: BoxHeader) -> Result<Self> {
        let mut movie = Self::default();
        children(source, moov, |source, child| {
            match &child.kind {
                b"mvhd" => movie.timescale = read_timescale(source, child)?.0,
                b"trak" => {
                    let track = Track::read(source, child)?;
                    movie.tracks.push(track);
                }
                b"mvex" => {
                    movie.is_fragmented = true;
                    children(source, child, |source, child| movie.read_extends(source, child))?;
                }
                b"udta" => movie.read_user_data(source, child)?,
                b"meta" => movie.read_meta(source, child)?,
                b"cmov" => {
                    return Err(Error::unsupported("a QuickTime file with a compressed movie header is not supported"));
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(movie)
    }

    fn read_extends(&mut self, source: &mut ByteReader, child: BoxHeader) -> Result<()> {
        let body = child.read(source, FIELDS)?;
        let mut fields = Fields::new(&body);
        match &child.kind {
            b"mehd" => {
                let (version, _) = fields.version_and_flags()?;
                self.fragments_duration = Some(fields.time(version)?);
            }
            b"trex" => {
                fields.version_and_flags()?;
                let id = fields.u32()?;
                let _description = fields.u32()?;
                let defaults = SampleDefaults { duration: fields.u32()?, size: fields.u32()? };
                self.defaults.push((id, defaults));
            }
            _ => {}
        }
        Ok(())
    }

    fn read_user_data(&mut self, source: &mut ByteReader, udta: BoxHeader) -> Result<()> {
        children(
            source,
            udta,
            |source, child| if child.kind == *b"meta" { self.read_meta(source, child) } else { Ok(()) },
        )
    }

    /// Looks for iTunSMPB: `ilst`, in it `----` with `mean`, `name` and `data`.
    fn read_meta(&mut self, source: &mut ByteReader, meta: BoxHeader) -> Result<()> {
        // A full box in MP4, a plain one in QuickTime: told by where `hdlr` stands.
        source.seek(meta.body)?;
        let is_plain = source.peek(8)?.get(4..8) == Some(b"hdlr");
        let body = if is_plain { meta.body } else { meta.body.saturating_add(4).min(meta.end) };
        children(source, BoxHeader { body, ..meta }, |source, list| {
            if list.kind != *b"ilst" {
                return Ok(());
            }
            children(source, list, |source, item| {
                if item.kind == *b"----" && item.len() < 1024 {
                    let body = item.read(source, 1024)?;
                    let text = |kind, header| boxes::find(&body, kind).and_then(|b: &[u8]| b.get(header..));
                    if text(*b"name", 4) == Some(b"iTunSMPB") {
                        let data = text(*b"data", 8).and_then(|data| std::str::from_utf8(data).ok());
                        self.gapless = data.and_then(Gapless::parse).or(self.gapless);
                    }
                }
                Ok(())
            })
        })
    }
}

/// The time scale and duration of an `mvhd` or `mdhd` box.
fn read_timescale(source: &mut ByteReader, child: BoxHeader) -> Result<(u32, u64)> {
    let body = child.read(source, FIELDS)?;
    let mut fields = Fields::new(&body);
    let (version, _) = fields.version_and_flags()?;
    fields.skip(if version == 0 { 8 } else { 16 })?;
    let timescale = fields.u32()?;
    if timescale == 0 {
        return Err(Error::malformed(format!("the {} box declares a time scale of 0", boxes::name(child.kind))));
    }
    Ok((timescale, fields.time(version)?))
}

/// The boxes of a sample table as they are written.
#[derive(Default)]
struct Tables {
    durations: Vec<(u32, u32)>,
    chunk_runs: Vec<ChunkRun>,
    sizes: Option<Sizes>,
    offsets: Vec<u64>,
}

impl Track {
    fn read(source: &mut ByteReader, trak: BoxHeader) -> Result<Self> {
        let mut track = Self::default();
        children(source, trak, |source, child| {
            match &child.kind {
                b"tkhd" => {
                    let body = child.read(source, FIELDS)?;
                    let mut fields = Fields::new(&body);
                    let (version, flags) = fields.version_and_flags()?;
                    track.is_enabled = flags & 1 != 0;
                    fields.skip(if version == 0 { 8 } else { 16 })?;
                    track.id = fields.u32()?;
                }
                b"edts" => children(source, child, |source, child| {
                    if child.kind == *b"elst" {
                        track.read_edits(source, child)?;
                    }
                    Ok(())
                })?,
                b"mdia" => children(source, child, |source, child| track.read_media(source, child))?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(track)
    }

    pub fn is_audio(&self) -> bool {
        self.handler == *b"soun"
    }

    fn read_edits(&mut self, source: &mut ByteReader, elst: BoxHeader) -> Result<()> {
        // More edits than any real track has.
        let body = elst.read(source, 1 << 20)?;
        let mut fields = Fields::new(&body);
        let (version, _) = fields.version_and_flags()?;
        for _ in 0..fields.u32()? {
            let duration = fields.time(version)?;
            let media_time = match version {
                0 => i64::from(fields.u32()? as i32),
                _ => fields.u64()? as i64,
            };
            fields.skip(4)?;
            self.edits.push(Edit { duration, media_time: u64::try_from(media_time).ok() });
        }
        Ok(())
    }

    fn read_media(&mut self, source: &mut ByteReader, child: BoxHeader) -> Result<()> {
        match &child.kind {
            b"mdhd" => self.timescale = read_timescale(source, child)?.0,
            b"hdlr" => {
                let body = child.read(source, FIELDS)?;
                let mut fields = Fields::new(&body);
                fields.skip(8)?;
                self.handler = fields.four_cc()?;
            }
            // The tables of pictures are nothing to us.
            b"minf" if self.is_audio() || self.handler == FourCc::default() => {
                children(source, child, |source, child| {
                    if child.kind == *b"stbl" {
                        let mut tables = Tables::default();
                        children(source, child, |source, child| self.read_table(source, child, &mut tables))?;
                        if let Some(sizes) = tables.sizes {
                            self.table =
                                SampleTable::new(sizes, &tables.offsets, &tables.chunk_runs, &tables.durations)?;
                        }
                    }
                    Ok(())
                })?;
            }
            _ => {}
        }
        Ok(())
    }

    fn read_table(&mut self, source: &mut ByteReader, child: BoxHeader, tables: &mut Tables) -> Result<()> {
        let word = |w: &[u8; 4]| u32::from_be_bytes(*w);
        match &child.kind {
            b"stsd" => {
                let body = child.read(source, limits::MAX_CODEC_CONFIG)?;
                let mut fields = Fields::new(&body);
                (self.description_version, _) = fields.version_and_flags()?;
                let _count = fields.u32()?;
                self.entry = fields.child().map(|(kind, entry)| (kind, entry.to_vec()));
            }
            b"stts" => read_entries(source, child, 0, |[a, b, c, d, e, f, g, h]| {
                tables.durations.push((word(&[a, b, c, d]), word(&[e, f, g, h])));
            })?,
            b"stsc" => read_entries(source, child, 0, |entry: [u8; 12]| {
                let [first, samples, description] =
                    [0, 4, 8].map(|i| word(entry[i..].first_chunk().unwrap_or(&[0; 4])));
                tables.chunk_runs.push(ChunkRun {
                    first_chunk: u64::from(first.max(1)) - 1,
                    samples_per_chunk: samples,
                    description,
                });
            })?,
            b"stco" => read_entries(source, child, 0, |offset| tables.offsets.push(u64::from(word(&offset))))?,
            b"co64" => read_entries(source, child, 0, |offset| tables.offsets.push(u64::from_be_bytes(offset)))?,
            b"stsz" => {
                let body = child.read(source, 12)?;
                let mut fields = Fields::new(&body);
                fields.version_and_flags()?;
                let (size, count) = (fields.u32()?, fields.u32()?);
                tables.sizes = Some(if size == 0 {
                    let mut sizes = Vec::new();
                    read_entries(source, child, 4, |size| sizes.push(word(&size)))?;
                    Sizes::Each(sizes)
                } else {
                    // Whatever the count says, the file has bytes for so many: ADPCM has a few frames a byte.
                    let most = source.len().map_or(u64::MAX, |len| len.saturating_mul(8));
                    Sizes::Same { size, count: u64::from(count).min(most) }
                });
            }
            b"stz2" => tables.sizes = Some(Sizes::Each(read_compact_sizes(source, child)?)),
            _ => {}
        }
        Ok(())
    }
}

/// Reads a table: a full box with (behind `skip` bytes) a count and as many entries of `N` bytes.
fn read_entries<const N: usize>(
    source: &mut ByteReader,
    table: BoxHeader,
    skip: u64,
    mut entry: impl FnMut([u8; N]),
) -> Result<()> {
    let count = read_count(source, table, skip, 8 * N as u64)?;
    let mut left = count;
    while left > 0 {
        let want = left.min(4096) as usize;
        let position = source.position();
        let (entries, _) = source.peek(want * N)?.as_chunks::<N>();
        if entries.is_empty() {
            return Err(Error::malformed("the file ends too early").at(position));
        }
        entries.iter().for_each(|e| entry(*e));
        let read = entries.len() as u64;
        source.skip(read * N as u64)?;
        left -= read;
    }
    Ok(())
}

/// Reads the count of a table's entries of `bits` bits, and checks that the box has room for them.
fn read_count(source: &mut ByteReader, table: BoxHeader, skip: u64, bits: u64) -> Result<u64> {
    source.seek(table.body + 4 + skip)?;
    let count = u64::from(u32::from_be_bytes(source.read_array()?));
    let room = table.len().saturating_sub(8 + skip) * 8 / bits;
    if count > room {
        return Err(Error::malformed(format!(
            "the {} box declares {count} entries but has room for {room}",
            boxes::name(table.kind)
        )));
    }
    Ok(count)
}

/// Reads the compact sample size box: sizes of 4, 8 or 16 bits.
fn read_compact_sizes(source: &mut ByteReader, table: BoxHeader) -> Result<Vec<u32>> {
    source.seek(table.body)?;
    let bits = source.read_array::<8>()?[7];
    let mut sizes = Vec::new();
    match bits {
        16 => read_entries(source, table, 4, |size| sizes.push(u32::from(u16::from_be_bytes(size))))?,
        8 => read_entries(source, table, 4, |[size]| sizes.push(u32::from(size)))?,
        4 => {
            let count = read_count(source, table, 4, 4)?;
            for byte in source.read_vec(count.div_ceil(2) as usize)? {
                sizes.extend([u32::from(byte >> 4), u32::from(byte & 15)]);
            }
            sizes.truncate(count as usize);
        }
        _ => return Err(Error::malformed(format!("the stz2 box declares sizes of {bits} bits"))),
    }
    Ok(sizes)
}
