"""SESSIONS END where gateways are away, and where accounts stay: "a session that is ended must not
be continued by anybody".
"""

from __future__ import annotations

import pytest

from tests.e2e.promises.absence import cut_link
from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import People, join, numbers
from tests.e2e.promises.test_grace import PASSWORD, PLAIN, again, own, sessions
from tests.support.irc import IrcClient
from tests.support.wait import wait_until

CAPS = (*PLAIN, "standard-replies")


async def another(chat: Chat, people: People, nick: str, device: str) -> IrcClient:
    """One more program of the account, on the second gateway, under another nick."""
    return await people(chat.g2, f"{nick}-2", caps=CAPS, sasl=(f"{nick}@{device}", PASSWORD))


@pytest.mark.parametrize("cut", [False, True], ids=["link up", "link cut"])
async def test_its_gateway_is_away_meanwhile(patient: Chat, people: People, cut: bool) -> None:
    """The gateway has lost the session, which waits for a connection; when it comes back, it does
    not give it back to the one that was ended.
    """
    nick = f"anna{next(numbers)}"
    bob = await people(patient.g2, f"bob{next(numbers)}", caps=PLAIN)
    anna = await own(people, patient.g1, nick, "phone")
    await join(anna, "#room")
    await join(bob, "#room")
    laptop = await another(patient, people, nick, "laptop")
    patient.g1.pause()
    try:

        async def waits() -> bool:
            return [*(await sessions(patient, nick)).values()] == ["*"]

        await wait_until(waits, "its session has no connection")
        await laptop.send("SESSIONS END phone")
        await laptop.expect("NOTE SESSIONS ENDED phone 1 ", unless=" FAIL ")
        await bob.expect(f"^:{nick}!.* QUIT :Session ended$")
        if cut:
            await cut_link(patient.redis, patient.g1)
    finally:
        patient.g1.resume()
    last = (await anna.expect_closed())[-1]
    assert last.raw == "ERROR :This session was ended by another session of your account"
    await bob.fence()
    shown = [line for line in bob.log if line.nick == nick and line.command in ("JOIN", "QUIT")]
    assert [line.command for line in shown] == ["QUIT"]
    assert await sessions(patient, nick) == {}


async def test_an_account_that_is_always_on_stays(shared: Chat, people: People) -> None:
    """What ends is the session of a program; the account stays as long as it wants to."""
    nick = f"anna{next(numbers)}"
    anna = await own(people, shared.g1, nick)
    laptop = await another(shared, people, nick, "laptop")
    await laptop.send("ACCOUNT SET ALWAYS-ON ON")
    await laptop.expect("ALWAYS-ON is ON")
    await laptop.send("SESSIONS END ALL")
    await laptop.expect("NOTE SESSIONS ENDED ALL 1 ")
    await anna.expect_closed()
    await laptop.send("SESSIONS LIST")
    line = await laptop.expect(" STAYS ")
    (sid,) = await sessions(shared, nick)
    assert line.params[2:5] == [sid, "*", "STAYS"]
    await laptop.send(f"SESSIONS END {sid}")
    await laptop.expect(f"FAIL SESSIONS ALWAYS_ON END {sid} ")
    await laptop.send("SESSIONS END ALL", f"ISON {nick}")
    assert (await laptop.expect(" 303 ")).text == nick
    await laptop.send(f"RECOVER {nick}")
    await laptop.expect(f"NOTE RECOVER RECOVERED {nick} ", unless=" FAIL ")
    await laptop.send("ACCOUNT SET ALWAYS-ON OFF")
    await laptop.fence()
    anna = await again(people, shared.g1, nick)
    assert len(await sessions(shared, nick)) == 2
