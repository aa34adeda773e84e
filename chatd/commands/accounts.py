"""ROSTER: who is online, for a client that need not be logged in."""

from __future__ import annotations

from chatd.commands.context import Context
from chatd.commands.errors import Failure
from chatd.commands.pages import each_page
from chatd.commands.passwords import has_password
from chatd.commands.registry import command
from chatd.store.store import Person
from chatd.wire.message import Message


@command("ROSTER", before_registration=True)
async def roster(ctx: Context, msg: Message) -> None:
    """List everybody: ``ROSTER <nick> <H|G> <since ms> :<away text>``, ``ROSTER END <count>``.

    Our own, see docs/protocol.md. A server with a password tells only who has given it by PASS.
    """
    if not (ctx.client.registered or has_password(ctx)):
        raise Failure("NEED_PASSWORD", "Give the server's password with PASS first")
    count = 0

    def show(people: list[Person]) -> bool:
        nonlocal count
        count += len(people)
        for person in people:
            away = "G" if person.away else "H"
            ctx.send("ROSTER", person.nick, away, str(person.since_ms), person.away)
        return True

    await each_page(ctx, ctx.server.people.roster, show)
    ctx.send("ROSTER", "END", str(count))
