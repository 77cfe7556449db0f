"""The second row of viewers: another view of the lesion below each picture, to look at and measure, never scored."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QSplitter, QWidget

from engine.domain.case import Case, UltrasoundImage
from engine.domain.errors import CaseError
from engine.domain.task import Task
from engine.jobs import DecodedFrame
from workstation.viewing.frame_feed import BELOW, FrameFeed
from workstation.viewing.look import Memory, Remembered
from workstation.viewing.second_view import said_of, second_views
from workstation.viewing.small_pane import SmallPane
from workstation.words import later, tr

NOT_SCORED = later("Not scored")
AFTER_MS = 30
"""The pictures above are painted first; whoever leafs through cases fast has none of these decoded."""


class ViewsBelow(QSplitter):
    """Takes no room while no picture has a second view, or while it is switched off.

    Signals
    -------
    changed : (modality) another picture is in this viewer, or it is gone.
    """

    changed = Signal(str)

    def __init__(self, task: Task, feed: FrameFeed, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setAccessibleName(tr("Second views"))
        self.setHandleWidth(8)
        self.setChildrenCollapsible(False)
        self._task, self._feed, self._memory = task, feed, memory
        self.is_on = True
        self.panes = {m.name: SmallPane(tr("{title}, second view", title=m.label)) for m in task.image_modalities}
        self._case: Case | None = None
        self._soon = QTimer(self, singleShot=True, interval=AFTER_MS)
        self._soon.timeout.connect(self._ask)
        for modality, pane in self.panes.items():
            self.addWidget(pane)
            self.setStretchFactor(self.count() - 1, 1)
            pane.frame_wanted.connect(lambda index, m=modality: self._want(m, index))
        self.setSizes([1000] * self.count())
        feed.arrived.connect(self._show_frame)
        feed.failed.connect(self._show_failure)
        self.hide()

    def show_case(self, case: Case | None) -> dict[str, int]:
        """The second views of a case; the answer tells which numbers of its `others` they are."""
        self._case = case
        found = second_views(case) if case is not None and self.is_on else {}
        for modality in self.panes:
            image = case.others[found[modality]] if case is not None and modality in found else None
            self._put(modality, image)
        several = any(pane.n_frames > 1 for pane in self.panes.values())
        for pane in self.panes.values():
            pane.keep_frame_line(several)
        self.setVisible(bool(found))
        if found:
            self._soon.start()
        return found

    def _put(self, modality: str, image: UltrasoundImage | None) -> None:
        pane, case = self.panes[modality], self._case
        if pane.image is not None:
            left = Remembered(manner=pane.view.manner, look=pane.view.look_of_reader)
            self._memory.keep(pane.image, left)
        was_there = pane.image is not None
        self._feed.forget(_place(modality))
        if image is None:
            if was_there or not pane.is_told:
                title = self._task.modality_label(modality)
                pane.show_none(tr("No second {title} view in this study.", title=title))
        else:
            above = case.images[modality] if case is not None else image
            pane.show_image(image, said_of(image, above), "", self._memory.of(image), tr(NOT_SCORED))
        if was_there or image is not None:
            self.changed.emit(modality)

    def _ask(self) -> None:
        for modality, pane in self.panes.items():
            if pane.image is not None:
                self._want(modality, pane.image.frame)

    def _want(self, modality: str, index: int) -> None:
        image = self.panes[modality].image
        if image is not None:
            self._feed.want(_place(modality), image.path, index, priority=BELOW)

    def _show_frame(self, place: str, frame: DecodedFrame) -> None:
        pane = self._pane_at(place)
        if pane is not None and pane.image is not None and pane.image.path == frame.path:
            pane.show_frame(frame.pixels, frame.index)

    def _show_failure(self, place: str, error: CaseError) -> None:
        pane = self._pane_at(place)
        if pane is not None:
            pane.show_failure(error.sentence)

    def _pane_at(self, place: str) -> SmallPane | None:
        places: Mapping[str, SmallPane] = {_place(m): pane for m, pane in self.panes.items()}
        return places.get(place)


def _place(modality: str) -> str:
    """What the frame feed knows this viewer by."""
    return f"{modality} below"
