"""The words that a window shows inside its widgets: tabs, headings, cells and rows, menus, plots; and where they stand.

Widgets paint these themselves, so they are no widgets of their own; see `tests.workstation.walking` for those.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import QAbstractItemModel, QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGraphicsTextItem,
    QHeaderView,
    QListView,
    QMenu,
    QMenuBar,
    QTabBar,
    QTableView,
    QWidget,
)

from tests.workstation.walking import contrast_in, painted
from workstation.reading.case_row import CaseRow

LEAST_CONTRAST = 4.5
FRAME = 4
"""Pixels at the edge of a part that are left out: a frame or the line below a tab is no word."""


@dataclass(frozen=True)
class Part:
    """Words in `rect` of `widget`."""

    widget: QWidget
    words: str
    rect: QRect


def parts(root: QWidget) -> list[Part]:
    """All that is enabled, on screen and not scrolled away."""
    found = []
    for widget in [root, *root.findChildren(QWidget)]:
        if widget.isVisible() and widget.window() is root.window() and widget.isEnabled():
            found += [part for part in _parts_of(widget) if part.words.strip() and part.rect.isValid()]
    return [part for part in found if part.widget.rect().contains(part.rect) and _is_in_sight(part)]


def _is_in_sight(part: Part) -> bool:
    return part.widget.visibleRegion().boundingRect().contains(part.rect)


def _parts_of(widget: QWidget) -> Iterator[Part]:
    match widget:
        case QTabBar():
            for tab in range(widget.count()):
                yield Part(widget, widget.tabText(tab), _inner(widget.tabRect(tab)))
        case QMenuBar():
            for action in widget.actions():
                yield Part(widget, action.text().replace("&", ""), widget.actionGeometry(action))
        case QHeaderView():
            yield from _headings(widget)
        case pg.PlotWidget():
            yield from _in_plot(widget)
        case QAbstractItemView():
            yield from _cells(widget)


def _headings(header: QHeaderView) -> Iterator[Part]:
    model, across = header.model(), header.orientation() is Qt.Orientation.Horizontal
    for section in range(header.count()):
        place, size = header.sectionViewportPosition(section), header.sectionSize(section)
        rect = QRect(place, 0, size, header.height()) if across else QRect(0, place, header.width(), size)
        words = model.headerData(section, header.orientation())
        yield Part(header.viewport(), str(words or ""), _inner(rect))


def _cells(view: QAbstractItemView) -> Iterator[Part]:
    model = view.model()
    if not isinstance(model, QAbstractItemModel) or isinstance(view, QHeaderView):
        return
    columns = _columns(view)
    for row in range(model.rowCount()):
        for column in columns:
            index = model.index(row, column)
            rect = view.visualRect(index)
            if isinstance(view.itemDelegateForIndex(index), CaseRow):
                for words, place in _lines_of_row(rect):
                    yield Part(view.viewport(), words, place)
            else:
                yield Part(view.viewport(), str(index.data() or ""), _inner(rect))


def _lines_of_row(rect: QRect) -> list[tuple[str, QRect]]:
    """The two lines of a case, which have colours of their own."""
    words = rect.adjusted(36, 8, -14, -8)
    half, width = words.height() // 2, words.width() // 2
    upper = QRect(words.topLeft(), words.topLeft() + QPoint(width, half))
    return [("first line of a case", upper), ("second line of a case", upper.translated(0, half))]


def _in_plot(plot: pg.PlotWidget) -> Iterator[Part]:
    for item in plot.scene().items():
        if item.isVisible() and isinstance(item, QGraphicsTextItem):
            rect = plot.mapFromScene(item.mapRectToScene(item.boundingRect())).boundingRect()
            yield Part(plot.viewport(), item.toPlainText(), rect)
    for side in ("bottom", "left"):
        axis = plot.getAxis(side)
        rect = plot.mapFromScene(axis.mapRectToScene(axis.rect())).boundingRect()
        yield Part(plot.viewport(), f"numbers of the {side} axis", _numbers_only(rect, side))


def _numbers_only(rect: QRect, side: str) -> QRect:
    """Without the axis itself and its label."""
    return QRect(rect.left() + 8, rect.top() + 4, rect.width() - 8, 12) if side == "bottom" else _left_numbers(rect)


def _left_numbers(rect: QRect) -> QRect:
    return QRect(rect.right() - 24, rect.top(), 20, rect.height())


def _inner(rect: QRect) -> QRect:
    return rect.adjusted(FRAME, FRAME, -FRAME, -FRAME)


def poorly_readable_parts(root: QWidget) -> list[str]:
    """Words of parts under 4.5:1."""
    pixels, scale = painted(root)
    poor = []
    for part in parts(root):
        ratio = contrast_in(part.widget, part.rect, pixels, scale)
        if ratio < LEAST_CONTRAST:
            poor.append(f"{part.words!r} in {type(part.widget).__name__}: {ratio:.1f}")
    return poor


def menus(root: QWidget) -> list[QMenu]:
    """All menus with something in them, but Qt's own one for a menu bar that has too little room."""
    return [menu for menu in root.findChildren(QMenu) if menu.actions() and not _is_overflow(menu)]


def _is_overflow(menu: QMenu) -> bool:
    bar = menu.parent()
    return isinstance(bar, QMenuBar) and menu.menuAction() not in bar.actions()


def poorly_readable_actions(menu: QMenu) -> list[str]:
    """Words of a menu under 4.5:1, each as it stands there and as the chosen one."""
    menu.ensurePolished()
    menu.adjustSize()
    poor = []
    worded = [a for a in menu.actions() if a.isVisible() and a.isEnabled() and not a.isSeparator()]
    for chosen in (None, *worded[:1]):
        menu.setActiveAction(chosen)  # type: ignore[arg-type]
        pixels, scale = painted(menu)
        for action in worded:
            ratio = contrast_in(menu, _inner(menu.actionGeometry(action)), pixels, scale)
            if ratio < LEAST_CONTRAST:
                poor.append(f"{action.text()!r} of {menu.accessibleName()!r}: {ratio:.1f}")
    menu.setActiveAction(None)  # type: ignore[arg-type]
    return poor


def nameless_parts(root: QWidget) -> list[str]:
    """Tabs, headings, rows and menus without a word for the screen reader."""
    nameless = [f"menu in {type(menu.parent()).__name__}" for menu in menus(root) if not _name_of(menu)]
    for menu in menus(root):
        nameless += [f"action of {_name_of(menu)}" for a in menu.actions() if not (a.isSeparator() or a.text())]
    for widget in root.findChildren(QWidget):
        if not widget.isVisible() or widget.window() is not root.window():
            continue
        if isinstance(widget, QTabBar):
            nameless += [f"tab {n}" for n in range(widget.count()) if not widget.tabText(n).strip()]
        elif isinstance(widget, QTableView | QListView):
            nameless += _nameless_rows(widget)
    return nameless


def _name_of(menu: QMenu) -> str:
    return menu.accessibleName() or menu.title()


def _columns(view: QTableView | QListView) -> list[int]:
    """A list has one, and its model does not tell."""
    return [0] if isinstance(view, QListView) else list(range(view.model().columnCount()))


def _nameless_rows(view: QTableView | QListView) -> list[str]:
    model, name, columns = view.model(), view.accessibleName(), _columns(view)
    nameless = []
    if isinstance(view, QTableView) and view.horizontalHeader().isVisible():
        heads = [str(model.headerData(c, Qt.Orientation.Horizontal) or "") for c in columns]
        nameless += [f"column {c} of {name}" for c, head in enumerate(heads) if not head.strip()]
    for row in range(model.rowCount()):
        cells = [model.index(row, c) for c in columns]
        roles = (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.DisplayRole)
        if not any(str(cell.data(role) or "").strip() for cell in cells for role in roles):
            nameless.append(f"row {row} of {name}")
    return nameless
