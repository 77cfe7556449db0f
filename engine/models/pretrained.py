"""ImageNet weights for the trunks from a local file; nothing is ever fetched from a network."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from engine.domain.errors import CaseError, ErrorKind
from engine.models.trunk import ResNetTrunk
from engine.models.weights import fill, read_tensors


def load_trunks(model: nn.Module, path: Path) -> int:
    """Fill every ResNet trunk of a model from a safetensors file under torchvision's parameter names.

    Parameters
    ----------
    path : for example ``resnet50.safetensors``; its classifier (``fc.*``) is left out.

    Returns
    -------
    Number of trunks filled.

    Raises
    ------
    CaseError
        MODEL: the file is missing, no safetensors, or of another ResNet; INVALID: the model has no such trunk.
    """
    if not path.exists():
        raise CaseError(
            ErrorKind.MODEL,
            f"There is no checkpoint {path.name}. Name an existing safetensors file, or leave the option out to start "
            "from random weights.",
        )
    trunks = [module for module in model.modules() if isinstance(module, ResNetTrunk)]
    if not trunks:
        raise CaseError(ErrorKind.INVALID, "This architecture has no ResNet trunk to fill from a checkpoint.")
    tensors = {name: t for name, t in read_tensors(path).items() if not name.startswith("fc.")}
    for trunk in trunks:
        # Checkpoints older than the counter lack it; it does not enter any result.
        counters = {n: t for n, t in trunk.state_dict().items() if n.endswith("num_batches_tracked")}
        fill(trunk, {**counters, **tensors}, path)
    return len(trunks)
