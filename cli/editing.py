"""The line that is typed, and its keys: none leaves the chat or loses a text unasked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition, FilterOrBool
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.key_binding.bindings.named_commands import get_by_name
from prompt_toolkit.key_binding.defaults import load_key_bindings
from prompt_toolkit.keys import Keys

from cli.client import events as ev
from cli.commands.completion import MOST, completions
from cli.commands.talk import Quit, Talk

Handler = Callable[[KeyPressEvent], None]

ASK_FROM: Final = 6
"""Lines that are not sent before the user has said how."""

MANY_WAITING: Final = 20
"""Messages that are worth to be told of; fewer are gone in a moment."""

NAMED: Final = {
    "beginning-of-line": ("home", "c-a"),
    "end-of-line": ("end", "c-e"),
    "backward-char": ("left", "c-b"),
    "forward-char": ("right", "c-f"),
    "backward-word": ("c-left", "escape left", "escape b"),
    "forward-word": ("c-right", "escape right", "escape f"),
    "beginning-of-buffer": ("c-home",),
    "end-of-buffer": ("c-end",),
    "clear-screen": ("c-l",),
    "backward-delete-char": ("c-h",),
    "delete-char": ("delete", "c-delete"),
    "kill-line": ("c-k",),
    "unix-line-discard": ("c-u",),
    "unix-word-rubout": ("c-w",),
    "backward-kill-word": ("escape c-h",),
    "kill-word": ("escape d",),
    "yank": ("c-y",),
    "yank-pop": ("escape y",),
    "transpose-chars": ("c-t",),
    "uppercase-word": ("escape u",),
    "downcase-word": ("escape l",),
    "capitalize-word": ("escape c",),
    "undo": ("c-_", "c-x c-u"),
    "self-insert": ("<any>",),
}
"""Commands of the library, by the names that they have in readline."""

_BEGINS_ONLY: Final = ("c-]", "escape c-]")
"""Keys that the library waits for another one behind."""


class Input:
    """What is typed. ``suspend`` stops the program until the shell continues it."""

    def __init__(self, talk: Talk, suspend: Callable[[], None]) -> None:
        self.talk = talk
        self.buffer = Buffer(name="typed")
        self.buffer.on_text_changed += lambda _: talk.session.attend()
        self.asking = False
        """Whether the user is asked how a text of many lines is to be sent."""
        self.secret = False
        """Whether a password is typed, which nobody sees."""
        self._beside = Document()
        """What was being typed before."""
        self.aloud = False
        """Whether what the user is asked has to be told, because no prompt shows it."""
        self._suspend = suspend
        self._draft = ""
        """What was being typed when an older text was looked for."""
        self._warned = False

    @property
    def lines(self) -> int:
        """Return how many lines are typed."""
        return self.buffer.text.count("\n") + 1

    @property
    def question(self) -> str:
        """Say what the user is asked about them."""
        if self.is_one:
            return "Enter sends them as one message, L each as its own, Esc does not yet"
        return "Enter sends each as a message of its own, Esc does not yet"

    @property
    def is_one(self) -> bool:
        """Tell whether all lines can be one message; a command takes them as it likes."""
        text = self.buffer.text
        return text.startswith("/") or self.talk.session.can_be_one(self.talk.target, text)

    def tell(self, text: str) -> None:
        """Tell the user something."""
        self.talk.tell(ev.Answer(text))

    # -- what keys do ------------------------------------------------------------------------

    def ask_password(self) -> None:
        """Take the next line for a password; what is being typed comes back behind it."""
        is_asked_so = self.buffer.text.startswith("/password")
        self._beside = Document() if is_asked_so else self.buffer.document
        self.secret = True
        self.buffer.reset()
        if self.aloud:
            self.tell("type the password: it is not shown")

    def _password(self, *, given: bool) -> None:
        password, self.secret = self.buffer.text, False
        self.buffer.reset(self._beside)
        if given:
            self.talk.do(self._give, password)

    def _give(self, password: str) -> list[str]:
        self.talk.session.give_password(password)
        return []

    def enter(self, event: KeyPressEvent) -> None:
        """Carry out what is typed; a long text only after the user has said how."""
        if self.secret:
            self._password(given=True)
        elif not self.buffer.text.strip():
            self.buffer.reset()
        elif self.lines >= ASK_FROM:
            self.asking = True
            if self.aloud:
                self.tell(f"{self.lines} lines: {self.question}")
        else:
            self.send()

    def send(self) -> None:
        """Say it. What is refused stays."""
        self.asking = False
        if self.talk.type(self.buffer.text) and not self.secret:
            self._reset()

    def send_lines(self, event: KeyPressEvent) -> None:
        """Say each line by itself."""
        self.asking = False
        if self.talk.type_lines(self.buffer.text):
            self._reset()

    def not_yet(self, event: KeyPressEvent) -> None:
        """Go back to the text."""
        self.asking = False

    def clear(self, event: KeyPressEvent) -> None:
        """Begin anew; the text can be had again as an older one."""
        if self.secret:
            self._password(given=False)
        elif self.buffer.text.strip():
            self._reset()
        else:
            self.buffer.reset()
            self.tell("Ctrl-D leaves the chat, and so does /quit")

    def _reset(self) -> None:
        draft = "" if self._at_draft() else self._draft
        self.buffer.reset(append_to_history=not self.talk.is_secret(self.buffer.text))
        if draft.strip():
            self.buffer.document = Document(draft)
        self._draft, self._warned = "", False

    def leave(self, event: KeyPressEvent) -> None:
        """Leave, unless there is something typed, or something that is not sent yet."""
        session = self.talk.session
        waiting = session.delivery.pending
        is_stuck = waiting and (not session.connected or waiting >= MANY_WAITING)
        if self.buffer.text:
            get_by_name("delete-char").call(event)
        elif self.secret:
            self._password(given=False)
        elif is_stuck and not self._warned:
            self._warned = True
            messages, it = f"{waiting} messages are", "them"
            if waiting == 1:
                messages, it = "1 message is", "it"
            self.tell(f"{messages} not sent yet: Ctrl-D once more leaves without {it}")
        else:
            event.app.exit(exception=EOFError)

    def new_line(self, event: KeyPressEvent) -> None:
        """Break the line."""
        self.buffer.insert_text("\n")

    def paste(self, event: KeyPressEvent) -> None:
        """Take what is pasted as it is, but for its last line break."""
        self.asking = False
        text = event.data.replace("\r\n", "\n").replace("\r", "\n")
        self.buffer.insert_text(text.removesuffix("\n"))

    def older(self, event: KeyPressEvent) -> None:
        """Go a line up, or to the text before this one."""
        self._look(self.buffer.auto_up)

    def newer(self, event: KeyPressEvent) -> None:
        """Go a line down, or to the text behind this one."""
        self._look(self.buffer.auto_down)

    def _look(self, move: Callable[[], None]) -> None:
        if self.secret:
            return
        at_draft, text = self._at_draft(), self.buffer.text
        move()
        if at_draft and not self._at_draft():
            self._draft = text

    def _at_draft(self) -> bool:
        return self.buffer.working_index >= len(self.buffer.history.get_strings())

    def complete(self, event: KeyPressEvent) -> None:
        """Complete the word before the cursor as far as it is certain, or list what it can be."""
        if self.secret:
            return
        before = self.buffer.document.text_before_cursor
        found = completions(self.talk, before)
        word, texts = before[found.start :], [item.text for item in found.items]
        certain = texts[0] if len(texts) == 1 else _common(texts, word)
        if len(certain) > len(word) or len(texts) == 1:
            self.buffer.delete_before_cursor(len(word))
            self.buffer.insert_text(certain)
        elif texts:
            listed = [one.shown if word[:1] == ":" else one.text for one in found.items]
            more = ", and perhaps more" if len(texts) == MOST else ""
            self.tell(", ".join(one.rstrip(": ") for one in listed) + more)
        elif found.hint is not None:
            self.tell(f"{found.hint.shown}: {found.hint.note}")
        else:
            event.app.output.bell()

    # -- which keys do it --------------------------------------------------------------------

    def keys(self) -> KeyBindings:
        """Return all keys. What else the library binds (macros, editors, searches) does nothing."""
        keys = KeyBindings()
        asking = Condition(lambda: self.asking)
        own: dict[str, Handler] = {
            "c-m": self.enter,
            "c-j": self.enter,
            "escape c-m": self.new_line,
            "c-c": self.clear,
            "<sigint>": self.clear,
            "c-d": self.leave,
            "c-z": lambda event: self._suspend(),
            "c-i": self.complete,
            "<bracketed-paste>": self.paste,
            **dict.fromkeys(("up", "c-p", "c-up", "pageup"), self.older),
            **dict.fromkeys(("down", "c-n", "c-down", "pagedown"), self.newer),
        }
        named: dict[str, Handler] = {
            key: get_by_name(name).call for name, all_ in NAMED.items() for key in all_
        }
        for key in _unwanted({**own, **named}):
            self._bind(keys, key, _nothing, eager=key in _BEGINS_ONLY)
        for key, handler in named.items():
            self._bind(keys, key, handler)
        for key, handler in own.items():
            self._bind(keys, key, handler, eager=key == "c-c")
        for key, handler in self._answers().items():
            self._bind(keys, key, handler, when=asking, eager=True)
        return keys

    def _answers(self) -> dict[str, Handler]:
        """Return what keys do while the user is asked how a text of many lines is to be sent."""
        return {
            "<any>": _nothing,
            "<bracketed-paste>": self.paste,
            "c-z": lambda event: self._suspend(),
            **dict.fromkeys(("c-m", "c-j"), lambda event: self.send()),
            **dict.fromkeys(("l", "L"), self.send_lines),
            **dict.fromkeys(("escape", "c-c", "<sigint>", "e"), self.not_yet),
        }

    def _bind(
        self,
        keys: KeyBindings,
        key: str,
        handler: Handler,
        *,
        when: FilterOrBool = True,
        eager: bool = False,
    ) -> None:
        """Bind a key to what cannot end the chat, whatever goes wrong in it."""

        def guarded(event: KeyPressEvent) -> None:
            try:
                handler(event)
            except Quit as leaving:
                event.app.exit(exception=leaving)
            except Exception as error:
                self.tell(f"this key did not work ({type(error).__name__}: {error})")

        changes = any(key in NAMED[name] for name in NAMED) and key not in NAMED["undo"]

        def save(event: KeyPressEvent) -> bool:
            return changes and not event.is_repeat

        keys.add(*key.split(" "), filter=when, eager=eager, save_before=save)(guarded)


def _nothing(event: KeyPressEvent) -> None:
    """Do nothing."""


def _unwanted(wanted: Iterable[str]) -> set[str]:
    """Return what the library binds besides, but for what is a text or comes from a terminal."""
    known = {tuple(key.split(" ")) for key in wanted}
    found = {*_BEGINS_ONLY}
    for binding in load_key_bindings().bindings:
        keys = tuple(str(getattr(key, "value", key)) for key in binding.keys)
        ours = keys in known or len(keys[0]) == 1 or Keys.Any.value in keys
        if not ours and not keys[0].startswith("<"):
            found.add(" ".join(keys))
    return found


def _common(words: list[str], word: str) -> str:
    """Return what all words begin with; the word itself where they differ in its letters."""
    least, most = min(words, default=""), max(words, default="")
    alike = (at for at, char in enumerate(least) if most[at] != char)
    common = least[: next(alike, len(least))]
    return common if len(common) > len(word) else word
