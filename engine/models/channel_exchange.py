"""The two parameter-free fusions of AsymFusion, channel shuffle and pixel shift, and beside them CEN's exchange.

All take a list of maps of one plane, one per modality, all (N, P, h, w) and aligned pixel by pixel, and `present`
(N, M): where a case lacks a modality, the others exchange among themselves, and a modality that is alone keeps what it
has. With g = P // 5, the first 4 g channels are a modality's own and the remaining P - 4 g are swapped by the shuffle.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

PARTS = 5
"""Four groups are shifted, one in each direction; the fifth part of the channels is swapped."""


def kept_channels(width: int) -> int:
    """Channels that stay: 48 of 64, 100 of 128, 204 of 256, 408 of 512."""
    return 4 * (width // PARTS)


def shuffled(maps: Sequence[Tensor], present: Tensor) -> list[Tensor]:
    """Each modality's last channels replaced by those of the next one that is present; for two: swapped."""
    kept = kept_channels(maps[0].shape[1])
    result = []
    for index, own in enumerate(maps):
        tail, found = own[:, kept:], ~present[:, index]
        for step in range(1, len(maps)):
            other = (index + step) % len(maps)
            take = present[:, other] & ~found
            tail = torch.where(take[:, None, None, None], maps[other][:, kept:], tail)
            found = found | take
        result.append(torch.cat([own[:, :kept], tail], dim=1))
    return result


def shifted(x: Tensor) -> Tensor:
    """Four groups of P // 5 channels moved by one pixel, down, right, left, up, zeros moving in; the rest is zero."""
    group = x.shape[1] // PARTS
    # functional.pad: (left, right, top, bottom); a negative pad cuts.
    moves = ((0, 0, 1, -1), (1, -1, 0, 0), (-1, 1, 0, 0), (0, 0, -1, 1))
    moved = [functional.pad(x[:, i * group : (i + 1) * group], move) for i, move in enumerate(moves)]
    return torch.cat([*moved, torch.zeros_like(x[:, PARTS * group - group :])], dim=1)


def mean_of_others(maps: Sequence[Tensor], present: Tensor) -> list[Tensor]:
    """For each modality the mean over the other ones that are present, zero where there is none; for two: the other."""
    result = []
    for index in range(len(maps)):
        others = [j for j in range(len(maps)) if j != index]
        count = present[:, others].sum(dim=1).clamp_min(1)
        total = sum(maps[j] * present[:, j, None, None, None] for j in others)
        result.append(torch.as_tensor(total) / count[:, None, None, None])
    return result


def exchanged(
    maps: Sequence[Tensor], scales: Sequence[Tensor], present: Tensor, threshold: float = 0.02
) -> list[Tensor]:
    """CEN: a channel that its batch norm has all but switched off is replaced by that of the other modalities.

    Parameters
    ----------
    scales : per modality (P,), the batch norm's scale; below `threshold` in size, the channel is replaced by the mean
        of the other modalities that are present.
    """
    result = []
    for index, (own, others) in enumerate(zip(maps, mean_of_others(maps, present), strict=True)):
        found = present[:, [j for j in range(len(maps)) if j != index]].any(dim=1)
        replaced = found[:, None, None, None] & (scales[index].abs() < threshold)[None, :, None, None]
        result.append(torch.where(replaced, others, own))
    return result


def own_part(scale: Tensor, index: int, modalities: int) -> Tensor:
    """The scales of one modality whose size is penalised: disjoint, so that only one of two gives a channel up."""
    return scale.tensor_split(modalities)[index]
