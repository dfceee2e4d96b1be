"""`python -m tests.quick_bots`: the product's own command line with the quick engine. QUICK_PAUSE slows it down."""

from __future__ import annotations

import os

from bots.cli.main import main
from tests.talking import quick_parts

if __name__ == "__main__":
    main(parts=quick_parts(float(os.environ.get("QUICK_PAUSE", "0"))))
