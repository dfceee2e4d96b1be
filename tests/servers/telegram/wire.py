"""Reading requests off the wire: parameters in the query, a form, a multipart form or JSON, and files among them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from aiohttp import BodyPartReader

from tests.servers.telegram.refusals import Refusal, misfit

if TYPE_CHECKING:
    from aiohttp import web

    from tests.servers.telegram.table import Parameter, Table

UPLOAD_LIMIT: Final = 50 * 1024 * 1024
ATTACH: Final = "attach://"
BOOLEANS: Final = {"true": True, "false": False, "True": True, "False": False, "1": True, "0": False}
# The words that Telegram has for some misfits; anything else is answered with what the table says.
OWN_WORDS: Final = {
    ".callback_data": "BUTTON_DATA_INVALID",
    ".command": "BOT_COMMAND_INVALID",
    ".emoji": "REACTION_INVALID",
}


@dataclass(frozen=True)
class Upload:
    """A file within a request."""

    part: str
    name: str
    mime: str
    data: bytes = field(repr=False)


@dataclass
class Call:
    """A request that fits the table."""

    method: str
    values: dict[str, Any]
    uploads: dict[str, Upload] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def get(self, name: str, otherwise: Any = None) -> Any:
        return self.values.get(name, otherwise)

    def file(self, reference: Any) -> Any:
        """The upload that is meant by a field's value; what is not an upload stays what it is."""
        if isinstance(reference, str) and reference.startswith(ATTACH):
            return self.uploads[reference.removeprefix(ATTACH)]
        return reference


async def read_call(request: web.Request, method: str, table: Table) -> Call:
    """Read the request and check it.

    Raises:
        Refusal: it does not fit.
    """
    raw, uploads = await _parts(request)
    values: dict[str, Any] = {}
    parameters = table.parameters(method)
    for name, text in raw.items():
        if name not in parameters:
            raise misfit(f"{method} has no parameter {name!r}")
        values[name] = _parsed(parameters[name], text)
    used = set(uploads) & set(parameters)
    values |= {name: uploads[name] for name in used}
    for name, parameter in parameters.items():
        if parameter.required and name not in values:
            raise misfit(f"{method}: parameter {name!r} is missing")
    for name, value in values.items():
        wrong = parameters[name].check(value)
        if wrong is not None:
            own = next((words for end, words in OWN_WORDS.items() if f"{end}:" in wrong), None)
            raise Refusal(400, f"Bad Request: {own or name + wrong}", violation=True)
    attached = {text.removeprefix(ATTACH) for text in _attachments(values)}
    if attached - set(uploads):
        raise misfit(f"{method}: no file {sorted(attached - set(uploads))} in the request")
    if set(uploads) - attached - used:
        raise misfit(f"{method}: nothing points to the files {sorted(set(uploads) - attached - used)}")
    return Call(method, values, uploads)


async def _parts(request: web.Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    raw: dict[str, Any] = dict(request.query)
    uploads: dict[str, Upload] = {}
    if request.content_type == "application/json":
        body = await request.text()
        document = json.loads(body) if body else {}
        if not isinstance(document, dict):
            raise misfit("the body is no JSON object")
        raw |= document
    elif request.content_type == "multipart/form-data":
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            name = part.name or ""
            if part.filename is None:
                raw[name] = await part.text()
                continue
            data = bytes(await part.read())
            if len(data) > UPLOAD_LIMIT:
                raise Refusal(413, "Request Entity Too Large", violation=True)
            mime = part.headers.get("Content-Type", "application/octet-stream")
            uploads[name] = Upload(name, part.filename, mime, data)
    elif request.can_read_body:
        raw |= dict(await request.post())
    return raw, uploads


def _parsed(parameter: Parameter, text: Any) -> Any:
    """The value that a text stands for, by the types of the parameter. What cannot be read is left for the check."""
    if not isinstance(text, str):
        return text
    types = parameter.types
    if "Integer" in types and re.fullmatch(r"-?\d{1,19}", text):
        return int(text)
    if "Boolean" in types:
        return BOOLEANS.get(text, text)
    if "String" in types or types == ("Integer",):
        return text
    try:
        return json.loads(text)
    except ValueError:
        raise misfit(f"{parameter.name}: can't parse JSON") from None


def _attachments(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if value.startswith(ATTACH):
            yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _attachments(item)
    elif isinstance(value, list):
        for item in value:
            yield from _attachments(item)
