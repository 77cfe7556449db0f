"""Several cross-validated models joined into one: `engine.models.ensemble`, calibrated on the mean of their answers.

Each member's tables of out-of-fold answers lie beside its weights. As all members left out the same patients in the
same folds, the mean of their answers to a case is what the ensemble of the members that did not see it would have said.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.files import write_atomically
from engine.domain.task import Task, load_task
from engine.models.files import ModelFile, load_model, save_model
from engine.models.registry import create_model
from engine.training.cases import LabelledCases
from engine.training.finishing import measured_fields, modalities_seen, not_for
from engine.training.out_of_fold import Row, logit_columns, read_rows, rows_csv
from engine.training.run_folder import OUT_OF_FOLD
from engine.training.sharpening import sharpen_by_folds
from engine.training.sources import Progress, load_cases


def join(
    members: Sequence[ModelFile], data: str, *, name: str, out: Path, on_progress: Progress | None = None
) -> ModelFile:
    """Write the ensemble with its card and its tables of answers into a folder.

    Parameters
    ----------
    data : the cases that all members were trained on, in any order.

    Raises
    ------
    CaseError
        INVALID: the members answer different questions, have no answers of a cross-validation with the same folds, or
        not to these cases; STORAGE: the folder cannot be written.
    """
    cards = [m.card for m in members]
    task = load_task(cards[0].task)
    if len(members) < 2 or any(c.task != task.name for c in cards):
        raise CaseError(ErrorKind.INVALID, "Name two or more models of the same task to join.")
    tables = _mean_tables(task, members)
    options = [{"architecture": c.architecture, "preset": c.preset, "options": dict(c.options)} for c in cards]
    model = create_model("ensemble", task, cards[0].preset, members=options).eval()
    for index, member in enumerate(members):
        model.get_submodule(f"members.{index}").load_state_dict(load_model(member).state_dict())
    cases = _in_order(load_cases(data, task, model.input_size, on_progress=on_progress), tables[OUT_OF_FOLD])
    for table, rows in tables.items():
        write_atomically(out / table, rows_csv(task, rows))
    logits = sharpen_by_folds(model, out, cases)
    return save_model(
        model,
        out,
        name=name,
        simulated_only=cases.simulated,
        trained_on=cards[0].trained_on,
        not_for=not_for(cases),
        modalities_used=modalities_seen(cases),
        recipe={"joined": [{"name": c.name, "sha256": c.sha256, "recipe": c.recipe} for c in cards]},
        **measured_fields(model, cases, None, logits, "out_of_fold"),
    )


def _mean_tables(task: Task, members: Sequence[ModelFile]) -> dict[str, list[Row]]:
    """Name of each table that all members have -> rows with the mean logits."""
    folders = [m.weights.parent for m in members]
    stem = Path(OUT_OF_FOLD).stem
    names = [p.name for p in sorted(folders[0].glob(f"{stem}*.csv")) if all((f / p.name).is_file() for f in folders)]
    if OUT_OF_FOLD not in names:
        sentence = f"To be joined, each model needs {OUT_OF_FOLD} of its cross-validation beside its weights."
        raise CaseError(ErrorKind.INVALID, sentence)
    return {name: _mean(task, [read_rows(folder / name) for folder in folders], name) for name in names}


def _mean(task: Task, tables: Sequence[list[Row]], name: str) -> list[Row]:
    found = [{(r["patient_id"], r["case_id"]): r for r in rows} for rows in tables]
    first = found[0]
    for other in found[1:]:
        if other.keys() != first.keys() or any(_answered(other[k]) != _answered(row) for k, row in first.items()):
            raise CaseError(
                ErrorKind.INVALID,
                f"The models' answers in {name} are not to the same cases in the same folds. Train them on the same "
                "data with the same folds.",
            )
    rows = []
    for key, row in first.items():
        means = {c: repr(float(np.mean([np.float32(each[key][c]) for each in found]))) for c in logit_columns(task)}
        rows.append({**row, **means})
    return rows


def _answered(row: Row) -> tuple[str, ...]:
    return row["fold"], row["target"], row["present"]


def _in_order(cases: LabelledCases, table: Sequence[Row]) -> LabelledCases:
    """The cases in the order of the rows."""
    names = zip((str(group) for group in cases.groups), cases.case_ids, strict=True)
    place = {name: row for row, name in enumerate(names)}
    keys = [(row["patient_id"], row["case_id"]) for row in table]
    if any(key not in place for key in keys):
        sentence = "The data lack cases that the models were trained on. Name all data of their training."
        raise CaseError(ErrorKind.INVALID, sentence)
    return cases.only(np.array([place[key] for key in keys], np.int64))
