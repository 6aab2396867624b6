"""Speech to text: rules made of a home, the judge between two ears, the Wyoming protocol."""

from __future__ import annotations

import contextlib
import io
import json
import re
import socket
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.config import VoiceSettings
from appliance.errors import VoiceError
from appliance.intents.phrases import parse_phrases
from appliance.messages import Area, Entity, Floor, Home
from appliance.text import numeral
from appliance.voice.cards import System
from appliance.voice.check import missing_parts
from appliance.voice.events import FRAME
from appliance.voice.stt import vosk, wyoming
from appliance.voice.stt.phrasings import (
    Sentences,
    differ_in_free_words,
    divided,
    expand,
    jsgf,
    own_rules,
    phrases,
    rules,
    shape,
    spoken,
)
from appliance.voice.stt.vosk import Ear, Hypothesis, Margins, alternatives, judge, known, likeliest
from tests.unit.voice.fakes import eventually

HOME = Home(
    floors=(Floor("ground", "Ground Floor", ("downstairs",)),),
    areas=(Area("kitchen", "Kitchen", floor="ground"),),
    entities=(
        Entity("light.ceiling", "Ceiling light", ("big light",), "kitchen"),
        Entity("lock.front", "Front door"),
        Entity("cover.blind", "Kitchen blind", area="kitchen"),
        Entity("scene.movie", "Movie time"),
    ),
    structure=1,
)


def test_phrases_are_made_of_the_names_of_the_home() -> None:
    made = set(phrases(HOME))
    assert {
        "turn on the ceiling light", "turn the big light off", "unlock the front door", "is the kitchen blind open",
        "activate movie time", "turn off the lights in the kitchen", "to forty five percent", "yes",
    } <= made  # fmt: skip
    assert len(made) == len(phrases(HOME))


def test_an_empty_home_still_has_timers_and_answers() -> None:
    assert {"yes", "stop", "what time is it"} <= set(phrases(Home()))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("TV 2", "tv two"),
        ("Anna's lamp", "anna's lamp"),
        ("Heater/Fan", "heater fan"),
        ("Plug 4711", "plug"),
        ("№", "no"),
        ("", ""),
    ],
)
def test_names_become_words(name: str, said: str) -> None:
    assert spoken(name) == said


def test_numbers_in_words() -> None:
    assert [numeral(value) for value in (0, 13, 20, 45, 100)] == [
        "zero",
        "thirteen",
        "twenty",
        "forty five",
        "one hundred",
    ]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_a_large_rule_is_sampled_with_every_wording(sizes: list[int]) -> None:
    rule = tuple(tuple(f"w{slot}x{i}" for i in range(size)) for slot, size in enumerate(sizes))
    made = list(expand(rule, most=20))
    assert {word for phrase in made for word in phrase.split()} == {word for slot in rule for word in slot}


@given(st.integers(0, 10_000), st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_digits_of_a_mixed_base(index: int, sizes: list[int]) -> None:
    digits = divided(index, sizes)
    assert all(0 <= digit < size for digit, size in zip(digits, sizes, strict=True))


def test_the_grammar_leaves_out_words_without_pronunciation() -> None:
    words = frozenset(" ".join(phrases(HOME)).split()) - {"ceiling"}
    grammar = jsgf(HOME, words)
    assert "ceiling" not in grammar
    assert "(turn on | switch on | put on" in grammar


def in_grammar(grammar: str, text: str) -> bool:
    """Whether a JSGF grammar of one rule takes `text`."""
    body = grammar.partition("public <command> =")[2].rpartition(";")[0]
    signs = {"(": "(?:", ")": ")", "[": "(?:", "]": ")?", "|": "|"}
    pattern = "".join(signs.get(token, f"{token} ") for token in re.findall(r"[()\[\]|]|[^()\[\]|\s]+", body))
    return re.fullmatch(pattern, f"{text} ") is not None


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("turn on the ceiling light", True), ("could you turn the big light off please", True), ("movie time", True),
        ("set the ceiling light to forty percent", True), ("set a timer for ten minutes", True),
        ("turn off the lights in the kitchen", True), ("turn on the ceiling light for ten minutes", True),
        ("to forty percent", False), ("in the kitchen", False), ("set the ceiling light to", False), ("for ten minutes", False),
        ("set the ceiling light", False), ("please turn", False), ("lock the ceiling light", False),
    ],
)  # fmt: skip
def test_the_grammar_holds_sentences_and_not_their_parts(text: str, *, taken: bool) -> None:
    assert in_grammar(jsgf(HOME, frozenset(" ".join(phrases(HOME)).split())), text) is taken


OWN = parse_phrases(
    {
        "phrases": [
            {"say": ["Party on!", "let the sun in", "in for a 10"], "do": "turn on the disco ball"},
            {"say": "give me {amount} in the {room}", "do": "set the {room} lights to {amount} percent"},
            {"say": "mood {mood} in the {room}", "do": "set the {room} lights to {mood}"},
            {"say": "blast at 120", "do": "turn on the disco ball"},
        ]
    }
)
OWN_RULES = own_rules(HOME, OWN)


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("party on", True), ("party on please", True), ("let the sun in", True), ("in for a ten", True),
        ("give me forty five in the kitchen", True), ("give me red in the big light", True),
        ("party", False), ("could you party on", False), ("party on and lock the front door", False),
        ("give me in the kitchen", False), ("give me an apple in the kitchen", False), ("blast at", False),
    ],
)  # fmt: skip
def test_own_phrases_are_sentences_of_every_grammar(text: str, *, taken: bool) -> None:
    known_words = frozenset(" ".join([*phrases(HOME), "party let sun give me an apple for ten blast at"]).split())
    assert Sentences(rules(HOME), OWN_RULES).whole(text) is taken
    assert in_grammar(jsgf(HOME, known_words, OWN_RULES), text) is taken


def test_a_list_of_own_phrases_has_every_wording_where_anything_may_stand() -> None:
    made = [phrase for rule in OWN_RULES for phrase in expand(rule, most=0)]
    assert {"party on", "let the sun in", "in for a ten"} < set(made)
    assert any(phrase.startswith("give me forty five in the ") for phrase in made)
    assert any(phrase.endswith(" in the kitchen blind") for phrase in made)


def test_known_words_decide_which_phrases_are_possible() -> None:
    possible, strange = known(["turn on the lamp", "turn on the zigurat"], lambda word: word != "zigurat")
    assert possible == ["turn on the lamp"]
    assert strange == ["zigurat"]


SENTENCES = Sentences(rules(HOME))
SHAPE = shape(phrases(HOME))
MARGINS = Margins(expected=5, request=12)


def judged(expected: str, heard: str, worse: float) -> tuple[str, str]:
    whole = SENTENCES.whole(expected)
    found = judge(Hypothesis(expected, 1000.0), Hypothesis(heard, 1000.0 + 2 * worse), 2.0, MARGINS, SHAPE, whole=whole)
    return found.text, found.how


def test_both_ears_agree() -> None:
    assert judged("unlock the front door", "unlock the front door", -2) == ("unlock the front door", "grammar")


def test_the_grammar_is_believed_where_it_explains_the_sound_nearly_as_well() -> None:
    assert judged("unlock the front door", "and log the front door", 3) == ("unlock the front door", "grammar")


def test_a_command_is_not_forced_onto_other_speech() -> None:
    assert judged("unlock the front door", "my dog likes the green garden", 25) == ("", "rejected")


def test_an_unlikely_order_of_words_is_no_command_of_the_grammar() -> None:
    assert judged("lock blind the front", "look blind the front", 1) == ("", "rejected")


def test_what_is_in_no_grammar_counts_when_it_begins_as_requests_do() -> None:
    assert judged("to lock the kitchen", "add kohlrabi to the list", 8) == ("add kohlrabi to the list", "open")
    assert judged("to lock the kitchen", "he sold kohlrabi to the cook", 8) == ("", "rejected")


def test_a_word_that_begins_much_else_begins_no_request_by_itself() -> None:
    """The grammar has "i want to turn …" and "to forty percent", but most that begins so is talk."""
    begun = [text for text in ("i want to sing", "in ten minutes sing", "for an hour sing") if SHAPE.begins(text)]
    assert begun == ["i want to sing", "in ten minutes sing", "for an hour sing"]
    assert not any(
        SHAPE.begins(text) for text in ("i was singing", "in those days", "to whom it may concern", "a song")
    )


def test_what_may_be_anything_is_taken_from_the_open_ear_when_that_explains_it_better() -> None:
    butter, paper = "add butter to the shopping list", "add paper to the shopping list"
    assert judged(butter, paper, 1) == (paper, "open")
    assert judged(butter, paper, -1) == (butter, "grammar")
    assert judged(butter, "bad paper to the shopping list", 1) == (butter, "grammar")
    assert judged("unlock the front door", "unlock the frozen door", 1) == ("unlock the front door", "grammar")


@pytest.mark.parametrize(
    ("expected", "heard", "free"),
    [
        ("set a pizza timer for ten minutes", "set a rehearsal timer for ten minutes", True),
        ("set a pizza timer for ten minutes", "set a rehearsal timer for two minutes", False),
        ("announce that dinner is ready", "announce that the taxi is here", True),
        ("add milk to the shopping list", "add milk to the shopping list", False),
        ("turn on the lamp", "turn on the clamp", False),
    ],
)
def test_sentences_that_differ_in_free_words_only(expected: str, heard: str, *, free: bool) -> None:
    assert differ_in_free_words(expected, heard) is free


def test_what_only_the_open_ear_hears_may_be_a_phrase_of_the_household() -> None:
    expected, heard = Hypothesis("open", 1000.0), Hypothesis("mood jolly in the kitchen", 1016.0)
    both = [judge(expected, heard, 2.0, MARGINS, SHAPE, whole=False, own=own) for own in (False, OWN.fit(heard.text))]
    assert [(one.text, one.how) for one in both] == [("", "rejected"), (heard.text, "open")]


def test_unknown_words_are_no_text() -> None:
    assert judged("[unk]", "[unk] [unk]", 0) == ("", "rejected")
    assert judged("", "", 0) == ("", "rejected")


def test_two_commands_in_one_sentence_keep_the_shape() -> None:
    assert SHAPE.holds("turn on the ceiling light and lock the front door please")
    assert not SHAPE.holds("ceiling the lock door")


@given(st.text(max_size=60), st.text(max_size=60), st.floats(-1e6, 1e6), st.floats(0, 100))
def test_the_judge_takes_any_text(expected: str, heard: str, likelihood: float, seconds: float) -> None:
    whole = SENTENCES.whole(expected)
    found = judge(Hypothesis(expected, 0.0), Hypothesis(heard, likelihood), seconds, MARGINS, SHAPE, whole=whole)
    assert found.how in {"grammar", "open", "rejected"}
    assert bool(found.text) == (found.how != "rejected")


class FakeEngine:
    """Takes every second piece for the end of an utterance, as Vosk does in a pause, and tells what it heard since it was made or asked."""

    def __init__(self) -> None:
        self.heard = ""

    def AcceptWaveform(self, data: bytes, /) -> int:  # noqa: N802
        self.heard = f"{self.heard} {data.decode()}"
        return 1 - self.heard.count(" ") % 2

    def PartialResult(self) -> str:  # noqa: N802
        return json.dumps({"partial": self.heard.strip()})

    def FinalResult(self) -> str:  # noqa: N802
        heard, self.heard = self.heard, ""
        return json.dumps({"alternatives": [{"confidence": 5.0, "text": heard}]})


def test_a_pause_ends_no_sentence_before_the_talk_does() -> None:
    """Two ears would be cut in different places, and what one of them did not hear would count as agreement."""
    ear = Ear(FakeEngine)
    ear.start()
    for said in (b"turn", b"on", b"the"):
        ear.feed(said)
    assert ear.partial() == "turn on the"
    ear.feed(b"lamp")
    assert ear.finish() == (Hypothesis("turn on the lamp", 5.0),)


def test_the_rest_of_a_dropped_sentence_is_not_heard_in_the_next() -> None:
    ear = Ear(FakeEngine)
    for said in (b"dropped", b"one", b"two"):
        ear.start()
        ear.feed(said)
    assert ear.finish() == (Hypothesis("two", 5.0),)


def test_a_result_without_alternatives_is_no_reading() -> None:
    assert alternatives('{"text": ""}') == ()
    assert alternatives('{"alternatives": [{"text": "", "confidence": 1.0}]}') == (Hypothesis("", 1.0),)


class Lost(FakeEngine):
    """Its search came to no end."""

    def FinalResult(self) -> str:  # noqa: N802
        return json.dumps({"text": ""})


@pytest.mark.parametrize(("expecting", "openly"), [(FakeEngine(), Lost()), (Lost(), FakeEngine()), (Lost(), Lost())])
def test_an_ear_that_came_to_no_end_agrees_with_nothing(
    expecting: FakeEngine, openly: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(grammar: str | None) -> FakeEngine:
        return openly if grammar is None else expecting

    monkeypatch.setattr(vosk, "_opened", lambda _directory: (made, lambda _word: True))
    recognizer = vosk.VoskRecognizer(Path("nowhere"), MARGINS)
    recognizer.set_home(HOME)
    recognizer.start()
    for _ in range(3):
        recognizer.feed(np.full(FRAME, int.from_bytes(b"yy"), np.int16))
    found = recognizer.finish()
    assert (found.text, found.how) == ("", "rejected")


def test_a_model_is_opened_with_a_bound_on_its_memory_and_its_own_bound_stays(tmp_path: Path) -> None:
    for name in ("conf", "am"):
        (tmp_path / name).mkdir()
    (tmp_path / "am" / "final.mdl").write_text("model")
    (tmp_path / "conf" / "mfcc.conf").write_text("features")
    conf = tmp_path / "conf" / "model.conf"
    conf.write_text("--beam=13.0")
    with vosk.bounded(tmp_path) as folder:
        assert (folder / "conf" / "model.conf").read_text() == f"--beam=13.0\n--max-mem={vosk.MOST_MEMORY}\n"
        assert (folder / "conf" / "mfcc.conf").read_text() == "features"
        assert (folder / "am" / "final.mdl").read_text() == "model"
    assert not folder.exists()
    assert conf.read_text() == "--beam=13.0"
    conf.write_text("--max-mem=5")
    with vosk.bounded(tmp_path) as folder:
        assert folder == tmp_path
    conf.unlink()
    with vosk.bounded(tmp_path) as folder:
        assert folder == tmp_path


@pytest.mark.parametrize(
    "text",
    ["could you turn on the ceiling light",
     "turn the big light off", "set the ceiling light to forty five percent", "yes please", "movie time",
     "set a timer for ten minutes", "turn on the ceiling light and unlock the front door", "turn off the lights in the kitchen"],
)  # fmt: skip
def test_whole_sentences(text: str) -> None:
    assert SENTENCES.whole(text)


@pytest.mark.parametrize(
    "text",
    ["", "turn the ceiling light", "to forty percent", "set the ceiling light to", "the front door", "ceiling light ceiling light",
     "turn on the ceiling light and", "lock the light"],
)  # fmt: skip
def test_fragments_are_no_sentences(text: str) -> None:
    assert not SENTENCES.whole(text)


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("turn on the ceiling light", True), ("please turn the big light off", True), ("unlock the front door", True),
        ("set the ceiling light to forty five percent", True), ("turn off the lights in the kitchen", True), ("do it", True),
        ("turn on the ceiling light and unlock the front door", True), ("set a timer for ten minutes", True),
        ("open the kitchen blind", True), ("dim the ceiling light a bit", True), ("yes", True),
        ("turn off the lights", False), ("dim the ceiling light", False), ("stop", False),
        ("turn the ceiling light", False), ("set the ceiling light to", False), ("", False), ("my dog likes it", False),
    ],
)  # fmt: skip
def test_a_closed_sentence_is_one_from_which_none_goes_on(text: str, *, closed: bool) -> None:
    assert SENTENCES.closed(text) is closed


def test_own_phrases_that_go_on_are_not_closed() -> None:
    sentences = Sentences(rules(HOME), OWN_RULES)
    assert sentences.closed("party on")
    assert sentences.closed("give me forty five in the big light")
    assert not sentences.closed("give me forty in the kitchen"), "it may be the kitchen blind"


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(1, 8))
def test_what_another_sentence_begins_with_is_not_closed(which: int, index: int, count: int) -> None:
    """Wherever a sentence is cut: it may go on, unless the same rule ends there, too ("dim the light", "a bit")."""
    every = rules(HOME)
    made = list(expand(every[which % len(every)]))
    said = made[index % len(made)].split()
    begun = " ".join(said[: min(count, len(said) - 1)])
    if said[0] not in {"to", "for", "by", "in", "except", "please", "could", "can", "would", "i"} and begun not in made:
        assert not SENTENCES.closed(begun)


@given(st.integers(0, 10_000))
def test_every_phrase_with_an_end_is_a_sentence_or_a_part_that_follows_one(index: int) -> None:
    made = phrases(HOME)
    phrase = made[index % len(made)]
    if phrase.split()[-1] in {"to", "for", "by", "in", "the", "and", "a"}:
        assert not SENTENCES.whole(phrase)
    elif phrase.split()[0] not in {"to", "for", "by", "in", "except", "please", "could", "can", "would", "i"}:
        assert SENTENCES.whole(phrase)


def test_a_whole_sentence_wins_over_a_fragment_that_is_hardly_likelier() -> None:
    readings = [Hypothesis("turn the big light", 100.0), Hypothesis("turn on the big light", 96.0)]
    assert likeliest(readings, SENTENCES.whole).text == "turn on the big light"
    assert likeliest([readings[0], Hypothesis("turn on the big light", 50.0)], SENTENCES.whole) == readings[0]


# --- Wyoming ---------------------------------------------------------------------------------------

EVENTS = st.builds(
    wyoming.Event,
    st.text(max_size=20),
    st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=8), max_size=3),
    st.binary(max_size=200),
)


@given(EVENTS)
def test_events_come_back_as_they_were_sent(event: wyoming.Event) -> None:
    assert wyoming.read(io.BytesIO(wyoming.encode(event))) == event


@given(st.binary(max_size=300))
def test_any_bytes_are_an_event_or_a_clear_error(data: bytes) -> None:
    with contextlib.suppress(VoiceError):  # any other error is a defect
        wyoming.read(io.BytesIO(data))


class Server:
    """A Wyoming server that notes what it hears and answers once."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.heard: list[wyoming.Event] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        connection, _ = self._socket.accept()
        with connection, connection.makefile("rb") as stream:
            while (event := wyoming.read(stream)) is not None:
                self.heard.append(event)
                if event.type == "audio-stop":
                    with contextlib.suppress(OSError):  # whoever has waited long enough hangs up
                        connection.sendall(self.answer)
                    return

    def close(self) -> None:
        self._thread.join(2)
        self._socket.close()


def test_a_wyoming_server_hears_the_sound_and_gives_the_words() -> None:
    server = Server(wyoming.encode(wyoming.Event("transcript", {"text": " turn on the  lamp "})))
    ear = wyoming.WyomingRecognizer("127.0.0.1", server.port)
    ear.start()
    ear.feed(np.full(FRAME, 7, np.int16))
    assert ear.finish().text == "turn on the lamp"
    server.close()
    assert [event.type for event in server.heard] == ["transcribe", "audio-start", "audio-chunk", "audio-stop"]
    assert server.heard[2].payload == np.full(FRAME, 7, np.int16).tobytes()


@pytest.mark.parametrize("answer", [b"", b"nonsense\n", wyoming.encode(wyoming.Event("error", {"text": "busy"}))])
def test_a_wyoming_server_that_fails_costs_the_sentence_only(answer: bytes) -> None:
    server = Server(answer)
    ear = wyoming.WyomingRecognizer("127.0.0.1", server.port)
    ear.start()
    found = ear.finish()
    server.close()
    assert found.text == ""
    assert found.how == "rejected"


def test_a_wyoming_server_that_talks_without_end_costs_the_sentence_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wyoming, "ANSWER_S", 0.2)
    other = wyoming.encode(wyoming.Event("pong", {}))
    server = Server(other * 200_000)
    ear = wyoming.WyomingRecognizer("127.0.0.1", server.port)
    ear.start()
    found = ear.finish()
    assert found.how == "rejected"
    assert found.heard == "it gave no answer"


class Dribble(Server):
    """Sends its answer byte by byte."""

    def _run(self) -> None:
        connection, _ = self._socket.accept()
        with connection, contextlib.suppress(OSError):
            for byte in self.answer * 100:
                connection.sendall(bytes([byte]))
                time.sleep(0.02)


def test_a_wyoming_server_that_never_finishes_its_line_costs_the_sentence_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wyoming, "ANSWER_S", 0.2)
    server = Dribble(b"{" * 100)
    ear = wyoming.WyomingRecognizer("127.0.0.1", server.port)
    ear.start()
    assert ear.finish().heard == "it gave no answer"
    silent, _other = socket.socketpair()
    with pytest.raises(TimeoutError, match="it gave no answer"):
        wyoming._Until(silent, time.monotonic() + 0.05).readinto(bytearray(1))
    assert eventually(lambda: not any(thread.name == "wyoming" for thread in threading.enumerate())), "and no thread"


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (b'{"type": "transcript", "data_length": 100}\n{"text"', "unreadable data"),
        (b'{"type": "transcript", "data_length": 99999999999}\n', "impossible lengths"),
        (b'{"type": "transcript", "payload_length": -1}\n', "impossible lengths"),
        (b'["transcript"]\n', "something else than an event"),
        (b'{"type": "transcript", "data": ["turn on the lamp"]}\n', "unreadable data"),
        (b"{" * 100_000, "something else than an event"),
        (b'{"type": "error", "data": {"text": "out of\\nmemory\\u001b[2J"}}\n', "out of memory [2J"),
    ],
)
def test_half_and_wrong_events_of_a_wyoming_server_are_told_in_one_line(answer: bytes, cause: str) -> None:
    server = Server(answer)
    ear = wyoming.WyomingRecognizer("127.0.0.1", server.port)
    ear.start()
    found = ear.finish()
    server.close()
    assert found.text == ""
    assert cause in found.heard
    assert "\n" not in found.heard


@pytest.mark.parametrize("text", [None, 7, ["unlock the front door"], {"a": 1}, ""])
def test_what_is_no_text_is_no_transcript(text: object) -> None:
    data = json.dumps({"type": "transcript", "data": {"text": text}}).encode() + b"\n"
    assert wyoming.transcript(io.BytesIO(data)) == ""


def test_a_transcript_without_end_is_cut() -> None:
    data = json.dumps({"type": "transcript", "data": {"text": "la " * 20_000}}).encode() + b"\n"
    assert len(wyoming.transcript(io.BytesIO(data))) <= wyoming.MAX_TEXT


def test_a_sentence_that_is_dropped_hangs_up() -> None:
    server = Server(b"")
    ear = wyoming.WyomingRecognizer("127.0.0.1", server.port)
    ear.start()
    assert eventually(lambda: len(server.heard) == 2)
    ear.close()
    server.close()
    assert [event.type for event in server.heard] == ["transcribe", "audio-start"]
    assert ear.finish().how == "rejected"


def test_a_name_that_is_none_costs_the_sentence_only() -> None:
    ear = wyoming.WyomingRecognizer("a" * 80 + ".example", 10_300)
    ear.start()
    assert ear.finish().how == "rejected"


def test_a_wyoming_server_that_is_away_costs_the_sentence_only() -> None:
    ear = wyoming.WyomingRecognizer("127.0.0.1", 1)
    ear.start()
    ear.feed(np.zeros(FRAME, np.int16))
    assert ear.finish().text == ""


def test_the_doctor_tells_whether_the_server_answers(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings = VoiceSettings(recognizer="wyoming", wyoming=f"127.0.0.1:{server.getsockname()[1]}")
        there, _ = missing_parts(settings, tmp_path, System(tmp_path))
        assert "recognition by wyoming" in there
    there, lacking = missing_parts(settings, tmp_path, System(tmp_path))
    assert "recognition by wyoming" not in there
    assert any(line.startswith(f"no Wyoming server answers at {settings.wyoming} (") for line in lacking)
