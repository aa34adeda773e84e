"""What concerns everybody: who came and left, bans, WALLOPS. One feed for all sessions."""

from __future__ import annotations

import time
from collections.abc import Callable

from chatd.state import absences, events
from chatd.state.bans import BanList, Subject, subject_of
from chatd.state.events import Event
from chatd.state.hub import Hub
from chatd.state.local import LocalNetwork, LocalUser, Receiver
from chatd.state.notices import Banned, Monitored
from chatd.state.values import tell_value
from chatd.state.words import Words
from chatd.store.pages import PAGE
from chatd.store.pending import Pending, settled
from chatd.store.staff import Ban, Bans
from chatd.store.store import Person, Store
from chatd.wire import caps as c
from chatd.wire.usermodes import OPERATOR, WALLOPS


class Network(LocalNetwork):
    """The gateway's side of ``chat:global``: bans, and who of its sessions monitors whom."""

    def __init__(self, hub: Hub, store: Store) -> None:
        super().__init__(store.keys.global_channel, store.keys.global_log)
        self._hub = hub
        self._store = store
        self._watchers: dict[str, dict[Receiver, None]] = {}
        self._watched: dict[Receiver, dict[str, str]] = {}
        self.bans = BanList(time.monotonic)
        self.words = Words(store)
        self.on_lost_user: Callable[[LocalUser], None] = lambda _: None
        """Called when Redis does not know a user of this gateway any more."""
        self.on_rehash: Callable[[], None] = lambda: None
        """Called when the files of the configuration shall be read again."""
        self.on_drain: Callable[[], None] = lambda: None
        """Called when this gateway shall let its clients go."""

    # -- following ---------------------------------------------------------------------------

    async def start(self) -> None:
        """Follow the channel, and learn the bans and words that there are. Raises StoreError."""
        self._hub.follow(self)
        found = await settled(self._store.bans())
        self.feed.last_id, self.feed.added = found.last_id, found.added
        self.bans.replace(found.bans, found.now_ms)
        await settled(self.words.refresh())

    def refresh(self) -> None:
        """After a new link: learn bans and words again, whatever was missed."""
        self._store.bans().then(self._refreshed)
        self.words.refresh()

    def _refreshed(self, reply: Pending[Bans]) -> None:
        if reply.error is None:
            found = reply.result()
            self.bans.replace(found.bans, found.now_ms)
            for user in list(self._hub.users.values()):
                self.enforce(user)

    def missed(self) -> None:
        """Something was missed for ever: tell all who monitor somebody how it is now."""
        self.refresh()
        names = list(self._watchers)
        for start in range(0, len(names), PAGE):
            self._tell_how_it_is(names[start : start + PAGE])

    def _tell_how_it_is(self, names: list[str]) -> None:
        def tell(reply: Pending[list[Person]]) -> None:
            if reply.error is None:
                self._tell_all(names, {person.name: person for person in reply.result()})

        self._store.named(*names).then(tell)

    def _tell_all(self, names: list[str], online: dict[str, Person]) -> None:
        for name in names:
            person = online.get(name)
            if person is not None:
                self._tell(name, True, f"{person.nick}!{person.user}@{person.host}")
            else:
                self._tell(name, False, "")

    # -- monitoring --------------------------------------------------------------------------

    def monitored_by(self, session: Receiver) -> dict[str, str]:
        """Whom a session monitors: name, folded -> as the client wrote it."""
        return self._watched.get(session, {})

    def monitor(self, session: Receiver, name: str, shown: str) -> None:
        """Tell a session when a user comes and goes."""
        self._watched.setdefault(session, {}).setdefault(name, shown)
        self._watchers.setdefault(name, {})[session] = None

    def unmonitor(self, session: Receiver, name: str) -> None:
        """The reverse of `monitor`."""
        watched = self._watched.get(session)
        if watched is None or watched.pop(name, None) is None:
            return
        if not watched:
            del self._watched[session]
        del self._watchers[name][session]
        if not self._watchers[name]:
            del self._watchers[name]

    def forget(self, session: Receiver) -> None:
        """A session is gone."""
        for name in list(self.monitored_by(session)):
            self.unmonitor(session, name)

    def _tell(self, name: str, online: bool, who: str) -> None:
        for session in list(self._watchers.get(name, ())):
            target = who or self._watched[session][name]
            self._hub.fanout.tell([session], Monitored(online, target))

    # -- bans --------------------------------------------------------------------------------

    def ban_on(self, subject: Subject) -> Ban | None:
        """The ban that keeps somebody out."""
        return self.bans.on(subject)

    def enforce(self, user: LocalUser) -> None:
        """Close those sessions of a user that may not be here.

        Operators who are here are spared: they have to be able to lift a ban.
        """
        if not self.bans or OPERATOR in user.modes:
            return
        for session in list(user.sessions):
            ban = self.bans.on(subject_of(user, session))
            if ban is not None:
                self._hub.fanout.tell([session], Banned(ban))

    # -- events ------------------------------------------------------------------------------

    def apply(self, event: Event) -> None:
        """One event, at its place in the order."""
        handler = _EVENTS.get(event.kind)
        if handler is not None:
            handler(self, event)

    def _on_online(self, event: Event) -> None:
        user = self._hub.users.get(event.name)
        if user is not None and self._hub.gaps.rolled_back and user.is_another(event):
            absences.lose(self._hub, user)
        if user is not None and user.absence is not None:
            if user.is_from_here(event.sid):
                absences.came_again(user)
            else:
                absences.replaced(self._hub, event.name)
        if event.name in self._watchers:
            self._tell(event.name, True, event.source.decode())

    def _on_offline(self, event: Event) -> None:
        user = self._hub.users.get(event.name)
        if user is not None and event.args and event.args[0].decode() == user.uid:
            self.on_lost_user(user)
        if event.name in self._watchers:
            self._tell(event.name, False, event.source.partition(b"!")[0].decode())

    def _on_nick(self, event: Event) -> None:
        new, nick = event.args[0].decode(), event.args[1].decode()
        absences.replaced(self._hub, new)
        if new != event.name:
            before, _, address = event.source.decode().partition("!")
            self._tell(event.name, False, before)
            self._tell(new, True, f"{nick}!{address}")

    def _on_news(self, event: Event) -> None:
        """https://ircv3.net/specs/extensions/extended-monitor."""
        watchers = self._watchers_with(c.CAP_EXTENDED_MONITOR, event.name)
        if watchers:
            event.spread = True  # the same event comes from the rooms that they share
            self._hub.fanout.deliver(event, self._hub.told.first_time(event, watchers))

    def _watchers_with(self, caps: int, name: str) -> list[Receiver]:
        """Who monitors a user and has all of some capabilities."""
        watchers = self._watchers.get(name, ())
        return [one for one in watchers if one.caps & caps == caps]

    def _on_host(self, event: Event) -> None:
        watchers = self._watchers_with(c.CAP_EXTENDED_MONITOR | c.CAP_CHGHOST, event.name)
        if watchers:
            event.kind, event.spread = events.HOST_OWN, True
            self._hub.fanout.deliver(event, self._hub.told.first_time(event, watchers))

    def _on_metadata(self, event: Event) -> None:
        event.spread = True
        watchers = self._hub.told.first_time(event, self._watchers.get(event.name, ()))
        tell_value(self._hub, event, watchers)

    def _on_wallops(self, event: Event) -> None:
        listeners = [user for user in self._hub.users.values() if WALLOPS in user.modes]
        self._hub.fanout.deliver(event, [one for user in listeners for one in user.sessions])

    def _on_rehash(self, event: Event) -> None:
        self.on_rehash()

    def _on_drain(self, event: Event) -> None:
        if event.args[0].decode() == self._store.gateway:
            self.on_drain()

    def _on_left_off(self, event: Event) -> None:
        """For a session that may be here."""
        asker = self._hub.fanout.receiver(event.sid)
        if asker is not None and asker.session.left_off is not None:
            asker.session.left_off.add(event.args[0].decode())

    def _on_watched(self, event: Event) -> None:
        self.words.watch(event.args[0].decode())

    def _on_unwatched(self, event: Event) -> None:
        self.words.unwatch(event.args[0].decode())

    def _on_ban(self, event: Event) -> None:
        kind, mask, setter, when, ends, reason = (part.decode() for part in event.args)
        self.bans.add(Ban(kind, mask, setter, int(when), int(ends), reason), event.time_ms)
        for user in list(self._hub.users.values()):
            self.enforce(user)

    def _on_unban(self, event: Event) -> None:
        kind, mask = (part.decode() for part in event.args)
        self.bans.remove(kind, mask)


_EVENTS: dict[bytes, Callable[[Network, Event], None]] = {
    events.ONLINE: Network._on_online,
    events.OFFLINE: Network._on_offline,
    events.NICK: Network._on_nick,
    events.AWAY: Network._on_news,
    events.ACCOUNT: Network._on_news,
    events.REALNAME: Network._on_news,
    events.HOST: Network._on_host,
    events.METADATA: Network._on_metadata,
    events.WALLOPS: Network._on_wallops,
    events.REHASH: Network._on_rehash,
    events.DRAIN: Network._on_drain,
    events.LEFT_OFF: Network._on_left_off,
    events.WATCHED: Network._on_watched,
    events.UNWATCHED: Network._on_unwatched,
    events.BAN: Network._on_ban,
    events.UNBAN: Network._on_unban,
}
