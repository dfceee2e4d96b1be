"""Pictures in a terminal: three protocols that show them as they are, and a preview of blocks for all others."""
