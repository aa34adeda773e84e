"""LIST: which rooms there are. Conditions: https://modern.ircdocs.horse/#elist-parameter"""

from __future__ import annotations

import re
from collections.abc import Callable

from chatd.commands.context import Context
from chatd.commands.errors import CommandError
from chatd.commands.pages import each_page
from chatd.commands.registry import command
from chatd.commands.rooms import room_key
from chatd.store.rooms import Listed
from chatd.wire import numerics as n
from chatd.wire.casemap import is_room
from chatd.wire.glob import is_mask, matcher
from chatd.wire.message import Message

Condition = Callable[[Listed], bool]
"""Whether a room is wanted."""

_COMPARISON = re.compile(r"([CTct]?)([<>])(\d{1,10})")


@command("LIST")
async def list_(ctx: Context, msg: Message) -> None:
    """List rooms, all or those that fit. https://modern.ircdocs.horse/#list-message"""
    names: list[str] = []
    conditions: list[Condition] = []
    asked = [word for param in msg.params[:2] for word in param.split(",") if word]
    for word in asked:
        condition = _condition(word)
        if condition is None:
            names.append(word)
        else:
            conditions.append(condition)
    keys = _keys(names)
    ctx.numeric(n.RPL_LISTSTART, "Channel")
    if keys or not names:

        def show(rooms: list[Listed]) -> bool:
            for room in rooms:
                if all(fits(room) for fits in conditions):
                    ctx.send(
                        n.RPL_LIST.code, ctx.nick, room.name, str(room.members), room.topic,
                        text_last=True,
                    )  # fmt: skip
            return True

        await each_page(ctx, lambda start: ctx.server.rooms.listed(ctx.client, keys, start), show)
    ctx.numeric(n.RPL_LISTEND)


def _keys(names: list[str]) -> list[str]:
    keys = []
    for name in names:
        try:
            keys.append(room_key(name))
        except CommandError:
            continue  # no room can have such a name
    return keys


def _condition(word: str) -> Condition | None:
    """What a word of the question demands; None when it is the name of a room."""
    found = _COMPARISON.fullmatch(word)
    if found is not None:
        return _comparison(found[1].upper(), found[2] == "<", int(found[3]))
    if word[0] == "!":
        unwanted = matcher(word[1:])
        return lambda room: not unwanted(room.name)
    if is_mask(word) or not is_room(word):
        wanted = matcher(word)
        return lambda room: wanted(room.name)
    return None


def _comparison(what: str, below: bool, value: int) -> Condition:
    """``<n`` and ``>n`` count members; with C or T minutes since the creation or the topic."""

    def fits(room: Listed) -> bool:
        if what == "T" and not room.topic_at:
            return False
        if not what:
            return room.members < value if below else room.members > value
        seconds = room.now - (room.created if what == "C" else room.topic_at)
        # a room that was made this second is older than 0 minutes
        return seconds < value * 60 if below else seconds >= value * 60

    return fits
