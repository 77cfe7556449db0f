"""A picture with what the reader draws on it: measurements, regions, arrows, texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QToolTip, QWidget

from engine.domain.annotation import Arrow, Note
from engine.domain.calibration import Point
from engine.domain.case import Region
from workstation.command import Place
from workstation.viewing.marks_painter import paint_shapes
from workstation.viewing.pencil import Hit, Pull, Stroke, Tool, hit, placed
from workstation.viewing.picture_view import PictureView
from workstation.viewing.shapes import Shape, middle_of, moved, resized, words

REACH_PX = 8.0
"""Screen pixels around a line or handle that count as touching it."""
HELD_STEP_PX = 4
"""Picture pixels for each repeat of a key that is held; a single press moves by one."""
Button = Qt.MouseButton


class MarkedView(PictureView):
    """Signals
    -------
    drawn : (Shape) something new; changed : (Shape before, Shape after) by its handles or by keys.
    chosen : (Shape or None) clicked; text_wanted : (Shape, QPointF) its text is to be typed.
    """

    drawn = Signal(object)
    changed = Signal(object, object)
    chosen = Signal(object)
    text_wanted = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shapes: tuple[Shape, ...] = ()
        self._regions: Sequence[Region] = ()
        self._place: tuple[str, int] | None = None
        self._selected: Shape | None = None
        self._tool, self._axis = Tool.LOOK, ""
        self._drag: Stroke | Pull | None = None
        self._preview: Shape | None = None

    @property
    def selected(self) -> Shape | None:
        return self._selected

    def set_place(self, sop_uid: str, frame: int, regions: Sequence[Region]) -> None:
        """Which frame is on screen, and its calibration."""
        self._place, self._regions = (sop_uid, frame) if sop_uid else None, regions

    def set_tool(self, tool: Tool, axis: str = "") -> None:
        """What the left button does next; `axis` is the lesion's axis that is measured."""
        if self._preview is not None:
            self.viewport().update()
        self._tool, self._axis = tool, axis
        self._drag = self._preview = None
        self._show_cursor()

    def show_shapes(self, shapes: Sequence[Shape], selected: Shape | None) -> None:
        before = (self._shapes, self._selected)
        self._shapes, self._selected = tuple(shapes), selected
        if before != (self._shapes, self._selected):
            self.viewport().update()

    def paint_over(self, painter: QPainter) -> None:
        super().paint_over(painter)
        changed = self._drag.grip.shape if isinstance(self._drag, Pull) else None
        shown = [s for s in self._shapes if s is not changed or self._preview is None]
        if self._preview is not None:
            shown.append(self._preview)
        marked = [(s, words(s, self._regions).short) for s in shown]
        bounds = QRectF(self.viewport().rect())
        paint_shapes(painter, marked, self._preview or self._selected, self.screen_point, bounds)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() != Button.LeftButton or self._pixels is None:
            super().mousePressEvent(event)
            return
        at = self._point(event.position())
        if self._tool is not Tool.LOOK and self._place is not None:
            sop_uid, frame = self._place
            self._drag = Stroke(tool=self._tool, start=at, sop_uid=sop_uid, frame=frame, axis=self._axis)
            return
        found = self._under(event.position())
        self.chosen.emit(found.shape if found is not None else None)
        if found is None:
            super().mousePressEvent(event)
        else:
            self._drag = Pull(grip=found, start=at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is None:
            super().mouseMoveEvent(event)
            if self._grip is None:
                self._show_cursor(event.position())
            return
        self._pointer = event.position()
        at = self._point(event.position())
        is_note = isinstance(self._drag, Stroke) and self._drag.tool is Tool.NOTE
        self._preview = None if is_note else self._drag.shape(at)
        self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drag, self._drag, self._preview = self._drag, None, None
        if drag is None or event.button() != Button.LeftButton:
            super().mouseReleaseEvent(event)
            self._show_cursor(event.position())
            return
        shape = drag.shape(self._point(event.position()))
        if isinstance(drag, Pull):
            if shape is not None and shape != drag.grip.shape:
                self.changed.emit(drag.grip.shape, shape)
        elif isinstance(shape, Note):
            self.text_wanted.emit(shape, event.position())
        elif shape is not None:
            self.drawn.emit(shape)
        self._show_cursor(event.position())
        self.viewport().update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        found = self._under(event.position())
        if found is not None and isinstance(found.shape, Note | Arrow):
            self._drag = None
            self.text_wanted.emit(found.shape, event.position())
        elif self._tool is Tool.LOOK:
            super().mouseDoubleClickEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._drag is not None:
            self._drag = self._preview = None
            self.viewport().update()
            return
        super().keyPressEvent(event)

    @property
    def places(self) -> tuple[Place, ...]:
        drawing = (Place.TOOL,) if self._tool is not Tool.LOOK else ()
        chosen = (Place.MARK,) if self._selected is not None and self._selected in self._shapes else ()
        return (*drawing, *chosen, *super().places)

    def place_mark(self) -> None:
        """Draw with the tool, without a mouse: in the middle of what is on screen."""
        if self._place is None or self._pixels is None:
            return
        sop_uid, frame = self._place
        box, (across, down) = self._picture.boundingRect(), self._signs
        middle = self.picture_point(QRectF(self.viewport().rect()).center())
        x, y = min(max(middle.x(), box.left()), box.right()), min(max(middle.y(), box.top()), box.bottom())
        reach = min(self.viewport().width(), self.viewport().height()) / self.zoom / 8
        shape = placed(
            self._tool, Point(x, y), (across * reach, down * reach), sop_uid=sop_uid, frame=frame, axis=self._axis
        )
        if isinstance(shape, Note):
            self.text_wanted.emit(shape, self.screen_point(x, y))
        elif shape is not None:
            self.drawn.emit(shape)

    def nudge(self, right: int, down: int) -> None:
        """Move what is chosen, as it is seen on screen."""
        self._change_chosen(moved, right, down)

    def resize_mark(self, right: int, down: int) -> None:
        """Move the last handle of what is chosen."""
        self._change_chosen(resized, right, down)

    def _change_chosen(self, change: Callable[[Shape, float, float], Shape], right: int, down: int) -> None:
        if self._selected is None:
            return
        (x, y), step = self._signs, HELD_STEP_PX if self._is_held else 1
        after = change(self._selected, x * right * step, y * down * step)
        middle = middle_of(after)
        if after != self._selected and self._picture.boundingRect().contains(QPointF(middle.x, middle.y)):
            self.changed.emit(self._selected, after)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            found = self._under(QPointF(event.pos()))
            said = words(found.shape, self._regions) if found is not None else None
            QToolTip.showText(event.globalPos(), said.why_not or said.long if said is not None else "", self)
            return True
        return super().viewportEvent(event)

    def _under(self, at: QPointF) -> Hit | None:
        return hit(self._shapes, self._point(at), REACH_PX / self.zoom)

    def _point(self, at: QPointF) -> Point:
        inside = self.picture_point(at)
        return Point(inside.x(), inside.y())

    def _show_cursor(self, at: QPointF | None = None) -> None:
        if self._tool is not Tool.LOOK:
            self.viewport().setCursor(Qt.CursorShape.CrossCursor)
            return
        found = self._under(at) if at is not None and self._shapes and self._pixels is not None else None
        if found is None:
            self.viewport().unsetCursor()
        else:
            grip = Qt.CursorShape.PointingHandCursor if found.handle is not None else Qt.CursorShape.SizeAllCursor
            self.viewport().setCursor(grip)
