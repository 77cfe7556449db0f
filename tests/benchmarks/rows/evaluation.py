"""Figures of a report: against the forward passes that they are made from, and the bootstrap alone."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch

from engine.domain.task import load_task
from engine.evaluation.bootstrapped import question_bootstrap
from engine.evaluation.judgement import judge
from engine.evaluation.scored import ScoredCases
from engine.models.files import load_model
from engine.training.scoring import logits_of
from engine.training.sources import load_cases
from tests.benchmarks.figures import Figure
from tests.benchmarks.materials import TASK, model
from tests.benchmarks.setting import Setting

CASES, RESAMPLES = 1000, 2000


def metrics(setting: Setting) -> Sequence[Figure]:
    """All numbers of a report with their intervals, against one forward pass of the smallest model per case."""
    passed = setting.pick(8, 64, 256)
    file = model(setting, "tiny")
    cases = load_cases(f"phantom:{passed}:5", load_task(TASK), file.card.input_size)
    network = load_model(file)
    logits_of(network, cases.only(np.arange(min(8, passed))))
    with torch.inference_mode():
        forward = min(_seconds(lambda: logits_of(network, cases)) for _ in range(3)) * CASES / passed
    scored = _answers(CASES)
    times = setting.pick(1, 3, 3)
    judging = min(_seconds(lambda: judge(scored, yardsticks=False, resamples=RESAMPLES)) for _ in range(times))
    whole = min(_seconds(lambda: judge(scored, resamples=RESAMPLES)) for _ in range(times))
    fitting = f"fitting the two baselines is not in it: {max(whole - judging, 0.0):.2f} s more"
    note = f"{RESAMPLES} resamples, bands and subgroups included; {fitting}; tiny, forward of {passed} cases scaled"
    what = "metrics and intervals of 1,000 cases, part of their forward passes"
    return [Figure(what=what, measured=judging, yardstick=forward, unit="s", bound=0.10, note=note)]


def bootstrap(setting: Setting) -> Sequence[Figure]:
    """All scalar figures of 1,000 cases."""
    scored = _answers(CASES)
    question = scored.question

    def run() -> object:
        return question_bootstrap(
            scored.probabilities,
            scored.targets,
            question.probability,
            question.positive,
            threshold=0.3,
            groups=scored.groups,
            resamples=RESAMPLES,
        )

    seconds = min(_seconds(run) for _ in range(setting.pick(1, 3, 5)))
    note = "16 figures, whole patients drawn"
    what = "2,000 bootstrap resamples of all scalar figures, 1,000 cases"
    return [Figure(what=what, measured=seconds, unit="s", bound=2.0, note=note)]


def _answers(n: int) -> ScoredCases:
    """Made-up answers: how long judging takes does not depend on the model."""
    rng = np.random.default_rng(0)
    task = load_task(TASK)
    targets = (rng.random(n) < 0.4).astype(np.int64)

    def answers(strength: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        malignant = 1 / (1 + np.exp(-rng.normal(strength * (2 * targets - 1), 1.5)))
        return np.stack([1 - malignant, malignant], axis=1)

    names, whole = task.modalities, answers(1.0)
    parts = {(m,): answers(0.6) for m in names} | {tuple(x for x in names if x != m): answers(0.8) for m in names}
    return ScoredCases(
        task=task,
        case_ids=tuple(f"c-{i}" for i in range(n)),
        probabilities=whole,
        logits=np.zeros((n, 1)),
        targets=targets,
        present=np.ones((n, len(names)), bool),
        groups=np.array([f"p{i // 2}" for i in range(n)]),
        folds=np.zeros(n, np.int64),
        facts=tuple({"birads": str(rng.integers(2, 6)), "device": "AB"[i % 2]} for i in range(n)),
        model="made-up",
        data="made-up",
        subsets={names: whole, **parts},
        shapley=rng.normal(size=(n, len(names))),
        descriptors=rng.integers(0, 2, (n, task.n_terms)).astype(np.float64),
        image_sizes=rng.integers(200, 500, (n, 2)).astype(np.float64),
    )


def _seconds(run: object) -> float:
    assert callable(run)
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
