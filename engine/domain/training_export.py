"""What a training set made of a person's own readings is written from, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from engine.domain.agreement import Pathology
from engine.domain.assessment import Reading


@dataclass(frozen=True, kw_only=True)
class ReadCase:
    """What the case database holds of one case.

    Attributes
    ----------
    first : the sealed first reading, made without the AI. latest : the newest reading.
    pathology : the newest entry.
    pairing : modality -> (SOPInstanceUID, frame) where the reader chose the images; empty = as found.
    """

    case_id: str
    first: Reading | None = None
    latest: Reading | None = None
    pathology: Pathology | None = None
    pairing: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pairing", MappingProxyType(dict(self.pairing)))


@dataclass(frozen=True, kw_only=True)
class TrainingExport:
    """What was written, in numbers of cases.

    Attributes
    ----------
    written : cases in the manifest `path`. no_pathology : read, but without pathology. no_reading : the reverse.
    not_here : with both, but their images are not in the folders that were looked through.
    """

    path: str
    written: int
    no_pathology: int
    no_reading: int
    not_here: int

    @property
    def sentence(self) -> str:
        """All of it in words."""
        parts = [f"{_cases(self.written)} written to {self.path}."]
        if self.no_pathology:
            parts.append(f"{_cases(self.no_pathology)} left out: no pathology was entered.")
        if self.no_reading:
            parts.append(f"{_cases(self.no_reading)} left out: pathology, but no reading.")
        if self.not_here:
            parts.append(f"{_cases(self.not_here)} left out: the images are in none of the folders.")
        return " ".join(parts)


def _cases(number: int) -> str:
    return "1 case" if number == 1 else f"{number} cases"
