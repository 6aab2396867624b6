"""Payloads of sensors, good and hostile, and the topics they come on."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.watch.payload import reading
from appliance.watch.subjects import is_exact, matched, of_topic, spaced
from tests.unit.watch.fakes import watch

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
)


@pytest.mark.parametrize(
    ("payload", "path", "value"),
    [
        ("21.5", "", 21.5), ("-3", "", -3.0), (" 1e3\n", "", 1000.0), ("on", "", "on"), ("ON AIR", "", "ON AIR"),
        ('{"t": 21.5}', "t", 21.5), ('{"t": "21.5"}', "t", 21.5), ('{"t": {"c": [1, 2]}}', "t.c.1", 2.0), ('{"t": true}', "t", "on"),
        ('{"PMS": {"PM2.5": 3}}', "PMS.PM2.5", 3.0),
        ('{"a.b": {"c.d": 1}, "a": 2}', "a.b.c.d", None), ('{"a.b": {"c.d": 1}}', "a.b.c.d", 1.0),
        ('"21.5"', "", 21.5), ('"on"', "", "on"), ('"', "", None), ('"nan"', "", None),
        ('{"t": false}', "t", "off"), ('{"t": "open"}', "t", "open"), ("[5]", "0", 5.0),
        ("", "", None), ("nan", "", None), ("-Infinity", "", None), ("null", "", None), ('{"t": "NaN"}', "t", None),
        ("1_000", "", "1_000"), ('{"t": 1}', "", None), ("[1]", "", None),
        ('{"t": NaN}', "t", None),
        ('{"t": 1e999}', "t", None), ('{"t": null}', "t", None), ('{"t": [1]}', "t", None), ('{"t": 1}', "u", None),
        ('{"t": 1}', "t.u", None),
        ("[5]", "1", None), ("[5]", "-1", None), ("not json", "t", None), ("a\x00b", "", None), ("x" * 300, "", None),
        ('{"t": ' + "9" * 400 + "}", "t", None), ("[" * 50_000, "0", None),
    ],
)  # fmt: skip
def test_what_a_payload_says(payload: str, path: str, value: float | str | None) -> None:
    assert reading(payload.encode(), path) == value


@given(st.binary(max_size=200), st.text(max_size=20))
def test_any_bytes_are_read_or_not(payload: bytes, path: str) -> None:
    value = reading(payload, path)
    assert value is None or isinstance(value, str) or math.isfinite(value)


@given(JSON, st.lists(st.text(max_size=6) | st.sampled_from(["0", "1", "²", "٣"]), max_size=3))
def test_any_json_is_read_or_not(content: object, path: list[str]) -> None:
    value = reading(json.dumps(content).encode(), ".".join(path))
    assert value is None or isinstance(value, str) or math.isfinite(value)


@pytest.mark.parametrize(
    ("topic_filter", "topic", "found"),
    [
        ("a/b", "a/b", ()), ("a/b", "a/b/c", None), ("a/+", "a/b", ("b",)), ("a/+", "a", None), ("a/+/c", "a/b/c", ("b",)),
        ("a/#", "a/b/c", ("b/c",)), ("a/#", "a", ("",)), ("+/+", "a/b", ("a", "b")), ("+", "$SYS", None), ("$SYS/#", "$SYS/x", ("x",)),
        ("a/+/c", "a/b/d", None), ("a/b/c", "a/b", None),
    ],
)  # fmt: skip
def test_filters_match_as_the_broker_matches_them(topic_filter: str, topic: str, found: tuple[str, ...] | None) -> None:
    assert matched(topic_filter, topic) == found


def test_series_are_called_by_what_tells_them_apart() -> None:
    def name(topic: str, **keys: object) -> str:
        subject = of_topic(watch(**keys), topic)
        assert subject is not None
        return subject.source.name

    assert name("plant/pump3/temp") == "Pump 3"
    assert name("plant/3/temp", name="Pump {1}") == "Pump 3"
    assert name("plant/cold_store-2/temp", name="Boiler") == "Cold store 2"
    assert name("cellar", topics=["cellar"], name="Cold store") == "Cold store"
    assert name("cellar", topics=["cellar"], id="cold-store") == "Cold store"
    assert name("plant/x/temp", name="{2} {1}") == "x"


def test_what_is_measured_is_told_from_the_unit() -> None:
    subject = of_topic(watch(unit="kW"), "plant/a/temp")
    assert subject is not None
    assert subject.source.measure == "power"
    assert of_topic(watch(), "plant/a/humidity") is None
    assert of_topic(watch(value="a.b"), "plant/a/temp").key == "plant/a/temp#a.b"  # type: ignore[union-attr]


def test_words_of_identifiers() -> None:
    assert spaced("pump3_Inlet-Temp") == "pump 3 Inlet Temp"
    assert is_exact("a/b")
    assert not is_exact("a/+")
