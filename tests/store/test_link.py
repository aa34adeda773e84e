"""The link: what is called, what is heard, in which order. The server's bytes are literal."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.store.errors import StoreRefusing, StoreRejected, StoreUnavailable
from chatd.store.intake import ACT_BYTES, MOST_BYTES
from chatd.store.link import Link
from chatd.store.packing import Packed
from chatd.store.pending import Pending
from chatd.store.refusing import REFUSALS
from tests.store.wire import FENCE, Owner, Wire, confirmation, push, turn


async def test_calls_of_one_turn_leave_in_one_write(link: Link, wire: Wire) -> None:
    """ "Pipelining: one ordered pipeline that is flushed once per loop tick" """
    link.call("GET", "a")
    link.call("GET", "b")
    await turn()
    assert wire.written == [b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n*2\r\n$3\r\nGET\r\n$1\r\nb\r\n"]


@pytest.mark.parametrize(
    "stream",
    [
        push("event") + b"+done\r\n" + b":0\r\n",
        b"+done\r\n" + push("event") + b":0\r\n",
    ],
    ids=["redis before 7.0.12", "later"],
)
async def test_the_reply_of_an_act_comes_after_its_events(
    link: Link, owner: Owner, wire: Wire, stream: bytes
) -> None:
    """Servers differ in what they send first; the layer above must not."""
    link.act("EVALSHA").callback = owner.note("act")
    await turn()
    assert wire.written == [b"*1\r\n$7\r\nEVALSHA\r\n" + FENCE]
    link.data_received(stream)
    assert owner.journal == [b"event", ("act", b"done")]


async def test_a_read_is_delivered_where_it_stands(link: Link, owner: Owner) -> None:
    """ "A reply that reads shared state never overtakes an event that it already reflects" """
    link.call("HGETALL").callback = owner.note("read")
    await turn()
    link.data_received(push("before") + b"+members\r\n" + push("after"))
    assert owner.journal == [b"before", ("read", b"members"), b"after"]


async def test_fences_of_one_turn_share_a_round_trip(link: Link, owner: Owner, wire: Wire) -> None:
    """ "a round trip on the gateway's connection, shared by all PINGs of a loop tick" """
    link.fence().callback = owner.note("one")
    link.fence().callback = owner.note("two")
    await turn()
    assert wire.written == [FENCE]
    link.data_received(push("earlier") + b":0\r\n")
    assert owner.journal == [b"earlier", ("one", None), ("two", None)]


async def test_neighbouring_acts_share_a_call_and_keep_their_place(
    link: Link, owner: Owner, wire: Wire
) -> None:
    """ "acts of one tick may share a call"; what stands between them is not overtaken.

    What an act has in common with the one before is not said again.
    """
    head = Packed(("POST",))
    to = Packed(("bob",))
    for text in ("a", "b"):
        link.act_batched(head, to, text.encode(), owner.noted(text))
    link.call("GET").callback = owner.note("get")
    link.act_batched(head, to, b"c", owner.noted("c"))
    await turn()
    (data,) = wire.written
    assert data == (
        b"*5\r\n$4\r\nPOST\r\n$3\r\nbob\r\n$1\r\na\r\n$1\r\n=\r\n$1\r\nb\r\n"
        b"*1\r\n$3\r\nGET\r\n"
        b"*3\r\n$4\r\nPOST\r\n$3\r\nbob\r\n$1\r\nc\r\n" + FENCE
    )
    link.data_received(b"*2\r\n+1\r\n+2\r\n+x\r\n*1\r\n+3\r\n:0\r\n")
    assert owner.journal == [("a", b"1"), ("b", b"2"), ("get", b"x"), ("c", b"3")]


async def test_questions_of_neighbours_share_a_call_behind_their_subscriptions(
    link: Link, owner: Owner, wire: Wire
) -> None:
    """A session's channel is heard from before its login on; its reply stands where it stands."""
    head = Packed(("LOGIN",))
    for name in ("a", "b"):
        link.subscribe(name)
        link.ask_batched(head, name, name.encode(), owner.noted(name))
    await turn()
    assert wire.written == [
        b"*3\r\n$9\r\nSUBSCRIBE\r\n$1\r\na\r\n$1\r\nb\r\n*3\r\n$5\r\nLOGIN\r\n$1\r\na\r\n$1\r\nb\r\n"
    ]
    heard = confirmation("subscribe", "a", 1) + confirmation("subscribe", "b", 2)
    link.data_received(heard + push("before") + b"*2\r\n+1\r\n+2\r\n" + push("after"))
    assert owner.journal == [b"before", ("a", b"1"), ("b", b"2"), b"after"]


async def test_questions_about_the_same_share_no_call(link: Link, owner: Owner, wire: Wire) -> None:
    """Redis before 7.0.12 sends a call's events before its reply: the first would miss them."""
    head = Packed(("LOGIN",))
    for sid in ("1", "2"):
        link.ask_batched(head, "a", sid.encode(), owner.noted(sid))
    await turn()
    assert wire.written == [b"*2\r\n$5\r\nLOGIN\r\n$1\r\n1\r\n*2\r\n$5\r\nLOGIN\r\n$1\r\n2\r\n"]


async def test_a_subscription_does_not_pass_messages_or_its_own_end(
    link: Link, owner: Owner, wire: Wire
) -> None:
    """What is heard begins and ends where it was asked for."""
    link.act_batched(Packed(("POST",)), Packed(()), b"x", owner.noted("x"))
    link.subscribe("a")
    link.subscribe("b")
    link.unsubscribe("a")
    link.subscribe("a")
    await turn()
    assert wire.written == [
        b"*2\r\n$4\r\nPOST\r\n$1\r\nx\r\n"
        b"*3\r\n$9\r\nSUBSCRIBE\r\n$1\r\na\r\n$1\r\nb\r\n"
        b"*2\r\n$11\r\nUNSUBSCRIBE\r\n$1\r\na\r\n"
        b"*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\na\r\n" + FENCE
    ]


async def test_what_waits_for_redis_is_bounded(link: Link, owner: Owner) -> None:
    """Issue 4: "per-gateway bound on what waits for Redis (then the client is paused, not
    dropped)"; on until half of it has been answered."""
    for _ in range(5):
        link.call("SET", "key", "x" * (MOST_BYTES // 4))
    assert owner.journal == ["full"]
    link.data_received(b"+OK\r\n" * 3)
    assert owner.journal == ["full"]
    link.data_received(b"+OK\r\n")
    assert owner.journal == ["full", "drained"]
    assert link.call("GET").error is None, "nothing is refused"


async def test_small_acts_count_for_what_they_take_here(link: Link, owner: Owner) -> None:
    """What a message is kept with until it is answered weighs more than its bytes."""
    head, to = Packed(("POST",)), Packed(("bob",))
    for _ in range(MOST_BYTES // ACT_BYTES):
        link.act_batched(head, to, b"x", Pending())
    assert owner.journal == ["full"]
    link.connection_lost(None)
    assert [str(told) for told in owner.journal][1:] == [
        "the link to Redis was lost: closed by the server"
    ]


async def test_an_error_reply_fails_its_call_only(link: Link, owner: Owner) -> None:
    """Redis refusing one command must not disturb the others."""
    link.call("BAD").callback = owner.note("bad")
    link.call("GOOD").callback = owner.note("good")
    await turn()
    link.data_received(b"-ERR unknown command\r\n+fine\r\n")
    (_, error), good = owner.journal
    assert isinstance(error, StoreRejected)
    assert good == ("good", b"fine")


@pytest.mark.parametrize("word", [word for word, one in REFUSALS.items() if not one.ends_link])
async def test_a_refusal_for_now_says_so_and_disturbs_no_other(
    link: Link, owner: Owner, word: str
) -> None:
    """Issue 8: "OOM, READONLY, BUSY, MISCONF, LOADING, NOREPLICAS": refused, not down.

    The owner is told once for each reply, and every act of a call that was refused fails.
    """
    link.call("BAD").callback = owner.note("bad")
    head, to = Packed(("POST",)), Packed(("bob",))
    for text in ("a", "b"):
        link.act_batched(head, to, text.encode(), owner.noted(text))
    link.call("GOOD").callback = owner.note("good")
    await turn()
    link.data_received(f"-{word} not now\r\n-{word} not now\r\n+fine\r\n".encode())
    told = [entry for entry in owner.journal if entry == word]
    answers = [entry for entry in owner.journal if entry != word]
    assert told == [word, word]
    assert [name for name, _ in answers] == ["bad", "a", "b", "good"]
    for _, error in answers[:3]:
        assert isinstance(error, StoreRefusing)
        assert error.word == word
        assert str(error) == REFUSALS[word].sentence
    assert answers[3] == ("good", b"fine")
    assert not link.closed


@pytest.mark.parametrize("word", [word for word, one in REFUSALS.items() if one.ends_link])
async def test_a_redis_that_is_not_the_master_any_more_is_left(
    link: Link, owner: Owner, wire: Wire, word: str
) -> None:
    """ "each is either "this link ends" or "refused, try later" ": another one may be the master.

    A fence is among what fails: others may be on the new master already.
    """
    link.call("BAD").callback = owner.note("bad")
    link.fence().callback = owner.note("fence")
    await turn()
    link.data_received(f"-{word} 1 127.0.0.1:7001\r\n".encode())
    *moved, (bad, error), (fence, _), lost = owner.journal
    assert (bad, fence) == ("bad", "fence")
    assert moved == (["127.0.0.1:7001"] if word == "MOVED" else [])
    assert isinstance(error, StoreUnavailable)
    assert str(lost) == REFUSALS[word].sentence
    assert link.closed
    assert wire.aborted


async def test_a_refused_write_is_a_fence(link: Link, owner: Owner) -> None:
    """A round trip is over, whatever its answer: what was published before has been delivered."""
    link.fence().callback = owner.note("fence")
    await turn()
    link.data_received(push("earlier") + b"-BUSY Redis is busy running a script.\r\n")
    assert owner.journal == [b"earlier", "BUSY", ("fence", None)]


async def test_confirmations_stand_between_the_replies(link: Link, owner: Owner) -> None:
    """In RESP3 (UN)SUBSCRIBE has no reply, but a push for each channel."""
    link.call("A").callback = owner.note("a")
    link.subscribe("one", "two")
    link.call("B").callback = owner.note("b")
    link.unsubscribe("one")
    link.call("C").callback = owner.note("c")
    await turn()
    link.data_received(
        b"+1\r\n"
        + confirmation("subscribe", "one", 1)
        + push("event")
        + confirmation("subscribe", "two", 2)
        + b"+2\r\n"
        + confirmation("unsubscribe", "one", 1)
        + b"+3\r\n"
    )
    assert owner.journal == [("a", b"1"), b"event", ("b", b"2"), ("c", b"3")]
    assert not link.waiting


BUSY = b"-BUSY Redis is busy running a script.\r\n"


@pytest.mark.parametrize(
    "stream",
    [
        BUSY + b"+2\r\n",
        confirmation("subscribe", "one", 1) + BUSY + b"+2\r\n",
        confirmation("subscribe", "one", 1) + b"+2\r\n",
        confirmation("unsubscribe", "one", 1) + b"+2\r\n",
    ],
    ids=["refused at once", "refused in the middle", "one too few", "of another kind"],
)
async def test_an_answer_to_a_subscription_ends_the_link(
    link: Link, owner: Owner, wire: Wire, stream: bytes
) -> None:
    """Issue 8: "Redis answers -BUSY to SUBSCRIBE ... from then on every answer goes to the wrong
    asker ... Any answer where none is owed ends the link." """
    link.subscribe("one", "two")
    link.call("B").callback = owner.note("b")
    await turn()
    link.data_received(stream)
    told = [entry for entry in owner.journal if entry != "BUSY"]
    assert told[0][0] == "b"
    assert isinstance(told[0][1], StoreUnavailable)
    assert not isinstance(told[0][1], StoreRefusing), "nobody knows whether it took effect"
    assert isinstance(told[1], StoreUnavailable)
    assert wire.aborted


@pytest.mark.parametrize(
    "stream",
    [
        b"+2\r\n",
        BUSY,
        confirmation("subscribe", "one", 1),
        confirmation("unsubscribe", "one", 0),
        confirmation("sunsubscribe", "one", 0),
    ],
)
async def test_an_answer_where_none_is_owed_ends_the_link(
    link: Link, owner: Owner, wire: Wire, stream: bytes
) -> None:
    """Issue 8: "Any answer where none is owed ends the link." """
    link.call("A").callback = owner.note("a")
    await turn()
    link.data_received(b"+1\r\n" + stream)
    assert owner.journal[0] == ("a", b"1")
    assert isinstance(owner.journal[-1], StoreUnavailable)
    assert wire.aborted


async def test_a_confirmation_does_not_pass_for_a_reply(link: Link, wire: Wire) -> None:
    """It comes while a reply is owed."""
    link.call("A")
    await turn()
    link.data_received(confirmation("sunsubscribe", "one", 0))
    assert wire.aborted


async def test_a_lost_link_fails_everything_once(link: Link, owner: Owner) -> None:
    """Promise 6: "not a hang": in flight, half answered, queued: all end."""
    link.act("FIRST").callback = owner.note("answered, events outstanding")
    await turn()
    link.data_received(b"+ok\r\n")
    link.call("SECOND").callback = owner.note("in flight")
    link.fence().callback = owner.note("fence")
    link.act_batched(Packed(("POST",)), Packed(()), b"x", owner.noted("batched"))
    link.connection_lost(None)
    link.connection_lost(None)
    *calls, last = owner.journal
    assert isinstance(last, StoreUnavailable)
    assert len(calls) == 4
    assert all(isinstance(error, StoreUnavailable) for _, error in calls)
    with pytest.raises(StoreUnavailable):
        link.call("GET").result()


async def test_a_broken_handler_costs_nobody_else_a_reply(
    link: Link, owner: Owner, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug in one callback is logged; the replies behind it are handed out."""

    def broken(_: Pending[Any]) -> None:
        raise RuntimeError("bug")

    link.call("A").callback = broken
    link.call("B").callback = owner.note("b")
    await turn()
    link.data_received(b"+1\r\n+2\r\n")
    assert owner.journal == [("b", b"2")]
    assert "could not be handled" in caplog.text


async def test_a_bug_with_one_act_does_not_cost_the_others_their_replies(
    link: Link, owner: Owner, caplog: pytest.LogCaptureFixture
) -> None:
    """Acts of many clients share a call: one that cannot be answered must not stop the others."""

    class Broken(Pending[Any]):
        def resolve(self, raw: Any) -> None:
            raise ValueError("cannot be shown")

        def fail(self, error: Exception) -> None:
            raise ValueError("cannot be shown")

    head, to = Packed(("POST",)), Packed(("bob",))
    for _ in range(2):
        link.act_batched(head, to, b"a", Broken())
        link.act_batched(head, to, b"b", owner.noted("b"))
        await turn()
        link.data_received(b"*2\r\n+1\r\n+2\r\n:0\r\n")
    assert owner.journal == [("b", b"2")] * 2
    link.act_batched(head, to, b"a", Broken())
    link.act_batched(head, to, b"b", owner.noted("lost"))
    link.connection_lost(None)
    assert owner.journal[2][0] == "lost"
    assert isinstance(owner.journal[3], StoreUnavailable)
    assert "cannot be shown" in caplog.text
