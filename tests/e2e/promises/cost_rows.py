"""The lines that the test of costs sends: each command with what makes it most expensive."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

from tests.e2e.promises.crowd import PASSWORD


@dataclass(frozen=True, slots=True)
class Row:
    """A line with the arguments that make it most expensive.

    ``{n}`` in it is the number of the try, ``{msgid}`` the id of the message that ``before`` sent
    last. ``after`` makes up for it, as somebody logged in to ``after_as``. ``log``: the asker has a
    long log of direct messages; ``outside``: is not in #big; ``guest``: is logged in to no account.
    ``job``: it only begins what a gateway does behind it, for which nobody waits.
    """

    line: str
    before: str = ""
    after: str = ""
    after_as: str = "boss"
    log: bool = False
    outside: bool = False
    guest: bool = False
    job: bool = False

    @property
    def name(self) -> str:
        """The command."""
        return next(word for word in self.line.split() if not word.startswith("@"))


def nicks(separator: str, count: int, first: int = 0) -> str:
    """Some of the crowd."""
    return separator.join(f"u{first + number}" for number in range(count))


ALL_PREFIXES = "@#big,+#big,%#big,&#big"
MANY_ROOMS = ",".join(f"#r{number}" for number in range(45))
SECRET = b64encode(f"\0boss\0{PASSWORD}".encode()).decode()
ALWAYS = "timestamp=1970-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z"
MULTILINE = "\n".join(
    ["BATCH +1 draft/multiline #big"]
    + ["@batch=1 PRIVMSG #big :a line of a longer text"] * 30
    + ["BATCH -1"]
)

THIRD = "CAP REQ :-draft/metadata-2 draft/metadata-3"
"""METADATA as draft/metadata-3 has it."""
REGISTER = f"REGISTER * * {PASSWORD}\nPRIVMSG u5 :here"

ROWS = (
    Row("ABAN 5 nobody{n} :x", after="UNABAN nobody{n}"),
    Row("ACCEPT " + nicks(",", 60)),
    Row("ACCOUNT INFO"),
    Row("ACCOUNT SET REPLAY {n}"),
    Row("ACCOUNT SET RETENTION 10{n}00 10", after="ACCOUNT SET RETENTION DEFAULT DEFAULT",
        log=True),
    Row("ACCOUNT ERASE STATUS", log=True),
    Row(f"AUTHENTICATE PLAIN\nAUTHENTICATE {SECRET}", guest=True),
    Row("AWAY :gone {n}"),
    Row(MULTILINE),
    Row("CHATHISTORY LATEST nobody * 1", log=True),
    Row("CHATHISTORY LATEST * * 1000", log=True),
    Row("CHATHISTORY LATEST u5 * 1000", log=True),
    Row("CHATHISTORY AROUND u5 msgid={msgid} 10", before="PRIVMSG u5 :here {n}", log=True),
    Row("CHATHISTORY LATEST #big * 1000"),
    Row(f"CHATHISTORY TARGETS {ALWAYS} 1000", log=True),
    Row(f"CHATHISTORY TARGETS {ALWAYS} 1000", before=f"JOIN {MANY_ROOMS}"),
    Row("CHGHOST u7 host-{n}.example.net"),
    Row("DLINE 5 203.0.113.{n} :x", after="UNDLINE 203.0.113.{n}"),
    Row("INVITE ghost #big"),
    Row("INVITE"),
    Row("ISON " + nicks(" ", 70)),
    Row("JOIN #big", outside=True),
    Row(f"JOIN {MANY_ROOMS}"),
    Row("KICK #big u{n}01,u{n}02,u{n}03,u{n}04 :out"),
    Row("KILL u{n}51 :out"),
    Row("KLINE 5 *!*@nobody{n}.example :x", after="UNKLINE *!*@nobody{n}.example"),
    Row("LIST"),
    Row("LIST >1"),
    Row("LIST *99*"),
    Row("LUSERS"),
    Row("METADATA #big SYNC"),
    Row("METADATA #big LIST"),
    Row("METADATA #big SET url :https://example.org/{n}"),
    Row("METADATA * SET url :https://example.org/{n}"),
    Row("METADATA * CLEAR", before="METADATA * SET url :https://example.org/"),
    Row("METADATA * SUB url color"),
    Row("METADATA u5 GET url color"),
    Row("METADATA #big SYNC", before=THIRD),
    Row("METADATA #big LIST", before=THIRD),
    Row("METADATA #big SET url :https://example.org/{n}", before=THIRD),
    Row("METADATA * SET url :https://example.org/{n}", before=THIRD),
    Row("METADATA * CLEAR", before=THIRD + "\nMETADATA * SET url :https://example.org/"),
    Row("METADATA * SUB url color", before=THIRD),
    Row("METADATA u5 GET url color", before=THIRD),
    Row("JOIN #big", before=THIRD + "\nMETADATA * SUB url color", outside=True),
    Row("MONITOR + " + nicks(",", 80), before=THIRD + "\nMETADATA * SUB url color"),
    Row("MODE #big +oooooooooooo " + nicks(" ", 12, 300)),
    Row("MODE #big +bbb a{n}!*@* b{n}!*@* c{n}!*@*",
        after="MODE #big -bbb a{n}!*@* b{n}!*@* c{n}!*@*"),
    Row("MODE #big +beIkl *{n}!*@* e{n}!*@* i{n}!*@* key 30000",
        after="MODE #big -beIkl *{n}!*@* e{n}!*@* i{n}!*@* key"),
    Row("MODE #big b"),
    Row("MODE #big"),
    Row("MODE asker +iwR", after="MODE asker -iwR"),
    Row("MONITOR + " + nicks(",", 80)),
    Row("MONITOR S", before="MONITOR + " + nicks(",", 80)),
    Row("NAMES #big"),
    Row("NAMES #big", outside=True),
    Row("NICK asker-{n}", before=f"JOIN {MANY_ROOMS}", log=True),
    Row(f"NOTICE {ALL_PREFIXES} :x"),
    Row("OPER operuser operpassword", guest=True),
    Row(f"PART {MANY_ROOMS}", before=f"JOIN {MANY_ROOMS}"),
    Row("PART #big :bye"),
    Row("PASSWD sesame"),
    Row(f"PRIVMSG {ALL_PREFIXES} :x"),
    Row("PRIVMSG #big :x"),
    Row("PRIVMSG u1,u2,u3,u4 :x"),
    Row("QUIT :bye", before=f"JOIN {MANY_ROOMS}", log=True),
    Row("REDACT #big {msgid}", before="PRIVMSG #big :oops {n}"),
    Row("REDACT u5 {msgid}", before="PRIVMSG u5 :oops {n}", log=True),
    Row("REGISTER * * :sesame", guest=True),
    Row("REHASH"),
    Row("RELAYMSG #big nick/there :x"),
    Row("RENAME #big #renamed{n} :x", after="RENAME #renamed{n} #big"),
    Row("ROOM INFO #big"),
    Row("ROOM ACCESS #big LIST"),
    Row("ROOM ACCESS #big REMOVE heir", before="ROOM ACCESS #big ADD heir op"),
    Row("ROOM ACCESS #big ADD heir op", after="ROOM ACCESS #big REMOVE heir"),
    Row("ROOM ACCESS #big ADD heir banned", after="ROOM ACCESS #big REMOVE heir"),
    Row("ROOM BAN #big u{n}61 5 :out", after="ROOM UNBAN #big u{n}61"),
    Row("ROOM BANS #big"),
    Row("ROOM SET #big RETENTION 10{n}00 10", after="ROOM SET #big RETENTION DEFAULT DEFAULT"),
    Row("ROOM MUTE #big u{n}71", after="ROOM UNMUTE #big u{n}71"),
    Row("ROOM UNBAN #big u{n}81", before="ROOM BAN #big u{n}81"),
    Row("NICK muted-{n}", before="MODE #big +b m:muted-{n}", after="MODE #big -b m:muted-{n}"),
    Row("ROOM DROP #big", before="MODE #big +o asker", after="ROOM REGISTER #big"),
    Row("ROOM REGISTER #big", before="MODE #big +o asker\nROOM DROP #big"),
    Row("ROOM TRANSFER #big heir", after="ROOM TRANSFER #big boss", after_as="heir"),
    Row("ROSTER"),
    Row("CHANSERV INFO #big"),
    Row("CS OP #big u1 u2 u3"),
    Row("HISTORY #big 1000"),
    Row("HISTORY * 1000", log=True),
    Row("HISTSERV PLAY #big 1000"),
    Row("IDENTIFY boss " + PASSWORD, guest=True),
    Row("NICKSERV SESSIONS LIST"),
    Row("NS HELP"),
    Row("RECOVER nobody{n}"),
    Row("SQUERY NickServ :SESSIONS LIST"),
    Row("CERT ADD " + "{n}".rjust(66, "0"), after="CERT REMOVE " + "{n}".rjust(66, "0")),
    Row("CERT REMOVE " + "f" * 64),
    Row("CERT LIST"),
    Row("SESSIONS LIST"),
    Row("SESSIONS END ALL"),
    Row("SESSIONS FORGET nothing"),
    Row("SEARCH text=nothing", log=True),
    Row("SEARCH limit=1000", log=True),
    Row("SEARCH in=u5;limit=1000", log=True),
    Row("SEARCH in=#big;text=a;limit=1000"),
    Row("SETHOST host-{n}.example.net"),
    Row("SETNAME :Somebody {n}"),
    Row("STATS k"),
    Row("STATS u"),
    Row("STATS m"),
    Row(f"@+typing=active TAGMSG {ALL_PREFIXES}"),
    Row("TOPIC #big :topic {n}"),
    Row("TOPIC #big"),
    Row("UNABAN nobody", before="ABAN 5 nobody :x"),
    Row("UNDLINE 203.0.113.99", before="DLINE 5 203.0.113.99 :x"),
    Row("UNKLINE *!*@nobody.example", before="KLINE 5 *!*@nobody.example :x"),
    Row("USER someone 0 * :Someone"),
    Row("USERHOST " + nicks(" ", 5)),
    Row("WALLOPS :hear"),
    Row("WHO *"),
    Row("WHO #big"),
    Row("WHO #big", outside=True),
    Row("WHO *99*"),
    Row("WHO * o"),
    Row("WHOIS u1,u2,u3,u4"),
    Row("WHOIS asker", before=f"JOIN {MANY_ROOMS}"),
    Row("WHOWAS asker"),
    Row("ZNC *playback PLAY * 0", log=True),
    Row("ZNC *playback PLAY * 0", before=f"JOIN {MANY_ROOMS}"),
    Row("ZNC *playback LIST", log=True),
    Row("INBOX", log=True),
    Row("KEYWORDS ADD word{n}"),
    Row("MARKREAD #big timestamp=2026-01-01T00:00:00.00{n}Z"),
    Row("UNREAD", log=True),
    Row("UNREAD", before=f"JOIN {MANY_ROOMS}"),
    # what was said is gone behind these
    Row("ACCOUNT ERASE #big", before="PRIVMSG #big :here {n}", job=True),
    Row("ROOM ERASE #big", before="PRIVMSG #big :here {n}", job=True),
    Row("ACCOUNT ERASE *", before="PRIVMSG #big :here {n}", log=True, job=True),
    Row(f"ACCOUNT DELETE {PASSWORD} ERASE", before=REGISTER, guest=True, job=True),
)  # fmt: skip
