"""Multimodal Integration Score and complementarity: do the modalities agree, and does fusing them gain anything.

The score is that of the Hetero-Fusion-Net paper: 0.3 consistency + 0.3 confidence + 0.4 accuracy. It rewards
over-confidence and modalities that all say the same: a model that calls every lesion benign with certainty reaches
0.854 on 437 benign and 251 malignant cases. So it is never given without its parts and its warning, and there is a
calibrated variant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import entr
from scipy.stats import binomtest

from engine.evaluation.calibration import expected_calibration_error

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.integer]

WEIGHTS = (0.3, 0.3, 0.4)
"""Of consistency, confidence and accuracy, as stated in the paper."""
WARNING = (
    "The integration score rewards certainty and agreement, not correctness alone: a model that always says the same "
    "with certainty scores high. Read it with its three parts, and never compare models by it."
)


@dataclass(frozen=True, kw_only=True)
class IntegrationScore:
    """The score with everything that it is made of.

    Attributes
    ----------
    score : weighted sum of the three parts, each in [0, 1].
    consistency_variant : "hard" (same class) or "soft" (cosine of the probabilities).
    confidence_variant : "gap" or "entropy".
    calibrated : confidence times (1 - calibration error) and balanced accuracy in place of the plain ones.
    n : cases with at least one unimodal prediction; the others do not count.
    """

    score: float
    consistency: float
    confidence: float
    accuracy: float
    consistency_variant: str
    confidence_variant: str
    calibrated: bool
    weights: tuple[float, float, float]
    n: int
    warning: str = WARNING

    def as_table(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Complementarity:
    """The fused prediction against that of the best single modality, on the cases that have it.

    Attributes
    ----------
    gained, lost : share of cases that only the fused one, or only the single one, gets right.
    difference : gained - lost. p_value : exact McNemar test.
    """

    best_modality: str
    gained: float
    lost: float
    difference: float
    p_value: float
    n: int


def integration_score(
    fused: Floats,
    unimodal: Mapping[str, Floats],
    targets: Ints,
    *,
    present: Mapping[str, npt.NDArray[np.bool_]] | None = None,
    consistency: str = "hard",
    confidence: str = "gap",
    calibrated: bool = False,
    weights: tuple[float, float, float] = WEIGHTS,
) -> IntegrationScore | None:
    """The score, or None where it is not defined: no case has a unimodal prediction, as in early fusion.

    Parameters
    ----------
    fused : (N, C) probabilities. unimodal : modality -> (N, C). targets : (N,) class index.
    present : modality -> (N,) bool, None = all; rows that are not present are not looked at.

    Raises
    ------
    ValueError
        Unknown variant, or weights that do not sum to 1.
    """
    if abs(sum(weights) - 1.0) > 1e-9:
        raise ValueError(f"the three weights {weights} must sum to 1")
    here = {m: np.ones(len(fused), bool) if present is None else np.asarray(present[m]) for m in unimodal}
    counted = np.logical_or.reduce(list(here.values())) if here else np.zeros(len(fused), bool)
    if not counted.any():
        return None
    rows = fused[counted]
    called = rows.argmax(axis=1)
    right = called == targets[counted]
    agreeing = _consistency(fused, unimodal, here, consistency)
    certain, correct = _confidence(rows, confidence), float(right.mean())
    if calibrated:
        certain *= 1.0 - expected_calibration_error(rows.max(axis=1), right)
        correct = _balanced_accuracy(called, targets[counted])
    return IntegrationScore(
        score=weighted_score(consistency=agreeing, confidence=certain, accuracy=correct, weights=weights),
        consistency=agreeing,
        confidence=certain,
        accuracy=correct,
        consistency_variant=consistency,
        confidence_variant=confidence,
        calibrated=calibrated,
        weights=weights,
        n=int(counted.sum()),
    )


def weighted_score(
    *, consistency: float, confidence: float, accuracy: float, weights: tuple[float, float, float] = WEIGHTS
) -> float:
    """alpha consistency + beta confidence + gamma accuracy."""
    return weights[0] * consistency + weights[1] * confidence + weights[2] * accuracy


def complementarity(
    fused: Floats,
    unimodal: Mapping[str, Floats],
    targets: Ints,
    *,
    present: Mapping[str, npt.NDArray[np.bool_]] | None = None,
) -> Complementarity | None:
    """What fusion gains over the modality that is most often right; None without unimodal predictions.

    Parameters
    ----------
    fused, unimodal, targets, present : as for `integration_score`.
    """
    best: tuple[float, str, npt.NDArray[np.bool_], npt.NDArray[np.bool_]] | None = None
    for modality, probabilities in unimodal.items():
        here = np.ones(len(fused), bool) if present is None else np.asarray(present[modality])
        right = probabilities.argmax(axis=1) == targets
        if here.any() and (best is None or right[here].mean() > best[0]):
            best = (float(right[here].mean()), modality, here, right)
    if best is None:
        return None
    _, modality, here, single = best
    together = fused.argmax(axis=1) == targets
    gained, lost = int((together & ~single & here).sum()), int((~together & single & here).sum())
    n = int(here.sum())
    return Complementarity(
        best_modality=modality,
        gained=gained / n,
        lost=lost / n,
        difference=(gained - lost) / n,
        p_value=float(binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0,
        n=n,
    )


def _consistency(
    fused: Floats, unimodal: Mapping[str, Floats], here: Mapping[str, npt.NDArray[np.bool_]], variant: str
) -> float:
    """Mean over the pairs of case and modality that exist."""
    values = []
    for modality, own in unimodal.items():
        one, all_of_them = own[here[modality]], fused[here[modality]]
        if variant == "hard":
            values.append((one.argmax(axis=1) == all_of_them.argmax(axis=1)).astype(np.float64))
        elif variant == "soft":
            lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(all_of_them, axis=1)
            values.append((one * all_of_them).sum(axis=1) / lengths)
        else:
            raise ValueError(f"consistency is 'hard' or 'soft', not {variant!r}")
    return float(np.concatenate(values).mean())


def _confidence(probabilities: Floats, variant: str) -> float:
    """Gap: the greatest probability minus the mean of the others. Entropy: 1 - H / log C."""
    classes = probabilities.shape[1]
    if variant == "gap":
        return float(((classes * probabilities.max(axis=1) - 1) / (classes - 1)).mean())
    if variant == "entropy":
        return float(1.0 - entr(probabilities).sum(axis=1).mean() / np.log(classes))
    raise ValueError(f"confidence is 'gap' or 'entropy', not {variant!r}")


def _balanced_accuracy(called: Ints, targets: Ints) -> float:
    return float(np.mean([(called[targets == c] == c).mean() for c in np.unique(targets)]))
