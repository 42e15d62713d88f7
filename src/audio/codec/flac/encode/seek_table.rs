//! The seek table (RFC 9639, 8.5), made while the length is not known.

use crate::audio::codec::flac::metadata::{PADDING, SEEKTABLE, block_header};

/// The most points: with so many every point has at most 1/64 of the audio
/// behind it, and decoders search within that.
const MAX_POINTS: usize = 128;
const POINT_SIZE: usize = 18;
/// The sample number of a point that is none.
const PLACEHOLDER: u64 = u64::MAX;

/// A frame that can be gone to.
struct Point {
    sample: u64,
    /// From the start of the first frame.
    offset: u64,
    samples: u32,
}

/// Points at even distances: a second at first, and twice as far apart
/// whenever there is no room for more.
pub struct SeekTable {
    points: Vec<Point>,
    /// In samples.
    distance: u64,
    /// The sample that the next point is for.
    next: u64,
}

impl SeekTable {
    /// A table without points.
    pub fn new(rate: u32) -> Self {
        Self { points: Vec::with_capacity(MAX_POINTS), distance: u64::from(rate), next: 0 }
    }

    /// Notes where a frame is.
    pub fn note(&mut self, sample: u64, offset: u64, samples: u32) {
        let end = sample + u64::from(samples);
        if end <= self.next {
            return;
        }
        if self.points.len() == MAX_POINTS {
            self.distance *= 2;
            let distance = self.distance;
            self.points
                .retain(|point| point.sample.next_multiple_of(distance) < point.sample + u64::from(point.samples));
            self.next = self.next.next_multiple_of(distance);
            return self.note(sample, offset, samples);
        }
        self.points.push(Point { sample, offset, samples });
        self.next = end.next_multiple_of(self.distance);
    }

    /// A SEEKTABLE block and a PADDING block, the last, that has the room for
    /// points that are not there (yet): always as many bytes.
    pub fn blocks(&self) -> Vec<u8> {
        // Some decoders refuse a table without any point.
        let count = self.points.len().max(1);
        let mut bytes = Vec::with_capacity(8 + MAX_POINTS * POINT_SIZE);
        bytes.extend_from_slice(&block_header(SEEKTABLE, count * POINT_SIZE, false));
        for Point { sample, offset, samples } in &self.points {
            bytes.extend_from_slice(&sample.to_be_bytes());
            bytes.extend_from_slice(&offset.to_be_bytes());
            // Blocks have at most 65535 samples.
            bytes.extend_from_slice(&(*samples as u16).to_be_bytes());
        }
        if self.points.is_empty() {
            bytes.extend_from_slice(&PLACEHOLDER.to_be_bytes());
            bytes.extend_from_slice(&[0; POINT_SIZE - 8]);
        }
        bytes.extend_from_slice(&block_header(PADDING, (MAX_POINTS - count) * POINT_SIZE, true));
        bytes.resize(8 + MAX_POINTS * POINT_SIZE, 0);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However long the audio, the points are spread over all of it.
    #[test]
    fn points_thin_out() {
        for (rate, block, seconds) in
            [(44_100, 4096, 10), (44_100, 4096, 5000), (123, 1152, 100_000), (655_350, 4096, 300)]
        {
            let mut table = SeekTable::new(rate);
            let mut sample = 0;
            while sample < u64::from(rate) * seconds {
                table.note(sample, sample * 3, block);
                sample += u64::from(block);
                let points = &table.points;
                assert!(points.is_sorted_by(|a, b| a.sample < b.sample));
                assert_eq!(points[0].sample, 0);
                let reach = sample / 63 + u64::from(rate + block);
                let ends = points[1..].iter().map(|p| p.sample).chain([sample]);
                assert!(points.iter().zip(ends).all(|(point, end)| end - point.sample <= reach), "{rate} {sample}");
            }
        }
    }
}
