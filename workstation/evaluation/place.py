"""Evaluation as the main window holds it: the window at its first use. The plots are loaded then."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from engine.store.places import reports_folder
from workstation.bridge import Bridge

if TYPE_CHECKING:
    from workstation.evaluation.window import EvaluationWindow


class EvaluationPlace(QObject):
    """Makes the Evaluation window at its first use.

    Signals
    -------
    case_wanted : (data source, case id). seen : (frozenset of case ids) their answers were listed there.
    """

    case_wanted = Signal(str, str)
    seen = Signal(object)

    def __init__(self, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(parent)
        self._bridge, self._parent = bridge, parent
        self.window: EvaluationWindow | None = None
        self._sealed = True

    def show(self, data: str, *, pair: tuple[str, str] | None = None) -> None:
        """Bring the window up; `data` is proposed where none is entered, `pair` are the models to fill in."""
        if self.window is None:
            from workstation.evaluation.window import EvaluationWindow

            self.window = EvaluationWindow(self._bridge, reports_folder(), self._parent)
            self.window.case_wanted.connect(self.case_wanted)
            self.window.sealed.seen.connect(self.seen)
            self.window.sealed.set_on(self._sealed)
        self.window.open_on(data, pair=pair)

    def show_comparison(self, model: str, other: str) -> None:
        """Bring the window up with this model and another one ("" = none) filled in."""
        self.show("", pair=(model, other))

    def show_report(self, folder: str) -> None:
        """Bring the window up with this report."""
        self.show("")
        assert self.window is not None
        self.window.show_report(Path(folder))

    def set_sealed(self, on: bool) -> None:
        """Whether first readings are sealed, so that it matters which answers were seen here."""
        self._sealed = on
        if self.window is not None:
            self.window.sealed.set_on(on)
