"""How a row of the case list is painted."""

from __future__ import annotations

from PySide6.QtCore import (
    QPointF,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from workstation.reading.case_list_model import STATE_ROLE, CaseListModel, Index, first_line
from workstation.reading.case_state import CaseState, Status
from workstation.reading.evidence_words import percent
from workstation.theme import colours
from workstation.words import tr

_TICK = (QPointF(3, 6), QPointF(5.2, 8.4), QPointF(9, 3.8))


_UNEQUAL = (
    (QPointF(3, 4.6), QPointF(9, 4.6)),
    (QPointF(3, 7.4), QPointF(9, 7.4)),
    (QPointF(7.6, 2.6), QPointF(4.4, 9.4)),
)


class CaseRow(QStyledItemDelegate):
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
