"""Whether an answer still has someone to go to: a dialog may be closed before its answer comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from PySide6.QtCore import QObject
from shiboken6 import isValid


def is_heard(callback: Callable[..., Any]) -> bool:
    """False when a Qt object that the callback belongs to, or holds on to, is deleted."""
    return all(isValid(held) for held in _held(callback))


def _held(callback: Any) -> Iterator[QObject]:
    """Qt objects of a method, of the variables of a lambda, and of a partial function."""
    if isinstance(callback, partial):
        for part in (callback.func, *callback.args, *callback.keywords.values()):
            yield from _held(part)
        return
    if isinstance(callback, QObject):
        yield callback
        return
    owner = getattr(callback, "__self__", None)
    if isinstance(owner, QObject):
        yield owner
    for cell in getattr(callback, "__closure__", None) or ():
        try:
            content = cell.cell_contents
        except ValueError:  # not yet filled
            continue
        if isinstance(content, QObject):
            yield content
        elif callable(content) and content is not callback:
            yield from _held(content)
