"""The audit: whether what is stored is what may be stored, and nothing else. It reads, and changes nothing."""
