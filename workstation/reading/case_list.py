"""The list of cases: who, which images, read or not, and how the model scored it."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QMenu,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from workstation.reading.case_order import Order, counts_text, rows_of
from workstation.reading.evidence import percent
from workstation.reading.session import CaseState, ReadingSession, Status
from workstation.theme import colours, role
from workstation.viewing.picture_text import images_of, name_of, side_of
from workstation.widgets.labels import label
from workstation.words import tr

Index = QModelIndex | QPersistentModelIndex
_TICK = (QPointF(3, 6), QPointF(5.2, 8.4), QPointF(9, 3.8))
_UNEQUAL = (
    (QPointF(3, 4.6), QPointF(9, 4.6)),
    (QPointF(3, 7.4), QPointF(9, 7.4)),
    (QPointF(7.6, 2.6), QPointF(4.4, 9.4)),
)
STATE_ROLE = Qt.ItemDataRole.UserRole


class CaseListModel(QAbstractListModel):
    """Rows of a `ReadingSession` in its order.

    Attributes
    ----------
    rows : the session's row of each row of the list.
    """

    def __init__(self) -> None:
        super().__init__()
        self._session: ReadingSession | None = None
        self.rows: list[int] = []

    def show_session(self, session: ReadingSession | None) -> None:
        self.beginResetModel()
        self._session = session
        self.rows = list(session.order) if session is not None else []
        self.endResetModel()

    def refresh(self, row: int) -> None:
        """The case in the session's row `row` changed."""
        if row in self.rows:
            index = self.index(self.rows.index(row))
            self.dataChanged.emit(index, index)

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self._session is None or not index.isValid():
            return None
        state = self._session.states[self.rows[index.row()]]
        if role == STATE_ROLE:
            return state
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{first_line(state)}, {second_line(self._session, state)}, {status_words(state)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join([state.case.case_id, state.case.pairing, status_words(state)]).strip()
        return None

    def second_line(self, state: CaseState) -> str:
        return second_line(self._session, state) if self._session is not None else ""


def first_line(state: CaseState) -> str:
    return name_of(state.case)


def second_line(session: ReadingSession, state: CaseState) -> str:
    return " · ".join(part for part in (side_of(state.case), images_of(session.task, state.case)) if part)


def status_words(state: CaseState) -> str:
    """For the tooltip and the screen reader."""
    words = tr(state.status)
    if state.saved is not None and state.saved.category is not None:
        words += tr(", category {category}", category=state.saved.category)
    if state.probability is not None:
        words += tr(", model says {percent}", percent=percent(state.probability))
    return words


class _Row(QStyledItemDelegate):
    """Paints one row: a status mark, two lines, the probability."""

    HEIGHT = 56

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, self.HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        state: CaseState = index.data(STATE_ROLE)
        model = index.model()
        assert isinstance(model, CaseListModel)
        c = colours()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect).adjusted(4, 2, -4, -2)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(c.accent_soft if chosen else c.hover))
            painter.setPen(QPen(QColor(c.accent), 1) if chosen else Qt.PenStyle.NoPen)
            painter.drawRoundedRect(box, 6, 6)
        self._mark(painter, box, state.status)
        words = box.adjusted(32, 6, -10, -6)
        probability = percent(state.probability) if state.probability is not None else ""
        category = state.saved.category if state.saved is not None else None
        self._line(painter, words, first_line(state), probability, c.text, 13, Qt.AlignmentFlag.AlignTop)
        below = tr("BI-RADS {category}", category=category) if category else ""
        if state.status in (Status.FIRST, Status.DISAGREED):
            below = f"{tr('first') if state.status is Status.FIRST else tr(state.status)} · {category}"
        self._line(painter, words, model.second_line(state), below, c.dim, 12, Qt.AlignmentFlag.AlignBottom)
        painter.restore()

    def _mark(self, painter: QPainter, box: QRectF, status: Status) -> None:
        """Ring: unread; half: first reading; tick: read; "≠": reader and AI differ; amber dot: not saved."""
        c = colours()
        middle = QRectF(box.left() + 10, box.center().y() - 6, 12, 12)
        if status in (Status.READ, Status.DISAGREED):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(c.accent if status is Status.READ else c.caution))
            painter.drawEllipse(middle.adjusted(-1, -1, 1, 1))
            painter.setPen(QPen(QColor(c.on_accent if status is Status.READ else c.panel), 1.8))
            for line in (_TICK,) if status is Status.READ else _UNEQUAL:
                painter.drawPolyline([middle.topLeft() + p for p in line])
            return
        amber = status in (Status.CHANGED, Status.STARTED)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(c.caution if amber else c.accent if status is Status.FIRST else c.dim), 1.5))
        painter.drawEllipse(middle)
        painter.setBrush(QColor(c.caution if amber else c.accent))
        if status is Status.FIRST:
            painter.drawChord(middle, 90 * 16, 180 * 16)
        elif amber:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawEllipse(middle.adjusted(3.5, 3.5, -3.5, -3.5))

    def _line(
        self,
        painter: QPainter,
        area: QRectF,
        left: str,
        right: str,
        colour: str,
        size: int,
        side: Qt.AlignmentFlag,
    ) -> None:
        """Words at the left, cut where the figure at the right begins."""
        self._font(painter, size)
        painter.setPen(QColor(colour))
        painter.drawText(area, int(Qt.AlignmentFlag.AlignRight | side), right)
        room = area.width() - (painter.fontMetrics().horizontalAdvance(right) + 8 if right else 0)
        cut = painter.fontMetrics().elidedText(left, Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(area, int(Qt.AlignmentFlag.AlignLeft | side), cut)

    @staticmethod
    def _font(painter: QPainter, size: int) -> None:
        font = QFont(painter.font())
        font.setPixelSize(size)
        painter.setFont(font)


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
        self.view = QListView()
        self.view.setAccessibleName(tr("Case list"))
        self.view.setModel(self.model)
        self.view.setItemDelegate(_Row(self.view))
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
            self.view.scrollTo(index)

    def refresh(self, row: int) -> None:
        """A case's status or score changed; `row` is the session's."""
        self._tell()
        self.model.refresh(row)

    def refresh_all(self) -> None:
        """All scores changed."""
        self._tell()
        self.view.viewport().update()

    def _tell(self) -> None:
        if self._session is None:
            self._count.setText("")
            return
        self._count.setText(tr("{n_read} of {n} read", n_read=self._session.n_read, n=len(self._session.states)))
        self._count.setToolTip(counts_text(self._session))

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
