"""A viewer where there is little room: no line of settings, and a frame slider only for a loop."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from engine.domain.case import UltrasoundImage
from workstation.viewing.look import Remembered
from workstation.viewing.pane import Pane
from workstation.viewing.shelf import LOW_SCREEN

LEAST_WIDTH, LEAST_HEIGHT = 160, 72


class SmallPane(Pane):
    """As `Pane`, smaller; nothing can be paired in it by a drag."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.setAcceptDrops(False)
        self.view.setMinimumSize(LEAST_WIDTH, LEAST_HEIGHT)
        self._finding.hide()
        self._settings.hide()
        self._menu_button.hide()
        self.is_told = False

    def show_image(
        self, image: UltrasoundImage | None, why: str, missing: str, left: Remembered | None = None, note: str = ""
    ) -> None:
        super().show_image(image, why, missing, left, note)
        self.is_told = False
        if self._is_low:
            self._play.hide()
            self._slider.hide()

    def keep_frame_line(self, on: bool) -> None:
        super().keep_frame_line(on and not self._is_low)

    @property
    def _is_low(self) -> bool:
        """On a low screen the picture gets the room of the slider; keys and the linked viewer above move its frames."""
        return self.screen().availableSize().height() < LOW_SCREEN

    def show_none(self, sentence: str) -> None:
        """There is no picture, and this is why."""
        self.show_image(None, "", "")
        self.show_failure(sentence)
        self.is_told = True
