"""The reading session: cases of the open folder, where the reader is, what is entered, saved and scored. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from engine.domain.assessment import Reading
from engine.domain.case import Case, StudyFolder, UltrasoundImage
from engine.domain.errors import CaseError
from engine.domain.prediction import Prediction
from engine.domain.task import Task, load_task
from workstation.reading.draft import Draft, draft_of

Chosen = Mapping[str, tuple[str, int]]


class Status(StrEnum):
    UNREAD = "unread"
    CHANGED = "not saved"
    STARTED = "saved without a category"
    READ = "read"


@dataclass(kw_only=True)
class CaseState:
    """One case while its folder is open.

    Attributes
    ----------
    case : with the images that are paired now; automatic: as the folder gave it.
    prediction : belongs to `scored`, the case it was computed from.
    problem : why there is no prediction.
    """

    case: Case
    automatic: Case
    draft: Draft
    saved: Reading | None = None
    prediction: Prediction | None = None
    scored: Case | None = None
    problem: CaseError | None = None

    @property
    def to_score(self) -> Case:
        """The case with the descriptors as they stand in the form."""
        return self.case.with_descriptors(self.draft.descriptors)

    @property
    def is_scored(self) -> bool:
        return self.prediction is not None and self.scored == self.to_score

    @property
    def has_changes(self) -> bool:
        return self.draft != draft_of(self.case, self.saved)

    @property
    def status(self) -> Status:
        if self.has_changes:
            return Status.CHANGED
        if self.saved is None:
            return Status.UNREAD
        return Status.READ if self.saved.category else Status.STARTED

    @property
    def probability(self) -> float | None:
        """Positive class's probability for the list: this session's, else the one saved with the reading."""
        if self.prediction is not None:
            return self.prediction.probability(load_task(self.case.task).positive_class)
        return self.saved.probability if self.saved is not None else None

    def reading(self) -> Reading:
        """What saving would store now."""
        shown = self.prediction if self.is_scored else None
        return Reading(
            case_id=self.case.case_id,
            task=self.case.task,
            category=self.draft.category,
            descriptors=self.draft.descriptors,
            comment=self.draft.comment.strip(),
            probability=self.probability if shown else None,
            model=shown.model if shown else "",
            model_sha256=shown.model_sha256 if shown else "",
        )


@dataclass
class ReadingSession:
    """Cases of one folder in order; `position` is the one on screen."""

    folder: StudyFolder
    readings: Mapping[str, Reading] = field(default_factory=dict)
    pairings: Mapping[str, Chosen] = field(default_factory=dict)
    position: int = 0

    def __post_init__(self) -> None:
        self.task: Task = load_task(self.folder.task)
        self.states: list[CaseState] = []
        for automatic in self.folder.cases:
            saved = self.readings.get(automatic.case_id)
            chosen = self.pairings.get(automatic.case_id)
            case = repaired(automatic, chosen) if chosen else automatic
            self.states.append(CaseState(case=case, automatic=automatic, draft=draft_of(case, saved), saved=saved))
        unread = (i for i, s in enumerate(self.states) if s.status is Status.UNREAD)
        self.position = next(unread, 0)

    @property
    def current(self) -> CaseState | None:
        return self.states[self.position] if self.states else None

    def following(self) -> CaseState | None:
        """The next case, which is prepared while this one is read."""
        ahead = self.position + 1
        return self.states[ahead] if ahead < len(self.states) else None

    def move(self, step: int) -> bool:
        """Go forward or back; False at either end."""
        return self.go_to(self.position + step)

    def go_to(self, position: int) -> bool:
        if not 0 <= position < len(self.states) or position == self.position:
            return False
        self.position = position
        return True

    def find(self, case_id: str) -> int | None:
        return next((i for i, s in enumerate(self.states) if s.case.case_id == case_id), None)

    @property
    def unsaved(self) -> list[CaseState]:
        return [s for s in self.states if s.has_changes]

    @property
    def n_read(self) -> int:
        return sum(s.saved is not None and s.saved.category is not None for s in self.states)


def choices_for(case: Case, modality: str) -> tuple[UltrasoundImage, ...]:
    """Images of the study that may take the place of `modality`, those of that modality first."""
    elsewhere = tuple(image for name, image in case.images.items() if name != modality)
    return tuple(sorted((*case.others, *elsewhere), key=lambda image: image.modality != modality))


def with_choice(
    task: Task, state: CaseState, modality: str, image: UltrasoundImage | None
) -> dict[str, tuple[str, int]]:
    """The pairing after `image` was put in the place of `modality`, as the store keeps it (None: no image there).

    An image that stood in another place is swapped with the one it replaces.
    """
    places = dict(state.case.images)
    before = places.pop(modality, None)
    for name in [n for n, other in places.items() if other == image]:
        del places[name]
        if before is not None:
            places[name] = before
    if image is not None:
        places[modality] = image
    return {name: (_uid(places[name]), places[name].frame) for name in task.images if name in places}


def repaired(automatic: Case, chosen: Chosen) -> Case:
    """The case with the images a person chose; a choice whose file is gone leaves the automatic one in place."""
    everything = (*automatic.images.values(), *automatic.others)
    images: dict[str, UltrasoundImage] = {}
    used: list[UltrasoundImage] = []
    for modality, (uid, frame) in chosen.items():
        image = _find([i for i in everything if i not in used], uid, frame, modality)
        if image is None:
            continue
        used.append(image)
        put = replace(image, modality=modality, why="put here by the reader")
        images[modality] = image if image.modality == modality else put
    others = tuple(i for i in everything if i not in used)
    return replace(automatic, images=images, others=others, pairing="Paired by the reader.")


def _uid(image: UltrasoundImage) -> str:
    return image.sop_uid or Path(image.path).name


def _find(images: list[UltrasoundImage], uid: str, frame: int, modality: str) -> UltrasoundImage | None:
    same = [i for i in images if uid == _uid(i)]
    same.sort(key=lambda i: (i.modality != modality, i.frame != frame))
    return same[0] if same else None
