"""From a decoded frame to the pictures in it: where they lie and of which kind they are."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from engine.dicom.headers import UltrasoundFile
from engine.dicom.regions import COLOUR_FLOW, covers, is_trace, separate_tissue, without_bars
from engine.dicom.views_colour import LEAST_SHARE, colour_bar, coloured, overlay
from engine.dicom.views_content import content_box, dark_gap, seam, spectral_baseline
from engine.domain.case import Box, Region, UltrasoundImage

BMODE, DOPPLER, SPECTRAL = "bmode", "doppler", "spectral"
"""What a picture can be; pairing puts the task's own name for its second image in the place of "doppler"."""


@dataclass(frozen=True, kw_only=True)
class _Picture:
    """One picture of a frame before it is an `UltrasoundImage`."""

    modality: str
    why: str
    crop: Box | None
    colour_box: Box | None = None


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

    Notes
    -----
    SequenceOfUltrasoundRegions (PS3.3 C.8.5.5) counts first; the pixels decide what it leaves open, and colour in the
    pixels makes a Doppler image of a region that says tissue only.
    """
    tissue = separate_tissue(file.regions)
    flows = tuple(r for r in file.regions if r.data_type == COLOUR_FLOW)
    trace = _largest_trace(file.regions, tissue)
    mask = coloured(frame)
    if trace is not None:
        pictures = [_Picture(modality=SPECTRAL, why=trace, crop=None)]
    elif tissue or flows:
        pictures = _by_regions(file, frame, mask, tissue, flows)
    else:
        pictures = _by_pixels(file, frame, mask)
    pictures = _with_colour_bar(pictures, None if _is_grey(file) else colour_bar(frame, mask))
    rows, columns = frame.shape[:2]
    return tuple(_image(file, p, rows, columns) for p in pictures)


def _largest_trace(regions: tuple[Region, ...], tissue: tuple[Region, ...]) -> str | None:
    """Why the frame is a spectral or M-mode recording, None when it is not (a thin ECG line is none)."""
    traces = [r for r in regions if is_trace(r)]
    if not traces:
        return None
    if not tissue:
        return "its regions show spectral Doppler or M-mode only"
    area = max(r.box.area for r in traces)
    if area >= 0.25 * max(r.box.area for r in tissue):
        return "its regions show spectral Doppler or M-mode beside the picture"
    return None


def _by_regions(
    file: UltrasoundFile,
    frame: npt.NDArray[np.uint8],
    mask: npt.NDArray[np.bool_],
    tissue: tuple[Region, ...],
    flows: tuple[Region, ...],
) -> list[_Picture]:
    """One picture per separate tissue region, and per colour-flow region that lies in none of them."""
    pictures = []
    for region in tissue:
        crop = without_bars(region.box, file.regions)
        flow = next((f.box for f in flows if covers(region.box, f.box) > 0.5), None)
        if flow is not None:
            pictures.append(
                _Picture(modality=DOPPLER, why="a colour-flow region lies in it", crop=crop, colour_box=flow)
            )
        else:
            pictures += _halves_or_whole(file, frame, mask, crop, "its region says tissue")
    for flow in (f.box for f in flows):
        if all(covers(r.box, flow) <= 0.5 for r in tissue):
            crop = without_bars(flow, file.regions)
            pictures.append(_Picture(modality=DOPPLER, why="its region says colour flow", crop=crop, colour_box=flow))
    return sorted(pictures, key=lambda p: (p.crop.x0, p.crop.y0) if p.crop else (0, 0))


def _by_pixels(file: UltrasoundFile, frame: npt.NDArray[np.uint8], mask: npt.NDArray[np.bool_]) -> list[_Picture]:
    rows, columns = frame.shape[:2]
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    found = content_box(grey)
    crop = found or Box(0, 0, columns, rows)
    down_to_the_end = Box(crop.x0, crop.y0, crop.x1, rows)  # the trace lies below the picture it was taken in
    if spectral_baseline(grey, down_to_the_end) is not None:
        return [_Picture(modality=SPECTRAL, why="a trace along a baseline was found in the pixels", crop=None)]
    how = "no regions in the header; cut to the speckle" if found else "no regions in the header; taken whole"
    return _halves_or_whole(file, frame, mask, crop, how)


def _halves_or_whole(
    file: UltrasoundFile, frame: npt.NDArray[np.uint8], mask: npt.NDArray[np.bool_], crop: Box, how: str
) -> list[_Picture]:
    """Two pictures when a gap or seam parts the crop, else one; colour in the pixels makes it Doppler."""
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    halves: list[Box] = []
    gap = dark_gap(grey, crop)
    if gap is not None:
        halves = [Box(crop.x0, crop.y0, gap[0], crop.y1), Box(gap[1], crop.y0, crop.x1, crop.y1)]
        how += ", a dark gap parts two pictures"
    else:
        at = seam(grey, crop)
        if at is not None:
            sides = [Box(crop.x0, crop.y0, at, crop.y1), Box(at, crop.y0, crop.x1, crop.y1)]
            # A seam alone could be the edge of a shadow; with colour on one side only it is two pictures.
            if sum(overlay(frame, mask, s, _least_share(file)) is not None for s in sides) == 1:
                halves, how = sides, how + ", a seam parts two pictures"
    if not file.regions:
        halves = [_tightened(grey, half) for half in halves]
    return [_one(file, frame, mask, box, how) for box in halves or [crop]]


def _with_colour_bar(pictures: list[_Picture], bar: Box | None) -> list[_Picture]:
    """A colour scale makes the picture next to it Doppler when no picture has colour: it was on, but nothing flows."""
    if bar is None or any(p.modality == DOPPLER or p.crop is None for p in pictures):
        return pictures

    def distance(picture: _Picture) -> int:
        crop = picture.crop
        assert crop is not None
        return max(crop.x0 - bar.x1, bar.x0 - crop.x1, 0)

    nearest = min(range(len(pictures)), key=lambda n: distance(pictures[n]))
    why = f"a colour scale beside it, though nothing flows; {pictures[nearest].why.partition('; ')[2]}"
    pictures[nearest] = replace(pictures[nearest], modality=DOPPLER, why=why)
    return pictures


def _tightened(grey: npt.NDArray[np.uint8], half: Box) -> Box:
    """The half without the margins that it had on its own side of the gap."""
    inside = content_box(np.ascontiguousarray(grey[half.y0 : half.y1, half.x0 : half.x1]))
    if inside is None:
        return half
    return Box(half.x0 + inside.x0, half.y0 + inside.y0, half.x0 + inside.x1, half.y0 + inside.y1)


def _one(
    file: UltrasoundFile, frame: npt.NDArray[np.uint8], mask: npt.NDArray[np.bool_], crop: Box, how: str
) -> _Picture:
    if _is_grey(file):
        return _Picture(modality=BMODE, why=f"grey pixels; {how}", crop=crop)
    colour = overlay(frame, mask, crop, _least_share(file))
    if colour is None:
        return _Picture(modality=BMODE, why=f"no colour overlay in the pixels; {how}", crop=crop)
    return _Picture(modality=DOPPLER, why=f"coloured pixels; {how}", crop=crop, colour_box=colour)


def _is_grey(file: UltrasoundFile) -> bool:
    return file.photometric.startswith("MONOCHROME")


def _least_share(file: UltrasoundFile) -> float:
    """Less colour convinces where the header says that there is some, more is needed where it says there is none."""
    return {True: LEAST_SHARE / 3, False: LEAST_SHARE * 2, None: LEAST_SHARE}[file.says_colour]


def _image(file: UltrasoundFile, picture: _Picture, rows: int, columns: int) -> UltrasoundImage:
    return UltrasoundImage(
        path=file.path,
        modality=picture.modality,
        why=picture.why,
        rows=rows,
        columns=columns,
        frame=file.middle_frame,
        n_frames=file.n_frames,
        crop=picture.crop,
        colour_box=picture.colour_box,
        regions=file.regions,
        sop_uid=file.sop_uid,
        laterality=file.laterality,
        taken_at=file.taken_at,
        timing=file.timing,
    )
