"""The roll call of announcements, without a broker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from appliance.home import Registry
from appliance.mqtt.connection import BATCH, Filter
from appliance.mqtt.rollcall import GRACE_S, PATIENCE_S, RollCall


class Broker:
    """Remembers subscriptions."""

    def __init__(self) -> None:
        self.subscribed: list[str] = []
        self.qos: set[int] = set()
        self.unsubscribed: list[str] = []

    def subscribe(self, filters: Iterable[Filter]) -> None:
        for item in filters:
            self.subscribed.append(item.topic)
            self.qos.add(item.qos)

    def unsubscribe(self, topics: Iterable[str]) -> None:
        self.unsubscribed.extend(topics)


class Scene:
    """A home with two lamps, of which `kept` are still announced at the broker."""

    def __init__(self, lamps: int = 2, kept: Sequence[int] = (0,)) -> None:
        self.now = 0.0
        self.home = Registry()
        self.broker = Broker()
        self.markers: list[bytes] = []
        self.kept = kept
        for number in range(lamps):
            self.announce(number)
        self.roll = RollCall(self.home, self.broker, self.markers.append, clock=lambda: self.now)
        self.roll.start()

    def announce(self, number: int) -> None:
        payload = b'{"name": "Lamp %d", "uniq_id": "u%d", "cmd_t": "l%d/set"}' % (number, number, number)
        self.home.feed(self.topic(number), payload, retain=True)

    @staticmethod
    def topic(number: int) -> str:
        return f"homeassistant/switch/s{number}/config"

    def answer(self) -> None:
        """All markers come back, each behind what the broker has kept."""
        while self.markers:
            portion = self.broker.subscribed
            for number in self.kept:
                if "homeassistant/switch/+/config" in portion[-2:] or self.topic(number) in portion:
                    self.announce(number)
            marker = self.markers.pop(0)
            assert self.roll.heard(marker)
            assert self.roll.due() == 0
            self.roll.work()

    def names(self) -> list[str]:
        return [entity.name for entity in self.home.snapshot().entities]


def test_the_kinds_are_asked_for_one_after_the_other() -> None:
    scene = Scene()
    assert scene.broker.subscribed == ["tasmota/discovery/+/config", "tasmota/discovery/+/sensors"]
    scene.answer()
    assert "homeassistant/light/+/config" in scene.broker.subscribed
    assert not any("/update/" in topic or topic.startswith("homeassistant/+") for topic in scene.broker.subscribed)
    assert scene.broker.subscribed[-1] == "homeassistant/sensor/+/+/config"
    assert scene.broker.qos == {0}
    assert scene.roll.done


def test_what_was_removed_meanwhile_is_forgotten_after_a_while() -> None:
    scene = Scene()
    scene.answer()
    assert scene.names() == ["Lamp 0", "Lamp 1"]
    assert scene.roll.due() == GRACE_S
    scene.now = GRACE_S
    scene.roll.work()
    assert scene.broker.subscribed[-1] == scene.topic(1)
    scene.answer()
    assert scene.names() == ["Lamp 0"]
    assert scene.broker.unsubscribed == [scene.topic(1)]
    assert scene.roll.due() is None


def test_what_announces_itself_again_in_time_stays() -> None:
    scene = Scene(kept=())
    scene.answer()
    scene.now = GRACE_S - 1
    scene.announce(0)
    scene.announce(1)
    scene.now = GRACE_S
    scene.roll.work()
    assert scene.roll.due() is None
    assert scene.names() == ["Lamp 0", "Lamp 1"]


def test_what_comes_when_it_is_asked_for_by_name_stays() -> None:
    scene = Scene(kept=())
    scene.answer()
    scene.now = GRACE_S
    scene.kept = (0, 1)
    scene.roll.work()
    scene.answer()
    assert scene.names() == ["Lamp 0", "Lamp 1"]


def test_nothing_is_forgotten_when_the_markers_do_not_come_back() -> None:
    scene = Scene(kept=())
    scene.now = PATIENCE_S
    assert scene.roll.due() == 0
    scene.roll.work()
    assert scene.broker.subscribed[-1] == "homeassistant/sensor/+/+/config"
    scene.now = 2 * PATIENCE_S
    scene.roll.work()
    scene.roll.work()
    assert scene.roll.done
    assert scene.roll.due() is None
    assert scene.names() == ["Lamp 0", "Lamp 1"]


def test_strange_markers_are_ignored() -> None:
    scene = Scene()
    assert not scene.roll.heard(b"x")
    assert scene.roll.heard(scene.markers[0])
    assert not scene.roll.heard(scene.markers[0])


def test_many_missing_ones_are_asked_for_in_portions() -> None:
    scene = Scene(lamps=2 * BATCH + 1, kept=())
    scene.answer()
    scene.now = GRACE_S
    scene.roll.work()
    scene.answer()
    assert scene.names() == []
    assert len(scene.broker.unsubscribed) == 2 * BATCH + 1


def test_all_kinds_together() -> None:
    home, broker, markers = Registry(), Broker(), list[bytes]()
    roll = RollCall(home, broker, markers.append, at_once=True)
    roll.start()
    assert len(markers) == 1
    assert set(broker.subscribed) == {topic for portion in home.announcement_filters() for topic in portion}
    assert roll.heard(markers[0])
    roll.work()
    assert roll.done
