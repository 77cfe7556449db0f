"""Entry of the child process that scores whole folders: the same code as `sonofuse score`, stopped by cancel."""

from __future__ import annotations

import _thread
import csv
import io
import shlex
import signal
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.child import Context, Handler
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.files import write_atomically
from engine.domain.task import Task, load_task
from engine.jobs.batch_requests import BatchEnd, BatchLine, BatchStep, SaveTable, ScoreFolder

if TYPE_CHECKING:
    from engine.serving.batch_options import BatchOptions, BatchSummary
    from engine.serving.results import Row

CANCEL_POLL_S = 0.05


def batch() -> Handler:
    """Handler of `ScoreFolder` and `SaveTable`."""

    def handle(request: Any, context: Context) -> Any:
        match request:
            case ScoreFolder():
                return _score(request, context)
            case SaveTable():
                return _save(request)
        raise CaseError(ErrorKind.INVALID, "This request is not known here.", type(request).__name__)

    return handle


def _score(request: ScoreFolder, context: Context) -> BatchEnd:
    context.progress(0, 0, BatchStep(phase="starting"))  # the libraries take a while
    from engine.serving.batch import SCORING, score_folder

    task = load_task(request.task)
    brake = _Brake(context)
    last = (0, 0)

    def on_progress(step: int, total: int, phase: str) -> None:
        nonlocal last
        last = step, total
        if phase == SCORING and step == total:
            brake.release()  # nothing is left but to write the tables
        brake.tell(step, total, BatchStep(phase=phase))

    def on_row(index: int, row: Row) -> None:
        brake.tell(*last, BatchStep(phase=SCORING, index=index, line=line_of(task, row)))

    with brake:
        summary = score_folder(_options(request), on_progress, on_row)
    return _end(request, task, summary)


def _options(request: ScoreFolder) -> BatchOptions:
    from engine.serving.batch_options import BatchOptions
    from engine.serving.wanted import DROPOUT_PASSES

    words = ["sonofuse", "score", request.folder, "--out", request.out, "--task", request.task]
    words += ["--model", request.model] if request.model else []
    words += ["--device", request.device] if request.device != "auto" else []
    words += [f"--{name}" for name in ("heatmaps", "contributions", "uncertainty", "resume") if getattr(request, name)]
    return BatchOptions(
        folder=Path(request.folder),
        out=Path(request.out),
        task=request.task,
        model=request.model,
        command=shlex.join(words),
        heatmaps=request.heatmaps,
        contributions=request.contributions,
        dropout_passes=DROPOUT_PASSES if request.uncertainty else 0,
        resume=request.resume,
        device=request.device,
    )


def _end(request: ScoreFolder, task: Task, summary: BatchSummary) -> BatchEnd:
    from engine.serving.batch_output import summary_sentence

    return BatchEnd(
        out=request.out,
        sentence=summary_sentence(summary),
        scored=summary.scored,
        failed=summary.failed,
        skipped=summary.skipped,
        resumed=summary.resumed,
        refused=summary.refused,
        cancelled=summary.cancelled,
        seconds=summary.seconds,
        model=summary.model,
        first_reason=summary.first_reason,
        lines=_written(task, Path(request.out) / "results.csv"),
    )


def _written(task: Task, table: Path) -> tuple[BatchLine, ...]:
    """What stands in results.csv: the window shows the file, not a memory of it."""
    rows = csv.DictReader(io.StringIO(table.read_text(encoding="utf-8"), newline=""))
    return tuple(_line(task, row, {c: row.get(f"probability_{c}", "") for c in task.classes}) for row in rows)


def line_of(task: Task, row: Row) -> BatchLine:
    """A row of the results as the window shows it."""
    cells = {**vars(row), "status": row.status.value}
    return _line(task, cells, row.probabilities)


def _line(task: Task, cells: Mapping[str, Any], probabilities: Mapping[str, str]) -> BatchLine:
    shown = task.positive_class if task.is_binary else cells["predicted_class"]
    return BatchLine(
        case_id=cells["case_id"],
        status=cells["status"],
        file=cells["bmode_file"] or cells["second_file"],
        patient_id=cells["patient_id"],
        predicted=cells["predicted_class"],
        probability=_number(probabilities.get(shown, "")),
        threshold=_number(cells["threshold"]),
        reason=cells["reason"],
    )


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


def _save(request: SaveTable) -> str:
    source = Path(request.out) / "results.csv"
    try:
        data = source.read_bytes()
    except OSError as error:
        sentence = f"{source} cannot be read ({error.strerror}). Score the folder again."
        raise CaseError(ErrorKind.UNREADABLE, sentence, str(error)) from error
    write_atomically(Path(request.path), data)
    return request.path


class _Brake:
    """While it is on, a cancel interrupts the main thread wherever it is, as Ctrl-C does on the command line.

    What the run has by then is written; a cancel that comes while nothing is open yet ends in a STOPPED error.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._on = self._is_telling = self._is_due = False
        self._over = threading.Event()
        # SIGINT would come from the terminal, too; where there is no other signal it has to do.
        self._signal: signal.Signals = getattr(signal, "SIGUSR1", signal.SIGINT)
        self._before: Any = None
        self._watch = threading.Thread(target=self._wait, daemon=True, name="cancel")

    def tell(self, step: int, total: int, note: BatchStep) -> None:
        """Progress for the window, a whole message even when a cancel comes meanwhile."""
        self._is_telling = True
        try:
            self._context.progress(step, total, note)
        except CaseError:
            self._is_due = True
        finally:
            self._is_telling = False
        if self._is_due:
            self._pull()

    def release(self) -> None:
        """From here on the run goes to its end."""
        self._on = False

    def __enter__(self) -> _Brake:
        self._before = signal.signal(self._signal, self._pull)
        self._on = True
        self._watch.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._on = False
        self._over.set()
        self._watch.join()
        signal.signal(self._signal, self._before)
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            raise CaseError(ErrorKind.STOPPED, "Cancelled.") from None

    def _pull(self, *_: object) -> None:
        if self._is_telling:
            self._is_due = True
            return
        self._is_due = False
        self._context.obeyed()
        if self._on:
            self._on = False  # once: what follows is the writing of the tables
            raise KeyboardInterrupt

    def _wait(self) -> None:
        while not self._over.wait(CANCEL_POLL_S):
            if self._context.cancelled:
                _interrupt(self._signal)
                return


def _interrupt(number: signal.Signals) -> None:
    send: Callable[[int, signal.Signals], None] | None = getattr(signal, "pthread_kill", None)
    main = threading.main_thread().ident
    if send is not None and main is not None:
        send(main, number)  # wakes it from waiting, too
    else:
        _thread.interrupt_main(number)
