"""The bot on Telegram."""

import os

os.environ.setdefault("PTB_TIMEDELTA", "true")  # Asks the library for the times that it will give by default later on.
