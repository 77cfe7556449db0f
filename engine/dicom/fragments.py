"""Where the frames of compressed pixel data lie (DICOM PS3.5 A.4), found without reading them."""

from __future__ import annotations

import struct
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO

from pydicom.dataset import Dataset

from engine.dicom.failures import damaged, truncated

_ITEM, _END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
_STARTS = (b"\xff\xd8", b"\xff\x4f\xff\x51", b"\x00\x00\x00\x0cjP")
"""First bytes of a JPEG or JPEG-LS, a JPEG 2000 and a JP2 code stream."""
_MAX_FRAGMENTS = 1_000_000


@dataclass(frozen=True)
class FrameIndex:
    """Frame number -> pieces (offset in the file, length); fewer frames than stated when the file is cut."""

    frames: tuple[tuple[tuple[int, int], ...], ...]
    cut: bool
    name: str

    def pieces(self, index: int) -> tuple[tuple[int, int], ...]:
        if index < len(self.frames):
            return self.frames[index]
        if self.cut:
            raise truncated(self.name, f"frame {index} of {len(self.frames)} complete ones")
        raise damaged(self.name, f"it states more frames than the {len(self.frames)} it holds")


def index_frames(file: BinaryIO, size: int, n_frames: int, header: Dataset, name: str) -> FrameIndex:
    """Index the fragments from the basic offset table on, where `file` stands.

    Parameters
    ----------
    size : bytes of the whole file; a fragment that reaches beyond it is cut.
    header : may hold the extended offset table (PS3.3 C.7.6.3.1.8).
    """
    basic, fragments, ending = _read_items(file, size)
    cut = ending != "delimiter"
    if ending == "inside a fragment" and (n_frames == 1 or not fragments):
        raise truncated(name)
    if not fragments:
        raise truncated(name) if cut else damaged(name, "it has no image data")
    if n_frames == 1:
        return FrameIndex((tuple(fragments),), cut, name)
    if len(fragments) == n_frames:
        return FrameIndex(tuple((f,) for f in fragments), cut, name)
    starts = _extended_offsets(header) or basic
    if len(starts) == n_frames:
        return FrameIndex(_by_offsets(fragments, starts), cut, name)
    return FrameIndex(_by_marker(file, fragments), cut, name)


def _read_items(file: BinaryIO, size: int) -> tuple[list[int], list[tuple[int, int]], str]:
    """(basic offset table, complete fragments, what the items ended with)."""
    basic: list[int] = []
    fragments: list[tuple[int, int]] = []
    first = True
    while len(fragments) < _MAX_FRAGMENTS:
        head = file.read(8)
        if head[:4] == _END:
            return basic, fragments, "delimiter"
        if len(head) < 8 or head[:4] != _ITEM:
            return basic, fragments, "end of file"
        length = struct.unpack("<L", head[4:])[0]
        here = file.tell()
        if length > size - here:
            return basic, fragments, "inside a fragment"
        if first:
            table = file.read(length - length % 4)
            basic = list(struct.unpack(f"<{len(table) // 4}L", table))
            first = False
        else:
            fragments.append((here, length))
        file.seek(here + length)
    return basic, fragments, "too many"


def _extended_offsets(header: Dataset) -> list[int]:
    raw = header.get("ExtendedOffsetTable")
    if not isinstance(raw, bytes):
        return []
    return list(struct.unpack(f"<{len(raw) // 8}Q", raw[: len(raw) // 8 * 8]))


def _by_offsets(fragments: list[tuple[int, int]], starts: list[int]) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Frames by the offset table, whose offsets count from the first fragment's item tag."""
    origin = fragments[0][0] - 8
    frames: list[list[tuple[int, int]]] = [[] for _ in starts]
    for offset, length in fragments:
        frame = bisect_right(starts, offset - 8 - origin) - 1
        if frame >= 0:
            frames[frame].append((offset, length))
    complete = next((n for n, frame in enumerate(frames) if not frame), len(frames))
    return tuple(tuple(f) for f in frames[:complete])


def _by_marker(file: BinaryIO, fragments: list[tuple[int, int]]) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Frames without an offset table: a new one begins where a code stream begins."""
    bounds = []
    for number, (offset, _) in enumerate(fragments):
        file.seek(offset)
        if number == 0 or file.read(6).startswith(_STARTS):
            bounds.append(number)
    return tuple(tuple(fragments[a:b]) for a, b in pairwise([*bounds, len(fragments)]))
