"""The conversation on Discord: its events are translated, and its messages carried. It holds no behaviour."""
