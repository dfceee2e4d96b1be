"""What goes wrong on purpose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ANY: Final = "*"


@dataclass
class Fault:
    """Something that happens to the next requests of a method. `kind`: fail, hang, lose, drop, flood or delay."""

    kind: str
    method: str
    times: int
    status: int = 500
    retry_after: int = 0
    seconds: float | None = None


class Faults:
    """Orders faults. A method is a method's name, "*" for all, or "*send" for all that send or edit messages."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self.struck = 0  # requests and downloads that something happened to
        self.token_revoked = False
        self.download_speed = 0.0  # bytes a second; 0 is as fast as it goes
        self.cut_downloads = 0  # so many of the next downloads end halfway
        self.failed_downloads = 0  # so many of the next downloads are answered with 502
        self.polling_stalled = False  # no poll is answered any more, new ones neither
        self.polling_connection: object = None  # the one that polled last
        self.stalled_connections: list[object] = []  # polls on these are never answered

    def fail(self, method: str = ANY, times: int = 1, status: int = 500) -> None:
        """Answer the next requests with an error of the server: 500 with JSON, 502 with a page as the real one's."""
        self._faults.append(Fault("fail", method, times, status=status))

    def hang(self, method: str = ANY, times: int = 1) -> None:
        """Never answer the next requests, nor do what they ask."""
        self._faults.append(Fault("hang", method, times))

    def lose_answer(self, method: str = ANY, times: int = 1) -> None:
        """Do what the next requests ask, but close the connection instead of answering."""
        self._faults.append(Fault("lose", method, times))

    def drop(self, method: str = ANY, times: int = 1) -> None:
        """Close the connection of the next requests without doing what they ask."""
        self._faults.append(Fault("drop", method, times))

    def flood(self, method: str = ANY, times: int = 1, retry_after: int = 1) -> None:
        """Answer the next requests with 429."""
        self._faults.append(Fault("flood", method, times, retry_after=retry_after))

    def delay(self, method: str = ANY, times: int = 1, seconds: float = 1.0) -> None:
        """Take so long over the next requests, and then do what they ask."""
        self._faults.append(Fault("delay", method, times, seconds=seconds))

    def stall_polling(self, *, new_connections_too: bool = False) -> None:
        """Silently never answer polls: on the connection that polled last, or on any until it is healed."""
        if new_connections_too:
            self.polling_stalled = True
        else:
            assert self.polling_connection is not None, "nobody has polled yet"
            self.stalled_connections.append(self.polling_connection)

    def revoke_token(self) -> None:
        """Answer everything with 401 until it is healed."""
        self.token_revoked = True

    def slow_downloads(self, bytes_per_second: float) -> None:
        """Hand files over slowly."""
        self.download_speed = bytes_per_second

    def heal(self) -> None:
        """Everything works again. Connections that were stalled stay so."""
        self._faults.clear()
        self.token_revoked = self.polling_stalled = False
        self.download_speed, self.cut_downloads, self.failed_downloads = 0.0, 0, 0

    def is_stalled(self, connection: object) -> bool:
        """Whether polls on this connection are not answered."""
        return self.polling_stalled or any(one is connection for one in self.stalled_connections)

    def next(self, method: str) -> Fault | None:
        """What shall happen to this request."""
        for fault in self._faults:
            if fault.method in (method, ANY) or (fault.method == "*send" and method.startswith(("send", "edit"))):
                fault.times -= 1
                self.struck += 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                return fault
        return None
