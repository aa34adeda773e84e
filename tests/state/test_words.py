"""Which words of a text concern somebody, and that gateways agree on it."""

from __future__ import annotations

import pytest

from chatd.state.words import MOST_HITS, Words, word_of
from chatd.wire.casemap import fold
from tests.support.memory import MemoryGateway, World


async def watching(*words: str) -> Words:
    gateway = MemoryGateway(World(), "g1")
    for word in words:
        gateway.network.words.watch(word)
    return gateway.network.words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("anna", "anna"), ("ANNA: hi", "anna"), ("hi, anna!", "anna"), ("hi@anna.", "anna"),
        ("(anna)", "anna"), ("[anna]", "anna"), ("`anna`", "anna"), ("_anna_", "anna"),
        ("anna's turn", "anna"), ("x=anna;", "anna"), ("\x01ACTION hugs anna\x01", "anna"),
        ("\x02anna\x02", "anna"), ("one\nanna", "anna"), ("anna-b and anna", "anna-b anna"),
        ("annabel", ""), ("hanna", ""), ("anna_", "anna"), ("anna-x", ""), ("an na", ""),
        ("", ""), ("   ", ""), ("---", ""), ("größe GRÖSSE Größe", "größe"),
        ("“anna”", "anna"), ("「anna」", "anna"), ("ЮЛЯ, юля!", "юля"), ("gro\u0308ße", "größe"),
        ("bot[x]: run", "bot[x]"), ("the [bot[x]]", ""), ("a|b", "a|b"),
    ],
)  # fmt: skip
async def test_words_of_a_text(text: str, found: str) -> None:
    """Upper or lower case, and whatever stands around it, but no part of another word."""
    words = await watching("anna", "anna-b", "größe", "юля", "bot[x]", "a|b")
    assert words.in_text(text) == found.split()


async def test_of_too_many_some_are_left_out() -> None:
    words = await watching(*(f"w{number}" for number in range(100)))
    assert len(words.in_text(" ".join(f"W{number}" for number in range(100)))) == MOST_HITS


@pytest.mark.parametrize("name", ["Anna", "a-b_[c]", "Größe", "Юля", "日本", "ΣΊΣΥΦΟΣ"])
def test_names_are_found_as_they_are_folded(name: str) -> None:
    assert word_of(name) == fold(name)


@pytest.mark.slow
async def test_gateways_agree() -> None:
    """A gateway that starts, or has lost its link, learns all; the others hear of each."""
    world = World()
    one = MemoryGateway(world, "g1")
    await one.network.start()
    for number in range(1500):  # more than a page
        one.store.register("", f"name{number}", f"Name{number}", "secret").result()
    two = MemoryGateway(world, "g2")
    await two.network.start()
    assert len(two.network.words.watched) == 1500
    anna = await one.login("anna")
    one.store.register(anna.session.sid, "anna", "anna", "secret").result()
    one.store.set_account(anna.session.sid, "anna", ("anna", "anna")).result()
    one.store.nick(anna.session.sid, "anna", "anna-work", "Anna-Work").result()
    one.store.change_keywords("anna-work", ["deploy", "name7"], 9, add=True).result()
    for gateway in (one, two):
        words = gateway.network.words
        assert words.in_text("anna-work deploy name7 anna") == [
            "anna-work",
            "deploy",
            "name7",
            "anna",
        ]
    # what concerns another one too stays
    one.store.change_keywords("anna-work", ["deploy", "name7", "anna-work"], 9, add=False).result()
    assert two.network.words.in_text("deploy anna-work name7") == ["anna-work", "name7"]
    one.store.nick(anna.session.sid, "anna-work", "anna", "anna").result()
    assert two.network.words.in_text("anna-work anna") == ["anna"]
    one.store.change_keywords("anna", ["deploy", "name7"], 9, add=True).result()
    one.store.nick(anna.session.sid, "anna", "deploy", "deploy").result()
    one.store.nick(anna.session.sid, "deploy", "anna", "anna").result()
    assert two.network.words.in_text("deploy") == ["deploy"], "it is a keyword still"
    for name in ("anna", "name7"):
        one.store.account_delete(name).result()
    assert two.network.words.in_text("anna deploy name7 name8") == ["name8"]
    two.network.refresh()
    assert two.network.words.in_text("anna deploy name7 name8") == ["name8"]


@pytest.mark.slow
async def test_what_changes_while_all_are_read() -> None:
    """ "What is there all the time is read, and what comes and goes meanwhile is heard." """
    world = World()
    gateway = MemoryGateway(world, "g1")
    words = gateway.network.words
    words.watch("old")
    pages = []

    def watched(cursor: str) -> object:
        pages.append(cursor)
        if len(pages) == 2:
            words.watch("new")
            words.unwatch("name0")
        return type(gateway.store).watched(gateway.store, cursor)

    for number in range(1500):
        gateway.store.register("", f"name{number}", f"Name{number}", "secret").result()
    gateway.store.watched = watched  # type: ignore[method-assign, assignment]
    words.refresh()
    assert len(pages) > 1
    assert "new" in words.in_text("new old name0 name1499")
    assert words.in_text("old") == []
