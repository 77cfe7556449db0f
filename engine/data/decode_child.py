"""What runs in the decode child: files in, frames or prepared squares out. Imports no torch."""

from __future__ import annotations

import contextlib
import ctypes
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2

from engine.child.serve import Context
from engine.data.decode_requests import FrameRequest, PreparedRequest, Viewed, ViewsRequest
from engine.data.frames import picture_format, read_frame
from engine.data.preprocess import Prepared, prepare
from engine.dicom.failures import told_plainly
from engine.dicom.frame import Frame
from engine.dicom.pixel_source import PixelSource
from engine.dicom.pixels import frame_of

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""Numbers of glibc's malloc.h."""
_CACHED_FILES = 2
"""Open files kept: two images of a case, the frames of a clip."""

_Stamp = tuple[str, int, int]


class FrameReader:
    """Frames with memory: the header of a file is read once for many frames, its last frame decoded once."""

    def __init__(self) -> None:
        self._sources: OrderedDict[_Stamp, PixelSource] = OrderedDict()
        self._last: tuple[_Stamp, Frame] | None = None

    def frame(self, path: str, index: int) -> Frame:
        """As `engine.data.frames.read_frame`."""
        with told_plainly(path):
            status = Path(path).stat()
        stamp = (path, status.st_mtime_ns, status.st_size)
        if self._last is not None and self._last[0] == stamp and self._last[1].index == index:
            return self._last[1]
        self._last = None
        frame = self._read(stamp, index)
        self._last = (stamp, frame)
        return frame

    def _read(self, stamp: _Stamp, index: int) -> Frame:
        path = stamp[0]
        source = self._sources.get(stamp)
        if source is None:
            if picture_format(path) is not None:
                return read_frame(path, index)
            with told_plainly(path):
                source = self._sources[stamp] = PixelSource(path)
            while len(self._sources) > _CACHED_FILES:
                self._sources.popitem(last=False)
        with told_plainly(path):
            return frame_of(source, index)


def _keep_memory() -> None:
    """Frames come and go by the megabyte: memory that glibc would give back after each is kept for the next.

    Saves a quarter of the processor time of a batch run; what is kept stays below the child's memory limit.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):
        c_library = ctypes.CDLL(None)
        c_library.mallopt(_M_MMAP_THRESHOLD, 32 * 2**20)
        c_library.mallopt(_M_TRIM_THRESHOLD, 256 * 2**20)


def handler() -> Callable[[Any, Context], Any]:
    """Entry of the child, see `engine.child`."""
    _keep_memory()
    cv2.setNumThreads(1)  # several children share the processors; threads within one would only get in their way
    reader = FrameReader()

    def answer(request: Any, context: Context) -> Any:
        if isinstance(request, FrameRequest):
            return reader.frame(request.path, request.index)
        if isinstance(request, ViewsRequest):
            return _viewed(reader, request)
        if isinstance(request, PreparedRequest):
            return _prepared(reader, request, context)
        raise TypeError(f"{type(request).__name__} is not a request of the decoder")

    return answer


def _viewed(reader: FrameReader, request: ViewsRequest) -> Viewed:
    from engine.dicom.views import find_views

    frame = reader.frame(request.file.path, request.file.middle_frame)
    with told_plainly(request.file.path):
        images = find_views(request.file, frame.pixels)
        squares = (prepare(image, frame.pixels, request.size) for image in images) if request.size else ()
        return Viewed(images=images, squares=tuple(squares))


def _prepared(reader: FrameReader, request: PreparedRequest, context: Context) -> tuple[Prepared, ...]:
    squares = []
    for number, image in enumerate(request.images):
        if len(request.images) > 1:
            context.progress(number, len(request.images))
        frame = reader.frame(image.path, image.frame)
        with told_plainly(image.path):
            squares.append(prepare(image, frame.pixels, request.size))
    return tuple(squares)
