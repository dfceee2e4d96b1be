"""What was received, what each file is for, and how long each step took, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.box import SIMPLE
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bots.console.faces import Received
from bots.conversation.texts import Texts
from core.model import FileKind


def summary(texts: Texts, files: Sequence[Received], timings: Mapping[str, float]) -> RenderableType:
    """Two tables, one below the other. Paths are never cut."""
    parts: list[RenderableType] = [Text(texts("console.summary"), style="bold"), _files(texts, files)]
    return Group(*parts, _timings(texts, timings)) if timings else Group(*parts)


def _files(texts: Texts, files: Sequence[Received]) -> Table:
    table = Table(box=SIMPLE, show_edge=False, pad_edge=False)
    table.add_column(texts("console.file"), style="cyan", no_wrap=True, overflow="ignore")
    table.add_column(texts("console.purpose"))
    order = list(FileKind)
    for file in sorted(files, key=lambda file: order.index(file.kind)):
        table.add_row(str(file.path), file.alt)
    return table


def _timings(texts: Texts, timings: Mapping[str, float]) -> Table:
    table = Table(box=SIMPLE, show_edge=False, pad_edge=False)
    table.add_column(texts("console.stage"))
    table.add_column(texts("console.seconds"), justify="right")
    for step, seconds in timings.items():
        table.add_row(step, texts.number(seconds))
    table.add_row(texts("console.total"), texts.number(sum(timings.values())), style="bold")
    return table
