"""The checks of one node. Each breaks with the promise that its comment names, or gives advice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from chatd.store.doctor.facts import Facts, Finding, Mark, Node, advice, change, ok, unknown

Found = Iterator[Finding]
Check = Callable[[Node, Facts], Found]

OUTPUT_BYTES: Final = 32 * 2**20
"""What a gateway that stalls for a moment may be behind."""
OUTPUT_LEAST_BYTES: Final = 2**20
"""With less a gateway would lose its link again and again."""
IDLE_S: Final = 5
"""A gateway says something every 2.5 s."""
MEMORY_FULL: Final = (0.75, 0.9)
"""Shares of maxmemory from which it is advice, and from which it is about to refuse."""
BUSY_MS: Final = 100
"""No act takes more than 5 ms; a machine that stands still for a moment is no reason to refuse."""
ROUND_TRIP_MS: Final = 5.0
OLDEST: Final = (7, 0)


def version(node: Node, facts: Facts) -> Found:
    """Functions, and streams that know how many entries they ever had."""
    if not node.version:
        yield unknown("the version: INFO is refused")
        return
    numbers = node.info.get("redis_version", "0").split(".")[:2]
    if tuple(int(part) for part in numbers if part.isdigit()) < OLDEST:
        yield change(f"{node.version} is too old: take Redis 7.0 or newer, or Valkey")
    else:
        yield ok(node.version)


def persistence(node: Node, facts: Facts) -> Found:
    """An acknowledged message is kept when Redis restarts."""
    config, appends = node.config or {}, node.info.get("aof_enabled")
    if appends is None:
        yield unknown("persistence: INFO is refused. There must be an append-only file")
    elif appends == "1":
        yield _append_only(config.get("appendfsync", ""))
    elif facts.replicas and (node.config is None or config.get("save")):
        yield advice(
            "there is no append-only file: when all nodes die at once, minutes of messages are"
            " lost. CONFIG SET appendonly yes"
        )
    elif config.get("save"):
        yield change(
            "only snapshots are written: a crash loses minutes of messages that were acknowledged."
            " CONFIG SET appendonly yes"
        )
    else:
        yield change(
            "nothing is written to disk: a restart loses all that was said, and a master that"
            " comes back empty empties its replicas. CONFIG SET appendonly yes"
        )
    if node.info.get("aof_last_write_status", "ok") != "ok":
        yield change("the append-only file could not be written: is the disk full?")
    if node.info.get("rdb_last_bgsave_status", "ok") != "ok":
        stops = config.get("save") and config.get("stop-writes-on-bgsave-error") == "yes"
        text = "the last snapshot failed (disk, or memory for the fork): see the log of Redis"
        yield Finding(Mark.CHANGE if stops else Mark.ADVICE, text)
    if node.info.get("aof_last_bgrewrite_status", "ok") != "ok":
        yield advice("the append-only file could not be rewritten: it will grow")


def _append_only(fsync: str) -> Finding:
    if fsync == "no":
        return advice(
            "appendfsync is no: when the machine dies, what the system has not yet written is lost,"
            " up to half a minute. CONFIG SET appendfsync everysec"
        )
    if fsync == "always":
        return ok("append-only file, synced always: a crash loses nothing that was acknowledged")
    if fsync == "everysec":
        return ok("append-only file, synced every second: a crash loses at most the last second")
    return ok("append-only file; CONFIG is refused, so how often it is synced is not known")


def memory(node: Node, facts: Facts) -> Found:
    """Redis deletes nothing by itself, and has room."""
    limit, policy = node.count("maxmemory"), node.info.get("maxmemory_policy", "")
    if not policy:
        yield unknown("maxmemory-policy: INFO does not say. It must be noeviction")
        return
    if policy != "noeviction":
        wrong = f"maxmemory-policy is {policy}: Redis would delete messages and who is online"
        if limit:
            yield change(f"{wrong}. CONFIG SET maxmemory-policy noeviction")
        else:
            yield advice(f"{wrong} once maxmemory is set. CONFIG SET maxmemory-policy noeviction")
    if evicted := node.count("evicted_keys"):
        yield advice(
            f"{evicted} keys were evicted since its start: messages or users may be missing"
        )
    used = node.count("used_memory") / limit if limit else 0.0
    if used >= MEMORY_FULL[0]:
        mark = Mark.CHANGE if used >= MEMORY_FULL[1] else Mark.ADVICE
        yield Finding(
            mark,
            f"{used:.0%} of maxmemory is used: at 100 % everything that writes is"
            " refused. Raise maxmemory, or keep less with --history",
        )
    elif policy == "noeviction":
        of = f", {used:.0%} of maxmemory is used" if limit else ""
        yield ok(f"maxmemory-policy is noeviction{of}")


def output_buffer(node: Node, facts: Facts) -> Found:
    """A gateway that stalls for a moment keeps its link."""
    limits = pubsub_limits((node.config or {}).get("client-output-buffer-limit", ""))
    if limits is None:
        yield unknown(
            "client-output-buffer-limit: CONFIG is refused. pubsub should be 256mb 128mb 60"
        )
        return
    least = min((limit for limit in limits if limit), default=OUTPUT_BYTES)
    if least >= OUTPUT_BYTES:
        yield ok("client-output-buffer-limit pubsub has room for gateways that stall")
        return
    mark = Mark.CHANGE if least < OUTPUT_LEAST_BYTES else Mark.ADVICE
    yield Finding(
        mark,
        "client-output-buffer-limit pubsub cuts off a gateway that is"
        f" {_size(least)} behind. CONFIG SET client-output-buffer-limit"
        ' "pubsub 256mb 128mb 60"',
    )


def pubsub_limits(text: str) -> tuple[int, int] | None:
    """The hard and the soft limit in bytes, 0 = none, of what CONFIG GET answers."""
    words = text.split()
    if "pubsub" not in words:
        return None
    at = words.index("pubsub")
    return int(words[at + 1]), int(words[at + 2])


def idle(node: Node, facts: Facts) -> Found:
    """Redis leaves connections alone that are quiet."""
    seconds = node.number("timeout")
    if seconds and seconds < IDLE_S:
        yield change(
            f"timeout is {seconds}: gateways lose their link when nobody"
            " talks. CONFIG SET timeout 0"
        )


def rights(node: Node, facts: Facts) -> Found:
    """The user of the URL may do what chatd does."""
    if node.access is None:
        return
    user, denied = node.access.user, node.access.denied
    if denied:
        more = f" and {len(denied) - 3} more" if len(denied) > 3 else ""
        yield change(
            f"the user {user} may not do all that chatd does:"
            f" {'; '.join(denied[:3])}{more}. docs/operations.md has the ACL"
        )
    elif node.access.complete:
        yield ok(f"the user {user} may do all that chatd does")
    else:
        yield unknown(
            f"whether the user {user} may do all that chatd does: ACL DRYRUN"
            " is refused. What was tried is allowed"
        )


def busy(node: Node, facts: Facts) -> Found:
    """A script that runs for long is answered, and a short one is not taken for it."""
    limit = node.number("busy-reply-threshold")
    if limit is not None and limit <= 0:
        yield advice(
            f"busy-reply-threshold is {limit}: a script that runs for long"
            " lets everybody wait. CONFIG SET busy-reply-threshold 5000"
        )
    elif limit is not None and limit < BUSY_MS:
        yield advice(
            f"busy-reply-threshold is {limit} ms: gateways are refused"
            " when Redis is slow for a moment. CONFIG SET busy-reply-threshold 5000"
        )


def clients(node: Node, facts: Facts) -> Found:
    """There is room for another gateway."""
    most, now = node.count("maxclients"), node.count("connected_clients")
    if most and now > 0.9 * most:
        yield change(
            f"{now} of {most} clients are connected: the next gateway is"
            " refused. CONFIG SET maxclients to more"
        )


def round_trip(node: Node, facts: Facts) -> Found:
    """Each acknowledgement takes one."""
    text = f"a round trip takes {node.round_trip_ms:.1f} ms"
    if node is not facts.master:
        return
    if node.round_trip_ms > ROUND_TRIP_MS:
        yield Finding(
            Mark.ADVICE, f"{text}: every message takes that long. Put the gateways closer"
        )
    else:
        yield ok(text)


def _size(limit: int) -> str:
    return f"{limit // 2**20} MB" if limit >= 2**20 else f"{limit} bytes"


NODE_CHECKS: Final[tuple[Check, ...]] = (
    version, rights, persistence, memory, output_buffer, idle, busy, clients, round_trip,
)  # fmt: skip
"""What is looked at on each node that has our keys: a replica may be the master tomorrow."""
