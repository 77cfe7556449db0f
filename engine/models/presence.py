"""Which modalities a batch really has, and how what it lacks is kept out of every number."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from engine.domain.task import Task


def presence(task: Task, held: Mapping[str, Tensor], present: Tensor | None) -> Tensor:
    """The (N, M) mask to use, given what is held of the batch; None = all that is held.

    Raises
    ------
    ValueError
        `present` says that something is there that the batch does not hold, or nothing is held and no mask given.
    """
    if present is None:
        if not held:
            raise ValueError("a batch of nothing needs `present` to say how many cases it has")
        some = next(iter(held.values()))
        names = torch.tensor([m in held for m in task.modalities], device=some.device)
        return names.expand(some.shape[0], -1)
    for column, modality in enumerate(task.modalities):
        if modality not in held and bool(present[:, column].any()):
            raise ValueError(f"`present` says that {modality} is there, but the batch holds only {list(held)}")
    return present


def on_rows(function: Callable[[Tensor], Tensor], x: Tensor, here: Tensor) -> Tensor:
    """A function of the rows that are there, zeros for the others.

    An absent image is not even computed, so that it enters neither a result nor the statistics of batch norm.

    Parameters
    ----------
    function : (n, ...) to (n, ...). x : (N, ...). here : (N,) bool, at least one True.
    """
    if x.device.type == "meta" or bool(here.all()):
        return function(x)
    rows = here.nonzero()[:, 0]
    return scattered(function(x[rows]), rows, len(here))


def scattered(part: Tensor, rows: Tensor, n: int) -> Tensor:
    """(n_rows, ...) to (n, ...) with zeros in the rows that are not named."""
    if len(rows) == n:
        return part
    return part.new_zeros(n, *part.shape[1:]).index_copy(0, rows, part)


def or_stand_in(vector: Tensor | None, here: Tensor, stand_in: Tensor) -> Tensor:
    """(N, F): the vector where it is there, else the stand-in (F,); `vector` None = nowhere. here : (N,) bool."""
    if vector is None:
        return stand_in.expand(len(here), -1)
    return torch.where(here[:, None], vector, stand_in.to(vector.dtype))


def masked_softmax(scores: Tensor, present: Tensor) -> Tensor:
    """(N, M) softmax over what is present; zeros where nothing is."""
    filled = scores.masked_fill(~present, torch.finfo(scores.dtype).min)
    return torch.softmax(filled, dim=1) * present
