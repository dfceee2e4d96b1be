"""How Discord says no: a status, a number of its own, and a sentence."""

from __future__ import annotations

from typing import Any, Final

INVALID_FORM: Final = 50035


class Refusal(Exception):
    """An answer other than success. `errors` is the tree of fields that comes with code 50035."""

    def __init__(self, status: int, code: int, message: str, errors: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"message": self.message, "code": self.code}
        return body | {"errors": self.errors} if self.errors else body

    def __str__(self) -> str:
        return f"{self.status} {self.code} {self.message} {self.errors or ''}".strip()


def invalid_form(reasons: dict[str, str]) -> Refusal:
    """The refusal of a request that does not fit. `reasons` maps dotted paths of fields to what is wrong there."""
    tree: dict[str, Any] = {}
    for path, reason in reasons.items():
        node = tree
        for part in filter(None, path.split(".")):
            node = node.setdefault(part, {})
        node.setdefault("_errors", []).append({"code": "BASE_TYPE_INVALID", "message": reason})
    return Refusal(400, INVALID_FORM, "Invalid Form Body", tree)


def unauthorized() -> Refusal:
    return Refusal(401, 0, "401: Unauthorized")


def unknown_channel() -> Refusal:
    return Refusal(404, 10003, "Unknown Channel")


def unknown_guild() -> Refusal:
    return Refusal(404, 10004, "Unknown Guild")


def unknown_member() -> Refusal:
    return Refusal(404, 10007, "Unknown Member")


def unknown_message() -> Refusal:
    return Refusal(404, 10008, "Unknown Message")


def unknown_user() -> Refusal:
    return Refusal(404, 10013, "Unknown User")


def unknown_webhook() -> Refusal:
    return Refusal(404, 10015, "Unknown Webhook")


def unknown_interaction() -> Refusal:
    return Refusal(404, 10062, "Unknown interaction")


def unknown_command() -> Refusal:
    return Refusal(404, 10063, "Unknown application command")


def already_acknowledged() -> Refusal:
    return Refusal(400, 40060, "Interaction has already been acknowledged.")


def too_many_follow_ups() -> Refusal:
    return Refusal(400, 40094, "This interaction has reached its maximum number of follow up messages.")


def missing_access() -> Refusal:
    return Refusal(403, 50001, "Missing Access")


def not_the_author() -> Refusal:
    return Refusal(403, 50005, "Cannot edit a message authored by another user")


def empty_message() -> Refusal:
    return Refusal(400, 50006, "Cannot send an empty message")


def closed_to_messages() -> Refusal:
    return Refusal(403, 50007, "Cannot send messages to this user")


def missing_permissions() -> Refusal:
    return Refusal(403, 50013, "Missing Permissions")


def wrong_kind_of_channel() -> Refusal:
    return Refusal(400, 50024, "Cannot execute action on this channel type")


def invalid_webhook_token() -> Refusal:
    return Refusal(401, 50027, "Invalid Webhook Token")


def too_large() -> Refusal:
    return Refusal(413, 40005, "Request entity too large")


def has_a_thread() -> Refusal:
    return Refusal(400, 160004, "A thread has already been created for this message")
