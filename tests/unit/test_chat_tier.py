"""The second tier between a fake first tier and a fake model."""

import queue
import threading
from collections.abc import Callable, Iterator

import pytest

from appliance.chat_tier import MAX_TEXT, MOST_WAITING, ChatTier, Talker
from appliance.errors import CancelledError, ModelError
from appliance.messages import Home, Reply, Request

DECLINED = "I can only answer questions about this home."


class FakeTalker:
    """Answers what it is told to, when it is let."""

    name = "fake"
    tokens_per_second: float | None = 7.5

    def __init__(self) -> None:
        self.text = "Shakespeare wrote it."
        self.error: Exception | None = None
        self.asked: list[str] = []
        self.go = threading.Event()
        self.go.set()
        self.cancelled = threading.Event()
        self.closed = False

    def answer(self, text: str, home: Home, seconds: float) -> str:
        self.asked.append(text)
        while not self.go.wait(0.01):
            if self.cancelled.is_set():
                raise CancelledError("cancelled")
        if self.error is not None:
            raise self.error
        return self.text

    def cancel(self) -> None:
        self.cancelled.set()

    def close(self) -> None:
        self.closed = True


def first_tier(request: Request, answer: Callable[[Reply], None]) -> None:
    answer(
        Reply(id=request.id, text=DECLINED, speech=DECLINED, refusals=(DECLINED,), hand_over="lamp" not in request.text)
    )


class Rig:
    def __init__(self, open_talker: Callable[[], Talker | None]) -> None:
        self.recorded: list[Reply] = []
        self.tier = ChatTier(
            open_talker,
            first_tier,
            home=Home,
            record=lambda _request, reply: self.recorded.append(reply),
            seconds=5,
        )

    def send(self, text: str, by: str = "person") -> "queue.Queue[Reply]":
        replies: queue.Queue[Reply] = queue.Queue()
        self.tier.submit(Request(id="r", text=text, source="cli", by=by), replies.put)
        return replies

    def ask(self, text: str, by: str = "person") -> Reply:
        return self.send(text, by).get(timeout=20)

    def wait_loaded(self) -> None:
        while self.tier._talker is None:
            threading.Event().wait(0.005)


@pytest.fixture(name="talker")
def _talker() -> FakeTalker:
    return FakeTalker()


@pytest.fixture(name="rig")
def _rig(talker: FakeTalker) -> Iterator[Rig]:
    rig = Rig(lambda: talker)
    with rig.tier:
        rig.wait_loaded()
        yield rig
    assert talker.closed


def test_an_open_question_is_answered_by_the_chat_model(rig: Rig, talker: FakeTalker) -> None:
    reply = rig.ask("Who wrote Hamlet?")
    assert (reply.text, reply.speech, reply.route, reply.refusals) == (talker.text, talker.text, "chat", ())
    assert reply.ms["chat"] >= 0
    assert rig.recorded == [reply]
    assert rig.tier.report() == {
        "chat_model": "fake", "chat_answered": 1, "chat_waiting": 0, "chat_tokens_per_s": 7.5,
    }  # fmt: skip


@pytest.mark.parametrize("text", ["open the hatch", "the hatch please", "turn it up", "is the lamp on", "hatch"])
def test_what_is_no_open_question_stays_with_the_first_tier(text: str, rig: Rig, talker: FakeTalker) -> None:
    assert rig.ask(text).text == DECLINED
    assert talker.asked == []


def test_what_no_person_asked_stays_with_the_first_tier(rig: Rig, talker: FakeTalker) -> None:
    assert rig.ask("who wrote hamlet", by="timer").text == DECLINED
    assert talker.asked == []


@pytest.mark.parametrize(
    "claim",
    [
        "I turned on the kitchen light.",
        "I've unlocked the front door.",
        "Sure, I will open the garage.",
        "Done! Anything else?",
        "The heater is now on.",
        "I have set it to 20 degrees",
        "",
        "  \n",
    ],
)
def test_claims_of_deeds_are_not_passed_on(claim: str, rig: Rig, talker: FakeTalker) -> None:
    talker.text = claim
    reply = rig.ask("why is the kitchen so dark")
    assert (reply.text, reply.route) == (DECLINED, "none")
    assert rig.recorded == []


@pytest.mark.parametrize(
    "answer", ["The garage has been open since noon.", "Set theory was founded by Cantor.", "It opens at nine."]
)
def test_words_about_the_world_are_no_claims(answer: str, rig: Rig, talker: FakeTalker) -> None:
    talker.text = answer
    assert rig.ask("what is it").text == answer


@pytest.mark.parametrize("error", [ModelError("broken"), RuntimeError("a defect")])
def test_a_failing_model_costs_one_answer(error: Exception, rig: Rig, talker: FakeTalker) -> None:
    talker.error = error
    assert rig.ask("who wrote hamlet").text == DECLINED
    talker.error = None
    assert rig.ask("who wrote hamlet").route == "chat"


def test_commands_do_not_wait_for_the_chat_model(rig: Rig, talker: FakeTalker) -> None:
    talker.go.clear()
    slow = rig.send("who wrote hamlet")
    assert rig.ask("turn on the lamp").text == DECLINED
    assert slow.empty()
    talker.go.set()
    assert slow.get(timeout=20).route == "chat"


def test_too_many_questions_get_the_first_tiers_answer(rig: Rig, talker: FakeTalker) -> None:
    talker.go.clear()
    waiting = [rig.send("who wrote hamlet")]
    while not talker.asked:
        threading.Event().wait(0.005)
    waiting += [rig.send("who wrote hamlet") for _ in range(MOST_WAITING)]
    assert rig.ask("who wrote hamlet").text == DECLINED
    talker.go.set()
    assert [one.get(timeout=20).route for one in waiting] == ["chat"] * (MOST_WAITING + 1)


def test_stopping_cancels_and_answers_everybody(talker: FakeTalker) -> None:
    rig = Rig(lambda: talker)
    rig.tier.start()
    rig.wait_loaded()
    talker.go.clear()
    waiting = [rig.send("who wrote hamlet") for _ in range(3)]
    rig.tier.stop()
    assert [one.get(timeout=20).text for one in waiting] == [DECLINED] * 3
    assert talker.closed
    assert rig.ask("who wrote hamlet").text == DECLINED


def test_long_answers_are_cut_and_become_one_line(rig: Rig, talker: FakeTalker) -> None:
    talker.text = "one\n\ntwo " * 1000
    text = rig.ask("what is it").text
    assert len(text) == MAX_TEXT
    assert "\n" not in text


def test_without_a_model_or_with_a_broken_one_the_first_tier_answers() -> None:
    def broken() -> Talker:
        raise ModelError("no such model")

    for open_talker in (lambda: None, broken):
        rig = Rig(open_talker)
        with rig.tier:
            assert rig.ask("who wrote hamlet").text == DECLINED
            assert rig.tier.report()["chat_model"] is None


def test_one_that_cannot_be_answered_does_not_end_the_tier(rig: Rig) -> None:
    def refuse(_reply: Reply) -> None:
        raise OSError("gone")

    rig.tier.submit(Request(id="r", text="who wrote hamlet", source="cli"), refuse)
    assert rig.ask("who wrote hamlet").route == "chat"


def test_the_node_may_ask_on_its_own(rig: Rig, talker: FakeTalker) -> None:
    rig.wait_loaded()
    assert rig.tier.say("What is wrong with the cold store?") == talker.text
    assert rig.recorded[-1].route == "chat"
    talker.error = ModelError("no memory")
    assert rig.tier.say("And now?") == ""


def test_without_a_model_it_gets_no_answer() -> None:
    rig = Rig(lambda: None)
    with rig.tier:
        assert rig.tier.say("What is wrong?") == ""
