"""Messages that wait, and gateways that stand still: promise 2, "exactly once"."""

from __future__ import annotations

import pytest

from tests.e2e.asking import PASSWORD
from tests.e2e.promises.absence import LOOKING_CAPS, do, lost, settle, wait_until_back
from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import People, heard, texts


@pytest.mark.parametrize("cut", [False, True], ids=["link up", "link cut"])
@pytest.mark.parametrize("nick", ["anna", "home"])
async def test_what_waited_for_who_was_lost_is_heard_once_on_return(
    mortal: Chat, people: People, nick: str, *, cut: bool
) -> None:
    """Her gateway stands still, so she is offline; what is said to the name of her account waits,
    and is hers when she comes back, under whatever nick."""
    maker = await people(mortal.g2, "anna", caps=LOOKING_CAPS)
    await maker.send(f"REGISTER * * :{PASSWORD}", "QUIT")
    await maker.expect_closed()
    anna = await people(mortal.g1, nick, caps=LOOKING_CAPS, sasl=("anna", PASSWORD))
    bob = await people(mortal.g2, "bob", caps=(*LOOKING_CAPS, "standard-replies"))
    await do(bob, "PRIVMSG anna :before")
    await settle(anna)
    async with lost(mortal, nick, cut=cut):
        answers = await do(bob, "PRIVMSG anna :one", "PRIVMSG anna :two")
        assert sum("MESSAGE_KEPT" in line for line in answers) == 2
    await wait_until_back(mortal, anna)
    await do(bob, "PRIVMSG anna :after")
    await settle(anna)
    assert texts(heard(anna, "PRIVMSG")) == ["before", "one", "two", "after"]
