"""Names of cases: the same on every machine and in every run, and free of patient data."""

from __future__ import annotations

import hashlib


def case_id(study_uid: str, sop_uid: str) -> str:
    """``c-`` and 12 hexadecimal digits of a SHA-256 over both UIDs.

    Parameters
    ----------
    study_uid : StudyInstanceUID.
    sop_uid : SOPInstanceUID of the case's B-mode image, else of its first image; both views of a dual file share it.

    Notes
    -----
    48 bits: among 100,000 cases two share a name with a chance of 2 in 100,000.
    """
    return "c-" + hashlib.sha256(f"{study_uid}\n{sop_uid}".encode()).hexdigest()[:12]
