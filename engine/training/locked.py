"""The locked cases of a promotion gate: apart from all training data, and the same ones at the comparison."""

from __future__ import annotations

import hashlib

import numpy as np

from engine.data.duplicate_images import pixel_hashes
from engine.data.locked_cases import Held, patient_names, shared
from engine.data.several_sources import SOURCE
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.training import Gate
from engine.training.cases import LabelledCases


def refuse_shared(training: LabelledCases, locked: LabelledCases) -> None:
    """Raises `CaseError` (INVALID) when patients or images of the locked cases are trained or chosen on."""
    for problem in shared(_held(training), _held(locked)):
        raise CaseError(ErrorKind.INVALID, problem.sentence)


def refuse_changed(gate: Gate, digest: str) -> None:
    """Raises `CaseError` (INVALID) when the locked cases are not those that the gate was written down with."""
    if gate.digest and gate.digest != digest:
        raise CaseError(
            ErrorKind.INVALID,
            f"The locked test cases have changed since the training began: {gate.test_data}. Put them back as they "
            "were, or train a new run with a gate on the cases as they are now.",
            f"{gate.digest} became {digest}",
        )


def digest_of(*parts: LabelledCases | None) -> str:
    """SHA-256 of everything that a model sees of these cases, and of their classes."""
    found = hashlib.sha256()
    for cases in parts:
        if cases is None:
            continue
        found.update("\n".join(cases.case_ids).encode())
        masks = () if cases.masks is None else (cases.masks,)
        for array in (cases.targets, cases.present, cases.descriptors, *cases.images.values(), *masks):
            for first in range(0, len(array), 64):  # a memory map is read piece by piece
                found.update(np.ascontiguousarray(array[first : first + 64]).data)
    return found.hexdigest()


def _held(cases: LabelledCases) -> Held:
    sources = [facts.get(SOURCE, "") for facts in cases.facts]
    return Held(
        case_ids=cases.case_ids,
        patients=[patient_names(str(g), s) for g, s in zip(cases.groups, sources, strict=True)],
        hashes=pixel_hashes(cases.images, cases.present),
    )
