"""Pictures of conversations for the README, drawn from what was really said to the stand-ins. `make pictures`."""
