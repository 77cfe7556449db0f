"""Ctrl-C as a wish: the first one is answered by stopping at the next good place, the second one at once."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from typing import Any


@contextlib.contextmanager
def first_interrupt() -> Iterator[Callable[[], bool]]:
    """Gives the function that tells whether SIGINT or SIGTERM came; a second one raises KeyboardInterrupt."""
    came = False

    def note(*_: Any) -> None:
        nonlocal came
        if came:
            raise KeyboardInterrupt
        came = True

    before = {}
    with contextlib.suppress(ValueError):  # not the main thread
        before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
