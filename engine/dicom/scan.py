"""Walking a folder: every file is either an ultrasound file or a refusal with its reason."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.dicom.headers import UltrasoundFile
from engine.dicom.scan_entries import Answer, Progress, read_entries, read_entry
from engine.domain.case import Refusal
from engine.domain.errors import CaseError, ErrorKind

__all__ = [
    "Listing",
    "Memory",
    "Progress",
    "TreeScan",
    "assemble",
    "duplicate_refusal",
    "list_tree",
    "read_entry",
    "scan_tree",
]
DEEPEST = 64
"""Folders below each other; a study tree has fewer than ten."""


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Regular files of a tree in a stable order, and what was not entered."""

    paths: tuple[str, ...]
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, kw_only=True)
class TreeScan:
    """What the headers of a tree tell.

    Attributes
    ----------
    files : in path order; of several with one SOPInstanceUID the first.
    refusals : everything else, duplicates included, in path order.
    duplicates : later files with the SOPInstanceUID of one in `files`; they stand in when that one does not decode.
    """

    files: tuple[UltrasoundFile, ...]
    refusals: tuple[Refusal, ...]
    duplicates: tuple[UltrasoundFile, ...] = ()


class Memory(Protocol):
    """What earlier scans found; see `engine.data.index`."""

    def known(self, paths: Sequence[str]) -> list[Answer | None]:
        """For each path what is remembered of it, None when it is new or changed."""

    def learn(self, answers: Iterable[Answer]) -> None:
        """Remember what was read now."""


def scan_tree(
    root: str, on_progress: Progress | None = None, *, skip: Iterable[str] = (), memory: Memory | None = None
) -> TreeScan:
    """Read the headers of all files below `root`.

    Parameters
    ----------
    skip : files and folders that are left out without a word, because something else reads them.
    memory : spares reading files that it knows.

    Raises
    ------
    CaseError
        UNREADABLE, when `root` itself is missing or cannot be read. Whatever lies below costs only itself.
    """
    listing = list_tree(root, skip=skip)
    answers: list[Answer | None] = [None] * len(listing.paths)
    if memory is not None:
        answers = memory.known(listing.paths)
    new = [step for step, answer in enumerate(answers) if answer is None]
    read = read_entries([listing.paths[step] for step in new], on_progress)
    for step, answer in zip(new, read, strict=True):
        answers[step] = answer
    if memory is not None:
        memory.learn(read)
    return assemble([a for a in answers if a is not None], listing.refusals)


def assemble(answers: Sequence[Answer], refusals: Sequence[Refusal] = ()) -> TreeScan:
    """Sort out duplicates among the answers to a listing's paths (in its order)."""
    first: dict[str, UltrasoundFile] = {}
    files, duplicates, refused = [], [], list(refusals)
    for answer in answers:
        if isinstance(answer, Refusal):
            refused.append(answer)
        elif answer.sop_uid and answer.sop_uid in first:
            duplicates.append(answer)
            refused.append(duplicate_refusal(answer, first[answer.sop_uid]))
        else:
            first[answer.sop_uid] = answer
            files.append(answer)
    refused.sort(key=lambda r: r.path)
    return TreeScan(files=tuple(files), refusals=tuple(refused), duplicates=tuple(duplicates))


def duplicate_refusal(file: UltrasoundFile, winner: UltrasoundFile) -> Refusal:
    """Says which file stands for this one."""
    sentence = f"{_with_folder(file)} is a duplicate of {_with_folder(winner)} (same SOPInstanceUID), which is used."
    return Refusal(path=file.path, kind=ErrorKind.UNSUPPORTED, sentence=sentence)


def _with_folder(file: UltrasoundFile) -> str:
    path = Path(file.path)
    return f"{path.parent.name}/{path.name}"


def list_tree(root: str, *, skip: Iterable[str] = ()) -> Listing:
    """All regular files below `root`, sorted by path. Links are never followed, special files never opened."""
    paths: list[str] = []
    refusals: list[Refusal] = []
    left_out = {os.path.realpath(s) for s in skip}
    if stat.S_ISREG(_root_mode(root)):
        return Listing(paths=(root,), refusals=())
    real_root = os.path.realpath(root)
    waiting = [(root, 0)]
    while waiting:
        folder, depth = waiting.pop()
        for entry in _entries(folder, root, refusals):
            if left_out and os.path.realpath(entry.path) in left_out:
                continue
            reason = _reason_to_stay_out(entry, depth, real_root)
            if reason is not None:
                kind, sentence = reason
                refusals.append(Refusal(path=entry.path, kind=kind, sentence=f"{entry.name} {sentence}"))
            elif entry.is_dir(follow_symlinks=False):
                waiting.append((entry.path, depth + 1))
            else:
                paths.append(entry.path)
    return Listing(paths=tuple(sorted(paths)), refusals=tuple(sorted(refusals, key=lambda r: r.path)))


def _root_mode(root: str) -> int:
    try:
        return Path(root).stat().st_mode
    except (OSError, ValueError) as error:
        raise CaseError(
            ErrorKind.UNREADABLE, f"{root} cannot be opened. Check that it exists and that you may read it.", str(error)
        ) from error


def _entries(folder: str, root: str, refusals: list[Refusal]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        sentence = f"The folder {Path(folder).name} cannot be read ({error.strerror}). Check that you may read it."
        if folder == root:
            raise CaseError(ErrorKind.UNREADABLE, sentence, str(error)) from error
        refusals.append(Refusal(path=folder, kind=ErrorKind.UNREADABLE, sentence=sentence))
        return []


def _reason_to_stay_out(entry: os.DirEntry[str], depth: int, real_root: str) -> tuple[ErrorKind, str] | None:
    try:
        if entry.is_symlink():
            return ErrorKind.UNREADABLE, _about_link(entry.path, real_root)
        if entry.is_dir(follow_symlinks=False):
            too_deep = "lies too deep in the tree to be read. Open it by itself."
            return (ErrorKind.UNSUPPORTED, too_deep) if depth >= DEEPEST else None
        if entry.is_file(follow_symlinks=False):
            return None
    except OSError as error:
        return ErrorKind.UNREADABLE, f"cannot be read ({error.strerror})."
    return ErrorKind.UNREADABLE, "is not a file but a pipe, socket or device, and is not opened."


def _about_link(path: str, real_root: str) -> str:
    target = os.path.realpath(path)
    if not os.path.exists(target):  # noqa: PTH110 - also False for a link to itself
        return "is a link that leads nowhere."
    if os.path.commonpath([target, real_root]) == real_root:
        return "is a link to something else in this folder, which is read in its own place."
    return "is a link that leads out of the folder and is not followed. Open the place it leads to, or copy it here."
