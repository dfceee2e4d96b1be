"""A decoder with a hole: one kind of upload makes it do what its author wants."""

from __future__ import annotations

import socket

from core.intake.decode import Decoder
from core.model import Photo


class HoledDecoder(Decoder):
    """Opens a line to the world when it is told to."""

    def decode(self, upload: bytes) -> Photo:
        if upload == b"exploit":
            socket.socket(socket.AF_INET)
        return super().decode(upload)
