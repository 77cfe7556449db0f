"""The worst mistakes with their pictures and heatmaps, as the model saw them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from engine.domain.prediction import Heatmap
from engine.evaluation.judgement import Judgement
from engine.evaluation.pointing import picture_part
from engine.evaluation.scored import ScoredCases
from engine.explain.overlay import blended, png
from engine.models.card import ModelCard
from engine.training.cases import LabelledCases

EACH = 6
SIDE = 260
_LESION = (255, 255, 255)
_GAP = 4
_TOLD = ("birads", "device", "histology", "diagnosis")

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One case of the gallery.

    Attributes
    ----------
    weak : there are maps, and all of them are too weak to draw.
    kind : "missed" or "false alarm"; of stages, "wrong stage". probability : of the question's yes.
    facts : what else is known, for the caption. shapley : modality -> log-odds. picture : PNG: for each image, plain
        and with its map; a white line is the lesion's mask.
    """

    name: str
    kind: str
    case_id: str
    truth: str
    called: str
    probability: float
    facts: Mapping[str, str]
    shapley: Mapping[str, float]
    weak: bool
    picture: bytes

    def as_table(self) -> dict[str, object]:
        """For JSON, without the picture."""
        return {name: value for name, value in vars(self).items() if name != "picture"}


def gallery(
    scored: ScoredCases, judgement: Judgement, cases: LabelledCases, card: ModelCard | None
) -> tuple[Mistake, ...]:
    """Up to six missed cases with the lowest, and six false alarms with the highest probability.

    Parameters
    ----------
    cases : the same cases in the same order. card : of the model whose maps these are, None without maps.
    """
    return tuple(
        _mistake(scored, judgement, cases, card, kind, number, row) for kind, number, row in _worst(scored, judgement)
    )


def _worst(scored: ScoredCases, judgement: Judgement) -> Iterator[tuple[str, int, int]]:
    if not scored.task.is_binary:
        wrong = np.flatnonzero(judgement.calls != scored.targets)
        away = np.abs(judgement.calls - scored.targets)[wrong]
        own = scored.probabilities[wrong, scored.targets[wrong]]
        for number, row in enumerate(wrong[np.lexsort((own, -away))][: 2 * EACH], start=1):
            yield "wrong stage", number, int(row)
        return
    question = scored.question
    called = question.probability >= scored.threshold
    missed = np.flatnonzero(question.positive & ~called)
    alarms = np.flatnonzero(~question.positive & called)
    for number, row in enumerate(missed[np.argsort(question.probability[missed], kind="stable")][:EACH], start=1):
        yield "missed", number, int(row)
    for number, row in enumerate(alarms[np.argsort(-question.probability[alarms], kind="stable")][:EACH], start=1):
        yield "false alarm", number, int(row)


def _mistake(
    scored: ScoredCases,
    judgement: Judgement,
    cases: LabelledCases,
    card: ModelCard | None,
    kind: str,
    number: int,
    row: int,
) -> Mistake:
    task = scored.task
    picture, weak = _picture(scored, cases, card, row, task.classes[judgement.calls[row]])
    shapley: dict[str, float] = {}
    if scored.shapley is not None:
        columns = zip(task.modalities, scored.shapley[row].tolist(), scored.present[row], strict=True)
        shapley = {modality: value for modality, value, here in columns if here}
    return Mistake(
        name=f"{kind.replace(' ', '-')}-{number:02}",
        kind=kind,
        case_id=scored.case_ids[row],
        truth=task.classes[scored.targets[row]],
        called=task.classes[judgement.calls[row]],
        probability=float(scored.question.probability[row]),
        facts={name: scored.facts[row][name] for name in _TOLD if scored.facts[row].get(name)},
        shapley=shapley,
        weak=weak,
        picture=png(picture),
    )


def _picture(
    scored: ScoredCases, cases: LabelledCases, card: ModelCard | None, row: int, towards: str
) -> tuple[Image, bool]:
    strips, maps = [], []
    for column, modality in enumerate(scored.task.images):
        if not cases.present[row, column]:
            continue
        frame = np.asarray(cases.images[modality][row])
        first = column == 0
        inside = _inside(scored, row, len(frame)) if first else np.ones(frame.shape[:2], bool)
        shown = [_enlarged(frame)]
        if card is not None and modality in scored.maps:
            heatmap = _heatmap(scored.maps[modality][row], card, towards)
            maps.append(heatmap.is_weak)
            shown.append(_placed(_enlarged(frame), heatmap, inside))
        if first and scored.masks is not None:
            shown = [_outlined(picture, scored.masks[row]) for picture in shown]
        strips.append(np.hstack([_cut(picture, inside) for picture in shown]))
    if not strips:
        return np.full((60, SIDE, 3), 235, np.uint8), False
    height = max(len(strip) for strip in strips)
    padded = [
        cv2.copyMakeBorder(s, 0, height - len(s), 0, _GAP, cv2.BORDER_CONSTANT, value=(255, 255, 255)) for s in strips
    ]
    return np.asarray(np.hstack(padded), dtype=np.uint8), bool(maps) and all(maps)


def _inside(scored: ScoredCases, row: int, side: int) -> npt.NDArray[np.bool_]:
    width, height = (np.nan, np.nan) if scored.image_sizes is None else scored.image_sizes[row]
    return picture_part(side, float(width), float(height))


def _heatmap(values: npt.NDArray[np.floating], card: ModelCard, towards: str) -> Heatmap:
    return Heatmap(
        values=np.ascontiguousarray(values, dtype=np.float32),
        x0=0.0,
        y0=0.0,
        x1=float(SIDE),
        y1=float(SIDE),
        full_scale=card.heatmap_full_scale,
        weak_below=card.heatmap_weak_below,
        towards=towards,
    )


def _placed(picture: Image, heatmap: Heatmap, inside: npt.NDArray[np.bool_]) -> Image:
    large = cv2.resize(inside.astype(np.uint8), (SIDE, SIDE), interpolation=cv2.INTER_NEAREST).astype(bool)
    return np.asarray(np.where(large[:, :, None], blended(picture, heatmap), picture), dtype=np.uint8)


def _enlarged(frame: Image) -> Image:
    return np.asarray(cv2.resize(frame, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def _outlined(picture: Image, mask: npt.NDArray[np.uint8]) -> Image:
    large = cv2.resize((mask > 0).astype(np.uint8), (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
    lines, _ = cv2.findContours(large, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(picture.copy(), lines, -1, _LESION, 1, cv2.LINE_AA), dtype=np.uint8)


def _cut(picture: Image, inside: npt.NDArray[np.bool_]) -> Image:
    """Without the padding."""
    scale = SIDE / len(inside)
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    top, bottom = int(rows[0] * scale), max(int((rows[-1] + 1) * scale), 1)
    left, right = int(columns[0] * scale), max(int((columns[-1] + 1) * scale), 1)
    cut = picture[top:bottom, left:right]
    return np.asarray(
        cv2.copyMakeBorder(cut, 0, 0, 0, _GAP, cv2.BORDER_CONSTANT, value=(255, 255, 255)), dtype=np.uint8
    )
