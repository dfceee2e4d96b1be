"""Forms with brackets, read as the specification describes them."""

from __future__ import annotations

from typing import Any, Final

from qs_codec import DecodeOptions, decode

from tests.servers.stripe.refusals import Refusal, misfit
from tests.servers.stripe.specification import Specification

OPTIONS: Final = DecodeOptions(depth=12, list_limit=1000, parameter_limit=5000)
SAFE: Final = 2**53
NOTHING: Final = {"type": "object", "properties": {}, "additionalProperties": False}


def read_form(specification: Specification, schema: dict[str, Any], text: str) -> dict[str, Any]:
    """The values of a form or a query.

    Raises:
        Refusal: it does not fit.
    """
    value = decode(text, OPTIONS) if text else {}
    read: dict[str, Any] = _Reader(specification).read(schema or NOTHING, value, "")
    _check_metadata(read)
    return read


def _check_metadata(values: dict[str, Any]) -> None:
    metadata = values.get("metadata") or {}
    if len(metadata) > 50:
        raise misfit("You can have up to 50 keys", "metadata")
    for key, value in metadata.items():
        if len(key) > 40 or len(value) > 500:
            raise misfit("Metadata keys can have up to 40 characters, values up to 500", f"metadata[{key}]")


class _Reader:
    def __init__(self, specification: Specification) -> None:
        self._specification = specification

    def read(self, schema: dict[str, Any], value: Any, name: str) -> Any:
        schema = self._specification.resolve(schema)
        if "anyOf" in schema:
            return self._any(schema["anyOf"], value, name)
        kind = schema.get("type")
        if kind == "object":
            return self._object(schema, value, name)
        if kind == "array":
            return self._array(schema, value, name)
        if not isinstance(value, str):
            raise misfit(f"Invalid {kind or 'value'}", name)
        return _scalar(schema, value, name)

    def _any(self, branches: list[dict[str, Any]], value: Any, name: str) -> Any:
        error: Refusal | None = None
        for branch in branches:
            try:
                return self.read(branch, value, name)
            except Refusal as refusal:
                error = refusal
        raise error or misfit("Invalid value", name)

    def _object(self, schema: dict[str, Any], value: Any, name: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise misfit("Invalid object", name)
        properties, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
        result = {}
        for key, part in value.items():
            inner = f"{name}[{key}]" if name else str(key)
            if key in properties:
                result[key] = self.read(properties[key], part, inner)
            elif isinstance(rest, dict) and rest:
                result[key] = self.read(rest, part, inner)
            elif rest is False:
                raise misfit(f"Received unknown parameter: {inner}", inner)
            else:
                result[key] = part
        for key in schema.get("required", ()):
            if key not in result:
                inner = f"{name}[{key}]" if name else key
                raise Refusal(
                    400, f"Missing required param: {inner}.", code="parameter_missing", param=inner, violation=True
                )
        return result

    def _array(self, schema: dict[str, Any], value: Any, name: str) -> list[Any]:
        if isinstance(value, dict):
            if not all(str(key).isdigit() for key in value):
                raise misfit("Invalid array", name)
            value = [value[key] for key in sorted(value, key=int)]
        if value == "":
            return []
        if not isinstance(value, list):
            raise misfit("Invalid array", name)
        return [self.read(schema.get("items", {}), part, f"{name}[{number}]") for number, part in enumerate(value)]


def _scalar(schema: dict[str, Any], text: str, name: str) -> Any:
    kind = schema.get("type")
    value: Any = text
    if kind == "boolean":
        if text not in ("true", "false"):
            raise misfit(f"Invalid boolean: {text[:50]}", name)
        value = text == "true"
    elif kind in ("integer", "number"):
        try:
            value = int(text) if kind == "integer" else float(text)
        except ValueError:
            raise misfit(f"Invalid {kind}: {text[:50]}", name) from None
        if abs(value) > SAFE:
            raise misfit(f"Invalid {kind}: {text[:50]}", name)
    elif len(text) > 5000:
        raise misfit("Invalid string: longer than 5000 characters", name)
    known = schema.get("enum")
    may_be_any = known == [""] and schema.get("x-extensible")
    if known is not None and value not in known and not may_be_any:
        raise misfit(f"Invalid {name}: must be one of {', '.join(map(str, known[:12]))}", name)
    return value
