//! Where each sample of a track lies, in bytes and in time (ISO/IEC 14496-12, 8.6 and 8.7).
//!
//! In this format's words a sample is one packet of compressed audio (or one
//! frame of uncompressed audio). The table is kept as it is written, in runs:
//! four bytes a packet, and sixteen a chunk.

use crate::audio::{Error, Result};

/// The sizes of all samples in bytes.
#[derive(Debug, Clone, PartialEq)]
pub enum Sizes {
    Same { size: u32, count: u64 },
    Each(Vec<u32>),
}

impl Sizes {
    pub fn count(&self) -> u64 {
        match self {
            Self::Same { count, .. } => *count,
            Self::Each(sizes) => sizes.len() as u64,
        }
    }

    fn get(&self, sample: u64) -> u32 {
        match self {
            Self::Same { size, .. } => *size,
            Self::Each(sizes) => usize::try_from(sample).ok().and_then(|i| sizes.get(i)).copied().unwrap_or(0),
        }
    }

    /// Bytes of the samples from `first` up to `end`.
    pub fn sum(&self, first: u64, end: u64) -> u64 {
        match self {
            Self::Same { size, .. } => end.saturating_sub(first).saturating_mul(u64::from(*size)),
            Self::Each(sizes) => {
                let clip = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(sizes.len());
                sizes[clip(first)..clip(end).max(clip(first))].iter().map(|size| u64::from(*size)).sum()
            }
        }
    }

    fn truncate(&mut self, samples: u64) {
        match self {
            Self::Same { count, .. } => *count = samples.min(*count),
            Self::Each(sizes) => sizes.truncate(usize::try_from(samples).unwrap_or(usize::MAX)),
        }
    }

    /// Adds samples of one size.
    fn push(&mut self, size: u32, count: u64) -> Result<()> {
        // Weeks of audio; more would only be memory for a file that lies.
        const MOST_LISTED: u64 = 1 << 26;
        let is_same = matches!(self, Self::Same { size: same, count: n } if *same == size || *n == 0);
        if !is_same && self.count().saturating_add(count) > MOST_LISTED {
            return Err(Error::limit(format!("the fragments declare more than {MOST_LISTED} packets")));
        }
        match self {
            Self::Same { size: same, count: n } if *same == size || *n == 0 => {
                *same = size;
                *n += count;
            }
            Self::Same { size: same, count: n } => {
                let mut sizes = vec![*same; *n as usize];
                sizes.extend(std::iter::repeat_n(size, count as usize));
                *self = Self::Each(sizes);
            }
            Self::Each(sizes) => sizes.extend(std::iter::repeat_n(size, count as usize)),
        }
        Ok(())
    }
}

/// Samples that lie one behind the other.
#[derive(Debug, Clone, Copy)]
pub struct Chunk {
    pub offset: u64,
    /// Its first sample.
    pub first: u64,
}

/// Samples of one duration each.
#[derive(Debug, Clone, Copy)]
struct Run {
    first: u64,
    start: u64,
    duration: u32,
}

/// An entry of the sample-to-chunk box.
#[derive(Debug, Clone, Copy)]
pub struct ChunkRun {
    /// The first chunk, from 0.
    pub first_chunk: u64,
    pub samples_per_chunk: u32,
    /// The sample description (the codec), from 1.
    pub description: u32,
}

/// Sizes, places and times of all samples.
#[derive(Debug, Clone)]
pub struct SampleTable {
    sizes: Sizes,
    chunks: Vec<Chunk>,
    runs: Vec<Run>,
    /// Samples that the runs cover, and their duration.
    timed: u64,
    duration: u64,
}

/// A sample that was looked up, from which the next is found without a search.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub sample: u64,
    pub offset: u64,
    pub size: u32,
    chunk: usize,
}

impl Default for SampleTable {
    fn default() -> Self {
        Self { sizes: Sizes::Same { size: 0, count: 0 }, chunks: Vec::new(), runs: Vec::new(), timed: 0, duration: 0 }
    }
}

impl SampleTable {
    /// Joins the boxes `stsz`, `stco`, `stsc` and `stts`. Samples that no chunk
    /// holds, or whose codec is not the first one's, are left out.
    pub fn new(sizes: Sizes, offsets: &[u64], chunk_runs: &[ChunkRun], durations: &[(u32, u32)]) -> Result<Self> {
        let mut table = Self { sizes, ..Self::default() };
        let mut first = 0u64;
        let mut runs = chunk_runs.iter().peekable();
        let mut run = None;
        for (i, offset) in offsets.iter().enumerate() {
            while let Some(next) = runs.next_if(|next| next.first_chunk <= i as u64) {
                run = Some(next);
            }
            let Some(run) = run else { break };
            if first >= table.samples() || run.description != chunk_runs[0].description {
                break;
            }
            table.chunks.push(Chunk { offset: *offset, first });
            first += u64::from(run.samples_per_chunk);
        }
        for (count, duration) in durations {
            table.push_duration(u64::from(*count), *duration)?;
        }
        let samples = first.min(table.samples());
        // Where the durations stop short, the last one goes on.
        if let (Some(run), Some(missing)) = (table.runs.last().copied(), samples.checked_sub(table.timed)) {
            table.push_duration(missing, run.duration)?;
        }
        table.truncate(samples);
        Ok(table)
    }

    pub fn samples(&self) -> u64 {
        self.sizes.count()
    }

    pub fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    pub fn sizes(&self) -> &Sizes {
        &self.sizes
    }

    /// The sample behind the last of a chunk.
    pub fn chunk_end(&self, chunk: usize) -> u64 {
        self.chunks.get(chunk + 1).map_or(self.samples(), |next| next.first.min(self.samples()))
    }

    /// Begins a chunk at `offset`; samples pushed from now on lie in it.
    pub fn push_chunk(&mut self, offset: u64) {
        self.chunks.push(Chunk { offset, first: self.samples() });
    }

    /// Adds samples of one size and duration to the last chunk.
    pub fn push_samples(&mut self, count: u64, size: u32, duration: u32) -> Result<()> {
        self.sizes.push(size, count)?;
        self.push_duration(count, duration)
    }

    fn push_duration(&mut self, count: u64, duration: u32) -> Result<()> {
        let end = count
            .checked_mul(u64::from(duration))
            .and_then(|ticks| ticks.checked_add(self.duration))
            .filter(|end| *end < 1 << 62)
            .ok_or_else(|| Error::malformed("the durations of the packets add up to an impossible time"))?;
        if count > 0 && self.runs.last().is_none_or(|run| run.duration != duration) {
            self.runs.push(Run { first: self.timed, start: self.duration, duration });
        }
        self.timed += count;
        self.duration = end;
        Ok(())
    }

    /// Forgets all samples from `samples` on.
    pub fn truncate(&mut self, samples: u64) {
        if samples < self.timed {
            self.duration = self.start(samples);
            self.timed = samples;
            self.runs.truncate(self.runs.partition_point(|run| run.first < samples));
        }
        self.sizes.truncate(samples);
        self.chunks.truncate(self.chunks.partition_point(|chunk| chunk.first < samples));
    }

    /// Leaves out the samples at the end that do not lie whole before byte
    /// `end` of the file, and says how many they were.
    pub fn truncate_bytes(&mut self, end: u64) -> u64 {
        let before = self.samples();
        while let Some(chunk) = self.chunks.last().copied() {
            let samples = self.samples();
            let room = end.saturating_sub(chunk.offset);
            if self.sizes.sum(chunk.first, samples) <= room {
                break;
            }
            let whole = match &self.sizes {
                Sizes::Same { size, .. } => room / u64::from(*size).max(1),
                Sizes::Each(sizes) => sizes[chunk.first as usize..]
                    .iter()
                    .scan(0u64, |sum, size| {
                        *sum += u64::from(*size);
                        Some(*sum)
                    })
                    .take_while(|sum| *sum <= room)
                    .count() as u64,
            };
            self.truncate(chunk.first + whole);
            if whole > 0 {
                break;
            }
        }
        before - self.samples()
    }

    /// The duration of all samples, in ticks of the media time scale.
    pub fn duration(&self) -> u64 {
        self.duration
    }

    /// The largest and the smallest duration of a sample.
    pub fn duration_range(&self) -> Option<(u32, u32)> {
        let durations = || self.runs.iter().map(|run| run.duration);
        durations().max().zip(durations().min())
    }

    fn run_of(&self, is_before: impl Fn(&Run) -> bool) -> Option<&Run> {
        self.runs.partition_point(is_before).checked_sub(1).and_then(|i| self.runs.get(i))
    }

    /// When a sample starts.
    pub fn start(&self, sample: u64) -> u64 {
        self.run_of(|run| run.first <= sample)
            .map_or(0, |run| run.start + (sample.min(self.timed) - run.first) * u64::from(run.duration))
    }

    /// How long a sample lasts.
    pub fn sample_duration(&self, sample: u64) -> u32 {
        self.run_of(|run| run.first <= sample).map_or(0, |run| run.duration)
    }

    /// The sample that sounds at a time; the last one after the end.
    pub fn sample_at(&self, time: u64) -> u64 {
        let sample = self
            .run_of(|run| run.start <= time)
            .map_or(0, |run| run.first + (time - run.start).checked_div(u64::from(run.duration)).unwrap_or(0));
        sample.min(self.samples().saturating_sub(1))
    }

    /// Sets all durations anew.
    pub fn set_durations(&mut self, durations: impl Iterator<Item = u32>) -> Result<()> {
        self.runs.clear();
        self.timed = 0;
        self.duration = 0;
        for duration in durations {
            self.push_duration(1, duration)?;
        }
        Ok(())
    }

    /// Where a sample lies.
    pub fn place(&self, sample: u64) -> Option<Place> {
        if sample >= self.samples() {
            return None;
        }
        // Chunks without samples share their first sample with the next: the last of them has it.
        let chunk = self.chunks.partition_point(|chunk| chunk.first <= sample).checked_sub(1)?;
        let Chunk { offset, first } = self.chunks[chunk];
        let offset = offset.saturating_add(self.sizes.sum(first, sample));
        Some(Place { sample, offset, size: self.sizes.get(sample), chunk })
    }

    /// Where the sample behind that one lies.
    pub fn place_after(&self, place: Place) -> Option<Place> {
        let sample = place.sample + 1;
        if sample >= self.chunk_end(place.chunk) {
            return self.place(sample);
        }
        let offset = place.offset.saturating_add(u64::from(place.size));
        Some(Place { sample, offset, size: self.sizes.get(sample), chunk: place.chunk })
    }
}
