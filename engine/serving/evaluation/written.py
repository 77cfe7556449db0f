"""The files of a report: numbers for the window and for programs, figures, and two documents for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import engine
from engine.domain.files import write_atomically
from engine.evaluation.json_table import plain
from engine.evaluation.judgement import Judgement
from engine.evaluation.pointing import PointingFigures
from engine.evaluation.projection import projected
from engine.evaluation.robustness import RobustnessCurve
from engine.evaluation.scored import ScoredCases
from engine.models.card import ModelCard
from engine.serving.evaluate import Evaluation
from engine.serving.evaluation.case_table import CASES_FILE, case_table
from engine.serving.evaluation.document import USE, Material, document
from engine.serving.evaluation.figures import heatmaps
from engine.serving.evaluation.figures.album import FIGURES as ALBUM
from engine.serving.evaluation.figures.album import album
from engine.serving.evaluation.figures.robustness import robustness as robustness_drawn
from engine.serving.evaluation.figures.style import Picture, picture, styled
from engine.serving.evaluation.gallery import gallery
from engine.serving.evaluation.html import as_html
from engine.serving.evaluation.localisation import localisation
from engine.serving.evaluation.pdf import as_pdf
from engine.serving.evaluation.progress import Parts, Progress
from engine.serving.evaluation.randomisation import Randomisation
from engine.training.cases import LabelledCases

METRICS_FILE, HTML_FILE, PDF_FILE = "metrics.json", "report.html", "report.pdf"
FIGURES, GALLERY = "figures", "gallery"
FORMAT = 1
PARTS = ALBUM + 3 + 6
"""Figures of the album, the three that are drawn here, and what comes before and after them."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was written.

    Attributes
    ----------
    files : names below the folder, with forward slashes. evaluation : the table of subsets, where a model was run.
    """

    folder: Path
    scored: ScoredCases
    judgement: Judgement
    evaluation: Evaluation | None = None
    files: tuple[str, ...] = ()


def written(
    scored: ScoredCases,
    judgement: Judgement,
    out: Path,
    *,
    cases: LabelledCases | None = None,
    card: ModelCard | None = None,
    evaluation: Evaluation | None = None,
    check: Randomisation | None = None,
    robustness: tuple[RobustnessCurve, ...] = (),
    on_progress: Progress | None = None,
) -> Report:
    """Write the report; ``metrics.json`` comes last, so that a folder which has it is complete.

    Parameters
    ----------
    cases : the same cases with their pictures, for the gallery. card : of the model that made the maps.
    robustness : of `engine.serving.evaluation.worse_inputs`, where it was asked for.
    on_progress : told each part before it is made.

    Raises
    ------
    CaseError
        STORAGE: the folder cannot be written.
    """
    parts = Parts(PARTS, on_progress)
    parts.begin("placing the cases on their map")
    places = None if scored.fused is None else projected(scored.fused)
    parts.begin("judging the heatmaps")
    pointing = localisation(scored)
    pictures = _pictures(scored, judgement, places, pointing, check, robustness, parts)
    parts.begin("picturing the worst mistakes")
    mistakes = () if cases is None else gallery(scored, judgement, cases, card)
    material = Material(
        judgement=judgement,
        pictures=pictures,
        evaluation=evaluation,
        pointing=pointing,
        check=check,
        mistakes=mistakes,
        robustness=robustness,
    )
    parts.begin("setting the page")
    told = document(material)
    page = as_html(told)
    parts.begin("setting the PDF")
    printed = as_pdf(told)
    parts.begin("writing the files")
    files: dict[str, bytes] = {CASES_FILE: case_table(scored, judgement, places)}
    for item in pictures.values():
        files |= {f"{FIGURES}/{item.name}.png": item.png, f"{FIGURES}/{item.name}.svg": item.svg}
    files |= {f"{GALLERY}/{mistake.name}.png": mistake.picture for mistake in mistakes}
    files |= {HTML_FILE: page, PDF_FILE: printed}
    names = (*files, METRICS_FILE)
    for name, content in files.items():
        write_atomically(out / name, content)
    write_atomically(out / METRICS_FILE, _metrics(material, names))
    parts.end("the report is written")
    return Report(folder=out, scored=scored, judgement=judgement, evaluation=evaluation, files=names)


def _pictures(
    scored: ScoredCases,
    judgement: Judgement,
    places: npt.NDArray[np.floating] | None,
    pointing: tuple[PointingFigures, ...],
    check: Randomisation | None,
    robustness: tuple[RobustnessCurve, ...],
    parts: Parts,
) -> Mapping[str, Picture]:
    def told(title: str) -> None:
        parts.begin(f"drawing: {title}")

    found = {item.name: item for item in album(judgement, scored, places, told)}
    with styled():
        told("Heatmaps against lesion masks")
        made = heatmaps.localisation(judgement, pointing)
        if made is not None:
            caption = "Better than chance where the first two lie right of the third."
            found["localisation"] = picture("localisation", "Heatmaps against lesion masks", caption, made)
        told("Maps with random weights")
        made = heatmaps.randomised(judgement, check)
        if made is not None:
            caption = "A sound map loses its likeness as the weights are lost (Adebayo et al. 2018)."
            found["randomisation"] = picture("randomisation", "Maps with random weights", caption, made)
        told("Worse inputs")
        made = robustness_drawn(judgement, robustness)
        if made is not None:
            caption = "What is lost as the inputs get worse; the flatter, the sturdier."
            found["robustness"] = picture("robustness", "Worse inputs", caption, made)
    return found


def _metrics(material: Material, files: tuple[str, ...]) -> bytes:
    table: dict[str, Any] = {
        "format": FORMAT,
        "use": USE,
        "version": engine.__version__,
        **material.judgement.as_table(),
        **({} if material.evaluation is None else material.evaluation.as_table()),
        "localisation": material.pointing,
        "randomisation": material.check,
        "robustness": material.robustness or None,
        "gallery": material.mistakes,
        "files": files,
    }
    return (json.dumps(plain(table), indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()
