"""What was seen in the last photo, so that looking at it and then making its figurine perceives it once."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from core.generation.sculpt.shapes import Cutout
from core.model import Photo, Subject

KEPT_SECONDS = 180.0
"""About as long as a person takes to choose a style. A photo is personal data: it is not kept for longer."""


@dataclass(frozen=True, slots=True)
class _Look:
    photo: Photo
    seen: tuple[Subject, Cutout]
    timer: threading.Timer


class LastLook:
    """Room for one photo, until it is taken, replaced, or `seconds` have passed."""

    def __init__(self, seconds: float = KEPT_SECONDS) -> None:
        self._seconds = seconds
        self._look: _Look | None = None

    def keep(self, photo: Photo, seen: tuple[Subject, Cutout]) -> None:
        """Keep what was seen in a photo instead of what was kept before."""
        self._emptied()
        timer = threading.Timer(self._seconds, self._drop, (photo,))
        timer.daemon = True
        self._look = _Look(photo, seen, timer)
        timer.start()

    def take(self, photo: Photo) -> tuple[Subject, Cutout] | None:
        """What was seen in this photo, if it was the last. Nothing is kept afterwards, whatever it was."""
        look = self._emptied()
        return look.seen if look is not None and look.photo == photo else None

    def _emptied(self) -> _Look | None:
        look, self._look = self._look, None
        if look is not None:
            look.timer.cancel()
        return look

    def _drop(self, photo: Photo) -> None:
        look = self._look
        if look is not None and look.photo is photo:  # Not a newer one, if the time is up just then.
            self._look = None
