"""Finds what people mean: commands, options, buttons and menus by the words on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tests.servers.discord.commands import offered
from tests.servers.discord.media import Attachment
from tests.servers.discord.said import (
    Message,
    walk,
)
from tests.servers.discord.world import (
    Account,
    Channel,
)

if TYPE_CHECKING:
    from tests.servers.discord.server import DiscordServer

JSON = dict[str, Any]
STRING, INTEGER, BOOLEAN, NUMBER, FILE = 3, 4, 5, 10, 11
KINDS: dict[int, tuple[type, ...]] = {STRING: (str,), INTEGER: (int,), BOOLEAN: (bool,), NUMBER: (int, float)}


def command(server: DiscordServer, person: Account, place: Channel, name: str, kind: int) -> JSON:
    """The command of that name that is offered here."""
    name = name.removeprefix("/")
    everywhere = server.commands.get(0, {})
    here = server.commands.get(place.guild.id, {}) if place.guild else {}
    for known in [*here.values(), *everywhere.values()]:
        local = (known.get("name_localizations") or {}).get(person.locale)
        if known["type"] == kind and name in (known["name"], local):
            assert offered(known, person, place), f"{name} is not offered to {person.name} here"
            return known
    raise AssertionError(
        f"there is no command {name}; there are {[c['name'] for c in [*here.values(), *everywhere.values()]]}"
    )


def option(known: JSON, name: str) -> JSON:
    """The option of that name."""
    for one in known["options"]:
        if one["name"] == name:
            return dict(one)
    raise AssertionError(f"/{known['name']} has no option {name}; it has {[o['name'] for o in known['options']]}")


def options(
    person: Account, known: JSON, given: JSON, attach: Callable[[Any, str], Attachment | None]
) -> tuple[list[JSON], list[Attachment]]:
    """The values of a command's options as they are sent, and the files among them."""
    missing = [o["name"] for o in known["options"] if o.get("required") and given.get(o["name"]) is None]
    assert not missing, f"/{known['name']} needs {missing}"
    chosen, files = [], []
    for name, value in given.items():
        if value is None:
            continue
        asked = option(known, name)
        if asked["type"] == FILE:
            file = attach(value, name)
            assert file is not None
            files.append(file)
            value = str(file.id)
        _check(asked, value)
        chosen.append({"name": name, "type": asked["type"], "value": value})
    return chosen, files


def _check(asked: JSON, value: Any) -> None:
    kinds = KINDS.get(asked["type"])
    assert kinds is None or isinstance(value, kinds), f"{asked['name']} takes {kinds}, not {value!r}"
    if isinstance(value, str) and asked["type"] == STRING:
        assert len(value) >= asked.get("min_length", 0), f"{asked['name']} is too short"
        assert len(value) <= asked.get("max_length", 6000), f"{asked['name']} is too long"
    if asked.get("choices"):
        assert value in [choice["value"] for choice in asked["choices"]], f"{value!r} is no choice of {asked['name']}"


def button(messages: Sequence[Message], what: str) -> tuple[Message, JSON]:
    """The newest button that can be pressed and is labelled so, or bears this in its label or its id."""
    tests: list[Callable[[JSON], bool]] = [
        lambda part: part.get("label") == what or part.get("custom_id") == what,
        lambda part: what.lower() in (part.get("label") or "").lower() or what in part.get("custom_id", ""),
    ]
    for fits in tests:
        for message in reversed(messages):
            for part in walk(message.components):
                if part["type"] == 2 and part.get("custom_id") and not part.get("disabled") and fits(part):
                    return message, part
    there = [b.label or b.custom_id for m in messages for b in m.buttons]
    raise AssertionError(f"there is no button {what!r} to press; there are {there}")


def menu(messages: Sequence[Message], what: Sequence[str]) -> tuple[Message, JSON, list[str]]:
    """The newest menu with these labels or values, and the values."""
    for message in reversed(messages):
        for part in walk(message.components):
            if part["type"] != 3 or part.get("disabled"):
                continue
            values = [_value(part["options"], one) for one in what]
            if all(value is not None for value in values):
                assert part["min_values"] <= len(values) <= part["max_values"], (
                    "the menu takes another number of choices"
                )
                return message, part, [value for value in values if value is not None]
    there = [m.options for message in messages for m in message.menus]
    raise AssertionError(f"there is no menu that offers {what}; there are {there}")


def _value(offers: Sequence[JSON], what: str) -> str | None:
    for offer in offers:
        if what in (offer["label"], offer["value"]):
            return str(offer["value"])
    close = [o for o in offers if what.lower() in o["label"].lower() or what in o["value"]]
    return str(close[0]["value"]) if close else None


def filled(form: JSON, answers: str | dict[str, str]) -> list[JSON]:
    """The parts of a form with what was filled in."""
    fields = [(part.get("label", ""), part) for part in _fields(form)]
    if isinstance(answers, str):
        assert len(fields) == 1, f"the form has {len(fields)} fields"
        answers = {fields[0][1]["custom_id"]: answers}
    values: dict[str, str] = {}
    for name, text in answers.items():
        match = [part for label, part in fields if name == part["custom_id"] or name.lower() in label.lower()]
        assert match, f"the form has no field {name}; it has {[label for label, _ in fields]}"
        values[match[0]["custom_id"]] = text
    for _, part in fields:
        _check_field(part, values.get(part["custom_id"], part.get("value") or ""))
    return [sent for part in form["components"] if (sent := _sent(part, values)) is not None]


def _fields(form: JSON) -> list[JSON]:
    """The text fields; those inside a label take its words."""
    fields = []
    for part in form["components"]:
        if part["type"] == 18 and part["component"]["type"] == 4:
            fields.append(part["component"] | {"label": part["label"]})
        fields += [inner for inner in part.get("components", []) if inner["type"] == 4]
    return fields


def _check_field(part: JSON, text: str) -> None:
    assert text or not part.get("required", True), f"the field {part.get('label')} must be filled in"
    assert len(text) <= part.get("max_length", 4000), f"the field {part.get('label')} takes fewer letters"
    assert not text or len(text) >= part.get("min_length", 0), f"the field {part.get('label')} wants more letters"


def _sent(part: JSON, values: dict[str, str]) -> JSON | None:
    if part["type"] == 18:
        return {"type": 18, "id": part["id"], "component": _field(part["component"], values)}
    if part["type"] == 1:
        return {"type": 1, "id": part["id"], "components": [_field(inner, values) for inner in part["components"]]}
    return {"type": 10, "id": part["id"]}


def _field(part: JSON, values: dict[str, str]) -> JSON:
    assert part["type"] == 4, "the test server fills in text fields only"
    text = values.get(part["custom_id"], part.get("value") or "")
    return {"type": 4, "id": part["id"], "custom_id": part["custom_id"], "value": text}


def says(message: Message, words: str) -> bool:
    """Whether the words stand in a message, on its buttons, in its menus or in a file's name."""
    if message.thinking:
        return False
    texts = [message.text, *(b.label for b in message.buttons), *(a.name for a in message.attachments)]
    texts += [label for m in message.menus for label, _ in m.options]
    return any(words.lower() in text.lower() for text in texts)
