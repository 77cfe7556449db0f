"""The best AUC that any reader of a phantom's modalities can reach, computed from the stated table.

By the Neyman-Pearson lemma no score beats the log-likelihood ratio (two classes) or the posterior of a class against
the rest. What is drawn can only lose evidence against the latents, so these figures bound every model from above.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from math import erf, log, sqrt

import numpy as np
import numpy.typing as npt
from scipy.signal import fftconvolve

from engine.data.phantom.latents import draw, log_posterior
from engine.data.phantom.table import Factor, Gaussian, Table, load_table
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import load_task

BINS_PER_UNIT = 256
REACH = 48
"""The log-likelihood ratio lives on a lattice of 1 / BINS_PER_UNIT from -REACH to +REACH."""

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Optimum:
    """Best possible AUC; for more than two classes the mean over one class against the rest.

    Attributes
    ----------
    standard_error : uncertainty of the computation itself (lattice spacing or Monte Carlo), not of a finite test set.
    """

    auc: float
    standard_error: float


@cache
def optimum(subset: tuple[str, ...], task: str = "breast_lesion") -> Optimum:
    """Best possible AUC of a set of modalities, for example ``("bmode", "descriptors")``; of none it is 0.5."""
    table = load_table(task)
    groups = table.evidence(subset)
    if len(table.prior) > 2:
        return _sampled(table, subset)
    factors = [f for f in table.factors if f.evidence in groups]
    gaussians = [g for g in table.gaussians if g.evidence in groups]
    fine, coarse = (_lattice_auc(factors, gaussians, bins) for bins in (BINS_PER_UNIT, BINS_PER_UNIT // 2))
    return Optimum(fine, abs(fine - coarse))


def seven_row_optima(task: str = "breast_lesion") -> dict[tuple[str, ...], Optimum]:
    """Optimum of every non-empty set of the task's modalities, single ones first (seven rows for three modalities)."""
    modalities = load_task(task).modalities
    subsets = [s for size in range(1, len(modalities) + 1) for s in combinations(modalities, size)]
    return {subset: optimum(subset, task) for subset in subsets}


def best_scores(
    cases: int, seed: int, subset: tuple[str, ...], task: str = "breast_lesion"
) -> tuple[FloatArray, FloatArray]:
    """Best possible scores of the very cases that `seed` gives: (cases, classes) log posterior and (cases,) class."""
    table = load_table(task)
    drawn = [draw(task, seed, i) for i in range(cases)]
    scores = np.stack([log_posterior(d, subset, table) for d in drawn])
    return scores, np.asarray([d.class_index for d in drawn], dtype=np.float64)


def _lattice_auc(factors: Sequence[Factor], gaussians: Sequence[Gaussian], bins: int) -> float:
    """AUC of the log-likelihood ratio: each independent part's distribution is put on a lattice, then convolved."""
    parts = [_on_lattice(atoms, bins) for atoms in _independent_parts(factors)]
    parts += [_gaussian_lattice(g, bins) for g in gaussians]
    total = [_point(bins), _point(bins)]
    for part in parts:
        total = [np.clip(fftconvolve(t, p, mode="same"), 0.0, None) for t, p in zip(total, part, strict=True)]
    negative, positive = (t / t.sum() for t in total)
    below = np.cumsum(negative) - negative
    return float(np.sum(positive * (below + 0.5 * negative)))


def _point(bins: int) -> FloatArray:
    lattice = np.zeros(2 * REACH * bins + 1)
    lattice[REACH * bins] = 1.0
    return lattice


def _on_lattice(atoms: Sequence[tuple[float, float]], bins: int) -> tuple[FloatArray, FloatArray]:
    negative, positive = np.zeros(2 * REACH * bins + 1), np.zeros(2 * REACH * bins + 1)
    for p0, p1 in atoms:
        place = round(log(p1 / p0) * bins) + REACH * bins
        negative[place] += p0
        positive[place] += p1
    return negative, positive


def _gaussian_lattice(gaussian: Gaussian, bins: int) -> tuple[FloatArray, FloatArray]:
    """The log-likelihood ratio of a normal latent is normal: mean -+ d^2 / 2, standard deviation d."""
    d = abs(gaussian.mean[1] - gaussian.mean[0]) / gaussian.sd
    edges = (np.arange(2 * REACH * bins + 2) - REACH * bins - 0.5) / bins
    below = [np.asarray([0.5 * (1 + erf((e - m) / (d * sqrt(2)))) for e in edges]) for m in (-d * d / 2, d * d / 2)]
    return np.diff(below[0]), np.diff(below[1])


def _independent_parts(factors: Sequence[Factor]) -> Iterator[list[tuple[float, float]]]:
    """(P(outcome | 0), P(outcome | 1)) of every outcome of each factor without `given` with all that depend on it."""
    names = {f.name for f in factors}
    for factor in factors:
        if factor.given and factor.given not in names:
            raise CaseError(ErrorKind.INVALID, f"{factor.name} is shown without {factor.given}, on which it depends.")
        if not factor.given:
            yield [(p0, p1) for _, p0, p1 in _outcomes(factor, "", factors)]


def _outcomes(factor: Factor, given: str, factors: Sequence[Factor]) -> Iterator[tuple[str, float, float]]:
    dependants = [f for f in factors if f.given == factor.name]
    zero, one = factor.terms(0, given), factor.terms(1, given)
    for term in dict.fromkeys([*zero, *one]):
        p0, p1 = zero.get(term, 0.0), one.get(term, 0.0)
        if (p0 > 0) != (p1 > 0):
            raise CaseError(ErrorKind.INVALID, f"{factor.name}: '{term}' must be possible in both classes or in none.")
        if p0 == 0:
            continue
        joint = [(p0, p1)]
        for dependant in dependants:
            below = list(_outcomes(dependant, term, factors))
            joint = [(a0 * b0, a1 * b1) for a0, a1 in joint for _, b0, b1 in below]
        yield from ((term, a0, a1) for a0, a1 in joint)


def _sampled(table: Table, subset: Sequence[str], draws: int = 200_000, batches: int = 10) -> Optimum:
    """Mean one-against-rest AUC of the posterior by Monte Carlo with a fixed seed (tables of Gaussian latents only)."""
    groups = table.evidence(subset)
    if any(f.evidence in groups for f in table.factors):
        raise CaseError(ErrorKind.INVALID, f"The optimum of {table.task} is only computed for Gaussian latents.")
    rng = np.random.default_rng(20261121)
    results = []
    for _ in range(batches):
        classes = rng.choice(len(table.prior), size=draws // batches, p=table.prior)
        score = np.tile(np.log(np.asarray(table.prior)), (len(classes), 1))
        for gaussian in table.gaussians:
            if gaussian.evidence in groups:
                mean = np.asarray(gaussian.mean)
                value = rng.normal(mean[classes], gaussian.sd)
                score -= 0.5 * ((value[:, None] - mean) / gaussian.sd) ** 2
        posterior = score - np.logaddexp.reduce(score, axis=1, keepdims=True)
        results.append(float(np.mean([_auc(posterior[:, c], classes == c) for c in range(len(table.prior))])))
    return Optimum(float(np.mean(results)), float(np.std(results, ddof=1) / sqrt(batches)))


def _auc(score: FloatArray, positive: npt.NDArray[np.bool_]) -> float:
    """Area under the ROC curve by ranks; ties do not occur in continuous scores."""
    ranks = np.empty(len(score))
    ranks[np.argsort(score)] = np.arange(1, len(score) + 1)
    n = int(positive.sum())
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * (len(score) - n)))
