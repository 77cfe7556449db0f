"""DRIFA-Net's two attentions: MFA within a modality (HIFA + CLIA) and MIFA across modalities (MGIFA + MLIFA).

Read from the published code. Every convolution and linear layer is followed by a sigmoid, so that all addends of an
attention are positive: at the start MIFA's sigmoid sits near 0.987 with a gradient factor of 0.013. `centred` mends
that and is not part of the paper: addends are averaged instead of summed, and 1 is taken off before the last sigmoid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from engine.models.shared_trunk import Cases, State

POOLS = ("min", "avg", "max")
"""How MIFA summarises a map."""


class ModalityAttention(nn.Module):
    """MFA, channel attention of one modality: (N, C, h, w) to the same shape.

    HIFA: A1 = s(conv(X)), A2 = s(conv(A1)), A3 = s(conv(A1 + A2)), A4 = s(conv(A3)),
    G = s(Linear[GAP(A1) + GMP(A2); GAP(A3) + GMP(A4)]).
    CLIA: L1 = mean(s(conv(X))), L2 = s(conv(L1)), L = L1 + L2.
    Output: X * s(gamma_g G + gamma_l L) * alpha.
    """

    def __init__(self, channels: int, *, centred: bool = False) -> None:
        super().__init__()
        self.centred = centred
        self.hierarchy = nn.ModuleList(nn.Conv2d(channels, channels, kernel_size=1) for _ in range(4))
        self.mix = nn.Linear(2 * channels, channels)
        self.local = nn.ModuleList(nn.Conv2d(channels, channels, kernel_size=1) for _ in range(2))
        self.gamma_g = nn.Parameter(torch.ones(1))
        self.gamma_l = nn.Parameter(torch.ones(channels))
        self.alpha = nn.Parameter(torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        score = self.gamma_g * self._global(x) + self.gamma_l * self._local(x)
        if self.centred:
            score = score - 1.0
        return x * (torch.sigmoid(score) * self.alpha)[:, :, None, None]

    def _global(self, x: Tensor) -> Tensor:
        # In place, as these maps are the network's largest; and a sigmoid keeps the order, so that the greatest value
        # is taken before it.
        a1 = self.hierarchy[0](x).sigmoid_()
        a2 = self.hierarchy[1](a1).sigmoid_()
        a3 = self.hierarchy[2](a1 + a2).sigmoid_()
        greatest = torch.sigmoid(self.hierarchy[3](a3).amax(dim=(2, 3)))
        both = [a1.mean(dim=(2, 3)) + a2.amax(dim=(2, 3)), a3.mean(dim=(2, 3)) + greatest]
        return torch.sigmoid(self.mix(torch.cat(both, dim=1)))

    def _local(self, x: Tensor) -> Tensor:
        first: Tensor = self.local[0](x).sigmoid_().mean(dim=(2, 3), keepdim=True)
        second = torch.sigmoid(self.local[1](first))
        both = (first + second)[:, :, 0, 0]
        return both / 2 if self.centred else both


class CrossAttention(nn.Module):
    """MIFA: one channel attention for all modalities, from all of them.

    MGIFA: q_pool = sum_m pool(X_m), one shared Linear with sigmoid on each, G = their sum.
    MLIFA: Y_m = s(conv_m(X_m)), L = sum over pools and modalities of pool(Y_m).
    Output: X_m * s(gamma_g G + gamma_l L) * alpha_m. Sums run over the modalities that a case has.
    """

    def __init__(self, channels: int, names: Sequence[str], *, centred: bool = False) -> None:
        super().__init__()
        self.centred = centred
        self.shared = nn.Linear(channels, channels)
        self.local = nn.ModuleDict({name: nn.Conv2d(channels, channels, kernel_size=1) for name in names})
        self.gamma_g = nn.Parameter(torch.ones(1))
        self.gamma_l = nn.Parameter(torch.ones(channels))
        self.alpha = nn.ParameterDict({name: nn.Parameter(torch.ones(channels)) for name in names})

    def forward(self, state: State, cases: Cases) -> State:
        own = self._summed({name: _pools(x) for name, x in state.items()}, cases)
        of_local = {name: _pools(torch.sigmoid(self.local[name](x))) for name, x in state.items()}
        local = self._summed(of_local, cases).sum(dim=1)
        whole = torch.sigmoid(self.shared(own)).sum(dim=1)
        if self.centred:
            whole, local = whole / len(POOLS), local / len(POOLS)
        score = self.gamma_g * whole + self.gamma_l * local
        attention = torch.sigmoid(score - 1.0 if self.centred else score)
        return {
            name: x * (cases.pack(attention, name) * self.alpha[name])[:, :, None, None] for name, x in state.items()
        }

    def _summed(self, pools: Mapping[str, Tensor], cases: Cases) -> Tensor:
        """(N, 3, C): per case the sum, or when centred the mean, over the modalities that it has."""
        total = torch.stack([cases.unpack(x, name) for name, x in pools.items()]).sum(dim=0)
        if not self.centred:
            return total
        return total / cases.present.sum(dim=1).clamp_min(1)[:, None, None]


def _pools(x: Tensor) -> Tensor:
    """(n, C, h, w) to (n, 3, C) in the order of `POOLS`."""
    return torch.stack([x.amin(dim=(2, 3)), x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1)
