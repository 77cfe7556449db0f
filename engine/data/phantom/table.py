"""The stated table that a phantom draws its cases from (`resources/phantom`): prior, factors, Gaussian latents."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, factorial
from typing import Any

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.resources import resource
from engine.domain.task import load_task

OTHER = "other"
"""In a conditional table: every term of the other factor that has no line of its own."""


@dataclass(frozen=True, kw_only=True)
class Factor:
    """A discrete quantity with P(term | class) or P(term | class, term of `given`).

    Attributes
    ----------
    evidence : group that decides which modalities show it.
    given : name of the factor it depends on, "" when there is none.
    chances : class index -> term of `given` ("" when there is none, or `OTHER`) -> term -> probability.
    """

    name: str
    evidence: str
    given: str
    chances: tuple[Mapping[str, Mapping[str, float]], ...]

    def terms(self, class_index: int, given_term: str = "") -> Mapping[str, float]:
        """P(term | class, term of `given`)."""
        table = self.chances[class_index]
        if not self.given:
            return table[""]
        return table.get(given_term, table.get(OTHER, {}))


@dataclass(frozen=True, kw_only=True)
class Gaussian:
    """A latent that is normal with standard deviation `sd` and one mean per class."""

    name: str
    evidence: str
    mean: tuple[float, ...]
    sd: float


@dataclass(frozen=True, kw_only=True)
class Table:
    """Everything that decides the class evidence of a phantom's cases.

    Attributes
    ----------
    prior : P(class) in the task's class order.
    shows : modality -> evidence groups it shows.
    factors : in an order in which `given` always comes first.
    """

    task: str
    prior: tuple[float, ...]
    shows: Mapping[str, tuple[str, ...]]
    factors: tuple[Factor, ...]
    gaussians: tuple[Gaussian, ...]

    def __post_init__(self) -> None:
        _check_sum(f"{self.task} prior", self.prior)
        seen: set[str] = set()
        for factor in self.factors:
            if factor.given and factor.given not in seen:
                raise _broken(f"{factor.name} depends on {factor.given}, which is not in the table")
            seen.add(factor.name)
            for per_class in factor.chances:
                for line in per_class.values():
                    _check_sum(factor.name, tuple(line.values()))

    def evidence(self, subset: Sequence[str]) -> frozenset[str]:
        """Evidence groups that the modalities of `subset` show together."""
        for modality in subset:
            if modality not in self.shows:
                raise CaseError(ErrorKind.INVALID, f"'{modality}' is not a modality of the phantom {self.task}.")
        return frozenset(group for modality in subset for group in self.shows[modality])


def _broken(what: str) -> CaseError:
    return CaseError(ErrorKind.INVALID, f"The phantom's table is wrong: {what}. Install SonoFuse again.")


def _check_sum(name: str, chances: Sequence[float]) -> None:
    if any(p < 0 for p in chances) or abs(sum(chances) - 1) > 1e-9:
        raise _broken(f"the probabilities of {name} do not add up to 1")


def _poisson(mean: float, most: int) -> dict[str, float]:
    line = {str(k): exp(-mean) * mean**k / factorial(k) for k in range(most)}
    line[str(most)] = 1.0 - sum(line.values())
    return line


def _factors(raw: Mapping[str, Any], classes: Sequence[str]) -> tuple[Factor, ...]:
    factors = [
        Factor(
            name=name,
            evidence=entry["evidence"],
            given="",
            chances=tuple({"": _poisson(entry["mean"][c], entry["most"])} for c in classes),
        )
        for name, entry in raw.get("poisson", {}).items()
    ]
    for name, entry in raw.get("factor", {}).items():
        given = entry.get("given", "")
        chances = tuple(entry[c] if given else {"": entry[c]} for c in classes)
        factors.append(Factor(name=name, evidence=entry["evidence"], given=given, chances=chances))
    return tuple(factors)


@cache
def load_table(task: str) -> Table:
    """The phantom's table of a task; raises `CaseError` when there is no phantom for it."""
    path = resource("phantom", f"{task}.toml")
    classes = load_task(task).classes
    if not path.is_file():
        raise CaseError(ErrorKind.INVALID, f"There is no phantom for the task {task}.")
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    return Table(
        task=task,
        prior=tuple(raw["prior"][c] for c in classes),
        shows={name: tuple(groups) for name, groups in raw["shows"].items()},
        factors=_factors(raw, classes),
        gaussians=tuple(
            Gaussian(
                name=name,
                evidence=entry["evidence"],
                mean=tuple(entry["mean"][c] for c in classes),
                sd=entry.get("sd", 1.0),
            )
            for name, entry in raw.get("gaussian", {}).items()
        ),
    )
