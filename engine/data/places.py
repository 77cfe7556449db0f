"""Where the person's own data lie: the platform's folders, or `SONOFUSE_HOME` where it is set."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

APPLICATION = "SonoFuse"
HOME_VARIABLE = "SONOFUSE_HOME"


def data_folder() -> Path:
    """Folder of the case database, of models that the person installed and of the index; it may not exist yet."""
    home = _home()
    return home if home else Path(platformdirs.user_data_dir(APPLICATION, appauthor=False))


def cache_folder() -> Path:
    """Folder of what can be made again at any time; it may not exist yet."""
    home = _home()
    return home / "cache" if home else Path(platformdirs.user_cache_dir(APPLICATION, appauthor=False))


def log_folder() -> Path:
    """Folder of the log files; it may not exist yet."""
    home = _home()
    return home / "logs" if home else Path(platformdirs.user_log_dir(APPLICATION, appauthor=False))


def _home() -> Path | None:
    named = os.environ.get(HOME_VARIABLE, "").strip()
    return Path(named).expanduser().absolute() if named else None
