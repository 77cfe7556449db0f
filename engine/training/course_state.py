"""A course as tensors and numbers, and back, so that a resumed one goes on bit by bit as if nothing had happened."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.training import EpochLine
from engine.training.checkpoint import Checkpoint
from engine.training.course import Course
from engine.training.optimising import Plateau


def state_of(course: Course) -> Checkpoint:
    """All that the course needs to go on; to be called by every process."""
    tensors = {f"model/{n}": t for n, t in course.model.state_dict().items()}
    if course.average:
        tensors |= {f"average/{n}": t for n, t in course.average.model.state_dict().items()}
    for index, held in _optimiser(course).state_dict()["state"].items():
        tensors |= {f"optimiser/{index}/{name}": t for name, t in held.items() if isinstance(t, Tensor)}
    tensors |= {f"random/{name}": t for name, t in _random_states(course).items()}
    facts = {
        "fold": course.fold,
        "epochs": course.epochs,
        "sums": {name: float(value) for name, value in course.sums.items()},
        "plateau": course.plateau.as_table(),
        "averaged": course.average.steps if course.average else 0,
        "history": [asdict(line) for line in course.history],
        "best": course.best.epoch if course.best else 0,
        "world": course.fabric.world_size,
    }
    return Checkpoint(step=course.step, facts=facts, tensors=tensors, best=course.best_state)


def restore(course: Course, checkpoint: Checkpoint) -> None:
    """Put a new course where the checkpoint was taken.

    Raises
    ------
    CaseError
        CORRUPT: the checkpoint is of another system or recipe.
    """
    try:
        _restore(course, checkpoint)
    except (KeyError, RuntimeError, ValueError, TypeError, IndexError) as error:
        raise CaseError(
            ErrorKind.CORRUPT,
            "The checkpoint of this run does not fit its recipe. Start the run anew.",
            f"{type(error).__name__}: {error}",
        ) from error


def _restore(course: Course, checkpoint: Checkpoint) -> None:
    tensors, facts = checkpoint.tensors, checkpoint.facts
    course.model.load_state_dict(_below(tensors, "model/"))
    if course.average:
        course.average.model.load_state_dict(_below(tensors, "average/"))
        course.average.steps = int(facts["averaged"])
    _fill_optimiser(course, _below(tensors, "optimiser/"))
    course.step = checkpoint.step
    course.sums = {n: torch.tensor(v, dtype=torch.float64).to(course.fabric.device) for n, v in facts["sums"].items()}
    course.plateau = Plateau.from_table(facts["plateau"])
    course.history = [EpochLine(**line) for line in facts["history"]]
    course.best = course.history[int(facts["best"]) - 1] if facts["best"] else None
    course.best_state = dict(checkpoint.best)
    _set_random_states(course, _below(tensors, "random/"))


def _optimiser(course: Course) -> torch.optim.Optimizer:
    inner: torch.optim.Optimizer = course.optimiser.optimizer
    return inner


def _fill_optimiser(course: Course, tensors: dict[str, Tensor]) -> None:
    optimiser = _optimiser(course)
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    state: dict[int, dict[str, Any]] = {}
    for name, tensor in tensors.items():
        index, _, kind = name.partition("/")
        parameter = parameters[int(index)]
        if tensor.shape == parameter.shape:
            # The same order in memory as before, as sums are rounded otherwise in another one.
            tensor = torch.empty_like(parameter, requires_grad=False).copy_(tensor)
        state.setdefault(int(index), {})[kind] = tensor
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})


def _random_states(course: Course) -> dict[str, Tensor]:
    """Of every process."""
    states = {"cpu": torch.get_rng_state()}
    if course.fabric.device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(course.fabric.device)
    if course.fabric.world_size == 1:
        return {name: state[None] for name, state in states.items()}
    device = course.fabric.device
    return {name: course.fabric.all_gather(state.to(device)).cpu() for name, state in states.items()}  # type: ignore[union-attr]


def _set_random_states(course: Course, tensors: dict[str, Tensor]) -> None:
    rank = course.fabric.global_rank
    if rank < len(tensors["cpu"]):  # with more processes than before the new ones keep their own
        torch.set_rng_state(tensors["cpu"][rank])
    if "cuda" in tensors and course.fabric.device.type == "cuda" and rank < len(tensors["cuda"]):
        torch.cuda.set_rng_state(tensors["cuda"][rank], course.fabric.device)


def _below(tensors: Any, prefix: str) -> dict[str, Tensor]:
    return {name[len(prefix) :]: tensor for name, tensor in tensors.items() if name.startswith(prefix)}
