"""Brings the provider's list of what is on sale in line with the settings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from payments.ports import Article, PricedArticle, Shelf


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `what` says what is to be done, `name` with which product or price."""

    what: str
    name: str


async def synchronise(shelf: Shelf, articles: Iterable[Article], tax: str, dry: bool = False) -> list[Change]:
    """Do what is different, and say what that was; with `dry`, only say it. A second time finds nothing.

    A price is never changed: a new one takes its place, and the old one is archived. `tax` is as in the settings.

    Raises:
        ShopAway, Refused: see payments.ports.Gateway. What was done stays done.
    """
    wanted: dict[str, list[Article]] = {}
    for article in articles:
        wanted.setdefault(article.product, []).append(article)
    there = dict(await shelf.products())
    changes: list[Change] = []
    for product, group in wanted.items():
        changes += await _product(shelf, product, group[0].name, there.get(product), dry)
        changes += await _prices(shelf, product, group, tax, product in there, dry)
    for product in sorted(there.keys() - wanted.keys()):
        changes += await _prices(shelf, product, [], tax, True, dry)
        changes.append(Change("archive product", product))
        if not dry:
            await shelf.drop_product(product)
    return changes


async def _product(shelf: Shelf, product: str, name: str, now: str | None, dry: bool) -> list[Change]:
    if now == name:
        return []
    if not dry:
        await shelf.put_product(product, name)
    return [Change("new product" if now is None else "rename product", product)]


async def _prices(shelf: Shelf, product: str, wanted: list[Article], tax: str, known: bool, dry: bool) -> list[Change]:
    there = list(await shelf.prices(product)) if known else []
    good = {price.key for article in wanted for price in there if _same(price, article, tax)}
    changes: list[Change] = []
    for article in wanted:
        if article.key not in good:
            changes.append(Change("new price", article.key))
            if not dry:
                await shelf.put_price(article)
    for price in there:
        if not any(_same(price, article, tax) for article in wanted):
            changes.append(Change("archive price", price.key or price.reference))
            if not dry:
                await shelf.drop_price(price.reference)
    return changes


def _same(price: PricedArticle, article: Article, tax: str) -> bool:
    behaviour = "unspecified" if tax == "none" else tax
    return (price.key, price.currency, price.amount, price.monthly, price.tax) == (
        article.key,
        article.currency,
        article.amount,
        article.monthly,
        behaviour,
    )
