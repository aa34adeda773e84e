"""Settings: where they come from, which source wins, and what a wrong one says."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatd.config import Address, Config, ConfigError, settings
from chatd.settings import read_webirc
from chatd.sources import load


def test_the_default_is_a_loopback_gateway_with_an_engine_of_its_own() -> None:
    config = load({}, {})
    assert [str(address) for address in config.listen] == ["127.0.0.1:6667"]
    assert config.redis_url is None
    assert config.data_dir.name == "chatd"
    assert config.sendq_bytes == 2**20
    assert load({}, {}).gateway_id != config.gateway_id


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:6667", "127.0.0.1", 6667),
        ("localhost:0", "localhost", 0),
        ("[::1]:6667", "::1", 6667),
        ("[fe80::1%eth0]:1", "fe80::1%eth0", 1),
        ("chat.example.org:65535", "chat.example.org", 65535),
    ],
)
def test_an_address_is_read_and_written_the_same(text: str, host: str, port: int) -> None:
    address = Address.parse(text)
    assert (address.host, address.port) == (host, port)
    assert str(address) == text


@pytest.mark.parametrize(
    "text", ["6667", ":6667", "::1:6667", "h:65536", "h:-1", "h:x", "[::1]", "h:1 "]
)
def test_a_wrong_address_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ConfigError, match=r"write HOST:PORT, such as 127\.0\.0\.1:6667"):
        Address.parse(text)


def test_flag_wins_over_environment_over_file_over_default(tmp_path: Path) -> None:
    file = tmp_path / "chatd.toml"
    file.write_text('network = "file"\nsendq = 20000\nlease = 2.5\n')
    environ = {"CHATD_NETWORK": "environment", "CHATD_SENDQ": "30000"}
    config = load({"network": ["flag"]}, environ, file)
    assert (config.network, config.sendq_bytes, config.lease_s) == ("flag", 30000, 2.5)
    assert config.max_clients == 20_000


@pytest.mark.parametrize("key", list(settings()))
def test_every_setting_is_a_flag_a_variable_and_a_key(key: str, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("a line\n")
    (tmp_path / "webirc").write_text("secret 192.0.2.0/28 2001:db8::1\n")
    (tmp_path / "opers").write_text("# who\nboss:secret\n")
    text = {
        "listen": "[::1]:7000",
        "listen_tls": "[::1]:7000",
        "listen_ws": "[::1]:7001",
        "advertise": "ircs://chat.example.org:6697",
        "tls_cert": str(tmp_path / "text"),
        "tls_key": str(tmp_path / "text"),
        "webirc_file": str(tmp_path / "webirc"),
        "oper_file": str(tmp_path / "opers"),
        "registration": "invite",
        "trust": "192.0.2.0/24",
        "proxy_from": "2001:db8::/32",
        "icon": "https://example.org/icon.svg",
        "password": str(tmp_path / "text"),
        "redis_url": "redis://r.example.org/1",
        "data_dir": str(tmp_path),
        "name": "irc.example.org",
        "motd_file": str(tmp_path / "text"),
        "default_room": "#lobby",
        "log_level": "debug",
        "sync_replicas": "2",
        "always_on": "on",
        "on_delete": "erase",
    }.get(key, "20001" if isinstance(getattr(Config(), key), int) else "77")
    setting = settings()[key]
    file = tmp_path / "chatd.toml"
    file.write_text(f'{setting.name} = "{text}"\n')
    needed = _what_it_needs(key, tmp_path)
    by_flag = getattr(load({key: [text]}, needed), key)
    assert by_flag != getattr(Config(), key)
    assert getattr(load({}, {setting.env: text} | needed), key) == by_flag
    assert getattr(load({}, needed, file), key) == by_flag


def _what_it_needs(key: str, folder: Path) -> dict[str, str]:
    """Variables of the settings without which this one is refused."""
    certificate = {"CHATD_TLS_CERT": str(folder / "text"), "CHATD_TLS_KEY": str(folder / "text")}
    if key == "listen_tls":
        return certificate
    if key == "sts_s":
        return certificate | {"CHATD_LISTEN_TLS": "[::1]:6697"}
    return {}


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ({"listen_tls": ["[::1]:6697"]}, "--listen-tls: give the certificate too"),
        ({"sts_s": ["60"]}, "--sts-duration: give an address for TLS too"),
        ({"icon": ["ftp://example.org/icon.svg"]}, "--icon: .* write https://"),
    ],
)
def test_a_setting_that_needs_another_says_which(
    flags: dict[str, list[str]], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        load(flags, {})


def test_webirc_gateways_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "webirc"
    file.write_text("# the web chat\n\nhunter2 192.0.2.0/28 2001:db8::1\n")
    (gateway,) = read_webirc(str(load({"webirc_file": [str(file)]}, {}).webirc_file))
    assert gateway.password == "hunter2"
    assert [str(network) for network in gateway.networks] == ["192.0.2.0/28", "2001:db8::1/128"]
    file.write_text("hunter2 somewhere\n")
    with pytest.raises(ConfigError, match="write a password and then addresses or networks"):
        load({"webirc_file": [str(file)]}, {})


def test_several_addresses_from_every_source(tmp_path: Path) -> None:
    expected = (Address("127.0.0.1", 1), Address("::1", 2))
    file = tmp_path / "chatd.toml"
    file.write_text('listen = ["127.0.0.1:1", "[::1]:2"]\n')
    assert load({}, {}, file).listen == expected
    assert load({}, {"CHATD_LISTEN": "127.0.0.1:1, [::1]:2"}).listen == expected
    assert load({"listen": ["127.0.0.1:1", "[::1]:2"]}, {}).listen == expected


def test_the_same_address_twice_is_an_error_but_not_port_0() -> None:
    assert len(load({"listen": ["127.0.0.1:0", "127.0.0.1:0"]}, {}).listen) == 2
    with pytest.raises(ConfigError, match="--listen: the same address is given twice"):
        load({"listen": ["127.0.0.1:1", "127.0.0.1:1"]}, {})


def test_an_unknown_key_is_named(tmp_path: Path) -> None:
    file = tmp_path / "chatd.toml"
    file.write_text("sendqueue = 1\n")
    with pytest.raises(
        ConfigError, match=r"chatd\.toml: unknown setting 'sendqueue'; there are: .*sendq"
    ):
        load({}, {}, file)


def test_a_broken_or_missing_file_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "chatd.toml"
    with pytest.raises(ConfigError, match=r"cannot read .*chatd\.toml: No such file or directory"):
        load({}, {}, file)
    file.write_text("sendq = = 1\n")
    with pytest.raises(ConfigError, match=r"chatd\.toml is no TOML: .*line 1"):
        load({}, {}, file)
    file.write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="not UTF-8 text"):
        load({}, {}, file)


@pytest.mark.parametrize(
    ("flag", "value", "error"),
    [
        ("sendq_bytes", "1", "--sendq: '1' does not fit: give a whole number from 16384 to"),
        ("sendq_bytes", "1.5", "--sendq: '1.5' does not fit"),
        ("lease_s", "nan", "--lease: 'nan' does not fit: give a number from 0.5 to 3,600"),
        ("name", "chat", "--name: 'chat' does not fit: give a host name with a dot"),
        ("gateway_id", "a b", "--gateway-id: 'a b' does not fit"),
        ("key_prefix", "a:b", "--key-prefix: 'a:b' does not fit"),
        ("default_room", "lobby", "--default-room: 'lobby' does not fit: give # and"),
        ("log_level", "loud", "--log-level: 'loud' is no log level: give debug, info"),
        ("motd_file", "/nowhere", "--motd-file: cannot read /nowhere: No such file"),
        ("listen", ",", "--listen: give at least one address"),
    ],
)
def test_a_wrong_value_says_what_fits(flag: str, value: str, error: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load({flag: [value]}, {})
    assert str(caught.value).startswith(error)


def test_the_error_names_the_variable_or_the_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^CHATD_LEASE: "):
        load({}, {"CHATD_LEASE": "soon"})
    file = tmp_path / "chatd.toml"
    file.write_text("lease = true\n")
    with pytest.raises(ConfigError, match=r"^lease: 'True' does not fit"):
        load({}, {}, file)


def test_the_password_comes_from_a_file_or_the_environment_only(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("from the file\nsecond line\n")
    assert load({"password": [str(file)]}, {"CHATD_PASSWORD": "x"}).password == "from the file"
    assert load({}, {"CHATD_PASSWORD": "from env"}).password == "from env"
    assert load({}, {"CHATD_PASSWORD_FILE": str(file)}).password == "from the file"
    file.write_text("\n")
    with pytest.raises(ConfigError, match="--password-file: the password must be 1 to 400 bytes"):
        load({"password": [str(file)]}, {})


def test_no_secret_is_shown() -> None:
    url = "redis://user:hunter2@r.example.org/0"
    config = load({}, {"CHATD_PASSWORD": "hunter2", "CHATD_REDIS": url})
    assert config.redis_url == url
    assert "hunter2" not in repr(config)
    with pytest.raises(ConfigError, match="CHATD_REDIS: that is no Redis URL") as caught:
        load({}, {"CHATD_REDIS": "http://:hunter2@r"})
    assert "hunter2" not in str(caught.value)
