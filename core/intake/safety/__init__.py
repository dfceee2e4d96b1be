"""Whether a photo may be used at all. This package stays light, since the judge's worker process imports it."""
