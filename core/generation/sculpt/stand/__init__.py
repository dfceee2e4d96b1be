"""What a figurine stands on: bases with the name engraved, and the union of both into one body."""
