"""One worker process, seen from the service: started with a clean environment, called, watched, killed."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self

from core.errors import EngineFailed
from core.generation.pool.wire import (
    LENGTH,
    Broke,
    Call,
    Message,
    Raised,
    Reported,
    Returned,
    Setup,
    WireError,
    body_length,
    pack,
    unpack,
)
from core.model import Progress
from core.supervision import in_background

log = logging.getLogger(__name__)

KEPT_VARIABLES: Final = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONDONTWRITEBYTECODE")
BUFFER: Final = 1 << 20


class WorkerDiedError(Exception):
    """The process crashed, was killed, or had to be killed because it gave no sign of life."""


class Worker:
    """A running process. After any call that did not end with an answer it is dead and has to be replaced."""

    def __init__(
        self, process: asyncio.subprocess.Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self._answered = True
        self._closed = False
        self.calls: Counter[str] = Counter()  # of each method

    @property
    def alive(self) -> bool:
        """Whether the process still runs, as far as this one was told."""
        return not (self._closed or self._reader.at_eof() or self._process.returncode is not None)

    @classmethod
    async def start(cls, setup: Setup, scratch: Path, seconds: float) -> Self:
        """Start a process and have its target warm up within `seconds`.

        Args:
            setup: what it builds, and its limits.
            scratch: folder for temporary files; its owner removes it.
            seconds: time for starting and warming up together.

        Raises:
            WorkerDiedError: it did not come up.
            FigurineError: its target's own, from `warm_up`.
        """
        creating = in_background(cls._create(scratch), "creation of a worker")
        try:
            worker = await asyncio.shield(creating)
        except asyncio.CancelledError:
            await (await creating).close()
            raise
        try:
            worker._writer.write(pack(setup))
            await worker.call(Call("warm_up", ()), seconds, seconds)
        except BaseException:
            await worker.close()
            raise
        return worker

    @classmethod
    async def _create(cls, scratch: Path) -> Self:
        """A process with a line to it. Never cancelled, so that none is left behind half made."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                process = await _spawn(theirs.fileno(), scratch)
        except BaseException:
            ours.close()
            raise
        return cls(process, *await asyncio.open_unix_connection(sock=ours, limit=BUFFER))

    async def call(
        self, call: Call, seconds: float, silence: float, report: Callable[[Progress], None] | None = None
    ) -> Any:
        """Call a method of the target and return what it returns.

        Args:
            call: the method with its arguments.
            seconds: time for the whole call.
            silence: longest time between two signs of life.
            report: receives the progress.

        Raises:
            WorkerDiedError: crash, out of memory, out of time. The process is gone.
            EngineFailed: the target raised something that is no FigurineError.
            FigurineError: the target's own.
        """
        try:
            async with asyncio.timeout(seconds):
                return await self._exchange(call, silence, report)
        except TimeoutError:
            await self.close()
            raise WorkerDiedError(
                f"{call.method} took longer than {seconds:.0f} s or was silent for {silence:.0f} s"
            ) from None
        except WireError as error:
            await self.close()
            raise EngineFailed(f"{call.method} answered with something unreadable: {error}") from None
        except (OSError, asyncio.IncompleteReadError) as error:
            await self.close()
            raise WorkerDiedError(
                f"{call.method}: {type(error).__name__}, the process ended with code {self._process.returncode}"
            ) from None
        except BaseException:
            if not self._answered:
                await self.close()
            raise

    async def _exchange(self, call: Call, silence: float, report: Callable[[Progress], None] | None) -> Any:
        self._answered = False
        self.calls[call.method] += 1
        self._writer.write(pack(call))
        await self._writer.drain()
        while True:
            async with asyncio.timeout(silence):
                message = await self._read()
            if isinstance(message, Reported):
                if report is not None:
                    report(message.progress)
                continue
            self._answered = True
            return _outcome(message)

    async def _read(self) -> Message:
        head = await self._reader.readexactly(LENGTH.size)
        return unpack(await self._reader.readexactly(body_length(head)))

    async def close(self) -> None:
        """Kill the process and wait for its end, which is quick. Doing it twice does no harm."""
        self._closed = True
        with suppress(ProcessLookupError):
            self._process.kill()
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()
        await self._process.wait()


def _outcome(message: Message) -> Any:
    if isinstance(message, Returned):
        return message.value
    if isinstance(message, Raised):
        raise message.error
    if isinstance(message, Broke):
        log.error("an engine raised %s at %s", message.kind, message.place)
        raise EngineFailed(f"{message.kind} at {message.place}")
    raise WireError(type(message).__name__)


async def _spawn(line: int, scratch: Path) -> asyncio.subprocess.Process:
    """The child's program, in a session of its own so that a terminal's Ctrl-C is for the service alone."""
    quiet = None if log.isEnabledFor(logging.DEBUG) else asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-P", "-m", "core.generation.pool.child", str(line), str(os.getpid())),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=quiet,
        env=_environment(scratch),
        pass_fds=(line,),
        start_new_session=True,
    )


def _environment(scratch: Path) -> dict[str, str]:
    """Nothing secret, the same import path as here, and few memory arenas, which keeps a worker's memory small."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    return kept | {"PYTHONPATH": path, "TMPDIR": str(scratch), "MALLOC_ARENA_MAX": "2"}
