"""What speaks for and against two images showing the same lesion."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.dicom.headers import UltrasoundFile
from engine.dicom.pairing_place import Place, clock_words
from engine.dicom.regions import separate_tissue
from engine.domain.case import UltrasoundImage

LONG_APART_S = 600.0
CLOSE_IN_TIME = 0.5
"""Points for time that tie two images together: about two minutes."""
DAY_S = 86400.0


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Sum of the points and the reasons in words, strongest first."""

    score: float
    reasons: tuple[str, ...]


def compare(
    first: UltrasoundFile,
    first_image: UltrasoundImage,
    second: UltrasoundFile,
    second_image: UltrasoundImage,
    *,
    only_ones: bool = False,
) -> Evidence | None:
    """Points for a B-mode and a Doppler image; None when they cannot show one lesion or nothing ties them together.

    Parameters
    ----------
    only_ones : the study has no other B-mode and no other Doppler image.

    Notes
    -----
    Side, clock face, quadrant, distance from the nipple (more than 1 cm) and the lesion's name exclude where both
    headers have them and they differ. What agrees adds points; so do closeness in time and the same depth scale.
    A tie is a place that both name, at most two minutes between them, or that there is no other choice: the same side
    and the same scale alone would pair the images of two lesions of one breast.
    """
    place = _place_points(first.place, second.place)
    if place is None:
        return None
    score, reasons = place
    is_specific = _specific(first.place, second.place)
    time_points, time_reason = _time_points(first, second, is_specific=is_specific)
    if not (is_specific or only_ones or time_points >= CLOSE_IN_TIME):
        return None
    geometry_points, geometry_reason = _geometry_points(first, first_image, second, second_image)
    score += time_points + geometry_points
    reasons += [reason for reason in (time_reason, geometry_reason) if reason]
    if only_ones:
        score = max(score, 2.5)
        reasons.append("the study's only B-mode and only Doppler image")
    return Evidence(score=score, reasons=tuple(reasons))


def same_place(first: UltrasoundFile, second: UltrasoundFile) -> bool:
    """True when both headers name the same side and the same clock face, quadrant or lesion."""
    a, b = first.place, second.place
    return bool(a.side) and a.side == b.side and _specific(a, b) and _place_points(a, b) is not None


def _specific(a: Place, b: Place) -> bool:
    same_clock = a.clock is not None and a.clock == b.clock
    return same_clock or (a.quadrant != "" and a.quadrant == b.quadrant) or (a.lesion != "" and a.lesion == b.lesion)


def _place_points(a: Place, b: Place) -> tuple[float, list[str]] | None:
    score, reasons = 0.0, []
    for x, y, points, words in (
        (a.side, b.side, 1.5, "same side"),
        (a.lesion, b.lesion, 4.0, f"both named lesion {a.lesion}"),
        (_clock(a), _clock(b), 4.0, f"both at {_clock(a)}"),
        (a.quadrant, b.quadrant, 2.0, f"both {a.quadrant}"),
    ):
        if x and y and x != y:
            return None
        if x and x == y:
            score += points
            reasons.append(words)
    if a.distance_cm is not None and b.distance_cm is not None:
        if abs(a.distance_cm - b.distance_cm) > 1.0:
            return None
        if abs(a.distance_cm - b.distance_cm) <= 0.5:
            score += 2.0
            reasons.append("same distance from the nipple")
    if a.plane and b.plane:
        score += 1.0 if a.plane == b.plane else -1.0
        reasons.append(f"both {a.plane}" if a.plane == b.plane else f"{a.plane} and {b.plane} plane")
    return score, reasons


def _clock(place: Place) -> str:
    return "" if place.clock is None else clock_words(place.clock)


def _time_points(first: UltrasoundFile, second: UltrasoundFile, *, is_specific: bool) -> tuple[float, str]:
    if first.taken_at is None or second.taken_at is None:
        return 0.0, ""
    apart = abs(first.taken_at - second.taken_at)
    apart = min(apart, DAY_S - apart)  # an examination over midnight
    points = 4.0 * math.exp(-apart / 60.0)
    if apart > LONG_APART_S and not is_specific:
        points -= 3.0
    if second.taken_at > first.taken_at:
        points += 0.1  # colour is as a rule switched on after the B-mode image, which decides between equals
    return points, f"{apart:.0f} s apart" if apart < 120 else f"{apart / 60:.0f} min apart"


def _geometry_points(
    first: UltrasoundFile, first_image: UltrasoundImage, second: UltrasoundFile, second_image: UltrasoundImage
) -> tuple[float, str]:
    a, b = _depth_scale(first, first_image), _depth_scale(second, second_image)
    if a is not None and b is not None:
        if abs(a - b) <= 0.01 * max(a, b):
            return 1.5, "same depth scale"
        return -0.5, ""
    same_size = (first.rows, first.columns) == (second.rows, second.columns)
    same_crop = first_image.crop is not None and first_image.crop == second_image.crop
    return (0.5, "same picture size") if same_size and same_crop else (0.0, "")


def _depth_scale(file: UltrasoundFile, image: UltrasoundImage) -> float | None:
    """Millimetres per pixel downwards in the tissue region that the image is cut to."""
    tissue = separate_tissue(file.regions)
    if image.crop is not None:
        tissue = tuple(sorted(tissue, key=lambda r: -r.box.overlap(image.crop)))  # type: ignore[arg-type]
    return tissue[0].delta_y_mm if tissue else None
