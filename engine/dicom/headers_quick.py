"""Elements of a regular little-endian header, several times faster than a full parser finds them.

A new archive is scanned file by file, and most of a parser's time goes into elements nobody asks for. What is not
plainly regular here (other byte orders, text that is not ASCII, private surprises, anything cut off)
raises `Irregular`, and pydicom reads that file instead: this module never has the last word on a damaged file.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from io import RawIOBase
from typing import Any

from pydicom.datadict import dictionary_VR, keyword_for_tag, tag_for_keyword

FIRST_BYTES, MOST_BYTES = 16 * 1024, 1024 * 1024
"""Read at once; read when the header turns out to be longer."""
_PIXEL_VRS = {b"OB", b"OW"}
_DEEPEST = 8
_UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_PIXELS = 0x7FE00008
_SYNTAX, _MEDIA_CLASS = 0x00020010, 0x00020002
_IMPLICIT = b"1.2.840.10008.1.2"
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_OTHERS = {b"", b"1.2.840.10008.1.2.2", b"1.2.840.10008.1.2.4.94", b"1.2.840.10008.1.2.4.95"}
"""Not read here: no syntax, big endian; JPIP has no pixels in the file."""
_DICOMDIR = b"1.2.840.10008.1.3.10"

_EXPLICIT_HEAD = struct.Struct("<HH2sH")
_IMPLICIT_HEAD = struct.Struct("<HHL")
_LONG = struct.Struct("<L")
_SHORT_VRS = frozenset(b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split())
_LONG_VRS = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
_TEXT = {b"AE", b"CS", b"DA", b"DT", b"LO", b"SH", b"TM", b"UI"}
_LONG_TEXT = {b"LT", b"ST", b"UT"}
_NUMBERS = {b"US": "H", b"UL": "L", b"SS": "h", b"SL": "l", b"FL": "f", b"FD": "d"}

Values = dict[str, Any]
"""Keyword -> value, a list of `QuickItem` for a sequence."""


class Irregular(Exception):
    """This file is for the full parser."""


class QuickItem:
    """A data set or sequence item with the two ways of asking that a `pydicom.Dataset` has; values are alike."""

    __slots__ = ("_values",)

    def __init__(self, values: Values) -> None:
        self._values = values

    def get(self, keyword: str, default: Any = None) -> Any:
        """The element's value, `default` when it is absent."""
        return self._values.get(keyword, default)

    def __getattr__(self, keyword: str) -> Any:
        try:
            return self._values[keyword]
        except KeyError:
            raise AttributeError(keyword) from None


def _value(vr: bytes, raw: bytes) -> Any:
    if vr in _TEXT or vr in (b"IS", b"DS"):
        if not raw.isascii() or b"\x1b" in raw:
            raise Irregular("text in another character set")
        text = raw.decode("ascii").rstrip(" \0")
        if vr == b"IS":
            return _integer(text, raw)
        if vr == b"DS":
            _check_decimals(text)
        return text.split("\\") if "\\" in text else text
    if vr in _LONG_TEXT:
        if not raw.isascii() or b"\x1b" in raw:
            raise Irregular("text in another character set")
        return raw.decode("ascii").rstrip(" \0")
    if vr == b"AT" and len(raw) % 4 == 0:
        tags = [f"({group:04x},{element:04x})" for group, element in struct.iter_unpack("<HH", raw)]
        return tags[0] if len(tags) == 1 else tags or None
    letter = _NUMBERS.get(vr)
    if letter is None:
        raise Irregular("a value of another kind")
    if not raw:
        return None
    count, rest = divmod(len(raw), struct.calcsize("<" + letter))
    if rest:
        raise Irregular("a number of the wrong length")
    numbers = struct.unpack(f"<{count}{letter}", raw)
    return numbers[0] if count == 1 else list(numbers)


def _check_decimals(text: str) -> None:
    try:
        for part in text.split("\\") if text else ():
            float(part)
    except ValueError:
        raise Irregular("not a number") from None


def _integer(text: str, raw: bytes) -> int | None:
    if not raw:
        return None
    try:
        return int(text)
    except ValueError:
        raise Irregular("not a whole number") from None


class QuickParser:
    """Finds chosen elements, whole sequences among them.

    Parameters
    ----------
    keywords, item_keywords : of the elements that are kept of the data set and of sequence items.
    """

    def __init__(self, keywords: Iterable[str], item_keywords: Iterable[str]) -> None:
        self._wanted = {tag_for_keyword(k) or 0: k for k in keywords}
        self._wanted_in_items = {tag_for_keyword(k) or 0: k for k in item_keywords}
        self._vrs: dict[int, bytes] = {}

    def read(self, stream: RawIOBase, size: int) -> tuple[QuickItem, int | None, int, str]:
        """(data set, length of the pixel data or None when compressed, its place, transfer syntax) of an open file.

        Raises
        ------
        Irregular
            Nothing is known of the file then; the stream stands anywhere.
        """
        stream.seek(0)
        data = stream.read(FIRST_BYTES)
        try:
            return self._parse(data)
        except (struct.error, IndexError):
            if len(data) >= size:
                raise Irregular("cut off") from None
        stream.seek(0)
        try:
            return self._parse(stream.read(MOST_BYTES))
        except (struct.error, IndexError):
            raise Irregular("cut off, or a very long header") from None

    def _parse(self, data: bytes) -> tuple[QuickItem, int | None, int, str]:
        if data[128:132] != b"DICM":
            raise Irregular("no preamble")
        syntax, place = _meta(data)
        if syntax == _DEFLATED:
            data, place = _inflated(data[place:], len(data)), 0
        values: Values = {}
        implicit = syntax == _IMPLICIT
        place = self._elements(data, place, len(data), implicit, values, 0)
        if data[place : place + 4] != b"\xe0\x7f\x10\x00" or not (
            implicit or data[place + 4 : place + 6] in _PIXEL_VRS
        ):
            raise Irregular("no ordinary pixel data")
        start = place + (8 if implicit else 12)
        (length,) = _LONG.unpack_from(data, start - 4)
        return QuickItem(values), None if length == _UNDEFINED else length, start, syntax.decode("ascii")

    def _elements(self, data: bytes, place: int, end: int, implicit: bool, found: Values, depth: int) -> int:
        """Collect elements up to `end`, the end of an item, or the pixel data; returns where it stopped."""
        if depth > _DEEPEST:
            raise Irregular("too deep")
        wanted = self._wanted_in_items if depth else self._wanted
        unpack = (_IMPLICIT_HEAD if implicit else _EXPLICIT_HEAD).unpack_from
        while place < end:
            if implicit:
                group, element, length = unpack(data, place)
                tag = group << 16 | element
                vr = b"" if group == 0xFFFE else self._vr(tag, length)
                place += 8
            else:
                group, element, vr, length = unpack(data, place)
                tag = group << 16 | element
                place += 8
                if vr in _LONG_VRS:
                    (length,) = _LONG.unpack_from(data, place)
                    place += 4
                elif vr not in _SHORT_VRS and group != 0xFFFE:
                    raise Irregular("an unknown kind of value")
            if tag >= _PIXELS:
                if tag == _ITEM_END and depth:
                    return place
                if depth:
                    raise Irregular("pixel data in a sequence")
                return place - (8 if implicit or vr not in _LONG_VRS else 12)
            keyword = wanted.get(tag)
            if vr == b"SQ" and (keyword or length == _UNDEFINED):
                items, place = self._items(data, place, length, implicit, depth)
                if keyword:
                    found[keyword] = items
                continue
            if length == _UNDEFINED:
                raise Irregular("a value of undefined length")
            if place + length > len(data):
                raise IndexError
            if keyword:
                found[keyword] = _value(vr, data[place : place + length])
            place += length
        if place > end:
            raise Irregular("lengths that do not agree")
        if not depth:
            raise IndexError  # no pixel data up to here
        return place

    def _items(self, data: bytes, place: int, length: int, implicit: bool, depth: int) -> tuple[list[QuickItem], int]:
        """(items, where the sequence ends)."""
        end = len(data) if length == _UNDEFINED else place + length
        if end > len(data):
            raise IndexError
        items: list[QuickItem] = []
        while place < end:
            group, element, item_length = _IMPLICIT_HEAD.unpack_from(data, place)
            tag, place = group << 16 | element, place + 8
            if tag == _SEQUENCE_END and length == _UNDEFINED:
                return items, place
            if tag != _ITEM:
                raise Irregular("something else among the items")
            values: Values = {}
            undefined = item_length == _UNDEFINED
            item_end = end if undefined else place + item_length
            if item_end > end:
                raise Irregular("an item longer than its sequence")
            place = self._elements(data, place, item_end, implicit, values, depth + 1)
            if not undefined and place != item_end:
                raise Irregular("lengths that do not agree")
            items.append(QuickItem(values))
        if length == _UNDEFINED:
            raise IndexError
        return items, place

    def _vr(self, tag: int, length: int) -> bytes:
        vr = self._vrs.get(tag)
        if vr is None:
            try:
                vr = dictionary_VR(tag).encode() if keyword_for_tag(tag) else b""
            except KeyError:
                vr = b""
            self._vrs[tag] = vr = vr if len(vr) == 2 else b""
        return b"SQ" if length == _UNDEFINED and not vr else vr


def _meta(data: bytes) -> tuple[bytes, int]:
    """(transfer syntax, where the data set begins) from the file meta information, which is always explicit."""
    place, syntax = 132, b""
    while True:
        group, element, vr, length = _EXPLICIT_HEAD.unpack_from(data, place)
        if group != 2:
            break
        place += 8
        if vr in _LONG_VRS:
            (length,) = _LONG.unpack_from(data, place)
            place += 4
        elif vr not in _SHORT_VRS:
            raise Irregular("an unknown kind of value")
        value = data[place : place + length].rstrip(b" \0")
        place += length
        tag = group << 16 | element
        if tag == _SYNTAX:
            syntax = value
        elif tag == _MEDIA_CLASS and value == _DICOMDIR:
            raise Irregular("a DICOMDIR")
    if syntax in _OTHERS or not syntax.isascii():
        raise Irregular("another byte order")
    return syntax, place


def _inflated(data: bytes, most: int) -> bytes:
    """The beginning of a deflated data set; what follows is judged when the image is decoded."""
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, most)
    except zlib.error:
        raise Irregular("damaged where it is deflated") from None
