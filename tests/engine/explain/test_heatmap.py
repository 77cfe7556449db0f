"""Evidence maps against two independent judges, and their price."""

from __future__ import annotations

import gc
import warnings

import numpy as np
import psutil
import pytest
import torch
from torch import Tensor

from engine.explain.heatmap import evidence_maps, heatmaps, traced_forward
from engine.models.vision import torchvision_models
from tests.engine.explain.models import OneBranch, WithoutSteps, batch, tiny


@pytest.mark.parametrize("modality", ["bmode", "doppler"])
def test_maps_are_those_of_the_grad_cam_library(modality: str) -> None:
    torchvision_models()  # makes torchvision importable for the library
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pytorch_grad_cam import GradCAM
        from pytorch_grad_cam.utils.model_targets import RawScoresOutputTarget
    model = tiny()
    inputs = batch(model, 2)
    ours = heatmaps(model, inputs)[modality].numpy()
    branch = OneBranch(model, inputs, modality)
    image = inputs[modality].clone().requires_grad_()
    with GradCAM(branch, [branch.tap]) as cam:
        cam(input_tensor=image, targets=[RawScoresOutputTarget()] * 2)
        tapped = cam.activations_and_grads
        activations, gradients = tapped.activations[0].numpy(), tapped.gradients[0].numpy()
        theirs = cam.get_cam_image(image, branch.tap, None, activations, gradients)
    cells = ours.shape[1] * ours.shape[2]  # the library weighs by the mean gradient, we by its sum
    np.testing.assert_allclose(ours, theirs * cells, rtol=1e-4, atol=1e-6)
    assert np.abs(ours).max() > 1e-3


@pytest.mark.parametrize("modality", ["bmode", "doppler"])
def test_maps_are_those_of_captum(modality: str) -> None:
    from captum.attr import LayerGradCam

    model = tiny()
    inputs = batch(model, 2)
    ours = heatmaps(model, inputs)[modality]
    branch = OneBranch(model, inputs, modality)
    image = inputs[modality].clone().requires_grad_()
    theirs = LayerGradCam(branch, branch.tap).attribute(image, target=0, relu_attributions=False)[:, 0]
    torch.testing.assert_close(ours, theirs.detach() * ours[0].numel(), rtol=1e-4, atol=1e-6)


def test_the_mean_of_a_map_is_the_images_first_order_share_of_the_logit() -> None:
    """Scaling one image's features by (1 + e) changes the logit by e times the mean of its map."""
    model = tiny()
    inputs = batch(model, 1)
    step = 1e-3
    maps = heatmaps(model, inputs)
    encoded = model.encode(inputs)
    for modality in model.task.images:
        changed = dict(encoded.features)
        everything = torch.ones(1, 3, dtype=torch.bool)
        logits = []
        for factor in (1 - step, 1 + step):
            changed[modality] = encoded.features[modality] * factor
            part = type(encoded)(features=dict(changed), descriptors=encoded.descriptors)
            logits.append(model.double().fuse(_double(part), everything).logits.item())
        model.float()
        assert maps[modality].mean().item() == pytest.approx((logits[1] - logits[0]) / (2 * step), rel=1e-2, abs=1e-5)


def _double(encoded: object) -> object:
    features = {m: f.double() for m, f in encoded.features.items()}  # type: ignore[attr-defined]
    return type(encoded)(features=features, descriptors=encoded.descriptors.double())  # type: ignore[attr-defined,call-arg]


def test_the_traced_numbers_are_those_of_the_plain_forward() -> None:
    model = tiny()
    inputs = batch(model, 3)
    assert torch.equal(traced_forward(model, inputs).logits.detach(), model(inputs).logits)


def test_no_graph_reaches_into_the_branches() -> None:
    model = tiny().requires_grad_(True)  # even of a model that is being trained
    output = traced_forward(model, batch(model, 1))
    assert all(f.is_leaf for f in output.features.values())
    parameters = {id(p): n for n, p in model.named_parameters()}
    reached = {parameters.get(id(t)) for t in _leaves(output.logits)}
    assert not any(name and "trunk" in name for name in reached)


def _leaves(tensor: Tensor) -> list[Tensor]:
    found, todo, seen = [], [tensor.grad_fn], set()
    while todo:
        node = todo.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if hasattr(node, "variable"):
            found.append(node.variable)
        todo += [n for n, _ in node.next_functions]
    return found


def test_a_model_without_separate_steps_gives_the_same_maps() -> None:
    model = tiny()
    inputs = batch(model, 2)
    plain = heatmaps(model, inputs)
    whole = heatmaps(WithoutSteps(model.requires_grad_(True)), inputs)
    for modality, values in plain.items():
        torch.testing.assert_close(values, whole[modality], rtol=1e-4, atol=1e-6)


def test_cases_of_a_batch_do_not_mix() -> None:
    model = tiny()
    inputs = batch(model, 3)
    together = heatmaps(model, inputs)
    second = heatmaps(model, {m: t[1:2] for m, t in inputs.items()})
    for modality in model.task.images:
        torch.testing.assert_close(together[modality][1:2], second[modality], rtol=1e-3, atol=1e-5)


def test_an_absent_image_has_no_evidence() -> None:
    model = tiny()
    present = torch.tensor([[True, True, True], [True, False, True]])
    maps = heatmaps(model, batch(model, 2), present)
    assert maps["doppler"][1].abs().max() == 0
    assert maps["doppler"][0].abs().max() > 0


def test_a_stage_can_be_chosen() -> None:
    model = tiny("liver_fibrosis")
    output = traced_forward(model, batch(model, 1))
    first = evidence_maps(output, torch.tensor([0]), keep_graph=True)
    last = evidence_maps(output, torch.tensor([4]))
    assert not torch.equal(first["swe"], last["swe"])


def test_random_weights_give_another_map() -> None:
    """The sanity check of Adebayo et al. 2018: a map that does not depend on the weights explains nothing."""
    inputs = batch(tiny(), 1)
    one, other = (heatmaps(tiny(seed=s), inputs)["bmode"].flatten().numpy() for s in (0, 1))
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.9


def test_two_hundred_calls_leave_nothing_behind() -> None:
    model = tiny()
    inputs = batch(model, 1)

    def tensors() -> int:
        gc.collect()
        return sum(issubclass(type(o), Tensor) for o in gc.get_objects())

    for _ in range(20):
        heatmaps(model, inputs)
    before, memory = tensors(), psutil.Process().memory_info().rss
    for _ in range(200):
        heatmaps(model, inputs)
    assert tensors() <= before
    assert psutil.Process().memory_info().rss - memory < 20 * 2**20
