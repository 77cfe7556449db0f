"""What the person chose and how the window was left: one small JSON file in the data folder. No Qt."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from engine.domain.errors import CaseError
from engine.domain.files import write_atomically
from engine.store.places import data_folder

log = logging.getLogger(__name__)
FILE_NAME = "preferences.json"


class Preferences:
    """Values by name. A file that cannot be read counts as empty; one that cannot be written is logged, not told:
    nobody's reading depends on it.

    Parameters
    ----------
    path : the file; None = `preferences.json` in the person's data folder.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or data_folder() / FILE_NAME
        self._values = _read(self.path)
        self._changed = False

    def get(self, name: str, default: Any = None) -> Any:
        """The value kept under `name`; of another type than `default` (where that is not None), it is not trusted."""
        value = self._values.get(name, default)
        if default is not None and not isinstance(value, _kinds(default)):
            return default
        return value

    def set(self, name: str, value: Any) -> None:
        """Remember `value`, which JSON can hold; None forgets it."""
        before = self._values.get(name)
        if value is None:
            self._values.pop(name, None)
        else:
            self._values[name] = value
        self._changed = self._changed or before != value

    def save(self) -> bool:
        """Write the file if anything changed; False when it could not be written."""
        if not self._changed:
            return True
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path, json.dumps(self._values, indent=1, sort_keys=True).encode())
        except (OSError, CaseError) as error:
            log.warning("preferences are not saved: %s", error)
            return False
        self._changed = False
        return True


def _read(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def _kinds(default: Any) -> tuple[type, ...]:
    return (int, float) if isinstance(default, float) else (type(default),)
