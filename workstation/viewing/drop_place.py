"""A frame onto which a thumbnail of another view can be dragged, whatever it shows at that moment."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QWidget

DRAGGED_VIEW = "application/x-sonofuse-view"
"""A thumbnail dragged from the row of other views: the number of its image."""


class DropPlace(QFrame):
    """Signals
    -------
    dropped : (int) the thumbnail of this number was let go here; drag_over : (bool) one hangs over it, or no longer.
    """

    dropped = Signal(int)
    drag_over = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _is_view(event):
            event.acceptProposedAction()
            self.drag_over.emit(True)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if _is_view(event):
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.drag_over.emit(False)

    def dropEvent(self, event: QDropEvent) -> None:
        if _is_view(event):
            event.acceptProposedAction()
            self.drag_over.emit(False)
            self.dropped.emit(int(bytes(event.mimeData().data(DRAGGED_VIEW).data())))


def _is_view(event: QDropEvent) -> bool:
    return event.mimeData().hasFormat(DRAGGED_VIEW)
