"""Files that a reader must refuse, or read as far as they go: bad/."""
import random
import struct
from make import bad, ff, read, run, SOURCES, tmp, wav
from pcm import chunk, extended, extensible, fmt, riff, aiff_chunk, caf, caf_chunk
from flac_ogg import PNG, fix_crc, ogg_bytes, opus_bytes
from mp4_mkv import edit

ONE = b"\1\0" * 100


def noise(n, seed):
    return random.Random(seed).randbytes(n)


def wave(f, data=ONE, **kw):
    return riff(chunk(b"fmt ", f), chunk(b"data", data), **kw)


# ---------------------------------------------------------------- not audio
bad("empty.wav", "unrecognized", "no bytes at all", b"")
bad("one_byte.mp3", "unrecognized", "one byte", b"\xff")
bad("text.wav", "unrecognized", "plain text", b"This is a text file, and no audio at all.\n" * 20)
bad("text.mp3", "unrecognized", "plain text with an audio file's extension", b"There is no frame in here.\n" * 100)
bad("html.ogg", "unrecognized", "an error page saved under an audio file's name", b"<!DOCTYPE html><html><head><title>404 Not Found</title></head></html>\n")
bad("random.wav", "unrecognized", "random bytes", noise(4096, 1))
bad("random.mp3", "unrecognized", "random bytes: a false MPEG sync word is likely among them, two in step are not", noise(16384, 2))
bad("random_no_extension", "unrecognized", "random bytes, no extension", noise(2048, 3))
bad("zeros.flac", "unrecognized", "zero bytes", b"\0" * 2000)
bad("png.wav", "unrecognized", "a PNG picture with another name", PNG)
bad("zip.m4a", "unrecognized", "an empty ZIP archive", b"PK\5\6" + b"\0" * 18)
bad("elf.aiff", "unrecognized", "the beginning of a program", b"\x7fELF\2\1\1" + b"\0" * 57)
bad("riff_avi.wav", "unrecognized", "RIFF, but AVI", riff(chunk(b"LIST", b"hdrl"), form=b"AVI "), also=["unsupported"])
bad("id3_only.mp3", "unrecognized", "an ID3v2 tag and nothing else", b"ID3\x03\0\0\0\0\1\0" + b"\0" * 128, also=["malformed"])
bad("id3_huge_size.mp3", "unrecognized", "an ID3v2 tag that claims 256 MB", b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + b"\0" * 64, also=["malformed"])
bad("midi.mid", "unrecognized", "a MIDI file: notes, no samples", b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk\0\0\0\4\0\xff\x2f\0", also=["unsupported"])

# ---------------------------------------------------------------- WAV
bad("riff_only.wav", "malformed", "RIFF and WAVE, then nothing", b"RIFF\4\0\0\0WAVE")
bad("riff_4_bytes.wav", "malformed", "the four letters RIFF", b"RIFF", also=["unrecognized"])
bad("fmt_only.wav", "malformed", "no data chunk", riff(chunk(b"fmt ", fmt(1, 2, 44100, 16))))
bad("data_before_fmt.wav", "malformed", "data and no fmt chunk", riff(chunk(b"data", ONE)))
bad("fmt_truncated.wav", "malformed", "a fmt chunk of 10 bytes", riff(chunk(b"fmt ", fmt(1, 2, 44100, 16)[:10]), chunk(b"data", ONE)))
bad("rate_0.wav", "malformed", "0 Hz", wave(fmt(1, 2, 0, 16)))
bad("rate_4294967295.wav", "limit", "4,294,967,295 Hz", wave(fmt(1, 1, 0xFFFFFFFF, 16, byte_rate=0)), also=["malformed"])
bad("channels_0.wav", "malformed", "0 channels", wave(fmt(1, 0, 44100, 16, block=0)))
bad("channels_65535.wav", "limit", "65,535 channels", wave(fmt(1, 65535, 44100, 16, block=65535 * 2 & 0xFFFF, byte_rate=0)), also=["malformed"])
bad("bits_0.wav", "malformed", "0 bits per sample", wave(fmt(1, 2, 44100, 0, block=4)), also=["unsupported"])
bad("bits_255.wav", "unsupported", "255 bits per sample", wave(fmt(1, 1, 44100, 255, block=32)), also=["malformed"])
bad("block_align_0.wav", None, "block align 0 in a PCM file that is right otherwise: read it", wave(fmt(1, 2, 44100, 16, block=0, byte_rate=176400)),
    container="wav", codec="pcm_s16le", rate=44100, channels=2, frames=50, also=["malformed"])
bad("f32_16_bits.wav", "malformed", "IEEE float with 16 bits", wave(fmt(3, 1, 44100, 16)), also=["unsupported"])
bad("extensible_short.wav", "malformed", "EXTENSIBLE with a fmt chunk that ends before the sub-format", wave(extensible(2, 44100, 16, 16, 3)[:24]))
bad("extensible_unknown_guid.wav", "unsupported", "EXTENSIBLE with a sub-format nobody knows", wave(extensible(2, 44100, 16, 16, 3, tail=b"\xaa" * 14)))
bad("ima_block_0.wav", "malformed", "IMA ADPCM with block align 0", wave(fmt(0x11, 1, 44100, 4, block=0, byte_rate=0, extra=b"\2\0\xf9\1")))
bad("ms_adpcm_no_coefficients.wav", "malformed", "MS ADPCM that claims 65,535 coefficients",
    wave(fmt(2, 1, 44100, 4, block=256, extra=b"\4\0\xf4\1\xff\xff")))
bad("ds64_2_40_frames.wav", None, "RF64 whose ds64 claims 2^40 frames; 50 are there: the good samples and a warning, no memory for the claim",
    riff(chunk(b"ds64", struct.pack("<QQQI", (1 << 42) + 72, 1 << 42, 1 << 40, 0)), chunk(b"fmt ", fmt(1, 2, 44100, 16)),
         chunk(b"data", ONE, size=0xFFFFFFFF), tag=b"RF64", size=0xFFFFFFFF),
    container="rf64", codec="pcm_s16le", rate=44100, channels=2, frames=50, declared_frames=1 << 40, warning="truncated")
bad("ds64_negative.wav", None, "ds64 sizes of 2^64 - 1", riff(chunk(b"ds64", struct.pack("<QQQI", *[(1 << 64) - 1] * 3, 0)), chunk(b"fmt ", fmt(1, 2, 44100, 16)),
    chunk(b"data", ONE, size=0xFFFFFFFF), tag=b"RF64", size=0xFFFFFFFF),
    container="rf64", codec="pcm_s16le", rate=44100, channels=2, frames=50, also=["malformed"], ffmpeg=False)
bad("ds64_missing.wav", "malformed", "RF64 without ds64; the data run to the end of the file", riff(chunk(b"fmt ", fmt(1, 2, 44100, 16)), chunk(b"data", ONE, size=0xFFFFFFFF),
    tag=b"RF64", size=0xFFFFFFFF), also=["ok"], frames=50, rate=44100, channels=2)
bad("data_size_lies.wav", None, "the data chunk claims 2 GB; 50 frames are there", riff(chunk(b"fmt ", fmt(1, 2, 44100, 16)), chunk(b"data", ONE, size=0x7FFFFFF0)),
    container="wav", codec="pcm_s16le", rate=44100, channels=2, frames=50, declared_frames=0x7FFFFFF0 // 4)
bad("chunk_size_past_end.wav", "malformed", "the first chunk claims 4 GB", riff(chunk(b"junk", b"abc", size=0xFFFFFFF0)) + wave(fmt(1, 1, 44100, 16))[12:])
bad("many_empty_chunks.wav", None, "2,000 empty chunks before fmt", riff(*[chunk(b"none", b"")] * 2000, chunk(b"fmt ", fmt(1, 2, 44100, 16)), chunk(b"data", ONE)),
    container="wav", codec="pcm_s16le", rate=44100, channels=2, frames=50, also=["limit"])

# ---------------------------------------------------------------- AIFF, CAF, AU, W64


def aiff(channels=1, frames=100, bits=16, rate=None, ssnd=ONE, form=b"AIFF", extra=b""):
    body = form + aiff_chunk(b"COMM", struct.pack(">HIH", channels, frames, bits) + (extended(44100) if rate is None else rate) + extra)
    if ssnd is not None:
        body += aiff_chunk(b"SSND", struct.pack(">II", 0, 0) + ssnd)
    return b"FORM" + struct.pack(">I", len(body)) + body


bad("rate_0.aiff", "malformed", "0 Hz", aiff(rate=b"\0" * 10))
bad("rate_nan.aiff", "malformed", "a sample rate that is not a number", aiff(rate=b"\x7f\xff\xc0" + b"\0" * 7))
bad("rate_huge.aiff", "limit", "a sample rate of 2^100 Hz", aiff(rate=struct.pack(">HQ", 16383 + 100, 1 << 63)), also=["malformed"])
bad("rate_negative.aiff", "malformed", "-44,100 Hz", aiff(rate=bytes([extended(44100)[0] | 0x80]) + extended(44100)[1:]))
bad("channels_0.aiff", "malformed", "0 channels", aiff(channels=0))
bad("no_ssnd.aiff", "malformed", "COMM says 100 frames and there is no SSND chunk", aiff(ssnd=None))
bad("no_comm.aiff", "malformed", "no COMM chunk", b"FORM\0\0\0\x14AIFF" + aiff_chunk(b"SSND", b"\0" * 8))
bad("frames_4g.aiff", None, "COMM claims 4,294,967,295 frames, 100 are there", aiff(frames=0xFFFFFFFF),
    container="aiff", codec="pcm_s16be", rate=44100, channels=1, frames=100, declared_frames=0xFFFFFFFF, warning="truncated", ffmpeg=False)
bad("ssnd_offset_past_end.aiff", "malformed", "SSND offset 2^32 - 1", aiff(ssnd=None)[:4] + struct.pack(">I", 46 + 16) + aiff(ssnd=None)[8:]
    + b"SSND\0\0\0\x10\xff\xff\xff\xff\0\0\0\0" + b"\0" * 8, also=["ok"], frames=0, rate=44100, channels=1)
bad("desc_only.caf", "malformed", "no data chunk", caf(0, 16, 2, b"")[:52])
bad("rate_nan.caf", "malformed", "a sample rate that is not a number", caf(0, 16, 2, ONE, rate=float("nan")))
bad("rate_inf.caf", "malformed", "an infinite sample rate", caf(0, 16, 2, ONE, rate=float("inf")), also=["limit"])
bad("channels_0.caf", "malformed", "0 channels", caf(0, 16, 2, ONE).replace(struct.pack(">III", 1, 2, 16), struct.pack(">III", 1, 0, 16)))
bad("channels_4g.caf", "limit", "4,294,967,295 channels", caf(0, 16, 2, ONE).replace(struct.pack(">III", 1, 2, 16), struct.pack(">III", 1, 0xFFFFFFFF, 16)), also=["malformed"])
bad("data_size_2_62.caf", None, "the data chunk claims 2^62 bytes, 50 frames are there", caf(2, 16, 2, ONE, data_size=1 << 62),
    container="caf", codec="pcm_s16le", rate=44100, channels=2, frames=50, warning="truncated", also=["malformed"])
bad("data_size_minus_2.caf", "malformed", "the data chunk claims -2 bytes", caf(2, 16, 2, ONE, data_size=-2))
bad("pakt_2_60.caf", "malformed", "an ALAC packet table that claims 2^60 packets", b"caff\0\1\0\0" + caf_chunk(b"desc",
    struct.pack(">d4sIIIII", 44100.0, b"alac", 1, 0, 4096, 2, 0)) + caf_chunk(b"pakt", struct.pack(">qqii", 1 << 60, 1 << 60, 0, 0))
    + caf_chunk(b"data", b"\0" * 20), also=["limit", "unsupported"])
bad("rate_0.au", "malformed", "0 Hz", struct.pack(">4sIIIII", b".snd", 24, 200, 3, 0, 1) + ONE)
bad("channels_4g.au", "limit", "4,294,967,295 channels", struct.pack(">4sIIIII", b".snd", 24, 200, 3, 44100, 0xFFFFFFFF) + ONE, also=["malformed"])
bad("offset_past_end.au", "malformed", "the data begin at 4 GB", struct.pack(">4sIIIII", b".snd", 0xFFFFFFF0, 200, 3, 44100, 1) + ONE, also=["ok"],
    frames=0, rate=44100, channels=1)
bad("header_only.au", "malformed", "the header breaks off", b".snd\0\0\0\x18\0\0", also=["unrecognized"])
bad("chunk_size_0.w64", "malformed", "a chunk of size 0: a reader that believes it never ends", bytes.fromhex(
    "726966662e91cf11a5d628db04c10000") + struct.pack("<Q", 200) + bytes.fromhex("77617665f3acd3118cd100c04f8edb8a") + (b"zero" + bytes.fromhex(
        "f3acd3118cd100c04f8edb8a") + struct.pack("<Q", 0)) * 4)

# ---------------------------------------------------------------- FLAC


def flac_file():
    run("flac", "-s", "-f", "--no-padding", "--no-seektable", wav("mono"), "-o", tmp("bad.flac"))
    return bytearray(read(tmp("bad.flac")))


def streaminfo(**change):
    """A right FLAC file with some fields of STREAMINFO changed."""
    def make():
        d = flac_file()
        v = int.from_bytes(d[18:26], "big")
        rate, ch, bps, total = v >> 44, v >> 41 & 7, v >> 36 & 31, v & ((1 << 36) - 1)
        rate, ch, bps, total = (change.get(k, x) for k, x in (("rate", rate), ("ch", ch), ("bps", bps), ("total", total)))
        d[18:26] = (rate << 44 | ch << 41 | bps << 36 | total).to_bytes(8, "big")
        if "blocks" in change:
            d[8:12] = struct.pack(">HH", *change["blocks"])
        return bytes(d)
    return make


MONO = dict(container="flac", codec="flac", rate=44100, channels=1)
bad("total_2_36.flac", None, "STREAMINFO claims 2^36 - 1 samples; 3,001 are there", streaminfo(total=(1 << 36) - 1), **MONO, frames=3001,
    declared_frames=(1 << 36) - 1, warning="truncated")
bad("total_too_small.flac", None, "STREAMINFO says 1,000 samples; 3,001 are there: either count, but stated and read the same", streaminfo(total=1000), **MONO,
    frames=3001, declared_frames=1000, also_frames=[1000])
bad("rate_0.flac", "malformed", "STREAMINFO says 0 Hz; the frames say 44,100", streaminfo(rate=0), also=["ok"], frames=3001, rate=44100, channels=1)
bad("block_size_0.flac", "malformed", "minimum and maximum block size 0", streaminfo(blocks=(0, 0)), also=["ok"], frames=3001, rate=44100, channels=1)
bad("channels_lie.flac", "malformed", "STREAMINFO says 8 channels; the frames have one: an error, or the audio as the frames have it", streaminfo(ch=7), also=["ok"],
    frames=3001, rate=44100, channels=1)
bad("magic_only.flac", "malformed", "fLaC and nothing else", b"fLaC", also=["unrecognized"])
bad("streaminfo_only.flac", None, "STREAMINFO says 3,001 samples and no frame follows", lambda: bytes(flac_file()[:4]) + b"\x80" + bytes(flac_file()[5:42]), **MONO,
    frames=0, declared_frames=3001, warning="truncated", also=["malformed"])
bad("metadata_past_end.flac", "malformed", "a metadata block of 16 MB that is not there", lambda: bytes(flac_file()[:42]) + b"\x04\xff\xff\xff" + b"\0" * 40)
bad("comment_length_lies.flac", "malformed", "a comment of 4 GB inside a block of 16 bytes: tags may be left out, the audio is right",
    lambda: bytes(flac_file()[:4]) + b"\0" + bytes(flac_file()[5:42]) + b"\x84\0\0\x10" + b"\xff" * 16 + bytes(flac_file()[first_frame():]), also=["ok"],
    frames=3001, rate=44100, channels=1)
bad("frames_flipped.flac", None, "four bytes in the only frame are flipped: its CRC is wrong; the good samples (none) and a warning, never noise", lambda: flip(flac_file()),
    **MONO, frames=0, declared_frames=3001, warning="corrupt", also=["malformed"], also_frames=[3001], ffmpeg=False,
    frames_note="0, or 3,001 with the bad frame as silence, as the docs say")


def first_frame():
    d = flac_file()
    at = 4
    while True:
        last, size = d[at] & 0x80, int.from_bytes(d[at + 1:at + 4], "big")
        at += 4 + size
        if last:
            return at


def flip(d):
    for i in range(4):
        d[len(d) // 2 + i] ^= 0x5A
    return bytes(d)


# ---------------------------------------------------------------- Ogg


def pages(data):
    out, at = [], 0
    while at < len(data):
        n = 27 + data[at + 26] + sum(data[at + 27:at + 27 + data[at + 26]])
        out.append(data[at:at + n])
        at += n
    return out


def page(serial, number, flags, granule, packet):
    n = len(packet)
    lacing = bytes([255] * (n // 255) + [n % 255])
    return bytes(fix_crc(b"OggS\0" + bytes([flags]) + struct.pack("<qIIIB", granule, serial, number, 0, len(lacing)) + lacing + packet))


bad("magic_only.ogg", "malformed", "OggS and nothing else", b"OggS", also=["unrecognized"])
bad("no_packets.ogg", "malformed", "one page without a packet", page(1, 0, 6, 0, b"")[:26] + b"\0", also=["unrecognized", "unsupported"])
bad("unknown_codec.ogg", "unsupported", "a stream of a codec nobody knows", page(1, 0, 2, 0, b"\x01nocodec" + b"\0" * 22) + page(1, 1, 4, 1000, b"x" * 40), also=["unrecognized"])
bad("headers_only.ogg", None, "Vorbis with its three headers and no audio", lambda: b"".join(pages(ogg_bytes("clip", 51))[:2]), container="ogg", codec="vorbis",
    rate=44100, channels=2, frames=0, also=["malformed"])
bad("first_header_only.ogg", "malformed", "Vorbis that breaks off after the first header", lambda: pages(ogg_bytes("clip", 52))[0])
bad("vorbis_rate_0.ogg", "malformed", "Vorbis with 0 Hz", lambda: vorbis_head(12, b"\0\0\0\0"))
bad("vorbis_channels_0.ogg", "malformed", "Vorbis with 0 channels", lambda: vorbis_head(11, b"\0"))
bad("crc_wrong.ogg", "malformed", "every page's CRC is wrong", lambda: b"".join(p[:22] + b"\xde\xad\xbe\xef" + p[26:] for p in pages(ogg_bytes("clip", 53))), also=["ok"],
    frames=3001, rate=44100, channels=2)
bad("page_lost.ogg", None, "the page that holds the codec's tables is there, a page of audio is missing in the middle: a gap, said as a warning", lambda: lost_page(),
    container="ogg", codec="vorbis", rate=44100, channels=2, frames=None, declared_frames=100003, also_frames=[100003], warning="corrupt")
bad("granule_negative.opus", "malformed", "Opus whose last granule position is lower than the pre-skip", lambda: granule(10), also=["ok"], frames=0, rate=48000, channels=2)
bad("granule_2_62.opus", None, "Opus whose last granule position claims 2^62 frames", lambda: granule(1 << 62), container="ogg", codec="opus", rate=48000, channels=2,
    frames=None, frames_note="what the packets hold, less the pre-skip", also=["malformed"])
bad("opus_channels_0.opus", "malformed", "Opus with 0 channels", lambda: opus_head(9, b"\0"))
bad("opus_version_15.opus", "unsupported", "OpusHead of version 15 (0xF0)", lambda: opus_head(8, b"\xf0"), also=["malformed"])


def vorbis_head(at, value):
    p = pages(ogg_bytes("clip", 54))
    first = bytearray(p[0])
    first[28 + at:28 + at + len(value)] = value
    return bytes(fix_crc(first)) + b"".join(p[1:])


def lost_page():
    p = pages(ogg_bytes("music", 55))
    assert len(p) > 5, len(p)
    return b"".join(p[:4] + p[5:])


def granule(value):
    p = pages(opus_bytes("music48", 56, "--bitrate", "32", frames=9000))
    last = bytearray(p[-1])
    last[6:14] = struct.pack("<q", value)
    return b"".join(p[:-1]) + bytes(fix_crc(last))


def opus_head(at, value):
    p = pages(opus_bytes("music48", 57, "--bitrate", "32", frames=3000))
    first = bytearray(p[0])
    first[28 + at:28 + at + len(value)] = value
    return bytes(fix_crc(first)) + b"".join(p[1:])


# ---------------------------------------------------------------- MPEG, ADTS
bad("one_frame_header.mp3", "unrecognized", "four bytes of a frame header", b"\xff\xfb\x90\x64", also=["malformed"])
bad("bad_headers.mp3", "unrecognized", "sync words with a reserved rate or layer in each", b"\xff\xfb\x9c\x64\xff\xe9\x90\x64\xff\xf9\xf0\x64" * 60, also=["malformed", "unsupported"])
bad("xing_2_32_frames.mp3", None, "the LAME tag claims 4,294,967,295 MPEG frames; a few are there", lambda: lame_frames(0xFFFFFFFF), container="mp3", codec="mp3",
    rate=44100, channels=2, frames=None, warning="truncated", frames_max=10000)
bad("adts_header_only.aac", "malformed", "one ADTS header", b"\xff\xf1\x50\x80\x02\x1f\xfc", also=["unrecognized"])
bad("adts_length_0.aac", "malformed", "ADTS frames of length 0", b"\xff\xf1\x50\x80\x00\x1f\xfc" * 40, also=["unrecognized"])


def lame_frames(n):
    run("lame", "--quiet", "-b", "128", wav("clip"), tmp("xing.mp3"))
    d = bytearray(read(tmp("xing.mp3")))
    i = d.find(b"Info")
    d[i + 8:i + 12] = struct.pack(">I", n)
    return bytes(d)


# ---------------------------------------------------------------- MP4 and Matroska
STBL = (b"moov", b"trak", b"mdia", b"minf", b"stbl")


def small_m4a():
    t = tmp("small.m4a")
    ff(wav("clip"), t, "-c:a", "aac", "-b:a", "48k")
    return read(t)


def table(name, body):
    return lambda: edit(small_m4a(), STBL + (name,), lambda b: body(b) if callable(body) else body)


M4A = dict(container="mp4", codec="aac", rate=44100, channels=2)
bad("ftyp_only.m4a", "malformed", "no moov box", b"\0\0\0\x14ftypM4A \0\0\0\0M4A ", also=["unrecognized"])
bad("moov_empty.m4a", "malformed", "an empty moov box", b"\0\0\0\x14ftypM4A \0\0\0\0M4A \0\0\0\x08moov")
bad("moov_past_end.m4a", "malformed", "a moov box that claims 4 GB", b"\0\0\0\x14ftypM4A \0\0\0\0M4A \xff\xff\xff\xf0moov" + b"\0" * 32)
bad("box_size_1_huge.m4a", "malformed", "a box with a 64-bit size of 2^63", b"\0\0\0\x14ftypM4A \0\0\0\0M4A \0\0\0\x01moov\x80" + b"\0" * 7 + b"\0" * 16)
bad("box_size_4.m4a", "malformed", "a box of size 4, smaller than its own header", b"\0\0\0\x14ftypM4A \0\0\0\0M4A \0\0\0\x04moov" + b"\0" * 32)
bad("stsz_huge_count.m4a", "malformed", "stsz claims 4,294,967,295 samples", table(b"stsz", lambda b: b[:8] + b"\xff\xff\xff\xff" + b[12:]), also=["limit", "ok"],
    frames=3001, rate=44100, channels=2)
bad("stsz_fixed_huge_count.m4a", "malformed", "stsz claims 4,294,967,295 samples of one size, so that no table need follow",
    table(b"stsz", b"\0\0\0\0\0\0\0\x10\xff\xff\xff\xff"), also=["limit", "ok"], frames=None, rate=44100, channels=2)
bad("stts_huge_count.m4a", None, "stts claims 4,294,967,295 samples of 1,024 frames each; the other tables are right", table(b"stts", struct.pack(">IIII", 0, 1, 0xFFFFFFFF, 1024)), **M4A,
    frames=None, also=["malformed", "limit"], frames_max=5000)
bad("stco_past_end.m4a", None, "the chunk lies behind the end of the file", table(b"stco", struct.pack(">III", 0, 1, 0x7FFFFFFF)), **M4A, frames=0, declared_frames=3001,
    warning="truncated", also=["malformed"])
bad("stsc_zero.m4a", "malformed", "stsc with a first chunk of 0 and 0 samples per chunk", table(b"stsc", struct.pack(">IIIII", 0, 1, 0, 0, 1)), also=["ok"], frames=0, rate=44100, channels=2)
bad("timescale_0.m4a", "malformed", "a media time scale of 0", lambda: edit(small_m4a(), (b"moov", b"trak", b"mdia", b"mdhd"), lambda b: b[:12] + b"\0\0\0\0" + b[16:]),
    also=["ok"], frames=3001, rate=44100, channels=2)
bad("edit_start_past_end.m4a", None, "the edit list starts at 2^31 - 1", lambda: edit(small_m4a(), (b"moov", b"trak", b"edts", b"elst"),
    lambda b: struct.pack(">IIIiHH", 0, 1, 68, 0x7FFFFFFF, 1, 0)), **M4A, frames=0, also=["malformed"])
bad("esds_missing.m4a", "malformed", "mp4a without esds", table(b"stsd", lambda b: b[:8] + struct.pack(">I", 36) + b[12:44]), also=["unsupported"])
bad("video_only.mp4", "unsupported", "a video track and no audio", lambda: video_only("mp4"), also=["malformed"])
bad("video_only.mkv", "unsupported", "a video track and no audio", lambda: video_only("mkv"), also=["malformed"])
bad("ebml_only.mka", "malformed", "an EBML header and nothing else", lambda: mka()[:40], also=["unrecognized"])
bad("ebml_size_huge.mka", "malformed", "an element that claims 2^56 - 2 bytes", b"\x1a\x45\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xfe" + b"\x42\x82\x88matroska" + b"\0" * 16,
    also=["unrecognized", "limit"])
bad("no_tracks.mka", "malformed", "a segment that breaks off before its tracks", lambda: mka()[:80])


def video_only(kind):
    t = tmp("video." + kind)
    run("ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "color=black:s=16x16:r=5:d=1", "-fflags", "+bitexact", "-flags", "+bitexact",
        "-threads", "1", "-c:v", "mpeg4", t)
    return read(t)


def mka():
    t = tmp("bad.mka")
    ff(SOURCES["mono"]["path"], t, "-c:a", "flac")
    return read(t)
