"""Scanning the headers of a tree against a plain loop of pydicom that parses the same elements of the same files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pydicom

from engine.data.index import FolderIndex
from engine.dicom.headers import HEADER_KEYWORDS
from engine.dicom.scan import scan_tree
from tests.benchmarks.figures import Figure
from tests.benchmarks.materials import tree
from tests.benchmarks.setting import Setting, alternating


def new(setting: Setting) -> Sequence[Figure]:
    """A tree that was never seen: read by two processes as soon as that is worth it."""
    files = setting.pick(40, 3000, 6000)
    folder = tree(setting, files)
    seconds = alternating(
        {"scan": lambda: scan_tree(str(folder)), "pydicom": lambda: _loop(folder, read_values=False),
         "values": lambda: _loop(folder, read_values=True)},
        setting.pick(1, 3, 5),
    )  # fmt: skip
    return [
        _speed(
            "new tree: header scan", files, seconds["pydicom"], seconds["scan"], 1.6, "dcmread, values not looked at"
        ),
        _speed("new tree: header scan", files, seconds["values"], seconds["scan"], 1.6, "dcmread and every value"),
    ]


def known(setting: Setting) -> Sequence[Figure]:
    """A tree that was scanned before, by index."""
    files = setting.pick(40, 3000, 6000)
    folder = tree(setting, files)
    shutil.rmtree(Path(os.environ["SONOFUSE_HOME"]) / "index", ignore_errors=True)
    _scan_with_index(folder)
    seconds = alternating(
        {"scan": lambda: _scan_with_index(folder), "pydicom": lambda: _loop(folder, read_values=False)},
        setting.pick(1, 3, 5),
    )
    return [
        _speed("known tree: header scan", files, seconds["pydicom"], seconds["scan"], 20, "dcmread, values not read")
    ]


def _speed(what: str, files: int, loop: float, scan: float, bound: float, how: str) -> Figure:
    return Figure(
        what=what, measured=files / scan, yardstick=files / loop, unit="files/s", bound=bound, at_least=True,
        note=f"{files} files, {scan / files * 1000:.3f} ms a file; plain loop: {how}, {loop / files * 1000:.3f} ms",
    )  # fmt: skip


def _scan_with_index(folder: Path) -> None:
    index = FolderIndex(str(folder))
    scan_tree(str(folder), memory=index)
    index.save()


def _loop(folder: Path, *, read_values: bool) -> None:
    for path in sorted(folder.rglob("*.dcm")):
        dataset = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(HEADER_KEYWORDS))
        for element in dataset if read_values else ():
            _ = element.value
