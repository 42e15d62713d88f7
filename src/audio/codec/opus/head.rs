//! The identification header (RFC 7845, 5.1).

use crate::audio::codec::usual_mask;
use crate::audio::codec::vorbis::wave_order;
use crate::audio::{Error, Result};

/// What the header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Frames at the start that are not audio.
    pub pre_skip: u16,
    /// To be applied to the output, in 1/256 dB.
    pub gain: i16,
    /// Opus streams in a packet, the first `coupled` of which are stereo.
    pub streams: u8,
    pub coupled: u8,
    /// For each channel, in WAVE order, which decoded channel it is; 255 is silence.
    pub mapping: Vec<u8>,
    /// Speaker bits; 0 if unpositioned.
    pub channel_mask: u32,
}

impl Head {
    pub fn parse(packet: &[u8]) -> Result<Self> {
        let damaged = || Error::malformed("the OpusHead header is damaged");
        let fields: &[u8; 11] =
            packet.strip_prefix(b"OpusHead").and_then(|rest| rest.first_chunk()).ok_or_else(damaged)?;
        let [version, channels, pre_skip @ .., family] = *fields;
        if version & 0xf0 != 0 {
            return Err(Error::unsupported(format!("Opus in version {version} of its header is not supported")));
        }
        let [skip_low, skip_high, _, _, _, _, gain_low, gain_high] = pre_skip;
        let table = packet.get(19..).unwrap_or_default();
        let (streams, coupled, mapping) = match (family, channels) {
            (0, 1 | 2) => (1, channels - 1, (0..channels).collect()),
            (0, _) | (_, 0) | (1, 9..) => return Err(damaged()),
            // RFC 8486, 5.2: a matrix stands in place of the table.
            (3, _) => {
                return Err(Error::unsupported(
                    "Opus ambisonics with a demixing matrix (channel mapping family 3) is not supported",
                ));
            }
            // Reserved families are to be taken for 255 (RFC 7845, 5.1.1.4).
            _ => {
                let (&[streams, coupled], table) = table.split_first_chunk().ok_or_else(damaged)?;
                let table = table.get(..usize::from(channels)).ok_or_else(damaged)?;
                let decoded = u16::from(streams) + u16::from(coupled);
                let is_valid = |&channel: &u8| channel == 255 || u16::from(channel) < decoded;
                if streams == 0 || coupled > streams || decoded > 255 || !table.iter().all(is_valid) {
                    return Err(damaged());
                }
                (streams, coupled, table.to_vec())
            }
        };
        let mapping = match wave_order(mapping.len()) {
            Some(order) if family == 1 => order.iter().map(|&channel| mapping[channel]).collect(),
            _ => mapping,
        };
        Ok(Self {
            pre_skip: u16::from_le_bytes([skip_low, skip_high]),
            gain: i16::from_le_bytes([gain_low, gain_high]),
            streams,
            coupled,
            mapping,
            channel_mask: if family <= 1 { usual_mask(channels.into()) } else { 0 },
        })
    }

    /// Whether the streams are one whose channels come out as they are.
    pub fn is_plain(&self) -> bool {
        self.streams == 1 && self.mapping.iter().copied().eq(0..1 + self.coupled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surround_is_put_into_wave_order() {
        // Vorbis order is FL FC FR BL BR LFE; streams: (FL FR) (BL BR) FC LFE.
        let packet = b"OpusHead\x01\x06\x38\x01\x80\xbb\0\0\0\xfa\x01\x04\x02\x00\x04\x01\x02\x03\x05";
        let head = Head::parse(packet).unwrap();
        assert_eq!(head.mapping, [0, 1, 4, 5, 2, 3]);
        assert_eq!((head.pre_skip, head.gain, head.streams, head.coupled), (312, -1536, 4, 2));
        assert_eq!(head.channel_mask, 0x3f);
        assert!(!head.is_plain());
    }

    #[test]
    fn impossible_headers_are_refused() {
        assert!(Head::parse(b"OpusHead\x01\x03\0\0\0\0\0\0\0\0\0").is_err());
        assert!(Head::parse(b"OpusHead\x01\0\0\0\0\0\0\0\0\0\x01\x01\0").is_err());
        assert!(Head::parse(b"OpusHead\x01\x02\0\0\0\0\0\0\0\0\x01\x01\x01\0\x02").is_err());
        assert!(Head::parse(b"OpusHead\x01\x02\0\0\0\0\0\0\0\0").is_err());
    }
}
