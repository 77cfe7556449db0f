"""A ResNet trunk of any width under torchvision's parameter names.

He et al., "Deep residual learning for image recognition", CVPR 2016; as in torchvision, a bottleneck's stride sits in
its 3 x 3 convolution. The blocks are written here because importing torchvision takes longer than importing torch.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

LAYERS = {"resnet50": (3, 4, 6, 3), "resnet18": (2, 2, 2, 2)}
"""Blocks per stage."""


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut: (n, c_in, h, w) to (n, c_out, h / stride, w / stride)."""

    expansion = 1
    folds = (("conv1", "bn1"), ("conv2", "bn2"), ("downsample.0", "downsample.1"))

    def __init__(self, c_in: int, planes: int, stride: int, downsample: nn.Module | None) -> None:
        super().__init__()
        self.conv1, self.bn1 = _conv(c_in, planes, 3, stride), nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2, self.bn2 = _conv(planes, planes, 3), nn.BatchNorm2d(planes)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        out = residual(self, x)
        out += shortcut(self, x)
        return self.relu(out)  # type: ignore[no-any-return]


class Bottleneck(nn.Module):
    """1 x 1, 3 x 3 and 1 x 1 convolutions beside a shortcut; four times `planes` come out."""

    expansion = 4
    folds = (*BasicBlock.folds, ("conv3", "bn3"))

    def __init__(self, c_in: int, planes: int, stride: int, downsample: nn.Module | None) -> None:
        super().__init__()
        out = planes * self.expansion
        self.conv1, self.bn1 = _conv(c_in, planes, 1), nn.BatchNorm2d(planes)
        self.conv2, self.bn2 = _conv(planes, planes, 3, stride), nn.BatchNorm2d(planes)
        self.conv3, self.bn3 = _conv(planes, out, 1), nn.BatchNorm2d(out)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        out = residual(self, x)
        out += shortcut(self, x)
        return self.relu(out)  # type: ignore[no-any-return]


def _conv(c_in: int, c_out: int, size: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(c_in, c_out, kernel_size=size, stride=stride, padding=size // 2, bias=False)


class ResNetTrunk(nn.Module):
    """Stem and four stages of a ResNet; at `width` 64 its parameters are those of torchvision's model without `fc`.

    Parameters
    ----------
    kind : "resnet50" (bottleneck blocks) or "resnet18" (basic blocks).
    width : channels after the stem; 64 is the published width, 32 the half.

    Attributes
    ----------
    channels : output channels of each of the four stages.
    """

    folds = (("conv1", "bn1"),)

    def __init__(self, kind: str, width: int = 64) -> None:
        super().__init__()
        self.block = Bottleneck if kind == "resnet50" else BasicBlock
        self.conv1 = nn.Conv2d(3, width, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self._inplanes = width
        for stage, blocks in enumerate(LAYERS[kind]):
            self.add_module(f"layer{stage + 1}", self._stage(width * 2**stage, blocks, stride=1 if stage == 0 else 2))
        self.channels = tuple(width * 2**stage * self.block.expansion for stage in range(4))
        _initialise(self)

    def _stage(self, planes: int, blocks: int, stride: int) -> nn.Sequential:
        made: list[nn.Module] = []
        for index in range(blocks):
            step = stride if index == 0 else 1
            out = planes * self.block.expansion
            downsample = None
            if step != 1 or self._inplanes != out:
                downsample = nn.Sequential(
                    nn.Conv2d(self._inplanes, out, kernel_size=1, stride=step, bias=False), nn.BatchNorm2d(out)
                )
            made.append(self.block(self._inplanes, planes, step, downsample))
            self._inplanes = out
        return nn.Sequential(*made)

    @property
    def stages(self) -> tuple[nn.Sequential, ...]:
        """The four stages, each a chain of blocks."""
        return tuple(self.get_submodule(f"layer{n}") for n in range(1, 5))  # type: ignore[misc]

    def own_names(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Those tensors of a torchvision checkpoint that this trunk has: all but the classifier's."""
        return {n: t for n, t in tensors.items() if not n.startswith("fc.")}

    def stem(self, images: Tensor) -> Tensor:
        """(N, 3, S, S) to (N, width, S / 4, S / 4): equations 1 and 2 of the MHFNet paper."""
        pooled: Tensor = self.maxpool(self.relu(self.bn1(self.conv1(images))))
        return pooled

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, S, S) to the last stage's map (N, channels[-1], S / 32, S / 32)."""
        x = self.stem(images)
        for stage in self.stages:
            x = stage(x)
        return x


def residual(block: nn.Module, x: Tensor) -> Tensor:
    """The convolution branch of one block up to its last batch norm, before any addition."""
    out: Tensor = block.relu(block.bn1(block.conv1(x)))  # type: ignore[operator]
    out = block.bn2(block.conv2(out))  # type: ignore[operator]
    if hasattr(block, "conv3"):
        out = block.bn3(block.conv3(block.relu(out)))  # type: ignore[operator]
    return out


def shortcut(block: nn.Module, x: Tensor) -> Tensor:
    """The other branch: x itself, or its projection where the shape changes."""
    return x if block.downsample is None else block.downsample(x)  # type: ignore[operator, no-any-return]


def _initialise(trunk: nn.Module) -> None:
    """He initialisation of the convolutions, as in torchvision."""
    for module in trunk.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
