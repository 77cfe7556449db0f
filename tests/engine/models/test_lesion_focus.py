"""Box, square and the way back, against what is drawn by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from engine.models.lesion_focus import (
    WHOLE,
    Localiser,
    bounds_of,
    box_of,
    cropped,
    outline_loss,
    placed_back,
    square_of,
)


def drawn(x: tuple[int, int], y: tuple[int, int], side: int = 64, chance: float = 0.9) -> Tensor:
    """(1, 1, side, side) with a rectangle."""
    picture = torch.zeros(1, 1, side, side)
    picture[..., y[0] : y[1], x[0] : x[1]] = chance
    return picture


def test_box_is_that_of_the_part_with_the_most_probable_neighbourhood() -> None:
    large, speck = drawn((10, 30), (20, 50)), drawn((55, 58), (2, 60), chance=0.95)
    (box,) = box_of(torch.maximum(large, speck))
    assert box.tolist() == pytest.approx([20 / 64, 35 / 64, 20 / 64, 30 / 64])
    (both,) = bounds_of(torch.maximum(large, speck))
    assert both.tolist() == pytest.approx([(10 + 58) / 128, (2 + 60) / 128, 48 / 64, 58 / 64])


def test_a_weak_lesion_is_found_and_nothing_at_all_gives_the_whole_picture() -> None:
    maps = torch.cat([drawn((8, 24), (40, 60), chance=0.2), torch.zeros(1, 1, 64, 64)])
    weak, nothing = box_of(maps)
    assert weak.tolist() == pytest.approx([16 / 64, 50 / 64, 16 / 64, 20 / 64])
    assert nothing.tolist() == pytest.approx(list(WHOLE))


def test_a_long_winding_part_is_followed_to_its_ends() -> None:
    winding = torch.zeros(1, 1, 64, 64)
    winding[..., 2, 2:62] = winding[..., 60, 2:62] = 0.9
    winding[..., 2:61, 61] = 0.9
    assert box_of(winding)[0].tolist() == pytest.approx([32 / 64, 31.5 / 64, 60 / 64, 59 / 64])


def test_square_is_cut_where_the_box_is() -> None:
    pictures = torch.arange(64.0).expand(1, 1, 64, 64) + 1.0
    square = square_of(torch.tensor([[0.5, 0.25, 0.25, 0.125]]), 2.0)
    assert square.tolist() == [[0.5, 0.25, 0.5]]
    cut = cropped(pictures, square, 32)
    # One pixel of the square is one of the picture: columns 16 to 47, the mean of four samples in each.
    assert torch.allclose(cut[0, 0, 5], torch.arange(17.0, 49.0), atol=1e-4)


def test_beyond_the_picture_is_nothing() -> None:
    cut = cropped(torch.ones(1, 1, 64, 64), square_of(torch.tensor([[0.0, 0.5, 0.5, 0.5]]), 1.0), 32)
    assert not cut[..., :15].any() and cut[..., 17:].all()


@pytest.mark.parametrize("cells", [1, 3, 7])
@pytest.mark.parametrize("square", [(0.5, 0.5, 0.4), (0.02, 0.97, 0.3), (0.5, 0.4, 1.4), (0.3, 0.7, 0.12)])
def test_placing_back_leaves_every_mean_alone(cells: int, square: tuple[float, float, float]) -> None:
    features = torch.randn(2, 5, cells, cells, generator=torch.Generator().manual_seed(1))
    placed = placed_back(features, torch.tensor([square] * 2), 32)
    assert placed.shape == (2, 5, 32, 32)
    assert torch.allclose(placed.mean(dim=(2, 3)), features.mean(dim=(2, 3)), atol=1e-5)


def test_what_lies_at_a_place_in_the_square_lies_there_in_the_picture() -> None:
    """A blob is cut out and placed back: its centre comes home, and nothing lies outside the square."""
    blob = drawn((40, 48), (12, 20), chance=1.0)
    square = square_of(torch.tensor([[0.6, 0.3, 0.4, 0.4]]), 1.0)
    home = placed_back(cropped(blob, square, 24), square, 64)[0, 0]
    places = (torch.arange(64) + 0.5) / 64
    assert float((home.sum(dim=0) * places).sum() / home.sum()) == pytest.approx(44 / 64, abs=0.005)
    assert float((home.sum(dim=1) * places).sum() / home.sum()) == pytest.approx(16 / 64, abs=0.005)
    assert not home[:, places < 0.38].any() and not home[places > 0.52].any()


def test_localiser_learns_where_a_bright_disc_is() -> None:
    torch.manual_seed(0)
    localiser = Localiser(8).train()
    optimiser = torch.optim.Adam(localiser.parameters(), lr=1e-2)
    pictures = torch.cat([drawn((x, x + 12), (y, y + 12), side=32) for x in (2, 10, 18) for y in (2, 10, 18)])
    inside = torch.nn.functional.avg_pool2d(pictures, 2).gt(0).float()
    first = float(outline_loss(localiser(pictures), inside).detach())
    for _ in range(25):
        loss = outline_loss(localiser(pictures), inside)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert float(loss.detach()) < 0.5 * first
    found = box_of(localiser(pictures).sigmoid())
    assert torch.allclose(found, bounds_of(inside), atol=0.1)
