"""What is asked of a batch run, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class BatchOptions:
    """What is asked of a batch run.

    Attributes
    ----------
    folder : DICOM tree, research folder or manifest. out : output folder, made when missing.
    model : name or file, None = the installed model that fits best.
    dropout_passes : passes with dropout that tell how sure the model is of each case, 0 = none.
    workers : decode processes, 0 = one per core.
    cluster : address of a Ray cluster that scores the cases, see `engine.serving.archive`; None = this machine alone.
    command : recorded in run.json.
    """

    folder: Path
    out: Path
    task: str = "breast_lesion"
    model: str | None = None
    heatmaps: bool = False
    contributions: bool = False
    dropout_passes: int = 0
    resume: bool = False
    workers: int = 0
    device: str = "auto"
    cluster: str | None = None
    command: str = ""

    def arguments(self) -> dict[str, Any]:
        """All options as run.json keeps them."""
        return {k: str(v) if isinstance(v, Path) else v for k, v in vars(self).items() if k != "command"}


@dataclass(frozen=True, kw_only=True)
class BatchSummary:
    """How a run ended.

    Attributes
    ----------
    refused : files, and rows of tables, that were not used.
    first_reason : of the first case without an answer.
    tables : what was wrong with descriptors.csv, labels.csv or a manifest, first sentence; cases may have been scored
        without what their row would have told.
    """

    scored: int
    failed: int
    skipped: int
    resumed: int
    refused: int
    cancelled: bool
    seconds: float
    model: str
    device: str
    first_reason: str = ""
    tables: str = ""

    @property
    def exit_code(self) -> int:
        """0 finished, even with failed rows; 3 nothing could be scored; 130 cancelled."""
        if self.cancelled:
            return 130
        return 0 if self.scored else 3
