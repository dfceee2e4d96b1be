"""Limits of messages, buttons, menus and forms that Discord's file does not say."""

from __future__ import annotations

import re
from typing import Any, Final

from tests.servers.discord.media import Attachment, Upload
from tests.servers.discord.refusals import empty_message, invalid_form, too_large
from tests.servers.discord.said import (
    COMPONENTS_V2,
    walk,
)

JSON = dict[str, Any]
MOST_TEXT: Final = 2000
MOST_IN_EMBEDS: Final = 6000
MOST_ROWS: Final = 5
MOST_COMPONENTS: Final = 40
BUTTON, SELECTS, LINK, PREMIUM = 2, (3, 5, 6, 7, 8), 5, 6


def check_message(body: JSON, files: dict[int, Upload], kept: list[Attachment], limit: int) -> None:
    """Check what a message would be. `kept`: attachments it already has; `limit`: bytes of a file.

    Raises:
        Refusal: as Discord would.
    """
    _check_words(body)
    _check_files(body, files, kept, limit)
    check_components(body.get("components") or [], bool((body.get("flags") or 0) & COMPONENTS_V2))


def demand_something(content: str, *others: list[Any]) -> None:
    """Raise the refusal of a message without anything to see in it."""
    if not content.strip() and not any(others):
        raise empty_message()


def _check_words(body: JSON) -> None:
    if len(body.get("content") or "") > MOST_TEXT:
        raise invalid_form({"content": f"Must be {MOST_TEXT} or fewer in length."})
    embeds = body.get("embeds") or []
    if sum(_length(embed) for embed in embeds) > MOST_IN_EMBEDS:
        raise invalid_form({"embeds": f"Embed size exceeds maximum size of {MOST_IN_EMBEDS}"})
    if (body.get("flags") or 0) & COMPONENTS_V2 and (body.get("content") or embeds):
        raise invalid_form({"content": "cannot be used with the components flag"})


def _length(embed: JSON) -> int:
    words = [embed.get("title"), embed.get("description")]
    words += [(embed.get(part) or {}).get(key) for part, key in (("footer", "text"), ("author", "name"))]
    words += [field.get(key) for field in embed.get("fields") or [] for key in ("name", "value")]
    return sum(len(word or "") for word in words)


def _check_files(body: JSON, files: dict[int, Upload], kept: list[Attachment], limit: int) -> None:
    if any(len(file.content) > limit for file in files.values()):
        raise too_large()
    listed = {int(entry["id"]) for entry in body.get("attachments") or []}
    if unknown := listed - files.keys() - {a.id for a in kept}:
        raise invalid_form({"attachments": f"there is no file for the id {min(unknown)}"})
    if len(listed | files.keys()) > 10:
        raise invalid_form({"attachments": "Must be 10 or fewer in length."})
    for number, file in files.items():
        entry: JSON = next((e for e in body.get("attachments") or [] if int(e["id"]) == number), {})
        if entry.get("filename") not in (None, file.name):
            raise invalid_form({f"attachments.{number}.filename": "another name than that of the file"})


def check_components(components: list[JSON], v2: bool) -> None:
    """Check rows, buttons and menus.

    Raises:
        Refusal: as Discord would.
    """
    everything = walk(components)
    if len(components) > MOST_ROWS and not v2:
        raise invalid_form({"components": f"Must be {MOST_ROWS} or fewer in length."})
    if len(everything) > MOST_COMPONENTS:
        raise invalid_form({"components": f"Must be {MOST_COMPONENTS} or fewer in number."})
    if not v2 and any(part["type"] != 1 for part in components):
        raise invalid_form({"components": "only rows without the components flag"})
    names = [part["custom_id"] for part in everything if part.get("custom_id")]
    if len(set(names)) < len(names):
        raise invalid_form({"components": "Component custom id cannot be duplicated"})
    for part in everything:
        if part["type"] == 1:
            _check_row(part["components"])
        elif part["type"] == BUTTON:
            _check_button(part)
        elif part["type"] == 3:
            _check_menu(part)


def _check_row(parts: list[JSON]) -> None:
    menus = [part for part in parts if part["type"] in SELECTS]
    if menus and len(parts) > 1:
        raise invalid_form({"components": "a row holds five buttons or one menu"})


def _check_button(button: JSON) -> None:
    if button["style"] == LINK:
        if not button.get("url") or button.get("custom_id"):
            raise invalid_form({"components": "a link needs a url and no custom id"})
        if not re.match(r"(https?|discord)://", button["url"]):
            raise invalid_form({"components": "Scheme must be one of http, https, discord"})
    elif button["style"] != PREMIUM and (not button.get("custom_id") or button.get("url")):
        raise invalid_form({"components": "a button needs a custom id and no url"})
    if button["style"] != PREMIUM and not (button.get("label") or button.get("emoji")):
        raise invalid_form({"components": "a button needs a label or an emoji"})


def _check_menu(menu: JSON) -> None:
    values = [option["value"] for option in menu["options"]]
    if len(set(values)) < len(values):
        raise invalid_form({"components": "The specified option value is already used"})
    least, most = menu.get("min_values"), menu.get("max_values")
    if (1 if least is None else least) > (most or 1) or (most or 1) > len(values):
        raise invalid_form({"components": "the menu asks for more than it offers"})


def check_form(form: JSON) -> None:
    """Check a form ("modal").

    Raises:
        Refusal: as Discord would.
    """
    if len(form["components"]) > MOST_ROWS:
        raise invalid_form({"data.components": f"Must be {MOST_ROWS} or fewer in length."})
    names = [part["custom_id"] for part in walk(form["components"]) if part.get("custom_id")]
    if len(set(names)) < len(names):
        raise invalid_form({"data.components": "Component custom id cannot be duplicated"})
    for part in walk(form["components"]):
        if part["type"] == 1 and any(not inner.get("label") for inner in part["components"] if inner["type"] == 4):
            raise invalid_form({"data.components": "a text input in a row needs a label"})
        least, most = part.get("min_length") or 0, part.get("max_length") or 4000
        if part["type"] == 4 and (least > most or len(part.get("value") or "") > most):
            raise invalid_form({"data.components": "the text input cannot be filled"})


def with_ids(components: list[JSON]) -> list[JSON]:
    """Components as Discord gives them back: each with a number, and with what was left out filled in."""
    taken = {part["id"] for part in walk(components) if part.get("id")}
    counter = iter(number for number in range(1, 1000) if number not in taken)
    return [_with_id(part, counter) for part in components]


def _with_id(part: JSON, counter: Any) -> JSON:
    copy = {key: value for key, value in part.items() if value is not None}
    copy["id"] = copy.get("id") or next(counter)
    if copy["type"] in SELECTS:
        copy = {"min_values": 1, "max_values": 1, **copy}
    if "components" in copy:
        copy["components"] = [_with_id(inner, counter) for inner in copy["components"]]
    for name in ("accessory", "component"):
        if isinstance(copy.get(name), dict):
            copy[name] = _with_id(copy[name], counter)
    if "options" in copy:
        copy["options"] = [{k: v for k, v in option.items() if v is not None} for option in copy["options"]]
    if isinstance(copy.get("emoji"), dict):
        copy["emoji"] = {k: v for k, v in copy["emoji"].items() if v is not None}
    return copy


def as_shown(embeds: list[JSON]) -> list[JSON]:
    """Embeds as Discord gives them back."""
    shown = []
    for embed in embeds:
        copy = {key: value for key, value in embed.items() if value is not None}
        copy["type"] = "rich"
        if isinstance(copy.get("fields"), list):
            copy["fields"] = [{"inline": False, **field} for field in copy["fields"]]
        shown.append(copy)
    return shown
