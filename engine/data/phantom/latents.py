"""What a phantom case is before anything is drawn: class, terms, latents; and the evidence they carry."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.data.phantom.table import Table, load_table

LATENTS, ANATOMY, SPECKLE, FLOW, FILES, CINE = range(6)
"""Independent random streams of one case."""


@dataclass(frozen=True, kw_only=True)
class Latents:
    """One drawn case.

    Attributes
    ----------
    class_index : index in the task's classes.
    terms : factor name -> drawn term; several terms of one descriptor are joined by ``;``.
    values : Gaussian latent name -> drawn value.
    """

    class_index: int
    terms: Mapping[str, str]
    values: Mapping[str, float]


def stream(task: str, seed: int, index: int, purpose: int) -> np.random.Generator:
    """Random stream of one purpose of case `index`; streams of other seeds, cases and purposes are independent."""
    return np.random.default_rng(np.random.SeedSequence([seed, index, purpose, zlib.crc32(task.encode())]))


def draw(task: str, seed: int, index: int) -> Latents:
    """Case `index` of the sequence that `seed` starts."""
    table = load_table(task)
    rng = stream(task, seed, index, LATENTS)
    class_index = int(rng.choice(len(table.prior), p=table.prior))
    terms: dict[str, str] = {}
    for factor in table.factors:
        chances = factor.terms(class_index, terms.get(factor.given, ""))
        names = list(chances)
        terms[factor.name] = names[int(rng.choice(len(names), p=list(chances.values())))]
    values = {g.name: float(rng.normal(g.mean[class_index], g.sd)) for g in table.gaussians}
    return Latents(class_index=class_index, terms=terms, values=values)


def log_posterior(latents: Latents, subset: Sequence[str], table: Table) -> npt.NDArray[np.float64]:
    """(classes,) log P(class | what the modalities of `subset` show), up to a constant: the best possible score."""
    groups = table.evidence(subset)
    score: npt.NDArray[np.float64] = np.log(np.asarray(table.prior, dtype=np.float64))
    for factor in table.factors:
        if factor.evidence in groups:
            given, term = latents.terms.get(factor.given, ""), latents.terms[factor.name]
            chances = [factor.terms(c, given).get(term, 0.0) for c in range(len(table.prior))]
            score += np.log(np.asarray(chances))
    for gaussian in table.gaussians:
        if gaussian.evidence in groups:
            away = (latents.values[gaussian.name] - np.asarray(gaussian.mean)) / gaussian.sd
            score -= 0.5 * away**2
    return score
