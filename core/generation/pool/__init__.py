"""Engines in worker processes. Import `local` for the pool; this package stays light, since every worker imports it."""
