"""Installing models from files, after everything about them was checked, and removing them again."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.files import write_atomically
from engine.models.files import ModelFile, find_model, installed_models, load_model, user_models_folder
from engine.models.in_use import in_use
from engine.models.weights import read_tensors

_FOLDER = re.compile(r"m-[0-9a-f]{16}")


def install(source: str, *, name: str = "") -> ModelFile:
    """Copy a model file with its card to the person's models.

    Card, SHA-256, names and shapes of all tensors are checked; a pickle is refused without being opened.

    Parameters
    ----------
    source : weights file, card or folder. name : under which it is listed, "" = its own.

    Raises
    ------
    CaseError
        MODEL: it is not there, altered, unfit or a pickle; INVALID: the name is taken; STORAGE.
    """
    path = Path(source)
    if path.is_file() and path.suffix != ".json":
        read_tensors(path)  # tells a pickle by its content, whatever its name is
    if not path.exists():
        raise CaseError(ErrorKind.MODEL, f"There is no file {path.name} to install. Choose a .safetensors file.")
    file = find_model(str(path))
    load_model(file)
    try:
        card = replace(file.card, name=name or file.card.name)
    except ValueError as error:
        raise CaseError(ErrorKind.INVALID, f"A model cannot be called '{name}': {error}.", str(error)) from error
    for other in installed_models():
        if other.card.name == card.name:
            same = "it is the same one" if other.card.sha256 == card.sha256 else "it is another one"
            raise CaseError(
                ErrorKind.INVALID,
                f"A model called {card.name} is installed already; {same}. Give another name, or remove it first.",
            )
    # File names never come from file contents, so the folder is named after the digest and the name is in the card.
    folder = user_models_folder() / f"m-{card.sha256[:16]}"
    if folder.exists():
        raise CaseError(ErrorKind.INVALID, "The same weights are installed already under another name.")
    try:
        write_atomically(folder / "model.safetensors", file.weights.read_bytes())
        write_atomically(folder / "model.json", card.to_json().encode())
    except CaseError:
        shutil.rmtree(folder, ignore_errors=True)  # what is left would stand in the way of another try
        raise
    return ModelFile(card=card, weights=folder / "model.safetensors")


def refuse_taken_name(name: str) -> None:
    """Raises `CaseError` (INVALID) when an installed model has this name, so that a new one could not be installed."""
    if any(file.card.name == name for file in installed_models()):
        raise CaseError(
            ErrorKind.INVALID, f"A model called {name} is installed already. Give the new model another name."
        )


def free_name(name: str) -> str:
    """The name, with a number behind it where an installed model has it."""
    taken = {file.card.name for file in installed_models()}
    numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(other for other in numbered if other not in taken)


def remove(name: str) -> None:
    """Remove a model that the person installed.

    Raises
    ------
    CaseError
        INVALID: it is in use, comes with the program, or is not there; STORAGE.
    """
    file = next((f for f in installed_models() if f.card.name == name), None)
    if file is None:
        raise CaseError(ErrorKind.INVALID, f"There is no installed model '{name}'.")
    if user_models_folder().resolve() not in file.weights.resolve().parents:
        raise CaseError(ErrorKind.INVALID, f"The model {name} comes with the program and cannot be removed.")
    held = in_use(file.card.task, simulated=file.card.simulated_only)
    if held is not None and held.card.sha256 == file.card.sha256:
        raise CaseError(ErrorKind.INVALID, f"The model {name} is in use. Take its promotion back first.")
    try:
        if _FOLDER.fullmatch(file.weights.parent.name):
            shutil.rmtree(file.weights.parent)
        else:
            file.weights.with_suffix(".json").unlink()
            file.weights.unlink()
    except OSError as error:
        raise CaseError(
            ErrorKind.STORAGE, f"The model {name} could not be removed ({error.strerror}).", str(error)
        ) from error
