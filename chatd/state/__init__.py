"""Chat in domain words: no IRC text, no Redis commands."""
