"""What the reader has said, kept for good: readings, re-pairings, drafts and annotations in one SQLite file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.store.readings import ReadingStore

__all__ = ["ReadingStore"]


def __getattr__(name: str) -> Any:
    """SQLAlchemy is imported with the first store: the window needs `engine.store.places` before its first paint."""
    if name == "ReadingStore":
        from engine.store.readings import ReadingStore

        return ReadingStore
    raise AttributeError(name)
