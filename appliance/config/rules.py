"""What must hold between keys of the configuration."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from appliance.config.complaints import near, refuse
from appliance.config.sections import (
    OUTPUT_DOMAINS,
    GpioSettings,
    HomeSettings,
    InputSettings,
    MqttSettings,
    OutputSettings,
    PolicySettings,
    Settings,
    VoiceSettings,
    WatchSettings,
)
from appliance.errors import ConfigError


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine, as far as its spelling tells."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_home(home: HomeSettings) -> None:
    """Refuse half a position."""
    if (home.latitude is None) != (home.longitude is None):
        refuse("home.latitude", "needs home.longitude, and the other way round")


def check_mqtt(mqtt: MqttSettings) -> None:
    """Refuse a connection in the clear to another machine, and halves of what belongs together."""
    if "://" in mqtt.host or mqtt.host.count(":") == 1:
        refuse("mqtt.host", f"must be a host name or address alone, not {mqtt.host!r}; the port goes into mqtt.port")
    if mqtt.discovery_prefix.endswith("/"):
        refuse("mqtt.discovery_prefix", f"must not end with a slash: {mqtt.discovery_prefix!r}")
    if mqtt.enabled and not mqtt.uses_tls and not mqtt.allow_plaintext and not is_loopback(mqtt.host):
        refuse(
            "mqtt.host",
            f"{mqtt.host} is not this machine and the connection is not encrypted: set mqtt.tls = true, "
            "or mqtt.allow_plaintext = true when the network may be trusted",
        )
    if (mqtt.tls_cert is None) != (mqtt.tls_key is None):
        refuse("mqtt.tls_cert", "needs mqtt.tls_key, and the other way round")
    if mqtt.password_file is not None and mqtt.username is None:
        refuse("mqtt.password_file", "needs mqtt.username")


def check_policy(policy: PolicySettings) -> None:
    """Refuse quiet hours that are none."""
    start, _, end = policy.quiet_hours.partition("-")
    if policy.quiet_hours and start == end:
        refuse(
            "policy.quiet_hours", f"{policy.quiet_hours} begin and end at once; for the whole day use confirm_entities"
        )


def check_gpio(gpio: GpioSettings) -> None:
    """Refuse ids and pins used twice, and kinds that do not go with their ids."""
    objects: dict[str, str] = {}
    pins: dict[int, str] = {}
    for path, item in _pins(gpio):
        same = objects.get(item.id.partition(".")[2])
        if same == item.id:
            refuse(f"{path}.id", f"{item.id} is used twice")
        if same is not None:
            refuse(
                f"{path}.id", f"{item.id} and {same} would share their MQTT topics: call one differently after the dot"
            )
        if item.pin in pins:
            refuse(f"{path}.pin", f"pin {item.pin} is already used by {pins[item.pin]}")
        if not item.name.strip():
            refuse(f"{path}.name", "must not be empty: it is how people call it")
        objects[item.id.partition(".")[2]] = item.id
        pins[item.pin] = item.id
        counts = item.kind == "counter"
        reads = ("sensor",) if counts else ("binary_sensor",)
        domains = OUTPUT_DOMAINS[item.kind] if isinstance(item, OutputSettings) else reads
        if item.id.partition(".")[0] not in domains:
            refuse(
                f"{path}.id",
                f"a {item.kind} must be one of {', '.join(f'{domain}.…' for domain in domains)}, not {item.id}",
            )
    for i, one in enumerate(gpio.input):
        if one.confirmed and not one.do:
            refuse(f"gpio.input[{i}].confirmed", "goes with do: a sentence of ask is always asked about")
    for i, output in enumerate(gpio.output):
        if output.interlock is not None and output.safe_state == "on":
            refuse(f"gpio.output[{i}].safe_state", "must be off for an output of an interlock group")


def check_voice(voice: VoiceSettings, gpio: GpioSettings) -> None:
    """Refuse pins that are not there, and recognisers and voices without what they need."""
    inputs, outputs = {item.id for item in gpio.input}, {item.id for item in gpio.output}
    for key, known, kind in (
        ("button", inputs, "input"), ("mute_switch", inputs, "input"), ("led", outputs, "output")
    ):  # fmt: skip
        wanted: str | None = getattr(voice, key)
        if wanted is not None and wanted not in known:
            refuse(f"voice.{key}", f"no [[gpio.{kind}]] has the id {wanted}{near(wanted, tuple(known))}")
        if wanted is not None and kind == "input" and not wanted.startswith("binary_sensor."):
            refuse(f"voice.{key}", f"{wanted} counts pulses; it must be on or off")
    lamp = next((item for item in gpio.output if item.id == voice.led), None)
    if lamp is not None and (lamp.interlock is not None or lamp.min_interval_s or not lamp.id.startswith("light.")):
        refuse("voice.led", f"{lamp.id} must be a light without min_interval_s and interlock: it blinks")
    if voice.recognizer == "wyoming" and not voice.wyoming:
        refuse("voice.wyoming", 'is missing; set it to the host and port of the server, like "192.168.1.20:10300"')
    if voice.wyoming and not 1 <= int(voice.wyoming.rpartition(":")[2]) <= 65_535:
        refuse("voice.wyoming", "ends in a port that is none; ports are 1 to 65535")
    if voice.speaker == "piper" and voice.piper_voice is None:
        refuse("voice.piper_voice", "is missing; set it to the voice file (….onnx) of piper")


def check_watches(watches: tuple[WatchSettings, ...]) -> None:
    """Refuse watches of one id, of nothing, of the node's own requests, or that every reading would raise."""
    ids: set[str] = set()
    for i, watch in enumerate(watches):
        path = f"watch[{i}]"
        if watch.id in ids:
            refuse(f"{path}.id", f"{watch.id} is used twice")
        ids.add(watch.id)
        if not watch.topics and not watch.entities:
            refuse(path, "needs topics or entities")
        for topic in watch.topics:
            fault = _filter_fault(topic)
            if fault:
                refuse(f"{path}.topics", f"{topic}: {fault}")
        if watch.above is not None and watch.below is not None and watch.below > watch.above:
            refuse(
                f"{path}.below",
                f"{watch.below:g} is more than above = {watch.above:g}: every reading would raise an alert",
            )


def _filter_fault(topic: str) -> str:
    """Say why watches may not listen to the filter `topic`; empty: they may."""
    levels = topic.split("/")
    if any("#" in level and level != "#" for level in levels) or "#" in levels[:-1]:
        return "# stands alone and last"
    if any("+" in level and level != "+" for level in levels):
        return "+ stands alone between slashes"
    for own in ("ternd/ask", "ternd/+/ask"):
        if filters_overlap(levels, own.split("/")):
            return "matches ternd's own requests, which would then arrive twice; name the topics more closely"
    return ""


def filters_overlap(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether some topic matches both filters, given as their levels."""
    for a, b in zip_longest(one, other):
        if "#" in (a, b):
            return True
        if a is None or b is None or (a != b and "+" not in (a, b)):
            return False
    return True


def _pins(gpio: GpioSettings) -> Iterator[tuple[str, OutputSettings | InputSettings]]:
    for i, output in enumerate(gpio.output):
        yield f"gpio.output[{i}]", output
    for i, item in enumerate(gpio.input):
        yield f"gpio.input[{i}]", item


def check_secret_files(settings: Settings, name: str) -> None:
    """Refuse files with secrets that everybody may read."""
    for key in ("password_file", "tls_key"):
        path: Path | None = getattr(settings.mqtt, key)
        if path is None:
            continue
        try:
            mode = path.stat().st_mode
        except OSError:
            continue  # whoever needs it says so; the service reads a systemd credential instead
        if mode & 0o007:
            message = f"{name}: mqtt.{key}: everybody may read {path}; run: chmod o-rwx {path}"
            raise ConfigError(message)
