"""Which device a model runs on, and what tells that its memory is full."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch

from engine.domain.errors import CaseError, ErrorKind

DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True)
class Device:
    """Where a model runs.

    Attributes
    ----------
    kind : "cpu" or "cuda". name : for the person, e.g. the graphics card's.
    workers : cases that are scored side by side on the CPU; 1 on a graphics card.
    """

    kind: str
    name: str
    workers: int = 1


def choose_device(wanted: str = "auto") -> Device:
    """The device for "auto", "cpu" or "cuda".

    Raises
    ------
    CaseError
        INVALID: another word, or "cuda" where PyTorch sees no graphics card.
    """
    if wanted not in DEVICES:
        raise CaseError(ErrorKind.INVALID, f"There is no device '{wanted}'. Choose one of {', '.join(DEVICES)}.")
    if wanted == "cuda" and not torch.cuda.is_available():
        raise CaseError(
            ErrorKind.INVALID, "No graphics card that PyTorch can use was found. Choose the device 'cpu' or 'auto'."
        )
    if wanted != "cpu" and torch.cuda.is_available():
        return Device("cuda", torch.cuda.get_device_name())
    return Device("cpu", "CPU", usable_cores())


def usable_cores() -> int:
    """CPU cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def is_out_of_memory(error: BaseException) -> bool:
    """Whether what torch or Python raised means that memory is full."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error).lower()
    # The CPU allocator raises a plain RuntimeError: its words are all there is to go by.
    return isinstance(error, RuntimeError) and ("out of memory" in text or "can't allocate memory" in text)
