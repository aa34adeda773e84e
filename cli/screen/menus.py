"""What can be done with a room or a person. Only what one may do is offered. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from cli.client.buffers import Buffers
from cli.client.conversation import folded
from cli.client.shelf import Buffer
from cli.commands.talk import Command
from cli.screen.roster import MARKS
from cli.settings import Settings


@dataclass(frozen=True, slots=True)
class Item:
    """One row: a command of the table, and the words behind it.

    ``ask`` is the question whose answer is put behind these, ``text`` what stands there at first;
    ``sure`` the question that has to be answered with yes.
    """

    words: str
    command: str
    rest: str = ""
    ask: str = ""
    text: str = ""
    sure: str = ""


def rank(marks: str) -> int:
    """Return how much somebody may do in a room: 5 its owner, 2 a half-operator, 0 nothing."""
    return max((len(MARKS) - MARKS.index(mark) for mark in marks if mark in MARKS), default=0)


HALFOP = rank("%")
OP = rank("@")


def _marks(buffer: Buffer, nick: str) -> str:
    member = buffer.members.get(folded(nick))
    return member.marks if member is not None else ""


def person(
    buffers: Buffers, nick: str, settings: Settings, commands: Mapping[str, Command]
) -> list[Item]:
    """Return what can be done with a person, seen from the current room."""
    here = buffers.open(buffers.current)
    me = buffers.chat.is_me(nick)
    items = [] if me else [Item(f"Talk to {nick} alone", "to", nick)]
    items.append(Item(f"Who is {nick}?", "whois", nick))
    if here.is_room and here.joined and folded(nick) in here.members:
        mine = rank(_marks(here, buffers.chat.nick))
        items += _rights(here, nick, mine)
        items += [] if me else _moderation(here, nick, mine)
    if not me:
        items += _own(buffers, nick, settings)
    return [item for item in items if item.command in commands]


def _rights(room: Buffer, nick: str, mine: int) -> Iterable[Item]:
    marks, name = _marks(room, nick), room.name
    if mine >= OP:
        if "@" in marks:
            yield Item("Take the operator's rights", "deop", f"{name} {nick}")
        else:
            yield Item("Make an operator of the room", "op", f"{name} {nick}")
    if mine < HALFOP:
        return
    if "+" in marks:
        yield Item("Take the voice", "devoice", f"{name} {nick}")
    else:
        yield Item("Give a voice", "voice", f"{name} {nick}")


def _moderation(room: Buffer, nick: str, mine: int) -> Iterable[Item]:
    name, rest = room.name, f"{room.name} {nick}"
    if mine < HALFOP or (rank(_marks(room, nick)) >= mine and mine < rank("~")):
        return
    yield Item("Quiet: stays, and says nothing ...", "quiet", rest, ask="For how long? 30m, 2h, 7d")
    kick = f"Put {nick} out of {name}?"
    yield Item("Put out of the room ...", "kick", rest, ask="Why? (may be empty)", sure=kick)
    ban = f"Put {nick} out of {name} and keep them out?"
    asked = "For how long, and why? 30m, 2h, 7d; empty: for good"
    yield Item("Put out and keep out ...", "ban", rest, ask=asked, sure=ban)


def _own(buffers: Buffers, nick: str, settings: Settings) -> Iterable[Item]:
    if buffers.current and not buffers.open(buffers.current).is_room:
        yield Item("Ask into a room ...", "invite", nick, ask="Into which room?", text="#")
        yield Item("Close the conversation", "close", nick)
    if settings.mutes(nick):
        yield Item("Notify of what they write", "unmute", nick)
    else:
        yield Item("Never notify of what they write", "mute", nick)
    if settings.ignores(nick):
        yield Item("Show what they write", "unignore", nick)
    else:
        sure = f"Show nothing of {nick} any more?"
        yield Item("Ignore: show nothing of them", "ignore", nick, sure=sure)


def room(
    buffers: Buffers, name: str, settings: Settings, commands: Mapping[str, Command]
) -> list[Item]:
    """Return what can be done with a room."""
    buffer = buffers.open(name)
    items = list(_joined(buffers, buffer)) if buffer.joined else [Item("Enter it", "join", name)]
    if settings.mutes(name):
        items.append(Item("Notify of what is said here", "unmute", name))
    else:
        items.append(Item("Never notify of what is said here", "mute", name))
    items.append(Item("Leave it" if buffer.joined else "Close it", "close", name))
    return [item for item in items if item.command in commands]


def _joined(buffers: Buffers, buffer: Buffer) -> Iterable[Item]:
    name, mine = buffer.name, rank(_marks(buffer, buffers.chat.nick))
    yield Item("Say what it is about ...", "topic", name, ask="The topic", text=buffer.topic)
    yield Item("Ask somebody in ...", "invite", name, ask="Whom?")
    yield Item("Who is kept out?", "bans", name)
    yield Item("What are its modes?", "mode", name)
    if mine >= OP:
        yield Item("Only who was asked may enter", "mode", f"{name} +i")
        yield Item("Everybody may enter", "mode", f"{name} -i")
        yield Item("Only operators and voices speak", "mode", f"{name} +m")
        yield Item("Everybody may speak", "mode", f"{name} -m")
        yield Item("A key to enter ...", "mode", f"{name} +k", ask="The key")
        yield Item("No key to enter", "mode", f"{name} -k *")
        yield Item("Register it, or say who is what ...", "cs", "", ask="REGISTER, ACCESS ...")
    if mine >= HALFOP:
        yield Item("Let somebody in again ...", "unban", name, ask="Whom?")
        yield Item("Let somebody speak again ...", "unquiet", name, ask="Whom?")


Do = Callable[[Item], None]
