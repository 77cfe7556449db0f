"""Do evidence maps lie on the lesion: the pointing game and the share of evidence inside the lesion's mask.

J. Zhang et al., Top-down neural attention by excitation backprop, IJCV 126 (2018): the pointing game, here without
tolerance. H. Wang et al., Score-CAM (CVPR workshop 2020): energy-based pointing game. Both beside what chance gives:
the mask's share of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from engine.evaluation.figures import Z95, Figure, proportion

Floats = npt.NDArray[np.floating]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Pointing:
    """One map against one mask.

    Attributes
    ----------
    hit : the greatest evidence lies inside the mask. energy : share of the evidence above zero that does, NaN where
        there is none. chance : the mask's share of the picture.
    """

    hit: bool
    energy: float
    chance: float


@dataclass(frozen=True, kw_only=True)
class PointingFigures:
    """Over some cases.

    Attributes
    ----------
    cases : which ones, in words. n : cases with a mask and a map that is not all zero.
    hits : share of hits. energy, chance : means. times_chance : mean energy over mean chance; 1 = as good as chance.
    """

    cases: str
    n: int
    hits: Figure
    energy: Figure
    chance: Figure
    times_chance: Figure


def upsampled(evidence: Floats, side: int) -> Floats:
    """(h, w) map to (side, side), linear between the centres of its cells."""
    large = cv2.resize(np.ascontiguousarray(evidence, dtype=np.float32), (side, side), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large)


def picture_part(side: int, width: float, height: float) -> Flags:
    """(side, side) bool: where the picture lies in its padded square, see `engine.data.preprocess.prepare`."""
    inside = np.ones((side, side), bool)
    if np.isfinite(width) and np.isfinite(height) and width > 0 and height > 0:
        scale = side / max(width, height)
        across, down = max(1, round(width * scale)), max(1, round(height * scale))
        left, top = (side - across) // 2, (side - down) // 2
        inside[:] = False
        inside[top : top + down, left : left + across] = True
    return inside


def pointing(evidence: Floats, mask: Flags, picture: Flags) -> Pointing | None:
    """Judge one map.

    Parameters
    ----------
    evidence : (h, w) any size. mask, picture : (S, S) bool; what lies outside the picture does not count.

    Returns
    -------
    None without a mask, or where the map is nowhere above zero.
    """
    inside = mask & picture
    large = np.where(picture, upsampled(evidence, mask.shape[0]), -np.inf)
    positive = np.where(picture, np.maximum(large, 0.0), 0.0)
    total = float(positive.sum())
    if not inside.any() or total <= 0:
        return None
    return Pointing(
        hit=bool(inside.ravel()[int(large.argmax())]),
        energy=float(positive[inside].sum()) / total,
        chance=float(inside.sum() / picture.sum()),
    )


def pointing_figures(cases: str, judged: list[Pointing]) -> PointingFigures | None:
    """Means with normal intervals over the cases, Wilson's for the hits; None without a case."""
    if not judged:
        return None
    energy, chance = np.array([p.energy for p in judged]), np.array([p.chance for p in judged])
    return PointingFigures(
        cases=cases,
        n=len(judged),
        hits=proportion(sum(p.hit for p in judged), len(judged)),
        energy=_mean(energy),
        chance=_mean(chance),
        times_chance=_ratio(energy, chance),
    )


def rank_similarity(first: Floats, second: Floats) -> float:
    """Spearman's correlation of two maps (h, w); 0 where one of them is flat, as it then shows nothing of the other."""
    a, b = _ranks(first), _ranks(second)
    spread = np.sqrt((a * a).sum() * (b * b).sum())
    return float((a * b).sum() / spread) if spread > 0 else 0.0


def _ranks(values: Floats) -> Floats:
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count + 1) / 2)[place.ravel()]
    result: Floats = ranks - ranks.mean()
    return result


def mean_figure(values: Floats) -> Figure:
    """Mean of (N,) with a normal interval."""
    return _mean(np.asarray(values, dtype=np.float64))


def _mean(values: Floats) -> Figure:
    n, mean = len(values), float(values.mean())
    half = Z95 * float(values.std(ddof=1)) / np.sqrt(n) if n > 1 else None
    return Figure(
        value=mean, low=None if half is None else mean - half, high=None if half is None else mean + half, n=n
    )


def _ratio(energy: Floats, chance: Floats) -> Figure:
    """Ratio of the means with the interval by linearisation (Cochran, Sampling Techniques, section 6.4)."""
    n, ratio = len(energy), float(energy.sum() / chance.sum())
    if n < 2:
        return Figure(value=ratio, n=n)
    rest = energy - ratio * chance
    half = Z95 * float(rest.std(ddof=1)) / np.sqrt(n) / float(chance.mean())
    return Figure(value=ratio, low=ratio - half, high=ratio + half, n=n)
