"""The window's words in the person's language: every sentence goes through `tr`. No Qt.

Catalogues are gettext files, `resources/translations/<language>.mo`; `packaging/translations.py` writes the template
from the sources and compiles catalogues. Sentences of the engine (errors, names of tasks, modalities and terms, why
images were paired) stay English.
"""

from __future__ import annotations

import gettext
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.domain.resources import resource

log = logging.getLogger(__name__)
ENGLISH = "en"
_catalogue: list[gettext.NullTranslations] = [gettext.NullTranslations()]


def tr(text: str, /, **values: Any) -> str:
    """The sentence in the person's language, with `values` put in the place of {their names}."""
    said = _catalogue[0].gettext(text) if text else ""  # "" is the catalogue's own header
    return _filled(said, text, values)


def trn(one: str, many: str, n: int, /, **values: Any) -> str:
    """As `tr`, for a sentence about `n` things: `one` for a single one; "{n}" stands for the number."""
    said = _catalogue[0].ngettext(one, many, n)
    return _filled(said, one if n == 1 else many, {"n": n, **values})


def later(text: str) -> str:
    """Marks a sentence that `tr` translates where it is shown: one that is made before the language is known."""
    return text


def installed(folder: Path | None = None) -> tuple[str, ...]:
    """Languages there are catalogues for, as locale names such as "de" or "pt_BR"."""
    return tuple(sorted(path.stem for path in (folder or _folder()).glob("*.mo")))


def use(wanted: Sequence[str], folder: Path | None = None) -> str:
    """Speak the first of these languages that there is a catalogue for, else English; the answer says which.

    Parameters
    ----------
    wanted : locale names, the most wanted first; "de-AT" and "de_AT" are also answered by "de".
    """
    there = installed(folder)
    for name in (form for language in wanted for form in _forms(language)):
        if name == ENGLISH:
            break
        if name in there:
            try:
                with ((folder or _folder()) / f"{name}.mo").open("rb") as file:
                    _catalogue[0] = gettext.GNUTranslations(file)
                return name
            except (OSError, ValueError) as error:
                log.warning("the catalogue %s cannot be read: %s", name, error)
    _catalogue[0] = gettext.NullTranslations()
    return ENGLISH


def _forms(language: str) -> tuple[str, ...]:
    whole = language.replace("-", "_")
    return (whole, whole.split("_")[0])


def _filled(said: str, text: str, values: dict[str, Any]) -> str:
    if not values:
        return said
    try:
        return said.format(**values)
    except (LookupError, ValueError, AttributeError):  # a translation with another gap than the sentence
        return text.format(**values)


def _folder() -> Path:
    return resource("translations")
