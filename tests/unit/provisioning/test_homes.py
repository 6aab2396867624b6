"""The homes of the evaluation have what a sentence speaks of, and are the same for the same sentence."""

from __future__ import annotations

from itertools import islice

from appliance.intents.parse import parse_line
from appliance.interpreter import Interpreter
from appliance.resolver import Resolver
from provisioning.command_model.evaluate_homes import Meant, deed, outcome
from provisioning.command_model.generator import examples
from provisioning.command_model.homes import home_for
from tests.flow.fakes import FakeModel


def test_what_is_meant_can_mostly_be_done_in_its_home() -> None:
    interpreter = Interpreter(FakeModel({}), Resolver())
    done = asked = 0
    for example in islice(examples(5, "heldout"), 200):
        calls = parse_line(example.line, example.text)
        if all(call.name == "None" for call in calls):
            continue
        home, here = home_for(calls, example.text)
        asked += 1
        done += bool(outcome(interpreter.decide([Meant(calls)], home, text=example.text, area=here)))
    assert done / asked > 0.85


def test_the_same_sentence_has_the_same_home() -> None:
    example = next(examples(6, "heldout"))
    calls = parse_line(example.line, example.text)
    assert home_for(calls, example.text) == home_for(calls, example.text)


def test_how_a_target_was_named_is_no_part_of_what_is_done() -> None:
    scene = ["HassTurnOn", {"area": "barn"}, ["scene.feast"]]
    assert deed(scene) == deed(["HassTurnOn", {}, ["scene.feast"]])
    assert deed(scene) != deed(["HassTurnOn", {}, ["scene.other"]])
    assert deed(["HassStartTimer", {"name": "rye"}, []]) != deed(["HassStartTimer", {}, []])
    assert deed(["HassLightSet", {"brightness": 40}, ["light.a"]]) != deed(
        ["HassLightSet", {"brightness": 4}, ["light.a"]]
    )
