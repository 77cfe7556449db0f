"""EfficientNet-Lite0: a small image network without squeeze-and-excitation, made for plain processors.

Tan and Le, "EfficientNet", ICML 2019, in the variant "Lite" of 2020 (ReLU6, stem and head of fixed width). Parameter
names are those of the common PyTorch conversion, so that its ImageNet checkpoint fills the trunk; the padding is
TensorFlow's, as the weights expect it.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.data.batches import MEAN, STD

STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
"""Blocks, kernel, stride of the first block, expansion, channels that come out."""
STEM, HEAD = 32, 1280


class _SameConv(nn.Conv2d):
    """Convolution padded so that ceil(side / stride) comes out, more at the lower right: TensorFlow's SAME."""

    def __init__(self, c_in: int, c_out: int, size: int, stride: int = 1, groups: int = 1) -> None:
        padding = size // 2 if stride == 1 else 0  # of other strides it depends on the picture, see `forward`
        super().__init__(c_in, c_out, size, stride, padding, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        size, stride = self.kernel_size[0], self.stride[0]
        if stride > 1:
            pads = [max((-(-side // stride) - 1) * stride + size - side, 0) for side in (x.shape[3], x.shape[2])]
            x = functional.pad(x, (pads[0] // 2, pads[0] - pads[0] // 2, pads[1] // 2, pads[1] - pads[1] // 2))
        return super().forward(x)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class _Block(nn.Module):
    """Inverted residual: widen, filter each channel, narrow; (n, c_in, h, w) to (n, c_out, h / stride, w / stride)."""

    folds = (("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2"))

    def __init__(self, c_in: int, c_out: int, size: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = c_in * expansion
        self.widens, self.adds = expansion > 1, stride == 1 and c_in == c_out
        if self.widens:
            self._expand_conv, self._bn0 = _SameConv(c_in, wide, 1), _norm(wide)
        self._depthwise_conv, self._bn1 = _SameConv(wide, wide, size, stride, groups=wide), _norm(wide)
        self._project_conv, self._bn2 = _SameConv(wide, c_out, 1), _norm(c_out)

    def forward(self, x: Tensor) -> Tensor:
        wide = functional.relu6(self._bn0(self._expand_conv(x))) if self.widens else x
        wide = functional.relu6(self._bn1(self._depthwise_conv(wide)))
        out: Tensor = self._bn2(self._project_conv(wide))
        return out + x if self.adds else out


class EfficientNetLite(nn.Module):
    """(N, 3, S, S), normalised as for every model here, to the last map (N, 1280, S / 32, S / 32).

    Its weights were trained on (x - 127) / 128, so that is what its first layer gets.

    Attributes
    ----------
    channels : of the map.
    """

    folds = (("_conv_stem", "_bn0"), ("_conv_head", "_bn1"))
    _factor: Tensor
    _offset: Tensor

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem, self._bn0 = _SameConv(3, STEM, 3, 2), _norm(STEM)
        blocks, c_in = [], STEM
        for count, size, stride, expansion, c_out in STAGES:
            for index in range(count):
                blocks.append(_Block(c_in, c_out, size, stride if index == 0 else 1, expansion))
                c_in = c_out
        self._blocks = nn.ModuleList(blocks)
        self._conv_head, self._bn1 = _SameConv(c_in, HEAD, 1), _norm(HEAD)
        self.channels = HEAD
        mean, std = torch.tensor(MEAN)[:, None, None], torch.tensor(STD)[:, None, None]
        self.register_buffer("_factor", std * 255.0 / 128.0, persistent=False)
        self.register_buffer("_offset", (mean * 255.0 - 127.0) / 128.0, persistent=False)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out")

    def own_names(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Those tensors of a checkpoint that this trunk has: all but the classifier's."""
        return {n: t for n, t in tensors.items() if not n.startswith("_fc.")}

    def forward(self, images: Tensor) -> Tensor:
        x = functional.relu6(self._bn0(self._conv_stem(images * self._factor + self._offset)))
        for block in self._blocks:
            x = block(x)
        out: Tensor = functional.relu6(self._bn1(self._conv_head(x)))
        return out
