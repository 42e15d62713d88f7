//! Uncompressed samples as the bytes of a file.

use crate::audio::Result;
use crate::audio::codec::iff::ByteOrder;
use crate::audio::sample::{PcmCoding, SampleFormat};
use crate::audio::sink::ByteWriter;

/// Bytes swapped at a time: whole samples of any size, and few enough to stay in the cache.
const PIECE: usize = 48 << 10;

/// Writes samples in a file's byte order.
pub struct PcmBytes {
    format: SampleFormat,
    is_swapped: bool,
    swapped: Vec<u8>,
}

impl PcmBytes {
    /// For samples of `format` in a file of this byte order.
    pub fn new(format: SampleFormat, order: ByteOrder) -> Self {
        let coding = PcmCoding::of(format, order == ByteOrder::Big);
        Self { format, is_swapped: !coding.is_native(), swapped: Vec::new() }
    }

    /// The format of the samples.
    pub fn format(&self) -> SampleFormat {
        self.format
    }

    /// Writes whole samples.
    pub fn write(&mut self, samples: &[u8], sink: &mut ByteWriter) -> Result<()> {
        if !self.is_swapped {
            return sink.write(samples);
        }
        for piece in samples.chunks(PIECE) {
            self.swapped.resize(piece.len(), 0);
            match self.format.size() {
                2 => swap::<2>(piece, &mut self.swapped),
                3 => swap::<3>(piece, &mut self.swapped),
                4 => swap::<4>(piece, &mut self.swapped),
                _ => swap::<8>(piece, &mut self.swapped),
            }
            sink.write(&self.swapped)?;
        }
        Ok(())
    }
}

/// Ends the chunk of samples that began at `start`: makes its size even, and
/// has `tell` correct the sizes that stand in front of it.
pub fn end_chunk(
    start: u64,
    sink: &mut ByteWriter,
    tell: impl FnOnce(u64, &mut ByteWriter) -> Result<()>,
) -> Result<()> {
    // Where a size cannot be corrected, a pad byte would count as a sample.
    if !sink.can_patch(0) {
        return Ok(());
    }
    let size = sink.position() - start;
    if size % 2 == 1 {
        sink.write(&[0])?;
    }
    tell(size, sink)
}

fn swap<const N: usize>(samples: &[u8], swapped: &mut [u8]) {
    let (samples, _) = samples.as_chunks::<N>();
    let (swapped, _) = swapped.as_chunks_mut::<N>();
    for (to, from) in swapped.iter_mut().zip(samples) {
        *to = *from;
        to.reverse();
    }
}
