"""What is evaluated: model, labelled cases, and the model it is compared with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from engine.jobs import ModelChoice
from engine.jobs.evaluation_requests import EvaluateModel
from workstation.widgets.labels import label
from workstation.widgets.source_line import SourceLine
from workstation.words import tr


class EvaluationForm(QWidget):
    """Makes an `EvaluateModel`; reports go to folders of their own below `reports`.

    Signals
    -------
    changed : any entry.
    """

    changed = Signal()

    def __init__(self, reports: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("What is evaluated"))
        self._reports = reports
        self.model, self.against = QComboBox(), QComboBox()
        self.data = SourceLine(tr("Labelled cases"), tr("Folder or manifest with known classes"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for words, box in ((tr("Model"), self.model), (tr("Compared with"), self.against)):
            box.setAccessibleName(words)
            box.setMinimumContentsLength(12)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            layout.addWidget(label(words, "dim"))
            layout.addWidget(box)
            box.currentIndexChanged.connect(lambda _: self.changed.emit())
        layout.addWidget(label(tr("Cases with a known answer"), "dim"))
        layout.addWidget(self.data)
        self.data.changed.connect(self.changed)

    def show_models(
        self, models: Sequence[ModelChoice], chosen: str | None, pair: tuple[str, str] | None = None
    ) -> None:
        """Offer the installed models; `pair` are the model and the other one ("" = none) to fill in."""
        before, other = pair or (self.model.currentData() or chosen, self.against.currentData())
        for box in (self.model, self.against):
            box.blockSignals(True)
            box.clear()
        self.against.addItem(tr("No other model"), None)
        for model in models:
            self.model.addItem(model.name, model.name)
            self.against.addItem(model.name, model.name)
        for box in (self.model, self.against):
            box.blockSignals(False)
        self.model.setCurrentIndex(max(0, self.model.findData(before)))
        self.against.setCurrentIndex(max(0, self.against.findData(other or None)))
        self.changed.emit()

    def problem(self) -> str:
        """Why nothing can be evaluated yet; "" when it can."""
        if self.model.currentData() is None:
            return tr("No model is installed.")
        data = self.data.text().strip()
        if not data:
            return tr("Choose cases with a known answer.")
        if not data.startswith("phantom:") and not all(Path(part.strip()).exists() for part in data.split(" + ")):
            return tr("There is no such folder or manifest.")
        if self.against.currentData() == self.model.currentData():
            return tr("Compare it with another model than itself.")
        return ""

    def request(self, device: str = "auto") -> EvaluateModel:
        """What is asked for; `device` is that of the preferences."""
        name = re.sub(r"[^A-Za-z0-9_-]", "-", str(self.model.currentData()))
        out = self._reports / f"{datetime.now():%Y-%m-%d-%H%M%S}-{name}"
        return EvaluateModel(
            model=self.model.currentData(),
            data=self.data.text().strip(),
            out=str(out),
            against=self.against.currentData(),
            device=device,
        )
