"""A photo is accepted: decoded, checked, looked at, and kept encrypted."""

from __future__ import annotations

import datetime as dt

from core.ports import Engine, Safety
from core.records import HeldPhoto
from core.stores import Photos


class Intake:
    """From a file as it came to a photo in the store."""

    def __init__(self, engine: Engine, safety: Safety, photos: Photos) -> None:
        self._engine = engine
        self._safety = safety
        self._photos = photos

    async def accept(self, person_id: int, upload: bytes, arrived_at: dt.datetime) -> HeldPhoto:
        """Decode, check and look, then keep. What is refused is kept nowhere.

        Raises:
            PhotoError: it is no picture, too small or too large, unsafe, or shows no clear subject.
            EngineFailed, DiskFull
        """
        photo = await self._engine.decode(upload)
        await self._safety.check(photo)
        subject = await self._engine.look(photo)
        return await self._photos.keep(person_id, photo, subject, arrived_at)
