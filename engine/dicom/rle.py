"""RLE Lossless (DICOM PS3.5 annex G)."""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

from engine.dicom.layout import PixelLayout


def rle_samples(data: bytes, layout: PixelLayout) -> npt.NDArray[np.generic]:
    """Samples of one frame, shape (rows, columns, samples), unsigned as stored; raises ValueError on damaged data.

    There is one segment per byte of a sample, the most significant byte first (G.2).
    """
    size = layout.sample_bytes
    count = layout.samples * size
    offsets = struct.unpack("<16L", data[:64])
    if offsets[0] != count or count > 15:
        raise ValueError(f"{offsets[0]} RLE segments where {count} are needed")
    bounds = [*offsets[1 : count + 1], len(data)]
    planes = np.empty((count, layout.pixels), dtype=np.uint8)
    for number in range(count):
        segment = data[bounds[number] : bounds[number + 1]]
        planes[number] = np.frombuffer(_unpacked(segment, layout.pixels), dtype=np.uint8)
    ordered = planes.reshape(layout.samples, size, layout.pixels).transpose(2, 0, 1)
    values = np.ascontiguousarray(ordered).view(f">u{size}")
    return values.reshape(layout.rows, layout.columns, layout.samples)


def _unpacked(segment: bytes, length: int) -> bytes:
    """Exactly `length` bytes of one segment (G.3.2): never more, whatever the data say."""
    made = bytearray()
    position, end = 0, len(segment)
    while position < end and len(made) < length:
        head = segment[position]
        if head < 128:
            made += segment[position + 1 : position + head + 2]
            position += head + 2
        elif head > 128:
            made += segment[position + 1 : position + 2] * (257 - head)
            position += 2
        else:
            position += 1
    if len(made) < length:
        raise ValueError("an RLE segment ends early")
    return bytes(made[:length])
