"""`retention`: how long what is kept, as a table."""

from __future__ import annotations

from rich.box import HORIZONTALS
from rich.console import Console
from rich.table import Table

from core.retention.policy import table
from core.settings import Settings, load_settings


def run() -> None:
    """Print the policy with the numbers of the settings.

    Raises:
        SettingsError
    """
    settings: Settings = load_settings()
    shown = Table(box=HORIZONTALS, pad_edge=False, show_lines=True)
    for title in ("what", "kept until", "at the latest", "then"):
        shown.add_column(title, overflow="fold")
    for row in table(settings):
        shown.add_row(row.what, row.normally or "·", row.at_latest, row.then)
    Console(highlight=False, markup=False).print(shown)
