"""What a client believes: the replay of all lines that it has received, and of nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from chatd.wire.modes import BY_LETTER, PREFIX_MODES, PREFIXES, Kind
from tests.support.irc import Line

_LETTER = dict(zip(PREFIXES, PREFIX_MODES, strict=True))


@dataclass(slots=True)
class RoomBelief:
    """One room: nick -> prefix modes, sorted; the topic, '' when there is none."""

    members: dict[str, str] = field(default_factory=dict)
    topic: str = ""
    names: dict[str, str] = field(default_factory=dict)
    """What the NAMES that is under way has told so far."""
    complete: bool = False
    """Whether the first NAMES has ended."""


class Belief:
    """Own nick and rooms, as a client with multi-prefix knows them after some lines.

    ``doubts`` has a sentence about each line that does not fit to the lines before it.
    """

    def __init__(self, log: Iterable[Line]) -> None:
        self.nick = ""
        self.rooms: dict[str, RoomBelief] = {}
        self.doubts: list[str] = []
        for line in log:
            self.take(line)

    def members(self) -> dict[str, dict[str, str]]:
        """Room -> nick -> prefix modes."""
        return {name: dict(sorted(room.members.items())) for name, room in self.rooms.items()}

    def take(self, line: Line) -> None:
        """Learn from one more line."""
        step = _STEPS.get(line.command)
        if step is not None:
            step(self, line, line.params)

    def doubt(self, line: Line, why: str) -> None:
        """Note that a line contradicts what was told before."""
        self.doubts.append(f"{line.raw!r}: {why}")

    def room(self, line: Line, name: str) -> RoomBelief | None:
        """The room that a line is about; it is a doubt when the client is not in it."""
        found = self.rooms.get(name)
        if found is None:
            self.doubt(line, f"{self.nick} is not in {name}")
        return found


def _welcome(belief: Belief, line: Line, params: Sequence[str]) -> None:
    belief.nick = params[0]


def _join(belief: Belief, line: Line, params: Sequence[str]) -> None:
    if line.nick == belief.nick:
        if params[0] in belief.rooms:
            belief.doubt(line, "is in it already")
            return
        belief.rooms[params[0]] = RoomBelief()
    room = belief.room(line, params[0])
    if room is not None:
        if line.nick in room.members:
            belief.doubt(line, "was in the room already")
        room.members.setdefault(line.nick, "")


def _part(belief: Belief, line: Line, params: Sequence[str]) -> None:
    _remove(belief, line, params[0], line.nick)


def _kick(belief: Belief, line: Line, params: Sequence[str]) -> None:
    _remove(belief, line, params[0], params[1])


def _remove(belief: Belief, line: Line, name: str, nick: str) -> None:
    room = belief.room(line, name)
    if room is None:
        return
    if nick == belief.nick:
        del belief.rooms[name]
    elif room.members.pop(nick, None) is None and room.complete:
        belief.doubt(line, f"{nick} was not in {name}")


def _quit(belief: Belief, line: Line, params: Sequence[str]) -> None:
    found = [room.members.pop(line.nick, None) for room in belief.rooms.values()]
    complete = all(room.complete for room in belief.rooms.values())
    if complete and all(modes is None for modes in found):
        belief.doubt(line, "shares no room")


def _nick(belief: Belief, line: Line, params: Sequence[str]) -> None:
    for room in belief.rooms.values():
        if line.nick in room.members:
            room.members[params[0]] = room.members.pop(line.nick)
    if line.nick == belief.nick:
        belief.nick = params[0]


def _mode(belief: Belief, line: Line, params: Sequence[str]) -> None:
    if not params[0].startswith("#"):
        return
    room = belief.room(line, params[0])
    if room is None:
        return
    more = iter(params[2:])
    adding = True
    for letter in params[1]:
        if letter in "+-":
            adding = letter == "+"
            continue
        kind = BY_LETTER[letter].kind
        if kind is Kind.PREFIX:
            _prefix(belief, line, room, next(more), letter, adding)
        elif kind in (Kind.LIST, Kind.PARAM) or (kind is Kind.PARAM_ON_SET and adding):
            next(more, None)


def _prefix(
    belief: Belief, line: Line, room: RoomBelief, nick: str, letter: str, adding: bool
) -> None:
    if nick not in room.members:
        if room.complete:
            belief.doubt(line, f"{nick} is not in the room")
        return
    rest = room.members[nick].replace(letter, "")
    room.members[nick] = _sorted(rest + letter if adding else rest)


def _topic(belief: Belief, line: Line, params: Sequence[str]) -> None:
    room = belief.room(line, params[-2])
    if room is not None:
        room.topic = params[-1] if line.command != "331" else ""


def _names(belief: Belief, line: Line, params: Sequence[str]) -> None:
    room = belief.rooms.get(params[2])  # of another room one may ask as well
    if room is not None:
        for word in params[3].split():
            nick = word.lstrip(PREFIXES)
            symbols = word[: len(word) - len(nick)]
            room.names[nick] = _sorted("".join(_LETTER[symbol] for symbol in symbols))


def _names_end(belief: Belief, line: Line, params: Sequence[str]) -> None:
    room = belief.rooms.get(params[1])
    if room is None:
        return
    if room.complete and room.names != room.members:
        belief.doubt(line, f"NAMES told {room.names}, events told {room.members}")
    if not room.complete and not room.members.keys() <= room.names.keys():
        belief.doubt(line, f"NAMES told {room.names} without some of {room.members}")
    room.members, room.names, room.complete = room.names, {}, True


def _said(belief: Belief, line: Line, params: Sequence[str]) -> None:
    target = params[0].lstrip(PREFIXES)
    if target.startswith("#") and line.nick and "!" in (line.source or ""):
        room = belief.room(line, target)
        if room is not None and room.complete and line.nick not in room.members:
            belief.doubt(line, f"{line.nick} is not in the room")


def _rename(belief: Belief, line: Line, params: Sequence[str]) -> None:
    room = belief.room(line, params[0])
    if room is not None:
        del belief.rooms[params[0]]
        belief.rooms[params[1]] = room


def _sorted(modes: str) -> str:
    return "".join(letter for letter in PREFIX_MODES if letter in modes)


_STEPS: dict[str, Callable[[Belief, Line, Sequence[str]], None]] = {
    "001": _welcome,
    "JOIN": _join,
    "PART": _part,
    "KICK": _kick,
    "QUIT": _quit,
    "NICK": _nick,
    "MODE": _mode,
    "TOPIC": _topic,
    "331": _topic,
    "332": _topic,
    "353": _names,
    "366": _names_end,
    "PRIVMSG": _said,
    "RENAME": _rename,
}
