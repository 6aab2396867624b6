"""Topics: what may be published to, and what an announcement may name as its command topic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.home.topics import MAX_TOPIC_BYTES, CommandTopics, topic_fault


@pytest.mark.parametrize(
    "topic", ["zigbee2mqtt/Kitchen ceiling/set", "cmnd/x/POWER", "zigbee2mqtt/Küche/set", "a", "/"]
)
def test_usual_topics_are_fine(topic: str) -> None:
    assert topic_fault(topic) is None


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "a\0b",
        "a\x01",
        "a\x1f",
        "a\x7f",
        "a\x9f",
        "a\uffff",
        "a\ufdd0",
        "a\U0001fffe",
        "\ud800",
        "a/+/b",
        "a/#",
        "$SYS/x",
        "$share/g/t",
    ],
)
def test_poison_is_refused(topic: str) -> None:
    assert topic_fault(topic)


def test_length_is_counted_in_bytes() -> None:
    assert topic_fault("a" * MAX_TOPIC_BYTES) is None
    assert topic_fault("ä" * (MAX_TOPIC_BYTES // 2 + 1))


@pytest.mark.parametrize(
    "topic", ["ternd/pi/ask", "ternd/ask", "homeassistant/light/x/config", "tasmota/discovery/A/config", "ternd"]
)
def test_commands_never_go_to_ternd_or_to_discovery(topic: str) -> None:
    assert CommandTopics().fault(topic)


def test_an_allow_list_leaves_only_its_prefixes() -> None:
    topics = CommandTopics(allowed=("zigbee2mqtt/", "cmnd/"))
    assert topics.fault("zigbee2mqtt/lamp/set") is None
    assert "allowed prefixes" in str(topics.fault("other/lamp/set"))
    assert topics.fault("zigbee2mqttx/lamp/set")


@given(st.text())
def test_what_passes_is_what_mqtt_can_carry(topic: str) -> None:
    if topic_fault(topic) is None:
        assert 0 < len(topic.encode()) <= MAX_TOPIC_BYTES
        assert not set("+#\0") & set(topic)
        assert topic[0] != "$"
