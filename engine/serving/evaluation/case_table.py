"""``cases.csv``: one row for each case of a report, from which the window draws and finds cases."""

from __future__ import annotations

import csv
import io

import numpy as np
import numpy.typing as npt

from engine.evaluation.judgement import Judgement
from engine.evaluation.scored import ScoredCases
from engine.evaluation.subgroups import lesion_sizes

FACTS = ("birads", "device", "site", "side", "source", "histology")
CASES_FILE = "cases.csv"


def case_table(scored: ScoredCases, judgement: Judgement, projection: npt.NDArray[np.floating] | None = None) -> bytes:
    """The file's content.

    ``case_id, fold, truth, called, right`` (of the class called), ``probability`` of the question's yes, one
    ``p_<class>`` per class, ``present`` (modalities, joined by a plus), the facts that are known, lesion size, the
    baselines' cross-fitted probabilities, Shapley values in log-odds and the projection. Empty = not known. No patient
    ids.
    """
    columns = _columns(scored, judgement, projection)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue().encode()


def _columns(
    scored: ScoredCases, judgement: Judgement, projection: npt.NDArray[np.floating] | None
) -> dict[str, list[str]]:
    names, modalities = scored.task.classes, scored.task.modalities
    right = judgement.calls == scored.targets
    columns = {
        "case_id": list(scored.case_ids),
        "fold": [str(f) if f else "" for f in scored.folds],
        "truth": [names[t] for t in scored.targets],
        "called": [names[c] for c in judgement.calls],
        "right": ["yes" if r else "no" for r in right],
        "probability": _numbers(scored.question.probability),
    }
    columns |= {f"p_{name}": _numbers(scored.probabilities[:, i]) for i, name in enumerate(names)}
    columns["present"] = [
        " + ".join(m for m, here in zip(modalities, row, strict=True) if here) for row in scored.present
    ]
    for name in FACTS:
        values = [str(v) for v in scored.fact(name)]
        if any(values):
            columns[name] = values
    sizes = lesion_sizes(scored)
    if sizes is not None:
        columns[sizes[0]] = _numbers(sizes[1])
    for item in judgement.baselines:
        if item.probability is not None:
            columns[f"p_by_{item.name.replace(' ', '_')}"] = _numbers(item.probability)
    if scored.shapley is not None:
        columns |= {f"shapley_{m}": _numbers(scored.shapley[:, i]) for i, m in enumerate(modalities)}
    if projection is not None:
        columns |= {"projection_x": _numbers(projection[:, 0]), "projection_y": _numbers(projection[:, 1])}
    return columns


def _numbers(values: npt.NDArray[np.floating]) -> list[str]:
    return ["" if not np.isfinite(v) else f"{v:.6g}" for v in values]
