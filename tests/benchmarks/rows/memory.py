"""How much more memory a run over many cases takes than one over few; each in a fresh process, children included."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from engine.data.kept_squares import MOST_BYTES
from tests.benchmarks.figures import Figure
from tests.benchmarks.materials import model, study
from tests.benchmarks.setting import Setting


def growth(setting: Setting) -> Sequence[Figure]:
    """From 100 to 2,000 cases; smaller runs are scaled to that distance."""
    few, many = setting.pick(2, 50, 100), setting.pick(4, 250, 2000)
    model(setting, "tiny")
    peaks = {cases: _peak(setting, cases) for cases in (few, many)}
    scale = 1900 / (many - few)
    kept = _kept_mb(many) - _kept_mb(few)
    grown = max(peaks[many] - peaks[few] - kept, 0.0) * scale
    grown += kept if scale == 1 else _kept_mb(2000) - _kept_mb(100)
    note = f"highest resident memory of all processes: {peaks[few]:.0f} MB at {few} cases, {peaks[many]:.0f} at {many}"
    if scale != 1:
        note += f", the difference times {scale:.1f}; kept squares, which are bounded, by their bound"
    return [Figure(what="tiny: memory from 100 to 2,000 cases", measured=grown, unit="MB", bound=150, note=note)]


def _kept_mb(cases: int) -> float:
    """Squares that opening a folder keeps: a grey and a coloured one of 128 pixels per case, up to a bound."""
    return min(cases * 128 * 128 * (1 + 3), MOST_BYTES) / 2**20


def _peak(setting: Setting, cases: int) -> float:
    folder, out = study(setting, cases), setting.folder / f"memory-{cases}"
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.scored",
        str(folder),
        str(out),
        str(model(setting, "tiny").weights),
    ]
    root = Path(__file__).resolve().parents[3]
    answer = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    result = json.loads(answer.splitlines()[-1])
    assert result["scored"] == cases
    return float(result["peak_mb"])
