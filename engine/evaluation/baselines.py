"""What can be told without any image: the yardsticks that stand beside every model.

The size of the picture alone tells something in real data sets (machines and readers crop malignant lesions in another
way), and descriptors alone tell much. A model that does not pass them has learnt nothing from the image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from engine.evaluation.figures import Figure
from engine.evaluation.roc import PairedDifference, auc, paired_difference

Floats = npt.NDArray[np.floating]
Flags = npt.NDArray[np.bool_]

LOGISTIC, FOREST = "logistic regression", "random forest of 20 trees"
FOLDS = 5
FEWEST = 10
"""Patients of either class, below which nothing is fitted."""


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """One yardstick on the cases that have what it needs.

    Attributes
    ----------
    how : in words. missing : why there is none, else "". n : cases; auc : None where missing.
    model_auc : of the model on the same cases; difference : model minus baseline.
    probability : (N,) cross-fitted, NaN for the other cases.
    """

    name: str
    how: str
    missing: str = ""
    n: int = 0
    auc: Figure | None = None
    model_auc: Figure | None = None
    difference: PairedDifference | None = None
    probability: Floats | None = None

    def as_table(self) -> dict[str, object]:
        """For JSON; the probabilities of single cases are left to the table of cases."""
        return {name: value for name, value in vars(self).items() if name != "probability"}


def baseline(
    name: str,
    features: Floats | None,
    probability: Floats,
    positive: Flags,
    *,
    groups: npt.NDArray[np.generic],
    folds: npt.NDArray[np.integer],
    method: str = LOGISTIC,
    seed: int = 0,
) -> Baseline:
    """A small model of some features, cross-fitted by patient: no case is scored by a fit that saw it.

    Parameters
    ----------
    features : (N, F), rows with NaN are left out; None = not known at all.
    probability : (N,) of the model. positive : (N,) bool. groups : (N,) patients.
    folds : (N,) folds that come with the data, 0 = none; they are used where every case has one.
    method : `LOGISTIC`, or `FOREST` where the share of positive cases need not rise with a feature.
    """
    if features is None:
        return Baseline(name=name, how="", missing="not recorded for these cases")
    here = np.isfinite(features).all(axis=1)
    truth = positive[here]
    patients = min((len(np.unique(groups[here][truth == side])) for side in (True, False)), default=0)
    if patients < FEWEST:
        return Baseline(name=name, how="", missing=f"fewer than {FEWEST} patients of a class have it")
    used = folds[here] if (folds[here] > 0).all() and len(np.unique(folds[here])) > 1 else None
    fitted = cross_fitted(features[here], truth, groups=groups[here], folds=used, method=method, seed=seed)
    spread = np.full(len(positive), np.nan)
    spread[here] = fitted
    parts = f"{FOLDS} parts by patient" if used is None else "the folds of the data set"
    return Baseline(
        name=name,
        how=f"{method}, cross-fitted on these very cases over {parts}",
        n=int(here.sum()),
        auc=auc(fitted, truth),
        model_auc=auc(probability[here], truth),
        difference=paired_difference(probability[here], fitted, truth),
        probability=spread,
    )


def cross_fitted(
    features: Floats,
    positive: Flags,
    *,
    groups: npt.NDArray[np.generic],
    folds: npt.NDArray[np.integer] | None = None,
    method: str = LOGISTIC,
    seed: int = 0,
) -> Floats:
    """(N,) probability of each case by a fit on the other folds; features are standardised within each fit."""
    if folds is None:
        splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
        parts = [test for _, test in splitter.split(features, positive, groups)]
    else:
        parts = [np.flatnonzero(folds == fold) for fold in np.unique(folds)]
    result = np.full(len(positive), positive.mean())
    for test in parts:
        train = np.setdiff1d(np.arange(len(positive)), test)
        if len(np.unique(positive[train])) == 2:
            fit = _fresh(method, seed).fit(features[train], positive[train])
            result[test] = fit.predict_proba(features[test])[:, 1]
    return result


def _fresh(method: str, seed: int) -> Any:
    if method == FOREST:
        return RandomForestClassifier(20, min_samples_leaf=10, random_state=seed)
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def size_features(sizes: Floats | None) -> Floats | None:
    """(N, 3) width and height of the picture and its aspect, from (N, 2) pixels."""
    if sizes is None or not np.isfinite(sizes).any():
        return None
    return np.column_stack([sizes, sizes[:, 0] / sizes[:, 1]])


def descriptor_features(descriptors: Floats | None) -> Floats | None:
    """(N, n_terms) with NaN rows for cases without descriptors; None where the task or every case has none."""
    if descriptors is None or descriptors.shape[1] == 0 or not descriptors.any():
        return None
    present: Flags = np.asarray(descriptors.any(axis=1))
    return np.where(present[:, None], descriptors.astype(np.float64), np.nan)
