"""``python -m tests.benchmarks``: measure, print one table, exit 1 when a bound is missed. Never part of the tests."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path

from tests.benchmarks.setting import SIZES, Setting


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", help="names or patterns such as 'batch-*'; all when none is given")
    parser.add_argument("--list", action="store_true", help="names of all rows")
    parser.add_argument("--size", choices=SIZES, default="full", help="bounds are meant for full")
    parser.add_argument("--folder", type=Path, help="keep studies and models here for the next run")
    parser.add_argument("--out", type=Path, help="also write the table into this file")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="sonofuse-benchmark-") as place:
        os.environ["SONOFUSE_HOME"] = f"{place}/home"  # nobody's own data are touched
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        return _measure(options, options.folder or Path(place))


def _measure(options: argparse.Namespace, folder: Path) -> int:
    from tests.benchmarks.figures import Figure, markdown
    from tests.benchmarks.rows import ROWS

    chosen = [r for r in ROWS if not options.rows or any(fnmatch(r.name, p) for p in options.rows)]
    if options.list or not chosen:
        print("\n".join(row.name for row in ROWS))
        return 0 if options.list else 2
    setting = Setting(size=options.size, folder=folder)
    folder.mkdir(parents=True, exist_ok=True)
    figures: list[Figure] = []
    for row in chosen:
        start = time.perf_counter()
        figures += row.run(setting)
        print(f"{row.name}: {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    head = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
    text = f"{head}size {options.size}\n\n{markdown(figures)}\n"
    print(text)
    if options.out is not None:
        options.out.write_text(text)
    return int(any(f.passed is False for f in figures))


if __name__ == "__main__":
    sys.exit(main())
