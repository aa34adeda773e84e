"""The chat on a full screen. It shows buffers and calls commands; nothing is decided here."""
