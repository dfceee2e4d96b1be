"""`python -m tests.quick_bots`: the product's own command line with the quick engine.

QUICK_PAUSE slows it down (seconds a stage); QUICK_LARGEST lets no file become larger (bytes), as on a full disk.
"""

from __future__ import annotations

import os
import resource

from bots.cli.main import main
from tests.talking import quick_parts

if __name__ == "__main__":
    if largest := int(os.environ.get("QUICK_LARGEST", "0")):
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    main(parts=quick_parts(float(os.environ.get("QUICK_PAUSE", "0"))))
