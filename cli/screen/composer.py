"""Where one writes: a text of several lines, its drafts, history, completion, and the way out."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, ClassVar, Final

from textual import on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static, TextArea

from chatd.wire.casemap import is_room
from cli.client import events as ev
from cli.client.conversation import folded
from cli.client.errors import ChatError
from cli.commands.talk import Quit, Talk, is_command
from cli.screen import editor, shown
from cli.screen.choosing import Choosing
from cli.screen.drafts import Drafts
from cli.screen.pasting import MOST, Paste, asks
from cli.screen.recall import Recall
from cli.screen.typing_notices import TypingNotices
from cli.screen.writing import Writing, plain

KEEP_S: Final = 1.0
"""After the last key until a draft is written down."""

ANSWERED: Final = 500
"""Characters of a message that are looked at when it is answered."""

CHORD_S: Final = 3.0
"""Between Ctrl+X and Ctrl+E."""

HELD_S: Final = 1.0
"""Between two Ctrl+D that are not one held down."""


class Composer(Vertical):
    """The part of the screen that one writes in. It carries out by itself what is sent.

    ``keep_file`` stores a text that was pasted, and returns its path. Raises ChatError.
    """

    DEFAULT_CSS = """
    Composer { height: auto; }
    Composer > #answers {
        height: 1; color: $muted; display: none; padding: 0 1;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "send", "send", id="write.send", priority=True),
        Binding("tab", "complete(1)", "complete", id="write.complete", priority=True),
        Binding("shift+tab", "complete(-1)", "the one before", id="write.back", priority=True),
        Binding("up", "earlier", "what was sent before", id="write.earlier", priority=True),
        Binding("down", "later", "what was sent after", id="write.later", priority=True),
        Binding("ctrl+c", "put_aside", "put the text aside", id="write.aside", priority=True),
        Binding("ctrl+d", "end", "leave, when nothing is written", id="write.leave", priority=True),
        Binding("ctrl+x", "chord", "", show=False, priority=True),
        Binding("ctrl+e", "editor", "", show=False, priority=True),
        Binding("escape", "dismiss", "close", id="write.dismiss", priority=True),
    ]

    class Sent(Message):
        """A text was said, or a command was carried out, while ``target`` was shown."""

        def __init__(self, target: str, *, said: bool) -> None:
            super().__init__()
            self.target = target
            self.said = said

    class Leave(Message):
        """The user wants to leave, with these words."""

        def __init__(self, farewell: str) -> None:
            super().__init__()
            self.farewell = farewell

    def __init__(
        self,
        talk: Talk,
        drafts: Drafts | None = None,
        keep_file: Callable[[str], str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(**more)
        self._talk = talk
        self._keep_file = keep_file
        self.drafts = drafts or Drafts()
        self.drafts.secret = talk.is_secret
        self.notices = TypingNotices(lambda to, active: talk.session.typing(to, active=active))
        self.writing = Writing(self._pasted)
        self.choosing = Choosing(talk, self.writing)
        self._answers = Static(id="answers", markup=False)
        self._to = ""
        self._shown = False
        self._reply_to = ""
        self._replies: dict[str, str] = {}
        """What is answered in other conversations."""
        self._recalls: dict[str, Recall] = {}
        self._sending = False
        self._keeping: Timer | None = None
        self._known = ""
        """The text that was last taken note of."""
        self._chord = self._deleting = 0.0

    def compose(self) -> ComposeResult:
        """Lay out what is answered, and the text; choices lie above all."""
        yield self._answers
        yield self.writing
        yield self.choosing

    # -- what the screen asks ----------------------------------------------------------------

    @property
    def text(self) -> str:
        """What is written and not sent."""
        return self.writing.text

    def show(self, name: str) -> None:
        """Write to somebody else: each has their own draft."""
        if self._shown and folded(name) == folded(self._to):
            return
        self.drafts.put(self._to, "" if self._sending else self.text)
        self._keep()
        self._replies[folded(self._to)] = "" if self._sending else self._reply_to
        self._to, self._shown = name, True
        self.reply(self._replies.pop(folded(name), ""))
        self._put(self.drafts.get(name))
        self.writing.placeholder = _whom(name)

    def insert(self, text: str) -> None:
        """Write something at the cursor."""
        self.writing.insert(plain(text))

    def paste(self, text: str) -> None:
        """Take a paste that came while another part had the focus."""
        self._pasted(plain(text))

    def reply(self, msgid: str) -> None:
        """Answer a message with what is sent next; an empty msgid answers none."""
        self._reply_to = msgid
        buffer = self._talk.buffers.get(self._to)
        message = buffer.find(msgid) if buffer is not None and msgid else None
        if message is not None:
            words = shown.plain(" ".join(message.text[:ANSWERED].split()))
            self._answers.update(f"answers {shown.visible(message.source)}: {words}")
        self._answers.display = message is not None

    def focus(self, scroll_visible: bool = True, *_: Any) -> Composer:
        """Let keys come here."""
        self.writing.focus(scroll_visible)
        return self

    def on_unmount(self) -> None:
        """Keep what is not sent."""
        self.follow()
        self.drafts.put(self._to, self.text)
        self._keep()

    # -- what is done by keys ----------------------------------------------------------------

    def action_send(self) -> None:
        """Send the text, or carry out the command; what cannot be sent stays."""
        text = self.text
        if text.strip():
            self._send(text, lambda: self._talk.type(text.rstrip("\n"), reply_to=self._reply_to))

    def action_complete(self, by: int) -> None:
        """Take what the word can become; with nothing written, let others have the key."""
        if not self.text:
            raise SkipAction
        self.choosing.step(by)

    def action_earlier(self) -> None:
        """In the first row, show what was sent before."""
        if not self.writing.at_top or not self._recalled(self._recall().back(self.text)):
            raise SkipAction

    def action_later(self) -> None:
        """In the last row, show what was sent after."""
        if not self.writing.at_bottom or not self._recalled(self._recall().forward(self.text)):
            raise SkipAction

    def action_put_aside(self) -> None:
        """Copy what is selected, or clear the text; Up brings it back."""
        if self.writing.selected_text:
            return self.writing.action_copy()
        if not self.text:
            raise SkipAction
        self._recall().add(self.text)
        self._put("")
        return self._typed()

    def action_end(self) -> None:
        """With nothing written, leave; else delete to the right. A key held down only deletes."""
        now = time.monotonic()
        begun, self._deleting = self._deleting, now
        if self.text:
            raise SkipAction
        if now - begun > HELD_S:
            self.post_message(self.Leave(""))

    def action_dismiss(self) -> None:
        """Close the choices, or answer nothing."""
        if self.choosing.revert():
            return
        if not self._reply_to:
            raise SkipAction
        self.reply("")

    def action_chord(self) -> None:
        """Begin Ctrl+X Ctrl+E, or cut what is selected."""
        if self.writing.selected_text:
            return self.writing.action_cut()
        self._chord = time.monotonic()
        return None

    def action_editor(self) -> None:
        """Write in the user's own editor, after Ctrl+X."""
        begun, self._chord = self._chord, 0.0
        if time.monotonic() - begun > CHORD_S:
            raise SkipAction
        self.run_worker(self.edit_elsewhere(), exclusive=True)

    async def edit_elsewhere(self) -> None:
        """Have the text edited by ``$EDITOR``."""
        name, text = self._to, self.text
        try:
            edited = plain(await editor.edit(self.app, text))[:MOST]
        except ChatError as error:
            return self._talk.tell(ev.Answer(str(error)))
        if name != self._to:
            self.drafts.put(name, edited)
        elif edited != text:
            self.writing.select_all()
            self.writing.replace(edited, *self.writing.selection)
            self.writing.move_cursor(self.writing.document.end)
        return None

    # -- what happens ------------------------------------------------------------------------

    @on(TextArea.Changed)
    def _changed(self, event: TextArea.Changed) -> None:
        event.stop()
        if self.text != self._known:
            self._typed()

    @on(TextArea.SelectionChanged)
    def _moved(self, event: TextArea.SelectionChanged) -> None:
        event.stop()
        if self.choosing.is_open and self.text == self._known:
            self.choosing.typed()

    def _pasted(self, text: str) -> None:
        if not asks(text):
            return self._insert(text)
        self.app.push_screen(
            Paste(text, shown.visible(self._to), is_command=is_command(self.text)),
            lambda answer: self._paste_means(answer or "", text),
        )
        return None

    def _paste_means(self, answer: str, text: str) -> None:
        self.focus()
        if answer == "file":
            try:
                self._insert(self._keep_file(text) if self._keep_file is not None else "")
            except ChatError as error:
                self._talk.tell(ev.Answer(str(error)))
        elif answer:
            self._insert(text)
        whole = self.text.rstrip("\n")
        if answer == "one":
            self.action_send()
        elif answer == "lines":
            self._send(self.text, lambda: self._talk.type_lines(whole))

    # -- helpers -----------------------------------------------------------------------------

    def _send(self, text: str, act: Callable[[], bool]) -> None:
        self.follow()
        name, self._sending = self._to, True
        self.choosing.close()
        try:
            done = act()
        except Quit as leaving:
            self._put("")
            self.post_message(self.Leave(str(leaving)))
            return
        finally:
            self._sending = False
        if done:
            self._recall(name).add("" if self._talk.is_secret(text) else text)
            self.notices.sent()
            self.drafts.put(name, "")
            self._keep()
            self.post_message(self.Sent(name, said=not is_command(text)))
        elif name != self._to:
            self.drafts.put(name, text)
        if done and name == self._to:
            self.reply("")
            self._put("")

    def follow(self) -> None:
        """Go on with somebody who is called something else now, or a room that is.

        Whoever takes their old name gets nothing of it.
        """
        old, new = self._to, self._talk.target
        if self._shown and folded(new) != folded(old):
            self.drafts.put(old, "")
            if folded(old) in self._recalls:
                self._recalls[folded(new)] = self._recalls.pop(folded(old))
            self._to = new
            self.writing.placeholder = _whom(new)

    def _typed(self) -> None:
        """Take note that the text is another one."""
        self.follow()
        self._known = self.text
        self.notices.on = self._talk.preferences.now.typing
        self.notices.typed(self._to, self.text)
        self.choosing.typed()
        if self._keeping is not None:
            self._keeping.stop()
        self._keeping = self.set_timer(KEEP_S, self._later_keep)

    def _later_keep(self) -> None:
        self._keeping = None
        self.drafts.put(self._to, self.text)
        self._keep()

    def _keep(self) -> None:
        try:
            self.drafts.keep()
        except ChatError as error:
            self._talk.tell(ev.Answer(f"your drafts are not kept: {error}"))

    def _put(self, text: str) -> None:
        self._known = text
        self.writing.put(text)
        self.choosing.close()

    def _insert(self, text: str) -> None:
        end = self.writing.replace(text, *self.writing.selection)
        self.writing.move_cursor(end.end_location)

    def _recall(self, name: str | None = None) -> Recall:
        return self._recalls.setdefault(folded(self._to if name is None else name), Recall())

    def _recalled(self, text: str | None) -> bool:
        if text is not None:
            self._put(text)
        return text is not None


def _whom(name: str) -> Content:
    """Say who will read what is written."""
    if not name:
        return Content("/help lists what can be done")
    more = "" if is_room(name) else ", and to nobody else"
    return Content(f"Write to {shown.visible(name)}{more}")
