"""Every Redis key and channel, in one place. ``docs/redis.md`` is generated from `KEYS`.

The braces are Redis' hash tags: all keys of one room share a slot, all of one user share a slot,
and what belongs to presence shares the slot of the roster set itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

_ESCAPES = str.maketrans({"%": "%25", "{": "%7B", "}": "%7D"})


def escape(name: str) -> str:
    """A folded name as it stands in a key: braces would end the hash tag."""
    return name.translate(_ESCAPES)


class Keys:
    """Names of keys and channels under one prefix."""

    def __init__(self, prefix: str = "chat") -> None:
        self.prefix = prefix
        self.online = f"{prefix}:online"
        self.global_channel = f"{prefix}:global"
        self.presence = f"{prefix}:{{{prefix}:online}}"
        self.leases = f"{self.presence}:gateways"
        self.global_log = f"{self.presence}:log"
        self.room = lru_cache(65536)(self._room)
        self.user = lru_cache(65536)(self._user)

    def _room(self, key: str) -> str:
        """The room's own hash; the name of its channel too. ``key``: folded name."""
        return f"{self.prefix}:room:{{{escape(key)}}}"

    def _user(self, key: str) -> str:
        """What a user's keys begin with; the name of the user's channel. ``key``: folded name."""
        return f"{self.prefix}:user:{{{escape(key)}}}"

    def account(self, key: str) -> str:
        """An account's hash. ``key``: folded name."""
        return f"{self.prefix}:account:{{{escape(key)}}}"


@dataclass(frozen=True, slots=True)
class KeyDoc:
    """One row of ``docs/redis.md``."""

    pattern: str
    type: str
    ttl: str
    writer: str
    holds: str


KEYS = (
    KeyDoc("chat:online", "set", "none", "login, logout, reap, nick", "the roster: nicknames"),
    KeyDoc("chat:{chat:online}:gateways", "zset", "none", "lease, reap, leave",
           "gateway id -> end of its lease, ms of Redis' clock"),
    KeyDoc("chat:{chat:online}:gateway:ID", "hash", "none", "login, logout, reap, nick",
           "session id -> name, of the gateway's sessions"),
    KeyDoc("chat:{chat:online}:user:NAME", "hash", "none", "login, nick, away, setname, account",
           "nick user host realname account away since active: who is online under NAME"),
    KeyDoc("chat:{chat:online}:sessions:NAME", "hash", "none", "login, logout, reap, nick",
           "session id -> gateway id"),
    KeyDoc("chat:{chat:online}:rooms:NAME", "set", "none", "join, part, logout, reap, nick",
           "rooms that the user is in"),
    KeyDoc("chat:{chat:online}:invites:NAME", "hash", "none", "invite, join, nick, logout, reap",
           "room -> when it was made, of the rooms that the user is invited to"),
    KeyDoc("chat:{chat:online}:roomlist", "set", "none", "join, part, logout, reap",
           "every room that exists"),
    KeyDoc("chat:{chat:online}:peak", "string", "none", "login, counts",
           "the most users that have been online at one time"),
    KeyDoc("chat:{chat:online}:hosts:NAME", "hash", "none", "login, logout, reap, nick",
           "session id -> Z (TLS) or -, and the host it comes from"),
    KeyDoc("chat:{chat:online}:accepts:NAME", "set", "none", "accept, post, logout, reap, nick",
           "who may write to NAME in spite of user mode R"),
    KeyDoc("chat:{chat:online}:meta:NAME", "hash", "none",
           "metadata_set, nick, logout, reap", "key -> value of the user's METADATA"),
    KeyDoc("chat:{chat:online}:umode:LETTER", "set", "none", "login, umode, nick, logout, reap",
           "who has user mode i (invisible) or o (operator)"),
    KeyDoc("chat:{chat:online}:plain", "set", "none",
           "login, umode, away, nick, logout, reap, lease",
           "channels of the users to whom everything may be said with nothing to be said about it:"
           " they are neither away nor +R; and * if all gateways there have been keep the set"),
    KeyDoc("chat:{chat:online}:skeletons", "hash", "none", "login, nick, logout, reap",
           "what names outside ASCII look like -> who is online under it"),
    KeyDoc("chat:{chat:online}:skeletons:accounts", "hash", "none", "register, account_delete",
           "the same of accounts"),
    KeyDoc("chat:{chat:online}:bans", "hash", "none (those that are over go when they are listed)",
           "ban", "kind and mask -> who set it, when, until when, reason"),
    KeyDoc("chat:{chat:online}:whowas", "zset", "7 days", "nick, logout, reap, kill",
           "names that were left, newest 10,000 -> when"),
    KeyDoc("chat:{chat:online}:whowas:NAME", "list", "7 days", "nick, logout, reap, kill",
           "who had the name, the last ten times"),
    KeyDoc("chat:{chat:online}:started", "string", "none", "lease",
           "since when there have been gateways, ms"),
    KeyDoc("chat:{chat:online}:log", "stream", "none (newest entries kept)",
           "login, logout, reap, nick, profile, ban, announce",
           "who came online and who left, bans, WALLOPS"),
    KeyDoc("chat:room:{ROOM}", "hash", "none",
           "join, part, kick, topic, mode, room_register, room_transfer",
           "name created modes topic topic_by topic_at, k l f: parameters of modes, founder"
           " founder_name registered. modes: every letter that is set, with b e I when that list"
           " is not empty: what has to be looked at before somebody speaks"),
    KeyDoc("chat:room:{ROOM}:b, :e, :I", "hash", "none", "mode",
           "mask, folded -> mask as written, NUL, who set it, NUL, s since 1970"),
    KeyDoc("chat:room:{ROOM}:clean", "set", "one hour", "post, mode",
           "name!user@host, NUL, account of those whom no ban of the room is for"),
    KeyDoc("chat:room:{ROOM}:members", "hash", "none", "join, part, kick, mode, logout, reap, nick",
           "name -> prefix modes, NUL, nickname"),
    KeyDoc("chat:room:{ROOM}:lost", "set", "ten minutes", "logout, reap",
           "accounts whose connections were lost in a private room: they may see its log again"),
    KeyDoc("chat:room:{ROOM}:log", "stream",
           "none while the room exists, then history-ttl (10 min where nothing was said)",
           "every act in the room", "the room's events, newest history-events kept"),
    KeyDoc("chat:room:{ROOM}:redacted, chat:user:{NAME}:redacted", "zset", "as of the log",
           "redact", "ids of messages that were taken back -> their ms"),
    KeyDoc("chat:room:{ROOM}:meta", "hash", "none", "metadata_set, rename",
           "key -> value of the room's METADATA"),
    KeyDoc("chat:room:{ROOM}:sent:NAME:KEY", "string", "one day", "post",
           "id of the message that NAME sent under the idempotency key KEY"),
    KeyDoc("chat:user:{NAME}:log", "stream", "none while online, then history-ttl", "post",
           "direct messages to and from the user"),
    KeyDoc("chat:user:{NAME}:sent:TO:KEY", "string", "one day", "post",
           "the same for a direct message to TO"),
    KeyDoc("chat:account:{NAME}", "hash", "none", "register, passwd",
           "name password (argon2id) created oper"),
    KeyDoc("chat:account:{NAME}:rooms", "set", "none", "room_register, room_transfer",
           "rooms that belong to the account"),
)  # fmt: skip

CHANNELS = (
    ("chat:global", "what concerns everybody: who came online, who left, bans, WALLOPS, REHASH"),
    ("chat:user:{NAME}", "what concerns one user: direct messages, own joins, renames"),
    ("chat:room:{ROOM}", "what happens in one room"),
)
