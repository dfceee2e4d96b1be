"""What was left in the system's temporary folder."""

from __future__ import annotations

import tempfile
from pathlib import Path

from core.generation.pool.scratch import PREFIX
from storage.audit.files import is_readable
from storage.audit.findings import Area, Finding, some


def leftovers(before: float) -> list[Finding]:
    """Temporary folders of the program that hold a file from before that time (in seconds), or something readable.

    A folder of a service that runs holds nothing as old: its workers end with each order.
    """
    folders = sorted(Path(tempfile.gettempdir()).glob(f"{PREFIX}*"))
    left = [str(folder) for folder in folders if _is_left(folder, before)]
    return [Finding(Area.TEMPORARY, f"left behind: {some(left)}", "Remove them.")] if left else []


def _is_left(folder: Path, before: float) -> bool:
    try:
        files = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else [folder]
        return any(path.stat().st_mtime < before or is_readable(path) for path in files)
    except (FileNotFoundError, PermissionError):  # It has gone meanwhile, or is another user's.
        return False
