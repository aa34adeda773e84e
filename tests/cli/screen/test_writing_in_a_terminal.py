"""Writing in the program itself, on a terminal of its own, to a real gateway."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.programs import Programs
from tests.conftest import Gateways
from tests.support.irc import IrcClient
from tests.support.wait import wait_until

pytestmark = pytest.mark.slow


async def test_lines_an_editor_and_a_draft_that_outlives_the_program(
    gateways: Gateways, chat: Programs, tmp_path: Path
) -> None:
    """'multi-line (Alt+Enter ...', '`$EDITOR` on Ctrl+X Ctrl+E', 'drafts ... survive a restart'"""
    (gateway,) = await gateways(1)
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf "and edited\\n" >>"$1"\n')
    editor.chmod(0o700)
    chat.environ["EDITOR"] = str(editor)
    arguments = ("login", "anna", "--server", f"{gateway.host}:{gateway.port}")
    async with await IrcClient.connect(gateway.host, gateway.port) as bob:
        await bob.register("bob", caps=("message-tags", "batch", "draft/multiline"))
        await bob.send("JOIN #global")
        async with await chat.screen(*arguments) as terminal:
            await terminal.shows("rite to #global")
            await terminal.shows("you are in #global")
            terminal.type("one\x1b\rtwo\r")  # Alt+Enter, then Enter
            await bob.expect(r":anna!.* PRIVMSG #global :?one$")
            await bob.expect(r":anna!.* PRIVMSG #global :?two$")
            terminal.type("typed \x18\x05")
            await terminal.shows("and edited")
            terminal.type(" and sent\r")
            await bob.expect(r":anna!.* PRIVMSG #global :?typed *$")
            await bob.expect(r":anna!.* PRIVMSG #global :and edited and sent$")
            terminal.type("begun")
            drafts = chat.state / "drafts"
            await wait_until(
                lambda: any("begun" in file.read_text() for file in drafts.glob("*/[!.]*")),
                "the draft is written down",
            )
            terminal.process.kill()
            await terminal.ended()
        assert [file.stat().st_mode & 0o777 for file in drafts.glob("*/[!.]*")] == [0o600]
        async with await chat.screen(*arguments) as terminal:
            await terminal.shows("begun")
