"""Stand-ins for the platforms: real client libraries talk to them over this machine's loopback."""
