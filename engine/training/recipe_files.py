"""Recipes as TOML files: those that come with the program, and a person's own."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.resources import resource
from engine.training.recipe import SECTIONS, Recipe

LARGEST_BYTES = 1_000_000


def recipes() -> tuple[Recipe, ...]:
    """The recipes that come with the program, by name."""
    return tuple(read_recipe(str(path)) for path in sorted(resource("recipes").glob("*.toml")))


def read_recipe(name_or_path: str) -> Recipe:
    """The recipe of that name, or in that file.

    Raises
    ------
    CaseError
        INVALID: nothing of the kind is there, the file is no TOML, or a key is unknown or not what it must be.
    """
    bundled = {path.stem: path for path in sorted(resource("recipes").glob("*.toml"))}
    path = bundled.get(name_or_path, Path(name_or_path))
    if not path.is_file():
        raise CaseError(
            ErrorKind.INVALID,
            f"There is no recipe '{name_or_path}'. Known: {', '.join(bundled)}. A TOML file can be named too.",
        )
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise ValueError("it is too large")
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CaseError(ErrorKind.INVALID, f"The recipe {path.name} cannot be read: {error}.", str(error)) from error
    return recipe_of({"name": path.stem, **table})


def recipe_of(table: Mapping[str, Any]) -> Recipe:
    """A recipe from its TOML table; what is not in it has its default. Raises as `read_recipe`."""
    _only_known("", table, [f.name for f in fields(Recipe)])
    given: dict[str, Any] = {}
    for name, value in table.items():
        given[name] = _section(name, value) if name in SECTIONS else value
    try:
        return Recipe(**given)
    except TypeError as error:
        raise CaseError(ErrorKind.INVALID, "The recipe lacks a name.", str(error)) from error


def changed(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """A recipe with single values replaced, by dotted key: ``{"schedule.epochs": 3, "seed": 1}``."""
    for key, value in changes.items():
        section, _, name = key.rpartition(".")
        held = getattr(recipe, section, None) if section in SECTIONS else recipe
        if (section and section not in SECTIONS) or not hasattr(held, name) or name in SECTIONS:
            raise CaseError(ErrorKind.INVALID, f"A recipe has no key '{key}'. {_known_keys()}")
        value = tuple(value) if isinstance(value, list) else value
        recipe = replace(recipe, **({section: replace(held, **{name: value})} if section else {name: value}))  # type: ignore[type-var]
    return recipe


def to_toml(recipe: Recipe) -> str:
    """The complete recipe with all defaults filled in; `read_recipe` gives the same recipe again."""
    lines = [f"{name} = {_value(getattr(recipe, name))}" for name in ("name", "title", "source", "seed")]
    for section in SECTIONS:
        lines += ["", f"[{section}]"]
        part = vars(getattr(recipe, section))
        lines += [f"{name} = {_value(value)}" for name, value in part.items() if not isinstance(value, Mapping)]
        for name, value in part.items():
            if isinstance(value, Mapping) and value:
                lines += ["", f"[{section}.{name}]"]
                lines += [f"{json.dumps(key)} = {_value(item)}" for key, item in value.items()]
    return "\n".join(lines) + "\n"


def _section(name: str, value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise CaseError(ErrorKind.INVALID, f"The recipe's {name} must be a section [{name}] with keys of its own.")
    _only_known(f"{name}.", value, [f.name for f in fields(SECTIONS[name])])
    return SECTIONS[name](**{k: tuple(v) if isinstance(v, list) else v for k, v in value.items()})


def _only_known(before: str, table: Mapping[str, Any], known: list[str]) -> None:
    unknown = [key for key in table if key not in known]
    if unknown:
        where = f"Section [{before[:-1]}]" if before else "It"
        raise CaseError(
            ErrorKind.INVALID,
            f"The recipe's key '{before}{unknown[0]}' is not known. {where} knows {', '.join(known)}.",
        )


def _known_keys() -> str:
    return "Examples: " + ", ".join(f"{s}.{f.name}" for s, part in SECTIONS.items() for f in fields(part)[:2]) + "."


def _value(value: Any) -> str:
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(k)} = {_value(v)}" for k, v in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)
