"""MHFNet that looks for the lesion first: its B-mode branch sees a magnified square around it (`LesionView`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from engine.domain.task import Task
from engine.models.contract import FusionOutput
from engine.models.lesion_view import LesionView, ViewOptions, as_laid_out, smaller
from engine.models.mhfnet import MHFNet, MHFNetOptions
from engine.models.registry import register
from engine.models.semantic_branch import SemanticBranch


@dataclass(frozen=True, kw_only=True)
class FocusedOptions(MHFNetOptions, ViewOptions):
    """Beside those of MHFNet and of the view.

    Attributes
    ----------
    input_size : of the whole picture, of which the square is cut.
    whole_size : side in pixels at which the other images are seen, as a whole.
    """

    whole_size: int = 128


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
    takes_any_size = True
    _called = "focused_mhfnet"
    _presets = FOCUSED_PRESETS
    settings: FocusedOptions

    def __init__(self, task: Task, preset: str = "recommended", **options: object) -> None:
        super().__init__(task, preset, **options)
        self._focused = task.images[0]
        self.view = LesionView(self.settings.view_options(), self._branch.trunk.channels[-1])

    def guided(
        self, inputs: Mapping[str, Tensor], present: Tensor, masks: Tensor, done: float
    ) -> tuple[FusionOutput, dict[str, Tensor]]:
        """See `FusionModel.guided`."""
        return self.view.guided(masks, done, lambda: self(inputs, present))

    def _feature_map(
        self, modality: str, images: Tensor, here: Tensor, t_feat: Tensor | None, t_present: Tensor | None
    ) -> Tensor:
        if modality != self._focused:
            return super()._feature_map(modality, smaller(images, self.settings.whole_size), here, t_feat, t_present)

        def see(view: Tensor, rows: Tensor | None) -> Tensor:
            view = as_laid_out(view, self._branch.trunk.conv1)
            if t_feat is None or t_present is None or rows is None:
                return self._branch.feature_map(view, t_feat, t_present)
            return self._branch.feature_map(view, t_feat[rows], t_present[rows])

        return self.view(images, here, see)  # type: ignore[no-any-return]

    @property
    def _branch(self) -> SemanticBranch:
        return self.branches[self._focused]  # type: ignore[return-value]
