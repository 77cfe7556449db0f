"""Rows of the case list and their words."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
)

from workstation.reading.case_state import CaseState
from workstation.reading.evidence_words import percent
from workstation.reading.session import ReadingSession
from workstation.viewing.picture_text import images_of, name_of, side_of
from workstation.words import tr

Index = QModelIndex | QPersistentModelIndex


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
        self._told: dict[int, str] = {}

    def show_session(self, session: ReadingSession | None) -> None:
        self.beginResetModel()
        self._session = session
        self.rows = list(session.order) if session is not None else []
        self._told.clear()
        self.endResetModel()

    def refresh(self, row: int) -> None:
        """The case in the session's row `row` changed; it is painted anew where that can be seen."""
        if row in self.rows:
            index = self.index(self.rows.index(row))
            words = str(self.data(index))
            if self._told.get(row) != words:
                self._told[row] = words
                self.dataChanged.emit(index, index)

    def refresh_all(self) -> None:
        """All cases changed."""
        self._told.clear()
        self.dataChanged.emit(self.index(0), self.index(len(self.rows) - 1))

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
