"""How much of a Doppler picture is coloured, written under its viewer."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from engine.domain.roi import Roi, Vascularity
from engine.jobs import Flow, MeasureFlow
from workstation.viewing.frame_feed import FrameFeed
from workstation.viewing.marks_desk import MarksDesk
from workstation.viewing.pane import Pane
from workstation.words import tr

PAUSE_MS = 120
COLOURED = "doppler"


class FlowWatch(QObject):
    """Follows one viewer; while a loop runs nothing is counted."""

    def __init__(self, feed: FrameFeed, pane: Pane, marks: MarksDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._feed, self._pane, self._marks = feed, pane, marks
        self._asked: MeasureFlow | None = None
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        pane.frame_shown.connect(lambda _: self._pause.start())
        marks.changed.connect(self._pause.start)

    def _ask(self) -> None:
        image, pane = self._pane.image, self._pane
        if image is None or image.modality != COLOURED or pane.is_playing:
            self._asked = None
            pane.show_finding("")
            return
        request = MeasureFlow(image=image, index=pane.index, roi=self._roi())
        if request == self._asked:
            return
        self._asked = request
        key = ("flow", image.modality)
        self._feed.measure_flow(request, key=key, on_result=lambda flow: self._show(request, flow))

    def _roi(self) -> Roi | None:
        image = self._pane.image
        shapes = self._marks.marks.on(image, self._pane.index) if image is not None else ()
        return next((s for s in shapes if isinstance(s, Roi)), None)

    def _show(self, request: MeasureFlow, flow: Flow) -> None:
        if request == self._asked:
            self._pane.show_finding(*flow_words(flow))


def flow_words(flow: Flow) -> tuple[str, str]:
    """The line under the picture, and what exactly was counted."""
    parts = [tr("Coloured: {percent} of the colour box", percent=_percent(flow.in_box))]
    why = [tr("{percent} of the colour box", percent=_percent(flow.in_box))]
    if flow.in_roi is not None:
        parts.append(tr("{percent} of the region", percent=_percent(flow.in_roi)))
        why.append(parts[-1])
    return " · ".join(parts), tr("Share of coloured pixels: {shares}", shares="; ".join(why))


def _percent(found: Vascularity) -> str:
    return f"{found.percent:.1f} %" if found.percent is not None else tr("nothing")
