"""What operators of a room do: whoever has created it is one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from chatd.wire.casemap import is_room
from chatd.wire.message import Message
from cli import words as say
from cli.client.checks import check_target
from cli.client.errors import ChatError
from cli.commands.replies import ask, nothing, of, tell
from cli.commands.talk import Talk, Usage

MODES_AT_ONCE = 4
"""Prefix modes in one MODE: what every server takes."""


def _room_first(talk: Talk, rest: str) -> tuple[str, list[str]]:
    """Return the room that is meant, and the other words."""
    found = rest.split()
    if found and is_room(found[0]):
        return talk.here(found[0]), found[1:]
    return talk.here(), found


def mode(talk: Talk, rest: str) -> list[str]:
    """Show or change modes of a room, or of oneself."""
    found = rest.split()
    if found and not is_room(found[0]) and found[0][0] not in "+-":
        check_target(found[0])
        target, found = found[0], found[1:]
    else:
        target, found = _room_first(talk, rest)
    ask(talk, partial(_modes, target), "MODE", target, *found)
    return []


def _modes(target: str, lines: list[Message]) -> list[str]:
    told = [_modes_of(params[0], params[1:]) for params in of("324", lines)]
    told += [f"your modes: {params[0]}" for params in of("221", lines)]
    for numeric, what in (("367", "banned"), ("348", "excepted"), ("346", "invited for good")):
        told += [f"{what} in {target}: {params[1]}" for params in of(numeric, lines) if params[1:]]
    if not told and any(of(end, lines) for end in ("368", "349", "347")):
        told = [f"that list of {target} is empty"]
    return told


def _modes_of(room: str, found: list[str]) -> str:
    meaning = "; ".join(say.modes(" ".join(found))) if found and found[0] != "+" else "none"
    return f"modes of {room}: {' '.join(found)} ({meaning})"


def gives(sign: str, letter: str, usage: str) -> Callable[[Talk, str], list[str]]:
    """Make the command that gives people a prefix mode, or takes it."""

    def command(talk: Talk, rest: str) -> list[str]:
        room, people = _room_first(talk, rest)
        if not people:
            raise Usage(usage)
        for at in range(0, len(people), MODES_AT_ONCE):
            some = people[at : at + MODES_AT_ONCE]
            ask(talk, nothing, "MODE", room, sign + letter * len(some), *some)
        return []

    return command


def kick(talk: Talk, rest: str) -> list[str]:
    """Put somebody out of a room; they can come back."""
    room, found = _room_first(talk, rest)
    if not found:
        raise Usage("/kick [#ROOM] NAME [REASON]")
    who, reason = found[0].rstrip(","), " ".join(found[1:])
    ask(talk, nothing, "KICK", room, who, *([reason] if reason else []))
    return []


def ban(talk: Talk, rest: str) -> list[str]:
    """Put somebody out of a room and keep them out."""
    return _restrict(talk, rest, "BAN", "/ban [#ROOM] NAME [TIME] [REASON]")


def unban(talk: Talk, rest: str) -> list[str]:
    """Let somebody in again."""
    return _lift(talk, rest, "UNBAN", "/unban [#ROOM] NAME")


def quiet(talk: Talk, rest: str) -> list[str]:
    """Let somebody stay, and say nothing."""
    return _restrict(talk, rest, "MUTE", "/quiet [#ROOM] NAME [TIME] [REASON]")


def unquiet(talk: Talk, rest: str) -> list[str]:
    """Let somebody speak again."""
    return _lift(talk, rest, "UNMUTE", "/unquiet [#ROOM] NAME")


def bans(talk: Talk, rest: str) -> list[str]:
    """List who is kept out of a room."""
    room = talk.here(rest)
    _room_act(talk, _bans, ["MODE", room, "+b"], "BANS", room)
    return []


def _bans(lines: list[Message]) -> list[str]:
    rows = [line.params for line in lines if line.params[:2] == ["ROOM", "BAN"]]
    told = [f"banned from {row[2]}: {row[-1]}" for row in rows if len(row) > 3]
    ends = [line.params[2:] for line in lines if line.params[:2] == ["ROOM", "BANS_END"]]
    return told or [f"nobody is banned from {end[0]}" for end in ends if end]


def _restrict(talk: Talk, rest: str, act: str, usage: str) -> list[str]:
    room, found = _room_first(talk, rest)
    if not found:
        raise Usage(usage)
    who, more = found[0], found[1:]
    time = more[:1] if more and _is_time(more[0]) else []
    reason = " ".join(more[len(time) :])
    until = f"for {time[0]}" if time else f"until /un{usage[1:].partition(' ')[0]}"
    what = "is kept out of" if act == "BAN" else "can say nothing in"
    plain = ["MODE", room, "+b", _mask(who)] if act == "BAN" else []
    done = partial(_noted, f"{who} {what} {room} {until}")
    _room_act(talk, done, plain, act, room, who, *time, *([reason] if reason else []))
    return []


def _lift(talk: Talk, rest: str, act: str, usage: str) -> list[str]:
    room, found = _room_first(talk, rest)
    if len(found) != 1:
        raise Usage(usage)
    who = found[0]
    may = "can come to" if act == "UNBAN" else "can speak in"
    plain = ["MODE", room, "-b", _mask(who)] if act == "UNBAN" else []
    _room_act(talk, partial(_noted, f"{who} {may} {room} again"), plain, act, room, who)
    return []


def _noted(sentence: str, lines: list[Message]) -> list[str]:
    """Say what was done, if the server has noted it."""
    return [sentence] if any(line.command == "NOTE" for line in lines) else []


def _mask(who: str) -> str:
    return who if any(char in who for char in "*!@:") else f"{who}!*@*"


def _room_act(
    talk: Talk, words: Callable[[list[Message]], list[str]], plain: list[str], *params: str
) -> None:
    """Ask by ROOM, which only chatd has; of another server by ``plain``, if there is that."""
    if not talk.session.asks and plain:
        return talk.session.command(*plain)

    def take(answer: list[Message] | ChatError) -> None:
        unknown = isinstance(answer, list) and any(line.command == "421" for line in answer)
        if not (unknown and plain):
            return tell(talk, words, answer)
        try:
            return ask(talk, partial(_modes, plain[1]), *plain)
        except ChatError as error:
            return tell(talk, words, error)

    return talk.session.request(take, "ROOM", *params)


def _is_time(word: str) -> bool:
    return word.isdigit() or (word[:-1].isdigit() and word[-1] in "smhdw")
