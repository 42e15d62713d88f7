//! Bits, most significant first, and the Rice codes made of them.

use super::Fault;

/// A cursor over the bits of a frame.
#[derive(Clone, Copy)]
pub struct BitReader<'a> {
    bytes: &'a [u8],
    /// The next byte to take into the cache.
    next: usize,
    /// The bits at hand, left-justified. Bits beyond `count` are either zero
    /// or already those that follow in the stream, so taking them in again
    /// changes nothing.
    cache: u64,
    count: u32,
}

impl<'a> BitReader<'a> {
    /// Starts at the first bit of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, next: 0, cache: 0, count: 0 }
    }

    /// Has at least 56 bits at hand, if the bytes hold as many.
    #[inline(always)]
    fn refill(&mut self) {
        if !self.refill_word() {
            while self.count <= 56 {
                let Some(byte) = self.bytes.get(self.next) else { break };
                self.cache |= u64::from(*byte) << (56 - self.count);
                self.next += 1;
                self.count += 8;
            }
        }
    }

    /// Takes in whole bytes up to 56 bits or more at once; false near the end.
    #[inline(always)]
    fn refill_word(&mut self) -> bool {
        let Some(word) = self.bytes.get(self.next..).and_then(|rest| rest.first_chunk::<8>()) else { return false };
        self.cache |= u64::from_be_bytes(*word) >> self.count;
        self.next += ((63 - self.count) >> 3) as usize;
        self.count |= 56;
        true
    }

    #[inline(always)]
    fn consume(&mut self, n: u32) {
        self.cache <<= n;
        self.count -= n;
    }

    /// The next `n` bits, 0 to 32, as an unsigned number.
    #[inline(always)]
    pub fn bits(&mut self, n: u32) -> Result<u32, Fault> {
        if self.count < n {
            self.refill();
            if self.count < n {
                return Err(Fault::Incomplete);
            }
        }
        let value = (self.cache >> 32 >> (32 - n)) as u32;
        self.consume(n);
        Ok(value)
    }

    /// The next `n` bits, 1 to 33, as a signed number in two's complement.
    #[inline(always)]
    pub fn signed(&mut self, n: u32) -> Result<i64, Fault> {
        self.refill();
        if self.count < n {
            return Err(Fault::Incomplete);
        }
        let value = (self.cache as i64) >> (64 - n);
        self.consume(n);
        Ok(value)
    }

    /// Counts zero bits up to the next one bit, and takes that too.
    #[inline(always)]
    pub fn unary(&mut self) -> Result<u32, Fault> {
        let mut zeros = 0u32;
        loop {
            self.refill();
            let run = self.cache.leading_zeros();
            if run < self.count {
                self.consume(run);
                self.consume(1);
                return Ok(zeros + run);
            }
            if self.next >= self.bytes.len() {
                return Err(Fault::Incomplete);
            }
            zeros = zeros.checked_add(self.count).ok_or(Fault::Damaged("a residual is out of range"))?;
            self.cache = 0;
            self.count = 0;
        }
    }

    /// One Rice code with parameter `k`, 0 to 30.
    #[inline(always)]
    fn rice_code(&mut self, k: u32) -> Result<i32, Fault> {
        let quotient = u64::from(self.unary()?);
        let folded = quotient << k | u64::from(self.bits(k)?);
        u32::try_from(folded).map(unfold).map_err(|_| Fault::Damaged("a residual is out of range"))
    }

    /// Fills `out` with Rice codes of parameter `k`, 0 to 30 (RFC 9639, 9.2.7.1).
    #[inline(always)]
    pub fn rice(&mut self, k: u32, out: &mut [i32]) -> Result<(), Fault> {
        // As many codes per refill as fit with their usual quotients.
        match k {
            0..=9 => self.rice_groups::<4>(k, out),
            10..=14 => self.rice_groups::<3>(k, out),
            15..=22 => self.rice_groups::<2>(k, out),
            _ => self.rice_groups::<1>(k, out),
        }
    }

    #[inline(always)]
    fn rice_groups<const N: usize>(&mut self, k: u32, out: &mut [i32]) -> Result<(), Fault> {
        let mut reader = *self;
        let (groups, rest) = out.as_chunks_mut::<N>();
        for group in groups {
            if reader.refill_word() {
                // Decoded without a look at how many bits are at hand: the
                // sum tells afterwards whether all were.
                let mut cache = reader.cache;
                let mut used = 0;
                for out in group.iter_mut() {
                    // A set lowest bit bounds the run to 63, and only ever
                    // ends runs that are longer than what is at hand.
                    let quotient = (cache | 1).leading_zeros();
                    let from_stop_bit = cache << quotient;
                    // The stop bit stays in as 1 << k, hence the minus one.
                    let folded = (quotient.wrapping_sub(1) << k).wrapping_add((from_stop_bit >> (63 - k)) as u32);
                    *out = unfold(folded);
                    cache = from_stop_bit << (k + 1);
                    used += quotient + k + 1;
                }
                if used <= 56 {
                    reader.cache = cache;
                    reader.count -= used;
                    continue;
                }
            }
            for out in group {
                *out = reader.rice_code(k)?;
            }
        }
        for out in rest {
            *out = reader.rice_code(k)?;
        }
        *self = reader;
        Ok(())
    }

    /// Skips to the next byte boundary; only zero bits may be skipped.
    pub fn align(&mut self) -> Result<(), Fault> {
        match self.bits(self.count % 8)? {
            0 => Ok(()),
            _ => Err(Fault::Damaged("its padding bits are not zero")),
        }
    }

    /// Whole bytes read so far.
    pub fn position(&self) -> usize {
        self.next - (self.count / 8) as usize
    }
}

/// From the folded form of Rice codes: 0, -1, 1, -2, 2 ...
#[inline(always)]
fn unfold(folded: u32) -> i32 {
    (folded >> 1) as i32 ^ -((folded & 1) as i32)
}
