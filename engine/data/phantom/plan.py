"""What the files of a phantom case are called and how they are stored; derived from seed and index alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from engine.data.phantom.latents import FILES, stream
from engine.dicom.identity import case_id
from engine.dicom.write import DEFLATED, EXPLICIT_LE, JPEG_2000, JPEG_BASELINE, JPEG_LS, RLE

GREY_SYNTAXES = (EXPLICIT_LE, RLE, JPEG_LS, JPEG_2000, DEFLATED)
COLOUR_SYNTAXES = (JPEG_LS, RLE, JPEG_2000, EXPLICIT_LE, JPEG_LS, JPEG_2000, DEFLATED, JPEG_BASELINE)
DUAL_PERIOD, DUAL_PLACE = 12, 5
CINE_PERIOD, CINE_PLACE, CINE_FRAMES = 6, 1, 3


@dataclass(frozen=True, kw_only=True)
class CasePlan:
    """Identifiers, times and storage of one case.

    Attributes
    ----------
    uids : "study", "series", and one per image modality (the same one twice when `dual`).
    syntaxes : transfer syntax by image modality; only JPEG baseline loses anything.
    dual : both pictures side by side in one file.
    n_frames : frames of the first image's file; the middle one is the case's picture.
    laterality : "L" or "R".
    place : view text as scanners annotate it, such as "left breast 10 o'clock"; fits the drawn location.
    date : YYYYMMDD; seconds: time of the first image since midnight.
    """

    case_id: str
    uids: Mapping[str, str]
    syntaxes: Mapping[str, str]
    dual: bool
    n_frames: int
    patient_id: str
    laterality: str
    place: str
    date: str
    seconds: int


def uid(*parts: object) -> str:
    """A UID below 2.25 (DICOM PS3.5 B.2) from the first 16 bytes of a SHA-256 over the parts."""
    digest = hashlib.sha256("|".join(str(p) for p in ("SonoFuse phantom", *parts)).encode()).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def plan_case(task: str, seed: int, index: int, modalities: tuple[str, str], location: str = "") -> CasePlan:
    """Plan of case `index` of a seed.

    Parameters
    ----------
    modalities : the task's two image modalities, B-mode first.
    location : drawn term of the lesion's location in the breast, "" where there is no breast.
    """
    rng = stream(task, seed, index, FILES)
    first, second = modalities
    laterality = "L" if rng.random() < 0.5 else "R"
    dual = index % DUAL_PERIOD == DUAL_PLACE
    cine = index % CINE_PERIOD == CINE_PLACE
    study = uid(task, seed, index, "study")
    uids = {"study": study, "series": uid(task, seed, index, "series"), first: uid(task, seed, index, first)}
    uids[second] = uids[first] if dual else uid(task, seed, index, second)
    colour = COLOUR_SYNTAXES[index % len(COLOUR_SYNTAXES)]
    if dual and colour == JPEG_BASELINE:
        colour = JPEG_LS
    return CasePlan(
        case_id=case_id(study, uids[first]),
        uids=uids,
        syntaxes={first: colour if dual else GREY_SYNTAXES[index % len(GREY_SYNTAXES)], second: colour},
        dual=dual,
        n_frames=CINE_FRAMES if cine and not dual else 1,
        patient_id=f"PHANTOM-{hashlib.sha256(f'{task}|{seed}|{index}'.encode()).hexdigest()[:10].upper()}",
        laterality=laterality if location else "",
        place=_place(location, laterality, int(rng.integers(0, 2))),
        date=f"2026{int(rng.integers(1, 13)):02d}{int(rng.integers(1, 29)):02d}",
        seconds=int(rng.integers(8 * 3600, 17 * 3600)),
    )


def _place(location: str, laterality: str, choice: int) -> str:
    """Annotation for a location; seen from the front, the right breast's outer side is at 9 o'clock."""
    if not location:
        return "liver right lobe"
    side = "left" if laterality == "L" else "right"
    if location == "central":
        return f"{side} breast retroareolar"
    towards_nine = (laterality == "R") == location.endswith("outer")
    hours = {("upper", True): (10, 11), ("upper", False): (1, 2), ("lower", True): (7, 8), ("lower", False): (4, 5)}
    return f"{side} breast {hours[location.split()[0], towards_nine][choice]} o'clock"
