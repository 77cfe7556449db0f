"""Which further view of a study belongs below the one that is read. No Qt."""

from __future__ import annotations

from engine.domain.case import Case, UltrasoundImage
from workstation.words import later, tr

ACROSS = {
    "radial": "antiradial",
    "antiradial": "radial",
    "transverse": "longitudinal",
    "longitudinal": "transverse",
}
"""The plane at right angles."""
_PLANES = {
    "radial": later("radial"),
    "antiradial": later("antiradial"),
    "transverse": later("transverse"),
    "longitudinal": later("longitudinal"),
}


def second_views(case: Case) -> dict[str, int]:
    """For each modality of the case that has a second view: its number in `case.others`.

    The plane at right angles comes first, then another view of the same place, then one whose header does not say
    where it was taken. A view of another place or side is none; neither is the same picture in the same file.
    """
    found: dict[str, int] = {}
    for modality, image in case.images.items():
        ranked = [
            (rank, number)
            for number, other in enumerate(case.others)
            if other.modality == modality and (rank := _rank(image, other, case)) is not None
        ]
        if ranked:
            found[modality] = min(ranked)[1]
    return found


def said_of(image: UltrasoundImage, above: UltrasoundImage) -> str:
    """How a second view lies to the one above it, as far as the headers say."""
    plane = tr(_PLANES[image.plane]) if image.plane in _PLANES else ""
    if plane and ACROSS.get(above.plane) == image.plane:
        plane = tr("{plane} (orthogonal)", plane=plane)
    same = bool(image.place) and image.place == above.place
    place = tr("same place") if same else tr("the file does not say of which place")
    return " · ".join(part for part in (plane, place) if part)


def _rank(image: UltrasoundImage, other: UltrasoundImage, case: Case) -> int | None:
    """The smaller the better; None where it shows something else."""
    if other in case.images.values():
        return None
    if image.laterality and other.laterality and image.laterality != other.laterality:
        return None
    if image.place and other.place and image.place != other.place:
        return None
    same_place = bool(image.place) and image.place == other.place
    across = bool(image.plane) and ACROSS.get(image.plane) == other.plane
    return (0 if same_place else 2) + (0 if across else 1)
