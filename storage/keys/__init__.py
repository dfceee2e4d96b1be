"""The keys: a store of their own, apart from the database and its backups, under one master key."""
