"""`sonofuse compare` end to end at a size of seconds, its resuming, and the text of its table."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from typer.testing import CliRunner

from engine.cli import app
from engine.domain.errors import CaseError
from engine.domain.task import load_task
from engine.serving.compare import Budget, Comparison, compare
from engine.serving.compare_table import as_markdown
from engine.training.sources import load_cases

SMALL = Budget(data="phantom:60:1", validation="phantom:20:2", test="phantom:60:3", input_size=32, epochs=1)
SYSTEMS = ("descriptors_logistic", "late_fusion")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished comparison of two systems."""
    out = tmp_path_factory.mktemp("comparison")
    compare(SMALL, out, systems=SYSTEMS)
    return out


def test_the_row_is_that_of_an_independent_fit(folder: Path) -> None:
    rows = {row["system"]: row for row in json.loads((folder / "table.json").read_bytes())["rows"]}
    assert set(rows) == set(SYSTEMS)
    task = load_task("breast_lesion")
    seen, unseen = (load_cases(source, task, 32) for source in (SMALL.data, SMALL.test))
    scores = LogisticRegression(max_iter=2000).fit(seen.descriptors, seen.targets).predict_proba(unseen.descriptors)
    expected = roc_auc_score(unseen.targets, scores[:, 1])
    row = rows["descriptors_logistic"]
    assert row["auc"]["value"] == pytest.approx(expected, abs=1e-6)
    assert row["best_single"] == "descriptors"
    assert row["gain"]["value"] == 0.0
    assert row["single"]["bmode"] == pytest.approx(0.5)
    assert rows["late_fusion"]["auc"]["n"] == 60
    assert len(rows["late_fusion"]["validation_log_loss"]) == SMALL.epochs


def test_a_finished_system_is_not_trained_again(folder: Path) -> None:
    place = folder / "rows" / "late_fusion.json"
    marked = json.loads(place.read_bytes()) | {"seconds": 12345.0}
    place.write_text(json.dumps(marked))
    said: list[str] = []
    result = compare(
        SMALL, folder, systems=[*SYSTEMS, "descriptors_boosting"], on_progress=lambda s, n, words: said.append(words)
    )
    assert said == ["descriptors_boosting done"]
    assert next(row for row in result.rows if row["system"] == "late_fusion")["seconds"] == 12345.0
    assert len(result.rows) == 3


def test_further_seeds_stand_beside_the_first(folder: Path) -> None:
    result = compare(SMALL, folder, systems=SYSTEMS, more_seeds=[SMALL.seed, 2])
    assert set(result.repeats) == {"late_fusion"}, "what is fitted at once needs no second seed"
    assert (folder / "rows" / "late_fusion-seed2.json").is_file()
    [again] = result.repeats["late_fusion"].values()
    first = next(row["auc"]["value"] for row in result.rows if row["system"] == "late_fusion")
    assert again != first
    table = as_markdown(result)
    assert "| other seeds |" in table and f" | {again:.3f} | " in table
    assert "--more-seeds 2 --out DIR`" in table


def test_another_budget_is_refused_and_nothing_is_lost(folder: Path) -> None:
    before = (folder / "rows" / "late_fusion.json").read_bytes()
    with pytest.raises(CaseError, match="another budget"):
        compare(replace(SMALL, epochs=2), folder, systems=SYSTEMS)
    assert (folder / "rows" / "late_fusion.json").read_bytes() == before


def test_a_system_that_the_task_cannot_have_is_named(tmp_path: Path) -> None:
    liver = replace(SMALL, task="liver_fibrosis")
    result = compare(liver, tmp_path, systems=["descriptors_logistic", "single_stream"], processes=1)
    assert list(result.refused) == ["descriptors_logistic"]
    [row] = result.rows
    assert row["gain"]["p"] is None
    assert row["auc"]["low"] <= row["auc"]["value"] <= row["auc"]["high"]
    assert "Left out: descriptors_logistic looks at descriptors" in as_markdown(result)


def test_an_unknown_system_is_a_usage_error(tmp_path: Path) -> None:
    words = ["compare", "--data", SMALL.data, "--validation", SMALL.validation, "--test", SMALL.test]
    result = CliRunner().invoke(app, [*words, "--systems", "nothing", "--out", str(tmp_path / "c")])
    assert result.exit_code == 2
    assert "There is no architecture called 'nothing'." in result.output
    assert not (tmp_path / "c").exists()


def test_the_table_takes_its_place_in_a_page(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Above.\n\n<!-- begin breast_lesion -->\nold\n<!-- end breast_lesion -->\n\nBelow.\n")
    words = ["compare", "--data", SMALL.data, "--validation", SMALL.validation, "--test", SMALL.test]
    words += ["--input-size", "32", "--epochs", "1", "--systems", ",".join(SYSTEMS), "--out", str(folder)]
    assert CliRunner().invoke(app, [*words, "--into", str(page)]).exit_code == 0
    text = page.read_text()
    assert text.startswith("Above.\n\n<!-- begin breast_lesion -->\n\n2 systems on 60 unseen cases")
    assert text.endswith("<!-- end breast_lesion -->\n\nBelow.\n") and "old" not in text
    page.write_text("no marks")
    words[words.index("--out") + 1] = str(tmp_path / "untouched")
    result = CliRunner().invoke(app, [*words, "--into", str(page)])
    assert result.exit_code == 2 and "<!-- begin breast_lesion -->" in result.output
    assert not (tmp_path / "untouched").exists(), "told before anything is simulated"


def _row(system: str, auc: float, gain: float, *, lr: float | None = 0.001) -> dict[str, object]:
    return {
        "system": system,
        "preset": "tiny",
        "parameters": 1234567,
        "lr": lr,
        "best_epoch": 7,
        "seconds": 31.4,
        "auc": {"value": auc, "low": auc - 0.01, "high": auc + 0.01, "n": 2000},
        "single": {"bmode": 0.8, "doppler": 0.6, "descriptors": auc - gain},
        "best_single": "descriptors",
        "gain": {"value": gain, "low": gain - 0.02, "high": gain + 0.02, "n": 2000, "p": 0.0001},
    }


def test_the_table_says_what_falls_short() -> None:
    rows = (_row("weak", 0.88, 0.01), _row("strong", 0.95, 0.08), _row("table", 0.87, 0.0, lr=None))
    optima = {"bmode": 0.894, "doppler": 0.8, "descriptors": 0.89, "bmode+doppler+descriptors": 0.977}
    lines = as_markdown(Comparison(budget=SMALL, rows=rows, optima=optima, classes={"benign": 1200})).splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert [line.split()[1] for line in table[2:]] == ["strong", "weak", "table", "*best"]
    assert table[2] == (
        "| strong | 0.950 [0.940, 0.960] | 0.870 Descriptors | +0.080 [+0.060, +0.100] | < 0.001 | 0.001 | 7 | 31 | "
        "1,234,567 |"
    )
    assert "Below an AUC of 0.90: weak." in lines
    assert "Not surely above its best single modality: weak." in lines
    assert any("--data phantom:60:1 --validation phantom:20:2 --test phantom:60:3" in line for line in lines)
