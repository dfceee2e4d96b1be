"""A quick engine that stops before it films, as long as a file is there."""

from __future__ import annotations

import time
from pathlib import Path

from core.model import FigurineFile, FigurineRequest
from tests.engines.quick import QuickMaker


class PatientMaker(QuickMaker):
    """core.ports.Maker."""

    def __init__(self, gate: str) -> None:
        """`gate` is the path of the file."""
        super().__init__()
        self._gate = Path(gate)

    def _stage(self, stage: str, request: FigurineRequest) -> list[FigurineFile]:
        while stage == "turntable" and self._gate.exists():
            time.sleep(0.01)
        return super()._stage(stage, request)
