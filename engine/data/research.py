"""Research folders: `cases.csv` beside `images/`; one row is one case, read as it stands."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from engine.data.folder_tables import read_table
from engine.data.research_terms import breast_usg_facts, breast_usg_terms, bus_bra_facts
from engine.domain.case import Case, Refusal, StudyFolder, UltrasoundImage
from engine.domain.descriptors import Descriptors, checked
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import Task, load_task

CASES_FILE, IMAGES = "cases.csv", "images"
WHY = "a research picture, taken whole"
_FORMATS = ("PNG", "JPEG", "BMP")
Row = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class _Format:
    """How one research set writes its table.

    Attributes
    ----------
    case_id, patient, label : names of the columns.
    picture : row -> file name in `images`.
    terms, facts : row -> descriptor terms by field; row -> what else is known.
    """

    case_id: str
    patient: str
    label: str
    picture: Callable[[Row], str]
    terms: Callable[[Row], dict[str, tuple[str, ...]]]
    facts: Callable[[Row], dict[str, str]]


_BUS_BRA = _Format(
    case_id="ID",
    patient="Case",
    label="Pathology",
    picture=lambda row: f"{row['ID']}.png",
    terms=lambda row: {},
    facts=bus_bra_facts,
)
_BREAST_USG = _Format(
    case_id="CaseID",
    patient="CaseID",
    label="Classification",
    picture=lambda row: row["Image_filename"],
    terms=breast_usg_terms,
    facts=breast_usg_facts,
)
_BY_COLUMNS = (({"ID", "Case", "Pathology"}, _BUS_BRA), ({"CaseID", "Image_filename", "Classification"}, _BREAST_USG))


def research_folders(root: Path) -> list[Path]:
    """`root` itself when it is a research folder, else those directly below it, sorted."""
    if _is_research(root):
        return [root]
    try:
        return sorted(p for p in root.iterdir() if p.is_dir() and not p.is_symlink() and _is_research(p))
    except OSError:
        return []


def _is_research(folder: Path) -> bool:
    try:
        return (folder / IMAGES).is_dir() and (folder / CASES_FILE).is_file() and _format(folder) is not None
    except OSError:
        return False


def _format(folder: Path) -> _Format | None:
    try:
        with (folder / CASES_FILE).open(encoding="utf-8-sig", newline="") as file:
            columns = {c.strip() for c in next(csv.reader(file), [])}
    except (OSError, UnicodeDecodeError, csv.Error):
        return None
    return next((form for needed, form in _BY_COLUMNS if needed <= columns), None)


def open_research(
    folder: Path, task: str, *, prefix: str = "", on_progress: Callable[[int, int, str], None] | None = None
) -> StudyFolder:
    """Cases of one research folder.

    Masks are never opened and bounding boxes never used: they would tell the answer. A row whose class the task does
    not know ("normal") is a case without a label, its class kept as ``facts["pathology"]``.

    Parameters
    ----------
    prefix : put before patient ids where several folders are opened at once, so that their patients stay apart.

    Raises
    ------
    CaseError
        When `cases.csv` cannot be read. A row whose picture is missing or unreadable is a refusal.
    """
    form = _format(folder)
    if form is None:
        raise CaseError(
            ErrorKind.INVALID, f"{folder.name}/{CASES_FILE} is not a table of research cases that is known."
        )
    rows = read_table(folder / CASES_FILE, (form.case_id, form.patient, form.label))
    cases: dict[str, Case] = {}
    refusals = []
    for step, row in enumerate(rows):
        if on_progress is not None and step % 50 == 0:
            on_progress(step, len(rows), folder.name)
        try:
            case = _case(folder, row, form, load_task(task), prefix)
            if case.case_id in cases:
                raise CaseError(ErrorKind.INVALID, f"{case.case_id} occurs a second time; its first row is used.")
            cases[case.case_id] = case
        except CaseError as error:
            sentence = f"{folder.name}/{CASES_FILE}, row {step + 2}: {error.sentence}"
            path = str(folder / IMAGES / Path(form.picture(row)).name)
            about = "row" if error.kind is ErrorKind.INVALID else "file"
            refusals.append(
                Refusal(
                    path=path,
                    kind=error.kind,
                    sentence=sentence,
                    about=about,
                    case_id=row[form.case_id],
                    line=step + 2,
                )
            )
    return StudyFolder(path=str(folder), task=task, cases=tuple(cases.values()), refusals=tuple(refusals))


def _case(folder: Path, row: Row, form: _Format, task: Task, prefix: str) -> Case:
    if not row[form.case_id]:
        raise CaseError(ErrorKind.INVALID, f"The column {form.case_id} is empty.")
    label = row[form.label].lower()
    terms = {k: v for k, v in form.terms(row).items() if k in {f.name for f in task.fields}}
    image = _picture(folder, form.picture(row), task.images[0], row.get("Side", ""))
    patient = row[form.patient]
    return Case(
        case_id=row[form.case_id],
        task=task.name,
        patient_id=f"{prefix}-{patient}" if prefix else patient,
        images={image.modality: image},
        pairing="One row of the research table is one case with one image.",
        descriptors=checked(task, terms) if terms else Descriptors(),
        label=label if label in task.classes else None,
        source="research",
        facts={"pathology": label, **form.facts(row), **({"source": prefix} if prefix else {})},
    )


def _picture(folder: Path, name: str, modality: str, side: str) -> UltrasoundImage:
    images = folder / IMAGES
    path = images / name
    if Path(name).name != name or not path.resolve().is_relative_to(images.resolve()):
        raise CaseError(ErrorKind.INVALID, f"'{name}' is not the name of a file in {IMAGES}/.")
    columns, rows = picture_size(path)
    return UltrasoundImage(
        path=str(path),
        modality=modality,
        why=WHY,
        rows=rows,
        columns=columns,
        laterality=side.lower() if side.lower() in ("left", "right") else "",
    )


def picture_size(path: Path) -> tuple[int, int]:
    """(columns, rows) from the header of a PNG, JPEG or BMP file; the pixels are not decoded.

    Raises
    ------
    CaseError
        UNREADABLE when it is missing, CORRUPT when it is no such picture.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a picture of absurd size only warns
            with Image.open(path, formats=_FORMATS) as picture:
                return picture.size
    except FileNotFoundError as error:
        raise CaseError(ErrorKind.UNREADABLE, f"{path.name} is missing. Put it back into its folder.") from error
    except Exception as error:  # Pillow raises many types on damaged headers
        sentence = f"{path.name} cannot be read as a PNG, JPEG or BMP picture. Copy it again."
        raise CaseError(ErrorKind.CORRUPT, sentence, f"{type(error).__name__}: {error}") from error
