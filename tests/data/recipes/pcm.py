"""WAV, RF64, BW64, W64, AIFF, AIFC, CAF and AU."""
import struct
from make import add, by_ffmpeg, ff, ff_pipe, read, run, samples, SOURCES, tmp, wav, write

PCM_TABLE = [  # name, ffmpeg codec, source, bits, sample format
    ("u8", "pcm_u8", "clip8", 8), ("s16", "pcm_s16le", "clip", 16), ("s24", "pcm_s24le", "clip24", 24),
    ("s32", "pcm_s32le", "clip32", 32), ("f32", "pcm_f32le", "clip24", 32), ("f64", "pcm_f64le", "clip32", 64)]


# ---------------------------------------------------------------- WAV by hand

def chunk(tag, data, size=None, pad=True):
    return tag + struct.pack("<I", len(data) if size is None else size) + data + (b"\0" if pad and len(data) & 1 else b"")


def riff(*chunks, size=None, tag=b"RIFF", form=b"WAVE"):
    body = form + b"".join(chunks)
    return tag + struct.pack("<I", len(body) if size is None else size) + body


def fmt(tag, channels, rate, bits, block=None, byte_rate=None, extra=b""):
    block = channels * bits // 8 if block is None else block
    return struct.pack("<HHIIHH", tag, channels, rate, block * rate if byte_rate is None else byte_rate, block, bits) + extra


def extensible(channels, rate, bits, valid, mask, sub=1, tail=bytes.fromhex("000000001000800000aa00389b71")):
    return fmt(0xFFFE, channels, rate, bits, extra=struct.pack("<HHIH", 22, valid, mask, sub) + tail)


def crafted(path, codec, src, bits, note, **more):
    more.setdefault("container", "wav")
    container = more.pop("container")
    return add(path, container, codec, src, bits=bits, lossless=more.pop("lossless", True), notes="crafted: " + note, **more)


for name, codec, src, bits in PCM_TABLE:
    by_ffmpeg("wav/%s.wav" % name, "wav", codec, src, ["-c:a", codec], bits=bits, lossless=True)

by_ffmpeg("wav/u8_known_100003.wav", "wav", "pcm_u8", "music", ["-c:a", "pcm_u8", "-af", "pan=mono|c0=c0"],
          bits=8, lossless=False, channels=1, notes="left channel of music, dithered down to 8 bits")
by_ffmpeg("wav/s16_mono_speech_16k.wav", "wav", "pcm_s16le", "speech", ["-c:a", "pcm_s16le", "-af", "atrim=end_sample=16007"],
          bits=16, lossless=True, frames=16007)
by_ffmpeg("wav/alaw.wav", "wav", "pcm_alaw", "clip", ["-c:a", "pcm_alaw"], bits=8, lossless=False)
by_ffmpeg("wav/mulaw.wav", "wav", "pcm_mulaw", "clip", ["-c:a", "pcm_mulaw"], bits=8, lossless=False)
for tool in ("alaw", "mulaw"):
    add("wav/%s_sox_mono.wav" % tool, "wav", "pcm_" + tool, "mono", bits=8, lossless=False,
        notes="written by sox, with a fact chunk")(
        lambda out, tool=tool: run("sox", "-R", "-D", SOURCES["mono"]["path"], "-e", tool.replace("mulaw", "mu-law").replace("alaw", "a-law"), out))

for name, codec in (("ms_adpcm", "adpcm_ms"), ("ima_adpcm", "adpcm_ima_wav")):
    enc = {"ms_adpcm": "ms-adpcm", "ima_adpcm": "ima-adpcm"}[name]
    for kind, src in (("mono", "speech"), ("stereo", "clip")):
        add("wav/%s_%s.wav" % (name, kind), "wav", codec, src, bits=4, lossless=False,
            frames_note="sox writes a fact chunk with the true count; the last block holds more")(
            lambda out, enc=enc, src=src: run("sox", "-R", "-D", SOURCES[src]["path"], "-e", enc, out))
add("wav/ms_adpcm_ffmpeg.wav", "wav", "adpcm_ms", "clip", bits=4, lossless=False, frames=3500,
    frames_note="FFmpeg's fact chunk counts the whole last block: 3,500, not the clip's 3,001")(
    lambda out: ff(SOURCES["clip"]["path"], out, "-c:a", "adpcm_ms", "-block_size", "512"))
add("wav/ima_adpcm_ffmpeg.wav", "wav", "adpcm_ima_wav", "clip", bits=4, lossless=False, frames=3051, snr_least=38.5,
    frames_note="FFmpeg's fact chunk counts the whole last block: 3,051, not the clip's 3,001")(
    lambda out: ff(SOURCES["clip"]["path"], out, "-c:a", "adpcm_ima_wav"))

add("wav/mp3_in_wav.wav", "wav", "mp3", "music", lossless=False, notes="format tag 0x0055", frames=None, frames_untrimmed=None, source_delay=1105,
    frames_note="the fact chunk tells 101,108 = 100,003 and the delay of 1,105, which nothing tells; 88 MPEG frames of 1,152")(
    lambda out: ff(SOURCES["music"]["path"], out, "-c:a", "libmp3lame", "-b:a", "96k"))

# WAVE_FORMAT_EXTENSIBLE
by_ffmpeg("wav/ext_s24_51.wav", "wav", "pcm_s24le", "surround24", ["-c:a", "pcm_s24le"], bits=24, lossless=True,
          notes="WAVE_FORMAT_EXTENSIBLE, mask 0x3F or 0x60F")
add("wav/ext_s24_51_sox.wav", "wav", "pcm_s24le", "surround24", bits=24, lossless=True, notes="WAVE_FORMAT_EXTENSIBLE by sox")(
    lambda out: run("sox", "-R", "-D", SOURCES["surround24"]["path"], out))


@crafted("wav/ext_valid16_in_24.wav", "pcm_s24le", "clip", 16, "16 valid bits, left-justified in a 24-bit container", ffmpeg=False)
def _(out):
    s = samples("clip")
    data = b"".join(b"\0" + s[i:i + 2] for i in range(0, len(s), 2))
    write(out, riff(chunk(b"fmt ", extensible(2, 44100, 24, 16, 3)), chunk(b"data", data)))


@crafted("wav/ext_valid20_in_24.wav", "pcm_s24le", "clip", 20, "20 valid bits, left-justified in a 24-bit container (low 8 bits are zero here)", ffmpeg=False)
def _(out):
    s = samples("clip")
    data = b"".join(b"\0" + s[i:i + 2] for i in range(0, len(s), 2))
    write(out, riff(chunk(b"fmt ", extensible(2, 44100, 24, 20, 3)), chunk(b"data", data)))


@crafted("wav/ext_valid24_in_32.wav", "pcm_s32le", "clip24", 24, "24 valid bits, left-justified in a 32-bit container", ffmpeg=False)
def _(out):
    write(out, riff(chunk(b"fmt ", extensible(2, 44100, 32, 24, 3)), chunk(b"data", samples("clip24", "s32le"))))


@crafted("wav/ext_f32.wav", "pcm_f32le", "clip24", 32, "EXTENSIBLE, IEEE float sub-format")
def _(out):
    write(out, riff(chunk(b"fmt ", extensible(2, 44100, 32, 32, 3, sub=3)), chunk(b"fact", struct.pack("<I", 3001)),
                    chunk(b"data", samples("clip24", "f32le"))))


@crafted("wav/ext_12ch.wav", "pcm_s16le", "twelve", 16, "12 channels, channel mask 0: unpositioned")
def _(out):
    write(out, riff(chunk(b"fmt ", extensible(12, 44100, 16, 16, 0)), chunk(b"data", samples("twelve"))))


@crafted("wav/plain_12ch.wav", "pcm_s16le", "twelve", 16, "12 channels in a plain PCM fmt chunk")
def _(out):
    write(out, riff(chunk(b"fmt ", fmt(1, 12, 44100, 16)), chunk(b"data", samples("twelve"))))


@crafted("wav/s64.wav", "pcm_s64le", "clip32", 64, "64-bit PCM: the 32-bit source times 2^32")
def _(out):
    s = samples("clip32", "s32le")
    data = b"".join(b"\0\0\0\0" + s[i:i + 4] for i in range(0, len(s), 4))
    write(out, riff(chunk(b"fmt ", fmt(1, 2, 44100, 64)), chunk(b"data", data)))


@crafted("wav/f32_special.wav", "pcm_f32le", None, 32, "0, 1, -1, above and below full scale, the smallest number, NaN, "
         "both infinities, -0, 0.5, 1/3, the largest number below 1: conversions to integers clip, NaN becomes 0",
         lossless=False, rate=44100, channels=1, frames=13)
def _(out):
    bits = [0, 0x3F800000, 0xBF800000, 0x3FC00000, 0xC0400000, 1, 0x7FC00000, 0x7F800000, 0xFF800000, 0x80000000,
            0x3F000000, 0x3EAAAAAB, 0x3F7FFFFF]
    write(out, riff(chunk(b"fmt ", fmt(3, 1, 44100, 32)), chunk(b"data", struct.pack("<13I", *bits))))


# chunks and sizes
@crafted("wav/odd_chunks.wav", "pcm_u8", "mono", 8, "odd-sized chunks with their pad bytes before and after an odd-sized data chunk; "
         "LIST tags at the end; an unknown chunk", lossless=False, tags={"title": "odd chunks"})
def _(out):
    s = samples("mono", "u8")
    info = b"INFO" + chunk(b"INAM", b"odd chunks\0") + chunk(b"ICMT", b"ab\0")
    write(out, riff(chunk(b"junk", b"x" * 7), chunk(b"fmt ", fmt(1, 1, 44100, 8)), chunk(b"bext", b"b" * 603),
                    chunk(b"zzzz", b"123"), chunk(b"data", s), chunk(b"LIST", info), chunk(b"id3 ", b"x" * 5)))


@crafted("wav/odd_chunk_unpadded.wav", "pcm_s16le", "mono", 16, "an odd-sized chunk whose pad byte was left out, as some programs write: "
         "read it or refuse it as malformed", optional=True, ffmpeg=False)
def _(out):
    write(out, riff(chunk(b"fmt ", fmt(1, 1, 44100, 16)), chunk(b"note", b"12345", pad=False), chunk(b"data", samples("mono"))))


for label, size in (("zero", 0), ("ffffffff", 0xFFFFFFFF), ("short", 40), ("long", 9_000_000)):
    @crafted("wav/riff_size_%s.wav" % label, "pcm_s16le", "mono", 16, "the RIFF size is wrong (%d), the data size right" % size)
    def _(out, size=size):
        write(out, riff(chunk(b"fmt ", fmt(1, 1, 44100, 16)), chunk(b"data", samples("mono")), size=size))

for label, size in (("zero", 0), ("ffffffff", 0xFFFFFFFF)):
    @crafted("wav/data_size_%s.wav" % label, "pcm_s16le", "mono", 16, "the data size is %#x: the samples run to the end of the file" % size)
    def _(out, size=size):
        write(out, riff(chunk(b"fmt ", fmt(1, 1, 44100, 16)), chunk(b"data", samples("mono"), size=size), size=size))

add("wav/streamed_ffmpeg.wav", "wav", "pcm_s16le", "clip", bits=16, lossless=True,
    notes="written by ffmpeg to a pipe: RIFF and data sizes 0xFFFFFFFF")(
    lambda out: write(out, ff_pipe(SOURCES["clip"]["path"], "-f", "wav", "-c:a", "pcm_s16le")))
add("wav/streamed_sox.wav", "wav", "pcm_s16le", "clip", bits=16, lossless=True,
    notes="written by sox to a pipe: it cannot tell the size (0x7FFFF000 and the like)")(
    lambda out: write(out, run("sox", "-R", "-D", "-t", "raw", "-r", "44100", "-e", "signed", "-b", "16", "-c", "2", "-",
                               "-t", "wav", "-", stdin=samples("clip"))))


@crafted("wav/data_empty.wav", "pcm_s16le", None, 16, "no frames at all, a right header", lossless=True, rate=44100, channels=2, frames=0)
def _(out):
    write(out, riff(chunk(b"fmt ", fmt(1, 2, 44100, 16)), chunk(b"data", b"")))


@crafted("wav/truncated.wav", "pcm_s16le", "clip", 16, "cut in mid-frame after 2,000 frames and 1 byte; the header says 3,001",
         frames=2000, declared_frames=3001, warning="truncated")
def _(out):
    s = riff(chunk(b"fmt ", fmt(1, 2, 44100, 16)), chunk(b"data", samples("clip")))
    write(out, s[:44 + 2000 * 4 + 1])


@crafted("wav/partial_last_frame.wav", "pcm_s16le", "clip", 16, "the data chunk ends with 3 bytes that are no frame")
def _(out):
    write(out, riff(chunk(b"fmt ", fmt(1, 2, 44100, 16)), chunk(b"data", samples("clip") + b"abc")))


@crafted("wav/trailing_garbage.wav", "pcm_s16le", "mono", 16, "4 kB of text after the last chunk")
def _(out):
    write(out, riff(chunk(b"fmt ", fmt(1, 1, 44100, 16)), chunk(b"data", samples("mono"))) + b"not audio; " * 372)


@crafted("wav/fmt_18_bytes.wav", "pcm_s16le", "mono", 16, "PCM with an 18-byte fmt chunk and a wrong byte rate and block align are common: "
         "this one has byte rate 0")
def _(out):
    write(out, riff(chunk(b"fmt ", fmt(1, 1, 44100, 16, byte_rate=0, extra=b"\0\0")), chunk(b"data", samples("mono"))))


@crafted("wav/rifx.wav", "pcm_s16be", "clip", 16, "RIFX: the big-endian RIFF", ffmpeg=False)
def _(out):
    def c(tag, data):
        return tag + struct.pack(">I", len(data)) + data
    body = b"WAVE" + c(b"fmt ", struct.pack(">HHIIHH", 1, 2, 44100, 176400, 4, 16)) + c(b"data", samples("clip", "s16be"))
    write(out, b"RIFX" + struct.pack(">I", len(body)) + body)


@crafted("wav/rate_352800.wav", "pcm_s16le", None, 16, "an unusual rate; the samples are those of mono", lossless=True,
         rate=352800, channels=1, frames=3001)
def _(out):
    write(out, riff(chunk(b"fmt ", fmt(1, 1, 352800, 16)), chunk(b"data", samples("mono"))))


@crafted("wav/id3_before_riff.wav", "pcm_s16le", "mono", 16, "an ID3v2 tag in front of RIFF, as some taggers write")
def _(out):
    write(out, b"ID3\x03\0\0\0\0\0\x14" + b"\0" * 20 + riff(chunk(b"fmt ", fmt(1, 1, 44100, 16)), chunk(b"data", samples("mono"))))


# codecs refused by name
def refused(path, tag, name, args=None, body=None, **more):
    message = "%s (format tag 0x%04X)" % (name, tag)
    e = dict(error="unsupported", message=message, rate=8000, channels=1)
    e.update(more)
    if args:
        add("unsupported/" + path, "wav", "tag_0x%04x" % tag, **e)(
            lambda out: ff(wav("speech", rate=8000, frames=1600), out, *args))
    else:
        @add("unsupported/" + path, "wav", "tag_0x%04x" % tag, notes="crafted header, zero bytes for data", **e)
        def _(out):
            write(out, riff(chunk(b"fmt ", fmt(tag, 1, 8000, 4, block=64, byte_rate=4000, extra=b"\0\0")),
                            chunk(b"fact", struct.pack("<I", 1600)), chunk(b"data", b"\0" * 640)))


add("unsupported/gsm610.wav", "wav", "gsm_ms", error="unsupported", message="GSM 6.10 (format tag 0x0031)", rate=8000, channels=1,
    notes="written by sox")(lambda out: run("sox", "-R", "-D", wav("speech", rate=8000, frames=1600), "-e", "gsm-full-rate", out))
refused("g726.wav", 0x0045, "G.726", ["-c:a", "g726"])
refused("g722.wav", 0x028F, "G.722", ["-c:a", "g722", "-ar", "16000"], rate=16000)
refused("g723_1.wav", 0x0042, "G.723.1", None)
refused("yamaha.wav", 0x0020, "Yamaha ADPCM", ["-c:a", "adpcm_yamaha"])
refused("ac3.wav", 0x2000, "AC-3", ["-c:a", "ac3", "-ar", "48000", "-b:a", "64k"], rate=48000)
refused("wmav2.wav", 0x0161, "Windows Media Audio", ["-c:a", "wmav2", "-ar", "44100", "-b:a", "32k"], rate=44100)
refused("truespeech.wav", 0x0022, "TrueSpeech", None)
refused("dts.wav", 0x2001, "DTS", None)
refused("unknown_tag.wav", 0x7A21, "", None, message="format tag 0x7A21")

# ---------------------------------------------------------------- RF64, BW64, W64

for name, codec, src, bits in PCM_TABLE[1:5:2]:
    by_ffmpeg("wav/rf64_%s.wav" % name, "rf64", codec, src, ["-c:a", codec, "-rf64", "always"], bits=bits, lossless=True)


@crafted("wav/bw64_s24.wav", "pcm_s24le", "clip24", 24, "BW64 (ITU-R BS.2088): RF64 with another first word", container="bw64")
def _(out):
    t = tmp("bw.wav")
    ff(SOURCES["clip24"]["path"], t, "-c:a", "pcm_s24le", "-rf64", "always")
    write(out, b"BW64" + read(t)[4:])


@crafted("wav/rf64_odd_data.wav", "pcm_u8", "mono", 8, "an odd data size, a table in ds64, chunks after the data", container="rf64", lossless=False)
def _(out):
    s = samples("mono", "u8")
    ds = struct.pack("<QQQI", 4 + 48 + 24 + 8 + len(s) + 1 + 12, len(s), len(s), 1) + b"levl" + struct.pack("<Q", 4)
    write(out, riff(chunk(b"ds64", ds), chunk(b"fmt ", fmt(1, 1, 44100, 8)), chunk(b"data", s, size=0xFFFFFFFF),
                    chunk(b"levl", b"abcd"), tag=b"RF64", size=0xFFFFFFFF))


def right_w64(out, src, codec, size):
    """FFmpeg's Wave64, whose data chunk counts its padding, with the true size of the data."""
    ff(SOURCES[src]["path"], out, "-c:a", codec)
    d = bytearray(read(out))
    at = d.index(b"data\xf3\xac\xd3\x11") + 16
    d[at:at + 8] = struct.pack("<Q", size + 24)
    write(out, bytes(d))


for name, codec, src, bits in PCM_TABLE:
    if name in ("u8", "s16", "s24", "f32"):
        add("w64/%s.w64" % name, "w64", codec, src, bits=bits, lossless=True, notes="by ffmpeg; data size made right")(
            lambda out, src=src, codec=codec, bits=bits: right_w64(out, src, codec, 3001 * 2 * bits // 8))
add("w64/s16_sox.w64", "w64", "pcm_s16le", "clip", bits=16, lossless=True)(
    lambda out: run("sox", "-R", "-D", SOURCES["clip"]["path"], out))
add("w64/alaw.w64", "w64", "pcm_alaw", "mono", bits=8, lossless=False, notes="by ffmpeg; data size made right")(
    lambda out: right_w64(out, "mono", "pcm_alaw", 3001))
by_ffmpeg("w64/ffmpeg_padded_size.w64", "w64", "pcm_s16le", "clip", ["-c:a", "pcm_s16le"], bits=16, lossless=False, frames=3002,
          frames_note="FFmpeg counts the padding to 8 bytes in the size of the data chunk, so that one frame of zeros follows the 3,001")

# ---------------------------------------------------------------- AIFF and AIFC

for name, codec, src, bits in (("s8", "pcm_s8", "clip8", 8), ("s16", "pcm_s16be", "clip", 16), ("s24", "pcm_s24be", "clip24", 24),
                               ("s32", "pcm_s32be", "clip32", 32)):
    by_ffmpeg("aiff/%s.aiff" % name, "aiff", codec, src, ["-c:a", codec], bits=bits, lossless=True)
for name, codec, src, bits in (("sowt", "pcm_s16le", "clip", 16), ("fl32", "pcm_f32be", "clip24", 32), ("fl64", "pcm_f64be", "clip32", 64),
                               ("alaw", "pcm_alaw", "clip", 8), ("ulaw", "pcm_mulaw", "clip", 8)):
    by_ffmpeg("aiff/%s.aifc" % name, "aifc", codec, src, ["-c:a", codec, "-f", "aiff"], bits=bits, lossless=bits > 8)
add("aiff/s24_sox.aiff", "aiff", "pcm_s24be", "clip24", bits=24, lossless=True)(
    lambda out: run("sox", "-R", "-D", SOURCES["clip24"]["path"], out))
add("aiff/s24_51_sox.aifc", "aifc", "pcm_s24be", "surround24", bits=24, lossless=True)(
    lambda out: run("sox", "-R", "-D", SOURCES["surround24"]["path"], out))
for kind, src in (("mono", "speech"), ("stereo", "clip")):
    add("aiff/ima4_%s.aifc" % kind, "aifc", "adpcm_ima_qt", src, bits=4, lossless=False, frames=-(-SOURCES[src]["frames"] // 64) * 64,
        frames_note="COMM counts packets of 64 frames")(
        lambda out, src=src: ff(SOURCES[src]["path"], out, "-c:a", "adpcm_ima_qt", "-f", "aiff"))


def aiff_chunk(tag, data, size=None):
    return tag + struct.pack(">I", len(data) if size is None else size) + data + (b"\0" if len(data) & 1 else b"")


def extended(rate):
    e = rate.bit_length() - 1
    return struct.pack(">HQ", 16383 + e, rate << (63 - e))


def aifc(codec, bits, channels, frames, data, name=b"", rate=44100, before=(), after=(), ssnd_size=None, offset=0):
    comm = struct.pack(">HIH", channels, frames, bits) + extended(rate) + codec + bytes([len(name)]) + name \
        + (b"" if len(name) & 1 else b"\0")
    body = b"AIFC" + aiff_chunk(b"FVER", struct.pack(">I", 0xA2805140)) + b"".join(before) + aiff_chunk(b"COMM", comm) \
        + aiff_chunk(b"SSND", struct.pack(">II", offset, 0) + b"\0" * offset + data, ssnd_size) + b"".join(after)
    return b"FORM" + struct.pack(">I", len(body)) + body


@crafted("aiff/raw_u8.aifc", "pcm_u8", "clip8", 8, "compression type 'raw ': unsigned 8-bit", container="aifc")
def _(out):
    write(out, aifc(b"raw ", 8, 2, 3001, samples("clip8", "u8")))


@crafted("aiff/none_s16.aifc", "pcm_s16be", "clip", 16, "compression type NONE, odd chunks before and after, a text chunk, "
         "and 5 bytes of SSND offset", container="aifc")
def _(out):
    write(out, aifc(b"NONE", 16, 2, 3001, samples("clip", "s16be"), b"not compressed",
                    before=[aiff_chunk(b"NAME", b"guitar!")], after=[aiff_chunk(b"ANNO", b"odd")], offset=5))


@crafted("aiff/in24.aifc", "pcm_s24be", "clip24", 24, "compression type in24", container="aifc")
def _(out):
    write(out, aifc(b"in24", 24, 2, 3001, samples("clip24", "s24be")))


@crafted("aiff/in32.aifc", "pcm_s32be", "clip32", 32, "compression type in32", container="aifc")
def _(out):
    write(out, aifc(b"in32", 32, 2, 3001, samples("clip32", "s32be")))


@crafted("aiff/FL32_upper.aifc", "pcm_f32be", "clip24", 32, "compression type FL32 in capitals, as SoundHack writes", container="aifc")
def _(out):
    write(out, aifc(b"FL32", 32, 2, 3001, samples("clip24", "f32be")))


@crafted("aiff/s20_in_24.aiff", "pcm_s24be", "clip", 20, "20-bit samples, left-justified in 3 bytes (low 8 bits zero here)", container="aiff")
def _(out):
    s = samples("clip", "s16be")
    data = b"".join(s[i:i + 2] + b"\0" for i in range(0, len(s), 2))
    comm = struct.pack(">HIH", 2, 3001, 20) + extended(44100)
    body = b"AIFF" + aiff_chunk(b"COMM", comm) + aiff_chunk(b"SSND", struct.pack(">II", 0, 0) + data)
    write(out, b"FORM" + struct.pack(">I", len(body)) + body)


@crafted("aiff/comm_after_ssnd.aiff", "pcm_s16be", "mono", 16, "COMM after SSND, as the standard allows", container="aiff")
def _(out):
    comm = struct.pack(">HIH", 1, 3001, 16) + extended(44100)
    body = b"AIFF" + aiff_chunk(b"SSND", struct.pack(">II", 0, 0) + samples("mono", "s16be")) + aiff_chunk(b"COMM", comm)
    write(out, b"FORM" + struct.pack(">I", len(body)) + body)


@crafted("aiff/truncated.aiff", "pcm_s16be", "mono", 16, "cut after 1,500 frames; the header says 3,001", container="aiff", frames=1500,
         declared_frames=3001, warning="truncated")
def _(out):
    comm = struct.pack(">HIH", 1, 3001, 16) + extended(44100)
    body = b"AIFF" + aiff_chunk(b"COMM", comm) + aiff_chunk(b"SSND", struct.pack(">II", 0, 0) + samples("mono", "s16be"))
    write(out, (b"FORM" + struct.pack(">I", len(body)) + body)[:12 + 26 + 16 + 3000])


@add("unsupported/mac3.aifc", "aifc", "MAC3", rate=44100, channels=1, error="unsupported", message="MAC3",
     notes="crafted: MACE 3:1")
def _(out):
    write(out, aifc(b"MAC3", 8, 1, 100, b"\0" * 200))


# ---------------------------------------------------------------- CAF

for name, codec, src, bits in (("s8", "pcm_s8", "clip8", 8), ("s16be", "pcm_s16be", "clip", 16), ("s16le", "pcm_s16le", "clip", 16),
                               ("s24be", "pcm_s24be", "clip24", 24), ("s24le", "pcm_s24le", "clip24", 24), ("s32le", "pcm_s32le", "clip32", 32),
                               ("f32le", "pcm_f32le", "clip24", 32), ("f32be", "pcm_f32be", "clip24", 32), ("f64le", "pcm_f64le", "clip32", 64),
                               ("alaw", "pcm_alaw", "mono", 8), ("ulaw", "pcm_mulaw", "mono", 8)):
    by_ffmpeg("caf/%s.caf" % name, "caf", codec, src, ["-c:a", codec], bits=bits, lossless="law" not in codec)
for kind, src in (("mono", "speech"), ("stereo", "clip")):
    by_ffmpeg("caf/ima4_%s.caf" % kind, "caf", "adpcm_ima_qt", src, ["-c:a", "adpcm_ima_qt"], bits=4, lossless=False,
              frames=-(-SOURCES[src]["frames"] // 64) * 64, frames_note="FFmpeg writes no pakt chunk: whole packets of 64 frames")
by_ffmpeg("caf/alac_s16.caf", "caf", "alac", "clip", ["-c:a", "alac"], bits=16, lossless=True, declared_frames=4096,
          notes="FFmpeg's pakt chunk tells 4,096 valid frames; the one packet holds 3,001")
by_ffmpeg("caf/alac_s24.caf", "caf", "alac", "clip24", ["-c:a", "alac", "-sample_fmt", "s32p"], bits=24, lossless=True, declared_frames=4096,
          notes="as alac_s16")
by_ffmpeg("caf/s24_51.caf", "caf", "pcm_s24le", "surround24", ["-c:a", "pcm_s24le"], bits=24, lossless=True)
by_ffmpeg("caf/opus.caf", "caf", "opus", "music48", ["-c:a", "libopus", "-b:a", "48k"], lossless=False, frames=100800, source_delay=312, optional=True,
          frames_note="FFmpeg's pakt chunk tells no priming, so that the pre-skip of 312 is not told")
add("unsupported/gsm.caf", "caf", "agsm", rate=8000, channels=1, error="unsupported", message="agsm")(
    lambda out: ff(wav("speech", rate=8000, frames=1600), out, "-c:a", "libgsm"))


def caf_chunk(tag, data, size=None):
    return tag + struct.pack(">q", len(data) if size is None else size) + data


def caf(flags, bits, channels, data, rate=44100.0, data_size=None, before=b"", after=b""):
    return b"caff\0\1\0\0" + caf_chunk(b"desc", struct.pack(">d4sIIIII", rate, b"lpcm", flags, channels * bits // 8, 1, channels, bits)) \
        + before + caf_chunk(b"data", b"\0\0\0\0" + data, data_size) + after


@crafted("caf/data_size_minus_1.caf", "pcm_s16le", "clip", 16, "data size -1: the samples run to the end of the file", container="caf")
def _(out):
    write(out, caf(2, 16, 2, samples("clip"), data_size=-1, before=caf_chunk(b"free", b"\0" * 7)))


@crafted("caf/chunk_after_data.caf", "pcm_s16be", "clip", 16, "an odd-sized unknown chunk (CAF has no pad bytes) before, tags after", container="caf")
def _(out):
    write(out, caf(0, 16, 2, samples("clip", "s16be"), before=caf_chunk(b"uxyz", b"12345"),
                   after=caf_chunk(b"info", struct.pack(">I", 1) + b"title\0guitar\0")))


# ---------------------------------------------------------------- AU

for name, codec, src, bits in (("s8", "pcm_s8", "clip8", 8), ("s16", "pcm_s16be", "clip", 16), ("s24", "pcm_s24be", "clip24", 24),
                               ("s32", "pcm_s32be", "clip32", 32), ("f32", "pcm_f32be", "clip24", 32), ("f64", "pcm_f64be", "clip32", 64),
                               ("mulaw", "pcm_mulaw", "mono", 8), ("alaw", "pcm_alaw", "mono", 8)):
    by_ffmpeg("au/%s.au" % name, "au", codec, src, ["-c:a", codec], bits=bits, lossless="law" not in codec)
add("au/unknown_size.au", "au", "pcm_s16be", "clip", bits=16, lossless=True, notes="written by ffmpeg to a pipe: size 0xFFFFFFFF")(
    lambda out: write(out, ff_pipe(SOURCES["clip"]["path"], "-f", "au", "-c:a", "pcm_s16be")))
add("au/sox_comment.snd", "au", "pcm_s16be", "clip", bits=16, lossless=True, notes="by sox, a longer header, another extension")(
    lambda out: run("sox", "-R", "-D", SOURCES["clip"]["path"], "--comment", "a comment of some length", "-t", "au", out))


@crafted("au/truncated.au", "pcm_s16be", "clip", 16, "cut after 1,000 frames; the header says 3,001", container="au", frames=1000,
         declared_frames=3001, warning="truncated")
def _(out):
    s = samples("clip", "s16be")
    write(out, struct.pack(">4sIIIII", b".snd", 28, len(s), 3, 44100, 2) + b"\0\0\0\0" + s[:4000])


@crafted("au/little_endian.au", "pcm_s16le", "clip", 16, "'dns.': the little-endian AU of DEC machines", container="au", ffmpeg=False)
def _(out):
    s = samples("clip")
    write(out, struct.pack("<4sIIIII", b"dns.", 24, len(s), 3, 44100, 2) + s)


@add("unsupported/g721.au", "au", "au_encoding_23", rate=8000, channels=1, error="unsupported", message="G.721",
     notes="crafted: encoding 23")
def _(out):
    write(out, struct.pack(">4sIIIII", b".snd", 24, 400, 23, 8000, 1) + b"\0" * 400)
