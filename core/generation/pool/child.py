"""The program of a worker process: `python -m core.generation.pool.child SOCKET PARENT`.

It takes on its limits, builds one object, and calls its methods as it is told. It ends with its parent. A sandboxed one
locks itself in after its first call, before anything that a stranger sent reaches it.
"""

from __future__ import annotations

import ctypes
import importlib
import math
import os
import resource
import signal
import socket
import sys
import traceback
from contextlib import suppress
from io import BufferedRWPair
from pathlib import Path
from typing import Any, Final

from core.errors import FigurineError
from core.generation.pool.wire import (
    LENGTH,
    Broke,
    Call,
    Message,
    Raised,
    Reported,
    Returned,
    Setup,
    body_length,
    pack,
    unpack,
)
from core.model import Progress

PR_SET_PDEATHSIG: Final = 1  # from linux/prctl.h
NICENESS: Final = 5  # The chat answers first.
OOM_SCORE: Final = 500  # If the machine runs out of memory, a worker goes before the service.
OUT_OF_MEMORY: Final = ("bad_alloc", "bad allocation", "Insufficient memory", "out of memory")  # as native code says it


def main() -> None:
    """Serve one parent until it hangs up."""
    _die_with(parent=int(sys.argv[2]))
    with socket.socket(fileno=int(sys.argv[1])) as line, line.makefile("rwb") as stream:
        setup = _receive(stream)
        assert isinstance(setup, Setup)  # noqa: S101 -- narrows the type; the parent sends nothing else first
        _limit(setup)
        worker = _Target(setup, stream, line.fileno())
        while isinstance(call := _receive(stream), Call):
            _send(stream, worker.answer(call))
            del call  # Nobody's photo waits here for the next one to come.


class _Target:
    """The object that does the work. It is built within `warm_up`, so that its failure is an answer too."""

    def __init__(self, setup: Setup, stream: BufferedRWPair, line: int) -> None:
        self._setup = setup
        self._stream = stream
        self._line = line
        self._object: Any = None
        self._layers: tuple[tuple[str, bool], ...] = ()

    def answer(self, call: Call) -> Message:
        try:
            if call.method == "layers":
                return Returned(self._layers)
            if self._object is not None and self._setup.call_seconds is not None:
                _allow_cpu(self._setup.call_seconds)
            result = self._call(call)
            if self._setup.sandboxed and not self._layers:
                self._layers = _lock_in(self._line)
            return Returned(result)
        except FigurineError as error:
            return Raised(error)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the parent is told
            if isinstance(error, MemoryError) or any(words in str(error) for words in OUT_OF_MEMORY):
                os.abort()  # What is left of this process can't be relied on.
            return Broke(type(error).__name__, _place(error))

    def _call(self, call: Call) -> Any:
        if self._object is None:
            module, _, name = self._setup.target.partition(":")
            self._object = getattr(importlib.import_module(module), name)(**self._setup.kwargs)
        extra = (self._report,) if call.reports else ()
        return getattr(self._object, call.method)(*call.args, *extra)

    def _report(self, progress: Progress) -> None:
        _send(self._stream, Reported(progress))


def _receive(stream: BufferedRWPair) -> Message | None:
    head = stream.read(LENGTH.size)
    return unpack(stream.read(body_length(head))) if head else None


def _send(stream: BufferedRWPair, message: Message) -> None:
    try:
        body = pack(message)
    except Exception as error:  # noqa: BLE001 -- pickle raises anything for a value that can't be sent
        body = pack(Broke(type(error).__name__, "sending the result"))
    stream.write(body)
    stream.flush()


def _place(error: Exception) -> str:
    """File, line and function that raised, innermost last. An exception's text could hold personal data."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)


def _die_with(parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit()  # It died before the line above.


def _limit(setup: Setup) -> None:
    os.nice(NICENESS)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (setup.memory_bytes, setup.memory_bytes))


def _lock_in(line: int) -> tuple[tuple[str, bool], ...]:
    from core.generation.pool import sandbox  # only where it is needed, since looking for libseccomp takes its time

    return sandbox.lock_in(line)


def _allow_cpu(seconds: float) -> None:
    """End this process with SIGXCPU once it has used so many more seconds of CPU time, rounded up."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime + seconds)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


if __name__ == "__main__":
    main()
