"""The integration score in all its variants, and what fusing gains, from scored cases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.evaluation.integration import (
    WARNING,
    Complementarity,
    IntegrationScore,
    complementarity,
    integration_score,
)
from engine.evaluation.scored import ScoredCases


@dataclass(frozen=True, kw_only=True)
class Integration:
    """Attributes
    ----------
    source : where the answers of single modalities come from, in words.
    scores : as in the paper (hard, gap), soft, with entropy, and calibrated.
    """

    source: str
    scores: tuple[IntegrationScore, ...]
    complementarity: Complementarity | None
    warning: str = WARNING


def integration(scored: ScoredCases) -> Integration | None:
    """From the model's own classifiers of single modalities, else from its answers to one modality alone."""
    source, single = "the model's own classifier of each modality", dict(scored.unimodal)
    if not single:
        source = "the model's answers with one modality shown"
        single = {subset[0]: values for subset, values in scored.subsets.items() if len(subset) == 1}
    names = scored.task.modalities
    present = {m: scored.present[:, names.index(m)] & np.isfinite(values).all(axis=1) for m, values in single.items()}
    single = {m: values for m, values in single.items() if present[m].any()}
    if len(single) < 2:
        return None
    present = {m: present[m] for m in single}
    variants = (("hard", "gap", False), ("soft", "gap", False), ("hard", "entropy", False), ("hard", "gap", True))
    scores = [
        integration_score(
            scored.probabilities,
            single,
            scored.targets,
            present=present,
            consistency=consistency,
            confidence=confidence,
            calibrated=calibrated,
        )
        for consistency, confidence, calibrated in variants
    ]
    return Integration(
        source=source,
        scores=tuple(score for score in scores if score is not None),
        complementarity=complementarity(scored.probabilities, single, scored.targets, present=present),
    )
