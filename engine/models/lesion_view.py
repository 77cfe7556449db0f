"""The lesion's surroundings, magnified: a localiser, the square around its box, and a map in the whole picture's frame.

Whatever image network looks at the square, its feature map is placed back into the whole picture
(`engine.models.lesion_focus.placed_back`), which leaves its mean alone, so that fusion, heatmaps and contributions are
those of a network that sees the whole. Lesion masks guide the localiser in training; they are never an input.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.data.batches import MEAN, STD
from engine.models.contract import FusionOutput
from engine.models.lesion_focus import Localiser, bounds_of, box_of, cropped, outline_loss, placed_back, square_of

See = Callable[[Tensor, Tensor | None], Tensor]
"""(n, 3, crop, crop) normalised views and the rows of the batch they are from (None = all) to maps (n, C, h, w)."""

_BLACK = -MEAN[0] / STD[0]
_MARGIN_JITTER, _CENTRE_NOISE, _SIZE_NOISE = 0.25, 0.05, 0.1
_TRUE_BOXES_UNTIL = 1.0 / 3.0
"""Part of the training in which the true boxes are shown, as the localiser knows nothing yet."""


@dataclass(frozen=True, kw_only=True)
class ViewOptions:
    """How a system looks closer; the systems' own options are made of these, too.

    Attributes
    ----------
    localiser_size, localiser_width : side in pixels that the localiser sees, a multiple of 32, and its channels.
    crop_size : side in pixels of the square that the image network sees. margin : its side in those of the longer side
        of the lesion's box.
    map_side : side of the feature map of the whole picture.
    zooms : factors of the margin of the views that are averaged in evaluation; every other one is mirrored.
    localised_share : share of training cases for which the localiser runs and learns; the others get the true box.
    guidance_weight : of the localiser's loss.
    """

    localiser_size: int = 128
    localiser_width: int = 16
    crop_size: int = 96
    margin: float = 1.6
    map_side: int = 32
    zooms: tuple[float, ...] = (0.87, 1.15)
    localised_share: float = 0.5
    guidance_weight: float = 1.0

    def view_options(self) -> ViewOptions:
        """These alone, of options that hold more."""
        return ViewOptions(**{f.name: getattr(self, f.name) for f in fields(ViewOptions)})


class LesionView(nn.Module):
    """Finds the lesion and shows it to an image network.

    Parameters
    ----------
    channels : of the network's map, to which the box's place and shape are added.
    """

    def __init__(self, options: ViewOptions, channels: int) -> None:
        super().__init__()
        self.options = options
        self.localiser = Localiser(options.localiser_width)
        first, last = nn.Linear(4, 16), nn.Linear(16, channels)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.geometry = nn.Sequential(first, nn.ReLU(), last)
        self._guide: _Guide | None = None

    def forward(self, pictures: Tensor, here: Tensor, see: See) -> Tensor:
        """(N, 3, S, S) normalised pictures to maps (N, C, h, w); rows that are not `here` (N,) have none."""
        if not self.training:
            return self._views(torch.where(here[:, None, None, None], pictures, 0.0), see)
        rows = here.nonzero()[:, 0]
        part = self._in_training(pictures[rows], rows, see)
        return part.new_zeros(len(here), *part.shape[1:]).index_copy(0, rows, part)

    def guided(
        self, masks: Tensor, done: float, run: Callable[[], FusionOutput]
    ) -> tuple[FusionOutput, dict[str, Tensor]]:
        """What `run` returns, with the masks at hand, and the localiser's loss; see `FusionModel.guided`."""
        self._guide = guide = _Guide(masks, done)
        try:
            output = run()
        finally:
            self._guide = None
        return output, {"outline": self.options.guidance_weight * guide.loss} if guide.loss is not None else {}

    def boxes(self, pictures: Tensor) -> Tensor:
        """(N, 3, S, S) normalised pictures to the boxes (N, 4) of the lesions, see `box_of`; mirror views averaged."""
        seen = self._for_localiser(pictures)
        chance = self.localiser(seen).float().sigmoid()
        if not self.training:
            chance = (chance + self.localiser(seen.flip(3)).float().sigmoid().flip(3)) / 2.0
        return box_of(chance)

    def _views(self, pictures: Tensor, see: See) -> Tensor:
        """Evaluation: the mean of some views of the lesion, each placed back into the whole picture."""
        options = self.options
        with torch.no_grad():
            box = self.boxes(pictures)
        total = None
        for index, zoom in enumerate(options.zooms):
            square = square_of(box, options.margin * zoom)
            found = self._look(pictures, box, square, None, see, mirrored=index % 2 == 1)
            placed = placed_back(found, square, options.map_side)
            total = placed if total is None else total + placed
        assert total is not None
        return total / len(options.zooms)

    def _in_training(self, pictures: Tensor, rows: Tensor, see: See) -> Tensor:
        """The map of one view of another zoom each time; its mean is all that training looks at, so it stays there."""
        n, device = len(pictures), pictures.device
        if self._guide is None:
            with torch.no_grad():
                box = self.boxes(pictures)
        else:
            box = self._guided_boxes(self._guide, pictures, rows)
        with torch.autocast(device.type, enabled=False):
            moved = box[:, :2] + _CENTRE_NOISE * box[:, 2:] * torch.randn(n, 2, device=device)
            scaled = box[:, 2:] * torch.exp(_SIZE_NOISE * torch.randn(n, 2, device=device))
            box = torch.cat([moved, scaled], dim=1)
            jitter = torch.exp((2.0 * torch.rand(n, device=device) - 1.0) * _MARGIN_JITTER)
            square = square_of(box, self.options.margin * jitter)
        return self._look(pictures, box, square, rows, see)

    def _guided_boxes(self, guide: _Guide, pictures: Tensor, rows: Tensor) -> Tensor:
        """True boxes, for a share of the cases the localiser's, which learns from the same cases' masks."""
        masks = guide.masks[rows][:, None].float()
        known = masks.flatten(1).any(dim=1)
        chosen = (torch.rand(len(rows), device=rows.device) < self.options.localised_share) | ~known
        box = bounds_of((functional.avg_pool2d(masks, 2) > 0.5).float())
        if not bool(chosen.any()):
            return box
        some = chosen.nonzero()[:, 0]
        logits = self.localiser(self._for_localiser(pictures[some])).float()
        told = known[some]
        if bool(told.any()):
            inside = functional.adaptive_avg_pool2d(masks[some][told], logits.shape[2:])
            guide.loss = outline_loss(logits[told], inside)
        late = torch.full_like(told, guide.done >= _TRUE_BOXES_UNTIL)
        found = torch.where((late | ~told)[:, None], box_of(logits.detach().sigmoid()), box[some])
        return box.index_copy(0, some, found)

    def _look(
        self, pictures: Tensor, box: Tensor, square: Tensor, rows: Tensor | None, see: See, *, mirrored: bool = False
    ) -> Tensor:
        """(n, C, h, w) of the squares, to which the box's place and shape are added."""
        # B-mode is grey; beyond the picture it is black.
        view = cropped(pictures[:, :1].float() - _BLACK, square, self.options.crop_size) + _BLACK
        view = view.flip(3) if mirrored else view
        features = see(view.expand(-1, 3, -1, -1), rows).float()
        sides = box[:, 2:].clamp(min=0.02).log()
        with torch.autocast(pictures.device.type, enabled=False):
            told: Tensor = self.geometry(torch.cat([sides, box[:, :2] - 0.5], dim=1))
        features = features + told[:, :, None, None]
        return features.flip(3) if mirrored else features

    def _for_localiser(self, pictures: Tensor) -> Tensor:
        return smaller(pictures[:, :1], self.options.localiser_size)


class _Guide:
    """What a guided pass is given, and the localiser's loss that comes of it."""

    def __init__(self, masks: Tensor, done: float) -> None:
        self.masks, self.done = masks, done
        self.loss: Tensor | None = None


def smaller(pictures: Tensor, size: int) -> Tensor:
    """(N, C, S, S) averaged down to `size`, as they are where they are not larger."""
    return pictures if pictures.shape[-1] <= size else functional.adaptive_avg_pool2d(pictures, size)


def as_laid_out(view: Tensor, first_layer: nn.Conv2d) -> Tensor:
    """The view in the memory layout that a network's weights have."""
    last = first_layer.weight.is_contiguous(memory_format=torch.channels_last)
    return view.contiguous(memory_format=torch.channels_last if last else torch.contiguous_format)
