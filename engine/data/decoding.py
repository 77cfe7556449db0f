"""The parent's side of decoding: child processes with a deadline and a memory limit, one or several.

A file that takes its decoder down, hangs it or asks for too much memory costs its own request only.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from engine.child import ChildProcess
from engine.child.process import ChildLost
from engine.data.decode_requests import FrameRequest, PreparedRequest, Viewed, ViewsRequest
from engine.data.kept_squares import KeptSquares, stamp_of
from engine.data.preprocess import Prepared, PreparedCase
from engine.dicom.frame import Frame
from engine.domain.case import Case, UltrasoundImage
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import Task

if TYPE_CHECKING:
    from engine.dicom.headers import UltrasoundFile

DEADLINE_S = 5.0
"""For one file; a clip of a minute at full screen needs 0.1 s a frame."""
MEMORY_BYTES = 3 * 2**30
"""Address space of a child; libraries and their threads take a third of it, which is not memory in use."""
LOOK_AHEAD = 4
"""Results per worker that may wait to be taken."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Decoder:
    """One decode child. Methods may be called from several threads; they wait for each other.

    Every method raises `CaseError` with a sentence that names the file; kind STOPPED only after `cancel` or `close`.
    """

    def __init__(self, *, deadline_s: float = DEADLINE_S, memory_bytes: int = MEMORY_BYTES, niceness: int = 0) -> None:
        self._child = ChildProcess(
            "engine.data.decode_entry:handler", name="decoder", deadline_s=deadline_s, memory_bytes=memory_bytes,
            niceness=niceness,
        )  # fmt: skip

    def frame(self, path: str, index: int = 0) -> Frame:
        """Frame `index` of a DICOM file or picture."""
        return cast(Frame, self._ask(FrameRequest(path=path, index=index), (path,)))

    def views(self, file: UltrasoundFile) -> tuple[UltrasoundImage, ...]:
        """The images in the middle frame of a file: one, or two of a dual layout."""
        return self.viewed(file, 0).images

    def viewed(self, file: UltrasoundFile, size: int) -> Viewed:
        """The same with a square of `size` pixels of each image, which spares decoding the file again."""
        return cast(Viewed, self._ask(ViewsRequest(file=file, size=size), (file.path,)))

    def prepared(self, image: UltrasoundImage, size: int) -> Prepared:
        """One image as a model sees it, a square of `size` pixels."""
        return self.prepared_images((image,), size)[0]

    def prepared_images(self, images: Sequence[UltrasoundImage], size: int) -> tuple[Prepared, ...]:
        """Several images in one request: two that come from one file are decoded once."""
        request = PreparedRequest(images=tuple(images), size=size)
        return cast("tuple[Prepared, ...]", self._ask(request, [i.path for i in images])) if images else ()

    def prepare_case(self, case: Case, task: Task, size: int) -> PreparedCase:
        """A case as a model takes it; images whose modality is not the task's are left out."""
        names = [m for m in task.images if m in case.images]
        squares = self.prepared_images([case.images[m] for m in names], size)
        return _prepared_case(case, task, dict(zip(names, squares, strict=True)))

    @property
    def pid(self) -> int | None:
        """Process id of the child while it is running."""
        return self._child.pid

    def start(self) -> None:
        """Start the child now, so that the first file need not wait for it."""
        self._child.start()

    def cancel(self) -> None:
        """Stop the running request."""
        self._child.cancel()

    def close(self) -> None:
        """End the child for good."""
        self._child.close()

    def __enter__(self) -> Decoder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, request: Any, paths: Sequence[str]) -> Any:
        place = 0

        def note(step: int, _total: int, _note: Any) -> None:
            nonlocal place
            place = step

        try:
            return self._child.call(request, on_progress=note)
        except ChildLost as error:
            raise _unsafe(Path(paths[place]).name, error) from error


def _prepared_case(case: Case, task: Task, squares: Mapping[str, Prepared]) -> PreparedCase:
    return PreparedCase(
        case_id=case.case_id,
        images=squares,
        descriptors=case.descriptors.multi_hot(task),
        has_descriptors=not case.descriptors.is_missing,
    )


def _start(decoder: Decoder) -> None:
    with contextlib.suppress(CaseError):  # said by the first request
        decoder.start()


def _unsafe(name: str, error: ChildLost) -> CaseError:
    return CaseError(
        ErrorKind.CORRUPT,
        f"{name} cannot be decoded safely: the decoder had to be stopped while reading it. "
        "The file is damaged; export it again from the device or PACS.",
        error.detail or error.sentence,
    )


class DecoderPool:
    """Several decode children for batch work; results come in the order of the questions.

    Parameters
    ----------
    workers : children; 0 means one per processor.
    """

    def __init__(self, workers: int = 1, *, niceness: int = 0) -> None:
        count = workers if workers > 0 else os.cpu_count() or 1
        self._decoders = [Decoder(niceness=niceness) for _ in range(count)]
        self._idle: queue.SimpleQueue[Decoder] = queue.SimpleQueue()
        for decoder in self._decoders:
            self._idle.put(decoder)
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="decoding")
        self._closing = threading.Event()
        self._kept = KeptSquares()
        self._kept_sizes = (0, 0)

    def start(self) -> None:
        """Start the children now, without waiting for them: their imports take half a second."""
        for decoder in self._decoders:
            self._threads.submit(_start, decoder)

    def keep_squares(self, *, real: int, simulated: int) -> None:
        """From now on, `views` keeps a square of each image for `prepared_cases` of the same size, as far as fits.

        Parameters
        ----------
        real, simulated : side in pixels for images of either kind, which other models may score; 0 = none.
        """
        self._kept_sizes = (real, simulated)

    @property
    def workers(self) -> int:
        return len(self._decoders)

    def prepared_cases(
        self, cases: Iterable[Case], task: Task, size: int
    ) -> Iterator[tuple[Case, PreparedCase | CaseError]]:
        """Each case with what a model takes, or why it cannot be read."""
        return self._in_order(cases, lambda decoder, case: self._prepare(decoder, case, task, size))

    def views(
        self, files: Iterable[UltrasoundFile]
    ) -> Iterator[tuple[UltrasoundFile, tuple[UltrasoundImage, ...] | CaseError]]:
        """Each file with the images found in it, or why it cannot be read."""
        return self._in_order(files, self._views)

    def close(self) -> None:
        """End all children; running questions are answered by errors."""
        self._closing.set()
        for decoder in self._decoders:
            decoder.close()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> DecoderPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _views(self, decoder: Decoder, file: UltrasoundFile) -> tuple[UltrasoundImage, ...]:
        stamp = stamp_of(file.path)
        size = self._kept_sizes[file.simulated] if self._kept.has_room else 0
        viewed = decoder.viewed(file, size)
        if size:
            self._kept.keep(viewed.images, viewed.squares, size, stamp)
        return viewed.images

    def _prepare(self, decoder: Decoder, case: Case, task: Task, size: int) -> PreparedCase:
        names = [m for m in task.images if m in case.images]
        known = {m: self._kept.take(case.images[m], size) for m in names}
        missing = [m for m in names if known[m] is None]
        decoded = dict(zip(missing, decoder.prepared_images([case.images[m] for m in missing], size), strict=True))
        return _prepared_case(case, task, {m: known[m] or decoded[m] for m in names})

    def _in_order(
        self, items: Iterable[_Item], work: Callable[[Decoder, _Item], _Result]
    ) -> Iterator[tuple[_Item, _Result | CaseError]]:
        waiting: deque[tuple[_Item, Future[_Result | CaseError]]] = deque()
        source = iter(items)
        try:
            while True:
                while len(waiting) < LOOK_AHEAD * self.workers:
                    try:
                        item = next(source)
                    except StopIteration:
                        break
                    waiting.append((item, self._threads.submit(self._run, work, item)))
                if not waiting:
                    return
                item, future = waiting.popleft()
                yield item, future.result()
        finally:
            for _, future in waiting:
                future.cancel()

    def _run(self, work: Callable[[Decoder, _Item], _Result], item: _Item) -> _Result | CaseError:
        if self._closing.is_set():
            return CaseError(ErrorKind.STOPPED, "Cancelled.")
        decoder = self._idle.get()
        try:
            return work(decoder, item)
        except CaseError as error:
            return error
        finally:
            self._idle.put(decoder)
