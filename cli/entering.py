"""Being in a room for what one command does there: only in one that is there.

JOIN makes a room that is not there, and a name that was typed wrong would be one.
"""

from __future__ import annotations

import asyncio

from chatd.wire.casemap import is_room
from chatd.wire.message import Message, format_line
from cli.client.asking import Asking
from cli.client.errors import NoSuchTarget, NotConnected, Refused
from cli.client.session import Session
from cli.client.spelling import folded, reason_of

BEGINNING = "#global"
"""The room in which everybody begins, where the server names no other."""

AGAIN_S = 0.5
"""Before a server is asked again that could not tell just then."""


def first_room(one: Session | Asking) -> str:
    """Return the room in which everybody begins: it may be made, nobody has typed it wrong."""
    return one.shared or BEGINNING


async def enter(session: Session, room: str, problems: list[str], *, create: bool = False) -> None:
    """Be in a room. Raises NoSuchTarget, unless it may be created, and Refused.

    ``problems``: what went wrong, as the events of the session tell it.
    """
    while folded(room) not in session.chat.rooms:
        await session.ready.wait()
        try:
            if not create and folded(room) != folded(first_room(session)):
                await _must_be_there(session, room)
            problems.clear()
            session.join(room)
            await session.fence()
        except NotConnected:
            await asyncio.sleep(0)
            continue
        if problems:
            raise not_entered(room, problems)


def not_entered(room: str, problems: list[str]) -> Refused:
    """Say why a room is not entered; the last of the ``problems`` tells it, and may name it."""
    why = problems[-1].removeprefix(f"{room} ") if problems else "no answer"
    return Refused(f"{room} cannot be entered: {why}")


def was_left(session: Session, room: str) -> bool:
    """Tell of a refusal whether it is to enter again that helps: the user is not in the room.

    Rooms are the user's: another command that entered it for a moment may just have left it.
    """
    return is_room(room) and folded(room) not in session.chat.rooms


async def must_be_there(asking: Asking, room: str) -> None:
    """Raise NoSuchTarget when there is no such room."""
    answer = await asking.ask(format_line("MODE", room))
    if folded(room) != folded(first_room(asking)):  # of which it may have heard just now
        _look_at(answer, room)


async def _must_be_there(session: Session, room: str) -> None:
    """Raise NoSuchTarget when there is no such room, NotConnected when nobody could tell."""
    if not session.has("labeled-response"):
        return  # to such a server a wrong name is a new room
    told = await session.answer_to("MODE", room)
    try:
        _look_at(told, room)
    except NotConnected:
        await asyncio.sleep(AGAIN_S)
        raise


def _look_at(answer: list[Message], room: str) -> None:
    """https://modern.ircdocs.horse/#mode-message

    "If <target> is a channel that does not exist on the network, the ERR_NOSUCHCHANNEL (403)
    numeric is returned." Of one that hides the server tells that the user is not in it.
    """
    for message in answer:
        if message.command == "403":
            raise NoSuchTarget(f"there is no room {room}")
        if message.command == "400" or "TEMPORARILY_UNAVAILABLE" in message.params[1:2]:
            raise NotConnected(reason_of(message))
