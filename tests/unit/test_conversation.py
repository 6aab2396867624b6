"""The parts of a talk: answers to questions back, amounts, verbs without a thing, what is forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.conversation import CONTEXT_SECONDS, Conversation, gaps
from appliance.conversation.ellipsis import corrected, parted, replaced, valued
from appliance.conversation.expected import Expectations
from appliance.conversation.followups import bare, followup
from appliance.conversation.nudges import Nudge, nudged
from appliance.interpreter import Interpretation, Interpreter, Reading
from appliance.messages import Action, Area, Call, Entity, Gap, Home, Quantity, Request, Target
from appliance.resolver import Memory, Mention, Resolver

HOME = Home(
    areas=(Area("attic", "Attic"), Area("barn", "Barn"), Area("porch", "Porch")),
    entities=(
        Entity("light.post", "Post lamp", area="attic", state="off"),
        Entity("light.beam", "Beam lamp", area="barn", state="off"),
        Entity("light.rail", "Rail lamp", area="barn", state="off"),
        Entity("cover.attic", "Attic blind", area="attic", device_class="blind", state="open"),
        Entity("cover.barn", "Barn blind", area="barn", device_class="blind", state="open"),
        Entity("climate.attic", "Attic stove", area="attic", state="heat", attributes={"temperature": 20.0}),
        Entity("climate.barn", "Barn stove", area="barn", state="heat", attributes={"temperature": 15.0}),
        Entity("lock.east", "East door", area="porch", state="locked"),
        Entity("lock.west", "West door", area="porch", state="locked"),
        Entity("vacuum.bob", "Bob", area="attic", state="docked"),
    ),
)
LOOKUP = Resolver().lookup(HOME)
LAMPS = ("light.post", "light.beam", "light.rail")


def spoken(*mentions: Mention) -> Memory:
    """A talk that has come so far."""
    last = mentions[-1].entities
    return Memory(entities=last, mentions=mentions, turn=mentions[-1].turn)


def mention(call: str, *entities: str, turn: int = 1, name: str | None = None, **values: Quantity | str) -> Mention:
    return Mention(turn, Call(call, Target(name=name), values=values), entities)


# --- answers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "chosen"),
    [
        ("the beam lamp", ("light.beam",)),
        ("rail", ("light.rail",)),
        ("the one in the attic", ("light.post",)),
        ("attic please", ("light.post",)),
        ("i mean the rail one", ("light.rail",)),
        ("the third one", ("light.rail",)),
        ("the last one", ("light.rail",)),
        ("all of them", LAMPS),
        ("all three", LAMPS),
    ],
)
def test_an_answer_names_one_of_those_that_were_offered(answer: str, chosen: tuple[str, ...]) -> None:
    found = gaps.filled(Gap(Call("TurnOn", Target(name="lamp")), candidates=LAMPS), bare(answer), LOOKUP)
    assert found is not None
    assert found.entities == chosen
    assert found.call.target.it


@pytest.mark.parametrize(
    "answer", ["", "yes", "no", "never mind", "the cellar lamp", "both", "what time is it", "turn on the post lamp", "the east door", "bob"]
)  # fmt: skip
def test_what_answers_nothing_chooses_nothing(answer: str) -> None:
    assert gaps.filled(Gap(Call("TurnOn", Target(name="lamp")), candidates=LAMPS), bare(answer), LOOKUP) is None


def test_an_answer_that_leaves_several_is_asked_again() -> None:
    found = gaps.filled(Gap(Call("TurnOn", Target(name="lamp")), candidates=LAMPS), ["the", "barn", "one"], LOOKUP)
    assert found is not None
    assert [entity.id for entity in found.still] == ["light.beam", "light.rail"]


@pytest.mark.parametrize(
    ("key", "answer", "value"),
    [
        ("duration", "seven minutes", 420.0),
        ("duration", "for an hour and a half", 5400.0),
        ("duration", "make it ninety seconds", 90.0),
        ("temperature", "to 21 degrees", 21.0),
        ("temperature", "twenty one", 21.0),
        ("brightness", "half", 50.0),
        ("volume", "35 percent", 35.0),
    ],
)
def test_an_answer_gives_the_value_that_is_missing(key: str, answer: str, value: float) -> None:
    found = gaps.filled(Gap(Call("StartTimer"), key), bare(answer), LOOKUP)
    assert found is not None
    got = found.call.values[key]
    assert isinstance(got, Quantity)
    assert got.value == value


@pytest.mark.parametrize(
    ("sentence", "call"),
    [
        ("set a timer", Call("StartTimer")),
        ("could you start a timer for me", Call("StartTimer")),
        ("i need an egg timer", Call("StartTimer", values={"timer": "egg"})),
        ("give me another timer", Call("StartTimer")),
        ("add something to the shopping list", Call("ListAdd", values={"list": "shopping"})),
        ("make an announcement", Call("Broadcast")),
        ("set the barn stove", Call("ClimateSet", Target(name="barn stove"))),
        ("change the volume", Call("SetVolume")),
        ("set the lamp", Call("LightSet", Target(name="lamp"))),
    ],
)
def test_commands_that_leave_something_open(sentence: str, call: Call) -> None:
    assert gaps.unfinished(bare(sentence), LOOKUP) == call


@pytest.mark.parametrize(
    "sentence", ["set the table", "set the bob", "change", "a timer went off", "the timer", "set the east door"]
)
def test_sentences_that_begin_no_command(sentence: str) -> None:
    assert gaps.unfinished(bare(sentence), LOOKUP) is None


# --- amounts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "nudge"),
    [
        ("one degree more", Nudge("up", "", 1.0, "degrees", "one degree")),
        ("make it two degrees colder", Nudge("down", "temperature", 2.0, "degrees", "two degrees")),
        ("ten percent less please", Nudge("down", "", 10.0, "%", "ten percent")),
        ("another five percent", Nudge("up", "", 5.0, "%", "five percent")),
        ("two more minutes", Nudge("up", "duration", 120.0, "s", "two minutes")),
        ("a notch higher", Nudge("up", words="a notch")),
        ("that's too dark", Nudge("up", "brightness")),
        ("it's still much too loud", Nudge("down", "volume")),
        ("not warm enough", Nudge("up", "temperature")),
        ("that's not dark enough", Nudge("down", "brightness")),
        ("too high", Nudge("down")),
        ("half that please", Nudge("times", amount=0.5)),
        ("make it twice that", Nudge("times", amount=2.0)),
        ("two thirds of that", Nudge("times", amount=2 / 3)),
        ("double it", Nudge("times", amount=2.0)),
        ("five more than that", Nudge("up", "", 5.0, "", "five")),
        ("take ten percent off that", Nudge("down", "", 10.0, "%", "ten percent")),
    ],
)
def test_wishes_for_more_and_less(sentence: str, nudge: Nudge) -> None:
    assert nudged(bare(sentence)) == nudge


@pytest.mark.parametrize(
    "sentence", ["brighter", "one more time", "no more", "too many cooks", "turn it up", "the light too", "it is dark",
     "more music", "what's up", "half of the lamps", "ten of them"]
)  # fmt: skip
def test_sentences_that_are_no_such_wish(sentence: str) -> None:
    assert nudged(bare(sentence)) is None


def test_another_value_of_what_was_set() -> None:
    memory = spoken(mention("ClimateSet", "climate.barn", temperature=Quantity(18)))
    assert valued(memory, "no, 19".replace(",", ""), LOOKUP) == Call(
        "ClimateSet", Target(it=True), values={"temperature": Quantity(19.0, words="19")}
    )
    assert valued(memory, "19 percent", LOOKUP) is None
    assert valued(memory, "the barn", LOOKUP) is None
    assert valued(spoken(mention("TurnOn", "light.post")), "12", LOOKUP) is None, "it may be anything"
    assert valued(spoken(mention("TurnOff", "light.post")), "12 percent", LOOKUP) is None
    assert valued(spoken(mention("Lock", "lock.east")), "12 percent", LOOKUP) is None


def test_a_timer_is_corrected_only_when_the_words_say_so() -> None:
    memory = spoken(mention("StartTimer", duration=Quantity(540.0, unit="s", words="nine minutes"), timer="egg"))
    cancel, start = corrected(memory, "no ten")
    assert (cancel.name, start.name, start.values["timer"]) == ("CancelTimer", "StartTimer", "egg")
    assert start.values["duration"] == Quantity(600.0, unit="s", words="ten minutes")
    assert corrected(memory, "ten minutes") == ()
    assert corrected(spoken(mention("TurnOn", "light.post")), "no ten minutes") == ()


# --- the last command about something else ---------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "thing", "place", "value"),
    [
        ("the barn", "", "barn", None),
        ("in the attic", "", "attic", None),
        ("the barn one", "", "barn", None),
        ("the attic to 18", "", "attic", 18.0),
        ("18 in the attic", "", "attic", 18.0),
        ("the east door", "east door", "", None),
        ("the lamp in the barn", "lamp", "barn", None),
    ],
)
def test_what_elliptic_words_name(words: str, thing: str, place: str, value: float | None) -> None:
    about = parted(words, Call("ClimateSet", values={"temperature": Quantity(20)}), LOOKUP)
    assert about is not None
    assert (about.thing, about.place) == (thing, place)
    assert value == (about.value.value if isinstance(about.value, Quantity) else None)


def test_several_calls_are_said_again_only_of_another_place() -> None:
    memory = spoken(
        mention("TurnOn", "light.post", name="post lamp"), mention("Close", "cover.attic", name="attic blind")
    )
    ((lamp, blind),), _ = replaced(memory, "the barn", LOOKUP)
    assert (lamp.name, lamp.target) == ("TurnOn", Target(name="lamp", area="barn"))
    assert (blind.name, blind.target) == ("Close", Target(name="blind", area="barn"))
    assert replaced(memory, "the rail lamp", LOOKUP) == ([], "")


# --- whole talks -----------------------------------------------------------------------------------


class Answer:
    """A reading."""

    def __init__(self, *calls: Call) -> None:
        """Store the calls."""
        self.calls = calls
        self.confidence = 1.0
        self.refusal = ""
        self.line = " ; ".join(call.name for call in calls)


SENTENCES = {
    "turn on the lamp": Call("TurnOn", Target(name="lamp")),
    "turn post lamp on": Call("TurnOn", Target(name="post lamp")),
    "turn rail lamp on": Call("TurnOn", Target(name="rail lamp")),
    "unlock the door": Call("Unlock", Target(domain="lock")),
    "unlock the east door": Call("Unlock", Target(name="east door")),
    "them off": Call("TurnOff", Target(it=True)),
    "set barn to 17": Call("ClimateSet", Target(name="barn stove"), values={"temperature": Quantity(17)}),
    "start bob": Call("VacuumStart", Target(name="bob")),
    "what time is it": Call("GetTime"),
    "make the barn stove warmer": Call(
        "ClimateSet", Target(name="barn stove"), values={"temperature": Quantity(None, "up")}
    ),
    "is the barn blind open": Call("GetState", Target(name="barn blind"), values={"ask": "yesno", "state": "open"}),
}


class Model:
    """Knows a few sentences, as they are put plainly."""

    def readings(self, text: str, /) -> Iterator[Reading]:
        """What it makes of `text`."""
        yield Answer(*([SENTENCES[text]] if text in SENTENCES else []))


class Talk:
    """One person talking."""

    def __init__(self) -> None:
        """Begin."""
        self.now = 0.0
        self.conversation = Conversation(Interpreter(Model(), Resolver()), clock=lambda: self.now)

    def say(self, text: str, source: str = "me", *, asked: bool = False) -> Interpretation:
        """Say one sentence."""
        request = Request("r", text, source)
        return self.conversation.decide(self.conversation.hear(request, HOME, asked=asked), HOME, None)

    def touched(self, text: str, source: str = "me", *, asked: bool = False) -> list[tuple[str, str]]:
        """Commands that a sentence comes to."""
        steps = self.say(text, source, asked=asked).steps
        return [(action.command, action.entity) for judged in steps for action in judged.step.actions]


def test_a_question_back_is_open_for_one_sentence() -> None:
    talk = Talk()
    assert talk.touched("turn on the lamp") == []
    assert talk.touched("the rail one") == [("turn_on", "light.rail")]
    assert talk.touched("the beam one") == []
    talk.say("turn on the lamp")
    talk.say("what time is it")
    assert talk.touched("the beam one") == []


def test_a_question_back_is_asked_again_until_it_is_clear() -> None:
    talk = Talk()
    talk.say("turn on the lamp")
    (again,) = talk.say("the barn one").steps
    assert again.step.refusal == "Which one do you mean: Beam lamp and Rail lamp?"
    assert talk.touched("both") == [("turn_on", "light.beam"), ("turn_on", "light.rail")]


def test_doors_are_never_unlocked_together() -> None:
    talk = Talk()
    assert talk.touched("unlock the door") == []
    assert talk.touched("both of them") == []
    assert talk.touched("unlock the door") == []
    assert talk.touched("the west one") == [("unlock", "lock.west")], "policy asks about it, as about every door"


def test_one_thing_never_becomes_several() -> None:
    talk = Talk()
    talk.say("post lamp on")
    assert talk.touched("same in the barn") == []
    assert talk.touched("the beam one") == [("turn_on", "light.beam")]


def test_things_of_two_sentences() -> None:
    talk = Talk()
    talk.say("post lamp on")
    talk.say("rail lamp on")
    assert talk.touched("them off") == [("turn_off", "light.post"), ("turn_off", "light.rail")]


FOLLOWED = (
    ("turn on the lamp", "the rail one"),
    ("post lamp on", "off again"),
    ("barn to 17", "one degree more"),
    ("start bob", "stop"),
)
"""First turns, and second ones that mean something only after them."""


def test_what_was_said_is_forgotten_in_time() -> None:
    for first, then in FOLLOWED:
        talk = Talk()
        talk.say(first)
        talk.now += CONTEXT_SECONDS - 1
        assert talk.touched(then)
        talk = Talk()
        talk.say(first)
        talk.now += CONTEXT_SECONDS + 1
        assert not talk.touched(then)


def test_nobody_goes_on_with_what_another_said() -> None:
    for first, then in FOLLOWED:
        talk = Talk()
        talk.say(first)
        assert not talk.touched(then, "somebody else")


def test_where_a_yes_is_waited_for_a_verb_alone_is_left_to_the_model() -> None:
    talk = Talk()
    talk.say("start bob")
    assert talk.touched("stop", asked=True) == []
    assert talk.touched("stop") == [("pause", "vacuum.bob")]


# --- what things were told to be -------------------------------------------------------------------


def test_what_was_told_counts_until_the_thing_reports() -> None:
    told = Expectations()
    told.note([Action("climate.barn", "set_temperature", {"temperature": 21}, {"temperature": 21})], HOME)
    seen = {entity.id: entity for entity in told.seen(HOME).entities}
    assert seen["climate.barn"].attributes["temperature"] == 21
    assert seen["climate.attic"].attributes["temperature"] == 20.0
    reported = Home(entities=(Entity("climate.barn", "Barn stove", state="heat", attributes={"temperature": 19.0}),))
    assert told.seen(reported) == reported
    told.clear()
    assert told.seen(HOME) is HOME


def test_no_lock_counts_as_open_before_it_says_so() -> None:
    told = Expectations()
    told.note([Action("lock.east", "unlock", expect={"state": "unlocked"})], HOME)
    assert told.seen(HOME) is HOME


# --- any words -------------------------------------------------------------------------------------


WORDS = """the a in to of and one other both all it them too more less no stop barn attic lamp door 12 percent degree timer set for
    off on again what about same there""".split()


@given(st.lists(st.sampled_from(WORDS), max_size=7))
def test_any_words_after_a_command_touch_nothing_that_was_not_spoken_of(words: list[str]) -> None:
    talk = Talk()
    talk.say("post lamp on")
    touched = {entity for _, entity in talk.touched(" ".join(words))}
    named = {"barn", "attic", "lamp", "door", "timer"} & set(words)
    assert touched <= {"light.post"} or named
    assert not any(entity.startswith("lock.") for entity in touched)


@given(st.text(max_size=60), st.sampled_from(list(SENTENCES)))
def test_any_text_after_any_sentence_is_answered(text: str, before: str) -> None:
    talk = Talk()
    talk.say(before)
    assert talk.say(text).steps
    assert followup(text) is None or followup(text) == followup(text)


def test_a_complaint_can_be_gone_on_with() -> None:
    talk = Talk()
    assert talk.touched("it's freezing in the attic") == [("set_temperature", "climate.attic")]
    assert talk.touched("a bit more") == [("set_temperature", "climate.attic")]


class Counting(Interpreter):
    """Counts what is decided."""

    decided = 0

    def decide(
        self,
        readings: Sequence[Reading],
        home: Home,
        *,
        text: str,
        area: str | None = None,
        memory: Memory | None = None,
    ) -> Interpretation:
        """Decide, and count."""
        self.decided += 1
        return super().decide(readings, home, text=text, area=area, memory=memory)


def test_a_relative_wish_is_decided_again_only_where_something_is_expected() -> None:
    talk = Talk()
    interpreter = Counting(Model(), Resolver())
    talk.conversation = Conversation(interpreter, clock=lambda: talk.now)
    talk.say("make the barn stove warmer")
    assert interpreter.decided == 1
    talk.say("make the barn stove warmer")
    assert interpreter.decided == 3


def test_a_no_before_another_order_corrects_what_was_done_and_answers_what_is_asked() -> None:
    talk = Talk()
    assert talk.touched("no, start bob") == [], "nothing was done before"
    talk.say("post lamp on")
    assert talk.touched("no, start bob", asked=True) == []
    assert talk.touched("no, start bob") == [("start", "vacuum.bob")]


def test_a_relative_wish_under_a_condition_goes_on_from_what_was_wanted_before() -> None:
    talk = Talk()
    said = "if the barn blind is open, make the barn stove warmer"
    wanted = [action.data for _ in range(2) for judged in talk.say(said).steps for action in judged.step.actions]
    assert wanted == [{"temperature": 16.0}, {"temperature": 17.0}]


def test_a_question_back_about_a_command_with_a_condition_is_answered_like_any_other() -> None:
    talk = Talk()
    assert talk.touched("if the barn blind is open, turn on the lamp") == []
    assert talk.touched("the rail one") == [("turn_on", "light.rail")]


def test_a_follow_up_may_have_its_explanation() -> None:
    talk = Talk()
    talk.say("start bob")
    assert talk.touched("stop, he's under my feet") == [("pause", "vacuum.bob")]
    talk.say("post lamp on")
    assert talk.touched("undo that, we are fine") == [("turn_off", "light.post")]
    assert talk.touched("and the rail lamp as well, while you're at it") == [("turn_on", "light.rail")]
