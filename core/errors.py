"""Named errors. `code` is a key of the message catalogue; an exception's own text never reaches a chat."""

from __future__ import annotations

from typing import Any, ClassVar


class FigurineError(Exception):
    """Base of every error that the product raises on purpose."""

    code: ClassVar[str] = "error.internal"

    def __init__(self, detail: str = "", **fields: str | int | float) -> None:
        """`detail` is for the operator's log; `fields` fill the message's placeholders and must be safe to show."""
        super().__init__(detail or self.code)
        self.fields = fields

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors cross process borders with their fields."""
        return _restore, (type(self), str(self), self.fields)


def _restore(cls: type[FigurineError], detail: str, fields: dict[str, str | int | float]) -> FigurineError:
    return cls(detail, **fields)


class PhotoError(FigurineError):
    """The picture that was sent can't be used as it is."""

    code = "error.photo.unreadable"


class NotAPicture(PhotoError):
    """The file is no picture in a format that is accepted, or it is damaged."""

    code = "error.photo.unreadable"


class PhotoTooSmall(PhotoError):
    """The picture has too few pixels to show anything. Fields: width, height, least."""

    code = "error.photo.small"


class PhotoTooLarge(PhotoError):
    """The picture has more pixels or bytes than the settings allow. Fields: limit."""

    code = "error.photo.large"


class NoClearSubject(PhotoError):
    """Nothing in the picture stands out as one subject."""

    code = "error.photo.subject"


class UnsafePhoto(PhotoError):
    """The picture shows what no figurine is made of here."""

    code = "error.photo.unsafe"


class NoPicture(PhotoError):
    """There is no picture where one was expected."""

    code = "error.photo.none"


class FileTooHeavy(PhotoError):
    """The file has more bytes than the platform hands over to a bot. Fields: size, limit (both in MB)."""

    code = "error.photo.heavy"


class PhotoGone(FigurineError):
    """The photo is not held any more: its time is over, or it was deleted."""

    code = "error.photo.gone"


class UnknownStyle(FigurineError):
    """No style has that name. Fields: style, known."""

    code = "error.style.unknown"


class InvalidEngraving(FigurineError):
    """The name for the base can't be engraved. Fields: limit."""

    code = "error.engraving"


class SettingsError(FigurineError):
    """A setting is wrong; the text names file, key and the allowed values and is meant for the operator."""

    code = "error.settings"


class NetworksMissing(FigurineError):
    """The networks that the sculpt engine needs are not in its cache, or are not the pinned files."""

    code = "error.networks"


class EngineFailed(FigurineError):
    """The engine's process crashed, ran out of memory or stopped answering."""

    code = "error.engine"


class DiskFull(FigurineError):
    """There is no room to write the result."""

    code = "error.disk"


class Gone(FigurineError):
    """What was asked for is not held any more, and nothing can bring it back."""

    code = "error.gone"


class KeysMissing(FigurineError):
    """A key that is needed is not there or is damaged; the text is one sentence for the operator."""

    code = "error.settings"


class Tampered(FigurineError):
    """What is stored is not what was stored, or is not what it is taken for: it fails its authentication."""

    code = "error.internal"


class StoreFailed(FigurineError):
    """The store of photos and figurines does not answer, or refuses; the text is for the operator's log."""

    code = "error.internal"


class TooManyWaiting(FigurineError):
    """The person has as many orders waiting as one may have. Fields: limit."""

    code = "error.waiting"


class TooManyToday(FigurineError):
    """The person has placed as many orders as one may within a day. Fields: limit."""

    code = "error.today"


class LeaseLost(FigurineError):
    """The job was given to somebody else meanwhile: what this worker made must not be stored, sent or charged."""

    code = "error.internal"


class TryLater(FigurineError):
    """The platform wants a message later. `seconds` is how long it asks to wait."""

    code = "error.internal"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"in {seconds:.1f} s", seconds=seconds)
        self.seconds = seconds

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors cross process borders whole."""
        return type(self), (self.seconds,)


class Unreachable(FigurineError):
    """The person has blocked the bot, or their chat is gone: no message arrives any more."""

    code = "error.internal"


class Undeliverable(FigurineError):
    """A message can't be handed over as it is; the person has been told so, and can ask for it again."""

    code = "error.internal"


class LinkWrong(FigurineError):
    """There is no such code, or its time is over."""

    code = "error.link.wrong"


class LinkUsed(FigurineError):
    """The code was used already, and the two accounts are one."""

    code = "error.link.used"


class LinkTries(FigurineError):
    """Too many wrong codes within an hour."""

    code = "error.link.tries"


class LinkTaken(FigurineError):
    """The two accounts are both on one platform, or are one already."""

    code = "error.link.taken"


class LinkBusy(FigurineError):
    """The other account has something under way, so it can't be merged just now."""

    code = "error.link.busy"


class PlatformRefused(FigurineError):
    """A platform does not let the bot in; the text is one sentence for the operator.

    `again_after` is in seconds: to ask earlier would make it worse.
    """

    code = "error.internal"

    def __init__(self, detail: str, again_after: float = 300.0) -> None:
        super().__init__(detail)
        self.again_after = again_after


class IllegalTransition(FigurineError):
    """A job may not go from its present status to the one that was asked for."""

    code = "error.internal"


class NotEnoughCredits(FigurineError):
    """The person has fewer credits than the order costs. Fields: price, order (its number)."""

    code = "error.credits"


class ShopAway(FigurineError):
    """Whoever takes the money can't be reached now. Nothing was done."""

    code = "error.shop.away"


class NotForSale(FigurineError):
    """There is no such offer, or not any more."""

    code = "error.shop.offer"


class AlreadySubscribed(FigurineError):
    """The person has a plan; it is changed, not bought again."""

    code = "error.shop.subscribed"


class TooManyLinks(FigurineError):
    """Too many of a person's links to pay are open."""

    code = "error.shop.links"


class NothingToManage(FigurineError):
    """The person has never paid anything there."""

    code = "error.shop.nothing"


class CodeWrong(FigurineError):
    """A code for credits that is unknown, used up, or over."""

    code = "error.code.wrong"


class CodeTries(FigurineError):
    """Too many wrong codes within an hour."""

    code = "error.code.tries"
