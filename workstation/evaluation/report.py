"""A written report as the window shows it: metrics.json and cases.csv, read without tensors. No Qt."""

from __future__ import annotations

import bisect
import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.domain.errors import CaseError, ErrorKind
from workstation.words import later, tr

METRICS, CASES, PAGE, PRINTED = "metrics.json", "cases.csv", "report.html", "report.pdf"
FIGURES = "figures"
_FORMAT = 1
_HEADLINE = (
    ("auc", later("AUC")),
    ("sensitivity", later("Sensitivity")),
    ("specificity", later("Specificity")),
    ("positive_predictive_value", later("PPV")),
    ("negative_predictive_value", later("NPV")),
    ("f1", later("F1")),
    ("calibration_error", later("Calibration error")),
    ("brier", later("Brier score")),
)
_STAGES = (
    ("macro_auc", later("AUC, mean of stages")),
    ("accuracy", later("Accuracy")),
    ("quadratic_kappa", later("Kappa, quadratic")),
    ("mean_stage_error", later("Mean error in stages")),
    ("within_one_stage", later("Within one stage")),
    ("calibration_error", later("Calibration error of stages")),
)

Table = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class CaseLine:
    """One case of the report: `called` at the operating point, `probability` of the positive (or called) class.

    Attributes
    ----------
    place : on the map of cases, None = it has none.
    """

    case_id: str
    truth: str
    called: str
    probability: float | None
    source: str
    birads: str = ""
    place: tuple[float, float] | None = None


@dataclass(frozen=True, kw_only=True)
class CurvePoint:
    """A point of a curve, as it is told in words: what is counted from this threshold on."""

    threshold: float
    sensitivity: float
    specificity: float
    precision: float
    hits: int
    false_alarms: int
    misses: int
    rejections: int

    def words(self) -> str:
        """For the line under the curves."""
        threshold = (
            tr("nothing is called positive") if self.threshold > 1 else tr("from {t} on", t=_three(self.threshold))
        )
        return tr(
            "{threshold}: sensitivity {sens}, specificity {spec}, PPV {ppv} — {hits} found, {misses} missed, "
            "{alarms} false alarms, {quiet} rightly quiet",
            threshold=threshold,
            sens=_three(self.sensitivity),
            spec=_three(self.specificity),
            ppv=_three(self.precision),
            hits=self.hits,
            misses=self.misses,
            alarms=self.false_alarms,
            quiet=self.rejections,
        )


@dataclass(frozen=True, kw_only=True)
class Report:
    """What lies in a report's folder; sections that do not apply are empty."""

    folder: Path
    table: Table
    cases: tuple[CaseLine, ...]

    @property
    def model(self) -> str:
        return str(self.table.get("model", ""))

    @property
    def threshold(self) -> float | None:
        found = self.table.get("threshold")
        return None if found is None else float(found)

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(self.table.get("classes", ()))

    @property
    def curves(self) -> Sequence[Table]:
        return self.table.get("curves") or ()

    @property
    def reader(self) -> Table | None:
        return self.table.get("reader")

    def title(self) -> str:
        """One line: model, data, number of cases, and that they are simulated where they are."""
        counts = ", ".join(f"{n} {name}" for name, n in (self.table.get("class_counts") or {}).items())
        simulated = tr(", simulated") if self.table.get("simulated") else ""
        return tr(
            "{model} on {n} cases{simulated} ({counts})",
            model=self.model,
            n=self.table.get("n", len(self.cases)),
            simulated=simulated,
            counts=counts,
        )

    def headline(self) -> tuple[tuple[str, str], ...]:
        """(name, value with interval) of the figures that come first; of stages those of all stages come last."""
        figures = {**(self.table.get("bootstrap") or {}), **_without_none(self.table.get("figures") or {})}
        of_stages = self.table.get("stages") or {}
        stages = {**of_stages, **(self.table.get("stage_bootstrap") or {}), **_without_none(of_stages)}
        rows = [(tr(words), figure_words(figures.get(name))) for name, words in _HEADLINE if name in figures]
        if stages and rows:
            name, value = rows[0]
            rows[0] = (tr("{figure}, {question}", figure=name, question=self.table.get("question", "")), value)
        rows += [(tr(words), figure_words(stages[name])) for name, words in _STAGES if name in stages]
        return tuple(rows)

    def confusion(self) -> tuple[tuple[int, ...], ...]:
        """Cases by truth (rows) and call (columns), in the order of `classes`."""
        return tuple(tuple(row) for row in self.table.get("confusion") or ())

    def cases_in(self, truth: str, called: str) -> tuple[CaseLine, ...]:
        """The cases of one cell of the confusion matrix, the surest first."""
        found = [c for c in self.cases if c.truth == truth and c.called == called]
        sign = 1.0 if called == self.table.get("question") else -1.0
        return tuple(sorted(found, key=lambda c: -sign * (c.probability if c.probability is not None else 0.5)))

    def source_of(self, line: CaseLine) -> str:
        """Where a case came from: the part of the report's data whose folder or file bears the name in its row."""
        parts = [part.strip() for part in str(self.table.get("data", "")).split(" + ")]
        return next((part for part in parts if line.source in (part, Path(part).name)), parts[0])

    def point_near(self, curve: Table, false_positive_rate: float, sensitivity: float) -> CurvePoint:
        """The point of a ROC curve that lies nearest."""
        rates, heights = curve["false_positive_rate"], curve["sensitivity"]
        nearest = min(
            range(len(rates)), key=lambda i: (rates[i] - false_positive_rate) ** 2 + (heights[i] - sensitivity) ** 2
        )
        return point_of(curve, nearest)

    def point_at_sensitivity(self, curve: Table, sensitivity: float) -> CurvePoint:
        """The first point that is at least this sensitive."""
        place = bisect.bisect_left(curve["sensitivity"], sensitivity)
        return point_of(curve, min(place, len(curve["sensitivity"]) - 1))

    def comparisons(self) -> tuple[tuple[str, str, str, str], ...]:
        """(what, its AUC, this model's AUC on the same cases, difference with interval and p)."""
        rows = []
        for found in self.table.get("against") or ():
            rows.append(_compared(str(found["other"]), found["other_auc"], found["auc"], found["difference"]))
        if self.reader:
            words = tr("Reader's category ({n} cases)", n=self.reader["n"])
            rows.append(_compared(words, self.reader["auc"], self.reader["model_auc"], self.reader["difference"]))
        for found in self.table.get("baselines") or ():
            name = str(found["name"]).capitalize()
            if found.get("auc") is None:
                rows.append((name, tr("not measured: {why}", why=found.get("missing", "")), "", ""))
            else:
                rows.append(_compared(name, found["auc"], found["model_auc"], found["difference"]))
        return tuple(rows)

    def subgroups(self) -> tuple[tuple[str, str, str, str, str], ...]:
        """(group, cases and positives, AUC, sensitivity, specificity)."""
        rows = []
        for group in self.table.get("subgroups") or ():
            name = f"{group['kind']}: {group['value']}" if group.get("value") else str(group["kind"])
            rows.append(
                (
                    name.capitalize(),
                    f"{group['n']} ({group['positives']})",
                    figure_words(group.get("auc")),
                    figure_words(group.get("sensitivity")),
                    figure_words(group.get("specificity")),
                )
            )
        return tuple(rows)

    def picture(self, name: str) -> Path | None:
        """A figure of the report as a PNG, None where it has none of this name."""
        place = self.folder / FIGURES / f"{name}.png"
        return place if place.is_file() else None

    def has(self, name: str) -> bool:
        """Whether a document of the report lies in the folder."""
        return (self.folder / name).is_file()


def read_report(folder: Path) -> Report:
    """The report in a folder.

    Raises
    ------
    CaseError
        UNREADABLE: there is none, or it is damaged or of another version.
    """
    try:
        table = json.loads((folder / METRICS).read_bytes())
        if not isinstance(table, dict) or table.get("format") != _FORMAT:
            raise ValueError("metrics.json is of another version")
        cases = _cases((folder / CASES).read_text(encoding="utf-8"))
        if len(cases) != table["n"]:
            raise ValueError(f"{CASES} has {len(cases)} cases instead of {table['n']}")
    except (OSError, ValueError, KeyError) as error:
        sentence = tr("{name} holds no report that can be shown. Evaluate the model again.", name=folder.name)
        raise CaseError(ErrorKind.UNREADABLE, sentence, f"{type(error).__name__}: {error}") from error
    return Report(folder=folder, table=table, cases=cases)


def reports_in(folder: Path) -> tuple[Path, ...]:
    """Folders of reports, newest first."""
    try:
        found = [p for p in folder.iterdir() if (p / METRICS).is_file()]
        return tuple(sorted(found, key=lambda p: (p / METRICS).stat().st_mtime, reverse=True))
    except OSError:
        return ()


def point_of(curve: Table, place: int) -> CurvePoint:
    """A point of a curve by its number."""
    return CurvePoint(
        threshold=curve["threshold"][place],
        sensitivity=curve["sensitivity"][place],
        specificity=1.0 - curve["false_positive_rate"][place],
        precision=curve["precision"][place],
        hits=curve["true_positive"][place],
        false_alarms=curve["false_positive"][place],
        misses=curve["false_negative"][place],
        rejections=curve["true_negative"][place],
    )


def figure_words(figure: Any) -> str:
    """0.967 [0.960, 0.974]; "not defined" without a value."""
    if not isinstance(figure, Mapping) or figure.get("value") is None:
        return tr("not defined")
    value = _three(figure["value"])
    if figure.get("low") is None:
        return value
    return f"{value} [{_three(figure['low'])}, {_three(figure['high'])}]"


def _compared(name: str, other: Any, own: Any, difference: Any) -> tuple[str, str, str, str]:
    return name, figure_words(other), figure_words(own), paired_words(difference)


def difference_words(difference: Any, p_value: float | None) -> str:
    """+0.013 [-0.002, +0.028], p = 0.090; "not defined" without a value."""
    if not isinstance(difference, Mapping) or difference.get("value") is None:
        return tr("not defined")
    words = f"{difference['value']:+.3f}"
    if difference.get("low") is not None and difference.get("high") is not None:
        words += f" [{difference['low']:+.3f}, {difference['high']:+.3f}]"
    return words if p_value is None else f"{words}, {p_words(p_value)}"


def p_words(p: float) -> str:
    """p = 0.450."""
    return f"p {'< 0.001' if p < 0.001 else f'= {p:.3f}'}"


def paired_words(found: Table) -> str:
    return difference_words(found["difference"], found.get("p_value"))


def _without_none(figures: Table) -> dict[str, Any]:
    """Figures that have an interval, or at least a value; those without leave the place to the bootstrap's."""
    return {n: f for n, f in figures.items() if isinstance(f, Mapping) and f.get("low") is not None}


def _cases(text: str) -> tuple[CaseLine, ...]:
    rows = csv.DictReader(io.StringIO(text, newline=""))
    return tuple(
        CaseLine(
            case_id=row["case_id"],
            truth=row["truth"],
            called=row["called"],
            probability=float(row["probability"]) if row.get("probability") else None,
            source=row.get("source") or "",
            birads=row.get("birads") or "",
            place=_place(row.get("projection_x"), row.get("projection_y")),
        )
        for row in rows
    )


def _place(x: str | None, y: str | None) -> tuple[float, float] | None:
    return (float(x), float(y)) if x and y else None


def number_words(value: float | None, places: int = 3) -> str:
    """0.967; "" where there is none."""
    return "" if value is None else f"{value:.{places}f}"


def percent_words(share: float | None, places: int = 0) -> str:
    """25 %."""
    return "" if share is None else f"{100 * share:.{places}f} %"


def _three(value: float) -> str:
    return f"{value:.3f}"
