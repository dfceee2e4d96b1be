"""The pages that people see: checkout, invoices, receipts, the portal."""

from __future__ import annotations

import datetime as dt
import traceback
from collections.abc import Callable
from typing import Any, Final

import jinja2
from aiohttp import web
from babel.dates import format_date
from babel.numbers import format_currency

from tests.servers.stripe import invoices, paying, portal, visits
from tests.servers.stripe.refusals import Refusal
from tests.servers.stripe.world import Object, World

ZERO_DECIMAL: Final = ("jpy", "krw", "vnd", "clp")
PAGE: Final = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{font:1.1rem/1.5 system-ui;margin:2rem auto;max-width:30rem;padding:0 1rem;background:#fff;color:#1a1f36}
button,select,input{font:inherit;padding:.5rem .9rem;margin:.2rem 0}button{cursor:pointer}
.error{color:#b3093c}.note{color:#555}dt{float:left;clear:left}dd{text-align:right}</style></head>
<body data-state="{{ state }}"><p class="note">Stand-in for Stripe: no money moves here.</p>
<h1>{{ title }}</h1>
{% if amount %}<p><strong id="amount">{{ amount }}</strong></p>{% endif %}
{% if lines %}<ul id="lines">{% for line in lines %}<li>{{ line }}</li>{% endfor %}</ul>{% endif %}
{% if text %}<p id="text">{{ text }}</p>{% endif %}
{% if error %}<p class="error" role="alert">{{ error }}</p>{% endif %}
{% for form in forms %}<form method="post">{% for field in form.fields %}
<p><label>{{ field.label }}<br>{% if field.choices %}<select name="{{ field.name }}">
{% for value, words in field.choices %}<option value="{{ value }}">{{ words }}</option>{% endfor %}</select>
{% else %}<input name="{{ field.name }}" value="{{ field.value }}">{% endif %}</label></p>{% endfor %}
<button name="action" value="{{ form.action }}">{{ form.words }}</button></form>{% endfor %}
</body></html>"""
TEMPLATE: Final = jinja2.Environment(autoescape=True).from_string(PAGE)
CHOICES: Final = [
    ("good", "4242 4242 4242 4242 (is good)"),
    ("asks", "4000 0027 6000 3184 (asks whether it is yours)"),
    ("refuses", "4000 0000 0000 0341 (has no money)"),
]


def money(amount: int, currency: str) -> str:
    """An amount of a currency's smallest unit in words."""
    whole = amount if currency in ZERO_DECIMAL else amount / 100
    return format_currency(whole, currency.upper(), locale="en")


def show(title: str, state: str, status: int = 200, **parts: Any) -> web.Response:
    """A page."""
    return web.Response(
        text=TEMPLATE.render(title=title, state=state, **parts), content_type="text/html", status=status
    )


def form(action: str, words: str, *fields: Object) -> Object:
    """A button with what is asked for beside it."""
    return {"action": action, "words": words, "fields": list(fields)}


CARD: Final = {"name": "card", "label": "Card", "choices": CHOICES}
CONFIRM: Final = [form("confirm", "Yes, it is mine"), form("deny", "No")]


class Pages:
    """Answers what is no part of the API."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """Where the pages are."""
        routes = []
        for path, page in (
            ("/checkout/{name}", self._checkout),
            ("/invoices/{name}", self._invoice),
            ("/portal/{name}", self._portal),
        ):
            routes += [web.get(path, self._asked(page)), web.post(path, self._asked(page))]
        pdf = web.get("/invoices/{name}/pdf", self._asked(self._pdf))
        return [*routes, pdf, web.get("/receipts/{name}", self._asked(self._receipt))]

    def _asked(self, page: Callable[[str, dict[str, str]], web.Response]) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.Response:
            self._world.timeline.catch_up()
            form = {key: str(value) for key, value in (await request.post()).items()}
            try:
                return page(request.match_info["name"], form)
            except Exception as error:  # noqa: BLE001 -- shown to whoever sees the page, and raised at the end
                if not isinstance(error, Refusal):
                    self._world.mistakes.append("".join(traceback.format_exception(error)[-3:]))
                    return show("Something went wrong", "error", 500, error=repr(error))
                refusal = error
                return show("Something went wrong", "error", refusal.status, error=refusal.message)

        return answer

    def _checkout(self, name: str, said: dict[str, str]) -> web.Response:
        session = self._world.get("checkout.session", name)
        state, action, error = "", said.get("action"), ""
        if session["status"] == "complete":
            return show("You're all done here", "complete", text="Your payment has already been processed.")
        if session["status"] == "expired":
            return show("This link has expired", "expired", text="Please go back and ask for a new one.")
        if action == "leave":
            return _go(session["cancel_url"] or session["success_url"])
        if action == "pay":
            email = said.get("email") or session["customer_email"]
            state = paying.submit(self._world, session, said.get("card", "good"), email, said.get("country", "DE"),
                                    said.get("code", ""))  # fmt: skip
            error = "Your card was declined. Try another one."
        if action in ("confirm", "deny"):
            state = paying.answer(self._world, session, good=action == "confirm")
            error = "We are unable to authenticate your card. Try another one."
        if state in ("succeeded", "processing"):
            return _go(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]))
        amount = money(session["amount_total"], session["currency"])
        if state == "requires_action":
            return show("Is this card yours?", "asks", amount=amount, forms=CONFIRM)
        fields = [CARD | {"choices": [*CHOICES, ("bank", "Bank debit (arrives days later)")]}]
        if session["mode"] == "subscription":
            fields = [CARD]
        if not session["customer"]:
            fields.append({"name": "email", "label": "Email", "value": session["customer_email"] or ""})
        return show(
            "Subscribe" if session["mode"] == "subscription" else "Pay",
            "open",
            amount=amount,
            lines=[_line(item) for item in session["_line_items"]],
            error=error if state else "",
            forms=[form("pay", f"Pay {amount}", *fields), form("leave", "Back")],
        )

    def _invoice(self, name: str, said: dict[str, str]) -> web.Response:
        invoice, state, error = self._world.get("invoice", name), "", ""
        if said.get("action") == "pay" and invoice["status"] == "open":
            state = visits.pays_invoice(self._world, invoice, said.get("card", "good"))
            error = "Your card was declined. Try another one."
        if said.get("action") in ("confirm", "deny"):
            invoices.authenticated(self._world, invoice, good=said["action"] == "confirm")
        intent = self._world.objects.get(invoice.get("_intent", ""))
        asks = invoice["status"] == "open" and intent is not None and intent["status"] == "requires_action"
        pay = form("pay", "Pay", CARD)
        forms = {"open": [*CONFIRM, pay] if asks else [pay]}.get(invoice["status"], [])
        lines = [
            f"{part['description']}: {money(part['amount'], part['currency'])}" for part in invoice["lines"]["data"]
        ]
        return show(
            f"Invoice {invoice['number']}",
            invoice["status"],
            amount=money(invoice["amount_due"], invoice["currency"]),
            lines=lines,
            error=error if state == "open" and not asks else "",
            text={"paid": "It is paid.", "void": "It is void."}.get(invoice["status"], ""),
            forms=forms,
        )

    def _portal(self, name: str, said: dict[str, str]) -> web.Response:
        session = self._world.find("billing_portal.session", _secret=name)
        if session is None or portal.is_over(self._world, session):
            return show("This link has expired", "expired", text="Please go back and ask for a new one.")
        session["_opened"] = session["_opened"] or self._world.clock.seconds()
        if said.get("action") == "leave":
            return _go(session["return_url"])
        text = visits.acts(self._world, session, said) if said else ""
        lines, forms = visits.offers(self._world, session)
        if session["return_url"]:
            forms.append(form("leave", "Back"))
        return show("Your plan and invoices", "open", lines=lines, forms=forms, text=text)

    def _pdf(self, name: str, said: dict[str, str]) -> web.Response:
        invoice = self._world.get("invoice", name)
        text = f"Invoice {invoice['number']}: {money(invoice['total'], invoice['currency'])}".replace("€", "EUR ")
        drawn = f"BT /F1 18 Tf 50 780 Td ({text.encode('ascii', 'replace').decode()}) Tj ET"
        return web.Response(body=_paper(drawn), content_type="application/pdf")

    def _receipt(self, name: str, said: dict[str, str]) -> web.Response:
        charge = self._world.get("charge", name)
        day = format_date(dt.datetime.fromtimestamp(charge["created"], dt.UTC), locale="en")
        lines = (
            [f"Refunded: {money(charge['amount_refunded'], charge['currency'])}"] if charge["amount_refunded"] else []
        )
        amount = money(charge["amount"], charge["currency"])
        return show("Receipt", charge["status"], amount=amount, lines=lines, text=f"Paid on {day}.")


def _line(item: Object) -> str:
    each = {"recurring": " every month"}.get(item["price"]["type"], "")
    return f"{item['quantity']} × {item['description']}: {money(item['amount_total'], item['currency'])}{each}"


def _go(url: str) -> web.Response:
    return web.Response(status=303, headers={"Location": url})


def _paper(drawn: str) -> bytes:
    """The smallest PDF with a line of text on it."""
    things = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(drawn)}>>stream\n{drawn}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    paper, places = b"%PDF-1.4\n", []
    for number, thing in enumerate(things, 1):
        places.append(len(paper))
        paper += f"{number} 0 obj{thing}endobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 6\n0000000000 65535 f \n{table}trailer<</Size 6/Root 1 0 R>>\nstartxref\n{len(paper)}\n%%EOF\n"
    return paper + end.encode()
