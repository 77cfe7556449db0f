"""Dropout that is switched on for one thread and drawn from a seed of its own.

Switching the modules themselves on would switch them on for every thread that uses the model at that moment, and the
random numbers of PyTorch are shared by all threads. Here only the calls of one thread are replaced, so that cases can
run side by side and each still gives the same numbers every time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

_WHOLE_CHANNELS = (functional.dropout1d, functional.dropout2d, functional.dropout3d)


class SeededDropout(TorchFunctionMode):
    """Context in which every dropout of this thread drops, whether its module is in training or not.

    Parameters
    ----------
    seed : of the sequence of masks. device : where the model runs, "cpu" or "cuda".
    """

    def __init__(self, seed: int, device: str = "cpu") -> None:
        super().__init__()
        self._generator = torch.Generator(device).manual_seed(seed)

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if func is functional.dropout or func in _WHOLE_CHANNELS:
            return self._dropped(func is not functional.dropout, *args, **(kwargs or {}))
        return func(*args, **(kwargs or {}))

    def _dropped(
        self, whole_channels: bool, input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
    ) -> Tensor:
        if p <= 0.0:
            return input
        shape = (*input.shape[:2], *(1 for _ in input.shape[2:])) if whole_channels else input.shape
        kept = torch.rand(shape, generator=self._generator, device=input.device) >= p
        return input * (kept.to(input.dtype) / (1.0 - p)) if p < 1.0 else torch.zeros_like(input)
