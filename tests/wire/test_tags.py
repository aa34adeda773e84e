"""Message tags. https://ircv3.net/specs/extensions/message-tags"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd.wire.tags import client_only, escape, format_tags, parse_tags, unescape


@pytest.mark.parametrize(
    ("escaped", "value"),
    [
        (r"\:", ";"),
        (r"\s", " "),
        (r"\\", "\\"),
        (r"\r", "\r"),
        (r"\n", "\n"),
        # "Raw value: `raw+:=,escaped; \`", "Escaped value: `raw+:=,escaped\:\s\\`"
        (r"raw+:=,escaped\:\s\\", "raw+:=,escaped; \\"),
        (r"\\s", r"\s"),
    ],
)
def test_escaping(escaped: str, value: str) -> None:
    assert unescape(escaped) == value
    assert escape(value) == escaped


def test_a_lone_backslash_at_the_end_is_dropped() -> None:
    # "For example, the escaped value `test\` should unescape to `test`."
    assert unescape("test\\") == "test"


def test_an_invalid_escape_drops_its_backslash() -> None:
    # "For example, `\b` should unescape to just `b`."
    assert unescape(r"\b") == "b"


@given(st.text())
def test_any_value_survives(value: str) -> None:
    assert unescape(escape(value)) == value
    assert not set(" ;\r\n") & set(escape(value))


@pytest.mark.parametrize(
    ("data", "tags"),
    [
        ("id=123AB;rose", {"id": "123AB", "rose": ""}),
        ("url=;netsplit=tur,ty", {"url": "", "netsplit": "tur,ty"}),
        ("aaa=bbb;ccc;example.com/ddd=eee", {"aaa": "bbb", "ccc": "", "example.com/ddd": "eee"}),
        # "SHOULD disregard all but the final occurrence"
        ("a=1;b=2;a=3", {"a": "3", "b": "2"}),
        ("a=1;a", {"a": ""}),
        # "MUST treat tag key names as case-sensitive opaque identifiers"
        ("A=1;a=2", {"A": "1", "a": "2"}),
        # "MUST NOT perform any validation that would reject the message if an invalid tag key
        # name is used"
        ("кот=1;!?=2;++x=3", {"кот": "1", "!?": "2", "++x": "3"}),
        ("a=b=c", {"a": "b=c"}),
        ("", {}),
        (";;=x;a;", {"a": ""}),
    ],
)
def test_reading(data: str, tags: dict[str, str]) -> None:
    assert parse_tags(data) == tags


def test_writing_keeps_the_order() -> None:
    # "Any server-sent tags attached to messages MUST be included before client-only tags"
    assert format_tags({"msgid": "1-0", "+reply": "a b", "+x": ""}) == r"msgid=1-0;+reply=a\sb;+x"


@pytest.mark.parametrize("key", ["", "a b", "a;b", "a=b", "a\0", "a\r", "a\n"])
def test_a_key_that_no_tag_can_have_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="tag key"):
        format_tags({key: "x"})


def test_nul_in_a_value_is_refused() -> None:
    with pytest.raises(ValueError, match="NUL"):
        format_tags({"a": "\0"})


def test_only_client_only_tags_are_relayed() -> None:
    # "Tags without the client-only prefix MUST be removed by the server before being relayed"
    assert client_only({"label": "1", "+typing": "active", "unknown-tag": ""}) == {
        "+typing": "active"
    }


@pytest.mark.parametrize(
    "key",
    ["+a\x01", "+", "+a_b", "+é", "+a/b/c", "+/a", "+a/", "++a", "+a:b", "+a\x7f", "+a\x1b[31m"],
)
def test_what_is_no_key_is_not_relayed(key: str) -> None:
    """``<key> ::= [ '+' ] [ <vendor> '/' ] <sequence of letters, digits, hyphens ('-')>``; issue 8:
    "`+a\\x01` as a tag key is passed on".
    """
    assert client_only({key: "1", "+example.com/a-1": "2"}) == {"+example.com/a-1": "2"}


def test_a_value_with_control_characters_stays_one_tag_of_one_line() -> None:
    """ "They can contain any value": escaped, none of it ends the tag or the line."""
    tags = parse_tags(r"+x=\r\n\s\:" + "\x01\x1b")
    assert format_tags(client_only(tags)) == r"+x=\r\n\s\:" + "\x01\x1b"
