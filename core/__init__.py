"""The core decides; it imports no other room, and what it needs from outside is a Protocol in core.ports."""
