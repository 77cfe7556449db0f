"""One path for a case and for many: the same bits, the same rules."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from engine.domain.errors import CaseError, ErrorKind
from engine.models.files import ModelFile, load_model, save_model
from engine.serving.predictor import Predictor
from tests.engine.explain.models import tiny
from tests.engine.serving.prepared import TASK, noise_case

CASES = [noise_case(i) for i in range(6)] + [noise_case(6, images=("bmode",)), noise_case(7, descriptors=False)]


@pytest.fixture(scope="module")
def predictor(model_file: ModelFile) -> Iterator[Predictor]:
    with Predictor(model_file, "cpu") as made:
        made.warm_up()
        yield made


def bits(prediction: object) -> object:
    return prediction.logits, prediction.probabilities  # type: ignore[attr-defined]


def test_a_case_has_the_same_bits_alone_and_in_any_company(predictor: Predictor, model_file: ModelFile) -> None:
    alone = [bits(predictor.predict([c])[0]) for c in CASES]
    assert [bits(p) for p in predictor.predict(CASES)] == alone
    assert [bits(p) for p in predictor.predict(CASES[::-1])] == alone[::-1]
    assert [bits(p) for p in predictor.predict(CASES[:3] * 2)] == alone[:3] * 2
    assert len(set(map(str, alone))) == len(alone)
    with Predictor(model_file, "cpu", workers=1) as one, Predictor(model_file, "cpu", workers=7) as seven:
        assert [bits(p) for p in one.predict(CASES)] == alone == [bits(p) for p in seven.predict(CASES)]


def test_asking_for_more_does_not_change_the_number(predictor: Predictor) -> None:
    plain = predictor.predict(CASES)
    more = predictor.predict(CASES, heatmaps=True, contributions=True)
    assert [bits(p) for p in plain] == [bits(p) for p in more]
    single = [predictor.predict([c], heatmaps=True, contributions=True)[0] for c in CASES]
    for one, other in zip(more, single, strict=True):
        assert one.contributions == other.contributions
        for modality, heatmap in one.heatmaps.items():
            np.testing.assert_array_equal(heatmap.values, other.heatmaps[modality].values)


def test_every_operation_runs_in_one_thread(predictor: Predictor) -> None:
    """Whatever the process was set to before: thread counts change the last bits of larger models."""
    seen = set()
    hooks = [
        module.register_forward_hook(lambda *_: seen.add(torch.get_num_threads()))
        for module in predictor._runner._model.modules()
    ]
    torch.set_num_threads(2)
    predictor.predict(CASES[:1], heatmaps=True, contributions=True)
    torch.set_num_threads(2)
    predictor.predict(CASES[:4])
    for hook in hooks:
        hook.remove()
    assert seen == {1}


def test_probability_threshold_and_decision(predictor: Predictor) -> None:
    """Against the formula, in plain Python: temperature 1.5, positive at 0.4 or more."""
    for prediction in predictor.predict(CASES):
        expected = 1 / (1 + math.exp(-prediction.logits[0] / 1.5))
        assert prediction.probability("malignant") == pytest.approx(expected, rel=1e-12)
        assert sum(prediction.probabilities) == pytest.approx(1, abs=1e-15)
        assert prediction.predicted_class == ("malignant" if expected >= 0.4 else "benign")
        assert (prediction.model, prediction.threshold, prediction.device) == ("random-tiny", 0.4, "cpu")
        assert prediction.seconds > 0


def test_what_is_missing_is_said_and_cannot_matter(predictor: Predictor) -> None:
    [whole] = predictor.predict([CASES[0]])
    assert whole.present == {"bmode": True, "doppler": True, "descriptors": True}
    [part] = predictor.predict([noise_case(0, images=("bmode",), descriptors=False)])
    assert part.present == {"bmode": True, "doppler": False, "descriptors": False}
    assert {"Doppler missing: scored without.", "Descriptors missing: scored without."} <= set(part.notes)
    assert not any("missing" in note for note in whole.notes)
    garbage = replace(noise_case(0, images=("bmode",)), has_descriptors=False)  # terms are there, but do not count
    assert bits(predictor.predict([garbage])[0]) == bits(part)


def test_contributions_are_differences_of_two_predictions(predictor: Predictor) -> None:
    [whole] = predictor.predict([CASES[0]], contributions=True)
    without = {
        "bmode": noise_case(0, images=("doppler",)),
        "doppler": noise_case(0, images=("bmode",)),
        "descriptors": noise_case(0, descriptors=False),
    }
    assert whole.contributions is not None
    assert list(whole.contributions) == list(TASK.modalities)
    for modality, case in without.items():
        [rest] = predictor.predict([case])
        assert whole.contributions[modality] == pytest.approx((whole.logits[0] - rest.logits[0]) / 1.5, abs=1e-6)
        assert abs(whole.contributions[modality]) > 1e-4


def test_what_is_missing_contributes_nothing(predictor: Predictor) -> None:
    [part] = predictor.predict([noise_case(0, images=("bmode",))], contributions=True)
    assert part.contributions is not None
    assert set(part.contributions) == {"bmode", "descriptors"}
    assert predictor.predict([CASES[0]])[0].contributions is None


def test_heatmaps_are_calibrated_log_odds_in_their_place(predictor: Predictor) -> None:
    [whole] = predictor.predict([CASES[0]], heatmaps=True)
    assert set(whole.heatmaps) == {"bmode", "doppler"}
    heatmap = whole.heatmaps["bmode"]
    assert (heatmap.x0, heatmap.y0, heatmap.x1, heatmap.y1) == (-3, 0, 61, 64)
    assert (heatmap.towards, heatmap.full_scale, heatmap.weak_below) == ("malignant", 0.2, 0.01)
    [part] = predictor.predict([noise_case(0, images=("bmode",))], heatmaps=True)
    assert set(part.heatmaps) == {"bmode"}


def test_heatmaps_cost_one_forward_and_contributions_one_more(model_file: ModelFile) -> None:
    """Counted in convolutions, which do not depend on how busy the machine is."""
    counted = 0

    def count(*_: object) -> None:
        nonlocal counted
        counted += 1

    with Predictor(model_file, "cpu", workers=1) as predictor:
        for module in predictor._runner._model.modules():
            if isinstance(module, nn.Conv2d):
                module.register_forward_hook(count)
        predictor.predict(CASES[:1])
        plain, counted = counted, 0
        predictor.predict(CASES[:1], heatmaps=True)
        with_maps, counted = counted, 0
        predictor.predict(CASES[:1], heatmaps=True, contributions=True)
    assert (with_maps, counted) == (plain, 2 * plain)


def test_a_model_that_does_not_use_doppler_says_so(tmp_path: Path) -> None:
    file = save_model(tiny(), tmp_path, name="bmode-only", modalities_used=("bmode", "descriptors"))
    with Predictor(file, "cpu") as predictor:
        both, one = predictor.predict([CASES[0], noise_case(0, images=("bmode",))], heatmaps=True)
        assert bits(both) == bits(one)
        assert "Doppler not used by this model." in both.notes
        assert both.present["doppler"] is False
        assert not any("Doppler" in note for note in one.notes)
        assert set(both.heatmaps) == {"bmode"}
        with pytest.raises(CaseError, match="bmode-only needs B-mode or Descriptors") as caught:
            predictor.predict([noise_case(0, images=("doppler",), descriptors=False)])
        assert caught.value.kind is ErrorKind.UNSUPPORTED


def test_one_bad_case_costs_itself_only(predictor: Predictor) -> None:
    cases = [CASES[0], noise_case(9, images=(), descriptors=False), CASES[1]]
    results = dict(predictor.stream(enumerate(cases)))
    assert isinstance(results[1], CaseError)
    assert bits(results[0]) == bits(predictor.predict([CASES[0]])[0])
    assert bits(results[2]) == bits(predictor.predict([CASES[1]])[0])


def test_the_stream_holds_a_few_cases_only(predictor: Predictor) -> None:
    taken = 0

    def source() -> Iterator[tuple[int, object]]:
        nonlocal taken
        for taken in range(200):
            yield taken, CASES[0]

    stream = predictor.stream(source())  # type: ignore[arg-type]
    next(stream)
    assert taken < 30
    stream.close()


def test_a_model_that_gives_no_number_is_told(tmp_path: Path) -> None:
    model = tiny()
    with torch.no_grad():  # finite, but sums overflow
        model.head[-1].weight.fill_(3e38)  # type: ignore[union-attr,index]
    with (
        Predictor(save_model(model, tmp_path, name="broken"), "cpu") as predictor,
        pytest.raises(CaseError, match="broken gave no number") as caught,
    ):
        predictor.predict(CASES[:1])
    assert caught.value.kind is ErrorKind.MODEL


def test_stages_have_no_threshold_and_explain_the_predicted_stage(tmp_path: Path) -> None:
    file = save_model(tiny("liver_fibrosis"), tmp_path, name="liver", threshold=None)
    images = {"bmode": CASES[0].images["bmode"], "swe": CASES[0].images["doppler"]}
    case = replace(CASES[0], images=images, descriptors=np.zeros(0, np.float32), has_descriptors=False)
    with Predictor(file, "cpu") as predictor:
        predictor.warm_up()
        [whole] = predictor.predict([case], heatmaps=True, contributions=True)
    model = load_model(file)
    assert len(whole.probabilities) == 5
    assert whole.predicted_class == whole.classes[int(np.argmax(whole.probabilities))]
    assert {h.towards for h in whole.heatmaps.values()} == {whole.predicted_class}
    assert set(whole.contributions or {}) == {"bmode", "swe"} == set(model.task.modalities)
