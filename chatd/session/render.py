"""From an event to the bytes that a client gets, once per set of capabilities that matters.

Each kind of event has one function and the mask of capabilities that change its bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from time import gmtime, strftime

from chatd.state import events as e
from chatd.state.events import Event
from chatd.wire import caps as c
from chatd.wire.framing import MAX_BODY
from chatd.wire.modes import parted
from chatd.wire.multiline import split

_TAG_CAPS = (
    c.CAP_SERVER_TIME | c.CAP_MESSAGE_TAGS | c.CAP_ACCOUNT_TAG | c.CAP_OPER_TAG | c.CAP_RELAYMSG
)
_HOST = c.CAP_CHGHOST | c.CAP_EXTENDED_JOIN | c.CAP_AWAY_NOTIFY
_MULTILINE = c.CAP_MULTILINE | c.CAP_BATCH
_BODY = MAX_BODY - 2
"""Bytes of a line without its tags and its CR LF."""

_MODES = _BODY - len(b": MODE  ")
"""Bytes of source, room and changes in a MODE line."""


@lru_cache(4096)
def time_text(ms: int) -> bytes:
    """A moment as server-time writes it. https://ircv3.net/specs/extensions/server-time"""
    return f"{strftime('%Y-%m-%dT%H:%M:%S', gmtime(ms // 1000))}.{ms % 1000:03d}Z".encode()


def tags(event: Event, caps: int, client_tags: bytes = b"") -> bytes:
    """The tags of an event with ``@`` and the space behind, or nothing."""
    if not caps:
        return b""
    words = []
    if caps & c.CAP_SERVER_TIME and event.event_id:
        words.append(b"time=" + time_text(event.time_ms))
    if caps & c.CAP_MESSAGE_TAGS and event.event_id:
        words.append(b"msgid=" + event.msgid)
    if caps & c.CAP_ACCOUNT_TAG and event.account:
        words.append(b"account=" + event.account)
    if b"B" in event.marks and caps & c.CAP_MESSAGE_TAGS:
        words.append(b"bot")  # https://ircv3.net/specs/extensions/bot-mode
    if b"o" in event.marks and caps & c.CAP_OPER_TAG:
        words.append(b"draft/oper")  # https://ircv3.net/specs/extensions/oper-tag
    if caps & c.CAP_RELAYMSG and b"/" in event.source.partition(b"!")[0]:
        words.append(b"draft/relaymsg=" + event.source.partition(b"!")[2].partition(b"@")[0])
    # "Any server-sent tags [...] MUST be included before client-only tags"
    if client_tags and caps & c.CAP_MESSAGE_TAGS:
        words.append(client_tags)
    return b"@" + b";".join(words) + b" " if words else b""


def _line(head: bytes, *words: bytes) -> bytes:
    """A line of tags, words and CR LF; the text at its end is cut at a character where it must be.

    Source and names leave room for all that is no text, see SOURCE_BYTES.
    """
    body = b" ".join(words)
    if len(body) > _BODY:
        body = body[:_BODY].decode(errors="ignore").encode()
    return head + body + b"\r\n"


def _message(event: Event, caps: int) -> bytes:
    """A message as it is: its text was cut for this source and target when it was sent."""
    args = event.args
    command, target, client_tags, text = args[0], args[1], args[2], args[3]
    if command == b"TAGMSG":
        if not caps & c.CAP_MESSAGE_TAGS:
            return b""
        return tags(event, caps, client_tags) + b":" + event.source + b" TAGMSG " + target + b"\r\n"
    line = b"".join((b":", event.source, b" ", command, b" ", target, b" :", text, b"\r\n"))
    return tags(event, caps, client_tags) + line if caps else line


def _multiline(event: Event, caps: int) -> bytes:
    """https://ircv3.net/specs/extensions/multiline."""
    command, target, client_tags, text, *_ = event.args
    tail = b":%b %b %b :" % (event.source, command, target)
    first = tags(event, caps, client_tags)
    if caps & _MULTILINE == _MULTILINE:
        reference = b"m" + event.event_id
        lines = [b"%b:%b BATCH +%b draft/multiline %b" % (first, event.source, reference, target)]
        for line, concat in split(text):
            tag = b";draft/multiline-concat" if concat else b""
            lines.append(b"@batch=%b%b %b%b" % (reference, tag, tail, line))
        lines.append(b":%b BATCH -%b" % (event.source, reference))
    else:
        # "Servers MUST NOT send blank lines", and "MUST only include a message ID on the first"
        lines = [tail + line for line, _ in split(text) if line]
        more = tags(event, caps & ~c.CAP_MESSAGE_TAGS)
        if client_tags and caps & c.CAP_MESSAGE_TAGS:
            more = (more[:-1] + b";" if more else b"@") + client_tags + b" "
        lines = [first + lines[0], *(more + line for line in lines[1:])]
    return b"\r\n".join(lines) + b"\r\n"


def _status(event: Event, caps: int) -> bytes:
    several = event.args[3][:1] == b"\n"
    return _multiline(event, caps) if several else _message(event, caps)


def _plain(event: Event, caps: int, command: bytes, *params: bytes) -> bytes:
    return _line(tags(event, caps), b":" + event.source, command, *params)


def _join(event: Event, caps: int) -> bytes:
    room, realname, away, *_ = event.args
    if caps & c.CAP_EXTENDED_JOIN:
        line = _plain(event, caps, b"JOIN", room, event.account or b"*", b":" + realname)
    else:
        line = _plain(event, caps, b"JOIN", room)
    # "the server MUST send an AWAY message to clients ... when a user joins and has an away
    # message set", https://ircv3.net/specs/extensions/away-notify
    if away and caps & c.CAP_AWAY_NOTIFY:
        line += _plain(event, caps, b"AWAY", b":" + away)
    return line


def _part(event: Event, caps: int) -> bytes:
    room, reason = event.args
    return _plain(event, caps, b"PART", room, *_text(reason))


def _quit(event: Event, caps: int) -> bytes:
    return _plain(event, caps, b"QUIT", b":" + event.args[0])


def _topic(event: Event, caps: int) -> bytes:
    return _plain(event, caps, b"TOPIC", event.args[0], b":" + event.args[1])


def _modes(event: Event, caps: int) -> bytes:
    room, changes = event.args
    most = _MODES - len(event.source) - len(room)
    if len(changes) <= most:
        return _plain(event, caps, b"MODE", room, changes)
    texts = parted(changes.decode(), most)  # the source has grown since `mode.lua` parted them
    return b"".join(_plain(event, caps, b"MODE", room, text.encode()) for text in texts)


def _kick(event: Event, caps: int) -> bytes:
    room, _, nick, reason = event.args
    return _plain(event, caps, b"KICK", room, nick, b":" + reason)


def _invited(event: Event, caps: int) -> bytes:
    return _plain(event, caps, b"INVITE", event.args[1], event.args[0])


def _invitation(event: Event, caps: int) -> bytes:
    """https://ircv3.net/specs/extensions/invite-notify"""
    return _invited(event, caps) if caps & c.CAP_INVITE_NOTIFY else b""


def _nick(event: Event, caps: int) -> bytes:
    return _plain(event, caps, b"NICK", event.args[1])


def _user_modes(event: Event, caps: int) -> bytes:
    nick = event.source.partition(b"!")[0]
    return _plain(event, caps, b"MODE", nick, event.args[0])


def _wallops(event: Event, caps: int) -> bytes:
    return _plain(event, caps, b"WALLOPS", b":" + event.args[0])


def _away(event: Event, caps: int) -> bytes:
    if not caps & c.CAP_AWAY_NOTIFY:
        return b""
    return _plain(event, caps, b"AWAY", *_text(event.args[0]))


def _realname(event: Event, caps: int) -> bytes:
    if not caps & c.CAP_SETNAME:
        return b""
    return _plain(event, caps, b"SETNAME", b":" + event.args[0])


def _account(event: Event, caps: int) -> bytes:
    if not caps & c.CAP_ACCOUNT_NOTIFY:
        return b""
    return _plain(event, caps, b"ACCOUNT", event.args[0] or b"*")


def _host(event: Event, caps: int) -> bytes:
    """https://ircv3.net/specs/extensions/chghost"""
    if caps & c.CAP_CHGHOST:
        return _plain(event, caps, b"CHGHOST", event.args[0], event.args[1])
    return _plain(event, caps & ~c.CAP_MESSAGE_TAGS, b"QUIT", b":Changing host") + _host_again(
        event, caps
    )


def _host_again(event: Event, caps: int) -> bytes:
    """What a host change looks like to "simulate the client reconnecting"."""
    if caps & c.CAP_CHGHOST:
        return b""
    user, host, room, prefix, realname, away, server = event.args
    nick = event.source.partition(b"!")[0]
    head, source = tags(event, caps & ~c.CAP_MESSAGE_TAGS), b":%b!%b@%b" % (nick, user, host)
    words = [source, b"JOIN", room]
    if caps & c.CAP_EXTENDED_JOIN:
        words += [event.account or b"*", b":" + realname]
    lines = _line(head, *words)
    if away and caps & c.CAP_AWAY_NOTIFY:
        lines += _line(head, source, b"AWAY", b":" + away)
    return lines + _prefix_again(server, room, prefix, nick)


def _prefix_again(server: bytes, room: bytes, prefix: bytes, nick: bytes) -> bytes:
    """MODE with all prefix modes of a member: parted, since a MODE that is cut is another MODE."""
    if not prefix:
        return b""
    changes = (b"+" + prefix + (b" " + nick) * len(prefix)).decode()
    texts = parted(changes, _MODES - len(server) - len(room))
    return b"".join(_line(b"", b":" + server, b"MODE", room, text.encode()) for text in texts)


def _host_own(event: Event, caps: int) -> bytes:
    return _host(event, caps) if caps & c.CAP_CHGHOST else b""


def _redaction(event: Event, caps: int) -> bytes:
    """https://ircv3.net/specs/extensions/message-redaction"""
    if not caps & c.CAP_MESSAGE_REDACTION:
        return b""
    target, msgid, reason = event.args
    return _plain(event, caps, b"REDACT", target, msgid, *_text(reason))


def _read(event: Event, caps: int) -> bytes:
    """https://ircv3.net/specs/extensions/read-marker"""
    if not caps & c.CAP_READ_MARKER:
        return b""
    target, read_ms = event.args
    return _plain(event, 0, b"MARKREAD", target, b"timestamp=" + time_text(int(read_ms)))


def _renamed(event: Event, caps: int) -> bytes:
    if not caps & c.CAP_CHANNEL_RENAME:
        return b""
    old, _, new, reason = event.args
    return _plain(event, caps, b"RENAME", old, new, b":" + reason)


def _metadata(event: Event, caps: int) -> bytes:
    """https://ircv3.net/specs/extensions/metadata"""
    if not caps & c.CAP_METADATA:
        return b""
    target, key, *value = event.args
    return _plain(event, caps, b"METADATA", target, key, b"*", *(b":" + text for text in value))


def _text(text: bytes) -> tuple[bytes, ...]:
    return (b":" + text,) if text else ()


RENDER: dict[bytes, tuple[Callable[[Event, int], bytes], int]] = {
    e.MESSAGE: (_message, _TAG_CAPS),
    e.JOIN: (_join, _TAG_CAPS | c.CAP_EXTENDED_JOIN | c.CAP_AWAY_NOTIFY),
    e.PART: (_part, _TAG_CAPS),
    e.QUIT: (_quit, _TAG_CAPS),
    e.TOPIC: (_topic, _TAG_CAPS),
    e.MODES: (_modes, _TAG_CAPS),
    e.KICK: (_kick, _TAG_CAPS),
    e.INVITED: (_invited, _TAG_CAPS),
    e.INVITATION: (_invitation, _TAG_CAPS | c.CAP_INVITE_NOTIFY),
    e.MULTILINE: (_multiline, _TAG_CAPS | _MULTILINE),
    e.STATUS: (_status, _TAG_CAPS | _MULTILINE),
    e.NICK: (_nick, _TAG_CAPS),
    e.USER_MODES: (_user_modes, _TAG_CAPS),
    e.WALLOPS: (_wallops, _TAG_CAPS),
    e.AWAY: (_away, _TAG_CAPS | c.CAP_AWAY_NOTIFY),
    e.REALNAME: (_realname, _TAG_CAPS | c.CAP_SETNAME),
    e.ACCOUNT: (_account, _TAG_CAPS | c.CAP_ACCOUNT_NOTIFY),
    e.HOST: (_host, _TAG_CAPS | _HOST),
    e.HOST_AGAIN: (_host_again, _TAG_CAPS | _HOST),
    e.HOST_OWN: (_host_own, _TAG_CAPS | _HOST),
    e.METADATA: (_metadata, _TAG_CAPS | c.CAP_METADATA),
    e.REDACTION: (_redaction, _TAG_CAPS | c.CAP_MESSAGE_REDACTION),
    e.READ: (_read, c.CAP_READ_MARKER),
    e.RENAMED: (_renamed, _TAG_CAPS | c.CAP_CHANNEL_RENAME),
}
"""Kind of event: how it is written, and which capabilities change the bytes."""


def render(event: Event, caps: int) -> bytes:
    """The line for a client with these capabilities; empty when it is not for such a client."""
    function, mask = RENDER[event.kind]
    return function(event, caps & mask)
