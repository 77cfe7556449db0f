"""Prepared images as files: one folder per set, memory-mapped arrays without pickle, the oldest sets make room.

A set is written to a folder of its own beside the others and renamed when all of it is on the disk, so that a process
that is killed in between leaves nothing that could be taken for a set, and of two that write the same one the first
wins. Rows go out by plain writes, as a full disk under a memory map would end the process.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt

from engine.data.places import cache_folder

MOST_BYTES = 10 * 2**30
"""All sets together."""
SPARE_BYTES = 512 * 2**20
"""Left free on the disk for readings and reports."""
ABANDONED_S = 24 * 3600
"""A part that nobody has written to for so long belongs to a process that is gone."""
_CONTENTS = "contents.json"
_HEADER = 128
Stack = npt.NDArray[np.uint8]


def cases_folder(cache: Path | None = None) -> Path:
    """Where the sets lie: in `cache`, by default the person's cache folder."""
    return (cache if cache is not None else cache_folder()) / "cases"


def kept_bytes(cache: Path | None = None) -> int:
    """Size of all sets, also of unfinished ones."""
    with contextlib.suppress(OSError):
        return sum(_size(folder) for folder in cases_folder(cache).iterdir())
    return 0


def read_set(folder: Path) -> tuple[dict[str, Stack], dict[str, Any]] | None:
    """Arrays by name, read only and mapped from the disk, and what was written beside them; None where no whole set is.

    The set counts as used now.
    """
    try:
        contents: dict[str, Any] = json.loads((folder / _CONTENTS).read_bytes())
        # The plain class, as rows of a memory map would claim to be memory maps too.
        stacks = {
            name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))
            for name in contents["arrays"]
        }
        if any(list(stacks[name].shape) != shape for name, shape in contents["arrays"].items()):
            return None
        with contextlib.suppress(OSError):  # a cache that may only be read is a cache too
            os.utime(folder / _CONTENTS)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return stacks, contents


def make_room(cache: Path | None = None, *, keep: Path | None = None, most: int | None = None) -> None:
    """Remove the sets that were used longest ago until the rest fits, and parts that were left behind."""
    sets: list[tuple[float, int, Path]] = []
    with contextlib.suppress(OSError):
        for folder in cases_folder(cache).iterdir():
            if folder.name.startswith("."):
                if time.time() - _touched(folder) > ABANDONED_S:
                    shutil.rmtree(folder, ignore_errors=True)
            else:
                sets.append((_touched(folder / _CONTENTS), _size(folder), folder))
    total = 0
    for _, size, folder in sorted(sets, reverse=True):
        total += size
        if total > (MOST_BYTES if most is None else most) and folder != keep:
            remove_set(folder)


def remove_set(folder: Path) -> None:
    """Remove one set. Another process may have it mapped, which does it no harm; it is never seen by half."""
    with contextlib.suppress(OSError):
        gone = Path(mkdtemp(dir=folder.parent, prefix=".gone-"))
        folder.rename(gone / folder.name)
        shutil.rmtree(gone, ignore_errors=True)


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _touched(path: Path) -> float:
    """Newest time of change of a file, or of anything in a folder; 0 where it is gone."""
    try:
        return max(p.stat().st_mtime for p in (path, *path.glob("*")))
    except OSError:
        return 0.0


class SetWriter:
    """Writes one set row by row; every method raises `OSError` when the disk does not take it.

    Parameters
    ----------
    folder : where the set will lie.
    shapes : name of an array -> shape of one row, uint8.
    """

    def __init__(self, folder: Path, shapes: Mapping[str, tuple[int, ...]]) -> None:
        self._folder, self._shapes = folder, dict(shapes)
        self._rows = 0
        self._files: dict[str, BinaryIO] = {}
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._part = Path(mkdtemp(dir=folder.parent, prefix=".part-"))
        try:
            for name in self._shapes:
                # Unbuffered: what a write has taken is in the file, whatever happens to the next one.
                self._files[name] = cast(BinaryIO, (self._part / f"{name}.npy").open("w+b", buffering=0))
                _write_all(self._files[name], bytes(_HEADER))
        except OSError:
            self.discard()
            raise

    def add(self, row: Mapping[str, Stack]) -> None:
        """One row of every array."""
        for name, pixels in row.items():
            _write_all(self._files[name], np.ascontiguousarray(pixels).data.cast("B"))
        self._rows += 1

    def written(self, rows: int) -> dict[str, Stack]:
        """Arrays of `rows` rows in memory, the first ones as far as they were written."""
        stacks = {name: np.zeros((rows, *shape), np.uint8) for name, shape in self._shapes.items()}
        for name, stack in stacks.items():
            wanted = stack[: self._rows].reshape(-1)
            wanted[:] = np.fromfile(self._part / f"{name}.npy", np.uint8, wanted.size, offset=_HEADER)
        return stacks

    def finish(self, contents: Mapping[str, Any]) -> None:
        """Put the set in its place, unless another process has put the same one there before."""
        arrays = {name: [self._rows, *shape] for name, shape in self._shapes.items()}
        for name, file in self._files.items():
            file.seek(0)
            _write_all(file, _npy_header(tuple(arrays[name])))
            os.fsync(file.fileno())
            file.close()
        with (self._part / _CONTENTS).open("w", encoding="utf-8") as text:
            json.dump({**contents, "arrays": arrays}, text)
            text.flush()
            os.fsync(text.fileno())
        try:
            self._part.rename(self._folder)
        except OSError:
            if read_set(self._folder) is None:  # a damaged set, which this one replaces
                remove_set(self._folder)
                self._part.rename(self._folder)
            else:
                self.discard()

    def discard(self) -> None:
        """Remove what was written; safe to call twice."""
        for file in self._files.values():
            with contextlib.suppress(OSError):
                file.close()
        shutil.rmtree(self._part, ignore_errors=True)


def _write_all(file: BinaryIO, data: bytes | memoryview) -> None:
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def _npy_header(shape: tuple[int, ...]) -> bytes:
    """Header of a uint8 array, always as long (NumPy's format, version 1.0)."""
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}"
    length = _HEADER - 10
    return b"\x93NUMPY\x01\x00" + length.to_bytes(2, "little") + text.ljust(length - 1).encode() + b"\n"
