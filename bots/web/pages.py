"""The pages of the policy and the terms."""

from __future__ import annotations

from collections.abc import Callable

from bots.conversation.texts import Texts
from bots.web.layout import render
from core.settings import Settings

Page = Callable[[Settings, str], str]


def privacy(settings: Settings, locale: str) -> str:
    """The policy: what happens to a photo, what is kept and for how long."""
    texts, limits = Texts(locale), settings.retention
    told = texts(
        "start.details",
        hours=limits.photo_hours,
        after=texts.duration(limits.photo_minutes_after * 60),
        days=limits.results_days,
        orders=limits.jobs_days,
        age=settings.consent.minimum_age,
        version=settings.consent.policy_version,
    )
    shop = texts("page.privacy.shop", years=limits.payments_years) if settings.sells else ""
    return _page(settings, locale, texts("page.privacy.title"), [*told.split("\n"), shop])


def terms(settings: Settings, locale: str) -> str:
    """The terms of use."""
    texts = Texts(locale)
    told = texts("page.terms", age=settings.consent.minimum_age)
    shop = texts("page.terms.shop") if settings.sells else ""
    return _page(settings, locale, texts("page.terms.title"), [*told.split("\n"), shop])


def _page(settings: Settings, locale: str, title: str, told: list[str]) -> str:
    texts, contact = Texts(locale), settings.support.contact
    paragraphs = [*told, texts("page.contact", contact=contact) if contact else ""]
    return render(
        "page.html.jinja",
        locale,
        title,
        paragraphs=[paragraph for paragraph in paragraphs if paragraph.strip()],
        footer=texts("page.version", version=settings.consent.policy_version),
    )
