"""Entry of the child process that scores: torch and the models live here and nowhere else."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from engine.child import Context, Handler
from engine.domain.case import Case, UltrasoundImage
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.prediction import Doubt, Prediction
from engine.domain.task import Task, load_task
from engine.jobs.requests import (
    ListModels,
    MeasureDoubt,
    ModelChoice,
    ScoreCase,
    ScoreMoved,
    WarmUp,
    WhatIf,
    WhatIfAnswer,
)

if TYPE_CHECKING:
    from engine.data.preprocess import Prepared, PreparedCase
    from engine.serving.predictor import Predictor

PREPARED_KEPT = 64
"""Prepared images that stay in memory (150 kB each), so that editing a descriptor decodes nothing again."""


def engine() -> Handler:
    """Handler of `ScoreCase`, `MeasureDoubt`, `ScoreMoved`, `WhatIf`, `WarmUp` and `ListModels`."""
    return _Engine().handle


class _Engine:
    def __init__(self) -> None:
        from engine.data.decoding import Decoder

        self._decoder = Decoder()
        threading.Thread(target=self._start_decoder, daemon=True, name="start of the decoder").start()
        from engine.serving import predictor  # noqa: F401 - torch loads while the folder is still being scanned

        self._predictors: dict[tuple[str, str], Predictor] = {}
        self._prepared: OrderedDict[tuple[UltrasoundImage, int], Prepared] = OrderedDict()

    def _start_decoder(self) -> None:
        with contextlib.suppress(CaseError):  # said when the first image is asked for
            self._decoder.start()

    def handle(self, request: Any, context: Context) -> Any:
        match request:
            case ScoreCase():
                return self._score(request, context)
            case WarmUp():
                return self._predictor(request.case, request.model).card.name
            case ScoreMoved():
                return self._moved(request, context)
            case MeasureDoubt():
                return self._doubt(request, context)
            case WhatIf():
                return self._what_if(request, context)
            case ListModels():
                return _choices()
        raise CaseError(ErrorKind.INVALID, "This request is not known here.", type(request).__name__)

    def _score(self, request: ScoreCase, context: Context) -> Prediction:
        task = load_task(request.case.task)
        predictor = self._predictor(request.case, request.model, request.device)
        context.progress(1, 3, "decoding")
        prepared = self._prepare(request.case, task, predictor.card.input_size)
        context.progress(2, 3, "scoring")
        [prediction] = predictor.predict(
            [prepared],
            heatmaps=request.heatmaps,
            contributions=request.contributions,
            tick=lambda: context.progress(2, 3, "scoring"),
        )
        return prediction

    def _doubt(self, request: MeasureDoubt, context: Context) -> Doubt:
        predictor = self._predictor(request.case, request.model, request.device)
        prepared = self._prepare(request.case, load_task(request.case.task), predictor.card.input_size)
        return predictor.doubt(prepared, passes=request.passes, tick=lambda: context.progress(1, 2, "dropout passes"))

    def _what_if(self, request: WhatIf, context: Context) -> WhatIfAnswer:
        predictor = self._predictor(request.case, request.model, request.device)
        prepared = self._prepare(request.case, load_task(request.case.task), predictor.card.input_size)
        n = len(request.variants)

        def so_far(known: tuple[float, ...]) -> None:
            context.progress(len(known) - 1, n, WhatIfAnswer(base=known[0], changed=known[1:]))

        context.progress(0, n)
        base, *changed = predictor.what_if(prepared, request.variants, request.parts, so_far)
        return WhatIfAnswer(base=base, changed=tuple(changed))

    def _moved(self, request: ScoreMoved, context: Context) -> tuple[float, ...]:
        if not request.cases:
            return ()
        task = load_task(request.cases[0].task)
        predictor = self._predictor(request.cases[0], request.model, request.device)
        prepared = []
        for number, case in enumerate(request.cases):
            context.progress(number, len(request.cases) + 1, "decoding")
            prepared.append(self._prepare(case, task, predictor.card.input_size))
        return tuple(task.chance_of_positive(p.probabilities) for p in predictor.predict(prepared))

    def _predictor(self, case: Case, named: str | None, device: str = "auto") -> Predictor:
        from engine.serving.choice import choose_model, why_not
        from engine.serving.predictor import Predictor

        file = choose_model([case], load_task(case.task), named)
        reason = why_not(file.card, case, named)
        if reason is not None:
            raise CaseError(ErrorKind.UNSUPPORTED, reason)
        key = (file.card.sha256, device)
        if key not in self._predictors:
            for old in self._predictors.values():
                old.close()
            self._predictors.clear()  # one model in memory at a time
            predictor = Predictor(file, device)
            predictor.warm_up()
            self._predictors[key] = predictor
        return self._predictors[key]

    def _prepare(self, case: Case, task: Task, size: int) -> PreparedCase:
        from engine.data.preprocess import PreparedCase

        images = {m: self._image(case.images[m], size) for m in task.images if m in case.images}
        return PreparedCase(
            case_id=case.case_id,
            images=images,
            descriptors=case.descriptors.multi_hot(task),
            has_descriptors=not case.descriptors.is_missing,
        )

    def _image(self, image: UltrasoundImage, size: int) -> Prepared:
        key = (image, size)
        if key not in self._prepared:
            self._prepared[key] = self._decoder.prepared(image, size)
        self._prepared.move_to_end(key)
        while len(self._prepared) > PREPARED_KEPT:
            self._prepared.popitem(last=False)
        return self._prepared[key]


def _choices() -> tuple[ModelChoice, ...]:
    from engine.models.files import installed_models

    return tuple(
        ModelChoice(
            name=f.card.name,
            task=f.card.task,
            preset=f.card.preset,
            simulated_only=f.card.simulated_only,
            trained_on=f.card.trained_on,
            not_for=f.card.not_for,
            architecture=f.card.architecture,
            modalities=f.card.modalities_used,
        )
        for f in installed_models()
    )
