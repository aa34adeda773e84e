"""Why an act's answer is no: a word, and what the act adds to it.

``lua.py`` makes a constructor of each; an act's header says which ones it has, with how many of the
details. `chatd.commands.errors.REFUSALS` says what they are in IRC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Refusal:
    """One word. ``details``: by name, in their order; an act may leave out the last ones."""

    word: str
    details: tuple[str, ...]
    what: str


def _refusal(word: str, details: str, what: str) -> Refusal:
    return Refusal(word, tuple(details.split()), what)


REFUSALS: Final = (
    _refusal("stale", "", "The gateway's lease is over: it has to come back first."),
    _refusal("failed", "why", "One of several in a call went wrong."),
    _refusal("alive", "", "The gateway has a lease."),
    _refusal("nogateway", "", "The gateway has no lease."),
    # who
    _refusal("offline", "", "Who asks is not online."),
    _refusal("notoper", "", "Who asks is no operator of the server."),
    _refusal("nouser", "nick", "Nobody has this name."),
    _refusal("guest", "nick", "Only who is logged in to an account may."),
    _refusal("taken", "", "The name is somebody's."),
    _refusal("reserved", "", "The name is an account's."),
    _refusal("confusable", "nick", "The name looks like another."),
    _refusal("elsewhere", "", "The session goes on through another gateway."),
    _refusal("uninvited", "", "The invitation does not count, or any more."),
    _refusal("noinvitation", "", "There is no such invitation."),
    _refusal("wait", "ms", "There were too many: the next may come when this time is over."),
    _refusal("same", "", "Nothing would change."),
    _refusal("nocert", "", "The account has no such certificate."),
    _refusal("nodevice", "", "No device of the account has this name."),
    # a room
    _refusal("noroom", "", "There is no such room, for who asks."),
    _refusal("notin", "room", "Who asks is not in the room."),
    _refusal("notop", "room", "Who asks is not strong enough in the room."),
    _refusal("notmember", "room nick", "Who it is about is not in the room; of a mode: nick only."),
    _refusal("member", "room nick", "Who is invited is in the room."),
    _refusal("protected", "room", "Who is to be kicked is too strong."),
    _refusal("already", "", "Who enters is in the room."),
    _refusal("toomany", "target", "There are as many as there may be."),
    _refusal("full", "room forward", "The room has as many members, a list as many masks (then: the"
             " mask), as it may have."),
    _refusal("invite", "room forward", "Only who is invited enters (+i)."),
    _refusal("banned", "room forward", "Who enters is banned (+b)."),
    _refusal("key", "room forward", "The key is wrong (+k)."),
    _refusal("guests", "room forward", "Only who is logged in to an account enters (+R)."),
    _refusal("noforward", "room", "No room to go to instead has this name."),
    _refusal("exists", "", "The name of a room or account is taken."),
    _refusal("registered", "room", "The room is somebody's."),
    _refusal("notregistered", "room", "The room is nobody's."),
    _refusal("notlisted", "", "The account is not in the list."),
    _refusal("notfounder", "room", "The room is not the asker's."),
    _refusal("noaccount", "", "There is no such account."),
    # what is said
    _refusal("dup", "id target waits", "It was sent under this key before, as that message; target"
             " as it was shown; waits: '1' when it waits for its receiver."),
    _refusal("reused", "key", "Something else was sent under this idempotency key."),
    _refusal("cannot", "room mode", "A mode of the room forbids it."),
    _refusal("muted", "room", "The asker may say nothing there."),
    _refusal("manyholders", "room", "More members have the prefix than a message can name."),
    _refusal("notrelay", "", "Only operators of the room speak for others."),
    _refusal("nowhere", "", "The target is not there for who asks."),
    _refusal("unknown", "", "There is no such message."),
    _refusal("forbidden", "", "It is somebody else's message."),
    # the rest
    _refusal("held", "", "Another gateway does it now."),
    _refusal("noban", "", "There is no such ban."),
    _refusal("notarget", "", "There is no such room or user."),
    _refusal("denied", "target", "Who asks may not."),
    _refusal("notset", "target", "There is no such value."),
)  # fmt: skip

BY_WORD: Final = {refusal.word: refusal for refusal in REFUSALS}
"""The refusals by word."""
