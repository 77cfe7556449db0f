"""A few cases of an archive, scored on whatever machine they came to: the same steps as in a run on one machine.

It knows nothing of the cluster; `engine.serving.archive` sends the chunks. Files are opened by their paths, so that
archive and model lie on storage which all machines see under the same name.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from engine.child.codec import decode, encode
from engine.data.decoding import Decoder
from engine.data.preprocess import PreparedCase
from engine.domain.case import Case
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.prediction import Prediction
from engine.domain.task import Task, load_task
from engine.models.files import find_model
from engine.serving.pictures import draw_pictures
from engine.serving.predictor import Predictor
from engine.serving.results import Row, Status, case_row, scored_row

_Item = tuple[tuple[int, Case, PreparedCase, float], PreparedCase]


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """What one machine is asked at a time.

    Attributes
    ----------
    cases, numbers : cases and their places in the run.
    root : folder that paths in the table are relative to.
    model, sha256 : weights file and what it must be.
    device : "cpu" or "cuda".
    """

    cases: tuple[Case, ...]
    numbers: tuple[int, ...]
    task: str
    root: str
    model: str
    sha256: str
    device: str = "cpu"
    heatmaps: bool = False
    contributions: bool = False
    dropout_passes: int = 0


@dataclass(frozen=True, kw_only=True)
class ChunkCase:
    """What came of one case.

    Attributes
    ----------
    pictures : modality -> names of its pictures; files : name -> content, to be written below the output folder.
    timing : milliseconds by name.
    """

    number: int
    row: Row
    pictures: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    timing: Mapping[str, float] = field(default_factory=dict)


def score_message(message: bytes) -> bytes:
    """Score the `Chunk` in a message; the answer holds a tuple of `ChunkCase`, or the `CaseError` that ended it."""
    try:
        return encode(score_chunk(decode(message)))
    except CaseError as error:
        return encode(error)


def score_chunk(chunk: Chunk) -> tuple[ChunkCase, ...]:
    """Score the cases; model and decoding process stay for the next chunk of the same run.

    Raises
    ------
    CaseError
        MODEL: this machine does not see the model, or sees another one.
    """
    predictor, decoder = _ready(chunk.model, chunk.sha256, chunk.device)
    task = load_task(chunk.task)
    done: dict[int, ChunkCase] = {}
    stream = predictor.stream(
        _prepared(chunk, task, predictor, decoder, done),
        heatmaps=chunk.heatmaps,
        contributions=chunk.contributions,
        dropout_passes=chunk.dropout_passes,
    )
    for (number, case, item, wait_ms), result in stream:
        if not isinstance(result, Prediction):
            status = Status.SKIPPED if result.kind is ErrorKind.UNSUPPORTED else Status.FAILED
            done[number] = _without_score(chunk, task, number, case, result, status, predictor)
            continue
        drawing = draw_pictures(task, decoder if chunk.heatmaps else None, case, item, result)
        done[number] = ChunkCase(
            number=number,
            row=scored_row(task, case, Path(chunk.root), result),
            pictures=drawing.by_modality,
            files=drawing.files,
            timing={"decode_wait_ms": wait_ms, "model_ms": result.seconds * 1000},
        )
    return tuple(done[n] for n in chunk.numbers)


def _prepared(
    chunk: Chunk, task: Task, predictor: Predictor, decoder: Decoder, done: dict[int, ChunkCase]
) -> Iterator[_Item]:
    """Decoded cases; those that cannot be decoded are done already."""
    for number, case in zip(chunk.numbers, chunk.cases, strict=True):
        asked = time.perf_counter()
        try:
            item = decoder.prepare_case(case, task, predictor.card.input_size)
        except CaseError as error:
            done[number] = _without_score(chunk, task, number, case, error, Status.FAILED, predictor)
            continue
        yield (number, case, item, (time.perf_counter() - asked) * 1000), item


def _without_score(
    chunk: Chunk, task: Task, number: int, case: Case, error: CaseError, status: Status, predictor: Predictor
) -> ChunkCase:
    row = case_row(task, case, Path(chunk.root), status, model=predictor.card.name, reason=error.sentence)
    return ChunkCase(number=number, row=row)


@lru_cache(maxsize=1)
def _ready(model: str, sha256: str, device: str) -> tuple[Predictor, Decoder]:
    """Model and decoding process of this worker; one thread, as the cluster starts one worker per core."""
    try:
        file = find_model(model)
    except CaseError as error:
        raise _unseen(model) from error
    if file.card.sha256 != sha256:
        raise _unseen(model)
    return Predictor(file, device, workers=1), Decoder()


def _unseen(model: str) -> CaseError:
    return CaseError(
        ErrorKind.MODEL,
        f"A machine of the cluster does not see the model {Path(model).stem} as it is here. Put it on storage that all "
        "machines share, and name it by its file.",
    )
