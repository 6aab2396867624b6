"""Asking a running daemon over MQTT: what ``ternd ask`` does."""

from __future__ import annotations

import getpass
import json
import re
import socket
import threading
import time
import uuid

from appliance.config import Settings
from appliance.errors import ActError
from appliance.messages import Json, Publish
from appliance.mqtt.connection import PROTOCOLS, Connection, Filter, Incoming
from appliance.text import whole

_CONNECT_S = 3.0


class _Exchange:
    """One question and its answer."""

    def __init__(self, node: str, ident: str, private: str) -> None:
        self._node = node
        self._ident = ident
        self._private = private
        self._changed = threading.Condition()
        self.answer: dict[str, Json] | None = None
        self.offline = False

    def take(self, incoming: Incoming) -> None:
        if incoming.topic == f"ternd/{self._node}/status":
            with self._changed:
                self.offline = incoming.payload == b"offline"
                self._changed.notify_all()
            return
        try:
            said = json.loads(incoming.payload)
        except (ValueError, RecursionError):
            return
        if isinstance(said, dict) and said.get("id") == self._ident:
            with self._changed:
                self.answer = said
                self._changed.notify_all()

    def notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def wait(self, connection: Connection, timeout: float, *, connecting: bool) -> None:
        def done() -> bool:
            return connection.down or (connection.up if connecting else self.answer is not None or self.offline)

        with self._changed:
            self._changed.wait_for(done, timeout)


def _caller() -> str:
    """One source for all questions of one user of one machine: a "yes" and an "it" are the same person's then."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"
    return re.sub(r"[^a-z0-9_-]+", "-", f"cli-{user}-{socket.gethostname()}".lower())[:64]


def ask_daemon(
    settings: Settings, text: str, *, area: str | None = None, dry_run: bool = False, timeout: float | None = None
) -> dict[str, Json]:
    """Ask the daemon of `settings` one sentence; return its reply as it is on the wire.

    Raises:
        ActError: the broker or the daemon does not answer.
        ConfigError: the broker's secrets cannot be read.
    """
    node, mqtt = settings.node.id, settings.mqtt
    ident = uuid.uuid4().hex
    caller = _caller()
    private = f"ternd/{node}/reply/{caller}"
    if not any(private.startswith(prefix) for prefix in mqtt.response_prefixes):
        private = f"{mqtt.response_prefixes[0]}{caller}" if mqtt.response_prefixes else f"ternd/{node}/reply"
    patience = timeout if timeout is not None else settings.limits.reply_timeout_s + settings.limits.confirm_timeout_s
    where = f"the MQTT broker at {mqtt.host}:{mqtt.port}"
    for protocol in PROTOCOLS[mqtt.protocol]:
        exchange = _Exchange(node, ident, private)
        connection = Connection(
            mqtt,
            client_id=f"ternd-ask-{ident[:12]}",
            protocol=protocol,
            will=None,
            on_message=exchange.take,
            on_change=exchange.notify,
        )
        try:
            connection.open()
        except OSError as error:
            message = f"{where} cannot be reached: {error}"
            raise ActError(message) from error
        try:
            exchange.wait(connection, _CONNECT_S, connecting=True)
            if not connection.up:
                if protocol != PROTOCOLS[mqtt.protocol][-1] and (connection.wants_v311 or not connection.refused):
                    continue
                message = f"{where} does not let us in: {connection.reason or 'no answer'}"
                raise ActError(message)
            request: dict[str, Json] = {"text": text, "id": ident}
            request |= {"area": area} if area else {}
            request |= {"dry_run": True} if dry_run else {}
            connection.subscribe([Filter(private), Filter(f"ternd/{node}/reply"), Filter(f"ternd/{node}/status")])
            deadline = time.monotonic() + patience
            connection.publish(
                Publish(
                    f"ternd/{node}/ask",
                    whole(json.dumps(request, ensure_ascii=False)).encode(),
                    expiry_s=max(1, int(patience)),
                ),
                response_topic=private,
            )
            exchange.wait(connection, deadline - time.monotonic(), connecting=False)
        finally:
            connection.close()
        if exchange.answer is not None:
            return exchange.answer
        reason = "it is not running" if exchange.offline else f"no answer within {patience:g} seconds"
        message = f"The ternd of node {node!r} does not answer over {where}: {reason}. Look at: systemctl status ternd"
        raise ActError(message)
    message = f"{where} does not let us in: it speaks neither MQTT 5 nor 3.1.1"
    raise ActError(message)
