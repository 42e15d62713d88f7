//! Movie fragments (ISO/IEC 14496-12, 8.8): tables that come piece by piece among the audio.

use super::boxes::{self, BoxHeader, Fields};
use super::movie::SampleDefaults;
use super::table::SampleTable;
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// Finds the fragments of one track.
#[derive(Debug)]
pub struct FragmentScanner {
    /// Where the next box at the top level lies.
    next: u64,
    track: u32,
    defaults: SampleDefaults,
}

/// A fragment's boxes are small; the largest allowed, in bytes.
const MAX_FRAGMENT_HEADER: usize = 64 << 20;

impl FragmentScanner {
    /// Looks for fragments of `track` from `next` on.
    pub fn new(next: u64, track: u32, defaults: SampleDefaults) -> Self {
        Self { next, track, defaults }
    }

    /// Adds the next fragment to the table; false if there is none.
    pub fn scan(&mut self, source: &mut ByteReader, table: &mut SampleTable) -> Result<bool> {
        let end = source.len().unwrap_or(u64::MAX);
        while let Some(top) = boxes::read_header(source, self.next, end)? {
            self.next = top.end;
            if top.kind == *b"moof" {
                self.read_fragment(source, top, table).map_err(|e| e.at(top.start))?;
                // The header of the data is read on the way: a source that cannot
                // seek will not come back for it.
                if let Some(data) = boxes::read_header(source, top.end, end)?.filter(|b| b.kind == *b"mdat") {
                    self.next = data.end;
                }
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn read_fragment(&self, source: &mut ByteReader, moof: BoxHeader, table: &mut SampleTable) -> Result<()> {
        if moof.len() > MAX_FRAGMENT_HEADER as u64 {
            return Err(Error::limit(format!("a moof box of {} bytes is larger than the limit", moof.len())));
        }
        let body = moof.read(source, MAX_FRAGMENT_HEADER)?;
        let end = source.len().unwrap_or(u64::MAX);
        let mut fields = Fields::new(&body);
        // Without a base of its own a track's data follows that of the track before it.
        let mut data_end = moof.start;
        while let Some((kind, traf)) = fields.child() {
            if kind == *b"traf" {
                data_end = self.read_track(traf, moof.start, data_end, end, table)?;
            }
        }
        Ok(())
    }

    /// Adds a track's samples, if it is ours; returns where its data ends.
    fn read_track(&self, traf: &[u8], moof: u64, previous: u64, end: u64, table: &mut SampleTable) -> Result<u64> {
        let header = boxes::find(traf, *b"tfhd").ok_or_else(|| Error::malformed("a traf box has no tfhd box"))?;
        let mut fields = Fields::new(header);
        let (_, flags) = fields.version_and_flags()?;
        let track = fields.u32()?;
        let base = match flags & 1 {
            1 => fields.u64()?,
            // default-base-is-moof
            _ if flags & 0x2_0000 != 0 => moof,
            _ => previous,
        };
        if flags & 2 != 0 {
            let _description = fields.u32()?;
        }
        let mut defaults = self.defaults;
        if flags & 8 != 0 {
            defaults.duration = fields.u32()?;
        }
        if flags & 0x10 != 0 {
            defaults.size = fields.u32()?;
        }
        let mut offset = base;
        let mut fields = Fields::new(traf);
        while let Some((kind, run)) = fields.child() {
            if kind == *b"trun" {
                let ours = (track == self.track).then_some(&mut *table);
                offset = read_run(run, base, offset, end, defaults, ours)?;
            }
        }
        Ok(offset)
    }
}

/// Adds the samples of one run to the table; returns where their data ends.
fn read_run(
    run: &[u8],
    base: u64,
    follows: u64,
    end: u64,
    defaults: SampleDefaults,
    mut table: Option<&mut SampleTable>,
) -> Result<u64> {
    let mut fields = Fields::new(run);
    let (_, flags) = fields.version_and_flags()?;
    let count = u64::from(fields.u32()?);
    let mut offset = match flags & 1 {
        1 => base.saturating_add_signed(i64::from(fields.u32()? as i32)),
        _ => follows,
    };
    if flags & 4 != 0 {
        let _first_sample_flags = fields.u32()?;
    }
    if let Some(table) = &mut table {
        table.push_chunk(offset);
    }
    let width = [0x100, 0x200, 0x400, 0x800].iter().filter(|bit| flags & **bit != 0).count() * 4;
    if width == 0 {
        // Nothing but a count: with those before, it cannot be more packets than there are bytes
        // for them, or a few bytes would ask for gigabytes of table.
        let size = u64::from(defaults.size);
        let before = table.as_ref().map_or(0, |table| table.samples());
        let room = end.saturating_sub(offset).checked_div(size).unwrap_or(0).min(end.saturating_sub(before));
        let is_too_many = if end == u64::MAX { size == 0 || count > 1 << 24 } else { count > room };
        if is_too_many && count > 0 {
            return Err(Error::malformed(format!(
                "a fragment declares {count} packets of {size} bytes: too many for the file"
            )));
        }
        if let Some(table) = table {
            table.push_samples(count, defaults.size, defaults.duration)?;
        }
        return Ok(offset.saturating_add(count * size));
    }
    if count > (fields.rest().len() / width) as u64 {
        return Err(Error::malformed(format!("a fragment declares {count} packets but lists fewer")));
    }
    for _ in 0..count {
        let mut field = |bit: u32, default: u32| if flags & bit != 0 { fields.u32() } else { Ok(default) };
        let duration = field(0x100, defaults.duration)?;
        let size = field(0x200, defaults.size)?;
        let (_flags, _composition_offset) = (field(0x400, 0)?, field(0x800, 0)?);
        offset = offset.saturating_add(u64::from(size));
        if let Some(table) = &mut table {
            table.push_samples(1, size, duration)?;
        }
    }
    Ok(offset)
}
