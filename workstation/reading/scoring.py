"""Keeps the score of the case on screen up to date: debounced, newest wins, contributions follow, next case ahead."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from engine.domain.case import Case
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.prediction import Prediction
from workstation.bridge import Bridge
from workstation.reading.session import CaseState

DEBOUNCE_MS = 150
NOW, THEN, AHEAD = 0, 5, 6


class Scoring(QObject):
    """Signals
    -------
    answered : (CaseState) its prediction or its problem changed.
    """

    answered = Signal(object)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.model_ready = False
        self._current: CaseState | None = None
        self._following: CaseState | None = None
        self._pause = QTimer(self, singleShot=True, interval=DEBOUNCE_MS)
        self._pause.timeout.connect(self._ask)

    def show(self, state: CaseState | None, following: CaseState | None) -> None:
        """Another case is on screen."""
        self._pause.stop()
        self._current, self._following = state, following
        self._bridge.engine.drop("contributions")
        if state is None:
            self._bridge.engine.drop("score")
        elif state.is_scored:
            self._bridge.engine.drop("score")
            self._ask_contributions(state)
        else:
            self._ask()

    def edited(self) -> None:
        """The descriptors changed; more clicks may follow."""
        self._pause.start()

    def again(self) -> None:
        """Try a failed score once more."""
        if self._current is not None:
            self._current.problem = None
            self.answered.emit(self._current)
            self._ask()

    def _ask(self) -> None:
        state = self._current
        if state is None or state.is_scored:
            return
        case = state.to_score
        self._bridge.engine.drop("contributions")
        self._bridge.score(
            case,
            key="score",
            priority=NOW,
            on_result=lambda prediction: self._scored(state, case, prediction),
            on_error=lambda error: self._failed(state, case, error),
        )

    def _scored(self, state: CaseState, case: Case, prediction: Prediction) -> None:
        if case != state.to_score:
            return  # edited meanwhile; the pause is running or the newer request is on its way
        self.model_ready = True
        state.prediction, state.scored, state.problem = prediction, case, None
        self.answered.emit(state)
        if state is self._current:
            self._ask_contributions(state)

    def _failed(self, state: CaseState, case: Case, error: CaseError) -> None:
        if case != state.to_score:
            return
        self.model_ready = self.model_ready and error.kind is not ErrorKind.STOPPED
        state.prediction, state.scored, state.problem = None, None, error
        self.answered.emit(state)
        self._ask_ahead()

    def _ask_contributions(self, state: CaseState) -> None:
        if state.prediction is None or state.prediction.contributions is not None:
            self._ask_ahead()
            return
        case = state.to_score
        self._bridge.score(
            case,
            key="contributions",
            priority=THEN,
            contributions=True,
            on_result=lambda prediction: self._contributed(state, case, prediction),
            on_error=lambda error: self._ask_ahead(),
        )

    def _contributed(self, state: CaseState, case: Case, prediction: Prediction) -> None:
        if case == state.to_score and state.prediction is not None:
            state.prediction = prediction_with(state.prediction, prediction)
            self.answered.emit(state)
        self._ask_ahead()

    def _ask_ahead(self) -> None:
        state = self._following
        if state is None or state.is_scored or state.problem is not None:
            return
        case = state.to_score
        self._bridge.score(
            case,
            key="ahead",
            priority=AHEAD,
            on_result=lambda prediction: self._scored(state, case, prediction),
            on_error=lambda error: None,  # asked again, and told, when the case is on screen
        )


def prediction_with(shown: Prediction, later: Prediction) -> Prediction:
    """The prediction on screen with the contributions that came later."""
    return replace(shown, contributions=later.contributions)
