"""Is there a display to open a window on? Asked before Qt, which ends the process where there is none."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

_OWN_SURFACE = ("offscreen", "minimal", "vnc", "eglfs", "linuxfb")


def display_problem() -> str:
    """Why no window can be opened, in a few words; empty when one can. Only Linux has such an answer."""
    if not sys.platform.startswith("linux"):
        return ""
    if os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0] in _OWN_SURFACE:
        return ""
    wayland, x11 = os.environ.get("WAYLAND_DISPLAY"), os.environ.get("DISPLAY")
    if not wayland and not x11:
        return "there is no display"
    if (wayland and _wayland_answers(wayland)) or (x11 and _x11_answers(x11)):
        return ""
    return f"the display {wayland or x11} does not answer"


def _wayland_answers(name: str) -> bool:
    path = Path(os.environ.get("XDG_RUNTIME_DIR", "/nowhere")) / name  # an absolute name replaces the folder
    return _connects(socket.AF_UNIX, str(path))


def _x11_answers(display: str) -> bool:
    """``host:number.screen``; without a host (or with "unix") a socket of this computer."""
    host, _, rest = display.rpartition(":")
    number = rest.partition(".")[0]
    if not number.isdigit():
        return False
    if host in ("", "unix"):
        name = f"/tmp/.X11-unix/X{number}"
        return _connects(socket.AF_UNIX, name) or _connects(socket.AF_UNIX, "\0" + name)
    if host.startswith("/"):  # a launchd-style socket path
        return _connects(socket.AF_UNIX, display)
    return _connects(socket.AF_INET, (host, 6000 + int(number)))


def _connects(family: socket.AddressFamily, address: str | tuple[str, int]) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.settimeout(3)
            probe.connect(address)
    except OSError:
        return False
    return True
