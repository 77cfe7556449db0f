"""Predictor: a loaded model that answers for prepared cases; the window and the batch run use the same one.

On a CPU every case is a batch of one and every operation runs in one thread. Cases side by side, or the image branches
of a single case side by side, use the other cores. So the same file and model give the same number to the last bit,
alone or among thousands, whatever the number of cores: convolution libraries choose other algorithms, and round
otherwise, for other batch sizes and thread counts. Measured on two cores, this is as fast as operations that are
themselves spread over two threads. A graphics card takes real batches in mixed precision; its last digits may vary.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import chain, islice
from typing import TypeVar

import numpy as np

from engine.data.preprocess import Prepared, PreparedCase
from engine.domain.descriptors import Descriptors
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.prediction import Doubt, Prediction
from engine.domain.task import DESCRIPTORS
from engine.models.files import ModelFile
from engine.serving.answers import prediction_of, unusable
from engine.serving.devices import Device, choose_device, is_out_of_memory
from engine.serving.graphics import GraphicsBatches
from engine.serving.runner import ModelRunner, one_thread
from engine.serving.wanted import DROPOUT_PASSES, Wanted, go_on
from engine.serving.what_if import OnPart, no_part

Key = TypeVar("Key")
Result = Prediction | CaseError


class Predictor:
    """One model on one device. Close it, or use it as a context manager, to let its threads end.

    Parameters
    ----------
    model_file : weights and card; checked while loading.
    device : "auto", "cpu" or "cuda".
    workers : cases side by side on a CPU, None = one per core.

    Raises
    ------
    CaseError
        MODEL: the model file is missing, altered or unfit; INVALID: no such device.
    """

    def __init__(self, model_file: ModelFile, device: str = "auto", *, workers: int | None = None) -> None:
        self.file, self.card = model_file, model_file.card
        self._runner = ModelRunner(model_file, choose_device(device))
        self.task = self._runner.task
        self._workers = workers or choose_device("cpu").workers
        self._threads = ThreadPoolExecutor(max(2, self._workers), thread_name_prefix="scoring", initializer=one_thread)
        self._graphics = GraphicsBatches(self._runner, self._alone)

    @property
    def device(self) -> Device:
        """Where the model runs now; the CPU after the graphics card's memory did not suffice."""
        return self._runner.device

    def predict(
        self,
        cases: Sequence[PreparedCase],
        *,
        heatmaps: bool = False,
        contributions: bool = False,
        dropout_passes: int = 0,
        tick: Callable[[], None] = go_on,
    ) -> list[Prediction]:
        """Predictions in the order of `cases`.

        Parameters
        ----------
        heatmaps, contributions, dropout_passes, tick : see `engine.serving.wanted.Wanted`.

        Raises
        ------
        CaseError
            UNSUPPORTED: a case has nothing that this model uses; TOO_LARGE: not enough memory for a single case;
            MODEL: the model answered with something that is not a number.
        """
        wanted = Wanted(heatmaps=heatmaps, contributions=contributions, dropout_passes=dropout_passes, tick=tick)
        predictions = []
        for _, result in self._stream(((None, c) for c in cases), wanted):
            if isinstance(result, CaseError):
                raise result
            predictions.append(result)
        return predictions

    def stream(
        self,
        cases: Iterable[tuple[Key, PreparedCase]],
        *,
        heatmaps: bool = False,
        contributions: bool = False,
        dropout_passes: int = 0,
    ) -> Iterator[tuple[Key, Result]]:
        """Results one after another in the order of `cases`, each with the key that came with its case.

        Only a few cases are held at a time. A case that fails gives its `CaseError`, and the next one goes on.
        """
        wanted = Wanted(heatmaps=heatmaps, contributions=contributions, dropout_passes=dropout_passes)
        return self._stream(cases, wanted)

    def _stream(self, cases: Iterable[tuple[Key, PreparedCase]], wanted: Wanted) -> Iterator[tuple[Key, Result]]:
        source = iter(cases)
        if self.device.kind == "cuda":
            while chunk := list(islice(source, self._graphics.batch)):
                results = self._graphics.results([c for _, c in chunk], wanted)
                yield from zip([k for k, _ in chunk], results, strict=True)
            return
        first = list(islice(source, 2))
        if len(first) == 1:
            [(key, case)] = first
            yield key, self._alone(case, wanted, side_by_side=self._workers > 1)
            return
        waiting: deque[tuple[Key, Future[Result]]] = deque()
        for key, case in chain(first, source):
            waiting.append((key, self._threads.submit(self._alone, case, wanted)))
            while waiting and (len(waiting) > 2 * self._workers or waiting[0][1].done()):
                yield _finished(waiting)
        while waiting:
            yield _finished(waiting)

    def doubt(self, case: PreparedCase, *, passes: int = DROPOUT_PASSES, tick: Callable[[], None] = go_on) -> Doubt:
        """How sure the model is of a case, by passes with dropout; `tick` is called between them.

        Raises
        ------
        CaseError
            UNSUPPORTED: the case has nothing that this model uses.
        """
        refused = unusable(self.card, self.task, case)
        if refused is not None:
            raise refused
        return self._threads.submit(self._runner.doubt, case, passes, tick).result()

    def what_if(
        self, case: PreparedCase, variants: Sequence[Descriptors], parts: Sequence[int] = (), on_part: OnPart = no_part
    ) -> tuple[float, ...]:
        """Probability of the positive class (of stages: of reaching it) with the case's own descriptors, then with each
        of the others.

        The images run as seldom as the model allows. As one batch, the last digits may differ from `predict`.

        Parameters
        ----------
        parts : variants that belong together, in order; `on_part` is called with all that is known after each.

        Raises
        ------
        CaseError
            UNSUPPORTED: the model uses no descriptors, or nothing of what this case has.
        """
        refused = unusable(self.card, self.task, case)
        if refused is None and DESCRIPTORS not in self.card.modalities_used:
            refused = CaseError(ErrorKind.UNSUPPORTED, f"The model {self.card.name} does not use descriptors.")
        if refused is not None:
            raise refused
        return self._threads.submit(self._runner.what_if, case, variants, parts, on_part).result()

    def warm_up(self) -> None:
        """Run every pass once on an empty picture, so that the first case does not pay for what is set up lazily."""
        size = self.card.input_size
        blank = Prepared(pixels=np.zeros((size, size, 3), np.uint8), x0=0, y0=0, x1=size, y1=size)
        nothing = np.zeros(self.task.n_terms, np.float32)
        case = PreparedCase(
            case_id="warm-up", images=dict.fromkeys(self.task.images, blank), descriptors=nothing, has_descriptors=True
        )
        self.predict([case], heatmaps=True)

    def close(self) -> None:
        """Let the threads end; safe to call twice."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Predictor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _alone(self, case: PreparedCase, wanted: Wanted, *, side_by_side: bool = False) -> Result:
        """One case as a batch of one on the CPU."""
        refused = unusable(self.card, self.task, case)
        if refused is not None:
            return refused
        branches = self._threads if side_by_side else None
        start = time.perf_counter()
        try:
            raw = self._runner.passes([case], wanted, branches=branches)
            doubt = self._runner.doubt(case, wanted.dropout_passes, wanted.tick) if wanted.dropout_passes else None
            prediction = prediction_of(self.card, self.task, case, raw, 0, "cpu", time.perf_counter() - start)
            return replace(prediction, doubt=doubt, cautions=self._runner.cautions)
        except CaseError as error:
            return error
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            return CaseError(
                ErrorKind.TOO_LARGE,
                f"There is not enough memory to run the model {self.card.name}. Close other programs, or use a "
                "smaller model.",
                str(error),
            )


def _finished(waiting: deque[tuple[Key, Future[Result]]]) -> tuple[Key, Result]:
    key, future = waiting.popleft()
    return key, future.result()
