"""What can be wrong with a command's input before anything is started."""

from __future__ import annotations

from pathlib import Path

from bots.files import read_photo_file
from core.errors import FigurineError
from core.settings import Settings


class UsageError(FigurineError):
    """The command was called with something that can't be; the text is one sentence that says what to do."""


def read_photo(file: Path, settings: Settings) -> bytes:
    """The file's bytes.

    Raises:
        UsageError: it can't be read.
        PhotoTooLarge
    """
    shown = str(file)[:120]
    try:
        if file.is_dir():
            raise UsageError(f"{shown} is a folder. Name a picture file.")
        return read_photo_file(file, settings.photos.max_mb)
    except FileNotFoundError:
        raise UsageError(f"There is no file {shown}. Check the path, and try again.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "that is no path"
        raise UsageError(f"{shown} can't be read: {reason}.") from None


def check_height(height: float) -> None:
    """See that a height in mm is one that the settings would allow.

    Raises:
        UsageError
    """
    from core.settings import FigurineSettings

    limits = FigurineSettings.model_json_schema()["properties"]["height_mm"]
    if not limits["minimum"] <= height <= limits["maximum"]:
        raise UsageError(f"The height must be from {limits['minimum']:g} to {limits['maximum']:g} mm.")
