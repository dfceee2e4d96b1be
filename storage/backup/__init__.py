"""Backups: the rows, encrypted, and the encrypted files as they are. The keys go apart."""
