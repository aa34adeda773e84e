"""MONITOR: who comes and goes. https://ircv3.net/specs/extensions/monitor"""

from __future__ import annotations

from chatd.commands.context import Context
from chatd.commands.errors import CommandError
from chatd.commands.people import nick_key
from chatd.commands.registry import command
from chatd.commands.reply import in_lines, middle, room_for
from chatd.commands.valuesync import sync_monitored
from chatd.wire import numerics as n
from chatd.wire.isupport import MAX_MONITOR
from chatd.wire.message import Message
from chatd.wire.numerics import Numeric
from chatd.wire.services import SERVICES


@command("MONITOR", min_params=1)
async def monitor(ctx: Context, msg: Message) -> None:
    """Be told when users come online and go. https://ircv3.net/specs/extensions/monitor"""
    modifier = msg.params[0].upper()
    targets = msg.params[1] if len(msg.params) > 1 else ""
    names = list(filter(None, targets.split(",")))
    network, client = ctx.server.network, ctx.client
    if modifier in ("+", "-") and not names:
        raise CommandError(n.ERR_NEEDMOREPARAMS, "MONITOR")
    if modifier == "+":
        await _add(ctx, names)
    elif modifier == "-":
        for name in names:
            network.unmonitor(client, nick_key(name))
    elif modifier == "C":
        network.forget(client)
    elif modifier == "L":
        _send(ctx, n.RPL_MONLIST, list(network.monitored_by(client).values()))
        ctx.numeric(n.RPL_ENDOFMONLIST)
    elif modifier == "S":
        await _show(ctx, dict(network.monitored_by(client)))
    else:
        raise CommandError(n.ERR_UNKNOWNERROR, "MONITOR", text="Give one of + - C L S")
    if modifier in ("+", "-", "C"):
        ctx.server.users.keep(client, watched=",".join(network.monitored_by(client).values()))


async def _add(ctx: Context, names: list[str]) -> None:
    """Who is in the list already is not added again, but answered for: see `watch_again`."""
    network, client = ctx.server.network, ctx.client
    known, new = network.monitored_by(client), dict[str, str]()
    again: dict[str, str] = {}
    for at, name in enumerate(names):
        key = nick_key(name)
        if not key:
            ctx.numeric(n.ERR_ERRONEUSNICKNAME, middle(name))
        elif key in known:
            again[key] = known[key]
        elif key in new:
            continue
        elif len(known) + len(new) >= MAX_MONITOR:
            _full(ctx, names[at:])
            break
        else:
            new[key] = name
    await _show(ctx, again | new, watch=True)


def _full(ctx: Context, names: list[str]) -> None:
    """Name them: "the list of targets, as the client sent them, that cannot be added"."""
    most = room_for(ctx, n.ERR_MONLISTFULL, str(MAX_MONITOR)) - len(n.ERR_MONLISTFULL.text) - 2
    for targets in in_lines(names, most, ","):
        ctx.numeric(n.ERR_MONLISTFULL, str(MAX_MONITOR), targets)


def watch_again(ctx: Context, names: list[str]) -> None:
    """Go on monitoring what the session has monitored before its client came again.

    How it is now is told when the client asks, as it does at every login: gamja takes what comes
    before it has asked for what it missed for the newest that it has, and asks for nothing older.
    """
    for name in names:
        if key := nick_key(name):
            ctx.server.network.monitor(ctx.client, key, name)


async def _show(ctx: Context, targets: dict[str, str], *, watch: bool = False) -> None:
    """Who of them is online, and who is not; with ``watch`` they are monitored from this answer on.

    The answer comes in the order of the events, so none of them is told twice and none is missed.
    """
    if not targets:
        return
    people = {person.name: person for person in await ctx.server.people.named(*targets)}
    if ctx.client.user is None:
        return
    for key, shown in targets.items() if watch else ():
        ctx.server.network.monitor(ctx.client, key, shown)
    online = [f"{person.nick}!{person.user}@{person.host}" for key, person in people.items()]
    services = [SERVICES[key] for key in targets if key in SERVICES]
    online += [f"{name}!{name}@{ctx.server.config.name}" for name in services]
    _send(ctx, n.RPL_MONONLINE, online)
    there = people.keys() | SERVICES.keys()
    await sync_monitored(ctx, list(people))
    _send(ctx, n.RPL_MONOFFLINE, [shown for key, shown in targets.items() if key not in there])


def _send(ctx: Context, numeric: Numeric, targets: list[str]) -> None:
    for text in in_lines(targets, room_for(ctx, numeric), ","):
        ctx.numeric(numeric, text=text)
