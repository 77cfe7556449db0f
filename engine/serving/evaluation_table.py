"""The table of an evaluation as text: aligned for a terminal, or markdown."""

from __future__ import annotations

from engine.domain.task import load_task
from engine.evaluation.figures import Figure
from engine.evaluation.subsets import SubsetRow
from engine.serving.evaluate import Evaluation, StageRow

Cells = list[str]


def table_of(result: Evaluation) -> tuple[Cells, list[Cells]]:
    """Heading and rows of cells."""
    if result.stage_rows:
        names = sorted({n for row in result.stage_rows for n in row.figures})
        heading = ["modalities", "n", *(n.replace("_", " ") for n in names)]
        return heading, [_stage_cells(row, names) for row in result.stage_rows]
    with_optimum = any(row.optimum is not None for row in result.rows)
    heading = ["modalities", "n", "AUC [95 % CI]", "sensitivity", "specificity", "AUC below all (p)"]
    rows = [_cells(row) for row in result.rows]
    if with_optimum:
        heading.append("best possible AUC")
        for cells, row in zip(rows, result.rows, strict=True):
            cells.append("" if row.optimum is None else f"{row.optimum:.3f}")
    return heading, rows


def as_text(result: Evaluation) -> str:
    """For a terminal: what was measured, then the aligned table."""
    heading, rows = table_of(result)
    widths = [max(len(r[i]) for r in (heading, *rows)) for i in range(len(heading))]
    lines = ["  ".join(c.ljust(w) for c, w in zip(cells, widths, strict=True)).rstrip() for cells in (heading, *rows)]
    lines.insert(1, "  ".join("-" * w for w in widths))
    return "\n".join([*_preamble(result), "", *lines])


def as_markdown(result: Evaluation) -> str:
    """The same as a markdown table."""
    heading, rows = table_of(result)
    lines = [f"| {' | '.join(cells)} |" for cells in (heading, ["---"] * len(heading), *rows)]
    return "\n".join([*_preamble(result), "", *lines]) + "\n"


def _preamble(result: Evaluation) -> list[str]:
    card = result.model.card
    counts = ", ".join(f"{n} {name}" for name, n in result.class_counts.items())
    lines = [f"{card.name} on {result.n} {'simulated ' if result.simulated else ''}cases ({counts})"]
    if result.rows:
        positive = load_task(card.task).positive_class
        lines.append(f"positive: {positive}, at a probability of {_threshold(result)} or more")
    if result.left_out:
        lines.append(f"{len(result.left_out)} cases left out, the first: {result.left_out[0]}")
    return lines


def _cells(row: SubsetRow) -> Cells:
    if row.figures is None:
        return [row.title, str(row.n), "one class only", "", "", ""]
    figures, difference = row.figures, row.below_all
    below = ""
    if difference is not None:
        p = "< 0.001" if difference.p_value < 0.001 else f"{difference.p_value:.3f}"
        below = f"{difference.difference.value:.3f} (p {p})"
    return [
        row.title,
        str(row.n),
        _interval(figures.auc, 3),
        _interval(figures.sensitivity, 2),
        _interval(figures.specificity, 2),
        below,
    ]


def _stage_cells(row: StageRow, names: list[str]) -> Cells:
    return [row.title, str(row.n), *(_interval(row.figures[n], 3) if n in row.figures else "" for n in names)]


def _interval(figure: Figure, digits: int) -> str:
    if figure.low is None or figure.high is None:
        return f"{figure.value:.{digits}f}"
    return f"{figure.value:.{digits}f} [{figure.low:.{digits}f}, {figure.high:.{digits}f}]"


def _threshold(result: Evaluation) -> str:
    figures = next((row.figures for row in result.rows if row.figures is not None), None)
    return "0.5" if figures is None else f"{figures.threshold:.3f}"
