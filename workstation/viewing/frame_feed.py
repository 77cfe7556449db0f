"""Brings frames to the viewers: from memory at once, else from the decoder; the newest wish wins."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from PySide6.QtCore import QObject, Signal

from engine.domain.case import UltrasoundImage
from engine.domain.errors import CaseError
from engine.jobs import DecodedFrame, Flow, MeasureFlow
from workstation.bridge import Bridge
from workstation.viewing.frame_cache import FrameCache

SHOWN, BELOW, SMALL, AHEAD = 0, 2, 4, 5
FILL_SHARE = 0.4
"""Of the memory, for frames that are decoded ahead of each loop's play head."""


class FrameFeed(QObject):
    """One wish per place; while a frame of the same file is being decoded, a newer wish waits for it, so that a loop
    that is faster than the decoder still shows something.

    Signals
    -------
    arrived : (place, DecodedFrame)
    failed : (place, CaseError)
    """

    arrived = Signal(str, object)
    failed = Signal(str, object)

    def __init__(self, bridge: Bridge, cache: FrameCache | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.cache = cache or FrameCache()
        self._wish: dict[str, tuple[str, int]] = {}
        self._priority: dict[str, int] = {}
        self._asked: dict[str, tuple[str, int]] = {}
        self._filling: dict[str, UltrasoundImage] = {}
        self._fill_asked: set[str] = set()

    def want(self, place: str, path: str, index: int, *, priority: int = SHOWN) -> None:
        """Show this frame in this place as soon as possible, after what has a smaller `priority`."""
        self._wish[place] = (path, index)
        self._priority[place] = priority
        frame = self.cache.get(path, index)
        if frame is not None:
            self.arrived.emit(place, frame)
            self._fill_one(place)
        elif self._asked.get(place, ("", 0))[0] != path:
            self._ask(place, path, index)

    def forget(self, place: str) -> None:
        """Nothing is wanted in this place."""
        for table in (self._wish, self._asked, self._filling):
            table.pop(place, None)
        self._fill_asked.discard(place)
        self._bridge.frames.drop(place)
        self._bridge.frames.drop(("fill", place))

    def prefetch(self, images: Iterable[UltrasoundImage]) -> None:
        """Decode the first frames of these while nothing more urgent waits."""
        for number, image in enumerate(images):
            if self.cache.get(image.path, image.frame) is None:
                self._bridge.get_frame(
                    image.path,
                    image.frame,
                    key=("ahead", number),
                    priority=AHEAD,
                    on_result=self.cache.put,
                    on_error=lambda error: None,  # said when the case is shown
                )

    def fetch(self, key: Hashable, image: UltrasoundImage, then: Callable[[DecodedFrame], None]) -> None:
        """The first frame of an image for a small picture, when nothing more urgent waits; no word when it fails."""
        known = self.cache.get(image.path, image.frame)
        if known is not None:
            then(known)
            return

        def came(frame: DecodedFrame) -> None:
            self.cache.put(frame)
            then(frame)

        self._bridge.get_frame(
            image.path,
            image.frame,
            key=("small", key),
            priority=SMALL,
            on_result=came,
            on_error=lambda error: None,  # said when it is looked at
        )

    def measure_flow(self, request: MeasureFlow, *, key: object, on_result: Callable[[Flow], None]) -> None:
        """How much of a frame is coloured."""
        self._bridge.measure_flow(request, key=key, on_result=on_result)

    def fill(self, place: str, image: UltrasoundImage) -> None:
        """Decode ahead of the frame on screen, frame after frame: the whole loop, or as much as the memory takes."""
        if image.n_frames > 1:
            self._filling[place] = image
            self._fill_one(place)

    def _ask(self, place: str, path: str, index: int) -> None:
        self._asked[place] = (path, index)
        self._bridge.get_frame(
            path,
            index,
            key=place,
            priority=self._priority[place],
            on_result=lambda frame: self._came(place, frame),
            on_error=lambda error: self._failed(place, error),
        )

    def _came(self, place: str, frame: DecodedFrame) -> None:
        self.cache.put(frame)
        self._asked.pop(place, None)
        wish = self._wish.get(place)
        if wish is None or wish[0] != frame.path:
            return
        self.arrived.emit(place, frame)
        if wish[1] != frame.index:
            self.want(place, *wish, priority=self._priority[place])

    def _failed(self, place: str, error: CaseError) -> None:
        self._asked.pop(place, None)
        self._filling.pop(place, None)
        self.failed.emit(place, error)

    def _fill_one(self, place: str) -> None:
        image = self._filling.get(place)
        if image is None or place in self._fill_asked:
            return
        path, head = self._wish.get(place, (image.path, image.frame))
        if path != image.path:
            return
        ahead = min(image.n_frames, int(FILL_SHARE * self.cache.capacity_bytes / (image.rows * image.columns * 3)))
        near = (i % image.n_frames for i in range(head, head + ahead))
        index = next((i for i in near if (image.path, i) not in self.cache), None)
        if index is None:
            return
        self._fill_asked.add(place)
        self._bridge.get_frame(
            image.path,
            index,
            key=("fill", place),
            priority=AHEAD + 1,
            on_result=lambda frame: self._filled(place, image, frame),
            on_error=lambda error: self._fill_asked.discard(place),
        )

    def _filled(self, place: str, image: UltrasoundImage, frame: DecodedFrame) -> None:
        self.cache.put(frame)
        if self._filling.get(place) is image:
            self._fill_asked.discard(place)
            self._fill_one(place)
