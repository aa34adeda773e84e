"""What may happen in a random life of a chat, see `chaos`."""

from __future__ import annotations

ACTS = {
    "JOIN {room} key": 14,
    "PART {room} :bye": 4,
    "KICK {room} {name} :out": 4,
    "MODE {room} +o {name}": 4,
    "MODE {room} -o {name}": 1,
    "MODE {room} +v {name}": 2,
    "MODE {room} +i": 1,
    "MODE {room} -i": 2,
    "MODE {room} +b {name}!*@*": 1,
    "MODE {room} -b {name}!*@*": 2,
    "MODE {room} +k key": 1,
    "MODE {room} -k key": 1,
    "MODE {room} +m": 1,
    "MODE {room} -m": 2,
    "TOPIC {room} :topic {number}": 3,
    "NICK {name}": 4,
    "INVITE {name} {room}": 3,
    "AWAY :away {number}": 1,
    "AWAY": 1,
    "@label=m{number};chatd/id=m{number} PRIVMSG {room} :m{number}": 24,
    "@label=m{number};chatd/id=m{number} PRIVMSG {name} :m{number}": 8,
    "quit": 2,
    "drop": 2,
    "pause": 2,
    "freeze": 1,
    "resume": 3,
    "cut": 2,
    "oom": 1,
    "readonly": 1,
    "well": 3,
}
"""What may happen -> how often beside the others. Lower case: a fault, or an end."""
