"""What is fuzzed: each target takes any bytes and raises only when something is wrong with ternd.

Replayed over the committed corpus by ``test_replay.py``; searched for new inputs by ``python -m tests.fuzz.run``.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping

from appliance import config as configuration
from appliance.errors import ActError, ConfigError, HomeError, RequestError, VoiceError
from appliance.home import CommandTopics, Location, Registry
from appliance.home.announcements import UNFORESEEN
from appliance.home.live import MAX_VALUE
from appliance.home.template_values import MAX_TEXT
from appliance.home.templates import parse
from appliance.intents.parse import LineError, parse_line
from appliance.messages import Action, Entity, Json, Publish
from appliance.mqtt.ask import asked_id, parse_ask, render_refusal
from appliance.mqtt.own import read_command
from appliance.recall import grammar as past
from appliance.text import words
from appliance.voice.stt import wyoming as protocol
from appliance.watch.payload import MAX_TEXT as MAX_READING
from appliance.watch.payload import reading as read_reading

SEPARATOR = b"\x1e"
"""Between the messages of one input of ``discovery``; the first line of each is its topic."""

_DATA: Mapping[str, Json] = {
    "brightness": 128, "rgb_color": (1, 2, 3), "color_temp_kelvin": 3000, "percentage": 40, "position": 40, "tilt_position": 40,
    "temperature": 21, "hvac_mode": "heat", "fan_mode": "low", "preset_mode": "eco", "mode": "eco", "humidity": 50, "value": 5,
    "option": "a", "area": "kitchen", "swing_mode": "on", "code": "1234", "oscillating": True, "fan_speed": "low",
}  # fmt: skip
_PINS = (
    Entity("switch.a", "A", features=frozenset({"turn_on", "turn_off"})),
    Entity("valve.a", "A", features=frozenset({"open", "close"})),
    Entity("lock.a", "A", features=frozenset({"lock", "unlock"})),
)


def _must(condition: bool, what: str) -> None:
    if not condition:
        raise AssertionError(what)


def discovery(data: bytes) -> None:
    """Announcements and reports, as the broker may send them."""
    registry = Registry(location=Location(52.5, 13.4))
    for message in data.split(SEPARATOR)[:16]:
        topic, _, payload = message.partition(b"\n")
        try:
            registry.feed(topic.decode(), payload, retain=len(payload) % 2 == 0)
        except UnicodeDecodeError:
            continue  # no topic: the client drops it
    _must(not any(UNFORESEEN in problem.reason for problem in registry.problems()), "an announcement of no known shape")
    home = registry.snapshot()
    places = {area.id for area in home.areas}
    _must(all(area.name.isprintable() for area in home.areas), "an area cannot be printed")
    topics = CommandTopics()
    for entity in home.entities:
        _must(entity.area is None or entity.area in places, "an entity is in no area of its home")
        _must(entity.name.isprintable() and bool(entity.name), "a name cannot be printed")
        _must(
            all(text.isprintable() for text in (entity.origin, *entity.aliases)), "an origin or alias cannot be printed"
        )
        for said in (entity.id, entity.name, entity.state, *map(str, entity.attributes.values())):
            said.encode()  # half a character can neither be stored nor sent
        _must(all(len(v) <= MAX_VALUE for v in entity.attributes.values() if isinstance(v, str)), "a value is too long")
        for command in (entity.features or frozenset()) - {"brightness", "color", "color_temp"}:
            try:
                sent = registry.encode(Action(entity.id, command, _DATA))
            except ActError:
                continue
            for one in sent:
                _must(isinstance(one, Publish) and topics.fault(one.topic) is None, "a command goes astray")
                _must(isinstance(one, Publish) and not one.retain, "a command is retained")
    for listened in registry.state_topics():
        _must(not listened.startswith(("ternd/", "$")) and "#" not in listened, "a subscription goes astray")
        registry.feed(listened.replace("+", "x"), b'{"state": "ON", "value": 1}')
        registry.feed(listened.replace("+", "x"), b"ON")
    registry.snapshot()
    registry.polls()
    for message in data.split(SEPARATOR)[:16]:
        registry.feed(message.partition(b"\n")[0].decode(errors="replace"), b"")
    _must(not registry.hidden(), "something is left of what was removed")


def template(data: bytes) -> None:
    """A template and the message that it reads, behind the first line break."""
    source, _, payload = data.partition(b"\n")
    try:
        parsed = parse(source.decode(errors="replace"))
    except HomeError:
        return
    value = payload.decode(errors="replace")
    for scope in ({"value": value, "value_json": {"a": [1, {"b": value}], "state": "ON"}}, {}):
        text = parsed.render(scope)
        _must(text is None or len(text) <= MAX_TEXT, "a template grows without end")


def request(data: bytes) -> None:
    """A request, and a command for a pin."""
    asked_id(data)
    try:
        asked = parse_ask(data, source="fuzz", new_id="x")
        _must(bool(asked.text) and asked.text.isprintable(), "an unprintable sentence")
    except RequestError as error:
        render_refusal("x", str(error))
    for entity in _PINS:
        try:
            action = read_command(entity, data)
        except RequestError:
            continue
        _must(action.entity == entity.id and action.command in (entity.features or ()), "a command of another kind")


def config(data: bytes) -> None:
    """A configuration file; what is read is dumped and read again."""
    try:
        settings = configuration.parse(data.decode(errors="replace"), "fuzz")
    except ConfigError as error:
        _must(bool(str(error)), "a configuration is refused without a word")
        return
    _must(configuration.parse(configuration.dump(settings), "dump") == settings, "a dump reads back as something else")


def wyoming(data: bytes) -> None:
    """What a speech server sends."""
    stream = io.BytesIO(data)
    try:
        while (event := protocol.read(stream)) is not None:
            _must(protocol.read(io.BytesIO(protocol.encode(event))) == event, "an event changes on its way")
    except VoiceError:
        pass
    try:
        heard = protocol.transcript(io.BytesIO(data))
        _must(heard.isprintable(), "words that cannot be printed")
    except VoiceError as error:
        _must(bool(str(error)), "a server is refused without a word")


def reading(data: bytes) -> None:
    """The payload of a watched topic, and in the first line where in it the value is."""
    path, _, payload = data.partition(b"\n")
    for where in ("", path.decode(errors="replace")):
        value = read_reading(payload, where)
        if isinstance(value, str):
            _must(0 < len(value) <= MAX_READING and value.isprintable(), "a text that is no state")
        elif value is not None:
            _must(math.isfinite(value), "a number that is none")


def line(data: bytes) -> None:
    """What a model wrote, and the sentence it wrote it about; also the sentence as a question about the past."""
    written, _, sentence = data.decode(errors="replace").partition("\n")
    past.parse(sentence, 1_800_000_000.0)
    try:
        calls = parse_line(written, sentence)
    except LineError:
        return
    said = {word.text for word in words(sentence)}
    for call in calls:
        for target in (call.target, *call.excepts):
            for span in (target.name, target.area, target.floor):
                _must(set((span or "").split()) <= said, "a name that nobody said")


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "config": config, "discovery": discovery, "line": line, "reading": reading, "request": request, "template": template,
    "wyoming": wyoming,
}  # fmt: skip
