"""Going to a place of the past, and what that leaves unread."""

from __future__ import annotations

import pytest

from tests.cli.screen.look import styles
from tests.cli.screen.pages import numbered, page, shows
from tests.support.wait import wait_until


async def test_a_jump_to_a_place_of_the_past_and_back() -> None:
    """'search jumps to its place; End returns'"""
    async with page(past=200) as (app, pilot):
        await pilot.pause()
        app.messages.go_to("m77")
        await pilot.pause()
        await pilot.pause()
        assert any(line.endswith("old 77") for line in shows(app))
        assert styles(app, "old 77") != styles(app, "old 78")
        app.take(app.said("bob", "meanwhile"))
        await pilot.pause()
        assert shows(app)[-1].startswith("1 new below")
        app.messages.action_to_end()
        await pilot.pause()
        await pilot.pause()
        assert [line.split()[-1] for line in shows(app)[-2:]] == ["199", "meanwhile"]


async def test_what_a_jump_leaves_below_is_not_read_and_what_it_shows_is() -> None:
    async with page(past=200) as (app, pilot):
        await pilot.pause()
        app.past.delays = True
        app.messages.show("bob")
        app.take(*numbered(app, 3))
        app.past.waiting.clear()
        app.past.delays = False
        app.messages.show("#dev", "m77")
        await pilot.pause()
        await pilot.pause()
        assert any(line.endswith("old 77") for line in shows(app))
        assert app.read == []
        app.messages.action_to_end()
        await pilot.pause()
        await pilot.pause()
        assert app.read == ["#dev"]
        app.messages.show("bob")
        app.take(app.said("bob", "at the end", "m-end"))
        app.messages.show("#dev", "m-end")
        await pilot.pause()
        assert app.messages.at_end
        assert app.read == ["#dev", "#dev"]


async def test_so_many_messages_back() -> None:
    """What is not here is fetched until that many are, or all."""
    async with page(past=60) as (app, pilot):
        await pilot.pause()
        app.messages.back(5)
        await pilot.pause()
        assert app.messages.at_end, "all of them are in sight"
        for count, first in ((45, "old 15"), (500, "old 0")):
            app.messages.back(count)
            await pilot.pause()
            await wait_until(lambda: not app.messages._asking, "it is there")
            await pilot.pause()
            assert shows(app)[0].endswith(first)
            assert len(app.past.asked) <= 6, "one page after the other, and none twice"
    async with page(past=60) as (app, pilot):
        await pilot.pause()
        app.past.refusal = "not today"
        app.messages.back(500)
        await wait_until(lambda: "not today" in "".join(shows(app)), "it is told")


async def test_the_highlight_of_a_jump_goes_though_a_session_has_told_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cli.screen.log.LIT_S", 0.01)
    async with page(past=200) as (app, pilot):
        await pilot.pause()
        app.messages.go_to("m77")
        await wait_until(lambda: any("old 77" in line for line in shows(app)), "it is there")
        await wait_until(lambda: styles(app, "old 77") == styles(app, "old 78"), "it is dimmed")
