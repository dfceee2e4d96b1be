"""What figurines cost, in words. The only place that says so."""

from __future__ import annotations

from bots.conversation.turn import Turn


def told(turn: Turn) -> str:
    """What the figurine costs that is being asked for."""
    return turn.texts("price.free")


def balance(turn: Turn) -> str:
    """What a person has, and what it is good for."""
    return turn.texts("balance.free", limit=turn.services.settings.queue.per_day_max)
