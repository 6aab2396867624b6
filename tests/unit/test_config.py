"""The configuration: what is accepted, what is refused and how it says so."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import config
from appliance.config import (
    DEFAULTS_FILE,
    GpioSettings,
    InputSettings,
    OutputSettings,
    Settings,
    WatchSettings,
    dump,
    dumper,
    load,
    parse,
)
from appliance.errors import ConfigError

OUTPUT = '[[gpio.output]]\nid = "switch.pump"\nname = "Pump"\npin = 17\n'


def refused(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text, "ternd.toml")
    message = str(caught.value)
    assert message.startswith("ternd.toml: ")
    return message.removeprefix("ternd.toml: ")


def test_the_shipped_file_says_the_defaults_of_the_classes() -> None:
    assert parse(DEFAULTS_FILE.read_text("utf-8"), "defaults") == Settings()


def test_the_shipped_file_names_every_key() -> None:
    text = "\n".join(
        line.removeprefix("# ") if " = " in line or "[[" in line else line
        for line in DEFAULTS_FILE.read_text("utf-8").splitlines()[6:]
    )
    table = tomllib.loads(text)
    for section in dataclasses.fields(Settings()):
        default = getattr(Settings(), section.name)
        if isinstance(default, tuple):
            continue
        assert set(table[section.name]) == {field.name for field in dataclasses.fields(default)}
    assert set(table["gpio"]["output"][0]) == {field.name for field in dataclasses.fields(OutputSettings)}
    assert set(table["gpio"]["input"][0]) == {field.name for field in dataclasses.fields(InputSettings)}
    known = {field.name for field in dataclasses.fields(WatchSettings)}
    assert set(table["watch"][0]) | {"entities"} == known, "entities stand in the comment beside topics"


def test_the_shipped_examples_are_right() -> None:
    lines = DEFAULTS_FILE.read_text("utf-8").splitlines()[6:]
    text = "\n".join(line.removeprefix("# ") if " = " in line or "[[" in line else line for line in lines)
    assert parse(text, "examples").gpio.output[0].interlock == "water"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[mqtt]\nprot = 1883", 'mqtt.prot: unknown key; did you mean "port"?'),
        ("[mqqt]\nport = 1883", 'mqqt: unknown key; did you mean "mqtt"?'),
        ("[log]\nzzz = 1", "log.zzz: unknown key; known here: level"),
        ("[mqtt]\nport = 0", "mqtt.port: must be between 1 and 65535, not 0"),
        ('[mqtt]\nport = "1883"', "mqtt.port: must be a whole number, not '1883'"),
        ("[mqtt]\nenabled = 1", "mqtt.enabled: must be true or false, not 1"),
        ("[mqtt]\nport = true", "mqtt.port: must be a whole number, not True"),
        ("[limits]\nreply_timeout_s = nan", "limits.reply_timeout_s: must be a number, not nan"),
        ("[limits]\nreply_timeout_s = inf", "limits.reply_timeout_s: must be between 0.5 and 600, not inf"),
        ("mqtt = 3", "mqtt: must be a table, not 3"),
        ('[policy]\ndeny = "lock.*"', "policy.deny: must be a list, not 'lock.*'"),
        ("[policy]\ndeny = [1]", "policy.deny[0]: must be a text, not 1"),
        ('[policy]\ndeny = ["light"]', "policy.deny[0]: must be a pattern of entity ids"),
        ('[policy]\ndeny = ["Front door"]', "policy.deny[0]: must be a pattern of entity ids"),
        ('[history]\nentities = ["sensor"]', "history.entities[0]: must be a pattern of entity ids"),
        ('[policy]\nconfirm = ["unlok"]', "policy.confirm[0]: must be one of"),
        ('[policy]\nquiet_hours = "25:00-06:00"', "policy.quiet_hours: must be empty or like"),
        ("[home]\nareas = {lamp = 3}", "home.areas.lamp: must be a text, not 3"),
        ('[home]\nfile = ""', "home.file: must be a path, not ''"),
        ('[node]\nid = "Küche"', "node.id: must be 1 to 64 of a-z, 0-9, _ and -, not 'Küche'"),
        ('[node]\narea = "a\\u0000"', "node.area: must not hold control characters"),
        ('[[watch]]\nid = "a"', "watch[0]: needs topics or entities"),
        ('[[watch]]\nid = "A b"\ntopics = ["x"]', "watch[0].id: must be 1 to 64 of a-z"),
        ('[[watch]]\nid = "a"\ntopics = ["#"]', "watch[0].topics: #: matches ternd's own requests"),
        ('[[watch]]\nid = "a"\ntopics = ["+/node/#"]', "watch[0].topics: +/node/#: matches ternd's own requests"),
        ('[[watch]]\nid = "a"\ntopics = ["ternd/ask"]', "watch[0].topics: ternd/ask: matches ternd's own requests"),
        ('[[watch]]\nid = "a"\ntopics = ["a/#/b"]', "watch[0].topics: a/#/b: # stands alone and last"),
        ('[[watch]]\nid = "a"\ntopics = ["a/b+"]', "watch[0].topics: a/b+: + stands alone between slashes"),
        ('[[watch]]\nid = "a"\ntopics = ["x"]\nabove = 1\nbelow = 2', "watch[0].below: 2 is more than above = 1"),
        ('[[watch]]\nid = "a"\ntopics = ["x"]\nabov = 1', 'watch[0].abov: unknown key; did you mean "above"?'),
        ('[[watch]]\nid = "a"\ntopics = ["x"]\n[[watch]]\nid = "a"\ntopics = ["y"]', "watch[1].id: a is used twice"),
        ('[mqtt]\ndiscovery_prefix = "#"', "mqtt.discovery_prefix: must be the beginning of a topic"),
        ('[mqtt]\ndiscovery_prefix = "ha/"', "mqtt.discovery_prefix: must not end with a slash"),
        ('[mqtt]\nhost = "mqtt://localhost"', "mqtt.host: must be a host name or address alone"),
        ('[mqtt]\nhost = "localhost:1884"', "the port goes into mqtt.port"),
        ('[policy]\nquiet_hours = "22:00-22:00"', "policy.quiet_hours: 22:00-22:00 begin and end at once"),
        ('[mqtt]\nhost = "10.0.0.5"', "mqtt.host: 10.0.0.5 is not this machine"),
        ('[mqtt]\nhost = "broker.lan"', "set mqtt.tls = true, or mqtt.allow_plaintext = true"),
        ('[mqtt]\ntls_cert = "/a.pem"', "mqtt.tls_cert: needs mqtt.tls_key"),
        ('[mqtt]\npassword_file = "/p"', "mqtt.password_file: needs mqtt.username"),
        ('[[gpio.output]]\nid = "switch.a"\npin = 1', "gpio.output[0].name: is missing"),
        (OUTPUT + OUTPUT, "gpio.output[1].id: switch.pump is used twice"),
        (
            OUTPUT + '[[gpio.input]]\nid = "binary_sensor.pump"\nname = "Pump"\npin = 4',
            "gpio.input[0].id: binary_sensor.pump and switch.pump would share their MQTT topics",
        ),
        ('[[gpio.output]]\nid = "switch.a"\nname = " "\npin = 1', "gpio.output[0].name: must not be empty"),
        (
            OUTPUT + '[[gpio.input]]\nid = "binary_sensor.a"\nname = "A"\npin = 17',
            "gpio.input[0].pin: pin 17 is already used by switch.pump",
        ),
        (OUTPUT.replace("switch.pump", "sensor.pump"), "gpio.output[0].id: a relay must be one of switch."),
        (OUTPUT + "pin2 = 4", 'gpio.output[0].pin2: unknown key; did you mean "pin"?'),
        (OUTPUT.replace("17", "40"), "gpio.output[0].pin: must be between 0 and 27"),
        (OUTPUT + 'safe_state = "on"\ninterlock = "a"', "gpio.output[0].safe_state: must be off"),
        ("[mqtt\n", "this is not valid TOML"),
        ("a = " + "[" * 5000, "this is not valid TOML"),
    ],
)
def test_what_is_wrong_is_said_with_its_key(text: str, complaint: str) -> None:
    assert complaint in refused(text)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]"])
def test_plain_text_is_fine_on_this_machine(host: str) -> None:
    assert parse(f'[mqtt]\nhost = "{host}"', "x").mqtt.host == host


@pytest.mark.parametrize("extra", ["tls = true", 'tls_ca = "/ca.pem"', "allow_plaintext = true", "enabled = false"])
def test_another_machine_needs_tls_or_the_word_of_the_owner(extra: str) -> None:
    assert parse(f'[mqtt]\nhost = "broker.lan"\n{extra}', "x").mqtt.host == "broker.lan"


def test_a_mark_of_the_order_of_bytes_in_front_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "ternd.toml"
    path.write_bytes(b'\xef\xbb\xbf[node]\r\nid = "x"\r\n')
    assert load(path).node.id == "x"


def test_relative_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "ternd.toml"
    path.write_text('[home]\nfile = "home.yaml"\n')
    assert load(path).home.file == tmp_path / "home.yaml"


def test_the_node_is_named_after_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "My Pi!.lan")
    assert load().node.id == "my-pi"
    monkeypatch.setattr(socket, "gethostname", lambda: "ü")
    assert load().node.id == "ternd"


def test_files_that_cannot_be_trusted_or_read(tmp_path: Path) -> None:
    path = tmp_path / "ternd.toml"
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load(path)
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path)
    path.write_bytes(b'[node]\nid = "\xff"')
    with pytest.raises(ConfigError, match="not UTF-8 at byte 13"):
        load(path)
    path.write_text("")
    path.chmod(0o666)
    with pytest.raises(ConfigError, match="everybody may write this file; run: chmod o-w"):
        load(path)
    path.chmod(0o600)
    path.write_bytes(b"#" * (config.MAX_FILE_BYTES + 1))
    with pytest.raises(ConfigError, match="larger than"):
        load(path)


def test_a_secret_that_everybody_may_read_is_refused(tmp_path: Path) -> None:
    path, secret = tmp_path / "ternd.toml", tmp_path / "password"
    path.write_text('[mqtt]\nusername = "ternd"\npassword_file = "password"\n')
    secret.write_text("geheim\nand more\n")
    secret.chmod(0o644)
    with pytest.raises(ConfigError, match=r"mqtt\.password_file: everybody may read .*chmod o-rwx"):
        load(path)
    secret.chmod(0o640)
    assert load(path).mqtt.password_file == secret
    assert config.read_secret(secret) == "geheim"


def test_a_credential_of_the_service_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "secrets_mqtt_password").write_text("s3cret")
    assert config.read_secret(Path("/nowhere/mqtt_password")) == "s3cret"
    with pytest.raises(ConfigError, match="the secret cannot be read"):
        config.read_secret(Path("/nowhere/other"))


def test_state_lies_where_systemd_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/ternd:/var/lib/other")
    assert config.state_directory() == Path("/var/lib/ternd")
    monkeypatch.delenv("STATE_DIRECTORY")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert config.state_directory() == tmp_path / "ternd"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setattr("appliance.config.machine.SERVICE_STATE", tmp_path)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert config.state_directory() == tmp_path, "sudo ternd log shows what the service did"
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert config.state_directory() == Path.home() / ".local" / "state" / "ternd"
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)
    assert config.state_directory().name == "ternd", "a user without a home is no error"


TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=20)


@given(
    area=st.none() | TEXT,
    areas=st.dictionaries(TEXT, TEXT, max_size=4),
    deny=st.lists(st.from_regex(r"[a-z0-9_*?-]{1,20}[.*?][a-z0-9_.*?-]{0,20}", fullmatch=True), max_size=4),
    timeout=st.floats(0.5, 600),
    outputs=st.lists(
        st.tuples(TEXT.filter(str.strip), st.booleans(), st.sampled_from(["off", "on"]), st.floats(0, 86_400)),
        max_size=4,
    ),
)
def test_a_dump_reads_back(
    area: str | None, areas: dict[str, str], deny: list[str], timeout: float, outputs: list[tuple[Any, ...]]
) -> None:
    settings = Settings(
        node=config.NodeSettings(area=area),
        home=config.HomeSettings(areas=areas, file=Path('/home "x".yaml')),
        limits=config.LimitsSettings(reply_timeout_s=timeout),
        policy=config.PolicySettings(deny=tuple(deny)),
        gpio=GpioSettings(
            output=tuple(
                OutputSettings(id=f"switch.n{i}", name=name, pin=i, active_high=high, safe_state=safe, max_on_s=seconds)
                for i, (name, high, safe, seconds) in enumerate(outputs)
            ),
            input=(InputSettings(id="binary_sensor.door", name="Door", pin=27),),
        ),
    )
    assert parse(dump(settings), "dump") == settings


def test_watches_survive_a_dump() -> None:
    settings = parse(
        '[[watch]]\nid = "a"\ntopics = ["x/+/y", "z/#"]\nabove = 8\n[[watch]]\nid = "b"\nentities = ["lock.*"]', "t"
    )
    assert [watch.id for watch in settings.watch] == ["a", "b"]
    assert settings.watch[0].above == 8.0
    assert parse(dump(settings), "dump") == settings


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ConfigError):  # any other error is a defect
        parse(text, "x")


@given(st.recursive(st.booleans() | st.integers() | st.floats() | TEXT, lambda inner: st.lists(inner, max_size=3)))
def test_any_value_in_any_place_is_read_or_refused(value: Any) -> None:
    for section in dataclasses.fields(Settings()):
        default = getattr(Settings(), section.name)
        listed = isinstance(default, tuple)
        header = f'[[{section.name}]]\nid = "a"\nentities = ["*"]' if listed else f"[{section.name}]"
        for field in dataclasses.fields(WatchSettings if listed else default):
            if listed and field.name in {"id", "entities"}:
                continue
            with contextlib.suppress(ConfigError):
                parse(f"{header}\n{field.name} = {dumper._toml(tuple_of(value))}", "x")


def tuple_of(value: Any) -> Any:
    return tuple(map(tuple_of, value)) if isinstance(value, list) else value
