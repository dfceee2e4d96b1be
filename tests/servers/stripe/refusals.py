"""What Stripe answers when it does not do what it was asked."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """An answer that says no. `violation`: the request broke a rule that a correct client never breaks."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str = "",
        param: str = "",
        violation: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.violation = violation
        self._error = {"message": message, "type": kind, **more}
        if code:
            self._error |= {"code": code, "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"}
        if param:
            self._error["param"] = param

    def body(self) -> dict[str, Any]:
        return {"error": self._error}


def misfit(message: str, param: str = "") -> Refusal:
    """A request that does not fit the specification."""
    return Refusal(400, message, param=param, code="parameter_unknown" if "unknown" in message else "", violation=True)


def refused(message: str, *, code: str = "", param: str = "") -> Refusal:
    """A well-formed request that the present state does not allow."""
    return Refusal(400, message, code=code, param=param)


def missing(kind: str, name: str, param: str = "id") -> Refusal:
    """There is no such object."""
    return Refusal(
        404 if param == "id" else 400,
        f"No such {kind.replace('.', ' ')}: '{name}'",
        code="resource_missing",
        param=param,
    )


def declined(decline_code: str = "generic_decline", **more: Any) -> Refusal:
    """The card said no."""
    return Refusal(
        402, "Your card was declined.", kind="card_error", code="card_declined", decline_code=decline_code, **more
    )


def broken(status: int = 500) -> Refusal:
    """Something went wrong on Stripe's side."""
    return Refusal(status, "An unknown error occurred", kind="api_error")


def too_many() -> Refusal:
    return Refusal(
        429,
        "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
        code="rate_limit",
    )
