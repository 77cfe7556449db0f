"""The one error that reaches a person.

Adapters translate what pydicom, torch and the operating system raise into a `CaseError` at one spot each.
"""

from __future__ import annotations

from enum import StrEnum


class ErrorKind(StrEnum):
    """What went wrong, in the few kinds that ask for different remedies."""

    UNREADABLE = "unreadable"  # the file or folder cannot be opened
    NOT_ULTRASOUND = "not_ultrasound"  # not DICOM, or not an ultrasound image
    NO_PIXELS = "no_pixels"  # a valid object without an image
    TOO_LARGE = "too_large"  # refused before memory is taken
    CORRUPT = "corrupt"  # truncated or damaged data
    UNSUPPORTED = "unsupported"  # valid, but of a kind that is not read or not scored
    INVALID = "invalid"  # descriptors, manifest or arguments that contradict themselves
    MODEL = "model"  # model file or card missing, altered or unfit
    STORAGE = "storage"  # disk full, read-only folder, database
    STOPPED = "stopped"  # a child process died, hung or was cancelled


class CaseError(Exception):
    """A failure told to the radiologist.

    Parameters
    ----------
    kind : ErrorKind
    sentence : str
        Which file, what is wrong and what to do; no traceback, no patient data.
    detail : str
        For the log: the original exception, without file contents.
    """

    def __init__(self, kind: ErrorKind, sentence: str, detail: str = "") -> None:
        super().__init__(sentence)
        self.kind = kind
        self.sentence = sentence
        self.detail = detail

    def __str__(self) -> str:
        return self.sentence

    def __reduce__(self) -> tuple[type[CaseError], tuple[ErrorKind, str, str]]:
        return (type(self), (self.kind, self.sentence, self.detail))
