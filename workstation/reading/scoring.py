"""Keeps the score of the case on screen up to date: debounced, newest wins; contributions and doubt follow, then the
next case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from engine.domain.case import Case
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.prediction import Doubt, Prediction
from engine.domain.task import load_task
from engine.jobs import WhatIfAnswer
from workstation.bridge import Bridge
from workstation.reading.case_state import CaseState
from workstation.reading.what_if import Questions, parts_of, questions, table

DEBOUNCE_MS = 150
PAINTED_MS = 40
"""What is not urgent is asked when the pictures are on screen: a child that wakes up takes time from painting them."""
NOW, LATER, THEN, AHEAD = 0, 4, 5, 6
FOLLOWING = ("contributions", "doubt", "what if")
"""Keys of what is asked about an answer that is on screen."""


class Scoring(QObject):
    """Whether an answer may be seen is not decided here: it is worked out all the same, so that it is there in time.

    Signals
    -------
    answered : (CaseState) its answer or its problem changed.
    what_if_answered : (CaseState) its table of what would change is there.
    swept : every case of a sweep is scored.
    trouble : (str) why what was asked for beside the score could not be worked out.
    """

    answered = Signal(object)
    what_if_answered = Signal(object)
    trouble = Signal(str)
    swept = Signal()

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.model_ready = False
        self._current: CaseState | None = None
        self._following: CaseState | None = None
        self._ahead: Case | None = None
        self._asking: Case | None = None
        self._sweep: list[CaseState] = []
        self._pause = QTimer(self, singleShot=True, interval=DEBOUNCE_MS)
        self._pause.timeout.connect(self._ask)
        self._painted = QTimer(self, singleShot=True, interval=PAINTED_MS)
        self._painted.timeout.connect(self._follow_up)

    def show(self, state: CaseState | None, following: CaseState | None) -> None:
        """Another case is on screen."""
        self._pause.stop()
        self._painted.stop()
        self._current, self._following = state, following
        self._give_up(*FOLLOWING)
        if state is None or state.to_score != self._ahead:
            self._give_up("ahead")
            self._ahead = None
        if state is None:
            self._bridge.engine.drop("score")
        elif state.is_scored:
            self._bridge.engine.drop("score")
            self._painted.start()
        elif self._ahead is None:
            self._ask()
        else:
            self._bridge.engine.drop("score")  # its answer is already on the way

    def begin_anew(self, state: CaseState | None, following: CaseState | None) -> None:
        """Another model answers from now on: what the one before was asked is given up."""
        self._give_up("score", "ahead")
        self._ahead = None
        self.model_ready = False
        self.show(state, following)

    def edited(self) -> None:
        """The descriptors changed; more clicks may follow."""
        self._pause.start()

    def again(self) -> None:
        """Try a failed score once more."""
        if self._current is not None:
            self._current.problem = None
            self.answered.emit(self._current)
            self._ask()

    def ask_what_if(self) -> None:
        """Work out what each other descriptor would change; `what_if_answered` tells."""
        state = self._current
        if state is None or not state.is_scored or self._asking == state.to_score:
            return
        case = self._asking = state.to_score
        asked = questions(load_task(case.task), case.descriptors)
        self._bridge.what_if(
            case,
            tuple(asked.values()),
            parts=parts_of(asked),
            key="what if",
            priority=LATER,
            on_part=lambda done, total, answer: self._what_if_part(state, case, asked, answer),
            on_result=lambda answer: self._what_if(state, case, asked, answer),
            on_error=lambda error: self._what_if_failed(error),
        )

    def _what_if_part(self, state: CaseState, case: Case, asked: Questions, answer: WhatIfAnswer | None) -> None:
        if answer is not None and case == state.to_score:
            state.what_if = table(case, asked, answer)
            self.what_if_answered.emit(state)

    def _what_if(self, state: CaseState, case: Case, asked: Questions, answer: WhatIfAnswer) -> None:
        self._asking = None
        if case == state.to_score:
            state.what_if = table(case, asked, answer)
            self.what_if_answered.emit(state)

    def _what_if_failed(self, error: CaseError) -> None:
        self._asking = None
        self.trouble.emit(error.sentence)

    def _ask(self) -> None:
        state = self._current
        if state is None or state.is_scored:
            return
        case = state.to_score
        self._give_up(*FOLLOWING, "ahead")
        self._ahead = None
        self._bridge.score(
            case,
            key="score",
            priority=NOW,
            on_result=lambda prediction: self._scored(state, case, prediction),
            on_error=lambda error: self._failed(state, case, error),
        )

    def _scored(self, state: CaseState, case: Case, prediction: Prediction) -> None:
        if case == self._ahead:
            self._ahead = None
        if case != state.to_score:
            return  # edited meanwhile; the pause is running or the newer request is on its way
        self.model_ready = True
        state.answer, state.scored, state.problem = prediction, case, None
        self.answered.emit(state)
        if state is self._current:
            self._ask_contributions(state)
        else:
            self._ask_ahead()

    def _failed(self, state: CaseState, case: Case, error: CaseError) -> None:
        if case != state.to_score:
            return
        self.model_ready = self.model_ready and error.kind is not ErrorKind.STOPPED
        state.answer, state.scored, state.problem = None, None, error
        self.answered.emit(state)
        self._ask_ahead()

    def _follow_up(self) -> None:
        if self._current is not None and self._current.is_scored:
            self._ask_contributions(self._current)

    def _ask_contributions(self, state: CaseState) -> None:
        if state.answer is None or state.answer.shapley is not None:
            self._ask_doubt(state)
            return
        case = state.to_score
        self._bridge.score(
            case,
            key="contributions",
            priority=THEN,
            contributions=True,
            on_result=lambda prediction: self._contributed(state, case, prediction),
            on_error=lambda error: self._ask_doubt(state),
        )

    def _contributed(self, state: CaseState, case: Case, prediction: Prediction) -> None:
        if case == state.to_score and state.answer is not None:
            state.answer = prediction_with(state.answer, prediction)
            self.answered.emit(state)
        self._ask_doubt(state)

    def _ask_doubt(self, state: CaseState) -> None:
        """How sure the model is: the last of what is asked about a case, as it may take the longest."""
        if state is not self._current or state.answer is None or state.answer.doubt is not None:
            self._ask_ahead()
            return
        case = state.to_score
        self._bridge.measure_doubt(
            case,
            key="doubt",
            priority=THEN,
            on_result=lambda doubt: self._doubted(state, case, doubt),
            on_error=lambda error: self._doubted(state, case, Doubt(why_none="it could not be worked out")),
        )

    def _doubted(self, state: CaseState, case: Case, doubt: Doubt) -> None:
        if case == state.to_score and state.answer is not None:
            state.answer = replace(state.answer, doubt=doubt)
            self.answered.emit(state)
        self._ask_ahead()

    def sweep(self, states: Sequence[CaseState]) -> None:
        """Work out these too, one after another, whenever nothing else is to be done; none = stop."""
        self._sweep = list(states)
        if self._current is not None and self._current.is_scored:
            self._ask_ahead()

    def _ask_ahead(self) -> None:
        unknown = (s for s in (self._following, *self._sweep) if s and not s.is_scored and s.problem is None)
        state = next(unknown, None)
        if state is None and self._sweep:
            self._sweep = []
            self.swept.emit()
        if state is None or self._ahead is not None:
            return
        case = self._ahead = state.to_score
        self._bridge.score(
            case,
            key="ahead",
            priority=AHEAD,
            on_result=lambda prediction: self._scored(state, case, prediction),
            on_error=lambda error: self._ahead_failed(state, case),
        )

    def _ahead_failed(self, state: CaseState, case: Case) -> None:
        if case == self._ahead:
            self._ahead = None
        self._sweep = [s for s in self._sweep if s is not state]
        if state is self._current:
            self._ask()  # asked again, and told, now that the case is on screen

    def _give_up(self, *keys: str) -> None:
        """What nobody waits for makes room: it is not answered, and stops where it can."""
        if "what if" in keys:
            self._asking = None
        for key in keys:
            self._bridge.engine.drop(key)
            self._bridge.engine.cancel(key)


def prediction_with(shown: Prediction, later: Prediction) -> Prediction:
    """The prediction on screen with the contributions that came later."""
    return replace(shown, contributions=later.contributions, shapley=later.shapley)
