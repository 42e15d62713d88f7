//! Sample descriptions: which codec, and its configuration (ISO/IEC 14496-12,
//! 12.2; QuickTime File Format, "Sound Sample Descriptions").

use super::boxes::{self, Fields, FourCc};
use crate::audio::{Error, Result};

/// How the packets of a track are coded.
#[derive(Debug, PartialEq, Eq)]
pub enum Coding {
    /// The AudioSpecificConfig.
    Aac(Vec<u8>),
    /// The ALACSpecificConfig.
    Alac(Vec<u8>),
    /// MPEG layers 1 to 3 tell everything in each frame.
    Mpeg,
    /// The OpusHead packet.
    Opus(Vec<u8>),
    /// The STREAMINFO block.
    Flac(Vec<u8>),
}

/// A sound sample description.
#[derive(Debug, Clone, Copy)]
pub struct SoundEntry<'a> {
    pub kind: FourCc,
    pub channels: u32,
    pub bits: u32,
    pub rate: u32,
    /// Core Audio's format flags, where the description has them.
    pub flags: u32,
    children: &'a [u8],
}

impl<'a> SoundEntry<'a> {
    /// Reads its fields; `version` is that of the `stsd` box.
    pub fn read(kind: FourCc, body: &'a [u8], version: u8) -> Result<Self> {
        let mut fields = Fields::new(body);
        fields.skip(8)?;
        let entry_version = fields.u16()?;
        fields.skip(6)?;
        let (mut channels, mut bits) = (u32::from(fields.u16()?), u32::from(fields.u16()?));
        fields.skip(4)?;
        let mut rate = fields.u32()? >> 16;
        let mut flags = 0;
        // QuickTime's longer forms; ISO's own version 1 has the same size as version 0.
        match entry_version {
            1 if version == 0 => fields.skip(16)?,
            2 if version == 0 => {
                fields.skip(4)?;
                let exact_rate = f64::from_bits(fields.u64()?);
                // Casts of floats saturate.
                rate = exact_rate.round() as u32;
                channels = fields.u32()?;
                fields.skip(4)?;
                bits = fields.u32()?;
                flags = fields.u32()?;
                fields.skip(8)?;
            }
            _ => {}
        }
        let entry = Self { kind, channels, bits, rate, flags, children: fields.rest() };
        // A rate that 16 bits cannot hold.
        match entry.find(*b"srat").and_then(|srat| srat.get(4..8)?.try_into().ok()) {
            Some(exact) if version == 1 => Ok(Self { rate: u32::from_be_bytes(exact), ..entry }),
            _ => Ok(entry),
        }
    }

    /// A box of the description. QuickTime puts the codec's boxes into a `wave` box.
    pub fn find(&self, kind: FourCc) -> Option<&'a [u8]> {
        boxes::find(self.children, kind).or_else(|| boxes::find(boxes::find(self.children, *b"wave")?, kind))
    }
}

/// Reads the configuration of a compressed codec.
pub fn coding(entry: &SoundEntry<'_>) -> Result<Coding> {
    let kind = entry.kind;
    let config = |kind| entry.find(kind);
    let missing =
        |what: &str| Error::malformed(format!("the description of the {} track has no {what} box", boxes::name(kind)));
    match &kind {
        b"mp4a" => {
            let esds = config(*b"esds").ok_or_else(|| missing("esds"))?;
            // A full box.
            elementary_stream(esds.get(4..).unwrap_or_default())
        }
        b"alac" => {
            let cookie = config(*b"alac").ok_or_else(|| missing("alac"))?;
            Ok(Coding::Alac(cookie.get(4..).unwrap_or_default().to_vec()))
        }
        b".mp3" | b".mp2" | b".mp1" | b"ms\0\x55" | b"ms\0\x50" => Ok(Coding::Mpeg),
        b"Opus" => opus_head(config(*b"dOps").ok_or_else(|| missing("dOps"))?).map(Coding::Opus),
        b"fLaC" => {
            let mut fields = Fields::new(config(*b"dfLa").ok_or_else(|| missing("dfLa"))?);
            // A full box; then metadata blocks as in a FLAC file, STREAMINFO first.
            fields.skip(8)?;
            Ok(Coding::Flac(fields.take(34)?.to_vec()))
        }
        b"enca" | b"drms" | b"p608" => {
            Err(Error::unsupported(format!("the audio is encrypted ({}): it cannot be read", boxes::name(kind))))
        }
        _ => Err(unsupported(kind)),
    }
}

/// The name of a codec that is not decoded.
fn unsupported(kind: FourCc) -> Error {
    let codec = match &kind {
        b"ac-3" | b"sac3" | b"ms\x20\x00" => "AC-3",
        b"ec-3" => "E-AC-3",
        b"ac-4" => "AC-4",
        b"dtsc" | b"dtsh" | b"dtsl" | b"dtse" | b"dtsx" => "DTS",
        b"mlpa" => "Dolby TrueHD",
        b"samr" => "AMR narrow-band",
        b"sawb" => "AMR wide-band",
        b"sawp" => "AMR wide-band plus",
        b"sqcp" | b"Qclp" => "QCELP",
        b"sevc" => "EVRC",
        b"QDM2" | b"QDMC" => "QDesign Music",
        b"MAC3" | b"MAC6" => "MACE",
        b"agsm" => "GSM 6.10",
        b"mha1" | b"mha2" | b"mhm1" | b"mhm2" => "MPEG-H 3D audio",
        b"aac " => "AAC without a configuration",
        b"mp4s" => "MPEG-4 systems data",
        _ => "the codec",
    };
    Error::unsupported(format!("{codec} ({}) is not supported", boxes::name(kind)))
}

/// Reads the ES descriptor (ISO/IEC 14496-1, 7.2.6.5): which codec, and its configuration.
pub fn elementary_stream(descriptors: &[u8]) -> Result<Coding> {
    let mut fields = Fields::new(descriptors);
    let mut stream = Fields::new(descriptor(&mut fields, 3)?);
    stream.skip(2)?;
    let flags = stream.u8()?;
    if flags & 0x80 != 0 {
        stream.skip(2)?;
    }
    if flags & 0x40 != 0 {
        let url = stream.u8()?;
        stream.skip(usize::from(url))?;
    }
    if flags & 0x20 != 0 {
        stream.skip(2)?;
    }
    let mut decoder = Fields::new(descriptor(&mut stream, 4)?);
    let object_type = decoder.u8()?;
    // Stream type, buffer size, highest and average bit rate.
    decoder.skip(12)?;
    let codec = match object_type {
        0x40 | 0x66..=0x68 => return descriptor(&mut decoder, 5).map(|config| Coding::Aac(config.to_vec())),
        0x69 | 0x6b => return Ok(Coding::Mpeg),
        0xa5 => "AC-3",
        0xa6 => "E-AC-3",
        0xa9..=0xac => "DTS",
        0xdd => "Vorbis",
        0xe1 => "QCELP",
        _ => "the codec",
    };
    Err(Error::unsupported(format!("{codec} (mp4a, object type 0x{object_type:02X}) is not supported")))
}

/// The body of the next descriptor, which must have that tag.
fn descriptor<'a>(fields: &mut Fields<'a>, tag: u8) -> Result<&'a [u8]> {
    if fields.u8()? != tag {
        return Err(Error::malformed("the codec configuration (esds) does not hold the descriptors it should"));
    }
    // Seven bits a byte, at most four bytes.
    let mut size = 0usize;
    for _ in 0..4 {
        let byte = fields.u8()?;
        size = size << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    fields.take(size.min(fields.rest().len()))
}

/// Makes the OpusHead packet (RFC 7845, 5.1) from a `dOps` box, which holds
/// the same fields with the other byte order ("Encapsulation of Opus in ISO
/// Base Media File Format", 4.3.2).
fn opus_head(dops: &[u8]) -> Result<Vec<u8>> {
    let mut fields = Fields::new(dops);
    let version = fields.u8()?;
    if version != 0 {
        return Err(Error::unsupported(format!("version {version} of the dOps box is not supported")));
    }
    let mut head = b"OpusHead\x01".to_vec();
    head.push(fields.u8()?);
    head.extend(fields.u16()?.to_le_bytes());
    head.extend(fields.u32()?.to_le_bytes());
    head.extend(fields.u16()?.to_le_bytes());
    head.extend(fields.rest());
    Ok(head)
}
