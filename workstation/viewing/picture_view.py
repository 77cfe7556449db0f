"""One picture: zoom by wheel, pan by drag, window and level by right-drag; the evidence map is an item of its own."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QPixmap,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsPixmapItem, QGraphicsRectItem, QGraphicsScene, QGraphicsView, QWidget

from engine.domain.case import Box
from engine.domain.prediction import Heatmap
from workstation.viewing.evidence_colours import coloured
from workstation.viewing.window_level import WindowLevel

ZOOM_STEP = 1.15
LARGEST_ZOOM = 32.0


class PictureView(QGraphicsView):
    """A frame in its own pixels, scaled to the screen.

    Signals
    -------
    window_changed : (WindowLevel) by the mouse.
    zoom_changed : (screen pixels per picture pixel).
    frame_step, case_step : (-1 or 1) by arrow keys.
    focus_changed : (bool) keys now go to this picture, or no longer.
    """

    window_changed = Signal(object)
    zoom_changed = Signal(float)
    frame_step = Signal(int)
    case_step = Signal(int)
    focus_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = QGraphicsPixmapItem()
        self._picture.setTransformationMode(Qt.TransformationMode.SmoothTransformation)
        self._seen = QGraphicsRectItem(self._picture)  # the map ends where the model saw nothing but padding
        self._seen.setPen(QPen(Qt.PenStyle.NoPen))
        self._seen.setFlag(QGraphicsRectItem.GraphicsItemFlag.ItemClipsChildrenToShape)
        self._evidence = QGraphicsPixmapItem(self._seen)
        self._evidence.setTransformationMode(Qt.TransformationMode.SmoothTransformation)
        scene = QGraphicsScene(self)
        scene.addItem(self._picture)
        self.setScene(scene)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.setMinimumSize(160, 120)
        self._pixels: npt.NDArray[np.uint8] | None = None
        self._region: QRectF | None = None
        self._window = WindowLevel()
        self._moved = False
        self._grip: tuple[Qt.MouseButton, QPointF] | None = None

    @property
    def window_level(self) -> WindowLevel:
        return self._window

    @property
    def zoom(self) -> float:
        return self.transform().m11()

    def show_pixels(self, pixels: npt.NDArray[np.uint8]) -> None:
        """(H, W, 3) uint8 RGB; zoom and pan stay as they are when the size does."""
        resized = self._pixels is None or self._pixels.shape != pixels.shape
        self._pixels = pixels
        self._draw()
        if resized:
            height, width = pixels.shape[:2]
            self.setSceneRect(QRectF(-width, -height, 3 * width, 3 * height))
            self.fit()

    def forget(self) -> None:
        """Another picture comes: empty, and fit it when it is there."""
        self._pixels = None
        self._picture.setPixmap(QPixmap())
        self.show_evidence(None)

    def set_region(self, region: Box | None) -> None:
        """What `fit` fits: the ultrasound region, None = the whole frame."""
        self._region = QRectF(region.x0, region.y0, region.width, region.height) if region is not None else None

    def set_window(self, window: WindowLevel) -> None:
        if window != self._window:
            self._window = window
            self._draw()

    def show_evidence(self, heatmap: Heatmap | None) -> None:
        """Draw a map over the picture, None = take it away."""
        if heatmap is None:
            self._evidence.setPixmap(QPixmap())
            return
        values = np.ascontiguousarray(coloured(heatmap))
        height, width = values.shape[:2]
        image = QImage(values.data, width, height, 4 * width, QImage.Format.Format_RGBA8888)
        self._evidence.setPixmap(QPixmap.fromImage(image))
        self._seen.setRect(self._region or self._picture.boundingRect())
        self._evidence.setPos(heatmap.x0, heatmap.y0)
        scale = QTransform.fromScale((heatmap.x1 - heatmap.x0) / width, (heatmap.y1 - heatmap.y0) / height)
        self._evidence.setTransform(scale)

    def set_evidence_opacity(self, opacity: float) -> None:
        self._evidence.setOpacity(opacity)

    def fit(self) -> None:
        """Show the ultrasound region as large as possible."""
        self._show_part(self._region or self._picture.boundingRect())

    def fit_whole(self) -> None:
        """Show the whole frame, with everything that is burned in around the region."""
        self._show_part(self._picture.boundingRect())
        self._moved = True

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom about a point of the viewport, its middle by default."""
        smallest = 0.25 * min(self.width() / 3000, 1.0)
        factor = min(max(self.zoom * factor, smallest), LARGEST_ZOOM) / self.zoom
        at = at if at is not None else QPointF(self.viewport().rect().center())
        before = self.mapToScene(at.toPoint())
        self.scale(factor, factor)
        shift = self.mapToScene(at.toPoint()) - before
        self.translate(shift.x(), shift.y())
        self._moved = True
        self.zoom_changed.emit(self.zoom)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self._pixels is not None:
            self.zoom_by(ZOOM_STEP ** (event.angleDelta().y() / 120), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton):
            self._grip = (event.button(), event.position())
            panning = event.button() != Qt.MouseButton.RightButton
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor if panning else Qt.CursorShape.SizeAllCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is None or self._pixels is None:
            return
        button, last = self._grip
        moved = event.position() - last
        self._grip = (button, event.position())
        if button == Qt.MouseButton.RightButton:
            self.set_window(self._window.moved(moved.x(), -moved.y()))
            self.window_changed.emit(self._window)
        else:
            self.translate(moved.x() / self.zoom, moved.y() / self.zoom)
            self._moved = True

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = None
        self.viewport().unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                self.frame_step.emit(1 if event.key() == Qt.Key.Key_Right else -1)
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                self.case_step.emit(1 if event.key() == Qt.Key.Key_Down else -1)
            case Qt.Key.Key_Plus | Qt.Key.Key_Minus:
                self.zoom_by(ZOOM_STEP if event.key() == Qt.Key.Key_Plus else 1 / ZOOM_STEP)
            case _:
                event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_changed.emit(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self._moved:
            self.fit()

    def _show_part(self, part: QRectF) -> None:
        self._moved = False
        if part.isEmpty():
            return
        margin = 4
        room = QRectF(self.viewport().rect()).adjusted(margin, margin, -margin, -margin)
        zoom = min(room.width() / part.width(), room.height() / part.height())
        self.setTransform(QTransform.fromScale(zoom, zoom))
        self.centerOn(part.center())
        self.zoom_changed.emit(self.zoom)

    def _draw(self) -> None:
        if self._pixels is None:
            return
        shown = np.ascontiguousarray(self._window.applied(self._pixels))
        height, width = shown.shape[:2]
        image = QImage(shown.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self._picture.setPixmap(QPixmap.fromImage(image))  # copies, so the array need not outlive this call
