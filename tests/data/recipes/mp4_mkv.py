"""AAC and ALAC in MP4/M4A, PCM in MOV, AAC in CAF, Matroska and WebM."""
import struct
from make import add, ff, ff_pipe, read, run, SOURCES, tmp, wav, write
from pcm import caf_chunk

AAC = ["-c:a", "aac", "-b:a", "56k"]


def mp4(path, src, codec, *args, w=None, **more):
    more.setdefault("lossless", codec == "alac" or codec.startswith("pcm"))
    add(path, more.pop("container", "mp4"), codec, src, **more)(
        lambda out: ff(w() if w else SOURCES[src]["path"], out, *args))


# ---------------------------------------------------------------- boxes by hand

PARENTS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"udta"}


def boxes(data):
    """[(type, body)]"""
    out, at = [], 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        assert size >= 8, kind
        out.append([kind, data[at + 8:at + size]])
        at += size
    return out


def join(items):
    return b"".join(struct.pack(">I4s", len(b) + 8, k) + b for k, b in items)


def find(data, *path):
    """Body of the box at the path."""
    for k in path:
        data = next(b for kind, b in boxes(data) if kind == k)
    return data


def edit(data, path, change):
    """The boxes with the body at the path replaced by change(body); None leaves the box out. moov must be last."""
    out = []
    for kind, body in boxes(data):
        if kind == path[0]:
            body = edit(body, path[1:], change) if len(path) > 1 else change(body)
        if body is not None:
            out.append([kind, body])
    return join(out)


def elst(*entries):
    return struct.pack(">II", 0, len(entries)) + b"".join(struct.pack(">IiHH", d, t, 1, 0) for d, t in entries)


def aac_m4a(src="music", *args, scale=44100):
    t = tmp("m.m4a")
    ff(SOURCES[src]["path"], t, *AAC, "-movie_timescale", str(scale), *args)
    return read(t)


EDTS = (b"moov", b"trak", b"edts", b"elst")


# ---------------------------------------------------------------- AAC in M4A

NO_START = "no edit list, so that the encoder's delay of 1,024 is not told; the last sample's duration is short and tells the end"
mp4("mp4/aac_moov_last_known_100003.m4a", "music", "aac", *AAC, "-metadata", "title=Guitar and tabla", "-metadata", "artist=Sub-d",
    tags={"title": "Guitar and tabla", "artist": "Sub-d"},
    frames_note="edit list: starts at 1,024, its length is told in milliseconds rounded down (2,267 ms, 99,975 frames); the last stts "
                "entry is short, so that stts total - 1,024 = 100,003 is the exact end: an edit that ends less than one tick of the movie time "
                "scale before the media means the media's end")
mp4("mp4/aac_moov_first.m4a", "music", "aac", *AAC, "-movflags", "+faststart", frames_note="as moov last")
mp4("mp4/aac_exact_timescale.m4a", "music", "aac", *AAC, "-movie_timescale", "44100", frames_note="the movie time scale is the rate: the edit list is exact")
mp4("mp4/aac_48k.mp4", "music48", "aac", *AAC)
mp4("mp4/aac_mono_16k.m4a", "speech", "aac", "-c:a", "aac", "-b:a", "32k")
mp4("mp4/aac_51.m4a", "surround", "aac", "-c:a", "aac", "-b:a", "192k", notes="stream order FC FL FR BL BR LFE, the source in WAV order")
mp4("mp4/aac_frag.mp4", "music", "aac", *AAC, "-movflags", "+frag_keyframe+empty_moov", "-frag_duration", "500000",
    frames=101027, source_delay=1024, frames_note=NO_START, notes="fragmented, an empty moov")
mp4("mp4/aac_frag_default_base_moof.mp4", "music", "aac", *AAC, "-movflags", "+frag_keyframe+empty_moov+default_base_moof", "-frag_duration", "300000",
    notes="fragmented, default-base-is-moof, as DASH and HLS serve it", frames=101027, source_delay=1024, frames_note=NO_START)
mp4("mp4/aac_frag_delay_moov.mp4", "music", "aac", *AAC, "-movflags", "+frag_keyframe+delay_moov+default_base_moof", "-frag_duration", "300000",
    notes="fragmented with delay_moov: the edit list holds the start")
mp4("mp4/aac_frag_sidx.mp4", "music", "aac", *AAC, "-movflags", "+dash+global_sidx+frag_keyframe+delay_moov", "-frag_duration", "500000",
    notes="fragmented with a sidx index")
add("mp4/aac_streamed.mp4", "mp4", "aac", "music48", lossless=False, notes="written by ffmpeg to a pipe, fragmented", frames=101027,
    source_delay=1024, frames_note=NO_START)(
    lambda out: write(out, ff_pipe(SOURCES["music48"]["path"], *AAC, "-movflags", "+frag_keyframe+empty_moov+default_base_moof", "-f", "mp4")))


@add("mp4/aac_edit_both_ends.m4a", "mp4", "aac", "music", lossless=False, frames=50001, source_start=20011,
     notes="crafted: the edit list starts at 1,024 + 20,011 and lasts 50,001 frames, movie time scale 44,100")
def _(out):
    write(out, edit(aac_m4a(), EDTS, lambda b: elst((50001, 1024 + 20011))))


@add("mp4/aac_edit_ends_600.m4a", "mp4", "aac", "music", lossless=False, frames=95550,
     notes="crafted: movie time scale 600 as QuickTime uses; the edit of 1,300/600 s is 95,550 frames, shorter than the media")
def _(out):
    def moov(b):
        b = edit(b, (b"trak", b"edts", b"elst"), lambda _: elst((1300, 1024)))
        for at, path in ((12, (b"mvhd",)), (None, (b"trak", b"tkhd"))):
            b = edit(b, path, lambda v, at=at: v[:12] + struct.pack(">II", 600, 1300) + v[20:] if at else v[:20] + struct.pack(">I", 1300) + v[24:])
        return b
    write(out, edit(aac_m4a(), (b"moov",), moov))


@add("mp4/aac_no_edit_list.m4a", "mp4", "aac", "music", lossless=False, frames=101376, source_delay=1024,
     frames_note="nothing tells the delay nor the padding: 99 packets of 1,024",
     notes="crafted: edts left out")
def _(out):
    write(out, whole_stts(edit(aac_m4a(), (b"moov", b"trak", b"edts"), lambda b: None)))


def whole_stts(data):
    def stts(b):
        n = len(find(data, b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsz")[12:]) // 4
        return struct.pack(">IIII", 0, 1, n, 1024)
    n = len(find(data, b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsz")[12:]) // 4
    data = edit(data, (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts"), stts)
    return edit(data, (b"moov", b"trak", b"mdia", b"mdhd"), lambda v: v[:16] + struct.pack(">I", n * 1024) + v[20:])


def itunsmpb(data, delay, padding, frames):
    text = b" 00000000 %08X %08X %016X" % (delay, padding, frames) + b" 00000000" * 8

    def full(kind, body):
        return struct.pack(">I4s", len(body) + 12, kind) + b"\0\0\0\0" + body
    item = full(b"mean", b"com.apple.iTunes") + full(b"name", b"iTunSMPB") \
        + struct.pack(">I4sII", len(text) + 16, b"data", 1, 0) + text
    ilst = struct.pack(">I4s", len(item) + 16, b"ilst") + struct.pack(">I4s", len(item) + 8, b"----") + item
    hdlr = struct.pack(">I4sII4s12xB", 33, b"hdlr", 0, 0, b"mdir", 0)
    meta = struct.pack(">I4sI", len(hdlr) + len(ilst) + 12, b"meta", 0) + hdlr + ilst
    udta = struct.pack(">I4s", len(meta) + 8, b"udta") + meta
    return edit(data, (b"moov",), lambda b: join([x for x in boxes(b) if x[0] != b"udta"]) + udta)


@add("mp4/aac_itunsmpb.m4a", "mp4", "aac", "music", lossless=False,
     notes="crafted: no edit list, whole packets in stts, and an iTunSMPB comment: delay 1,024, padding 349, 100,003 frames")
def _(out):
    d = whole_stts(edit(aac_m4a(), (b"moov", b"trak", b"edts"), lambda b: None))
    write(out, itunsmpb(d, 1024, 101376 - 1024 - 100003, 100003))


@add("mp4/aac_itunsmpb_and_edit.m4a", "mp4", "aac", "music", lossless=False,
     notes="crafted: both an edit list (in milliseconds, whole packets in stts) and iTunSMPB: iTunSMPB is the exact one")
def _(out):
    write(out, itunsmpb(whole_stts(aac_m4a(scale=1000)), 1024, 101376 - 1024 - 100003, 100003))


@add("mp4/aac_co64_free.m4a", "mp4", "aac", "music", lossless=False, notes="crafted: co64 instead of stco, free boxes, a 64-bit mdat size, "
     "one chunk per packet group")
def _(out):
    d = aac_m4a()
    ftyp = find(d, b"ftyp")
    mdat_at = d.index(b"mdat") + 4
    mdat = find(d, b"mdat")
    head = join([[b"ftyp", ftyp], [b"free", b"x" * 33]])
    start = len(head) + 16
    d2 = edit(d, (b"moov", b"trak", b"mdia", b"minf", b"stbl"), lambda b: join(
        [[b"co64", struct.pack(">II", 0, len(v[8:]) // 4) + b"".join(
            struct.pack(">Q", o - mdat_at + start) for o in struct.unpack(">%dI" % (len(v[8:]) // 4), v[8:]))] if k == b"stco" else [k, v]
         for k, v in boxes(b)]))
    write(out, head + struct.pack(">I4sQ", 1, b"mdat", len(mdat) + 16) + mdat + join([[b"moov", find(d2, b"moov")]]))


@add("mp4/aac_mdat_to_end.m4a", "mp4", "aac", "music48", lossless=False, notes="crafted: moov first and mdat of size 0, which runs to the end of the file")
def _(out):
    t = tmp("fast.m4a")
    ff(SOURCES["music48"]["path"], t, *AAC, "-movflags", "+faststart")
    d = read(t)
    at = d.index(b"mdat") - 4
    write(out, d[:at] + b"\0\0\0\0" + d[at + 4:])


@add("mp4/aac_truncated.m4a", "mp4", "aac", "music", lossless=False, frames=None, declared_frames=100003, warning="truncated",
     notes="moov first, cut at 60 % of the bytes")
def _(out):
    t = tmp("fast2.m4a")
    ff(SOURCES["music"]["path"], t, *AAC, "-movflags", "+faststart")
    write(out, read(t)[:len(read(t)) * 6 // 10])


mp4("mp4/mp3_in_mp4.mp4", "music", "mp3", "-c:a", "libmp3lame", "-b:a", "96k")
mp4("mp4/opus_in_mp4.mp4", "music48", "opus", "-c:a", "libopus", "-b:a", "48k")
mp4("mp4/flac_in_mp4.mp4", "clip", "flac", "-c:a", "flac", "-strict", "-2", lossless=True, bits=16)
add("mp4/aac_with_video.mp4", "mp4", "aac", "music", lossless=False, notes="a video track (64x64 black, first) beside the audio: the audio track is read")(
    lambda out: run("ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "color=black:s=64x64:r=10:d=2.2", "-i", SOURCES["music"]["path"],
                    "-map", "0:v", "-map", "1:a", "-fflags", "+bitexact", "-flags", "+bitexact", "-threads", "1", "-c:v", "mpeg4", *AAC, out))
mp4("unsupported/ac3.mp4", "music48", "ac-3", "-c:a", "ac3", "-b:a", "64k", w=lambda: wav("music48", frames=9000), error="unsupported", message="AC-3", lossless=False)

# ---------------------------------------------------------------- ALAC

for name, src, args in (("s16_stereo_known_100003", "music", []), ("s16_mono_16k", "speech", []), ("s24_stereo", "clip24", ["-sample_fmt", "s32p"]),
                        ("s16_51", "surround", []), ("s24_51", "surround24", ["-sample_fmt", "s32p"])):
    mp4("mp4/alac_%s.m4a" % name, src, "alac", "-c:a", "alac", *args, bits=SOURCES[src]["bits"],
        **(dict(notes="stream order FC FL FR BL BR LFE, the source in WAV order") if "51" in name else {}))
mp4("mp4/alac_moov_first.m4a", "clip", "alac", "-c:a", "alac", "-movflags", "+faststart", bits=16)
mp4("mp4/alac_frag.mp4", "speech", "alac", "-c:a", "alac", "-movflags", "+frag_keyframe+empty_moov+default_base_moof", "-frag_duration", "500000", bits=16)


@add("mp4/alac_edit_both_ends.m4a", "mp4", "alac", "speech", bits=16, lossless=True, frames=20001, source_start=12345,
     notes="crafted: the edit list starts at 12,345 and lasts 20,001 frames, movie time scale 16,000")
def _(out):
    t = tmp("al.m4a")
    ff(SOURCES["speech"]["path"], t, "-c:a", "alac", "-movie_timescale", "16000")
    write(out, edit(read(t), EDTS, lambda b: elst((20001, 12345))))


# ---------------------------------------------------------------- PCM in MOV

for name, codec, src, bits in (("sowt", "pcm_s16le", "clip", 16), ("twos", "pcm_s16be", "clip", 16), ("in24", "pcm_s24be", "clip24", 24),
                               ("in24_le", "pcm_s24le", "clip24", 24), ("in32", "pcm_s32be", "clip32", 32), ("fl32", "pcm_f32be", "clip24", 32),
                               ("fl32_le", "pcm_f32le", "clip24", 32), ("fl64", "pcm_f64be", "clip32", 64), ("raw_u8", "pcm_u8", "clip8", 8),
                               ("s8", "pcm_s8", "clip8", 8)):
    mp4("mov/%s.mov" % name, src, codec, "-c:a", codec, container="mov", bits=bits)
for name, codec in (("ulaw", "pcm_mulaw"), ("alaw", "pcm_alaw"), ("ima4", "adpcm_ima_qt")):
    mp4("mov/%s.mov" % name, "mono", codec, "-c:a", codec, container="mov", lossless=False, bits=4 if name == "ima4" else 8,
        **(dict(frames=3008, frames_note="stts counts whole packets of 64 frames") if name == "ima4" else {}))
mp4("mov/aac.mov", "music48", "aac", *AAC, container="mov")
mp4("mov/s24_51.mov", "surround24", "pcm_s24le", "-c:a", "pcm_s24le", container="mov", bits=24)
mp4("mov/ms_adpcm.mov", "mono", "adpcm_ms", "-c:a", "adpcm_ms", container="mov", lossless=False, bits=4, optional=True, frames=4072,
    frames_note="stts counts whole blocks")

# ---------------------------------------------------------------- AAC and ALAC in CAF

def varint(n):
    b = [n & 127]
    while n > 127:
        n >>= 7
        b.append(n & 127 | 128)
    return bytes(reversed(b))


@add("caf/aac_known_100003.caf", "caf", "aac", "music", lossless=False,
     notes="crafted from an M4A: kuki holds the esds, pakt the packet sizes, 1,024 priming and 349 remainder frames")
def _(out):
    d = aac_m4a()
    mdat = find(d, b"mdat")
    stbl = find(d, b"moov", b"trak", b"mdia", b"minf", b"stbl")
    stsz = find(stbl, b"stsz")
    sizes = struct.unpack(">%dI" % ((len(stsz) - 12) // 4), stsz[12:])
    stsd = find(stbl, b"stsd")
    esds = stsd[stsd.index(b"esds") - 4:]
    esds = esds[8 + 4:struct.unpack(">I", esds[:4])[0]]
    total = len(sizes) * 1024
    pakt = struct.pack(">qqii", len(sizes), 100003, 1024, total - 1024 - 100003) + b"".join(map(varint, sizes))
    assert sum(sizes) == len(mdat), (sum(sizes), len(mdat))
    write(out, b"caff\0\1\0\0" + caf_chunk(b"desc", struct.pack(">d4sIIIII", 44100.0, b"aac ", 0, 0, 1024, 2, 0))
          + caf_chunk(b"kuki", esds) + caf_chunk(b"pakt", pakt) + caf_chunk(b"data", b"\0\0\0\0" + mdat))


@add("caf/alac_pakt.caf", "caf", "alac", "speech", bits=16, lossless=True,
     notes="crafted from an M4A: a right pakt chunk (48,007 valid frames, 1,145 remainder frames), as Apple writes it")
def _(out):
    t = tmp("pakt.m4a")
    ff(SOURCES["speech"]["path"], t, "-c:a", "alac")
    d = read(t)
    stbl = find(d, b"moov", b"trak", b"mdia", b"minf", b"stbl")
    stsz = find(stbl, b"stsz")
    sizes = struct.unpack(">%dI" % ((len(stsz) - 12) // 4), stsz[12:])
    stsd = find(stbl, b"stsd")
    cookie = stsd[stsd.index(b"alac", 30) + 8:][:24]
    pakt = struct.pack(">qqii", len(sizes), 48007, 0, len(sizes) * 4096 - 48007) + b"".join(varint(s) for s in sizes)
    write(out, b"caff\0\1\0\0" + caf_chunk(b"desc", struct.pack(">d4sIIIII", 16000.0, b"alac", 1, 0, 4096, 1, 0))
          + caf_chunk(b"kuki", cookie) + caf_chunk(b"data", b"\0\0\0\0" + find(d, b"mdat")) + caf_chunk(b"pakt", pakt))


# ---------------------------------------------------------------- Matroska and WebM

def mkv(path, src, codec, *args, w=None, **more):
    more.setdefault("lossless", False)
    container = "webm" if path.endswith("webm") else "matroska"
    add(path, container, codec, src, **more)(lambda out: ff(w() if w else SOURCES[src]["path"], out, *args))


mkv("mkv/opus.webm", "music48", "opus", "-c:a", "libopus", "-b:a", "64k", notes="CodecDelay and DiscardPadding tell both ends")
mkv("mkv/opus_51.mka", "surround", "opus", "-c:a", "libopus", "-b:a", "192k", snr_least=22.2)
mkv("mkv/opus_speech.mka", "speech", "opus", "-c:a", "libopus", "-b:a", "16k", "-application", "voip", rate=48000, frames=144021)
UNTOLD = dict(frames=None, frames_untrimmed=None)
mkv("mkv/vorbis.webm", "music", "vorbis", "-c:a", "libvorbis", "-q:a", "3", **UNTOLD, frames_note="no DiscardPadding: the end is not told")
mkv("mkv/flac.mka", "clip", "flac", "-c:a", "flac", lossless=True, bits=16)
mkv("mkv/flac24.mka", "clip24", "flac", "-c:a", "flac", "-sample_fmt", "s32", lossless=True, bits=24)
mkv("mkv/aac.mka", "music", "aac", *AAC, **UNTOLD, source_delay=1024, frames_note="no CodecDelay: neither end is told")
mkv("mkv/mp3.mka", "music", "mp3", "-c:a", "libmp3lame", "-b:a", "96k", frames=101108, source_delay=1105,
    frames_note="DiscardPadding tells the end (268 frames); no CodecDelay, so that the delay of 1,105 is not told")
mkv("mkv/mp2.mka", "clip", "mp2", "-c:a", "mp2", "-b:a", "192k", **UNTOLD, source_delay=481, frames_note="nothing tells the delay")
mkv("mkv/alac.mka", "clip", "alac", "-c:a", "alac", lossless=True, bits=16)
for name, codec, src, bits in (("s16", "pcm_s16le", "clip", 16), ("s24", "pcm_s24le", "clip24", 24), ("s16be", "pcm_s16be", "clip", 16),
                               ("f32", "pcm_f32le", "clip24", 32), ("u8", "pcm_u8", "clip8", 8), ("f64", "pcm_f64le", "clip32", 64)):
    mkv("mkv/pcm_%s.mka" % name, src, codec, "-c:a", codec, lossless=True, bits=bits)


def mkvmerge(path, codec, src, make, *args, **more):
    @add(path, "webm" if path.endswith("webm") else "matroska", codec, src, **more)
    def _(out):
        run("mkvmerge", "-q", "--deterministic", "ondes", *args, "-o", out, make())


def opus_file():
    t = tmp("merge.opus")
    run("opusenc", "--quiet", "--serial", "1", "--bitrate", "64", wav("music48"), t)
    return t


def ogg_file():
    t = tmp("merge.ogg")
    run("oggenc", "-Q", "-s", "1", "-q", "3", wav("music"), "-o", t)
    return t


def flac_file():
    t = tmp("merge.flac")
    run("flac", "-s", "-f", "--no-padding", wav("clip"), "-o", t)
    return t


mkvmerge("mkv/opus_mkvmerge.webm", "opus", "music48", opus_file, "--webm", lossless=False)
mkvmerge("mkv/vorbis_mkvmerge.mka", "vorbis", "music", ogg_file, lossless=False, **UNTOLD, frames_note="no DiscardPadding: the end is not told")
mkvmerge("mkv/flac_mkvmerge.mka", "flac", "clip", flac_file, lossless=True, bits=16, notes="header stripping and lacing as mkvmerge writes")
mkvmerge("mkv/pcm_mkvmerge.mka", "pcm_s16le", "clip", lambda: wav("clip"), lossless=True, bits=16)
mkvmerge("mkv/mp3_mkvmerge.mka", "mp3", "music", lambda: mp3_file(), lossless=False, **UNTOLD, source_delay=1105,
         frames_note="no delay is told: every MPEG frame counts")


def mp3_file():
    t = tmp("merge.mp3")
    run("lame", "--quiet", "-t", "-b", "64", "--resample", "44.1", wav("music"), t)
    return t


mkv("mkv/opus_live.webm", "music48", "opus", "-c:a", "libopus", "-b:a", "64k", "-live", "1", notes="live: unknown cluster and segment sizes, no cues")
add("mkv/opus_streamed.webm", "webm", "opus", "music48", lossless=False, notes="written by ffmpeg to a pipe: unknown sizes, no seek head")(
    lambda out: write(out, ff_pipe(SOURCES["music48"]["path"], "-c:a", "libopus", "-b:a", "64k", "-f", "webm")))
add("mkv/opus_with_video.mkv", "matroska", "opus", "music48", lossless=False, notes="a video track (64x64 black, first) beside the audio")(
    lambda out: run("ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "color=black:s=64x64:r=10:d=2", "-i", SOURCES["music48"]["path"],
                    "-map", "0:v", "-map", "1:a", "-fflags", "+bitexact", "-flags", "+bitexact", "-threads", "1", "-c:v", "mpeg4",
                    "-c:a", "libopus", "-b:a", "48k", out))
add("mkv/opus_truncated.webm", "webm", "opus", "music48", lossless=False, frames=None, warning="truncated", notes="cut at 60 % of the bytes")(
    lambda out: (ff(SOURCES["music48"]["path"], tmp("t.webm"), "-c:a", "libopus", "-b:a", "64k"),
                 write(out, read(tmp("t.webm"))[:len(read(tmp("t.webm"))) * 6 // 10])))
mkv("unsupported/ac3.mka", "music48", "ac-3", "-c:a", "ac3", "-b:a", "64k", w=lambda: wav("music48", frames=9000), error="unsupported", message="AC-3")
mkv("unsupported/tta.mka", "clip", "tta", "-c:a", "tta", error="unsupported", message="TTA")
