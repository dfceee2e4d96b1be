"""Everything that talks to a person: the conversation, the terminal, the command line, the composition root."""
