"""Texts as they are shown: in lines of a width, and harmless whatever they are."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from cli.client.entries import Message
from cli.screen.colours import CONTRAST, HIGH_CONTRAST, contrast, no_colours, palette, rgb
from cli.screen.formatting import COLOURS, Look, pieces
from cli.screen.paint import Layout, height, paint
from cli.screen.rows import Row
from cli.screen.shown import links, shown, visible
from cli.screen.wrap import wrap

DARK = palette("e0e0e0", "121212")

ODD = (
    "\x1b]0;evil\x07\x9b2J\u202e\u2066\u2069\u200b\u200c\u200d\ufeff\u00ad\u2060\ufe0f\u034f\u3164"
    "\x02\x03\x04\x0f\x16\x1d\u0301\u0489👨‍👩‍👧🏽❤️1️⃣ 漢字ﷺกำ\t\r\x7f\x85\u2028\U000e0041\ud800"
)
texts = st.text(st.one_of(st.sampled_from(ODD), st.sampled_from("ab 0,:"), st.characters()))
hostile = st.one_of(texts, texts.map(lambda text: f"http://{text} https://a.example/{text}"))


def message(text: str, **more: str) -> Row:
    said = Message(1.0, more.pop("source", "bob"), "#dev", text, **more)  # type: ignore[arg-type]
    return Row("said", said.serial, said.at, message=said)


@given(hostile)
def test_nothing_shown_steers_a_terminal_or_hides(text: str) -> None:
    """'escapes, overrides of direction, zero-width ... shown harmlessly'"""
    line = shown(text.replace("\n", ""))
    for char in line.text:
        assert char == "\u200c" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
    assert cell_len(line.text) == sum(cell_len(char) for char in line.text)
    places = [(span.start, span.end) for span in line.spans]
    assert [end for _, end in places] == [*(start for start, _ in places[1:])] + (
        [len(line.text)] if places else []
    )
    for span in line.spans:
        assert span.look.link.isascii()
        assert span.look.link.isprintable()
        assert " " not in span.look.link


@given(hostile, st.integers(2, 60))
def test_lines_have_a_width_and_together_all_of_the_text(text: str, width: int) -> None:
    line = visible(text)
    lines = [line[start:end] for start, end in wrap(line, width)]
    assert all(cell_len(one) <= width for one in lines)
    assert "".join("".join(lines).split()) == "".join(line.split())
    for one in lines[1:]:
        assert not one.startswith(" ")


@settings(max_examples=60)
@given(
    st.lists(hostile, min_size=1, max_size=3).map("\n".join),
    texts,
    st.sampled_from(["text", "notice", "action"]),
    st.integers(10, 90),
    st.booleans(),
)
def test_each_line_of_a_row_is_as_wide_as_the_screen(
    text: str, source: str, kind: str, width: int, is_chosen: bool
) -> None:
    row = message(text, source=source, kind=kind)._replace(quote=text, alike=source)
    assert row.message is not None
    row.message.reactions[text] = [source] * 5
    lines = paint(row, Layout(width), DARK, is_chosen=is_chosen)
    assert len(lines) == height(row, Layout(width))
    for line in lines:
        assert line.cell_length == width == cell_len(line.text)
        written = "".join(
            line.render_style(piece.style, piece.text, 3)  # type: ignore[arg-type]
            for piece in line
            if piece.style is not None
        )
        assert set(written) & set(map(chr, range(32))) <= {"\x1b"}


def test_words_stay_whole_and_what_is_longer_is_cut() -> None:
    def lines(text: str, width: int) -> list[str]:
        return [text[start:end] for start, end in wrap(text, width)]

    assert lines("one two three four", 9) == ["one two", "three", "four"]
    assert lines("  if x:  # indented", 10) == ["  if x:  #", "indented"]
    assert lines("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]
    assert lines("see 漢字漢字漢字 there", 8) == ["see 漢字", "漢字漢字", "there"]
    assert lines("", 5) == [""]
    assert len(lines("x" * 10_000, 58)) == 173


def test_joined_emoji_are_shown_by_their_parts_and_marks_are_bounded() -> None:
    assert visible("👨‍👩‍👧 ❤️ 👍🏽 1️⃣") == "👨👩👧 ❤ 👍 1⃣"
    assert visible("می‌خواهم") == "می‌خواهم"
    assert visible("pass\u200bword") == "pass<U+200B>word"
    assert visible("a\u200db") == "a<U+200D>b"
    assert visible("é" + "\u0301" * 3) == "é" + "\u0301" * 3
    assert visible("a" + "\u0301" * 1000) == "a" + "\u0301" * 4 + "<+996>"
    assert visible("\u0301") == "\u25cc\u0301"
    assert visible("a\tb") == "a   b"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("see https://example.com/a?b=c.", "https://example.com/a?b=c"),
        ("(http://example.com/wiki/A_(b))", "http://example.com/wiki/A_(b)"),
        ("见https://example.com/漢，", "https://example.com/%E6%BC%A2"),
        ("mailto:anna@example.com!", "mailto:anna@example.com"),
        ("http://exa\u202emple.com", "http://exa"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("javascript:alert(1) file:///etc/passwd http:// data:x", None),
    ],
)
def test_links_lead_where_they_say(text: str, address: str | None) -> None:
    """'only http/https/mailto, never hiding the true address'"""
    assert links(text) == ([address] if address else [])


def test_a_host_that_is_easily_taken_for_another_is_named() -> None:
    assert shown("https://аpple.com/").text == "https://аpple.com/ [xn--pple-43d.com]"
    assert shown("https://bank.com@evil.com/").text == "https://bank.com@evil.com/ [evil.com]"
    assert shown("https://medium.com/@anna").text == "https://medium.com/@anna"


def test_formatting_is_shown() -> None:
    """The examples of https://modern.ircdocs.horse/formatting#examples"""
    assert pieces("I love \x033IRC! \x03It is the \x037best protocol ever!") == [
        ("I love ", Look()),
        ("IRC! ", Look(front=COLOURS[3])),
        ("It is the ", Look()),
        ("best protocol ever!", Look(front=COLOURS[7])),
    ]
    assert pieces("IRC \x02is \x034,12so \x03great\x0f!") == [
        ("IRC ", Look()),
        ("is ", Look(bold=True)),
        ("so ", Look(bold=True, front=COLOURS[4], back=COLOURS[12])),
        ("great", Look(bold=True)),
        ("!", Look()),
    ]
    assert pieces("5\x0313,8,6\x03,7") == [
        ("5", Look()),
        (",6", Look(front=COLOURS[13], back=COLOURS[8])),
        (",7", Look()),
    ]
    assert pieces("\x04ff0000red\x0399no\x1e\x11\x16") == [
        ("red", Look(front="ff0000")),
        ("no", Look()),
    ]


@pytest.mark.parametrize("least", [CONTRAST, HIGH_CONTRAST])
@pytest.mark.parametrize(("front", "back"), [("e0e0e0", "121212"), ("1f1f1f", "fafafa")])
def test_every_colour_can_be_read(front: str, back: str, least: float) -> None:
    """https://www.w3.org/TR/WCAG22/#contrast-minimum '4.5:1', '#contrast-enhanced 7:1'"""
    theme = palette(front, back, least)
    styles = [*theme.names, theme.quiet, theme.trouble, theme.accent, theme.link]
    styles += [theme.look(Look(front=colour)) for colour in COLOURS]
    for style in styles:
        assert style.color is not None
        assert style.color.triplet is not None
        shade = style.color.triplet
        assert contrast((shade.red, shade.green, shade.blue), rgb(back)) >= least


def test_text_in_the_colour_of_its_ground_shows_when_it_is_chosen() -> None:
    """'If the background and foreground colors are the same ... replaced with readable'"""
    spoiler = Look(front="222222", back="222222")
    hidden, open_ = DARK.look(spoiler), DARK.look(spoiler, revealed=True)
    assert hidden.color == hidden.bgcolor
    assert open_.color != open_.bgcolor


def test_a_name_has_one_colour_and_without_colours_other_marks() -> None:
    assert DARK.name("Bob") == DARK.name("bOB")
    assert len({DARK.name(f"user{n}").color for n in range(100)}) > 10
    plain = no_colours()
    for style in (plain.name("bob"), plain.look(Look(front="ff0000")), plain.mention):
        assert style.color is None
        assert style.bgcolor is None
    assert plain.mention.bold
