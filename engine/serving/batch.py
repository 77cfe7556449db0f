"""Scoring a whole folder: cases decoded ahead in child processes, scored, written, and resumable at any point."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.data.decoding import Decoder, DecoderPool
from engine.data.folder import open_folder
from engine.data.preprocess import PreparedCase
from engine.domain.case import Case, StudyFolder
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.prediction import Prediction
from engine.domain.task import Task, load_task
from engine.models.files import ModelFile
from engine.serving.archive import score_on_cluster
from engine.serving.batch_options import BatchOptions, BatchSummary
from engine.serving.batch_output import BatchOutput, root_of
from engine.serving.choice import choose_model, likely_size, why_not
from engine.serving.devices import usable_cores
from engine.serving.journal import Entry, Journal, case_key
from engine.serving.loading import Loading
from engine.serving.pictures import PictureWriter
from engine.serving.predictor import Predictor
from engine.serving.results import Row, Status, case_row, damaged, scored_row

Progress = Callable[[int, int, str], None]
"""Called with (step, total, phase): SCORING, or what is being read."""

OnRow = Callable[[int, Row], None]
"""Called with the number of a case and its row as soon as it stands."""

SCORING = "scoring"

PICTURE_WRITERS = 2
"""Threads that draw and write pictures, so that a slow disk does not hold up the model."""


def score_folder(
    options: BatchOptions, on_progress: Progress | None = None, on_row: OnRow | None = None
) -> BatchSummary:
    """Score all cases of a folder and write results.csv, timings.csv, refusals.csv, run.json, index.html and pictures.

    Ctrl-C (KeyboardInterrupt) ends the run; what was scored until then is written and the summary says so.

    Raises
    ------
    CaseError
        UNREADABLE: no such folder; MODEL or INVALID: the named model cannot be used, or nothing fits the options;
        STORAGE: the output folder cannot be written.
    """
    return _Run(options, on_progress or (lambda *_: None), on_row or (lambda *_: None)).run()


@dataclass(frozen=True)
class _Scored:
    """A prediction whose pictures are being written."""

    index: int
    case: Case
    prediction: Prediction
    wait_ms: float
    pictures: Future[dict[str, tuple[str, ...]]]


@dataclass
class _Run:
    options: BatchOptions
    on_progress: Progress
    on_row: OnRow
    rows: dict[int, Row] = field(default_factory=dict)
    entries: dict[int, Entry] = field(default_factory=dict)
    resumed: int = 0
    cancelled: bool = False

    def run(self) -> BatchSummary:
        start = time.perf_counter()
        options = self.options
        task = load_task(options.task)
        with ExitStack() as stack:
            named = choose_model((), task, options.model) if options.model is not None else None
            pool = stack.enter_context(DecoderPool(options.workers or usable_cores()))
            pool.start()
            likely = [likely_size(task, named, simulated=simulated) for simulated in (False, True)]
            pool.keep_squares(real=likely[0], simulated=likely[1])
            loading = stack.enter_context(Loading(named, options.device))
            study = open_folder(
                str(options.folder), task=task.name, decoders=pool, on_progress=loading.checked(self.on_progress)
            )
            file, refusal = (named, "") if named else _fitting_model(study, task)
            predictor = stack.enter_context(loading.predictor(file)) if file else None
            output = BatchOutput(options, task, study)
            try:
                if predictor is None:
                    self._skip_all(study, task, refusal)
                else:
                    self._score(stack, study, task, predictor, pool)
            except KeyboardInterrupt:
                self.cancelled = True
            summary = self._summary(study, predictor, time.perf_counter() - start)
            output.write(self.rows, self.entries, summary, predictor.card if predictor else None)
            return summary

    def _skip_all(self, study: StudyFolder, task: Task, reason: str) -> None:
        for index, case in enumerate(study.cases):
            self._put(index, case_row(task, case, root_of(study), Status.SKIPPED, reason=reason))

    def _put(self, index: int, row: Row) -> None:
        self.rows[index] = row
        self.on_row(index, row)

    def _score(self, stack: ExitStack, study: StudyFolder, task: Task, predictor: Predictor, pool: DecoderPool) -> None:
        options = self.options
        journal = stack.enter_context(Journal(options.out, self._head(predictor), resume=options.resume))
        decoder = stack.enter_context(Decoder()) if options.heatmaps else None
        pictures = PictureWriter(options.out, task, decoder)
        writers = ThreadPoolExecutor(PICTURE_WRITERS, thread_name_prefix="pictures")
        stack.callback(writers.shutdown, cancel_futures=True)
        todo = self._to_do(study, task, predictor, journal)
        self.on_progress(len(self.rows), len(study.cases), SCORING)
        if options.cluster is not None:
            self._score_on_cluster(study, task, predictor, journal, todo)
            return
        prepared = self._prepared(study, task, predictor, pool, todo)
        stream = predictor.stream(
            prepared,
            heatmaps=options.heatmaps,
            contributions=options.contributions,
            dropout_passes=options.dropout_passes,
        )
        waiting: deque[_Scored] = deque()
        for (index, case, item, wait_ms), result in stream:
            if isinstance(result, Prediction):
                waiting.append(
                    _Scored(index, case, result, wait_ms, writers.submit(pictures.write, case, item, result))
                )
            else:
                status = Status.SKIPPED if result.kind is ErrorKind.UNSUPPORTED else Status.FAILED
                name = predictor.card.name
                self._put(index, case_row(task, case, root_of(study), status, model=name, reason=result.sentence))
            while waiting and (len(waiting) > 4 * PICTURE_WRITERS or waiting[0].pictures.done()):
                self._record(waiting.popleft(), study, task, journal)
        while waiting:
            self._record(waiting.popleft(), study, task, journal)

    def _score_on_cluster(
        self, study: StudyFolder, task: Task, predictor: Predictor, journal: Journal, todo: list[int]
    ) -> None:
        cases = [(index, study.cases[index]) for index in todo]
        for done in score_on_cluster(self.options, root_of(study), cases, predictor.file):
            if done.row.status is Status.SCORED:
                entry = Entry(row=done.row, pictures=done.pictures, timing=done.timing)
                journal.add(case_key(task, study.cases[done.number]), entry)
                self.entries[done.number] = entry
            self._put(done.number, done.row)
            self.on_progress(len(self.rows), len(study.cases), SCORING)

    def _record(self, scored: _Scored, study: StudyFolder, task: Task, journal: Journal) -> None:
        """A case counts as scored when its pictures are written, too."""
        row = scored_row(task, scored.case, root_of(study), scored.prediction)
        timing = {"decode_wait_ms": scored.wait_ms, "model_ms": scored.prediction.seconds * 1000}
        entry = Entry(row=row, pictures=scored.pictures.result(), timing=timing)
        journal.add(case_key(task, scored.case), entry)
        self.entries[scored.index] = entry
        self._put(scored.index, row)
        self.on_progress(len(self.rows), len(study.cases), SCORING)

    def _to_do(self, study: StudyFolder, task: Task, predictor: Predictor, journal: Journal) -> list[int]:
        """Cases that remain; those that are skipped or done already get their rows."""
        todo = []
        for index, case in enumerate(study.cases):
            reason = why_not(predictor.card, case, self.options.model)
            done = journal.done.get(case_key(task, case)) if journal.done else None
            if reason is not None:
                self._put(index, case_row(task, case, root_of(study), Status.SKIPPED, reason=reason))
            elif done is not None:
                self.entries[index] = done
                self._put(index, done.row)
                self.resumed += 1
            else:
                todo.append(index)
        return todo

    def _prepared(
        self, study: StudyFolder, task: Task, predictor: Predictor, pool: DecoderPool, todo: list[int]
    ) -> Iterator[tuple[tuple[int, Case, PreparedCase, float], PreparedCase]]:
        """What the predictor takes, with its key; cases that cannot be decoded get their rows and are left out."""
        cases = [study.cases[index] for index in todo]
        asked = time.perf_counter()
        decoded = pool.prepared_cases(cases, task, predictor.card.input_size)
        for index, (case, item) in zip(todo, decoded, strict=True):
            wait_ms = (time.perf_counter() - asked) * 1000
            if isinstance(item, CaseError):
                name, reason = predictor.card.name, item.sentence
                self._put(index, case_row(task, case, root_of(study), Status.FAILED, model=name, reason=reason))
                self.on_progress(len(self.rows), len(study.cases), SCORING)
            else:
                yield (index, case, item, wait_ms), item
            asked = time.perf_counter()

    def _head(self, predictor: Predictor) -> dict[str, Any]:
        """What a run that is resumed must have in common with the one before."""
        return {
            "sha256": predictor.card.sha256,
            "threshold": predictor.card.threshold,
            "temperature": predictor.card.temperature,
            "task": self.options.task,
            "heatmaps": self.options.heatmaps,
            "contributions": self.options.contributions,
            "dropout_passes": self.options.dropout_passes,
            "device": predictor.device.kind,
        }

    def _summary(self, study: StudyFolder, predictor: Predictor | None, seconds: float) -> BatchSummary:
        counts = {status: sum(r.status is status for r in self.rows.values()) for status in Status}
        counts[Status.FAILED] += len(damaged(study.refusals))
        reasons = [r.reason for r in self.rows.values() if r.status is not Status.SCORED]
        tables = [r.sentence for r in study.refusals if r.kind is ErrorKind.INVALID]
        return BatchSummary(
            scored=counts[Status.SCORED],
            failed=counts[Status.FAILED],
            skipped=counts[Status.SKIPPED],
            resumed=self.resumed,
            refused=len(study.refusals),
            cancelled=self.cancelled,
            seconds=round(seconds, 3),
            model=predictor.card.name if predictor else "",
            device=predictor.device.name if predictor else "",
            first_reason=reasons[0] if reasons else _nothing_found(study),
            tables=tables[0] if tables else "",
        )


def _fitting_model(study: StudyFolder, task: Task) -> tuple[ModelFile | None, str]:
    """The installed model that fits, or None and why there is none."""
    try:
        return choose_model(study.cases, task), ""
    except CaseError as error:
        if error.kind is not ErrorKind.MODEL:
            raise
        return None, error.sentence


def _nothing_found(study: StudyFolder) -> str:
    if study.cases:
        return ""
    where = f" {len(study.refusals)} files were not opened; refusals.csv says why." if study.refusals else ""
    return f"No ultrasound case was found in {Path(study.path).name}.{where}"
