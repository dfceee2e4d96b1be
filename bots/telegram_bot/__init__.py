"""The bot on Telegram."""

import importlib.util
import os
import sys

os.environ.setdefault("PTB_TIMEDELTA", "true")  # Asks the library for the times that it will give by default later on.

if importlib.util.find_spec("sniffio") is None:
    # The HTTP library looks for it with each request, which took a seventh of all time. Now it knows at once.
    sys.modules["sniffio"] = None  # type: ignore[assignment]
