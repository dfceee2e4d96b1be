"""Buttons under a message."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import InlineKeyboardButtonLimit, InlineKeyboardMarkupLimit

from bots.conversation.messages import Button

log = logging.getLogger(__name__)

THREE_FIT: Final = 11  # the width of the longest text with which three stand in a row, in letters
TWO_FIT: Final = 20


def keyboard(buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
    """The buttons in rows: choices two or three in a row, others one or two; None for no buttons."""
    rows: list[list[Button]] = []
    usable = [button for button in buttons[: InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER] if _fits(button)]
    for choice, group in groupby(usable, key=lambda button: button.choice):
        alike = list(group)
        rows += _choices(alike) if choice else _others(alike)
    return InlineKeyboardMarkup([[_key(button) for button in row] for row in rows]) if rows else None


def _choices(buttons: list[Button]) -> list[list[Button]]:
    """Rows as even as can be, since they are alike. One that needs a row for itself does not widen the others."""
    rows: list[list[Button]] = []
    for alone, group in groupby(buttons, key=lambda button: _width(button.text) > TWO_FIT):
        beside = list(group)
        longest = max(_width(button.text) for button in beside)
        rows += _even(beside, 1 if alone else 3 if longest <= THREE_FIT else 2)
    return rows


def _even(buttons: list[Button], most: int) -> list[list[Button]]:
    """Rows of at most so many, the longer ones first: two and two rather than three and one."""
    count = -(-len(buttons) // most)
    short, longer = divmod(len(buttons), count)
    rows = [short + (number < longer) for number in range(count)]
    return [buttons[sum(rows[:number]) : sum(rows[: number + 1])] for number in range(count)]


def _others(buttons: list[Button]) -> list[list[Button]]:
    """Two in a row where both are short."""
    rows: list[list[Button]] = []
    for button in buttons:
        beside = rows[-1] if rows else []
        if len(beside) == 1 and max(_width(beside[0].text), _width(button.text)) <= TWO_FIT:
            beside.append(button)
        else:
            rows.append([button])
    return rows


def _width(text: str) -> int:
    """In letters; a sign of Japanese is as wide as two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _key(button: Button) -> InlineKeyboardButton:
    if button.url:
        return InlineKeyboardButton(button.text, url=button.url)
    return InlineKeyboardButton(button.text, callback_data=button.id)


def _fits(button: Button) -> bool:
    fits = bool(button.url) or len(button.id.encode()) <= InlineKeyboardButtonLimit.MAX_CALLBACK_DATA
    if not fits:
        log.error("the button %s is left out: its id is too long", button.id.partition(":")[0][:20])
    return fits
