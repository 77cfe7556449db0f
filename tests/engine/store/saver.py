"""A program that saves readings until it is killed; run by `test_kill`.

For every line on its standard input it forks a child. The child opens the database, saves readings one after the other
and writes the number of each to the standard output once `save` has returned: that is the acknowledgement.

With `seal` as a second argument each case gets a sealed first reading, a revelation and a second reading in turn.
"""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path

from engine.domain.assessment import Category, Reading, Stage
from engine.domain.sealing import Revelation
from engine.store import ReadingStore
from tests.engine.store.test_readings import make_reading


def main() -> None:
    file, work = Path(sys.argv[1]), _seal_for_ever if sys.argv[2:] == ["seal"] else _save_for_ever
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            work(file, line.strip())
        _write(f"pid {child}")
        os.waitpid(child, 0)
        _write("dead")


def _save_for_ever(file: Path, run: str) -> None:
    store = ReadingStore(file)
    for number in itertools.count():
        store.save(make_reading(f"run-{run}", comment=str(number)))
        _write(f"saved {number}")


def _seal_for_ever(file: Path, run: str) -> None:
    store = ReadingStore(file)
    for number in itertools.count():
        case_id = f"run-{run}-{number // 3}"
        if number % 3 == 1:
            store.reveal(Revelation(case_id=case_id, probability=0.7, threshold=0.5, model="m", model_sha256=""))
        else:
            stage = Stage.FIRST if number % 3 == 0 else Stage.SECOND
            store.save(Reading(case_id=case_id, task="breast_lesion", category=Category.BENIGN, stage=stage))
        _write(f"saved {number}")


def _write(line: str) -> None:
    os.write(1, line.encode() + b"\n")


if __name__ == "__main__":
    main()
