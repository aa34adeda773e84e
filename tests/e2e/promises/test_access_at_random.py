"""Everybody gives and takes access, bans, enters and leaves at once, on two gateways.

"Access by account" (docs/extensions.md): afterwards each member is what the list says, who is kept
out is outside, and nobody believes anything else.
"""

from __future__ import annotations

import asyncio
import random

import pytest

from chatd.wire.access import LEVELS
from tests.e2e.promises.absence import check_beliefs, do, settle
from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.consistency import wait_until_consistent
from tests.e2e.promises.support import CAPS, People, ask
from tests.support.irc import IrcClient

ACCOUNTS = ("alice", "bob", "carl", "dora", "eve")
LINES = 60
"""Lines of each client in a round."""
ROUNDS = 5
LOOKING = (*CAPS, "multi-prefix", "sasl", "draft/chathistory")  # nobody is shown what it has missed


def some_line(chance: random.Random) -> str:
    """What somebody in #room may want; most of it only some may."""
    account, level = chance.choice(ACCOUNTS[1:]), chance.choice([*LEVELS])
    return chance.choice(
        (
            "JOIN #room", "JOIN #room", "PART #room", "PRIVMSG #room :hello",
            f"ROOM ACCESS #room ADD {account} {level}",
            f"ROOM ACCESS #room ADD {account} {level}",
            f"ROOM ACCESS #room REMOVE {account}",
            f"ROOM BAN #room {account}", f"ROOM BAN #room {account} 1s",
            f"ROOM UNBAN #room {account}", f"ROOM MUTE #room {account} 1s",
            f"MODE #room +b m:{account}", f"MODE #room -b m:{account}!*@*", "MODE #room b",
            "MODE #room +i", "MODE #room -i", f"MODE #room +v {account}",
            f"KICK #room {account}", f"INVITE {account} #room",
        )
    )  # fmt: skip


async def levels(chat: Chat) -> dict[str, str]:
    """Account -> level, as Redis has it."""
    found = await ask(chat.redis, "HGETALL", "chat:room:{#room}:access")
    pairs = found.items() if isinstance(found, dict) else zip(found[::2], found[1::2], strict=True)
    return {account: entry.partition("\0")[0] for account, entry in pairs}


async def prefixes(chat: Chat) -> dict[str, str]:
    """Member -> prefix modes, as Redis has it."""
    found = await ask(chat.redis, "HGETALL", "chat:room:{#room}:members")
    pairs = found.items() if isinstance(found, dict) else zip(found[::2], found[1::2], strict=True)
    return {name: value.partition("\0")[0] for name, value in pairs}


async def everybody(chat: Chat, people: People) -> dict[str, list[IrcClient]]:
    """Each account has a nick on each gateway; alice has registered #room."""
    found: dict[str, list[IrcClient]] = {}
    for account in ACCOUNTS:
        first = await people(chat.g1, account, caps=LOOKING)
        await do(first, "REGISTER * * :sesame")
        second = await people(chat.g2, f"{account}2", caps=LOOKING, sasl=(account, "sesame"))
        found[account] = [first, second]
    await do(found["alice"][0], "JOIN #room", "ROOM REGISTER #room")
    return found


async def check(chat: Chat, clients: dict[str, list[IrcClient]]) -> None:
    """What holds whatever has happened."""
    listed, members = await levels(chat), await prefixes(chat)
    for account in ACCOUNTS[1:]:
        level = listed.get(account, "")
        for nick in (account, f"{account}2"):
            if nick in members:
                assert level != "banned", f"{nick} is kept out and inside"
                assert set(LEVELS.get(level, "")) <= set(members[nick]), (nick, level)
    await check_beliefs(chat, *(one for both in clients.values() for one in both))
    await wait_until_consistent(chat.redis)


@pytest.mark.parametrize("attempt", range(2))
async def test_all_at_once(own: Chat, people: People, attempt: int) -> None:
    """ "admins and operators give and take what is not above themselves" """
    seed = random.randrange(2**32)
    print(f"attempt {attempt}, seed {seed}")
    chance = random.Random(seed)
    clients = await everybody(own, people)
    sessions = [one for both in clients.values() for one in both]
    for _ in range(ROUNDS):
        await asyncio.gather(
            *(one.send(*(some_line(chance) for _ in range(LINES))) for one in sessions)
        )
        for one in sessions:
            await one.fence(60)
        await settle(*sessions)
        await check(own, clients)
