//! The packets of one compressed track.

use super::edit::{self, Edit, Gapless, TimeScales};
use super::fragment::FragmentScanner;
use super::table::{Place, SampleTable};
use crate::audio::codec::packet::{self, Demuxer, Packet, PreRoll};
use crate::audio::codec::{Description, Length, PacketTimer, Warnings, Watch};
use crate::audio::source::ByteReader;
use crate::audio::{Error, ErrorKind, Result, limits};

/// How many frames each packet decodes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durations {
    /// All the same, but the last packet may be cut to `last`. The table's
    /// times are not looked at: writers round them, and the decoder does not.
    Same { frames: u32, last: u32 },
    /// As the table says, whose ticks are frames.
    Listed,
}

/// Finds the packets of one track by its sample table.
pub struct Mp4Demuxer {
    source: ByteReader,
    description: Description,
    table: SampleTable,
    durations: Durations,
    /// Frames a media tick lasts: rate and time scale.
    timescale: u32,
    /// Where more of the table comes from; none once it is complete.
    fragments: Option<FragmentScanner>,
    /// The length that the header gives for a fragmented file.
    estimate: Option<u64>,
    next: u64,
    place: Option<Place>,
    /// A packet that was read before looking for the next fragment.
    held: Vec<u8>,
    warnings: Warnings,
}

impl Mp4Demuxer {
    pub fn new(
        source: ByteReader,
        description: Description,
        table: SampleTable,
        durations: Durations,
        timescale: u32,
        fragments: Option<FragmentScanner>,
        estimate: Option<u64>,
    ) -> Self {
        Self {
            source,
            description,
            table,
            durations,
            timescale,
            fragments,
            estimate,
            next: 0,
            place: None,
            held: Vec::new(),
            warnings: Warnings::default(),
        }
    }

    fn end(&self) -> u64 {
        total_frames(&self.table, self.durations)
    }

    fn span(&self, sample: u64) -> (u64, u32) {
        match self.durations {
            Durations::Same { frames, last } => {
                let is_last = self.fragments.is_none() && sample + 1 == self.table.samples();
                (sample.saturating_mul(u64::from(frames)), if is_last { last } else { frames })
            }
            Durations::Listed => (self.table.start(sample), self.table.sample_duration(sample)),
        }
    }

    fn sample_at(&self, frame: u64) -> u64 {
        match self.durations {
            Durations::Same { frames, .. } => {
                (frame / u64::from(frames.max(1))).min(self.table.samples().saturating_sub(1))
            }
            Durations::Listed => self.table.sample_at(frame),
        }
    }

    /// Adds the next fragment to the table, or finds that there is none left.
    fn scan_fragment(&mut self) -> Result<()> {
        let Some(fragments) = &mut self.fragments else { return Ok(()) };
        match fragments.scan(&mut self.source, &mut self.table) {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(error) if error.kind() == ErrorKind::Malformed || error.kind() == ErrorKind::Limit => {
                self.warnings.add(
                    format!("a fragment is damaged ({}): the audio ends before it", error.message()),
                    error.offset(),
                );
            }
            Err(error) => return Err(error),
        }
        self.fragments = None;
        self.complete();
        Ok(())
    }

    /// Settles the end once the whole table is known.
    pub fn complete(&mut self) {
        if let Some(len) = self.source.len() {
            let missing = self.table.truncate_bytes(len);
            if missing > 0 {
                self.warnings.add(format!("the file is truncated: its last {missing} packets are missing"), Some(len));
            }
        }
        if let Durations::Same { frames, last } = &mut self.durations {
            *last = last_duration(&self.table, *frames, self.timescale, self.description.rate);
        }
    }

    /// Notes that frames behind `end` are missing.
    pub fn warn_truncated(&mut self, declared: u64, end: u64) {
        self.warnings.add(
            format!("the file is truncated: its header declares {declared} frames, but only {end} are there"),
            self.source.len(),
        );
    }

    /// Sets what the table, the edit list and iTunSMPB tell of the whole.
    pub fn describe(&mut self, scales: TimeScales, edits: &[Edit], gapless: Option<Gapless>, delay: u64) {
        let end = self.fragments.is_none().then(|| self.end());
        self.description.trim = scales.trim(edits, gapless, end, delay);
        if scales.is_in_pieces(edits) {
            self.warnings
                .add("the edit list puts the audio together from pieces: only the first of them is read", None);
        }
        // Where an edit list or iTunSMPB reaches into a packet that the table
        // cuts short, they are the ones to believe.
        if let (Durations::Same { frames, last }, Some(told), Some(end)) =
            (&mut self.durations, self.description.trim.end, end)
            && told > end
        {
            *last = *frames;
        }
        if let Some(end) = end.filter(|end| *end > 0) {
            let bits = u128::from(self.table.sizes().sum(0, self.table.samples())) * 8;
            let rate = bits * u128::from(self.description.rate) / u128::from(end);
            self.description.bit_rate = u32::try_from(rate).ok();
        }
    }

    /// Whether the table's durations are no frames, or no packet has such: then
    /// the packets have to tell.
    pub fn needs_timing(&self) -> bool {
        // The most that a packet of any codec here decodes to: FLAC's largest block.
        const MOST: u32 = 65_536;
        self.durations == Durations::Listed
            && self.fragments.is_none()
            && self.source.is_seekable()
            && (self.timescale != self.description.rate
                || self.table.duration_range().is_some_and(|(max, min)| min == 0 || max > MOST))
    }

    /// Has the packets' own headers tell their durations, where the table cannot.
    pub fn time_packets(&mut self, timer: &mut dyn PacketTimer) -> Result<()> {
        let samples = self.table.samples();
        let mut table = std::mem::take(&mut self.table);
        let mut place = table.place(0);
        let durations: Vec<u32> = (0..samples)
            .map(|_| {
                let Some(at) = place else { return Ok(0) };
                place = table.place_after(at);
                self.source.seek(at.offset)?;
                Ok(timer.frames(self.source.peek((at.size as usize).min(limits::MAX_PACKET))?))
            })
            .collect::<Result<_>>()?;
        timer.reset();
        table.set_durations(durations.into_iter())?;
        self.table = table;
        self.durations = Durations::Listed;
        Ok(())
    }
}

/// What is left of the last packet: a table that cuts it short tells where the padding begins.
pub fn last_duration(table: &SampleTable, frames: u32, timescale: u32, rate: u32) -> u32 {
    let ticks = table.sample_duration(table.samples().saturating_sub(1));
    match u32::try_from(edit::rescale(u64::from(ticks), timescale, rate)) {
        // A cut is only believed if the ticks can tell frames apart.
        Ok(last) if last > 0 && last < frames && timescale >= rate => last,
        _ => frames,
    }
}

/// Frames that all packets decode to.
pub fn total_frames(table: &SampleTable, durations: Durations) -> u64 {
    match durations {
        Durations::Same { frames, last } => match table.samples().checked_sub(1) {
            Some(others) => others.saturating_mul(u64::from(frames)).saturating_add(u64::from(last)),
            None => 0,
        },
        Durations::Listed => table.duration(),
    }
}

impl Demuxer for Mp4Demuxer {
    fn description(&self) -> &Description {
        &self.description
    }

    fn length(&self) -> Length {
        match (&self.fragments, self.estimate) {
            (None, _) => Length::Exact(self.end()),
            (_, Some(frames)) => Length::Estimate(frames),
            _ => Length::Unknown,
        }
    }

    fn measure(&mut self, watch: Watch<'_>) -> Result<u64> {
        if self.fragments.is_some() && !self.source.is_seekable() {
            return Err(packet::not_seekable());
        }
        while self.fragments.is_some() {
            watch(self.end())?;
            self.scan_fragment()?;
        }
        Ok(self.end())
    }

    fn next_packet(&mut self) -> Result<Option<Packet<'_>>> {
        while self.next >= self.table.samples() && self.fragments.is_some() {
            self.scan_fragment()?;
        }
        let index = self.next;
        let Some(place) = self.place.filter(|p| p.sample == index).or_else(|| self.table.place(index)) else {
            return Ok(None);
        };
        self.next += 1;
        self.place = self.table.place_after(place);
        self.source.seek(place.offset)?;
        // A packet larger than the limit is no packet: the decoder is given nothing of it.
        let size = if place.size as usize > limits::MAX_PACKET { 0 } else { place.size as usize };
        let is_last = self.next == self.table.samples();
        if is_last && self.fragments.is_some() {
            // Only the next fragment tells whether this packet is the last one and cut short.
            self.held.clear();
            let data = self.source.peek(size)?;
            self.held.extend_from_slice(data);
            while self.next == self.table.samples() && self.fragments.is_some() {
                self.scan_fragment()?;
            }
            if index >= self.table.samples() {
                return Ok(None);
            }
            let (start, frames) = self.span(index);
            return Ok(Some(Packet { data: &self.held, index, start, frames, offset: place.offset }));
        }
        let (start, frames) = self.span(index);
        let known_len = self.source.len();
        let data = self.source.peek(size)?;
        if data.len() < size && known_len.is_none() {
            self.warnings.add("the file is truncated: its last packets are missing", Some(place.offset));
            self.table.truncate(index);
            self.fragments = None;
            return Ok(None);
        }
        let data = if data.len() < size { &[] } else { data };
        Ok(Some(Packet { data, index, start, frames, offset: place.offset }))
    }

    fn seek(&mut self, frame: u64, pre_roll: PreRoll) -> Result<()> {
        let frame = frame.saturating_sub(u64::from(pre_roll.frames));
        // An incomplete table reaches far enough once it holds a packet behind the frame.
        while self.fragments.is_some() && self.sample_at(frame).saturating_add(1) >= self.table.samples() {
            if !self.source.is_seekable() {
                return Err(packet::not_seekable());
            }
            self.scan_fragment()?;
        }
        let next = pre_roll.first_packet(self.sample_at(frame));
        if let Some(place) = self.table.place(next) {
            // Tells now if the source cannot go there.
            self.source.seek(place.offset)?;
        }
        self.next = next;
        self.place = None;
        Ok(())
    }

    fn warnings(&self) -> &Warnings {
        &self.warnings
    }
}

/// The error for a file whose index stands behind its audio, on a source that cannot seek.
pub fn index_behind_audio() -> Error {
    Error::new(
        ErrorKind::NotSeekable,
        "the index of this MP4 file (moov) stands behind its audio: it can only be read from a source that can seek",
    )
}
