"""Pictures from files, as large as there is room for and never larger than they are."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

GREATEST = 700


class StillPicture(QWidget):
    """One picture; its height follows its width.

    Parameters
    ----------
    dots_per_inch : of the file, so that its words are as large as those around it.
    """

    def __init__(self, title: str, dots_per_inch: float = 96.0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(title)
        self.setToolTip(title)
        self._scale = 96.0 / dots_per_inch
        self._image, self._sharp = QImage(), QImage()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_file(self, place: Path | None) -> bool:
        """Show a PNG; False, and nothing to see, where it cannot be read."""
        self._image = QImage() if place is None else QImage(str(place))
        self._sharp = QImage()
        self.setVisible(not self._image.isNull())
        self.updateGeometry()
        self.update()
        return not self._image.isNull()

    def sizeHint(self) -> QSize:
        width = min(round(self._image.width() * self._scale), GREATEST)
        return QSize(width, self.heightForWidth(width))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        if self._image.isNull():
            return 0
        shown = min(width, round(self._image.width() * self._scale))
        return round(shown * self._image.height() / self._image.width())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._sharp = QImage()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image.isNull():
            return
        ratio = self.devicePixelRatioF()
        shown = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        wanted = QSize(round(shown.width() * ratio), round(shown.height() * ratio))
        if self._sharp.size() != wanted:
            ways = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
            self._sharp = self._image.scaled(wanted, *ways)
        painter = QPainter(self)
        painter.drawImage(QRect(0, 0, shown.width(), shown.height()), self._sharp)
