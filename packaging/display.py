"""Can a window be opened here, and are the system libraries that Qt needs there? Standard library only."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

from debian import install_or_explain

OFFSCREEN_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
}
"""Library that Qt loads -> Debian package that brings it."""

WINDOW_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}

FONT_PACKAGE = "fonts-dejavu-core"

_PROBE = "from PySide6.QtGui import QGuiApplication; QGuiApplication([])"


def display_problem(python: Path | None = None) -> str:
    """Why no window can be opened, in a few words; empty when one can. With `python`, Qt itself is asked too."""
    if not sys.platform.startswith("linux"):
        return ""
    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if platform in ("offscreen", "minimal"):
        return f"QT_QPA_PLATFORM is {platform}"
    if not platform and not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        return "there is no display"
    if python is not None and _fails([str(python), "-c", _PROBE]):
        return "the display does not answer"
    return ""


def ensure_libraries(libraries: dict[str, str], purpose: str) -> None:
    """Install, or name, the Debian packages of those libraries that cannot be loaded; nothing outside Linux."""
    if not sys.platform.startswith("linux"):
        return
    packages = [package for library, package in libraries.items() if not _loads(library)]
    if not _has_font():
        packages.append(FONT_PACKAGE)
    if packages:
        install_or_explain(packages, purpose)


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_font() -> bool:
    places = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts"]
    places.append(Path.home() / ".local" / "share" / "fonts")
    return any(next(place.rglob(kind), None) for place in places for kind in ("*.[ot]tf", "*.ttc") if place.is_dir())


def _fails(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode != 0
    except subprocess.TimeoutExpired:
        return True
