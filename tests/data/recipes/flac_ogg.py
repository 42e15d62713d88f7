"""FLAC (native and Ogg), Ogg Vorbis, Opus in Ogg."""
import struct
from make import add, ff, ff_pipe, read, run, samples, SOURCES, tmp, wav, write
from pcm import chunk, extensible, fmt, riff


def flac(path, src, *args, **more):
    more.setdefault("lossless", True)
    more.setdefault("bits", SOURCES[src]["bits"] if src else None)

    def build(out):
        w = wav(src)
        run("flac", "-s", "-f", "--no-padding", *args, w, "-o", out)
    add(path, more.pop("container", "flac"), "flac", src, **more)(build)


# ---------------------------------------------------------------- FLAC

flac("flac/s8.flac", "clip8", "-5")
flac("flac/s16_known_100003.flac", "music", "-8", "--no-padding")
flac("flac/s16_level0.flac", "clip", "-0", notes="fixed predictors, small blocks of 1,152")
flac("flac/s16_level8_noseektable.flac", "clip", "-8", "--no-seektable", "-p")
flac("flac/s16_seektable.flac", "speech", "-5", "-b", "1024", "-S", "20x", "-S", "0.5s", notes="blocks of 1,024, a seek table")
flac("flac/s24.flac", "clip24", "-5")
flac("flac/mono_speech_16k.flac", "speech", "-5", "--no-padding")
flac("flac/s16_51.flac", "surround", "-5", "--no-padding", notes="six channels in WAV order")
flac("flac/s24_51.flac", "surround24", "-5", "--no-padding")
flac("flac/s32.flac", "clip32", "-5", "--lax", "--no-padding", notes="32 bits: FFmpeg before 6.0 does not read it", ffmpeg=False)
flac("flac/blocksize_16.flac", "mono", "-0", "-b", "16", "--lax", "--no-padding", notes="the smallest block size")
flac("flac/blocksize_32768.flac", "speech", "-5", "-b", "32768", "--lax", "--no-padding", notes="a large block size, over the subset's")
flac("flac/big_padding_tags.flac", "clip", "-5", "-P", "20000", "-T", "TITLE=Guitar and tabla", "-T", "ARTIST=Sub-d, lezaarth",
     notes="20 kB of padding, Vorbis comments", tags={"title": "Guitar and tabla", "artist": "Sub-d, lezaarth"})

for bits, src in ((12, "clip"), (20, "clip24")):
    @add("flac/s%d.flac" % bits, "flac", "flac", None, rate=44100, channels=2, frames=3001, bits=bits, lossless=False,
         notes="%s rounded down to %d bits" % (src, bits), reference_shift=dict(source=src, drop_bits=SOURCES[src]["bits"] - bits))
    def _(out, bits=bits, src=src):
        size = (bits + 7) // 8
        raw = samples(src, "s%dle" % (size * 8))
        keep = -1 << (size * 8 - bits)
        cut = b"".join((int.from_bytes(raw[i:i + size], "little", signed=True) & keep).to_bytes(size, "little", signed=True)
                       for i in range(0, len(raw), size))
        w = tmp("valid%d.wav" % bits)
        write(w, riff(chunk(b"fmt ", extensible(2, 44100, size * 8, bits, 3)), chunk(b"data", cut)))
        run("flac", "-s", "-f", "--lax", "--no-padding", w, "-o", out)

add("flac/unknown_total.flac", "flac", "flac", "clip", bits=16, lossless=True, frames_declared=None,
    notes="written by flac from raw stdin to a pipe: total samples 0, MD5 0")(
    lambda out: write(out, run("flac", "-s", "-c", "--force-raw-format", "--endian=little", "--sign=signed", "--channels=2", "--bps=16",
                               "--sample-rate=44100", "-", stdin=samples("clip"))))
add("flac/unknown_total_ffmpeg.flac", "flac", "flac", "clip", bits=16, lossless=True, notes="written by ffmpeg to a pipe")(
    lambda out: write(out, ff_pipe(SOURCES["clip"]["path"], "-f", "flac", "-c:a", "flac")))
add("flac/ffmpeg_level12.flac", "flac", "flac", "clip24", bits=24, lossless=True, notes="FFmpeg's encoder, level 12 with 32-order prediction")(
    lambda out: ff(SOURCES["clip24"]["path"], out, "-c:a", "flac", "-compression_level", "12", "-sample_fmt", "s32", "-bits_per_raw_sample", "24"))
add("flac/id3v2_prefix.flac", "flac", "flac", "clip", bits=16, lossless=True, notes="crafted: an ID3v2.3 tag in front of fLaC, ID3v1 behind")(
    lambda out: (run("flac", "-s", "-f", wav("clip"), "-o", tmp("id3.flac")),
                 write(out, b"ID3\x03\0\0\0\0\x02\x00" + b"\0" * 256 + read(tmp("id3.flac")) + b"TAG" + b"\0" * 125)))
add("flac/truncated.flac", "flac", "flac", "speech", bits=16, lossless=True, frames=None, declared_frames=48007, warning="truncated",
    frames_note="whole frames of 4,096 that come before the cut", notes="cut in mid-frame at 60 % of the bytes")(
    lambda out: (run("flac", "-s", "-f", "--no-padding", wav("speech"), "-o", tmp("cut.flac")),
                 write(out, read(tmp("cut.flac"))[:30001])))
add("flac/wrong_md5.flac", "flac", "flac", "mono", bits=16, lossless=True, md5="wrong",
    notes="crafted: the samples are right, the MD5 in STREAMINFO is not")(
    lambda out: (run("flac", "-s", "-f", "--no-padding", wav("mono"), "-o", tmp("md5.flac")),
                 write(out, read(tmp("md5.flac"))[:26] + b"\x5a" * 16 + read(tmp("md5.flac"))[42:])))


@add("flac/picture.flac", "flac", "flac", "mono", bits=16, lossless=True, notes="a PICTURE block: a 1x1 PNG", tags={"picture": "image/png"})
def _(out):
    write(tmp("dot.png"), PNG)
    run("flac", "-s", "-f", "--no-padding", "--picture", "3||dot|1x1x24|" + tmp("dot.png"), wav("mono"), "-o", out)


PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
                    "53de0000000c4944415408d763f8cfc000000301010018dd8db00000000049454e44ae426082")

# ---------------------------------------------------------------- Ogg FLAC

flac("ogg/flac_s16.oga", "clip", "-5", "--ogg", "--serial-number=7", container="ogg")
flac("ogg/flac_s24_51.oga", "surround24", "-5", "--ogg", "--serial-number=7", container="ogg")
add("ogg/flac_ffmpeg.oga", "ogg", "flac", "clip", bits=16, lossless=True)(
    lambda out: ff(SOURCES["clip"]["path"], out, "-c:a", "flac"))


@add("ogg/flac_chained.oga", "ogg", "flac", None, rate=44100, channels=2, frames=6002, bits=16, lossless=True, chain=["clip", "clip"],
     notes="two Ogg FLAC streams one after the other")
def _(out):
    both = b""
    for serial in (21, 22):
        run("flac", "-s", "-f", "--ogg", "--serial-number=%d" % serial, wav("clip"), "-o", tmp("chain.oga"))
        both += read(tmp("chain.oga"))
    write(out, both)


# ---------------------------------------------------------------- Ogg Vorbis

def vorbis(path, src, *args, w=None, **more):
    more.setdefault("lossless", False)
    add(path, "ogg", "vorbis", src, **more)(
        lambda out: run("oggenc", "-Q", "-s", "1", *args, w() if w else wav(src), "-o", out))


vorbis("ogg/vorbis_q5_known_100003.ogg", "music", "-q", "5", "-t", "Guitar and tabla", "-a", "Sub-d, lezaarth",
       tags={"title": "Guitar and tabla", "artist": "Sub-d, lezaarth"}, notes="the last page's granule position trims")
vorbis("ogg/vorbis_q0.ogg", "music48", "-q", "0")
vorbis("ogg/vorbis_q10_mono.ogg", "mono", "-q", "10")
vorbis("ogg/vorbis_speech_16k.ogg", "speech", "-q", "2")
vorbis("ogg/vorbis_51.ogg", "surround", "-q", "3", notes="six channels; the stream is in Vorbis order FL FC FR BL BR LFE, the source in WAV order")
vorbis("ogg/vorbis_short_1000.ogg", "clip", "-q", "4", w=lambda: wav("clip", frames=1000), frames=1000, notes="shorter than one page")
vorbis("ogg/vorbis_short_1.ogg", "clip", "-q", "4", w=lambda: wav("clip", start=1500, frames=1), frames=1, source_start=1500, notes="one frame")
vorbis("ogg/vorbis_skeleton.ogg", "clip", "-q", "4", "--skeleton", notes="an Ogg Skeleton stream beside the audio")
add("ogg/vorbis_ffmpeg_start_offset.ogg", "ogg", "vorbis", "music", lossless=False, frames=None,
    frames_note="a stream cut out of a longer one with ffmpeg -c copy: its first granule position is not 0",
    notes="real-world cut of a stream")(
    lambda out: (run("oggenc", "-Q", "-s", "1", "-q", "3", wav("music"), "-o", tmp("whole.ogg")),
                 ff(tmp("whole.ogg"), out, "-c", "copy", pre=["-ss", "1"])))


def chain(parts, out):
    write(out, b"".join(parts))


def ogg_bytes(src, serial, q="3", **kw):
    t = tmp("part%d.ogg" % serial)
    run("oggenc", "-Q", "-s", str(serial), "-q", q, wav(src, **kw), "-o", t)
    return read(t)


add("ogg/vorbis_chained.ogg", "ogg", "vorbis", None, rate=44100, channels=2, frames=3001 + 20011, chain=["clip", "music[0:20011]"],
    lossless=False, notes="two streams with equal parameters one after the other")(
    lambda out: chain([ogg_bytes("clip", 31), ogg_bytes("music", 32, frames=20011)], out))
add("ogg/vorbis_chained_rates.ogg", "ogg", "vorbis", None, rate=44100, channels=2, frames=3001, lossless=False,
    chain=["clip", "music48[0:9000]"], segments=[dict(rate=44100, channels=2, frames=3001), dict(rate=48000, channels=2, frames=9000)],
    notes="two streams with different rates: a clear error or a new segment after 3,001 frames, never silence")(
    lambda out: chain([ogg_bytes("clip", 33), ogg_bytes("music48", 34, frames=9000)], out))
add("ogg/vorbis_chained_channels.ogg", "ogg", "vorbis", None, rate=44100, channels=2, frames=3001, lossless=False,
    chain=["clip", "mono"], segments=[dict(rate=44100, channels=2, frames=3001), dict(rate=44100, channels=1, frames=3001)],
    notes="two streams with different channel counts")(
    lambda out: chain([ogg_bytes("clip", 35), ogg_bytes("mono", 36)], out))
add("ogg/vorbis_truncated.ogg", "ogg", "vorbis", "music", lossless=False, frames=None, warning="truncated",
    frames_note="the pages that are whole", notes="cut in mid-page at 60 % of the bytes; no page says end of stream")(
    lambda out: (run("oggenc", "-Q", "-s", "1", "-q", "3", wav("music"), "-o", tmp("whole.ogg")),
                 write(out, read(tmp("whole.ogg"))[:len(read(tmp("whole.ogg"))) * 6 // 10])))
add("unsupported/speex.ogg", "ogg", "speex", rate=16000, channels=1, error="unsupported", message="Speex")(
    lambda out: ff(wav("speech", frames=3200), out, "-c:a", "libspeex"))

# ---------------------------------------------------------------- Opus


def opus(path, src, *args, w=None, rate=48000, **more):
    more.setdefault("lossless", False)
    add(path, "ogg", "opus", src, rate=rate, **more)(
        lambda out: run("opusenc", "--quiet", "--serial", "1", *args, w() if w else wav(src), out))


opus("opus/stereo_96k_known_100003.opus", "music48", "--bitrate", "96", "--title", "Guitar", "--artist", "Sub-d",
     tags={"title": "Guitar", "artist": "Sub-d"})
opus("opus/stereo_24k.opus", "music48", "--bitrate", "24")
opus("opus/mono_6k.opus", "music48", "--bitrate", "6", "--downmix-mono", channels=1)
opus("opus/mono_48k.opus", "music48", "--bitrate", "48", "--downmix-mono", "--hard-cbr", channels=1)
for kbps in (8, 16, 24):
    opus("opus/speech_%dk.opus" % kbps, "speech", "--bitrate", str(kbps), "--speech", frames=144021, notes="16 kHz input: SILK or hybrid; 48 kHz output")
opus("opus/frames_2.5ms.opus", "music48", "--bitrate", "64", "--framesize", "2.5", w=lambda: wav("music48", frames=24001), frames=24001)
opus("opus/frames_5ms.opus", "music48", "--bitrate", "64", "--framesize", "5", w=lambda: wav("music48", frames=24001), frames=24001)
opus("opus/frames_60ms.opus", "music48", "--bitrate", "64", "--framesize", "60")
opus("opus/51.opus", "surround", "--bitrate", "192", notes="mapping family 1; the stream is in Vorbis order FL FC FR BL BR LFE, the source in WAV order")
opus("opus/short_100.opus", "music48", "--bitrate", "64", w=lambda: wav("music48", frames=100), frames=100, notes="shorter than one packet")
add("opus/discrete_255.opus", "ogg", "opus", "surround", lossless=False, snr_least=15.0, notes="by ffmpeg; mapping family 255: unpositioned channels")(
    lambda out: ff(SOURCES["surround"]["path"], out, "-c:a", "libopus", "-b:a", "192k", "-mapping_family", "255"))
opus("opus/from_44100.opus", "clip", "--bitrate", "64", frames=3267, notes="a 44.1 kHz input: the stream is at 48 kHz, the original rate is told in the header")


def opus_bytes(src, serial, *args, **kw):
    t = tmp("part%d.opus" % serial)
    run("opusenc", "--quiet", "--serial", str(serial), *args, wav(src, **kw), t)
    return read(t)


add("opus/chained.opus", "ogg", "opus", None, rate=48000, channels=2, frames=30001 + 20003, lossless=False,
    chain=["music48[0:30001]", "music48[0:20003]"], notes="two streams one after the other, each with its pre-skip and end trim")(
    lambda out: chain([opus_bytes("music48", 41, "--bitrate", "64", frames=30001), opus_bytes("music48", 42, "--bitrate", "64", frames=20003)], out))


@add("opus/gain_minus_6db.opus", "ogg", "opus", "music48", rate=48000, lossless=False, gain_db=-6.0,
     notes="crafted: output gain -6 dB (Q7.8 -1536) in the header, which a decoder must apply; CRC made right")
def _(out):
    data = bytearray(opus_bytes("music48", 43, "--bitrate", "64"))
    at = data.index(b"OpusHead")
    data[at + 16:at + 18] = struct.pack("<h", -1536)
    n = 27 + data[26] + sum(data[27:27 + data[26]])
    write(out, bytes(fix_crc(data[:n]) + data[n:]))


def crc_table():
    t = []
    for i in range(256):
        r = i << 24
        for _ in range(8):
            r = (r << 1) ^ 0x04C11DB7 if r & 0x80000000 else r << 1
        t.append(r & 0xFFFFFFFF)
    return t


CRC = crc_table()


def fix_crc(page):
    page = bytearray(page)
    page[22:26] = b"\0\0\0\0"
    c = 0
    for b in page:
        c = ((c << 8) & 0xFFFFFFFF) ^ CRC[(c >> 24) ^ b]
    page[22:26] = struct.pack("<I", c)
    return page


# ---------------------------------------------------------------- FLAC with a variable block size

def crc8(data):
    c = 0
    for b in data:
        c ^= b
        for _ in range(8):
            c = (c << 1) ^ 0x107 if c & 0x80 else c << 1
    return c


def crc16(data):
    c = 0
    for b in data:
        c ^= b << 8
        for _ in range(8):
            c = (c << 1) ^ 0x18005 if c & 0x8000 else c << 1
    return c


def utf8(n):
    """A number as FLAC codes it: UTF-8, up to 36 bits."""
    if n < 0x80:
        return bytes([n])
    tail = []
    lead = 0x3F
    while n > lead:
        tail.append(0x80 | n & 0x3F)
        n >>= 6
        lead >>= 1
    return bytes([(0xFF ^ (lead << 1 | 1)) & 0xFF | n]) + bytes(reversed(tail))


@add("flac/variable_block_size.flac", "flac", "flac", "clip", bits=16, lossless=True,
     notes="crafted: variable block size (every frame another, 16 to 716 samples), verbatim subframes")
def _(out):
    import hashlib
    s = samples("clip", "s16be")
    frames, at, size = [], 0, 16
    while at < 3001:
        n = min(size, 3001 - at)
        head = b"\xff\xf9\x79\x18" + utf8(at) + struct.pack(">H", n - 1)
        head += bytes([crc8(head)])
        body = head
        for ch in (0, 1):
            body += b"\x02" + b"".join(s[(i * 2 + ch) * 2:(i * 2 + ch) * 2 + 2] for i in range(at, at + n))
        frames.append(body + struct.pack(">H", crc16(body)))
        at += n
        size = size * 7 % 701 + 16
    info = struct.pack(">HH", 16, 717) + min(map(len, frames)).to_bytes(3, "big") + max(map(len, frames)).to_bytes(3, "big") \
        + (44100 << 44 | 1 << 41 | 15 << 36 | 3001).to_bytes(8, "big") + hashlib.md5(samples("clip")).digest()
    write(out, b"fLaC\x80\0\0\x22" + info + b"".join(frames))
