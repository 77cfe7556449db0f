"""How far the score moves when the reader's regions move: asked for once the score itself is there."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.domain.case import Case
from engine.domain.roi import STEP_PX, Steadiness, steadiness
from engine.domain.task import load_task
from workstation.bridge import Bridge
from workstation.reading.case_state import CaseState
from workstation.viewing.marks import moved_cases
from workstation.words import tr

LATER = 5


class RoiSteadiness(QObject):
    """Signals
    -------
    answered : (CaseState) its `steadiness` is known.
    """

    answered = Signal(object)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._asked: tuple[Case, str] | None = None

    def look(self, state: CaseState | None) -> None:
        """Ask for it where the analysis on screen is limited to regions and it is not known yet."""
        if state is None or not state.draft.limited_to_rois or not state.is_scored or state.answer is None:
            return
        case = state.to_score
        asked = case, state.answer.model_sha256
        if state.steadiness is not None or asked == self._asked:
            return
        cases = moved_cases(state.case.with_descriptors(state.draft.descriptors), state.draft.rois)
        if not cases:
            return
        self._asked = asked
        probability = load_task(case.task).chance_of_positive(state.answer.probabilities)
        self._bridge.score_moved(
            cases,
            key="moved",
            priority=LATER,
            on_result=lambda moved: self._came(state, case, probability, moved),
            on_error=lambda error: self._forget(),
        )

    def begin_anew(self) -> None:
        """Another model answers from now on: what the one before was asked is given up, and may be asked again."""
        self._forget()
        self._bridge.engine.drop("moved")
        self._bridge.engine.cancel("moved")

    def _came(self, state: CaseState, case: Case, probability: float, moved: tuple[float, ...]) -> None:
        self._forget()
        state.moved = (case, steadiness(probability, moved))
        self.answered.emit(state)

    def _forget(self) -> None:
        self._asked = None


def steadiness_words(found: Steadiness) -> str:
    """One line for the panel."""
    down, up = (round(100 * (end - found.probability), 1) for end in (found.low, found.high))
    if down == up == 0:
        return tr("The score stays within 0.1 % when the region moves by {step_px} px.", step_px=STEP_PX)
    return tr(
        "The score moves by {down} to {up} % when the region moves by {step_px} px.",
        down=_signed(down),
        up=_signed(up),
        step_px=STEP_PX,
    )


def _signed(value: float) -> str:
    return f"{'−' if value < 0 else '+'}{abs(value):.1f}"
