"""How the Bot API says no, in its own words."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """The answer to a request that is not granted. `violation`: the asker should have known better."""

    def __init__(self, code: int, description: str, *, violation: bool = False, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.violation = violation
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        return body | ({"parameters": self.parameters} if self.parameters else {})


def bad(words: str, *, violation: bool = False, **parameters: Any) -> Refusal:
    """The request cannot be granted."""
    return Refusal(400, f"Bad Request: {words}", violation=violation, **parameters)


def misfit(words: str) -> Refusal:
    """The request is one that no client should send."""
    return bad(words, violation=True)


def forbidden(words: str) -> Refusal:
    """The bot may not do this here."""
    return Refusal(403, f"Forbidden: {words}")


def conflict(words: str) -> Refusal:
    """Two want to receive the same updates."""
    return Refusal(409, f"Conflict: {words}")


def too_many(seconds: int) -> Refusal:
    """The bot has to wait so many seconds."""
    return Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
