"""Which topic names may be used: one set of checks for announcements, subscriptions and the publish gate."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

MAX_TOPIC_BYTES = 256
"""Longest topic that ternd publishes to or subscribes to, in UTF-8 bytes (MQTT itself allows 65,535)."""

OWN_PREFIX = "ternd"
"""First level of ternd's own topics."""

_LAST_CONTROL = 0x9F
_FIRST_PRINTABLE = 0x20
_DELETE = 0x7F


def topic_fault(topic: str) -> str | None:
    """Say why `topic` may not be published to, or None.

    Stricter than MQTT on purpose: brokers disconnect a client over control characters, non-characters and empty
    topics, and a client that resends such a message on every reconnect is disabled for good.
    """
    if not topic:
        return "the topic is empty"
    if topic.startswith("$"):
        return "topics that begin with $ belong to the broker"
    if "+" in topic or "#" in topic:
        return "the topic holds a wildcard (+ or #)"
    for char in topic:
        code = ord(char)
        if code < _FIRST_PRINTABLE or _DELETE <= code <= _LAST_CONTROL:
            return f"the topic holds the control character U+{code:04X}"
        if 0xD800 <= code <= 0xDFFF or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
            return f"the topic holds U+{code:04X}, which is no character"
    if len(topic.encode()) > MAX_TOPIC_BYTES:
        return f"the topic is longer than {MAX_TOPIC_BYTES} bytes"
    return None


@lru_cache(maxsize=256)
def filter_fault(topic: str) -> str | None:
    """Say why the topics of `topic` may not be listened to as a device's state, or None.

    ``+`` stands for one level, as some gateways announce it; ``#`` is refused, and so is whatever would also match
    requests: the broker would deliver them twice.
    """
    levels = topic.split("/")
    if all(level == "+" for level in levels):
        return "the topic is nothing but wildcards"
    fault = topic_fault("/".join("x" if level == "+" else level for level in levels))
    if fault is None and any(overlaps(topic, own) for own in _REQUESTS):
        fault = "the topic belongs to ternd's requests"
    return fault


_REQUESTS = (f"{OWN_PREFIX}/ask", f"{OWN_PREFIX}/+/ask")


def overlaps(one: str, other: str) -> bool:
    """Whether some topic matches both filters; ``+`` is the only wildcard."""
    left, right = one.split("/"), other.split("/")
    return len(left) == len(right) and all(a == b or "+" in (a, b) for a, b in zip(left, right, strict=True))


@dataclass(frozen=True, slots=True)
class CommandTopics:
    """The allow-list for topics that announcements name as their command topics.

    Anybody who may publish retained messages can announce a device, so an announcement must not be able to aim
    commands at ternd itself, at the broker or at other announcements.
    """

    allowed: tuple[str, ...] = ()
    """Prefixes such as ``zigbee2mqtt/``; empty: every topic that is not denied."""
    denied: tuple[str, ...] = (f"{OWN_PREFIX}/", "tasmota/discovery/")
    """Prefixes that no command may go to."""
    discovery: str = "homeassistant"
    """Prefix under which announcements are not commanded; devices may well have their own topics there."""

    def fault(self, topic: str) -> str | None:
        """Say why no command may go to `topic`, or None."""
        reason = topic_fault(topic)
        if reason is not None:
            return reason
        for prefix in self.denied:
            if topic == prefix.rstrip("/") or topic.startswith(prefix):
                return f"commands to {prefix}… are not allowed"
        if _is_announcing(topic, self.discovery):
            return f"commands to announcements on {self.discovery}/… are not allowed"
        if self.allowed and not any(topic == prefix.rstrip("/") or topic.startswith(prefix) for prefix in self.allowed):
            return f"the topic {topic} is under none of the allowed prefixes ({', '.join(self.allowed)})"
        return None


def _is_announcing(topic: str, prefix: str) -> bool:
    """Whether controllers listen to `topic` for announcements, or to what one of them says of itself."""
    return topic in {prefix, f"{prefix}/status"} or (topic.startswith(f"{prefix}/") and topic.endswith("/config"))
