"""One viewer: title, picture, frames. It shows what it is told and says which frame it wants."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QSlider,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.domain.case import Box, UltrasoundImage
from engine.domain.cine import Tally
from engine.domain.prediction import Heatmap
from workstation.icons import icon
from workstation.theme import colours, role
from workstation.viewing.cine_player import CinePlayer
from workstation.viewing.drop_place import DropPlace
from workstation.viewing.look import Manner, Remembered
from workstation.viewing.marked_view import MarkedView
from workstation.viewing.marks import image_uid
from workstation.viewing.picture_text import frame_text, manner_text
from workstation.viewing.text_entry import TextEntry
from workstation.widgets.labels import ElidedLabel, label
from workstation.words import tr

EMPTY_WIDTH, WIDEST = 232, 16777215
LOADING_AFTER_MS = 180
"""A wait shorter than this shows no words: they would only flicker."""


class Pane(DropPlace):
    """The place of one image modality.

    Signals
    -------
    frame_wanted : (index) by slider, keys or playback; stepped : (index) by slider or keys alone.
    menu_opened : (QMenu) to be filled with the study's other images.
    frame_shown : (index) another frame is on screen.
    texted : (Shape, str) a text was typed for it.
    """

    frame_wanted = Signal(int)
    stepped = Signal(int)
    menu_opened = Signal(object)
    frame_shown = Signal(int)
    texted = Signal(object, str)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title_text = title
        self.setAccessibleName(tr("{title} viewer", title=title))
        role(self, "panel")
        self.view = MarkedView()
        self.view.setAccessibleName(tr("{title} image", title=title))
        self.view.viewport().setAccessibleName(tr("{title} image area", title=title))
        self._message = label("", "message", name=tr("{title} message", title=title), wrap=True)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.setMargin(16)
        self._stack = QStackedWidget()
        self._stack.setAccessibleName(tr("{title} area", title=title))
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._message)
        self._entry = TextEntry(self.view)
        self._entry.entered.connect(self.texted)
        self.view.text_wanted.connect(self._ask_text)
        self._caption = label("", "caption", name=tr("{title} note", title=title))
        self._caption.setParent(self._stack)
        self._caption.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.setSpacing(4)
        layout.addLayout(self._header())
        layout.addWidget(self._stack, 1)
        layout.addLayout(self._lines())
        layout.addLayout(self._footer())
        self._image: UltrasoundImage | None = None
        self._heatmap: Heatmap | None = None
        self._map_box: Box | None = None
        self._note = ""
        self._drawn_icon = ("", "")
        self._index = 0
        self._cine = CinePlayer(self)
        self._cine.due.connect(self._due)
        self._late = QTimer(self, singleShot=True, interval=LOADING_AFTER_MS)
        self._late.timeout.connect(lambda: self._say(tr("Loading …")))
        self.view.zoom_changed.connect(lambda _: self._tell())
        self.view.window_changed.connect(lambda _: self._tell())
        self.view.frame_step.connect(self.step_frame)
        self.view.focus_changed.connect(lambda on: role(self, "active" if on else "panel"))
        self.drag_over.connect(lambda on: role(self, "active" if on or self.view.hasFocus() else "panel"))

    def _header(self) -> QHBoxLayout:
        self._title = label(self.title_text, "title")
        self._why = ElidedLabel("", "small")
        self._why.setAccessibleName(tr("{title_text}: why this image", title_text=self.title_text))
        self._menu_button = QPushButton(tr("Other image ▾"))
        self._menu_button.setAccessibleName(tr("Choose another image as {title_text}", title_text=self.title_text))
        self._menu_button.setToolTip(tr("Pair another image of this study"))
        self._menu_button.setAutoDefault(False)
        role(self._menu_button, "quiet")
        self._menu = QMenu(self._menu_button)
        self._menu.setAccessibleName(tr("Images for {title_text}", title_text=self.title_text))
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
        self._play.setAccessibleName(tr("Play or pause {title_text}", title_text=self.title_text))
        self._play.setToolTip(tr("Play or pause the loop (C)"))
        self._play.setAutoDefault(False)
        self._play.setIconSize(QSize(16, 16))
        role(self._play, "quiet")
        self._play.clicked.connect(self.toggle_play)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setAccessibleName(tr("{title_text} frame", title_text=self.title_text))
        self._slider.setMinimumWidth(72)
        self._slider.valueChanged.connect(self._slid)
        self._frame = _line(tr("{title_text} frame number", title_text=self.title_text))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._play)
        row.addWidget(self._slider, 1)
        row.addWidget(self._frame)
        self._frame.setMinimumHeight(28)
        return row

    def _lines(self) -> QHBoxLayout:
        """A figure found in the picture, and how the picture is shown."""
        self._finding = ElidedLabel("", "small")
        self._finding.setAccessibleName(tr("{title_text} finding", title_text=self.title_text))
        self._settings = _line(tr("{title_text} window, level and zoom", title_text=self.title_text))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._finding, 1)
        row.addWidget(self._settings)
        return row

    def show_image(
        self, image: UltrasoundImage | None, why: str, missing: str, left: Remembered | None = None, note: str = ""
    ) -> None:
        """Another picture: its frame follows through `show_frame`; None shows `missing` instead.

        Parameters
        ----------
        left : how it was looked at before; note: said on the picture.
        """
        self._cine.take(image)
        self._entry.give_up()
        self._image = image
        self._heatmap, self._note = None, note
        self._index = image.frame if image is not None else 0
        self.view.forget()
        self.view.set_region(image.crop if image is not None else None)
        self.view.show_shapes((), None)
        self.show_finding("")
        if left is not None:
            self.view.set_manner(left.manner)
            self.view.set_look(left.look)
        self._caption.hide()
        self._why.setText(why)
        several = image is not None and image.n_frames > 1
        for widget in (self._play, self._slider):
            widget.setVisible(several)
        self._set_slider(max(image.n_frames - 1, 0) if image is not None else 0)
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

    def _set_slider(self, last: int) -> None:
        self._slider.blockSignals(True)
        self._slider.setRange(0, last)
        self._slider.setValue(self._index)
        self._slider.blockSignals(False)

    def keep_frame_line(self, on: bool) -> None:
        """Keep the room of the frame slider, so that pictures side by side are equally high."""
        self._frame.setVisible(on)

    def show_frame(self, pixels: npt.NDArray[np.uint8], index: int) -> None:
        """(H, W, 3) uint8 RGB of frame `index`."""
        self._late.stop()
        self._index = index
        self._stack.setCurrentWidget(self.view)
        if self._image is not None:
            self.view.set_place(image_uid(self._image), index, self._image.regions)
        self.view.show_pixels(pixels)
        self._cine.has_shown()
        self._slider.blockSignals(True)
        self._slider.setValue(index)
        self._slider.blockSignals(False)
        self._draw_evidence()
        self._tell()
        self.frame_shown.emit(index)

    def show_failure(self, sentence: str) -> None:
        """The picture cannot be shown."""
        self._stop()
        self._say(sentence)

    def show_evidence(self, heatmap: Heatmap | None, *, wanted: bool, within: Box | None = None) -> None:
        """The map of the scored frame; a weak one is not drawn but named. `within` is what the model saw."""
        self._heatmap, self._map_box = heatmap if wanted else None, within
        self._draw_evidence()

    def set_note(self, note: str) -> None:
        """Words on the picture, beside those about the map."""
        if note != self._note:
            self._note = note
            self._draw_evidence()

    def show_finding(self, text: str, why: str = "") -> None:
        """A figure under the picture."""
        self._finding.setText(text)
        self._finding.setToolTip(why)

    def _draw_evidence(self) -> None:
        heatmap, note = self._heatmap, ""
        if heatmap is not None and heatmap.is_weak:
            heatmap, note = None, tr("Evidence too weak to draw")
        elif heatmap is not None and self._image is not None and self._index != self._image.frame:
            note = tr("The evidence map belongs to frame {frame}", frame=self._image.frame + 1)
            heatmap = heatmap if self.is_playing else None  # flashing up once in a loop, it could not be looked at
        self.view.show_evidence(heatmap, self._map_box)
        text = " · ".join(part for part in (self._note, note) if part)
        if text != self._caption.text():
            self._caption.setText(text)
        self._caption.setVisible(bool(text) and self._stack.currentWidget() is self.view)
        self._place_caption()

    @property
    def index(self) -> int:
        return self._index

    @property
    def image(self) -> UltrasoundImage | None:
        return self._image

    @property
    def n_frames(self) -> int:
        return self._image.n_frames if self._image is not None else 0

    @property
    def is_playing(self) -> bool:
        return self._cine.is_on

    @property
    def tally(self) -> Tally:
        """Frames shown and dropped since the cine runs, or while it ran last."""
        return self._cine.tally

    def toggle_play(self) -> None:
        """Start or stop the loop."""
        if self.is_playing:
            self.stop()
        else:
            self.play()

    def play(self) -> None:
        if self._image is None or self._image.n_frames < 2:
            return
        self._cine.play(self._image, self._index)
        self._draw_icon()
        self._tell()

    def stop(self) -> None:
        self._stop()
        self._draw_evidence()
        self._tell()

    def change_speed(self, step: int) -> None:
        """Slower (-1) or faster (1), 0.25 to 2 times the file's own timing."""
        self._cine.change_speed(step)
        self._tell()

    def toggle_sweep(self) -> None:
        """Round and round, or back and forth."""
        self._cine.toggle_sweep()
        if self.is_playing:
            self.play()
        self._tell()

    def step_frame(self, step: int) -> None:
        """Previous or next frame, round the loop."""
        if self.n_frames > 1:
            index = (self._index + step) % self.n_frames
            self.go_to_frame(index)
            self.stepped.emit(index)

    def go_to_frame(self, index: int) -> None:
        """Stop at this frame."""
        self._stop()
        self.frame_wanted.emit(index)

    def set_manner(self, manner: Manner) -> None:
        """Window, inversion and flips."""
        self.view.set_manner(manner)
        self._tell()

    def refresh_theme(self) -> None:
        self._draw_icon()

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._place_caption()

    def _slid(self, index: int) -> None:
        self.go_to_frame(index)
        self.stepped.emit(index)

    def _due(self, index: int) -> None:
        if index != self._index:
            self.frame_wanted.emit(index)

    def _stop(self) -> None:
        self._cine.stop()
        self._draw_icon()

    def _ask_text(self, shape: object, at: QPointF) -> None:
        self._entry.ask(shape, at.toPoint())

    def _draw_icon(self) -> None:
        drawn = ("pause" if self.is_playing else "play", colours().text)
        if drawn != self._drawn_icon:
            self._drawn_icon = drawn
            self._play.setIcon(icon(*drawn))

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
        if text:
            text += f" · {self._cine.words(self._image)}"
            self._frame.setToolTip(
                tr("{shown} frames shown, {dropped} dropped", shown=self.tally.shown, dropped=self.tally.dropped)
            )
        if text != self._frame.text():
            self._frame.setText(text)
        zoom = self.view.zoom * self.devicePixelRatioF() * 100
        self._settings.setText(" · ".join([*manner_text(self.view.manner), f"{zoom:.0f} %"]))
        self._settings.setToolTip(tr("Window and level, zoom {zoom:.0f} %", zoom=zoom))

    def _place_caption(self) -> None:
        self._caption.adjustSize()
        self._caption.move(8, self._stack.height() - self._caption.height() - 8)
        self._caption.raise_()


def _line(name: str) -> ElidedLabel:
    """A line as wide as its text where there is room: words on a picture never widen the window."""
    made = ElidedLabel("", "small")
    made.setAccessibleName(name)
    made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    return made
