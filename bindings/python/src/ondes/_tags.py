"""``ondes.Tags``: what a file says about its audio."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from ctypes import string_at
from typing import Any, NamedTuple, Union

import numpy as np

from . import _abi
from ._handle import Handle, call
from ._library import lib
from ._samples import address
from ._sources import Source, as_buffer, open_source

Values = Union[str, Iterable[str]]
_KINDS = tuple(kind.name.lower().replace("_", " ") for kind in _abi.Picture)


class Picture(NamedTuple):
    """A picture in a file: the cover, as a rule."""

    data: bytes
    """An image file, such as a JPEG."""
    kind: str = "front cover"
    """What it shows, as ID3v2 and FLAC name it: "front cover", "back cover", "artist", "other" and so on."""
    mime: str | None = None
    """Its type: "image/jpeg". None, for writing, lets the library look. "-->": the data is the picture's address."""
    description: str = ""

    def __repr__(self) -> str:
        words = f", {self.description!r}" if self.description else ""
        return f"Picture({self.kind!r}, {self.mime}, {len(self.data)} bytes{words})"


class Tags(MutableMapping[str, str]):
    """Texts under keys, and pictures: ``tags["title"]``, ``tags["artist"] = ["Ana", "Ben"]``, ``tags.pictures``.

    The well-known keys, such as "title", "artist", "album", "albumartist",
    "date", "genre" and "tracknumber", mean the same in every format; others
    are passed on as they are. Case does not count. A key may have several
    values: ``tags[key]`` is the first, :meth:`get_all` gives them all, and a
    list sets several. ``dict(tags)`` has the first value of every key,
    :meth:`to_dict` all of them.

    ``Tags({"title": "Aria", "artist": ["Ana", "Ben"]})`` makes tags to write,
    :func:`ondes.info` reads those of a file with the rest of what there is to
    tell, and :meth:`Tags.read` only them, even where the audio cannot be decoded.
    """

    __slots__ = ("_handle",)

    def __init__(
        self, values: Mapping[str, Values] | Iterable[tuple[str, Values]] = (), *, pictures: Iterable[Picture] = ()
    ) -> None:
        self._handle = Handle.make("Tags", lib.ondes_tags_free, lib.ondes_tags_new)
        if isinstance(values, Tags):
            pictures = (*values.pictures, *pictures)
            values = values.to_dict()
        pairs: Any = values.items() if isinstance(values, Mapping) else values
        for key, value in pairs:
            self[key] = value
        for picture in pictures:
            self.add_picture(*picture)

    @classmethod
    def read(cls, src: Source) -> Tags:
        """The tags of a file, whether or not its audio can be decoded; a file without tags gives empty ones.

        Raises:
            ondes.exceptions.OndesError: The file cannot be read, or is of no known format.
        """
        functions = (lib.ondes_tags_open_path, lib.ondes_tags_open_memory, lib.ondes_tags_open_io)
        return cls._of(open_source(src, "Tags", functions, lib.ondes_tags_free))

    @classmethod
    def _of(cls, handle: Handle) -> Tags:
        """Tags of the library."""
        tags = cls.__new__(cls)
        tags._handle = handle
        return tags

    def _get(self, function: Callable[..., Any], *arguments: object) -> Any:
        # What the library gives lives until the tags change: so it is copied before another thread may change them.
        handle = self._handle
        with handle.lock:
            return function(handle.pointer, *arguments)

    def _change(self, function: Callable[..., int], *arguments: object) -> None:
        handle = self._handle
        with handle.lock:
            call(function, handle.pointer, *arguments, path=handle.path)

    def __getitem__(self, key: str) -> str:
        value = self._get(lib.ondes_tags_get, _key(key))
        if value is None:
            raise KeyError(key)
        return _str(value)

    def __setitem__(self, key: str, value: Values) -> None:
        encoded = _key(key)
        if isinstance(value, (bytes, bytearray)) or not isinstance(value, Iterable):
            raise TypeError(f"{key}: a value of tags is a str or several, not {value!r}")
        values = [_text(value, key)] if isinstance(value, str) else [_text(one, key) for one in value]
        self._change(lib.ondes_tags_remove, encoded)
        for number, one in enumerate(values):
            self._change(lib.ondes_tags_add if number else lib.ondes_tags_set, encoded, one)

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        self._change(lib.ondes_tags_remove, _key(key))

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._get(lib.ondes_tags_get, _key(key)) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(key for key, _ in self._items()))

    def __len__(self) -> int:
        return len({key for key, _ in self._items()})

    def get_all(self, key: str) -> list[str]:
        """All values of a key, in the order of the file; none if it is not there."""
        # The library knows which spellings are the same key; adding to an empty one tells the spelling it keeps.
        same = Tags([(key, "1")])
        return self.to_dict().get(next(iter(same)), [])

    def to_dict(self) -> dict[str, list[str]]:
        """All values of all keys, in the order of the file."""
        found: dict[str, list[str]] = {}
        for key, value in self._items():
            found.setdefault(key, []).append(value)
        return found

    def _items(self) -> list[tuple[str, str]]:
        with self._handle.lock:
            tags = self._handle.pointer
            count = range(lib.ondes_tags_count(tags))
            return [(_str(lib.ondes_tags_key(tags, n)), _str(lib.ondes_tags_value(tags, n))) for n in count]

    def clear(self) -> None:
        """Takes everything away, pictures as well."""
        self._change(lib.ondes_tags_clear)

    @property
    def pictures(self) -> list[Picture]:
        """The pictures, each with its bytes. Assign a list to replace them, or use :meth:`add_picture`."""
        with self._handle.lock:
            tags = self._handle.pointer
            return [_picture(tags, n) for n in range(lib.ondes_tags_picture_count(tags))]

    @pictures.setter
    def pictures(self, pictures: Iterable[Picture]) -> None:
        wanted = Tags(pictures=pictures).pictures  # an error before anything is lost
        while self._get(lib.ondes_tags_picture_count):
            self._change(lib.ondes_tags_remove_picture, 0)
        for picture in wanted:
            self.add_picture(*picture)

    def add_picture(self, data: Any, kind: str = "front cover", mime: str | None = None, description: str = "") -> None:
        """Add a picture: the bytes of an image file, and what it shows.

        Raises:
            ValueError: ``kind`` is no kind of picture, or ``mime`` is needed: it is found for JPEG, PNG, GIF, BMP, WebP.
        """
        try:
            number = _KINDS.index(kind.lower().replace("_", " "))
        except ValueError:
            raise ValueError(f"kind {kind!r} is none of {', '.join(_KINDS)}") from None
        buffer = as_buffer(data)
        if buffer is None:
            raise TypeError(f"a picture is bytes, not {type(data).__name__}")
        buffer = np.ascontiguousarray(buffer)
        encoded = None if mime is None else _text(mime, "mime")
        words = _text(description, "description")
        self._change(lib.ondes_tags_add_picture, number, encoded, words, address(buffer), buffer.size)

    @property
    def is_complete(self) -> bool:
        """Whether all tags of the file could be read; False if some were damaged or larger than the limits."""
        return bool(self._get(lib.ondes_tags_is_complete))

    def copy(self) -> Tags:
        """Tags of their own with the same in them."""
        return Tags(self)

    __copy__ = copy

    def __deepcopy__(self, _: object) -> Tags:
        return Tags(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self.to_dict(), [tuple(picture) for picture in self.pictures])

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Tags):
            return self.to_dict() == other.to_dict() and self.pictures == other.pictures
        if isinstance(other, Mapping):
            try:
                return self.to_dict() == Tags(other).to_dict()
            except (TypeError, ValueError):  # what tags cannot hold is in none
                return False
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        values = {key: all[0] if len(all) == 1 else all for key, all in self.to_dict().items()}
        pictures = self.pictures
        return f"Tags({values!r}, pictures={pictures!r})" if pictures else f"Tags({values!r})"


def known_keys() -> list[str]:
    """The keys that mean the same in every format."""
    keys: list[str] = []
    while (key := lib.ondes_tags_known_key(len(keys))) is not None:
        keys.append(_str(key))
    return keys


def _restore(values: dict[str, list[str]], pictures: list[tuple[Any, ...]]) -> Tags:
    return Tags(values, pictures=[Picture(*picture) for picture in pictures])


def _picture(tags: int, index: int) -> Picture:
    data = string_at(lib.ondes_tags_picture_data(tags, index), lib.ondes_tags_picture_size(tags, index))
    kind = _KINDS[lib.ondes_tags_picture_kind(tags, index)]
    words = _str(lib.ondes_tags_picture_description(tags, index))
    return Picture(data, kind, _str(lib.ondes_tags_picture_mime(tags, index)), words)


def _str(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def _key(key: str) -> bytes:
    if not isinstance(key, str):
        raise TypeError(f"a key of tags is a str, not {key!r}")
    return _text(key, "a key")


def _text(text: str, name: str) -> bytes:
    if not isinstance(text, str):
        raise TypeError(f"{name}: a value of tags is a str or several, not {text!r}")
    encoded = text.encode("utf-8", "replace")
    if b"\0" in encoded:
        raise ValueError(f"{name}: tags cannot hold a NUL character: {text!r}")
    return encoded
