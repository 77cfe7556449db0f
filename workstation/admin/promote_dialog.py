"""A model on its way into use: measured on the locked cases beside the one in use, then promoted by name and reason."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLineEdit, QProgressBar, QWidget

from engine.domain.errors import CaseError
from engine.domain.gate import Judged
from engine.domain.training import RunState
from engine.jobs.evaluation_requests import CompareRun, ComparisonEnd
from engine.jobs.training import FindOpponent, InUseLine, PromoteRun
from engine.store.places import gate_report
from workstation.admin.promotion import gate_words, verdict_words
from workstation.bridge import Bridge
from workstation.dialogs import Sheet
from workstation.evaluation.run import EvaluationRun
from workstation.theme import role
from workstation.widgets.buttons import push_button
from workstation.widgets.labels import label
from workstation.words import tr


class PromoteDialog(Sheet):
    """Compares the run's model where it lies, and asks for name and reason; only Promote installs it.

    Signals
    -------
    promoted : (InUseLine). report_wanted : (folder of the comparison).
    """

    promoted = Signal(object)
    report_wanted = Signal(str)

    def __init__(self, state: RunState, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(tr("Compare and promote"), parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)  # an answer may still come after closing
        self.close_button.setDefault(False)  # Enter in a line must not close it
        self.close_button.setAutoDefault(False)
        role(self.close_button, "plain")
        self._state, self._bridge = state, bridge
        self._judged: Judged | None = None
        self._report = ""
        self._is_promoting = False
        self.run = EvaluationRun(bridge, self, service="comparison", key=state.run_id)
        self.beside = label(tr("{new} beside the model in use", new=state.name), "title", wrap=True)
        self.words = label("", name=tr("Result of the comparison"), wrap=True)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(tr("Progress of the comparison"))
        self.bar.setTextVisible(False)
        self.compare = push_button(tr("Compare on the locked cases"), "main")
        self.cancel = push_button(tr("Stop comparing"))
        self.look = push_button(tr("Show the whole report"))
        self.by, self.reason = QLineEdit(), QLineEdit()
        self.reason.setPlaceholderText(tr("Why this model; kept in the record"))
        self.promote = push_button(tr("Promote"), "main")
        self._lay_out()
        self._wire()
        self._show_state()
        self.resize(640, 380)
        question = FindOpponent(model=f"run:{state.run_id}")
        key = ("opponent", state.run_id)
        # Where it cannot be told, the title stays as it is, and the comparison says why.
        bridge.ask_models(question, key=key, on_result=self._show_beside, on_error=lambda error: None)

    def _lay_out(self) -> None:
        self.content.addWidget(self.beside)
        self.content.addWidget(label(gate_words(self._state.gate), "dim", wrap=True))
        buttons = QHBoxLayout()
        buttons.addWidget(self.compare, 1)
        buttons.addWidget(self.cancel)
        self.content.addLayout(buttons)
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
        self.compare.clicked.connect(self._compare)
        self.cancel.clicked.connect(self.run.cancel)
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

    def _show_beside(self, other: str) -> None:
        self.beside.setText(tr("{new} beside {old}", new=self._state.name, old=other or tr("no model in use")))

    def _compare(self) -> None:
        self._judged, self._report = None, ""
        out = str(gate_report(self._state.name))
        self.run.start(CompareRun(run_id=self._state.run_id, out=out, device=self._bridge.device))

    def _compared(self, end: ComparisonEnd) -> None:
        self._judged, self._report = end.judged, end.out
        self._show_beside(end.judged.old_model)
        self._say(verdict_words(end.judged), "plain" if end.judged.passed else "caution")
        self._show_state()

    def _promote(self) -> None:
        assert self._judged is not None
        self._is_promoting = True
        self._show_state()
        request = PromoteRun(
            run_id=self._state.run_id,
            by=self.by.text().strip(),
            reason=self.reason.text().strip(),
            comparison=self._judged.record(),
        )
        self._bridge.ask_models(request, key="promote", on_result=self._promoted, on_error=self._went_wrong)

    def _promoted(self, line: InUseLine) -> None:
        self.promoted.emit(line)
        self.accept()

    def _went_wrong(self, error: CaseError) -> None:
        self._is_promoting = False
        self._say(error.sentence, "failure")
        self._show_state()

    def _say(self, sentence: str, look: str = "plain") -> None:
        role(self.words, look)
        self.words.setText(sentence)

    def _show_state(self) -> None:
        on, passed = self.run.is_on, self._judged is not None and self._judged.passed
        self.bar.setVisible(on)
        self.bar.setRange(0, self.run.total)
        self.bar.setValue(self.run.step)
        if on:
            self._say(self.run.words, "dim")
        self.compare.setEnabled(not on and not self._is_promoting)
        self.compare.setText(tr("Compare on the locked cases") if self._judged is None else tr("Compare again"))
        role(self.compare, "main" if self._judged is None else "plain")  # what comes next stands out
        self.cancel.setVisible(on)
        self.look.setVisible(bool(self._report))
        named = bool(self.by.text().strip() and self.reason.text().strip())
        self.promote.setEnabled(passed and named and not on and not self._is_promoting)
        if not passed:
            self.promote.setToolTip(tr("The gate must be passed first."))
        else:
            self.promote.setToolTip("" if named else tr("Give your name and the reason; both are recorded."))
