"""The verbs in this process; what needs a process of its own is in tests/system."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from engine.cli import app
from engine.data.manifest import read_manifest
from engine.models.files import save_model, user_models_folder
from tests.engine.explain.models import tiny
from tests.engine.models.systems import small


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(w) for w in words], prog_name="sonofuse")


def test_phantom_then_scan_then_manifest(tmp_path: Path) -> None:
    assert run("phantom", tmp_path / "p", "--cases", 2, "--seed", 5).exit_code == 0
    result = run("scan", tmp_path / "p", "--out", tmp_path / "manifest.csv")
    assert result.exit_code == 0
    assert result.output.count("pairing:") == 2
    assert "2 cases, 0 files or images not opened." in result.output
    cases = read_manifest(tmp_path / "manifest.csv", "breast_lesion").cases
    assert all(case.case_id in result.output for case in cases)
    assert not any(case.patient_id in result.output for case in cases)


def test_models_lists_the_installed_and_the_trainable() -> None:
    save_model(tiny(), user_models_folder() / "mine", name="mine", modalities_used=("bmode",))
    table = json.loads(run("models", "--json").output)
    assert all(set(e) == {"name", "preset", "parameters", "tasks", "modalities", "installed"} for e in table)
    [mine] = [e for e in table if e["name"] == "mine"]
    assert (mine["installed"], mine["modalities"], mine["tasks"]) == (True, ["bmode"], ["breast_lesion"])
    faithful = next(e for e in table if (e["name"], e["preset"]) == ("mhfnet", "faithful"))
    assert (faithful["parameters"], faithful["installed"]) == (115_477_313, False)
    assert "mine" in run("models").output


def test_models_show_prints_the_card_and_the_cautions_of_the_system() -> None:
    made = small("asymfusion", "breast_lesion", "tiny")
    save_model(made, user_models_folder() / "mine", name="mine", not_for="Children.", trained_on="688 lesions.")
    lines = " ".join(run("models", "show", "mine").output.split())
    assert "system asymfusion, preset tiny" in lines
    assert "not for Children." in lines and "trained on 688 lesions." in lines
    assert f"caution {made.cautions[0]}" in lines
    assert "dropout yes" in lines and "uses B-mode, Doppler, Descriptors" in lines
    assert json.loads(run("models", "show", "mine", "--json").output)["not_for"] == "Children."
    missing = run("models", "show", "no-such-model")
    assert missing.exit_code == 3 and "no-such-model" in missing.output


def test_doctor_finds_a_damaged_model() -> None:
    file = save_model(tiny(), user_models_folder() / "mine", name="mine")
    result = run("doctor")
    assert "ok  Model           mine: weights match the card" in result.output
    assert "7 of 7 transfer syntaxes decode" in result.output
    file.weights.write_bytes(file.weights.read_bytes()[:-1] + b"\0")
    damaged = run("doctor")
    assert damaged.exit_code == 3
    assert any(line.startswith("!!  Model") and "mine" in line for line in damaged.output.splitlines())


def test_weights_can_be_named_by_their_network_alone(tmp_path: Path) -> None:
    result = run("train", "--data", "phantom:4:1", "--out", tmp_path / "m", "--pretrained", "resnet99")
    assert result.exit_code == 3
    assert "no checkpoint resnet99, neither as a file nor in torchvision's cache" in " ".join(result.output.split())


def test_evaluate_prints_a_row_for_every_subset(tmp_path: Path) -> None:
    file = save_model(tiny(), tmp_path, name="random-tiny", simulated_only=True)
    result = run("evaluate", "--data", "phantom:12:4", "--model", file.weights, "--out", tmp_path / "figures")
    assert result.exit_code == 0, result.output
    rows = [line for line in result.output.splitlines() if "[" in line and "]" in line]
    assert len(rows) == 7
    assert all(len(line) <= 80 for line in rows)
    metrics = json.loads((tmp_path / "figures" / "metrics.json").read_text(encoding="utf-8"))
    assert len(metrics["rows"]) == 7


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("evaluate", "--data", "phantom:0:1", "--model", "{model}"), 2, "no phantom source"),
        (("evaluate", "--data", "nowhere", "--model", "{model}"), 3, "nowhere"),
        (("scan", "{folder}", "--task", "knee"), 2, "There is no task called 'knee'"),
        (("train", "--data", "phantom:4:1", "--out", "{folder}/m", "--preset", "huge"), 2, "huge"),
        (
            ("train", "--data", "phantom:4:1", "--out", "{folder}/m", "--architecture", "x"),
            2,
            "architecture called 'x'",
        ),
    ],
)
def test_wrong_arguments_get_a_sentence(words: tuple[str, ...], code: int, sentence: str, tmp_path: Path) -> None:
    model = save_model(tiny(), tmp_path / "model", name="random-tiny").weights
    result = run(*(w.format(folder=tmp_path, model=model) for w in words))
    assert result.exit_code == code, result.output
    assert sentence in result.output
    assert "Traceback" not in result.output
