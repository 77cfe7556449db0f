"""What each modality does to the answers, as rows of words: subsets, contributions, integration score. No Qt."""

from __future__ import annotations

from typing import Any

from workstation.evaluation.all_figures import Rows
from workstation.evaluation.report import (
    Report,
    Table,
    difference_words,
    figure_words,
    number_words,
    p_words,
    paired_words,
    percent_words,
)
from workstation.words import later, tr

_VARIANTS = {
    ("hard", "gap", False): later("As published: calls that agree, gap of the two best"),
    ("soft", "gap", False): later("Soft: probabilities that agree, gap of the two best"),
    ("hard", "entropy", False): later("Calls that agree, certainty by entropy"),
    ("hard", "gap", True): later("As published, certainty calibrated"),
}


def subset_rows(report: Report) -> Rows:
    """(what is shown to the model, cases, AUC, best possible AUC, how far below all with p)."""
    return tuple(
        (
            " + ".join(_title(report, name) for name in row["modalities"]),
            str(row["n"]),
            _subset_auc(row),
            number_words(row.get("optimum_auc")),
            _below(row.get("auc_below_all")),
        )
        for row in report.table.get("rows") or ()
    )


def _title(report: Report, modality: str) -> str:
    titles = {found["modality"]: str(found["title"]) for found in report.table.get("contributions") or ()}
    return titles.get(modality, modality)


def _subset_auc(row: Table) -> str:
    """Of stages the mean over the classes, which stands without an interval."""
    figures = row.get("figures") or {}
    if not figures:
        return tr("one class only")
    return figure_words(figures.get("auc") or figures.get("macro_auc"))


def _below(found: Any) -> str:
    return difference_words(found, found.get("p")) if found else ""


def subset_words(report: Report) -> str:
    """What the columns mean that not every report has."""
    rows = report.table.get("rows") or ()
    best = any(row.get("optimum_auc") is not None for row in rows)
    words = tr("Each row: the model's answers when only these are shown to it.")
    return f"{words} {tr('Best possible: no reader of them could do better on simulated cases.')}" if best else words


def contribution_rows(report: Report) -> Rows:
    """(modality, AUC lost without it, size of its share in log-odds, share in positives and in the others)."""
    return tuple(
        (
            str(found["title"]),
            paired_words(found["auc_lost"]) if found.get("auc_lost") else "",
            figure_words(found["shapley_size"]) if found.get("shapley_size") else "",
            figure_words(found["shapley_of_positive"]) if found.get("shapley_of_positive") else "",
            figure_words(found["shapley_of_negative"]) if found.get("shapley_of_negative") else "",
        )
        for found in report.table.get("contributions") or ()
    )


def integration_rows(report: Report) -> Rows:
    """(variant, score, consistency, confidence, accuracy, cases)."""
    found = report.table.get("integration") or {}
    return tuple(
        (
            _variant(score),
            *(number_words(score[name]) for name in ("score", "consistency", "confidence", "accuracy")),
            str(score["n"]),
        )
        for score in found.get("scores") or ()
    )


def _variant(score: Table) -> str:
    kind = (score["consistency_variant"], score["confidence_variant"], bool(score["calibrated"]))
    return tr(_VARIANTS[kind]) if kind in _VARIANTS else ", ".join(map(str, kind[:2]))


def integration_words(report: Report) -> str:
    """How it is put together, what it must not be used for, and what fusing gains."""
    found = report.table.get("integration") or {}
    scores = found.get("scores") or ()
    if not scores:
        return ""
    consistency, confidence, accuracy = (f"{weight:g}" for weight in scores[0]["weights"])
    words = [
        tr(
            "{a} × consistency + {b} × confidence + {c} × accuracy. It rewards certainty and agreement, not "
            "correctness alone: read it with its parts, and never rank models by it.",
            a=consistency,
            b=confidence,
            c=accuracy,
        )
    ]
    if gain := found.get("complementarity"):
        words.append(
            tr(
                "Against the best single modality ({name}, {n} cases) fusing sets right {gained} of the cases and "
                "spoils {lost} ({p}, McNemar).",
                name=_title(report, gain["best_modality"]),
                n=gain["n"],
                gained=percent_words(gain["gained"], 1),
                lost=percent_words(gain["lost"], 1),
                p=p_words(gain["p_value"]),
            )
        )
    return " ".join(words)
