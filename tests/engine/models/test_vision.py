"""torchvision can be imported beside any torch, in a fresh process."""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
from engine.models.vision import torchvision_models
models = torchvision_models()
import torch, torchvision
from torchvision.transforms import v2
assert torchvision_models() is models is torchvision.models
assert models.resnet18().eval()(torch.zeros(1, 3, 32, 32)).shape == (1, 1000)
"""


def test_a_fresh_process_imports_and_runs_a_torchvision_model() -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", _PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_importing_the_models_package_costs_no_torchvision() -> None:
    program = "import engine.models.registry, engine.models.files, sys; assert 'torchvision' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
