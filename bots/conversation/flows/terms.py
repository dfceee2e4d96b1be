"""What is agreed on, and who helps with a payment."""

from __future__ import annotations

from bots.conversation.messages import Button
from bots.conversation.turn import Turn


async def terms(turn: Turn, _: str = "") -> None:
    """The terms of use in short, and where they stand in full."""
    texts, settings, is_open = turn.texts, turn.services.settings, turn.services.shop.is_open
    lines = [texts("terms", age=settings.consent.minimum_age)]
    if is_open:
        lines.append(texts("terms.money"))
    address = settings.web.public_url
    page = [Button("terms", texts("button.terms"), url=f"{address}/terms")] if address else []
    turn.say("\n".join(lines), *page)


async def payments(turn: Turn, _: str = "") -> None:
    """Who helps with a payment, and what they need to know."""
    texts, contact, shop = turn.texts, turn.services.settings.support.contact, turn.services.shop
    if not shop.is_open:
        free = texts("shop.free")
        turn.say(texts.joined([free, texts("support.contact", contact=contact)]) if contact else free)
        return
    text = texts("paysupport", contact=contact) if contact else texts("paysupport.nobody")
    turn.say(text, turn.button("receipts"), turn.button("billing"))
