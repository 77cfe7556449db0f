"""Prepared cases of noise: predictions do not depend on what the pictures show."""

from __future__ import annotations

import numpy as np

from engine.data.preprocess import Prepared, PreparedCase
from engine.domain.task import load_task
from tests.engine.explain.models import SIZE

TASK = load_task("breast_lesion")


def noise_case(
    seed: int, *, images: tuple[str, ...] = ("bmode", "doppler"), descriptors: bool = True, size: int = SIZE
) -> PreparedCase:
    """The same seed gives the same content of every modality, whichever of them are there."""
    rng = np.random.default_rng(seed)
    pictures = {m: rng.integers(0, 256, (size, size, 3), dtype=np.uint8) for m in TASK.images}
    terms = (rng.random(TASK.n_terms) > 0.7).astype(np.float32)
    return PreparedCase(
        case_id=f"noise-{seed}",
        images={m: Prepared(pixels=pictures[m], x0=-3, y0=0, x1=size - 3, y1=size) for m in images},
        descriptors=terms if descriptors else np.zeros_like(terms),
        has_descriptors=descriptors,
    )
