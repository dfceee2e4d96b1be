"""What a person has: credits, a plan, and what was paid."""

from __future__ import annotations

from typing import Final

from bots.conversation.flows import buying, plans, pricing
from bots.conversation.messages import Button
from bots.conversation.turn import Turn
from payments.shop import Receipt

LISTED: Final = 10  # payments that /receipts shows


async def show(turn: Turn, _: str = "") -> None:
    """What it costs, and what the person has."""
    turn.private = True
    texts, shop = turn.texts, turn.services.shop
    if not shop.is_open:
        turn.say(texts("balance.free", limit=turn.services.settings.queue.per_day_max))
        return
    have, plan = await pricing.purse(turn), await shop.subscription(turn.person.id)
    lines = [texts("balance.have", credits=texts.credits(have.available))]
    if have.reserved:
        lines.append(texts("balance.reserved", credits=texts.credits(have.reserved)))
    if plan:
        lines.append(plans.standing(turn, plan))
    lines.append(pricing.costs(shop, texts))
    sold = ["subscribe"] if shop.plans(buying.buyer(turn)) else []
    names = ["buy", *(["billing"] if plan else sold)]
    turn.say("\n".join(lines), *[turn.button(name) for name in names])


async def receipts(turn: Turn, _: str = "") -> None:
    """What was paid, newest first, each with the provider's page for it."""
    turn.private = True
    texts, shop = turn.texts, turn.services.shop
    paid = (await shop.receipts(turn.person.id))[:LISTED]
    if not paid:
        turn.say(texts("receipts.none" if shop.is_open else "shop.free"))
        return
    lines = [_line(turn, number, receipt) for number, receipt in enumerate(paid, start=1)]
    buttons = [
        Button(f"receipt:{number}", texts("button.receipt", number=number), url=receipt.url)
        for number, receipt in enumerate(paid, start=1)
        if receipt.url
    ]
    turn.say("\n".join([texts("receipts.title"), *lines]), *buttons)


def _line(turn: Turn, number: int, receipt: Receipt) -> str:
    texts = turn.texts
    monthly = receipt.product.startswith("plan:")
    told = texts(
        "receipts.line.plan" if monthly else "receipts.line",
        number=number,
        day=texts.date(receipt.at, turn.chatter.timezone),
        credits=texts.credits(receipt.credits),
        amount=texts.money(receipt.amount, receipt.currency),
    )
    refunded = texts.money(receipt.refunded, receipt.currency)
    return f"{told} · {texts('receipts.refunded', amount=refunded)}" if receipt.refunded else told
