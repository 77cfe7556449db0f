"""Every fusion system trained and measured with one budget: what ``sonofuse compare`` does.

A folder holds the comparison: ``comparison.json`` (the budget), ``cache/`` (the cases, simulated or decoded once),
``rows/`` (one file per finished system), and the table. A finished system is not trained again.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.child import ChildProcess
from engine.data.phantom import optimum
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.files import write_atomically
from engine.domain.task import Task, load_task
from engine.models.registry import Architecture, available
from engine.serving.compare_child import TrainOne
from engine.serving.recipe import library_versions
from engine.training.cases import LabelledCases
from engine.training.kept_cases import are_kept, keep_cases, kept_cases
from engine.training.sources import load_cases

Progress = Callable[[int, int, str], None]
Row = dict[str, Any]
ENTRY = "engine.serving.compare_child:entry"
SILENT_S = 600.0
"""A child without a word for this long is ended: a step of the largest system takes seconds."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What is the same for every system.

    Attributes
    ----------
    data, validation, test : sources as for `train`; the best epoch is chosen on `validation`, the table is of `test`.
    preset : of every system; one that lacks it takes the only preset it has.
    input_size : side of the images in pixels. lr : None = what the system's preset says.
    """

    data: str
    validation: str
    test: str
    task: str = "breast_lesion"
    preset: str = "tiny"
    input_size: int = 64
    epochs: int = 8
    batch_size: int = 32
    lr: float | None = None
    seed: int = 1


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The table.

    Attributes
    ----------
    rows : of finished systems, by name, see `compare_child.train_one`.
    refused : system -> why it could not be trained for this task.
    repeats : system -> further seed of its training -> AUC with all modalities shown, on the same unseen cases.
    optima : subset, joined by "+" -> best possible AUC; empty where the cases' law is not known.
    """

    budget: Budget
    rows: tuple[Row, ...]
    refused: dict[str, str] = field(default_factory=dict)
    repeats: dict[str, dict[str, float]] = field(default_factory=dict)
    optima: dict[str, float] = field(default_factory=dict)
    classes: dict[str, int] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> bytes:
        """The content of ``table.json``."""
        return _json(asdict(self))


def compare(
    budget: Budget,
    out: Path,
    *,
    systems: Iterable[str] = (),
    more_seeds: Iterable[int] = (),
    processes: int = 2,
    workers: int = 1,
    on_progress: Progress | None = None,
) -> Comparison:
    """Train and measure what is not finished yet, and write ``table.json``.

    Parameters
    ----------
    systems : names, none = all that are registered.
    more_seeds : each system is trained again from each of these; the row is that of the budget's own seed.
    processes : systems that are trained at a time, each in a child process with one thread.
    workers : decoding processes, for cases that are not simulated.

    Raises
    ------
    CaseError
        A name or a source is not known, `out` holds a comparison with another budget or cannot be written, or a child
        was lost. Finished systems are kept.
    """
    task = load_task(budget.task)
    chosen = _chosen(systems)
    _same_budget(budget, out)
    folders = [
        _cached(out, source, task, budget.input_size, workers, on_progress)
        for source in (budget.data, budget.validation, budget.test)
    ]
    unseen = kept_cases(folders[-1], task)
    _all_classes(unseen)
    first = [_request(budget, a, folders) for a in chosen]
    # What is fitted at once gives the same answer from every seed.
    stepwise = [r for r, a in zip(first, chosen, strict=True) if not getattr(a.build, "fits_at_once", False)]
    again = [replace(r, seed=seed) for seed in dict.fromkeys(more_seeds) if seed != budget.seed for r in stepwise]
    places = {_row_file(out, r, budget): r for r in (*first, *again)}
    _train_all({p: r for p, r in places.items() if not p.is_file()}, processes, len(places), on_progress)
    found = [json.loads(_row_file(out, r, budget).read_bytes()) for r in first]
    result = Comparison(
        budget=budget,
        rows=tuple(row for row in found if "refused" not in row),
        refused={row["system"]: row["refused"] for row in found if "refused" in row},
        repeats=_repeats(again, out, budget),
        optima=_optima(task) if unseen.simulated else {},
        classes={c: int((unseen.targets == i).sum()) for i, c in enumerate(task.classes)},
        versions=library_versions(),
    )
    write_atomically(out / "table.json", result.as_json())
    return result


def _chosen(systems: Iterable[str]) -> list[Architecture]:
    known = {a.name: a for a in available()}
    names = list(dict.fromkeys(systems)) or list(known)
    for name in names:
        if name not in known:
            raise CaseError(ErrorKind.INVALID, f"There is no architecture called '{name}'. Known: {', '.join(known)}.")
    return [known[name] for name in names]


def _all_classes(cases: LabelledCases) -> None:
    absent = [c for i, c in enumerate(cases.task.classes) if not (cases.targets == i).any()]
    if absent:
        raise CaseError(
            ErrorKind.INVALID, f"The test data has no case of the class {absent[0]}. Give test data with all classes."
        )


def _same_budget(budget: Budget, out: Path) -> None:
    """Rows of different budgets never stand in one table."""
    place = out / "comparison.json"
    if place.is_file():
        if json.loads(place.read_bytes()) != asdict(budget):
            raise CaseError(
                ErrorKind.INVALID,
                f"{out} holds a comparison with another budget. Give another folder, or the options in {place.name}.",
            )
        return
    write_atomically(place, _json(asdict(budget)))


def _cached(out: Path, source: str, task: Task, size: int, workers: int, on_progress: Progress | None) -> Path:
    name = hashlib.sha256(f"{source}\0{task.name}\0{size}".encode()).hexdigest()[:16]
    folder = out / "cache" / name
    if not are_kept(folder):
        keep_cases(load_cases(source, task, size, workers=workers, on_progress=on_progress), folder)
    return folder


def _request(budget: Budget, architecture: Architecture, folders: list[Path]) -> TrainOne:
    preset = budget.preset if budget.preset in architecture.presets else architecture.presets[0]
    training, validation, test = (str(folder.resolve()) for folder in folders)
    return TrainOne(
        system=architecture.name,
        preset=preset,
        task=budget.task,
        input_size=budget.input_size,
        epochs=budget.epochs,
        batch_size=budget.batch_size,
        lr=budget.lr,
        seed=budget.seed,
        training=training,
        validation=validation,
        test=test,
    )


def _train_all(requests: dict[Path, TrainOne], processes: int, rows: int, on_progress: Progress | None) -> None:
    """Train what is asked for, each into its file; `rows` counts those that are finished already, too."""
    speaking = threading.Lock()
    finished = rows - len(requests)

    def one(place: Path, request: TrainOne) -> None:
        nonlocal finished
        with children_lock:
            child = children.enter_context(
                ChildProcess(ENTRY, name=f"training of {request.system}", start_deadline_s=SILENT_S)
            )
        row = _answer(child, request)
        child.close()
        write_atomically(place, _json(row))
        with speaking:
            finished += 1
            if on_progress:
                on_progress(finished, rows, f"{request.system} done")

    children_lock = threading.Lock()
    pool = ThreadPoolExecutor(max_workers=max(1, processes))
    # Left in this order when something fails: the children end, so that the threads that wait for them do too.
    with pool, ExitStack() as children:
        jobs = [pool.submit(one, place, request) for place, request in requests.items()]
        try:
            for job in jobs:
                job.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _answer(child: ChildProcess, request: TrainOne) -> Row:
    """The row; of a system that this task cannot have, the reason."""
    try:
        answer: Row = child.call(request, deadline_s=SILENT_S)
    except CaseError as error:
        if error.kind is not ErrorKind.INVALID:
            raise
        return {"system": request.system, "refused": error.sentence}
    return answer


def _row_file(out: Path, request: TrainOne, budget: Budget) -> Path:
    again = "" if request.seed == budget.seed else f"-seed{request.seed}"
    return out / "rows" / f"{request.system}{again}.json"


def _repeats(again: list[TrainOne], out: Path, budget: Budget) -> dict[str, dict[str, float]]:
    repeats: dict[str, dict[str, float]] = {}
    for request in again:
        row = json.loads(_row_file(out, request, budget).read_bytes())
        if "refused" not in row:
            repeats.setdefault(request.system, {})[str(request.seed)] = row["auc"]["value"]
    return repeats


def _optima(task: Task) -> dict[str, float]:
    try:
        shown = [*((m,) for m in task.modalities), task.modalities]
        return {"+".join(subset): round(optimum(subset, task.name).auc, 4) for subset in shown}
    except CaseError:  # this task has no phantom
        return {}


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
