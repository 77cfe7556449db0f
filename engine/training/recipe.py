"""A training recipe: everything that decides what a run does, beside the data themselves. It checks itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.domain.errors import CaseError, ErrorKind
from engine.training.recipe_rules import check_section


@dataclass(frozen=True, kw_only=True)
class ModelPart:
    """What is trained.

    Attributes
    ----------
    architecture, preset : registry names. input_size : side of the squares in pixels, 0 = the preset's.
    options : further arguments of the architecture.
    start_from : name or file of a model to go on from, "" = none; architecture, preset and options are then its own.
    pretrained : checkpoint for the image networks, see `engine.models.pretrained`; "" = random weights.
    freeze : parts that stay as they are, as dotted pieces of module names, "layer1" or "trunks.*.conv1"; batch norm
        in them keeps its statistics, too.
    """

    architecture: str = "mhfnet"
    preset: str = "tiny"
    input_size: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    start_from: str = ""
    pretrained: str = ""
    freeze: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DataPart:
    """How the cases are used.

    Attributes
    ----------
    folds : of a cross-validation, 0 = none; a column `fold` in the manifest is honoured.
    validation_part : share of the patients set apart where there are no folds.
    validation, test : further sources, "" = none; `test` is measured on at the end and decides nothing.
    repeat_described : how often an epoch shows a case with descriptors, where most cases have none.
    workers : decoding processes. image_cache : keep decoded images on disk for later runs.
    """

    folds: int = 0
    validation_part: float = 0.2
    validation: str = ""
    test: str = ""
    repeat_described: int = 1
    workers: int = 1
    image_cache: bool = True


@dataclass(frozen=True, kw_only=True)
class OptimiserPart:
    """Who moves the weights: "adamw", "adam" or "sgd".

    Attributes
    ----------
    rates : piece of a module name -> factor of the learning rate there; the first that fits counts.
    decay_all : weight decay for biases and norms, too.
    """

    name: str = "adamw"
    lr: float = 1e-3
    weight_decay: float = 0.02
    momentum: float = 0.9
    rates: Mapping[str, float] = field(default_factory=dict)
    decay_all: bool = False


@dataclass(frozen=True, kw_only=True)
class SchedulePart:
    """How long, and how the learning rate runs.

    Attributes
    ----------
    batch_size : of all processes together. warm_up : share of all steps over which the rate rises.
    decay : "constant"; "cosine" down to `floor`; "step", times `factor` every `every` epochs; "plateau", times `factor`
        after `every` epochs without a better validation log loss; "phases", the factors in `phases` one after another
        for equal numbers of epochs.
    floor : least share of the rate.
    precision : "32", "bf16" (faster; other processors give other digits) or "auto" (bf16 on a graphics card with it).
    checkpoint_seconds : time between checkpoints; each epoch ends with one, too.
    """

    epochs: int = 30
    batch_size: int = 32
    warm_up: float = 0.05
    decay: str = "cosine"
    floor: float = 0.01
    factor: float = 0.1
    every: int = 5
    phases: tuple[float, ...] = ()
    precision: str = "32"
    checkpoint_seconds: float = 60.0


@dataclass(frozen=True, kw_only=True)
class RegularisationPart:
    """Against learning by heart.

    Attributes
    ----------
    ema : share of the old average kept per step, 0 = no averaging. clip : longest gradient, 0 = any.
    class_weights : weigh classes by the inverse of their number.
    modality_dropout : chance that a training case loses modalities, -1 = as the preset says.
    augment : random changes of training images, with the magnitudes of `engine.training.augmentation.Augmentation`,
        which the fields from `flip` to `chance` are.
    """

    ema: float = 0.998
    clip: float = 5.0
    class_weights: bool = False
    modality_dropout: float = -1.0
    augment: bool = True
    flip: bool = True
    rotation_degrees: float = 8.0
    shift: float = 0.06
    zoom: float = 0.08
    brightness: float = 0.1
    contrast: float = 0.1
    elastic: float = 0.0
    gamma: float = 0.0
    gain: float = 0.0
    speckle: float = 0.0
    shadow: float = 0.0
    cutout: float = 0.0
    overlays: float = 0.0
    chance: float = 0.5


@dataclass(frozen=True, kw_only=True)
class StopPart:
    """When it is enough.

    Attributes
    ----------
    patience : epochs without improvement after which it ends, 0 = all epochs.
    metric : "log_loss" or "auc" of the validation cases. keep : "best" or "last" epoch.
    look_every : epochs between looks at the validation cases, for recipes that keep the last epoch anyway.
    """

    patience: int = 0
    metric: str = "log_loss"
    keep: str = "best"
    look_every: int = 1


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All of it; raises `CaseError` (INVALID) with a sentence naming the key that is not what it must be.

    Attributes
    ----------
    name : short name. title : one line for the person. source : paper or section that it follows, "" = our own.
    seed : of weights, order and augmentation.
    """

    name: str
    title: str = ""
    source: str = ""
    seed: int = 0
    model: ModelPart = field(default_factory=ModelPart)
    data: DataPart = field(default_factory=DataPart)
    optimiser: OptimiserPart = field(default_factory=OptimiserPart)
    schedule: SchedulePart = field(default_factory=SchedulePart)
    regularisation: RegularisationPart = field(default_factory=RegularisationPart)
    stop: StopPart = field(default_factory=StopPart)

    def __post_init__(self) -> None:
        check_section("", vars(self))
        for section in SECTIONS:
            check_section(section, vars(getattr(self, section)))
        if self.schedule.decay == "phases" and not self.schedule.phases:
            raise CaseError(ErrorKind.INVALID, "The recipe says schedule.decay 'phases', but schedule.phases is empty.")
        if self.stop.look_every > 1 and (
            self.stop.keep == "best" or self.stop.patience or self.schedule.decay == "plateau"
        ):
            raise CaseError(
                ErrorKind.INVALID,
                "The recipe's stop.look_every must be 1 where the best epoch is kept, or where it ends or slows down "
                "by the validation cases.",
            )


SECTIONS: Mapping[str, type[Any]] = {
    "model": ModelPart,
    "data": DataPart,
    "optimiser": OptimiserPart,
    "schedule": SchedulePart,
    "regularisation": RegularisationPart,
    "stop": StopPart,
}
