"""Icons from `resources/icons`, in the theme's colours and sharp at every scale factor."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSize
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from engine.domain.resources import resource

_SIZES = (16, 24, 32, 48, 64, 128)


def icon(name: str, colour: str = "#000000") -> QIcon:
    """The icon `name`; what it draws in "currentColor" gets this colour."""
    drawing = resource("icons", f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", colour)
    renderer = QSvgRenderer(QByteArray(drawing.encode()))
    made = QIcon()
    for size in _SIZES:
        picture = QPixmap(QSize(size, size))
        picture.fill("#00000000")
        painter = QPainter(picture)
        renderer.render(painter)
        painter.end()
        made.addPixmap(picture)
    return made
