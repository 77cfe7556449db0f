"""Lesion masks of research folders: for reports and auxiliary training signals, never an input of a model."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from engine.data.folder_tables import read_table
from engine.data.frames import read_frame
from engine.data.preprocess import prepare_mask
from engine.data.research import CASES_FILE, IMAGES
from engine.domain.case import UltrasoundImage
from engine.domain.errors import CaseError, ErrorKind

MASKS = "masks"


def mask_of(image: UltrasoundImage) -> Path | None:
    """The mask that lies in `masks` beside the research folder's `images`, None where there is none."""
    picture = Path(image.path)
    folder = picture.parent.parent
    if picture.parent.name != IMAGES or not (folder / MASKS).is_dir():
        return None
    try:
        changed = (folder / CASES_FILE).stat().st_mtime_ns
    except OSError:
        return None
    name = _named(folder, changed).get(picture.name, "")
    found = folder / MASKS / name
    return found if name and Path(name).name == name and found.is_file() else None


@lru_cache(maxsize=64)
def _named(folder: Path, changed_ns: int) -> dict[str, str]:
    """Picture -> mask, as the table of BrEaST-Lesions-USG or the file names of BUS-BRA tell it."""
    try:
        rows = read_table(folder / CASES_FILE)
    except CaseError:
        return {}
    names = {r["Image_filename"]: r["Mask_tumor_filename"] for r in rows if r.get("Mask_tumor_filename")}
    return names or {f"{r['ID']}.png": f"{r['ID'].replace('bus_', 'mask_', 1)}.png" for r in rows if r.get("ID")}


def prepared_mask(image: UltrasoundImage, size: int) -> npt.NDArray[np.uint8] | None:
    """The image's mask in the geometry of its prepared square, None where it has none.

    Returns
    -------
    (size, size) uint8 of 0 and 1.

    Raises
    ------
    CaseError
        The mask cannot be read, or is not as large as its image.
    """
    path = mask_of(image)
    if path is None:
        return None
    pixels = read_frame(str(path)).pixels
    if pixels.shape[:2] != (image.rows, image.columns):
        raise CaseError(
            ErrorKind.INVALID, f"The mask {path.name} is not as large as its image. Put the right one there."
        )
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return prepare_mask(image, grey > 127, size)
