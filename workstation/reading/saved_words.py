"""When a reading was saved, in words. No Qt."""

from __future__ import annotations

from datetime import datetime

from engine.domain.assessment import Stage
from workstation.reading.case_state import CaseState
from workstation.words import tr


def saved_words(state: CaseState, now: datetime | None = None) -> str:
    """For beside the save button."""
    if state.restored_at is not None:
        return tr("restored, typed at {clock_of}", clock_of=clock_of(state.restored_at, now))
    if state.saved is None or state.saved.saved_at is None:
        words = tr("not saved yet") if state.has_changes else tr("unread")
        seen_first = state.sealed and state.ai_shown  # shown in the table of a batch run, or while nothing was sealed
        return tr("{words}, AI seen before", words=words) if seen_first else words
    text = clock_of(state.saved.saved_at, now)
    if state.has_changes:
        return tr("changed since {words}", words=text)
    return (
        tr("first reading {words}", words=text) if state.saved.stage is Stage.FIRST else tr("saved {words}", words=text)
    )


def clock_of(moment: datetime, now: datetime | None = None) -> str:
    """Time of day for today, else the date."""
    when = moment.astimezone()
    today = (now or datetime.now(tz=when.tzinfo)).date() == when.date()
    return f"{when:%H:%M}" if today else f"{when:%d %b %Y}"


def history_words(state: CaseState) -> str:
    """All readings of a case in one line each, the oldest first; for a tooltip."""
    stages = {Stage.FIRST: tr("first reading"), Stage.SECOND: tr("second reading, AI shown"), Stage.OPEN: tr("reading")}
    lines = []
    for reading in state.history:
        when = f"{reading.saved_at.astimezone():%d %b %Y %H:%M}" if reading.saved_at else ""
        category = tr("BI-RADS {category}", category=reading.category) if reading.category else tr("no category")
        stage = stages[reading.stage] + (tr(", AI shown") if reading.stage is Stage.OPEN and reading.ai_shown else "")
        lines.append(f"{when}  {stage}: {category}")
    return "\n".join(lines)


def save_text(state: CaseState, *, is_last: bool) -> str:
    """What the main button does now."""
    if state.stage is Stage.FIRST and (state.has_changes or state.saved is None):
        return tr("Seal and show AI")
    if not state.can_save:
        return tr("Saved") if is_last else tr("Next case")
    verb = tr("Save") if state.has_changes else tr("Keep")
    return verb if is_last else tr("{verb} and next", verb=verb)
