"""A model that is loaded while a folder is being opened."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from engine.models.files import ModelFile
from engine.serving.predictor import Predictor

Progress = Callable[[int, int, str], None]


class Loading:
    """Begins at once when the model is known from the start. Leave the ``with`` block to wait for its thread.

    Parameters
    ----------
    file : None = not known yet.
    device : as for `Predictor`.
    """

    def __init__(self, file: ModelFile | None, device: str) -> None:
        self._device = device
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="loading")
        self._file = file
        self._coming: Future[Predictor] | None = self._thread.submit(Predictor, file, device) if file else None
        self._taken = False

    def checked(self, on_progress: Progress) -> Progress:
        """The same, but it raises what is wrong with the model as soon as that is known."""

        def told(step: int, total: int, name: str) -> None:
            if self._coming is not None and self._coming.done():
                self._coming.result()
            on_progress(step, total, name)

        return told

    def predictor(self, file: ModelFile) -> Predictor:
        """The loaded model, which the caller closes; raises what `Predictor` raises."""
        if self._coming is None or file is not self._file:
            return Predictor(file, self._device)
        self._taken = True
        return self._coming.result()

    def __enter__(self) -> Loading:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)
        coming = self._coming
        if coming is not None and not self._taken and not coming.cancelled() and coming.exception() is None:
            coming.result().close()
