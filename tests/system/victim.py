"""A program that works at one of six points until it is killed; run by `test_kills`.

For every line on its standard input it forks a child that does the same thing over and over and writes a line to the
standard output each time the program has said that it is done: that is the acknowledgement.
"""

from __future__ import annotations

import itertools
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from engine.data.folder import open_folder
from engine.domain.task import load_task
from engine.jobs import SaveTable
from engine.jobs.batch_entry import batch
from engine.serving.batch import score_folder
from engine.serving.batch_options import BatchOptions
from engine.store import ReadingStore
from tests.engine.store.saver import _save_for_ever, _seal_for_ever

assert load_task("breast_lesion")


def _import_for_ever(place: Path, run: str) -> None:
    """Open a folder whose files are always new, so that the index is written every time."""
    for number in itertools.count():
        for file in (place / "study").rglob("*.dcm"):
            os.utime(file, ns=(number, number + 1 + int(run) * 10_000))
        folder = open_folder(str(place / "study"))
        assert len(folder.cases) == 3
        tell(f"saved {number}")


def _score_for_ever(place: Path, run: str) -> None:
    """Score a folder, going on where the run before was killed; a finished table makes room for a new one."""
    out = place / "out"
    for _ in itertools.count():
        options = BatchOptions(
            folder=place / "study",
            out=out,
            model=str(place / "model.safetensors"),
            heatmaps=True,
            resume=True,
            workers=1,
        )
        score_folder(options, on_row=lambda index, row: tell(f"saved {row.case_id}"))
        tell("finished")
        shutil.rmtree(out)


def _export_for_ever(place: Path, run: str) -> None:
    """Save one of two tables under the same name, and back up the database, in turn."""
    handle = batch()
    store = ReadingStore(place / "readings.sqlite")
    for number in itertools.count():
        source = place / ("one", "two")[number % 2]
        handle(SaveTable(out=str(source), path=str(place / "table.csv")), None)  # type: ignore[arg-type]
        store.backup(place / "backup.sqlite")
        tell(f"saved {number}")


def _migrate_for_ever(place: Path, run: str) -> None:
    """Bring databases of the first schema up to date."""
    for number in itertools.count():
        file = place / f"old-{run}-{number}.sqlite"
        shutil.copy(place / "first.sqlite", file)
        ReadingStore(file).close()
        tell(f"saved {number}")


POINTS: dict[str, Callable[[Path, str], None]] = {
    "import": _import_for_ever,
    "score": _score_for_ever,
    "save": lambda place, run: _save_for_ever(place / "readings.sqlite", run),
    "seal": lambda place, run: _seal_for_ever(place / "readings.sqlite", run),
    "export": _export_for_ever,
    "migrate": _migrate_for_ever,
}


def main() -> None:
    point, place = POINTS[sys.argv[1]], Path(sys.argv[2])
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            point(place, line.strip())
        tell(f"pid {child}")
        os.waitpid(child, 0)
        tell("dead")


def tell(line: str) -> None:
    os.write(1, line.encode() + b"\n")


if __name__ == "__main__":
    main()
