//! CAF with Apple Lossless.
//!
//! The sizes of the packets are known only at the end, and a file cannot be
//! read without them: this needs a target that can go back.

use super::{DATA_HEADER, Description, append_chunk, data_header, front};
use crate::audio::codec::alac::{FRAMES, PacketEncoder};
use crate::audio::codec::usual_mask;
use crate::audio::encode::{Encoder, Settings};
use crate::audio::sample::{Sample, SampleFormat, with_sample};
use crate::audio::sink::ByteWriter;
use crate::audio::{Error, ErrorKind, Result, counted};

struct AlacEncoder {
    header: Vec<u8>,
    sample_format: SampleFormat,
    channels: usize,
    encoder: PacketEncoder,
    /// The frames of the packet to come, right-justified.
    frames: Vec<i32>,
    packets: u64,
    total_frames: u64,
    /// The sizes of the packets, as the packet table has them.
    sizes: Vec<u8>,
}

/// An encoder for 16, 24 or 32 bits.
pub fn encode(settings: &Settings) -> Result<Box<dyn Encoder>> {
    let &Settings { rate, channels, channel_mask, sample_format, .. } = settings;
    let encoder = PacketEncoder::new(rate, channels as usize, sample_format.bits());
    // The usual speakers stand for no wish in particular.
    if ![encoder.channel_mask(), usual_mask(channels)].contains(&channel_mask) {
        return Err(Error::invalid(format!(
            "the channel mask is {channel_mask:#x}, but ALAC of {} holds the speakers {:#x} alone",
            counted(channels.into(), "channel"),
            encoder.channel_mask()
        )));
    }
    /// What stands for the bit depth in the format flags: kAppleLosslessFormatFlag_16BitSourceData, 24, 32.
    const fn flag(bits: u32) -> u32 {
        match bits {
            16 => 1,
            24 => 3,
            _ => 4,
        }
    }
    let description = Description {
        codec: *b"alac",
        flags: flag(sample_format.bits()),
        bytes_per_packet: 0,
        frames_per_packet: FRAMES as u32,
        bits: 0,
    };
    let mut header = front(settings, &description, layout(channels));
    append_chunk(&mut header, *b"kuki", &encoder.config());
    Ok(Box::new(AlacEncoder {
        header,
        sample_format,
        channels: channels as usize,
        encoder,
        frames: Vec::with_capacity(FRAMES * channels as usize),
        packets: 0,
        total_frames: 0,
        sizes: Vec::new(),
    }))
}

/// The layout of the channels in a packet: kCAFChannelLayoutTag_Mono, Stereo,
/// MPEG_3_0_B, 4_0_B, 5_0_D, 5_1_D, AAC_6_1 and MPEG_7_1_B.
fn layout(channels: u32) -> [u8; 12] {
    const TAGS: [u8; 8] = [100, 101, 114, 116, 120, 124, 142, 127];
    let mut layout = [0; 12];
    layout[1] = TAGS[channels as usize - 1];
    layout[3] = channels as u8;
    layout
}

impl AlacEncoder {
    fn write_packet(&mut self, sink: &mut ByteWriter) -> Result<()> {
        let packet = self.encoder.encode(&self.frames);
        sink.write(packet)?;
        append_number(&mut self.sizes, packet.len());
        self.packets += 1;
        self.total_frames += (self.frames.len() / self.channels) as u64;
        self.frames.clear();
        Ok(())
    }

    /// The body of the pakt chunk.
    fn packet_table(&self) -> Vec<u8> {
        let remainder = self.packets * FRAMES as u64 - self.total_frames;
        let mut table = self.packets.to_be_bytes().to_vec();
        table.extend(self.total_frames.to_be_bytes());
        table.extend(0u32.to_be_bytes());
        table.extend((remainder as u32).to_be_bytes());
        table.extend_from_slice(&self.sizes);
        table
    }
}

/// Appends a number of seven bits a byte, all bytes but the last marked by the eighth bit.
fn append_number(bytes: &mut Vec<u8>, number: usize) {
    for shift in [28, 21, 14, 7] {
        if number >> shift != 0 {
            bytes.push(0x80 | (number >> shift) as u8);
        }
    }
    bytes.push(number as u8 & 0x7f);
}

impl Encoder for AlacEncoder {
    fn sample_format(&self) -> SampleFormat {
        self.sample_format
    }

    fn start(&mut self, sink: &mut ByteWriter) -> Result<()> {
        if !sink.is_seekable() {
            return Err(Error::new(
                ErrorKind::NotSeekable,
                "ALAC in CAF cannot be written to a target that cannot seek: FLAC can",
            ));
        }
        self.header.extend_from_slice(&data_header(None));
        sink.write(&self.header)
    }

    fn write(&mut self, samples: &[u8], sink: &mut ByteWriter) -> Result<()> {
        let unused = 32 - self.sample_format.bits();
        with_sample!(self.sample_format, S => {
            let mut rest: &[S] = bytemuck::cast_slice(samples);
            while !rest.is_empty() {
                let room = FRAMES * self.channels - self.frames.len();
                let (some, behind) = rest.split_at(room.min(rest.len()));
                self.frames.extend(some.iter().map(|sample| sample.to::<i32>() >> unused));
                rest = behind;
                if self.frames.len() == FRAMES * self.channels {
                    self.write_packet(sink)?;
                }
            }
        });
        Ok(())
    }

    fn flush(&mut self, _: &mut ByteWriter) -> Result<()> {
        Err(Error::unsupported("ALAC in CAF can be read only once it is finished: it cannot be flushed"))
    }

    fn finish(&mut self, sink: &mut ByteWriter) -> Result<()> {
        if !self.frames.is_empty() {
            self.write_packet(sink)?;
        }
        let start = self.header.len();
        let size = sink.position() - start as u64;
        let mut table = Vec::new();
        append_chunk(&mut table, *b"pakt", &self.packet_table());
        sink.write(&table)?;
        sink.patch((start - DATA_HEADER) as u64, &data_header(Some(size)))
    }
}
