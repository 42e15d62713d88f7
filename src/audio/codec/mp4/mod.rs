//! MP4, M4A and QuickTime (ISO/IEC 14496-12 and -14; QuickTime File Format).

pub(in crate::audio) mod boxes;
mod demux;
mod edit;
mod entry;
mod fragment;
mod movie;
mod table;
mod uniform;

use super::packet::Demuxer;
use super::{
    Codec, Container, Description, PacketStream, Stream, StreamOptions, Trim, aac, alac, flac, mpeg, opus, unwatched,
};
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result, limits};
use demux::{Durations, Mp4Demuxer};
use edit::TimeScales;
use entry::SoundEntry;
pub use entry::{Coding, elementary_stream};
use fragment::FragmentScanner;
use movie::{Movie, Track};
use table::SampleTable;
use uniform::Unit;

/// Whether a file that starts with `head` is an MP4 file.
pub fn matches(head: &[u8]) -> bool {
    matches!(head.get(4..8), Some(b"ftyp" | b"styp" | b"moov" | b"wide" | b"mdat" | b"free" | b"skip" | b"pnot"))
}

/// Opens an MP4 file that starts at the position of `source`.
pub fn open(mut source: ByteReader, options: StreamOptions) -> Result<Box<dyn Stream>> {
    let (mut movie, behind) = find_movie(&mut source)?;
    let track = choose_track(&mut movie)?;
    let (kind, entry) =
        track.entry.as_ref().ok_or_else(|| Error::malformed("the audio track has no sample description"))?;
    let entry = SoundEntry::read(*kind, entry, track.description_version)?;
    let fragments = movie.is_fragmented.then(|| {
        let defaults = movie.defaults.iter().find(|(id, _)| *id == track.id).map(|(_, d)| *d).unwrap_or_default();
        FragmentScanner::new(behind, track.id, defaults)
    });
    match uniform::track(&entry)? {
        Some((codec, unit)) => open_uniform(source, &movie, &track, codec, unit, fragments),
        None => {
            let coding = entry::coding(&entry)?;
            open_packets(source, &movie, track, coding, fragments, options)
        }
    }
}

/// Finds and reads the movie box; also says where the boxes behind it start.
fn find_movie(source: &mut ByteReader) -> Result<(Movie, u64)> {
    let end = source.len().unwrap_or(u64::MAX);
    let mut at = source.position();
    while let Some(top) = boxes::read_header(source, at, end)? {
        match &top.kind {
            b"moov" => return Ok((Movie::read(source, top)?, top.end)),
            b"moof" => break,
            b"mdat" if !source.is_seekable() => return Err(demux::index_behind_audio()),
            _ => at = top.end,
        }
    }
    Err(Error::malformed(
        "the file has no movie box (moov), which says where the audio lies: it is cut off or was never finished",
    ))
}

/// The first enabled audio track, or the first at all.
fn choose_track(movie: &mut Movie) -> Result<Track> {
    if movie.tracks.is_empty() {
        return Err(Error::malformed("the movie box (moov) holds no tracks"));
    }
    let position = |enabled: bool| movie.tracks.iter().position(|t| t.is_audio() && (t.is_enabled || !enabled));
    let chosen = position(true).or_else(|| position(false));
    chosen.map(|i| movie.tracks.swap_remove(i)).ok_or_else(|| Error::unsupported("the file has no audio track"))
}

/// Opens a track of compressed packets.
fn open_packets(
    mut source: ByteReader,
    movie: &Movie,
    track: Track,
    coding: Coding,
    mut fragments: Option<FragmentScanner>,
    options: StreamOptions,
) -> Result<Box<dyn Stream>> {
    let mut table = track.table;
    let mut codec = match coding {
        Coding::Aac(config) => aac::track(&config)?,
        Coding::Alac(config) => alac::track(&config)?,
        Coding::Opus(config) => opus::track(&config)?,
        Coding::Flac(config) => flac::track(&config)?,
        Coding::Mpeg => {
            while let (None, Some(scanner)) = (table.place(0), &mut fragments) {
                if !scanner.scan(&mut source, &mut table)? {
                    break;
                }
            }
            mpeg::track(first_packet(&mut source, &table)?)?
        }
    };
    limits::check_format(codec.rate, codec.channels)?;
    let scales = TimeScales { movie: movie.timescale, media: track.timescale, rate: codec.rate };
    let durations = match codec.codec {
        Codec::Aac | Codec::Mp1 | Codec::Mp2 | Codec::Mp3 => {
            let first = first_packet(&mut source, &table).unwrap_or_default();
            if codec.codec == Codec::Aac {
                aac::check_packet(&mut *codec.decoder, first)?;
            }
            let frames = codec.timer.frames(first).max(1);
            Durations::Same { frames, last: frames }
        }
        _ => Durations::Listed,
    };
    let estimate = movie.fragments_duration.map(|ticks| edit::rescale(ticks, movie.timescale, codec.rate));
    let description = describe(&codec);
    let is_fragmented = fragments.is_some();
    let measure_now = source.is_local() && !options.estimate_length;
    let mut demuxer = Mp4Demuxer::new(source, description, table, durations, track.timescale, fragments, estimate);
    if !is_fragmented {
        demuxer.complete();
    }
    if measure_now {
        demuxer.measure(&mut unwatched)?;
    }
    if demuxer.needs_timing() {
        demuxer.time_packets(&mut *codec.timer)?;
    }
    demuxer.describe(scales, &track.edits, movie.gapless, codec.delay);
    Ok(Box::new(PacketStream::new(demuxer, codec.decoder)))
}

/// Opens a track of PCM or ADPCM.
fn open_uniform(
    mut source: ByteReader,
    movie: &Movie,
    track: &Track,
    codec: super::Track,
    unit: Unit,
    fragments: Option<FragmentScanner>,
) -> Result<Box<dyn Stream>> {
    let mut table = track.table.clone();
    if let Some(mut fragments) = fragments {
        if !source.is_seekable() {
            return Err(super::packet::not_seekable());
        }
        while fragments.scan(&mut source, &mut table)? {}
    }
    let scales = TimeScales { movie: movie.timescale, media: track.timescale, rate: codec.rate };
    let whole = unit.regroup(&table, u64::MAX)?.duration();
    let packets = unit.regroup(&table, source.len().unwrap_or(u64::MAX))?;
    let end = packets.duration();
    let mut demuxer = Mp4Demuxer::new(source, describe(&codec), packets, Durations::Listed, codec.rate, None, None);
    if end < whole {
        demuxer.warn_truncated(whole, end);
    }
    demuxer.describe(scales, &track.edits, movie.gapless, codec.delay);
    Ok(Box::new(PacketStream::new(demuxer, codec.decoder)))
}

/// What the codec tells of the track.
fn describe(codec: &super::Track) -> Description {
    Description {
        container: Container::Mp4,
        codec: codec.codec,
        rate: codec.rate,
        channels: codec.channels,
        channel_mask: codec.channel_mask,
        sample_format: codec.sample_format,
        bit_depth: codec.bit_depth,
        bit_rate: None,
        trim: Trim::default(),
    }
}

/// The bytes of a track's first packet.
fn first_packet<'a>(source: &'a mut ByteReader, table: &SampleTable) -> Result<&'a [u8]> {
    let place = table.place(0).ok_or_else(|| Error::malformed("the audio track has no packets"))?;
    source.seek(place.offset)?;
    source.peek((place.size as usize).min(limits::MAX_PACKET))
}
