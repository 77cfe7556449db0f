"""All figures of a report in their order, with what each shows in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure as Drawing

from engine.evaluation.judgement import Judgement
from engine.evaluation.scored import ScoredCases
from engine.serving.evaluation.figures import counts, curves, fusion, parts, probabilities
from engine.serving.evaluation.figures.projection import projection
from engine.serving.evaluation.figures.style import Picture, picture, styled

_DRAWN: tuple[tuple[str, str, str, Callable[[Judgement], Drawing | None]], ...] = (
    (
        "roc",
        "ROC curve",
        "Every threshold at once; the reader's own categories lie on the same axes where they were recorded.",
        curves.roc,
    ),
    (
        "precision_recall",
        "Precision and recall",
        "How many of the cases called are really positive.",
        curves.precision_recall,
    ),
    ("class_curves", "Each class against the others", "One curve per class.", curves.class_curves),
    ("confusion", "Confusion matrix", "Cases by truth and call.", counts.confusion),
    ("reliability", "Reliability", "Does a probability mean what it says.", probabilities.reliability),
    (
        "decision",
        "Decision curve",
        "Net benefit per case: hits minus false alarms weighed by the odds of the threshold (Vickers and Elkin 2006).",
        probabilities.decision,
    ),
    (
        "risk_coverage",
        "Risk over coverage",
        "What is gained when the least certain cases are left to the reader.",
        probabilities.risk,
    ),
    ("yardsticks", "Yardsticks", "What can be told without the model.", parts.yardsticks),
    (
        "subgroups",
        "Parts of the cases",
        "Where the model is better or worse. Small parts have wide intervals.",
        parts.subgroups,
    ),
    (
        "contributions",
        "Modalities",
        "What the answer loses without each modality, and where each pushes it.",
        fusion.contributions,
    ),
    ("integration", "Integration score", "Rewards certainty and agreement, not correctness alone.", fusion.integration),
    ("radar", "Figures on one wheel", "All figures at the operating point.", fusion.radar),
)


FIGURES = len(_DRAWN) + 1
"""How many there are at most."""


def album(
    judgement: Judgement,
    scored: ScoredCases,
    places: npt.NDArray[np.floating] | None,
    on_figure: Callable[[str], None] = lambda title: None,
) -> Iterator[Picture]:
    """Those figures that this evaluation has numbers for; `on_figure` hears the title of each before it is drawn."""
    with styled():
        for name, title, caption, draw in _DRAWN:
            on_figure(title)
            made = draw(judgement)
            if made is not None:
                yield picture(name, title, caption, made)
        on_figure("Fused features")
        made = projection(judgement, scored, places)
        if made is not None:
            caption = "What the model holds for alike, after fusing; t-SNE of the features before the classifier."
            yield picture("projection", "Fused features", caption, made)
