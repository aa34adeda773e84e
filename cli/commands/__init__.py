"""What a user does in a chat: one function each, whatever key, menu or word calls it."""
