"""What a search takes for the same word, in any script."""

from __future__ import annotations

import pytest

from chatd.state.matching import MOST_WORDS, Wanted, plain, said, words_of

ID = b"1700000000123-4"


def record(text: str, **changes: str) -> bytes:
    """A message as it stands in a stream."""
    fields = {
        "kind": "M", "sid": "s1", "act": "", "name": "anna", "source": "Anna!~a@host",
        "account": "Anna\1B", "command": "PRIVMSG", "target": "#room", "tags": "", "text": text,
        "number": "1", **changes,
    }  # fmt: skip
    return "\0".join(fields.values()).encode()


def found(words: str, text: str) -> bool:
    """Whether a search for the words finds the text; a quick look never misses it."""
    wanted, one = Wanted(words_of(words)), record(text)
    has = wanted.has(ID, one)
    assert wanted.may_be_among([record("another"), one, record("x")]) or not has
    return has


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("fast", "That was FAST!"), ("fast", "Fasting is hard."), ("FAST", "breakfast"),
        ("größe", "GRÖSSE"), ("groesse", "Groesse"), ("strasse", "Straße"), ("cafe", "Café"),
        ("café", "CAFE"), ("cafe\u0301", "caf\u00e9"), ("ΣΊΣΥΦΟΣ", "Σίσυφος"), ("ёлка", "ЕЛКА"),
        ("привет", "ПРИВЕТ, мир"), ("東京", "昨日東京に行った"), ("がく", "ガク がく"),
        ("カタカナ", "ｶﾀｶﾅ"), ("abc", "ＡＢＣ"), ("서울", "서울에서"), ("नमस्ते", "नमस्ते दुनिया"),
        ("istanbul", "İSTANBUL"), ("file", "ﬁle"), ("k", "\u212a"), ("s", "ſ"),
        ("👍", "ok 👍🏽"), ("❤", "❤️"), ("soft", "so\u00adft"), ("a-b", "x A-B y"), ("100%", "100%"),
    ],
)  # fmt: skip
def test_the_same_word(words: str, text: str) -> None:
    assert found(words, text)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("fast", "fa st"), ("か", "が"), ("привет", "привёз"), ("a.c", "abc"), (".*", "abc"),
        ("ø", "o"), ("東京", "東 京"), ("रम", "रमणी".replace("म", "")), ("anna", "her name only"),
    ],
)  # fmt: skip
def test_another_word(words: str, text: str) -> None:
    """Plain words, no patterns; marks that make other letters count."""
    assert not found(words, text)


def test_several_words_are_all_there() -> None:
    assert found("two  ONE", "one and two")
    assert not found("one three", "one and two")
    assert found('"one and" two', "One  and two")
    assert not found('"and one"', "one and two")
    assert found('5" disk', 'a disk of 5"')  # a lone quote is a part of its word
    assert words_of('b "x  Y" B a') == ("x y", "b", "a")


@pytest.mark.parametrize("text", ["", "  ", "\u0301", '""'[:0], "\u200b"])
def test_there_has_to_be_a_word(text: str) -> None:
    with pytest.raises(ValueError, match="no word"):
        words_of(text)


def test_there_are_not_many_words() -> None:
    assert len(words_of(" ".join(map(str, range(MOST_WORDS))))) == MOST_WORDS
    with pytest.raises(ValueError, match="At most"):
        words_of(" ".join(map(str, range(MOST_WORDS + 1))))


def test_what_is_no_text() -> None:
    """Formats are ignored, an action and several lines are texts, what is for programs is not."""
    assert found("hello", "hel\x02lo\x02")
    assert found("red", "\x0304,12red\x03")
    assert found("red 12", "\x0304red 12")
    assert found("abc", "\x04ff0000abc\x0f")
    assert found("waves anna", "\x01ACTION waves at Anna\x01")
    assert not found("action", "\x01ACTION waves\x01")
    assert not found("version", "\x01VERSION\x01")
    assert said("\x01PING 1\x01") is None
    assert found('"one two"', "\none\ntwo")
    assert found("hello", "\nhel\rlo")
    assert not found("onetwo", "\none\ntwo")


def test_who_said_it() -> None:
    """By the nick, whatever the account, and by the account, whatever the nick."""
    for sender in ("anna", "nick/there", "größe"):
        one = record(
            "x", source="Nick/There!b@s" if "/" in sender else "Anna!~a@host",
            account="Größe" if sender == "größe" else "Anna\1B",
        )  # fmt: skip
        assert Wanted(sender=sender).has(ID, one)
        assert Wanted(sender=sender).may_be_among([one])
    assert not Wanted(sender="ann").has(ID, record("x"))
    assert not Wanted(sender="b").has(ID, record("x"))
    assert not Wanted(sender="bob").may_be_among([record("x")])


def test_when_and_what() -> None:
    """ "at or after this time", "at or before this time"; "MUST be PRIVMSG or NOTICE messages"."""
    ms = 1700000000123
    assert Wanted(first_ms=ms, last_ms=ms).has(ID, record("x"))
    assert not Wanted(first_ms=ms + 1).has(ID, record("x"))
    assert not Wanted(last_ms=ms - 1).has(ID, record("x"))
    # one's own copy was stored a moment after the message that it is
    assert not Wanted(first_ms=ms).has(ID, record("x", act="1700000000122-0"))
    assert Wanted().has(ID, record("x", command="NOTICE"))
    assert not Wanted().has(ID, record("x", command="TAGMSG"))
    assert not Wanted().has(ID, record("x", kind="S"))
    assert not Wanted().has(ID, b"J\0s\0\0anna\0Anna!a@h\0\0#room\0Anna\0\0")


@pytest.mark.parametrize("text", ["ΑΒΓ", "ǅ", "ﷺ", "각", "Ǆ", "ᾴ", "İı", "ẛ̣", "Å", "가", "ß"])
def test_the_form_is_stable(text: str) -> None:
    """What is folded is what is folded again."""
    assert plain(plain(text)) == plain(text)
    assert plain(text) in plain(f"x {text} y")
