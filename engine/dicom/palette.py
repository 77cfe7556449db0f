"""PALETTE COLOR lookup tables (DICOM PS3.3 C.7.6.3.1.5, C.7.6.3.1.6, segmented C.7.9.2)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

_MAX_ENTRIES = 65_536
_COLOURS = ("Red", "Green", "Blue")


def palette_rgb(values: npt.NDArray[np.generic], header: Dataset, little_endian: bool) -> npt.NDArray[np.uint8]:
    """(rows, columns) stored values -> (rows, columns, 3) uint8; raises ValueError when the tables are damaged."""
    tables = [_table(header, colour, little_endian) for colour in _COLOURS]
    count = min(len(entries) for entries, _, _ in tables)
    if count == 0:
        raise ValueError("an empty palette")
    lut = np.stack([entries[:count] for entries, _, _ in tables], axis=1).astype(np.int64)
    bits = tables[0][2]
    if bits > 8 and int(lut.max()) > 255:  # some writers state 16 bits and store 8
        lut >>= bits - 8
    place = np.clip(values.astype(np.int64) - tables[0][1], 0, count - 1)
    return lut.astype(np.uint8)[place]


def _table(header: Dataset, colour: str, little_endian: bool) -> tuple[npt.NDArray[np.uint16], int, int]:
    """(entries, first stored value mapped, bits per entry) of one colour."""
    descriptor = header.get(f"{colour}PaletteColorLookupTableDescriptor")
    if descriptor is None:
        raise ValueError(f"no {colour.lower()} palette")
    count, first, bits = (int(v) for v in descriptor)
    count = count or _MAX_ENTRIES
    segmented = header.get(f"Segmented{colour}PaletteColorLookupTableData")
    if segmented:
        words = _words(segmented, little_endian)
        units = words if bits > 8 else np.frombuffer(words.astype("<u2").tobytes(), dtype=np.uint8)
        return _expanded(units.astype(np.int64), 16 if bits > 8 else 8), first, bits
    data = header.get(f"{colour}PaletteColorLookupTableData")
    if not isinstance(data, bytes):
        raise ValueError(f"no {colour.lower()} palette")
    words = _words(data, little_endian)
    if len(data) >= 2 * count:
        return words[:count], first, bits
    # 8-bit entries, two in a word, the first in the low byte
    return np.frombuffer(words.astype("<u2").tobytes(), dtype=np.uint8)[:count].astype(np.uint16), first, 8


def _words(data: bytes, little_endian: bool) -> npt.NDArray[np.uint16]:
    """Palette data are words: in a big-endian file their bytes are swapped."""
    return np.frombuffer(data[: len(data) & ~1], dtype="<u2" if little_endian else ">u2").astype(np.uint16)


def _expanded(units: npt.NDArray[np.int64], bits: int) -> npt.NDArray[np.uint16]:
    """Segments to entries: discrete (0), linear (1), indirect (2, C.7.9.2.3)."""
    entries: list[int] = []
    _expand(units, 0, len(units), None, entries, bits)
    return np.asarray(entries, dtype=np.uint16)


def _expand(
    units: npt.NDArray[np.int64], position: int, end: int, segments: int | None, entries: list[int], bits: int
) -> None:
    done = 0
    while position + 2 < end and (segments is None or done < segments) and len(entries) <= _MAX_ENTRIES:
        kind, length = int(units[position]), int(units[position + 1])
        if kind == 0:
            entries.extend(int(v) for v in units[position + 2 : position + 2 + length])
            position += 2 + length
        elif kind == 1 and entries:
            entries.extend(_line(entries[-1], int(units[position + 2]), length))
            position += 3
        elif kind == 2 and segments is None:
            offset = _offset(units, position, bits)
            _expand(units, offset, end, length, entries, bits)
            position += 4 if bits == 16 else 6
        else:
            break
        done += 1
    del entries[_MAX_ENTRIES:]


def _line(start: int, stop: int, length: int) -> list[int]:
    """`length` values after `start` that end with `stop`."""
    return [round(start + (stop - start) * (n + 1) / length) for n in range(length)]


def _offset(units: npt.NDArray[np.int64], position: int, bits: int) -> int:
    """Where an indirect segment points to: a 32-bit byte offset from the first segment, low part first."""
    parts = [int(v) for v in units[position + 2 : position + (4 if bits == 16 else 6)]]
    offset = sum(part << (bits * n) for n, part in enumerate(parts))
    place = offset // 2 if bits == 16 else offset
    if place >= position:
        raise ValueError("an indirect palette segment points forward")
    return place
