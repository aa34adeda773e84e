"""What a user has chosen: ``config.toml``, and what is changed in the chat."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.client.errors import ChatError
from cli.files import Files
from cli.settings import Preferences, Settings, WrongSettings, read_file


def config(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    return path


def test_a_file_may_hold_everything(tmp_path: Path) -> None:
    text = """
        theme = "light"
        time = "%H:%M:%S"
        keywords = ["deploy"]
        do_not_disturb = true
        [notifications]
        bell = false
        desktop = "9"
        [aliases]
        j = "join $1"
        [keys]
        go.find = "ctrl+t"
        "go.next" = ["alt+j", "alt+down"]
    """
    chosen = Preferences(path=config(tmp_path, text)).now
    assert (chosen.theme, chosen.time, chosen.keywords) == ("light", "%H:%M:%S", ("deploy",))
    assert (chosen.notifications_bell, chosen.notifications_desktop) == (False, "9")
    assert chosen.aliases == {"j": "join $1"}
    assert chosen.keys == {"go.find": ("ctrl+t",), "go.next": ("alt+j", "alt+down")}
    assert chosen.do_not_disturb
    assert chosen.mouse is True


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('theme = "pink"', "theme must be one of dark, light, contrast, none"),
        ("mouse = 1", "mouse must be true or false"),
        ('time = ""', 'time must be a time format such as "%H:%M" or "%I:%M %p"'),
        ('time = "\\u001b[2J"', 'time must be a time format such as "%H:%M" or "%I:%M %p"'),
        ("mute = [1]", 'mute must be a list of words: ["one", "two"]'),
        ('colour = "red"', "there is no setting colour"),
        ("notifications.bell = 3", "notifications.bell must be true or false"),
        ("notifications = 3", "notifications must be a table"),
        ("aliases = []", "aliases must be a table"),
    ],
)
def test_what_is_wrong_is_a_sentence_and_the_rest_holds(
    tmp_path: Path, line: str, sentence: str
) -> None:
    preferences = Preferences(path=config(tmp_path, f'keywords = ["x"]\n{line}\n'))
    assert preferences.problems == [f"config.toml: {sentence}"]
    assert preferences.now == Settings(keywords=("x",))


def test_a_file_that_is_no_toml_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(WrongSettings, match=r"config\.toml cannot be understood: .*line 2"):
        read_file(config(tmp_path, 'theme = "dark"\ntheme\n'))
    assert WrongSettings.exit_code == 2


def test_what_is_changed_in_the_chat_is_kept_until_the_file_says_something_else(
    tmp_path: Path,
) -> None:
    files = Files(tmp_path / "state")
    first = Preferences(files, config(tmp_path, 'theme = "dark"'))
    seen: list[Settings] = []
    first.changed.append(seen.append)
    first.change(theme="light")
    assert first.add("mute", "#noise")
    assert not first.add("mute", "#NOISE")
    assert [one.theme for one in seen] == ["light", "light"]

    again = Preferences(files, config(tmp_path, 'theme = "dark"'))
    assert again.now.theme == "light"
    assert again.now.mutes("#Noise")

    edited = Preferences(files, config(tmp_path, 'theme = "contrast"'))
    assert edited.now.theme == "contrast"
    assert edited.now.mute == ("#noise",)
    assert edited.remove("mute", "#noise")
    assert Preferences(files).now.mute == ()


def test_what_cannot_be_chosen_is_refused(tmp_path: Path) -> None:
    preferences = Preferences(Files(tmp_path))
    with pytest.raises(ChatError, match=r"^theme must be one of"):
        preferences.change(theme="pink")
    assert preferences.now == Settings()


@pytest.mark.parametrize("text", ["[]", "{", '{"theme": 1}', '{"theme": {"value": {}}}', "\x00"])
def test_what_cannot_be_read_keeps_nobody_from_the_chat(tmp_path: Path, text: str) -> None:
    (tmp_path / "settings.json").write_text(text)
    assert Preferences(Files(tmp_path)).now == Settings()
