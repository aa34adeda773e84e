"""Programs of others, in a real terminal, against the real server."""
