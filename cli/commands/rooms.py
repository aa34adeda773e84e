"""Rooms: going in and out, what they are about, and who may do what in them."""

from __future__ import annotations

from typing import Final

from chatd.wire.casemap import is_room
from chatd.wire.message import Message
from cli.client.checks import check_target
from cli.client.conversation import folded
from cli.client.errors import ChatError, Refused
from cli.client.lists import rooms_in
from cli.commands.replies import ask, nothing, of, tell
from cli.commands.talk import Talk, Usage

LISTED: Final = 100
"""Rooms or people that a list in words shows; the others are counted."""


def join(talk: Talk, rest: str) -> list[str]:
    """Enter rooms, each with its key behind it."""
    words = rest.replace(",", " ").split() or [talk.here()]
    if not is_room(words[0]):
        raise Refused(f"which room? Room names begin with #: /join #{words[0]}")
    wanted: list[tuple[str, list[str]]] = []
    for word in words:
        if is_room(word):
            wanted.append((talk.here(word), []))
        else:
            wanted[-1][1].append(word)
    for room, keys in wanted:
        _enter(talk, room, keys[:1])
    return []


def _enter(talk: Talk, room: str, key: list[str]) -> None:
    before, known = talk.target, talk.buffers.get(room) is not None
    talk.session.use(room)
    if folded(room) in talk.session.chat.rooms or not talk.session.asks:
        if folded(room) not in talk.session.chat.rooms:
            talk.session.join(room) if not key else talk.session.command("JOIN", room, *key)
        return talk.talk_to(room)

    def take(answer: list[Message] | ChatError) -> None:
        tell(talk, nothing, answer)
        forwards = of("470", answer) if isinstance(answer, list) else []
        if forwards and len(forwards[0]) > 1 and is_room(forwards[0][1]):
            talk.talk_to(forwards[0][1])
        elif not known and folded(room) not in talk.session.chat.rooms:
            if folded(talk.target) == folded(room):
                talk.surface.target = before
            talk.buffers.close(room)

    talk.session.request(take, "JOIN", room, *key)
    return talk.talk_to(room)


def part(talk: Talk, rest: str) -> list[str]:
    """Leave a room."""
    room, text = _room_and_rest(talk, rest)
    talk.session.leaves(room)
    if text and talk.session.connected:
        ask(talk, nothing, "PART", room, text)
    else:
        talk.session.part(room)
    if folded(room) == folded(talk.target):
        others = [name for name in talk.rooms() if folded(name) != folded(room)]
        talk.surface.target = others[0] if others else room
    return []


def close(talk: Talk, rest: str) -> list[str]:
    """Leave a room, or forget a conversation; what was said there is kept by the server."""
    name = rest.split()[0] if rest else talk.target
    if not name:
        raise Usage("/close [NAME|#ROOM]")
    check_target(name)
    if folded(name) in talk.session.chat.rooms:
        talk.session.part(name)
    if folded(name) == folded(talk.target):
        others = [one.name for one in talk.buffers.order() if folded(one.name) != folded(name)]
        talk.surface.target = others[0] if others else ""
    talk.partners = [one for one in talk.partners if folded(one) != folded(name)]
    talk.buffers.close(name)
    return []


def listing(talk: Talk, rest: str) -> list[str]:
    """List the rooms of the server: those whose names fit."""
    words = rest.split()
    pattern = [word if "*" in word or "?" in word else f"*{word}*" for word in words[:1]]
    if talk.surface.does("rooms", *words[:1]):
        return []
    ask(talk, _listed, "LIST", *pattern)
    return []


def _listed(lines: list[Message]) -> list[str]:
    found = rooms_in(lines)
    if not found:
        return ["there is no such room"] if of("323", lines) else []
    width = max(len(row.name) for row in found[:LISTED])
    told = [f"{row.name:{width}} {row.people:5}  {row.topic}" for row in found[:LISTED]]
    rest = len(found) - LISTED
    return told if rest <= 0 else [*told, f"and {rest} more: /list WORD shows those with the word"]


def mine(talk: Talk, rest: str) -> list[str]:
    """List the rooms that one is in, and what is unread there."""
    told = []
    for name in talk.rooms():
        buffer = talk.buffers.open(name)
        unread = f", {buffer.unread} unread" if buffer.unread else ""
        told.append(f"{name}: {len(buffer.members)} people{unread}")
    return told or ["you are in no room: /list shows all, /join #ROOM enters one"]


def topic(talk: Talk, rest: str) -> list[str]:
    """Show or set what a room is about; ``-`` removes it."""
    room, text = _room_and_rest(talk, rest)
    if text:
        ask(talk, nothing, "TOPIC", room, "" if text == "-" else text)
    else:
        ask(talk, lambda lines: _topic_of(room, lines), "TOPIC", room)
    return []


def _topic_of(room: str, lines: list[Message]) -> list[str]:
    if of("331", lines):
        return [f"{room} has no topic: /topic TEXT gives it one"]
    return [f"the topic of {params[0]} is: {params[-1]}" for params in of("332", lines)]


def names(talk: Talk, rest: str) -> list[str]:
    """List who is in a room."""
    room = talk.here(rest)
    buffer = talk.buffers.get(room)
    if buffer is None or not buffer.joined:
        ask(talk, lambda lines: _names_of(room, lines), "NAMES", room)
        return []
    people = sorted(buffer.members.values(), key=lambda one: (not one.marks, folded(one.nick)))
    listed = [f"{one.marks[:1]}{one.nick}{' (away)' if one.away else ''}" for one in people]
    return [f"{len(people)} in {room}: {_some(listed)}"]


def _names_of(room: str, lines: list[Message]) -> list[str]:
    listed = [name for params in of("353", lines) for name in params[-1].split()]
    return [f"{len(listed)} in {room}: {_some(listed)}" if listed else f"nobody is in {room}"]


def _some(listed: list[str]) -> str:
    rest = len(listed) - LISTED
    return ", ".join(listed[:LISTED]) + (f" and {rest} more" if rest > 0 else "")


def invite(talk: Talk, rest: str) -> list[str]:
    """Ask somebody into a room."""
    words = rest.split()
    people = [word for word in words if not is_room(word)]
    if len(people) != 1 or len(words) > 2:
        raise Usage("/invite NAME [#ROOM]")
    room = talk.here("".join(word for word in words if is_room(word)))
    check_target(people[0])
    told = f"{people[0]} is asked into {room}"
    ask(talk, lambda lines: [told] if of("341", lines) else [], "INVITE", people[0], room)
    return []


def _room_and_rest(talk: Talk, rest: str) -> tuple[str, str]:
    """Part a text from the room that may stand before it."""
    word, _, text = rest.partition(" ")
    return (talk.here(word), text.strip()) if is_room(word) else (talk.here(), rest)
