"""Several systems side by side; what it shares with all systems is in test_systems."""

from __future__ import annotations

import torch

from engine.explain.heatmap import evidence_maps, traced_forward
from engine.models.ensemble import Ensemble
from engine.models.registry import create_model
from tests.engine.models.systems import SMALL, TASKS, all_present, batch, small

BREAST = TASKS["breast_lesion"]
ZEROS = torch.zeros(4, dtype=torch.int64)


def ensemble(*members: str) -> Ensemble:
    options = [{"architecture": name, "preset": "tiny", "options": dict(SMALL[name])} for name in members]
    model = small("ensemble", "breast_lesion", "tiny", members=options)
    assert isinstance(model, Ensemble)
    model.sharpness.fill_(1.0)
    return model


def test_the_logit_is_the_mean_of_the_members() -> None:
    model, inputs = ensemble("mhfnet", "heterofusion", "focused_fusion"), batch(BREAST)
    with torch.no_grad():
        for code in range(8):
            present = torch.tensor([[bool(code >> i & 1) for i in range(3)]]).expand(4, -1)
            alone = [member(inputs, present).logits for member in model.members]
            assert torch.allclose(model(inputs, present).logits, torch.stack(alone).mean(dim=0), atol=1e-5)


def test_a_map_is_the_mean_of_the_members_maps_on_one_grid() -> None:
    """Grids of 4 x 4 and 3 x 3 meet on one of 12 x 12, and the share of the logit stays what it was."""
    model, inputs = ensemble("mhfnet", "focused_fusion"), batch(BREAST)
    whole = evidence_maps(traced_forward(model, inputs), ZEROS)["bmode"]
    alone = [evidence_maps(traced_forward(m, inputs), ZEROS)["bmode"] for m in model.members]  # type: ignore[arg-type]
    sides = {maps.shape[-1] for maps in alone}
    assert len(sides) == 2 and whole.shape[-1] % max(sides) == 0
    shares = torch.stack([maps.mean(dim=(1, 2)) for maps in alone]).mean(dim=0)
    assert torch.allclose(whole.mean(dim=(1, 2)), shares, atol=1e-5)


def test_one_picture_with_many_terms_is_answered_as_one_by_one() -> None:
    model, inputs = ensemble("mhfnet", "focused_fusion"), batch(BREAST)
    alike = {m: t if m == "descriptors" else t[:1].expand(4, *t.shape[1:]) for m, t in inputs.items()}
    present = all_present(BREAST)
    present[1, 2] = False
    calls: list[int] = []
    seen = model.members[1].view
    inner = seen.forward
    seen.forward = lambda pictures, here, see: calls.append(len(pictures)) or inner(pictures, here, see)  # type: ignore[method-assign, func-returns-value]
    with torch.no_grad():
        together = model(alike, present).logits
        assert calls == [1]
        for row in range(4):
            one = {m: t[row : row + 1].clone() for m, t in alike.items()}
            assert torch.allclose(model(one, present[row : row + 1]).logits, together[row : row + 1], atol=1e-5)


def test_members_that_look_at_less_are_shown_less() -> None:
    options = {**SMALL["focused_mhfnet"], "images": ["bmode"]}
    members = [
        {"architecture": "focused_mhfnet", "preset": "tiny", "options": options},
        {
            "architecture": "focused_fusion",
            "preset": "tiny",
            "options": {**SMALL["focused_fusion"], "images": ["bmode"]},
        },
    ]
    model = create_model("ensemble", BREAST, "tiny", members=members).eval()
    inputs = batch(BREAST)
    assert model.looks_at == ("bmode", "descriptors")
    other = {**inputs, "doppler": inputs["doppler"] + 3.0}
    with torch.no_grad():
        assert torch.equal(model(inputs).logits, model(other).logits)
    assert not any(name.startswith("members.0.branches.doppler") for name in model.state_dict())


def test_each_member_learns_from_its_own_loss_and_from_masks_where_it_takes_them() -> None:
    model, inputs = ensemble("late_fusion", "focused_fusion"), batch(BREAST, size=64)
    model.train()
    masks = torch.zeros(4, 64, 64, dtype=torch.uint8)
    masks[:, 10:30, 34:60] = 1
    output, terms = model.guided(inputs, all_present(BREAST), masks, 1.0)
    assert set(terms) == {"outline 2"} and model.wants_masks
    found = model.loss(output, torch.tensor([0, 1, 0, 1]))
    assert set(found) == {"member 1", "member 2", "total"}
    found["member 1"].backward(retain_graph=True)
    taught = {n.split(".")[1] for n, p in model.named_parameters() if p.grad is not None and p.grad.any()}
    assert taught == {"0"}
