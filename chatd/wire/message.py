"""One IRC message: from a line to its parts and back.

The grammar is https://modern.ircdocs.horse/#message-format, its tags are
https://ircv3.net/specs/extensions/message-tags. No line is cut or repaired here: a line obeys the
grammar or raises.

    ValueError
     +-- ParseError          the line breaks the grammar
          +-- InvalidUtf8    the line is not UTF-8 (https://ircv3.net/specs/extensions/utf8-only)
"""

from __future__ import annotations

from typing import Final

from chatd.wire.tags import format_tags, parse_tags

_TEXT_LAST: Final = frozenset({"PRIVMSG", "NOTICE", "QUIT", "ERROR"})
"""Commands that always end in text: sent with ``:`` even for one word, as simple bots expect."""


_QUOTED: Final = 32
"""Characters of an unreadable command that an error repeats, so that its reply fits a line."""


_COMMANDS: Final[dict[str, str]] = {}
"""Commands as they were written -> in upper case, so that each is checked once."""
_MOST_COMMANDS: Final = 256
"""Entries at most: more than all commands in their usual spellings."""


class ParseError(ValueError):
    """A line that breaks the grammar.

    ``command`` is the beginning of its command, fit to be a parameter of the reply, or ``""``;
    ``tags`` are those of the line, as far as they could be read.
    """

    def __init__(self, reason: str, command: str = "", tags: dict[str, str] | None = None) -> None:
        super().__init__(reason)
        self.command = "" if command.startswith(":") else command[:_QUOTED]
        self.tags = tags or {}


class InvalidUtf8(ParseError):
    """A line that is not UTF-8."""


_NO_TAGS: Final[dict[str, str]] = {}
"""The tags of most messages. Nobody changes the tags of a message."""


class Message:
    """One message: ``command`` in upper case, ``tags`` unescaped (``""``: without a value)."""

    __slots__ = ("command", "params", "source", "tags")

    def __init__(  # by hand: what dataclasses generate is not compiled
        self,
        command: str,
        params: list[str] | None = None,
        source: str | None = None,
        tags: dict[str, str] | None = None,
    ) -> None:
        self.command = command
        self.params = params if params is not None else []
        self.source = source
        self.tags = tags if tags is not None else _NO_TAGS

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and (
            (self.command, self.params, self.source, self.tags)
            == (other.command, other.params, other.source, other.tags)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Message({self.command!r}, {self.params!r}, {self.source!r}, {self.tags!r})"


def parse(line: bytes) -> Message:
    """Read one line, given without its CR LF.

    Raises InvalidUtf8, or ParseError for anything else that the grammar does not allow.
    """
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise InvalidUtf8("The line is not UTF-8", _command_of(line), _tags_of(line)) from None
    if "\0" in text or "\r" in text or "\n" in text:
        raise ParseError("NUL, CR and LF cannot be part of a message", _command_of(line))
    tags = _NO_TAGS
    source = None
    if text[:1] == "@":
        data, _, text = text[1:].partition(" ")
        tags = parse_tags(data)
        text = text.lstrip(" ")
    if text[:1] == ":":
        source, _, text = text[1:].partition(" ")
        if not source:
            raise ParseError("A source cannot be empty", _command_of(line))
        text = text.lstrip(" ")
    head, colon, trailing = text.partition(" :")
    params = head.split(" ")
    if "" in params:
        # "separated by one or more ASCII SPACE characters"
        params = [param for param in params if param] or [""]
    word = params.pop(0)
    command = _COMMANDS.get(word)
    if command is None:
        command = _command(word, tags)
    if colon:
        params.append(trailing)
    return Message(command, params, source, tags)


def _command(word: str, tags: dict[str, str]) -> str:
    """A command in upper case. Raises ParseError for what is none."""
    if not (word.isalpha() and word.isascii()) and not _is_numeric(word):
        raise ParseError("A command is letters, or three digits", word, tags)
    command = word.upper()
    if len(_COMMANDS) < _MOST_COMMANDS:
        _COMMANDS[word] = command
    return command


def format_line(
    command: str,
    *params: str,
    source: str | None = None,
    tags: dict[str, str] | None = None,
    text_last: bool = False,
) -> bytes:
    r"""Write one message as a line with its CR LF.

    Raises ValueError for what the grammar cannot carry: a space, nothing, or a leading ``:`` in a
    parameter that is not the last; NUL, CR or LF anywhere but in the value of a tag. The length
    is the caller's business. ``text_last`` writes ``:`` before the last parameter in any case.
    """
    if not (command.isalpha() and command.isascii()) and not _is_numeric(command):
        raise ValueError(f"not a command: {command!r}")
    words = [f"@{format_tags(tags)}"] if tags else []
    if source is not None:
        if not source or " " in source:
            raise ValueError(f"not a source: {source!r}")
        words.append(f":{source}")
    words.append(command)
    if params:
        words += params
        last = params[-1]
        for middle in params[:-1]:
            if not middle or middle[0] == ":" or " " in middle:
                raise ValueError(f"only the last parameter can be {middle!r}")
        text_last = text_last or command in _TEXT_LAST
        if not last or last[0] == ":" or " " in last or text_last:
            words[-1] = f":{last}"
    text = " ".join(words)
    if "\0" in text or "\r" in text or "\n" in text:
        raise ValueError("NUL, CR and LF cannot be part of a message")
    return f"{text}\r\n".encode()


def serialize(message: Message) -> bytes:
    """Write ``message`` as a line with its CR LF; raises ValueError as format_line does."""
    return format_line(message.command, *message.params, source=message.source, tags=message.tags)


def _is_numeric(command: str) -> bool:
    return len(command) == 3 and command.isdigit() and command.isascii()


def _tags_of(line: bytes) -> dict[str, str]:
    """Read the tags of a line whose rest is not UTF-8."""
    if not line.startswith(b"@"):
        return {}
    try:
        return parse_tags(line[1:].partition(b" ")[0].decode())
    except UnicodeDecodeError:
        return {}


def _command_of(line: bytes) -> str:
    """Read the command of a line that cannot be parsed, for the reply; ``""`` if there is none."""
    words = line.split(b" ")
    for mark in (b"@", b":"):
        if words and words[0].startswith(mark):
            words.pop(0)
        while words and not words[0]:
            words.pop(0)
    if words and (words[0].isalpha() or (len(words[0]) == 3 and words[0].isdigit())):
        return words[0].decode("ascii").upper()
    return ""
