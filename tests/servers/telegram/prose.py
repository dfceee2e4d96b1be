"""What the table says in its descriptions only: fixed values, choices, lengths and ranges."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

CONSTANT: Final = re.compile(r"(?:always|must be) [\"“]?([A-Za-z]\w*)[\"”]?\.?$")
CONSTANT_NUMBER: Final = re.compile(r"[Aa]lways (\d+)\.")
CHOICE: Final = re.compile(r"(?:one of|can be|can be either) (?=\")")
SENTENCE_END: Final = re.compile(r"\. [A-Z]|$")
CHARACTERS: Final = re.compile(r"(\d+)\s?-\s?(\d+) ([Cc]haracters|[Bb]ytes)")
ITEMS: Final = re.compile(r"(?:include|list of|array of) (\d+)-(\d+) ")
MOST_ITEMS: Final = re.compile(r"[Aa]t most (\d+) [\w ]+ can be specified")
RANGE: Final = re.compile(r"(?:between |; |, )(\d+)-(\d+)(?: are accepted|\.|$)")
ACTIONS: Final = re.compile(r"\b(?:typing|(?:upload|record|choose|find)_\w+)\b")
PATTERNS: Final = {
    ("command", "Text of the command"): r"[a-z0-9_]{1,32}",
    ("secret_token", "A secret token"): r"[A-Za-z0-9_-]{1,256}",
    ("start_parameter", "Deep-linking parameter"): r"[A-Za-z0-9_-]{1,64}",
    ("language_code", "A two-letter ISO 639-1 language code"): r"([a-z]{2})?",
}


@dataclass(frozen=True)
class Rule:
    """One thing that a value must keep to. `mark`: the only value there may be."""

    holds: Callable[[Any], bool]
    words: str
    mark: Any = None

    def __call__(self, value: Any) -> str | None:
        return None if self.holds(value) else f": {self.words}, not {value!r:.80}"


def rules_of(field: dict[str, Any]) -> list[Rule]:
    """The rules in a field's description."""
    types, description = field["types"], field["description"]
    if types == ["String"]:
        rules = [_constant(description), _choice(field["name"], description), _length(description)]
        rules.append(_pattern(field["name"], description))
    elif types == ["Integer"]:
        rules = [_constant_number(description), _range(description)]
    elif all(kind.startswith("Array of ") for kind in types):
        rules = [_items(description)]
    else:
        rules = []
    return [rule for rule in rules if rule is not None]


def _constant(description: str) -> Rule | None:
    found = CONSTANT.search(description)
    return _always(found[1]) if found else None


def _always(mark: str | int) -> Rule:
    return Rule(lambda value: value == mark, f"always {mark!r}", mark)


def _constant_number(description: str) -> Rule | None:
    found = CONSTANT_NUMBER.search(description)
    return _always(int(found[1])) if found else None


def _choice(name: str, description: str) -> Rule | None:
    if name == "action" and description.startswith("Type of action to broadcast"):
        choices = ACTIONS.findall(description)
    else:
        found = CHOICE.search(description)
        if not found:
            return None
        end = SENTENCE_END.search(description, found.end())
        choices = re.findall(r"\"([^\"]+)\"", description[found.end() : end.start() if end else None])
    known = frozenset(choices)
    return Rule(lambda value: value in known, f"one of {', '.join(choices)}")


def _length(description: str) -> Rule | None:
    found = CHARACTERS.search(description)
    if not found or "after entit" in description:
        return None  # what a text is after its entities are parsed is known to the methods only
    least, most = int(found[1]), int(found[2])
    if found[3].lower() == "bytes":
        return Rule(lambda value: least <= len(value.encode()) <= most, f"{least} to {most} bytes")
    return Rule(lambda value: least <= len(value) <= most, f"{least} to {most} characters")


def _pattern(name: str, description: str) -> Rule | None:
    for (field, beginning), pattern in PATTERNS.items():
        if name == field and beginning in description:
            return _like(pattern)
    return None


def _like(pattern: str) -> Rule:
    return Rule(lambda value: re.fullmatch(pattern, value) is not None, f"like {pattern}")


def _range(description: str) -> Rule | None:
    found = RANGE.search(description)
    if not found:
        return None
    least, most = int(found[1]), int(found[2])
    return Rule(lambda value: least <= value <= most, f"{least} to {most}")


def _items(description: str) -> Rule | None:
    found, most = ITEMS.search(description), MOST_ITEMS.search(description)
    if not found and not most:
        return None
    bounds = (int(found[1]), int(found[2])) if found else (0, int(most[1]) if most else 0)
    return Rule(lambda value: bounds[0] <= len(value) <= bounds[1], f"{bounds[0]} to {bounds[1]} items")
