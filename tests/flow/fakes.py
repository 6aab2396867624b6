"""Small real stand-ins for what is outside: a model that knows a few sentences, and devices at the end of the publish door."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from appliance.errors import ActError
from appliance.home import Registry
from appliance.messages import Area, Call, Home, PinChange, Publish
from appliance.plainly import Plainly


@dataclass(frozen=True)
class Read:
    """What the model made of a sentence."""

    calls: Sequence[Call] = ()
    confidence: float = 1.0
    refusal: str = ""
    line: str = ""


Known = Read | Call | Sequence[Read]
"""A reading, a call alone in a reading, or several readings."""


class FakeModel:
    """Knows sentences by heart; everything else is nothing."""

    def __init__(self, sentences: Mapping[str, Known]) -> None:
        self._sentences = sentences

    def readings(self, text: str) -> Iterator[Read]:
        found = self._sentences.get(text, Read())
        if isinstance(found, Call):
            yield Read((found,))
        elif isinstance(found, Read):
            yield found
        else:
            yield from found


def put_plainly(sentences: Mapping[str, Known], home: Home) -> Mapping[str, Known]:
    """`sentences`, also as the interpreter puts them to the model."""
    plainly = Plainly(home)
    return {**{plainly.put(text): known for text, known in sentences.items()}, **sentences}


@dataclass
class FakeDoors:
    """Records what goes out; `device` answers like one."""

    device: Callable[[Publish], None] = lambda _message: None
    published: list[Publish] = field(default_factory=list)
    changed: list[PinChange] = field(default_factory=list)
    broken: str = ""
    refusal: str = ""
    """What the broker's receipts say."""

    def publish(self, message: Publish) -> FakeDoors:
        if self.broken:
            raise ActError(self.broken)
        self.published.append(message)
        self.device(message)
        return self

    def change(self, change: PinChange) -> int:
        self.changed.append(change)
        return 17


AREAS = (Area("kitchen", "Kitchen"), Area("hall", "Hall"))


def registry() -> Registry:
    """A home with a light, a plug that shows its state and a lock, all announced as zigbee2mqtt does."""
    home = Registry(Home(areas=AREAS))
    announce(home, "light", "Kitchen lamp", {"schema": "json", "brightness": True, "brightness_scale": 254})
    announce(home, "switch", "Kitchen plug", {"value_template": "{{ value_json.state }}"})
    announce(home, "switch", "Hall plug", {"value_template": "{{ value_json.state }}"})
    announce(
        home, "lock", "Hall door",
        {"value_template": "{{ value_json.state }}", "state_locked": "LOCK", "state_unlocked": "UNLOCK"},
    )  # fmt: skip
    for name, state in (("Kitchen lamp", "OFF"), ("Kitchen plug", "OFF"), ("Hall plug", "OFF"), ("Hall door", "LOCK")):
        report(home, name, {"state": state})
    return home


def announce(home: Registry, component: str, name: str, keys: Mapping[str, object]) -> None:
    """Feed one discovery message."""
    ident = "0x" + name.encode().hex()[:16]
    payload = {
        "name": None, "unique_id": f"{ident}_{component}", "state_topic": f"zigbee2mqtt/{name}",
        "command_topic": f"zigbee2mqtt/{name}/set", "device": {"identifiers": [ident], "name": name},
        "payload_on": "ON", "payload_off": "OFF", **keys,
    }  # fmt: skip
    if component == "light":
        del payload["payload_on"], payload["payload_off"]
    if component == "lock":
        payload |= {"payload_lock": "LOCK", "payload_unlock": "UNLOCK"}
        del payload["payload_on"], payload["payload_off"]
    home.feed(f"homeassistant/{component}/{ident}/{component}/config", json.dumps(payload).encode(), retain=True)


def report(home: Registry, name: str, state: Mapping[str, object]) -> None:
    """Feed one state message of a device."""
    home.feed(f"zigbee2mqtt/{name}", json.dumps(state).encode())


def obedient(home: Registry) -> Callable[[Publish], None]:
    """A device for every name: it does what it is told and reports it at once."""

    def act(message: Publish) -> None:
        name = message.topic.removeprefix("zigbee2mqtt/").removesuffix("/set")
        payload = message.payload.decode()
        report(home, name, json.loads(payload) if payload.startswith("{") else {"state": payload})

    return act
