"""Every Redis key and channel: its type, its time to live, whose it is, what happens to it.

A pattern is written for the prefix ``chat``. Words in capitals are filled in: folded names; in
braces they are escaped, because braces are Redis' hash tags. ``lua.py`` makes the accessors of the
Lua library from this table, and the lists by which NICK, RENAME and the end of a user, a room or an
account treat all keys of it.
"""

from __future__ import annotations

import re
from typing import Final

from chatd.store.schema.kinds import Fate, Key, Owner, Ttl
from chatd.wire.modes import LISTS, PREFIX_MODES
from chatd.wire.usermodes import COUNTED

__all__ = [
    "CHANNELS", "CLEAN_TTL_S", "DEDUP_TTL_S", "GRACE_TTL_S", "HISTORY_TTL_S", "KEYS", "LOG",
    "NOBODY", "QUIET_TTL_S", "Fate", "Key", "Owner", "Ttl", "find", "of_kind", "owned",
]  # fmt: skip

HISTORY_TTL_S: Final = 604_800
"""Seconds for which what a room or guest leaves behind is kept where ``--history-days`` is 0."""
_KEPT: Final = "7 days, or as --history-days says"
QUIET_TTL_S: Final = 600
"""The same where nothing was said: for gateways that were away; and for who was lost."""
CLEAN_TTL_S: Final = 3600
"""Seconds after which a room's lists are looked at once more, so that no set grows for good."""
DEDUP_TTL_S: Final = 86_400
"""Seconds for which a message under the same idempotency key is the same message."""
GRACE_TTL_S: Final = 600
"""Seconds for which all is kept of a user who was lost, and of a room whose last member was."""
NOBODY: Final = "*"
"""In place of a gateway's id: with whom sessions are that have no connection."""
LOG: Final = ":log"
"""What the key of a stream ends with."""


_SERVER, _GATEWAY, _USER, _ROOM, _ACCOUNT, _SESSION, _PERSON = Owner
_MOVES, _DELETED, _EXPIRES, _RUNS_OUT = Fate.MOVES, Fate.DELETED, Fate.EXPIRES, Fate.RUNS_OUT


def _server(name: str, pattern: str, kind: str, holds: str, lasts: str = "", each: str = "") -> Key:
    ttl = Ttl.ALWAYS if lasts else Ttl.NONE
    return Key(name, _SERVER, pattern, kind, Fate.NEVER, Fate.NEVER, holds, ttl, lasts, each)


def _user(name: str, kind: str, holds: str) -> Key:
    """What is known of who is online."""
    pattern = f"chat:{{chat:online}}:{'user' if name == 'facts' else name}:NAME"
    return Key(name, _USER, pattern, kind, _MOVES, _DELETED, holds)


def _room(suffix: str, kind: str, holds: str, renamed: Fate = _MOVES, ended: Fate = _DELETED,
          ttl: Ttl = Ttl.NONE, lasts: str = "", name: str = "", each: str = "") -> Key:  # fmt: skip
    pattern = f"chat:room:{{ROOM}}{suffix}"
    name = name or suffix.removeprefix(":")
    return Key(name, _ROOM, pattern, kind, renamed, ended, holds, ttl, lasts, each)


KEYS: Final = (
    _server("online", "chat:online", "set", "the roster: nicknames"),
    _server("gateways", "chat:{chat:online}:gateways", "zset",
            "gateway id -> end of its lease, ms of Redis' clock, to find those whose lease is over;"
            " 0 = it is being cleaned up"),
    _server("advertised", "chat:{chat:online}:advertised", "hash",
            "gateway id -> addresses under which clients reach it, spaces between; goes when the"
            " gateway is cleaned up"),
    _server("roomlist", "chat:{chat:online}:roomlist", "set", "every room that exists"),
    _server("room_count", "chat:{chat:online}:room-count", "string",
            "how many rooms there have ever been: part of the id of the next"),
    _server("peak", "chat:{chat:online}:peak", "string",
            "the most users that have been online at one time"),
    _server("umode", "chat:{chat:online}:umode:LETTER", "set",
            "who has user mode i (invisible) or o (operator)", each=COUNTED),
    _server("plain", "chat:{chat:online}:receivers", "hash",
            "channels of the users to whom everything may be said with nothing to be said about it,"
            " as they are neither away nor +R -> uid; and * if all gateways there have been keep"
            " this"),
    _server("looks", "chat:{chat:online}:skeletons", "hash",
            "what names outside ASCII look like -> who is online under it"),
    _server("account_looks", "chat:{chat:online}:skeletons:accounts", "hash",
            "the same of accounts"),
    _server("renamed", "chat:{chat:online}:renamed", "hash",
            "of accounts that have another name than before: uid -> name now, folded; < and an"
            " earlier name, folded and as shown -> until when it was its name, ms, and uid, of each"
            " who had it; > and the name now, as shown -> the earlier ones: until when, as shown,"
            " byte 1, folded"),
    _server("words", "chat:{chat:online}:words", "set",
            "the words that concern somebody: names of accounts, nicks of who is logged in to one,"
            " keywords; each gateway has them too"),
    _server("watchers", "chat:{chat:online}:words:WORD", "set",
            "accounts that WORD concerns, but for the one of that name"),
    _server("due", "chat:{chat:online}:due", "list",
            "messages in rooms that have some of the words and are in no inbox yet, at most 10,000:"
            " id of the room, of the message, which of the accounts come next, the words"),
    _server("bans", "chat:{chat:online}:bans", "hash",
            "kind and mask -> who set it, when, until when, reason; those that are over go when"
            " they are listed"),
    _server("whowas", "chat:{chat:online}:whowas", "zset",
            "names that were left, newest 10,000 -> when", lasts=_KEPT),
    _server("was", "chat:{chat:online}:whowas:NAME", "list",
            "who had the name, the last ten times", lasts=_KEPT),
    _server("guesses", "chat:{chat:online}:guesses:NETWORK", "hash",
            "wrong passwords from NETWORK, an address of IPv4 or a /64: how many count, when the"
            " last one was, until when the next try waits, ms; * of the network as a whole, = and a"
            " name: of an account, at most 64, + of others", lasts="until they count no more"),
    _server("invitations", "chat:{chat:online}:invitations", "hash",
            "sha256 of the token of each invitation to make accounts -> how many it is still for,"
            " until when, ms, for how many it was, when it was made, ms; at most 1,000",
            lasts="as long as the longest of them"),
    _server("made", "chat:{chat:online}:made:NETWORK", "string",
            "how many accounts were made from NETWORK, in an hour", lasts="one hour"),
    _server("guessers", "chat:{chat:online}:guessers", "zset",
            "networks from which tries had to wait, the latest 1,000 -> when, ms", lasts="one day"),
    _server("started", "chat:{chat:online}:started", "string",
            "since when there have been gateways, ms"),
    _server("log", "chat:{chat:online}:log", "stream",
            "who came online and who left, bans, WALLOPS; the newest entries are kept"),
    _server("kept", "chat:{chat:online}:retention", "string",
            "what the gateways keep: entries, and behind a colon days"),
    _server("erasures", "chat:{chat:online}:erasures", "hash",
            "id of a job of erasing -> how (erase, anonymise), account, folded ('' = everybody),"
            " its uid, the names that it has had; room, folded, and its id ('' = all), from when"
            " and until when it was said, ms; it goes when the job is done"),
    _server("erasure", "chat:{chat:online}:erasure:ID", "hash",
            "how far a job of erasing is, or the sweep: looked, changed: entries; written: of the"
            " log at hand; cursor of SCAN, and of which process of Redis; after: entry of the log"
            " that is looked at, '' = it is being written anew", lasts="one day"),
    _server("rewriting", "chat:{chat:online}:rewriting", "stream",
            "the log that is being written anew", lasts="one hour"),
    _server("rewritten", "chat:{chat:online}:rewritten", "string",
            "id of the job, NUL, key of the log that it looks at", lasts="one day"),
    _server("moved", "chat:{chat:online}:moved", "set",
            "logs that have got another key while something is erased", lasts="one day"),
    _server("chore", "chat:{chat:online}:chore", "string",
            "who erases, or sweeps, at present", lasts="10 seconds"),
    _server("swept", "chat:{chat:online}:swept", "string",
            "there until it is time to look for what is over age", lasts="one hour"),
    _server("synced", "chat:{chat:online}:synced", "string",
            "nothing: with --sync-replicas it is written before a gateway waits for replicas"),
    _server("guard", "chat:{chat:online}:guard", "none",
            "nothing, ever: acts name it first, so that Redis refuses them as a whole while their"
            " slot moves; a fence is that it is deleted"),
    _server("decoys", "chat:{chat:online}:decoys", "string",
            "a secret from which the salts are made that SCRAM shows of names without an account"),
    _server("certs", "chat:{chat:online}:certs", "hash",
            "SHA-256 of a client's certificate, in hex -> account whose owner it proves"),
    _server("epoch", "chat:{chat:online}:epoch", "string",
            "made where there is none: another one says that Redis has lost its data"),
    _server("moving", "chat:{chat:online}:moving", "string",
            "there while `chatd migrate` copies keys to here: the epoch of where they come from"),
    Key("lease", _GATEWAY, "chat:{chat:online}:lease:ID", "string", Fate.NEVER, Fate.RUNS_OUT,
        "there while the gateway's lease holds", Ttl.ALWAYS, "the length of the lease"),
    Key("sessions", _GATEWAY, "chat:{chat:online}:gateway:ID", "hash", Fate.NEVER, Fate.EMPTIES,
        "session id -> name, of the gateway's sessions"),
    Key("heard", _GATEWAY, "chat:{chat:online}:heard:ID", "string", Fate.NEVER, _DELETED,
        "how far the gateway's connections have heard: see `chatd.state.heard`"),
    Key("connections", _GATEWAY, "chat:{chat:online}:connections:ID", "hash", Fate.NEVER, _DELETED,
        "network -> how many connections the gateway has from there, with --max-per-address"),
    _server("detached", "chat:{chat:online}:detached", "zset",
            "sessions of accounts without a connection -> until when another may continue each, ms"
            " of Redis' clock, inf = for good; they are kept with those of the gateway *"),
    _server("timed", "chat:{chat:online}:timed", "zset",
            "ids of rooms with bans that end -> when the next of each does, ms of Redis' clock"),
    _server("always", "chat:{chat:online}:always-on", "string",
            "1: accounts that have not chosen stay when their last session ends"),
    Key("facts", _SESSION, "chat:{chat:online}:session:SID", "hash", Fate.STAYS, _DELETED,
        "of an account's session: name akey device: as in its login; watched: names that it"
        " monitors; subscriptions: keys of METADATA; certificate: SHA-256 of its client's; began:"
        " ms of Redis' clock; heard: how far it has heard, where that is less than what its gateway"
        " has told; lags: its client does not take what is written; by: id that it had when the"
        " connection came that goes on with it; and without a connection reason: of the QUIT to"
        " come, left: since when, lost: its gateway may come back"),
    _user("facts", "hash",
          "nick user host realname account akey uid was away since active modes look seen anchor:"
          " who is online under NAME; akey: the account, folded; uid: the person, =account@made,"
          " ms, or the id of the session of a guest; was: who it was before; look: skeletons of a"
          " nick outside ASCII; anchor: id of the session that stands for an account which stays"
          " though none of its programs is here; seen: what masks see behind the name, folded:"
          " user@host, NUL, the other hosts that its sessions come from, spaces between"),
    _user("sessions", "hash", "session id -> gateway id"),
    _user("hosts", "hash", "session id -> Z (TLS) or -, and the host it comes from"),
    _user("aways", "hash",
          "id of each session that is away -> when, ms, and its text; a user is away when all are"),
    _user("accepts", "hash",
          "uid of who may write to NAME in spite of user mode R -> its name, NUL, its nick, as they"
          " were then"),
    _user("rooms", "set", "ids of the rooms that the user is in"),
    _user("invites", "hash", "id of a room -> prefix modes of who has invited the user to it"),
    _user("meta", "hash", "key -> value of a guest's METADATA"),
    _user("read", "zset", "the same of a guest as the `read` of an account"),
    Key("whose", _USER, "chat:user:{NAME}:whose", "string", _MOVES, _EXPIRES,
        "uid of the person whose log this is", Ttl.AFTER_END, _KEPT),
    Key("log", _USER, "chat:user:{NAME}:log", "stream", _MOVES, _EXPIRES,
        "direct messages to and from the user", Ttl.AFTER_END, _KEPT),
    Key("redacted", _USER, "chat:user:{NAME}:redacted", "zset", _MOVES, _EXPIRES,
        "ids of messages that were taken back -> their ms", Ttl.AFTER_END, _KEPT),
    _room("", "hash",
          "name rid created modes topic topic_by topic_at, k l f: parameters of modes, lost_until:"
          " end, ms, of the time for which it is kept for members who were lost, lost_count: how"
          " many of them are not back, founder founder_name registered, retention: entries and"
          " days that are kept, - = as the server. modes: every letter that is set, with b e"
          " I when that list is not empty: what has to be looked at before somebody speaks",
          name="facts"),
    _room(":LETTER", "hash",
          "mask, folded -> mask as written, NUL, who set it, NUL, s since 1970",
          name="list", each=LISTS),
    Key("by_id", _ROOM, "chat:{chat:online}:room:RID", "string", Fate.STAYS, _DELETED,
        "folded name that the room RID has now", Ttl.AFTER_END, "10 minutes"),
    _room(":clean", "set",
          "name!user@host, NUL, other hosts, NUL, account of those whom no ban of the room is for",
          renamed=_DELETED, ttl=Ttl.ALWAYS, lasts="one hour"),
    _room(":members", "hash", "name -> prefix modes, NUL, nickname", ended=Fate.EMPTIES),
    _room(":holders:LETTER", "set", "names of the members who have the prefix mode LETTER",
          ended=Fate.EMPTIES, name="holders", each=PREFIX_MODES),
    _room(":were", "zset",
           "uids of those who were in the room and have left, the latest 1,000 -> when, ms, and a"
           " half if their connection ended or they were the last: they see what was said before"
           " the room was made anew, unless they had left before the mark -",
           ended=_EXPIRES, ttl=Ttl.AFTER_END, lasts="as long as the log"),
    _room(":log", "stream", "the room's events, the newest are kept", ended=_EXPIRES,
          ttl=Ttl.AFTER_END, lasts=f"{_KEPT}, 10 minutes where nothing was said"),
    _room(":redacted", "zset", "ids of messages that were taken back -> their ms", ended=_EXPIRES,
          ttl=Ttl.AFTER_END, lasts=_KEPT),
    _room(":meta", "hash", "key -> value of the room's METADATA"),
    _room(":ends", "zset", "masks of bans that end, folded -> when, ms of Redis' clock"),
    _room(":access", "hash",
          "account -> level, NUL, the account as shown, NUL, who set it, NUL, s since 1970; while"
          " the room is registered"),
    _room(":logid", "string",
          "what its log is called in the `read` of accounts, there from the first of them on",
          ended=_EXPIRES, ttl=Ttl.AFTER_END, lasts="as long as the log"),
    Key("facts", _ACCOUNT, "chat:account:{NAME}", "hash", _MOVES, _DELETED,
        "name password (argon2id) scram: mark of that hash, verifier for SCRAM; created oper; born:"
        " name under which it was made, where it has another one now; login: when somebody logged"
        " in last, ms; look: skeletons of a name outside ASCII; closed: its user had user mode R"
        " when it left; replay: lines of each room to show at login; always: it stays when its last"
        " session ends, 1 or 0; erasing: id of the job that erases what it said; erased: when"
        " that of all began last, ms; retention: entries and days of direct"
        " messages that are kept, - = as the server"),
    Key("online", _ACCOUNT, "chat:account:{NAME}:online", "set", _MOVES, _DELETED,
        "names under which somebody is online who is logged in to the account"),
    Key("sessions", _ACCOUNT, "chat:account:{NAME}:sessions", "hash", _MOVES, _DELETED,
        "session id -> what its login called itself (NAME@DEVICE), of all sessions of the account"),
    Key("devices", _ACCOUNT, "chat:account:{NAME}:devices", "hash", _MOVES, _DELETED,
        "the same name, of those with a session and those without, the latest 50 -> when, ms, NUL,"
        " how far it has heard"),
    Key("waiting", _ACCOUNT, "chat:account:{NAME}:waiting", "hash", _MOVES, _DELETED,
        "what was said to the account since it was online last: first: id of the first message;"
        " all: how many there are; uid of who has said something, - = guests: how many of these",
        Ttl.ALWAYS, _KEPT),
    Key("read", _ACCOUNT, "chat:account:{NAME}:read", "zset", _MOVES, _DELETED,
        "up to when the account has read, ms, in each room (r: and its `logid`) and of what each"
        " account (u: and its name as shown) and guest (g: and its uid) wrote to it; the latest"
        " 1,000"),
    Key("keywords", _ACCOUNT, "chat:account:{NAME}:keywords", "set", _MOVES, _DELETED,
        "words that the account wants to hear of, besides its names"),
    Key("inbox", _ACCOUNT, "chat:account:{NAME}:inbox", "stream", _MOVES, _DELETED,
        "messages in rooms that have one of these words or names, the newest 1,000: id of the room,"
        " its name then, id of the message"),
    Key("lost", _PERSON, "chat:{chat:online}:lost:UID", "set", Fate.STAYS, Fate.EMPTIES,
        "names under which the person was lost: an account can be online under several",
        Ttl.ALWAYS, "10 minutes"),
    Key("kept", _PERSON, "chat:{chat:online}:kept:UID:NAME", "hash", Fate.STAYS, _RUNS_OUT,
        "what a user held who was lost: modes away; r:ID of a room -> prefix modes;"
        " i:ID of a room -> the same of who has invited the user to it", Ttl.ALWAYS, "10 minutes"),
    Key("meta", _PERSON, "chat:{chat:online}:kept-meta:UID:NAME", "hash", Fate.STAYS, _RUNS_OUT,
        "METADATA of a user who was lost", Ttl.ALWAYS, "10 minutes"),
    Key("sent", _PERSON, "chat:{chat:online}:sent:UID:TO:KEY", "string", Fate.STAYS, _RUNS_OUT,
        "id of the message, or a message that no stream has, that the person sent under the"
        " idempotency key KEY to TO, id of a room or uid of a person", Ttl.ALWAYS, "one day"),
    Key("accepts", _PERSON, "chat:{chat:online}:kept-accepts:UID:NAME", "hash",
        Fate.STAYS, _RUNS_OUT,
        "who may write to a user who was lost in spite of user mode R", Ttl.ALWAYS, "10 minutes"),
    Key("log", _PERSON, "chat:{chat:online}:kept-log:UID:NAME", "stream", Fate.STAYS, _RUNS_OUT,
        "log of a user who was lost and whose name somebody else has taken", Ttl.ALWAYS,
        "10 minutes"),
    Key("redacted", _PERSON, "chat:{chat:online}:kept-redacted:UID:NAME", "zset", Fate.STAYS,
        _RUNS_OUT, "the same of its redacted", Ttl.ALWAYS, "10 minutes"),
    Key("known", _ACCOUNT, "chat:account:{NAME}:known", "zset", _MOVES, _DELETED,
        "networks from which its owner has logged in, the latest 20 -> when, ms"),
    Key("wrong", _ACCOUNT, "chat:account:{NAME}:wrong", "hash", _MOVES, _DELETED,
        "network -> how many wrong passwords came from it since the owner was told last; * = from"
        " more than 100"),
    Key("certs", _ACCOUNT, "chat:account:{NAME}:certs", "hash", _MOVES, _DELETED,
        "SHA-256 of each certificate that proves who owns the account, the other way of `certs` ->"
        " when it was added, ms"),
    Key("rooms", _ACCOUNT, "chat:account:{NAME}:rooms", "set", _MOVES, _DELETED,
        "rooms that belong to the account"),
    Key("access", _ACCOUNT, "chat:account:{NAME}:access", "set", _MOVES, _DELETED,
        "ids of the rooms in whose access list the account is"),
    Key("meta", _ACCOUNT, "chat:account:{NAME}:meta", "hash", _MOVES, _DELETED,
        "key -> value of the account's METADATA"),
    Key("cleared", _ACCOUNT, "chat:account:{NAME}:cleared", "hash", _MOVES, _DELETED,
        "room or name of somebody, * = everything -> ms: what was said until then *playback does"
        " not play any more"),
)  # fmt: skip

CHANNELS: Final = (
    ("chat:global", "what concerns everybody: who came online, who left, bans, WALLOPS, REHASH"),
    ("chat:user:{NAME}", "what concerns one user: direct messages, own joins, renames"),
    ("chat:room:{ROOM}", "what happens in one room"),
)


def owned(owner: Owner) -> list[Key]:
    """The keys of an owner, in the order of the table."""
    return [key for key in KEYS if key.owner == owner]


def find(owner: Owner, name: str) -> Key:
    """The key of that name. KeyError: there is none."""
    for key in KEYS:
        if (key.owner, key.name) == (owner, name):
            return key
    raise KeyError(f"{owner} has no key {name!r}")


def of_kind(key: str, prefix: str = "chat") -> Key | None:
    """What kind of key this is, or None: the schema does not know it.

    The longest fixed text wins: ``chat:{chat:online}:skeletons:accounts`` is no name.
    """
    found = [kind for kind in KEYS if kind.matches(key, prefix)]
    found = [kind for kind in found if not kind.each or key[-1] in kind.each]
    return max(found, key=lambda kind: len(re.sub("[A-Z]+", "", kind.pattern)), default=None)
