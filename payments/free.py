"""Without a shop: everyone can afford everything, each order is still counted once, and nothing is sold."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import CodeWrong, NotForSale, NothingToManage
from core.money import Balance, Rail, Subscription
from core.records import Contact
from payments.shop import Buyer, Link, Offer, Receipt
from storage.holds import HoldRows
from storage.sql import Tx


class FreeCredits:
    """core.stores.Credits that never run out."""

    def __init__(self, holds: HoldRows | None = None) -> None:
        self._holds = holds or HoldRows()

    async def reserve(self, tx: Tx, person_id: int, job_id: int, amount: int) -> bool:
        """See core.stores.Credits."""
        await self._holds.reserve(tx, person_id, job_id, amount)
        return True

    async def capture(self, tx: Tx, job_id: int) -> None:
        """See core.stores.Credits."""
        await self._holds.capture(tx, job_id)

    async def release(self, tx: Tx, job_id: int) -> None:
        """See core.stores.Credits."""
        await self._holds.release(tx, job_id)


class FreeShop:
    """payments.shop.Shop that is closed."""

    is_open = False

    def price(self, style: str) -> int:  # noqa: ARG002 -- it is the same for each
        """See payments.shop.Shop."""
        return 0

    def packs(self, buyer: Buyer) -> Sequence[Offer]:  # noqa: ARG002 -- see payments.shop.Shop
        """See payments.shop.Shop."""
        return ()

    def plans(self, buyer: Buyer) -> Sequence[Offer]:  # noqa: ARG002 -- see payments.shop.Shop
        """See payments.shop.Shop."""
        return ()

    async def balance(self, person_id: int) -> Balance:  # noqa: ARG002 -- see payments.shop.Shop
        """See payments.shop.Shop."""
        return Balance(0, 0)

    async def subscription(self, person_id: int) -> Subscription | None:  # noqa: ARG002 -- see payments.shop.Shop
        """See payments.shop.Shop."""
        return None

    async def priority(self, person_id: int) -> int:  # noqa: ARG002 -- see payments.shop.Shop
        """See payments.shop.Shop."""
        return 0

    async def checkout(self, buyer: Buyer, product: str, rail: Rail) -> Link:  # noqa: ARG002 -- see payments.shop.Shop
        """See payments.shop.Shop."""
        raise NotForSale

    async def portal(self, buyer: Buyer) -> str:  # noqa: ARG002 -- see payments.shop.Shop
        """See payments.shop.Shop."""
        raise NothingToManage

    async def receipts(self, person_id: int) -> Sequence[Receipt]:  # noqa: ARG002 -- see payments.shop.Shop
        """See payments.shop.Shop."""
        return ()

    async def redeem(self, person_id: int, code: str) -> int:  # noqa: ARG002 -- see payments.shop.Shop
        """See payments.shop.Shop."""
        raise CodeWrong

    async def welcome(self, person_id: int, contact: Contact) -> int:  # noqa: ARG002 -- see payments.shop.Shop
        """See payments.shop.Shop."""
        return 0

    async def invitation(self, person_id: int) -> str:  # noqa: ARG002 -- see payments.shop.Shop
        """See payments.shop.Shop."""
        return ""

    async def invited(self, person_id: int, word: str) -> bool:  # noqa: ARG002 -- see payments.shop.Shop
        """See payments.shop.Shop."""
        return False
