"""What earlier openings of a folder found, so that opening it again reads only what is new.

The index is there for speed alone. A file counts as known while its size, times and inode are what they were; an index
that is damaged, of another version of the program or of other rules for reading files is thrown away without a word.
It holds what `engine.dicom.headers.UltrasoundFile` holds, patient identifiers among it, and therefore lies in the
person's own data folder, readable by them alone (mode 0600). One file per opened folder; the oldest make room.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
import zlib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgpack

import engine.dicom
import engine.domain
from engine.child.table import pack, unpack
from engine.data.places import data_folder
from engine.dicom.headers import UltrasoundFile
from engine.domain.case import Refusal, UltrasoundImage
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.files import write_atomically

VERSION = 1
"""Raise it when the layout of this file changes; changed rules for reading files are noticed by themselves."""
MOST_FILES = 200_000
"""Files of one folder; a larger folder is read anew each time."""
MOST_BYTES = 256 * 2**20
"""All indexes together."""
SETTLED_NS = 2_000_000_000
"""A file that changed more recently could change again without its time showing it (FAT counts in steps of 2 s)."""

_Stamp = tuple[int, int, int, int]
_Answer = UltrasoundFile | Refusal


class FolderIndex:
    """Headers and pictures of one folder's files as they were found before.

    Parameters
    ----------
    root : the folder, as it is opened.
    place : folder of the index files; the person's data folder by default.
    """

    def __init__(self, root: str, place: Path | None = None) -> None:
        self._place = place if place is not None else data_folder() / "index"
        key = f"{root}\0{os.path.realpath(root)}"
        self._file = self._place / f"{hashlib.sha256(key.encode(errors='replace')).hexdigest()[:24]}.idx"
        self._stamps: dict[str, _Stamp] = {}
        self._answers: dict[str, tuple[_Stamp, _Answer]] = {}
        self._views: dict[str, tuple[UltrasoundImage, ...]] | None = None
        self._coded_views = b""
        self._changed = False
        with contextlib.suppress(Exception):  # whatever is wrong with it, the folder is read anew
            self._load(self._file.read_bytes())

    def known(self, paths: Sequence[str]) -> list[_Answer | None]:
        """For each path what was found before, None where it is new, changed or changed just now."""
        remembered, self._answers = self._answers, {}
        self._stamps = {}
        latest = time.time_ns() - SETTLED_NS
        found: list[_Answer | None] = []
        for path in paths:
            stamp = _stamp(path)
            entry = remembered.get(path)
            if entry is not None and entry[0] == stamp:
                self._answers[path] = entry
                found.append(entry[1])
                continue
            if stamp is not None and stamp[1] < latest:
                self._stamps[path] = stamp
            found.append(None)
        self._changed = len(self._answers) != len(remembered)
        return found

    def learn(self, answers: Iterable[_Answer]) -> None:
        """Remember what was read after `known` had asked for it."""
        for answer in answers:
            stamp = self._stamps.get(answer.path)
            lasting = not (isinstance(answer, Refusal) and answer.kind is ErrorKind.UNREADABLE)  # rights may change
            if stamp is not None and lasting:
                self._answers[answer.path] = (stamp, answer)
                self._all_views().pop(answer.path, None)
                self._changed = True

    def views(self, file: UltrasoundFile) -> tuple[UltrasoundImage, ...] | None:
        """The pictures that were found in a file, None when it has to be decoded."""
        entry = self._answers.get(file.path)
        return self._all_views().get(file.path) if entry is not None and entry[1] is file else None

    def learn_views(self, file: UltrasoundFile, images: tuple[UltrasoundImage, ...]) -> None:
        """Remember the pictures found in a file whose header is remembered."""
        entry = self._answers.get(file.path)
        if entry is not None and entry[1] is file and images:
            self._all_views()[file.path] = images
            self._changed = True

    def save(self) -> None:
        """Write what changed; when that cannot be done, the next opening is slower and nothing else."""
        if not self._changed or not 0 < len(self._answers) <= MOST_FILES:
            return
        images = [i for path, found in self._all_views().items() if path in self._answers for i in found]
        answers = [answer for _, answer in self._answers.values()]
        body = msgpack.packb((pack(answers), [stamp for stamp, _ in self._answers.values()], pack(images)))
        with contextlib.suppress(CaseError, OSError):
            self._place.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(self._file, _head(body) + body, private=True)
            self._changed = False
            _make_room(self._place)

    def _load(self, data: bytes) -> None:
        head = _head(data[len(_head(b"")) :])
        if not data.startswith(head):
            raise ValueError("another version, or damaged")
        coded, stamps, self._coded_views = msgpack.unpackb(data[len(head) :], use_list=False)
        answers = unpack(coded)
        self._answers = {a.path: (s, a) for a, s in zip(answers, stamps, strict=True) if isinstance(a, _Answer)}

    def _all_views(self) -> dict[str, tuple[UltrasoundImage, ...]]:
        """Path -> pictures; read when first needed, as a scan of headers needs none."""
        if self._views is None:
            views: dict[str, tuple[UltrasoundImage, ...]] = {}
            with contextlib.suppress(Exception):
                for image in unpack(self._coded_views) if self._coded_views else ():
                    views[image.path] = (*views.get(image.path, ()), image)
            self._views, self._coded_views = views, b""
        return self._views


def remembered_folders(place: Path | None = None) -> tuple[str, ...]:
    """Folders that were opened before and are still there, each as deep as its files share it; none within another."""
    found: set[str] = set()
    for file in (place if place is not None else data_folder() / "index").glob("*.idx"):
        with contextlib.suppress(Exception):  # whatever is wrong with one, the others are told
            memory = FolderIndex("", place)
            memory._load(file.read_bytes())
            found.add(os.path.commonpath([str(Path(path).parent) for path in memory._answers]))
    there = sorted(folder for folder in found if Path(folder).is_dir())
    return tuple(f for f in there if not any(Path(f) != Path(o) and Path(f).is_relative_to(o) for o in there))


def _stamp(path: str) -> _Stamp | None:
    """(size, time of change, time of the inode's change, inode) in bytes and ns."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _head(body: bytes) -> bytes:
    return f"SonoFuse index {VERSION} {_rules()} {zlib.crc32(body):08x}\n".encode()


@cache
def _rules() -> str:
    """Digest of the program text that decides what is found in a file: nobody need remember to raise a number."""
    digest = hashlib.sha256()
    for package in (engine.dicom, engine.domain):
        for folder in sorted(package.__path__):
            for source in sorted(Path(folder).glob("*.py")):
                digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _make_room(place: Path) -> None:
    """Remove the indexes that were written longest ago until the rest fits."""
    files: list[tuple[float, int, Path]] = []
    for file in place.glob("*.idx"):
        status: Any = file.stat()
        files.append((status.st_mtime, status.st_size, file))
    total = 0
    for _, size, file in sorted(files, reverse=True):
        total += size
        if total > MOST_BYTES:
            file.unlink(missing_ok=True)
