"""The row under the viewers: the study's other views as thumbnails, and what is measured and noted."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QIcon, QImage, QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListView,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QWidget,
)

from engine.domain.case import Box
from workstation.theme import role
from workstation.viewing.drop_place import DRAGGED_VIEW
from workstation.viewing.shapes import Shape, Words
from workstation.words import tr

THUMBNAIL = QSize(84, 62)
HEIGHT = 108
LOW_SCREEN, HEIGHT_ON_LOW_SCREEN = 800, 68
"""Where there is little room, the pictures get it; the list scrolls."""
LIST_WIDTH, WIDEST = 292, 16777215
NUMBER = Qt.ItemDataRole.UserRole


class Thumbnails(QListWidget):
    """Signals
    -------
    clicked_on : (number) shown when clicked or by Return; menu_wanted : (number, QMenu) to be filled.
    """

    clicked_on = Signal(int)
    menu_wanted = Signal(int, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Other views of this study"))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setMovement(QListView.Movement.Static)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setIconSize(THUMBNAIL)
        self.setGridSize(QSize(THUMBNAIL.width() + 28, HEIGHT - 16))
        self.setUniformItemSizes(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(lambda item: self.clicked_on.emit(item.data(NUMBER)))
        self.itemActivated.connect(lambda item: self.clicked_on.emit(item.data(NUMBER)))

    def show_views(self, titles: Sequence[tuple[str, str]]) -> None:
        """(title, tooltip) of each view; the pictures follow by `show_picture`."""
        self.clear()
        for number, (title, why) in enumerate(titles):
            blank = QPixmap(THUMBNAIL)
            blank.fill(Qt.GlobalColor.black)
            item = QListWidgetItem(QIcon(blank), title)
            item.setData(NUMBER, number)
            item.setToolTip(tr("{why}\nClick to look at it; drag it onto a viewer to pair it.", why=why))
            self.addItem(item)

    def hide_views(self, numbers: Collection[int]) -> None:
        """Those that are shown larger elsewhere."""
        for row in range(self.count()):
            self.setRowHidden(row, row in numbers)

    @property
    def n_shown(self) -> int:
        return sum(not self.isRowHidden(row) for row in range(self.count()))

    def show_picture(self, number: int, pixels: npt.NDArray[np.uint8], region: Box | None) -> None:
        """(H, W, 3) uint8 RGB of a view, cut to its ultrasound region."""
        if not 0 <= number < self.count():
            return
        item = self.item(number)
        if region is not None:
            pixels = pixels[region.y0 : region.y1, region.x0 : region.x1]
        step = max(1, min(pixels.shape[0] // (2 * THUMBNAIL.height()), pixels.shape[1] // (2 * THUMBNAIL.width())))
        part = np.ascontiguousarray(pixels[::step, ::step])
        image = QImage(part.data, part.shape[1], part.shape[0], 3 * part.shape[1], QImage.Format.Format_RGB888)
        keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        sharp = image.scaled(THUMBNAIL * self.devicePixelRatioF(), keep, smooth)
        sharp.setDevicePixelRatio(self.devicePixelRatioF())
        item.setIcon(QIcon(QPixmap.fromImage(sharp)))

    def mimeData(self, items: Sequence[QListWidgetItem]) -> QMimeData:
        data = QMimeData()
        if items:
            data.setData(DRAGGED_VIEW, str(items[0].data(NUMBER)).encode())
        return data

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        item = self.itemAt(event.pos())
        if item is None:
            return
        menu = QMenu(self)
        menu.setAccessibleName(tr("What to do with this view"))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.menu_wanted.emit(item.data(NUMBER), menu)
        menu.popup(event.globalPos())


class MarkList(QListWidget):
    """Signals
    -------
    chosen : (Shape) clicked; opened : (Shape) double-clicked or by Return; removed : (Shape) by Delete.
    """

    chosen = Signal(object)
    opened = Signal(object)
    removed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Measurements and notes"))
        self.setMinimumWidth(LIST_WIDTH)
        self.setSpacing(1)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._shapes: list[Shape | None] = []
        self.currentRowChanged.connect(lambda row: self._tell(self.chosen, row))
        self.itemActivated.connect(lambda item: self._tell(self.opened, self.row(item)))

    def show_marks(self, size: str, rows: Sequence[tuple[Shape, Words, str]], chosen: Shape | None) -> None:
        """The lesion's size (empty: not measured), then every mark with its words and the place it is at."""
        self.blockSignals(True)
        self.clear()
        self._shapes = []
        if size:
            self._add(size, size, None)
        for shape, said, place in rows:
            self._add(f"{said.long}  ({place})" if place else said.long, said.why_not or said.long, shape)
        row = self._shapes.index(chosen) if chosen is not None and chosen in self._shapes else -1
        self.setCurrentRow(row)
        self.blockSignals(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._tell(self.removed, self.currentRow())
        else:
            super().keyPressEvent(event)

    def _add(self, text: str, why: str, shape: Shape | None) -> None:
        item = QListWidgetItem(text)
        item.setToolTip(why)
        self.addItem(item)
        self._shapes.append(shape)

    def _tell(self, signal: object, row: int) -> None:
        shape = self._shapes[row] if 0 <= row < len(self._shapes) else None
        if shape is not None:
            signal.emit(shape)  # type: ignore[attr-defined]


class Shelf(QFrame):
    """Both lists side by side; it takes no room while both are empty."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        role(self, "panel")
        self.setAccessibleName(tr("Other views and measurements"))
        self.views, self.marks = Thumbnails(), MarkList()
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(8)
        row.addWidget(self.views, 1)
        row.addWidget(self.marks, 1)
        self.fit()

    def fit(self) -> None:
        """Show what is there."""
        n_views = self.views.n_shown
        self.views.setVisible(n_views > 0)
        self.marks.setVisible(self.marks.count() > 0)
        self.marks.setMaximumWidth(LIST_WIDTH if n_views else WIDEST)
        needed = self.marks.count() * max(self.marks.sizeHintForRow(0), 1) + 24
        most = HEIGHT if self.screen().availableSize().height() >= LOW_SCREEN else HEIGHT_ON_LOW_SCREEN
        self.setFixedHeight(HEIGHT if n_views else min(needed, most))
        self.setVisible(n_views > 0 or self.marks.count() > 0)
