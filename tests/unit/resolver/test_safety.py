"""What must hold for any call, however odd: nothing is guessed, nothing guarded is swept along, nothing crashes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.intents import language
from appliance.messages import COMMANDS, Call, Quantity, Step, Target
from appliance.resolver import Memory, Resolver
from appliance.resolver.kinds import GUARDED_CLASSES
from tests.unit.resolver.tables import RESOLVER, home

HOMES = ("alder", "studio", "ranch", "node", "mill")
_SPANS = st.one_of(
    st.sampled_from(
        """kitchen|the lights|front door|lamp|everything|garage|upstairs|bedroom|ceiling fan|2|left|door lock
        |mia's room|heat mat|grow lights
        |living room thermostat|outside|off|toilet|Ünïcode|lamp lamp lamp|a|the""".replace("\n", "").split("|")
    ),
    st.text(max_size=20),
)
_MAYBE = st.one_of(st.none(), _SPANS)
TARGETS = st.builds(
    Target,
    name=_MAYBE,
    area=_MAYBE,
    floor=_MAYBE,
    domain=st.one_of(st.none(), st.sampled_from(language.DOMAINS)),
    device_class=st.one_of(st.none(), st.sampled_from(language.DEVICE_CLASSES)),
    everything=st.booleans(),
    here=st.booleans(),
    it=st.booleans(),
    other=st.booleans(),
)
_QUANTITIES = st.builds(
    Quantity,
    st.one_of(st.none(), st.floats(-1e6, 1e6), st.sampled_from([0.0, 0.5, 1.0, 50.0, 100.0, 2700.0])),
    st.sampled_from(["set", "up", "down", "times"]),
    st.sampled_from(["", "%", "kelvin", "celsius", "fahrenheit", "s", "clock"]),
    _SPANS,
)
_FLAGS = {name: st.sampled_from(values) for name, values in language.FLAGS.items()}


@st.composite
def calls(draw: st.DrawFn) -> Call:
    """Any call of the language with any target and values."""
    name = draw(st.sampled_from(sorted(language.VALUES_OF)))
    values: dict[str, Quantity | str | tuple[str, ...]] = {}
    for key in language.VALUES_OF[name]:
        if not draw(st.booleans()):
            continue
        if key in language.QUANTITIES or key in {"duration", "start", "at"}:
            values[key] = draw(_QUANTITIES)
        elif key in language.REPEATABLE:
            values[key] = tuple(draw(st.lists(_SPANS, max_size=3)))
        else:
            values[key] = draw(_FLAGS.get(key, _SPANS))
    return Call(name, draw(TARGETS), tuple(draw(st.lists(TARGETS, max_size=1))), values)


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(HOMES),
    st.lists(calls(), max_size=3),
    st.sampled_from([None, "kitchen", "Living Room", "nowhere"]),
    st.text(max_size=40),
)
def test_any_call_has_one_outcome_inside_the_home(name: str, said: list[Call], area: str | None, text: str) -> None:
    place = home(name)
    steps, memory = RESOLVER.decide(said, place, text=text, area=area)
    ids = {entity.id: entity for entity in place.entities}
    assert steps
    assert set(memory.entities) <= set(ids)
    for step in steps:
        assert [bool(step.actions), bool(step.answer), step.task is not None, bool(step.refusal)].count(True) == 1
        if step.actions:
            assert step.intent is not None
            assert set(step.intent.entities) == {action.entity for action in step.actions}
        for action in step.actions:
            entity = ids[action.entity]
            assert action.command in COMMANDS
            assert entity.state != "unavailable"
            assert entity.domain not in {"sensor", "binary_sensor", "person", "weather", "todo"}
            assert 1 <= action.data.get("brightness", 1) <= 255
            assert 0 <= action.data.get("position", 0) <= 100
            assert 0 <= action.data.get("percentage", 0) <= 100
            assert 0 <= action.data.get("volume_level", 0) <= 1


def _opened(steps: tuple[Step, ...]) -> set[str]:
    return {
        action.entity for step in steps for action in step.actions if action.command in {"open", "unlock", "disarm"}
    }


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(HOMES),
    st.sampled_from(["TurnOn", "TurnOff", "Toggle", "Open", "Close", "Unlock"]),
    TARGETS.map(lambda target: Target(area=target.area, floor=target.floor, domain=target.domain, everything=True)),
)
def test_all_never_opens_or_unlocks_a_way_in(name: str, call: str, target: Target) -> None:
    place = home(name)
    steps, _ = RESOLVER.decide([Call(call, target)], place, text="all of it")
    for entity in place.entities:
        if entity.domain in {"lock", "valve", "alarm_control_panel"} or entity.device_class in GUARDED_CLASSES:
            assert entity.id not in _opened(steps)


@pytest.mark.parametrize("name", HOMES)
@pytest.mark.parametrize("call", ["TurnOn", "TurnOff"])
def test_everything_takes_only_what_is_switched(name: str, call: str) -> None:
    steps, _ = RESOLVER.decide([Call(call, Target(everything=True))], home(name), text="everything")
    touched = {action.entity.partition(".")[0] for step in steps for action in step.actions}
    assert touched <= {"light", "switch", "fan", "media_player", "input_boolean", "humidifier"}
    assert touched


@pytest.mark.parametrize("call", sorted(language.VALUES_OF))
def test_an_empty_home_does_nothing_and_says_so(call: str) -> None:
    from appliance.messages import Home  # noqa: PLC0415

    steps, _ = Resolver().decide([Call(call, Target(name="lamp", everything=False))], Home(), text="the lamp")
    assert not any(step.actions for step in steps)
    assert all(step.refusal or step.task for step in steps)


def test_no_calls_is_a_refusal_that_the_chat_model_may_answer() -> None:
    steps, memory = RESOLVER.decide([], home("alder"), text="hm", memory=Memory(entities=("light.desk",)))
    assert steps == (Step(refusal="I did not understand that.", hand_over=True),)
    assert memory.entities == ("light.desk",)
