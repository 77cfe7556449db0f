"""Small research folders with drawn pictures, as the two sets write them."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np

COLUMNS = ["ID", "Case", "Histology", "Pathology", "BIRADS", "Device", "Width", "Height", "Side", "BBOX", "fold"]


def bus_bra_row(number: int, *, patient: int | None = None, label: str = "", fold: str = "") -> dict[str, str]:
    """A row of BUS-BRA's table; labels alternate, folds go from 1 to 4 by patient."""
    patient = number if patient is None else patient
    return {
        "ID": f"bus_{number:04d}-l",
        "Case": str(patient),
        "Pathology": label or ("malignant" if number % 2 else "benign"),
        "BIRADS": "4",
        "Device": "drawn",
        "Side": "left",
        "fold": fold or str(patient // 2 % 4 + 1),
    }


def draw(path: Path, seed: int, width: int = 60, height: int = 40) -> None:
    """A picture of noise that is like no other."""
    noise = np.random.default_rng(seed).integers(10, 250, (height, width), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), noise)


def bus_bra(folder: Path, rows: list[dict[str, str]], *, masks: bool = False) -> Path:
    """Write the folder; every picture is 60 x 40 pixels, its lesion columns 15 to 29 of rows 10 to 29."""
    for row in rows:
        number = int(row["ID"][4:8])
        draw(folder / "images" / f"{row['ID']}.png", number)
        if masks:
            mask = np.zeros((40, 60), np.uint8)
            mask[10:30, 15:30] = 255
            (folder / "masks").mkdir(exist_ok=True)
            assert cv2.imwrite(str(folder / "masks" / f"{row['ID'].replace('bus', 'mask')}.png"), mask)
    with (folder / "cases.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return folder
