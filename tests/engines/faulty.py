"""Makers that go wrong in the ways that native code does."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import InvalidEngraving, NetworksMissing
from core.model import Figurine, FigurineRequest, Photo, Progress, Subject
from core.ports import Report
from tests.engines.quick import SUBJECT, QuickMaker


class FaultyMaker(QuickMaker):
    """Does what the order's wish names, on the first `times` orders that `counter` (a file) has counted."""

    def __init__(self, counter: str, times: int = 1000) -> None:
        super().__init__()
        self._counter = Path(counter)
        self._times = times

    def make(self, request: FigurineRequest, report: Report) -> Figurine:
        report(Progress("begin", 0.0, 1.0))
        with self._counter.open("a") as file:
            file.write("x")
        if len(self._counter.read_text()) <= self._times:
            getattr(self, request.wish)(request)
        return super().make(request, report)

    def look(self, photo: Photo) -> Subject:
        return SUBJECT

    def crash(self, request: FigurineRequest) -> None:
        os.abort()

    def kill(self, request: FigurineRequest) -> None:
        """As the kernel does when the machine's memory runs out."""
        os.kill(os.getpid(), signal.SIGKILL)

    def hang(self, request: FigurineRequest) -> None:
        time.sleep(60)

    def eat(self, request: FigurineRequest) -> None:
        held = []
        while True:
            held.append(bytearray(50_000_000))

    def slip(self, request: FigurineRequest) -> None:
        raise ValueError(f"secret {request.engraving}")

    def refuse(self, request: FigurineRequest) -> None:
        raise InvalidEngraving(limit=7)

    def smuggle(self, request: FigurineRequest) -> Any:
        raise InvalidEngraving(limit=os.system)  # type: ignore[arg-type]


class ColdMaker:
    """Its networks are not there."""

    def warm_up(self) -> None:
        raise NetworksMissing("u2netp.onnx")


class SlowMaker(QuickMaker):
    """Takes its time to look, and tells the number of its process as the number of people."""

    def look(self, photo: Photo) -> Subject:
        time.sleep(self._pause)
        return replace(SUBJECT, count=os.getpid())

    def make(self, request: FigurineRequest, report: Report) -> Figurine:
        return replace(super().make(request, report), subject=self.look(request.photo))


class SpyMaker(QuickMaker):
    """Tells what a worker process can see of its parent."""

    def look(self, photo: Photo) -> Subject:
        raise InvalidEngraving(
            environment=Path("/proc/self/environ").read_text(),
            nice=os.nice(0),
            pid=os.getpid(),
            session=os.getsid(0),
            limits=Path("/proc/self/limits").read_text(),
        )
