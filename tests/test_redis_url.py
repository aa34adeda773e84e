"""Addresses of Redis: what they mean, and what a wrong one says."""

from __future__ import annotations

import pytest

from chatd.redis_url import Endpoint, Group, read


def group(url: str) -> Group:
    found = read(url)
    assert isinstance(found, Group)
    return found


@pytest.mark.parametrize("url", ["redis://h:1/0", "rediss://h", "unix:///tmp/socket?db=1"])
def test_one_redis_stays_as_it_is_written(url: str) -> None:
    """ "`redis://`, `unix://` as today" """
    found = read(url)
    assert isinstance(found, Endpoint)
    assert found.url == url


def test_a_group_under_sentinel() -> None:
    """ "`redis+sentinel://[user:password@]host:port,host:port/SERVICE`" """
    found = group("redis+sentinel://u:p%40@one:1,two,[::1]:3/chat")
    assert found.seeds == ("one:1", "two:26379", "[::1]:3")
    assert found.service == "chat"
    assert found.node("10.0.0.1", "6379").url == "redis://u:p%40@10.0.0.1:6379/0"
    assert found.sentinel("one:1").url == "redis://one:1/"


def test_sentinels_have_a_login_of_their_own() -> None:
    """ "Sentinel's own user and password" """
    found = group(
        "rediss+sentinel://:redis@one/chat/2"
        "?sentinel_username=s&sentinel_password=a/b&ssl_ca_certs=/ca.pem"
    )
    assert found.node("fe80::1", 6379).url == (
        "rediss://:redis@[fe80::1]:6379/2?ssl_ca_certs=%2Fca.pem"
    )
    assert found.sentinel("one:26379").url == ("rediss://s:a%2Fb@one:26379/?ssl_ca_certs=%2Fca.pem")


def test_a_cluster() -> None:
    """ "`redis+cluster://host:port,host:port`, any node as a seed" """
    found = group("redis+cluster://u:p@one:1,two")
    assert found.seeds == ("one:1", "two:6379")
    assert found.node("two", 7).url == "redis://u:p@two:7/0"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://h", "no Redis URL"),
        ("redis+sentinel://h:1", "name of the master is missing"),
        ("redis+sentinel://h:1,/chat", "a host is missing"),
        ("redis+cluster://h:1/0", "one database"),
        ("redis+cluster://h:port", "port"),
        ("redis+nothing://h", "no Redis URL"),
        ("unix+cluster://h", "no Redis URL"),
    ],
)
def test_a_wrong_one_says_what_is_wrong(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"(?i){said}"):
        read(url)


@pytest.mark.parametrize(
    "url", ["redis+sentinel://u:geheim@h/chat?sentinel_password=geheim", "redis://:geheim@h"]
)
def test_no_password_is_shown(url: str) -> None:
    """ "No secret in a log, on a command line or in an error." """
    found = read(url)
    assert "geheim" not in f"{found!r} {Endpoint(url)} {Endpoint(url)!r}"
