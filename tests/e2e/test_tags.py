"""Message tags, times and ids. https://ircv3.net/specs/extensions/message-tags"""

from __future__ import annotations

import re

from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient


async def in_room(*clients: IrcClient) -> None:
    for client in clients:
        await client.send("JOIN #room")
        await client.fence()
    for client in clients:
        await client.fence()


async def test_only_client_only_tags_pass(connect: Connect) -> None:
    """ "Tags without the client-only prefix MUST be removed by the server before being relayed" """
    alice, bob = await connect("alice", ("message-tags",)), await connect("bob", ("message-tags",))
    await alice.send("@+a=1;b=2;+c/d;msgid=forged;time=forged;account=root PRIVMSG bob :hi")
    line = await bob.expect("hi")
    assert line.tags.keys() == {"+a", "+c/d", "msgid"}
    assert (line.tags["+a"], line.tags["+c/d"]) == ("1", "")
    assert line.tags["msgid"] != "forged"
    # "Any server-sent tags [...] MUST be included before client-only tags"
    assert re.match(r"@msgid=\S+;\+a=1;\+c/d ", line.raw)


async def test_values_keep_their_meaning(connect: Connect) -> None:
    r""" "If a \ exists with no valid escape character (for example, \b), then the invalid backslash
    SHOULD be dropped."
    """
    alice, bob = await connect("alice", ("message-tags",)), await connect("bob", ("message-tags",))
    await alice.send(r"@+x=raw+:=,escaped\:\s\\;+y=te\bst\;+z= PRIVMSG bob :hi")
    line = await bob.expect("hi")
    assert line.tags["+x"] == r"raw+:=,escaped; " + "\\"
    assert line.tags["+y"] == "tebst"
    assert r";+x=raw+:=,escaped\:\s\\;+y=tebst;+z " in line.raw


async def test_of_a_tag_given_twice_the_last_counts(connect: Connect) -> None:
    """ "SHOULD disregard all but the final occurrence" """
    alice, bob = await connect("alice", ("message-tags",)), await connect("bob", ("message-tags",))
    await alice.send("@+x=1;+x=2 PRIVMSG bob :hi")
    assert (await bob.expect("hi")).tags["+x"] == "2"


async def test_tags_need_the_capability_on_both_sides(connect: Connect) -> None:
    """ "Servers MUST NOT deliver TAGMSG to clients that haven't negotiated the message tags
    capability."
    """
    alice = await connect("alice", ("message-tags",))
    bob, carol = await connect("bob"), await connect("carol", ("message-tags",))
    await in_room(alice, bob, carol)
    await alice.send("@+typing=active TAGMSG #room", "@+x=1 PRIVMSG #room :hi")
    await alice.fence()
    assert [line.raw for line in await bob.fence()] == [":alice!~alice@127.0.0.1 PRIVMSG #room :hi"]
    first, second = await carol.fence()
    assert (first.command, first.tags["+typing"]) == ("TAGMSG", "active")
    assert second.tags["+x"] == "1"
    await bob.send("@+x=1 PRIVMSG carol :hi", "TAGMSG carol")
    assert "+x" not in (await carol.expect("hi")).tags
    await bob.expect(r" 421 bob TAGMSG ")


async def test_the_limit_of_a_clients_tags(connect: Connect) -> None:
    """ "Clients MUST NOT send messages with tag data exceeding 4094 bytes", "Servers MUST reply
    with
    the ERR_INPUTTOOLONG (417) error numeric [...] and MUST always reject lines that exceed this"
    """
    alice, bob = await connect("alice", ("message-tags",)), await connect("bob", ("message-tags",))
    await alice.send(f"@+x={'y' * 4091} PRIVMSG bob :fits")
    line = await bob.expect("fits")
    assert len(line.tags["+x"]) == 4091
    # "The size limit for message tags is 8191 bytes", with those of the server
    assert len(line.raw.partition(" ")[0]) + 1 <= 8191
    await alice.send(f"@+x={'y' * 4092} PRIVMSG bob :does not", "PING after")
    lines = await alice.lines_until("PONG")
    assert lines[0].raw == ":chat.internal 417 alice :Input line was too long"
    assert not [line for line in await bob.fence() if line.text == "does not"]


async def test_the_limit_of_the_rest_is_unchanged(connect: Connect) -> None:
    """ "The size limit for the rest of the message remains unchanged at 512 bytes." """
    alice, bob = await connect("alice", ("message-tags",)), await connect("bob", ("message-tags",))
    head = "PRIVMSG bob :"
    await alice.send(f"@+x={'y' * 4091} {head}{'z' * (510 - len(head))}")
    line = await bob.expect("z")
    assert len(line.raw.partition(" ")[2].encode()) == 510
    await alice.send(f"@+x=y {head}{'z' * (511 - len(head))}")
    await alice.expect(" 417 alice ")


async def test_a_text_is_cut_between_characters(connect: Connect) -> None:
    """ "if they truncate messages to meet a length limit, they do not do so in the middle of a
    UTF-8-encoded codepoint", https://ircv3.net/specs/extensions/utf8-only
    """
    alice, bob = await connect("alice", ("echo-message",)), await connect("bob")
    for shift in ("", "x"):
        text = shift + "€" * ((510 - len("PRIVMSG bob :") - 1) // 3)
        await alice.send(f"PRIVMSG bob :{text}")
        line = await bob.expect("€")
        assert text.startswith(line.text)
        assert 508 <= len(line.raw.encode()) <= 510
        assert (await alice.expect("€")).text == line.text  # "the final version of the message"


async def test_what_is_not_utf8_is_refused(connect: Connect) -> None:
    """ "FAIL PRIVMSG INVALID_UTF8 :Message rejected, your IRC software MUST use UTF-8" """
    alice, bob = await connect("alice"), await connect("bob")
    await alice.send_bytes(b"PRIVMSG bob :caf\xe9\r\n")
    await alice.expect(r"^:chat.internal FAIL PRIVMSG INVALID_UTF8 :")
    client = await connect.open()
    await client.send_bytes(b"USER u s e :caf\xe9\r\n")
    await client.expect(r"^:chat.internal FAIL USER INVALID_UTF8 :")
    assert await bob.fence() == []


async def test_the_same_id_and_time_for_everybody(connect: Connect) -> None:
    """ "any other message transmitted on the entire network at any time MUST NOT share the same
    value", https://ircv3.net/specs/extensions/message-ids
    """
    caps = ("message-tags", "server-time", "echo-message")
    clients = [await connect(nick, caps) for nick in ("alice", "bob", "carol")]
    await in_room(*clients)
    alice, bob, _ = clients
    await alice.send(*(f"PRIVMSG #room :{n}" for n in range(5)))
    seen = []
    for client in clients:
        lines = [line for line in await client.fence() if line.command == "PRIVMSG"]
        if client is alice:  # all has been said
            await bob.send("TOPIC #room :x", "PART #room")
        seen.append([(line.tags["msgid"], line.tags["time"], line.text) for line in lines])
    assert seen[0] == seen[1] == seen[2]
    assert len({msgid for msgid, _, _ in seen[0]}) == 5
    for msgid, time, _ in seen[0]:
        assert msgid[0] != ":"
        # "YYYY-MM-DDThh:mm:ss.sssZ", https://ircv3.net/specs/extensions/server-time
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time)


async def test_reply_and_react_are_kept_and_typing_is_not(connect: Connect) -> None:
    """ "+reply=<msgid>", https://ircv3.net/specs/client-tags/reply; who types now "is of no
    interest" later.
    """
    caps = ("message-tags", "echo-message", "batch", "draft/chathistory", "server-time")
    alice, bob = await connect("alice", caps), await connect("bob", caps)
    await in_room(alice, bob)
    await alice.send("PRIVMSG #room :Hello!")
    msgid = (await alice.expect("Hello!")).tags["msgid"]
    await bob.send("@+typing=active TAGMSG #room", f"@+reply={msgid} PRIVMSG #room :Hi!")
    await bob.send(f"@+draft/react=🤞;+draft/reply={msgid} TAGMSG #room")
    await bob.fence()
    typing, reply, react = [line for line in await alice.fence() if line.nick == "bob"]
    assert (typing.command, typing.tags.get("+typing")) == ("TAGMSG", "active")
    assert reply.tags["+reply"] == msgid
    assert react.tags["+draft/react"] == "🤞"
    assert "msgid" in react.tags
    await alice.send("CHATHISTORY LATEST #room * 10")
    lines = await alice.fence()
    assert [line.text for line in lines if line.command == "PRIVMSG"] == ["Hello!", "Hi!"]
    assert [line.tags.get("+reply") for line in lines if line.text == "Hi!"] == [msgid]


async def test_a_key_that_breaks_the_grammar_is_left_out(connect: Connect) -> None:
    """``<sequence of letters, digits, hyphens>``; the message itself goes on: "MUST NOT perform
    any validation that would reject the message if an invalid tag key name is used".
    """
    alice, bob = await connect("alice", ("message-tags",)), await connect("bob", ("message-tags",))
    await alice.send("@+a\x01=1;+ok=2 PRIVMSG bob :hi", "@+b\x01=1 TAGMSG bob", "PRIVMSG bob :end")
    assert (await bob.expect("hi")).tags.keys() == {"+ok", "msgid"}
    assert (await bob.expect("PRIVMSG|TAGMSG")).text == "end"
