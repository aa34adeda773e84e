"""What ISUPPORT says of a server with these settings."""

from __future__ import annotations

from chatd.config import Config
from chatd.wire import isupport
from chatd.wire.retention import Kept


def tokens_of(config: Config) -> list[list[str]]:
    """The tokens, as many as fit one line together. https://modern.ircdocs.horse/#feature-advertisement"""
    return isupport.lines(
        isupport.tokens(
            config.network,
            chathistory=isupport.MAX_HISTORY,
            icon=config.icon,
            rooms=config.max_rooms_per_user,
            grace=int(config.grace_s),
            kept=Kept(config.history_events, config.history_days).token,
            room=config.default_room,
        )
    )
