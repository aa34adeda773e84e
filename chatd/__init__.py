"""A chat server whose processes hold only sockets; all truth is in Redis."""
