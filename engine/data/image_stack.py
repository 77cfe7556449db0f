"""Images of many cases, decoded and prepared once and then mapped from the disk."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.data import kept_images
from engine.data.decoding import DecoderPool
from engine.data.duplicate_images import pixel_hashes
from engine.data.kept_images import SetWriter, Stack, cases_folder, make_room, read_set, remove_set
from engine.data.lesion_masks import mask_of, prepared_mask
from engine.data.preprocess import PREPROCESSING_VERSION, PreparedCase
from engine.domain.case import Case
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import Task

Progress = Callable[[int, int, str], None]
_LAYOUT = 1
_MASKS = "masks"


@dataclass(frozen=True, kw_only=True)
class ImageStack:
    """Images of those cases that could be read.

    Attributes
    ----------
    rows : (n,) number of the case, among those asked for, that each row belongs to.
    images : image modality -> (n, size, size, 3) uint8, zeros where missing; mapped from the disk where it was kept.
    present : (n, image modalities) bool.
    masks : (n, size, size) uint8 of 0 and 1, all 0 where none is known; None unless asked for.
    failures : number of a case -> why it could not be read.
    told : sentences for the person, e.g. that the disk is full.
    decoded : False when all came from the disk.
    """

    rows: npt.NDArray[np.int64]
    images: dict[str, Stack]
    present: npt.NDArray[np.bool_]
    masks: Stack | None
    failures: Mapping[int, str]
    told: tuple[str, ...] = ()
    decoded: bool = True

    def pixel_hashes(self) -> list[tuple[str, ...]]:
        """Per row and image modality 32 hex digits of the prepared pixels, "" where missing."""
        return pixel_hashes(self.images, self.present)


def image_stack(
    cases: Sequence[Case],
    task: Task,
    size: int,
    *,
    masks: bool = False,
    workers: int = 1,
    cache: Path | None = None,
    keep: bool = True,
    on_progress: Progress | None = None,
) -> ImageStack:
    """Prepared images of some cases, from the disk when the same files were prepared before.

    Parameters
    ----------
    masks : lesion masks of research folders too.
    workers : decoding processes.
    cache : folder of the kept images, by default the person's cache folder; `keep` False = neither read nor write it.

    Raises
    ------
    CaseError
        STOPPED. Files that cannot be read are `failures`; a disk that is full is `told` and costs speed alone.
    """
    folder = cases_folder(cache) / _key(cases, task, size, masks)
    found = read_set(folder) if keep else None
    if found is not None:
        with contextlib.suppress(KeyError, ValueError, TypeError, IndexError):
            stack = _stack(task, size, *found, decoded=False)
            if not _any_readable([cases[row] for row in stack.failures], task, size, workers):
                return stack
            remove_set(folder)
    there = [m for m in task.images if any(m in case.images for case in cases)]
    shapes: dict[str, tuple[int, ...]] = dict.fromkeys(there, (size, size, 3))
    if masks:
        shapes[_MASKS] = (size, size)
    sink = _Sink(folder if keep else None, shapes, len(cases))
    try:
        contents = _fill(sink, cases, task, size, workers, on_progress)
        stacks = sink.finish(contents)
    finally:
        sink.discard()
    if keep:
        make_room(cache, keep=folder)
    return _stack(task, size, stacks, contents, told=sink.told)


def _stack(
    task: Task,
    size: int,
    stacks: Mapping[str, Stack],
    contents: Mapping[str, Any],
    *,
    decoded: bool = True,
    told: tuple[str, ...] = (),
) -> ImageStack:
    n = len(contents["rows"])
    # A modality that no case has takes neither memory nor disk.
    nothing = np.broadcast_to(np.zeros((1, 1, 1, 1), np.uint8), (n, size, size, 3))
    return ImageStack(
        rows=np.asarray(contents["rows"], np.int64),
        images={m: stacks.get(m, nothing) for m in task.images},
        present=np.asarray(contents["present"], bool).reshape(n, len(task.images)),
        masks=stacks.get(_MASKS),
        failures={int(row): sentence for row, sentence in contents["failures"].items()},
        told=(*contents["told"], *told),
        decoded=decoded,
    )


def _key(cases: Sequence[Case], task: Task, size: int, masks: bool) -> str:
    """Digest of all that decides on the pixels: files by place, size and time of change, frame, crop, task, size."""
    digest = hashlib.sha256(repr((_LAYOUT, PREPROCESSING_VERSION, task.name, task.images, size, masks)).encode())
    for case in cases:
        for modality in task.images:
            image = case.images.get(modality)
            if image is None:
                continue
            mask = mask_of(image) if masks else None
            parts = (modality, _stamp(Path(image.path)), image.frame, image.crop, mask and _stamp(mask))
            digest.update(repr(parts).encode(errors="surrogateescape"))
        digest.update(b"\n")
    return digest.hexdigest()[:32]


def _stamp(path: Path) -> tuple[str, int, int]:
    try:
        status = path.stat()
    except OSError:
        return str(path), -1, 0
    return str(path), status.st_size, status.st_mtime_ns


def _fill(
    sink: _Sink, cases: Sequence[Case], task: Task, size: int, workers: int, on_progress: Progress | None
) -> dict[str, Any]:
    rows: list[int] = []
    present: list[list[bool]] = []
    failures: dict[str, str] = {}
    told: list[str] = []
    for row, case, prepared in _prepared(cases, task, size, workers):
        if on_progress:
            on_progress(row + 1, len(cases), "decoding images")
        if isinstance(prepared, CaseError):
            if prepared.kind is ErrorKind.STOPPED:
                raise prepared
            failures[str(row)] = prepared.sentence
            continue
        squares = {m: prepared.images[m].pixels for m in task.images if m in prepared.images}
        present.append([m in squares for m in task.images])
        rows.append(row)
        if _MASKS in sink.shapes:
            squares[_MASKS] = _mask(case, task, size, told)
        sink.add({n: squares[n] if n in squares else np.zeros(shape, np.uint8) for n, shape in sink.shapes.items()})
    return {"rows": rows, "present": present, "failures": failures, "told": told}


def _prepared(
    cases: Sequence[Case], task: Task, size: int, workers: int
) -> Iterator[tuple[int, Case, PreparedCase | CaseError]]:
    with DecoderPool(workers) as pool:
        for row, (case, prepared) in enumerate(pool.prepared_cases(cases, task, size)):
            yield row, case, prepared


def _any_readable(failed: Sequence[Case], task: Task, size: int, workers: int) -> bool:
    """Whether a case that failed before can be read now: a busy machine may have been too slow for it that time."""
    return bool(failed) and any(not isinstance(p, CaseError) for _, _, p in _prepared(failed, task, size, workers))


def _mask(case: Case, task: Task, size: int, told: list[str]) -> Stack:
    image = case.images.get(task.images[0])
    try:
        mask = prepared_mask(image, size) if image is not None else None
    except CaseError as error:
        told.append(f"{case.case_id}: {error.sentence}")
        mask = None
    return np.zeros((size, size), np.uint8) if mask is None else mask


class _Sink:
    """Rows to the disk and, from the moment that it takes no more, to memory."""

    def __init__(self, folder: Path | None, shapes: Mapping[str, tuple[int, ...]], most: int) -> None:
        self.shapes = dict(shapes)
        self.told: tuple[str, ...] = ()
        self._folder, self._most, self._rows = folder, most, 0
        self._writer: SetWriter | None = None
        self._memory: dict[str, Stack] = {}
        need = most * sum(int(np.prod(shape)) for shape in shapes.values())
        if folder is None:
            self._to_memory()
            return
        try:
            self._writer = SetWriter(folder, shapes)
            free = shutil.disk_usage(folder.parent).free
            if free < need + kept_images.SPARE_BYTES:
                self._tell(f"only {free / 2**20:.0f} MB are free there, {need / 2**20:.0f} MB are needed")
        except OSError as error:
            self._tell(error.strerror or str(error))

    def add(self, row: Mapping[str, Stack]) -> None:
        if self._writer is not None:
            try:
                self._writer.add(row)
            except OSError as error:
                self._tell(error.strerror or str(error))
        if self._writer is None:
            for name, pixels in row.items():
                self._memory[name][self._rows] = pixels
        self._rows += 1

    def finish(self, contents: Mapping[str, Any]) -> dict[str, Stack]:
        """All rows; mapped from the disk where they are kept."""
        if self._writer is not None:
            assert self._folder is not None
            try:
                self._writer.finish(contents)
                found = read_set(self._folder)
                if found is not None:
                    return found[0]
                raise OSError("what was written cannot be read again")
            except OSError as error:
                self._tell(error.strerror or str(error))
        return {name: stack[: self._rows] for name, stack in self._memory.items()}

    def discard(self) -> None:
        if self._writer is not None:
            self._writer.discard()

    def _tell(self, why: str) -> None:
        place = self._folder.parent if self._folder is not None else ""
        self.told = (
            f"The decoded images could not be kept in {place} ({why}). They stay in memory this time; free some space "
            "there, and the next run need not decode them again.",
        )
        self._to_memory()

    def _to_memory(self) -> None:
        if self._writer is not None:
            self._memory = self._writer.written(self._most)
            self._writer.discard()
            self._writer = None
        else:
            self._memory = {name: np.zeros((self._most, *shape), np.uint8) for name, shape in self.shapes.items()}
