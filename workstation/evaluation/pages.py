"""The pages of a report with curves and cases: curves, calibration and use, cases, comparisons."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workstation.evaluation import plots
from workstation.evaluation.confusion import ConfusionGrid
from workstation.evaluation.report import CaseLine, Report
from workstation.widgets.labels import label
from workstation.widgets.plot import Plot
from workstation.widgets.tables import OpeningTable, dress, fill
from workstation.words import tr


class CurvesPage(QWidget):
    """ROC and precision-recall; the pointer tells the threshold under it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Curves"))
        self.roc = Plot(tr("ROC"), tr("1 − specificity"), tr("Sensitivity"))
        self.precision = Plot(tr("Precision and recall"), tr("Sensitivity"), tr("Positive predictive value"))
        self.words = label("", "dim", name=tr("Under the pointer"), wrap=True)
        self.words.setMinimumHeight(40)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.roc)
        row.addWidget(self.precision)
        layout = QVBoxLayout(self)
        layout.addLayout(row, 1)
        layout.addWidget(self.words)
        self._report: Report | None = None
        self.roc.pointed.connect(self._on_roc)
        self.precision.pointed.connect(lambda x, _: self._on_precision(x))

    def show_report(self, report: Report) -> None:
        self._report = report
        plots.show_roc(self.roc, report)
        plots.show_precision(self.precision, report)
        self.words.setText(tr("Point at a curve to read threshold and counts."))

    def _on_roc(self, x: float, y: float) -> None:
        if self._report is None or not self._report.curves:
            return
        point = self._report.point_near(self._report.curves[0], x, y)
        self.roc.mark.setData([1 - point.specificity], [point.sensitivity])
        self.precision.mark.setData([point.sensitivity], [point.precision])
        self.words.setText(self._stage() + point.words())

    def _on_precision(self, x: float) -> None:
        if self._report is None or not self._report.curves:
            return
        point = self._report.point_at_sensitivity(self._report.curves[0], x)
        self.roc.mark.setData([1 - point.specificity], [point.sensitivity])
        self.precision.mark.setData([point.sensitivity], [point.precision])
        self.words.setText(self._stage() + point.words())

    def _stage(self) -> str:
        """Which of several curves the words are about."""
        assert self._report is not None
        curves = self._report.curves
        return f"{curves[0]['name']}, " if len(curves) > 1 else ""


class UsePage(QWidget):
    """Can the number be believed, and does acting on it help?"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Calibration"))
        self.reliability = Plot(tr("Reliability"), tr("Probability said"), tr("Share seen"))
        self.decision = Plot(tr("Decision curve"), tr("Threshold probability"), tr("Net benefit"))
        self.risk = Plot(tr("Leaving the unsure ones out"), tr("Share of cases kept"), tr("Errors among them"))
        self.words = label("", "dim", name=tr("Calibration"))
        grid = QGridLayout(self)
        grid.setSpacing(8)
        for column, plot in enumerate((self.reliability, self.decision, self.risk)):
            grid.addWidget(plot, 0, column)
        grid.addWidget(self.words, 1, 0, 1, 3)

    def show_report(self, report: Report) -> None:
        plots.show_reliability(self.reliability, report)
        plots.show_decision(self.decision, report)
        plots.show_risk(self.risk, report)
        self.words.setText(plots.reliability_words(report))


class CasesPage(QWidget):
    """The confusion matrix and the cases behind a cell.

    Signals
    -------
    case_wanted : (CaseLine) double-click or Enter. listed : (tuple of CaseLine) their answers are on screen now.
    """

    case_wanted = Signal(object)
    listed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Cases"))
        self.confusion = ConfusionGrid()
        self.words = label("", "dim", name=tr("What is listed"), wrap=True)
        self.table = OpeningTable(5)
        heads = (tr("Case"), tr("Truth"), tr("Called"), tr("Probability"), tr("Reader"))
        dress(self.table, tr("Cases of the cell; Enter opens one"), heads)
        self._lines: tuple[CaseLine, ...] = ()
        self._report: Report | None = None
        left = QVBoxLayout()
        left.addWidget(self.confusion)
        left.addStretch(1)
        right = QVBoxLayout()
        right.addWidget(self.words)
        right.addWidget(self.table, 1)
        layout = QHBoxLayout(self)
        layout.setSpacing(16)
        layout.addLayout(left)
        layout.addLayout(right, 1)
        self.confusion.chosen.connect(self._list)
        self.table.opened.connect(lambda row: self.case_wanted.emit(self._lines[row]))

    def show_report(self, report: Report) -> None:
        self._report = report
        self.confusion.show_report(report)
        self._fill((), tr("A click on a number lists its cases, the surest first."))

    def _list(self, truth: str, called: str) -> None:
        if self._report is not None:
            lines = self._report.cases_in(truth, called)
            words = tr(
                "{n} cases: {truth}, called {called}. Double-click opens one.", n=len(lines), truth=truth, called=called
            )
            self._fill(lines, words)
            self.listed.emit(lines)

    def _fill(self, lines: tuple[CaseLine, ...], words: str) -> None:
        self._lines = lines
        self.words.setText(words)
        self.table.setRowCount(len(lines))
        for row, line in enumerate(lines):
            chance = "" if line.probability is None else f"{line.probability:.3f}"
            for column, text in enumerate((line.case_id, line.truth, line.called, chance, line.birads)):
                self.table.setItem(row, column, QTableWidgetItem(text))


class ComparedPage(QWidget):
    """Beside the reader, the baselines and other models; subgroups."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Compared"))
        self.beside, self.groups = QTableWidget(), QTableWidget()
        heads = (
            (self.beside, tr("On the same cases"), (tr("Beside"), tr("Its AUC"), tr("This model"), tr("Difference"))),
            (
                self.groups,
                tr("Groups"),
                (tr("Group"), tr("Cases (positive)"), tr("AUC"), tr("Sensitivity"), tr("Specificity")),
            ),
        )
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        for table, words, names in heads:
            table.setColumnCount(len(names))
            dress(table, words, names)
            layout.addWidget(label(words, "section"))
            layout.addWidget(table, 1)
        layout.addWidget(label(tr("In brackets: 95 % intervals. p: paired test (DeLong)."), "dim"))

    def show_report(self, report: Report) -> None:
        for table, rows in (
            (self.beside, report.comparisons()),
            (self.groups, report.subgroups()),
        ):
            fill(table, rows)
