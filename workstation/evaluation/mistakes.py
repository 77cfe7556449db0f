"""The worst mistakes of a report: which case, what it looked like, and what pushed the answer. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workstation.evaluation.report import CaseLine, Report, number_words
from workstation.words import later, tr

GALLERY = "gallery"
_FACTS = {
    "birads": later("BI-RADS"),
    "device": later("Device"),
    "histology": later("Histology"),
    "diagnosis": later("Diagnosis"),
}
_KINDS = {
    "missed": later("Missed"),
    "false alarm": later("False alarm"),
    "wrong stage": later("Wrong stage"),
}


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One row.

    Attributes
    ----------
    case : of the report, so that it can be opened. picture : PNG, None where it is lost. words : beside the picture.
    """

    case: CaseLine
    picture: Path | None
    words: tuple[str, ...]


def mistakes(report: Report) -> tuple[Mistake, ...]:
    """In the order of the report; a row whose case is not in the table of cases is left out."""
    cases = {(case.case_id, case.truth): case for case in report.cases}
    found = []
    for row in report.table.get("gallery") or ():
        case = cases.get((row["case_id"], row["truth"]))
        if case is not None:
            place = report.folder / GALLERY / f"{row['name']}.png"
            found.append(Mistake(case=case, picture=place if place.is_file() else None, words=_words(report, row)))
    return tuple(found)


def _words(report: Report, row: Mapping[str, Any]) -> tuple[str, ...]:
    kind = tr(_KINDS.get(str(row["kind"]), str(row["kind"])))
    lines = [
        f"{kind}: {row['case_id']}",
        tr(
            "{truth}, called {called} ({p})",
            truth=row["truth"],
            called=row["called"],
            p=number_words(row["probability"]),
        ),
    ]
    titles = {found["modality"]: str(found["title"]) for found in report.table.get("contributions") or ()}
    pushes = [f"{titles.get(name, name)} {value:+.2f}" for name, value in (row.get("shapley") or {}).items()]
    if pushes:
        lines.append(tr("Pushed by {pushes}", pushes=", ".join(pushes)))
    facts = [f"{tr(_FACTS.get(name, name))}: {value}" for name, value in (row.get("facts") or {}).items()]
    if facts:
        lines.append(", ".join(facts))
    if row.get("weak"):
        lines.append(tr("Evidence too weak to draw"))
    return tuple(lines)
