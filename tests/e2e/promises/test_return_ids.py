"""Issue 8: "A second gateway with a `--gateway-id` that is running is refused, but only after the
running one's users have been QUIT. The refused changes nothing."
"""

from __future__ import annotations

from tests.e2e.promises.absence import chatd, check_beliefs, settle
from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import CAPS, People, ask, heard, roster, say, texts
from tests.support.servers import Gateway

LOOKING = (*CAPS, "multi-prefix")


async def test_who_is_refused_changes_nothing(own: Chat, people: People) -> None:
    async with Gateway("--redis", own.redis.url, "--gateway-id", "same") as same:
        alice = await people(same, "alice", "#one", caps=LOOKING)
        bob = await people(own.g2, "bob", "#one", caps=LOOKING)
        await say(alice, "#one", "before")
        streams = ("chat:{chat:online}:log", "chat:room:{#one}:log")
        lengths = [await ask(own.redis, "XLEN", stream) for stream in streams]
        for _ in range(3):
            code, out, err = await chatd(
                "serve", "--listen", "127.0.0.1:0", "--redis", own.redis.url,
                "--gateway-id", "same",
            )  # fmt: skip
            assert (code, out) == (1, "")
            said = [line for line in err.splitlines() if " WARNING chatd.app: " not in line]
            assert said == [
                "chatd: a gateway with the id same is running: give another --gateway-id"
            ]
            assert await roster(own.redis) == {"alice", "bob"}
        assert [await ask(own.redis, "XLEN", stream) for stream in streams] == lengths
        await say(alice, "#one", "after")
        await say(bob, "#one", "and so on")
        await settle(alice, bob)
        assert heard(alice, "QUIT") == heard(bob, "QUIT") == []
        assert len(heard(alice, "JOIN")) == 2
        assert texts(heard(bob, "PRIVMSG")) == ["before", "after", "and so on"]
        await check_beliefs(own, alice, bob)
        await alice.send("QUIT")
        await alice.expect_closed()
