"""What is asked of the node over MQTT: sentences, commands for its own entities, and Home Assistant's wish to be told everything again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import count

from appliance.config import LimitsSettings, MqttSettings
from appliance.errors import RequestError, TerndError
from appliance.messages import Publish, Request
from appliance.mqtt.ask import SOURCE, asked_id, parse_ask, render_refusal, reply_route
from appliance.mqtt.backlog import Backlog
from appliance.mqtt.connection import Connection, Filter, Incoming
from appliance.mqtt.own import OwnEntity
from appliance.mqtt.ports import Respond
from appliance.mqtt.sending import Sender

log = logging.getLogger(__name__)

SHARED_ASK = "ternd/ask"
"""Requests that any node may take."""
SHARED_FILTER = f"$share/ternd/{SHARED_ASK}"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Topics of one node."""

    base: str
    """``ternd/<node>``: all others begin with it."""
    ha_status: str
    """Where Home Assistant says that it has started."""

    @property
    def ask(self) -> str:
        """Sentences for this node."""
        return f"{self.base}/ask"

    @property
    def reply(self) -> str:
        """Their replies, where nobody wants them elsewhere."""
        return f"{self.base}/reply"

    @property
    def status(self) -> str:
        """Whether the node is there."""
        return f"{self.base}/status"

    @property
    def sync(self) -> str:
        """Messages of the node to itself."""
        return f"{self.base}/sync"


class Requests:
    """Takes messages on paho's thread and hands on what they ask for."""

    def __init__(
        self,
        settings: MqttSettings,
        node: str,
        addresses: Addresses,
        *,
        limits: LimitsSettings,
        own: Mapping[str, OwnEntity],
        backlog: Backlog,
        sender: Sender,
        on_ask: Callable[[Request, Respond], None],
        on_birth: Callable[[], None],
    ) -> None:
        """Store the parts.

        Args:
            settings: of MQTT.
            node: the node id, of which the ids of requests are made.
            addresses: where what comes.
            limits: lengths and times of requests.
            own: the node's own entities that take commands, by topic.
            backlog: knows how old a request may be.
            sender: takes the replies.
            on_ask: takes each request; may raise TerndError to refuse it.
            on_birth: Home Assistant has started.
        """
        self._settings = settings
        self._node = node
        self._addresses = addresses
        self._asks = frozenset({addresses.ask, SHARED_ASK})
        self._limits = limits
        self._own = own
        self._backlog = backlog
        self._sender = sender
        self._on_ask = on_ask
        self._on_birth = on_birth
        self._ids = count(1)
        self.received = self.refused = self.ignored = 0
        """Messages; requests refused before they reached the assistant; retained requests and oversized commands."""

    def filters(self, connection: Connection) -> list[Filter]:
        """What is to be subscribed to."""
        where = self._addresses
        wanted = [Filter(topic, request=True) for topic in (where.ask, where.ha_status, where.sync)]
        wanted += [Filter(topic, qos=0, request=True) for topic in self._own]  # what we missed is not done later
        if self._settings.shared_requests and connection.shared:
            wanted.append(Filter(SHARED_FILTER, request=True))
        return wanted

    def take(self, incoming: Incoming) -> None:
        """Take a message."""
        self.received += 1
        try:
            if incoming.topic in self._asks:
                self._asked(incoming)
            elif incoming.topic in self._own:
                self._commanded(self._own[incoming.topic], incoming)
            elif incoming.topic == self._addresses.sync:
                self._backlog.ends(incoming.payload)
            elif incoming.topic == self._addresses.ha_status and incoming.payload == b"online":
                self._on_birth()
        except Exception:
            # paho's thread must survive whatever one message does to us
            log.exception("MQTT: a message on %r could not be handled", incoming.topic[:200])

    def _asked(self, incoming: Incoming) -> None:
        if incoming.retain or self._backlog.known(incoming):
            self.ignored += 1  # a request that was left behind would be carried out after every restart
            return
        fresh = f"{self._node}-{next(self._ids)}"[-64:]
        default = self._addresses.reply
        topic, correlation = default, None
        try:
            route = reply_route(
                incoming.response_topic, incoming.correlation, self._settings.response_prefixes, default
            )
            topic, correlation = route.topic, route.correlation
            request = parse_ask(
                incoming.payload,
                source=f"{SOURCE}{topic}",
                new_id=fresh,
                max_text=self._limits.max_text,
                deadline=self._backlog.sent_at(incoming) + self._limits.reply_timeout_s,
                private=topic != default,
            )
            request = replace(request, correlation=correlation)
            self._on_ask(request, lambda reply: self._sender.answer(request, reply))
        except Exception as error:  # whatever it is, nobody is left waiting
            if not isinstance(error, TerndError):
                log.exception("MQTT: a request could not be taken")
            self.refused += 1
            why = str(error) if isinstance(error, TerndError) else "Something went wrong inside; it is in the log."
            ident = (asked_id(incoming.payload) if isinstance(error, RequestError) else None) or fresh
            self._sender.deliver(Publish(topic, render_refusal(ident, why), correlation=correlation))

    def _commanded(self, one: OwnEntity, incoming: Incoming) -> None:
        """Hand on a command for one of the node's own entities."""
        if incoming.retain or len(incoming.payload) > self._settings.max_payload:
            self.ignored += 1
            return
        try:
            one.take(incoming.payload)
        except TerndError as error:
            self.refused += 1
            log.warning("MQTT: a command on %s was refused: %s", incoming.topic, error)
