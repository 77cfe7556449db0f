"""The list of cases: who, which images, read or not, and how the model scored it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from workstation.reading.case_list_model import CaseListModel, Index
from workstation.reading.case_order import Order, counts_text, rows_of
from workstation.reading.case_row import CaseRow
from workstation.reading.session import ReadingSession
from workstation.theme import role
from workstation.widgets.labels import label
from workstation.words import tr


class _Rows(QListView):
    """Rows of one height: one that changes is painted anew, where Qt would lay out and paint all of them."""

    def dataChanged(self, topLeft: Index, bottomRight: Index, roles: Sequence[int] = ()) -> None:
        QAbstractItemView.dataChanged(self, topLeft, bottomRight, list(roles))


class CaseList(QFrame):
    """The list with its heading, its filter and its order.

    Signals
    -------
    chosen : (row of the session) by mouse or keys.
    order_changed : (Order) the person wants another order.
    left : Esc in the filter.
    """

    chosen = Signal(int)
    order_changed = Signal(object)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        role(self, "panel")
        self.setAccessibleName(tr("Cases"))
        self._session: ReadingSession | None = None
        self.order = Order.FOLDER
        self.model = CaseListModel()
        self.view = _Rows()
        self.view.setAccessibleName(tr("Case list"))
        self.view.setModel(self.model)
        self.view.setItemDelegate(CaseRow(self.view))
        self.view.setMouseTracking(True)
        self.view.setUniformItemSizes(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._count = label("", "small", name=tr("Cases read"))
        self._nothing = label(tr("No case fits."), "dim", name=tr("Cases found"))
        self._nothing.setContentsMargins(12, 8, 12, 8)
        self._nothing.hide()
        heading = QHBoxLayout()
        heading.setContentsMargins(12, 8, 12, 4)
        heading.addWidget(label(tr("Cases"), "title"))
        heading.addStretch(1)
        heading.addWidget(self._count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 0, 4, 8)
        layout.setSpacing(4)
        layout.addLayout(heading)
        layout.addLayout(self._tools())
        layout.addWidget(self._nothing)
        layout.addWidget(self.view, 1)
        self._count.installEventFilter(self)
        self.view.selectionModel().currentChanged.connect(self._moved)

    def _tools(self) -> QHBoxLayout:
        self.filter = QLineEdit()
        self.filter.setAccessibleName(tr("Find cases"))
        self.filter.setPlaceholderText(tr("Find (Ctrl+F)"))
        self.filter.setToolTip(tr("Name, side, status or category; Enter goes to the first, Esc shows all again"))
        self.filter.setClearButtonEnabled(False)
        self.filter.textChanged.connect(lambda _: self.arrange())
        self.filter.returnPressed.connect(self._go_to_first)
        self.filter.installEventFilter(self)
        self.sort = QPushButton(tr("Sort ▾"))
        self.sort.setAccessibleName(tr("Order of the cases"))
        self.sort.setAutoDefault(False)
        role(self.sort, "quiet")
        menu = QMenu(self.sort)
        menu.setAccessibleName(tr("Orders"))
        for order in Order:
            menu.addAction(tr(order)).triggered.connect(lambda _=False, o=order: self.set_order(o))
        self.sort.setMenu(menu)
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 4, 0)
        row.setSpacing(4)
        row.addWidget(self.filter, 1)
        row.addWidget(self.sort)
        return row

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._count and event.type() == QEvent.Type.ToolTip:
            self._count.setToolTip(counts_text(self._session) if self._session is not None else "")
        if watched is not self.filter or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        key, kind = event.key(), event.type()
        if kind == QEvent.Type.ShortcutOverride and key == Qt.Key.Key_Escape:
            event.accept()  # the window's own Esc would leave what was typed
            return True
        if kind == QEvent.Type.KeyPress and key == Qt.Key.Key_Down:
            self.view.setFocus()
            return True
        if kind == QEvent.Type.KeyPress and key == Qt.Key.Key_Escape:
            self.filter.clear()
            self.left.emit()
            return True
        return super().eventFilter(watched, event)

    def focus_filter(self) -> None:
        self.filter.setFocus()
        self.filter.selectAll()

    def set_order(self, order: Order) -> None:
        self.order = order
        self.sort.setToolTip(tr("Sorted {order}", order=tr(order)))
        self.arrange()
        self.order_changed.emit(order)

    def arrange(self) -> None:
        """Filter and sort anew. The list does not move by itself while scores come in."""
        if self._session is None:
            return
        self._session.order = rows_of(self._session, self.filter.text(), self.order)
        self.show_session(self._session)
        self._nothing.setVisible(not self._session.order)

    def show_session(self, session: ReadingSession | None) -> None:
        is_new = session is not self._session and session is not None
        if session is not None and is_new:
            self.filter.clear()
            session.order = rows_of(session, order=self.order)
        self._session = session
        self.view.selectionModel().blockSignals(True)  # the case on screen stays, wherever it is now
        self.model.show_session(session)
        self.view.selectionModel().blockSignals(False)
        self.select()
        self._tell()
        if is_new:
            self.order_changed.emit(self.order)

    def select(self) -> None:
        """Mark the case that is on screen."""
        if self._session is not None and self._session.position in self.model.rows:
            index = self.model.index(self.model.rows.index(self._session.position))
            self.view.setCurrentIndex(index)
            self._scroll_to(index)

    def _scroll_to(self, index: QModelIndex) -> None:
        """The next case stays in sight; the list jumps by half its height rather than moving with every case."""
        row, height = self.view.visualRect(index), self.view.viewport().height()
        if row.top() < 0 or row.bottom() + row.height() // 2 > height:
            self.view.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def refresh(self, row: int) -> None:
        """A case's status or score changed; `row` is the session's."""
        self._tell()
        self.model.refresh(row)

    def refresh_all(self) -> None:
        """All scores changed."""
        self._tell()
        self.model.refresh_all()

    def _tell(self) -> None:
        if self._session is None:
            self._count.setText("")
            return
        self._count.setText(tr("{n_read} of {n} read", n_read=self._session.n_read, n=len(self._session.states)))

    def _go_to_first(self) -> None:
        if self.model.rows:
            self.chosen.emit(self.model.rows[0])
            self.select()
            self.view.setFocus()

    def _moved(self, current: QModelIndex, before: QModelIndex) -> None:
        if current.isValid() and self._session is not None:
            row = self.model.rows[current.row()]
            if row != self._session.position:
                self.chosen.emit(row)
