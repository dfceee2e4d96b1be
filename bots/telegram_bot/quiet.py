"""Keeps the token and people's doings out of the log, whichever library writes there."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

LEVELS: Final = {
    "httpx": logging.WARNING,  # Below that they write addresses, and these hold the token.
    "httpcore": logging.WARNING,
    "telegram": logging.CRITICAL + 1,  # It writes whole updates; what matters of its errors is told by this adapter.
}


@contextmanager
def hushed(token: str) -> Iterator[None]:
    """As long as the block runs, no record of any logger holds the token, and the libraries are quiet."""
    secret = token.partition(":")[2] or token
    before = {name: logging.getLogger(name).level for name in LEVELS}
    make = logging.getLogRecordFactory()

    def clean(*args: Any, **fields: Any) -> logging.LogRecord:
        return _without(secret, make(*args, **fields))

    for name, level in LEVELS.items():
        logging.getLogger(name).setLevel(level)
    logging.setLogRecordFactory(clean)
    try:
        yield
    finally:
        if logging.getLogRecordFactory() is clean:
            logging.setLogRecordFactory(make)
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


def _without(secret: str, record: logging.LogRecord) -> logging.LogRecord:
    try:
        text = record.getMessage()
    except (TypeError, ValueError):  # A record that does not fit its own values; whoever writes it will say so.
        return record
    if secret in text:
        record.msg, record.args = text.replace(secret, "…"), None
    if record.exc_info:
        trace = logging.Formatter().formatException(record.exc_info)
        if secret in trace:
            record.exc_info, record.exc_text = None, trace.replace(secret, "…")
    return record
