"""MHFNet that looks for the lesion first: a localiser, then the B-mode branch on a magnified square around its box.

The branch's feature map is placed back into the whole picture (`engine.models.lesion_focus.placed_back`), which leaves
its mean alone, so that fusion, heatmaps and contributions are those of MHFNet. Lesion masks guide the localiser in
training; they are never an input.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.data.batches import MEAN, STD
from engine.domain.task import Task
from engine.models.contract import FusionOutput
from engine.models.lesion_focus import Localiser, bounds_of, box_of, cropped, outline_loss, placed_back, square_of
from engine.models.mhfnet import MHFNet, MHFNetOptions
from engine.models.registry import register

_BLACK = -MEAN[0] / STD[0]
_MARGIN_JITTER, _CENTRE_NOISE, _SIZE_NOISE = 0.25, 0.05, 0.1
_TRUE_BOXES_UNTIL = 1.0 / 3.0
"""Part of the training in which the true boxes are shown, as the localiser knows nothing yet."""


@dataclass(frozen=True, kw_only=True)
class FocusedOptions(MHFNetOptions):
    """Beside those of MHFNet.

    Attributes
    ----------
    input_size : of the whole picture, of which the square is cut.
    localiser_size, localiser_width : side in pixels that the localiser sees, a multiple of 32, and its channels.
    crop_size : side in pixels of the square that the branch sees. margin : its side in those of the longer box side.
    whole_size : side in pixels at which the other images are seen, as a whole.
    map_side : side of the feature map of the whole picture.
    zooms : factors of the margin of the views that are averaged in evaluation; every other one is mirrored.
    localised_share : share of training cases for which the localiser runs and learns; the others get the true box.
    guidance_weight : of the localiser's loss.
    """

    localiser_size: int = 128
    localiser_width: int = 16
    crop_size: int = 96
    margin: float = 1.6
    whole_size: int = 128
    map_side: int = 32
    zooms: tuple[float, ...] = (0.87, 1.15)
    localised_share: float = 0.5
    guidance_weight: float = 1.0


_TINY = FocusedOptions(
    backbone="resnet18",
    width=32,
    input_size=256,
    t_feat_dim=64,
    image_dim=128,
    head_dim=64,
    head_dropout=0.3,
    encoding="onehot",
    encoder="mlp",
    missing_tokens=True,
    auxiliary_heads=True,
    modality_dropout=0.5,
)
_RECOMMENDED = FocusedOptions(
    input_size=512,
    t_feat_dim=512,
    encoding="onehot",
    encoder="mlp",
    missing_tokens=True,
    auxiliary_heads=True,
    modality_dropout=0.5,
    localiser_size=256,
    crop_size=224,
    whole_size=224,
)
FOCUSED_PRESETS = {"recommended": _RECOMMENDED, "tiny": _TINY}


@register(
    "focused_mhfnet",
    presets=tuple(FOCUSED_PRESETS),
    description="MHFNet on a magnified view of the lesion, which it finds by itself; evidence in the whole picture.",
)
class FocusedMHFNet(MHFNet):
    """MHFNet whose first image branch sees the lesion's surroundings; see `FocusedOptions`.

    Parameters
    ----------
    preset : "recommended" or "tiny" (for two cores).
    options : values of `FocusedOptions` that replace the preset's.
    """

    wants_masks = True
    _called = "focused_mhfnet"
    _presets = FOCUSED_PRESETS
    settings: FocusedOptions

    def __init__(self, task: Task, preset: str = "recommended", **options: object) -> None:
        super().__init__(task, preset, **options)
        self._focused = task.images[0]
        self.localiser = Localiser(self.settings.localiser_width)
        channels: int = self.branches[self._focused].trunk.channels[-1]  # type: ignore[union-attr, index, assignment]
        first, last = nn.Linear(4, 16), nn.Linear(16, channels)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.geometry = nn.Sequential(first, nn.ReLU(), last)
        self._guide: _Guide | None = None

    def guided(
        self, inputs: Mapping[str, Tensor], present: Tensor, masks: Tensor, done: float
    ) -> tuple[FusionOutput, dict[str, Tensor]]:
        """See `FusionModel.guided`."""
        self._guide = guide = _Guide(masks, done)
        try:
            output = self(inputs, present)
        finally:
            self._guide = None
        return output, {"outline": self.settings.guidance_weight * guide.loss} if guide.loss is not None else {}

    def boxes(self, pictures: Tensor) -> Tensor:
        """(N, 3, S, S) normalised pictures to the boxes (N, 4) of the lesions, see `box_of`; mirror views averaged."""
        seen = self._for_localiser(pictures)
        chance = self.localiser(seen).float().sigmoid()
        if not self.training:
            chance = (chance + self.localiser(seen.flip(3)).float().sigmoid().flip(3)) / 2.0
        return box_of(chance)

    def _feature_map(
        self, modality: str, images: Tensor, here: Tensor, t_feat: Tensor | None, t_present: Tensor | None
    ) -> Tensor:
        if modality != self._focused:
            return super()._feature_map(modality, _smaller(images, self.settings.whole_size), here, t_feat, t_present)
        if not self.training:
            images = torch.where(here[:, None, None, None], images, 0.0)
            return self._views(images, t_feat, t_present)
        rows = here.nonzero()[:, 0]
        semantic = (None, None) if t_feat is None or t_present is None else (t_feat[rows], t_present[rows])
        part = self._in_training(images[rows], rows, *semantic)
        return part.new_zeros(len(here), *part.shape[1:]).index_copy(0, rows, part)

    def _views(self, pictures: Tensor, t_feat: Tensor | None, t_present: Tensor | None) -> Tensor:
        """Evaluation: the mean of some views of the lesion, each placed back into the whole picture."""
        settings = self.settings
        with torch.no_grad():
            box = self.boxes(pictures)
        total = None
        for index, zoom in enumerate(settings.zooms):
            square = square_of(box, settings.margin * zoom)
            found = self._branch(pictures, box, square, t_feat, t_present, mirrored=index % 2 == 1)
            placed = placed_back(found, square, settings.map_side)
            total = placed if total is None else total + placed
        assert total is not None
        return total / len(settings.zooms)

    def _in_training(self, pictures: Tensor, rows: Tensor, t_feat: Tensor | None, t_present: Tensor | None) -> Tensor:
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
            square = square_of(box, self.settings.margin * jitter)
        return self._branch(pictures, box, square, t_feat, t_present)

    def _guided_boxes(self, guide: _Guide, pictures: Tensor, rows: Tensor) -> Tensor:
        """True boxes, for a share of the cases the localiser's, which learns from the same cases' masks."""
        masks = guide.masks[rows][:, None].float()
        known = masks.flatten(1).any(dim=1)
        chosen = (torch.rand(len(rows), device=rows.device) < self.settings.localised_share) | ~known
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

    def _branch(
        self,
        pictures: Tensor,
        box: Tensor,
        square: Tensor,
        t_feat: Tensor | None,
        t_present: Tensor | None,
        *,
        mirrored: bool = False,
    ) -> Tensor:
        """(N, C, h, w) of the squares, to which the box's place and shape are added."""
        # B-mode is grey; beyond the picture it is black.
        view = cropped(pictures[:, :1].float() - _BLACK, square, self.settings.crop_size) + _BLACK
        branch = self.branches[self._focused]
        layout = _layout(branch.trunk.conv1.weight)  # type: ignore[union-attr, arg-type]
        view = (view.flip(3) if mirrored else view).expand(-1, 3, -1, -1).contiguous(memory_format=layout)
        features: Tensor = branch.feature_map(view, t_feat, t_present).float()  # type: ignore[operator]
        sides = box[:, 2:].clamp(min=0.02).log()
        with torch.autocast(pictures.device.type, enabled=False):
            told: Tensor = self.geometry(torch.cat([sides, box[:, :2] - 0.5], dim=1))
        features = features + told[:, :, None, None]
        return features.flip(3) if mirrored else features

    def _for_localiser(self, pictures: Tensor) -> Tensor:
        return _smaller(pictures[:, :1], self.settings.localiser_size)


class _Guide:
    """What a guided pass is given, and the localiser's loss that comes of it."""

    def __init__(self, masks: Tensor, done: float) -> None:
        self.masks, self.done = masks, done
        self.loss: Tensor | None = None


def _smaller(pictures: Tensor, size: int) -> Tensor:
    return pictures if pictures.shape[-1] <= size else functional.adaptive_avg_pool2d(pictures, size)


def _layout(weight: Tensor) -> torch.memory_format:
    last = weight.is_contiguous(memory_format=torch.channels_last)
    return torch.channels_last if last else torch.contiguous_format
