"""Entries of the child processes that read files: frames for display, and folders. They never load torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.child import Context, Handler
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.training_export import TrainingExport
from engine.jobs.requests import DecodedFrame, ExportReadings, Flow, GetFrame, MeasureFlow, OpenFolder


def frames() -> Handler:
    """Handler of `GetFrame` and `MeasureFlow`.

    The decoders run in this very process, so give it a memory limit and a deadline.
    """
    from engine.data.frames import read_frame

    def handle(request: Any, context: Context) -> DecodedFrame | Flow:
        if isinstance(request, MeasureFlow):
            return _flow(request)
        if not isinstance(request, GetFrame):
            raise _unknown(request)
        frame = read_frame(request.path, request.index)
        return DecodedFrame(path=request.path, index=frame.index, n_frames=frame.n_frames, pixels=frame.pixels)

    return handle


def folders() -> Handler:
    """Handler of `OpenFolder` and `ExportReadings`. Pixels are looked at in the decoders' own child processes."""
    from engine.data.folder import open_folder

    def handle(request: Any, context: Context) -> Any:
        if isinstance(request, ExportReadings):
            return _exported(request, context)
        if not isinstance(request, OpenFolder):
            raise _unknown(request)
        return open_folder(request.path, task=request.task, workers=1, on_progress=context.progress)

    return handle


def _exported(request: ExportReadings, context: Context) -> TrainingExport:
    from engine.data.folder import open_folder
    from engine.data.index import remembered_folders
    from engine.data.readings_manifest import joined_folders, write_readings

    places = request.paths or remembered_folders()
    if not places:
        raise CaseError(ErrorKind.INVALID, "No folder was opened before. Open the folder that holds the images.")
    opened = [open_folder(place, task=request.task, on_progress=context.progress) for place in places]
    out = Path(request.out)
    return write_readings(joined_folders(opened), request.read, out, keep_patient_ids=request.keep_patient_ids)


def _flow(request: MeasureFlow) -> Flow:
    from engine.data.frames import read_frame
    from engine.dicom.vascularity import vascularity

    pixels = read_frame(request.image.path, request.index).pixels
    in_roi = vascularity(request.image, pixels, request.roi) if request.roi is not None else None
    return Flow(in_box=vascularity(request.image, pixels), in_roi=in_roi)


def _unknown(request: Any) -> CaseError:
    return CaseError(ErrorKind.INVALID, "This request is not known here.", type(request).__name__)
