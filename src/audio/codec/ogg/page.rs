//! Pages: the framing of Ogg (RFC 3533, section 6), each checked by its CRC.

use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// Bytes of a page header before its segment table.
pub(super) const HEADER: usize = 27;

/// The CRC register after each byte value, and the same shifted on by 1 to 7
/// zero bytes, so that eight bytes are taken in at a time.
/// Polynomial 0x04c11db7, not reflected, register 0 at the start.
const CRC_TABLES: [[u32; 256]; 8] = {
    let mut tables = [[0u32; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut register = (byte as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            register = if register & 0x8000_0000 != 0 { register << 1 ^ 0x04c1_1db7 } else { register << 1 };
            bit += 1;
        }
        tables[0][byte] = register;
        byte += 1;
    }
    let mut n = 1;
    while n < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before = tables[n - 1][byte];
            tables[n][byte] = before << 8 ^ tables[0][(before >> 24) as usize];
            byte += 1;
        }
        n += 1;
    }
    tables
};

/// Takes `bytes` into the CRC register.
pub(super) fn crc(mut register: u32, bytes: &[u8]) -> u32 {
    let (eights, rest) = bytes.as_chunks::<8>();
    for [a, b, c, d, e, f, g, h] in eights {
        let head = register ^ u32::from_be_bytes([*a, *b, *c, *d]);
        register = CRC_TABLES[7][(head >> 24) as usize]
            ^ CRC_TABLES[6][(head >> 16 & 0xff) as usize]
            ^ CRC_TABLES[5][(head >> 8 & 0xff) as usize]
            ^ CRC_TABLES[4][(head & 0xff) as usize]
            ^ CRC_TABLES[3][*e as usize]
            ^ CRC_TABLES[2][*f as usize]
            ^ CRC_TABLES[1][*g as usize]
            ^ CRC_TABLES[0][*h as usize];
    }
    for byte in rest {
        register = register << 8 ^ CRC_TABLES[0][((register >> 24) as u8 ^ byte) as usize];
    }
    register
}

/// What stands in front of a page's bytes.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Where the page lies in the source.
    pub offset: u64,
    /// Bytes of the header with its segment table.
    header_len: usize,
    /// Bytes of the whole page.
    pub len: usize,
    flags: u8,
    /// The codec's position after the last packet that ends on the page; `None` if none does.
    pub granule: Option<i64>,
    /// Which logical stream.
    pub serial: u32,
    /// Counts the pages of the logical stream.
    pub sequence: u32,
    /// What the CRC over it should be.
    checksum: u32,
    /// Whether a packet ends on the page.
    pub completes_packet: bool,
    /// Whether a packet both begins and ends on the page.
    pub holds_packet: bool,
}

impl Page {
    /// Reads the header at the start of `bytes`; `None` if it is not one, or not all of it is there.
    fn parse(bytes: &[u8], offset: u64) -> Option<Self> {
        let header: &[u8; HEADER] = bytes.first_chunk()?;
        // Version 0 is the only one there is.
        if !header.starts_with(b"OggS\0") {
            return None;
        }
        let segments = usize::from(header[26]);
        let table = bytes.get(HEADER..HEADER + segments)?;
        let body: usize = table.iter().map(|&lacing| usize::from(lacing)).sum();
        let granule = i64::from_le_bytes(*header[6..].first_chunk()?);
        let ends = table.iter().filter(|&&lacing| lacing < 255).count();
        Some(Self {
            offset,
            header_len: HEADER + segments,
            len: HEADER + segments + body,
            flags: header[5],
            granule: (granule != -1).then_some(granule),
            serial: u32::from_le_bytes(*header[14..].first_chunk()?),
            sequence: u32::from_le_bytes(*header[18..].first_chunk()?),
            checksum: u32::from_le_bytes(*header[22..].first_chunk()?),
            completes_packet: ends > 0,
            holds_packet: ends > usize::from(header[5] & 1),
        })
    }

    /// Whether the CRC over `page`, all its bytes, is right.
    fn is_sound(page: &[u8]) -> bool {
        let Some(stored) = page.get(22..).and_then(|rest| rest.first_chunk::<4>()) else { return false };
        let register = crc(crc(crc(0, &page[..22]), &[0; 4]), &page[26..]);
        register == u32::from_le_bytes(*stored)
    }

    /// Whether it begins with the rest of a packet.
    pub fn is_continued(&self) -> bool {
        self.flags & 1 != 0
    }

    /// Whether a logical stream begins here.
    pub fn begins_stream(&self) -> bool {
        self.flags & 2 != 0
    }

    /// Whether a logical stream ends here.
    pub fn ends_stream(&self) -> bool {
        self.flags & 4 != 0
    }

    /// Where the page after it should be.
    pub fn end(&self) -> u64 {
        self.offset + self.len as u64
    }
}

/// Finds pages in a source.
#[derive(Debug)]
pub struct PageReader {
    source: ByteReader,
    /// A page that was looked at and is to be given again.
    current: Option<Page>,
    /// Bytes passed over since the last sound page, and where they began.
    skipped: Option<(u64, u64)>,
    /// No page is looked for from here on.
    until: u64,
    /// Where the last pages that were found sound begin, with their checksums:
    /// the end of a link is looked at several times.
    sound: [Option<(u64, u32)>; 4],
    /// Pages that were found sound.
    sound_count: usize,
    /// Bytes summed for pages that are none, less those that the bytes passed
    /// make up for, and where the last of them began.
    vain: (u64, u64),
}

impl PageReader {
    /// Bytes summed in vain that are always allowed. A header of 27 bytes may
    /// announce 64 kB: without a bound a file of such headers would take minutes.
    const FREE: u64 = 64 << 20;
    /// More of them per byte passed than damaged files of real audio have.
    const PER_BYTE: u64 = 16;

    /// Reads pages from the position of `source` on.
    pub fn new(source: ByteReader) -> Self {
        Self { source, current: None, skipped: None, until: u64::MAX, sound: [None; 4], sound_count: 0, vain: (0, 0) }
    }

    /// Whether pages can be looked for anywhere.
    pub fn is_seekable(&self) -> bool {
        self.source.is_seekable() && self.source.len().is_some()
    }

    /// Where the source ends, if that is known.
    pub fn len(&self) -> Option<u64> {
        self.source.len()
    }

    /// Where the next page is looked for.
    pub fn position(&self) -> u64 {
        self.source.position()
    }

    /// Goes to a byte position: the next page is the first that begins there or later.
    pub fn seek(&mut self, offset: u64) -> Result<()> {
        self.current = None;
        self.skipped = None;
        self.source.seek(offset)
    }

    /// The next sound page, without passing it; `None` at the end of the source.
    pub fn peek(&mut self) -> Result<Option<Page>> {
        while self.current.is_none() {
            let offset = self.source.position();
            let head = self.source.peek(HEADER + 255)?;
            if head.is_empty() || offset >= self.until {
                return Ok(None);
            }
            if let Some(page) = Page::parse(head, offset) {
                let bytes = self.source.peek(page.len)?;
                let known = Some((offset, page.checksum));
                if bytes.len() == page.len && (self.sound.contains(&known) || Page::is_sound(bytes)) {
                    self.note_sound(known);
                    self.current = Some(page);
                    break;
                }
                self.count_vain(&page)?;
            }
            self.skip_to_capture_pattern()?;
        }
        Ok(self.current)
    }

    fn note_sound(&mut self, known: Option<(u64, u32)>) {
        if !self.sound.contains(&known) {
            self.sound[self.sound_count % self.sound.len()] = known;
            self.sound_count += 1;
        }
    }

    /// Counts a page that is not sound.
    fn count_vain(&mut self, page: &Page) -> Result<()> {
        let (bytes, last) = self.vain;
        let passed = page.offset.saturating_sub(last).saturating_mul(Self::PER_BYTE);
        let bytes = bytes.saturating_sub(passed) + page.len as u64;
        self.vain = (bytes, page.offset);
        if bytes > Self::FREE {
            let message = "too much looks like Ogg pages and is none: the search for the next one is given up";
            return Err(Error::limit(message).at(page.offset));
        }
        Ok(())
    }

    /// Passes the page that [`PageReader::peek`] gave.
    pub fn pass(&mut self) -> Result<()> {
        match self.current.take() {
            Some(page) => self.source.seek(page.end()),
            None => Ok(()),
        }
    }

    /// The segment table and the body of the page that [`PageReader::peek`] gave.
    pub fn contents(&mut self, page: &Page) -> Result<(&[u8], &[u8])> {
        self.source.seek(page.offset)?;
        let bytes = self.source.peek(page.len)?;
        Ok((&bytes[HEADER..page.header_len], &bytes[page.header_len..]))
    }

    /// Bytes passed over because they are no sound page: how many and from where, once.
    pub fn take_skipped(&mut self) -> Option<(u64, u64)> {
        self.skipped.take()
    }

    /// Goes to the next `OggS` behind the position, or to the end.
    fn skip_to_capture_pattern(&mut self) -> Result<()> {
        let start = self.source.position();
        self.source.skip(1)?;
        loop {
            let ahead = self.until.saturating_sub(self.source.position()).saturating_add(3);
            let bytes = self.source.peek_more(4)?;
            let bytes = &bytes[..bytes.len().min(usize::try_from(ahead).unwrap_or(usize::MAX))];
            if let Some(at) = find_capture_pattern(bytes) {
                self.source.skip(at as u64)?;
                break;
            }
            // The last three bytes may begin a pattern that the next ones end.
            let step = if bytes.len() < 4 { bytes.len() } else { bytes.len() - 3 };
            self.source.skip(step as u64)?;
            if self.source.position() >= self.until {
                break;
            }
            if step == 0 || self.source.peek(4)?.len() < 4 {
                self.source.skip(4)?;
                break;
            }
        }
        let end = self.source.position().min(self.source.len().unwrap_or(u64::MAX));
        let (_, skipped) = self.skipped.get_or_insert((start, 0));
        *skipped += end.saturating_sub(start);
        Ok(())
    }

    /// The first page from `start` on that begins a logical stream, going from
    /// header to header; `None` if there is none before the run of pages ends.
    pub fn next_beginning(&mut self, start: u64, end: u64) -> Result<Option<u64>> {
        self.seek(start)?;
        loop {
            let offset = self.source.position();
            match Page::parse(self.source.peek(HEADER + 255)?, offset) {
                Some(page) if offset < end && page.begins_stream() => return Ok(Some(offset)),
                Some(page) if offset < end => self.source.seek(page.end())?,
                _ => return Ok(None),
            }
        }
    }

    /// The first header of a page of the logical stream `serial` from `offset`
    /// on. Its CRC is not checked: what is no page looks so once in 2^72 bytes.
    pub fn header_from(&mut self, offset: u64, serial: u32) -> Result<Option<Page>> {
        self.seek(offset)?;
        loop {
            let offset = self.source.position();
            let head = self.source.peek(HEADER + 255)?;
            if head.is_empty() {
                return Ok(None);
            }
            if let Some(page) = Page::parse(head, offset).filter(|page| page.serial == serial) {
                return Ok(Some(page));
            }
            self.skip_to_capture_pattern()?;
        }
    }

    /// Searches backwards from `end` for the last page before it, and not before `start`,
    /// that `wanted` accepts.
    pub fn last_page(&mut self, start: u64, end: u64, wanted: impl Fn(&Page) -> bool) -> Result<Option<Page>> {
        // The last page is mostly near; where it is not, it is far.
        const LARGEST_STEP: u64 = 64 << 10;
        let mut step = 8 << 10;
        let mut upper = end;
        while upper > start {
            let lower = upper.saturating_sub(step).max(start);
            step = (step * 2).min(LARGEST_STEP);
            self.seek(lower)?;
            // Only the bytes of this step: those behind it were searched before.
            self.until = upper;
            let found = self.last_ahead(|page| page.end() <= end && wanted(page));
            self.until = u64::MAX;
            if let Some(page) = found? {
                return Ok(Some(page));
            }
            upper = lower;
        }
        Ok(None)
    }

    /// The last page from here on that `wanted` accepts.
    fn last_ahead(&mut self, wanted: impl Fn(&Page) -> bool) -> Result<Option<Page>> {
        let mut found = None;
        while let Some(page) = self.peek()? {
            if wanted(&page) {
                found = Some(page);
            }
            self.pass()?;
        }
        Ok(found)
    }
}

fn find_capture_pattern(bytes: &[u8]) -> Option<usize> {
    // Looking for one byte first lets the compiler's vectorised search do most of it.
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|&byte| byte == b'O') {
        let at = from + at;
        if bytes[at..].starts_with(b"OggS") {
            return Some(at);
        }
        from = at + 1;
    }
    None
}
