"""Buttons behind which a text is asked for: where a platform has forms it shows one, elsewhere the next line is it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bots.conversation.typed import LONGEST_CODE, LONGEST_WISH


@dataclass(frozen=True, slots=True)
class Form:
    """One text of at most `most` characters; none: as many as are engraved, which is a setting.

    `title` and `field` are message keys; the field's may tell the `limit`. `long`: on several lines.
    """

    title: str
    field: str
    most: int | None = None
    long: bool = False


FORMS: Final[Mapping[str, Form]] = {
    "name": Form("form.name.title", "form.name"),
    "wish": Form("form.wish.title", "form.wish", LONGEST_WISH, long=True),
    "set-name": Form("form.name.title", "form.name"),
    "code": Form("form.code.title", "form.code", LONGEST_CODE),
}
"""By the id of the button. What is filled in comes as a bots.conversation.events.Filled."""
