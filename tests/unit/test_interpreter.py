"""Readings of a sentence weighed against each other in a home."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pytest

from appliance.interpreter import AS_SAID, UNREAD, Interpreter, Reading
from appliance.messages import Area, Call, Entity, Home, Quantity, Step, Target
from appliance.opening import open_typos
from appliance.plainly.repairs import UNCLEAR
from appliance.resolver import Memory, Resolver

HOME = Home(
    areas=(Area("z", "Zebra Corner"), Area("k", "Kitchen")),
    entities=(
        Entity("light.drum", "Drum candle", area="z"),
        Entity("light.lights", "Lights", area="k"),
        Entity("switch.kettle", "Kettle", area="k"),
    ),
)
NOTHING = Call("None", values={"why": "unclear"})


class Answer:
    """A reading."""

    def __init__(self, calls: Sequence[Call], confidence: float) -> None:
        """Store both."""
        self.calls = calls
        self.confidence = confidence
        self.refusal = ""
        self.line = " ; ".join(call.name for call in calls)


class Model:
    """Knows sentences by heart, each with its readings; all others ask for nothing."""

    def __init__(self, known: Mapping[str, Sequence[Answer]]) -> None:
        """Know `known`."""
        self.known = known
        self.asked: list[str] = []

    def readings(self, text: str, /) -> Iterator[Reading]:
        """The readings of `text`."""
        self.asked.append(text)
        yield from self.known.get(text, (Answer((NOTHING,), 0.9),))


def entities(interpreter: Interpreter, text: str) -> list[tuple[str, ...]]:
    """What each step of a sentence would touch."""
    found = interpreter.decide(interpreter.understand(text, HOME), HOME, text=text)
    return [judged.step.intent.entities for judged in found.steps if judged.step.intent is not None]


def test_a_sentence_that_is_only_read_with_everyday_names_is_understood() -> None:
    model = Model({"turn on the bedside lamp": [Answer((Call("TurnOn", Target(name="bedside lamp")),), 0.9)]})
    interpreter = Interpreter(model, Resolver())
    readings = interpreter.understand("turn on the drum candle", HOME)
    assert model.asked == ["turn on the drum candle", "turn on the bedside lamp"]
    assert [reading.confidence for reading in readings] == [0.9, AS_SAID * 0.9]
    assert entities(interpreter, "turn on the drum candle") == [("light.drum",)]


def test_without_names_the_model_is_asked_once() -> None:
    model = Model({"turn on the lights": [Answer((Call("TurnOn", Target(domain="light")),), 0.9)]})
    Interpreter(model, Resolver()).understand("turn on the lights", HOME)
    assert model.asked == ["turn on the lights"]


@pytest.mark.parametrize(
    ("text", "both"),
    [
        ("turn on the lights and the kettle", True),
        ("turn on the lights instead of the kettle", False),
    ],
)
def test_a_reading_that_leaves_out_a_name_loses_unless_something_was_taken_back(text: str, *, both: bool) -> None:
    one = Call("TurnOn", Target(name="lights"))
    other = Call("TurnOn", Target(name="kettle"))
    model = Model(
        {
            said: [Answer((one,), 0.6), Answer((one, other), 0.3)]
            for said in (text, text.replace("kettle", "coffee maker"))
        }
    )
    assert 0.6 * UNREAD < 0.3
    assert entities(Interpreter(model, Resolver()), text) == [("light.lights",), ("switch.kettle",)][: 1 + both]


@pytest.mark.parametrize(
    ("text", "acts"),
    [
        ("turn on the lights and the kettle", False),
        ("turn on the lights", True),
        ("turn on the kitchen lights", True),
        ("turn on the lights at home", True),
        ("turn on the lights to 40 and 60", False),
    ],
)
def test_what_every_reading_leaves_out_is_asked_about(text: str, *, acts: bool) -> None:
    read = [Answer((Call("TurnOn", Target(name="lights")),), 0.9)]
    interpreter = Interpreter(Model({text: read}), Resolver(), min_confidence=0.5)
    found = interpreter.decide(read, HOME, text=text)
    assert any(judged.step.intent for judged in found.steps) is acts


def test_talk_is_talk_whatever_names_it_holds() -> None:
    text = "the kettle was a present of my aunt"
    assert entities(Interpreter(Model({}), Resolver()), text) == []


@pytest.mark.parametrize(
    ("call", "times"),
    [
        (Call("TurnOff", Target(name="kettle")), 1),
        (Call("LightSet", Target(name="lights"), values={"brightness": Quantity(20.0)}), 1),
        (Call("LightSet", Target(name="lights"), values={"brightness": Quantity(10.0, "down")}), 2),
        (Call("Toggle", Target(name="kettle")), 2),
    ],
)
def test_what_is_said_twice_is_done_once_unless_twice_is_more(call: Call, times: int) -> None:
    text = "the same twice over"
    readings = [Answer((call, replace(call, confidence=0.5)), 0.9)]
    found = Interpreter(Model({text: readings}), Resolver()).decide(readings, HOME, text=text)
    assert len(found.steps) == times


def test_what_was_undone_in_between_is_done_again() -> None:
    on, off = (Call(name, Target(name="kettle")) for name in ("TurnOn", "TurnOff"))
    text = "off and on and off again"
    readings = [Answer((off, on, off), 0.9)]
    found = Interpreter(Model({text: readings}), Resolver()).decide(readings, HOME, text=text)
    assert [judged.step.intent.name for judged in found.steps if judged.step.intent] == [
        "HassTurnOff",
        "HassTurnOn",
        "HassTurnOff",
    ]


OFF = (Call("TurnOff", Target(name="kettle")),)
TALK = (Call("None", values={"why": "talk"}),)
FORBIDDEN = (Call("None", values={"why": "forbid"}),)


@pytest.mark.parametrize(
    ("as_heard", "supposed", "touched"),
    [
        (Answer(TALK, 0.9), Answer(OFF, 0.9), [("switch.kettle",)]),
        (Answer((Call("TurnOff", Target(name="sofa")),), 0.9), Answer(OFF, 0.9), [("switch.kettle",)]),
        (Answer(FORBIDDEN, 0.9), Answer(OFF, 0.9), []),
        (Answer((Call("TurnOff", Target(name="lights")),), 0.9), Answer(OFF, 0.9), [("light.lights",)]),
        (Answer(TALK, 0.9), Answer(TALK, 0.9), []),
    ],
)
def test_other_words_are_supposed_where_a_sentence_comes_to_nothing(
    as_heard: Answer, supposed: Answer, touched: list[tuple[str, ...]]
) -> None:
    model = Model({"turn of the kettle": [as_heard], "turn off the kettle": [supposed]})
    interpreter = Interpreter(model, Resolver(), typos=open_typos())
    readings = interpreter.understand("turn of the kettle", HOME)
    found = interpreter.decide(readings, HOME, text="turn of the kettle")
    assert [judged.step.intent.entities for judged in found.steps if judged.step.intent is not None] == touched
    assert any(judged.guessed for judged in found.steps) is (touched == [("switch.kettle",)])


def test_an_unsure_supposition_counts_for_nothing() -> None:
    unsure = [Answer(OFF, 0.5), Answer((Call("Toggle", Target(name="lights")),), 0.45)]
    model = Model({"turn of the kettle": [Answer(TALK, 0.9)], "turn off the kettle": unsure})
    assert entities(Interpreter(model, Resolver(), typos=open_typos()), "turn of the kettle") == []


def test_a_misheard_name_is_read_as_the_home_spells_it_and_noted() -> None:
    model = Model({"turn off the Kettle": [], "turn off the kettle": [Answer(OFF, 0.9)]})
    interpreter = Interpreter(model, Resolver(), typos=open_typos())
    found = interpreter.decide(interpreter.understand("turn off the kettel", HOME), HOME, text="turn off the kettel")
    assert [judged.guessed for judged in found.steps] == [True]
    assert found.steps[0].step.intent is not None


def test_readings_that_find_the_same_by_other_words_add_up() -> None:
    text = "the lamp over there"
    readings = [
        Answer((Call("TurnOn", Target(name="drum candle")),), 0.4),
        Answer((Call("TurnOn", Target(name="kettle")),), 0.35),
        Answer((Call("TurnOn", Target(area="zebra corner", domain="light")),), 0.25),
    ]
    found = Interpreter(Model({}), Resolver()).decide(readings, HOME, text=text)
    assert [judged.step.intent and judged.step.intent.entities for judged in found.steps] == [("light.drum",)]
    assert found.confidence == pytest.approx(0.65)


def test_of_readings_that_do_the_same_the_strictest_decides_what_policy_asks() -> None:
    home = replace(HOME, entities=(*HOME.entities, Entity("lock.door", "Door", area="z", state="locked")))
    readings = [
        Answer((Call("Lock", Target(name="door")),), 0.6),
        Answer((Call("Lock", Target(domain="lock", everything=True)),), 0.4),
    ]
    found = Interpreter(Model({}), Resolver()).decide(readings, home, text="lock up over there")
    assert found.confidence == pytest.approx(1.0)
    assert [judged.everything for judged in found.steps] == [True]


def test_things_for_a_list_together_or_one_by_one_are_the_same() -> None:
    text = "put rice and salt on the shopping list"
    one = Call("ListAdd", values={"item": "rice and salt", "list": "shopping"})
    both = Call("ListAdd", values={"item": ("rice", "salt"), "list": "shopping"})
    first, second = (replace(both, values={**both.values, "item": item}) for item in ("rice", "salt"))
    readings = [Answer((one,), 0.4), Answer((both,), 0.3), Answer((first, second), 0.3)]
    found = Interpreter(Model({text: readings}), Resolver()).decide(readings, HOME, text=text)
    assert [judged.step.task.data["items"] for judged in found.steps if judged.step.task] == [["rice", "salt"]]
    assert found.confidence == 0.6


def test_a_question_for_the_world_that_a_sensor_answers() -> None:
    open_question = Call("None", values={"why": "open_question"})
    home = replace(HOME, entities=(*HOME.entities, Entity("sensor.pond", "Pond depth", area="z", state="90")))
    interpreter = Interpreter(Model({"how deep is the pond": [Answer((open_question,), 0.9)]}), Resolver())
    for where, asked in ((home, [("sensor.pond",)]), (HOME, [])):
        found = interpreter.decide(
            interpreter.understand("how deep is the pond", where), where, text="how deep is the pond"
        )
        assert [judged.step.intent.entities for judged in found.steps if judged.step.intent is not None] == asked


def test_a_saying_is_read_in_plainer_words_and_quoted_as_it_was_said() -> None:
    plain = "in ten minutes make the kettle at minimum volume"
    later = Call("StartTimer", values={"command": ("make the kettle at minimum volume",)})
    model = Model({plain: [Answer((later,), 0.9)]})
    readings = Interpreter(model, Resolver()).understand("in ten minutes make the kettle as quiet as it goes")
    assert model.asked == [plain]
    assert readings[0].calls[0].values["command"] == ("make the kettle as quiet as it goes",)


def test_readings_that_do_the_same_vote_together_and_the_likeliest_way_to_say_it_stays() -> None:
    by_noun = Answer((Call("TurnOn", Target(area="zebra corner", domain="light")),), 0.3)
    by_name = Answer((Call("TurnOn", Target(name="drum candle")),), 0.25)
    again = Answer((Call("TurnOn", Target(name="drum candle"), confidence=0.5),), 0.2)
    other = Answer((Call("TurnOff", Target(name="drum candle")),), 0.35)
    text = "drum candle in the zebra corner"
    found = Interpreter(Model({}), Resolver()).decide([by_noun, other, by_name, again], HOME, text=text)
    (judged,) = found.steps
    assert judged.step.intent is not None
    assert judged.step.intent.name == "HassTurnOn"
    assert judged.step.intent.slots == {"name": "Drum candle"}
    assert found.confidence > 0.6


def test_what_names_a_place_that_is_not_there_sweeps_nothing() -> None:
    placed = Answer((Call("TurnOff", Target(area="granary", domain="light")),), 0.7)
    swept = Answer((Call("TurnOff", Target(domain="light", everything=True)),), 0.2)
    text = "turn off all the lights in the granary"
    found = Interpreter(Model({}), Resolver()).decide([placed, swept], HOME, text=text)
    assert [judged.step.intent for judged in found.steps] == [None]
    assert "granary" in found.steps[0].step.refusal


def test_a_complaint_needs_no_model() -> None:
    interpreter = Interpreter(Model({}), Resolver())
    assert entities(interpreter, "it's pitch dark in the zebra corner") == [("light.drum",)]
    assert entities(interpreter, "it was pitch dark in the zebra corner") == []


def test_what_is_only_told_of_counts_against_the_model() -> None:
    lit = Answer((Call("TurnOn", Target(domain="light")),), 0.9)
    interpreter = Interpreter(Model({"the film was so dark": [lit], "it's dark enough": [lit]}), Resolver())
    assert entities(interpreter, "the film was so dark") == []


def test_a_statement_that_may_be_a_wish_is_asked_about() -> None:
    lit = Answer((Call("TurnOn", Target(name="drum candle")),), 0.9)
    interpreter = Interpreter(Model({"it is going to be dark": [lit]}), Resolver())
    found = interpreter.decide(
        interpreter.understand("it is going to be dark", HOME), HOME, text="it is going to be dark"
    )
    assert [judged.step.refusal for judged in found.steps] == ["Did you mean: Drum candle on?"]


def test_a_name_that_is_near_comes_before_everything_of_a_kind() -> None:
    every = Answer((Call("TurnOn", Target(domain="light", everything=True)),), 0.9)
    named = Answer((Call("TurnOn", Target(name="drum candle")),), 0.9)
    said = "turn on all the drum can dull"
    model = Model({said: [every], "turn on all the bedside lamp": [named], "turn on all the drum candle": [named]})
    interpreter = Interpreter(model, Resolver(), typos=open_typos())
    assert entities(interpreter, said) == [("light.drum",)]


LISTS = replace(HOME, entities=(*HOME.entities, Entity("todo.chores", "Chores"), Entity("todo.shop", "Shopping list")))


def listed(*items: str, list_: str = "shopping", confidence: float = 0.9) -> Answer:
    return Answer((Call("ListAdd", values={"item": items, "list": list_}),), confidence)


def steps(interpreter: Interpreter, text: str) -> list[tuple[str, object] | None]:
    found = interpreter.decide(interpreter.understand(text, LISTS), LISTS, text=text)
    intents = [judged.step.intent for judged in found.steps]
    return [(intent.name, intent.slots.get("item") or list(intent.entities)) if intent else None for intent in intents]


def test_a_command_that_goes_on_a_list_is_noted() -> None:
    said = "put turn off the kettle on the chores list"
    model = Model({said: [Answer(OFF, 0.9)], "put milk on the chores list": [listed("milk", list_="chores")]})
    assert steps(Interpreter(model, Resolver()), said) == [("HassListAddItem", "turn off the kettle")]
    assert said not in model.asked


def test_what_goes_on_a_list_is_whole_beside_another_command() -> None:
    said = "add a shade for the kettle to the shopping list and turn off the kettle"
    plain = "add milk to the shopping list and turn off the kettle"
    part = "add a shade for the kettle to the shopping list"
    model = Model({plain: [Answer((*listed("milk").calls, *OFF), 0.9)], part: [listed("shade")]})
    wanted = [("HassShoppingListAddItem", "shade for the kettle"), ("HassTurnOff", ["switch.kettle"])]
    assert steps(Interpreter(model, Resolver()), said) == wanted


def test_several_things_for_a_list_are_asked_about_where_they_may_part_otherwise() -> None:
    said = "add fish and chips to the chores list"
    part = "add fish and chips to the shopping list"
    model = Model(
        {
            "add milk to the chores list": [listed("milk", list_="chores")],
            part: [listed("fish", "chips", confidence=0.5), listed("fish and chips", confidence=0.4)],
            said: [listed("fish and chips", list_="chores")],
        }
    )
    assert steps(Interpreter(model, Resolver()), said) == [("HassListAddItem", "fish and chips")]
    assert said in model.asked


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("on the shopping list, write chalk and soap", ["chalk", "soap"]),
        ("shopping list: flour, yeast, two things only", ["flour", "yeast"]),
        ("we're nearly out of chalk and printer paper, best put both on the shopping list", ["chalk", "printer paper"]),
        ("there's no tea left, put that on the shopping list please", "tea"),
        ("chores list: wash the salt and pepper mills", "wash the salt and pepper mills"),
        ("take eggs off the shopping list, we've got them", "eggs"),
        ("take eggs off the shopping list since we have plenty", "eggs"),
        ("take sweep the yard off the chores list, Anna does that", "sweep the yard"),
        ("take eggs off the shopping list, the kitchen lights on", None),
        ("take eggs off the shopping list, turn the kettle on", None),
        ("the shopping list is far too long", None),
        ("we're out of eggs but don't put them on the shopping list", None),
        ("on the shopping list there's milk already", None),
        ("add bread and cheese to the shopping list", None),
        ("put turn off the kettle on the chores list", "turn off the kettle"),
        ("please add open the lights box to my chores", "open the lights box"),
        ("add call mum back to the chores list", "call mum back"),
        ("add milk to the chores list", None),
        ("add lock, keys and lights to the shopping list", ["lock", "keys", "lights"]),
        ("turn off the kettle on the chores list", None),
        ("put turn off the kettle on the shelf", None),
        ("add call mum to the chores list and milk to the chores list", None),
    ],
)
def test_what_is_noted_comes_from_the_sentence(text: str, item: str | list[str] | None) -> None:
    home = replace(
        HOME, entities=(*HOME.entities, Entity("todo.chores", "Chores"), Entity("todo.shop", "Shopping list"))
    )
    read = [Answer(OFF, 0.9)]
    found = Interpreter(Model({text: read}), Resolver()).decide(read, home, text=text)
    assert [judged.step.intent and judged.step.intent.slots.get("item") for judged in found.steps] == [item]


@pytest.mark.parametrize(
    ("why", "intent"),
    [
        ("we found some in the shed", "HassListRemoveItem"),
        ("it isn't needed any more", "HassListRemoveItem"),
        ("Hilda has them", "HassListRemoveItem"),
        ("the neighbour does that", "HassListRemoveItem"),
        ("I've got them", "HassListCompleteItem"),
        ("we bought them yesterday", "HassListCompleteItem"),
        ("it's done", "HassListCompleteItem"),
    ],
)
def test_the_reason_tells_whether_a_thing_is_done_or_not_wanted(why: str, intent: str) -> None:
    home = replace(HOME, entities=(*HOME.entities, Entity("todo.chores", "Chores"), Entity("person.h", "Hilda")))
    text = f"take the wood screws off the chores list, {why}"
    read = [Answer(OFF, 0.9)]
    found = Interpreter(Model({text: read}), Resolver()).decide(read, home, text=text)
    assert [judged.step.intent and judged.step.intent.name for judged in found.steps] == [intent]
    assert [judged.step.intent and judged.step.intent.slots.get("item") for judged in found.steps] == ["wood screws"]


def test_a_reading_that_lost_what_is_quoted_counts_less() -> None:
    said = "put turn off the kettle on the chores list"
    lost = Answer((Call("ListAdd", values={"item": ("list",), "list": "chores"}),), 0.9)
    model = Model({"put milk on the chores list": [lost], said: [listed("turn off the kettle", list_="chores")]})
    assert steps(Interpreter(model, Resolver()), said) == [("HassListAddItem", "turn off the kettle")]


def test_a_no_is_no_yes() -> None:
    read = [Answer((Call("Deny"),), 0.75), Answer((Call("Confirm"),), 0.05)]
    found = Interpreter(Model({"do not do it please": read}), Resolver()).decide(read, HOME, text="do not do it please")
    assert [judged.step.task and judged.step.task.name for judged in found.steps] == ["Deny"]


def test_the_milk_and_the_bread_are_two_things() -> None:
    said = "the milk and the bread go on the shopping list"
    model = Model({said: [listed("milk and the bread")]})
    assert steps(Interpreter(model, Resolver()), said) == [("HassShoppingListAddItem", ["milk", "bread"])]


def test_a_change_for_a_while_is_read_without_its_length() -> None:
    model = Model({"turn on the kettle": [Answer((Call("TurnOn", Target(name="kettle")),), 0.9)]})
    (reading,) = Interpreter(model, Resolver()).understand("turn on the kettle until nine", HOME)
    assert [call.values["until"].value for call in reading.calls] == [32400]  # type: ignore[union-attr]
    assert "turn on the kettle until nine" not in model.asked


def test_what_cannot_be_set_back_is_read_as_it_was_said() -> None:
    model = Model({"say the word": [Answer((Call("Broadcast", values={"message": "the word"}),), 0.9)]})
    Interpreter(model, Resolver()).understand("say the word for an hour", HOME)
    assert model.asked == ["say the word", "say the word for an hour"]


@pytest.mark.parametrize(("second", "acts"), [("tv", False), ("radio", True)])
def test_two_players_that_were_said_are_two_that_are_touched(second: str, *, acts: bool) -> None:
    home = Home(
        entities=(
            Entity("media_player.tv", "TV", state="playing", attributes={"volume_level": 0.2}, device_class="tv"),
            Entity("media_player.radio", "Parlour radio", state="playing", attributes={"volume_level": 0.2}),
        )
    )
    text = "mute the tv and turn the radio up"
    louder = Call("SetVolume", Target(name=second), values={"volume": Quantity(None, "up")})
    read = [Answer((Call("Mute", Target(name="tv")), louder), 0.9)]
    found = Interpreter(Model({text: read}), Resolver(), min_confidence=0.5).decide(read, home, text=text)
    assert any(judged.step.intent for judged in found.steps) is acts


def test_what_was_taken_back_is_never_done() -> None:
    drum, lamp = Call("TurnOn", Target(name="drum candle")), Call("TurnOn", Target(name="bedside lamp"))
    unclear = "turn on the lights, no wait, the gong that sounds odd"
    model = Model(
        {
            "turn on the drum candle": [Answer((drum,), 0.9)],
            "turn on the bedside lamp": [Answer((lamp,), 0.9)],
            unclear: [Answer((Call("TurnOn", Target(name="lights")),), 0.9)],
        }
    )
    interpreter = Interpreter(model, Resolver())
    assert entities(interpreter, "turn on the lights, no wait, the drum candle") == [("light.drum",)]
    assert entities(interpreter, unclear) == []
    found = interpreter.decide(interpreter.understand(unclear, HOME), HOME, text=unclear)
    assert found.steps[0].step.refusal == UNCLEAR


def test_what_somebody_does_alone_is_nothing_to_do() -> None:
    text = "I can turn on the kettle myself, thanks"
    model = Model({text: [Answer((Call("TurnOn", Target(name="kettle")),), 0.9)]})
    assert entities(Interpreter(model, Resolver()), text) == []
    assert model.asked == []


def test_the_value_of_another_thing_is_that_of_now() -> None:
    lit = Entity("light.drum", "Drum candle", area="z", state="on", attributes={"brightness": 51})
    text = "make the lights as bright as the drum candle"
    model = Model({"set the lights to 20 percent": [Answer((NOTHING,), 0.9)]})
    interpreter = Interpreter(model, Resolver())
    interpreter.understand(text, replace(HOME, entities=(lit, *HOME.entities[1:])))
    assert model.asked == ["set the lights to 20 percent"]
    readings = interpreter.understand(text, HOME)
    assert [reading.refusal for reading in readings] == ["Drum candle is off."]


@pytest.mark.parametrize(
    ("state", "done", "said"),
    [
        ("on", [("light.lights",)], ""),
        ("off", [], "No, Kettle is off. So I changed nothing."),
        ("unavailable", [], "I do not know: Kettle does not report. So I changed nothing."),
    ],
)
def test_a_condition_of_this_moment_is_looked_up(state: str, done: list[tuple[str, ...]], said: str) -> None:
    asked = Call("GetState", Target(name="kettle"), values={"ask": "yesno", "state": "on"})
    model = Model(
        {
            "is the kettle on": [Answer((asked,), 0.9)],
            "turn off the lights": [Answer((Call("TurnOff", Target(name="lights")),), 0.9)],
        }
    )
    home = replace(HOME, entities=(*HOME.entities[:2], replace(HOME.entities[2], state=state)))
    text = "if the kettle is on, turn off the lights"
    interpreter = Interpreter(model, Resolver())
    found = interpreter.decide(interpreter.understand(text, home), home, text=text)
    assert [judged.step.intent.entities for judged in found.steps if judged.step.intent is not None] == done
    assert "".join(judged.step.refusal for judged in found.steps) == said


@pytest.mark.parametrize(
    ("state", "done", "said"),
    [
        ("17.5", [("light.lights",)], ""),
        ("18", [], "Thermometer is 18 degrees. So I changed nothing."),
        ("nan", [], "I cannot tell whether it is below 18 in the kitchen, so I changed nothing."),
    ],
)
def test_a_limit_of_this_moment_is_looked_up(state: str, done: list[tuple[str, ...]], said: str) -> None:
    asked = Call("GetState", Target(name="thermometer"), values={"ask": "one"})
    model = Model(
        {
            "what is the temperature in the kitchen": [Answer((asked,), 0.9)],
            "turn off the lights": [Answer((Call("TurnOff", Target(name="lights")),), 0.9)],
        }
    )
    meter = Entity(
        "sensor.meter", "Thermometer", area="k", state=state, device_class="temperature",
        attributes={"unit_of_measurement": "°C"},
    )  # fmt: skip
    home = replace(HOME, entities=(*HOME.entities, meter))
    text = "if it is below 18 in the kitchen turn off the lights"
    interpreter = Interpreter(model, Resolver())
    found = interpreter.decide(interpreter.understand(text, home), home, text=text)
    assert [judged.step.intent.entities for judged in found.steps if judged.step.intent is not None] == done
    assert "".join(judged.step.refusal for judged in found.steps) == said


def test_a_request_is_read_without_its_reason() -> None:
    alone = "turn off the kettle"
    model = Model({alone: [Answer((Call("TurnOff", Target(name="kettle")),), 0.9)]})
    assert entities(
        Interpreter(model, Resolver()), "nobody has had tea for hours, so be so good as to turn off the kettle"
    ) == [("switch.kettle",)]


class Counting(Resolver):
    """Counts the calls that it resolves."""

    def __init__(self) -> None:
        """Start with none."""
        super().__init__()
        self.calls: list[Call] = []

    def decide(
        self,
        calls: Sequence[Call],
        home: Home,
        *,
        text: str,
        area: str | None = None,
        memory: Memory | None = None,
        among: Sequence[Call] = (),
    ) -> tuple[tuple[Step, ...], Memory]:
        """Resolve, and count."""
        self.calls += calls
        return super().decide(calls, home, text=text, area=area, memory=memory, among=among)


def test_readings_with_the_same_calls_are_resolved_once_and_all_counted() -> None:
    text = "turn on the kettle"
    kettle = Call("TurnOn", Target(name="kettle"))
    lights = Call("TurnOn", Target(name="lights"))
    read = [Answer((kettle,), 0.3), Answer((lights,), 0.4), Answer((replace(kettle, confidence=0.2),), 0.3)]
    resolver = Counting()
    found = Interpreter(Model({text: read}), resolver).decide(read, HOME, text=text)
    assert resolver.calls == [kettle, lights]
    assert [judged.step.intent and judged.step.intent.entities for judged in found.steps] == [("switch.kettle",)]
    assert found.confidence == pytest.approx(0.6 / (0.6 + 0.4 * UNREAD), abs=1e-4)


@pytest.mark.parametrize(("all_things", "acts"), [(Target(everything=True), False), (Target(name="drum candle"), True)])
def test_nobody_wants_everything_off_and_one_thing_beside_it(all_things: Target, *, acts: bool) -> None:
    text = "turn off the kettle and the drum candle, everything off"
    answer = [Answer((Call("TurnOff", all_things), Call("TurnOff", Target(name="kettle"))), 0.9)]
    model = Model({text: answer, text.replace("drum candle", "bedside lamp"): answer})
    interpreter = Interpreter(model, Resolver(), min_confidence=0.5)
    home = replace(HOME, entities=tuple(replace(entity, state="on") for entity in HOME.entities))
    found = interpreter.decide(interpreter.understand(text, home), home, text=text)
    assert any(judged.step.actions for judged in found.steps) is acts
