"""A chat server whose processes hold only sockets; all truth is in Redis."""

__version__ = "0.1.0"
