"""Model files: one `.safetensors` with its card beside it; saving, loading, finding those that are installed."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import save

from engine.data.places import data_folder
from engine.data.preprocess import PREPROCESSING_VERSION
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.files import write_atomically
from engine.domain.resources import resource
from engine.domain.task import load_task
from engine.models.card import ModelCard, read_card
from engine.models.contract import FusionModel
from engine.models.registry import create_model
from engine.models.weights import NoRandomStart, fill, read_tensors, sha256_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """A model that can be loaded: its card and where its weights lie."""

    card: ModelCard
    weights: Path


def save_model(model: FusionModel, folder: Path, *, name: str, **card_fields: Any) -> ModelFile:
    """Write ``folder/name.safetensors`` and its card, each at once or not at all.

    Parameters
    ----------
    card_fields : further fields of `ModelCard`; those that the model itself knows are filled in.

    Raises
    ------
    CaseError
        STORAGE: the folder cannot be written.
    """
    data = save({n: t.detach().cpu().contiguous() for n, t in model.state_dict().items()})
    known: dict[str, Any] = {
        "task": model.task.name,
        "architecture": model.architecture,
        "preset": model.preset,
        "options": dict(model.options),
        "input_size": model.input_size,
        "preprocessing": PREPROCESSING_VERSION,
        "parameters": sum(p.numel() for p in model.parameters()),
        "modalities_used": model.task.modalities,
    }
    fields = {**known, **card_fields, "name": name, "sha256": sha256_of(data)}
    if model.looks_at:
        fields["modalities_used"] = tuple(m for m in fields["modalities_used"] if m in model.looks_at)
    card = ModelCard(**fields)
    weights = folder / f"{name}.safetensors"
    # The card comes last: until it is there, the old card refuses the new weights by their SHA-256.
    write_atomically(weights, data)
    write_atomically(weights.with_suffix(".json"), card.to_json().encode())
    return ModelFile(card=card, weights=weights)


def load_model(file: ModelFile) -> FusionModel:
    """The model, its weights checked, in evaluation mode on the CPU.

    Raises
    ------
    CaseError
        MODEL: the card asks for another preprocessing, task or architecture than this program has, or the weights are
        missing, altered, pickled or of other shapes.
    """
    card = file.card
    if card.preprocessing != PREPROCESSING_VERSION:
        raise CaseError(
            ErrorKind.MODEL,
            f"The model {card.name} expects preprocessing version {card.preprocessing}, this program has version "
            f"{PREPROCESSING_VERSION}. Install the model that belongs to this version.",
        )
    try:
        task = load_task(card.task)
        if unknown := sorted(set(card.modalities_used) - set(task.modalities)):
            raise ValueError(f"the task {task.name} has no modality {', '.join(unknown)}")
        with NoRandomStart():
            model = create_model(card.architecture, task, card.preset, **card.options)
    except (CaseError, TypeError, ValueError, KeyError, RuntimeError) as error:
        raise CaseError(
            ErrorKind.MODEL,
            f"The card of the model {card.name} does not fit this program ({error}). Install the model again.",
            f"{type(error).__name__}: {error}",
        ) from error
    if model.input_size != card.input_size:
        raise CaseError(
            ErrorKind.MODEL,
            f"The card of the model {card.name} says {card.input_size} pixels, its architecture takes "
            f"{model.input_size}. Install the model again.",
        )
    fill(model, read_tensors(file.weights, sha256=card.sha256), file.weights)
    return model.eval()


def user_models_folder() -> Path:
    """Where a person's own models are installed: below SONOFUSE_HOME, else the platform's data folder."""
    return data_folder() / "models"


def installed_models() -> tuple[ModelFile, ...]:
    """All models that come with the program or are installed by the person, by name; unusable cards are logged.

    A person's own model takes the place of a bundled one of the same name.
    """
    found: dict[str, ModelFile] = {}
    for folder in (resource("models"), user_models_folder()):
        for path in sorted(folder.glob("*/*.json")):
            if not path.with_suffix(".safetensors").exists():
                continue
            try:
                file = ModelFile(card=read_card(path), weights=path.with_suffix(".safetensors"))
            except CaseError as error:
                _log.warning("model passed over: %s", error.sentence)
                continue
            found[file.card.name] = file
    return tuple(found[name] for name in sorted(found))


def is_shipped(file: ModelFile) -> bool:
    """Whether the model comes with the program; a person trained or installed every other one."""
    return resource("models").resolve() in file.weights.resolve().parents


def find_model(name_or_path: str) -> ModelFile:
    """The model of that name, weights file, card or folder.

    Raises
    ------
    CaseError
        MODEL: nothing of the kind is there; the sentence lists the installed names.
    """
    path = Path(name_or_path)
    installed = {file.card.name: file for file in installed_models()}
    if name_or_path in installed:
        return installed[name_or_path]
    if path.is_dir():
        cards = sorted(p for p in path.glob("*.json") if p.with_suffix(".safetensors").exists())
        if len(cards) == 1:
            return ModelFile(card=read_card(cards[0]), weights=cards[0].with_suffix(".safetensors"))
        raise CaseError(ErrorKind.MODEL, f"The folder {path.name} holds {len(cards)} models; name the file itself.")
    if path.suffix in (".safetensors", ".json") and path.is_file():
        return ModelFile(card=read_card(path.with_suffix(".json")), weights=path.with_suffix(".safetensors"))
    known = ", ".join(installed) or "none"
    raise CaseError(
        ErrorKind.MODEL, f"There is no model '{name_or_path}'. Installed: {known}. A file can be named too."
    )
