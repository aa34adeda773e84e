"""Changed values of METADATA, told in the form that each session has asked for."""

from __future__ import annotations

from collections.abc import Iterable

from chatd.state.events import Event
from chatd.state.hub import Hub
from chatd.state.local import Receiver, subscribers
from chatd.state.notices import ValueChanged
from chatd.wire import caps as c


def tell_value(hub: Hub, event: Event, receivers: Iterable[Receiver]) -> None:
    """Those who have subscribed to the key: by METADATA, or 761 and 766 for draft/metadata-3."""
    wanted = subscribers(event, receivers)
    third = [one for one in wanted if one.caps & c.CAP_METADATA_3]
    if third:
        target, key, *value = (part.decode() for part in event.args)
        hub.fanout.tell(third, ValueChanged(target, key, value[0] if value else None))
        wanted = [one for one in wanted if not one.caps & c.CAP_METADATA_3]
    hub.fanout.deliver(event, wanted)
