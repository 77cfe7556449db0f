"""EfficientNet-Lite0 as published: its parameters, and its answers with ImageNet's weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.data.batches import MEAN, STD
from engine.models.efficientnet_lite import EfficientNetLite
from engine.models.pretrained import load_trunks


def as_its_weights_expect(pixels: torch.Tensor) -> torch.Tensor:
    """(x - 127) / 128 turned into what every model here is given."""
    mean, std = torch.tensor(MEAN)[:, None, None], torch.tensor(STD)[:, None, None]
    return ((pixels * 128.0 + 127.0) / 255.0 - mean) / std


def test_parameters_are_those_of_the_paper_without_the_classifier() -> None:
    """4,652,008 in all, of which the classifier has 1,281,000."""
    assert sum(p.numel() for p in EfficientNetLite().parameters()) == 4_652_008 - 1_281_000


@pytest.mark.parametrize(("size", "side"), [(224, 7), (160, 5), (96, 3), (97, 4)])
def test_the_map_is_a_32nd_of_the_picture_rounded_up(size: int, side: int) -> None:
    with torch.no_grad():
        assert EfficientNetLite().eval()(torch.zeros(1, 3, size, size)).shape == (1, 1280, side, side)


def test_with_imagenets_weights_it_answers_like_the_published_conversion() -> None:
    """Figures of the package `efficientnet_lite_pytorch` 0.1.0, whose maps were equal to these to the last bit."""
    trunk = EfficientNetLite()
    assert load_trunks(trunk, Path("efficientnet_lite0")) == 1
    trunk.eval()
    for size, mean, first in ((224, 0.114173, (0.5801, 1.3323, 1.2783)), (160, 0.099569, (2.1303, 2.3178, 2.3944))):
        waves = torch.sin(torch.arange(3 * size * size, dtype=torch.float32) * 0.37).view(1, 3, size, size)
        with torch.no_grad():
            found = trunk(as_its_weights_expect(waves))
        assert float(found.mean()) == pytest.approx(mean, rel=1e-3)
        assert found.flatten()[:3].tolist() == pytest.approx(first, rel=2e-3)
