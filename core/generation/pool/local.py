"""The engine in worker processes of this machine."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from types import TracebackType
from typing import Final, Self, cast

from core.errors import EngineFailed, NotAPicture
from core.generation.pool.lanes import Lane, WorkerKind
from core.generation.pool.scratch import Scratch
from core.generation.pool.timing import StageTimes, Timeline
from core.generation.pool.wire import Call, Plain, Setup
from core.generation.pool.worker import Worker, WorkerDiedError
from core.model import Figurine, FigurineRequest, Photo, Subject
from core.ports import Report
from core.settings import GenerationSettings, PhotoSettings

log = logging.getLogger(__name__)

ATTEMPTS: Final = 2  # A crash costs a call one retry.
WORTH_A_PROCESS: Final = 0.1  # seconds; with fewer left there is no second attempt
MEGA: Final = 1_000_000
DECODER: Final = "core.intake.decode:Decoder"
DECODER_BASE_BYTES: Final = 500 * MEGA  # Python, Pillow and the formats' libraries
DECODER_BYTES_PER_PIXEL: Final = 12  # measured: about 10 at the worst
DECODER_THREADS: Final = 2  # HEVC is decoded by a thread beside the main one
DECODES_PER_PROCESS: Final = 100


class LocalPool:
    """core.ports.Engine over processes: one decoder, `workers` makers, and one more maker that only looks at photos.

    The last one is started when a photo has to be looked at while every maker is busy, so that nobody waits for another
    person's figurine to hear what is on theirs. The time that a call may take runs while a process works on it, a
    second attempt included, and not while it waits for one. Use as `async with`; leaving it ends every process.
    """

    def __init__(
        self, maker: str, kwargs: Mapping[str, Plain], generation: GenerationSettings, photos: PhotoSettings
    ) -> None:
        """`maker` is the import path "module:Class" of a core.ports.Maker, built with `kwargs` in each process."""
        self._maker = maker
        self._kwargs = dict(kwargs)
        self._generation = generation
        self._photos = photos
        self._times = StageTimes()

    async def __aenter__(self) -> Self:
        self._scratch = Scratch()
        scratch = self._scratch.__enter__().path
        self._decoders = Lane(self._decoder_kind(), 1, scratch)
        self._makers = Lane(self._maker_kind(), self._generation.workers, scratch, spare=1)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await asyncio.gather(self._decoders.close(), self._makers.close())
        finally:
            self._scratch.__exit__(kind, error, trace)

    async def warm(self) -> None:
        """Start the decoder and the makers, so that the first order does not wait for them.

        Raises:
            EngineFailed: a process did not come up.
            NetworksMissing: see Maker.warm_up.
        """
        try:
            await asyncio.gather(self._decoders.warm(), self._makers.warm())
        except WorkerDiedError as died:
            raise EngineFailed(str(died)) from None

    async def decode(self, upload: bytes) -> Photo:
        """See core.ports.Engine. A picture that makes the decoder run out of time or memory is no picture."""
        seconds = self._photos.decode_seconds
        try:
            await self._decoders.warm()
        except WorkerDiedError as died:
            raise EngineFailed(str(died)) from None
        try:
            return cast("Photo", await self._try_twice(self._decoders.borrow, Call("decode", (upload,)), seconds))
        except WorkerDiedError as died:
            raise NotAPicture(str(died)) from None

    async def sandbox_layers(self) -> tuple[tuple[str, bool], ...]:
        """What the decoder has locked itself in with: each layer's name, and whether this machine offers it.

        Raises:
            EngineFailed: the decoder does not start.
        """
        call, seconds = Call("layers", ()), self._photos.decode_seconds
        try:
            return cast("tuple[tuple[str, bool], ...]", await self._try_twice(self._decoders.borrow, call, seconds))
        except WorkerDiedError as died:
            raise EngineFailed(str(died)) from None

    async def look(self, photo: Photo) -> Subject:
        """See core.ports.Engine."""
        call, seconds = Call("look", (photo,)), self._generation.look_seconds
        try:
            return cast("Subject", await self._try_twice(partial(self._makers.borrow, spare=True), call, seconds))
        except WorkerDiedError as died:
            raise EngineFailed(str(died)) from None

    async def make(self, request: FigurineRequest, report: Report) -> Figurine:
        """See core.ports.Engine."""
        timeline = Timeline(self._times)
        call, seconds = Call("make", (request,), reports=True), self._generation.make_seconds
        try:
            figurine = await self._try_twice(
                self._makers.borrow, call, seconds, lambda progress: report(timeline.refine(progress)), timeline.restart
            )
        except WorkerDiedError as died:
            raise EngineFailed(str(died)) from None
        timeline.finish()
        return cast("Figurine", figurine)

    async def _try_twice(
        self,
        borrow: Callable[[], AbstractAsyncContextManager[Worker]],
        call: Call,
        seconds: float,
        report: Report | None = None,
        restart: Callable[[], None] | None = None,
    ) -> object:
        """The call's result; `restart` is called before the second attempt.

        Raises:
            WorkerDiedError: the last attempt's, or the first one's if it used up the time.
        """
        loop, left, attempt = asyncio.get_running_loop(), seconds, 1
        while True:
            try:
                async with borrow() as worker:
                    begun = loop.time()
                    try:
                        return await worker.call(call, left, self._generation.silent_seconds, report)
                    finally:
                        left -= loop.time() - begun
            except WorkerDiedError as died:
                log.warning("%s, attempt %d: %s", call.method, attempt, died)
                if attempt == ATTEMPTS or left < WORTH_A_PROCESS:
                    raise
            attempt += 1
            if restart is not None:
                restart()

    def _maker_kind(self) -> WorkerKind:
        memory = self._generation.memory_mb * MEGA
        setup = Setup(self._maker, self._kwargs, memory)
        return WorkerKind(setup, self._generation.start_seconds, "make", self._generation.figurines_per_process)

    def _decoder_kind(self) -> WorkerKind:
        limits = {
            "max_bytes": self._photos.max_mb * MEGA,
            "max_pixels": self._photos.max_megapixels * MEGA,
            "max_side": self._photos.max_side,
            "min_side": self._photos.min_side,
        }
        memory = DECODER_BASE_BYTES + DECODER_BYTES_PER_PIXEL * limits["max_pixels"] + 3 * limits["max_bytes"]
        seconds = DECODER_THREADS * self._photos.decode_seconds
        setup = Setup(DECODER, limits, memory, sandboxed=True, call_seconds=seconds)
        return WorkerKind(setup, self._generation.start_seconds, "decode", DECODES_PER_PROCESS)
