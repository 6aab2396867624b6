"""The sections of the configuration and their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from appliance.config.values import (
    EntityId,
    EntityPattern,
    Like,
    LongSeconds,
    NodeId,
    OneOf,
    Pin,
    Port,
    Range,
    Seconds,
    TopicFilter,
    TopicPrefix,
)

NO_AREAS: Mapping[str, str] = MappingProxyType({})


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
    latitude: Annotated[float, Range(-90, 90)] | None = None
    """Degrees; with it, trackers that only tell a position are at home or away."""
    longitude: Annotated[float, Range(-180, 180)] | None = None
    radius_m: Annotated[float, Range(10, 100_000)] = 100.0
    """Who is within this distance is at home."""


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
    min_confidence: Annotated[float, Range(0, 1)] = 0.5
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
    shortlist: bool = False
    """Answer faster for more memory, 90 MB with a vocabulary of 128,256."""


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
    entities: tuple[EntityPattern, ...] = ()
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
    entities: tuple[EntityPattern, ...] = ("*",)
    """Patterns of the entity ids whose states are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetrySettings:
    """``[telemetry]``: the readings of the node's own pins, told to the broker with their times, also those of an outage."""

    enabled: bool = True
    every_s: Annotated[float, Range(0, 3600)] = 10.0
    """A number (a counter) is told at most so often; other states at once."""
    max_waiting: Annotated[int, Range(100, 1_000_000)] = 20_000
    """Readings that wait on disk while the broker is away; the oldest go first."""


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
    sensitivity: Annotated[float, Range(0, 1)] = 0.6
    """Of the wake words: 0 never wakes by mistake, 1 never misses; 0.5 is the cutoff that their models were made with."""
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
    certain_silence_s: Annotated[float, Range(0.1, 5)] = 0.16
    """The same once a whole sentence was heard with which no other begins that may be said to this home."""
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
    """Store each sentence that was listened to, to find out what goes wrong. Off: no sound is ever stored."""
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
    telemetry: TelemetrySettings = TelemetrySettings()
    metrics: MetricsSettings = MetricsSettings()
    watch: tuple[WatchSettings, ...] = ()
    voice: VoiceSettings = VoiceSettings()
    log: LogSettings = LogSettings()
