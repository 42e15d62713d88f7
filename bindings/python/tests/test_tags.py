"""Tags: as a mapping, and against what other programs wrote."""

from __future__ import annotations

import copy
import json
import pickle
import threading
import zlib
from pathlib import Path
from typing import Any

import pytest

import ondes
from ondes import Picture, Tags

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def test_they_are_a_mapping() -> None:
    tags = Tags({"title": "Aria", "artist": ["Ana", "Ben"], "X-Mood": "calm"})
    assert tags["title"] == "Aria" and tags["artist"] == "Ana" and tags["x-mood"] == "calm"
    assert tags.get_all("artist") == ["Ana", "Ben"] and tags.get_all("album") == []
    assert [key.lower() for key in tags] == ["title", "artist", "x-mood"] and len(tags) == 3
    assert "TITLE" in tags and "album" not in tags and 5 not in tags
    assert tags.get("album") is None and tags.get("album", "-") == "-"
    with pytest.raises(KeyError, match="album"):
        tags["album"]
    with pytest.raises(KeyError):
        del tags["album"]
    tags["title"] = ["One", "Two", "Three"]
    assert tags.get_all("TITLE") == ["One", "Two", "Three"]
    tags["title"] = "Four"
    assert tags.to_dict()["title"] == ["Four"]
    del tags["Title"]
    assert "title" not in tags
    tags.update(album="B", genre=["x", "y"])
    assert dict(tags)["album"] == "B" and tags.pop("album") == "B"
    tags["genre"] = []
    assert "genre" not in tags
    assert not Tags() and Tags([("a", "1"), ("b", "2")])["b"] == "2"


def test_well_known_keys_have_one_spelling() -> None:
    tags = Tags({"Album Artist": "A", "TRACKNUMBER": "3/12"})
    assert tags["albumartist"] == tags["ALBUM_ARTIST"] == "A" and tags.get_all("album artist") == ["A"]
    assert tags["tracknumber"] == "3"
    tags["album-artist"] = "B"
    assert tags.to_dict()["albumartist"] == ["B"]


def test_pictures() -> None:
    tags = Tags(pictures=[Picture(PNG, description="front")])
    tags.add_picture(b"\xff\xd8\xff" + bytes(9), "back cover")
    first, second = tags.pictures
    assert first == Picture(PNG, "front cover", "image/png", "front")
    assert (second.kind, second.mime) == ("back cover", "image/jpeg")
    assert repr(first) == "Picture('front cover', image/png, 28 bytes, 'front')"
    tags.pictures = [second]
    assert tags.pictures == [second] and len(tags) == 0
    tags.clear()
    assert tags.pictures == []
    with pytest.raises(ValueError, match="kind 'sleeve' is none of other"):
        tags.add_picture(PNG, "sleeve")
    with pytest.raises(ValueError, match="MIME type"):
        tags.add_picture(b"unknown")
    with pytest.raises(TypeError):
        tags.add_picture(5)


def test_copies_are_independent_and_equal() -> None:
    tags = Tags({"title": "Aria", "artist": ["Ana", "Ben"]}, pictures=[Picture(PNG)])
    for other in (tags.copy(), copy.copy(tags), copy.deepcopy(tags), pickle.loads(pickle.dumps(tags)), Tags(tags)):
        assert other == tags and other.pictures == tags.pictures
        other["title"] = "Other"
        assert other != tags and tags["title"] == "Aria"
    assert Tags({"a": "b"}) == {"a": "b"} and Tags({"a": "b"}) != {"a": "c"} and Tags() != 5
    with pytest.raises(TypeError):
        hash(tags)
    assert repr(Tags({"title": "A", "artist": ["B", "C"]})) == "Tags({'title': 'A', 'artist': ['B', 'C']})"


def test_what_cannot_be_is_named() -> None:
    tags = Tags()
    wrong: list[tuple[Any, Any]] = [("title", 5), ("title", ["a", 5]), (5, "a")]
    for key, value in wrong:
        with pytest.raises(TypeError):
            tags[key] = value
    with pytest.raises(ValueError, match="NUL"):
        tags["title"] = "a\0b"
    assert len(tags) == 0, "a value that cannot be changes nothing"


def test_what_other_programs_wrote_is_read(data: Path) -> None:
    described = json.loads((data / "tags/tags.json").read_text())
    for name, file in described.items():
        wanted: dict[str, list[str]] = {}
        for key, value in file["tags"]:
            wanted.setdefault(key, []).append(value)
        tags = Tags.read(data / "tags" / name)
        assert tags.to_dict() == wanted, name
        assert tags.is_complete == file["complete"], name
        for picture, expected in zip(tags.pictures, file.get("pictures", [])):
            assert (picture.mime, picture.description) == (expected["mime"], expected["description"])
            assert (len(picture.data), zlib.crc32(picture.data)) == (expected["bytes"], expected["crc32"])


def test_reading_tags_needs_no_decoder(data: Path) -> None:
    assert Tags.read(data / "wav/odd_chunks.wav")["title"] == "odd chunks"
    assert Tags.read((data / "wav/odd_chunks.wav").read_bytes())["title"] == "odd chunks"
    assert ondes.info(data / "wav/odd_chunks.wav").tags["title"] == "odd chunks"
    assert len(Tags.read(data / "wav/s16.wav")) == 0
    with pytest.raises(FileNotFoundError):
        Tags.read("nowhere.mp3")


def test_threads_may_share_them() -> None:
    tags = Tags()
    failures: list[Exception] = []

    def work(n: int) -> None:
        try:
            for k in range(300):
                tags[f"key{n}"] = str(k)
                assert tags[f"key{n}"] == str(k)
                tags.to_dict()
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures and len(tags) == 4


@pytest.mark.parametrize("value", [3, None, b"Aria", [b"Aria"], [3]])
def test_values_are_texts(value: Any) -> None:
    tags = Tags({"title": "Aria"})
    with pytest.raises(TypeError, match="title: a value of tags is a str or several, not "):
        tags["title"] = value
    assert tags["title"] == "Aria"


def test_pictures_that_cannot_be_replace_none() -> None:
    tags = Tags(pictures=[Picture(PNG)])
    with pytest.raises(ValueError, match="MIME"):
        tags.pictures = [Picture(PNG), Picture(b"no image")]
    assert [picture.data for picture in tags.pictures] == [PNG]


def test_equality_with_dictionaries() -> None:
    tags = Tags({"title": "Aria", "artist": ["Ana", "Ben"]})
    assert tags == {"Title": "Aria", "artist": ["Ana", "Ben"]}
    for other in ({"title": 5}, {"title": "Aria"}, {"": "Aria"}, {}):
        assert tags != other
