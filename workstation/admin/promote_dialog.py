"""A model on its way into use: measured on the locked cases beside the one in use, then promoted by name and reason."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QLineEdit, QProgressBar, QWidget

from engine.domain.errors import CaseError
from engine.domain.training import RunState
from engine.jobs.evaluation_requests import EvaluateModel, EvaluationEnd
from engine.jobs.training import InstalledModel, InstallModel, InUseLine, Promote
from engine.store.places import reports_folder
from workstation.admin.promotion import Verdict, gate_words, verdict
from workstation.bridge import Bridge
from workstation.dialogs import Sheet
from workstation.evaluation.report import read_report
from workstation.evaluation.run import EvaluationRun
from workstation.theme import role
from workstation.widgets.buttons import push_button
from workstation.widgets.labels import label
from workstation.words import tr


class PromoteDialog(Sheet):
    """Installs the run's model, compares it, and asks for name and reason.

    Parameters
    ----------
    in_use : name of the model it is compared with, "" = none.

    Signals
    -------
    promoted : (InUseLine). report_wanted : (folder of the comparison).
    """

    promoted = Signal(object)
    report_wanted = Signal(str)

    def __init__(self, state: RunState, in_use: str, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(tr("Compare and promote"), parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)  # an answer may still come after closing
        self.close_button.setDefault(False)  # Enter in a line must not close it
        self.close_button.setAutoDefault(False)
        role(self.close_button, "plain")
        self._state, self._in_use, self._bridge = state, in_use, bridge
        self._verdict: Verdict | None = None
        self._model = ""
        self._report = ""
        self.run = EvaluationRun(bridge, self)
        self.words = label("", name=tr("Result of the comparison"), wrap=True)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(tr("Progress of the comparison"))
        self.bar.setTextVisible(False)
        self.compare = push_button(tr("Compare on the locked cases"), "main")
        self.look = push_button(tr("Show the whole report"))
        self.by, self.reason = QLineEdit(), QLineEdit()
        self.reason.setPlaceholderText(tr("Why this model; kept in the record"))
        self.promote = push_button(tr("Promote"), "main")
        self._lay_out()
        self._wire()
        self._show_state()
        self.resize(640, 380)

    def _lay_out(self) -> None:
        beside = self._in_use or tr("no model in use")
        title = tr("{new} beside {old}", new=self._state.name, old=beside)
        self.content.addWidget(label(title, "title", wrap=True))
        self.content.addWidget(label(gate_words(self._state.gate), "dim", wrap=True))
        self.content.addWidget(self.compare)
        self.content.addWidget(self.bar)
        self.content.addWidget(self.words)
        self.content.addWidget(self.look)
        form = QFormLayout()
        for words, line in ((tr("Your name"), self.by), (tr("Reason"), self.reason)):
            line.setAccessibleName(words)
            form.addRow(label(words, "dim"), line)
        self.content.addLayout(form)
        self.content.addWidget(self.promote)
        self.content.addStretch(1)

    def _wire(self) -> None:
        self.compare.clicked.connect(self._install)
        self.run.changed.connect(self._show_state)
        self.run.ended.connect(self._compared)
        self.run.failed.connect(lambda sentence: self._say(sentence, "failure"))
        self.look.clicked.connect(lambda: self.report_wanted.emit(self._report))
        self.promote.clicked.connect(self._promote)
        for line in (self.by, self.reason):
            line.textChanged.connect(lambda _: self._show_state())

    def done(self, result: int) -> None:
        self.run.cancel()
        super().done(result)

    def _install(self) -> None:
        """Installed first, so that what is compared is the very file that would be promoted."""
        self.compare.setEnabled(False)
        self._say(tr("Installing the model …"))
        request = InstallModel(source=f"run:{self._state.run_id}", name=self._state.name)
        self._bridge.ask_models(request, key="install", on_result=self._installed, on_error=self._went_wrong)

    def _installed(self, model: InstalledModel) -> None:
        self._model = model.name
        assert self._state.gate is not None
        self.run.start(
            EvaluateModel(
                model=model.name,
                data=self._state.gate.test_data,
                out=str(reports_folder() / f"{datetime.now():%Y-%m-%d-%H%M%S}-{self._state.name}-gate"),
                against=self._in_use if self._in_use != model.name else None,
                device=self._bridge.device,
            )
        )

    def _compared(self, end: EvaluationEnd) -> None:
        assert self._state.gate is not None
        self._report = end.out
        try:
            self._verdict = verdict(self._state.gate, read_report(Path(end.out)))
        except CaseError as error:
            self._say(error.sentence, "failure")
            return
        self._say(self._verdict.sentence, "plain" if self._verdict.passed else "caution")
        self._show_state()

    def _promote(self) -> None:
        assert self._verdict is not None
        request = Promote(
            model=self._model,
            by=self.by.text().strip(),
            reason=self.reason.text().strip(),
            comparison=dict(self._verdict.comparison),
        )
        self._bridge.ask_models(request, key="promote", on_result=self._promoted, on_error=self._went_wrong)

    def _promoted(self, line: InUseLine) -> None:
        self.promoted.emit(line)
        self.accept()

    def _went_wrong(self, error: CaseError) -> None:
        self._say(error.sentence, "failure")
        self._show_state()

    def _say(self, sentence: str, look: str = "plain") -> None:
        role(self.words, look)
        self.words.setText(sentence)

    def _show_state(self) -> None:
        on, passed = self.run.is_on, self._verdict is not None and self._verdict.passed
        self.bar.setVisible(on)
        self.bar.setRange(0, self.run.total)
        self.bar.setValue(self.run.step)
        if on:
            self._say(self.run.words, "dim")
        self.compare.setEnabled(not on and self._verdict is None)
        self.look.setVisible(bool(self._report))
        named = bool(self.by.text().strip() and self.reason.text().strip())
        self.promote.setEnabled(passed and named)
        if not passed:
            self.promote.setToolTip(tr("The gate must be passed first."))
        else:
            self.promote.setToolTip("" if named else tr("Give your name and the reason; both are recorded."))
