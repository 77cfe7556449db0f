"""A loaded model on its device: prepared cases in, raw answers out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor

import torch
from torch import Tensor

from engine.data.batches import normalised, to_batch
from engine.data.preprocess import PreparedCase
from engine.domain.descriptors import Descriptors
from engine.domain.prediction import Doubt
from engine.domain.task import DESCRIPTORS, load_task
from engine.models.files import ModelFile, load_model
from engine.models.folding import fold_batch_norms
from engine.serving.devices import Device, choose_device
from engine.serving.doubt import doubt_of, seed_of
from engine.serving.passes import RawAnswer, answer
from engine.serving.wanted import Wanted
from engine.serving.what_if import OnPart, no_part, positive_probabilities, variant_logits


def one_thread() -> None:
    """Let operations that are started from this thread run in it alone; see `engine.serving.predictor`."""
    if torch.get_num_threads() != 1:
        torch.set_num_threads(1)


class ModelRunner:
    """Weights, device and the one place where a batch meets the model.

    Attributes
    ----------
    device : where the model is now.
    """

    def __init__(self, file: ModelFile, device: Device) -> None:
        self.card = file.card
        self.task = load_task(file.card.task)
        self.device = device
        self._model = load_model(file).requires_grad_(False)
        fold_batch_norms(self._model)
        self._model.to(device=device.kind, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._used = torch.tensor([m in file.card.modalities_used for m in self.task.modalities])

    @property
    def cautions(self) -> tuple[str, ...]:
        """What must be said of this system for this task."""
        return tuple(self._model.cautions)

    def passes(self, cases: Sequence[PreparedCase], wanted: Wanted, *, branches: Executor | None = None) -> RawAnswer:
        """All passes over one batch but those with dropout; `branches` runs the image branches side by side."""
        tensors, present = self._tensors(cases)
        with torch.autocast(self.device.kind, enabled=self.device.kind == "cuda"):
            return answer(
                self._model,
                tensors,
                present,
                heatmaps=wanted.heatmaps,
                contributions=wanted.contributions,
                branches=branches,
                tick=wanted.tick,
            )

    def doubt(self, case: PreparedCase, passes: int, tick: Callable[[], None]) -> Doubt:
        """How sure the model is of one case, by passes with dropout."""
        tensors, present = self._tensors([case])
        with torch.autocast(self.device.kind, enabled=self.device.kind == "cuda"):
            return doubt_of(
                self._model,
                tensors,
                present,
                passes=passes,
                temperature=self.card.temperature,
                seed=seed_of(case.case_id),
                tick=tick,
            )

    def _tensors(self, cases: Sequence[PreparedCase]) -> tuple[dict[str, Tensor], Tensor]:
        """Inputs and presence on the device."""
        one_thread()  # training in the same process, for one, may have asked for more
        inputs, present = to_batch(self.task, cases, self.card.input_size)
        present &= self._used
        inputs = {m: t.to(self.device.kind, non_blocking=True) for m, t in inputs.items()}
        tensors = {
            m: t if m == DESCRIPTORS else normalised(t).contiguous(memory_format=torch.channels_last)
            for m, t in inputs.items()
        }
        return tensors, present.to(self.device.kind)

    def what_if(
        self, case: PreparedCase, variants: Sequence[Descriptors], parts: Sequence[int] = (), on_part: OnPart = no_part
    ) -> tuple[float, ...]:
        """Calibrated probability of the positive class for the case as it is, then under each of the variants.

        Parameters
        ----------
        parts : how many variants belong together, in order, for a model that answers in parts.
        on_part : called with what is known so far whenever more of them are.
        """
        one_thread()
        inputs, present = to_batch(self.task, [case], self.card.input_size)
        images = {m: normalised(t.to(self.device.kind)) for m, t in inputs.items() if m != DESCRIPTORS}
        first = torch.from_numpy(case.descriptors)[None].float()
        rows = torch.cat([first, *(torch.from_numpy(v.multi_hot(self.task))[None].float() for v in variants)])
        there = present.repeat(len(rows), 1)
        there[1:, -1] = torch.tensor([not v.is_missing for v in variants])
        there &= self._used
        rows, there = rows.to(self.device.kind), there.to(self.device.kind)
        known: list[float] = []
        for logits in variant_logits(self._model, images, rows, there, (1, *parts) if parts else ()):
            known += positive_probabilities(self.task, logits, self.card.temperature)
            on_part(tuple(known))
        return tuple(known)

    def move_to_cpu(self) -> None:
        """Leave the graphics card, for good."""
        self._model.to("cpu")
        torch.cuda.empty_cache()
        self.device = choose_device("cpu")
