"""A terminal with a light background has the light theme, where the user has chosen none."""

from __future__ import annotations

import pytest

from cli.screen.ground import ANSWERS_S, Answer, Ground, told_before
from cli.settings import Preferences
from tests.cli.screen.stage import Stage

LIGHT = "\x1b]11;rgb:ffff/ffff/eeee\x1b\\"


@pytest.mark.parametrize(
    ("answer", "is_light"),
    [
        (LIGHT, True),
        ("\x1b]11;rgb:fd/f6/e3\x07", True),
        ("\x1b]11;rgba:1515/1818/1c1c/ffff\x1b\\", False),
        ("\x1b]11;rgb:0/0/f\x07", False),
    ],
)
def test_the_answer_is_taken_out_wherever_it_is_cut(answer: str, is_light: bool) -> None:
    for at in range(len(answer) + 1):
        ground = Answer()
        typed = ground.take("a\x1b[A" + answer[:at]) + ground.take(answer[at:] + "b\x1b")
        assert (typed, ground.news(), ground.news()) == ("a\x1b[Ab\x1b", is_light, None)


def test_what_is_typed_goes_on_and_what_is_no_answer_too() -> None:
    now = [0.0]
    ground = Answer(lambda: now[0])
    assert ground.take("abc\x1bk") == "abc\x1bk"
    for begun in ("\x1b", "\x1b]", "\x1b]11;rgb:ff", "\x1b]11;rgb:ffff/ffff/ffff\x1b"):
        assert (ground.take(begun), ground.holds) == ("", True)
        assert (ground.rest(), ground.holds) == (begun, False)
        ground.take(begun)
        assert ground.take("x") == f"{begun}x"
    assert ground.take("\x1b]11;rgb:" + "f" * 99) == "\x1b]11;rgb:" + "f" * 99
    assert ground.news() is None
    now[0] = ANSWERS_S + 1
    assert ground.take("\x1b") == "\x1b"


@pytest.mark.parametrize(
    ("value", "is_light"), [("0;15", True), ("0;default;7", True), ("15;0", False), ("", None)]
)
def test_the_environment_may_tell_it(value: str, is_light: bool | None) -> None:
    assert told_before({"COLORFGBG": value}) is is_light


async def test_the_theme_is_like_the_terminal_unless_it_was_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("COLORFGBG", raising=False)
    async with Stage().played() as stage:
        assert (stage.app.theme, stage.app.asks_for_ground) == ("dark", True)
        stage.app.post_message(Ground(is_light=True))
        await stage.settled()
        assert stage.app.theme == "light"
        stage.app.command("theme", "dark")
        stage.app.post_message(Ground(is_light=True))
        await stage.settled()
        assert stage.app.theme == "dark"
    chosen = Preferences()
    chosen.change(theme="dark")
    assert not Stage(preferences=chosen).app.asks_for_ground
