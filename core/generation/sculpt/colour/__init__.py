"""Colour for every vertex: what the photo shows, and what it can't show."""
