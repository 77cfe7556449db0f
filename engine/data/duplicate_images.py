"""Images that occur twice: one of them in training and the other in a test make the test worthless."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from engine.data.named_folds import FOLD, SPLIT
from engine.domain.case import Case
from engine.domain.training import Problem

KIND = "duplicate image"


def pixel_hashes(images: Mapping[str, npt.NDArray[np.uint8]], present: npt.NDArray[np.bool_]) -> list[tuple[str, ...]]:
    """Per case and image modality 32 hex digits of the prepared pixels, "" where missing.

    Parameters
    ----------
    images : modality -> (N, size, size, 3). present : (N, at least as many columns), in the same order.
    """
    found = []
    for row in range(len(present)):
        digests = (hashlib.blake2b(stack[row].tobytes(), digest_size=16) for stack in images.values())
        found.append(tuple(d.hexdigest() if p else "" for d, p in zip(digests, present[row], strict=False)))
    return found


def duplicate_images(cases: Sequence[Case], hashes: Sequence[tuple[str, ...]]) -> Iterator[Problem]:
    """One problem for each image that several cases hold.

    Parameters
    ----------
    hashes : per case a hash of the pixels of each of its images, "" where missing.
    """
    holders: dict[str, list[int]] = {}
    for row, of_case in enumerate(hashes):
        for one in {h for h in of_case if h}:
            holders.setdefault(one, []).append(row)
    for rows in holders.values():
        if len(rows) > 1:
            yield _problem([cases[row] for row in rows])


def _problem(same: Sequence[Case]) -> Problem:
    names = ", ".join(case.case_id for case in same[:4]) + (", ..." if len(same) > 4 else "")
    classes = {case.label for case in same}
    apart = [f for f in (SPLIT, FOLD) if len({case.facts.get(f, "").lower() for case in same}) > 1]
    if len(classes) > 1:
        why, remedy = f"but in the classes {' and '.join(sorted(map(str, classes)))}", "Correct the class of one"
    elif apart:
        why, remedy = f"but in different {apart[0]}s", f"Put them into one {apart[0]}, or remove one"
    elif len({case.patient_id or case.study_uid or case.case_id for case in same}) > 1:
        why, remedy = "but different patients", "Give them the same patient_id, or remove one"
    else:
        why, remedy = "of one patient and class", "Remove one: it counts twice"
    sentence = f"{names} hold the same image, {why}. {remedy}."
    return Problem(kind=KIND, sentence=sentence, case_id=same[1].case_id, blocks=bool(apart) or len(classes) > 1)
