"""The files of a batch run, each written whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.domain.case import StudyFolder
from engine.domain.files import remove_unfinished, write_atomically
from engine.domain.task import Task
from engine.models.card import ModelCard
from engine.serving.batch_options import BatchOptions, BatchSummary
from engine.serving.contact_sheet import SheetCase, contact_sheet
from engine.serving.journal import Entry
from engine.serving.pictures import FOLDERS
from engine.serving.recipe import run_json
from engine.serving.results import Row, csv_bytes, damaged, refusal_row, refusals_csv, results_csv, text_cell

_TIMES = ("decode_wait_ms", "model_ms")


def root_of(study: StudyFolder) -> Path:
    """The folder that paths in the tables are relative to: the one that was scored, or that the manifest lies in."""
    path = Path(study.path)
    return path if path.is_dir() else path.parent


class BatchOutput:
    """Writes results.csv, timings.csv, refusals.csv, index.html and run.json; pictures are written case by case."""

    def __init__(self, options: BatchOptions, task: Task, study: StudyFolder) -> None:
        for folder in (options.out, *(options.out / name for name in FOLDERS)):
            remove_unfinished(folder)  # of a run that was killed
        self._options = options
        self._task = task
        self._study = study

    def write(
        self, rows: Mapping[int, Row], entries: Mapping[int, Entry], summary: BatchSummary, card: ModelCard | None
    ) -> None:
        """All files; rows in the order of the cases, then the damaged files.

        Parameters
        ----------
        rows, entries : by number of the case; of a cancelled run only those that are done.

        Raises
        ------
        CaseError
            STORAGE: the folder cannot be written; files of an earlier run are intact.
        """
        root = root_of(self._study)
        refused = [refusal_row(r, root) for r in damaged(self._study.refusals)]
        ordered = sorted(rows)
        table = [rows[i] for i in ordered] + refused
        cases = [SheetCase(row=rows[i], pictures=entries[i].pictures if i in entries else {}) for i in ordered]
        cases += [SheetCase(row=row, pictures={}) for row in refused]
        outcome = vars(summary)
        self._put("results.csv", self._table(table))
        self._put("timings.csv", self._timings(rows, entries))
        self._put("refusals.csv", refusals_csv(self._study.refusals, root))
        self._put("index.html", contact_sheet(self._task, card, cases, summary_sentence(summary)))
        recipe = run_json(
            command=self._options.command, arguments=self._options.arguments(), card=card, outcome=outcome
        )
        self._put("run.json", recipe)

    def _table(self, rows: Sequence[Row]) -> bytes:
        return results_csv(self._task, rows, self._options.contributions, self._options.dropout_passes > 0)

    def _timings(self, rows: Mapping[int, Row], entries: Mapping[int, Entry]) -> bytes:
        lines = [["case_id", "status", *_TIMES]]
        for index in sorted(rows):
            timing = entries[index].timing if index in entries else {}
            times = [f"{timing[t]:.3f}" if t in timing else "" for t in _TIMES]
            lines.append([text_cell(rows[index].case_id), rows[index].status.value, *times])
        return csv_bytes(lines)

    def _put(self, name: str, data: bytes) -> None:
        write_atomically(self._options.out / name, data)


def summary_sentence(summary: BatchSummary) -> str:
    """How the run went, in one sentence."""
    counts = [f"{summary.scored} scored", f"{summary.failed} failed", f"{summary.skipped} skipped"]
    taken_over = f" ({summary.resumed} of them before)" if summary.resumed else ""
    end = "Cancelled: " if summary.cancelled else ""
    return f"{end}{counts[0]}{taken_over}, {counts[1]}, {counts[2]}."
