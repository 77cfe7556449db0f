"""Cases that the plain models are tested with; no file is behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.domain.case import Case, StudyFolder, UltrasoundImage
from engine.domain.descriptors import Descriptors
from engine.domain.prediction import Prediction
from engine.domain.task import load_task

TASK = load_task("breast_lesion")


def image(modality: str, uid: str, **more: Any) -> UltrasoundImage:
    return UltrasoundImage(
        path=f"/study/{uid}.dcm",
        modality=modality,
        why=f"looks like {modality}",
        rows=480,
        columns=640,
        sop_uid=uid,
        **more,
    )


def case(name: str = "c-1", **more: Any) -> Case:
    images = {"bmode": image("bmode", f"{name}.1"), "doppler": image("doppler", f"{name}.2")}
    return Case(**{"case_id": name, "task": TASK.name, "patient_id": f"P {name}", "images": images, **more})


def folder(*cases: Case) -> StudyFolder:
    return StudyFolder(path="/study", task=TASK.name, cases=cases or (case("c-1"), case("c-2"), case("c-3")))


def prediction(of: Case, probability: float = 0.73, **more: Any) -> Prediction:
    present: Mapping[str, bool] = {m: m in of.images for m in TASK.images} | {
        "descriptors": not of.descriptors.is_missing
    }
    known = {
        "case_id": of.case_id,
        "task": TASK.name,
        "model": "test model",
        "model_sha256": "ab" * 32,
        "classes": TASK.classes,
        "probabilities": (1 - probability, probability),
        "predicted_class": "malignant" if probability >= 0.5 else "benign",
        "threshold": 0.5,
        "present": present,
        "logits": (float(np.log(probability / (1 - probability))),),
    }
    return Prediction(**{**known, **more})


def terms(**chosen: str) -> Descriptors:
    return Descriptors({name: tuple(value.split(";")) for name, value in chosen.items()})
