"""Requests and replies on the wire."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import RequestError
from appliance.messages import Delivery, Intent, Reply, Request, Result
from appliance.mqtt.ask import MAX_ASK_BYTES, asked_id, parse_ask, render_refusal, render_reply, reply_route


def ask(payload: bytes, max_text: int = 2000) -> Request:
    return parse_ask(payload, source="mqtt:r", new_id="n-1", max_text=max_text)


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (b"turn on the light", "turn on the light"),
        ("schalte das Büro ein".encode(), "schalte das Büro ein"),
        (b"  turn\ton \r\n the light\x00 ", "turn on the light"),
        (b"\xef\xbb\xbfhello", "hello"),
        (b'"turn it off"', "turn it off"),
        (b'{"text": "turn it off"}', "turn it off"),
        (b"[please turn it off", "[please turn it off"),
    ],
)
def test_sentences(payload: bytes, text: str) -> None:
    request = ask(payload)
    assert (request.text, request.id, request.source, request.dry_run) == (text, "n-1", "mqtt:r", False)


def test_an_object_may_tell_more() -> None:
    request = ask(b'{"text": "lights on", "area": " Kitchen ", "id": "abc-1", "dry_run": true}')
    assert (request.area, request.id, request.dry_run) == ("Kitchen", "abc-1", True)
    assert ask(b'{"text": "x", "area": null, "id": null}').id == "n-1"


@pytest.mark.parametrize(
    ("payload", "complaint"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"\x00\x01", "empty"),
        (b'""', "empty"),
        (b'{"text": " "}', "empty"),
        (b"\xff\xfe", "not UTF-8"),
        (b"turn \xc3", "not UTF-8"),
        (b'{"text": "x"', "looks like JSON"),
        (b"{}", "missing"),
        (b'{"text": 5}', "not a string"),
        (b'{"txt": "x"}', 'unknown key "txt"'),
        (b'{"text": "x", "area": 5}', "area"),
        (b'{"text": "x", "area": ""}', "area"),
        (b'{"text": "x", "id": "a b"}', "id"),
        (b'{"text": "x", "id": 7}', "id"),
        (b'{"text": "x", "dry_run": "yes"}', "dry_run"),
        (b"[1, 2]", "wrong shape"),
        (b"42", "wrong shape"),
        (b"null", "wrong shape"),
        (b"[" * 60_000, "nested"),
        (b"word " * 10_000, "too long"),
        (b"x" * 5_000_000, "too long: 5000000 bytes"),
    ],
)
def test_bad_requests_are_told_what_is_wrong(payload: bytes, complaint: str) -> None:
    with pytest.raises(RequestError, match=complaint):
        ask(payload)


def test_the_longest_sentence_is_given_by_the_caller() -> None:
    assert ask(b"abcde", max_text=5).text == "abcde"
    with pytest.raises(RequestError, match="6 characters, at most 5"):
        ask(b"abcdef", max_text=5)


@given(st.binary(max_size=200))
def test_any_payload_is_read_or_refused(payload: bytes) -> None:
    try:
        request = ask(payload)
    except RequestError:
        return
    assert request.text.strip() == request.text != ""
    assert request.text.isprintable()


def test_the_id_of_a_refused_request_is_kept_for_its_refusal() -> None:
    assert asked_id(b'{"text": 5, "id": "abc"}') == "abc"
    for payload in (b'{"id": "a b"}', b"[]", b"\xff", b'{"id": 5}', b"x" * (MAX_ASK_BYTES + 1)):
        assert asked_id(payload) is None


def test_the_reply_goes_where_the_request_says_if_that_is_allowed() -> None:
    prefixes = ("ternd/", "reply/")
    assert reply_route(None, b"c", prefixes, "d").topic == "d"
    route = reply_route("reply/me/1", b"c", prefixes, "d")
    assert (route.topic, route.correlation) == ("reply/me/1", b"c")
    for topic in ("zigbee2mqtt/lamp/set", "$SYS/x", "reply/#", "reply/\0", "ternd/pi/ask", "reply/" + "x" * 300):
        with pytest.raises(RequestError, match="response topic"):
            reply_route(topic, None, prefixes, "d")
    with pytest.raises(RequestError, match="correlation"):
        reply_route(None, b"x" * 2000, prefixes, "d")
    with pytest.raises(RequestError, match="none is allowed"):
        reply_route("x", None, (), "d")


def test_a_reply_on_the_wire() -> None:
    reply = Reply(
        id="1",
        text="Kitchen ceiling is on.",
        speech="Kitchen ceiling is on",
        intents=(Intent("HassTurnOn", {"name": "Kitchen ceiling"}, ("light.kitchen_ceiling",), 0.98765),),
        actions=(
            Delivery(
                "light.kitchen_ceiling", Result.CONFIRMED, topic="z/set", payload="ON", state={"state": "on"}, ms=12.345
            ),
            Delivery("switch.pump", Result.FAILED, pin=17, detail="interlocked"),
        ),
        route="command",
        ms={"understand": 3.14159},
    )
    said = json.loads(render_reply(reply))
    assert set(said) == {"id", "text", "speech", "intents", "actions", "route", "ms"}
    assert said["intents"] == [
        {
            "name": "HassTurnOn",
            "slots": {"name": "Kitchen ceiling"},
            "entities": ["light.kitchen_ceiling"],
            "confidence": 0.9877,
        }
    ]
    first, second = said["actions"]
    assert first == {
        "entity": "light.kitchen_ceiling", "topic": "z/set", "payload": "ON", "result": "confirmed", "state": {"state": "on"}, "ms": 12.35,
    }  # fmt: skip
    assert second == {"entity": "switch.pump", "pin": 17, "result": "failed", "detail": "interlocked", "ms": 0.0}
    assert said["ms"] == {"understand": 3.14}


def test_a_refusal_has_the_shape_of_a_reply() -> None:
    said = json.loads(render_refusal("7", "The request is empty."))
    assert (said["id"], said["text"], said["error"]) == ("7", "The request is empty.", "The request is empty.")
    assert {"speech", "intents", "actions", "route", "ms"} < set(said)
