"""From an accepted order to a finished figurine: styles, engines and the processes that they run in."""
