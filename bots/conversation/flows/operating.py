"""What only those may do who run the service."""

from __future__ import annotations

from bots.conversation.turn import Turn
from core.bells import TEXTS


async def reload(turn: Turn, _: str = "") -> None:
    """Have the texts read anew."""
    turn.services.bells.ring(TEXTS)
    turn.say(turn.texts("reload.done"))
