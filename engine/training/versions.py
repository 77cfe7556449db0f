"""Versions of the libraries that a trained number depends on."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from engine import __version__

LIBRARIES = ("torch", "torchvision", "lightning-fabric", "numpy", "opencv-python-headless", "scikit-learn")


def library_versions() -> dict[str, str]:
    """Library -> version, with Python and the processor's kind."""
    found = {
        "sonofuse": __version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
    }
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
