"""Fusion systems by name. A new system is one module in this package with a `@register` class; nothing lists it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

import torch
from torch.overrides import TorchFunctionMode

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import Task
from engine.models.contract import FusionModel


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """One registered fusion system: its name, the presets it knows and one line for the person.

    Attributes
    ----------
    training : preset -> values of the schedule that suit it better than the usual ones, such as "lr".
    """

    name: str
    presets: tuple[str, ...]
    description: str
    build: Callable[..., FusionModel]
    training: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


_registered: dict[str, Architecture] = {}
Built = TypeVar("Built", bound=FusionModel)


def register(
    name: str,
    *,
    presets: tuple[str, ...],
    description: str,
    training: Mapping[str, Mapping[str, float]] | None = None,
) -> Callable[[type[Built]], type[Built]]:
    """Class decorator: makes a `FusionModel` known. The class is called as ``cls(task, preset, **options)``."""

    def keep(cls: type[Built]) -> type[Built]:
        if name in _registered and _registered[name].build is not cls:
            raise ValueError(f"two fusion systems are called '{name}'")
        _registered[name] = Architecture(
            name=name, presets=presets, description=description, build=cls, training=training or {}
        )
        return cls

    return keep


def available() -> tuple[Architecture, ...]:
    """All registered fusion systems, sorted by name."""
    _import_all()
    return tuple(_registered[name] for name in sorted(_registered))


@cache
def _import_all() -> None:
    """Import every module of this package, on the first question, so that the program start does not pay for it."""
    import engine.models

    for module in pkgutil.iter_modules(engine.models.__path__, "engine.models."):
        importlib.import_module(module.name)


def create_model(architecture: str, task: Task, preset: str, **options: object) -> FusionModel:
    """A fusion model with random weights.

    Parameters
    ----------
    architecture, preset : names that `available` lists.
    options : further arguments of the architecture, which replace single values of the preset.

    Raises
    ------
    CaseError
        INVALID: unknown architecture, preset or option; the sentence lists those that exist.
    """
    known = {a.name: a for a in available()}
    if architecture not in known:
        raise CaseError(
            ErrorKind.INVALID, f"There is no architecture called '{architecture}'. Known: {', '.join(known)}."
        )
    chosen = known[architecture]
    if preset not in chosen.presets:
        raise CaseError(
            ErrorKind.INVALID, f"{architecture} has no preset '{preset}'. It has: {', '.join(chosen.presets)}."
        )
    model = chosen.build(task, preset, **options)
    model.architecture = architecture
    model.options = dict(options)
    return model


def training_of(architecture: str, preset: str) -> Mapping[str, float]:
    """Values of the schedule that suit a preset better than the usual ones; empty for most."""
    known = {a.name: a.training for a in available()}
    return known.get(architecture, {}).get(preset, {})


def parameter_count(architecture: str, task: Task, preset: str, options: Mapping[str, object] | None = None) -> int:
    """Number of trainable parameters, counted without taking memory for them."""
    with torch.device("meta"), _Unfilled():
        model = create_model(architecture, task, preset, **(options or {}))
    return sum(p.numel() for p in model.parameters())


class _Unfilled(TorchFunctionMode):
    """Leaves out drawing the weights of a model that only the shapes are wanted of."""

    def __torch_function__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if getattr(function, "__name__", "") in ("normal_", "uniform_", "trunc_normal_"):
            return args[0] if args else (kwargs or {})["tensor"]
        return function(*args, **(kwargs or {}))
