"""One picture on screen: zoom and place, window and level, flips; the evidence map is an item of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QImage,
    QPainter,
    QPen,
    QPixmap,
    QResizeEvent,
    QTransform,
)
from PySide6.QtWidgets import QFrame, QGraphicsPixmapItem, QGraphicsRectItem, QGraphicsScene, QGraphicsView, QWidget

from engine.domain.case import Box
from engine.domain.prediction import Heatmap
from workstation.viewing.evidence_colours import coloured
from workstation.viewing.look import Look, Manner
from workstation.viewing.marks_painter import paint_box, paint_loupe
from workstation.viewing.window_level import WindowLevel

LARGEST_ZOOM = 32.0
FIT_MARGIN_PX = 4
COLOURED_ABOVE = 32
"""Difference between the channels of a pixel that is a colour, not a tinted grey."""


class PictureCanvas(QGraphicsView):
    """A frame in its own pixels, scaled to the screen, with the evidence map over it; `PictureView` adds mouse, keys.

    Signals
    -------
    looked : (Look before, Look after) the reader zoomed or panned.
    zoom_changed : (screen pixels per picture pixel).
    """

    looked = Signal(object, object)
    zoom_changed = Signal(float)

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
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.setMinimumSize(160, 120)
        self.setMouseTracking(True)
        self.setAcceptDrops(False)  # the frame around it takes what is dragged here
        self._pixels: npt.NDArray[np.uint8] | None = None
        self._region: QRectF | None = None
        self._colour_box: Box | None = None
        self._map: Heatmap | None = None
        self._map_box: Box | None = None
        self._manner = Manner()
        self._look: Look | None = None
        self._loupe = False
        self._pointer: QPointF | None = None

    @property
    def window_level(self) -> WindowLevel:
        return self._manner.window

    @property
    def manner(self) -> Manner:
        return self._manner

    @property
    def zoom(self) -> float:
        return abs(self.transform().m11())

    @property
    def look(self) -> Look:
        """Where it looks now, also when that is the fitted region."""
        return self._look or self._fitting(self._region or self._picture.boundingRect())

    @property
    def look_of_reader(self) -> Look | None:
        """Where the reader made it look; None while it is fitted."""
        return self._look

    def show_pixels(self, pixels: npt.NDArray[np.uint8]) -> None:
        """(H, W, 3) uint8 RGB; zoom and pan stay as they are."""
        resized = self._pixels is None or self._pixels.shape != pixels.shape
        self._pixels = pixels
        self._draw()
        if resized:
            height, width = pixels.shape[:2]
            self.setSceneRect(QRectF(-4 * width, -4 * height, 9 * width, 9 * height))
            self._apply_look()

    def forget(self) -> None:
        """Another picture comes: empty, shown as stored, and fitted when it is there."""
        self._pixels = None
        self._picture.setPixmap(QPixmap())
        self._colour_box = None
        self._manner, self._look = Manner(), None
        self.show_evidence(None)

    def set_region(self, region: Box | None) -> None:
        """What `fit` fits: the ultrasound region, None = the whole frame."""
        self._region = QRectF(region.x0, region.y0, region.width, region.height) if region is not None else None

    def set_colour_box(self, box: Box | None) -> None:
        """Draw the colour box, None = do not."""
        if box != self._colour_box:
            self._colour_box = box
            self.viewport().update()

    def set_window(self, window: WindowLevel) -> None:
        self.set_manner(replace(self._manner, window=window))

    def set_manner(self, manner: Manner) -> None:
        """Window, inversion and flips."""
        before, self._manner = self._manner, manner
        if (before.window, before.inverted) != (manner.window, manner.inverted):
            self._draw()
        if (before.mirrored, before.upside_down) != (manner.mirrored, manner.upside_down):
            self._apply_look()

    def set_look(self, look: Look | None) -> None:
        """Look there without a word to others; None = fit."""
        self._look = replace(look, zoom=self._within(look.zoom)) if look is not None else None
        self._apply_look()

    def set_loupe(self, on: bool) -> None:
        """Magnify what is under the pointer."""
        if on != self._loupe:
            self._loupe = on
            self.viewport().update()

    def show_evidence(self, heatmap: Heatmap | None, within: Box | None = None) -> None:
        """Draw a map over the picture, None = take it away.

        Parameters
        ----------
        within : what the model saw; None = the ultrasound region.
        """
        if heatmap is self._map and within == self._map_box:
            return
        self._map, self._map_box = heatmap, within
        if heatmap is None:
            self._evidence.setPixmap(QPixmap())
            return
        values = np.ascontiguousarray(coloured(heatmap))
        height, width = values.shape[:2]
        image = QImage(values.data, width, height, 4 * width, QImage.Format.Format_RGBA8888)
        self._evidence.setPixmap(QPixmap.fromImage(image))
        seen = QRectF(within.x0, within.y0, within.width, within.height) if within is not None else self._region
        self._seen.setRect(seen or self._picture.boundingRect())
        self._evidence.setPos(heatmap.x0, heatmap.y0)
        scale = QTransform.fromScale((heatmap.x1 - heatmap.x0) / width, (heatmap.y1 - heatmap.y0) / height)
        self._evidence.setTransform(scale)

    def set_evidence_opacity(self, opacity: float) -> None:
        self._evidence.setOpacity(opacity)

    def fit(self) -> None:
        """Show the ultrasound region as large as possible."""
        self.set_look(None)

    def fit_whole(self) -> None:
        """Show the whole frame, with everything that is burned in around the region."""
        if self._pixels is not None:
            self.set_look(self._fitting(self._picture.boundingRect()))

    def show_one_to_one(self) -> None:
        """One pixel of the picture on one of the screen, about the same middle."""
        self.zoom_by(1 / (self.look.zoom * self.devicePixelRatioF()))

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom about a point of the viewport, its middle by default."""
        if self._pixels is None:
            return
        before = self.look
        zoom = self._within(before.zoom * factor)
        middle = QRectF(self.viewport().rect()).center()
        off = (at - middle) if at is not None else QPointF()
        across, down = self._signs
        shift = 1 / before.zoom - 1 / zoom
        self._go(Look(zoom=zoom, x=before.x + across * off.x() * shift, y=before.y + down * off.y() * shift))

    def pan_by(self, right: float, down: float) -> None:
        """Drag the picture by so many screen pixels."""
        before, (across, downwards) = self.look, self._signs
        x, y = before.x - across * right / before.zoom, before.y - downwards * down / before.zoom
        self._go(Look(zoom=before.zoom, x=x, y=y))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._apply_look()

    def drawForeground(self, painter: QPainter, rect: QRectF | object) -> None:
        if self._pixels is None:
            return
        painter.save()
        painter.resetTransform()
        self.paint_over(painter)
        if self._loupe and self._pointer is not None:
            on_picture, signs = self.picture_point(self._pointer), self._signs
            scale = (self.zoom * signs[0], self.zoom * signs[1])
            paint_loupe(painter, self._picture.pixmap(), self._pointer, on_picture, scale)
        painter.restore()

    def paint_over(self, painter: QPainter) -> None:
        """What lies over picture and map, in viewport pixels."""
        if self._colour_box is not None:
            paint_box(painter, self._colour_box, self.screen_point)

    def screen_point(self, x: float, y: float) -> QPointF:
        """Place of a picture point in the viewport, not rounded."""
        return self.viewportTransform().map(QPointF(x, y))

    def picture_point(self, at: QPointF) -> QPointF:
        """Picture point under a place of the viewport, not rounded."""
        return self.viewportTransform().inverted()[0].map(at)

    @property
    def _signs(self) -> tuple[int, int]:
        return (-1 if self._manner.mirrored else 1, -1 if self._manner.upside_down else 1)

    def _within(self, zoom: float) -> float:
        smallest = 0.25 * min(self.width() / 3000, 1.0)
        return min(max(zoom, smallest), LARGEST_ZOOM)

    def _go(self, look: Look) -> None:
        before = self.look
        self._look = look
        self._apply_look()
        self.looked.emit(before, look)

    def _fitting(self, part: QRectF) -> Look:
        room = QRectF(self.viewport().rect()).adjusted(FIT_MARGIN_PX, FIT_MARGIN_PX, -FIT_MARGIN_PX, -FIT_MARGIN_PX)
        if part.isEmpty() or room.isEmpty():
            return Look(zoom=1.0, x=part.center().x(), y=part.center().y())
        zoom = min(room.width() / part.width(), room.height() / part.height())
        return Look(zoom=zoom, x=part.center().x(), y=part.center().y())

    def _apply_look(self) -> None:
        if self._pixels is None and self._region is None:
            return
        look, (across, down) = self.look, self._signs
        self.setTransform(QTransform.fromScale(look.zoom * across, look.zoom * down))
        self.centerOn(QPointF(look.x, look.y))
        self.zoom_changed.emit(look.zoom)

    def _draw(self) -> None:
        if self._pixels is None:
            return
        shown = self.window_level.applied(self._pixels)
        height, width = shown.shape[:2]
        if self._manner.inverted:
            shown = _inverted(shown)
        shown = np.ascontiguousarray(shown)
        image = QImage(shown.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self._picture.setPixmap(QPixmap.fromImage(image))  # copies, so the array need not outlive this call


def _inverted(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Black for white; colours stay, because red and blue tell which way blood flows."""
    low, high = pixels.min(axis=2), pixels.max(axis=2)
    return np.where((high - low > COLOURED_ABOVE)[..., None], pixels, 255 - pixels)
