"""Discord's own OpenAPI file and the schema of the gateway, as checks of requests, answers and events."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema_rs

from tests.servers.discord.refusals import Refusal, invalid_form

SPECS: Final = Path(__file__).parent.parent / "specs"
METHODS: Final = ("get", "post", "put", "patch", "delete")

# What discord.py sends and Discord takes without a word about it in its file.
HARMLESS: Final = {
    "MessageAttachmentRequest": ("url", "proxy_url", "size", "spoiler", "content_type", "height", "width", "flags"),
    "RichEmbed": ("flags",),
    "MessageEditRequestPartial": ("tts",),
    "IncomingWebhookUpdateRequestPartial": ("tts",),
    "IncomingWebhookUpdateForInteractionCallbackRequestPartial": ("tts",),
    "ApplicationCommandUpdateRequest": ("nsfw",),
    "ApplicationCommandCreateRequest": ("nsfw",),
    "ApplicationCommandPatchRequestPartial": ("nsfw",),
}


class Unfaithful(AssertionError):
    """An answer or event of the test server that does not fit Discord's own description."""


@dataclass(frozen=True)
class Endpoint:
    """One method of one path of the API. `template` names the parameters as Discord's file does."""

    method: str
    template: str
    queries: dict[str, dict[str, Any]]
    needs: tuple[str, ...]
    body: str | None  # a pointer to the schema of the JSON body
    body_required: bool
    answers: dict[str, str | None]  # status to a pointer to the schema, or None for an empty answer
    needs_token: bool

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}"


class Specification:
    """Reads both files once; compiled checks are kept."""

    def __init__(self) -> None:
        self._api = _load("discord-openapi.json.gz")
        gateway = _prefixed(_load("discord-gateway.schema.json.gz"))
        gateway["definitions"]["T266"]["properties"]["d"] = {"type": "object"}  # RESUMED really comes with a trace
        self._gateway = gateway
        closed = _closed(self._api)
        for name, extras in HARMLESS.items():
            closed["components"]["schemas"].get(name, {"properties": {}})["properties"].update({e: {} for e in extras})
        closed["components"]["schemas"]["SnowflakeType"] = {
            "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^(0|[1-9][0-9]*)$"}]
        }
        self._registry = jsonschema_rs.Registry(
            [("urn:in", _resource(closed)), ("urn:out", _resource(self._api)), ("urn:gateway", _resource(gateway))]
        )
        self._checks: dict[str, jsonschema_rs.Validator] = {}
        self._routes = _routes(self._api)

    def find(self, method: str, path: str) -> tuple[Endpoint, dict[str, str]]:
        """The endpoint of a path and the values of its parameters.

        Raises:
            Refusal: there is no such path (404) or it knows no such method (405).
        """
        known = False
        for pattern, endpoints in self._routes.get(path.count("/"), ()):
            if found := pattern.fullmatch(path):
                known = True
                if method in endpoints:
                    return endpoints[method], found.groupdict()
        raise Refusal(405, 0, "405: Method Not Allowed") if known else Refusal(404, 0, "404: Not Found")

    def check_request(self, endpoint: Endpoint, query: dict[str, str], body: Any) -> None:
        """Raise a Refusal with code 50035 if the query or the body does not fit."""
        if missing := [name for name in endpoint.needs if name not in query]:
            raise invalid_form({missing[0]: "This field is required"})
        for name, value in query.items():
            if name not in endpoint.queries:
                raise invalid_form({name: "unknown query parameter"})
            self._check_query(name, endpoint.queries[name], value)
        if body is None:
            if endpoint.body_required:
                raise invalid_form({"": "This field is required"})
            return
        if endpoint.body is None:
            if body not in ({}, []):
                raise invalid_form({"": "this endpoint takes no body"})
            return
        check = self._check(f"urn:in#{endpoint.body}")
        if not check.is_valid(body):
            raise invalid_form(dict(_reasons(check, body)))

    def check_answer(self, endpoint: Endpoint, status: int, body: Any) -> None:
        """Raise Unfaithful if Discord would not answer so."""
        key = str(status) if str(status) in endpoint.answers else f"{status // 100}XX"
        if key not in endpoint.answers:
            raise Unfaithful(f"{endpoint.name} never answers {status}")
        if pointer := endpoint.answers[key]:
            self._demand(f"urn:out#{pointer}", body, f"{endpoint.name} {status}")
        elif body is not None:
            raise Unfaithful(f"{endpoint.name} {status} has no body")

    def check_event(self, payload: dict[str, Any]) -> None:
        """Raise Unfaithful if Discord's gateway would not send this."""
        dispatched = payload["op"] == 0
        section = self._gateway["dispatch" if dispatched else "receive"]
        name = payload["t"] if dispatched else str(payload["op"])
        if name not in section:
            raise Unfaithful(f"the gateway never sends {name}")
        self._demand(f"urn:gateway{section[name]['$ref']}", payload, f"event {name}")

    def fits_the_gateway(self, payload: dict[str, Any]) -> str:
        """What is wrong with something that a client sent to the gateway; empty if nothing is."""
        reference = self._gateway["send"].get(str(payload.get("op")))
        if reference is None:
            return "unknown opcode"
        check = self._check(f"urn:gateway{reference['$ref']}")
        return "" if check.is_valid(payload) else _worst(check, payload)

    def _check_query(self, name: str, schema: dict[str, Any], text: str) -> None:
        for value in _readings(text):
            if self._check_inline(schema).is_valid(value):
                return
        raise invalid_form({name: f"not a valid value: {text[:40]}"})

    def _check_inline(self, schema: dict[str, Any]) -> jsonschema_rs.Validator:
        key = json.dumps(schema, sort_keys=True)
        if key not in self._checks:
            absolute = json.loads(key.replace('"#/', '"urn:in#/'))
            self._checks[key] = jsonschema_rs.validator_for(absolute, registry=self._registry)
        return self._checks[key]

    def _check(self, reference: str) -> jsonschema_rs.Validator:
        if reference not in self._checks:
            self._checks[reference] = jsonschema_rs.validator_for(
                {"$ref": reference}, registry=self._registry, mask="the value"
            )
        return self._checks[reference]

    def _demand(self, reference: str, body: Any, what: str) -> None:
        check = self._check(reference)
        if not check.is_valid(body):
            raise Unfaithful(f"{what}: {_worst(check, body)}")


@cache
def specification() -> Specification:
    """The one specification of this process; reading it takes a moment."""
    return Specification()


def _load(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(gzip.decompress((SPECS / name).read_bytes()))
    return document


def _resource(document: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **document}


def _closed(node: Any) -> Any:
    """The same schemas, with objects that take no field which they do not name."""
    if isinstance(node, list):
        return [_closed(part) for part in node]
    if not isinstance(node, dict):
        return node
    copy = {key: _closed(value) for key, value in node.items()}
    if copy.get("type") == "object" and isinstance(copy.get("properties"), dict):
        copy.setdefault("additionalProperties", False)
    return copy


def _prefixed(node: Any) -> Any:
    """The same schemas: tuples as this draft writes them, empty enums left open, and "never there" is null."""
    if node == {"not": {}}:
        return {"type": "null"}
    if isinstance(node, list):
        return [_prefixed(part) for part in node]
    if not isinstance(node, dict):
        return node
    copy = {key: _prefixed(value) for key, value in node.items() if not (key == "enum" and value == [])}
    if isinstance(copy.get("items"), list):
        copy["prefixItems"] = copy.pop("items")
    return copy


def _routes(api: dict[str, Any]) -> dict[int, list[tuple[re.Pattern[str], dict[str, Endpoint]]]]:
    """Patterns by number of slashes; those with literal segments come before those with parameters."""
    routes: dict[int, list[tuple[re.Pattern[str], dict[str, Endpoint]]]] = {}
    for template in sorted(api["paths"], key=lambda path: [part.startswith("{") for part in path.split("/")]):
        item = api["paths"][template]
        kinds = {p["name"]: p["schema"] for p in item.get("parameters", []) if p["in"] == "path"}
        parts = []
        for part in template.split("/"):
            if not part.startswith("{"):
                parts.append(re.escape(part))
                continue
            name = part.strip("{}")
            number = kinds.get(name, {}).get("$ref", "").endswith("SnowflakeType")
            parts.append(f"(?P<{name}>{'[0-9]+' if number else '[^/]+'})")
        endpoints = {m.upper(): _endpoint(template, m, item) for m in METHODS if m in item}
        routes.setdefault(template.count("/"), []).append((re.compile("/".join(parts)), endpoints))
    return routes


def _endpoint(template: str, method: str, item: dict[str, Any]) -> Endpoint:
    operation = item[method]
    queries = [p for p in [*operation.get("parameters", []), *item.get("parameters", [])] if p["in"] == "query"]
    pointer = (
        f"/paths/{template.replace('~', '~0').replace('/', '~1').replace('{', '%7B').replace('}', '%7D')}/{method}"
    )
    content = operation.get("requestBody", {}).get("content", {})
    kind = next((k for k in ("application/json", "multipart/form-data") if k in content), None)
    answers: dict[str, str | None] = {}
    for status, answer in operation["responses"].items():
        known = answer.get("content", {}).get("application/json")
        answers[status] = f"{pointer}/responses/{status}/content/application~1json/schema" if known else None
        if "$ref" in answer:
            name = "RatelimitedResponse" if status == "429" else "ErrorResponse"
            answers[status] = f"/components/schemas/{name}"
    return Endpoint(
        method=method.upper(),
        template=template,
        queries={p["name"]: p["schema"] for p in queries},
        needs=tuple(p["name"] for p in queries if p.get("required")),
        body=f"{pointer}/requestBody/content/{kind.replace('/', '~1')}/schema" if kind else None,
        body_required=bool(operation.get("requestBody", {}).get("required")),
        answers=answers,
        needs_token=not any(not way for way in operation.get("security", [{"BotToken": []}])),
    )


def _readings(text: str) -> list[Any]:
    """A value of a query in every type that it may be meant as."""
    readings: list[Any] = [text]
    if text.lower() in ("true", "false", "0", "1"):
        readings.append(text.lower() in ("true", "1"))
    if re.fullmatch(r"-?\d+", text):
        readings.append(int(text))
    return readings


def _reasons(check: jsonschema_rs.Validator, body: Any) -> list[tuple[str, str]]:
    return [(".".join(str(p) for p in e.instance_path), e.message[:300]) for e in _deepest(check, body)]


def _worst(check: jsonschema_rs.Validator, body: Any) -> str:
    return "; ".join(f"{path or 'body'}: {message}" for path, message in _reasons(check, body)[:3])


def _deepest(check: jsonschema_rs.Validator, body: Any) -> list[Any]:
    """The errors of the branch of each union that came closest, since "fits none of these" helps nobody."""
    found: list[Any] = []
    for error in check.iter_errors(body):
        branches = [branch for branch in getattr(error.kind, "context", []) if branch]
        found += _of_the_closest(branches) if branches else [error]
    return found[:5]


def _of_the_closest(branches: list[list[Any]]) -> list[Any]:
    def distance(errors: list[Any]) -> tuple[int, int]:
        wrong_kind = sum(list(e.instance_path)[-1:] == ["type"] or "is not of type" in e.message for e in errors)
        return wrong_kind, len(errors)

    closest = min(branches, key=distance)
    flat: list[Any] = []
    for error in closest:
        inner = [branch for branch in getattr(error.kind, "context", []) if branch]
        flat += _of_the_closest(inner) if inner else [error]
    return flat
