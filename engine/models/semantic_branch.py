"""One image branch of MHFNet: a ResNet whose every unit receives the descriptors (SAR with SIB units, section 2.2)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.models.trunk import ResNetTrunk, residual, shortcut


class SemanticBranch(nn.Module):
    """Image and semantic vector to a feature map and a pooled vector.

    Parameters
    ----------
    kind, width : of the ResNet trunk.
    t_feat_dim : length of the semantic vector, 0 where the task has no descriptors.
    image_dim : length of the pooled vector after projection.
    rank : None = full injection matrices, else their rank.
    pre_add_relu : True = ReLU before the residual addition as in equation 7; False = a plain ResNet unit.
    """

    def __init__(
        self, *, kind: str, width: int, t_feat_dim: int, image_dim: int, rank: int | None, pre_add_relu: bool
    ) -> None:
        super().__init__()
        self.pre_add_relu = pre_add_relu
        self.trunk = ResNetTrunk(kind, width)
        self.inject = nn.ModuleList()
        if t_feat_dim:
            for stage, channels in zip(self.trunk.stages, self.trunk.channels, strict=True):
                self.inject.extend(_injection(t_feat_dim, channels, rank) for _ in stage)
        self.project = nn.Linear(self.trunk.channels[-1], image_dim)

    def feature_map(self, images: Tensor, t_feat: Tensor | None, t_present: Tensor | None) -> Tensor:
        """(N, 3, S, S), (N, T), (N,) bool to (N, C, S / 32, S / 32)."""
        x = self.trunk.stem(images)
        units = [unit for stage in self.trunk.stages for unit in stage]
        for index, unit in enumerate(units):
            injected = None
            if t_feat is not None and t_present is not None:
                projected = self.inject[index](t_feat)
                # Masked after the projection: its bias would otherwise leak through for missing descriptors.
                injected = torch.where(t_present[:, None], projected, 0.0)[:, :, None, None]
            x = self._unit(unit, x, injected)
        return x

    def _unit(self, unit: nn.Module, x: Tensor, injected: Tensor | None) -> Tensor:
        """Equations 6 to 8: F' = ReLU(F + T_proj), O = ReLU(x + F')."""
        out = residual(unit, x)
        if injected is not None:
            out = out + injected
        if self.pre_add_relu:
            out = torch.relu(out)
        return torch.relu(shortcut(unit, x) + out)

    def vector(self, features: Tensor) -> Tensor:
        """Global average pooling and projection: (N, C, h, w) to (N, image_dim)."""
        return torch.relu(self.project(features.mean(dim=(2, 3))))


def _injection(t_feat_dim: int, channels: int, rank: int | None) -> nn.Module:
    """Linear map that starts at zero, so that training begins with the plain image network."""
    last = nn.Linear(t_feat_dim if rank is None else rank, channels)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return last if rank is None else nn.Sequential(nn.Linear(t_feat_dim, rank, bias=False), last)
