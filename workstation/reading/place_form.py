"""Where the lesion lies and how large it is: one line until it is opened."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLineEdit, QMenu, QPushButton, QVBoxLayout, QWidget

from workstation.reading.draft import SIZE_FIELDS, Draft, problem_of
from workstation.theme import role
from workstation.widgets.chip_row import ChipRow
from workstation.widgets.labels import label
from workstation.words import later, tr

_AXES = {
    "horizontal": later("longest horizontal axis"),
    "vertical": later("vertical axis"),
    "orthogonal": later("orthogonal axis"),
}


class PlaceForm(QFrame):
    """Side, clock face, distance from the nipple, and three axes.

    Signals
    -------
    edited : (dict) fields of `Draft` with their new values.
    """

    edited = Signal(object)  # a dict signal would turn enums into texts

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Place and size"))
        self._draft = Draft()
        self._fold = QPushButton()
        self._fold.setCheckable(True)
        self._fold.setAutoDefault(False)
        role(self._fold, "fold")
        self._fold.setToolTip(tr("Side, clock face, distance from the nipple and size"))
        self._fold.toggled.connect(self._folded)
        self._problem = label("", "note", name=tr("What is missing in place and size"), wrap=True)
        self._problem.hide()
        self._inside = QWidget()
        self._inside.setAccessibleName(tr("Place and size, fields"))
        self._inside.setLayout(self._fields())
        self._inside.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for widget in (self._fold, self._inside, self._problem):
            layout.addWidget(widget)
        self.show_draft(Draft())

    def _fields(self) -> QGridLayout:
        self.sides = ChipRow(tr("Side"), [("left", tr("left")), ("right", tr("right"))])
        self.sides.clicked.connect(self._side)
        self.sides.cleared.connect(lambda: self.edited.emit({"laterality": ""}))
        self.clock = QPushButton()
        self.clock.setAutoDefault(False)
        role(self.clock, "choice")
        menu = QMenu(self.clock)
        menu.setAccessibleName(tr("Clock face"))
        for hour in (None, *range(1, 13)):
            text = tr("{hour} o'clock", hour=hour) if hour else tr("Not given")
            menu.addAction(text).triggered.connect(lambda _=False, h=hour: self.edited.emit({"clock_face": h}))
        self.clock.setMenu(menu)
        self.lines = {name: self._line(name) for name in ("distance", *SIZE_FIELDS)}
        where, size = QHBoxLayout(), QHBoxLayout()
        for widget in (self.clock, self.lines["distance"], label(tr("mm from nipple"), "small")):
            where.addWidget(widget)
        where.addStretch(1)
        for name in SIZE_FIELDS:
            size.addWidget(self.lines[name])
            size.addWidget(label("×" if name != SIZE_FIELDS[-1] else "mm", "small"))
        size.addStretch(1)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 4)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        lines: tuple[tuple[str, QWidget | QHBoxLayout], ...] = (
            (tr("Side"), self.sides),
            (tr("Place"), where),
            (tr("Size"), size),
        )
        for row, (title, content) in enumerate(lines):
            heading = label(title, "dim")
            heading.setFixedWidth(40)
            grid.addWidget(heading, row, 0)
            if isinstance(content, QHBoxLayout):
                content.setSpacing(6)
                grid.addLayout(content, row, 1)
            else:
                grid.addWidget(content, row, 1)
        return grid

    def _line(self, name: str) -> QLineEdit:
        line = QLineEdit()
        words = tr("distance from the nipple") if name == "distance" else tr(_AXES[name])
        line.setAccessibleName(tr("{words} in mm", words=words[0].upper() + words[1:]))
        line.setToolTip(
            tr("{words} in mm", words=words[0].upper() + words[1:])
            + ("" if name == "distance" else tr(", or measured with S"))
        )
        line.setFixedWidth(48)
        line.setMaxLength(8)
        line.textEdited.connect(lambda text: self.edited.emit({name: text}))
        return line

    def show_draft(self, draft: Draft) -> None:
        """All fields, and their summary in the one line."""
        self._draft = draft
        self.sides.show_chosen([draft.laterality])
        self.clock.setText(
            tr("{clock_face} o'clock ▾", clock_face=draft.clock_face) if draft.clock_face else tr("Clock face ▾")
        )
        self.clock.setAccessibleName(tr("Clock face: {given}", given=draft.clock_face or tr("not given")))
        for name, line in self.lines.items():
            text = getattr(draft, name)
            if line.text() != text:
                line.setText(text)
        self._tell()

    def open(self) -> None:
        self._fold.setChecked(True)

    def show_problem(self, sentence: str) -> None:
        """What keeps the reading from being saved."""
        self._problem.setText(sentence)
        self._problem.setVisible(bool(sentence))
        if sentence:
            self.open()

    def _side(self, side: str) -> None:
        self.edited.emit({"laterality": "" if side == self._draft.laterality else side})

    def _folded(self, is_open: bool) -> None:
        self._inside.setVisible(is_open)
        self._tell()

    def _tell(self) -> None:
        given = "" if self._fold.isChecked() else summary_of(self._draft)
        self._fold.setText(
            f"{'▾' if self._fold.isChecked() else '▸'}  {tr('Place and size')}" + (f":  {given}" if given else "")
        )
        self._fold.setAccessibleName(tr("Place and size: {given}", given=given or tr("not given")))
        if self._problem.text() != problem_of(self._draft):
            self.show_problem("")


def summary_of(draft: Draft) -> str:
    """Place and size in a line, for example "right, 8 o'clock, 30 mm, 12 × 8 mm"."""
    parts = [
        tr(draft.laterality) if draft.laterality else "",
        tr("{clock_face} o'clock", clock_face=draft.clock_face) if draft.clock_face else "",
    ]
    parts.append(tr("{distance} mm", distance=draft.distance.strip()) if draft.distance.strip() else "")
    axes = [getattr(draft, name).strip() for name in SIZE_FIELDS]
    parts.append(" × ".join(a for a in axes if a) + tr(" mm") if any(axes) else "")
    return ", ".join(part for part in parts if part)
