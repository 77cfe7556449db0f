"""Reading a `.safetensors` file with every doubt about it told in a sentence. Nothing is ever unpickled."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from engine.domain.errors import CaseError, ErrorKind

_PICKLE_STARTS = (b"\x80", b"PK\x03\x04")
"""A bare pickle, and the zip archive that `torch.save` writes around one."""


class NoRandomStart(TorchFunctionMode):
    """A model that is built inside ``with NoRandomStart():`` is not filled with random numbers.

    Drawing them takes longer than reading a model file, whose numbers then take their place anyway: see `fill`. What
    `fill` does not fill is drawn as usual, as long as it is not drawn in place.
    """

    _DRAWN = frozenset({Tensor.uniform_, nn.init.uniform_, nn.init.normal_, nn.init.kaiming_uniform_})

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        named = dict(kwargs or {})
        if func is Tensor.normal_:
            # A truncated normal is drawn again until it is in range: what lies in fresh memory may never be.
            return args[0].zero_()
        if func in self._DRAWN:
            return args[0] if args else named["tensor"]
        return func(*args, **named)


def sha256_of(data: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(data).hexdigest()


def read_tensors(path: Path, *, sha256: str | None = None) -> dict[str, Tensor]:
    """Tensors of a safetensors file by name.

    Raises
    ------
    CaseError
        MODEL: missing, a pickle under another name, altered (`sha256` differs), truncated or otherwise no safetensors.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unfit(path, f"cannot be read ({error.strerror})", error) from error
    if data.startswith(_PICKLE_STARTS):
        raise _unfit(path, "is a pickle, which could run code, and not a safetensors file; it was not opened")
    if sha256 is not None and sha256_of(data) != sha256:
        raise _unfit(path, "was altered or damaged since it was made: its SHA-256 is not the one on its card")
    try:
        tensors: dict[str, Tensor] = load(data)
    except (SafetensorError, ValueError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise _unfit(path, "is damaged or no safetensors file", error) from error
    return tensors


def fill(model: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Copy tensors into a model whose names and shapes must be exactly theirs; `path` is for the sentence."""
    own = model.state_dict()
    missing, foreign = sorted(set(own) - set(tensors)), sorted(set(tensors) - set(own))
    if missing or foreign:
        what = f"lacks {missing[0]}" if missing else f"holds {foreign[0]}, which the model does not know"
        raise _unfit(path, f"does not fit the architecture on its card: it {what}")
    for name, tensor in tensors.items():
        if tensor.shape != own[name].shape:
            shapes = f"{tuple(tensor.shape)}, not {tuple(own[name].shape)}"
            raise _unfit(path, f"does not fit the architecture on its card: {name} is {shapes}")
        if tensor.is_floating_point() and not _is_finite(tensor):
            raise _unfit(path, f"holds numbers that are not finite in {name}")
    model.load_state_dict(dict(tensors))


def _is_finite(tensor: Tensor) -> bool:
    """One pass without a mask as large as the tensor; a NaN spreads to both ends."""
    return tensor.numel() == 0 or all(bool(torch.isfinite(end)) for end in torch.aminmax(tensor))


def _unfit(path: Path, what: str, error: Exception | None = None) -> CaseError:
    return CaseError(
        ErrorKind.MODEL,
        f"The model file {path.name} {what}. Install the model again.",
        "" if error is None else f"{type(error).__name__}: {error}",
    )
