"""The simulated home as its devices announce it, without a broker: for measurements and for `ternd intents`."""

from __future__ import annotations

from appliance.config import GpioSettings
from appliance.demo.devices import DemoHome, load_demo_home, outputs, stations
from appliance.demo.wire import Job, Message
from appliance.gpio import entities
from appliance.home import Registry
from appliance.messages import Home


class _Recorder:
    """A port behind which nobody listens and no time passes."""

    def __init__(self) -> None:
        self.sent: list[Message] = []

    def publish(self, message: Message) -> None:
        """Keep the message."""
        self.sent.append(message)

    def later(self, seconds: float, job: Job) -> None:
        """Never."""


def announced_home(home: DemoHome | None = None) -> Home:
    """The entities of a simulated home (the shipped one) with their first states, as the registry reads them off the wire."""
    home = home or load_demo_home()
    registry = Registry(Home(floors=home.floors, areas=home.areas), areas=home.area_of())
    for entity in entities(GpioSettings(factory="mock", output=outputs(home))):
        registry.add(entity)
        registry.report(entity.id, "off")
    port = _Recorder()
    for station in stations(home):
        station.start(port)
    for message in (*port.sent, *port.sent):  # once to learn the topics, once to read them
        registry.feed(message.topic, message.payload.encode(), message.retain)
    return registry.snapshot()
