"""Templates: the shapes that devices announce, and everything else refused without harm."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.errors import HomeError
from appliance.home.template_values import MAX_TEXT
from appliance.home.templates import MAX_TEMPLATE, parse
from appliance.messages import Json


def render(source: str, payload: str = "", **names: Json) -> str | None:
    scope: dict[str, Json] = {"value": payload, **names}
    with contextlib.suppress(ValueError):
        scope["value_json"] = json.loads(payload)
    return parse(source).render(scope)


@pytest.mark.parametrize(
    ("source", "payload", "expected"),
    [
        ("{{ value }}", " 21.5 ", "21.5"),
        ("{{value}}", "x", "x"),
        ("{{- value -}}", "x", "x"),
        ("{{ value_json.state }}", '{"state": "ON"}', "ON"),
        ("{{ value_json['state'] }}", '{"state": "ON"}', "ON"),
        ('{{ value_json["a"]["b"].c }}', '{"a": {"b": {"c": 3}}}', "3"),
        ("{{ value_json[1] }}", "[5, 6]", "6"),
        ("{{ value_json.contact }}", '{"contact": false}', "False"),
        ("{{ value_json.none }}", '{"none": null}', "None"),
        ("{{ value_json.t | float | round(1) }}", '{"t": "21.2666"}', "21.3"),
        ("{{ value_json.t|int }}", '{"t": "21.9"}', "21"),
        ("{{ value | float(0) }}", "n/a", "0"),
        ("{{ value_json.missing | default('?') }}", "{}", "?"),
        ("{{ (value_json.value / 99 * 100) | round(0) }}", '{"value": 50}', "51"),
        ("{{ 'ON' if value_json.value > 0 else 'OFF' }}", '{"value": 3}', "ON"),
        ("{{ 'ON' if value_json.value > 0 else 'OFF' }}", '{"value": 0}', "OFF"),
        ("{{ 'on' if value == '1' or value == 'yes' else 'off' }}", "yes", "on"),
        ('{{ {"0": "off", "1": "heat"}[value_json.value|string] | default("off") }}', '{"value": 1}', "heat"),
        ("{% set m = {'idle': 'idle', 'heat': 'heating'} %}{{ m[value_json.s] }}", '{"s": "heat"}', "heating"),
        ("{% if 'moving' in value_json %}{{ value_json.moving }}{% else %}STOP{% endif %}", "{}", "STOP"),
        ("{% if value == 'a' %}1{% elif value == 'b' %}2{% endif %}", "b", "2"),
        ("{{ value_json.a.b is defined }}", '{"a": {}}', "False"),
        ("{{ value_json.get('x', 4) }}", "{}", "4"),
        ("{{ value.split(',')[1] }}", "a,b", "b"),
        ("{{ value | upper | replace('A', 'B') }}", "a", "B"),
        ("{{ -value_json.x + 2 * 3 }}", '{"x": 1}', "5"),
        ("{{ not value_json.x }}", '{"x": 0}', "True"),
        ("{# a note #}{{ value }}", "x", "x"),
        ("{{ value_json.a ~ '-' ~ value_json.b }}", '{"a": 1, "b": 2}', "1-2"),
        ("{{ value_json.raw | tojson }}", '{"raw": {"k": 1}}', '{"k": 1}'),
        ("{{ iif(value_json.on, 'ON', 'OFF') }}", '{"on": true}', "ON"),
        ("{{ value[0:2] }}", "abc", "ab"),
        ("{{ value[:-1] }}", "12%", "12"),
        ("{{ value_json.x[1:] }}", '{"x": [1, 2, 3]}', "[2, 3]"),
        ("{{ value | float(default=3) }}", "n/a", "3"),
        ("{{ value | round(precision=1, default=0) }}", "2.345", "2.3"),
        ("{{ value | int(base=16) }}", "ff", "255"),
        ("{{ value_json.x | default('', True) | string | truncate(4, True, '', 0) }}", '{"x": "abcdefg"}', "abcd"),
        ("{{ value | truncate(9) }}", "one two three four", "one..."),
        ("{{ value | truncate(99) }}", "short", "short"),
        ("{% set m = {'a': 'b'} %}{{ m[value] if value in m.keys() else 'c' }}", "x", "c"),
        ("{{ value_json.keys() | first }}", '{"a": 1}', "a"),
        ("{{ value.split(';') | last }}", "1;2", "2"),
        ("{{ value_json | join('-') }}", "[1, 2]", "1-2"),
        ("{{ 'ON' if value in ('1', 'true') else 'OFF' }}", "true", "ON"),
        ("{{ (1, 2, 3)[1] }}{{ () | length }}", "", "20"),
        ("{{ '#%02x%02x%02x' | format(255, 128, 0) }}", "", "#ff8000"),
        ("{{ '%0.1f' | format(value | float) }}", "21.456", "21.5"),
        ("{{ '%s:%d' % (value_json.a, 5) }}", '{"a": "x"}', "x:5"),
        ("{{ '%d %%' % value | int }}", "3", "3 %"),
        ("{{ 0 < value | int <= 9 }}", "9", "True"),
        ("{{ 0 < value | int <= 9 }}", "10", "False"),
        ("{{ min(value | int, 100) }}{{ [1, 5] | max }}", "300", "1005"),
        ("{{ value | is_number }}{{ is_number('x') }}", "1.5", "TrueFalse"),
        ("{{ 'ON' if value | int | bitwise_and(4) else 'OFF' }}", "6", "ON"),
        ("{{ value_json.x is in [1, 3] }}{{ value_json.x is not eq 3 }}", '{"x": 3}', "TrueFalse"),
        ("{{ value_json.x is odd }}{{ value_json.b is boolean }}", '{"x": 3, "b": false}', "TrueTrue"),
        ("{{ value.rstrip('%').isdigit() }}", "40%", "True"),
        ("{{ value_json.x | list | sum }}", '{"x": [1, 2]}', "3"),
        ("{{ 1.5e3 * value | int }}", "2", "3000.0"),
    ],
)
def test_reads_the_common_shapes(source: str, payload: str, expected: str) -> None:
    assert render(source, payload) == expected


@pytest.mark.parametrize(
    ("source", "payload"),
    [
        ("{{ value_json.state }}", "{}"),
        ("{{ value_json.state }}", "not json"),
        ("{{ value_json.a.b.c }}", '{"a": 1}'),
        ("{{ value | float }}", "n/a"),
        ("{{ value_json.t | is_defined }}", "{}"),
        ("{{ 1 / value_json.x }}", '{"x": 0}'),
        ("{{ value_json.x > 3 }}", '{"x": "y"}'),
        ("{{ value | round('a', 'b', 'c', 'd', 'e') }}", "3"),
        ("{{ value | round(digits=1) }}", "3"),
        ("{{ value_json | join('-') }}", '"text"'),
        ("{{ value_json.keys() }}", "[1]"),
        ("{{ value_json[0:1] }}", "5"),
        ("{{ '%999d' | format(1) }}", ""),
        ("{{ '%(a)s' | format(1) }}", ""),
        ("{{ '%s' | format(value_json) }}", '{"a": 1}'),
        ("{{ '%d' | format(1e999) }}", ""),
        ("{{ [] | max }}", ""),
        ("{{ value_json.x is odd }}", "{}"),
    ],
)
def test_what_gives_no_value_is_none(source: str, payload: str) -> None:
    assert render(source, payload) is None


def test_command_templates_see_the_given_names() -> None:
    assert render('{ "position": {{ position }} }', position=40) == '{ "position": 40 }'
    assert render('{"value": {{value}}}', "12") == '{"value": 12}'


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{{ states('sensor.x') }}", "states"),
        ("{{ now() }}", "now"),
        ("{% for x in value_json %}{{ x }}{% endfor %}", "for"),
        ("{% import 'os' %}", "import"),
        ("{{ value_json | map('x') | list }}", "map"),
        ("{{ value.format(1) }}", "format"),
        ("{{ (value }}", "unexpected|cut off"),
        ("{{ value", "cut off|unexpected"),
        ("{{ }}", "cut off"),
        ("{% if value %}x", "endif"),
        ("{% endif %}", "without an if"),
        ("{{ value ** 9 }}", "unexpected"),
        ("{{ value[1:2:3] }}", "unexpected"),
        ("{{ value = 3 }}", "unexpected"),
        ("{{ " + "(" * 50 + "value" + ")" * 50 + " }}", "nested"),
        ("x" * (MAX_TEMPLATE + 1), "longer"),
    ],
)
def test_everything_else_is_refused_with_the_reason(source: str, reason: str) -> None:
    with pytest.raises(HomeError, match=reason):
        parse(source)


def test_no_attribute_of_a_python_object_can_be_reached() -> None:
    for source in (
        "{{ ''.__class__ }}",
        "{{ value.__class__.__mro__ }}",
        "{{ value_json.__dict__ }}",
        "{{ [].append }}",
    ):
        assert render(source, "{}") is None


@pytest.mark.parametrize(
    "source",
    [
        "{{ value" + "|replace('a','aaaaaaaaaaaaaaaa')" * 100 + " }}",
        "{% set m = '" + "m" * 3000 + "' %}{{ (value ~ value ~ value).split('a') | join(m ~ m ~ m ~ m) }}",
        "{{ value" + "|tojson" * 400 + " }}",
        "{% set a = [value] %}" + "{% set a = [a, a] %}" * 150 + "{{ a }}",
        "{% set a = value ~ value %}" + "{% set a = a ~ a %}" * 150 + "{{ a }}",
        "{% set a = 99999999999 %}" + "{% set a = a * a %}" * 150 + "{{ a }}",
        "{{ value }}" * 300,
    ],
)
def test_growth_is_bounded(source: str) -> None:
    text = render(source, '"a\\' * 500)
    assert text is None or len(text) <= MAX_TEXT


_WORDS = st.sampled_from(
    "{{ }} {% %} value value_json . [ ] ( ) 'x' \"y\" 1 2.5 "
    "| float round default if else endif elif set = == in not and or , : { } - * / ~ is".split()
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_WORDS, max_size=30).map(" ".join) | st.text(max_size=60), st.text(max_size=30))
def test_any_text_is_refused_or_rendered(source: str, payload: str) -> None:
    try:
        template = parse(source)
    except HomeError:
        return
    rendered = template.render({"value": payload, "value_json": {"x": [1, payload]}})
    assert rendered is None or rendered == rendered.strip()
