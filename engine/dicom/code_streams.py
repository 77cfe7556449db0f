"""What a compressed frame says of itself, read from its first bytes before any decoder is let at it."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_ADOBE, _JFIF = b"Adobe", b"JFIF\0"
_FRAME_MARKERS = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}
"""SOF0 to SOF15 (ISO/IEC 10918-1 table B.1) and SOF55 of JPEG-LS."""


@dataclass(frozen=True, kw_only=True)
class StreamHeader:
    """Size and coding of a code stream.

    Attributes
    ----------
    process : SOF number of a JPEG (0 baseline, 1 extended, 3 lossless, 0x37 JPEG-LS), -1 for JPEG 2000.
    subsampled : colour has a lower resolution than brightness.
    adobe_transform : of the APP14 marker: 0 as is, 1 YCbCr; None without one.
    colour_transform : the code stream itself turns its components into RGB (JPEG 2000's multiple component transform).
    """

    rows: int
    columns: int
    components: int
    precision: int
    process: int = -1
    component_ids: tuple[int, ...] = ()
    subsampled: bool = False
    adobe_transform: int | None = None
    jfif: bool = False
    colour_transform: bool = False
    signed: bool = False


def jpeg_header(data: bytes) -> StreamHeader:
    """Header of a JPEG or JPEG-LS code stream; raises ValueError when it is none."""
    if data[:2] != b"\xff\xd8":
        raise ValueError("no JPEG start marker")
    position, adobe, jfif = 2, None, False
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            raise ValueError("JPEG marker expected")
        marker = data[position + 1]
        if marker in (0xFF, 0x01) or 0xD0 <= marker <= 0xD8:
            position += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(data[position + 2 : position + 4])
        body = data[position + 4 : position + 2 + length]
        if marker == 0xEE and body.startswith(_ADOBE) and len(body) >= 12:
            adobe = body[11]
        elif marker == 0xE0 and body.startswith(_JFIF):
            jfif = True
        elif marker in _FRAME_MARKERS:
            return _frame_header(marker & 0x3F, body, adobe, jfif)
        elif marker in (0xD9, 0xDA):
            break
        position += 2 + max(length, 2)
    raise ValueError("no JPEG frame header")


def _frame_header(process: int, body: bytes, adobe: int | None, jfif: bool) -> StreamHeader:
    precision, rows, columns, components = struct.unpack(">BHHB", body[:6])
    parts = [body[6 + 3 * n : 9 + 3 * n] for n in range(components)]
    if any(len(p) < 3 for p in parts):
        raise ValueError("JPEG frame header is cut")
    return StreamHeader(
        rows=rows, columns=columns, components=components, precision=precision, process=process & 0x3F,
        component_ids=tuple(p[0] for p in parts), subsampled=len({p[1] for p in parts}) > 1,
        adobe_transform=adobe, jfif=jfif,
    )  # fmt: skip


def jpeg2000_header(data: bytes) -> StreamHeader:
    """Header of a JPEG 2000 code stream, also within a JP2 file (ISO/IEC 15444-1 A.5.1 SIZ, A.6.1 COD)."""
    start = 0 if data[:4] == b"\xff\x4f\xff\x51" else data.find(b"\xff\x4f\xff\x51", 0, 65_536)
    if start < 0:
        raise ValueError("no JPEG 2000 start marker")
    siz = start + 2
    right, bottom, left, top = struct.unpack(">4L", data[siz + 6 : siz + 22])
    components = int.from_bytes(data[siz + 38 : siz + 40])
    depths = data[siz + 40 : siz + 40 + 3 * components]
    if not depths or len(depths) < 3 * components:
        raise ValueError("JPEG 2000 header is cut")
    return StreamHeader(
        rows=bottom - top, columns=right - left, components=components, precision=(max(depths[::3]) & 0x7F) + 1,
        signed=bool(depths[0] & 0x80), subsampled=any(d != 1 for d in depths[1::3] + depths[2::3]),
        colour_transform=_has_component_transform(data, siz),
    )  # fmt: skip


def _has_component_transform(data: bytes, position: int) -> bool:
    while position + 4 <= len(data) and data[position : position + 2] != b"\xff\x90":
        length = int.from_bytes(data[position + 2 : position + 4])
        if data[position : position + 2] == b"\xff\x52":
            return data[position + 8 : position + 9] == b"\x01"
        position += 2 + max(length, 2)
    return False
