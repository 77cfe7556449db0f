"""Studies and models that the rows share, made once per run."""

from __future__ import annotations

import os
from pathlib import Path

import pydicom
import torch

from engine.data.phantom import generate, simulate_prepared
from engine.data.preprocess import PreparedCase
from engine.domain.task import load_task
from engine.models.files import ModelFile, find_model, save_model
from engine.models.registry import create_model
from tests.benchmarks.setting import Setting

TASK = "breast_lesion"
DIFFERENT = 40
"""Simulated cases of a large study; the others repeat them under numbers of their own."""
LONG_AGO_NS = 10**18
_HEAD = 4000


def model(setting: Setting, preset: str) -> ModelFile:
    """MHFNet with random weights: speed does not depend on what it has learnt."""
    folder = setting.folder / f"model-{preset}"
    if not folder.is_dir():
        torch.manual_seed(0)
        made = create_model("mhfnet", load_task(TASK), preset)
        save_model(made, folder, name=f"random-{preset}", heatmap_weak_below=0.0, heatmap_full_scale=0.02)
    return find_model(str(folder))


def study(setting: Setting, cases: int) -> Path:
    """A folder of simulated cases, each of a B-mode and a Doppler picture."""
    folder = setting.folder / f"study-{cases}"
    if folder.is_dir():
        return folder
    if cases <= DIFFERENT:
        generate(folder, cases=cases, seed=1)
        return folder
    source = study(setting, DIFFERENT)
    files = sorted(source.rglob("*.dcm"))
    deflated = {_numbers(p)[-1] for p in files if not _can_be_renumbered(p)}
    contents = [(p.relative_to(source), p.read_bytes(), _numbers(p)) for p in files if _numbers(p)[-1] not in deflated]
    different = len({numbers[-1] for _, _, numbers in contents})
    for copy in range(-(-cases // different)):
        seen: set[bytes] = set()
        for place, data, numbers in contents:
            seen.add(numbers[-1])
            if copy * different + len(seen) > cases:
                break
            target = folder / f"{copy:03}" / place
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(_renumbered(data, numbers, copy))
    return folder


def tree(setting: Setting, files: int) -> Path:
    """A folder of as many ultrasound files that were not changed lately."""
    folder = setting.folder / f"tree-{files}"
    if folder.is_dir():
        return folder
    source = study(setting, setting.pick(3, DIFFERENT, DIFFERENT))
    usable = [p for p in sorted(source.rglob("*.dcm")) if _can_be_renumbered(p)]
    contents = [(path.read_bytes(), _numbers(path)) for path in usable]
    for number in range(files):
        data, numbers = contents[number % len(contents)]
        target = folder / f"{number // 100:04}" / f"{number:05}.dcm"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(_renumbered(data, numbers, number))
        os.utime(target, ns=(LONG_AGO_NS, LONG_AGO_NS))
    return folder


def prepared(setting: Setting, count: int, size: int) -> list[PreparedCase]:
    """Cases as a model takes them."""
    different = min(count, setting.pick(2, 8, 16))
    cases = [case for case, _ in simulate_prepared(different, 1, size, TASK)]
    return [cases[i % different] for i in range(count)]


def _can_be_renumbered(path: Path) -> bool:
    """False where the header itself is deflated."""
    return _numbers(path)[1] in path.read_bytes()[:_HEAD]


def _numbers(path: Path) -> tuple[bytes, bytes]:
    dataset = pydicom.dcmread(path, stop_before_pixels=True)
    return str(dataset.SOPInstanceUID).encode(), str(dataset.StudyInstanceUID).encode()


def _renumbered(data: bytes, numbers: tuple[bytes, ...], copy: int) -> bytes:
    """The same file as another image of another study: its UIDs end differently and are as long as they were."""
    head = data[:_HEAD]
    for number in numbers:
        head = head.replace(number, number[:-7] + f"{copy % 10**6 + 1:07}".encode())
    return head + data[_HEAD:]
