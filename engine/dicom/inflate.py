"""Deflated files (DICOM PS3.5 A.5), unpacked no further than their image needs: a bomb is refused while it is small."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import BinaryIO

from engine.dicom.failures import truncated
from engine.dicom.limits import MAX_INFLATED_BYTES, MAX_INFLATED_HEADER_BYTES
from engine.domain.errors import CaseError, ErrorKind


class Inflater:
    """The data set of one deflated file, from where `file` stands."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._name = name
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._data = self._inflater.decompress(file.read(), MAX_INFLATED_HEADER_BYTES)

    def header(self) -> BytesIO:
        """The beginning; holds everything before the image."""
        return BytesIO(self._data)

    def up_to(self, needed: int) -> BytesIO:
        """The first `needed` bytes; raises `CaseError` when that is too much or the file ends before."""
        if needed > MAX_INFLATED_BYTES:
            raise CaseError(
                ErrorKind.TOO_LARGE,
                f"{self._name} grows beyond {MAX_INFLATED_BYTES // 2**20} MB when it is unpacked. "
                "Export it again without deflating.",
            )
        if needed > len(self._data):
            self._data += self._inflater.decompress(self._inflater.unconsumed_tail, needed - len(self._data))
            if len(self._data) < needed - 1 and not self._inflater.eof:
                raise truncated(self._name)
        return BytesIO(self._data)
