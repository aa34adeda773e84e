"""Where the master is that owns our slot, now: of one Redis, a group under Sentinel, a Cluster.

It is asked at every connect, and watched while there is a link: a master that is frozen, or was
demoted and has not heard of it, says nothing.
"""

from __future__ import annotations

import asyncio
import binascii
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol, TypeVar

from chatd.redis_url import Endpoint, Group, read
from chatd.store.connect import CONNECT_TIMEOUT_S, Listening, ask
from chatd.store.dialect import ALONE, CLUSTER, Dialect
from chatd.store.errors import StoreError, StoreRefused, StoreRejected, StoreUnavailable

log = logging.getLogger(__name__)
T = TypeVar("T")

ASK_S: Final = 1.0
"""Seconds that one Sentinel or node has for an answer, and a master of a group for the login."""
WATCH_S: Final = 1.0
"""Seconds between two looks at who is the master."""
AGAIN_S: Final = 0.25
"""Seconds until the second look where the first has found another one: who has just learnt of a
failover may ask somebody who has not."""


MOST_REFUSED: Final = 60
"""Times that an older configuration is refused: some 30 s. Then the Sentinels were set up anew."""


class Topology(Protocol):
    """One Redis, or several of which one is the master."""

    dialect: Dialect
    patience_s: float
    """Seconds for connecting to the master."""
    pause_s: float
    """Seconds between two tries to find it, at most."""

    async def master(self) -> Endpoint:
        """The master that owns our slot, now. Raises StoreError."""

    def moved(self, address: str) -> bool:
        """A node says that another one, HOST:PORT, owns the slot; whether to go there at once."""

    async def replicas(self) -> list[Endpoint]:
        """Those of the master. Raises StoreError."""

    async def watch(self, current: Endpoint) -> None:
        """Return when another Redis is the master; for ever where there is only one."""


def topology(url: str, prefix: str) -> Topology:
    """What a URL says. Raises StoreRefused with a sentence for the operator."""
    try:
        found = read(url)
    except ValueError as error:
        raise StoreRefused(f"the Redis URL {Endpoint(url)} is not understood: {error}") from None
    if isinstance(found, Endpoint):
        return Single(found)
    shown = Endpoint(url)
    if found.kind == "sentinel":
        return Sentinels(found, shown)
    return ClusterNodes(found, shown, slot_of(f"{{{prefix}}}"))


class Single:
    """One Redis, or a name behind which whoever runs it sees to that."""

    dialect = ALONE
    patience_s = CONNECT_TIMEOUT_S
    pause_s = 2.0

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def __str__(self) -> str:
        return str(self._endpoint)

    async def master(self) -> Endpoint:
        """It is where it is."""
        return self._endpoint

    def moved(self, address: str) -> bool:
        """Nobody else is known."""
        return False

    async def replicas(self) -> list[Endpoint]:
        """They are not known either."""
        return []

    async def watch(self, current: Endpoint) -> None:
        """Nothing can be seen from outside."""
        await asyncio.Event().wait()


class _Several:
    """What groups have in common."""

    patience_s = ASK_S
    pause_s = 0.5

    def __init__(self, group: Group, shown: Endpoint) -> None:
        self.group = group
        self._shown = shown

    def __str__(self) -> str:
        return str(self._shown)

    async def master(self) -> Endpoint:
        """See `Topology`."""
        raise NotImplementedError

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def watch(self, current: Endpoint) -> None:
        """Look from time to time; two looks in a row have to find the same other master."""
        before = current
        while True:
            await self._pause(WATCH_S if before == current else AGAIN_S)
            try:
                found = await self.master()
            except StoreError as error:
                log.debug("nobody says who is the master: %s", error)
                continue
            if found != current and found == before:
                return
            before = found


class Sentinels(_Several):
    """A master with replicas, watched by Sentinels.

    https://redis.io/docs/latest/develop/reference/sentinel-clients/
    """

    dialect = ALONE

    def __init__(self, group: Group, shown: Endpoint) -> None:
        super().__init__(group, shown)
        self._epoch = -1
        """Of the newest configuration that was seen: a Sentinel that was cut off has an older."""
        self._refused = 0
        """How often in a row those who answered knew older configurations only."""
        self._listening: Listening | None = None

    async def master(self) -> Endpoint:
        """What the newest configuration says. Raises StoreRefused: nobody knows the service."""
        facts = await self._asked("MASTER", lambda rows: _epoch(rows) >= self._epoch)
        if _epoch(facts) >= self._epoch:
            self._refused = 0
        elif len(facts) < len(self.group.seeds) and self._refused < MOST_REFUSED:
            self._refused += 1
            raise StoreUnavailable("the Sentinels that answer do not know the newest master")
        self._epoch = _epoch(facts)
        newest = pairs(next(row for row in facts if _epoch([row]) == self._epoch))
        return self.group.node(newest["ip"], newest["port"])

    def moved(self, address: str) -> bool:
        """No master of this kind says so."""
        return False

    async def replicas(self) -> list[Endpoint]:
        """Those that a Sentinel knows."""
        rows = [pairs(row) for row in (await self._asked("REPLICAS", bool))[0]]
        return [self.group.node(row["ip"], row["port"]) for row in rows]

    async def _asked(self, word: str, is_new: Callable[[list[Any]], bool]) -> list[Any]:
        """What most of them say, or all when that is not new."""
        service, shown = self.group.service, self._shown

        try:
            questions = [
                ask(self.group.sentinel(seed), "SENTINEL", word, service, patience_s=ASK_S)
                for seed in self.group.seeds
            ]
            return await asked(
                questions, lambda rows: len(rows) > len(questions) // 2 and is_new(rows)
            )
        except StoreRejected as error:
            if "No such master" in str(error):
                raise StoreRefused(f"no Sentinel at {shown} knows a master {service!r}") from None
            if "unknown command" in str(error):
                raise StoreRefused(f"what answers at {shown} is no Sentinel") from None
            raise StoreRefused(f"the Sentinels at {shown} refuse to answer: {error}") from None

    async def watch(self, current: Endpoint) -> None:
        """Hear of a new master, and look from time to time: what is published may be missed."""
        try:
            await super().watch(current)
        finally:
            await self._stop_listening()

    async def _pause(self, seconds: float) -> None:
        """Until the time is over, or a Sentinel says that the master has changed."""
        ends = asyncio.get_running_loop().time() + seconds
        try:
            if self._listening is None:
                seed = self.group.seeds[0]
                self._listening = Listening(self.group.sentinel(seed), "+switch-master")
            while (left := ends - asyncio.get_running_loop().time()) > 0:
                said = await self._listening.heard(left)
                if said.partition(" ")[0] == self.group.service:
                    return
        except StoreError as error:
            log.debug("a Sentinel cannot be heard: %s", error)
            await self._stop_listening()
            # another one from now on
            first, *others = self.group.seeds
            self.group = replace(self.group, seeds=(*others, first))
            await asyncio.sleep(max(0.0, ends - asyncio.get_running_loop().time()))

    async def _stop_listening(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            await listening.close()


class ClusterNodes(_Several):
    """Nodes of which each has some slots; all that is ours is in one.

    https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/
    """

    dialect = CLUSTER

    def __init__(self, group: Group, shown: Endpoint, slot: int) -> None:
        super().__init__(group, shown)
        self._slot = slot
        self._hint: Endpoint | None = None
        self._known: set[str] = set(group.seeds)
        """HOST:PORT of all nodes that were seen last."""

    async def master(self) -> Endpoint:
        """Who owns the slot, in the words of who was asked last, or of the most nodes."""
        hint, self._hint = self._hint, None
        if hint is not None:
            return hint
        owners = Counter(rows[0] for rows in await self._owners())
        return owners.most_common(1)[0][0]

    def moved(self, address: str) -> bool:
        """Go where the node says."""
        host, _, port = address.rpartition(":")
        if host in ("", "?") or not port.isdigit():
            return False
        self._hint = self.group.node(host.strip("[]"), port)
        return True

    async def replicas(self) -> list[Endpoint]:
        """Those of the slot's owner."""
        return max(await self._owners(), key=len)[1:]

    async def _owners(self) -> list[list[Endpoint]]:
        """For each node that answers: who has the slot, master first."""
        try:
            questions = [self._seen_by(node) for node in sorted(self._known)]
            found = await asked(questions, lambda rows: _votes(rows) > len(questions) // 2)
        except StoreRejected as error:
            if "cluster support disabled" in str(error):
                raise StoreRefused(
                    f"the Redis at {self._shown} is no Cluster: give redis://HOST:PORT"
                ) from None
            raise StoreRefused(f"the Cluster at {self._shown} refuses to answer: {error}") from None
        except StoreUnavailable:
            self._known = set(self.group.seeds)
            raise
        owners = [rows for rows in found if rows]
        if not owners:
            raise StoreUnavailable(
                f"the Redis Cluster at {self._shown} has no node for slot {self._slot}:"
                " assign all 16384 slots"
            )
        return owners

    async def _seen_by(self, node: str) -> list[Endpoint]:
        """Who has the slot in the eyes of a node; all that it knows are asked the next time."""
        host, _, port = node.rpartition(":")
        asked = self.group.node(host.strip("[]"), port)
        found: list[Endpoint] = []
        known = set(self.group.seeds)
        for first, last, *nodes in await ask(asked, "CLUSTER", "SLOTS", patience_s=ASK_S):
            rows = [(_host(row) or host.strip("[]"), row[1]) for row in nodes]
            known |= {f"[{at}]:{to}" if ":" in at else f"{at}:{to}" for at, to in rows}
            if first <= self._slot <= last:
                found = [self.group.node(*row) for row in rows]
        if found:
            self._known = known
        return found


def _epoch(rows: list[Any]) -> int:
    """The newest configuration that is in the answers of some Sentinels."""
    return max(int(pairs(row).get("config-epoch", "0")) for row in rows)


def _host(row: list[Any]) -> str:
    """A node's host; '' where it does not say: it is where it was asked then.

    In a Cluster of names "?" is who has none, or none yet: its address is told with it.
    """
    if row[0] == b"?" and len(row) > 3:
        return pairs(row[3]).get("ip", "")
    return "" if row[0] in (None, b"?") else bytes(row[0]).decode()


def pairs(row: Any) -> dict[str, str]:
    """The map that RESP2 writes as a list, and RESP3 not."""
    items = row.items() if isinstance(row, dict) else zip(row[::2], row[1::2], strict=True)
    return {key.decode(): value.decode() for key, value in items if isinstance(value, bytes)}


def slot_of(tag: str) -> int:
    """The slot of all keys that begin with a hash tag, its braces included.

    https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags
    """
    return binascii.crc_hqx(tag.strip("{}").encode(), 0) % 16384


def _votes(rows: list[list[Endpoint]]) -> int:
    """Of how many nodes the one speaks that most of them name."""
    return max(Counter(owners[0] for owners in rows if owners).values(), default=0)


async def asked(
    questions: Sequence[Coroutine[Any, Any, T]], enough: Callable[[list[T]], bool]
) -> list[T]:
    """Ask all at once; the answers when there are enough, or all that come.

    Raises the StoreError that says most where none comes: a refusal rather than silence.
    """
    tasks = [asyncio.create_task(question) for question in questions]
    answers: list[T] = []
    errors: list[StoreError] = []
    try:
        for next_one in asyncio.as_completed(tasks):
            try:
                answers.append(await next_one)
            except StoreError as error:
                errors.append(error)
            if enough(answers):
                break
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if not answers:
        raise next((one for one in errors if not isinstance(one, StoreUnavailable)), errors[0])
    return answers
