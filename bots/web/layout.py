"""How every page looks: one layout, in the reader's language, without a script and without a request elsewhere."""

from __future__ import annotations

import hashlib
from importlib import resources
from typing import Final
from urllib.parse import urlencode

from babel import UnknownLocaleError, negotiate_locale
from babel.core import Locale
from jinja2 import Environment, PackageLoader, StrictUndefined

from bots.conversation.texts import DEFAULT, languages

MOST_WANTED: Final = 20  # languages of a browser that are looked at
STYLE: Final = (resources.files(__package__) / "templates" / "style.css").read_text("utf-8")
VERSION: Final = hashlib.sha256(STYLE.encode()).hexdigest()[:12]

_environment: Final = Environment(
    loader=PackageLoader("bots.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, locale: str, title: str, query: dict[str, str] | None = None, **values: object) -> str:
    """A page. `query` is what the links to the other languages keep of its address."""
    shown = _locale(locale)
    links = [
        ((name, _locale(name).get_display_name(name) or name), "?" + urlencode({**(query or {}), "lang": name}))
        for name in languages()
    ]
    return _environment.get_template(template).render(
        language=shown.language,
        direction=shown.text_direction,
        style=VERSION,
        title=title,
        languages=links,
        chosen=locale,
        **values,
    )


def language(asked: str, accepted: str) -> str:
    """The language of a page: the one that is asked for, else the best of what a browser accepts, else English."""
    wanted = [part.partition(";")[0].strip() for part in accepted.split(",")[:MOST_WANTED]]
    tags = [tag.replace("-", "_") for tag in (asked, *wanted) if tag]
    found = negotiate_locale([name for tag in tags for name in (tag, tag.partition("_")[0])], languages())
    return found or DEFAULT


def _locale(name: str) -> Locale:
    try:
        return Locale.parse(name)
    except (UnknownLocaleError, ValueError):
        return Locale.parse(DEFAULT)
