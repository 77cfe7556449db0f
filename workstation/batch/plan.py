"""What a person asks of a batch run, and what is wrong with it before it starts. No Qt, no disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.jobs import ModelChoice, ScoreFolder
from workstation.words import tr


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The entries of the form.

    Attributes
    ----------
    folder, out : as they stand in the form, may be empty. model : None = the installed model that fits.
    can_choose : an installed model answers this question, as far as is known.
    """

    task: str
    folder: str = ""
    out: str = ""
    model: str | None = None
    can_choose: bool = True
    heatmaps: bool = False
    contributions: bool = False
    uncertainty: bool = False
    resume: bool = True

    def problem(self) -> str:
        """Why the run cannot start, as a sentence; empty when it can."""
        if not self.folder.strip():
            return tr("Choose the folder to score.")
        if not self.out.strip():
            return tr("Choose a folder for the results.")
        if not (Path(self.folder).is_absolute() and Path(self.out).is_absolute()):
            return tr("Give whole paths, from the root of the disk on.")
        if _plain(self.folder) == _plain(self.out):
            return tr("The results need a folder of their own: choose another one than the study.")
        if self.model is None and not self.can_choose:
            return tr("No installed model answers this question: choose a model file.")
        return ""

    def note(self) -> str:
        """What the person should know of these entries; empty when there is nothing."""
        if not self.problem() and _plain(self.folder) in _plain(self.out).parents:
            return tr("The results will lie inside the study and be listed there as files that are not opened.")
        return ""

    def request(self, device: str = "auto") -> ScoreFolder:
        """The request to the child process; `device` is that of the preferences."""
        return ScoreFolder(
            folder=self.folder.strip(),
            out=self.out.strip(),
            task=self.task,
            model=self.model,
            heatmaps=self.heatmaps,
            contributions=self.contributions,
            uncertainty=self.uncertainty,
            resume=self.resume,
            device=device,
        )


def default_out(folder: str) -> str:
    """Beside the study, never inside it; empty where there is no beside."""
    path = _plain(folder)
    if not folder.strip() or path.parent == path:
        return ""
    return str(path.with_name(f"{path.name.removesuffix('.csv')}-results"))


def models_for(task: str, models: tuple[ModelChoice, ...]) -> tuple[ModelChoice, ...]:
    """The installed models that answer this question, by name."""
    return tuple(sorted((m for m in models if m.task == task), key=lambda m: m.name))


def _plain(path: str) -> Path:
    """Without "..", and without asking the disk, which may be a slow one."""
    parts: list[str] = []
    whole = Path(path.strip())
    for part in whole.parts:
        if part == ".." and parts:
            parts.pop()
        else:
            parts.append(part)
    return Path(*parts)
