"""A written report and training runs as they lie in their folders, small enough to know every number of."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from engine.domain.training import EpochLine, Gate, Problem, RunPhase, RunState
from engine.jobs.training import DataReport
from engine.training.run_folder import LOG, RECIPE, runs_folder, write_epochs, write_state

CURVE = {
    "name": "malignant",
    "threshold": [1.9, 0.9, 0.6, 0.2],
    "false_positive_rate": [0.0, 0.0, 0.5, 1.0],
    "sensitivity": [0.0, 0.5, 1.0, 1.0],
    "precision": [1.0, 1.0, 2 / 3, 0.5],
    "true_positive": [0, 1, 2, 2],
    "false_positive": [0, 0, 1, 2],
    "false_negative": [2, 1, 0, 0],
    "true_negative": [2, 2, 1, 0],
}


def figure(value: float, low: float | None = None, high: float | None = None, n: int = 4) -> dict[str, float | None]:
    """A figure as it stands in metrics.json."""
    return {"value": value, "low": low, "high": high, "n": n}


POINT = {
    "name": "in use",
    "origin": "fixed",
    "threshold": 0.6,
    "optimistic": False,
    "hits": 2,
    "false_alarms": 1,
    "misses": 0,
    "rejections": 1,
    "sensitivity": figure(1.0, 0.34, 1.0, 2),
    "specificity": figure(0.5, 0.1, 0.9, 2),
    "positive_predictive_value": figure(2 / 3, 0.2, 0.9, 3),
    "negative_predictive_value": figure(1.0, 0.2, 1.0, 1),
}
SUBSETS = [
    {
        "modalities": ["bmode"],
        "n": 4,
        "figures": {"auc": figure(0.75, 0.3, 1.0)},
        "auc_below_all": {**figure(0.125, -0.1, 0.35), "p": 0.25},
        "optimum_auc": 0.9,
    },
    {"modalities": ["bmode", "doppler"], "n": 4, "figures": {"auc": figure(0.875, 0.5, 1.0)}, "auc_below_all": None},
    {"modalities": ["doppler"], "n": 1, "figures": None, "auc_below_all": None},
]
INTEGRATION = {
    "source": "the model's own classifier of each modality",
    "scores": [
        {
            "score": 0.9,
            "consistency": 0.95,
            "confidence": 0.8,
            "accuracy": 0.925,
            "consistency_variant": "hard",
            "confidence_variant": "gap",
            "calibrated": False,
            "weights": [0.3, 0.3, 0.4],
            "n": 4,
        }
    ],
    "complementarity": {"best_modality": "bmode", "gained": 0.25, "lost": 0.0, "p_value": 1.0, "n": 4},
}
ADDED = [
    {
        "modality": name,
        "title": title,
        "n": 4,
        "auc_lost": {"difference": figure(0.125, -0.1, 0.35), "p_value": 0.25},
        "shapley_size": figure(1.5, 1.0, 2.0),
        "shapley_of_positive": figure(1.4, 0.9, 1.9, 2),
        "shapley_of_negative": figure(-1.6, -2.1, -1.1, 2),
    }
    for name, title in (("bmode", "B-mode"), ("doppler", "Doppler"))
]
SETS = {
    "n": 4,
    "promised": 0.9,
    "coverage": figure(0.75, 0.3, 0.95),
    "by_class": {"benign": figure(0.5, 0.1, 0.9, 2), "malignant": figure(1.0, 0.34, 1.0, 2)},
    "size": figure(1.25, 0.8, 1.7),
    "single": figure(0.75, 0.3, 0.95),
    "empty": figure(0.0, 0.0, 0.49),
}
POINTING = {
    "cases": "malignant",
    "n": 2,
    "hits": figure(0.5, 0.1, 0.9, 2),
    "energy": figure(0.3, 0.2, 0.4, 2),
    "chance": figure(0.1, 0.05, 0.15, 2),
    "times_chance": figure(3.0, 2.0, 4.0, 2),
}
CHECK = {
    "n": 4,
    "repeats": 3,
    "steps": [
        {"layers": 0, "share": 0.0, "similarity": figure(1.0, 1.0, 1.0), "signed_similarity": figure(1.0, 1.0, 1.0)},
        {"layers": 9, "share": 1.0, "similarity": figure(0.2, 0.1, 0.3), "signed_similarity": figure(0.0, -0.1, 0.1)},
    ],
    "depends": True,
    "sentence": "",
}
WORSE = [
    {
        "kind": "noise",
        "title": "Speckle",
        "meaning": "",
        "severity": [0.0, 0.5, 1.0],
        "auc": [figure(0.875, 0.5, 1.0), figure(0.75, 0.3, 1.0), figure(0.5, 0.1, 0.9)],
        "late_fusion": [],
        "relative": 0.719,
        "effective": None,
    }
]
WRONG = {
    "name": "false-alarm-01",
    "kind": "false alarm",
    "case_id": "b",
    "truth": "benign",
    "called": "malignant",
    "probability": 0.65,
    "facts": {"birads": "4A"},
    "shapley": {"bmode": 0.5, "doppler": -0.25},
    "weak": False,
}
METRICS = {
    "format": 1,
    "model": "tiny",
    "n": 4,
    "simulated": True,
    "classes": ["benign", "malignant"],
    "class_counts": {"benign": 2, "malignant": 2},
    "question": "malignant",
    "threshold": 0.6,
    "figures": {"auc": {"value": 0.875, "low": 0.5, "high": 1.0, "n": 4}},
    "curves": [CURVE],
    "confusion": [[1, 1], [0, 2]],
    "threshold_origin": "fixed",
    "points": [POINT],
    "rows": SUBSETS,
    "integration": INTEGRATION,
    "contributions": ADDED,
    "sets": SETS,
    "localisation": [POINTING],
    "randomisation": CHECK,
    "robustness": WORSE,
    "gallery": [WRONG],
    "baselines": [{"name": "size of the picture", "missing": "not recorded", "auc": None}],
}
CASES = """case_id,truth,called,probability,source,projection_x,projection_y
a,benign,benign,0.2,phantom:4:1,-1.0,-0.5
b,benign,malignant,0.65,phantom:4:1,0.5,0.25
c,malignant,malignant,0.7,phantom:4:1,0.75,0.5
d,malignant,malignant,0.9,phantom:4:1,1.5,1.0
"""
DATA = "phantom:8:1"
PROBLEMS = (
    Problem(kind="patient in two folds", sentence="c-1 and c-2 are of one patient.", case_id="c-2", blocks=True),
    Problem(kind="missing file", sentence="manifest.csv, row 2: gone.dcm is missing.", case_id="c-3"),
    Problem(kind="unknown term", sentence="manifest.csv, row 3: banana-shaped is no shape.", line=3),
)
CHECKED = DataReport(
    data=DATA,
    task="breast_lesion",
    n=8,
    patients=8,
    classes={"benign": 4, "malignant": 4},
    modalities={"bmode": 8, "doppler": 8},
    simulated=True,
    folds=2,
    problems=PROBLEMS,
)


def write_report(folder: Path) -> Path:
    """A report of four cases."""
    names = ("radar", "contributions", "integration", "localisation", "randomisation", "robustness")
    for name in (*(f"figures/{name}" for name in names), "gallery/false-alarm-01"):
        place = folder / f"{name}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (864, 608), (240, 240, 240)).save(place)
    (folder / "metrics.json").write_text(json.dumps(METRICS))
    (folder / "cases.csv").write_text(CASES)
    return folder


def write_run(name: str = "mine", state: RunPhase = RunPhase.FINISHED) -> RunState:
    """A run in the data folder of the test."""
    run_id = f"20260102-03040{len(name)}-{name}"
    figures = {"validation_auc": {"value": 0.9, "low": 0.8, "high": 1.0, "n": 8}}
    made = RunState(
        run_id=run_id,
        name=name,
        task="breast_lesion",
        data=DATA,
        recipe="fine_tune",
        created_at="2026-01-02T03:04:05+00:00",
        start_from="breast-demo",
        state=state,
        sentence=f"Finished: the model {name} is ready.",
        step=4,
        steps=4,
        epoch=2,
        epochs=2,
        gate=Gate(metric="auc", margin=-0.02, test_data="phantom:8:2"),
        result={"figures": figures} if state is RunPhase.FINISHED else {},
    )
    run = runs_folder() / run_id
    run.mkdir(parents=True, exist_ok=True)
    write_state(run, made)
    write_epochs(run, tuple(_epoch(number) for number in (1, 2)))
    (run / LOG).write_text("2026-01-02T03:04:05+00:00 Training begins at step 0 of 4.\n")
    (run / RECIPE).write_text('name = "fine_tune"\n\n[schedule]\nepochs = 2\n')
    return made


def _epoch(number: int) -> EpochLine:
    return EpochLine(
        fold=0,
        epoch=number,
        losses={"total": 0.7 / number},
        validation_log_loss=0.6 / number,
        validation_auc=0.8 + number / 20,
        lr=0.001,
        images_per_s=10.0,
        seconds=1.0,
    )
