"""Fusion by evidence in log-odds; what it shares with all systems is in test_systems."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from engine.domain.errors import CaseError
from engine.explain.heatmap import evidence_maps, traced_forward
from engine.explain.shapley import shapley_values
from engine.models.focused_fusion import FocusedFusion
from engine.models.registry import create_model
from tests.engine.models.systems import SMALL, TASKS, all_present, batch, small

BREAST = TASKS["breast_lesion"]
SIZE = 64


def fusion(**options: object) -> FocusedFusion:
    model = small("focused_fusion", "breast_lesion", "tiny", **{"input_size": SIZE, **options})
    assert isinstance(model, FocusedFusion)
    return model


def shown(*modalities: str, n: int = 4) -> Tensor:
    return torch.tensor([[m in modalities for m in BREAST.modalities]]).expand(n, -1)


def test_the_evidence_of_the_modalities_adds_up() -> None:
    model, inputs = fusion(), batch(BREAST, size=SIZE)
    with torch.no_grad():
        logits = {
            s: model(inputs, shown(*s)).logits for s in ((), ("bmode",), ("descriptors",), ("bmode", "descriptors"))
        }
    prior, image, words, both = logits.values()
    assert torch.allclose(prior, model.prior.expand(4, -1))
    assert torch.allclose(both - prior, (image - prior) + (words - prior), atol=1e-5)


def test_no_modality_learns_from_another() -> None:
    """The image's weights get the same gradient whether or not descriptors are there."""
    model, inputs, target = fusion(), batch(BREAST, size=SIZE), torch.tensor([0, 1, 0, 1])
    gradients = []
    for modalities in (("bmode",), ("bmode", "descriptors")):
        model.zero_grad()
        output = model(inputs, shown(*modalities))
        model.loss(output, target)["total"].backward()
        gradients.append(model.heads["bmode"][1].weight.grad.clone())  # type: ignore[index, union-attr]
    assert torch.allclose(*gradients, atol=1e-7)


def test_descriptors_are_a_penalised_logistic_regression() -> None:
    """Trained to the end, the descriptors' part is scikit-learn's with C = 1 / (penalty x n)."""
    from sklearn.linear_model import LogisticRegression

    torch.manual_seed(0)
    n, penalty = 60, 0.02
    terms = (torch.rand(n, BREAST.n_terms) < 0.3).float()
    target = (terms[:, 3] + terms[:, 7] + 0.3 * torch.randn(n) > 0.7).long()
    model = fusion(descriptor_penalty=penalty)
    optimiser = torch.optim.LBFGS(model.describe.parameters(), max_iter=200, line_search_fn="strong_wolfe")  # type: ignore[union-attr]

    def closure() -> Tensor:
        optimiser.zero_grad()
        total = model.loss(model({"descriptors": terms}, shown("descriptors", n=n)), target)["total"]
        total.backward()
        return total

    optimiser.step(closure)  # type: ignore[arg-type]
    judge = LogisticRegression(C=1.0 / (penalty * n), max_iter=5000, tol=1e-8).fit(terms.numpy(), target.numpy())
    assert isinstance(model.describe, torch.nn.Linear)
    assert model.describe.weight.detach().numpy() == pytest.approx(judge.coef_, abs=2e-3)


def test_shapley_values_are_the_evidence_itself() -> None:
    model, inputs = fusion(), batch(BREAST, size=SIZE)
    with torch.no_grad():
        output = model(inputs)
    found = shapley_values(model, inputs, all_present(BREAST))
    assert set(output.unimodal_logits) == set(BREAST.modalities)
    for modality, logits in output.unimodal_logits.items():
        assert torch.allclose(found.values[modality], logits - model.prior, atol=1e-4)


def test_a_factor_scales_one_set_of_modalities_only() -> None:
    model, inputs = fusion(), batch(BREAST, size=SIZE)
    with torch.no_grad():
        before = {s: model(inputs, shown(*s)).logits for s in (("bmode",), ("bmode", "descriptors"))}
        model.sharpen(("bmode", "descriptors"), 0.5)
        after = {s: model(inputs, shown(*s)).logits for s in before}
    assert torch.equal(before["bmode",], after["bmode",])
    assert torch.allclose(after["bmode", "descriptors"], 0.5 * before["bmode", "descriptors"])
    maps = evidence_maps(
        traced_forward(model, inputs, shown("bmode", "descriptors")), torch.zeros(4, dtype=torch.int64)
    )
    plain = evidence_maps(traced_forward(model, inputs, shown("bmode")), torch.zeros(4, dtype=torch.int64))
    assert torch.allclose(maps["bmode"], 0.5 * plain["bmode"], atol=1e-6)


def test_only_the_lesions_surroundings_matter() -> None:
    model, inputs = fusion(), batch(BREAST, n=2, size=SIZE)
    model.view.boxes = lambda pictures: torch.tensor([[0.75, 0.25, 0.2, 0.2]]).expand(len(pictures), -1)  # type: ignore[method-assign]
    far, near = ({m: t.clone() for m, t in inputs.items()} for _ in range(2))
    far["bmode"][:, :, SIZE // 2 :, : SIZE // 2] = 3.0
    near["bmode"][:, :, 12:20, 44:52] = 3.0
    with torch.no_grad():
        before = model(inputs).logits
        assert torch.equal(model(far).logits, before)
        assert not torch.equal(model(near).logits, before)


def test_without_a_network_for_doppler_its_content_is_not_looked_at() -> None:
    model, inputs = fusion(images=["bmode"]), batch(BREAST, size=SIZE)
    assert model.looks_at == ("bmode", "descriptors") and set(model.trunks) == {"bmode"}
    other = {**inputs, "doppler": inputs["doppler"] + 5.0}
    with torch.no_grad():
        assert torch.equal(model(inputs).logits, model(other).logits)
        assert torch.equal(model(inputs).logits, model(inputs, shown("bmode", "descriptors")).logits)
    assert not model(inputs).present[:, BREAST.modalities.index("doppler")].any()  # type: ignore[index]


def test_a_modality_that_no_training_case_had_stays_silent() -> None:
    """Trained on images alone, terms that a reader enters change nothing."""
    torch.manual_seed(0)
    model = create_model("focused_fusion", BREAST, "tiny", **{**SMALL["focused_fusion"], "input_size": SIZE})
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    inputs, target = batch(BREAST, size=SIZE), torch.tensor([0, 1, 1, 1])
    for _ in range(3):
        optimiser.zero_grad()
        model.loss(model(inputs, shown("bmode")), target)["total"].backward()
        optimiser.step()
    model.eval()
    with torch.no_grad():
        alone, described = (model(inputs, shown(*m)).logits for m in (("bmode",), ("bmode", "descriptors")))
        assert torch.equal(alone, described) and not torch.equal(alone, model(inputs, shown()).logits)


@pytest.mark.parametrize("images", [["doppler"], ["bmode", "mri"]])
def test_images_that_it_cannot_have_are_told(images: list[str]) -> None:
    with pytest.raises(CaseError, match="option images"):
        fusion(images=images)


def test_masks_guide_the_localiser_in_training() -> None:
    model, inputs = fusion(localised_share=1.0), batch(BREAST, n=4, size=SIZE)
    model.train()
    masks = torch.zeros(4, SIZE, SIZE, dtype=torch.uint8)
    masks[:, 10:30, 34:60] = 1
    _, terms = model.guided(inputs, all_present(BREAST), masks, 1.0)
    terms["outline"].backward()
    assert {n.split(".")[1] for n, p in model.named_parameters() if p.grad is not None} == {"localiser"}
