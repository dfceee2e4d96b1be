"""People who pay: they open pages, read them and press buttons, as a browser does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiohttp
from lxml import html

if TYPE_CHECKING:
    from tests.servers.stripe.server import StripeServer


@dataclass(frozen=True)
class Page:
    """What is seen. `state`: open, complete, expired, asks (whether the card is theirs), error, or an invoice's status.

    `amount` and `lines` are as they stand there ("€2.00"); `buttons` by what they do, with what can be chosen beside
    them.
    """

    url: str
    status: int
    state: str
    title: str
    amount: str
    lines: list[str]
    text: str
    error: str
    buttons: dict[str, dict[str, list[tuple[str, str]]]] = field(default_factory=dict)

    @property
    def expired(self) -> bool:
        return self.state == "expired"


class Payer:
    """Somebody with a browser. `email` and `country`: what they type where they are asked."""

    def __init__(self, server: StripeServer, email: str, country: str) -> None:
        self._server = server
        self.email = email
        self.country = country
        self.page: Page | None = None

    async def opens(self, url: str) -> Page:
        """Go to a page of Stripe's: a checkout link, a portal link, an invoice, a receipt."""
        async with aiohttp.ClientSession() as browser, browser.get(url) as answer:
            self.page = _read(url, answer.status, await answer.text())
        return self.page

    async def pays(self, card: str = "good") -> str:
        """Pay with a card that does as it should; where that leads to (the page itself, for an invoice)."""
        return await self._leads_on("pay", card=card)

    async def pays_with_3ds(self, yes: bool = True) -> str:
        """Pay with a card that asks whose it is, and answer; where that leads to, or the error if it does not."""
        await self._presses("pay", card="asks")
        assert self.seen.state in ("asks", "open"), f"no question but {self.seen}"
        return await self.answers(yes)

    async def answers(self, yes: bool = True) -> str:
        """Say whether the card is theirs; where that leads to, or the error."""
        return await self._presses("confirm" if yes else "deny") or self.seen.error

    async def pays_by_bank(self) -> str:
        """Pay in a way in which the money arrives days later (`server.money_arrives`)."""
        return await self._leads_on("pay", card="bank")

    async def is_declined(self, code: str = "") -> str:
        """Pay with a card that has no money; what the page says. `code`: why the bank says no."""
        led = await self._presses("pay", card="refuses", **({"code": code} if code else {}))
        assert not led, f"the card was taken, and led to {led}"
        return self.seen.error

    async def leaves(self) -> str:
        """Go back without doing anything; where that leads to."""
        return await self._leads_on("leave")

    async def cancels_plan(self) -> str:
        """In the portal: no more renewals."""
        return await self._acts("cancel")

    async def stays(self) -> str:
        """In the portal: renew after all."""
        return await self._acts("stay")

    async def pauses(self) -> str:
        """In the portal: stand still."""
        return await self._acts("pause")

    async def resumes(self) -> str:
        """In the portal: go on."""
        return await self._acts("resume")

    async def changes_plan_to(self, lookup_key: str) -> str:
        """In the portal: another plan."""
        choices = {words: value for value, words in self.seen.buttons.get("change", {}).get("price", [])}
        assert lookup_key in choices, f"{lookup_key} is not offered, but {sorted(choices)}"
        return await self._acts("change", price=choices[lookup_key])

    async def changes_card(self, card: str = "good") -> str:
        """In the portal: pay with another card from now on."""
        return await self._acts("card", card=card)

    @property
    def seen(self) -> Page:
        """The page that is open."""
        assert self.page is not None, "no page is open"
        return self.page

    async def _acts(self, action: str, **fields: str) -> str:
        await self._presses(action, **fields)
        return self.seen.text

    async def _leads_on(self, action: str, **fields: str) -> str:
        led = await self._presses(action, **fields)
        paid = self.seen.url if self.seen.state == "paid" else ""
        assert led or paid, f"{action} led nowhere: {self.seen.title}: {self.seen.error}"
        return led or paid

    async def _presses(self, action: str, **fields: str) -> str:
        """Press a button that is there; where it leads to, if away from the page."""
        page = self.seen
        assert action in page.buttons, f"the page offers {sorted(page.buttons)}, not {action}: {page.title}"
        form = {"action": action, **fields}
        if action == "pay":
            form |= {"country": self.country} | ({"email": self.email} if "email" in page.buttons["pay"] else {})
        async with (
            aiohttp.ClientSession() as browser,
            browser.post(page.url, data=form, allow_redirects=False) as answer,
        ):
            if answer.status == 303:
                return answer.headers["Location"]
            self.page = _read(page.url, answer.status, await answer.text())
            return ""


def _read(url: str, status: int, text: str) -> Page:
    root = html.fromstring(text)

    def words(path: str) -> str:
        return " ".join(part.text_content().strip() for part in root.xpath(path))

    buttons = {
        button.get("value"): {
            field.get("name"): [(option.get("value"), option.text_content()) for option in field.xpath(".//option")]
            for field in button.getparent().xpath(".//select|.//input")
        }
        for button in root.xpath("//button")
    }
    return Page(
        url=url,
        status=status,
        state=root.xpath("//body")[0].get("data-state"),
        title=words("//h1"),
        amount=words("//*[@id='amount']"),
        lines=[line.text_content() for line in root.xpath("//*[@id='lines']/li")],
        text=words("//*[@id='text']"),
        error=words("//*[@role='alert']"),
        buttons=buttons,
    )
