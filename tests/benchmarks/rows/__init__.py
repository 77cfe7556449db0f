"""All rows in the order of the table; a new one is a file here and a name in this list."""

from __future__ import annotations

from tests.benchmarks.figures import Row
from tests.benchmarks.rows import batch, evaluation, headers, memory, one_case, systems, training, window

ROWS: tuple[Row, ...] = (
    Row(name="one-case-faithful", run=one_case.faithful),
    Row(name="one-case-tiny", run=one_case.tiny),
    Row(name="batch-faithful", run=batch.faithful),
    Row(name="batch-tiny", run=batch.tiny),
    Row(name="batch-memory", run=memory.growth),
    Row(name="systems-forward", run=systems.forward),
    Row(name="systems-passes", run=systems.passes),
    Row(name="training", run=training.throughput),
    Row(name="metrics-speed", run=evaluation.metrics),
    Row(name="bootstrap", run=evaluation.bootstrap),
    Row(name="headers-new", run=headers.new),
    Row(name="headers-known", run=headers.known),
    Row(name="window-painted", run=window.painted),
    Row(name="window-case-switch", run=window.case_switch),
    Row(name="window-cine", run=window.cine),
    Row(name="window-timer", run=window.timer),
    Row(name="window-training", run=window.training),
)
