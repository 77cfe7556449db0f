"""`sonofuse export-readings`: a training set from the person's own readings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.console import progress_bar, spoken_errors


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("export-readings", epilog="Example: sonofuse export-readings study/ --out training.csv")(
        export_readings
    )


def export_readings(
    out: Annotated[Path, typer.Option(dir_okay=False, help="The manifest (CSV).")],
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="[FOLDER]...", exists=True, help="Where the images are.")
    ] = None,
    task: Annotated[str, typer.Option(help="Task.")] = "breast_lesion",
    keep_patient_ids: Annotated[bool, typer.Option("--keep-patient-ids", help="Instead of pseudonyms.")] = False,
) -> None:
    """Write your readings as a training set.

    Those whose pathology is known. Without a folder, those that were opened before are looked through.
    """
    with spoken_errors():
        from engine.data.folder import open_folder
        from engine.data.index import remembered_folders
        from engine.data.readings_manifest import joined_folders, write_readings
        from engine.domain.errors import CaseError, ErrorKind
        from engine.store import ReadingStore
        from engine.store.training_export import read_cases

        places = [str(folder) for folder in folders or ()] or list(remembered_folders())
        if not places:
            raise CaseError(ErrorKind.INVALID, "No folder was opened before. Name the folders that hold the images.")
        with ReadingStore() as store:
            read = read_cases(store, task)
        with progress_bar() as show:
            opened = [open_folder(place, task=task, on_progress=show) for place in places]
        done = write_readings(joined_folders(opened), read, out, keep_patient_ids=keep_patient_ids)
        typer.echo(done.sentence)
