"""What is asked for beside the probabilities of a case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

DROPOUT_PASSES = 30
"""Passes with dropout where no number is given; in most systems one of them costs the fusing step only."""


def go_on() -> None:
    """Between two passes: nothing."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked for beside the probabilities.

    Attributes
    ----------
    heatmaps : one evidence map per image. contributions : of each modality, by the answers for every subset of them.
    dropout_passes : passes that tell how sure the model is, 0 = none.
    tick : called between two passes; what it raises ends the work.
    """

    heatmaps: bool = False
    contributions: bool = False
    dropout_passes: int = 0
    tick: Callable[[], None] = go_on
