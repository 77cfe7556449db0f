"""One viewer: title, picture, frames. It shows what it is told and says which frame it wants."""

from __future__ import annotations

import time

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QSlider, QStackedWidget, QVBoxLayout, QWidget

from engine.domain.case import UltrasoundImage
from engine.domain.cine import CineTiming, Playback
from engine.domain.prediction import Heatmap
from workstation.icons import icon
from workstation.theme import colours, role
from workstation.viewing.picture_text import frame_text
from workstation.viewing.picture_view import PictureView
from workstation.widgets.labels import ElidedLabel, label

EMPTY_WIDTH, WIDEST = 232, 16777215
LOADING_AFTER_MS = 180
"""A wait shorter than this shows no words: they would only flicker."""


class Pane(QFrame):
    """The place of one image modality.

    Signals
    -------
    frame_wanted : (index) by slider, keys or playback.
    menu_opened : (QMenu) to be filled with the study's other images.
    """

    frame_wanted = Signal(int)
    menu_opened = Signal(object)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title_text = title
        self.setAccessibleName(f"{title} viewer")
        role(self, "panel")
        self.view = PictureView()
        self.view.setAccessibleName(f"{title} image")
        self.view.viewport().setAccessibleName(f"{title} image area")
        self._message = label("", "message", name=f"{title} message", wrap=True)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.setMargin(16)
        self._stack = QStackedWidget()
        self._stack.setAccessibleName(f"{title} area")
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._message)
        self._caption = label("", "caption", name=f"{title} note")
        self._caption.setParent(self._stack)
        self._caption.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.setSpacing(4)
        layout.addLayout(self._header())
        layout.addWidget(self._stack, 1)
        layout.addLayout(self._footer())
        self._image: UltrasoundImage | None = None
        self._heatmap: Heatmap | None = None
        self._index = 0
        self._playback: Playback | None = None
        self._started_s = 0.0
        self._late = QTimer(self, singleShot=True, interval=LOADING_AFTER_MS)
        self._late.timeout.connect(lambda: self._say("Loading …"))
        self._ticks = QTimer(self, interval=15)
        self._ticks.timeout.connect(self._tick)
        self.view.zoom_changed.connect(lambda _: self._tell())
        self.view.window_changed.connect(lambda _: self._tell())
        self.view.frame_step.connect(self.step_frame)
        self.view.focus_changed.connect(lambda on: role(self, "active" if on else "panel"))

    def _header(self) -> QHBoxLayout:
        self._title = label(self.title_text, "title")
        self._why = ElidedLabel("", "small")
        self._why.setAccessibleName(f"{self.title_text}: why this image")
        self._menu_button = QPushButton("Other image ▾")
        self._menu_button.setAccessibleName(f"Choose another image as {self.title_text}")
        self._menu_button.setToolTip("Pair another image of this study")
        self._menu_button.setAutoDefault(False)
        role(self._menu_button, "quiet")
        self._menu = QMenu(self._menu_button)
        self._menu.setAccessibleName(f"Images for {self.title_text}")
        self._menu.aboutToShow.connect(lambda: self.menu_opened.emit(self._menu))
        self._menu_button.setMenu(self._menu)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._title)
        row.addWidget(self._why, 1)
        row.addWidget(self._menu_button)
        return row

    def _footer(self) -> QHBoxLayout:
        self._play = QPushButton()
        self._play.setAccessibleName(f"Play or pause {self.title_text}")
        self._play.setToolTip("Play or pause the loop (C)")
        self._play.setAutoDefault(False)
        self._play.setIconSize(QSize(16, 16))
        role(self._play, "quiet")
        self._play.clicked.connect(self.toggle_play)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setAccessibleName(f"{self.title_text} frame")
        self._slider.valueChanged.connect(self._slid)
        self._frame = label("", "small", name=f"{self.title_text} frame number")
        self._settings = label("", "small", name=f"{self.title_text} window, level and zoom")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._play)
        row.addWidget(self._slider, 1)
        row.addWidget(self._frame)
        row.addSpacing(8)
        row.addStretch(0)
        row.addWidget(self._settings)
        self._frame.setMinimumHeight(28)
        return row

    def show_image(self, image: UltrasoundImage | None, why: str, missing: str) -> None:
        """Another picture: its frame follows through `show_frame`; None shows `missing` instead."""
        self._stop()
        self._image = image
        self._heatmap = None
        self._index = image.frame if image is not None else 0
        self.view.forget()
        self.view.set_region(image.crop if image is not None else None)
        self._caption.hide()
        self._why.setText(why)
        several = image is not None and image.n_frames > 1
        for widget in (self._play, self._slider):
            widget.setVisible(several)
        self._slider.blockSignals(True)
        self._slider.setRange(0, max(image.n_frames - 1, 0) if image is not None else 0)
        self._slider.setValue(self._index)
        self._slider.blockSignals(False)
        self._draw_icon()
        self._late.stop()
        if image is None:
            self._say(missing)
        else:
            self._late.start()
            self._stack.setCurrentWidget(self.view)
        self._menu_button.setVisible(bool(missing))
        self.setMaximumWidth(EMPTY_WIDTH if image is None and missing else WIDEST)
        self.setMinimumWidth(EMPTY_WIDTH if image is None and missing else 0)
        self._tell()

    def show_frame(self, pixels: npt.NDArray[np.uint8], index: int) -> None:
        """(H, W, 3) uint8 RGB of frame `index`."""
        self._late.stop()
        self._index = index
        self._stack.setCurrentWidget(self.view)
        self.view.show_pixels(pixels)
        self._slider.blockSignals(True)
        self._slider.setValue(index)
        self._slider.blockSignals(False)
        self._draw_evidence()
        self._tell()

    def show_failure(self, sentence: str) -> None:
        """The picture cannot be shown."""
        self._stop()
        self._say(sentence)

    def show_evidence(self, heatmap: Heatmap | None, *, wanted: bool) -> None:
        """The map of the scored frame; a weak one is not drawn but named."""
        self._heatmap = heatmap if wanted else None
        self._draw_evidence()

    def _draw_evidence(self) -> None:
        heatmap, note = self._heatmap, ""
        if heatmap is not None and self._image is not None and self._index != self._image.frame:
            heatmap, note = None, f"The evidence map belongs to frame {self._image.frame + 1}"
        elif heatmap is not None and heatmap.is_weak:
            heatmap, note = None, "Evidence too weak to draw"
        self.view.show_evidence(heatmap)
        self._caption.setText(note)
        self._caption.setVisible(bool(note) and self._stack.currentWidget() is self.view)
        self._place_caption()

    @property
    def index(self) -> int:
        return self._index

    @property
    def is_playing(self) -> bool:
        return self._playback is not None

    def toggle_play(self) -> None:
        """Start or stop the loop."""
        if self._image is None or self._image.n_frames < 2:
            return
        if self._playback is not None:
            self._stop()
        else:
            self._started_s = time.monotonic()
            self._playback = Playback.from_frame(timing_of(self._image), self._index)
            self._ticks.start()
        self._draw_icon()
        self._tell()

    def step_frame(self, step: int) -> None:
        """Previous or next frame, round the loop."""
        if self._image is not None and self._image.n_frames > 1:
            self._stop()
            self.frame_wanted.emit((self._index + step) % self._image.n_frames)

    def refresh_theme(self) -> None:
        self._draw_icon()

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._place_caption()

    def _slid(self, index: int) -> None:
        self._stop()
        self.frame_wanted.emit(index)

    def _tick(self) -> None:
        if self._playback is not None:
            due = self._playback.frame_at(time.monotonic() - self._started_s)
            if due != self._index:
                self.frame_wanted.emit(due)

    def _stop(self) -> None:
        self._ticks.stop()
        self._playback = None
        self._draw_icon()

    def _draw_icon(self) -> None:
        self._play.setIcon(icon("pause" if self.is_playing else "play", colours().text))

    def _say(self, sentence: str) -> None:
        self._late.stop()
        self._message.setText(sentence)
        self._stack.setCurrentWidget(self._message)
        self._caption.hide()

    def _tell(self) -> None:
        if self._image is None:
            self._frame.setText("")
            self._settings.setText("")
            return
        text = frame_text(self._index, self._image.n_frames)
        self._frame.setText(f"{text} · {self._playback.timing.source}" if self._playback else text)
        self._settings.setText(
            f"{self.view.window_level}   ·   zoom {self.view.zoom * self.devicePixelRatioF() * 100:.0f} %"
        )

    def _place_caption(self) -> None:
        self._caption.adjustSize()
        self._caption.move(8, self._stack.height() - self._caption.height() - 8)
        self._caption.raise_()


def timing_of(image: UltrasoundImage) -> CineTiming:
    """The file's own timing, else 30 frames a second."""
    if image.timing is not None and image.timing.n_frames == image.n_frames:
        return image.timing
    return CineTiming(frame_times_ms=(1000 / 30,) * image.n_frames, source="no timing in the file: 30 frames/s")
