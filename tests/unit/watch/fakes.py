"""Stand-ins for the broker and the clocks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from appliance.config import HistorySettings, WatchSettings
from appliance.database import Database
from appliance.errors import ActError, UnsendableError
from appliance.history import History, Keep
from appliance.messages import Home, Publish
from appliance.watch.ports import Explainer
from appliance.watch.service import Watches
from appliance.watch.spool import Spool

NOW = 1_800_000_000.0


@dataclass
class FakeReceipt:
    """Answered at once, or never."""

    refusal: str = ""
    answered: bool = True
    lost: bool = False

    def wait(self, timeout: float) -> bool:
        return self.answered and not self.refusal


@dataclass
class FakeLink:
    """A broker that can be away, refuse, or not answer."""

    connection: int = 1
    published: list[Publish] = field(default_factory=list)
    receipt: FakeReceipt = field(default_factory=FakeReceipt)
    error: str = ""

    def publish(self, message: Publish) -> FakeReceipt:
        if not self.connection:
            raise ActError("not sent: the MQTT broker is away")
        if self.error:
            raise UnsendableError(self.error)
        self.published.append(message)
        return self.receipt

    def connects(self) -> int:
        return self.connection

    def hears(self) -> int:
        return self.connection

    def events(self, watch: str) -> list[dict[str, Any]]:
        return [json.loads(one.payload) for one in self.published if one.topic == f"ternd/n/alert/{watch}/event"]

    def state(self, watch: str) -> dict[str, Any]:
        found = [one for one in self.published if one.topic == f"ternd/n/alert/{watch}"]
        assert found[-1].retain
        return dict(json.loads(found[-1].payload))


class Bench:
    """Watches with everything around them, on a clock that is moved by hand."""

    def __init__(
        self,
        *watches: WatchSettings,
        history: History | None = None,
        database: Database | None = None,
        explainer: Explainer | None = None,
        settings: HistorySettings | None = None,
    ) -> None:
        self.t = 1000.0
        self.link = FakeLink()
        self.database = database or Database(None, "")
        self.history = history or History(None, Keep(resolution_s=0), clock=lambda: self.t)
        self.spool = Spool(self.database)
        self.said: list[str] = []
        self.home = Home()
        self.watches = Watches(
            watches,
            node="n",
            history=self.history,
            spool=self.spool,
            link=self.link,
            home=lambda: self.home,
            settings=replace(settings or HistorySettings(), flush_s=60),
            on_alert=lambda _watch, text: self.said.append(text),
            explainer=explainer,
            clock=lambda: self.t,
            wall=lambda: NOW + self.t,
        )
        self.watches.resume()

    def feed(self, topic: str, payload: object, *, after: float = 1.0, retain: bool = False) -> None:
        self.t += after
        self.watches.feed(topic, payload if isinstance(payload, bytes) else str(payload).encode(), retain=retain)
        self.watches.step()

    def wait(self, seconds: float) -> None:
        self.t += seconds
        self.watches.step()


def watch(**keys: Any) -> WatchSettings:
    """A watch over a cold store."""
    keys = {"id": "cold", "topics": ("plant/+/temp",), "unit": "°C", **keys}
    topics: Sequence[str] = keys["topics"]
    return WatchSettings(**{**keys, "topics": tuple(topics)})
