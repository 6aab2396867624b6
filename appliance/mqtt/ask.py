"""Requests and replies on the wire: pure functions between payloads and messages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from appliance.errors import RequestError
from appliance.home.topics import topic_fault
from appliance.messages import Delivery, Intent, Json, Reply, Request

SOURCE = "mqtt:"
"""Begins the source of requests that came over MQTT; the topic of their replies follows."""
MAX_ASK_BYTES = 65_536
"""Longest request, in bytes."""
MAX_CORRELATION = 1024
"""Longest correlation data, in bytes."""

_KEYS = ("text", "area", "id", "dry_run", "confirm")
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_MAX_AREA = 128


@dataclass(frozen=True, slots=True)
class ReplyRoute:
    """Where the answer to one request goes."""

    topic: str
    correlation: bytes | None = None


def reply_route(
    response_topic: str | None, correlation: bytes | None, prefixes: Sequence[str], default: str
) -> ReplyRoute:
    """Where to answer a request that came with these MQTT 5 properties.

    Raises:
        RequestError: the response topic is not under an allowed prefix, or the correlation data are too long.
    """
    if correlation is not None and len(correlation) > MAX_CORRELATION:
        message = f"The correlation data are longer than {MAX_CORRELATION} bytes."
        raise RequestError(message)
    if not response_topic:
        return ReplyRoute(default, correlation)
    fault = topic_fault(response_topic)
    if fault is None and not any(response_topic.startswith(prefix) for prefix in prefixes):
        fault = f"it must begin with {' or '.join(prefixes)}" if prefixes else "none is allowed"
    if fault is None and response_topic.endswith("/ask"):
        fault = "it is a request topic"
    if fault is not None:
        message = f"The response topic cannot be used: {fault}."
        raise RequestError(message)
    return ReplyRoute(response_topic, correlation)


def parse_ask(
    payload: bytes,
    *,
    source: str,
    new_id: str,
    max_text: int = 2000,
    deadline: float | None = None,
    private: bool = True,
) -> Request:
    """Read a request: a plain sentence, or ``{"text": …, "area"?: …, "id"?: …, "dry_run"?: …, "confirm"?: …}``.

    Args:
        payload: as received.
        source: goes into the request.
        new_id: the id of a request that brings none.
        max_text: most characters of the sentence.
        deadline: goes into the request.
        private: goes into the request.

    Raises:
        RequestError: it is too long, no UTF-8, empty or of the wrong shape; the message says what to send.
    """
    if len(payload) > MAX_ASK_BYTES:
        message = f"The request is too long: {len(payload)} bytes, at most {MAX_ASK_BYTES} are read."
        raise RequestError(message)
    try:
        text = payload.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"The request is not UTF-8 text (byte {error.start})."
        raise RequestError(message) from error
    fields = _fields(text.strip())
    dry_run = fields.get("dry_run", False)
    if not isinstance(dry_run, bool):
        message = '"dry_run" must be true or false.'
        raise RequestError(message)
    ident = fields.get("id")
    if ident is not None and not (isinstance(ident, str) and _ID.fullmatch(ident)):
        message = '"id" must be 1 to 64 letters, digits, _ or -.'
        raise RequestError(message)
    return Request(
        id=ident or new_id,
        text=_sentence(fields.get("text"), max_text),
        source=source,
        area=_area(fields.get("area")),
        deadline=deadline,
        dry_run=dry_run,
        confirm=_nonce(fields.get("confirm")),
        private=private,
    )


def asked_id(payload: bytes) -> str | None:
    """The id that a refused request brought, if it can be read: the refusal carries it."""
    if len(payload) > MAX_ASK_BYTES:
        return None
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    ident = said.get("id") if isinstance(said, dict) else None
    return ident if isinstance(ident, str) and _ID.fullmatch(ident) else None


def _fields(text: str) -> Mapping[str, Json]:
    if not text:
        message = "The request is empty."
        raise RequestError(message)
    try:
        said = json.loads(text)
    except RecursionError as error:
        message = "The request is nested too deeply."
        raise RequestError(message) from error
    except ValueError as error:
        if text.startswith("{"):
            message = 'The request looks like JSON but is not. Send a plain sentence or {"text": "…"}.'
            raise RequestError(message) from error
        return {"text": text}
    if isinstance(said, dict):
        unknown = [name for name in said if name not in _KEYS]
        if unknown:
            message = f'The request has the unknown key "{unknown[0][:64]}"; known are {", ".join(_KEYS)}.'
            raise RequestError(message)
        return said
    if isinstance(said, str):
        return {"text": said}
    message = 'The request has the wrong shape. Send a plain sentence or {"text": "…"}.'
    raise RequestError(message)


def _sentence(text: Json, max_text: int) -> str:
    if not isinstance(text, str):
        message = '"text" is missing or not a string.'
        raise RequestError(message)
    if len(text) > max_text:
        message = f"The sentence is too long: {len(text)} characters, at most {max_text} are read."
        raise RequestError(message)
    clean = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    if not clean:
        message = "The request is empty."
        raise RequestError(message)
    return clean


def _area(area: Json) -> str | None:
    if area is None:
        return None
    if not isinstance(area, str) or not area.strip() or len(area) > _MAX_AREA or not area.isprintable():
        message = '"area" must be the name or id of an area.'
        raise RequestError(message)
    return area.strip()


def _nonce(nonce: Json) -> str | None:
    if nonce is not None and not (isinstance(nonce, str) and _ID.fullmatch(nonce)):
        message = '"confirm" must be the nonce of the question that is answered.'
        raise RequestError(message)
    return nonce


# --- replies -----------------------------------------------------------------------------------------


def render_reply(reply: Reply) -> bytes:
    """Write a reply as JSON."""
    question = reply.question
    asked = {"nonce": question.nonce, "code": question.code, "expires_s": question.expires_s} if question else None
    return _encoded(
        {
            "id": reply.id,
            "text": reply.text,
            "speech": reply.speech,
            "intents": [_intent(intent) for intent in reply.intents],
            "actions": [_action(action) for action in reply.actions],
            "route": reply.route,
            "ms": {stage: round(value, 2) for stage, value in reply.ms.items()},
            **({"refusals": list(reply.refusals)} if reply.refusals else {}),
            **({"question": asked} if asked else {}),
        }
    )


def render_refusal(ident: str, message: str) -> bytes:
    """Write the reply to a request that could not be taken."""
    return _encoded(
        {
            "id": ident,
            "text": message,
            "speech": message,
            "intents": [],
            "actions": [],
            "route": "none",
            "ms": {},
            "error": message,
        }
    )


def _encoded(reply: Mapping[str, Json]) -> bytes:
    return json.dumps(reply, ensure_ascii=False, default=_plain).encode("utf-8", "replace")


def _plain(value: Json) -> Json:
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, frozenset | set) else str(value)


def _intent(intent: Intent) -> dict[str, Json]:
    return {
        "name": intent.name,
        "slots": dict(intent.slots),
        "entities": list(intent.entities),
        "confidence": round(intent.confidence, 4),
    }


def _action(action: Delivery) -> dict[str, Json]:
    rendered: dict[str, Json] = {"entity": action.entity}
    if action.topic is not None:
        rendered["topic"] = action.topic
    if action.pin is not None:
        rendered["pin"] = action.pin
    if action.payload is not None:
        rendered["payload"] = action.payload
    rendered["result"] = str(action.result)
    if not action.reports:
        rendered["reports"] = False
    if action.state:
        rendered["state"] = dict(action.state)
    if action.detail:
        rendered["detail"] = action.detail
    rendered["ms"] = round(action.ms, 2)
    return rendered
