"""Draws shapes over a viewer in screen coordinates: lines stay thin, and words upright when the picture is flipped."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from engine.domain.annotation import Arrow, Caliper, Note, Outline
from engine.domain.calibration import Point
from engine.domain.case import Box
from engine.domain.roi import Roi, RoiShape
from workstation.viewing.shapes import Shape, ellipse_in, ellipse_path, handles

INK, CHOSEN_INK, ROI_INK, HALO = "#7fe3e8", "#ffffff", "#ffe08a", "#000000"
HANDLE_PX, TICK_PX, ARROW_PX = 4.0, 6.0, 12.0
LOUPE_RADIUS_PX, LOUPE_TIMES = 110, 2.5

ToScreen = Callable[[float, float], QPointF]


def paint_shapes(
    painter: QPainter, shapes: Iterable[tuple[Shape, str]], chosen: Shape | None, to_screen: ToScreen, bounds: QRectF
) -> None:
    """Shapes with the words beside them, the chosen one with its handles; words stay within `bounds` and apart."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    taken: list[QRectF] = []
    for shape, text in shapes:
        colour = CHOSEN_INK if shape == chosen else ROI_INK if isinstance(shape, Roi) else INK
        _stroke(painter, _path(shape, to_screen), colour, dashed=isinstance(shape, Roi))
        if shape == chosen:
            _paint_handles(painter, shape, to_screen)
        if text:
            taken.append(_write(painter, text, _beside(shape, to_screen), colour, bounds, taken))


def paint_box(painter: QPainter, box: Box, to_screen: ToScreen) -> None:
    """The colour box, thin and dotted."""
    outline = QRectF(to_screen(box.x0, box.y0), to_screen(box.x1, box.y1)).normalized()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # smooth dots take a millisecond and look no better
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((QColor(0, 0, 0, 150), 2.0), (QColor(255, 255, 255, 170), 1.0)):
        painter.setPen(QPen(colour, width, Qt.PenStyle.DotLine))
        painter.drawRect(outline)


def paint_loupe(
    painter: QPainter, picture: QPixmap, at: QPointF, on_picture: QPointF, scale: tuple[float, float]
) -> None:
    """A round magnifying glass.

    Parameters
    ----------
    at, on_picture : middle of the loupe on the screen and in the picture.
    scale : screen pixels per picture pixel across and down; negative where flipped.
    """
    rim = QRectF(at.x() - LOUPE_RADIUS_PX, at.y() - LOUPE_RADIUS_PX, 2 * LOUPE_RADIUS_PX, 2 * LOUPE_RADIUS_PX)
    glass = QPainterPath()
    glass.addEllipse(rim)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setClipPath(glass)
    painter.fillRect(rim, QColor("#000000"))
    painter.translate(at)
    painter.scale(scale[0] * LOUPE_TIMES, scale[1] * LOUPE_TIMES)
    painter.drawPixmap(QPointF(-on_picture.x(), -on_picture.y()), picture)
    painter.restore()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((HALO, 4.0), (INK, 2.0)):
        painter.setPen(QPen(QColor(colour), width))
        painter.drawEllipse(rim)


def _path(shape: Shape, to_screen: ToScreen) -> QPainterPath:
    path = QPainterPath()

    def line(points: Iterable[QPointF]) -> None:
        path.addPolygon(QPolygonF(list(points)))

    def on(points: Iterable[Point]) -> list[QPointF]:
        return [to_screen(p.x, p.y) for p in points]

    match shape:
        case Caliper():
            a, b = on((shape.a, shape.b))
            line((a, b))
            for end in (a, b):
                line(_tick(end, a, b))
        case Arrow():
            tail, head = on((shape.tail, shape.head))
            line((tail, head))
            line(_arrow_head(tail, head))
        case Outline():
            line(on(ellipse_path(shape.ellipse)))
        case Roi(shape=RoiShape.ELLIPSE):
            line(on(ellipse_path(ellipse_in(shape.box))))
        case Roi():
            line(on((*handles(shape), handles(shape)[0])))
    return path


def _tick(end: QPointF, a: QPointF, b: QPointF) -> tuple[QPointF, QPointF]:
    length = math.hypot(b.x() - a.x(), b.y() - a.y()) or 1.0
    across = QPointF(-(b.y() - a.y()) / length * TICK_PX, (b.x() - a.x()) / length * TICK_PX)
    return end - across, end + across


def _arrow_head(tail: QPointF, head: QPointF) -> tuple[QPointF, QPointF, QPointF]:
    way = math.atan2(tail.y() - head.y(), tail.x() - head.x())
    left, right = (
        head + QPointF(ARROW_PX * math.cos(way + turn), ARROW_PX * math.sin(way + turn)) for turn in (0.45, -0.45)
    )
    return left, head, right


def _stroke(painter: QPainter, path: QPainterPath, colour: str, *, dashed: bool) -> None:
    """The line on a dark rim, readable on white and on black."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(0, 0, 0, 190), 3.5))
    painter.drawPath(path)
    pen = QPen(QColor(colour), 1.5)
    if dashed:
        pen.setDashPattern([6.0, 4.0])
    painter.setPen(pen)
    painter.drawPath(path)


def _paint_handles(painter: QPainter, shape: Shape, to_screen: ToScreen) -> None:
    painter.setPen(QPen(QColor(HALO), 1.0))
    painter.setBrush(QColor(CHOSEN_INK))
    for point in handles(shape):
        at = to_screen(point.x, point.y)
        painter.drawRect(QRectF(at.x() - HANDLE_PX, at.y() - HANDLE_PX, 2 * HANDLE_PX, 2 * HANDLE_PX))


def _beside(shape: Shape, to_screen: ToScreen) -> QPointF:
    """Where the words go: at the right of the rightmost point, of an arrow at its tail."""
    if isinstance(shape, Note):
        return to_screen(shape.at.x, shape.at.y) - QPointF(4, 0)
    points = (shape.tail,) if isinstance(shape, Arrow) else handles(shape)
    return max((to_screen(p.x, p.y) for p in points), key=lambda p: p.x()) + QPointF(6, 0)


def _write(painter: QPainter, text: str, at: QPointF, colour: str, bounds: QRectF, taken: list[QRectF]) -> QRectF:
    font = QFont(painter.font())
    font.setPixelSize(13)
    painter.setFont(font)
    room = QFontMetricsF(font).boundingRect(text).adjusted(-4, -2, 4, 2)
    room.moveTopLeft(QPointF(at.x(), at.y() - room.height() / 2))
    room.moveLeft(max(min(room.left(), bounds.right() - room.width() - 2), bounds.left() + 2))
    room.moveTop(max(min(room.top(), bounds.bottom() - room.height() - 2), bounds.top() + 2))
    while any(room.intersects(other) for other in taken) and room.bottom() + room.height() < bounds.bottom():
        room.translate(0, room.height() + 1)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 175))
    painter.drawRoundedRect(room, 3, 3)
    painter.setPen(QColor(colour))
    painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)
    return room
