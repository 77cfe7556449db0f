"""What every key of a recipe must be, in words that can be told."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from engine.domain.errors import CaseError, ErrorKind

Rule = tuple[Callable[[Any], bool], str]

_PIECE = re.compile(r"[\w*?]+(\.[\w*?]+)*")


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _from_to(low: float, high: float) -> Rule:
    return lambda v: _number(v) and low <= v <= high, f"a number from {low:g} to {high:g}"


def _above(low: float) -> Rule:
    return lambda v: _number(v) and v > low, f"a number above {low:g}"


def _at_least(low: float) -> Rule:
    return lambda v: _number(v) and v >= low, f"a number from {low:g} up"


def _whole(low: int, high: int = 10**9) -> Rule:
    return (
        lambda v: isinstance(v, int) and not isinstance(v, bool) and low <= v <= high,
        f"a whole number from {low} to {high}" if high < 10**9 else f"a whole number from {low} up",
    )


def _one_of(*words: str) -> Rule:
    return lambda v: v in words, "one of " + ", ".join(words)


def _piece(value: Any) -> bool:
    return isinstance(value, str) and _PIECE.fullmatch(value) is not None


_LINE: Rule = (lambda v: isinstance(v, str) and v.isprintable() and len(v) <= 500, "text on one line")
_FLAG: Rule = (lambda v: isinstance(v, bool), "true or false")
_TABLE: Rule = (
    lambda v: isinstance(v, Mapping) and all(isinstance(k, str) for k in v),
    "a table",
)

RULES: Mapping[str, Rule] = {
    "name": (lambda v: isinstance(v, str) and re.fullmatch(r"[\w.-]{1,60}", v) is not None, "one short word"),
    "title": _LINE,
    "source": _LINE,
    "seed": _whole(0, 2**31),
    "model.architecture": _LINE,
    "model.preset": _LINE,
    "model.input_size": _whole(0, 2048),
    "model.options": _TABLE,
    "model.start_from": _LINE,
    "model.pretrained": _LINE,
    "model.freeze": (lambda v: isinstance(v, tuple) and all(map(_piece, v)), "a list of pieces of module names"),
    "data.folds": (lambda v: _whole(0, 100)[0](v) and v != 1, "0 for none, or a whole number from 2 to 100"),
    "data.validation_part": _from_to(0.01, 0.9),
    "data.validation": _LINE,
    "data.test": _LINE,
    "data.repeat_described": _whole(1, 100),
    "data.workers": _whole(1, 256),
    "data.image_cache": _FLAG,
    "optimiser.name": _one_of("adamw", "adam", "sgd"),
    "optimiser.lr": _above(0),
    "optimiser.weight_decay": _at_least(0),
    "optimiser.momentum": _from_to(0, 0.9999),
    "optimiser.rates": (
        lambda v: isinstance(v, Mapping) and all(_piece(k) and _number(f) and f >= 0 for k, f in v.items()),
        "a table of pieces of module names and factors from 0 up",
    ),
    "optimiser.decay_all": _FLAG,
    "schedule.epochs": _whole(1),
    "schedule.batch_size": _whole(1),
    "schedule.warm_up": _from_to(0, 1),
    "schedule.decay": _one_of("constant", "cosine", "step", "plateau", "phases"),
    "schedule.floor": _from_to(0, 1),
    "schedule.factor": _from_to(0, 1),
    "schedule.every": _whole(1),
    "schedule.phases": (
        lambda v: isinstance(v, tuple) and all(_number(f) and f >= 0 for f in v),
        "a list of factors from 0 up",
    ),
    "schedule.precision": _one_of("32", "bf16", "auto"),
    "schedule.checkpoint_seconds": _above(0),
    "regularisation.ema": _from_to(0, 0.99999),
    "regularisation.clip": _at_least(0),
    "regularisation.class_weights": _FLAG,
    "regularisation.modality_dropout": (
        lambda v: _number(v) and (v == -1 or 0 <= v <= 1),
        "a number from 0 to 1, or -1 for the preset's own",
    ),
    "regularisation.augment": _FLAG,
    "regularisation.flip": _FLAG,
    "regularisation.rotation_degrees": _from_to(0, 180),
    "regularisation.shift": _from_to(0, 0.5),
    "regularisation.zoom": _from_to(0, 0.5),
    "regularisation.brightness": _from_to(0, 1),
    "regularisation.contrast": _from_to(0, 1),
    "regularisation.elastic": _from_to(0, 0.1),
    "regularisation.gamma": _from_to(0, 0.9),
    "regularisation.gain": _from_to(0, 1),
    "regularisation.speckle": _from_to(0, 1),
    "regularisation.shadow": _from_to(0, 1),
    "regularisation.cutout": _from_to(0, 0.9),
    "regularisation.overlays": _from_to(0, 1),
    "regularisation.chance": _from_to(0, 1),
    "stop.patience": _whole(0),
    "stop.metric": _one_of("log_loss", "auc"),
    "stop.keep": _one_of("best", "last"),
    "stop.look_every": _whole(1),
}


def check_section(section: str, values: Mapping[str, Any]) -> None:
    """Raises `CaseError` (INVALID) naming the first key whose value is not what it must be."""
    for name, value in values.items():
        key = f"{section}.{name}" if section else name
        fits, what = RULES.get(key, (lambda _: True, ""))
        if not fits(value):
            raise CaseError(ErrorKind.INVALID, f"The recipe's {key} must be {what}, not {value!r}.")
