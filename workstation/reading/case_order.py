"""Which cases the list shows, and in which order. No Qt."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

from workstation.reading.case_state import CaseState, Status
from workstation.reading.session import ReadingSession
from workstation.viewing.picture_text import images_of, name_of, side_of
from workstation.words import later, tr


class Order(StrEnum):
    """How the list is sorted; the value is what the person reads."""

    FOLDER = later("as in the folder")
    UNREAD = later("unread first")
    SCORE = later("highest score first")


_UNREAD_FIRST = (Status.CHANGED, Status.STARTED, Status.FIRST, Status.UNREAD, Status.DISAGREED, Status.READ)


def rows_of(session: ReadingSession, wanted: str = "", order: Order = Order.FOLDER) -> list[int]:
    """Rows of the session that fit what was typed, in order.

    A case fits when each word typed begins one of its words: name, id, side, images, status, category. A score that
    is sealed orders nothing: such cases stay below, as in the folder.
    """
    typed = wanted.lower().split()
    rows = [i for i, state in enumerate(session.states) if _fits(words_of(session, state), typed)]
    match order:
        case Order.UNREAD:
            rows.sort(key=lambda i: _UNREAD_FIRST.index(session.states[i].status))
        case Order.SCORE:
            rows.sort(key=lambda i: -_score(session.states[i]))
    return rows


def words_of(session: ReadingSession, state: CaseState) -> list[str]:
    """Everything that a case can be found by, in small letters."""
    category = state.saved.category if state.saved is not None and state.saved.category else ""
    parts = (name_of(state.case), state.case.case_id, side_of(state.case), images_of(session.task, state.case))
    whole = " ".join((*parts, tr(state.status), str(category))).lower()
    return [*whole.split(), *whole.replace("-", " ").split()]


def counts_text(session: ReadingSession) -> str:
    """For example "5 unread, 2 first reading, 3 read, 2 disagreed"."""
    found = Counter(state.status for state in session.states)
    return ", ".join(f"{found[status]} {tr(status)}" for status in Status if found[status])


def _fits(words: list[str], typed: list[str]) -> bool:
    return all(any(word.startswith(t) for word in words) for t in typed)


def _score(state: CaseState) -> float:
    return state.probability if state.probability is not None else -1.0
