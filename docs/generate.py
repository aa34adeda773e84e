# ruff: noqa: E501 - sentences of the pages stand here in one piece
"""Writes docs/redis.md, docs/protocol.md, docs/man, and the tables of docs/client.md.

``--check`` fails when one is stale.

Run it as ``python docs/generate.py``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import manpages

from chatd.commands import privileges, registry
from chatd.commands.descriptions import described, link_of
from chatd.store.schema.keys import CHANNELS, KEYS, Key, Ttl
from chatd.store.schema.records import COMMON, RECORDS
from chatd.store.schema.refusals import REFUSALS
from chatd.store.scripts import load
from chatd.store.signatures import Signature
from chatd.wire import caps, isupport, modes, numerics, usermodes
from cli.commands.table import COMMANDS
from cli.screen import keys
from cli.screen.acts import WITH_KEYS
from cli.settings import KINDS

DOCS = Path(__file__).parent
NOTE = "<!-- Written by docs/generate.py from the tables; do not edit. -->\n"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in lines
    )


def redis_page() -> str:
    """Every key and channel."""
    keys = [
        (f"`{_pattern(key)}`", key.type, _lasts(key), key.owner.value, key.renamed.value,
         key.ended.value, key.holds)
        for key in KEYS
    ]  # fmt: skip
    channels = [(f"`{name}`", what) for name, what in CHANNELS]
    records = [
        (f"`{one.letter}`", one.name, " ".join(one.fields), one.hears, one.what) for one in RECORDS
    ]
    refusals = [(f"`{one.word}`", " ".join(one.details), one.what) for one in REFUSALS]
    acts = [(f"`{name}`", _act(signature)) for name, signature in load().signatures.items()]
    return (
        "\n\n".join(
            [
                "# Redis: keys, channels, acts",
                NOTE.strip(),
                "`chat` is the prefix (`--key-prefix`). Names in keys are folded; `%`, `{` and `}` in them"
                " are written `%25`, `%7B`, `%7D`. The braces are hash tags: what one room or one user owns"
                " shares a slot, and presence shares the slot of the roster.",
                "## Keys",
                "Whose a key is, and what happens to it when that is renamed (NICK, RENAME, `chatd account rename`) or ends: a user with"
                " the last session, a room with the last member (a registered one stays), a gateway when it is"
                " reaped, an account when it is deleted.",
                table(("key", "type", "TTL", "owner", "renamed", "ended", "holds"), keys),
                "## Channels",
                table(("channel", "carries"), channels),
                "Every act over a room or user is appended to its log and published on its channel in one"
                " script, as `id NUL record`. The channel wakes, the log is the truth: after a lost link a"
                " gateway reads each log from the last id that it saw. What is not stored (typing) is"
                " published with an empty id.",
                "## Records",
                f"Fields joined by NUL: {' '.join(COMMON)}, then those of the kind. `act` is the id of what happened,"
                " when several streams have it; else that is the id of the entry. Behind the account may stand a byte"
                " 1 and user modes of who did it that others are told.",
                table(("kind", "name", "fields", "who hears it", "what happened"), records),
                "## Refusals",
                table(("word", "details", "why"), refusals),
                "## Acts",
                "One Lua file each in `chatd/store/lua/acts`; all this is read from its head. A refusal is an array: a"
                " word, then details.",
                table(("act", "what it does, takes and returns"), acts),
            ]
        )
        + "\n"
    )


def _pattern(key: Key) -> str:
    start, _, end = key.pattern.rpartition("LETTER")
    return ", ".join(f"{start}{letter}{end}" for letter in key.each) or key.pattern


def _lasts(key: Key) -> str:
    if key.ttl == Ttl.AFTER_END:
        return f"{key.ttl}: {key.lasts}"
    return key.lasts or key.ttl


def _act(signature: Signature) -> str:
    """What an act does, and below it one line each for its arguments, refusals, answer."""
    arguments = [
        f"`{one.name}` {one.kind}" + (f": {one.what}" if one.what else "")
        for one in signature.arguments
    ]
    if signature.rest is not None:
        fields = f" ({', '.join(signature.rest.fields)})" if signature.rest.fields else ""
        arguments.append(f"`...{signature.rest.name}`{fields} {signature.rest.what}".strip())
    lines = [signature.what, "; ".join(arguments)]
    lines += [f"Refuses: {signature.refuses}"] if signature.refuses else []
    lines += [f"Returns: {signature.returns}"]
    return "<br>".join(line for line in lines if line)


def protocol_page() -> str:
    """Every command, capability, numeric and ISUPPORT token."""
    commands = [
        (f"`{row.name}`", _summary(described()[row.name]), _link(link_of(row.name)))
        for row in sorted(registry.load().values(), key=lambda row: row.name)
    ]
    offered = [
        (f"`{cap.name}`" + (f" = `{cap.value}`" if cap.value else ""), _link(cap.link))
        for cap in (*caps.OFFERED, caps.with_sts(300, 6697))
    ]
    tokens = [(f"`{token}`", _link(token.link)) for token in isupport.TOKENS]
    sent = _numerics_sent()
    codes = [
        (row.code, f"`{row.name}`", _link(row.link))
        for row in sorted(numerics.BY_CODE.values(), key=lambda row: row.code)
        if row.name in sent
    ]
    return (
        "\n\n".join(
            [
                "# Protocol: what the gateways speak",
                NOTE.strip(),
                "IRC as written down at <https://modern.ircdocs.horse/>, with IRCv3. Text is UTF-8 only.",
                "## Commands",
                table(("command", "what it does", "specification"), commands),
                "## Capabilities",
                table(("capability", "specification"), offered),
                _own_extensions(),
                "## ISUPPORT",
                table(("token", "specification"), tokens),
                "## Modes of rooms",
                "The creator of a room is its operator (`@`). Everybody may take off their own prefix"
                " modes, nobody those of who is above. " + _kicks(),
                table(
                    ("mode", "takes", "what it does", "who may change it", "specification"),
                    _modes(),
                ),
                "## Modes of users",
                table(("mode", "what it says", "set by MODE", "specification"), _user_modes()),
                "## What operators of the server may do",
                "Operators are the names of `--oper-file`, by OPER, and the owners of accounts that"
                " `chatd account oper` marks.",
                table(("command", "for operators only"), _rights(privileges.RIGHTS)),
                table(("command", "more than others"), _rights(privileges.SIGHTS)),
                "## Numerics",
                table(("code", "name", "specification"), codes),
            ]
        )
        + "\n"
    )


def _modes() -> list[tuple[str, ...]]:
    return [
        (f"`{row.letter}` `{row.prefix}`" if row.prefix else f"`{row.letter}`", row.kind.value,
         row.what, " ".join(row.by), _link(row.link))
        for row in modes.MODES
    ]  # fmt: skip


def _user_modes() -> list[tuple[str, ...]]:
    by_mode = {(True, True): "yes", (False, True): "only off", (False, False): "no"}
    return [
        (f"`{row.letter}`", row.what, by_mode[row.settable, row.removable], _link(row.link))
        for row in usermodes.USER_MODES
    ]


def _rights(rows: Mapping[str, str]) -> list[tuple[str, ...]]:
    return [(f"`{name}`", what) for name, what in rows.items()]


def _kicks() -> str:
    pairs = (f"`{rank}` may kick {' '.join(below)}" for rank, below in modes.KICKS.items())
    return f"KICK: {', '.join(pairs)}; each also who has none."


def _own_extensions() -> str:
    return (DOCS / "extensions.md").read_text(encoding="utf-8").strip()


def _numerics_sent() -> set[str]:
    """Numerics that the code of the commands and of the session names."""
    sources = [*DOCS.parent.glob("chatd/commands/*.py"), *DOCS.parent.glob("chatd/session/*.py")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    return set(re.findall(r"\b((?:RPL|ERR)_[A-Z0-9_]+)\b", text))


def _summary(doc: str | None) -> str:
    text = (doc or "").strip().splitlines()[0]
    return text.partition(" https://")[0].removesuffix(" docs/protocol.md")


def _link(link: str) -> str:
    return f"<{link}>" if link.startswith("https://") else "below"


def client_page() -> str:
    """The page of the client, with its tables as they are now."""
    text = (DOCS / "client.md").read_text(encoding="utf-8")
    tables = {"commands": client_commands, "keys": client_keys, "settings": client_settings}
    for name, make in tables.items():
        begin, end = f"<!-- {name}: written by docs/generate.py -->", f"<!-- end of {name} -->"
        before, _, rest = text.partition(begin)
        _, _, behind = rest.partition(end)
        text = f"{before}{begin}\n\n{make()}\n\n{end}{behind}"
    return text


def client_commands() -> str:
    """What one types, by headings."""
    groups = dict.fromkeys(command.group for command in COMMANDS.values())
    tables = []
    for group in groups:
        rows = [
            (f"`{row.usage}`", ", ".join(f"`/{name}`" for name in row.also), row.help)
            for row in COMMANDS.values()
            if row.group == group
        ]
        tables.append(f"**{group}**\n\n{table(('command', 'also', 'what it does'), rows)}")
    return "\n\n".join(tables)


def client_keys() -> str:
    """What keys do, by headings."""
    tables = []
    for head, group in keys.table(WITH_KEYS):
        rows = [(shown, words, f"`{name}`") for name, shown, words in group]
        tables.append(f"**{head}**\n\n{table(('key', 'what it does', 'its name'), rows)}")
    return "\n\n".join(tables)


def client_settings() -> str:
    """What ``config.toml`` may hold."""
    rows = [
        (f"`{name.replace('_', '.', 1) if name.startswith('notifications_') else name}`", kind.help)
        for name, kind in KINDS.items()
    ]
    return table(("setting", "what it is"), rows)


def main() -> int:
    """Write the pages, or with ``--check`` compare them."""
    wanted = {"redis.md": redis_page(), "protocol.md": protocol_page(), "client.md": client_page()}
    wanted |= {f"man/{name}": page for name, page in manpages.pages().items()}
    there = {f"man/{path.name}" for path in (DOCS / "man").glob("*")}
    stale = sorted(there - wanted.keys())
    for name, page in wanted.items():
        path = DOCS / name
        if not path.exists() or path.read_text(encoding="utf-8") != page:
            stale.append(name)
    if stale and "--check" in sys.argv:
        print(f"stale: {', '.join(stale)}; run python docs/generate.py")
        return 1
    for name in stale:
        if name in wanted:
            (DOCS / name).write_text(wanted[name], encoding="utf-8")
        else:
            (DOCS / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
