"""Sockets: bytes in and out. No command is known here."""
