"""Stripe's own description of its API: finds operations, reads forms by it, checks the server's own answers."""

from __future__ import annotations

import copy
import gzip
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema_rs

from tests.servers.stripe.refusals import Refusal

SPECS: Final = Path(__file__).parent.parent / "specs"
ANY_OBJECT: Final = {"type": "object", "required": ["id", "object"]}


class Unfaithful(AssertionError):
    """An answer or event of the test server that does not fit Stripe's own description."""


@dataclass(frozen=True)
class Operation:
    """One verb of one path. `params`: the schema of what it takes."""

    name: str
    method: str
    template: str
    params: dict[str, Any]


class Specification:
    """Reads the files once; compiled checks are kept."""

    def __init__(self) -> None:
        document = load("stripe-openapi-derived.json.gz")
        self.version: str = document["info"]["version"]
        self.schemas: dict[str, Any] = document["components"]["schemas"]
        self.examples: dict[str, Any] = load("stripe-fixtures.json.gz")["resources"]
        self._routes = _routes(document["paths"])
        self._resources = {s["x-object"]: name for name, s in self.schemas.items() if "x-object" in s}
        resources = set(self._resources.values())
        closed = {name: _closed(s) if name in resources else _opened(s) for name, s in self.schemas.items()}
        root = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": {"schemas": closed}}
        self._registry = jsonschema_rs.Registry([("urn:stripe", root)])
        self._checks: dict[str, jsonschema_rs.Validator] = {}
        self.events: frozenset[str] = frozenset(self.schemas["event"]["properties"]["type"]["enum"])

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]]:
        """The operation of a path, and the names in the path.

        Raises:
            Refusal: Stripe has none such.
        """
        for pattern, operations in self._routes:
            if (found := pattern.fullmatch(path)) and method in operations:
                return operations[method], found.groupdict()
        raise Refusal(404, f"Unrecognized request URL ({method}: {path}).", violation=True)

    def resolve(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema that a reference means."""
        while "$ref" in schema:
            schema = self.schemas[schema["$ref"].rpartition("/")[2]]
        return schema

    def example(self, kind: str) -> dict[str, Any]:
        """A kind's fields as Stripe always shows them: null where that is allowed, else as in its own example."""
        known = self.schemas[kind]
        example = self.examples.get(kind, {})
        keys = [key for key in example or known["properties"] if key in known["properties"] and key != "deleted"]
        needed = known.get("required", ())
        return {key: copy.deepcopy(example.get(key)) if key in needed else None for key in keys}

    def check(self, value: Any) -> None:
        """Check every object inside a value.

        Raises:
            Unfaithful: Stripe would not say this.
        """
        if isinstance(value, list):
            for part in value:
                self.check(part)
        elif isinstance(value, dict):
            kind = value.get("object")
            if isinstance(kind, str) and kind not in ("list", "search_result"):
                self._demand(f"deleted_{kind}" if value.get("deleted") else kind, value)
            for part in value.values():
                self.check(part)

    def _demand(self, kind: str, value: dict[str, Any]) -> None:
        name = kind if kind.startswith("deleted_") else self._resources.get(kind)
        if name is None:
            raise Unfaithful(f"Stripe knows no object {kind}")
        if name not in self._checks:
            self._checks[name] = jsonschema_rs.validator_for(
                {"$ref": f"urn:stripe#/components/schemas/{name}"}, registry=self._registry
            )
        if not self._checks[name].is_valid(value):
            errors = list(self._checks[name].iter_errors(value))[:3]
            said = "; ".join(f"{'.'.join(map(str, e.instance_path))}: {e.message[:200]}" for e in errors)
            raise Unfaithful(f"{kind} {value.get('id')}: {said}")


@cache
def specification() -> Specification:
    """The one specification of this process; reading it takes a moment."""
    return Specification()


def load(name: str) -> dict[str, Any]:
    """One of the specifications' files."""
    document: dict[str, Any] = json.loads(gzip.decompress((SPECS / name).read_bytes()))
    return document


def _routes(paths: dict[str, Any]) -> list[tuple[re.Pattern[str], dict[str, Operation]]]:
    """Literal segments come before parameters."""
    routes = []
    for template in sorted(paths, key=lambda path: [part.startswith("{") for part in path.split("/")]):
        pattern = re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template)))
        operations = {}
        for method, found in paths[template].items():
            content = found.get("requestBody", {}).get("content", {}).values()
            params: dict[str, Any] = found.get("x-query-schema") or next((part["schema"] for part in content), {})
            operations[method.upper()] = Operation(found["operationId"], method.upper(), template, params)
        routes.append((pattern, operations))
    return routes


def _opened(node: Any) -> Any:
    """The same schemas, where what is expandable is any object: else one resource compiles half of the API."""
    if isinstance(node, list):
        return [_opened(part) for part in node]
    if not isinstance(node, dict):
        return node
    if node.get("x-expandable"):
        return {"anyOf": [{"type": "string"}, {"type": "null"}, ANY_OBJECT]}
    return {key: _opened(value) for key, value in node.items()}


def _closed(schema: dict[str, Any]) -> Any:
    """A resource that has no field which Stripe does not have."""
    return {**_opened(schema), "additionalProperties": False}
