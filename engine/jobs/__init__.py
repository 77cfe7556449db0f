"""Work for the window done in child processes: typed requests, queues in which the newest wins, answers by callback."""

from engine.jobs.batch_requests import BatchEnd, BatchLine, BatchStep, SaveTable, ScoreFolder
from engine.jobs.batch_service import BatchService
from engine.jobs.requests import (
    DecodedFrame,
    ExportReadings,
    Flow,
    GetFrame,
    ListModels,
    MeasureDoubt,
    MeasureFlow,
    ModelChoice,
    OpenFolder,
    ScoreCase,
    ScoreMoved,
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
    "ExportReadings",
    "Flow",
    "GetFrame",
    "ListModels",
    "MeasureDoubt",
    "MeasureFlow",
    "ModelChoice",
    "OpenFolder",
    "SaveTable",
    "ScoreCase",
    "ScoreFolder",
    "ScoreMoved",
    "Service",
    "Ticket",
    "WarmUp",
    "WhatIf",
    "WhatIfAnswer",
    "Worker",
]
