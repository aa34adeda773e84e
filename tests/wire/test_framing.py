"""From bytes to lines. https://modern.ircdocs.horse/#message-format"""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatd.wire.framing import (
    MAX_BODY,
    MAX_TAGS_CLIENT,
    MAX_TAGS_SERVER,
    TOO_LONG,
    LineBuffer,
    TooLong,
)
from tests.wire.bytestreams import hostile_bytes


def test_lines_arrive_in_pieces() -> None:
    # "Only parse and process a message once you encounter the `\r\n` at the end of it."
    buffer = LineBuffer()
    assert buffer.receive(b"NICK a") == []
    assert buffer.pending == 6
    assert buffer.receive(b"lice\r") == []
    assert buffer.receive(b"\nUSER a 0 * :A\r\nJO") == [b"NICK alice", b"USER a 0 * :A"]
    assert buffer.receive(b"IN #a\r\n") == [b"JOIN #a"]
    assert buffer.pending == 0


def test_a_single_line_feed_ends_a_line() -> None:
    # "Servers SHOULD handle single `\n` character [...] as if it was a `\r\n` pair"
    assert LineBuffer().receive(b"PING a\nPING b\r\nPING c\n") == [b"PING a", b"PING b", b"PING c"]


def test_empty_lines_are_ignored() -> None:
    # "Servers and clients SHOULD ignore empty lines."
    assert LineBuffer().receive(b"\r\n\n\r\nPING a\r\n\r\n") == [b"PING a"]


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_a_line_may_have_512_bytes_with_its_end(end: bytes) -> None:
    # "Most IRC servers limit messages to 512 bytes in length, including the trailing `CR-LF`"
    longest = b"x" * (512 - 2)
    assert LineBuffer().receive(longest + end) == [longest]
    assert LineBuffer().receive(longest + b"x" + end) == [TOO_LONG]


@pytest.mark.parametrize(
    ("buffer", "limit"),
    [(LineBuffer(), MAX_TAGS_CLIENT), (LineBuffer(max_tags=MAX_TAGS_SERVER), MAX_TAGS_SERVER)],
)
def test_tags_have_a_limit_of_their_own(buffer: LineBuffer, limit: int) -> None:
    # "<client_max>   (4096)  :: '@' <tag_data 4094> ' '"
    # "The size limit for the rest of the message remains unchanged at 512 bytes."
    tags = b"@" + b"t" * (limit - 2) + b" "
    assert len(tags) == limit
    body = b"x" * (MAX_BODY - 2)
    assert buffer.receive(tags + body + b"\r\n") == [tags + body]
    assert buffer.receive(tags + body + b"x\r\n") == [TOO_LONG]
    assert buffer.receive(b"@t" + tags[1:] + b"PING a\r\n") == [TOO_LONG]
    assert buffer.receive(b"@t " + body + b"\r\n@t " + body + b"x\r\n") == [b"@t " + body, TOO_LONG]


def test_tags_without_a_message_have_the_same_limit() -> None:
    buffer = LineBuffer()
    longest = b"@" + b"t" * 4094
    assert buffer.receive(longest + b"\r\n") == [longest]
    assert buffer.receive(longest + b"t\r\n") == [TOO_LONG]


def test_a_long_line_is_reported_once_in_its_place_and_dropped() -> None:
    buffer = LineBuffer()
    assert buffer.receive(b"PING a\r\n" + b"x" * 600) == [b"PING a", TOO_LONG]
    for _ in range(100):
        assert buffer.receive(b"y" * 65536) == []
        assert buffer.pending == 0
    assert buffer.receive(b"y\r\nPING b\r\n") == [b"PING b"]


def test_a_carriage_return_that_may_end_the_longest_line_is_waited_for() -> None:
    buffer = LineBuffer()
    longest = b"x" * 510
    assert buffer.receive(longest + b"\r") == []
    assert buffer.receive(b"\n") == [longest]
    assert buffer.receive(longest + b"\r") == []
    assert buffer.receive(b"x") == [TOO_LONG]


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(edges)]


def expected(data: bytes, max_line: int, max_tags: int) -> list[bytes | TooLong]:
    """The lines of a stream that ends with a line feed, by the words of the specification."""
    lines: list[bytes | TooLong] = []
    for raw in data.split(b"\n")[:-1]:
        line = raw.removesuffix(b"\r")
        tags, _, body = line.partition(b" ") if line.startswith(b"@") else (b"", b"", line)
        if (tags and len(tags + b" ") > max_tags) or len(body + b"\r\n") > max_line:
            lines.append(TOO_LONG)
        elif line:
            lines.append(line)
    return lines


@settings(max_examples=500, deadline=None)
@given(hostile_bytes(), st.lists(st.integers(0, 400), max_size=12))
def test_any_chunking_gives_the_same_lines_within_the_bound(data: bytes, places: list[int]) -> None:
    max_line, max_tags = 14, 10
    data += b"\n"
    for chunks in ([data], cut(data, places), cut(data, list(range(len(data))))):
        buffer = LineBuffer(max_line, max_tags)
        lines = []
        for chunk in chunks:
            lines += buffer.receive(chunk)
            assert buffer.pending <= max_line + max_tags
        assert lines == expected(data, max_line, max_tags)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([b"x", b"@t", b"@t x"]), st.sampled_from([1, 508, 511, 4096])),
        max_size=6,
    ),
    st.lists(st.integers(0, 20000), max_size=8),
    st.sampled_from([b"\r\n", b"\n"]),
)
def test_the_same_at_the_limits_of_the_protocol(
    shapes: list[tuple[bytes, int]], places: list[int], end: bytes
) -> None:
    data = b"".join(start + b"y" * count + end for start, count in shapes)
    buffer = LineBuffer()
    lines = []
    for chunk in cut(data, places):
        lines += buffer.receive(chunk)
        assert buffer.pending <= MAX_BODY + MAX_TAGS_CLIENT
    assert lines == expected(data, MAX_BODY, MAX_TAGS_CLIENT)
