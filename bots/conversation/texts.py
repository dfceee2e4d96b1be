"""The words: message catalogues, and numbers and times as a language writes them."""

from __future__ import annotations

import datetime as dt
import gettext
import io
from collections.abc import Sequence
from decimal import Decimal
from functools import cache, lru_cache
from importlib import resources
from pathlib import PurePath

from babel import Locale, UnknownLocaleError, negotiate_locale
from babel.dates import format_date, format_datetime, format_skeleton, format_timedelta
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_precision

from core.model import FileKind

DEFAULT = "en"
FOLDER = resources.files(__package__) / "locales"
UNSPACED = frozenset({"ja", "zh"})  # languages that put no space between sentences
SHORT_WAIT = 90  # seconds; longer waits are told in minutes
STARS = "xtr"  # Telegram's own money
HUNDREDTHS = frozenset({"ISK", "UGX"})  # counted in hundredths by those who take them, though nobody has coins of them
STEP = 5  # seconds to which short waits are rounded up


_catalogues: dict[str, gettext.GNUTranslations] = {}


class Texts:
    """Every word that a person reads, in one language.

    A message's id is its key, such as `error.engine`; placeholders are named, and numbers among their values are
    written as the language does it.
    """

    def __init__(self, locale: str = DEFAULT) -> None:
        """`locale` is what a platform tells, such as "pt-br". Without a catalogue near it, English is spoken."""
        language, self._locale = _negotiated(locale)
        self._catalogue = _catalogue(language)

    def __call__(self, key: str, **fields: str | int | float) -> str:
        """The message of that key."""
        return self._catalogue.gettext(key).format_map(self._written(fields))

    def plural(self, key: str, count: int, **fields: str | int | float) -> str:
        """The message of that key in the form that `count` needs; `{count}` is known in it."""
        return self._catalogue.ngettext(key, key, count).format_map(self._written({**fields, "count": count}))

    def has(self, key: str) -> bool:
        """Whether the catalogue knows the key."""
        return self._catalogue.gettext(key) != key

    def label(self, text: str) -> str:
        """A style's own words, translated where the catalogue has them."""
        return self._catalogue.gettext(text)

    def first(self, *keys: str) -> str:
        """The message of the first key that the catalogue knows; the last one must be known."""
        return self(next((key for key in keys if self.has(key)), keys[-1]))

    def number(self, value: float, digits: int = 1) -> str:
        """A number with at most `digits` decimals."""
        return format_decimal(round(value, digits), locale=self._locale)

    def percent(self, fraction: float) -> str:
        """A fraction (0 to 1) in percent."""
        return format_percent(fraction, locale=self._locale)

    def duration(self, seconds: float) -> str:
        """A length of time as one says it: "40 seconds", "2 minutes"."""
        if seconds <= SHORT_WAIT:
            rounded = max(STEP, -int(-seconds // STEP) * STEP)
            return format_timedelta(rounded, granularity="second", threshold=10, locale=self._locale)
        return format_timedelta(round(seconds), granularity="minute", threshold=2 * 60, locale=self._locale)

    def moment(self, when: dt.datetime, timezone: dt.tzinfo | None) -> str:
        """A weekday and a time of day; in UTC, which is said, where the person's own time is not known."""
        told = format_datetime(when.astimezone(timezone or dt.UTC), "EEE HH:mm", locale=self._locale)
        return told if timezone else f"{told} UTC"

    def day(self, when: dt.datetime, timezone: dt.tzinfo | None) -> str:
        """A day of the year."""
        return format_skeleton("MMMMd", when.astimezone(timezone or dt.UTC), locale=self._locale)

    def date(self, when: dt.datetime, timezone: dt.tzinfo | None) -> str:
        """A day with its year."""
        return format_date(when.astimezone(timezone or dt.UTC), "long", locale=self._locale)

    def money(self, amount: int, currency: str) -> str:
        """An amount in the currency's smallest unit, by its three letters."""
        if currency.lower() == STARS:
            return f"{self.number(amount)} ⭐"
        code = currency.upper()
        digits = 2 if code in HUNDREDTHS else get_currency_precision(code)
        return format_currency(Decimal(amount).scaleb(-digits), code, locale=self._locale)

    def credits(self, count: int) -> str:
        """So many credits, in words that fit where things are counted or after a colon."""
        return self.plural("credits", count)

    @property
    def mark(self) -> str:
        """What stands before a command at the beginning of a line, so that it is read from the right side."""
        return "\u200f\u200e" if self._locale.text_direction == "rtl" else ""

    def joined(self, sentences: Sequence[str]) -> str:
        """Sentences one after the other, without those that are empty."""
        return ("" if self._locale.language in UNSPACED else " ").join(filter(None, sentences))

    def listed(self, words: Sequence[str]) -> str:
        """Several words as one says them: "a, b and c"."""
        return format_list(words, locale=self._locale)

    def either(self, words: Sequence[str]) -> str:
        """Several words of which one is taken: "a, b or c"."""
        return format_list(words, style="or", locale=self._locale)

    @staticmethod
    def prepare() -> None:
        """Read all languages now, so that nobody waits for it later: it takes some 20 ms each."""
        for name in languages():
            Texts(name).number(0.5)

    @staticmethod
    def reload() -> None:
        """Read the catalogues anew. Raises what reading raises; the present ones stay in force then."""
        fresh = {name: _read(name) for name in _names()}
        _catalogues.clear()
        _catalogues.update(fresh)
        languages.cache_clear()
        _negotiated.cache_clear()
        _negotiated.cache_clear()

    def purpose(self, kind: FileKind) -> str:
        """What a file of that kind is for."""
        return self(f"file.{kind}")

    def _written(self, fields: dict[str, str | int | float]) -> dict[str, str]:
        return {name: value if isinstance(value, str) else self.number(value) for name, value in fields.items()}


@cache
def languages() -> tuple[str, ...]:
    """The languages that there are catalogues for."""
    return _names()


def _names() -> tuple[str, ...]:
    files = [PurePath(file.name) for file in FOLDER.iterdir()]
    return tuple(sorted(file.stem for file in files if file.suffix == ".po"))


def _catalogue(language: str) -> gettext.GNUTranslations:
    if language not in _catalogues:
        _catalogues[language] = _read(language)
    return _catalogues[language]


def _read(language: str) -> gettext.GNUTranslations:
    with (FOLDER / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@lru_cache(maxsize=1_000)
def _negotiated(locale: str) -> tuple[str, Locale]:
    """The language that is spoken, and how numbers and times are written."""
    wanted = locale.replace("-", "_")
    language = negotiate_locale([wanted, wanted.partition("_")[0]], languages()) or DEFAULT
    return language, _regional(wanted, language)


def _regional(wanted: str, language: str) -> Locale:
    """The person's own region's way of writing numbers, if its language is the one that is spoken."""
    try:
        regional = Locale.parse(wanted)
    except (UnknownLocaleError, ValueError):
        return Locale.parse(language)
    return regional if regional.language == Locale.parse(language).language else Locale.parse(language)
