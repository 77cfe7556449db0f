"""dcmtk's `dcmj2pnm` as an independent judge, where it is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

needs_dcmtk = pytest.mark.skipif(shutil.which("dcmj2pnm") is None, reason="dcmtk is not installed")


def dcmtk_picture(path: Path, frame: int = 0, *options: str) -> np.ndarray:
    """(rows, columns, 3) int of one frame as dcmtk shows it."""
    picture = path.with_suffix(".pnm")
    command = ["dcmj2pnm", *options, "+F", str(frame + 1), str(path), str(picture)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    with Image.open(picture) as image:
        return np.asarray(image.convert("RGB")).astype(int)
