"""Scoring a folder of DICOM files against the bare model, and against a plain loop of reading, decoding and scoring."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch

from engine.data.batches import normalised, to_batch
from engine.data.folder import open_folder
from engine.data.preprocess import PreparedCase, prepare
from engine.dicom.pixels import read_dicom_frame
from engine.domain.case import Case
from engine.domain.task import DESCRIPTORS, load_task
from engine.models.files import ModelFile, load_model
from engine.serving.batch import score_folder
from engine.serving.batch_options import BatchOptions
from tests.benchmarks.figures import Figure
from tests.benchmarks.materials import TASK, model, prepared, study
from tests.benchmarks.setting import Setting, alternating

CORES = os.cpu_count() or 1


def faithful(setting: Setting) -> Sequence[Figure]:
    """At least 0.9 of the cases per second of the bare model, which finds its tensors in memory."""
    preset, cases = "faithful" if setting.size != "minimal" else "tiny", setting.pick(2, 12, 40)
    run = _Folder(setting, preset, cases)
    seconds = alternating(
        {
            "folder": run.scoring,
            "known folder": run.scoring_known,
            "all threads": lambda: run.bare(CORES),
            "one thread": lambda: run.bare(1),
            "loop": run.plain_loop,
        },
        setting.pick(1, 1, 3),
    )
    scoring, rates = run.median_phase(), cases / min(seconds["all threads"], seconds["one thread"])
    return [
        Figure(
            what=f"{preset}: folder against bare model", measured=cases / scoring, yardstick=rates, unit="cases/s",
            bound=0.9, at_least=True, note=f"{cases} cases, decoded and scored; the bare model has tensors in memory",
        ),
        _against_loop(preset, cases, seconds),
    ]  # fmt: skip


def tiny(setting: Setting) -> Sequence[Figure]:
    """At most 1.15 of what decoding and model need of the processors, shared by all cores."""
    cases = setting.pick(2, 60, 200)
    run = _Folder(setting, "tiny", cases)
    cpu: list[float] = []

    def work() -> None:
        start = time.process_time()
        run.decode_all()
        run.bare(1)
        cpu.append(time.process_time() - start)

    seconds = alternating(
        {"folder": run.scoring, "known folder": run.scoring_known, "work": work, "loop": run.plain_loop},
        setting.pick(1, 1, 5),
    )
    ideal = sorted(cpu)[len(cpu) // 2] / CORES
    return [
        Figure(
            what="tiny: folder against the work in it", measured=run.median_phase(), yardstick=ideal, unit="s",
            bound=1.15, note=f"{cases} cases, decoded and scored; (decode CPU s + model CPU s) / {CORES} cores",
        ),
        _against_loop("tiny", cases, seconds),
    ]  # fmt: skip


def _against_loop(preset: str, cases: int, seconds: dict[str, float]) -> Figure:
    return Figure(
        what=f"{preset}: folder against plain loop", measured=seconds["folder"], yardstick=seconds["loop"], unit="s",
        bound=1.0, note=f"{cases} cases, the whole run, folder opened for the first time",
    )  # fmt: skip


class _Folder:
    """A folder that is scored, as a whole or by a plain loop."""

    def __init__(self, setting: Setting, preset: str, cases: int) -> None:
        self.file: ModelFile = model(setting, preset)
        self._folder, self._out = study(setting, cases), setting.folder / "out"
        self._cases: tuple[Case, ...] = open_folder(str(self._folder), index=False, workers=CORES).cases
        assert len(self._cases) == cases
        self._task = load_task(TASK)
        self._phases: list[float] = []
        self._size = self.file.card.input_size
        self._plain = load_model(self.file)
        self._tensors = _tensors(prepared(setting, cases, self._size), self._size)

    def scoring(self) -> None:
        """The whole run over a folder that is seen for the first time."""
        shutil.rmtree(Path(os.environ["SONOFUSE_HOME"]) / "index", ignore_errors=True)
        self._score()

    def scoring_known(self) -> None:
        """The same after an earlier opening: every file is decoded in the scoring phase, which is measured."""
        open_folder(str(self._folder), workers=CORES)
        self._phases.append(self._score())

    def _score(self) -> float:
        """Seconds from the first case to the last."""
        shutil.rmtree(self._out, ignore_errors=True)
        began: list[float] = []

        def note(_step: int, _total: int, phase: str) -> None:
            if phase == "scoring":
                began.append(time.perf_counter())

        options = BatchOptions(folder=self._folder, out=self._out, model=str(self.file.weights), device="cpu")
        summary = score_folder(options, note)
        assert summary.scored == len(self._cases)
        return began[-1] - began[0]

    def median_phase(self) -> float:
        """Seconds from the first case to the last, without opening the folder and loading the model."""
        return sorted(self._phases)[len(self._phases) // 2]

    def plain_loop(self) -> None:
        """What a person would write: load the model; read, decode, cut and score each case before the next one."""
        torch.set_num_threads(CORES)
        self._plain = load_model(self.file)
        for case in self._cases:
            [(inputs, present)] = _tensors([self._decoded(case)], self._size)
            with torch.inference_mode():
                self._plain(inputs, present)

    def decode_all(self) -> None:
        for case in self._cases:
            self._decoded(case)

    def bare(self, threads: int) -> None:
        """The model on tensors that lie ready, one case after the other."""

        def run() -> None:
            torch.set_num_threads(threads)
            with torch.inference_mode():
                for inputs, present in self._tensors:
                    self._plain(inputs, present)

        with ThreadPoolExecutor(1) as alone:
            alone.submit(run).result()

    def _decoded(self, case: Case) -> PreparedCase:
        pixels = {m: prepare(i, read_dicom_frame(i.path, i.frame).pixels, self._size) for m, i in case.images.items()}
        terms = case.descriptors.multi_hot(self._task)
        return PreparedCase(case_id=case.case_id, images=pixels, descriptors=terms, has_descriptors=True)


def _tensors(cases: Sequence[PreparedCase], size: int) -> list[tuple[dict[str, torch.Tensor], torch.Tensor]]:
    task, made = load_task(TASK), []
    for case in cases:
        inputs, present = to_batch(task, [case], size)
        made.append(({m: t if m == DESCRIPTORS else normalised(t) for m, t in inputs.items()}, present))
    return made
