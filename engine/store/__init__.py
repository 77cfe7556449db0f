"""What the reader has said, kept for good: readings, re-pairings, drafts and annotations in one SQLite file."""

from engine.store.readings import ReadingStore

__all__ = ["ReadingStore"]
