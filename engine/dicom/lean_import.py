"""Importing pydicom without the decoders and the downloader that it would load beside itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_NOT_NEEDED = ("gdcm", "requests", "pylibjpeg", "jpeg_ls", "openjpeg", "libjpeg", "rle")
"""pydicom looks for each of these when it is imported; together they take as long as pydicom itself."""


@contextmanager
def decoders_hidden() -> Iterator[None]:
    """While it lasts, those libraries look as if they were not installed.

    For a child process that decodes through `engine.dicom.codecs`, which imports the decoder of a file when such a file
    comes. pydicom's own decoding stays without them for as long as the process lives.
    """
    hidden = [name for name in _NOT_NEEDED if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # Python's own sign for "cannot be imported"
    try:
        yield
    finally:
        for name in hidden:
            if sys.modules.get(name, name) is None:
                del sys.modules[name]
