"""What the reader has said, kept for good: readings, re-pairings and drafts in one SQLite file."""

from engine.store.readings import ReadingStore

__all__ = ["ReadingStore"]
