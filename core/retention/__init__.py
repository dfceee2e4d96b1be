"""Retention: how long what is kept, as one pure table, and the schedule that sees to it."""
