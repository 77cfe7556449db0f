"""index.html of a batch run: all cases at a glance, in one file with relative pictures and without scripts."""

from __future__ import annotations

import html
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.domain.task import Task
from engine.models.card import ModelCard
from engine.serving.results import Row, Status

_STYLE = """
:root { color-scheme: dark; }
body { margin: 2rem auto; max-width: 76rem; padding: 0 1.5rem; background: #16181c; color: #d7dbe0;
       font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.3rem; font-weight: 600; margin: 0; }
p { margin: .3rem 0; color: #9aa3ad; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(23rem, 1fr)); gap: 1rem; margin-top: 1.5rem; }
article { background: #1e2126; border-radius: 8px; padding: .9rem 1rem; overflow-wrap: anywhere; }
article.failed { border-left: 3px solid #b98a4a; } article.skipped { border-left: 3px solid #5b6673; }
h2 { font-size: .95rem; font-weight: 600; margin: 0 0 .5rem; }
.pictures { display: flex; gap: .5rem; } figure { margin: 0; flex: 1; min-width: 0; }
img { width: 100%; border-radius: 4px; background: #000; display: block; }
figcaption { font-size: .8rem; color: #9aa3ad; }
.bar { position: relative; height: 6px; border-radius: 3px; background: #31363d; margin: .5rem 0 .3rem; }
.bar i { position: absolute; inset: 0 auto 0 0; border-radius: 3px; background: #7fa7d1; }
.bar b { position: absolute; top: -3px; bottom: -3px; width: 2px; background: #d7dbe0; }
.reason { font-size: .85rem; }
"""


@dataclass(frozen=True, kw_only=True)
class SheetCase:
    """One case of the sheet; `pictures` are those of `engine.serving.journal.Entry`."""

    row: Row
    pictures: Mapping[str, tuple[str, ...]]


def contact_sheet(task: Task, card: ModelCard | None, cases: Iterable[SheetCase], summary: str) -> bytes:
    """The page as UTF-8. It names no patient."""
    use = card.use if card else "Research use, not a medical device."
    model = f"Model {card.name}, SHA-256 {card.sha256[:12]}. " if card else ""
    trained = f"<p>Trained on {_text(card.trained_on)}</p>" if card and card.trained_on else ""
    body = "\n".join(_article(task, case) for case in cases)
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(task.title)}: results</title><style>{_STYLE}</style></head>\n<body>"
        f"<h1>{_text(task.title)}</h1><p>{_text(summary)}</p><p>{_text(model + use)}</p>{trained}\n"
        f"<main>\n{body}\n</main></body></html>\n"
    )
    return page.encode()


def _article(task: Task, case: SheetCase) -> str:
    row = case.row
    title = row.case_id or row.bmode_file
    figures = "".join(_figure(task, modality, files) for modality, files in case.pictures.items())
    pictures = f'<div class="pictures">{figures}</div>' if figures else ""
    reason = f'<p class="reason">{_text(row.reason)}</p>' if row.reason else ""
    answer = _answer(task, row) if row.status is Status.SCORED else f"<p>{row.status.value}</p>"
    return f'<article class="{row.status.value}"><h2>{_text(title)}</h2>{pictures}{answer}{reason}</article>'


def _figure(task: Task, modality: str, files: tuple[str, ...]) -> str:
    label = _text(task.modality_label(modality))
    image = f'<img src="{_text(files[0])}" alt="{label}" loading="lazy">'
    if len(files) > 1:
        image = f'<a href="{_text(files[1])}">{image}</a>'
    return f"<figure>{image}<figcaption>{label}</figcaption></figure>"


def _answer(task: Task, row: Row) -> str:
    shown = task.positive_class if task.is_binary else row.predicted_class
    chance = float(row.probabilities[shown])
    mark = f'<b style="left:{float(row.threshold) * 100:.2f}%" title="threshold"></b>' if row.threshold else ""
    threshold = f", threshold {float(row.threshold):.3f}" if row.threshold else ""
    if "probability_low" in row.doubt and task.is_binary:
        low, high, passes = (row.doubt[name] for name in ("probability_low", "probability_high", "dropout_passes"))
        threshold += f", {float(low):.3f} to {float(high):.3f} over {passes} dropout passes"
    return (
        f'<div class="bar"><i style="width:{chance * 100:.2f}%"></i>{mark}</div>'
        f"<div>{_text(row.predicted_class)} &middot; probability of {_text(shown)} {chance:.3f}{threshold}</div>"
    )


def _text(value: str) -> str:
    return html.escape(os.fsencode(value).decode("utf-8", "replace"))
