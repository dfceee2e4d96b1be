"""The pages of the policy and the terms, in the reader's language, without a script and without a request elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Final

from babel import UnknownLocaleError, negotiate_locale
from babel.core import Locale

from bots.conversation.texts import DEFAULT, Texts, languages
from core.settings import Settings

Page = Callable[[Settings, str], str]
MOST_WANTED: Final = 20  # languages of a browser that are looked at

LAYOUT: Final = """<!doctype html>
<html lang="{language}" dir="{direction}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1.05rem/1.6 system-ui, sans-serif; max-width: 42rem; margin: 0 auto; padding: 2rem 1.2rem 4rem; }}
h1 {{ font-size: 1.7rem; line-height: 1.25; }}
p {{ margin: .8rem 0; }}
footer {{ margin-top: 2.5rem; font-size: .9rem; opacity: .75; }}
</style></head>
<body><main><h1>{title}</h1>
{body}
</main><footer><p>{footer}</p><nav>{languages}</nav></footer></body></html>
"""


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
    return _page(settings, locale, "page.privacy.title", [*told.split("\n"), _contact(settings, texts)])


def terms(settings: Settings, locale: str) -> str:
    """The terms of use."""
    texts = Texts(locale)
    told = texts("page.terms", age=settings.consent.minimum_age)
    return _page(settings, locale, "page.terms.title", [*told.split("\n"), _contact(settings, texts)])


def language(asked: str, accepted: str) -> str:
    """The language of a page: the one that is asked for, else the best of what a browser accepts, else English."""
    wanted = [part.partition(";")[0].strip() for part in accepted.split(",")[:MOST_WANTED]]
    tags = [tag.replace("-", "_") for tag in (asked, *wanted) if tag]
    found = negotiate_locale([name for tag in tags for name in (tag, tag.partition("_")[0])], languages())
    return found or DEFAULT


def _contact(settings: Settings, texts: Texts) -> str:
    return texts("page.contact", contact=settings.support.contact) if settings.support.contact else ""


def _page(settings: Settings, locale: str, title: str, paragraphs: list[str]) -> str:
    texts, language_ = Texts(locale), _locale(locale)
    body = "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs if paragraph.strip())
    links = " · ".join(
        f'<a href="?lang={name}" hreflang="{name}">{escape(_locale(name).get_display_name(name) or name)}</a>'
        for name in languages()
    )
    return LAYOUT.format(
        language=language_.language,
        direction=language_.text_direction,
        title=escape(texts(title)),
        body=body,
        footer=escape(texts("page.version", version=settings.consent.policy_version)),
        languages=links,
    )


def _locale(name: str) -> Locale:
    try:
        return Locale.parse(name)
    except (UnknownLocaleError, ValueError):
        return Locale.parse(DEFAULT)
