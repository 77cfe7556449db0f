"""From a decoded frame to the pictures in it: where they lie and of which kind they are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.dicom.headers import UltrasoundFile
from engine.dicom.regions import COLOUR_FLOW, covers, is_trace, separate_tissue, without_bars
from engine.domain.case import Box, Region, UltrasoundImage

BMODE, DOPPLER, SPECTRAL = "bmode", "doppler", "spectral"
"""What a picture can be; pairing puts the task's own name for its second image in the place of "doppler"."""


def find_views(file: UltrasoundFile, frame: npt.NDArray[np.uint8]) -> tuple[UltrasoundImage, ...]:
    """The pictures in one frame, left to right.

    Parameters
    ----------
    file : its header.
    frame : (H, W, 3) uint8 RGB, the file's `middle_frame`.

    Returns
    -------
    One image as a rule, two for a frame that shows two pictures side by side; modality "bmode", "doppler" (any colour
    overlay) or "spectral" (spectral Doppler or M-mode, which is not scored).
    """
    rows, columns = frame.shape[:2]
    tissue = separate_tissue(file.regions)
    flows = tuple(r for r in file.regions if r.data_type == COLOUR_FLOW)
    if not file.regions or not (tissue or flows):
        if any(is_trace(r) for r in file.regions):
            return (_image(file, frame, SPECTRAL, "its regions show spectral Doppler or M-mode only", None),)
        return (_image(file, frame, BMODE, "no regions in the header", Box(0, 0, columns, rows)),)
    views = []
    for region in tissue:
        flow = next((f for f in flows if covers(region.box, f.box) > 0.5), None)
        crop = without_bars(region.box, file.regions)
        if flow is None:
            views.append(_image(file, frame, BMODE, "its region is tissue", crop))
        else:
            views.append(_image(file, frame, DOPPLER, "its region holds a colour-flow region", crop, flow))
    return tuple(views)


def _image(
    file: UltrasoundFile,
    frame: npt.NDArray[np.uint8],
    modality: str,
    why: str,
    crop: Box | None,
    flow: Region | None = None,
) -> UltrasoundImage:
    rows, columns = frame.shape[:2]
    return UltrasoundImage(
        path=file.path,
        modality=modality,
        why=why,
        rows=rows,
        columns=columns,
        frame=file.middle_frame,
        n_frames=file.n_frames,
        crop=crop,
        colour_box=flow.box if flow else None,
        regions=file.regions,
        sop_uid=file.sop_uid,
        laterality=file.laterality,
        taken_at=file.taken_at,
    )
