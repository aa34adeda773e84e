"""What a client can ask for: one file per family of commands."""
