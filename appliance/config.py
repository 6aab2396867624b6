"""The configuration: shipped defaults, one override file, frozen dataclasses.

A key that is not declared here is an error that names the nearest right one; a bad value is an error that
names its key. Secrets are never in the file itself, only the path of a file that holds one.
"""

from __future__ import annotations

import dataclasses
import difflib
import ipaddress
import json
import os
import re
import socket
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from types import MappingProxyType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from appliance.errors import ConfigError

DEFAULTS_FILE = Path(__file__).with_name("data") / "defaults.toml"
"""The documented defaults: what a reader copies a key from. Equal to the defaults of the classes below."""

SYSTEM_FILE = Path("/etc/ternd/ternd.toml")
"""The override of the installed service."""

SERVICE_STATE = Path("/var/lib/ternd")
"""State of the installed service."""

MAX_FILE_BYTES = 1 << 20
"""A larger configuration file is a mistake."""

# --- checks of single values -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds of a number, both allowed."""

    low: float
    high: float

    def complaint(self, value: Any) -> str | None:
        """What is wrong with `value`, or None."""
        return (
            None if self.low <= value <= self.high else f"must be between {self.low:g} and {self.high:g}, not {value!r}"
        )


@dataclass(frozen=True, slots=True)
class OneOf:
    """The only allowed texts."""

    choices: tuple[str, ...]

    def complaint(self, value: Any) -> str | None:
        """What is wrong with `value`, or None."""
        return (
            None
            if value in self.choices
            else f"must be one of {', '.join(self.choices)}, not {value!r}{_near(value, self.choices)}"
        )


@dataclass(frozen=True, slots=True)
class Like:
    """A text that must match a pattern as a whole."""

    pattern: str
    what: str
    """The pattern in words, after "must be"."""

    def complaint(self, value: Any) -> str | None:
        """What is wrong with `value`, or None."""
        return None if re.fullmatch(self.pattern, value) else f"must be {self.what}, not {value!r}"


Check = Range | OneOf | Like

NodeId = Annotated[str, Like(r"[a-z0-9_-]{1,64}", "1 to 64 of a-z, 0-9, _ and -")]
EntityId = Annotated[str, Like(r"[a-z_]{1,32}\.[a-z0-9_]{1,64}", 'an entity id such as "switch.pump"')]
EntityPattern = Annotated[
    str, Like(r"[a-z0-9_.*?\[\]!-]{1,128}", 'a pattern of entity ids such as "switch.saw*" (small letters, not a name)')
]
TopicPrefix = Annotated[
    str, Like(r"[^\x00-\x1f+#$\uffff][^\x00-\x1f+#\uffff]{0,255}", "the beginning of a topic, without wildcards")
]
Seconds = Annotated[float, Range(0, 86_400)]
LongSeconds = Annotated[float, Range(0, 2_592_000)]
TopicFilter = Annotated[str, Like(r"[^\x00-\x1f\x7f-\x9f\uffff]{1,256}", "an MQTT topic of at most 256 characters")]
Port = Annotated[int, Range(1, 65_535)]
Pin = Annotated[int, Range(0, 27)]

NO_AREAS: Mapping[str, str] = MappingProxyType({})

# --- sections --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSettings:
    """``[node]``: who this appliance is."""

    id: NodeId = "auto"
    """Part of its topics, ``ternd/<id>/…``. ``auto``: the host name; :func:`load` has put it in already."""
    area: str | None = None
    """Where it stands: "here" for what is spoken to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeSettings:
    """``[home]``: what is known of the home besides discovery."""

    file: Path | None = None
    """YAML file with floors, areas and entities."""
    areas: Mapping[str, str] = field(default_factory=lambda: NO_AREAS)
    """Entity id or announced device name → name or id of its area; wins over what the device suggests."""
    temperature_unit: Annotated[str, OneOf(("celsius", "fahrenheit"))] = "celsius"


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttSettings:
    """``[mqtt]``: the broker."""

    enabled: bool = True
    host: Annotated[str, Like(r"\S{1,253}", "a host name or address")] = "localhost"
    port: Port = 1883
    username: str | None = None
    password_file: Path | None = None
    """File whose first line is the password; a systemd credential ``secrets_<its name>`` wins."""
    tls: bool = False
    """TLS with the system's certificate authorities; implied by ``tls_ca`` and ``tls_cert``."""
    tls_ca: Path | None = None
    """PEM file of the authority that signed the broker's certificate."""
    tls_cert: Path | None = None
    """PEM file of this node's own certificate; needs ``tls_key``."""
    tls_key: Path | None = None
    allow_plaintext: bool = False
    """Accept a broker elsewhere than on this machine without TLS."""
    protocol: Annotated[str, OneOf(("auto", "5", "3.1.1"))] = "auto"
    """Version of MQTT. ``auto``: 5, and 3.1.1 with a broker that refuses or ignores it."""
    keepalive_s: Annotated[int, Range(5, 3600)] = 30
    discovery_prefix: TopicPrefix = "homeassistant"
    """First level of Home Assistant's discovery topics, also for the node's own announcement."""
    announce: bool = True
    """Announce the node itself by discovery."""
    shared_requests: bool = True
    """Also take requests from ``$share/ternd/ternd/ask``."""
    response_prefixes: tuple[TopicPrefix, ...] = ("ternd/", "reply/")
    """A caller-chosen MQTT 5 response topic must begin with one of these."""
    command_topic_allow: tuple[TopicPrefix, ...] = ()
    """Command topics that devices announce must begin with one of these; empty: any that is not reserved."""
    command_topic_deny: tuple[TopicPrefix, ...] = ()
    """Command topics may not begin with one of these, whatever ``command_topic_allow`` says."""
    max_payload: Annotated[int, Range(1024, 16_777_216)] = 262_144
    """Bytes of the largest message sent or accepted."""
    max_queued: Annotated[int, Range(1, 65_535)] = 1000
    """Messages that may wait for the broker; more are dropped and counted."""

    @property
    def uses_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.tls or self.tls_ca is not None or self.tls_cert is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """``[model]``: the command model."""

    directory: Path | None = None
    """Directory of the command model; None: the one inside the package."""
    min_confidence: Annotated[float, Range(0, 1)] = 0.4
    """What is understood with less probability is not acted upon."""
    phrases: Path | None = None
    """YAML file of the household's own phrases."""
    socket: Path | None = None
    """Socket of ``ternd infer``; None: the model runs inside the daemon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSettings:
    """``[chat]``: the chat model, for questions that are not about operating the home."""

    enabled: bool = True
    """Used as soon as one is installed (``ternd model pull NAME``)."""
    model: str | None = None
    """Name or directory; None: the only one that is installed."""
    seconds: Annotated[float, Range(1, 600)] = 12.0
    """That an answer may take; it is cut at its last whole sentence."""
    max_tokens: Annotated[int, Range(8, 2048)] = 120
    """Of an answer."""
    context: Annotated[int, Range(256, 32_768)] = 1024
    """Tokens of question, home and answer; the memory of the cache grows with it."""
    threads: Annotated[int, Range(0, 64)] = 0
    """0: as many as there are cores, at most 4."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsSettings:
    """``[limits]``: what one request may cost."""

    max_text: Annotated[int, Range(16, 100_000)] = 2000
    """Characters of a request."""
    queue: Annotated[int, Range(1, 10_000)] = 64
    """Requests that may wait; further ones are answered "busy"."""
    reply_timeout_s: Annotated[float, Range(0.5, 600)] = 15.0
    """A request that waited longer is answered "too late" and actuates nothing."""
    confirm_timeout_s: Annotated[float, Range(0.05, 120)] = 3.0
    """How long a device may take to report the state that was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySettings:
    """``[policy]``: what is asked first, and what is never done."""

    dry_run: bool = False
    """Understand and decide, but send nothing at all."""
    confirm: tuple[
        Annotated[
            str,
            OneOf(
                (
                    "unlock", "disarm", "open_door", "open_garage", "open_gate", "open_valve", "oven", "heat", "everything_on",
                    "everything_off",
                )
            ),
        ],
        ...,
    ] = ("unlock", "disarm", "open_door", "open_garage", "open_gate", "open_valve", "oven", "everything_on")  # fmt: skip
    """Kinds of action that need a confirmation. ``oven``: what cooks or burns, going on; ``heat``: heaters, kettles and water heaters
    going on; ``everything_on`` and ``everything_off``: the whole home at once."""
    confirm_entities: tuple[EntityPattern, ...] = ()
    """Patterns of entity ids (``switch.saw*``) whose every command needs a confirmation."""
    confirm_expiry_s: Annotated[float, Range(1, 600)] = 30.0
    """How long a "yes" is awaited."""
    allow: tuple[EntityPattern, ...] = ("*",)
    """Patterns of the entity ids that may be commanded."""
    deny: tuple[EntityPattern, ...] = ()
    """Patterns of entity ids that may not be, whatever ``allow`` says."""
    per_source_per_minute: Annotated[int, Range(1, 10_000)] = 60
    """Requests of one source in a minute that act."""
    total_per_minute: Annotated[int, Range(1, 100_000)] = 300
    """Requests of all sources in a minute that act: a caller may call itself many sources."""
    per_entity_per_minute: Annotated[int, Range(1, 10_000)] = 30
    """Actions that one entity takes in a minute."""
    quiet_hours: Annotated[
        str, Like(r"|([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", 'empty or like "22:30-06:00"')
    ] = ""
    """Local time in which ``quiet_entities`` need a confirmation."""
    quiet_entities: tuple[EntityPattern, ...] = ("media_player.*", "siren.*", "vacuum.*", "lawn_mower.*")
    spare: tuple[str, ...] = (
        "freezer", "fridge", "refrigerator", "router", "modem", "switch hub", "access point", "wifi", "network", "internet", "server",
        "nas", "ups", "aquarium", "fish tank", "terrarium", "incubator", "alarm", "medical", "oxygen", "cpap", "sump", "septic", "boiler",
    )  # fmt: skip
    """Words in the names of plugs, switches and fans that "turn off everything" leaves on; by name they still go off."""


OUTPUT_DOMAINS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "relay": ("switch", "light", "fan", "valve", "lock", "siren", "humidifier"),
        "led": ("light", "switch"),
        "pwm": ("light", "fan"),
        "buzzer": ("siren", "switch"),
    },
)
"""Kind of output → domains that its entity id may have; the first is the usual one."""

INPUT_KINDS = ("button", "motion", "door", "window", "contact", "counter")
"""Kinds of input; a counter is a ``sensor``, all others are ``binary_sensor`` entities."""

Do = Annotated[
    str,
    Like(
        r"(turn_on|turn_off|toggle|open|close|stop|lock|unlock|press|activate|disarm) [a-z_]{1,32}\.[a-z0-9_]{1,64}",
        'a command and an entity, such as "toggle light.hall"; commands are turn_on turn_off toggle open close stop lock unlock press '
        "activate disarm",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSettings:
    """``[[gpio.output]]``: one driven pin. The model sees the name, never the pin."""

    id: EntityId
    """The domain says how it is commanded: ``switch.pump``, ``light.porch``, ``valve.garden``."""
    name: str
    pin: Pin
    """BCM number."""
    kind: Annotated[str, OneOf(tuple(OUTPUT_DOMAINS))] = "relay"
    area: str | None = None
    """Area name or id."""
    aliases: tuple[str, ...] = ()
    active_high: bool = True
    """False: the pin is low when the output is on, as with most relay boards."""
    safe_state: Annotated[str, OneOf(("off", "on"))] = "off"
    """State at start, at stop and after a crash."""
    max_on_s: Seconds = 0.0
    """Longest time away from the safe state; 0: no limit."""
    min_interval_s: Seconds = 0.0
    """Least time between two changes on command; returning to the safe state is always allowed."""
    interlock: str | None = None
    """Outputs of the same interlock group are never on together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSettings:
    """``[[gpio.input]]``: one read pin."""

    id: EntityId
    """``binary_sensor.<object id>``; ``sensor.<object id>`` for a counter."""
    name: str
    pin: Pin
    """BCM number."""
    kind: Annotated[str, OneOf(INPUT_KINDS)] = "contact"
    area: str | None = None
    """Area name or id."""
    aliases: tuple[str, ...] = ()
    active_high: bool = False
    """True: high means pressed, motion or open, with a pull-down; False: low means so, with a pull-up."""
    debounce_s: Annotated[float, Range(0, 10)] = 0.05
    ask: str | None = None
    """Sentence that is handed to the assistant when the input triggers."""
    do: tuple[Do, ...] = ()
    """Commands that are carried out when it triggers, without any understanding: ``toggle light.hall``. Policy applies."""
    when: Annotated[str, OneOf(("active", "inactive", "change"))] = "active"
    """Which change triggers."""
    held_s: Seconds = 0.0
    """It triggers when the state has lasted so long; 0: at once."""
    rest_s: Seconds = 0.5
    """Least time between two triggers; what comes sooner is dropped."""
    confirmed: bool = False
    """The commands of ``do`` need no further yes: this input opens the garage, and nobody is asked."""
    per_pulse: Annotated[float, Range(1e-6, 1e6)] = 1.0
    """What one pulse of a counter stands for, in `unit`."""
    unit: str = ""
    """Unit of a counter: ``l``, ``kWh``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GpioSettings:
    """``[gpio]``: the node's own pins."""

    factory: Annotated[str, OneOf(("auto", "lgpio", "mock"))] = "auto"
    """gpiozero pin factory. ``auto``: lgpio; ``mock``: pins without hardware."""
    output: tuple[OutputSettings, ...] = ()
    input: tuple[InputSettings, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """``[store]``: the database of actions, timers and lists."""

    path: Path | None = None
    """SQLite file; None: ``ternd.sqlite`` in :func:`state_directory`."""
    max_entries: Annotated[int, Range(100, 1_000_000)] = 10_000
    """Entries of the action log that are kept; the oldest go first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """``[[watch]]``: readings that are looked after, and what raises an alert. Every rule that is given counts for itself."""

    id: Annotated[str, Like(r"[a-z0-9_-]{1,64}", "1 to 64 of a-z, 0-9, _ and -")]
    """Part of its alert topic, ``ternd/<node>/alert/<id>``."""
    topics: tuple[TopicFilter, ...] = ()
    """MQTT topics, also with the wildcards ``+`` and ``#``; each topic is a series of its own."""
    entities: tuple[str, ...] = ()
    """Patterns of entity ids of the home (``sensor.*_temperature``)."""
    name: str = ""
    """What people call it; ``{1}``, ``{2}`` stand for what the first, second wildcard of the topic matches: ``Pump {1}``."""
    value: str = ""
    """Where the value stands in a JSON payload: ``temperature``, ``data.0.celsius``; empty: the payload is the value."""
    unit: str = ""
    measure: str = ""
    """What is measured, with Home Assistant's word (``temperature``, ``power``), for questions; empty: told from the unit."""
    area: str | None = None
    """Area name or id, for questions."""
    window_s: Seconds = 0.0
    """``above``, ``below`` and ``zscore`` look at the mean of so many seconds; 0: at each reading."""
    above: float | None = None
    below: float | None = None
    hysteresis: Annotated[float, Range(0, 1e9)] = 0.0
    """``above`` and ``below`` are cleared when the value is back by so much."""
    equals: str | None = None
    """A state or text that is an alert: ``open``, ``offline``."""
    for_s: Seconds = 0.0
    """How long it must last before the alert is raised (not for ``missing_s`` and ``flat_s``)."""
    clear_for_s: Seconds = 0.0
    """How long it must be over before the alert is cleared."""
    rise: Annotated[float, Range(0, 1e12)] | None = None
    """A rise by more than this within ``per_s``."""
    fall: Annotated[float, Range(0, 1e12)] | None = None
    """A fall by more than this within ``per_s``."""
    per_s: Annotated[float, Range(1, 86_400)] = 60.0
    missing_s: LongSeconds = 0.0
    """Nothing heard for so long; 0: does not matter."""
    flat_s: LongSeconds = 0.0
    """Readings come but stay within ``flat_band`` for so long; 0: does not matter."""
    flat_band: Annotated[float, Range(0, 1e12)] = 0.0
    zscore: Annotated[float, Range(0, 100)] = 0.0
    """Standard deviations from its own mean; 0: does not matter."""
    zscore_over_s: Annotated[float, Range(60, 2_592_000)] = 86_400.0
    """How much of the past makes the mean."""
    severity: Annotated[str, OneOf(("info", "warning", "critical"))] = "warning"
    summary_s: LongSeconds = 0.0
    """A summary of each series is published this often; 0: never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySettings:
    """``[history]``: readings and states that questions are answered from."""

    enabled: bool = True
    path: Path | None = None
    """SQLite file; None: ``history.sqlite`` beside the database of ``[store]``."""
    max_mb: Annotated[float, Range(1, 100_000)] = 64.0
    """Size of the file in MB (10^6 bytes); the oldest goes first."""
    flush_s: Annotated[float, Range(1, 3600)] = 60.0
    """Readings are written together this often: what a power cut may cost, and what a card has to bear."""
    resolution_s: Annotated[float, Range(0, 3600)] = 10.0
    """Readings of one series within so many seconds become one row with minimum, maximum and mean; 0: a row each."""
    fine_days: Annotated[float, Range(0.01, 3650)] = 2.0
    """Older rows are put together to one for 5 minutes."""
    medium_days: Annotated[float, Range(0.01, 3650)] = 30.0
    """Older rows are put together to one for an hour."""
    entities: tuple[str, ...] = ("*",)
    """Patterns of the entity ids whose states are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsSettings:
    """``[metrics]``: counters for Prometheus, on this machine only."""

    port: Annotated[int, Range(0, 65_535)] = 0
    """TCP port of ``http://127.0.0.1:<port>/metrics``; 0: off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceSettings:
    """``[voice]``: ear and mouth; docs/voice.md."""

    enabled: bool = False
    input: str = "default"
    """Part of the name of the card with the microphone; ``default``: the first one with a microphone."""
    output: str = "default"
    """Part of the name of the card with the speaker."""
    wake_words: tuple[Annotated[str, OneOf(("okay_nabu", "hey_jarvis", "hey_mycroft", "alexa"))], ...] = ("okay_nabu",)
    """Empty: only the button wakes it, or ``always_listen``."""
    sensitivity: Annotated[float, Range(0, 1)] = 0.5
    """Of the wake words: 0 never wakes by mistake, 1 never misses."""
    always_listen: bool = False
    """Take every sentence in the room for a request."""
    button: str | None = None
    """Id of a ``[[gpio.input]]``: press to talk (hold it, or tap it)."""
    mute_switch: str | None = None
    """Id of a ``[[gpio.input]]``: while it is active the microphone is off."""
    led: str | None = None
    """Id of a ``[[gpio.output]]`` that shows the state."""
    pixels: Annotated[str, OneOf(("none", "apa102", "ws2812"))] = "none"
    """Coloured lights of a microphone HAT, on SPI; needs ``pip install "ternd[pixels]"``."""
    pixel_count: Annotated[int, Range(1, 64)] = 3
    sounds: bool = True
    """Short tones: listening, done, not understood."""
    recognizer: Annotated[str, OneOf(("auto", "vosk", "pocketsphinx", "wyoming"))] = "auto"
    """``auto``: vosk when a model is there, else pocketsphinx."""
    vosk_model: Path | None = None
    """Directory of a small Vosk model; None: ``vosk`` in the state directory."""
    reject_margin: Annotated[float, Range(0, 1000)] = 5.0
    """How much better per second an open ear may explain a sentence before the home's grammar is disbelieved: smaller rejects more."""
    wyoming: Annotated[str, Like(r"|\S{1,253}:\d{1,5}", "like 192.168.1.20:10300")] = ""
    """Host and port of a Wyoming server for speech to text."""
    speaker: Annotated[str, OneOf(("espeak-ng", "piper", "none"))] = "espeak-ng"
    """What speaks. ``none``: replies only go to MQTT."""
    espeak_voice: Annotated[str, Like(r"[A-Za-z0-9+_-]{1,64}", "a voice of espeak-ng --voices")] = "en-us"
    piper_voice: Path | None = None
    """A voice file of piper (``….onnx``)."""
    words_per_minute: Annotated[int, Range(80, 400)] = 165
    volume: Annotated[float, Range(0, 1)] = 1.0
    speech_threshold: Annotated[float, Range(0.05, 0.95)] = 0.5
    """Probability from which a sound counts as speech."""
    silence_s: Annotated[float, Range(0.2, 5)] = 0.7
    """Silence that ends a sentence."""
    ready_silence_s: Annotated[float, Range(0.1, 5)] = 0.45
    """The same once a whole command has been heard."""
    longest_s: Annotated[float, Range(2, 60)] = 12.0
    """A longer sentence is cut."""
    start_s: Annotated[float, Range(1, 60)] = 5.0
    """How long to wait for the first word after the wake word."""
    pre_roll_s: Annotated[float, Range(0, 3)] = 0.5
    """Sound kept from before speech was noticed, so that no beginning is cut."""
    follow_up_s: Annotated[float, Range(0, 60)] = 8.0
    """How long an answer to a question is awaited without the wake word."""
    echo_s: Annotated[float, Range(0, 3)] = 0.35
    """How long after its own voice the appliance stays deaf: the room's echo and the card's buffers."""
    ring_s: Annotated[float, Range(3, 3600)] = 60.0
    """How long a timer rings."""
    keep_audio: bool = False
    """Store what is heard after the wake word, to find out what goes wrong. Off: no sound is ever stored."""
    keep_count: Annotated[int, Range(1, 1000)] = 50
    """Sentences kept; the oldest go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """``[log]``: what is logged."""

    level: Annotated[str, OneOf(("debug", "info", "warning", "error"))] = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole configuration."""

    node: NodeSettings = NodeSettings()
    home: HomeSettings = HomeSettings()
    mqtt: MqttSettings = MqttSettings()
    model: ModelSettings = ModelSettings()
    chat: ChatSettings = ChatSettings()
    limits: LimitsSettings = LimitsSettings()
    policy: PolicySettings = PolicySettings()
    gpio: GpioSettings = GpioSettings()
    store: StoreSettings = StoreSettings()
    history: HistorySettings = HistorySettings()
    metrics: MetricsSettings = MetricsSettings()
    watch: tuple[WatchSettings, ...] = ()
    voice: VoiceSettings = VoiceSettings()
    log: LogSettings = LogSettings()


# --- reading ---------------------------------------------------------------------------------------


def load(path: Path | None = None) -> Settings:
    """Return the defaults, overridden by the file at `path`; None: defaults only.

    Raises :class:`ConfigError` that names the file and the key. Relative paths in the file are relative to it.
    """
    settings = parse("", "defaults") if path is None else parse(_read(path), str(path), base=path.absolute().parent)
    _check_secret_files(settings, str(path))
    if settings.node.id == "auto":
        settings = dataclasses.replace(
            settings, node=dataclasses.replace(settings.node, id=_host_id(socket.gethostname()))
        )
    return settings


def parse(text: str, name: str, base: Path | None = None) -> Settings:
    """Return the settings of the TOML `text`; `name` stands in error messages, relative paths start at `base`."""
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        message = f"{name}: this is not valid TOML: {error}"
        raise ConfigError(message) from error
    try:
        settings: Settings = _Reader(base).section(Settings, table, "")
        _check_mqtt(settings.mqtt)
        _check_gpio(settings.gpio)
        _check_voice(settings.voice, settings.gpio)
        _check_watches(settings.watch)
    except ConfigError as error:
        message = f"{name}: {error}"
        raise ConfigError(message) from None
    return settings


def _read(path: Path) -> str:
    """Return the text of the file, refusing one that anybody may change."""
    try:
        if path.stat().st_mode & 0o002:
            message = f"{path}: everybody may write this file; run: chmod o-w {path}"
            raise ConfigError(message)
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            message = f"{path}: larger than {MAX_FILE_BYTES} bytes"
            raise ConfigError(message)
        return data.decode("utf-8")
    except PermissionError as error:
        message = f"{path}: not readable for this user; run this with sudo, or name another file with --config"
        raise ConfigError(message) from error
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise ConfigError(message) from error
    except UnicodeDecodeError as error:
        message = f"{path}: not UTF-8 at byte {error.start}"
        raise ConfigError(message) from error


_KINDS: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    Path: "a path",
}

_Section = TypeVar("_Section")


class _Reader:
    """Turns TOML tables into dataclasses, checking each value against the annotation of its field."""

    def __init__(self, base: Path | None) -> None:
        self._base = base

    def section(self, cls: type[_Section], table: Any, path: str) -> _Section:
        """Return an instance of the dataclass `cls` made of `table`, which stands at the dotted `path`."""
        if not isinstance(table, dict):
            _refuse(path, f"must be a table, not {table!r}")
        hints = get_type_hints(cls, include_extras=True)
        for key in table:
            if key not in hints:
                _refuse(
                    _join(path, key), f"unknown key{_near(key, tuple(hints)) or '; known here: ' + ', '.join(hints)}"
                )
        fields = dataclasses.fields(cls)  # type: ignore[arg-type]
        for one in fields:
            required = one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING
            if required and one.name not in table:
                _refuse(_join(path, one.name), "is missing")
        return cls(**{key: self.value(hints[key], value, _join(path, key)) for key, value in table.items()})

    def value(self, hint: Any, value: Any, path: str) -> Any:
        """Return `value` as the annotation `hint` wants it."""
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is Annotated:
            checked = self.value(arguments[0], value, path)
            for check in arguments[1:]:
                complaint = check.complaint(checked)
                if complaint:
                    _refuse(path, complaint)
            return checked
        if origin in (Union, UnionType):
            return self.value(arguments[0], value, path)
        if origin is tuple:
            if not isinstance(value, list):
                _refuse(path, f"must be a list, not {value!r}")
            return tuple(self.value(arguments[0], item, f"{path}[{i}]") for i, item in enumerate(value))
        if origin is Mapping:
            if not isinstance(value, dict):
                _refuse(path, f"must be a table, not {value!r}")
            return MappingProxyType(
                {key: self.value(arguments[1], item, _join(path, key)) for key, item in value.items()}
            )
        if dataclasses.is_dataclass(hint):
            return self.section(hint, value, path)  # type: ignore[arg-type]
        return self._scalar(hint, value, path)

    def _scalar(self, kind: type, value: Any, path: str) -> Any:
        if kind is Path and isinstance(value, str) and value and "\0" not in value:
            try:
                expanded = Path(value).expanduser()
            except RuntimeError:
                _refuse(path, f"names the home of a user that is not there: {value!r}")
            return expanded if self._base is None else self._base / expanded
        if kind is float and type(value) is int:
            return float(value)
        if type(value) is not kind or value != value:  # noqa: PLR0124 - NaN is the one number that is not itself
            _refuse(path, f"must be {_KINDS[kind]}, not {value!r}")
        if kind is str and any(ord(char) < 32 or ord(char) == 127 for char in value):
            _refuse(path, "must not hold control characters")
        return value


def _refuse(path: str, complaint: str) -> None:
    message = f"{path or 'the file'}: {complaint}"
    raise ConfigError(message)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _near(word: object, known: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(str(word), known, n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else ""


# --- checks across keys ----------------------------------------------------------------------------


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine, as far as its spelling tells."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _check_mqtt(mqtt: MqttSettings) -> None:
    if mqtt.enabled and not mqtt.uses_tls and not mqtt.allow_plaintext and not is_loopback(mqtt.host):
        _refuse(
            "mqtt.host",
            f"{mqtt.host} is not this machine and the connection is not encrypted: set mqtt.tls = true, "
            "or mqtt.allow_plaintext = true when the network may be trusted",
        )
    if (mqtt.tls_cert is None) != (mqtt.tls_key is None):
        _refuse("mqtt.tls_cert", "needs mqtt.tls_key, and the other way round")
    if mqtt.password_file is not None and mqtt.username is None:
        _refuse("mqtt.password_file", "needs mqtt.username")


def _check_gpio(gpio: GpioSettings) -> None:
    ids: set[str] = set()
    pins: dict[int, str] = {}
    for path, item in _pins(gpio):
        if item.id in ids:
            _refuse(f"{path}.id", f"{item.id} is used twice")
        if item.pin in pins:
            _refuse(f"{path}.pin", f"pin {item.pin} is already used by {pins[item.pin]}")
        ids.add(item.id)
        pins[item.pin] = item.id
        counts = item.kind == "counter"
        reads = ("sensor",) if counts else ("binary_sensor",)
        domains = OUTPUT_DOMAINS[item.kind] if isinstance(item, OutputSettings) else reads
        if item.id.partition(".")[0] not in domains:
            _refuse(
                f"{path}.id",
                f"a {item.kind} must be one of {', '.join(f'{domain}.…' for domain in domains)}, not {item.id}",
            )
    for i, one in enumerate(gpio.input):
        if one.confirmed and not one.do:
            _refuse(f"gpio.input[{i}].confirmed", "goes with do: a sentence of ask is always asked about")
    for i, output in enumerate(gpio.output):
        if output.interlock is not None and output.safe_state == "on":
            _refuse(f"gpio.output[{i}].safe_state", "must be off for an output of an interlock group")


def _check_voice(voice: VoiceSettings, gpio: GpioSettings) -> None:
    inputs, outputs = {item.id for item in gpio.input}, {item.id for item in gpio.output}
    for key, known, kind in (
        ("button", inputs, "input"), ("mute_switch", inputs, "input"), ("led", outputs, "output")
    ):  # fmt: skip
        wanted: str | None = getattr(voice, key)
        if wanted is not None and wanted not in known:
            _refuse(f"voice.{key}", f"no [[gpio.{kind}]] has the id {wanted}{_near(wanted, tuple(known))}")
    if voice.recognizer == "wyoming" and not voice.wyoming:
        _refuse("voice.wyoming", 'is missing; set it to the host and port of the server, like "192.168.1.20:10300"')
    if voice.speaker == "piper" and voice.piper_voice is None:
        _refuse("voice.piper_voice", "is missing; set it to the voice file (….onnx) of piper")


def _check_watches(watches: tuple[WatchSettings, ...]) -> None:
    ids: set[str] = set()
    for i, watch in enumerate(watches):
        path = f"watch[{i}]"
        if watch.id in ids:
            _refuse(f"{path}.id", f"{watch.id} is used twice")
        ids.add(watch.id)
        if not watch.topics and not watch.entities:
            _refuse(path, "needs topics or entities")
        for topic in watch.topics:
            fault = _filter_fault(topic)
            if fault:
                _refuse(f"{path}.topics", f"{topic}: {fault}")
        if watch.above is not None and watch.below is not None and watch.below > watch.above:
            _refuse(
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


def _check_secret_files(settings: Settings, name: str) -> None:
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


# --- what depends on the machine -------------------------------------------------------------------


def _host_id(host: str) -> str:
    """Return a node id made of a host name."""
    return re.sub(r"[^a-z0-9_-]+", "-", host.partition(".")[0].lower()).strip("-")[:64] or "ternd"


def secret_path(path: Path) -> Path:
    """Return where the secret of the configured `path` is to be read: the service's systemd credential if there is one."""
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    if directory:
        credential = Path(directory) / f"secrets_{path.name}"
        if credential.is_file():
            return credential
    return path


def read_secret(path: Path) -> str:
    """Return the first line of a secret file; raises :class:`ConfigError`."""
    source = secret_path(path)
    try:
        text = source.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{source}: the secret cannot be read: {error}"
        raise ConfigError(message) from error
    return text.split("\n", 1)[0].rstrip("\r")


def state_directory() -> Path:
    """Return where state is kept: systemd's StateDirectory, for root that of the service, else the user's own (not created here)."""
    directory = os.environ.get("STATE_DIRECTORY")
    if directory:
        return Path(directory.split(":")[0])
    if os.geteuid() == 0 and SERVICE_STATE.is_dir() and "XDG_STATE_HOME" not in os.environ:
        return SERVICE_STATE  # `sudo ternd log` is about the service
    # Not Path.home(): a user that was made for one service has none, and that is no error as long as it keeps nothing.
    return Path(os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")) / "ternd"  # noqa: PTH111


def models_directory() -> Path:
    """Return where chat models are kept: with the installed service's, where these can be read, else one's own."""
    shared = not os.environ.get("STATE_DIRECTORY") and os.access(SERVICE_STATE, os.R_OK | os.X_OK)
    return (SERVICE_STATE if shared else state_directory()) / "models"


# --- writing ---------------------------------------------------------------------------------------


def dump(settings: Settings) -> str:
    """Return the settings as TOML that :func:`parse` reads to the same settings."""
    lines: list[str] = []
    for section in dataclasses.fields(settings):
        value = getattr(settings, section.name)
        if isinstance(value, tuple):
            for item in value:
                lines += ["", *_table(section.name, item, f"[[{section.name}]]")]
        else:
            lines += ["", *_table(section.name, value, f"[{section.name}]")]
    return "\n".join(lines[1:]) + "\n"


def _table(path: str, section: Any, header: str) -> Iterator[str]:
    """Yield the lines of one table, its tables of tables last."""
    yield header
    nested: list[Callable[[], Iterator[str]]] = []
    for key in dataclasses.fields(section):
        value = getattr(section, key.name)
        inner = _join(path, key.name)
        if value is None:
            continue
        if isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
            nested += [lambda item=item, inner=inner: _table(inner, item, f"[[{inner}]]") for item in value]  # type: ignore[misc]
        elif isinstance(value, tuple) and not value and key.name in ("output", "input"):
            continue
        else:
            yield f"{key.name} = {_toml(value)}"
    for lines in nested:
        yield ""
        yield from lines()


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_toml(key)} = {_toml(item)}' for key, item in value.items())}}}"
    return json.dumps(str(value), ensure_ascii=False)
