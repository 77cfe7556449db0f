"""When a reading was saved, in words. No Qt."""

from __future__ import annotations

from datetime import datetime

from engine.domain.assessment import Stage
from workstation.reading.session import CaseState


def saved_words(state: CaseState, now: datetime | None = None) -> str:
    """For beside the save button."""
    if state.restored_at is not None:
        return f"restored, typed at {clock_of(state.restored_at, now)}"
    if state.saved is None or state.saved.saved_at is None:
        return "not saved yet" if state.has_changes else "unread"
    text = clock_of(state.saved.saved_at, now)
    if state.has_changes:
        return f"changed since {text}"
    return f"first reading {text}" if state.saved.stage is Stage.FIRST else f"saved {text}"


def clock_of(moment: datetime, now: datetime | None = None) -> str:
    """Time of day for today, else the date."""
    when = moment.astimezone()
    today = (now or datetime.now(tz=when.tzinfo)).date() == when.date()
    return f"{when:%H:%M}" if today else f"{when:%d %b %Y}"


def history_words(state: CaseState) -> str:
    """All readings of a case in one line each, the oldest first; for a tooltip."""
    stages = {Stage.FIRST: "first reading", Stage.SECOND: "second reading, AI shown", Stage.OPEN: "reading"}
    lines = []
    for reading in state.history:
        when = f"{reading.saved_at.astimezone():%d %b %Y %H:%M}" if reading.saved_at else ""
        category = f"BI-RADS {reading.category}" if reading.category else "no category"
        stage = stages[reading.stage] + (", AI shown" if reading.stage is Stage.OPEN and reading.ai_shown else "")
        lines.append(f"{when}  {stage}: {category}")
    return "\n".join(lines)


def save_text(state: CaseState, *, is_last: bool) -> str:
    """What the main button does now."""
    if state.stage is Stage.FIRST and (state.has_changes or state.saved is None):
        return "Seal and show AI"
    if not state.can_save:
        return "Saved" if is_last else "Next case"
    verb = "Save" if state.has_changes else "Keep"
    return verb if is_last else f"{verb} and next"
