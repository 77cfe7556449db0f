"""The judgement of heatmaps and of worse inputs, as rows of words. No Qt."""

from __future__ import annotations

from workstation.evaluation.all_figures import Rows
from workstation.evaluation.report import Report, figure_words, number_words, percent_words
from workstation.words import tr


def pointing_rows(report: Report) -> Rows:
    """(cases, how many, hits, evidence inside the lesion, its share of the picture, times chance)."""
    return tuple(
        (
            str(found["cases"]).capitalize(),
            str(found["n"]),
            figure_words(found["hits"]),
            figure_words(found["energy"]),
            figure_words(found["chance"]),
            figure_words(found["times_chance"]),
        )
        for found in report.table.get("localisation") or ()
    )


def pointing_words(report: Report) -> str:
    """What is counted; and that nothing is, where maps were made without masks to hold them against."""
    if report.table.get("localisation"):
        return tr(
            "A hit: the greatest evidence lies in the lesion. A map shows evidence for {question}, so in other cases "
            "it need not point at the lesion.",
            question=report.table.get("question", ""),
        )
    if report.table.get("randomisation"):
        return tr("No lesion outlines are known for these cases, so where the maps point was not judged.")
    return ""


def check_rows(report: Report) -> Rows:
    """(layers made random, their share of the weights, likeness to the original maps, with signs)."""
    return tuple(
        (
            str(step["layers"]),
            percent_words(step["share"]),
            figure_words(step["similarity"]),
            figure_words(step["signed_similarity"]),
        )
        for step in (report.table.get("randomisation") or {}).get("steps") or ()
    )


def check_words(report: Report) -> str:
    """The verdict."""
    found = report.table.get("randomisation")
    if not found:
        return ""
    verdict = (
        tr("The maps depend on what the model has learnt.")
        if found["depends"]
        else tr("The maps stay alike whatever the weights: do not trust them.")
    )
    how = tr(
        "The weights are made random layer by layer, from the answer downwards; likeness is the rank correlation with "
        "the original maps over {n} cases.",
        n=found["n"],
    )
    return f"{verdict} {how}"


def severities(report: Report) -> tuple[str, ...]:
    """Headings of the columns of `worse_rows`, as numbers."""
    curves = report.table.get("robustness") or ()
    return tuple(f"{severity:.1f}" for severity in curves[0]["severity"]) if curves else ()


def worse_rows(report: Report) -> Rows:
    """(kind of damage, AUC at every severity, area under it, area above late fusion)."""
    return tuple(
        (
            str(curve["title"]),
            *(number_words(figure["value"]) for figure in curve["auc"]),
            number_words(curve["relative"]),
            "" if curve.get("effective") is None else f"{curve['effective']:+.3f}",
        )
        for curve in report.table.get("robustness") or ()
    )
