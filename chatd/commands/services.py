"""Services: NickServ, ChanServ and HistServ, for people who type what they want.

They are a translation, and nobody's session: what is typed to one is put into commands, whose
answers come back as its sentences. The words stand in ``nickserv.py``, ``chanserv.py`` and
``histserv.py``. A PRIVMSG to a service comes here as SQUERY (session/connection.py): it is carried
out on the gateway of who writes, reaches nobody else, and is kept nowhere.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from chatd.commands import chanserv, histserv, nickserv
from chatd.commands.context import Context
from chatd.commands.costs import COSTLY, extra_cost
from chatd.commands.errors import REFUSALS, CommandError, Failure
from chatd.commands.privileges import RIGHTS, is_operator
from chatd.commands.registry import COMMANDS, command
from chatd.commands.reply import middle
from chatd.commands.service_words import NEVER, Asker, Line, Usage, Word
from chatd.commands.translated import Translated
from chatd.store.errors import Refused, StoreError
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.message import Message, format_line
from chatd.wire.services import CHANSERV, HISTSERV, NICKSERV, service_of

WORDS: Final = {NICKSERV: nickserv.WORDS, CHANSERV: chanserv.WORDS, HISTSERV: histserv.WORDS}
_ABOUT: Final = {
    NICKSERV: "NickServ is about your account: its password, devices and sessions.",
    CHANSERV: "ChanServ is about rooms: whose they are, and who is what in them.",
    HISTSERV: "HistServ is about what was said before.",
}
_HIDDEN: Final = "***"
"""In the place of what may be a password."""
_CTCP: Final = "\x01"


@command("NICKSERV")
@command("NS")
async def nick_service(ctx: Context, msg: Message) -> None:
    """Say something to NickServ, which is about accounts: ``NS HELP``. docs/protocol.md"""
    await _ask(ctx, NICKSERV, " ".join(msg.params))


@command("CHANSERV")
@command("CS")
async def chan_service(ctx: Context, msg: Message) -> None:
    """Say something to ChanServ, which is about rooms: ``CS HELP``. docs/protocol.md"""
    await _ask(ctx, CHANSERV, " ".join(msg.params))


@command("HISTSERV")
async def hist_service(ctx: Context, msg: Message) -> None:
    """Say something to HistServ, about what was said before: ``HISTSERV HELP``. docs/protocol.md"""
    await _ask(ctx, HISTSERV, " ".join(msg.params))


@command("SQUERY", min_params=2)
async def squery(ctx: Context, msg: Message) -> None:
    """Say something to a service. https://www.rfc-editor.org/rfc/rfc2812#section-3.5.2

    What a client says to one by PRIVMSG comes here too.
    """
    target, text = msg.params[:2]
    service = service_of(target)
    if not service:
        raise CommandError(n.ERR_NOSUCHSERVICE, middle(target))
    if ctx.client.caps & c.CAP_ECHO_MESSAGE:
        _echo(ctx, target, _shown(service, text))
    if text[:1] == _CTCP:
        _answer_ctcp(ctx, service, text)
    else:
        await _ask(ctx, service, text)


def _echo(ctx: Context, target: str, text: str) -> None:
    """Show the client what it has said: it alone, and without passwords."""
    line = format_line("PRIVMSG", middle(target), text, source=ctx.user.source)
    ctx.write(line)


def _answer_ctcp(ctx: Context, service: str, text: str) -> None:
    """Say which server this is, to who asks as one asks a program; else nothing."""
    if text.strip(_CTCP).upper() == "VERSION":
        source = f"{service}!{service}@{ctx.server.config.name}"
        ctx.send("NOTICE", ctx.nick, f"\x01VERSION {ctx.server.version}\x01", source=source)


# -- words ---------------------------------------------------------------------------------------


async def _ask(ctx: Context, service: str, text: str) -> None:
    """Carry out what is typed to a service."""
    name, *words = text.split() or ["HELP"]
    voice = Translated(ctx, service, service.upper())
    word = WORDS[service].get(name.upper())
    if name.upper() == "HELP":
        _help(voice, service, words)
    elif word is None:
        voice.say(_unknown(service, name))
    elif isinstance(word.lines, str):
        voice.say(word.lines)
    else:
        account = ctx.client.account[1]
        try:
            lines = word.lines(Asker(ctx.nick, account), words)
        except Usage:
            voice.say(_usage(word))
            return
        await _carry_out(ctx, service, word, lines)


async def _carry_out(ctx: Context, service: str, word: Word, lines: list[Line]) -> None:
    """Carry out commands one after the other, until one is refused."""
    for line in lines:
        said = Translated(ctx, service, line[0])
        await _one(said, line)
        if said.incomplete:
            said.say(_usage(word))
        elif not said.said:
            said.say("Done.")
        if said.failed:
            return


async def _one(said: Translated, line: Line) -> None:
    """What the dispatcher does with a line of a client: see `Connection._dispatch`."""
    name, *params = line
    row, client = COMMANDS.get(name), said.client
    if row is None:
        said.fail("UNKNOWN", "This server cannot do that")
        return
    clean = [param.lstrip(":") or "*" for param in params[:-1]] + params[-1:]
    if name in RIGHTS and not is_operator(said):
        said.numeric(n.ERR_NOPRIVILEGES)
        return
    if name in COSTLY:
        client.charge(extra_cost(name, clean, len(said.user.rooms)))
    row.used += 1
    try:
        if len(clean) < row.min_params:
            raise CommandError(n.ERR_NEEDMOREPARAMS, name)
        answer = row.handler(said, Message(name, clean))
        if answer is not None:
            await answer
    except (CommandError, Failure) as error:
        said.error(error)
    except StoreError:
        said.unavailable()
    except Refused as refused:
        if refused.word not in REFUSALS:
            raise
        said.numeric(REFUSALS[refused.word])


# -- sentences -----------------------------------------------------------------------------------


def _usage(word: Word) -> str:
    return f"Write: {word.name} {word.usage}".strip()


def _unknown(service: str, name: str) -> str:
    """What is said of a word that is none; it may be a password, so it is not repeated."""
    near = get_close_matches(name[:40].upper(), WORDS[service], 1)
    hint = f"did you mean {near[0]}? HELP lists all" if near else "HELP lists those that there are"
    return f"That is no word that {service} knows; {hint}."


def _help(voice: Translated, service: str, words: list[str]) -> None:
    """All words, a line for each; or what there is to say of one."""
    known = WORDS[service]
    if not words:
        voice.say(_ABOUT[service])
        for name, word in known.items():
            if name == word.name and not isinstance(word.lines, str):
                voice.say(f"{name} {word.usage} - {word.what}")
        voice.say(f"HELP <word> says more of one. /msg {service} <word> and /{service.upper()}"
                  " <word> are the same.")  # fmt: skip
        return
    asked = known.get(" ".join(words[:1]).upper())
    if asked is None:
        voice.say(_unknown(service, words[0]))
        return
    voice.say(_usage(asked))
    voice.say(asked.what)
    if isinstance(asked.lines, str):
        voice.say(asked.lines)
    if asked.also:
        voice.say(f"Also: {', '.join(asked.also)}.")


def _shown(service: str, text: str) -> str:
    """What was typed, with all that may be a password hidden."""
    if text[:1] == _CTCP:
        return text
    words = text.split()
    name = words[0].upper() if words else ""
    word = WORDS[service].get(name)
    if name == "HELP" or (word is not None and word.secret >= NEVER):
        return text
    shown = words[: word.secret + 1] if word is not None else []
    return " ".join([*shown, _HIDDEN] if len(words) > len(shown) else shown)
