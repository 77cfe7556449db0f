"""A program that saves readings until it is killed; run by `test_kill`.

For every line on its standard input it forks a child. The child opens the database, saves readings one after the other
and writes the number of each to the standard output once `save` has returned: that is the acknowledgement.
"""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path

from engine.store import ReadingStore
from tests.engine.store.test_readings import make_reading


def main() -> None:
    file = Path(sys.argv[1])
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _save_for_ever(file, line.strip())
        _write(f"pid {child}")
        os.waitpid(child, 0)
        _write("dead")


def _save_for_ever(file: Path, run: str) -> None:
    store = ReadingStore(file)
    for number in itertools.count():
        store.save(make_reading(f"run-{run}", comment=str(number)))
        _write(f"saved {number}")


def _write(line: str) -> None:
    os.write(1, line.encode() + b"\n")


if __name__ == "__main__":
    main()
