"""The Bot API's table of methods and types, turned into checks. A check is made when it is first needed."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from tests.servers.telegram.prose import rules_of
from tests.servers.telegram.wire import Upload

FILE: Final = Path(__file__).resolve().parent.parent / "specs" / "telegram-bot-api.json.gz"
LARGEST: Final = 2**53

Check = Callable[[Any], str | None]
"""Gives what is wrong with a value, beginning with where it is wrong; nothing if it fits."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of a method."""

    name: str
    types: tuple[str, ...]
    required: bool
    check: Check


class Table:
    """Checks of everything that is said to the Bot API and by it."""

    def __init__(self, file: Path = FILE) -> None:
        document = json.loads(gzip.decompress(file.read_bytes()))
        self._methods: dict[str, Any] = document["methods"]
        self._types: dict[str, Any] = document["types"]
        self._by_lower_case = {name.lower(): name for name in self._methods}
        self._checks: dict[str, Check] = {}
        self._parameters: dict[str, dict[str, Parameter]] = {}

    def method(self, name: str) -> str | None:
        """The method's proper name, whatever the case that it is called in."""
        return self._by_lower_case.get(name.lower())

    def parameters(self, method: str) -> dict[str, Parameter]:
        """What the method takes, by name."""
        known = self._parameters.get(method)
        if known is None:
            fields = self._methods[method].get("fields", [])
            known = {f["name"]: Parameter(f["name"], tuple(f["types"]), f["required"], self._field(f)) for f in fields}
            self._parameters[method] = known
        return known

    def answer_problem(self, method: str, answer: Any) -> str | None:
        """What is wrong with a method's answer."""
        return self._any_of(self._methods[method]["returns"])(answer)

    def problem(self, kind: str, value: Any) -> str | None:
        """What is wrong with a value that should be of this type."""
        return self.check(kind)(value)

    def kinds_of_update(self) -> frozenset[str]:
        """The kinds of update that there are."""
        return frozenset(f["name"] for f in self._types["Update"]["fields"]) - {"update_id"}

    def check(self, kind: str) -> Check:
        """The check of a type. Types may hold themselves, so a name stands in until the check is made."""
        if kind not in self._checks:
            self._checks[kind] = lambda value: self._checks[kind](value)  # noqa: PLW0108 -- it is not there yet
            self._checks[kind] = self._build(kind)
        return self._checks[kind]

    def _build(self, kind: str) -> Check:
        if kind in PRIMITIVES:
            return PRIMITIVES[kind]
        if kind.startswith("Array of "):
            return _array(self.check(kind.removeprefix("Array of ")))
        entry = self._types[kind]
        if entry.get("subtypes"):
            return self._union(entry["subtypes"])
        return self._object(kind, entry.get("fields") or [])

    def _field(self, field: dict[str, Any]) -> Check:
        kind, rules = self._any_of(field["types"]), rules_of(field)
        if not rules:
            return kind

        def check(value: Any) -> str | None:
            wrong = kind(value)
            for rule in rules:
                wrong = wrong or rule(value)
            return wrong

        return check

    def _any_of(self, kinds: list[str]) -> Check:
        checks = [self.check(kind) for kind in kinds]
        return checks[0] if len(checks) == 1 else _first_fit(checks)

    def _object(self, kind: str, fields: list[dict[str, Any]]) -> Check:
        checks = {field["name"]: self._field(field) for field in fields}
        required = [field["name"] for field in fields if field["required"]]

        def check(value: Any) -> str | None:
            if not isinstance(value, dict):
                return f": {kind} expected, not {value!r:.80}"
            for name in required:
                if name not in value:
                    return f".{name}: missing in {kind}"
            for name, item in value.items():
                found = checks.get(name)
                if found is None:
                    return f".{name}: {kind} has no such field"
                wrong = found(item)
                if wrong is not None:
                    return f".{name}{wrong}"
            return None

        return check

    def _union(self, kinds: list[str]) -> Check:
        """One of several types, chosen by the fields that say which it is: what is wrong is said of that one."""
        members = [(_marks(self._types.get(kind, {})), self.check(kind)) for kind in kinds]

        def check(value: Any) -> str | None:
            fitting = [
                found
                for marks, found in members
                if not isinstance(value, dict) or all(value.get(name, mark) == mark for name, mark in marks.items())
            ]
            return _first_fit(fitting)(value) if fitting else f": none of {', '.join(kinds)}: {value!r:.80}"

        return check


def _marks(entry: dict[str, Any]) -> dict[str, Any]:
    """The values that are the same in all objects of a type, by field."""
    found = ((f["name"], rule.mark) for f in entry.get("fields", []) for rule in rules_of(f))
    return {name: mark for name, mark in found if mark is not None}


def _first_fit(checks: list[Check]) -> Check:
    def check(value: Any) -> str | None:
        wrongs = []
        for one in checks:
            wrong = one(value)
            if wrong is None:
                return None
            wrongs.append(wrong)
        deepest = max(_depth(wrong) for wrong in wrongs)  # what fits the most tells the most
        return " or ".join(dict.fromkeys(wrong for wrong in wrongs if _depth(wrong) == deepest))

    return check


def _depth(wrong: str) -> int:
    place = wrong.partition(":")[0]
    return place.count(".") + place.count("[")


def _array(item: Check) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, list):
            return f": list expected, not {value!r:.80}"
        for number, one in enumerate(value):
            wrong = item(one)
            if wrong is not None:
                return f"[{number}]{wrong}"
        return None

    return check


def _integer(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool) and -LARGEST < value < LARGEST:
        return None
    return f": Integer expected, not {value!r:.80}"


def _float(value: Any) -> str | None:
    fits = isinstance(value, int | float) and not isinstance(value, bool)
    return None if fits else f": Float expected, not {value!r:.80}"


def _string(value: Any) -> str | None:
    return None if isinstance(value, str) else f": String expected, not {value!r:.80}"


def _boolean(value: Any) -> str | None:
    return None if isinstance(value, bool) else f": Boolean expected, not {value!r:.80}"


def _file(value: Any) -> str | None:
    return None if isinstance(value, Upload) else f": file expected, not {value!r:.80}"


PRIMITIVES: Final[dict[str, Check]] = {
    "Integer": _integer,
    "Float": _float,
    "String": _string,
    "Boolean": _boolean,
    "InputFile": _file,
}


@cache
def the_table() -> Table:
    """The table, read once."""
    return Table()
