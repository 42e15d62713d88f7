//! Tracks whose bytes are found by arithmetic: PCM and ADPCM.
//!
//! Their sample tables count single frames; here runs of them become packets.

use super::boxes::{self, Fields, FourCc};
use super::entry::SoundEntry;
use super::table::{SampleTable, Sizes};
use crate::audio::codec::{Track, adpcm, channel_layout, default_mask, pcm};
use crate::audio::sample::PcmCoding;
use crate::audio::{Error, Result, limits};

/// The least piece that stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    bytes: u64,
    frames: u64,
    /// Units that make one packet.
    per_packet: u64,
}

/// Sets up the decoder of a sample description, if it is one of these codings.
pub fn track(entry: &SoundEntry<'_>) -> Result<Option<(Track, Unit)>> {
    let little = entry.find(*b"enda").is_some_and(|enda| enda.ends_with(&[1]));
    let either = |le, be| if little { le } else { be };
    let coding = match &entry.kind {
        b"sowt" => linear(entry.bits, true, true),
        b"twos" => linear(entry.bits, true, false),
        b"raw " | b"NONE" | b"\0\0\0\0" if entry.bits == 8 => Some(PcmCoding::U8),
        b"raw " | b"NONE" | b"\0\0\0\0" => linear(entry.bits, true, false),
        b"in24" => Some(either(PcmCoding::S24Le, PcmCoding::S24Be)),
        b"in32" => Some(either(PcmCoding::S32Le, PcmCoding::S32Be)),
        b"fl32" => Some(either(PcmCoding::F32Le, PcmCoding::F32Be)),
        b"fl64" => Some(either(PcmCoding::F64Le, PcmCoding::F64Be)),
        b"ulaw" => Some(PcmCoding::ULaw),
        b"alaw" => Some(PcmCoding::ALaw),
        b"lpcm" => described(entry),
        b"ipcm" | b"fpcm" => configured(entry)?,
        b"ima4" | b"ms\0\x02" | b"ms\0\x11" => return adpcm(entry).map(Some),
        _ => return Ok(None),
    };
    let coding = coding.ok_or_else(|| {
        Error::unsupported(format!("PCM of {} bits ({}) is not supported", entry.bits, boxes::name(entry.kind)))
    })?;
    let track = pcm::track(coding, entry.rate, entry.channels)?;
    let unit = Unit { bytes: u64::from(entry.channels) * coding.size() as u64, frames: 1, per_packet: 4096 };
    Ok(Some((Track { channel_mask: channel_mask(entry), ..track }, unit)))
}

/// Integers of that many bits.
fn linear(bits: u32, is_signed: bool, is_little: bool) -> Option<PcmCoding> {
    Some(match (bits, is_signed, is_little) {
        (8, true, _) => PcmCoding::S8,
        (8, false, _) => PcmCoding::U8,
        (16, true, true) => PcmCoding::S16Le,
        (16, true, false) => PcmCoding::S16Be,
        (24, true, true) => PcmCoding::S24Le,
        (24, true, false) => PcmCoding::S24Be,
        (32, true, true) => PcmCoding::S32Le,
        (32, true, false) => PcmCoding::S32Be,
        _ => return None,
    })
}

/// Floats of that many bits.
fn float(bits: u32, is_little: bool) -> Option<PcmCoding> {
    Some(match (bits, is_little) {
        (32, true) => PcmCoding::F32Le,
        (32, false) => PcmCoding::F32Be,
        (64, true) => PcmCoding::F64Le,
        (64, false) => PcmCoding::F64Be,
        _ => return None,
    })
}

/// PCM as Core Audio's format flags describe it (version 2 descriptions).
fn described(entry: &SoundEntry<'_>) -> Option<PcmCoding> {
    let (is_float, is_big, is_signed) = (entry.flags & 1 != 0, entry.flags & 2 != 0, entry.flags & 4 != 0);
    if is_float { float(entry.bits, !is_big) } else { linear(entry.bits, is_signed, !is_big) }
}

/// PCM as its `pcmC` box describes it (ISO/IEC 23003-5).
fn configured(entry: &SoundEntry<'_>) -> Result<Option<PcmCoding>> {
    let config = entry.find(*b"pcmC").ok_or_else(|| Error::malformed("the PCM track has no pcmC box"))?;
    let mut fields = Fields::new(config);
    fields.skip(4)?;
    let is_little = fields.u8()? & 1 != 0;
    let bits = u32::from(fields.u8()?);
    Ok(if entry.kind == *b"fpcm" { float(bits, is_little) } else { linear(bits, true, is_little) })
}

fn adpcm(entry: &SoundEntry<'_>) -> Result<(Track, Unit)> {
    limits::check_format(entry.rate, entry.channels)?;
    // The WAVEFORMATEX structure of WAVE files, little-endian.
    let wave_format = |kind: FourCc| {
        let format = entry.find(kind).unwrap_or_default();
        let block_size = format.get(12..14).map_or(0, |b| usize::from(u16::from_le_bytes([b[0], b[1]])));
        (block_size, format.get(18..).unwrap_or_default())
    };
    let (block_size, extra) = wave_format(entry.kind);
    let format = match &entry.kind {
        b"ima4" => adpcm::Format::ima_quicktime(entry.channels),
        b"ms\0\x02" => adpcm::Format::microsoft(entry.channels, block_size, extra)?,
        _ => adpcm::Format::ima_wave(entry.channels, block_size, extra)?,
    };
    let unit =
        Unit { bytes: format.block_size() as u64, frames: u64::from(format.frames_per_block().max(1)), per_packet: 1 };
    let track = adpcm::track(format, entry.rate)?;
    Ok((Track { channel_mask: channel_mask(entry), ..track }, unit))
}

fn channel_mask(entry: &SoundEntry<'_>) -> u32 {
    match entry.find(*b"chan").and_then(|chan| chan.get(4..)) {
        Some(layout) => channel_layout::channel_mask(layout, entry.channels),
        None => default_mask(entry.channels),
    }
}

impl Unit {
    /// The table of packets for a table of frames. `end` is that of the file.
    pub fn regroup(self, frames: &SampleTable, end: u64) -> Result<SampleTable> {
        let mut packets = SampleTable::default();
        for (i, chunk) in frames.chunks().iter().enumerate() {
            let samples = frames.chunk_end(i).saturating_sub(chunk.first);
            // The size of a frame is often written as 1, whatever it is.
            let counts_frames = matches!(frames.sizes(), Sizes::Same { size, .. } if u64::from(*size) < self.bytes);
            let units = if counts_frames {
                samples / self.frames
            } else {
                frames.sizes().sum(chunk.first, chunk.first + samples) / self.bytes
            };
            let units = units.min(end.saturating_sub(chunk.offset) / self.bytes);
            let (whole, rest) = (units / self.per_packet, units % self.per_packet);
            packets.push_chunk(chunk.offset);
            for (count, units) in [(whole, self.per_packet), (u64::from(rest > 0), rest)] {
                let size =
                    u32::try_from(units * self.bytes).map_err(|_| Error::limit("a frame of PCM is too large"))?;
                if count > 0 {
                    packets.push_samples(count, size, (units * self.frames) as u32)?;
                }
            }
        }
        Ok(packets)
    }
}
