"""Frames in, effects out: the pipeline with small fakes for ears and hands."""

from __future__ import annotations

from typing import Any

import numpy as np

from appliance.voice.dialogue import Dialogue, Manners
from appliance.voice.events import FRAME, Announced, Answered, Button, Mute, State
from appliance.voice.pipeline import MOST_TRIES, Options, Pipeline, Trace
from appliance.voice.stt import Transcript
from appliance.voice.talk import concludes, names_itself, silences, without_wake_word
from tests.unit.voice.fakes import SILENCE, SPEECH, WAKE, ByLoudness, ByMark, Ear, Hands


def pipeline(hands: Hands, ear: Ear, *, always: bool = False, wake: bool = True, **more: Any) -> Pipeline:
    return Pipeline(
        Dialogue(Manners(always=always), silences=silences, concludes=concludes),
        wake=ByMark() if wake else None,
        speech=ByLoudness(),
        recognizer=ear,
        hands=hands,
        options=Options(wake_words=("okay_nabu",), pre_roll_s=0.5),
        **more,
    )


def feed(pipe: Pipeline, frame: Any, count: int) -> None:
    for _ in range(count):
        pipe.feed(frame)


def say_a_sentence(pipe: Pipeline) -> None:
    pipe.feed(WAKE)
    feed(pipe, SPEECH, 40)
    feed(pipe, SILENCE, 25)


def test_wake_word_sentence_answer() -> None:
    hands, ear = Hands(), Ear()
    pipe = pipeline(hands, ear)
    feed(pipe, SILENCE, 10)
    say_a_sentence(pipe)
    assert hands.asked == ["turn on the lamp"]
    assert "sign listening" in hands.done
    assert "say Done." in hands.done
    hands.spoken()
    pipe.feed(SILENCE)
    assert pipe.state is State.IDLE


def test_the_cue_comes_with_the_frame_that_holds_the_wake_word() -> None:
    hands = Hands()
    pipe = pipeline(hands, Ear())
    pipe.feed(WAKE)
    assert "sign listening" in hands.done


def test_what_was_said_before_the_wake_word_was_noticed_is_heard_and_the_word_is_not() -> None:
    """A person who leaves only a breath: word, a quiet moment, and the sentence, into which the word is noticed late."""
    hands, ear = Hands(), Ear()
    pipe = pipeline(hands, ear)
    word = np.full_like(SPEECH, 900)
    feed(pipe, word, 30)
    pipe.feed(SILENCE)
    feed(pipe, SPEECH, 5)
    pipe.feed(WAKE)
    feed(pipe, SPEECH, 30)
    feed(pipe, SILENCE, 30)
    [heard] = ear.sentences
    assert [int(frame[0]) for frame in heard[:7]] == [0, *[int(SPEECH[0])] * 5, int(WAKE[0])]
    assert not any(int(frame[0]) == int(word[0]) for frame in heard)


def test_a_word_that_is_nearly_all_heard_late_still_counts_as_speech() -> None:
    """After "okay nabu, stop" little is left to be said when the wake word is noticed."""
    hands, ear = Hands(), Ear("stop")
    pipe = pipeline(hands, ear)
    feed(pipe, SILENCE, 2)
    feed(pipe, SPEECH, 5)
    pipe.feed(WAKE)
    feed(pipe, SILENCE, 40)
    assert hands.asked == ["stop"]


def test_its_own_voice_before_a_wake_word_is_no_beginning_of_a_sentence() -> None:
    hands, ear = Hands(), Ear()
    pipe = pipeline(hands, ear)
    hands.own_voice = True
    pipe.feed(SILENCE)
    feed(pipe, SPEECH, 5)
    pipe.feed(WAKE)
    hands.own_voice = False
    feed(pipe, SPEECH, 30)
    feed(pipe, SILENCE, 30)
    assert int(ear.sentences[0][0][0]) == int(WAKE[0])


def test_speech_without_wake_word_is_neither_recognised_nor_asked() -> None:
    hands, ear = Hands(), Ear()
    pipe = pipeline(hands, ear)
    feed(pipe, SPEECH, 200)
    feed(pipe, SILENCE, 50)
    assert ear.sentences == []
    assert hands.asked == []


def test_the_command_model_reads_along_and_nothing_is_asked_before_the_end() -> None:
    hands = Hands()
    pipe = pipeline(hands, Ear())
    pipe.feed(WAKE)
    feed(pipe, SPEECH, 60)
    assert hands.read_ahead[-1] == "turn on the lamp"
    assert hands.asked == []


def test_a_command_from_which_nothing_goes_on_is_asked_sooner() -> None:
    asked = []
    for complete in (False, True):
        hands = Hands()
        pipe = pipeline(hands, Ear(complete=complete, repeats=True))
        pipe.feed(WAKE)
        feed(pipe, SPEECH, 60)
        feed(pipe, SILENCE, 6)
        asked.append(list(hands.asked))
    assert asked == [[], ["turn on the lamp"]]


class Lagging(Ear):
    """Tells the words only when the sentence is finished."""

    def partial(self) -> str:
        return "in the lamp" if len(self.fed) >= 8 else ""


def test_a_sentence_is_over_by_all_its_sound_though_the_words_so_far_were_others() -> None:
    hands, ear = Hands(), Lagging(complete=True, repeats=True)
    pipe = pipeline(hands, ear)
    pipe.feed(WAKE)
    feed(pipe, SPEECH, 60)
    feed(pipe, SILENCE, 3)
    assert len(ear.sentences) == 1, "recognised in the pause"
    assert hands.asked == [], "and nothing is done before the end"
    feed(pipe, SILENCE, 3)
    assert hands.asked == ["turn on the lamp"]
    assert len(ear.sentences) == 1, "its words were at hand"


def test_in_a_pause_that_is_not_the_end_nothing_of_the_sentence_is_lost() -> None:
    for complete, pause in ((True, 4), (False, 4), (False, 10)):
        hands, ear = Hands(), Ear(complete=complete, repeats=True)
        pipe = pipeline(hands, ear)
        pipe.feed(WAKE)
        feed(pipe, SPEECH, 60)
        feed(pipe, SILENCE, pause)
        feed(pipe, np.full_like(SPEECH, 1500), 20)
        assert hands.asked == []
        feed(pipe, SILENCE, 30)
        assert hands.asked == ["turn on the lamp"]
        whole = [int(frame[0]) for frame in ear.sentences[-1]]
        assert whole[: 61 + pause + 20] == [int(WAKE[0]), *[int(SPEECH[0])] * 60, *[0] * pause, *[1500] * 20]


def test_a_sentence_with_many_pauses_is_heard_again_a_few_times_only() -> None:
    ear = Ear(repeats=True)
    pipe = pipeline(Hands(), ear)
    pipe.feed(WAKE)
    for _ in range(9):
        feed(pipe, SPEECH, 10)
        feed(pipe, SILENCE, 6)
    assert len(ear.sentences) == MOST_TRIES


def test_a_recogniser_that_cannot_hear_a_sentence_again_and_a_held_button_are_waited_for() -> None:
    for repeats, held in ((False, False), (True, True)):
        ear = Ear(complete=True, repeats=repeats)
        pipe = pipeline(Hands(), ear, wake=False)
        pipe.post(Button(pressed=True))
        if not held:
            pipe.post(Button(pressed=False))
        feed(pipe, SPEECH, 40)
        feed(pipe, SILENCE, 10)
        assert ear.sentences == []


def test_who_goes_on_after_an_early_end_is_heard_without_what_was_heard_before() -> None:
    hands, ear = Hands(), Ear(complete=True, repeats=True)
    pipe = pipeline(hands, ear)
    pipe.feed(WAKE)
    feed(pipe, SPEECH, 60)
    feed(pipe, SILENCE, 8)
    more = np.full_like(SPEECH, 1500)
    feed(pipe, more, 40)
    feed(pipe, SILENCE, 30)
    assert len(hands.asked) == 2
    assert sum(int(frame[0]) == 1500 for frame in ear.sentences[1]) == 40
    assert not any(int(frame[0]) == int(SPEECH[0]) for frame in ear.sentences[1])


def test_the_wake_word_is_noticed_before_the_frame_is_whole_and_no_sound_is_lost() -> None:
    hands, ear = Hands(), Ear()
    pipe = pipeline(hands, ear)
    sound = np.concatenate(
        [np.zeros(3 * FRAME, np.int16), WAKE[:160], np.arange(1, 40 * FRAME + 1, dtype=np.int16) + 600]
    )
    pipe.feed(sound[: 3 * FRAME])
    pipe.feed(sound[3 * FRAME : 3 * FRAME + 160])
    assert "sign listening" in hands.done, "160 samples are no frame yet"
    for start in range(3 * FRAME + 160, len(sound), 160):
        pipe.feed(sound[start : start + 160])
    feed(pipe, SILENCE, 30)
    heard = np.concatenate(ear.sentences[0])
    assert heard[FRAME : 30 * FRAME].tolist() == sound[3 * FRAME : 32 * FRAME].tolist()


def test_a_beginning_without_wake_word_is_not_cut() -> None:
    """The sound from before speech was noticed is recognised, too."""
    hands, ear = Hands(), Ear()
    pipe = pipeline(hands, ear, always=True, wake=False)
    feed(pipe, SILENCE, 30)
    feed(pipe, SPEECH, 30)
    feed(pipe, SILENCE, 40)
    assert len(ear.sentences) == 1
    quiet = [i for i, frame in enumerate(ear.sentences[0]) if not frame.any()]
    assert quiet[:8] == list(range(8)), "some silence before the first loud frame"
    assert sum(bool(frame.any()) for frame in ear.sentences[0]) == 30


def test_its_own_voice_is_not_obeyed() -> None:
    """While the speaker says "turn off …", the microphone hears it and nothing comes of it."""
    hands, ear = Hands(), Ear("turn off the freezer")
    pipe = pipeline(hands, ear, always=True, wake=False)
    pipe.post(Announced("Turn off the freezer."))
    pipe.feed(SILENCE)
    assert "say Turn off the freezer." in hands.done
    hands.own_voice = True
    feed(pipe, SPEECH, 100)
    hands.spoken()
    feed(pipe, SPEECH, 5)  # the echo
    hands.own_voice = False
    feed(pipe, SILENCE, 60)
    assert ear.sentences == []
    assert hands.asked == []


def test_without_that_guard_the_own_voice_would_have_been_obeyed() -> None:
    hands, ear = Hands(), Ear("turn off the freezer")
    pipe = pipeline(hands, ear, always=True, wake=False)
    feed(pipe, SPEECH, 100)
    feed(pipe, SILENCE, 60)
    assert hands.asked == ["turn off the freezer"]


def test_its_own_name_in_its_own_mouth_does_not_wake_it() -> None:
    hands = Hands(own_voice=True, own_name=True)
    pipe = pipeline(hands, Ear())
    pipe.feed(WAKE)
    assert pipe.state is State.IDLE


def test_somebody_elses_wake_word_cuts_its_voice_off() -> None:
    hands = Hands()
    pipe = pipeline(hands, Ear())
    say_a_sentence(pipe)
    hands.own_voice = True
    pipe.feed(WAKE)
    assert "hush" in hands.done
    assert pipe.state is State.LISTENING


def test_after_a_barge_in_the_old_answer_is_not_spoken() -> None:
    hands = Hands(answer=None)
    pipe = pipeline(hands, Ear())
    say_a_sentence(pipe)
    old = hands.respond
    say_a_sentence(pipe)
    old(Answered("The answer to the first."))
    pipe.feed(SILENCE)
    assert not any(done.startswith("say") for done in hands.done)


def test_an_answer_that_came_while_the_next_sentence_was_recognised_is_not_spoken_as_its_answer() -> None:
    hands, ear = Hands(answer=None), Ear("unlock the front door")
    pipe = pipeline(hands, ear)
    say_a_sentence(pipe)
    old = hands.respond

    class Slow(Ear):
        def finish(self) -> Transcript:
            old(Answered("Shall I unlock Front door?", question=True))
            return super().finish()

    pipe._recognizer = Slow("turn on the lamp")
    say_a_sentence(pipe)
    assert hands.asked == ["unlock the front door", "turn on the lamp"]
    pipe.feed(SILENCE)
    assert pipe.state is State.THINKING
    hands.respond(Answered("The lamp is on."))
    pipe.feed(SILENCE)
    assert [done for done in hands.done if done.startswith("say")] == ["say The lamp is on."]


def test_the_late_end_of_what_was_cut_off_is_not_the_end_of_what_is_said_now() -> None:
    hands = Hands()
    pipe = pipeline(hands, Ear())
    say_a_sentence(pipe)
    late = hands.spoken
    say_a_sentence(pipe)
    states = []
    for over in (late, hands.spoken):
        over()
        pipe.feed(SILENCE)
        states.append(pipe.state)
    assert states == [State.SPEAKING, State.IDLE]


def test_a_muted_microphone_hears_neither_name_nor_sentence() -> None:
    hands, ear = Hands(), Ear()
    pipe = pipeline(hands, ear)
    pipe.post(Mute(on=True))
    say_a_sentence(pipe)
    assert ear.sentences == []
    assert hands.asked == []
    assert pipe.state is State.MUTED


def test_the_button_needs_no_wake_word() -> None:
    hands = Hands()
    pipe = pipeline(hands, Ear(), wake=False)
    pipe.post(Button(pressed=True))
    feed(pipe, SPEECH, 40)
    pipe.post(Button(pressed=False))
    pipe.feed(SILENCE)
    assert hands.asked == ["turn on the lamp"]


def test_what_is_not_recognised_is_not_asked() -> None:
    hands = Hands()
    pipe = pipeline(hands, Ear(""))
    say_a_sentence(pipe)
    assert hands.asked == []
    assert "sign not understood" in hands.done


def test_words_of_no_grammar_that_are_hardly_a_command_are_not_asked() -> None:
    for how, asked in (("open", 0), ("grammar", 1)):
        hands = Hands(doubted="put than down")
        pipe = pipeline(hands, Ear("put than down", how=how))
        say_a_sentence(pipe)
        assert len(hands.asked) == asked


def test_a_question_is_followed_up_without_wake_word() -> None:
    hands, ear = Hands(Answered("Shall I unlock Front door?", question=True)), Ear("unlock the front door")
    pipe = pipeline(hands, ear)
    say_a_sentence(pipe)
    hands.spoken()
    ear.text, hands.answer = "yes", Answered("Front door is unlocked.")
    pipe.feed(SILENCE)
    assert pipe.state is State.FOLLOW_UP
    feed(pipe, SPEECH, 20)
    feed(pipe, SILENCE, 40)
    assert hands.asked == ["unlock the front door", "yes"]


def test_without_a_microphone_announcements_and_answers_go_on() -> None:
    hands = Hands(Answered("Shall I?", question=True))
    pipe = pipeline(hands, Ear())
    pipe.post(Announced("Dinner is ready."))
    pipe.pass_time(1)
    assert "say Dinner is ready." in hands.done
    hands.spoken()
    pipe.pass_time(1)
    assert pipe.state is State.IDLE


def test_sentences_are_kept_only_where_that_is_wanted() -> None:
    kept: list[int] = []
    pipe = pipeline(Hands(), Ear(), keep=lambda samples: kept.append(len(samples)))
    feed(pipe, SPEECH, 100)
    assert kept == [], "nothing without the wake word"
    say_a_sentence(pipe)
    assert len(kept) == 1
    assert kept[0] >= 40 * len(SPEECH)


def test_each_step_is_told() -> None:
    told: list[Trace] = []
    pipe = pipeline(Hands(), Ear(), trace=told.append)
    say_a_sentence(pipe)
    stages = [trace.stage for trace in told]
    assert [s for s in stages if s in {"wake", "end", "heard", "asked", "answer", "say"}] == [
        "wake", "end", "heard", "asked", "answer", "say",
    ]  # fmt: skip


def test_frames_of_silence_never_wake() -> None:
    hands = Hands()
    pipe = pipeline(hands, Ear())
    feed(pipe, np.zeros_like(SILENCE), 1000)
    assert hands.asked == []


def test_wake_words_are_cut_off_the_sentence() -> None:
    words = ("okay_nabu", "alexa")
    assert without_wake_word("okay nabu turn it on", words) == "turn it on"
    assert without_wake_word("nabu turn it on", words) == "turn it on"
    assert without_wake_word("alexa stop", words) == "stop"
    assert without_wake_word("turn it on", words) == "turn it on"
    assert names_itself("I heard okay Nabu, stop", words)
    assert not names_itself("The lights are on.", words)


ANSWERS = (
    "Yes.", "yes please", "yeah, do it", "okay", "sure, go ahead", "that's right", "of course", "all right",
    "no", "no thanks", "no, the back door", "never mind", "cancel that", "don't do it", "stop", "forget it",
)  # fmt: skip
OTHERS = ("", "that", "it", "thank you", "yes I know him", "okay turn it off", "stop the vacuum", "do you remember")


def test_words_that_answer_a_question() -> None:
    assert [text for text in (*ANSWERS, *OTHERS) if concludes(text)] == list(ANSWERS)


def test_words_that_silence_a_bell() -> None:
    assert all(
        silences(text) for text in ("Stop.", "stop please", "okay", "Okay, stop.", "cancel the timer", "thank you")
    )
    assert not any(silences(text) for text in ("", "stop the washing machine", "turn off the oven", "please"))
