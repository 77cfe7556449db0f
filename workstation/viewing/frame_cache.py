"""Decoded frames that stay in memory, bounded in bytes: the longest unused goes first."""

from __future__ import annotations

from collections import OrderedDict

from engine.jobs import DecodedFrame

CAPACITY_BYTES = 384 * 2**20

Key = tuple[str, int]


class FrameCache:
    """Frames by (path, index)."""

    def __init__(self, capacity_bytes: int = CAPACITY_BYTES) -> None:
        self.capacity_bytes = capacity_bytes
        self.size_bytes = 0
        self._frames: OrderedDict[Key, DecodedFrame] = OrderedDict()

    def get(self, path: str, index: int) -> DecodedFrame | None:
        frame = self._frames.get((path, index))
        if frame is not None:
            self._frames.move_to_end((path, index))
        return frame

    def put(self, frame: DecodedFrame) -> None:
        key = (frame.path, frame.index)
        old = self._frames.pop(key, None)
        self.size_bytes += frame.pixels.nbytes - (old.pixels.nbytes if old is not None else 0)
        self._frames[key] = frame
        while self.size_bytes > self.capacity_bytes and len(self._frames) > 1:
            _, gone = self._frames.popitem(last=False)
            self.size_bytes -= gone.pixels.nbytes

    def clear(self) -> None:
        self._frames.clear()
        self.size_bytes = 0

    def __contains__(self, key: Key) -> bool:
        """Is it there; asking does not count as using."""
        return key in self._frames

    def __len__(self) -> int:
        return len(self._frames)
