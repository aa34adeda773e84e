"""The modes of users, and becoming an operator."""

from __future__ import annotations

from chatd.commands.context import Context
from chatd.commands.errors import CommandError
from chatd.commands.logins import FAILURES, held_back
from chatd.commands.people import folded, nick_key
from chatd.commands.registry import command
from chatd.commands.reply import in_lines, middle, room_for
from chatd.state.accounts import TooBusy
from chatd.wire import numerics as n
from chatd.wire.message import Message
from chatd.wire.usermodes import OPERATOR, read, shown


async def user_mode(ctx: Context, msg: Message) -> None:
    """Show or change the own modes. https://modern.ircdocs.horse/#user-mode"""
    target = msg.params[0]
    [key] = folded([target])
    if key != ctx.user.key:
        # "If <target> is a nickname that does not exist on the network, the ERR_NOSUCHNICK numeric
        # is returned. If <target> is a different nick than the user who sent the command, the
        # ERR_USERSDONTMATCH numeric is returned."
        if not key or not await ctx.server.people.named(key):
            raise CommandError(n.ERR_NOSUCHNICK, middle(target))
        raise CommandError(n.ERR_USERSDONTMATCH)
    if len(msg.params) == 1:
        ctx.numeric(n.RPL_UMODEIS, shown(ctx.user.modes))
        return
    wanted = read("".join(msg.params[1:2]))
    # "the server MUST apply the modes that are implemented, and then send the
    # ERR_UMODEUNKNOWNFLAG in reply along with the MODE message"
    if wanted.add or wanted.remove:
        await ctx.server.users.change_modes(ctx.client, wanted.add, wanted.remove)
    if wanted.unknown:
        ctx.numeric(n.ERR_UMODEUNKNOWNFLAG)


@command("OPER", min_params=2)
async def oper(ctx: Context, msg: Message) -> None:
    """Become an operator of the server. https://modern.ircdocs.horse/#oper-message"""
    name, password = msg.params[:2]
    try:
        right = await ctx.server.operators.verify(ctx.client.host, name, password)
    except TooBusy as busy:
        await held_back(ctx, busy)
        raise CommandError(n.ERR_PASSWDMISMATCH, text=str(busy)) from None
    if ctx.client.user is None:
        return  # it did not wait for the answer
    if not right:
        said = ctx.client.registration
        said.failures += 1
        if said.failures >= FAILURES:
            ctx.client.close("Too many failed logins")
        raise CommandError(n.ERR_PASSWDMISMATCH)
    await ctx.server.users.change_modes(ctx.client, OPERATOR)
    ctx.numeric(n.RPL_YOUREOPER)


@command("ACCEPT")
async def accept(ctx: Context, msg: Message) -> None:
    """Let others write in spite of user mode R: ``ACCEPT nick,-nick``. docs/protocol.md"""
    users, client = ctx.server.users, ctx.client
    names = [name for param in msg.params for name in param.split(",") if name]
    if not names or names == ["*"]:
        accepted = await users.accepted(client)
        for text in in_lines(sorted({*accepted}), room_for(ctx, n.RPL_ACCEPTLIST)):
            ctx.numeric(n.RPL_ACCEPTLIST, *text.split(" "))
        ctx.numeric(n.RPL_ENDOFACCEPT)
        return
    for name in names:
        key = nick_key(name.removeprefix("-"))
        if name.startswith("-"):
            done = key and await users.accept_no_more(client, key)
            if not done:
                ctx.numeric(n.ERR_ACCEPTNOT, middle(name.removeprefix("-")))
        elif not (key and await users.accept(client, key)):
            ctx.numeric(n.ERR_NOSUCHNICK, middle(name))
