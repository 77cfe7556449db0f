"""AUC with intervals, one line per part of the cases and per yardstick."""

from __future__ import annotations

from matplotlib.figure import Figure as Drawing

from engine.evaluation.figures import Figure
from engine.evaluation.judgement import Judgement
from engine.serving.evaluation.figures.style import BASELINE, MODEL, READER, SOFT, basis, drawing, said, signed

Row = tuple[str, Figure, str]


def subgroups(judgement: Judgement) -> Drawing | None:
    """The model's AUC on every part."""
    rows = [
        (f"{row.kind}: {row.value}" if row.value else row.kind, row.auc, f"{row.n} ({row.positives})")
        for row in judgement.subgroups
        if row.auc is not None
    ]
    if len(rows) < 2:
        return None
    title = f"Parts of the cases: AUC; cases ({judgement.question})"
    return _forest(judgement, title, [(name, figure, MODEL, "o", note) for name, figure, note in rows])


def yardsticks(judgement: Judgement) -> Drawing | None:
    """The model beside what the size of the picture, the descriptors and the reader tell, on the same cases each."""
    rows: list[tuple[str, Figure, str, str, str]] = []
    for item in judgement.baselines:
        if item.auc is not None and item.model_auc is not None:
            rows.append((f"{item.name} alone", item.auc, BASELINE, "s", f"n = {item.n}"))
            rows.append(("   the model there", item.model_auc, MODEL, "o", ""))
    if judgement.reader is not None:
        reader = judgement.reader
        rows.append(("the reader's BI-RADS", reader.auc, READER, "s", f"n = {reader.n}"))
        rows.append(("   the model there", reader.model_auc, MODEL, "o", ""))
    for other in judgement.against:
        rows.append((other.other, other.other_auc, READER, "^", f"n = {other.n}"))
        rows.append(("   the model there", other.auc, MODEL, "o", ""))
    if not rows:
        return None
    return _forest(judgement, "Beside the model: AUC on the same cases", rows)


def _forest(judgement: Judgement, title: str, rows: list[tuple[str, Figure, str, str, str]]) -> Drawing:
    made, axes = drawing(7.6, 1.1 + 0.3 * len(rows))
    for place, (_, figure, colour, marker, _note) in zip(range(len(rows) - 1, -1, -1), rows, strict=True):
        if figure.low is not None and figure.high is not None:
            axes.plot([figure.low, figure.high], [place, place], color=colour, linewidth=1.4)
        axes.plot(figure.value, place, color=colour, marker=marker, markersize=5, linestyle="none")
    lowest = min((f.value if f.low is None else f.low) for _, f, _, _, _ in rows)
    left = min(0.5, max(0.0, lowest - 0.02))
    axes.axvline(0.5, color=SOFT, linewidth=0.8, linestyle=(0, (2, 3)))
    axes.set(xlim=(left, 1.01), ylim=(-0.7, len(rows) - 0.3))
    axes.set_yticks(range(len(rows) - 1, -1, -1), [_short(name) for name, *_ in rows])
    right = axes.secondary_yaxis("right")
    notes = [f"{said(figure)}   {note}".rstrip() for _, figure, _, _, note in rows]
    right.set_yticks(range(len(rows) - 1, -1, -1), notes)
    for side in (axes, right):
        side.tick_params(axis="y", length=0, labelsize=8, labelcolor="#1b1f24")
    right.spines["right"].set_visible(False)
    axes.grid(axis="y", visible=False)
    axes.set_title(title)
    signed(made, basis(judgement, more="AUC with DeLong's 95 % interval; dotted: chance"))
    return made


def _short(name: str) -> str:
    return name if len(name) <= 44 else name[:43] + "…"
