"""Any message of the published grammar parses to what it was made of; nothing else does harm.

The lines are put together here, by the rules of https://modern.ircdocs.horse/#message-format and
https://ircv3.net/specs/extensions/message-tags#format, not by our serialiser.
"""

from __future__ import annotations

import string

from hypothesis import example, given, settings
from hypothesis import strategies as st

from chatd.wire.message import Message, ParseError, parse, serialize
from tests.wire.bytestreams import hostile_bytes

Escaped = tuple[str, str]
"""What stands in the line, and what it means."""


def chars_except(excluded: str) -> st.SearchStrategy[str]:
    return st.characters(exclude_characters=excluded, codec="utf-8")


# SPACE           ::=  %x20 *( %x20 )   ; space character(s)
SPACE = st.integers(1, 3).map(lambda count: " " * count)

# nospcrlfcl      ::=  <sequence of any characters except NUL, CR, LF, colon (`:`) and SPACE>
NOSPCRLFCL = chars_except("\0\r\n: ")

# middle          ::=  nospcrlfcl *( ":" / nospcrlfcl )
MIDDLE = st.builds(
    lambda first, rest: first + rest,
    NOSPCRLFCL,
    st.text(st.just(":") | NOSPCRLFCL, max_size=8),
)

# trailing        ::=  *( ":" / " " / nospcrlfcl )
TRAILING = st.text(st.sampled_from(": ") | NOSPCRLFCL, max_size=12)

# command         ::=  letter* / 3digit
COMMAND = st.text(string.ascii_letters, min_size=1, max_size=12) | st.text(
    string.digits, min_size=3, max_size=3
)

# source          ::=  <servername> / ( <nickname> [ "!" <user> ] [ "@" <host> ] )
# user            ::=  <sequence of any characters except NUL, CR, LF, and SPACE>
WORD = st.text(chars_except("\0\r\n "), min_size=1, max_size=8)
SOURCE = st.builds(
    lambda nick, user, host: nick + user + host,
    WORD,
    st.just("") | WORD.map(lambda user: f"!{user}"),
    st.just("") | WORD.map(lambda host: f"@{host}"),
)

# <key>           ::= [ <client_prefix> ] [ <vendor> '/' ] <key_name>
# <key_name>      ::= <non-empty sequence of ascii letters, digits, hyphens ('-')>
KEY = st.builds(
    lambda prefix, vendor, name: prefix + vendor + name,
    st.sampled_from(["", "+"]),
    st.sampled_from(["", "draft/", "example.com/", "xn--e1afmkfd.org/"]),
    st.text(string.ascii_letters + string.digits + "-", min_size=1, max_size=8),
)

# <escaped_value> ::= <sequence of zero or more utf8 characters except NUL, CR, LF, semicolon (`;`)
#                     and SPACE>
PLAIN = chars_except("\0\r\n; \\").map(lambda char: (char, char))
ESCAPE = st.sampled_from([(r"\:", ";"), (r"\s", " "), (r"\\", "\\"), (r"\r", "\r"), (r"\n", "\n")])
# "If a `\` exists with no valid escape character (for example, `\b`), then the invalid backslash
# SHOULD be dropped."
INVALID_ESCAPE = chars_except("\0\r\n; \\:srn").map(lambda char: (f"\\{char}", char))
# "If a lone `\` exists at the end of an escaped value [...], then there SHOULD be no output"
LONE_BACKSLASH = st.sampled_from([("", ""), ("\\", "")])


@st.composite
def escaped_values(draw: st.DrawFn) -> Escaped:
    pieces = draw(st.lists(PLAIN | ESCAPE | INVALID_ESCAPE, max_size=8))
    pieces.append(draw(LONE_BACKSLASH))
    return "".join(text for text, _ in pieces), "".join(meaning for _, meaning in pieces)


@st.composite
def messages(draw: st.DrawFn) -> tuple[str, Message]:
    """A line of the grammar and what it means.

    message         ::= ['@' <tags> SPACE] [':' <source> SPACE] <command> <parameters> <crlf>
    """
    line = ""
    # <tags>          ::= <tag> [';' <tag>]*
    # <tag>           ::= <key> ['=' <escaped_value>]
    tags = {}
    words = []
    for key, value in draw(st.lists(st.tuples(KEY, st.none() | escaped_values()), max_size=4)):
        words.append(key if value is None else f"{key}={value[0]}")
        # "SHOULD disregard all but the final occurrence"
        tags[key] = "" if value is None else value[1]
    if words:
        line += "@" + ";".join(words) + draw(SPACE)
    source = draw(st.none() | SOURCE)
    if source is not None:
        line += f":{source}{draw(SPACE)}"
    command = draw(COMMAND)
    line += command
    # parameters      ::=  *( SPACE middle ) [ SPACE ":" trailing ]
    params = draw(st.lists(MIDDLE, max_size=16))
    for middle in params:
        line += draw(SPACE) + middle
    trailing = draw(st.none() | TRAILING)
    if trailing is not None:
        line += f"{draw(SPACE)}:{trailing}"
        params.append(trailing)
    return line, Message(command.upper(), params, source, tags)


@settings(max_examples=500, deadline=None)
@given(messages())
def test_any_message_of_the_grammar_parses_to_its_parts(case: tuple[str, Message]) -> None:
    line, meaning = case
    assert parse(line.encode()) == meaning


@settings(max_examples=200, deadline=None)
@given(messages())
def test_what_we_write_means_the_same(case: tuple[str, Message]) -> None:
    _, meaning = case
    line = serialize(meaning)
    assert line.endswith(b"\r\n")
    assert parse(line[:-2]) == meaning


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=80) | hostile_bytes())
@example(b"\xff")
@example(b"@\\ :\\ A :\\")
@example(b": : :")
def test_any_bytes_parse_or_raise_parse_error(line: bytes) -> None:
    try:
        message = parse(line)
    except ParseError:
        return
    # What was taken in can also be sent on, and no part of it can become another line.
    assert serialize(message).count(b"\n") == 1
    assert parse(serialize(message)[:-2]) == message
