"""When a reading was saved, in words. No Qt."""

from __future__ import annotations

from datetime import datetime

from workstation.reading.session import CaseState


def saved_words(state: CaseState, now: datetime | None = None) -> str:
    """For beside the save button."""
    if state.saved is None or state.saved.saved_at is None:
        return "not saved yet" if state.has_changes else "unread"
    when = state.saved.saved_at.astimezone()
    today = (now or datetime.now(tz=when.tzinfo)).date() == when.date()
    text = f"{when:%H:%M}" if today else f"{when:%d %b %Y}"
    return f"changed since {text}" if state.has_changes else f"saved {text}"
