"""How a transformer's patches become tokens: one linear layer, or a few convolutions before it.

Convolutions first, after Xiao et al., "Early convolutions help transformers see better" (NeurIPS 2021): without
pretraining and with hundreds of cases, a linear layer on whole patches of speckle hardly learns.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import nn

from engine.domain.errors import CaseError, ErrorKind


def patch_projection(dim: int, patch: int, stem: Sequence[int]) -> nn.Module:
    """(N, 3, S, S) to (N, dim, S / patch, S / patch).

    Parameters
    ----------
    stem : channels of 3x3 convolutions with batch norm and ReLU, each of which halves the picture; none = one linear
        layer on each patch, as published.

    Raises
    ------
    CaseError
        INVALID: the patch is no multiple of what the convolutions make of it.
    """
    left, rest = divmod(patch, 2 ** len(stem))
    if rest or not left:
        raise CaseError(
            ErrorKind.INVALID,
            f"{len(stem)} convolutions before patches need patches in steps of {2 ** len(stem)} pixels, not {patch}.",
        )
    last = nn.Conv2d([3, *stem][-1], dim, kernel_size=left, stride=left)
    if not stem:
        return last
    layers: list[nn.Module] = []
    for first, second in pairwise([3, *stem]):
        layers += [
            nn.Conv2d(first, second, kernel_size=3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(second),
            nn.ReLU(),
        ]
    return nn.Sequential(*layers, last)
