"""The entries of a batch run: which folder, which model, what is written and where."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QWidget,
)

from engine.domain.task import Task
from engine.jobs import ModelChoice
from workstation.batch.plan import Plan, default_out, models_for
from workstation.widgets.labels import label
from workstation.words import later, tr

_AUTOMATIC = later("The installed model that fits")


class BatchForm(QWidget):
    """Makes a `Plan`; it decides nothing.

    Signals
    -------
    changed : any entry.
    """

    changed = Signal()

    def __init__(self, task: Task, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("What is scored"))
        self._task = task
        self._out_is_ours = True
        self._can_choose = True
        self.folder, self.browse_folder = _path_line(tr("Study"), tr("Folder to score"))
        self.out, self.browse_out = _path_line(tr("Results"), tr("Folder for the results"))
        self.model = QComboBox()
        self.model.setAccessibleName(tr("Model"))
        self.model.addItem(tr(_AUTOMATIC), None)
        self.browse_model = _choose_button(tr("Choose: model file"))
        self.heatmaps = _box(
            tr("Evidence maps"), tr("Draw an evidence map over every image; takes longer and more space")
        )
        self.contributions = _box(tr("Contributions"), tr("Leave out each input in turn; takes about twice the time"))
        self.uncertainty = _box(tr("Uncertainty"), tr("How sure the model is of each case, by 30 passes with dropout"))
        self.resume = _box(
            tr("Go on where an earlier run stopped"), tr("Take over what the results folder already holds")
        )
        self.resume.setChecked(True)
        self._lay_out()
        self._wire()

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        rows = ((tr("Study"), self.folder, self.browse_folder), (tr("Results in"), self.out, self.browse_out))
        for number, (words, line, button) in enumerate(rows):
            grid.addWidget(label(words, "dim"), number, 0)
            grid.addWidget(line, number, 1)
            grid.addWidget(button, number, 2)
        grid.addWidget(label(tr("Model"), "dim"), 2, 0)
        grid.addWidget(self.model, 2, 1)
        grid.addWidget(self.browse_model, 2, 2)
        boxes = QHBoxLayout()
        boxes.setSpacing(24)
        for box in (self.heatmaps, self.contributions, self.uncertainty, self.resume):
            boxes.addWidget(box)
        boxes.addStretch(1)
        grid.addLayout(boxes, 3, 1, 1, 2)
        grid.setColumnStretch(1, 1)

    def _wire(self) -> None:
        self.folder.textChanged.connect(self._folder_changed)
        self.out.textEdited.connect(lambda _: setattr(self, "_out_is_ours", False))
        self.out.textChanged.connect(lambda _: self.changed.emit())
        self.model.currentIndexChanged.connect(lambda _: self.changed.emit())
        for box in (self.heatmaps, self.contributions, self.uncertainty, self.resume):
            box.toggled.connect(lambda _: self.changed.emit())
        self.browse_folder.clicked.connect(self._choose_folder)
        self.browse_out.clicked.connect(self._choose_out)
        self.browse_model.clicked.connect(self._choose_model)

    @property
    def plan(self) -> Plan:
        return Plan(
            task=self._task.name,
            folder=self.folder.text(),
            out=self.out.text(),
            model=self.model.currentData(),
            can_choose=self._can_choose,
            heatmaps=self.heatmaps.isChecked(),
            contributions=self.contributions.isChecked(),
            uncertainty=self.uncertainty.isChecked(),
            resume=self.resume.isChecked(),
        )

    def set_folder(self, path: str) -> None:
        """Propose a study."""
        self._out_is_ours = True
        self.folder.setText(path)

    def show_models(self, models: tuple[ModelChoice, ...], chosen: str | None) -> None:
        """Offer the installed models that fit the task; `chosen` may also be a file."""
        fitting = models_for(self._task.name, models)
        self._can_choose = bool(fitting)
        self.model.clear()
        self.model.addItem(tr(_AUTOMATIC), None)
        for model in fitting:
            only = tr(", simulated images only") if model.simulated_only else ""
            words = f"{model.name} ({model.preset}{only})"
            self.model.addItem(words, model.name)
            about = (
                tr("Trained on {trained_on}. Not for {not_for}.", trained_on=model.trained_on, not_for=model.not_for)
                if model.trained_on
                else ""
            )
            self.model.setItemData(self.model.count() - 1, about, Qt.ItemDataRole.ToolTipRole)
        self._show_model(chosen)
        self.changed.emit()

    def _show_model(self, chosen: str | None) -> None:
        place = self.model.findData(chosen) if chosen else 0
        if place < 0:
            self.model.addItem(str(chosen), chosen)
            place = self.model.count() - 1
        self.model.setCurrentIndex(place)

    def _folder_changed(self, path: str) -> None:
        if self._out_is_ours:
            self.out.setText(default_out(path))
        self.changed.emit()

    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, tr("Folder to score"), self.folder.text())
        if chosen:
            self.folder.setText(chosen)

    def _choose_out(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, tr("Folder for the results"), self.out.text())
        if chosen:
            self._out_is_ours = False
            self.out.setText(chosen)

    def _choose_model(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, tr("Model file"), "", tr("Models (*.safetensors)"))
        if chosen:
            self._show_model(chosen)


def _path_line(what: str, name: str) -> tuple[QLineEdit, QPushButton]:
    line = QLineEdit()
    line.setAccessibleName(name)
    return line, _choose_button(tr("Choose: {what}", what=name))


def _choose_button(name: str) -> QPushButton:
    button = QPushButton(tr("Choose …"))
    button.setAccessibleName(name)
    button.setAutoDefault(False)
    return button


def _box(words: str, tip: str) -> QCheckBox:
    box = QCheckBox(words)
    box.setAccessibleName(words)
    box.setAccessibleDescription(tip)
    box.setToolTip(tip)
    return box
