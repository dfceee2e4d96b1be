"""The safety check that needs nobody else: a small network in a worker process of this machine."""

from __future__ import annotations

import logging
import os
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from core.errors import EngineFailed, UnsafePhoto
from core.generation.pool.lanes import Lane, WorkerKind
from core.generation.pool.scratch import Scratch
from core.generation.pool.wire import Call, Setup
from core.generation.pool.worker import WorkerDiedError
from core.generation.sculpt.networks import NUDITY
from core.intake.safety.unchecked import Unchecked
from core.model import Photo
from core.settings import GenerationSettings, Settings

log = logging.getLogger(__name__)

MEGA: Final = 1_000_000
JUDGE: Final = "core.intake.safety.nudity:NudityJudge"
JUDGE_BASE_BYTES: Final = 600 * MEGA  # address space; measured: 380, of which 200 are really used
JUDGE_BYTES_PER_CORE: Final = 50 * MEGA  # NumPy reserves 44 for each core of the machine
PHOTOS_PER_PROCESS: Final = 1_000


class LocalJudge:
    """core.ports.Safety over one worker process, which starts with the first photo and stays warm.

    Whatever goes wrong, the photo is not let through. Use as `async with`; leaving it ends the process.
    """

    def __init__(self, network: Path, threshold: float, generation: GenerationSettings, judge: str = JUDGE) -> None:
        """`network` is the file of the network NUDITY; a score of `threshold` or more refuses a photo.

        `judge` is the import path "module:Class" of what the process builds, from a network's path and SHA-256.
        """
        cores = os.cpu_count() or 1
        memory = JUDGE_BASE_BYTES + cores * JUDGE_BYTES_PER_CORE
        setup = Setup(judge, {"network": str(network), "sha256": NUDITY.sha256}, memory)
        self._kind = WorkerKind(setup, generation.start_seconds, "score", PHOTOS_PER_PROCESS)
        self._threshold = threshold
        self._seconds = generation.look_seconds

    async def __aenter__(self) -> Self:
        self._scratch = Scratch()
        self._lane = Lane(self._kind, 1, self._scratch.__enter__().path)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._lane.close()
        finally:
            self._scratch.__exit__(kind, error, trace)

    async def warm(self) -> None:
        """Start the process, so that the first photo does not wait for it.

        Raises:
            EngineFailed: it did not come up.
            NetworksMissing: its network is absent or is not the pinned file.
        """
        try:
            await self._lane.warm()
        except WorkerDiedError as died:
            raise EngineFailed(str(died)) from None

    async def check(self, photo: Photo) -> None:
        """See core.ports.Safety. A crash is given one retry.

        Raises:
            UnsafePhoto: the score is at least the threshold.
            EngineFailed: there is no score.
            NetworksMissing: see `warm`.
        """
        try:
            score = await self._score(photo)
        except WorkerDiedError as died:
            log.warning("score, first attempt: %s", died)
            try:
                score = await self._score(photo)
            except WorkerDiedError as again:
                raise EngineFailed(str(again)) from None
        if not (isinstance(score, float) and 0 <= score <= 1):
            raise EngineFailed("the judge's answer is no score")
        if score >= self._threshold:
            raise UnsafePhoto()

    async def _score(self, photo: Photo) -> object:
        async with self._lane.borrow() as worker:
            return await worker.call(Call("score", (photo,)), self._seconds, self._seconds)


def safety(settings: Settings) -> AbstractAsyncContextManager[LocalJudge | Unchecked]:
    """The check that the settings name, to be entered as a context."""
    if settings.safety.check == "none":
        return Unchecked()
    network = settings.sculpt.networks_dir / NUDITY.file
    return LocalJudge(network, settings.safety.threshold, settings.generation)
