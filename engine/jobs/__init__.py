"""Work for the window done in child processes: typed requests, queues in which the newest wins, answers by callback."""

from engine.jobs.batch_requests import BatchEnd, BatchLine, BatchStep, SaveTable, ScoreFolder
from engine.jobs.batch_service import BatchService
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
    "BatchEnd",
    "BatchLine",
    "BatchService",
    "BatchStep",
    "DecodedFrame",
    "GetFrame",
    "ListModels",
    "ModelChoice",
    "OpenFolder",
    "SaveTable",
    "ScoreCase",
    "ScoreFolder",
    "Service",
    "Ticket",
    "WarmUp",
    "WhatIf",
    "WhatIfAnswer",
    "Worker",
]
