"""What figurines cost, and who keeps count."""
