"""Pictures of a batch run: a thumbnail of every image and, on request, its heatmap."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from engine.data.decoding import Decoder
from engine.data.preprocess import PreparedCase
from engine.domain.case import Box, Case
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.files import write_atomically
from engine.domain.prediction import Prediction
from engine.domain.task import Task
from engine.explain.overlay import Picture, blended, drawn, png, thumbnail

FOLDERS = ("thumbnails", "heatmaps")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")


class PictureWriter:
    """Writes `thumbnails/` and `heatmaps/` below the output folder.

    Parameters
    ----------
    decoder : gives the whole frame, over which a heatmap lies in its place; None = no heatmaps.
    """

    def __init__(self, folder: Path, task: Task, decoder: Decoder | None) -> None:
        self._folder = folder
        self._task = task
        self._decoder = decoder

    def write(self, case: Case, prepared: PreparedCase, prediction: Prediction) -> dict[str, tuple[str, ...]]:
        """Modality -> paths relative to the output folder: thumbnail, then heatmap where there is one.

        Raises
        ------
        CaseError
            STORAGE: the folder cannot be written.
        """
        drawing = draw_pictures(self._task, self._decoder, case, prepared, prediction)
        for name, data in drawing.files.items():
            write_atomically(self._folder / name, data)
        return drawing.by_modality


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """Pictures of one case.

    Attributes
    ----------
    by_modality : modality -> names, thumbnail first. files : name -> content.
    """

    by_modality: dict[str, tuple[str, ...]]
    files: dict[str, bytes]


def draw_pictures(
    task: Task, decoder: Decoder | None, case: Case, prepared: PreparedCase, prediction: Prediction
) -> Drawing:
    """Draw what `PictureWriter` writes; `decoder` as there."""
    drawing = Drawing(by_modality={}, files={})
    for modality, image in prepared.images.items():
        name = f"{file_stem(case.case_id)}_{modality}"
        frame = _frame(decoder, case, modality, prediction)
        small, large = f"thumbnails/{name}.jpg", f"heatmaps/{name}.png"
        if frame is None:
            drawing.files[small] = thumbnail(image.pixels)
            drawing.by_modality[modality] = (small,)
            continue
        heatmap, crop = prediction.heatmaps[modality], case.images[modality].crop
        drawing.files[large] = png(drawn(frame, heatmap, task.modality_label(modality), crop=crop))
        drawing.files[small] = thumbnail(_cut(blended(frame, heatmap, crop=crop), crop))
        drawing.by_modality[modality] = (small, large)
    return drawing


def _frame(decoder: Decoder | None, case: Case, modality: str, prediction: Prediction) -> Picture | None:
    """The whole frame of an image that has a heatmap."""
    if decoder is None or modality not in prediction.heatmaps:
        return None
    image = case.images[modality]
    try:
        return decoder.frame(image.path, image.frame).pixels
    except CaseError as error:
        if error.kind is ErrorKind.STOPPED:
            raise
        return None  # it was decoded a moment ago and is gone now: the score stands, the picture is left out


def _cut(picture: Picture, crop: Box | None) -> Picture:
    """The part that the model saw: of a file that shows two pictures side by side, the one that is meant."""
    box = crop.clipped(picture.shape[1], picture.shape[0]) if crop else None
    return picture if box is None else picture[box.y0 : box.y1, box.x0 : box.x1]


def file_stem(case_id: str) -> str:
    """A file name for a case: its id where that is a plain word, else a hash, as ids of tables may hold anything."""
    if _PLAIN.fullmatch(case_id):
        return case_id
    return "case-" + hashlib.sha256(case_id.encode("utf-8", "surrogatepass")).hexdigest()[:12]
