"""What would change if a descriptor were another one: the questions, and how an answer is told. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from engine.domain.case import Case
from engine.domain.descriptors import Descriptors
from engine.domain.task import Task
from engine.jobs import WhatIfAnswer
from workstation.reading.form_rules import toggled

NOTHING = 0.005
"""Changes smaller than this, half a percentage point, are told as none."""

Questions = Mapping[tuple[str, str], Descriptors]


@dataclass(frozen=True, kw_only=True)
class WhatIfTable:
    """Probabilities of the positive class by (field, term): what a click on that term would make of the score.

    Attributes
    ----------
    case : what was asked about; an answer for other descriptors is out of date.
    total : how many changes were asked for; those of a slow model come in parts.
    """

    case: Case
    base: float
    changed: Mapping[tuple[str, str], float]
    total: int

    @property
    def is_complete(self) -> bool:
        return len(self.changed) == self.total

    def mark(self, field: str, term: str) -> str:
        """What stands beside a term: its change, or dots as wide as one while it is worked out."""
        if (field, term) not in self.changed and not self.is_complete:
            return "  …"
        return delta_text(self.delta(field, term))

    def delta(self, field: str, term: str) -> float | None:
        """Change of the probability, -1 to 1; None where it was not asked."""
        value = self.changed.get((field, term))
        return None if value is None else value - self.base


def questions(task: Task, descriptors: Descriptors) -> Questions:
    """The descriptors after a click on each term that is not chosen, rules included."""
    clicks = {
        (f.name, t.name): toggled(task, descriptors, f.name, t.name).descriptors for f in task.fields for t in f.terms
    }
    return {key: after for key, after in clicks.items() if after != descriptors}


def parts_of(asked: Questions) -> tuple[int, ...]:
    """How many questions there are about each descriptor, in order."""
    return tuple(len(list(group)) for _, group in groupby(asked, key=lambda key: key[0]))


def table(case: Case, asked: Questions, answer: WhatIfAnswer) -> WhatIfTable:
    """What is answered so far: the first of the questions."""
    changed = dict(zip(asked, answer.changed, strict=False))
    return WhatIfTable(case=case, base=answer.base, changed=changed, total=len(asked))


def delta_text(delta: float | None) -> str:
    """Percentage points with a sign, "±0" where nothing changes, "" where nothing is known."""
    if delta is None:
        return ""
    if abs(delta) < NOTHING:
        return "±0"
    return f"{'+' if delta > 0 else '−'}{abs(delta) * 100:.0f}"
