"""A DICOM file opened for its pixels: header read, pixel data located, nothing decoded yet."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset
from pydicom.tag import BaseTag
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian

from engine.dicom.failures import damaged, no_pixels, not_dicom, truncated, unsupported
from engine.dicom.fragments import FrameIndex, index_frames
from engine.dicom.headers import looks_like_dicom
from engine.dicom.inflate import Inflater
from engine.dicom.layout import PixelLayout, read_layout
from engine.dicom.limits import MAX_COMPRESSED_FRAME_BYTES
from engine.domain.errors import CaseError, ErrorKind

_PIXEL_DATA, _FIRST_PIXEL_TAG = 0x7FE00010, 0x7FE00001
_UNDEFINED = 0xFFFFFFFF
_TAGS: list[BaseTag | int] = [
    0x00080060, 0x00280002, 0x00280004, 0x00280006, 0x00280008, 0x00280010, 0x00280011, 0x00280100, 0x00280101,
    0x00280102, 0x00280103, 0x00281050, 0x00281051, 0x00281052, 0x00281053, 0x00281056, 0x00281101, 0x00281102,
    0x00281103, 0x00281201, 0x00281202, 0x00281203, 0x00281221, 0x00281222, 0x00281223, 0x00283000, 0x00283010,
    0x7FE00001, 0x7FE00002,
]  # fmt: skip


class PixelSource:
    """Pixel side of one file.

    Attributes
    ----------
    name : base name for sentences.
    header : the data elements that pixels depend on.
    layout : stored form.
    syntax : transfer syntax UID; a deflated file counts as explicit little endian.
    pixel_vr : "OB", "OW", ... or "" (implicit).
    """

    def __init__(self, path: str) -> None:
        self.name = Path(path).name
        with Path(path).open("rb") as file:
            self._file: BinaryIO = file
            self._path: str | None = path
            meta = self._read_meta(file)
            self.syntax = UID(str(meta.get("TransferSyntaxUID", "") or _guess_syntax(file)).strip())
            self._inflater: Inflater | None = None
            if self.syntax == DeflatedExplicitVRLittleEndian:
                self._inflater = Inflater(file, self.name)
                self._file, self._path = self._inflater.header(), None
                self.syntax = ExplicitVRLittleEndian
            elif not self.syntax.is_transfer_syntax or self.syntax.is_private:
                raise unsupported(self.name, "has an unknown transfer syntax")
            self.little_endian = self.syntax != ExplicitVRBigEndian
            self.header = read_dataset(
                self._file, self.syntax.is_implicit_VR, self.little_endian,
                stop_when=lambda tag, vr, length: tag > _FIRST_PIXEL_TAG + 1, specific_tags=_TAGS,
            )  # fmt: skip
            self._locate(self._file)

    @property
    def compressed(self) -> bool:
        return self.syntax.is_encapsulated

    def _read_meta(self, file: BinaryIO) -> Dataset:
        start = file.read(132)
        if not start:
            raise CaseError(ErrorKind.CORRUPT, f"{self.name} is empty. Copy or export it again.")
        if start[128:] != b"DICM":
            file.seek(0)
            if not looks_like_dicom(start):
                raise not_dicom(self.name)
            if start[:2] != b"\x02\x00":
                return Dataset()
        return read_dataset(file, False, True, stop_when=lambda tag, vr, length: tag.group != 2)

    def _locate(self, file: BinaryIO) -> None:
        """Read the head of the pixel data element that the file stands at, and index compressed frames."""
        here = file.tell()
        size = file.seek(0, 2)
        if here > size:
            raise truncated(self.name, "inside its header")
        file.seek(here)
        has_image = self.header.get("Rows") is not None
        head = file.read(12)
        if len(head) < 12:
            # A file that is cut inside its pixel data element's head, or lost it, reads without an error
            raise truncated(self.name) if has_image else no_pixels(self.name)
        tag, self.pixel_vr, length, used = _element_head(head, self.syntax.is_implicit_VR, self.little_endian)
        if tag != _PIXEL_DATA:
            if tag in (0x7FE00008, 0x7FE00009):
                raise unsupported(self.name, "holds floating point values instead of an image")
            raise no_pixels(self.name)
        self.layout: PixelLayout = read_layout(self.header, self.name)
        self._start = here + used
        self._index: FrameIndex | None = None
        if length == _UNDEFINED and not self.compressed:
            raise damaged(self.name, "its transfer syntax and its image data contradict each other")
        if self.compressed:
            size = min(size, self._start + length)  # some writers state the length of the whole sequence
            file.seek(self._start)
            self._index = index_frames(file, size, self.layout.n_frames, self.header, self.name)
            self._available = 0
        else:
            if self._inflater is not None:
                needed = self._start + self.layout.n_frames * self.layout.full_frame_bits // 8 + 1
                self._file = self._inflater.up_to(needed)
                size = self._file.seek(0, 2)
            self._available = min(length, size - self._start)
            self._stated = length

    def compressed_frame(self, index: int) -> bytes:
        """The code stream of one frame."""
        if self._index is None:
            raise ValueError("not compressed")
        parts = self._index.pieces(index)
        if sum(length for _, length in parts) > MAX_COMPRESSED_FRAME_BYTES:
            raise CaseError(ErrorKind.TOO_LARGE, f"{self.name}: a compressed frame is too large to be read.")
        pieces = [self._read(offset, length) for offset, length in parts]
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    @property
    def stated_bytes(self) -> int:
        """Length of uncompressed pixel data as the file states it."""
        return self._stated

    def raw(self, offset: int, length: int) -> bytes:
        """Bytes of uncompressed pixel data; raises `CaseError` when the file ends before."""
        if offset + length > self._available:
            raise truncated(self.name, f"{offset + length} bytes needed, {self._available} there")
        return self._read(self._start + offset, length)

    def _read(self, offset: int, length: int) -> bytes:
        if self._path is None:
            return self._from(self._file, offset, length)
        with Path(self._path).open("rb", buffering=0) as file:
            return self._from(file, offset, length)

    def _from(self, file: BinaryIO, offset: int, length: int) -> bytes:
        file.seek(offset)
        data = file.read(length)
        if len(data) < length:
            raise truncated(self.name)
        return data


def _element_head(head: bytes, implicit: bool, little_endian: bool) -> tuple[int, str, int, int]:
    """(tag, VR, length, bytes of the head) of a pixel data element."""
    order = "<" if little_endian else ">"
    group, element = struct.unpack(f"{order}HH", head[:4])
    if implicit:
        return group << 16 | element, "", struct.unpack(f"{order}L", head[4:8])[0], 8
    vr = head[4:6].decode("latin-1")
    if vr in ("OB", "OW", "UN", "OF", "OD", "OL", "OV"):
        return group << 16 | element, vr, struct.unpack(f"{order}L", head[8:12])[0], 12
    return group << 16 | element, vr, struct.unpack(f"{order}H", head[6:8])[0], 8


def _guess_syntax(file: BinaryIO) -> str:
    """For files that do not state it: explicit when a value representation stands after the first tag."""
    here = file.tell()
    start = file.read(6)
    file.seek(here)
    if not (start[4:6].isalpha() and start[4:6].isupper()):
        return "1.2.840.10008.1.2"
    return "1.2.840.10008.1.2.2" if start[:1] == b"\0" else "1.2.840.10008.1.2.1"
