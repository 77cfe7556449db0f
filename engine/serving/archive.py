"""Scoring an archive on a Ray cluster, case by case, so that the loss of a machine costs only what it had in hand.

Ray is an extra (``pip install sonofuse[distributed]``). Messages that carry cases and results are our own; a cluster
must nevertheless be trusted, as everyone who reaches it can run programs on it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from engine.child.codec import decode, encode
from engine.domain.case import Case
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.files import write_atomically
from engine.models.files import ModelFile
from engine.serving.archive_chunk import Chunk, ChunkCase, score_message
from engine.serving.batch_options import BatchOptions

CASES_A_CHUNK = 8
"""Few, so that little is lost with a machine; enough that sending costs little beside scoring."""

CHUNKS_AHEAD = 3
"""Chunks per core that wait on the cluster."""

ANSWER_WITHIN_S = 5.0
RETRIES = 20
"""How often a chunk is sent again when its machine or process is lost, before its cases fail."""


def score_on_cluster(
    options: BatchOptions, root: Path, cases: Sequence[tuple[int, Case]], model: ModelFile
) -> Iterator[ChunkCase]:
    """What came of each case, in the order in which they are done; pictures are written before a case is told.

    Parameters
    ----------
    options : `cluster` is an address as Ray takes it: "local" for one on this machine, "auto" for the one that this
        machine belongs to, or ``host:port``.
    cases : numbers and cases that are to be scored.

    Raises
    ------
    CaseError
        UNSUPPORTED: Ray is not installed; INVALID: no cluster answers; MODEL: a machine does not see the model;
        STORAGE: a picture cannot be written.
    """
    with _cluster(options.cluster or "local") as ray:
        send = _remote(ray, options.device)
        cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
        waiting: dict[Any, Chunk] = {}
        chunks = _chunks(options, root, cases, model)
        more = True
        while more or waiting:
            while more and len(waiting) < cores * CHUNKS_AHEAD:
                chunk = next(chunks, None)
                more = chunk is not None
                if chunk is not None:
                    waiting[send.remote(encode(chunk))] = chunk
            if waiting:
                ready, _ = ray.wait(list(waiting), num_returns=1)
                yield from _kept(options.out, _answer(ray, ready[0], waiting.pop(ready[0])))


def _chunks(options: BatchOptions, root: Path, cases: Sequence[tuple[int, Case]], model: ModelFile) -> Iterator[Chunk]:
    for start in range(0, len(cases), CASES_A_CHUNK):
        part = cases[start : start + CASES_A_CHUNK]
        yield Chunk(
            cases=tuple(case for _, case in part),
            numbers=tuple(number for number, _ in part),
            task=options.task,
            root=str(root),
            model=str(model.weights.resolve()),
            sha256=model.card.sha256,
            device=_device(options.device),
            heatmaps=options.heatmaps,
            contributions=options.contributions,
            dropout_passes=options.dropout_passes,
        )


def _device(wanted: str) -> str:
    """A machine's graphics card is used only when it is asked for: its last digits may differ from those of a CPU."""
    return "cuda" if wanted == "cuda" else "cpu"


def _remote(ray: Any, device: str) -> Any:
    wants = {"num_gpus": 1} if _device(device) == "cuda" else {}
    return ray.remote(num_cpus=1, max_retries=RETRIES, scheduling_strategy="SPREAD", **wants)(score_message)


def _answer(ray: Any, reference: Any, chunk: Chunk) -> tuple[ChunkCase, ...]:
    try:
        answer: Any = decode(ray.get(reference))
    except ray.exceptions.RayError as error:
        raise CaseError(
            ErrorKind.STOPPED,
            f"The cluster lost {len(chunk.cases)} cases again and again. Look at its machines, then run the same "
            "command with --resume: what was scored is kept.",
            str(error),
        ) from error
    if isinstance(answer, CaseError):
        raise answer
    scored: tuple[ChunkCase, ...] = answer
    return scored


def _kept(out: Path, cases: Sequence[ChunkCase]) -> Iterator[ChunkCase]:
    for case in cases:
        for name, data in case.files.items():
            write_atomically(out / name, data)
        yield case


@contextlib.contextmanager
def _cluster(address: str) -> Iterator[Any]:
    """Ray, connected; one that was started here ends here, another is left as it was."""
    # Ray's own default is to listen on every network and to report its use.
    os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ImportError as error:
        raise CaseError(
            ErrorKind.UNSUPPORTED,
            "Scoring on a cluster needs Ray, which is not installed: pip install sonofuse[distributed] installs it.",
            str(error),
        ) from error
    _must_answer(address)
    here: Any = {"_node_ip_address": "127.0.0.1", "include_dashboard": False} if address == "local" else {}
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, configure_logging=False, **here)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise _no_cluster(address, error) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _must_answer(address: str) -> None:
    """Raise `CaseError` when nobody listens at ``host:port``: Ray itself would try for minutes, then abort."""
    host, _, port = address.rpartition(":")
    if not (host and port.isdigit()):
        return
    try:
        socket.create_connection((host, int(port)), timeout=ANSWER_WITHIN_S).close()
    except OSError as error:
        raise _no_cluster(address, error) from error


def _no_cluster(address: str, error: Exception) -> CaseError:
    return CaseError(
        ErrorKind.INVALID,
        f"No Ray cluster answers at '{address}'. Start one, or take RAY_ADDRESS out of the environment to use the "
        "cores of this machine.",
        str(error),
    )
