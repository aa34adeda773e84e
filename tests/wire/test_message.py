"""Single lines, in and out. https://modern.ircdocs.horse/#message-format"""

from __future__ import annotations

import pytest

from chatd.wire.message import (
    InvalidUtf8,
    Message,
    ParseError,
    format_line,
    parse,
    serialize,
)


@pytest.mark.parametrize(
    ("line", "params"),
    [
        # "Here are some examples of messages and how the parameters would be represented"
        (":irc.example.com CAP * LIST :", ["*", "LIST", ""]),
        ("CAP * LS :multi-prefix sasl", ["*", "LS", "multi-prefix sasl"]),
        ("CAP REQ :sasl message-tags foo", ["REQ", "sasl message-tags foo"]),
        (":dan!d@localhost PRIVMSG #chan :Hey!", ["#chan", "Hey!"]),
        (":dan!d@localhost PRIVMSG #chan Hey!", ["#chan", "Hey!"]),
        (":dan!d@localhost PRIVMSG #chan ::-)", ["#chan", ":-)"]),
    ],
)
def test_parameters_of_the_specification(line: str, params: list[str]) -> None:
    assert parse(line.encode()).params == params


def test_a_whole_message() -> None:
    # "@id=234AB :dan!d@localhost PRIVMSG #chan :Hey what's up!"
    message = parse(b"@id=234AB :dan!d@localhost PRIVMSG #chan :Hey what's up!")
    assert message == Message(
        "PRIVMSG", ["#chan", "Hey what's up!"], "dan!d@localhost", {"id": "234AB"}
    )


def test_message_parts_are_separated_by_one_or_more_spaces() -> None:
    # "These message parts, and parameters themselves, are separated by one or more ASCII SPACE
    # characters"
    message = parse(b"@a=b   :src   PRIVMSG   #chan   two   :  three  ")
    assert message == Message("PRIVMSG", ["#chan", "two", "  three  "], "src", {"a": "b"})


def test_only_the_ascii_space_separates() -> None:
    message = parse("PRIVMSG #a\u00a0b\tc\x1fd\u2003e x".encode())
    assert message.params == ["#a\u00a0b\tc\x1fd\u2003e", "x"]


def test_spaces_at_the_end_are_no_parameter() -> None:
    assert parse(b"JOIN #chan  ") == Message("JOIN", ["#chan"])


def test_any_number_of_parameters() -> None:
    # "clients MUST parse incoming messages with any number of them"
    line = b"CMD " + b" ".join(b"%d" % number for number in range(100))
    assert parse(line).params == [str(number) for number in range(100)]


def test_the_command_is_case_insensitive() -> None:
    # "the message verb is always case insensitive, so you should casemap it appropriately"
    assert parse(b"privMsg #chan x").command == "PRIVMSG"


def test_a_numeric() -> None:
    assert parse(b":irc.example.com 001 dan :Welcome") == Message(
        "001", ["dan", "Welcome"], "irc.example.com"
    )


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b" ",
        b":",
        b": ",
        b"@",
        b"@tag",
        b"@tag=x ",
        b":source",
        b":source ",
        b":source :text",
        b":  PRIVMSG a",  # an empty source
        b"#room",
        b"12 x",
        b"1234 x",
        "ПРИВЕТ x".encode(),
        "١٢٣ x".encode(),  # digits, but not ASCII
        b"PRIVMSG a :b\0c",
        b"PRIVMSG a :b\rJOIN #c",
        b"PRIVMSG a :b\nJOIN #c",
    ],
)
def test_what_the_grammar_does_not_know_is_an_error(line: bytes) -> None:
    with pytest.raises(ParseError):
        parse(line)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"PRIVMSG #ircv3 :\xff", "PRIVMSG"),
        (b"user u s e :\xc3", "USER"),
        (b"@a=\xff  :src\xff  notice x :y", "NOTICE"),
        (b"@a \xff\xfe", ""),
        (b"\xff", ""),
    ],
)
def test_a_line_that_is_not_utf8_tells_its_command(line: bytes, command: str) -> None:
    # "FAIL PRIVMSG INVALID_UTF8 :Message rejected, your IRC software MUST use UTF-8 encoding"
    # https://ircv3.net/specs/extensions/utf8-only
    with pytest.raises(InvalidUtf8) as error:
        parse(line)
    assert error.value.command == command


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"PRIV\xc3\xa9 x", "PRIVé"),
        (b"#room", "#room"),
        (b":source :text", ""),
        (b"1" * 500, "1" * 32),
        (b"A" * 500 + b" \0", "A" * 32),
    ],
)
def test_the_command_of_an_error_fits_a_reply(line: bytes, command: str) -> None:
    with pytest.raises(ParseError) as error:
        parse(line)
    assert error.value.command == command
    format_line("421", "bob", error.value.command or "*", "Unknown command")


def test_surrogates_and_overlong_forms_are_not_utf8() -> None:
    for data in (b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80"):
        with pytest.raises(InvalidUtf8):
            parse(b"PRIVMSG a :" + data)


@pytest.mark.parametrize(
    ("params", "line"),
    [
        # "Parameters that contain spaces, are empty, or begin with a ':' character MUST be sent
        # with a preceding ':'"
        (("#chan", "two words"), b"TOPIC #chan :two words\r\n"),
        (("#chan", ""), b"TOPIC #chan :\r\n"),
        (("#chan", ":-)"), b"TOPIC #chan ::-)\r\n"),
        (("#chan", "a:b"), b"TOPIC #chan a:b\r\n"),
        (("#chan",), b"TOPIC #chan\r\n"),
        ((), b"TOPIC\r\n"),
    ],
)
def test_the_last_parameter_has_a_colon_where_it_must(params: tuple[str, ...], line: bytes) -> None:
    assert format_line("TOPIC", *params) == line


def test_text_has_a_colon_even_when_it_is_one_word() -> None:
    # "in other cases the use of a preceding ':' on the final parameter is OPTIONAL"
    assert format_line("PRIVMSG", "bob", "hi") == b"PRIVMSG bob :hi\r\n"


def test_source_and_tags_are_written_in_order() -> None:
    line = format_line("JOIN", "#chan", source="Аня!u@h", tags={"time": "t", "+x": ""})
    assert line == "@time=t;+x :Аня!u@h JOIN #chan\r\n".encode()


def test_serialize_writes_every_part() -> None:
    message = Message("353", ["dan", "=", "#chan", "@dan bob"], "irc.example.com", {"batch": "1"})
    assert serialize(message) == b"@batch=1 :irc.example.com 353 dan = #chan :@dan bob\r\n"


@pytest.mark.parametrize(
    "params",
    [
        ("a b", "c"),
        ("", "c"),
        (":a", "c"),
        ("a", "b\0"),
        ("a", "b\rQUIT"),
        ("a", "b\nQUIT"),
        ("a\n", "b"),
    ],
)
def test_what_the_grammar_cannot_carry_is_refused(params: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"."):
        format_line("CMD", *params)


@pytest.mark.parametrize("command", ["", "A B", "12", "1234", ":A", "A\r\n", "É"])
def test_a_command_that_is_none_is_refused(command: str) -> None:
    with pytest.raises(ValueError, match="command"):
        format_line(command)


@pytest.mark.parametrize("source", ["", "a b", "a\nb"])
def test_a_source_that_is_none_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match=r"source|LF"):
        format_line("PING", source=source)


def test_a_lone_surrogate_cannot_be_sent() -> None:
    with pytest.raises(ValueError, match="surrogate"):
        format_line("PRIVMSG", "bob", "\udc80")
