"""What is said: to whom, in answer to what, and taking it back."""

from __future__ import annotations

from chatd.wire.casemap import is_room
from cli.client.checks import check_target
from cli.client.entries import Message, State
from cli.client.errors import Refused
from cli.commands.emoji import emoji
from cli.commands.talk import Talk, Usage


def to(talk: Talk, rest: str) -> list[str]:
    """Write to somebody from now on."""
    if not rest:
        return [f"you write to {talk.target}"]
    target = rest.split()[0]
    talk.talk_to(target)
    if is_room(target):
        talk.session.use(target)
        if target not in talk.rooms():
            talk.session.join(target)
    return []


def msg(talk: Talk, rest: str) -> list[str]:
    """Write to somebody once."""
    target, text = _target_and_text(rest, "/msg NAME TEXT")
    if not is_room(target) and target not in talk.partners:
        talk.partners.append(target)
    talk.say(text, target=target)
    return []


def query(talk: Talk, rest: str) -> list[str]:
    """Write to somebody from now on, and say something at once."""
    target, _, text = rest.partition(" ")
    if not target:
        raise Usage("/query NAME [TEXT]")
    to(talk, target)
    if text.strip():
        talk.say(text, target=target)
    return []


def r(talk: Talk, rest: str) -> list[str]:
    """Answer the last private message."""
    who = talk.buffers.last_private
    if not who:
        raise Refused("nobody has written to you alone yet")
    if not rest:
        talk.talk_to(who)
        return []
    talk.say(rest, target=who)
    return []


def me(talk: Talk, rest: str) -> list[str]:
    """Say what one does."""
    if not rest:
        raise Usage("/me TEXT")
    talk.say(rest, action=True)
    return []


def notice(talk: Talk, rest: str) -> list[str]:
    """Say something that nothing answers by itself."""
    target, text = _target_and_text(rest, "/notice NAME TEXT")
    for line in text.split("\n"):
        if line.strip():
            talk.session.command("NOTICE", target, line)
    return []


def reply(talk: Talk, rest: str) -> list[str]:
    """Answer the selected message, or the last one of somebody else."""
    message = _chosen(talk, own=False)
    if rest:
        talk.say(rest, reply_to=message.msgid)
    elif not talk.surface.does("reply", message.msgid):
        raise Usage("/reply TEXT")
    return []


def react(talk: Talk, rest: str) -> list[str]:
    """React to the selected message, or the last one of somebody else; again, take it back."""
    if not rest:
        raise Usage("/react EMOJI")
    message = _chosen(talk, own=False)
    reaction = emoji(rest) or rest
    mine = talk.session.chat.nick in message.reactions.get(reaction, ())
    talk.session.react(talk.target, message.msgid, reaction, take_back=mine)
    return []


def delete(talk: Talk, rest: str) -> list[str]:
    """Take back the selected message, or the last one of one's own."""
    message = _chosen(talk, own=True)
    talk.session.redact(talk.target, message.msgid, rest)
    return []


def _target_and_text(rest: str, usage: str) -> tuple[str, str]:
    target, _, text = rest.partition(" ")
    if not text.strip():
        raise Usage(usage)
    check_target(target)
    return target, text


def _chosen(talk: Talk, *, own: bool) -> Message:
    """Return the message that is meant. Raises Refused when there is none."""
    buffer = talk.buffers.open(talk.target)
    if talk.chosen:
        message = buffer.find(talk.chosen)
        if message is None:
            raise Refused("the selected message is not here any more")
        return message
    for entry in reversed(buffer.entries):
        if isinstance(entry, Message) and entry.own == own and _can_be_meant(entry):
            return entry
    raise Refused("you have said nothing here yet" if own else "nobody has said anything here yet")


def _can_be_meant(message: Message) -> bool:
    return bool(message.msgid) and not message.deleted_by and message.state is State.SENT
