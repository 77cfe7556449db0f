"""Batches on a graphics card: smaller ones when its memory is full, the CPU when even one case is too much."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import torch

from engine.data.preprocess import PreparedCase
from engine.domain.errors import CaseError
from engine.domain.prediction import Doubt, Prediction
from engine.serving.answers import prediction_of, unusable
from engine.serving.devices import is_out_of_memory
from engine.serving.passes import RawAnswer
from engine.serving.runner import ModelRunner
from engine.serving.wanted import Wanted

LARGEST_BATCH = 32
FELL_BACK = "The graphics card ran out of memory; scored on the CPU."

Result = Prediction | CaseError


class GraphicsBatches:
    """Scores batches on the graphics card of a runner.

    Parameters
    ----------
    alone : scores one case on the CPU, for when the card gives up.

    Attributes
    ----------
    batch : cases per batch, halved each time the memory did not suffice.
    """

    def __init__(self, runner: ModelRunner, alone: Callable[[PreparedCase, Wanted], Result]) -> None:
        self._runner = runner
        self._alone = alone
        self.batch = LARGEST_BATCH

    def results(self, cases: Sequence[PreparedCase], wanted: Wanted) -> list[Result]:
        """One result per case, in order."""
        if self._runner.device.kind == "cpu":
            return [_with_note(self._alone(c, wanted)) for c in cases]
        refused = [unusable(self._runner.card, self._runner.task, c) for c in cases]
        fit = [c for c, refusal in zip(cases, refused, strict=True) if refusal is None]
        scored = iter(self._scored(fit, wanted) if fit else [])
        return [next(scored) if refusal is None else refusal for refusal in refused]

    def _scored(self, cases: Sequence[PreparedCase], wanted: Wanted) -> list[Result]:
        start = time.perf_counter()
        try:
            raw = self._runner.passes(cases, wanted)
            doubts = [self._doubt(case, wanted) for case in cases]
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            self._give_way(len(cases))
        else:
            seconds = (time.perf_counter() - start) / len(cases)
            return [self._one(case, raw, row, seconds, doubts[row]) for row, case in enumerate(cases)]
        # Outside of the handler, so that the failed pass's tensors are gone before the next try.
        parts = [cases[i : i + self.batch] for i in range(0, len(cases), self.batch)]
        return [r for part in parts for r in self.results(part, wanted)]

    def _doubt(self, case: PreparedCase, wanted: Wanted) -> Doubt | None:
        """Case by case: each has a seed of its own."""
        return self._runner.doubt(case, wanted.dropout_passes, wanted.tick) if wanted.dropout_passes else None

    def _one(self, case: PreparedCase, raw: RawAnswer, row: int, seconds: float, doubt: Doubt | None) -> Result:
        try:
            prediction = prediction_of(self._runner.card, self._runner.task, case, raw, row, "cuda", seconds)
        except CaseError as error:
            return error
        return replace(prediction, doubt=doubt, cautions=self._runner.cautions)

    def _give_way(self, tried: int) -> None:
        """After the memory was full with `tried` cases at once."""
        torch.cuda.empty_cache()
        if tried > 1:
            self.batch = max(1, tried // 2)
        else:
            self._runner.move_to_cpu()


def _with_note(result: Result) -> Result:
    return result if isinstance(result, CaseError) else replace(result, notes=(*result.notes, FELL_BACK))
