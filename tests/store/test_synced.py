"""What is acknowledged when replicas have it. The server's bytes are literal."""

from __future__ import annotations

import pytest

from chatd.store.connect import Opened
from chatd.store.dialect import ALONE
from chatd.store.errors import StoreRefusing, StoreUnavailable
from chatd.store.link import Link
from chatd.store.packing import Packed
from chatd.store.pending import Pending
from tests.store.wire import GUARD, Owner, Wire, confirmation, push, turn

WAITING = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n*3\r\n$4\r\nWAIT\r\n$1\r\n2\r\n$4\r\n1000\r\n"
"""What stands at the end of a turn in which something is to be acknowledged."""


@pytest.fixture
async def link(owner: Owner, wire: Wire) -> Link:
    made = Link(owner, GUARD, ALONE, 2, "k")
    made.take(Opened(wire, None))
    return made


def is_short(error: object) -> bool:
    return isinstance(error, StoreRefusing) and error.word == "TOOFEW"


async def test_one_set_and_wait_for_a_turn(link: Link, wire: Wire, owner: Owner) -> None:
    """ "one SET + WAIT per turn of the loop on the gateway's own link" """
    link.act("A").callback = owner.note("a")
    link.act("B").callback = owner.note("b")
    link.fence().callback = owner.note("fence")
    await turn()
    assert wire.written == [b"*1\r\n$1\r\nA\r\n*1\r\n$1\r\nB\r\n" + WAITING]
    link.data_received(push("echo") + b"+1\r\n+2\r\n+OK\r\n")
    assert owner.journal == [], "an acknowledgement leaves when N replicas have it"
    link.data_received(b":2\r\n")
    assert owner.journal == [b"echo", ("a", b"1"), ("b", b"2"), ("fence", None)]


async def test_a_turn_that_only_asks_does_not_wait(link: Link, wire: Wire, owner: Owner) -> None:
    link.call("GET").callback = owner.note("read")
    await turn()
    assert wire.written == [b"*1\r\n$3\r\nGET\r\n"]
    link.data_received(push("event") + b"+1\r\n" + push("event"))
    assert owner.journal == [b"event", ("read", b"1"), b"event"]


async def test_too_few_replicas_is_a_refusal(link: Link, owner: Owner) -> None:
    """ "When too few replicas answer in time: a clear refusal, as if Redis were away" """
    link.act("A").callback = owner.note("a")
    link.call("GET").callback = owner.note("read")
    link.act_batched(Packed(("POST",)), Packed(("bob",)), b"x", owner.noted("x"))
    link.subscribe("c")
    link.fence().callback = owner.note("fence")
    await turn()
    link.data_received(b"+1\r\n+2\r\n" + push("echo") + b"*1\r\n+3\r\n")
    link.data_received(confirmation("subscribe", "c", 1) + b"+OK\r\n:1\r\n")
    (a, a_error), (x, x_error), told, *rest, (fence, fence_error) = owner.journal
    assert (a, x, told, fence) == ("a", "x", "TOOFEW", "fence")
    assert is_short(a_error)
    assert is_short(x_error)
    assert is_short(fence_error)
    assert rest == [("read", b"2"), b"echo"], "acts fail first: no event is taken for an echo"


async def test_while_there_are_too_few_only_a_probe_is_tried(
    link: Link, wire: Wire, owner: Owner
) -> None:
    """What would be refused is refused at once, until a lease could be kept again."""
    link.fence()
    await turn()
    link.data_received(b"+OK\r\n:0\r\n")
    asked = len(wire.written)
    assert is_short(link.act("A").error)
    assert is_short(link.fence().error)
    for batched in (link.act_batched, link.ask_batched):
        pending = Pending[object]()
        if batched == link.act_batched:
            link.act_batched(Packed(("POST",)), Packed(("bob",)), b"x", pending)
        else:
            link.ask_batched(Packed(("LOGIN",)), "bob", b"x", pending)
        assert is_short(pending.error)
    await turn()
    assert len(wire.written) == asked
    assert link.call("GET").error is None, "questions are answered"
    probe: Pending[bytes] = link.probe("LEASE")
    await turn()
    link.data_received(b"+1\r\n+1\r\n+OK\r\n:2\r\n")
    assert probe.value == b"1"
    link.act("A").callback = owner.note("a")
    await turn()
    link.data_received(b"+1\r\n+OK\r\n:2\r\n")
    assert owner.journal[-1] == ("a", b"1")


async def test_one_wait_at_a_time(link: Link, wire: Wire, owner: Owner) -> None:
    """While it lasts Redis does nothing else for this link: ten in a row, with replicas that do
    not answer, would be ten seconds until the last one is refused.
    """
    link.act("A").callback = owner.note("a")
    await turn()
    for name in "BC":
        link.act(name).callback = owner.note(name.lower())
        await turn()
    assert b"".join(wire.written).count(b"WAIT") == 1
    link.data_received(b"+1\r\n+OK\r\n:2\r\n" + push("b") + b"+2\r\n+3\r\n")
    assert owner.journal == [("a", b"1")]
    await turn()
    assert wire.written[-1] == WAITING
    link.data_received(b"+OK\r\n:1\r\n" + push("other"))
    (b, error), (c, same), told, *events = owner.journal[1:]
    assert (b, c, told, events) == ("b", "c", "TOOFEW", [b"b", b"other"])
    assert is_short(error)
    assert is_short(same)


@pytest.mark.parametrize("refusal", ["-BUSY a script runs\r\n", "-NOREPLICAS few\r\n"])
async def test_a_wait_that_is_refused_is_none(link: Link, owner: Owner, refusal: str) -> None:
    """Without replicas a fence needs only a round trip; here it says that others have it."""
    link.fence().callback = owner.note("fence")
    await turn()
    link.data_received(2 * refusal.encode())
    assert isinstance(dict(one for one in owner.journal if len(one) == 2)["fence"], StoreRefusing)


async def test_a_master_that_became_a_replica_ends_the_link(link: Link, owner: Owner) -> None:
    """ "-UNBLOCKED force unblock from blocking operation, instance state changed" """
    link.act("A").callback = owner.note("a")
    await turn()
    link.data_received(push("echo") + b"+1\r\n+OK\r\n-UNBLOCKED instance state changed\r\n")
    assert link.closed
    _, error = owner.journal[0]
    assert isinstance(error, StoreUnavailable)


async def test_what_is_held_when_the_link_is_lost_was_not_acknowledged(
    link: Link, owner: Owner
) -> None:
    """The next link reads it from the streams."""
    link.act("A").callback = owner.note("a")
    await turn()
    link.fence().callback = owner.note("fence")
    await turn()
    link.data_received(push("echo") + b"+1\r\n")
    link.connection_lost(None)
    *failed, lost = owner.journal
    assert [name for name, _ in failed] == ["a", "fence"]
    assert all(isinstance(error, StoreUnavailable) for _, error in failed)
    assert isinstance(lost, StoreUnavailable)
