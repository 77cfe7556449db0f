"""ImageNet weights for the image networks from a local file; nothing is ever fetched from a network.

The file is a safetensors file, or a checkpoint as torchvision leaves it in its cache. The latter is a pickle: it is
read only when its SHA-256 begins with the digits that its name ends in, and with PyTorch's reader for tensors alone,
which builds no other objects.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engine.domain.errors import CaseError, ErrorKind
from engine.models.weights import fill, read_tensors, sha256_of

_HASH_IN_NAME = re.compile(r"-([0-9a-f]{8,64})\.pth$")


def load_trunks(model: nn.Module, path: Path) -> int:
    """Fill every image network of a model from a checkpoint under torchvision's parameter names.

    Parameters
    ----------
    path : a safetensors file, a ``.pth`` file of torchvision, or just the name of a network that torchvision's cache
        holds, such as "resnet50". Its classifier is left out.

    Returns
    -------
    Number of networks filled.

    Raises
    ------
    CaseError
        MODEL: the file is missing, damaged, or of another network; INVALID: the model has no image network.
    """
    if not path.exists():
        path = _cached(path)
    networks: list[Any] = [module for module in model.modules() if hasattr(module, "own_names")]
    if not networks:
        raise CaseError(ErrorKind.INVALID, "This architecture has no image network to fill from a checkpoint.")
    tensors = _torchvision_tensors(path) if path.suffix == ".pth" else read_tensors(path)
    for network in networks:
        # Checkpoints older than the counter lack it; it does not enter any result.
        counters = {n: t for n, t in network.state_dict().items() if n.endswith("num_batches_tracked")}
        fill(network, {**counters, **network.own_names(tensors)}, path)
    return len(networks)


def _cached(path: Path) -> Path:
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    found = sorted(folder.glob(f"{path.name}-*.pth")) if re.fullmatch(r"\w+", path.name) else []
    if not found:
        raise CaseError(
            ErrorKind.MODEL,
            f"There is no checkpoint {path.name}, neither as a file nor in torchvision's cache. Name an existing "
            "safetensors file, or leave the option out to start from random weights. Nothing is downloaded.",
            str(folder),
        )
    return found[-1]


def _torchvision_tensors(path: Path) -> Mapping[str, Tensor]:
    digits = _HASH_IN_NAME.search(path.name)
    if digits is None or not sha256_of(path.read_bytes()).startswith(digits.group(1)):
        raise CaseError(
            ErrorKind.MODEL,
            f"The checkpoint {path.name} is not the file that torchvision published under this name. Remove it from "
            "the cache and fetch it again, or name a safetensors file.",
        )
    try:
        tensors = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError) as error:
        raise CaseError(
            ErrorKind.MODEL,
            f"The checkpoint {path.name} does not hold tensors alone and was not opened. Name a safetensors file.",
            f"{type(error).__name__}: {error}",
        ) from error
    if not isinstance(tensors, Mapping) or not all(isinstance(t, Tensor) for t in tensors.values()):
        raise CaseError(ErrorKind.MODEL, f"The checkpoint {path.name} is not a table of tensors. Name another file.")
    return dict(tensors)
