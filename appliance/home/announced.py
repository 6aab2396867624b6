"""Typed access to the untrusted keys of one announced component."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from appliance.errors import HomeError
from appliance.home.binding import Message, Read, Reader
from appliance.home.setting import Setting
from appliance.home.templates import Template, parse
from appliance.home.topics import CommandTopics, filter_fault
from appliance.messages import Json

MAX_LIST = 512
"""Longest list of options, effects or modes."""
_TRUE = frozenset({"1", "true", "yes", "on", "enable"})
_FALSE = frozenset({"0", "false", "no", "off", "disable"})
MAX_STRING = 4096
"""Longest string of an announcement, in characters."""


class Announced:
    """The keys of a component, full names, ``~`` expanded. Every getter checks the type and names the key.

    What is wrong with a key that can be done without is collected in `notes`; the part that needs it is left out.
    """

    def __init__(self, config: Mapping[str, Json], topics: CommandTopics, setting: Setting | None = None) -> None:
        """Store the keys, the allow-list for command topics and what the device has to know of the home."""
        self.config = config
        self.setting = setting or Setting()
        self._topics = topics
        self.notes: list[str] = []
        self.command_topics: dict[str, None] = {}
        self.readers: list[Reader] = []

    def text(self, key: str, default: str = "") -> str:
        """A string; numbers and truth values are written as Python writes them, as templates do."""
        value = self.config.get(key)
        if value is None:
            return default
        if isinstance(value, str | int | float):
            text = str(value)
            if len(text) <= MAX_STRING:
                return text
            message = f"{key} is longer than {MAX_STRING} characters"
            raise HomeError(message)
        message = f"{key} must be a string"
        raise HomeError(message)

    def payload(self, key: str, default: str) -> str | None:
        """A payload; None where the announcement sets it to null: the command does not exist."""
        return None if key in self.config and self.config[key] is None else self.text(key, default)

    def number(self, key: str, default: float) -> float:
        """A finite number."""
        value = self.config.get(key)
        if value is None:
            return default
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            message = f"{key} must be a number"
            raise HomeError(message)
        return number

    def flag(self, key: str, *, default: bool = False) -> bool:
        """A truth value."""
        return truth(self.config, key, default=default)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings; one alone need not be in a list."""
        value = self.config.get(key)
        if value is None:
            return ()
        if isinstance(value, str | int | float):
            value = [value]
        if (
            isinstance(value, list)
            and len(value) <= MAX_LIST
            and all(isinstance(item, str | int | float) for item in value)
        ):
            return tuple(str(item)[:MAX_STRING] for item in value)
        message = f"{key} must be a list of at most {MAX_LIST} strings"
        raise HomeError(message)

    def state_topic(self, key: str) -> str | None:
        """A topic to subscribe to; None where there is none or it may not be used."""
        topic = self.text(key)
        fault = filter_fault(topic) if topic else None
        if fault is not None:
            self.notes.append(f"{key}: {fault}")
            return None
        return topic or None

    def command_topic(self, key: str) -> str | None:
        """A topic to publish commands to; None where there is none or it may not be used."""
        topic = self.text(key)
        fault = self._topics.fault(topic) if topic else None
        if fault is not None:
            self.notes.append(f"{key}: {fault}")
            return None
        if topic:
            self.command_topics[topic] = None
        return topic or None

    def template(self, key: str) -> Template | None:
        """A template, None where there is none.

        Raises:
            HomeError: it uses what is not supported.
        """
        source = self.text(key)
        if not source:
            return None
        try:
            return parse(source)
        except HomeError as error:
            message = f"{key}: {error}"
            raise HomeError(message) from None

    def read(self, topic_key: str, template_key: str, change: Callable[[str], Mapping[str, Json]]) -> bool:
        """Add a reader: the rendered value of a topic goes to `change`, which says what it means.

        A value that is no text, or that `change` refuses by ValueError, says nothing.
        """

        def read(message: Message, _now: Mapping[str, Json]) -> Mapping[str, Json]:
            value = message.render(template)
            return change(value) if value is not None and value != "" else {}

        topic = self.state_topic(topic_key)
        if topic is None:
            return False
        try:
            template = self.template(template_key)
        except HomeError as error:
            self.notes.append(f"unreadable: {error}")
            return False
        self.readers.append(Reader(topic, read))
        return True

    def reading_template(self, key: str) -> Template | None:
        """A template that only reads; what cannot be read is noted, and then there is none."""
        try:
            return self.template(key)
        except HomeError as error:
            self.notes.append(f"unreadable: {error}")
            return None

    def read_with(self, topic_key: str, read: Read) -> bool:
        """Add a reader that is given the whole message."""
        topic = self.state_topic(topic_key)
        if topic is None:
            return False
        self.readers.append(Reader(topic, read))
        return True

    def writer(self, topic_key: str, template_key: str) -> Writer | None:
        """What sends one value: topic and command template; None where there is no usable topic or template."""
        topic = self.command_topic(topic_key)
        if topic is None:
            return None
        try:
            return Writer(topic, self.template(template_key))
        except HomeError as error:
            self.notes.append(f"cannot be commanded: {error}")
            return None


class Writer:
    """Sends values to one command topic."""

    def __init__(self, topic: str, template: Template | None) -> None:
        """Store where and how."""
        self.topic = topic
        self._template = template

    @property
    def templated(self) -> bool:
        """Whether a command template shapes the payload."""
        return self._template is not None

    def __call__(self, value: Json, **more: Json) -> tuple[str, str]:
        """Return (topic, payload) for a value; raises ValueError when the template leaves nothing."""
        if self._template is None:
            return self.topic, str(value)
        payload = self._template.render({"value": value, **more})
        if payload is None:
            message = f"the command template {self._template.source!r} leaves no payload"
            raise ValueError(message)
        return self.topic, payload


def truth(config: Mapping[str, Json], key: str, *, default: bool) -> bool:
    """A truth value as Home Assistant takes it: also a number, or a word; raises HomeError."""
    value = config.get(key)
    if value is None:
        return default
    if isinstance(value, int | float):
        return value != 0
    if isinstance(value, str) and (said := value.strip().lower()) in _TRUE | _FALSE:
        return said in _TRUE
    message = f"{key} must be true or false"
    raise HomeError(message)


def as_number(value: str) -> float:
    """A finite number of a rendered value; raises ValueError."""
    number = float(value)
    if not math.isfinite(number):
        message = f"{value!r} is not finite"
        raise ValueError(message)
    return number


def neat(number: float) -> float | int:
    """A number without needless decimals: 21.0 is 21, 21.4999999 is 21.5."""
    rounded = round(number, 4)
    return int(rounded) if rounded == int(rounded) else rounded
