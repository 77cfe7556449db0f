"""Where the lesion lies: a small U-Net, its box, the square crop around it, and the way back into the whole picture.

U-Net: Ronneberger et al., MICCAI 2015. Everything is plain tensor work on any device, and cases do not interact.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

WHOLE = (0.5, 0.5, 0.9, 0.9)
"""The box where nothing is found."""
ROUND, MOST_ROUNDS = 8, 12
"""Dilations between looks whether a part still grows, and how often at most: a lesion is not a labyrinth."""


class Localiser(nn.Module):
    """Grey picture (N, 1, S, S) to logits of lying inside the lesion (N, 1, S / 2, S / 2); S is a multiple of 32."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        channels = [width, 2 * width, 3 * width, 4 * width, 6 * width]
        self.down = nn.ModuleList([_unit(1, channels[0], 2)])
        for above, below in pairwise(channels):
            self.down.append(nn.Sequential(_unit(above, below, 2), _unit(below, below)))
        self.up = nn.ModuleList(_unit(below + above, above) for above, below in reversed(list(pairwise(channels))))
        # A linear layer, as a convolution to one channel would keep the whole system out of the channels-last layout.
        self.out = nn.Linear(channels[0], 1)

    def forward(self, pictures: Tensor) -> Tensor:
        x, passed = pictures, []
        for stage in self.down:
            x = stage(x)
            passed.append(x)
        for stage, beside in zip(self.up, reversed(passed[:-1]), strict=True):
            wide = functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
            x = stage(torch.cat([wide, beside], dim=1))
        logits: Tensor = self.out(x.permute(0, 2, 3, 1))
        return logits.permute(0, 3, 1, 2)


class _Unit(nn.Sequential):
    folds = (("0", "1"),)


def _unit(c_in: int, c_out: int, stride: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(c_in, c_out, kernel_size=3, stride=stride, padding=1, bias=False)
    return _Unit(conv, nn.BatchNorm2d(c_out), nn.ReLU(inplace=True))


def outline_loss(logits: Tensor, inside: Tensor) -> Tensor:
    """Cross-entropy plus soft Dice (Milletari et al., V-Net, 3DV 2016) per case, averaged; both (N, 1, h, w)."""
    chance = logits.sigmoid()
    entropy = functional.binary_cross_entropy_with_logits(logits, inside, reduction="none").mean(dim=(1, 2, 3))
    both = (chance * inside).sum(dim=(1, 2, 3))
    dice = (2.0 * both + 1.0) / (chance.sum(dim=(1, 2, 3)) + inside.sum(dim=(1, 2, 3)) + 1.0)
    return (entropy + 1.0 - dice).mean()


@torch.no_grad()
def box_of(chance: Tensor, threshold: float = 0.5) -> Tensor:
    """Boxes of the lesion in a map of chances.

    Of the parts above the threshold, or above half the highest chance where nothing is, the one that holds the most
    probable neighbourhood is taken, with all that is connected to it (8 neighbours, by repeated dilation).

    Parameters
    ----------
    chance : (N, 1, h, w) from 0 to 1.

    Returns
    -------
    (N, 4) centre x and y, width and height as parts of the side; `WHOLE` where the map is nowhere above 0.
    """
    n, _, h, w = chance.shape
    peak = chance.amax(dim=(2, 3), keepdim=True)
    inside = chance > (0.5 * peak).clamp(max=threshold)
    heap = torch.where(inside, functional.avg_pool2d(chance * inside, 9, 1, 4), -1.0)
    seed = heap.flatten(1).argmax(dim=1, keepdim=True)
    part = torch.zeros(n, h * w, device=chance.device).scatter_(1, seed, 1.0).view(n, 1, h, w)
    allowed = inside.float().contiguous()
    for _ in range(MOST_ROUNDS):
        before = part
        for _ in range(ROUND):
            part = functional.max_pool2d(part, 3, 1, 1) * allowed
        if torch.equal(part, before):
            break
    return bounds_of(part)


def bounds_of(part: Tensor) -> Tensor:
    """(N, 1, h, w), above 0 inside, to the boxes (N, 4) around all of it as `box_of` gives them."""
    x0, x1 = _ends(part.amax(dim=(1, 2)))
    y0, y1 = _ends(part.amax(dim=(1, 3)))
    box = torch.stack([(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0], dim=1)
    return torch.where((box[:, 2:] > 0).all(dim=1, keepdim=True), box, box.new_tensor(WHOLE))


def _ends(line: Tensor) -> tuple[Tensor, Tensor]:
    """First and last of the cells that are set, as parts of the length; (N, k) to twice (N,)."""
    k = line.shape[1]
    places = torch.arange(k, device=line.device, dtype=torch.float32)
    first = torch.where(line > 0, places, float(k)).amin(dim=1)
    last = torch.where(line > 0, places, -1.0).amax(dim=1) + 1.0
    return first / k, last / k


def square_of(box: Tensor, margin: Tensor | float, *, least: float = 0.12, most: float = 1.4) -> Tensor:
    """(N, 3): centre x and y and side of the square of `margin` times a box's longer side, as parts of the picture."""
    side = (box[:, 2:].amax(dim=1) * margin).clamp(least, most)
    return torch.cat([box[:, :2], side[:, None]], dim=1)


def cropped(pictures: Tensor, square: Tensor, size: int) -> Tensor:
    """(N, C, S, S) to the squares (N, C, size, size), 0 beyond the picture.

    Sampled at twice the size and averaged, so that large lesions do not alias.
    """
    theta = torch.zeros(len(square), 2, 3, device=square.device)
    theta[:, 0, 0] = theta[:, 1, 1] = square[:, 2]
    theta[:, :, 2] = 2.0 * square[:, :2] - 1.0
    grid = functional.affine_grid(theta, [len(square), 1, 2 * size, 2 * size], align_corners=False)
    return functional.avg_pool2d(functional.grid_sample(pictures, grid, align_corners=False), 2)


def placed_back(features: Tensor, square: Tensor, side: int) -> Tensor:
    """A feature map of the square as one of the whole picture, with the same mean in every channel.

    Each cell is spread over the picture's cells around its own place by a hat function, in such a way that its weight
    in the mean stays what it was: pooling over the whole picture is pooling over the square, and evidence keeps both
    its place and its unit. A cell beyond the picture's edge goes to the nearest one inside.

    Parameters
    ----------
    features : (N, C, h, w). square : (N, 3) of `square_of`. side : of the map that is wanted.

    Returns
    -------
    (N, C, side, side), 0 outside the square.
    """
    h, w = features.shape[2:]
    down, across = _spread(square[:, 1], square[:, 2], h, side), _spread(square[:, 0], square[:, 2], w, side)
    scale = side * side / (h * w)
    return torch.einsum("nih,nchw,njw->ncij", down * scale, features, across)


def _spread(centre: Tensor, length: Tensor, cells: int, side: int) -> Tensor:
    """(N, side, cells) weights along one axis, which sum to 1 for each cell."""
    at = (torch.arange(side, device=centre.device) + 0.5) / side
    step = (length / cells)[:, None]
    own = centre[:, None] + (torch.arange(cells, device=centre.device) + 0.5 - cells / 2.0) * step
    own = own.clamp(0.5 / side, 1.0 - 0.5 / side)
    reach = step.clamp(min=1.0 / side)[:, None]
    hat = (1.0 - (at[None, :, None] - own[:, None, :]).abs() / reach).clamp(min=0.0)
    inside = (at[None, :] - centre[:, None]).abs() <= length[:, None] / 2.0 + 0.5 / side
    kept = hat * inside[:, :, None]
    weights = torch.where(kept.sum(dim=1, keepdim=True) > 0, kept, hat)
    return weights / weights.sum(dim=1, keepdim=True)
