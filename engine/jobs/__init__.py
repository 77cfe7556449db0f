"""Work for the window done in child processes: typed requests, queues in which the newest wins, answers by callback."""

from engine.jobs.requests import (
    DecodedFrame,
    GetFrame,
    ListModels,
    ModelChoice,
    OpenFolder,
    ScoreCase,
    WarmUp,
    WhatIf,
    WhatIfAnswer,
)
from engine.jobs.service import Service
from engine.jobs.worker import Ticket, Worker

__all__ = [
    "DecodedFrame",
    "GetFrame",
    "ListModels",
    "ModelChoice",
    "OpenFolder",
    "ScoreCase",
    "Service",
    "Ticket",
    "WarmUp",
    "WhatIf",
    "WhatIfAnswer",
    "Worker",
]
