"""`sonofuse scan`: what a folder holds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.console import progress_bar, spoken_errors

if TYPE_CHECKING:
    from engine.domain.case import Case, StudyFolder
    from engine.domain.task import Task


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("scan", epilog="Example: sonofuse scan study/ --out manifest.csv")(scan)


def scan(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", exists=True, help="DICOM folder, research folder or manifest.")
    ],
    out: Annotated[Path | None, typer.Option(help="Write the cases to this manifest (CSV).")] = None,
    task: Annotated[str, typer.Option(help="Task the cases are read for.")] = "breast_lesion",
) -> None:
    """List the cases of a folder and what was refused.

    Every case says why its images were put together.
    """
    with spoken_errors():
        from engine.data.folder import open_folder
        from engine.data.manifest import write_manifest
        from engine.domain.task import load_task

        with progress_bar() as show:
            study = open_folder(str(folder), task=task, workers=os.cpu_count() or 1, on_progress=show)
        _report(study, load_task(task))
        if out is not None:
            write_manifest(study, out)
            typer.echo(f"Manifest written to {out}.")


def _report(study: StudyFolder, task: Task) -> None:
    root = Path(study.path) if Path(study.path).is_dir() else Path(study.path).parent
    for case in study.cases:
        _report_case(case, task, root)
    if study.refusals:
        typer.echo(f"\nNot opened ({len(study.refusals)}):")
    for refusal in study.refusals:
        typer.echo(f"  {_shown(refusal.path, root)}: {refusal.sentence}")
    typer.echo(f"\n{len(study.cases)} cases, {len(study.refusals)} files or images not opened.")


def _report_case(case: Case, task: Task, root: Path) -> None:
    typer.echo(case.case_id)
    for modality, image in case.images.items():
        frame = f", frame {image.frame + 1} of {image.n_frames}" if image.n_frames > 1 else ""
        typer.echo(f"  {task.modality_label(modality)}: {_shown(image.path, root)}{frame} ({image.why})")
    if case.pairing:
        typer.echo(f"  pairing: {case.pairing}")
    if task.fields:
        filled = len(case.descriptors.terms)
        typer.echo(f"  descriptors: {filled} of {len(task.fields)} filled in")


def _shown(path: str, root: Path) -> str:
    from engine.serving.results import relative

    return relative(path, root).encode("utf-8", "replace").decode()
