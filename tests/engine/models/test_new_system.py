"""A further system is one new file: the registry, training, the model file and scoring take it without being told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SYSTEM = '''
"""A toy: the mean colour of each image, and the descriptors, into one linear layer."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from engine.domain.task import DESCRIPTORS
from engine.models.branched import BranchedModel, descriptor_encoder
from engine.models.contract import FusionOutput
from engine.models.losses import classification_loss
from engine.models.registry import register
from engine.models.settings import settings_of


@dataclass(frozen=True, kw_only=True)
class ToyOptions:
    input_size: int = 32
    width: int = 4


PRESETS = {"tiny": ToyOptions()}


@register("toy", presets=tuple(PRESETS), description="Mean colours and descriptors.")
class Toy(BranchedModel):
    def __init__(self, task, preset="tiny", **options):
        s = settings_of("toy", PRESETS, preset, options)
        super().__init__(task, preset=preset, input_size=s.input_size, modality_dropout=0.5)
        self.trunks = nn.ModuleDict({m: nn.Conv2d(3, s.width, 8, stride=8) for m in task.images})
        self.describe = descriptor_encoder(task, s.width)
        self.head = nn.Linear(s.width * len(task.modalities), task.n_logits)

    def fuse(self, encoded, present=None):
        present = self.held(encoded, present)
        vectors = {m: f.mean(dim=(2, 3)) for m, f in encoded.features.items()}
        if encoded.descriptors is not None:
            vectors[DESCRIPTORS] = encoded.descriptors
        width = self.head.in_features // len(self.task.modalities)
        fused = torch.cat([self.stand_in(m, vectors.get(m), present, width) for m in self.task.modalities], dim=1)
        return FusionOutput(logits=self.head(fused), fused=fused, features=encoded.features, present=present)

    def loss(self, output, target):
        loss = classification_loss(output.logits, target, self.class_weights)
        return {"fused": loss, "total": loss}
'''

PROGRAM = """
import sys
import engine.models

engine.models.__path__.append(sys.argv[1])  # as if the file lay in the package's folder
from engine.cli import app

app(sys.argv[2:])
"""


def test_one_file_is_all_it_takes(tmp_path: Path) -> None:
    place = tmp_path / "new"
    place.mkdir()
    (place / "toy.py").write_text(SYSTEM)

    def sonofuse(*words: object) -> str:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(place), *map(str, words)],
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "SONOFUSE_HOME": str(tmp_path / "home"), "OMP_NUM_THREADS": "1"},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    model = tmp_path / "model"
    told = sonofuse("train", "--data", "phantom:24:1", "--out", model, "--architecture", "toy", "--epochs", 2)
    assert "Model model written" in " ".join(told.split())
    rows = sonofuse("evaluate", "--model", model, "--data", "phantom:12:2", "--out", tmp_path / "figures")
    assert "B-mode" in rows and "Descriptors" in rows
