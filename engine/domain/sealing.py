"""The sealed first reading: the AI's answer is shown only after the reader's own category is saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.domain.assessment import Reading, Stage


@dataclass(frozen=True, kw_only=True)
class Revelation:
    """The AI's answer at the moment it was shown: after a sealed first reading, or in a table without one; only ever
    added.

    Attributes
    ----------
    probability : as it was shown, in [0, 1]: of the positive class; in a table of a task with several classes, of the
        predicted one. threshold: the model's operating point, None where it has none.
    revealed_at : UTC, None before it is stored.
    """

    case_id: str
    probability: float
    threshold: float | None
    model: str
    model_sha256: str
    revealed_at: datetime | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.probability <= 1.0:
            raise ValueError("a probability lies between 0 and 1")


def may_show_ai(history: Sequence[Reading], *, sealed: bool) -> bool:
    """True when score, map and contributions may be on screen.

    Parameters
    ----------
    history : the case's readings, the oldest first.
    sealed : the preference; without it nothing is hidden.
    """
    return not sealed or any(reading.category is not None for reading in history)


def next_stage(history: Sequence[Reading], *, sealed: bool, ai_shown: bool) -> Stage:
    """The stage of a reading saved now.

    Parameters
    ----------
    ai_shown : the AI's answer for this case is or was on screen since the case was opened, or has a `Revelation`.
    """
    if any(r.stage is Stage.FIRST and r.category is not None for r in history):
        return Stage.SECOND if ai_shown else Stage.FIRST
    shown = ai_shown or any(r.ai_shown for r in history)
    return Stage.FIRST if sealed and not shown else Stage.OPEN


def is_unseen(history: Sequence[Reading], *, shown: bool) -> bool:
    """True while the AI's answer must stay hidden where first readings are sealed.

    Parameters
    ----------
    history : the case's readings, the oldest first.
    shown : the case has a `Revelation`. A sealed first reading opens the answer only through one.
    """
    if shown or any(r.ai_shown for r in history):
        return False
    return not may_show_ai(history, sealed=True) or any(r.stage is Stage.FIRST and r.category for r in history)
