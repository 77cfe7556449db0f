"""An evaluation as text: within 80 columns for a terminal, or markdown."""

from __future__ import annotations

from engine.domain.task import load_task
from engine.evaluation.figures import Figure
from engine.evaluation.subsets import SubsetRow
from engine.serving.evaluate import Evaluation, StageRow


def as_text(result: Evaluation) -> str:
    """For a terminal: what was measured, the aligned table, and the subset that comes closest to all modalities."""
    lines = [*_preamble(result), ""]
    if result.rows:
        best = any(row.optimum is not None for row in result.rows)
        lines.append(_aligned("modalities", "n", "AUC, 95 % interval", "best" if best else "", "sens.", "spec."))
        lines += [_line(row) for row in result.rows]
    for stage in result.stage_rows:
        lines += [f"{stage.title}, {stage.n} cases", *_stage_lines(stage)]
    return "\n".join([*lines, "", *_closing(result)]).rstrip()


def as_markdown(result: Evaluation) -> str:
    """The whole table as markdown, with the intervals of all figures and the paired comparisons."""
    if result.stage_rows:
        names = sorted({n for row in result.stage_rows for n in row.figures})
        cells = [["modalities", "n", *(n.replace("_", " ") for n in names)]]
        cells += [
            [r.title, str(r.n), *(_interval(r.figures[n]) if n in r.figures else "" for n in names)]
            for r in result.stage_rows
        ]
    else:
        cells = [["modalities", "n", "AUC", "best possible", "sensitivity", "specificity", "AUC below all", "p"]]
        cells += [_cells(row) for row in result.rows]
    cells.insert(1, ["---"] * len(cells[0]))
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join([*_preamble(result), "", *lines, "", *_closing(result)]).rstrip() + "\n"


def _preamble(result: Evaluation) -> list[str]:
    card = result.model.card
    counts = ", ".join(f"{n} {name}" for name, n in result.class_counts.items())
    lines = [f"{card.name} on {result.n} {'simulated ' if result.simulated else ''}cases ({counts})"]
    measured = [row.figures for row in result.rows if row.figures is not None]
    if measured:
        positive = load_task(card.task).positive_class
        lines.append(f"positive: {positive}, from a probability of {measured[0].threshold:.3f} on")
    if result.left_out:
        lines.append(f"not used: {len(result.left_out)}, the first: {result.left_out[0]}")
    return lines


def _closing(result: Evaluation) -> list[str]:
    lines = []
    if any(row.optimum is not None for row in result.rows):
        lines.append("best: the highest AUC that any reader of these modalities can reach on this phantom.")
    compared = [row for row in result.rows if row.below_all is not None]
    if compared:
        closest = min(compared, key=lambda r: r.below_all.difference.value if r.below_all else 0.0)
        assert closest.below_all is not None
        difference = closest.below_all.difference
        lines.append(
            f"Closest to all: {closest.title}, {difference.value:.3f} lower "
            f"({difference.low:.3f} to {difference.high:.3f}), {_p(closest.below_all.p_value)}."
        )
    return lines


def _line(row: SubsetRow) -> str:
    if row.figures is None:
        return _aligned(row.title, str(row.n), "one class only", "", "", "")
    figures = row.figures
    return _aligned(
        row.title,
        str(row.n),
        _interval(figures.auc),
        "" if row.optimum is None else f"{row.optimum:.3f}",
        f"{figures.sensitivity.value:.3f}",
        f"{figures.specificity.value:.3f}",
    )


def _aligned(title: str, n: str, auc: str, best: str, sensitivity: str, specificity: str) -> str:
    return f"{title:<30} {n:>6}  {auc:<20}  {best:<5}  {sensitivity:<5}  {specificity}".rstrip()


def _stage_lines(row: StageRow) -> list[str]:
    return [f"  {name.replace('_', ' '):<22}{_interval(figure)}" for name, figure in row.figures.items()]


def _cells(row: SubsetRow) -> list[str]:
    if row.figures is None:
        return [row.title, str(row.n), "one class only", "", "", "", "", ""]
    figures, below = row.figures, row.below_all
    return [
        row.title,
        str(row.n),
        _interval(figures.auc),
        "" if row.optimum is None else f"{row.optimum:.3f}",
        _interval(figures.sensitivity),
        _interval(figures.specificity),
        "" if below is None else _interval(below.difference),
        "" if below is None else _p(below.p_value),
    ]


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def _interval(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"
