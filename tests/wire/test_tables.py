"""The tables of protocol facts: numerics, capabilities, ISUPPORT."""

from __future__ import annotations

import pytest

from chatd.wire import caps, isupport, numerics


@pytest.mark.parametrize(
    ("numeric", "code", "text"),
    [
        # as https://modern.ircdocs.horse/#numerics writes them
        (numerics.RPL_WELCOME, "001", ""),
        (numerics.RPL_ISUPPORT, "005", "are supported by this server"),
        (numerics.RPL_ENDOFNAMES, "366", "End of /NAMES list"),
        (numerics.ERR_NOSUCHNICK, "401", "No such nick/channel"),
        (numerics.ERR_INPUTTOOLONG, "417", "Input line was too long"),
        (numerics.ERR_NICKNAMEINUSE, "433", "Nickname is already in use"),
        (numerics.ERR_NOTREGISTERED, "451", "You have not registered"),
        (numerics.ERR_NEEDMOREPARAMS, "461", "Not enough parameters"),
        (numerics.RPL_LOGGEDIN, "900", ""),
        (numerics.RPL_SASLSUCCESS, "903", "SASL authentication successful"),
        (numerics.ERR_SASLFAIL, "904", "SASL authentication failed"),
        (numerics.RPL_SASLMECHS, "908", "are available SASL mechanisms"),
    ],
)
def test_numerics(numeric: numerics.Numeric, code: str, text: str) -> None:
    assert (numeric.code, numeric.text) == (code, text)
    assert numerics.BY_CODE[code] is numeric


def test_a_constant_has_the_name_and_the_only_use_of_its_code() -> None:
    constants = {
        name: value for name, value in vars(numerics).items() if name.startswith(("RPL_", "ERR_"))
    }
    assert {name: value.name for name, value in constants.items()} == {
        name: name for name in constants
    }
    assert len(numerics.BY_CODE) == len(constants)
    for value in constants.values():
        assert len(value.code) == 3
        assert value.code.isdigit()
        assert "<" not in value.text


def test_a_numeric_links_to_its_section() -> None:
    assert numerics.ERR_NICKNAMEINUSE.link == "https://modern.ircdocs.horse/#errnicknameinuse-433"
    assert numerics.RPL_WHOSPCRPL.link == "https://ircv3.net/specs/extensions/whox"


def test_every_capability_has_a_bit_of_its_own() -> None:
    bits = [cap.bit for cap in caps.CAPS]
    assert all(bit.bit_count() == 1 for bit in bits)
    assert len(set(bits)) == len(bits) == len(caps.BY_NAME)


def test_every_bit_is_in_the_table() -> None:
    bits = 0
    for name, value in vars(caps).items():
        bits |= value if name.startswith("CAP_") else 0
    assert sum(cap.bit for cap in caps.CAPS) == bits  # each bit belongs to one name
    assert len({cap.bit for cap in caps.CAPS}) == len(caps.CAPS)


def test_capability_names_fit_their_list() -> None:
    # "Capability names are case-sensitive, and MUST NOT start with a hyphen"; a list separates
    # them by spaces, and = divides a name from its value
    for cap in caps.CAPS:
        assert cap.name == cap.name.strip("-")
        assert not set(" =~") & set(cap.name)
        assert " " not in cap.value


def test_isupport_tokens() -> None:
    words = isupport.tokens("Example Network")
    for word in (
        "CASEMAPPING=ascii",
        "UTF8MAPPING=rfc8265",
        "UTF8ONLY",
        "CHANTYPES=#",
        "PREFIX=(qaohv)~&@%+",
        "STATUSMSG=~&@%+",
        "CHANMODES=beI,k,fl,CMRUimnpst",
        "MODES=12",
        "MAXLIST=beI:100",
        "NICKLEN=32",
        "CHANNELLEN=64",
        "TOPICLEN=390",
        "AWAYLEN=200",
        r"NETWORK=Example\x20Network",  # the example of the specification
    ):
        assert word in words


def test_history_is_announced_only_where_there_is_one() -> None:
    assert not any(word.startswith("CHATHISTORY") for word in isupport.tokens("n"))
    words = isupport.tokens("n", chathistory=1000)
    assert words[-2:] == ["CHATHISTORY=1000", "MSGREFTYPES=msgid,timestamp"]


def test_isupport_values_are_escaped() -> None:
    # "\\x20 for a space, \\x5C for a backslash and \\x3D for an equal character"
    assert isupport.escape("a b\\c=d") == r"a\x20b\x5Cc\x3Dd"


def test_an_isupport_line_has_at_most_13_tokens() -> None:
    # "<client> <1-13 tokens> :are supported by this server"
    words = [f"T{number}" for number in range(30)]
    lines = isupport.lines(words)
    assert [len(line) for line in lines] == [13, 13, 4]
    assert [word for line in lines for word in line] == words


def test_an_isupport_line_fits_the_limit() -> None:
    words = ["N=" + "й" * 90] * 5
    lines = isupport.lines(words)
    assert [len(line) for line in lines] == [2, 2, 1]


def test_isupport_of_nothing() -> None:
    assert isupport.lines([]) == []
