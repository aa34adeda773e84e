"""What was said, one message on a line: for people, and as JSON for scripts."""

from __future__ import annotations

import json
from datetime import datetime

from chatd.wire.casemap import is_room
from chatd.wire.text import printable
from cli.client import events as ev
from cli.client.lookback import partner
from cli.client.spelling import server_time


def as_json(said: ev.Said) -> str:
    """Write a message as one line of JSON.

    ``time`` is UTC, by the server's clock. ``room`` is null for a private message, ``with`` in a
    room; ``account`` is null for a guest. ``kind`` is text, notice or action.
    """
    room = is_room(said.target)
    row = {
        "time": server_time(said.at),
        "msgid": said.msgid,
        "room": said.target if room else None,
        "with": None if room else partner(said),
        "from": said.source,
        "account": said.account or None,
        "kind": said.kind,
        "text": said.text,
    }
    return json.dumps(row)


def as_line(said: ev.Said, *, place: bool) -> str:
    """Write a message for people, with its local time; ``place``: also where it was said.

    Each line of one that has several is a line.
    """
    when = datetime.fromtimestamp(said.at).strftime("%Y-%m-%d %H:%M:%S")
    where = f"{said.target} " if is_room(said.target) else f"-> {said.target} "
    who = {
        "text": f"{said.source}: ",
        "notice": f"-{said.source}- ",
        "action": f"* {said.source} ",
    }[said.kind]
    texts = [text for text in said.text.split("\n") if text.strip()] or [""]
    before = f"{when} {printable(where if place else '')}"
    return "\n".join(before + printable(who + text) for text in texts)
