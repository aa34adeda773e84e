"""``chat export``: all that a user can see of what was said, as JSON lines."""

from __future__ import annotations

from collections.abc import Sequence

from cli.client.conversation import folded
from cli.client.past import Past
from cli.client.recovery import DIRECT
from cli.client.session import Session
from cli.ending import warn
from cli.options import Options
from cli.reading import listener, print_past, run_session


def export(
    options: Options,
    name: str,
    password: str | None,
    targets: Sequence[str],
    since: float | None,
    seconds: float,
) -> None:
    """Print what was said: room by room, then all conversations. Raises ChatError.

    ``targets``: only there; none = in the rooms that the user is in, and in all conversations.
    """
    wanted = {folded(target): target for target in targets}

    async def work(session: Session) -> None:
        await session.ready.wait()  # before that it is not known in which rooms the user is
        places = list(wanted.values())
        if not places:
            rooms = sorted(room.name for room in session.chat.rooms.values())
            if not rooms:
                warn("you are in no room: those that you name with --in are entered")
            places = [*rooms, DIRECT]
        for place in places:
            await print_past(session, Past(place, since=since), problems, json=True)

    tell, problems = listener()
    run_session(options, name, password, tell, work, seconds)
