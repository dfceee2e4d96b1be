"""What the service remembers: rows in SQLite, and what is declared about each of them."""
