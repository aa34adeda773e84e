"""The commands: one table of which help, completion, the palette and the documentation are made."""

from __future__ import annotations

from typing import Final

from cli.commands import choosing, connection, helping, moderating, past, people, rooms, talking
from cli.commands.moderating import gives
from cli.commands.talk import Command

ROOMS: Final = "Rooms"
MODERATING: Final = "Moderating a room"
PEOPLE: Final = "People"
PAST: Final = "The past"
CHOICES: Final = "Settings"
SERVER: Final = "The server"

COMMANDS: Final = {
    "to": Command(
        "/to NAME|#ROOM", "write to this person or room from now on", talking.to, "targets"
    ),
    "msg": Command(
        "/msg NAME TEXT", "write to somebody once", talking.msg, "targets people",
        also=("m", "tell"), long=True,
    ),
    "query": Command(
        "/query NAME [TEXT]", "write to this person from now on", talking.query, "people",
        also=("q",), long=True,
    ),
    "r": Command("/r [TEXT]", "answer the last private message", talking.r, "people", long=True),
    "me": Command(
        "/me TEXT", "say what you do: * anna waves", talking.me, "people", long=True
    ),
    "notice": Command(
        "/notice NAME TEXT", "say something that nothing answers by itself", talking.notice,
        "targets people", long=True,
    ),
    "reply": Command(
        "/reply [TEXT]", "answer the selected message, or the last one", talking.reply, "people",
        long=True,
    ),
    "react": Command(
        "/react EMOJI", "react to the selected message, or the last one; again: take it back",
        talking.react, "emoji",
    ),
    "delete": Command(
        "/delete [REASON]", "take back the selected message, or your last one", talking.delete,
        "text", also=("redact",),
    ),
    "join": Command(
        "/join #ROOM [KEY] ...", "enter rooms", rooms.join, "rooms", ROOMS, also=("j",)
    ),
    "part": Command(
        "/part [#ROOM] [TEXT]", "leave a room", rooms.part, "rooms", ROOMS, also=("leave",)
    ),
    "close": Command(
        "/close [NAME|#ROOM]", "leave a room, or close a conversation", rooms.close, "targets",
        ROOMS, also=("wc",),
    ),
    "list": Command("/list [WORD]", "the rooms of the server", rooms.listing, "rooms", ROOMS),
    "rooms": Command("/rooms", "the rooms that you are in", rooms.mine, "", ROOMS),
    "topic": Command(
        "/topic [#ROOM] [TEXT|-]", "show, set or remove what the room is about", rooms.topic,
        "rooms", ROOMS,
    ),
    "names": Command("/names [#ROOM]", "who is in a room, and who may what", rooms.names,
                     "rooms", ROOMS),
    "invite": Command(
        "/invite NAME [#ROOM]", "ask somebody into a room", rooms.invite, "people rooms", ROOMS
    ),
    "kick": Command(
        "/kick [#ROOM] NAME [REASON]", "put somebody out", moderating.kick, "people",
        MODERATING, also=("k",),
    ),
    "ban": Command(
        "/ban [#ROOM] NAME [TIME] [REASON]", "put somebody out and keep them out: 30m, 2h, 7d",
        moderating.ban, "people", MODERATING,
    ),
    "unban": Command(
        "/unban [#ROOM] NAME", "let somebody in again", moderating.unban, "people", MODERATING
    ),
    "bans": Command("/bans [#ROOM]", "who is kept out", moderating.bans, "rooms", MODERATING),
    "quiet": Command(
        "/quiet [#ROOM] NAME [TIME] [REASON]", "let somebody stay, and say nothing",
        moderating.quiet, "people", MODERATING,
    ),
    "unquiet": Command(
        "/unquiet [#ROOM] NAME", "let somebody speak again", moderating.unquiet, "people",
        MODERATING,
    ),
    "op": Command(
        "/op [#ROOM] NAME ...", "make operators of the room",
        gives("+", "o", "/op [#ROOM] NAME ..."), "people", MODERATING,
    ),
    "deop": Command(
        "/deop [#ROOM] NAME ...", "make them operators no longer",
        gives("-", "o", "/deop [#ROOM] NAME ..."), "people", MODERATING,
    ),
    "voice": Command(
        "/voice [#ROOM] NAME ...", "let people speak where others may not",
        gives("+", "v", "/voice [#ROOM] NAME ..."), "people", MODERATING,
    ),
    "devoice": Command(
        "/devoice [#ROOM] NAME ...", "take that back",
        gives("-", "v", "/devoice [#ROOM] NAME ..."), "people", MODERATING,
    ),
    "mode": Command(
        "/mode [#ROOM|NAME] [+-MODES] ...", "show or change modes", moderating.mode, "people",
        MODERATING,
    ),
    "nick": Command("/nick NAME", "be called something else", people.nick, "", PEOPLE),
    "who": Command(
        "/who [#ROOM|NAME|*]", "who is in this room, or online at all (*)", people.who,
        "targets", PEOPLE,
    ),
    "whois": Command(
        "/whois [NAME]", "what is known of somebody", people.whois, "people", PEOPLE,
        also=("wi",),
    ),
    "away": Command(
        "/away [TEXT]", "say that you are away; without a text: back", people.away, "people",
        PEOPLE,
    ),
    "back": Command("/back", "say that you are back", people.back, "", PEOPLE),
    "ignore": Command(
        "/ignore [NAME ...]", "show nothing of somebody; without a name: whom you ignore",
        people.ignore, "people", PEOPLE,
    ),
    "unignore": Command(
        "/unignore NAME ...", "show it again", people.unignore, "ignored", PEOPLE
    ),
    "history": Command(
        "/history [N]", "what was said here before: the last N", past.history, "", PAST,
        also=("lastlog",),
    ),
    "search": Command(
        "/search WORDS", "where these words were said: the last", past.search, "text", PAST,
        also=("grep",),
    ),
    "notify": Command(
        "/notify [WHAT [HOW]]", "how you are told of what concerns you", choosing.notify, "notify",
        CHOICES,
    ),
    "dnd": Command(
        "/dnd [on|off]", "no notifications at all", choosing.do_not_disturb, "", CHOICES
    ),
    "mute": Command(
        "/mute [#ROOM|NAME]", "no notifications from there", choosing.mute, "targets", CHOICES
    ),
    "unmute": Command(
        "/unmute [#ROOM|NAME]", "notifications from there again", choosing.unmute, "muted",
        CHOICES,
    ),
    "keywords": Command(
        "/keywords [add WORD|remove WORD]", "words that concern you as your name does",
        choosing.keywords, "", CHOICES, also=("highlight",),
    ),
    "theme": Command("/theme NAME", "other colours", choosing.theme, "themes", CHOICES),
    "set": Command(
        "/set [NAME [VALUE]]", "show settings, or change one", choosing.setting, "settings",
        CHOICES,
    ),
    "reconnect": Command(
        "/reconnect", "connect anew, to the next address", connection.reconnect, "", SERVER
    ),
    "password": Command(
        "/password", "asks you for the password that the server wants", connection.password, "",
        SERVER,
    ),
    "raw": Command(
        "/raw COMMAND [WORDS]", "send a line as it is, and show the answer", connection.raw,
        "text", SERVER, also=("quote",), secret=True,
    ),
    "oper": Command(
        "/oper NAME PASSWORD", "become an operator of the server", connection.oper, "", SERVER,
        secret=True,
    ),
    "ns": Command(
        "/ns [COMMAND]", "ask NickServ, which is about accounts",
        connection.service("NICKSERV"), "", SERVER, also=("nickserv",), secret=True,
    ),
    "cs": Command(
        "/cs [COMMAND]", "ask ChanServ, which is about rooms",
        connection.service("CHANSERV"), "rooms", SERVER, also=("chanserv",), secret=True,
    ),
    "help": Command(
        "/help [COMMAND]", "this list, or what one command does", helping.help_, "commands",
        SERVER,
    ),
    "keys": Command("/keys", "which key does what, as F1 does", helping.keys, "", SERVER),
    "quit": Command(
        "/quit [TEXT]", "leave the chat", connection.leave, "text", SERVER,
        also=("exit", "bye"), long=True,
    ),
}  # fmt: skip
