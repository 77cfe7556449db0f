"""The Evaluation window: what is measured on the left, the report on the right."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QCloseEvent, QDesktopServices
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from engine.domain.errors import CaseError
from engine.jobs import BatchLine
from engine.jobs.evaluation_requests import EvaluationEnd
from workstation.batch.sealed_scores import SealedScores
from workstation.bridge import Bridge
from workstation.dialogs import RESEARCH_USE
from workstation.evaluation.case_map import CaseMap
from workstation.evaluation.form import EvaluationForm
from workstation.evaluation.mistakes_page import MistakesPage
from workstation.evaluation.pages import CasesPage, ComparedPage, CurvesPage, UsePage
from workstation.evaluation.report import PAGE, PRINTED, CaseLine, Report, read_report, reports_in
from workstation.evaluation.run import EvaluationRun
from workstation.evaluation.sheets import WorseSheet, figures_sheet, heatmaps_sheet, modalities_sheet
from workstation.theme import role
from workstation.widgets.buttons import push_button
from workstation.widgets.flow_layout import FlowLayout
from workstation.widgets.labels import label
from workstation.words import tr

SIZE = (1240, 780)
SIDE = 300


class EvaluationWindow(QDialog):
    """Shows reports and makes new ones.

    Signals
    -------
    case_wanted : (data source, case id).
    """

    case_wanted = Signal(str, str)

    def __init__(self, bridge: Bridge, reports: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle(tr("Evaluation"))
        self.setAccessibleName(tr("Evaluation"))
        self.resize(*SIZE)
        self._bridge, self._reports = bridge, reports
        self.report: Report | None = None
        self.form = EvaluationForm(reports)
        self.run = EvaluationRun(bridge, self)
        self.sealed = SealedScores(bridge, self)
        self.start = push_button(tr("Evaluate"), "main")
        self.cancel = push_button(tr("Cancel"))
        self.bar = QProgressBar()
        self.bar.setAccessibleName(tr("Progress of the evaluation"))
        self.bar.setTextVisible(False)
        self.message = label("", "dim", name=tr("State of the evaluation"), wrap=True)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Reports"))
        self.other = push_button(tr("Open another report …"))
        self.title = label(tr("No report is open."), "title", name=tr("Report"), wrap=True)
        self.figures = QWidget()
        self.figures.setAccessibleName(tr("Figures with 95 % intervals"))
        self._row = FlowLayout(self.figures)
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName(tr("Pages of the report"))
        self.curves, self.use, self.cases, self.compared = CurvesPage(), UsePage(), CasesPage(), ComparedPage()
        self.map, self.mistakes = CaseMap(), MistakesPage()
        self.numbers, self.modalities, self.heatmaps = figures_sheet(), modalities_sheet(), heatmaps_sheet()
        self.worse = WorseSheet()
        self.pages = (self.curves, self.use, self.cases, self.map, self.compared)
        self.optional = (self.numbers, self.modalities, self.heatmaps, self.worse, self.mistakes)
        for page in (*self.pages, *self.optional):
            self.tabs.addTab(page, page.accessibleName())
        self.open_page, self.open_pdf = push_button(tr("Open as a page")), push_button(tr("Open the PDF"))
        self.open_folder = push_button(tr("Show the folder"))
        self._lay_out()
        self._wire()
        self._show_state()

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        side.setSpacing(8)
        side.addWidget(self.form)
        buttons = QHBoxLayout()
        buttons.addWidget(self.start)
        buttons.addWidget(self.cancel)
        side.addLayout(buttons)
        side.addWidget(self.bar)
        side.addWidget(self.message)
        side.addWidget(label(tr("Reports"), "section"))
        side.addWidget(self.list, 1)
        side.addWidget(self.other)
        held = QWidget()
        held.setAccessibleName(tr("Evaluate and choose reports"))
        held.setFixedWidth(SIDE)
        held.setLayout(side)
        side.setContentsMargins(0, 0, 0, 0)
        below = QHBoxLayout()
        below.addWidget(label(tr(RESEARCH_USE), "research"), 1)
        for button in (self.open_page, self.open_pdf, self.open_folder):
            below.addWidget(button)
        main = QVBoxLayout()
        main.setSpacing(8)
        main.addWidget(self.title)
        main.addWidget(self.figures)
        main.addWidget(self.tabs, 1)
        main.addLayout(below)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(16)
        layout.addWidget(held)
        layout.addLayout(main, 1)

    def _wire(self) -> None:
        self.form.changed.connect(self._show_state)
        self.start.clicked.connect(lambda: self.run.start(self.form.request(self.run.device)))
        self.cancel.clicked.connect(self.run.cancel)
        self.run.changed.connect(self._show_state)
        self.run.ended.connect(self._ended)
        self.run.failed.connect(self._failed)
        self.list.itemActivated.connect(self._open_item)
        self.list.itemClicked.connect(self._open_item)
        self.other.clicked.connect(self._choose)
        for page in (self.cases, self.map, self.mistakes):
            page.case_wanted.connect(self._want)
            page.listed.connect(self._listed)
        self.open_page.clicked.connect(lambda: self._show_file(PAGE))
        self.open_pdf.clicked.connect(lambda: self._show_file(PRINTED))
        self.open_folder.clicked.connect(lambda: self._show_file(""))

    def open_on(self, data: str, *, pair: tuple[str, str] | None = None) -> None:
        """Bring it up; `data` is proposed where none is entered, `pair` are the models to fill in."""
        if data and not self.form.data.text():
            self.form.data.setText(data)
        self._bridge.list_models(
            on_result=lambda models: self.form.show_models(models, self._bridge.model, pair),
            on_error=lambda error: self._say(error.sentence, "failure"),
            key="evaluation models",
        )
        self._list_reports()
        if self.report is None and self.list.count():
            self._open_item(self.list.item(0))
        self.show()
        self.raise_()
        self.activateWindow()

    def show_report(self, folder: Path) -> None:
        """Read and show a report; what is wrong with it is said."""
        try:
            report = read_report(folder)
        except CaseError as error:
            self._say(error.sentence, "failure")
            return
        self.report = report
        self.title.setText(report.title())
        while (item := self._row.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for name, value in report.headline():
            self._row.addWidget(_figure(name, value))
        for page in self.pages:
            page.show_report(report)
        for part in self.optional:
            self.tabs.setTabVisible(self.tabs.indexOf(part), part.show_report(report))
        self._show_state()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.accept()

    def _list_reports(self) -> None:
        self.list.clear()
        for folder in reports_in(self._reports):
            item = QListWidgetItem(folder.name)
            item.setData(Qt.ItemDataRole.UserRole, str(folder))
            self.list.addItem(item)

    def _open_item(self, item: QListWidgetItem) -> None:
        self.show_report(Path(item.data(Qt.ItemDataRole.UserRole)))

    def _choose(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, tr("Folder of a report"), str(self._reports))
        if chosen:
            self.show_report(Path(chosen))

    def _want(self, line: CaseLine) -> None:
        assert self.report is not None
        source = self.report.source_of(line)
        if source.startswith("phantom:"):
            self._say(tr("{case} was simulated in memory, so there is no file to open.", case=line.case_id))
            return
        self.case_wanted.emit(source, line.case_id)

    def _listed(self, lines: tuple[CaseLine, ...]) -> None:
        """Whoever sees the answers here cannot read these cases blind any more; that is written down."""
        assert self.report is not None
        if not self.sealed.is_on:
            return
        at = self.report.threshold
        shown = [
            BatchLine(case_id=c.case_id, status="scored", file="", probability=c.probability, threshold=at)
            for c in lines
        ]
        self.sealed.note_seen(shown, self.report.model)

    def _ended(self, end: EvaluationEnd) -> None:
        self._list_reports()
        self._say(tr("The report is written."))
        self.show_report(Path(end.out))

    def _failed(self, sentence: str) -> None:
        self._say(sentence, "failure")

    def _say(self, sentence: str, look: str = "dim") -> None:
        role(self.message, look)
        self.message.setText(sentence)

    def _show_state(self) -> None:
        on, problem = self.run.is_on, self.form.problem()
        self.form.setEnabled(not on)
        self.start.setEnabled(not on and not problem)
        self.cancel.setEnabled(on)
        self.bar.setVisible(on)
        self.bar.setRange(0, self.run.total)
        self.bar.setValue(self.run.step)
        if on or problem:
            self._say(self.run.words if on else problem)
        elif self.message.property("role") != "failure":
            self._say("")
        for button, name in ((self.open_page, PAGE), (self.open_pdf, PRINTED)):
            button.setEnabled(self.report is not None and self.report.has(name))
        self.open_folder.setEnabled(self.report is not None)

    def _show_file(self, name: str) -> None:
        if self.report is None:
            return
        place = self.report.folder / name
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(place))):
            self._say(tr("No program of this computer opens it; it lies here: {place}", place=place))


def _figure(name: str, value: str) -> QWidget:
    held = QWidget()
    held.setAccessibleName(f"{name}: {value}")
    layout = QVBoxLayout(held)
    layout.setContentsMargins(0, 0, 24, 0)
    layout.setSpacing(0)
    layout.addWidget(label(name, "small"))
    layout.addWidget(label(value))
    return held
