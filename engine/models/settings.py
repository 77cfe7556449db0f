"""What a preset decides: a frozen dataclass per system, single values of which can be replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from engine.domain.errors import CaseError, ErrorKind

Settings = TypeVar("Settings")


def settings_of(
    architecture: str, presets: Mapping[str, Settings], preset: str, options: Mapping[str, object]
) -> Settings:
    """The preset's values with `options` in their place.

    Raises
    ------
    CaseError
        INVALID: an option that the system does not have; the sentence lists those that it has.
    """
    chosen: Any = presets[preset]
    known = {f.name for f in fields(chosen)}
    unknown = sorted(set(options) - known)
    if unknown:
        raise CaseError(
            ErrorKind.INVALID, f"{architecture} has no option '{unknown[0]}'. It has: {', '.join(sorted(known))}."
        )
    return replace(chosen, **options)  # type: ignore[no-any-return]
