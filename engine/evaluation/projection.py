"""Fused features in two dimensions, for a look at what the model holds for alike (van der Maaten and Hinton 2008)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.preprocessing import StandardScaler

Floats = npt.NDArray[np.floating]

FEWEST = 10
MOST = 2000
_WIDTH = 50


def projected(fused: Floats, *, seed: int = 0) -> Floats | None:
    """(N, 2) t-SNE of (N, F) features after standardising and 50 principal components; None with fewer than 10 cases.

    Above 2,000 cases a drawn part is projected, the other rows are NaN. Distances between groups mean nothing.
    """
    n = len(fused)
    if n < FEWEST or not np.isfinite(fused).all():
        return None
    rows = np.sort(np.random.default_rng(seed).permutation(n)[:MOST])
    features = StandardScaler().fit_transform(fused[rows].astype(np.float64))
    width = min(_WIDTH, *features.shape)
    reduced = PCA(width, random_state=seed).fit_transform(features)
    perplexity = min(30.0, (len(rows) - 1) / 3)
    result = np.full((n, 2), np.nan)
    result[rows] = TSNE(2, perplexity=perplexity, init="pca", random_state=seed).fit_transform(reduced)
    return result
