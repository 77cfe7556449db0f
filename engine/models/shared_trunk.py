"""AsymFusion's encoder: one ResNet for all modalities, with batch norms of its own for each of them.

Convolutions are shared, so a modality costs only its batch norms. In the last bottleneck of each stage the modalities
exchange channels and shifted pixels around the 3x3 convolution. A modality's tensor holds only the cases that have it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from engine.models.channel_exchange import exchanged, mean_of_others, own_part, shifted, shuffled
from engine.models.presence import scattered

State = dict[str, Tensor]
"""Modality -> (n, C, h, w) of the cases that have it."""


class Cases:
    """Which cases of a batch have which modality.

    Parameters
    ----------
    present : (N, M) bool, one column per name.
    """

    def __init__(self, present: Tensor, names: Sequence[str]) -> None:
        self.present, self.names = present, tuple(names)
        meta = present.device.type == "meta"  # which holds no values: all are there
        self.whole = meta or bool(present.all())
        every = torch.arange(len(present), device=present.device)
        self.rows = {
            name: every if self.whole else present[:, column].nonzero()[:, 0] for column, name in enumerate(names)
        }

    def pack(self, x: Tensor, name: str) -> Tensor:
        """(N, ...) to the rows of those that have the modality."""
        return x if self.whole else x[self.rows[name]]

    def unpack(self, x: Tensor, name: str) -> Tensor:
        """The inverse, with zeros for the others."""
        return x if self.whole else scattered(x, self.rows[name], len(self.present))


class PrivateNorm(nn.Module):
    """One batch norm per modality: own scale and shift, own statistics."""

    def __init__(self, channels: int, names: Sequence[str]) -> None:
        super().__init__()
        self.each = nn.ModuleDict({name: nn.BatchNorm2d(channels) for name in names})

    def forward(self, state: State) -> State:
        return {name: self.each[name](x) for name, x in state.items()}

    def scale(self, name: str) -> Tensor:
        """(channels,) of one modality."""
        return torch.as_tensor(self.each[name].weight)


class SharedBottleneck(nn.Module):
    """ResNet bottleneck on several modalities.

    Parameters
    ----------
    fuses : shuffle and shift, as in the last one of a stage. exchanges : CEN's exchange after the second batch norm.
    """

    def __init__(
        self, inplanes: int, planes: int, stride: int, names: Sequence[str], *, fuses: bool, exchanges: bool = False
    ) -> None:
        super().__init__()
        out = 4 * planes
        self.fuses, self.exchanges = fuses, exchanges
        self.conv1 = nn.Conv2d(inplanes, planes, kernel_size=1, bias=False)
        self.bn1 = PrivateNorm(planes, names)
        self.conv2 = nn.Conv2d(planes, planes, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn2 = PrivateNorm(planes, names)
        self.conv3 = nn.Conv2d(planes, out, kernel_size=1, bias=False)
        self.bn3 = PrivateNorm(out, names)
        changes = stride != 1 or inplanes != out
        self.downsample = (
            nn.ModuleList([nn.Conv2d(inplanes, out, kernel_size=1, stride=stride, bias=False), PrivateNorm(out, names)])
            if changes
            else None
        )

    def forward(self, state: State, cases: Cases) -> State:
        a = _relu(self.bn1(_each(self.conv1, state)))
        shifts: State = {}
        if self.fuses and len(state) > 1:
            # Both are taken from `a` as it is before the swap.
            a, shifts = _exchange(a, cases, shift=True)
        b = self.bn2(_each(self.conv2, a))
        if self.exchanges and len(state) > 1:
            b = _given_up(b, {name: self.bn2.scale(name) for name in b}, cases)
        b = _relu(b)
        if shifts:
            b = {name: x + shifts[name] for name, x in b.items()}
            b, _ = _exchange(b, cases, shift=False)
        out = self.bn3(_each(self.conv3, b))
        short = state if self.downsample is None else self.downsample[1](_each(self.downsample[0], state))
        return _relu({name: x + short[name] for name, x in out.items()})


class SharedTrunk(nn.Module):
    """Stem and four stages for all modalities, under torchvision's names of the convolutions.

    Parameters
    ----------
    names : modalities. blocks : per stage. width : channels after the stem, at least 5; 64 is the published width.
    exchange : "asymmetric" (shuffle and shift in the last block of each stage) or "channel" (CEN, in every block).
    """

    def __init__(
        self, names: Sequence[str], blocks: Sequence[int], width: int = 64, exchange: str = "asymmetric"
    ) -> None:
        super().__init__()
        self.names = tuple(names)
        self.conv1 = nn.Conv2d(3, width, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = PrivateNorm(width, names)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        inplanes = width
        for stage, count in enumerate(blocks):
            planes, made = width * 2**stage, []
            for index in range(count):
                stride = 2 if stage and index == 0 else 1
                last, cen = index == count - 1, exchange == "channel"
                made.append(SharedBottleneck(inplanes, planes, stride, names, fuses=last and not cen, exchanges=cen))
                inplanes = 4 * planes
            self.add_module(f"layer{stage + 1}", nn.ModuleList(made))
        self.channels = inplanes
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Mapping[str, Tensor], present: Tensor) -> State:
        """Images (N, 3, S, S) by modality, (N, M) mask: to last maps (N, C, S / 32, S / 32), zeros where absent."""
        cases = Cases(present, self.names)
        state = {name: cases.pack(x, name) for name, x in images.items() if len(cases.rows[name])}
        state = _each(self.maxpool, _relu(self.bn1(_each(self.conv1, state))))
        for stage in range(1, 5):
            for block in self.get_submodule(f"layer{stage}"):  # type: ignore[attr-defined]
                state = block(state, cases)
        return {name: cases.unpack(x, name) for name, x in state.items()}

    def sparsity(self) -> Tensor:
        """Sum of the sizes of the scales that CEN penalises."""
        norms = [block.bn2 for block in self.modules() if isinstance(block, SharedBottleneck)]
        parts = [own_part(n.scale(name), i, len(self.names)) for n in norms for i, name in enumerate(self.names)]
        return torch.cat(parts).abs().sum()

    def own_names(self, tensors: Mapping[str, Tensor]) -> State:
        """A torchvision ResNet's tensors under this trunk's names: each batch norm copied for every modality."""
        renamed = {}
        for name, tensor in ((n, t) for n, t in tensors.items() if not n.startswith("fc.")):
            owner, _, last = name.rpartition(".")
            if owner.rpartition(".")[2].startswith("bn") or owner.endswith("downsample.1"):
                renamed.update({f"{owner}.each.{modality}.{last}": tensor for modality in self.names})
            else:
                renamed[name] = tensor
        return renamed


def _each(module: nn.Module, state: State) -> State:
    return {name: module(x) for name, x in state.items()}


def _relu(state: State) -> State:
    return {name: torch.relu(x) for name, x in state.items()}


def _given_up(state: State, scales: Mapping[str, Tensor], cases: Cases) -> State:
    """CEN's exchange among the modalities of each case."""
    names = list(state)
    columns = [cases.names.index(name) for name in names]
    whole, present = [cases.unpack(state[name], name) for name in names], cases.present[:, columns]
    mixed = exchanged(whole, [scales[name] for name in names], present)
    return {name: cases.pack(x, name) for name, x in zip(names, mixed, strict=True)}


def _exchange(state: State, cases: Cases, *, shift: bool) -> tuple[State, State]:
    """Channel shuffle, and what pixel shift adds to each modality after the next convolution."""
    names = list(state)
    columns = [cases.names.index(name) for name in names]
    whole, present = [cases.unpack(state[name], name) for name in names], cases.present[:, columns]
    mixed = {name: cases.pack(x, name) for name, x in zip(names, shuffled(whole, present), strict=True)}
    if not shift:
        return mixed, {}
    added = mean_of_others([shifted(x) for x in whole], present)
    return mixed, {name: cases.pack(x, name) for name, x in zip(names, added, strict=True)}
