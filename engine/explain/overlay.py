"""An evidence map drawn over its ultrasound picture, with the scale beside it."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from engine.domain.case import Box
from engine.domain.prediction import Heatmap
from engine.explain.colours import coloured, evidence_colours

TOO_WEAK = "evidence too weak to draw"
BAR_WIDTH = 150
MIN_HEIGHT = 240
OPACITY = 0.55
_INK = (225, 229, 234)
_GROUND = (22, 24, 28)
_FONT = cv2.FONT_HERSHEY_SIMPLEX

Picture = npt.NDArray[np.uint8]


def placed(
    heatmap: Heatmap, rows: int, columns: int, crop: Box | None = None
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """The map at the frame's resolution.

    Parameters
    ----------
    crop : the ultrasound region that was shown to the model; the map reaches beyond it where the square was padded.

    Returns
    -------
    values : (rows, columns) float32, interpolated between the centres of the map's cells.
    inside : (rows, columns) bool, where the map lies; the model saw nothing elsewhere.
    """
    cells_down, cells_across = heatmap.values.shape
    step_x = (heatmap.x1 - heatmap.x0) / cells_across
    step_y = (heatmap.y1 - heatmap.y0) / cells_down
    # Cell i has its centre at x0 + (i + 0.5) * step; pixel X has its centre at X + 0.5.
    to_frame = np.array(
        [[step_x, 0.0, heatmap.x0 + 0.5 * step_x - 0.5], [0.0, step_y, heatmap.y0 + 0.5 * step_y - 0.5]]
    )
    values = cv2.warpAffine(
        np.ascontiguousarray(heatmap.values, dtype=np.float32),
        to_frame,
        (columns, rows),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    x, y = np.arange(columns) + 0.5, np.arange(rows) + 0.5
    inside = ((y >= heatmap.y0) & (y < heatmap.y1))[:, None] & ((x >= heatmap.x0) & (x < heatmap.x1))[None, :]
    if crop is not None:
        inside &= ((y > crop.y0) & (y < crop.y1))[:, None] & ((x > crop.x0) & (x < crop.x1))[None, :]
    return values.astype(np.float32, copy=False), inside


def blended(frame: Picture, heatmap: Heatmap, opacity: float = OPACITY, crop: Box | None = None) -> Picture:
    """(H, W, 3) RGB: the frame with its map; where there is no evidence, or it is too weak, the frame is untouched."""
    if heatmap.is_weak:
        return frame.copy()
    values, inside = placed(heatmap, frame.shape[0], frame.shape[1], crop)
    # Fades in over the first quarter of the scale, so that the picture stays readable around the evidence.
    cover = np.clip(values / (heatmap.full_scale / 4), 0.0, 1.0) * inside * opacity
    colour = coloured(values, heatmap.full_scale).astype(np.float32)
    mixed = frame + (colour - frame) * cover[:, :, None]
    rounded: Picture = np.round(mixed).astype(np.uint8)
    return rounded


def drawn(frame: Picture, heatmap: Heatmap, title: str, opacity: float = OPACITY, crop: Box | None = None) -> Picture:
    """(H', W + BAR_WIDTH, 3) RGB: `blended` with title and colour bar, H' at least MIN_HEIGHT."""
    picture = blended(frame, heatmap, opacity, crop)
    height = max(picture.shape[0], MIN_HEIGHT)
    sheet = np.full((height, picture.shape[1] + BAR_WIDTH, 3), _GROUND, dtype=np.uint8)
    sheet[: picture.shape[0], : picture.shape[1]] = picture
    _draw_scale(sheet, picture.shape[1] + 12, heatmap, title)
    return sheet


def _draw_scale(sheet: Picture, left: int, heatmap: Heatmap, title: str) -> None:
    _write(sheet, title, left, 20, 0.45)
    if heatmap.is_weak:
        _write(sheet, "evidence too", left, 60, 0.45)
        _write(sheet, "weak to draw", left, 78, 0.45)
        _write(sheet, f"peak {heatmap.values.max(initial=0.0):.2f} of", left, 104, 0.38)
        _write(sheet, f"{heatmap.weak_below:g} log-odds", left, 120, 0.38)
        return
    top, bottom = 62, min(sheet.shape[0] - 24, 320)
    _write(sheet, f"for {heatmap.towards},", left, 38, 0.38)
    _write(sheet, "in log-odds", left, 52, 0.38)
    ramp = evidence_colours()[np.linspace(255, 0, bottom - top).astype(np.uint8)]
    sheet[top:bottom, left : left + 16] = ramp[:, None, :]
    for share in (0.0, 0.5, 1.0):
        y = round(bottom - 1 - share * (bottom - top - 1))
        sheet[y, left + 16 : left + 22] = _INK
        mark = f"{heatmap.full_scale * share:g}"
        _write(sheet, f"{mark} or more" if share == 1.0 else mark, left + 26, y + 4, 0.38)


def _write(sheet: Picture, text: str, x: int, y: int, size: float) -> None:
    cv2.putText(sheet, text, (x, y), _FONT, size, _INK, 1, cv2.LINE_AA)


def png(picture: Picture) -> bytes:
    """PNG file of an RGB picture; the same picture gives the same bytes."""
    done, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 4])
    if not done:
        raise ValueError("the picture could not be encoded")
    return data.tobytes()


def thumbnail(picture: Picture, side: int = 240) -> bytes:
    """JPEG file of the picture fitted into a square of `side` pixels."""
    scale = side / max(picture.shape[:2])
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    done, data = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 85])
    if not done:
        raise ValueError("the picture could not be encoded")
    return data.tobytes()
