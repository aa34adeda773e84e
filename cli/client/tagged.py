"""What client-only tags say: replies, reactions, who is typing. No I/O.

https://ircv3.net/specs/client-tags/reply , react and typing. Programs send ``+draft/reply`` as well
as ``+reply``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from chatd.wire.message import format_line
from cli.client import events as ev

REPLY: Final = "+draft/reply"
REACT: Final = "+draft/react"
UNREACT: Final = "+draft/unreact"
TYPING: Final = "+typing"
PASSING: Final = "+chatd/passing"
"""A room that this user's next PART leaves only for the command that had entered it."""

MAX_MSGID: Final = 400
"""Characters of a message id that are kept: a longer one is none."""

MAX_REACTION: Final = 64
"""Characters of a reaction: "a byte limit may be appropriate"; a longer one is none."""


def msgid_of(tags: Mapping[str, str]) -> str:
    """Return the id of a message, empty for none."""
    msgid = tags.get("msgid", "")
    return msgid if len(msgid) <= MAX_MSGID else ""


def answered(tags: Mapping[str, str]) -> str:
    """Return the id of the message that this one answers, empty for none."""
    msgid = tags.get(REPLY) or tags.get("+reply", "")
    return msgid if len(msgid) <= MAX_MSGID else ""


def answer_to(msgid: str) -> dict[str, str]:
    """Return the tags of an answer, for old and new programs."""
    return {REPLY: msgid, "+reply": msgid}


def farewell(nick: str, room: str) -> bytes:
    """Return the line before the PART of who was in a room for one command only.

    Rooms are the user's: another session that uses it enters it again. It goes to nobody else, and
    is not stored, because it has ``+typing``, too.
    """
    return format_line("TAGMSG", nick, tags={PASSING: room, TYPING: "done"})


def tagged(
    tags: Mapping[str, str], at: float, source: str, target: str, *, own: bool
) -> list[ev.Event]:
    """Return what a message of tags alone means."""
    if own and PASSING in tags:
        return [ev.Passing(tags[PASSING])]
    state = tags.get(TYPING, "")
    if state:
        active, paused = state in ("active", "paused"), state == "paused"
        return [ev.Typing(at, target, source, active, paused=paused)]
    msgid = answered(tags)
    given, taken = tags.get(REACT, ""), tags.get(UNREACT, "")
    reaction = given or taken
    # "The tags MUST NOT both be attached to a single message"
    if not msgid or not 0 < len(reaction) <= MAX_REACTION or (given and taken):
        return []
    return [ev.Reacted(at, target, msgid, source, reaction, bool(taken), own)]
