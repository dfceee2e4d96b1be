"""/buy: what can be bought, and the link to pay for it, in one message that changes. Nobody else reads it.

The buttons carry the number of the message that they stand under, so that it is the one that changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bots.conversation.flows import pricing, questions, ways
from bots.conversation.messages import Button
from bots.conversation.turn import Turn
from core.errors import AlreadySubscribed, FigurineError, NotForSale, NothingToManage, ShopAway
from core.money import Rail
from payments.shop import Buyer, Offer

NEXT: Final = {AlreadySubscribed.code: "billing", NothingToManage.code: "buy", NotForSale.code: "buy"}
"""The button that helps on, by the code of what went wrong."""


async def buy(turn: Turn, _: str = "") -> None:
    """What can be bought, in a new message."""
    await again(turn, 0)


async def again(turn: Turn, message: int) -> None:
    """What can be bought, in that message."""
    if not may_buy(turn):
        return
    texts, shop, message = turn.texts, turn.services.shop, message or turn.number
    packs = shop.packs(buyer(turn))
    if not packs:
        turn.say(texts("buy.none"), key=key_of(message))
        return
    have = await pricing.purse(turn)
    lines = [texts("buy.title"), *_lines(turn, packs), pricing.costs(shop, texts)]
    lines.append(texts("balance.have", credits=texts.credits(have.available)))
    turn.say("\n".join(lines), *pack_buttons(turn, packs, message), key=key_of(message))


async def pay(turn: Turn, chosen: str, message: int) -> None:
    """A link to pay for what was chosen, in that message."""
    if not may_buy(turn):
        return
    product, _, rail = chosen.rpartition(".")
    product, message = product.replace(".", ":", 1), message or turn.number
    try:
        offer = _find(turn, product, rail)
        link = await turn.services.shop.checkout(buyer(turn), product, offer.rail)
    except FigurineError as error:
        excuse(turn, error, Button(f"pay:{chosen}:{message}", turn.texts("button.retry")), key=key_of(message))
        return
    texts, left = turn.texts, link.expires_at - turn.services.clock.now()
    told = texts(
        "pay.link.plan" if offer.monthly else "pay.link",
        credits=texts.credits(offer.credits),
        amount=texts.money(offer.amount, offer.currency),
        duration=texts.duration(left.total_seconds()),
    )
    card = texts("pay.card") if offer.rail is Rail.STRIPE else ""
    leads = Button("pay", texts("button.pay", amount=texts.money(offer.amount, offer.currency)), url=link.url)
    back = Button(f"{'subscribe' if offer.monthly else 'buy'}:{message}", texts("button.back"))
    turn.say(texts.joined([told, card]), leads, back, key=key_of(message))


def may_buy(turn: Turn) -> bool:
    """Whether anything is sold, to somebody who has agreed; if not, that is told. Nobody else reads what follows."""
    turn.private = True
    if not turn.services.shop.is_open:
        turn.say(turn.texts("shop.free"))
        return False
    if turn.must_agree:
        questions.ask_consent(turn)
        return False
    return True


def buyer(turn: Turn) -> Buyer:
    """Who buys."""
    home = ways.home(turn.services.messenger.home(turn.chatter), ways.SHOP)
    return Buyer(turn.person.id, turn.chatter.platform, turn.chatter.locale, home=home)


def pack_buttons(turn: Turn, packs: Sequence[Offer], message: int) -> list[Button]:
    """A button for each pack, and for each way of paying for it."""
    return [_button(turn, "offer.pack", pack, message) for pack in packs]


def plan_buttons(turn: Turn, plans: Sequence[Offer], message: int) -> list[Button]:
    """A button for each plan, and for each way of paying for it."""
    return [_button(turn, "offer.plan", plan, message) for plan in plans]


def excuse(turn: Turn, error: FigurineError, retry: Button, key: str = "") -> None:
    """Tell what went wrong with the shop, and what helps on. Raises `error` if it has nothing to do with the shop."""
    if not error.code.startswith("error.shop"):
        raise error
    helps = [turn.button(NEXT[error.code])] if error.code in NEXT else []
    if isinstance(error, ShopAway):
        helps = [retry]
    turn.say(turn.texts(error.code), *helps, key=key)


def key_of(message: int) -> str:
    """The key of the one message about a purchase."""
    return f"shop:{message}"


def _button(turn: Turn, text: str, offer: Offer, message: int) -> Button:
    texts = turn.texts
    words = texts(text, credits=offer.credits, amount=texts.money(offer.amount, offer.currency))
    return Button(f"pay:{offer.product.replace(':', '.')}.{offer.rail}:{message}", words, choice=True)


def _lines(turn: Turn, packs: Sequence[Offer]) -> list[str]:
    """Each pack once, with what it costs by each way of paying."""
    texts, lines = turn.texts, []
    for product in dict.fromkeys(pack.product for pack in packs):
        ways_ = [pack for pack in packs if pack.product == product]
        amounts = [texts.money(pack.amount, pack.currency) for pack in ways_]
        lines.append(texts("buy.line", credits=texts.credits(ways_[0].credits), amounts=texts.either(amounts)))
    return lines


def _find(turn: Turn, product: str, rail: str) -> Offer:
    """The offer as it is now. Raises NotForSale."""
    shop, who = turn.services.shop, buyer(turn)
    for offer in (*shop.packs(who), *shop.plans(who)):
        if (offer.product, offer.rail) == (product, rail):
            return offer
    raise NotForSale
