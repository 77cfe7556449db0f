"""Manifests: one CSV line per case, written by `scan --out` or by a person, read back as a study folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from engine.data.decoding import DecoderPool
from engine.data.folder_joins import DESCRIPTORS_LOST, LABEL_LOST, checked_label, unused
from engine.data.folder_tables import read_table, table_bytes
from engine.data.index import FolderIndex
from engine.data.research import WHY, picture_size
from engine.dicom.headers import UltrasoundFile, looks_like_dicom, read_header
from engine.domain.case import Box, Case, Refusal, StudyFolder, UltrasoundImage
from engine.domain.descriptors import Descriptors, parse
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.files import write_atomically
from engine.domain.task import Task, load_task

Progress = Callable[[int, int, str], None]
_OF_IMAGE = ("file", "frame", "crop", "colour_box", "place", "plane")
WHOLE = "whole"
"""Crop cell of an image that is taken whole."""


def write_manifest(folder: StudyFolder, path: Path) -> None:
    """Write the cases as CSV: ids, label, a file, frame and crop per image, descriptors, facts, pairing reason.

    Files are named relative to the manifest; cells that a spreadsheet would take for a formula get an apostrophe.

    Raises
    ------
    CaseError
        STORAGE, when it cannot be written; an older manifest is intact.
    """
    task = load_task(folder.task)
    known = _columns(task)
    facts = sorted({name for case in folder.cases for name in case.facts} - set(known))
    rows = (_row(case, task, path.resolve().parent) for case in folder.cases)
    write_atomically(path, table_bytes([*known, *facts], rows))


def _columns(task: Task) -> list[str]:
    images = [f"{m}_{what}" for m in task.images for what in _OF_IMAGE]
    fields = [f.name for f in task.fields]
    return ["case_id", "patient_id", "study_uid", "label", *images, *fields, "fold", "pairing"]


def _row(case: Case, task: Task, base: Path) -> dict[str, str]:
    row = {**case.facts, **case.descriptors.as_row(task)}
    row |= {"case_id": case.case_id, "patient_id": case.patient_id, "study_uid": case.study_uid}
    row |= {"label": case.label or "", "pairing": case.pairing}
    for modality, image in case.images.items():
        row[f"{modality}_file"] = Path(os.path.relpath(Path(image.path).resolve(), base)).as_posix()
        row[f"{modality}_frame"] = str(image.frame)
        row[f"{modality}_crop"] = _box_text(image.crop) or WHOLE
        row[f"{modality}_colour_box"] = _box_text(image.colour_box)
        row[f"{modality}_place"], row[f"{modality}_plane"] = image.place, image.plane
    return row


def _box_text(box: Box | None) -> str:
    return f"{box.x0} {box.y0} {box.x1} {box.y1}" if box else ""


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """One image of a manifest whose crop is not told and must be found in its pixels."""

    case_id: str
    modality: str
    file: UltrasoundFile


def read_manifest(
    path: Path,
    task: str,
    *,
    decoders: Callable[[], DecoderPool] | None = None,
    on_progress: Progress | None = None,
    memory: FolderIndex | None = None,
) -> StudyFolder:
    """Cases of a manifest: `case_id`, and per image modality `<modality>_file`; everything else may be absent.

    Other columns: `patient_id, study_uid, label, pairing`, the task's descriptors, `<modality>_frame`,
    `<modality>_crop` (``x0 y0 x1 y1`` or ``whole``), `<modality>_colour_box`, `<modality>_place`, `<modality>_plane`;
    columns beyond these, such as `site`, `device`, `fold`, `split` and `birads`, become `facts`.

    Files are named relative to the manifest. They may lie outside its folder, by absolute path or ``..``: the person
    who opens a manifest chose it, as they would choose files in a dialog; nothing read from an image names a file.

    Parameters
    ----------
    decoders : gives the pool that finds the ultrasound region of DICOM images without a crop; None starts one.
    memory : what was found in these files before, and where to note what is found now.

    Raises
    ------
    CaseError
        When the manifest itself cannot be read, has no `case_id` or no `<modality>_file` column. A row that cannot be
        used is a refusal naming its line; descriptors or a label that cannot be used cost only themselves.
    """
    table = load_task(task)
    rows = read_table(path, ("case_id",))
    if rows and not any(f"{m}_file" in rows[0] for m in table.images):
        columns = " or ".join(f"'{m}_file'" for m in table.images)
        raise CaseError(ErrorKind.INVALID, f"{path.name} has no column {columns}. Add one to the first line.")
    cases: dict[str, Case] = {}
    refusals, wanted = [], []
    for step, row in enumerate(rows):
        if on_progress is not None and step % 20 == 0:
            on_progress(step, len(rows), path.name)
        told: list[tuple[str, CaseError]] = []
        try:
            case, more = _case(row, table, path.resolve().parent)
            if case.case_id in cases:
                raise CaseError(ErrorKind.INVALID, f"{case.case_id} occurs a second time; its first row is used.")
            cases[case.case_id], told = _described(case, row, table)
            wanted += more
        except CaseError as error:
            told = [("row" if error.kind is ErrorKind.INVALID else "file", error)]
        refusals += [_refusal(path, step + 2, row["case_id"], *wrong) for wrong in told]
    if wanted:
        refusals += _fill_in(cases, wanted, table, decoders, memory)
    return StudyFolder(path=str(path), task=task, cases=tuple(cases.values()), refusals=tuple(refusals))


def _refusal(path: Path, line: int, case_id: str, about: str, wrong: CaseError) -> Refusal:
    sentence = f"{path.name}, row {line}: {wrong.sentence}"
    return Refusal(path=str(path), kind=wrong.kind, sentence=sentence, about=about, case_id=case_id, line=line)


def _described(case: Case, row: dict[str, str], task: Task) -> tuple[Case, list[tuple[str, CaseError]]]:
    """The case with its row's descriptors and label, and what is wrong with either."""
    told = []
    descriptors, label = Descriptors(), None
    try:
        descriptors = parse(task, row)
    except CaseError as error:
        told.append(("descriptors", unused(error, DESCRIPTORS_LOST)))
    try:
        label = checked_label(row.get("label", ""), task)
    except CaseError as error:
        told.append(("label", unused(error, LABEL_LOST)))
    return replace(case, descriptors=descriptors, label=label), told


def _case(row: dict[str, str], task: Task, base: Path) -> tuple[Case, list[_Wanted]]:
    case_id = row["case_id"]
    if not case_id:
        raise CaseError(ErrorKind.INVALID, "The column case_id is empty.")
    images, wanted, files = {}, [], []
    for modality in task.images:
        name = row.get(f"{modality}_file", "")
        if not name:
            continue
        image, file = _image(base / name, modality, row)
        images[modality] = image
        files.append(file)
        if file is not None and not row.get(f"{modality}_crop"):
            wanted.append(_Wanted(case_id=case_id, modality=modality, file=file))
    if not images:
        raise CaseError(ErrorKind.INVALID, f"{case_id} names no image.")
    headers = [f for f in files if f is not None]
    known = {"case_id", "patient_id", "study_uid", "label", "pairing", *_columns(task)} - {"fold"}
    case = Case(
        case_id=case_id,
        task=task.name,
        patient_id=row.get("patient_id", ""),
        study_uid=row.get("study_uid", "") or (headers[0].study_uid if headers else ""),
        images=images,
        pairing=row.get("pairing", "") or "Put together in the manifest.",
        simulated=len(headers) == len(files) and all(f.simulated for f in headers),
        source="manifest",
        facts={k: v for k, v in row.items() if v and k not in known},
    )
    return case, wanted


def _image(path: Path, modality: str, row: Mapping[str, str]) -> tuple[UltrasoundImage, UltrasoundFile | None]:
    why = "named so in the manifest"
    crop = _box(row.get(f"{modality}_crop", ""), f"{modality}_crop")
    colour_box = _box(row.get(f"{modality}_colour_box", ""), f"{modality}_colour_box")
    if not path.is_file():
        raise CaseError(ErrorKind.UNREADABLE, f"{path.name} is missing. Put it back, or correct {modality}_file.")
    path = path.resolve()
    with path.open("rb") as file:
        is_dicom = looks_like_dicom(file.read(136))
    if not is_dicom:
        columns, rows = picture_size(path)
        image = UltrasoundImage(path=str(path), modality=modality, why=WHY, rows=rows, columns=columns, crop=crop)
        return image, None
    header = read_header(path)
    frame = _frame(row.get(f"{modality}_frame", ""), header, modality)
    image = UltrasoundImage(
        path=str(path),
        modality=modality,
        why=why,
        rows=header.rows,
        columns=header.columns,
        frame=frame,
        n_frames=header.n_frames,
        crop=crop,
        colour_box=colour_box,
        place=row.get(f"{modality}_place", ""),
        plane=row.get(f"{modality}_plane", ""),
        regions=header.regions,
        sop_uid=header.sop_uid,
        laterality=header.laterality,
        taken_at=header.taken_at,
        timing=header.timing,
    )
    return image, header


def _frame(text: str, header: UltrasoundFile, modality: str) -> int:
    if not text:
        return header.middle_frame
    if not text.isdecimal() or int(text) >= header.n_frames:
        raise CaseError(
            ErrorKind.INVALID, f"{modality}_frame: '{text}' is not a frame of {Path(header.path).name} "
            f"(0 to {header.n_frames - 1})."
        )  # fmt: skip
    return int(text)


def _box(text: str, column: str) -> Box | None:
    if text in ("", WHOLE):
        return None
    try:
        x0, y0, x1, y1 = (int(t) for t in text.split())
        return Box(x0, y0, x1, y1)
    except ValueError as error:
        raise CaseError(ErrorKind.INVALID, f"{column}: '{text}' is not a box 'x0 y0 x1 y1' in pixels.") from error


def _fill_in(
    cases: dict[str, Case],
    wanted: list[_Wanted],
    task: Task,
    decoders: Callable[[], DecoderPool] | None,
    memory: FolderIndex | None,
) -> list[Refusal]:
    """Give the images of `wanted` the crop found in their pixels; a file that does not decode costs its case."""
    refusals = []
    found = _views({w.file.path: w.file for w in wanted}, decoders, memory)
    for request in wanted:
        answer, case = found[request.file.path], cases.get(request.case_id)
        if isinstance(answer, CaseError):
            path = request.file.path
            refusals.append(
                Refusal(path=path, kind=answer.kind, sentence=answer.sentence, about="file", case_id=request.case_id)
            )
            cases.pop(request.case_id, None)
        elif case is not None and answer:
            second = task.images.index(request.modality) > 0
            fitting = [v for v in answer if (v.modality == "doppler") == second] or list(answer)
            image = replace(case.images[request.modality], crop=fitting[0].crop, colour_box=fitting[0].colour_box)
            cases[request.case_id] = replace(case, images={**case.images, request.modality: image})
    return refusals


_Views = tuple[UltrasoundImage, ...] | CaseError


def _views(
    files: dict[str, UltrasoundFile], decoders: Callable[[], DecoderPool] | None, memory: FolderIndex | None
) -> dict[str, _Views]:
    """Path -> the pictures in the file; only those that nobody remembers are decoded."""
    found: dict[str, _Views] = {}
    if memory is not None:
        for path, known in zip(files, memory.known(list(files)), strict=True):
            images = memory.views(known) if isinstance(known, UltrasoundFile) else None
            if images is not None:
                found[path] = images
    new = [file for path, file in files.items() if path not in found]
    if memory is not None:
        memory.learn(new)
    for file, answer in _decoded(new, decoders) if new else ():
        found[file.path] = answer
        if memory is not None and not isinstance(answer, CaseError):
            memory.learn_views(file, answer)
    if memory is not None:
        memory.save()
    return found


def _decoded(
    files: list[UltrasoundFile], decoders: Callable[[], DecoderPool] | None
) -> Iterator[tuple[UltrasoundFile, _Views]]:
    if decoders is not None:
        yield from decoders().views(files)
        return
    with DecoderPool(1) as pool:
        yield from pool.views(files)
