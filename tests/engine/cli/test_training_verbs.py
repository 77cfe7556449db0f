"""`sonofuse train` and `sonofuse models` from recipe to promotion, in this process."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner, Result

from engine.cli import app
from engine.domain.case import Case
from engine.domain.task import load_task
from engine.domain.training import RunPhase
from engine.jobs.training_runs import next_queued
from engine.models.in_use import history
from engine.serving.choice import choose_model
from engine.training.run_folder import list_runs
from tests.engine.data.research_pictures import bus_bra, bus_bra_row

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


def test_a_run_is_compared_on_its_locked_cases_before_it_is_promoted(tmp_path: Path) -> None:
    task = load_task("breast_lesion")

    def scored_by() -> str:
        return choose_model([Case(case_id="c", task=task.name, simulated=True)], task).card.name

    ids = {}
    for name, margin in (("strict", 1.0), ("lenient", -1.0)):
        gate = ("--gate-test", "phantom:16:2", "--gate-margin", margin, "--gate-metric", "specificity")
        trained = run("train", *SMALL, "--set", "model.options={width = 8}", "--name", name, *gate)
        assert trained.exit_code == 0, trained.output
        [ids[name]] = [state.run_id for state in list_runs() if state.name == name]
    words = ("--reason", "first", "--by", "A. Reader", "--device", "cpu")
    failed = run("models", "promote", "--run", ids["strict"], *words, "--out", tmp_path / "strict")
    assert failed.exit_code == 3, failed.output
    assert "specificity: new" in failed.output and "breast-demo" in failed.output and "is not passed" in failed.output
    assert scored_by() == "breast-demo" and history() == ()
    assert run("models", "promote", "strict", *words[:4]).exit_code == 3, "it is not installed"
    passed = run("models", "promote", "--run", ids["lenient"], *words, "--out", tmp_path / "lenient")
    assert passed.exit_code == 0, passed.output
    assert "The gate is passed." in passed.output and "lenient is in use" in passed.output
    assert (tmp_path / "lenient" / "report.html").is_file() and scored_by() == "lenient"
    [entry] = history()
    assert (entry.comparison["metric"], entry.comparison["old_model"]) == ("specificity", "breast-demo")
    assert entry.comparison["difference"]["low"] is not None


def test_problems_of_the_data_are_printed_before_it_starts(tmp_path: Path) -> None:
    data = bus_bra(tmp_path / "set", [bus_bra_row(n) for n in range(24)])
    (data / "images" / "bus_0003-l.png").write_bytes((data / "images" / "bus_0005-l.png").read_bytes())
    words = ("--data", data, "--epochs", 1, "--device", "cpu", "--set", "model.input_size=32", *WIDTH)
    trained = run("train", *words)
    assert trained.exit_code == 0, trained.output
    lines = trained.output.splitlines()
    told = next(n for n, line in enumerate(lines) if line.strip().removeprefix("! ").startswith("duplicate image: "))
    assert "bus_0003-l" in lines[told] and told < next(n for n, line in enumerate(lines) if "written to" in line)
    shared = run("train", *words, "--gate-test", data)
    assert shared.exit_code != 0 and "! patient in locked cases" in shared.output
    assert "share patients with the training cases" in shared.output


def test_a_gate_that_makes_no_sense_is_told() -> None:
    for words, said in (
        (("--gate-test", "phantom:8:2", "--gate-metric", "f1"), "sensitivity, specificity"),
        (("--gate-test", "phantom:8:2", "--name", "breast-demo"), "installed already"),
        (("--gate-test", "phantom:8:2", "--resume", "x"), "goes with a new run"),
    ):
        result = run("train", *SMALL, *words)
        assert result.exit_code == 2 and said in result.output
    assert "Name either" in run("models", "promote", "--reason", "x").output
    assert list_runs() == ()
