"""`sonofuse train` and `sonofuse models` from recipe to promotion, in this process."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner, Result

from engine.cli import app
from engine.domain.training import RunPhase
from engine.jobs.training_runs import next_queued
from engine.training.run_folder import list_runs

SMALL = ("--data", "phantom:40:1", "--epochs", 1, "--batch-size", 8, "--device", "cpu", "--set", "model.input_size=32")
WIDTH = ("--set", "model.options={width = 4}")


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(w) for w in words], prog_name="sonofuse")


def test_from_a_recipe_to_a_promoted_model_and_back(tmp_path: Path) -> None:
    trained = run("train", "--recipe", "recommended", *SMALL, *WIDTH, "--name", "mine", "--out", tmp_path / "m")
    assert trained.exit_code == 0, trained.output
    assert (tmp_path / "m" / "mine.json").is_file()
    [state] = list_runs()
    assert state.run_id in trained.output
    assert run("models", "install", state.run_id).output == "mine is installed for breast_lesion.\n"
    assert "in use" in run("models", "promote", "mine", "--reason", "first", "--by", "A. Reader").output
    assert "Take its promotion back first" in run("models", "remove", "mine").output
    assert run("models", "undo", "breast_lesion", "--simulated", "--reason", "worse", "--by", "B").exit_code == 0
    lines = run("models", "history").output.splitlines()
    assert "promoted mine  by A. Reader: first" in lines[0]
    assert "taken back, now automatic choice  by B: worse" in lines[1]
    assert run("models", "remove", "mine").exit_code == 0


def test_a_prepared_run_waits_for_its_launchers() -> None:
    made = run("train", *SMALL, "--name", "later", "--prepare")
    assert made.exit_code == 0, made.output
    [state] = list_runs()
    assert state.name == "later" and state.state is RunPhase.STOPPED
    assert next_queued() is None  # the window leaves it alone
    assert (Path(made.output.strip()) / "recipe.toml").is_file()


def test_unknown_keys_recipes_and_runs_are_told() -> None:
    for words, said in (
        (("--set", "schedule.epoch=3"), "schedule.epoch"),
        (("--set", "nothing"), "key=value"),
        (("--recipe", "none"), "fine_tune"),
        (("--resume", "../../x"), "no such training run"),
    ):
        result = run("train", *SMALL, *words)
        assert result.exit_code == 2
        assert said in result.output
    assert list_runs() == ()
