"""Ending several workers within one deadline: side by side, so that the slowest one counts, not the sum."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence


def close_side_by_side(closings: Sequence[Callable[[], object]], within_s: float) -> bool:
    """Call all of them at once and wait for their ends; True when all ended in time.

    One that did not end goes on in a thread that does not keep the program from ending.
    """
    give_up = time.monotonic() + within_s
    threads = [threading.Thread(target=closing, daemon=True, name=f"closing {n}") for n, closing in enumerate(closings)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, give_up - time.monotonic()))
    return not any(thread.is_alive() for thread in threads)
