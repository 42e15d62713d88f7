"""Files with tags, written by other people's programs; tags.json says what is in them.

They are no part of manifest.json: only their tags matter. Needs mutagen (1.47) besides the programs of the others.
The audio is a few milliseconds of `clip`, or silence where the codec makes that smaller. What no program at
hand writes (ID3v2.2, sizes that lie) is made byte by byte.
"""
import json, os, struct, zlib
from make import FFMPEG, HERE, SOURCES, read, run, tmp, write

TITLE, ARTIST, ALBUM = "Ólafur — 夜明け 🌅", "Zoë & Søn", "Ein Album"
COMMON = {"title": TITLE, "artist": ARTIST, "album": ALBUM, "date": "2003-05-12", "track": "3/12", "genre": "Jazz",
          "comment": "two words", "composer": "Łukasz", "copyright": "2003 nobody", "album_artist": "Various"}
ALL = [["title", TITLE], ["artist", ARTIST], ["album", ALBUM], ["date", "2003-05-12"], ["tracknumber", "3"],
       ["tracktotal", "12"], ["genre", "Jazz"], ["comment", "two words"], ["composer", "Łukasz"],
       ["copyright", "2003 nobody"], ["albumartist", "Various"]]


def png(width, height, rows=None):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    raw = rows or b"".join(b"\0" + b"\x40\x80\xc0" * width for _ in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b""))


COVER = png(8, 8)
# Noise does not shrink: as large as real covers are.
LARGE = png(170, 170, b"".join(b"\0" + bytes((x * x * 7 + y * 31 + (x ^ y) * 13 + z * 101) * 2654435761 >> 16 & 255
                                           for x in range(170) for z in range(3)) for y in range(170)))

EXPECTED, BUILDS = {}, {}


def short(frames=441):
    out = tmp("short%d.wav" % frames)
    if not os.path.exists(out):
        run("sox", "-R", "-D", SOURCES["clip"]["path"], out, "trim", "0s", "%ds" % frames)
    return out


def ffmpeg(out, *args, tags=COMMON, cover=None, src=None):
    metadata = [a for k, v in tags.items() for a in ("-metadata", "%s=%s" % (k, v))]
    pictures = []
    if cover:
        write(tmp("cover.png"), cover)
        pictures = ["-i", tmp("cover.png"), "-map", "0:a", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic"]
    run(*FFMPEG, "-i", src or short(), *pictures, "-fflags", "+bitexact", "-flags:a", "+bitexact", *args, *metadata, out)


def tagged(name, expected, pictures=(), by="", complete=True):
    """Registers tests/data/tags/<name>: how it is built, and what its tags are."""
    EXPECTED[name] = dict(by=by, complete=complete, tags=expected,
                          pictures=[dict(kind=k, mime=m, description=d, bytes=len(b), crc32=zlib.crc32(b)) for k, m, d, b in pictures])

    def deco(build):
        BUILDS[name] = build
        return build
    return deco


def mutagen(path, change):
    import mutagen
    f = mutagen.File(path)
    if f.tags is None:
        f.add_tags()
    change(f)
    return f


FRONT = (3, "image/png", "", COVER)
UNTOLD = (0, "image/png", "", COVER)    # FFmpeg and LAME tell no type
ENCODER = lambda text: [["encoder", text]]


# ---------------------------------------------------------------- MP3: ID3v2 in every version, ID3v1, APE

def mp3_body():
    out = tmp("short.mp3")
    if not os.path.exists(out):
        run("lame", "--quiet", "-b", "32", "-m", "m", short(2000), out)
    return read(out)


def id3_frame(kind, body, version=4):
    if version == 2:
        return kind + struct.pack(">I", len(body))[1:] + body
    size = len(body)
    if version == 4:
        size = sum((size >> 7 * i & 127) << 8 * i for i in range(4))
    return kind + struct.pack(">IH", size, 0) + body


def id3_tag(version, frames, flags=0, pad=0):
    body = b"".join(frames) + bytes(pad)
    size = sum((len(body) >> 7 * i & 127) << 8 * i for i in range(4))
    return b"ID3" + bytes([version, 0, flags]) + struct.pack(">I", size) + body


@tagged("ffmpeg_id3v24.mp3",
        [["title", TITLE], ["artist", ARTIST], ["albumartist", "Various"], ["genre", "Jazz"], ["composer", "Łukasz"],
         ["copyright", "2003 nobody"], ["album", ALBUM], ["tracknumber", "3"], ["tracktotal", "12"],
         ["date", "2003-05-12"], ["comment", "two words"]], [UNTOLD], by="FFmpeg, ID3v2.4")
def _(out):
    ffmpeg(out, "-c:a", "libmp3lame", "-b:a", "64k", "-id3v2_version", "4", cover=COVER)


@tagged("ffmpeg_id3v23_utf16.mp3", EXPECTED["ffmpeg_id3v24.mp3"]["tags"], [UNTOLD], by="FFmpeg, ID3v2.3")
def _(out):
    ffmpeg(out, "-c:a", "libmp3lame", "-b:a", "64k", "-id3v2_version", "3", cover=COVER)


@tagged("lame_id3v23.mp3",
        [["encoder", "LAME 64bits version 3.100 (http://lame.sf.net)"], ["title", "夜明け"], ["artist", "Zoë"],
         ["album", "A"], ["date", "1999"], ["comment", "c"], ["tracknumber", "3"], ["tracktotal", "12"],
         ["genre", "Blues"]], [UNTOLD], by="LAME, ID3v2.3 in UTF-16 and ID3v1")
def _(out):
    write(tmp("cover.png"), COVER)
    run("lame", "--quiet", "-b", "64", "--id3v2-utf16", "--add-id3v2", "--tt", "夜明け", "--ta", "Zoë", "--tl", "A", "--ty", "1999",
        "--tc", "c", "--tn", "3/12", "--tg", "0", "--ti", tmp("cover.png"), short(), out)


@tagged("mutagen_id3v24_many.mp3",
        [["title", TITLE], ["artist", "one"], ["artist", "two"], ["genre", "Rock"], ["genre", "own"], ["date", "2003-05"],
         ["My key", "a"], ["My key", "b"], ["comment", "plain"], ["comment:named", "described"], ["lyrics", "la\nla"],
         ["website", "http://a.example/"], ["MUSICBRAINZ_TRACKID", "0-1-2"], ["discnumber", "1"], ["disctotal", "2"],
         ["engineer", "someone"], ["performer", "a player (piano)"], ["TOFN", "name.wav"],
         ["replaygain_track_gain", "-6.50 dB"]],
        [(3, "image/png", "Vorne ü", COVER), (4, "image/png", "", COVER)], by="mutagen, ID3v2.4")
def _(out):
    from mutagen import id3
    write(out, mp3_body())
    f = mutagen(out, lambda f: None)
    for frame in (id3.TIT2(encoding=1, text=TITLE), id3.TPE1(encoding=3, text=["one", "two"]),
                  id3.TCON(encoding=0, text=["17", "own"]), id3.TDRC(encoding=0, text="2003-05"),
                  id3.TXXX(encoding=2, desc="My key", text=["a", "b"]),
                  id3.COMM(encoding=0, lang="eng", desc="", text="plain"),
                  id3.COMM(encoding=3, lang="eng", desc="named", text="described"),
                  id3.COMM(encoding=0, lang="eng", desc="iTunSMPB", text=" 00000000 00000210"),
                  id3.USLT(encoding=1, lang="deu", desc="x", text="la\nla"), id3.WXXX(encoding=0, desc="", url="http://a.example/"),
                  id3.UFID(owner="http://musicbrainz.org", data=b"0-1-2"), id3.TPOS(encoding=0, text="1/2"),
                  id3.TIPL(encoding=3, people=[["engineer", "someone"]]), id3.TMCL(encoding=3, people=[["piano", "a player"]]),
                  id3.TLEN(encoding=0, text="12345"), id3.TOFN(encoding=0, text="name.wav"), id3.PRIV(owner="x", data=b"y"),
                  id3.TXXX(encoding=0, desc="replaygain_track_gain", text="-6.50 dB"),
                  id3.APIC(encoding=3, mime="image/png", type=3, desc="Vorne ü", data=COVER),
                  id3.APIC(encoding=0, mime="PNG", type=4, desc="", data=COVER)):
        f.tags.add(frame)
    f.save(v2_version=4)


@tagged("id3v22.mp3",
        [["title", "夜明け"], ["artist", "Zoë"], ["tracknumber", "3"], ["tracktotal", "12"], ["genre", "Disco"],
         ["genre", "Eurodisco"], ["comment", "old"], ["date", "1999-12-31T23:59"]], [(3, "image/png", "x", COVER)],
        by="by hand after the specification of ID3v2.2")
def _(out):
    f = lambda kind, body: id3_frame(kind, body, 2)
    write(out, id3_tag(2, [
        f(b"TT2", b"\1" + "夜明け".encode("utf-16")), f(b"TP1", b"\0Zo\xeb\0"), f(b"TRK", b"\0003/12"), f(b"TCO", b"\0(4)Eurodisco"),
        f(b"TYE", b"\0001999"), f(b"TDA", b"\0003112"), f(b"TIM", b"\0002359"), f(b"COM", b"\0eng\0old"),
        f(b"PIC", b"\0PNG\3x\0" + COVER), f(b"CNT", b"\0\0\0\1")], pad=50) + mp3_body())


@tagged("id3v23_unsynchronised.mp3", [["title", "ÿþ\x00à".replace("\x00", "")], ["artist", "ÿ"]],
        [(0, "image/jpeg", "", b"\xff\xd8\xff\xe0\xff\0\0\xff\xfe" * 9)],
        by="by hand: unsynchronised, an extended header, a grouped frame and an encrypted one", complete=False)
def _(out):
    frames = [id3_frame(b"TIT2", b"\0\xff\xfe\xe0", 3), b"TPE1" + struct.pack(">IH", 3, 0x20) + b"\x07\0\xff",
              id3_frame(b"APIC", b"\0image/jpeg\0\0\0" + b"\xff\xd8\xff\xe0\xff\0\0\xff\xfe" * 9, 3),
              b"TALB" + struct.pack(">IH", 4, 0x40) + b"\x01abc"]
    body = struct.pack(">IHI", 6, 0, 0) + b"".join(frames)
    safe = b""
    for i, byte in enumerate(body):
        safe += bytes([byte])
        if byte == 0xff and (i + 1 == len(body) or body[i + 1] >= 0xe0 or body[i + 1] == 0):
            safe += b"\0"
    write(out, id3_tag(3, [safe], flags=0xc0) + mp3_body())


@tagged("id3v24_plain_sizes.mp3", [["lyrics", "x" * 300], ["title", "behind"]],
        by="by hand: sizes in 32 plain bits, as iTunes wrote them; a footer")
def _(out):
    frame = lambda kind, body: kind + struct.pack(">IH", len(body), 0) + body
    tag = id3_tag(4, [frame(b"USLT", b"\0eng\0" + b"x" * 300), frame(b"TIT2", b"\0behind")], flags=0x10)
    write(out, tag + b"3DI" + tag[3:10] + mp3_body())


@tagged("id3v1_ape.mp3",
        [["title", "ape é"], ["artist", "one"], ["artist", "two"], ["tracknumber", "3"], ["tracktotal", "12"], ["date", "1999"],
         ["album", "old album"], ["comment", "old comment"], ["genre", "Rock"]], [(3, "image/png", "front.png", COVER)],
        by="mutagen (APEv2), and ID3v1 by hand")
def _(out):
    from mutagen.apev2 import APEv2, APEValue, BINARY
    write(out, mp3_body())
    tag = APEv2()
    tag["Title"], tag["Artist"], tag["Track"], tag["Year"] = "ape é", ["one", "two"], "3/12", "1999"
    tag["Cover Art (Front)"] = APEValue(b"front.png\0" + COVER, BINARY)
    tag.save(out)
    write(out, read(out) + b"TAG" + b"old title".ljust(30, b"\0") + b"old artist".ljust(30, b" ") + b"old album".ljust(30, b"\0")
          + b"1998" + b"old comment".ljust(28, b"\0") + b"\0\x07" + bytes([17]))


@tagged("id3_only.mp3", [["title", "no audio"]], by="by hand: no audio follows")
def _(out):
    write(out, id3_tag(4, [id3_frame(b"TIT2", b"\3no audio")]))


# ---------------------------------------------------------------- FLAC and Ogg

VORBIS = [["title", TITLE], ["artist", "one"], ["artist", "two"], ["tracknumber", "3"], ["tracktotal", "12"], ["date", "2003"],
          ["MyKey", "a=b"], ["DESCRIPTION", "d"], ["replaygain_track_gain", "-6.50 dB"]]
VORBIS[7][0] = "description"
FIELDS = ["TITLE=" + TITLE, "ARTIST=one", "artist=two", "TRACKNUMBER=3", "TOTALTRACKS=12", "DATE=2003", "MyKey=a=b",
          "DESCRIPTION=d", "REPLAYGAIN_TRACK_GAIN=-6.50 dB"]


@tagged("metaflac.flac", VORBIS, [(3, "image/png", "Vorne ü", COVER), (4, "image/png", "", LARGE)], by="flac and metaflac")
def _(out):
    write(tmp("cover.png"), COVER)
    write(tmp("large.png"), LARGE)
    run("flac", "-s", "-f", "--no-padding", "--no-seektable", *["--tag=" + f for f in FIELDS], short(), "-o", out)
    run("metaflac", "--import-picture-from=3|image/png|Vorne ü||" + tmp("cover.png"), out)
    run("metaflac", "--import-picture-from=4||||" + tmp("large.png"), out)


@tagged("oggenc.ogg", VORBIS, by="oggenc and vorbiscomment")
def _(out):
    run("oggenc", "-Q", "-q", "0", "-s", "1", short(), "-o", out)
    run("vorbiscomment", "-R", "-w", out, stdin="\n".join(FIELDS).encode())


@tagged("mutagen_cover.ogg", [["title", TITLE]], [(3, "image/png", "Vorne ü", LARGE)],
        by="oggenc, and mutagen: a picture over several pages")
def _(out):
    import base64
    from mutagen.flac import Picture
    run("oggenc", "-Q", "-q", "0", "-s", "1", short(), "-o", out)
    p = Picture()
    p.type, p.mime, p.desc, p.data = 3, "image/png", "Vorne ü", LARGE
    f = mutagen(out, lambda f: None)
    f["title"], f["metadata_block_picture"] = TITLE, base64.b64encode(p.write()).decode()
    f.save()


@tagged("opusenc.opus",
        ENCODER("opusenc from opus-tools 0.2") + [["title", TITLE], ["artist", "one"], ["MyKey", "a=b"],
         ["ENCODER_OPTIONS", "--serial 1 --bitrate 24"]], [(3, "image/png", "x", COVER)], by="opusenc")
def _(out):
    write(tmp("cover.png"), COVER)
    run("opusenc", "--quiet", "--serial", "1", "--bitrate", "24", "--title", TITLE, "--artist", "one", "--comment", "MyKey=a=b",
        "--picture", "3||x||" + tmp("cover.png"), short(), out)


@tagged("flac_ogg.oga", [["title", TITLE], ["artist", "one"]], [(3, "image/png", "", COVER)], by="flac --ogg")
def _(out):
    write(tmp("cover.png"), COVER)
    run("flac", "-s", "-f", "--ogg", "--serial-number=1", "--no-padding", "--tag=TITLE=" + TITLE, "--tag=ARTIST=one",
        "--picture", tmp("cover.png"), short(), "-o", out)


@tagged("ffmpeg_cover.oga",
        [["title", TITLE], ["artist", ARTIST], ["album", ALBUM], ["date", "2003-05-12"], ["genre", "Jazz"], ["composer", "Łukasz"],
         ["copyright", "2003 nobody"], ["albumartist", "Various"], ["description", "two words"], ["tracknumber", "3"],
         ["tracktotal", "12"], ["encoder", "Lavc flac"]], by="FFmpeg, whose order of keys is its own")
def _(out):
    ffmpeg(out, "-c:a", "flac")


# ---------------------------------------------------------------- MP4, QuickTime

@tagged("ffmpeg.m4a", ALL, [FRONT], by="FFmpeg")
def _(out):
    ffmpeg(out, "-c:a", "aac", "-b:a", "32k", cover=COVER)


@tagged("mutagen.m4a",
        [["title", TITLE], ["artist", "one"], ["artist", "two"], ["tracknumber", "3"], ["tracktotal", "12"], ["discnumber", "1"],
         ["disctotal", "2"], ["bpm", "120"], ["compilation", "1"], ["genre", "Rock"], ["isrc", "USRC17607839"], ["My key", "a"],
         ["My key", "b"], ["titlesort", "O"], ["lyrics", "la"]], [FRONT], by="mutagen; the order is by key")
def _(out):
    from mutagen.mp4 import MP4Cover
    ffmpeg(out, "-c:a", "aac", "-b:a", "32k", tags={})
    f = mutagen(out, lambda f: None)
    f["\xa9nam"], f["\xa9ART"], f["trkn"], f["disk"], f["tmpo"], f["cpil"] = [TITLE], ["one", "two"], [(3, 12)], [(1, 2)], [120], True
    f["----:com.apple.iTunes:ISRC"], f["----:com.apple.iTunes:My key"] = [b"USRC17607839"], [b"a", b"b"]
    f["----:com.apple.iTunes:iTunSMPB"] = [b" 00000000 00000840"]
    f["sonm"], f["\xa9lyr"], f["\xa9gen"] = ["O"], ["la"], ["Rock"]
    f["covr"] = [MP4Cover(COVER, MP4Cover.FORMAT_PNG)]
    f.save()


@tagged("ffmpeg_udta.mov", [t for t in ALL if t[0] not in ("tracknumber", "tracktotal", "composer", "albumartist")]
        + [["description", "two words"]], by="FFmpeg, texts in udta")
def _(out):
    ffmpeg(out, "-c:a", "pcm_s16le")


@tagged("ffmpeg_mdta.mov", ALL, by="FFmpeg, keys and items")
def _(out):
    ffmpeg(out, "-c:a", "pcm_s16le", "-movflags", "use_metadata_tags")


# ---------------------------------------------------------------- chunks

@tagged("ffmpeg_info.wav", [t for t in ALL if t[0] not in ("composer", "albumartist")], by="FFmpeg: LIST INFO, which has no name for the album's artist and composers")
def _(out):
    ffmpeg(out, "-c:a", "pcm_u8")


@tagged("ffmpeg_bext.wav",
        [["bext_description", "a take"], ["bext_originator", "FFmpeg"], ["bext_originator_reference", "ref"],
         ["bext_origination_date", "2026-01-31"], ["bext_origination_time", "23:59:58"], ["bext_time_reference", "172800000000"],
         ["bext_coding_history", "A=PCM"]], by="FFmpeg: bext")
def _(out):
    ffmpeg(out, "-c:a", "pcm_u8", "-write_bext", "1",
           tags={"description": "a take", "originator": "FFmpeg", "originator_reference": "ref", "origination_date": "2026-01-31",
                 "origination_time": "23:59:58", "time_reference": "172800000000", "coding_history": "A=PCM"})


@tagged("mutagen_id3.wav", [["title", TITLE], ["artist", "list"]], [FRONT],
        by="FFmpeg (LIST INFO) and mutagen (ID3v2 behind the audio, which goes first)")
def _(out):
    from mutagen import id3
    ffmpeg(out, "-c:a", "pcm_u8", tags={"title": "in the list", "artist": "list"})
    f = mutagen(out, lambda f: None)
    f.tags.add(id3.TIT2(encoding=3, text=TITLE))
    f.tags.add(id3.APIC(encoding=0, mime="image/png", type=3, desc="", data=COVER))
    f.save()


@tagged("sox_latin1.wav", [["title", "Zoë"], ["artist", "b"], ["IKEY", "odd"], ["isrc", "US-RC1-76-07839"], ["tracknumber", "7"]],
        by="by hand: Latin-1, a missing pad byte, the recording code")
def _(out):
    def item(kind, text, pad=True):
        return kind + struct.pack("<I", len(text)) + text + (b"\0" if pad and len(text) % 2 else b"")
    body = b"INFO" + item(b"INAM", b"Zo\xeb\0") + item(b"IART", b"b", pad=False) + item(b"IKEY", b"odd\0") \
        + item(b"ISRC", b"US-RC1-76-07839\0") + item(b"ITRK", b"7")
    run("sox", "-R", "-D", short(), "-b", 8, tmp("u8.wav"))
    wav = read(tmp("u8.wav")) + b"LIST" + struct.pack("<I", len(body)) + body
    write(out, wav[:4] + struct.pack("<I", len(wav) - 8) + wav[8:])


@tagged("rf64_info.wav", [["title", TITLE]], by="FFmpeg: RF64 with LIST INFO behind the audio")
def _(out):
    ffmpeg(out, "-c:a", "pcm_u8", "-rf64", "always", tags={"title": TITLE})


@tagged("ffmpeg.aiff", [["title", "Ólafur"], ["artist", "a"], ["copyright", "c"], ["comment", "d"]],
        by="FFmpeg: text chunks")
def _(out):
    ffmpeg(out, "-c:a", "pcm_s8", tags={"title": "Ólafur", "author": "a", "copyright": "c", "comment": "d"})


@tagged("ffmpeg_id3.aiff", ALL, [UNTOLD], by="FFmpeg: ID3v2")
def _(out):
    ffmpeg(out, "-c:a", "pcm_s8", "-write_id3v2", "1", cover=COVER)


@tagged("sox_comments.aiff", [["comment", "two\nlines"]], by="SoX: a COMT chunk")
def _(out):
    run("sox", "-R", "-D", short(), "-b", 8, "--comment", "two\nlines", out)


@tagged("ffmpeg.caf", ALL, by="FFmpeg: an info chunk")
def _(out):
    ffmpeg(out, "-c:a", "pcm_s8")


@tagged("id3_prefix.aac", [["title", "in front"]], by="FFmpeg, and ID3v2 by hand")
def _(out):
    ffmpeg(tmp("x.aac"), "-c:a", "aac", "-b:a", "32k", "-f", "adts")
    write(out, id3_tag(4, [id3_frame(b"TIT2", b"\3in front")]) + read(tmp("x.aac")))


# ---------------------------------------------------------------- Matroska

@tagged("ffmpeg.mka", ALL + ENCODER("Lavc pcm_u8"), by="FFmpeg")
def _(out):
    ffmpeg(out, "-c:a", "pcm_u8")


@tagged("mkvmerge_tags_last.mka",
        [["title", "track title"], ["tracknumber", "3"], ["album", "album title"], ["tracktotal", "12"]],
        [(3, "image/png", "a cover", COVER)], by="mkvmerge and mkvpropedit: tags for the album and the track, behind the clusters")
def _(out):
    write(tmp("cover.png"), COVER)
    write(tmp("tags.xml"), b"""<?xml version="1.0"?><Tags>
<Tag><Targets><TargetTypeValue>30</TargetTypeValue></Targets><Simple><Name>TITLE</Name><String>track title</String></Simple>
<Simple><Name>PART_NUMBER</Name><String>3</String></Simple></Tag>
<Tag><Targets><TargetTypeValue>50</TargetTypeValue></Targets><Simple><Name>TITLE</Name><String>album title</String></Simple>
<Simple><Name>TOTAL_PARTS</Name><String>12</String></Simple></Tag></Tags>""")
    run("mkvmerge", "-q", "--deterministic", "1", "-o", out, "--attachment-name", "cover.png", "--attachment-mime-type", "image/png",
        "--attachment-description", "a cover", "--attach-file", tmp("cover.png"), short())
    run("mkvpropedit", "-q", out, "--tags", "global:" + tmp("tags.xml"), "--edit", "info", "--set", "title=segment title")


# ---------------------------------------------------------------- sizes that lie

@tagged("huge_picture.flac", [["title", TITLE]], by="by hand: 1 kB that declares a picture of 2 GiB", complete=False)
def _(out):
    flac = read(SOURCES["clip"]["path"])
    comments = struct.pack("<I", 0) + struct.pack("<I", 1) + struct.pack("<I", 6 + len(TITLE.encode())) + b"TITLE=" + TITLE.encode()
    picture = struct.pack(">II", 3, 9) + b"image/png" + struct.pack(">I", 0) + bytes(16) + struct.pack(">I", 0x7fffffff) + b"\x89PNG"
    blocks = b"\4" + struct.pack(">I", len(comments))[1:] + comments + b"\x86" + struct.pack(">I", len(picture))[1:] + picture
    write(out, b"fLaC\0" + flac[5:42] + blocks + flac[42:900])


@tagged("huge_picture.m4a", [["title", "t"]], by="by hand: a cover of 2 GiB in a box of 24 bytes", complete=True)
def _(out):
    box = lambda kind, body, size=None: struct.pack(">I", size or len(body) + 8) + kind + body
    data = lambda body, size=None: box(b"data", struct.pack(">II", 1, 0) + body, size)
    ilst = box(b"ilst", box(b"\xa9nam", data(b"t")) + box(b"covr", data(b"", 0x7fffffff), 0x7fffffff))
    meta = box(b"meta", bytes(4) + box(b"hdlr", bytes(8) + b"mdirappl" + bytes(9)) + ilst)
    write(out, box(b"ftyp", b"M4A \0\0\0\0") + box(b"moov", box(b"udta", meta), 0x7fffff00))


@tagged("huge_comments.opus", [], by="opusenc, with a count of comments of 2 GiB and the page's checksum to fit", complete=False)
def _(out):
    run("opusenc", "--quiet", "--serial", "1", "--bitrate", "24", short(), tmp("x.opus"))
    data = bytearray(read(tmp("x.opus")))
    at = data.index(b"OpusTags") + 8
    vendor = struct.unpack_from("<I", data, at)[0]
    struct.pack_into("<II", data, at + 4 + vendor, 0x7fffffff, 0x7fffffff)
    page = data.index(b"OggS", 4)
    end = data.index(b"OggS", page + 4)
    struct.pack_into("<I", data, page + 22, 0)
    crc = 0
    for byte in data[page:end]:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04c11db7 if crc & 0x80000000 else crc << 1) & 0xffffffff
    struct.pack_into("<I", data, page + 22, crc)
    write(out, bytes(data))


def make():
    os.makedirs(os.path.join(HERE, "tags"), exist_ok=True)
    for name, build in BUILDS.items():
        out = os.path.join(HERE, "tags", name)
        if os.path.exists(out):
            os.remove(out)
        build(out)
        print("%8d  tags/%s" % (os.path.getsize(out), name), flush=True)
    rows = ["  %s: %s" % (json.dumps(k), json.dumps(v, ensure_ascii=False)) for k, v in EXPECTED.items()]
    write("tags/tags.json", ("{\n%s\n}\n" % ",\n".join(rows)).encode())
