//! The checksums of a frame (RFC 9639, 9.1.8 and 9.3).

/// CRC-8 of a frame header: polynomial x^8 + x^2 + x + 1.
pub fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |crc, byte| CRC8[usize::from(crc ^ byte)])
}

/// CRC-16 of a frame: polynomial x^16 + x^15 + x^2 + 1. Of a frame with its
/// own checksum behind it, it is 0.
pub fn crc16(bytes: &[u8]) -> u16 {
    let (chunks, rest) = bytes.as_chunks::<16>();
    let mut crc = 0u16;
    for chunk in chunks {
        // Only two of the sixteen look-ups wait for those before them.
        let [high, low] = crc.to_be_bytes();
        crc = CRC16[15][usize::from(chunk[0] ^ high)] ^ CRC16[14][usize::from(chunk[1] ^ low)];
        for i in 2..16 {
            crc ^= CRC16[15 - i][usize::from(chunk[i])];
        }
    }
    rest.iter().fold(crc, |crc, byte| crc << 8 ^ CRC16[0][usize::from((crc >> 8) as u8 ^ byte)])
}

static CRC8: [u8; 256] = {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let mut crc = i as u8;
        let mut bit = 0;
        while bit < 8 {
            crc = crc << 1 ^ if crc & 0x80 != 0 { 0x07 } else { 0 };
            bit += 1;
        }
        table[i] = crc;
        i += 1;
    }
    table
};

/// Table `n` holds the effect of a byte with `n` bytes behind it.
static CRC16: [[u16; 256]; 16] = {
    let mut tables = [[0; 256]; 16];
    let mut i = 0;
    while i < 256 {
        let mut crc = (i as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = crc << 1 ^ if crc & 0x8000 != 0 { 0x8005 } else { 0 };
            bit += 1;
        }
        tables[0][i] = crc;
        i += 1;
    }
    let mut n = 1;
    while n < 16 {
        let mut i = 0;
        while i < 256 {
            let crc: u16 = tables[n - 1][i];
            tables[n][i] = crc << 8 ^ tables[0][(crc >> 8) as usize];
            i += 1;
        }
        n += 1;
    }
    tables
};

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values of CRC-8/SMBUS and CRC-16/UMTS, which these are.
    #[test]
    fn check_values() {
        assert_eq!(crc8(b"123456789"), 0xf4);
        assert_eq!(crc16(b"123456789"), 0xfee8);
        let long: Vec<u8> = (0..100).collect();
        let bytewise = long.iter().fold(0u16, |crc, byte| crc << 8 ^ CRC16[0][usize::from((crc >> 8) as u8 ^ byte)]);
        assert_eq!(crc16(&long), bytewise);
    }
}
