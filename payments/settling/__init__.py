"""Settling: whatever tells that something changed, the provider is asked how it stands now, and that is what counts.

One function for each kind of thing. It may be called at any time, any number of times, by several at once and in any
order. It reads the row, asks the provider, and then changes the row in one transaction if that still is as it was read:
so what was asked is never older than what it replaces.
"""
