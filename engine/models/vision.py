"""Makes torchvision importable beside any torch, its compiled operators present or not.

PyPI's Linux wheel of torchvision links against a CUDA build of torch. Beside a CPU-only torch its library does not
load, and ``import torchvision`` stops with "operator torchvision::nms does not exist", because the Python part
registers shapes for operators that nobody has declared. Models and transforms need none of them, so declaring the
schemas is enough. `torchvision.ops` and `torchvision.io` stay unusable in that case.
"""

from __future__ import annotations

import importlib
import sys
from functools import cache
from types import ModuleType
from typing import Any

import torch

_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_declared: list[Any] = []
"""Keeps the library object alive: its schemas vanish with it."""


@cache
def torchvision_models() -> ModuleType:
    """The module ``torchvision.models``, imported on first use.

    Raises
    ------
    ImportError
        torchvision is not installed, or fails for another reason than its missing operators.
    """
    try:
        return importlib.import_module("torchvision.models")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise ImportError(f"torchvision cannot be imported: {error}") from error
    for name in [n for n in sys.modules if n == "torchvision" or n.startswith("torchvision.")]:
        del sys.modules[name]
    library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for schema in _SCHEMAS:
        library.define(schema)  # type: ignore[no-untyped-call]
    _declared.append(library)
    return importlib.import_module("torchvision.models")
