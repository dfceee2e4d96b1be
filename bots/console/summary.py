"""What was received, what each file is for, and how long each step took, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rich.box import SIMPLE
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bots.console.faces import Received
from bots.conversation.texts import Texts
from core.model import FileKind

LEAST_PURPOSE: Final = 28  # columns that a table needs beside the paths


def summary(texts: Texts, files: Sequence[Received], timings: Mapping[str, float], width: int) -> RenderableType:
    """The files in a table as far as that fits into `width` columns, then the steps. Paths are never cut."""
    order = list(FileKind)
    files = sorted(files, key=lambda file: order.index(file.kind))
    longest = max(len(str(file.path)) for file in files)
    shown = _table(texts, files) if longest + LEAST_PURPOSE <= width else _list(files)
    parts: list[RenderableType] = [Text(texts("console.summary"), style="bold"), shown]
    return Group(*parts, _timings(texts, timings)) if timings else Group(*parts)


def _table(texts: Texts, files: Sequence[Received]) -> Table:
    table = Table(box=SIMPLE, show_edge=False, pad_edge=False)
    table.add_column(texts("console.file"), style="cyan", no_wrap=True)
    table.add_column(texts("console.purpose"))
    for file in files:
        table.add_row(Text(str(file.path)), Text(file.alt))  # A path may look like mark-up.
    return table


def _list(files: Sequence[Received]) -> Text:
    text = Text(no_wrap=True, overflow="ignore")
    for file in files:
        text.append(f"{file.path}\n", style="cyan").append(f"  {file.alt}\n")
    return text


def _timings(texts: Texts, timings: Mapping[str, float]) -> Table:
    table = Table(box=SIMPLE, show_edge=False, pad_edge=False)
    table.add_column(texts("console.stage"))
    table.add_column(texts("console.seconds"), justify="right")
    for step, seconds in timings.items():
        table.add_row(step, texts.number(seconds))
    table.add_row(texts("console.total"), texts.number(sum(timings.values())), style="bold")
    return table
