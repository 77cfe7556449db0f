"""What every neural fusion system promises, for every preset and task."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import torch

from engine.explain.heatmap import heatmaps, traced_forward
from engine.models.files import load_model, save_model
from engine.models.registry import available, create_model
from tests.engine.models.systems import ALIKE, CASES, OWN, PRESETS, SMALL, TASKS, all_present, batch, small

WITHOUT_PRESETS = {"descriptors_logistic", "descriptors_boosting", "stiffness_cutoffs"}
"""Tested in files of their own."""

every = pytest.mark.parametrize(("name", "task", "preset"), CASES)


def test_no_system_is_left_out_here() -> None:
    neural = {a.name: a.presets for a in available() if a.name not in WITHOUT_PRESETS}
    assert set(neural) == set(SMALL)
    assert all(presets == OWN.get(name, PRESETS) for name, presets in neural.items())


@pytest.mark.parametrize(("name", "preset"), sorted(ALIKE))
def test_presets_that_are_left_out_here_are_the_same_as_the_tiny_one(name: str, preset: str) -> None:
    for task in TASKS:
        left_out, kept = small(name, task, preset), small(name, task, "tiny")
        assert str(left_out) == str(kept)
        for key, tensor in left_out.state_dict().items():
            assert torch.equal(tensor, kept.state_dict()[key]), key


@every
def test_any_subset_answers_and_content_of_what_is_missing_cannot_matter(name: str, task: str, preset: str) -> None:
    model, inputs = small(name, task, preset), batch(TASKS[task])
    names = model.task.modalities
    with torch.no_grad():
        whole = model(inputs).logits
        assert whole.shape == (4, model.task.n_logits)
        for shown in itertools.product([False, True], repeat=len(names)):
            present = all_present(model.task)
            present[1:3] = torch.tensor(shown)
            output = model(inputs, present)
            assert torch.isfinite(output.logits).all()
            spoiled = {m: t.clone() for m, t in inputs.items()}
            for modality in (m for m, s in zip(names, shown, strict=True) if not s):
                spoiled[modality][1:3] = float("nan")
            assert torch.equal(model(spoiled, present).logits, output.logits)
            assert torch.allclose(output.logits[[0, 3]], whole[[0, 3]], atol=1e-5)
            if not all(shown):
                assert not torch.allclose(output.logits[1:3], whole[1:3], atol=1e-6), f"{shown} does not matter"
            if output.fusion_weights is not None:
                assert not output.fusion_weights[~present].any()
                totals = output.fusion_weights.sum(dim=1)
                assert torch.allclose(totals, present.any(dim=1).float(), atol=1e-5)


@every
def test_a_modality_that_the_batch_does_not_hold_is_the_same_as_one_masked_out(
    name: str, task: str, preset: str
) -> None:
    model, inputs = small(name, task, preset), batch(TASKS[task])
    with torch.no_grad():
        for column, modality in enumerate(model.task.modalities):
            present = all_present(model.task)
            present[:, column] = False
            rest = {m: t for m, t in inputs.items() if m != modality}
            assert torch.allclose(model(rest).logits, model(inputs, present).logits, atol=1e-6)
            with pytest.raises(ValueError, match=modality):
                model(rest, all_present(model.task))


@every
def test_a_batch_equals_its_cases_one_by_one(name: str, task: str, preset: str) -> None:
    model, inputs = small(name, task, preset), batch(TASKS[task], n=5)
    present = torch.rand(5, len(model.task.modalities), generator=torch.Generator().manual_seed(0)) < 0.6
    with torch.no_grad():
        together = model(inputs, present).logits
        alone = torch.cat(
            [model({m: t[i : i + 1] for m, t in inputs.items()}, present[i : i + 1]).logits for i in range(5)]
        )
    assert torch.allclose(together, alone, atol=1e-5)


@every
def test_optimisation_lowers_the_loss(name: str, task: str, preset: str) -> None:
    # Dropout and hidden modalities would make the loss of two moments incomparable, so they are off.
    model, inputs = small(name, task, preset, modality_dropout=0.0), batch(TASKS[task], n=6)
    target = torch.arange(6) % len(model.task.classes)
    model.train()
    for module in model.modules():
        if hasattr(module, "p"):  # dropout, and torchvision's stochastic depth
            module.p = 0.0
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=1e-3)
    totals = []
    for _ in range(4):
        terms = model.loss(model(inputs), target)
        assert all(term.ndim == 0 for term in terms.values())
        totals.append(float(terms["total"].detach()))
        optimizer.zero_grad()
        terms["total"].backward()
        optimizer.step()
    assert totals[-1] < totals[0], totals


@every
def test_training_with_hidden_modalities_gives_finite_gradients(name: str, task: str, preset: str) -> None:
    model, inputs = small(name, task, preset, modality_dropout=0.9, input_size=64), batch(TASKS[task], n=8, size=64)
    model.train()
    torch.manual_seed(3)
    present = all_present(model.task, 8)
    present[0] = False
    inputs = {
        m: torch.where(present[:, c].view(-1, *[1] * (t.ndim - 1)), t, torch.nan)
        for c, (m, t) in enumerate(inputs.items())
    }
    output = model(inputs, present)
    assert output.present is not None and not (output.present & ~present).any()
    model.loss(output, torch.arange(8) % len(model.task.classes))["total"].backward()
    for label, parameter in model.named_parameters():
        assert parameter.grad is None or torch.isfinite(parameter.grad).all(), label


@every
def test_files_keep_every_bit(name: str, task: str, preset: str, tmp_path: Path) -> None:
    model, inputs = small(name, task, preset), batch(TASKS[task])
    file = save_model(model, tmp_path, name="kept")
    again = load_model(file)
    assert again.state_dict().keys() == model.state_dict().keys()
    with torch.no_grad():
        assert torch.equal(again(inputs).logits, model(inputs).logits)


@every
def test_every_image_has_a_heatmap_from_one_backward_pass(name: str, task: str, preset: str) -> None:
    model, inputs = small(name, task, preset, input_size=64), batch(TASKS[task], n=2, size=64)
    output = traced_forward(model, inputs)
    assert torch.allclose(output.logits, model(inputs).logits, atol=1e-5)
    maps = heatmaps(model, inputs)
    assert set(maps) == set(model.task.images)
    for modality, values in maps.items():
        assert values.shape[0] == 2 and values.ndim == 3 and min(values.shape[1:]) >= 2
        assert torch.isfinite(values).all() and values.any(), modality


@pytest.mark.parametrize("task", list(TASKS))
@pytest.mark.parametrize("name", [n for n in SMALL if n != "mhfnet" and n not in OWN])
def test_faithful_takes_pictures_of_224(name: str, task: str) -> None:
    chosen = TASKS[task]
    with torch.device("meta"):
        model = create_model(name, chosen, "faithful").eval()
        inputs = {m: torch.zeros(3, 3, 224, 224) for m in chosen.images}
        if chosen.fields:
            inputs["descriptors"] = torch.zeros(3, chosen.n_terms)
        output = model(inputs)
    assert output.logits.shape == (3, chosen.n_logits)
    side = 14 if name == "vit_b_16" else 7
    assert {m: f.shape[2:] for m, f in output.features.items()} == dict.fromkeys(chosen.images, (side, side))


@pytest.mark.parametrize("name", list(SMALL))
def test_an_unknown_option_is_told(name: str) -> None:
    from engine.domain.errors import CaseError

    with pytest.raises(CaseError, match=r"no option 'colour'.*input_size"):
        create_model(name, TASKS["breast_lesion"], "tiny", colour=3)
