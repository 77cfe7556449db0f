"""Opening a folder: DICOM tree, research folder or manifest to cases and refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from engine.data.decoding import DecoderPool
from engine.data.folder_joins import DESCRIPTORS_FILE, LABELS_FILE, join_tables
from engine.data.index import FolderIndex
from engine.data.manifest import read_manifest
from engine.data.research import open_research, research_folders
from engine.dicom.headers import UltrasoundFile, looks_like_dicom
from engine.dicom.pairing import pair
from engine.dicom.scan import TreeScan, duplicate_refusal, scan_tree
from engine.dicom.views import SPECTRAL
from engine.domain.case import Case, Refusal, StudyFolder, UltrasoundImage
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import load_task

Progress = Callable[[int, int, str], None]
"""Called with (step, total, what is being read); may raise to stop."""
Views = tuple[UltrasoundFile, tuple[UltrasoundImage, ...]]


def open_folder(
    path: str,
    *,
    task: str = "breast_lesion",
    workers: int = 1,
    decoders: DecoderPool | None = None,
    on_progress: Progress | None = None,
    index: bool = True,
) -> StudyFolder:
    """Cases of a DICOM tree, a single DICOM file, a research folder (or a parent of some) or a manifest CSV file.

    Parameters
    ----------
    workers : decoding processes that are started when no `decoders` are given.
    index : remember what is found in the person's data folder, and read only what is new since the last time; see
        `engine.data.index`. It changes how long the opening takes and nothing else.

    Raises
    ------
    CaseError
        When `path` itself cannot be opened, the task is unknown or a manifest is invalid. A bad file below costs only
        itself and is listed in `refusals`.
    """
    load_task(task)
    root = Path(path)
    with ExitStack() as stack:

        def pool() -> DecoderPool:
            return decoders if decoders is not None else stack.enter_context(DecoderPool(workers))

        if root.is_file() and not _begins_like_dicom(root):
            known = FolderIndex(str(root.resolve())) if index else None
            return read_manifest(root, task, decoders=pool, on_progress=on_progress, memory=known)
        research = research_folders(root)
        if research == [root]:
            return open_research(root, task, on_progress=on_progress)
        memory = FolderIndex(str(root)) if index and root.is_dir() else None
        folder = _open_tree(root, task, pool, [str(r) for r in research], on_progress, memory)
    for place in research:
        folder = _merged(folder, open_research(place, task, prefix=place.name, on_progress=on_progress))
    return folder


def _begins_like_dicom(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return looks_like_dicom(file.read(136))
    except OSError:
        return False


def _open_tree(
    root: Path,
    task: str,
    pool: Callable[[], DecoderPool],
    elsewhere: list[str],
    on_progress: Progress | None,
    memory: FolderIndex | None,
) -> StudyFolder:
    skip = [*elsewhere, str(root / DESCRIPTORS_FILE), str(root / LABELS_FILE)]
    scan = scan_tree(str(root), on_progress, skip=skip, memory=memory)
    try:
        views, refusals = _decoded(scan, pool, on_progress, memory) if scan.files else ([], list(scan.refusals))
    finally:
        if memory is not None:
            memory.save()  # also what an opening that was stopped has found so far
    cases, more = join_tables(root, pair(views, task=task), load_task(task))
    refusals = sorted([*refusals, *_not_scored(views), *more], key=lambda r: r.path)
    return StudyFolder(path=str(root), task=task, cases=cases, refusals=tuple(refusals))


def _decoded(
    scan: TreeScan, pool: Callable[[], DecoderPool], on_progress: Progress | None, memory: FolderIndex | None
) -> tuple[list[Views], list[Refusal]]:
    """Pictures of every file; for a file that does not decode its duplicates are tried in turn."""
    waiting: dict[str, list[UltrasoundFile]] = {}
    for duplicate in scan.duplicates:
        waiting.setdefault(duplicate.sop_uid, []).append(duplicate)
    duplicates = {d.path for d in scan.duplicates}
    refusals = [r for r in scan.refusals if r.path not in duplicates]
    found: list[Views] = []
    turn = list(scan.files)
    while turn:
        again: list[UltrasoundFile] = []
        for file, answer in _views(turn, pool, on_progress, memory):
            spare = waiting.pop(file.sop_uid, [])
            if isinstance(answer, CaseError) and answer.kind is ErrorKind.STOPPED:
                raise answer  # the person or a shutdown stopped it; no file is to blame
            if isinstance(answer, CaseError):
                refusals.append(Refusal(path=file.path, kind=answer.kind, sentence=answer.sentence))
                if spare:
                    again.append(spare[0])
                    waiting[file.sop_uid] = spare[1:]
            else:
                found.append((file, answer))
                refusals += [duplicate_refusal(s, file) for s in spare]
        turn = again
    return found, refusals


def _views(
    files: list[UltrasoundFile],
    pool: Callable[[], DecoderPool],
    on_progress: Progress | None,
    memory: FolderIndex | None,
) -> Iterator[tuple[UltrasoundFile, tuple[UltrasoundImage, ...] | CaseError]]:
    """Each file with its pictures, in order; only those that nobody remembers are decoded."""
    remembered = [memory.views(file) if memory is not None else None for file in files]
    new = [file for file, images in zip(files, remembered, strict=True) if images is None]
    decoded = enumerate(pool().views(new)) if new else iter(())
    for file, images in zip(files, remembered, strict=True):
        if images is not None:
            yield file, images
            continue
        step, (_, answer) = next(decoded)
        if on_progress is not None:
            on_progress(step, len(new), Path(file.path).name)
        if memory is not None and not isinstance(answer, CaseError):
            memory.learn_views(file, answer)
        yield file, answer


def _not_scored(views: list[Views]) -> list[Refusal]:
    """Files whose only pictures are spectral Doppler or M-mode: recognised, listed, not scored."""
    refused = []
    for file, images in views:
        if all(i.modality == SPECTRAL for i in images):
            why = images[0].why if images else "no picture was found in it"
            sentence = f"{Path(file.path).name} is spectral Doppler or M-mode and is not scored ({why})."
            refused.append(Refusal(path=file.path, kind=ErrorKind.UNSUPPORTED, sentence=sentence))
    return refused


def _merged(first: StudyFolder, second: StudyFolder) -> StudyFolder:
    """Both folders' cases; a name that occurs twice gets its folder's name in front."""
    known = {c.case_id for c in first.cases}
    prefix = Path(second.path).name
    cases: list[Case] = [replace(c, case_id=f"{prefix}-{c.case_id}") if c.case_id in known else c for c in second.cases]
    return replace(first, cases=(*first.cases, *cases), refusals=(*first.refusals, *second.refusals))
