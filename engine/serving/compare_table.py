"""A comparison as markdown."""

from __future__ import annotations

from typing import Any

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import load_task
from engine.serving.compare import Comparison

REQUIRED = 0.90
"""AUC on the phantom below which a system counts as not having learnt."""


def as_markdown(result: Comparison) -> str:
    """What was done, the table from the highest AUC down, and which systems fall short."""
    parts = [_preamble(result), "", f"`{command_of(result)}`", "", *_table(result), "", *_closing(result)]
    return "\n".join(parts).rstrip() + "\n"


def command_of(result: Comparison) -> str:
    """The command that gives this table, with all options that decide it."""
    b = result.budget
    words = ["sonofuse compare", f"--data {b.data}", f"--validation {b.validation}", f"--test {b.test}"]
    words += [f"--task {b.task}", f"--preset {b.preset}", f"--input-size {b.input_size}", f"--epochs {b.epochs}"]
    words += [f"--batch-size {b.batch_size}", f"--seed {b.seed}"]
    if b.lr is not None:
        words.append(f"--lr {b.lr:g}")
    seeds = sorted({int(seed) for repeats in result.repeats.values() for seed in repeats})
    if seeds:
        words.append(f"--more-seeds {','.join(map(str, seeds))}")
    return " ".join([*words, "--out DIR"])


def put_into(page: str, table: str, task: str) -> str:
    """A page with the table between its marks ``<!-- begin TASK -->`` and ``<!-- end TASK -->``.

    Raises
    ------
    CaseError
        INVALID: the page has no such marks.
    """
    begin, end = f"<!-- begin {task} -->", f"<!-- end {task} -->"
    before, _, rest = page.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise CaseError(
            ErrorKind.INVALID, f"The page has no lines {begin} and {end} for the table. Add them where it belongs."
        )
    return f"{before}{begin}\n\n{table.strip()}\n\n{end}{after}"


def _preamble(result: Comparison) -> str:
    counts = ", ".join(f"{n} {name}" for name, n in result.classes.items())
    return (
        f"{len(result.rows)} systems on {sum(result.classes.values())} unseen cases ({counts}) of {result.budget.test}."
    )


def _table(result: Comparison) -> list[str]:
    task = load_task(result.budget.task)
    auc = "AUC, all" if task.is_binary else "macro AUC, all"
    head = ["system", f"{auc} [95 %]", "best single", "gain over it [95 %]", "p", "lr", "epoch", "s", "parameters"]
    lines = [head, ["---", "---", "---", "---", "---", "---:", "---:", "---:", "---:"]]
    ranked = sorted(result.rows, key=lambda r: -float(r["auc"]["value"] or 0.0))
    lines += [_cells(task, row) for row in ranked]
    if result.optima:
        whole = result.optima["+".join(task.modalities)]
        best = max(task.modalities, key=lambda m: result.optima[m])
        single = f"{result.optima[best]:.3f} {task.modality_label(best)}"
        gain = f"{whole - result.optima[best]:+.3f}"
        lines.append(["*best possible*", f"{whole:.3f}", single, gain, "", "", "", "", ""])
    if result.repeats:
        named = ["other seeds", "---", *(_others(result.repeats.get(row["system"], {})) for row in ranked), ""]
        lines = [[*cells[:2], other, *cells[2:]] for cells, other in zip(lines, named, strict=False)]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def _cells(task: Any, row: dict[str, Any]) -> list[str]:
    one, gain = row["best_single"], row["gain"]
    return [
        row["system"],
        _interval(row["auc"]),
        f"{row['single'][one]:.3f} {task.modality_label(one)}",
        _interval(gain, signed=True),
        _p(gain["p"]),
        "" if row["lr"] is None else f"{row['lr']:g}",
        "" if row["lr"] is None else str(row["best_epoch"]),
        f"{row['seconds']:.0f}",
        f"{row['parameters']:,}",
    ]


def _others(repeats: dict[str, float]) -> str:
    return ", ".join(f"{value:.3f}" for _, value in sorted(repeats.items(), key=lambda item: int(item[0])))


def _closing(result: Comparison) -> list[str]:
    fusing = [row for row in result.rows if row["lr"] is not None]
    low = [row["system"] for row in fusing if row["auc"]["value"] < REQUIRED]
    level = [row["system"] for row in fusing if (row["gain"]["low"] or 0.0) <= 0.0]
    lines = []
    if fusing:
        lines = [
            f"Below an AUC of {REQUIRED:.2f}: {', '.join(low) or 'no fusion system'}.",
            f"Not surely above its best single modality: {', '.join(level) or 'no fusion system'}.",
        ]
    lines += [f"Left out: {sentence}" for sentence in result.refused.values()]
    return lines


def _interval(figure: dict[str, Any], *, signed: bool = False) -> str:
    sign = "+" if signed else ""
    return f"{figure['value']:{sign}.3f} [{figure['low']:{sign}.3f}, {figure['high']:{sign}.3f}]"


def _p(value: float | None) -> str:
    return "" if value is None else "< 0.001" if value < 0.001 else f"{value:.3f}"
