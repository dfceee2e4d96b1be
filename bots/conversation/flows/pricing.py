"""What figurines cost, in words. The only place that says so."""

from __future__ import annotations

from collections import Counter

from bots.conversation.flows import styled
from bots.conversation.session import InHand
from bots.conversation.texts import Texts
from bots.conversation.turn import Turn
from core.generation.styles import styles
from core.money import Balance
from payments.shop import Shop


async def told(turn: Turn, count: int = 1) -> str:
    """What so many figurines cost that are being asked for, and what the person has."""
    shop, texts = turn.services.shop, turn.texts
    if not shop.is_open:
        return texts("price.free")
    price = texts.credits(count * usual(shop))
    if unusual(shop):
        price = texts("price.varies", price=price)
    if turn.is_public:  # What somebody has is nobody else's business.
        return price
    return texts("price.told", price=price, available=(await purse(turn)).available)


def costs(shop: Shop, texts: Texts) -> str:
    """What one figurine costs, in each style where styles differ."""
    price, others = texts.credits(usual(shop)), unusual(shop)
    if not others:
        return texts("price.each", price=price)
    told = [
        texts("price.style", styles=_labels(texts, others, each), price=texts.credits(each))
        for each in sorted(set(others.values()))
    ]
    return texts("price.styles", price=price, others=texts.listed(told))


def _labels(texts: Texts, prices: dict[str, int], price: int) -> str:
    return texts.listed([styled.label(texts, style) for style in prices if prices[style] == price])


def usual(shop: Shop) -> int:
    """What figurines cost in most styles, in credits."""
    counted = Counter(shop.price(style) for style in styles())
    return min(counted, key=lambda price: (-counted[price], price))


def unusual(shop: Shop) -> dict[str, int]:
    """The styles that cost something else than most: name → credits."""
    prices = {style: shop.price(style) for style in styles()}
    most = usual(shop)
    return {style: price for style, price in prices.items() if price != most}


def figurines(hand: InHand) -> int:
    """How many figurines the photos in hand become."""
    return 1 if hand.together else len(hand.photos)


async def purse(turn: Turn) -> Balance:
    """What a person has. Whoever has had nothing yet gets what everybody begins with."""
    shop, person = turn.services.shop, turn.person.id
    have = await shop.balance(person)
    if have == Balance(0, 0) and not turn.must_agree and await shop.welcome(person, turn.chatter.contact):
        have = await shop.balance(person)
    return have
