"""Lines of names and values, one below the other."""

from __future__ import annotations

import sys
from collections.abc import Mapping


def tell(lines: Mapping[str, object], indent: str = "") -> None:
    """Print each name with its value, in two columns."""
    width = max(map(len, lines), default=0)
    for name, value in lines.items():
        sys.stdout.write(f"{indent}{name:{width}}  {value}\n")
