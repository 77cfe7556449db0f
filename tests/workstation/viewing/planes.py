"""A simulated study of one lesion in two planes: two B-mode and two Doppler files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.data.phantom.breast import breast_views
from engine.data.phantom.cases import simulate
from engine.data.phantom.plan import uid
from engine.data.phantom.writing import write_case
from engine.domain.task import load_task

TASK, SEED = "breast_lesion", 41
CINE_INDEX = 1
"""A case whose B-mode file is a loop."""


def write_two_planes(
    folder: Path, *, index: int = CINE_INDEX, planes: tuple[str, str] = ("radial", "antiradial")
) -> None:
    """`planes`: words that the files have for where they were taken, after side and clock face."""
    case = simulate(TASK, SEED, index, cine=True)
    plan = case.plan
    write_case(folder / "first", replace(case, plan=replace(plan, place=f"{plan.place} {planes[0]}")), load_task(TASK))
    uids = {**plan.uids, **{m: uid(SEED, index, m, "second plane") for m in case.views}}
    later = replace(plan, uids=uids, place=f"{plan.place} {planes[1]}", seconds=plan.seconds + 90)
    views = breast_views(SEED, index + 1000, case.latents, plan.n_frames // 2)
    write_case(folder / "second", replace(case, views=views, plan=later), load_task(TASK))
