"""Events of a user: what its own sessions hear, and what this gateway remembers of it."""

from __future__ import annotations

from collections.abc import Callable

from chatd.state import events
from chatd.state.events import Event
from chatd.state.hub import USER_EVENTS, Hub
from chatd.state.local import Feed, LocalUser
from chatd.state.notices import AccountChanged, Asked, Ended, Killed, TakenOver
from chatd.state.values import tell_value
from chatd.wire.casemap import fold

Apply = Callable[[Hub, LocalUser, Event], None]


def user_event(*kinds: bytes) -> Callable[[Apply], Apply]:
    """Register what events of some kinds do."""

    def enter(function: Apply) -> Apply:
        for kind in kinds:
            USER_EVENTS[kind] = function
        return function

    return enter


@user_event(events.INVITED, events.MULTILINE, events.REDACTION)
def _told(hub: Hub, user: LocalUser, event: Event) -> None:
    hub.fanout.deliver(event, list(user.sessions))


@user_event(events.NICK)
def _nick(hub: Hub, user: LocalUser, event: Event) -> None:
    new, nick = event.args[0].decode(), event.args[1].decode()
    if event.id == user.renamed_id:
        return  # it was heard on the channel of the old name
    user.describe(nick, user.user, user.host)
    if new != user.key:
        user.renamed_id = event.id
        _follow(hub, user, new)
    hub.fanout.deliver(event, hub.told.first_time(event, user.sessions))
    hub.network.enforce(user)


@user_event(events.RENAMED_USER)
def _moved(hub: Hub, user: LocalUser, event: Event) -> None:
    """What is left of the log under the old name says where it went; the NICK stands there."""
    _follow(hub, user, event.args[0].decode())


def _follow(hub: Hub, user: LocalUser, new: str) -> None:
    """Follow the channel of the new name; the log has moved there with all that is in it.

    It is read from before the NICK on: what was not heard under the old name stands there too.
    """
    before = user.feed
    hub.unfollow(user)
    del hub.users[user.key]
    user.key, user.channel = new, hub.store.keys.user(new)
    user.feed = Feed()
    user.feed.last_id = before.before or b"0-0"
    user.feed.added = None if before.added is None else before.added - 1
    hub.users[new] = user
    hub.follow(user)
    hub.gaps.heal(user)


@user_event(events.AWAY)
def _away(hub: Hub, user: LocalUser, event: Event) -> None:
    user.away = event.args[0].decode()
    hub.fanout.deliver(event, hub.told.first_time(event, user.sessions))


@user_event(events.REALNAME)
def _realname(hub: Hub, user: LocalUser, event: Event) -> None:
    user.realname = event.args[0].decode()
    hub.fanout.deliver(event, hub.told.first_time(event, user.sessions))


@user_event(events.ACCOUNT)
def _account(hub: Hub, user: LocalUser, event: Event) -> None:
    """The user has logged in to an account, or has none any more: it is another person then."""
    user.account = event.args[0].decode()
    user.account_key = fold(user.account) if user.account else ""
    if len(event.args) > 1:
        user.uid = event.args[1].decode()
    for session in user.sessions:
        session.account = (user.account_key, user.account)
    if user.account:
        hub.heard.want()
    if not event.sid:  # it was done to the account, and not by one of its sessions
        hub.fanout.tell(list(user.sessions), AccountChanged(user.account))
    hub.fanout.deliver(event, hub.told.first_time(event, user.sessions))
    hub.network.enforce(user)


@user_event(events.USER_MODES)
def _modes(hub: Hub, user: LocalUser, event: Event) -> None:
    user.modes = event.args[1].decode()
    hub.fanout.deliver(event, list(user.sessions))


@user_event(events.HOST)
def _host(hub: Hub, user: LocalUser, event: Event) -> None:
    user.describe(user.nick, event.args[0].decode(), event.args[1].decode())
    event.kind = events.HOST_OWN
    hub.fanout.deliver(event, hub.told.first_time(event, user.sessions))
    hub.network.enforce(user)


@user_event(events.METADATA)
def _metadata(hub: Hub, user: LocalUser, event: Event) -> None:
    tell_value(hub, event, hub.told.first_time(event, user.sessions))


@user_event(events.KILL)
def _kill(hub: Hub, user: LocalUser, event: Event) -> None:
    hub.fanout.tell(list(user.sessions), Killed(event))


@user_event(events.TAKEN_OVER)
def _taken_over(hub: Hub, user: LocalUser, event: Event) -> None:
    """The client of a session here has come again, through this gateway or another."""
    sid, by = event.sid.decode(), event.args[0].decode()
    ended = [one for one in user.sessions if one.sid == sid and one.session.came_as != by]
    hub.fanout.tell(ended, TakenOver())


@user_event(events.ENDED)
def _ended(hub: Hub, user: LocalUser, event: Event) -> None:
    """A session was ended from another one of its account, or by an operator."""
    sid = event.sid.decode()
    ended = [one for one in user.sessions if one.sid == sid]
    hub.fanout.tell(ended, Ended(event.args[0].decode()))


@user_event(events.ASKED)
def _asked(hub: Hub, user: LocalUser, event: Event) -> None:
    """A program has come that may be one of those here, whose wire is dead without a word."""
    asker, device = event.sid.decode(), event.args[0].decode()
    here = [one for one in user.sessions if one.session.device == device and one.sid != asker]
    if here:
        hub.fanout.tell(here, Asked(asker))


@user_event(events.READ)
def _read(hub: Hub, user: LocalUser, event: Event) -> None:
    """The session that has read it is answered; the others hear of it here."""
    others = [one for one in user.sessions if one.sid.encode() != event.sid]
    hub.fanout.deliver(event, others)


@user_event(events.JOINED_ELSEWHERE)
def _joined_elsewhere(hub: Hub, user: LocalUser, event: Event) -> None:
    """Another session of this user, on another gateway, entered a room."""
    key = event.args[0].decode()
    for session in user.sessions:
        room = hub.rooms.get(key)
        if room is None or session not in room.members:
            hub.show_room(session, key)
