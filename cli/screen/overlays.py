"""What opens over the chat: the switcher, lists, menus, questions, the search and the keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from chatd.wire.casemap import is_room
from cli.client.conversation import folded
from cli.commands.table import COMMANDS
from cli.screen import keys, menus
from cli.screen.acts import Acts
from cli.screen.directory import Directory
from cli.screen.fuzzy import best
from cli.screen.listing import Listing, Row
from cli.screen.picker import Ask, Picker
from cli.screen.results import Search
from cli.screen.sidebar import UNKNOWN
from cli.screen.switcher import HINT, Switcher, needs_words


class Overlays(Acts):
    """The actions of `cli.screen.keys` that open something."""

    _known: Directory | None = None

    def command(self, name: str, rest: str = "") -> None:
        """Carry out a command of the table."""
        raise NotImplementedError

    @property
    def directory(self) -> Directory:
        """Who is online and which rooms there are."""
        if self._known is None:
            self._known = Directory(self.session)
        return self._known

    def does(self, what: str, *words: str) -> bool:
        """Do what only a screen can; return whether that is known."""
        match what:
            case "rooms":
                self.action_rooms(" ".join(words))
            case "search":
                self.action_search(" ".join(words))
            case "history":
                self.messages.back(int(words[0]))
            case "help" | "keys":
                self.action_keys()
            case "password":
                self._ask_password()
            case "theme":
                pass  # it was chosen, and that is enough
            case "reply":
                self.composer.reply(words[0])
                self.composer.focus()
            case _:
                return False
        return True

    def _ask_password(self) -> None:
        """Ask for the one that the server wants, where nothing else can be typed into."""

        def given(password: str | None) -> None:
            if password:
                self.carry_out(lambda: self.session.give_password(password))

        self.push_screen(Ask(f"Password of {self.session.login.name}", secret=True), given)

    # -- finding -----------------------------------------------------------------------------

    def action_find(self) -> None:
        """Find a room, a person or a command."""
        switcher = Switcher(self.buffers, self.directory, COMMANDS)
        picker = Picker("Go to", switcher.rows, placeholder="a name, or a word", hint=HINT)
        self._fill_later(picker, self.directory.ask_people, self.directory.ask_rooms)
        self.push_screen(picker, lambda row: self._found(row, menu=picker.menu))

    def _found(self, row: Row | None, *, menu: bool) -> None:
        kind, _, name = (row.key if row is not None else "").partition(":")
        if kind == "to" and menu and name:
            self.open_menu(name)
        elif kind == "to":
            self.go_to(name)
        elif kind == "do" and needs_words(COMMANDS[name]):
            self.composer.insert(f"/{name} ")
        elif kind == "do":
            self.command(name)
        elif kind == "key":
            self.call_later(self.run_action, name)

    def go_to(self, name: str) -> None:
        """Open a conversation, or a room; one that the user is not in is entered."""
        if is_room(name) and folded(name) not in self.session.chat.rooms:
            self.command("join", name)
        else:
            self.open(name)

    def action_rooms(self, words: str = "") -> None:
        """Choose from all rooms of the server."""

        def rows(text: str) -> Sequence[Row]:
            rooms = [room for room in self.directory.rooms if room.topic or room.name]
            fits = best(text, rooms, lambda room: f"{room.name} {room.topic}", len(rooms) or 1)
            joined = self.session.chat.rooms
            return [
                Row(
                    room.name,
                    f"{room.name}  {room.topic}",
                    "✓ " if folded(room.name) in joined else UNKNOWN,
                    str(room.people),
                )
                for room in fits
            ]

        picker = Picker("Rooms of the server", rows, placeholder="a name, or a word of the topic")
        picker.field.value = words
        self._fill_later(picker, self.directory.ask_rooms)
        self.push_screen(picker, lambda row: self.go_to(row.key) if row is not None else None)

    def _fill_later(self, picker: Picker, *asks: Callable[[Callable[[], None]], None]) -> None:
        """Fill a list again as the server answers."""

        def answered() -> None:
            if picker.is_attached:
                picker.fill()
                if self.directory.problem:
                    picker.say(self.directory.problem)

        for ask in asks:
            ask(answered)

    def action_search(self, words: str = "") -> None:
        """Search what was said."""
        search = Search(self.session, words, self.settings.time)
        self.push_screen(search, self._go_to_found)

    def _go_to_found(self, row: Row | None) -> None:
        if row is not None:
            place, _, msgid = row.key.partition(" ")
            self.open(place, msgid)

    def action_keys(self) -> None:
        """Show all keys; one that is chosen is carried out."""
        actions = {key.id: key.action for key in keys.KEYS}

        def rows(text: str) -> Sequence[Row]:
            made: list[Row] = []
            for head, group in keys.table(self.key_classes(), self.settings.keys):
                fits = best(text, group, lambda one: f"{one[1]} {one[2]} {one[0]}", len(group))
                lines = [Row(one[0], one[2], UNKNOWN, one[1]) for one in fits]
                made += [Row("", head, look="head"), *lines] if lines else []
            return made

        def chosen(row: Row | None) -> None:
            if row is not None and row.key in actions:
                self.call_later(self.run_action, actions[row.key])

        def about(row: Row) -> str:
            return f'[keys] of config.toml may say: {row.key} = ["alt+x"]' if row.key else ""

        self.push_screen(Picker("Keys", rows, placeholder="what for?", about=about), chosen)

    # -- menus -------------------------------------------------------------------------------

    def action_menu(self) -> None:
        """Show what can be done with the row at the cursor, or with what is shown."""
        row = self.roster.row if self.roster.has_focus else self.sidebar.row
        in_side = self.roster.has_focus or self.sidebar.has_focus
        name = row.key if row is not None and in_side else self.buffers.current
        if self.roster.has_focus:
            name = self.roster.nick(self.buffers.open(self.buffers.current))
        if name:
            self.open_menu(name)

    def open_menu(self, name: str) -> None:
        """Show what can be done with a room or a person."""
        made = menus.room if is_room(name) else menus.person
        items = made(self.buffers, name, self.settings, COMMANDS)
        self.choose(name, [(item.words, partial(self._act, item)) for item in items])

    def choose(self, head: str, things: Sequence[tuple[str, Callable[[], object]]]) -> None:
        """Have one of a few things chosen, and do it."""
        rows = [Row(str(place), words, UNKNOWN) for place, (words, _) in enumerate(things)]

        def chosen(row: Row | None) -> None:
            if row is not None:
                things[int(row.key)][1]()

        self.push_screen(
            Picker(head, lambda text: best(text, rows, lambda row: row.text, len(rows) or 1)),
            chosen,
        )

    def confirm(self, question: str, yes: str, act: Callable[[], object]) -> None:
        """Do something when the user is sure."""
        self.choose(question, [("No", lambda: None), (yes, partial(self.carry_out, act))])

    def _act(self, item: menus.Item) -> None:
        def asked(text: str | None) -> None:
            if text is None:
                return
            words = f"{item.rest} {text}".strip()
            if item.sure:
                act = partial(self.command, item.command, words)
                self.confirm(item.sure, item.words.removesuffix(" ..."), act)
            else:
                self.command(item.command, words)

        if item.ask:
            self.push_screen(Ask(item.ask, item.text), asked)
        else:
            asked("")

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """Open what was chosen at a side, or its menu."""
        event.stop()
        name = event.row.key
        if event.listing is self.roster:
            name = self.roster.nick(self.buffers.open(self.buffers.current))
        if event.menu and name:
            self.open_menu(name)
        else:
            self.open(name)
