"""`networks`: fills the cache of networks."""

from __future__ import annotations

import sys

from core.generation.sculpt.networks.fetch import fetch
from core.settings import Settings, load_settings


def run() -> None:
    """Fetch what is missing.

    Raises:
        SettingsError, NetworksMissing
    """
    settings: Settings = load_settings()
    folder = settings.sculpt.networks_dir
    fetched = fetch(folder)
    what = f"{len(fetched)} networks fetched into" if fetched else "All networks are in"
    sys.stdout.write(f"{what} {folder}\n")
