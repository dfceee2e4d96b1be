"""A request as an operation sees it, and the table of what is played."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.servers.stripe.refusals import misfit, missing
from tests.servers.stripe.specification import Operation
from tests.servers.stripe.world import Object, World

if TYPE_CHECKING:
    pass

EVERYWHERE: Final = {"expand", "limit", "starting_after", "ending_before"}


@dataclass(frozen=True)
class Call:
    """`names`: what stands in the path; `values`: what stands in the form or query."""

    operation: Operation
    path: str
    names: dict[str, str]
    values: dict[str, Any]

    @property
    def name(self) -> str:
        """The only name in the path."""
        return next(iter(self.names.values()))

    def get(self, key: str, default: Any = None) -> Any:
        """A value; what is empty counts as not given."""
        found = self.values.get(key)
        return default if found is None or found == "" else found


Handler = Callable[[World, Call], Object]
HANDLERS: Final[dict[str, tuple[Handler, frozenset[str]]]] = {}


def plays(operation: str, params: str = "") -> Callable[[Handler], Handler]:
    """The function plays that operation, with these parameters of it."""

    def keep(handler: Handler) -> Handler:
        HANDLERS[operation] = handler, frozenset(params.split()) | EVERYWHERE
        return handler

    return keep


def play(world: World, call: Call) -> Object:
    """Do what is asked.

    Raises:
        Refusal: it was not granted, or is not played here.
    """
    if call.operation.name not in HANDLERS:
        raise misfit(f"the stand-in does not play {call.operation.name}")
    handler, params = HANDLERS[call.operation.name]
    if beyond := sorted(set(call.values) - params):
        raise misfit(f"the stand-in does not play {beyond[0]} of {call.operation.name}", beyond[0])
    return handler(world, call)


def page(call: Call, items: Iterable[Object], **same: Any) -> Object:
    """One page of a list, newest first. `same`: fields that must have the value asked for, if one is.

    Raises:
        Refusal: the place to start from is not there.
    """
    wanted = {field: call.values[param] for field, param in _asked(call, same)}
    found = [one for one in items if all(_name(one.get(field)) == value for field, value in wanted.items())]
    found = [one for one in found if _within(one.get("created", 0), call.values.get("created"))]
    limit = call.get("limit", 10)
    if not 1 <= limit <= 100:
        raise misfit("Invalid integer: limit must be between 1 and 100", "limit")
    names = [one["id"] for one in found]
    for param in ("starting_after", "ending_before"):
        if (name := call.get(param)) and name not in names:
            raise missing("object", name, param)
    more = False
    if name := call.get("ending_before"):
        found = found[: names.index(name)]
        more, found = len(found) > limit, found[-limit:]
    else:
        if name := call.get("starting_after"):
            found = found[names.index(name) + 1 :]
        more, found = len(found) > limit, found[:limit]
    return {"object": "list", "data": found, "has_more": more, "url": call.path}


def list_of(items: list[Object], url: str) -> Object:
    """A list inside an object."""
    return {"object": "list", "data": items, "has_more": False, "url": url}


def _asked(call: Call, same: dict[str, Any]) -> list[tuple[str, str]]:
    return [(field, field if param is True else param) for field, param in same.items()
            if call.get(field if param is True else param) is not None]  # fmt: skip


def _name(value: Any) -> Any:
    return value["id"] if isinstance(value, dict) and "id" in value else value


def _within(value: int, asked: Any) -> bool:
    if asked is None:
        return True
    if isinstance(asked, int):
        return value == asked
    tests = {"gt": value.__gt__, "gte": value.__ge__, "lt": value.__lt__, "lte": value.__le__}
    return all(tests[name](border) for name, border in asked.items())
