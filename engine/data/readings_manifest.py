"""A training set from a person's own readings: a manifest of the cases whose pathology is known."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from engine.data.manifest import write_manifest
from engine.data.places import data_folder
from engine.domain.case import Case, StudyFolder, UltrasoundImage
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.files import write_atomically
from engine.domain.training_export import ReadCase, TrainingExport

SALT_FILE = "pseudonyms.salt"
_SALT_BYTES = 32
_KEPT_FACTS = ("device", "site", "side", "age", "pixel_size_mm", "fold", "split", "source")


def write_readings(
    folder: StudyFolder,
    read: Iterable[ReadCase],
    out: Path,
    *,
    keep_patient_ids: bool = False,
    salt: bytes | None = None,
) -> TrainingExport:
    """Write a manifest of the cases that have a reading and pathology.

    The label is the pathology, the descriptors are the newest reading's, and the reader's category, that of the sealed
    first reading where there is one, is the fact "birads" ("birads_without_ai" says "yes" where no AI was seen).
    Notes and comments are not written. Patients become pseudonyms, the same in every export from this computer and not
    to be traced back without its secret; names of files and folders are written as they are.

    Parameters
    ----------
    folder : the folders' cases, as opened.
    keep_patient_ids : write the ids from the files instead.
    salt : secret of the pseudonyms, by default that of the person's data folder, which is made when first needed.

    Raises
    ------
    CaseError
        INVALID when no case can be written; STORAGE.
    """
    told = [one for one in read if one.latest is not None or one.pathology is not None]
    usable = {one.case_id: one for one in told if one.latest is not None and one.pathology is not None}
    cases = [_labelled(case, usable[case.case_id]) for case in folder.cases if case.case_id in usable]
    summary = TrainingExport(
        path=str(out),
        written=len(cases),
        no_pathology=sum(one.pathology is None for one in told),
        no_reading=sum(one.latest is None for one in told),
        not_here=len(usable) - len(cases),
    )
    if not cases:
        raise CaseError(
            ErrorKind.INVALID,
            f"There is nothing to write: no case in these folders has a reading and pathology. {summary.sentence}",
        )
    if not keep_patient_ids:
        secret = salt if salt is not None else _salt(data_folder() / SALT_FILE)
        cases = [_pseudonymous(case, secret) for case in cases]
    write_manifest(replace(folder, cases=tuple(cases), refusals=()), out)
    return summary


def _labelled(case: Case, read: ReadCase) -> Case:
    assert read.latest is not None
    assert read.pathology is not None
    own = read.first if read.first is not None and read.first.category is not None else read.latest
    facts = {name: case.facts[name] for name in _KEPT_FACTS if name in case.facts}
    if own.category is not None:
        facts |= {"birads": own.category.value, "birads_without_ai": "no" if own.ai_shown else "yes"}
    if read.latest.laterality:
        facts["side"] = read.latest.laterality
    described = read.latest.descriptors
    return replace(
        _paired(case, read),
        label=read.pathology.class_name,
        descriptors=case.descriptors if described.is_missing else described,
        facts=facts,
    )


def _paired(case: Case, read: ReadCase) -> Case:
    """The case with the images that the reader chose; where one of them is gone, as it was found."""
    if not read.pairing:
        return case
    left = [*case.images.values(), *case.others]
    images: dict[str, UltrasoundImage] = {}
    for modality, (uid, frame) in read.pairing.items():
        fitting = sorted(
            (i for i in left if uid == (i.sop_uid or Path(i.path).name)),
            key=lambda i: (i.modality != modality, i.frame != frame),
        )
        if not fitting:
            return case
        left.remove(fitting[0])
        images[modality] = replace(fitting[0], modality=modality, frame=frame)
    return replace(case, images=images, others=tuple(left), pairing="Paired by the reader.")


def _pseudonymous(case: Case, salt: bytes) -> Case:
    person = case.patient_id or case.study_uid or case.case_id
    digest = hmac.new(salt, person.encode(errors="surrogateescape"), hashlib.sha256).hexdigest()
    return replace(case, patient_id=f"p-{digest[:16]}", study_uid="")


def _salt(path: Path) -> bytes:
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        found = b""
    except OSError as error:
        raise CaseError(
            ErrorKind.STORAGE, f"{path.name} in {path.parent} cannot be read. Allow reading it.", str(error)
        ) from error
    if len(found) != _SALT_BYTES:
        found = secrets.token_bytes(_SALT_BYTES)
        write_atomically(path, found, private=True)
    return found


def joined_folders(folders: Sequence[StudyFolder]) -> StudyFolder:
    """The cases of several folders as the case database names them; of two with one id the first counts."""
    cases: dict[str, Case] = {}
    for folder in folders:
        for case in folder.cases:
            cases.setdefault(case.case_id, case)
    return replace(folders[0], cases=tuple(cases.values()), refusals=())
