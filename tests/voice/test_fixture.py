"""The recogniser of the tests has heard neither their sentences nor their voices."""

from __future__ import annotations

import pytest

pytest.importorskip("pocketsphinx")

from appliance.demo.announced import announced_home
from appliance.voice.stt.phrasings import phrases
from tests.voice.bench import sentences, talk_lines
from tests.voice.fixture import build, speech
from tests.voice.fixture.words import Language


def test_no_sentence_of_the_tests_is_trained_on() -> None:
    kept = {*(sentence.text for sentence in sentences()), *talk_lines()}
    assert kept == build.tested()
    vocabulary = sorted({word for text in kept for word in text.split()})
    language = Language({word: [["AA"]] for word in vocabulary}, dict.fromkeys(vocabulary, 1.0), {})
    planned = build.plan(language, 4000)
    assert len(planned) == 4000
    assert not kept & {spoken.text for spoken in planned}
    assert len({spoken.text for spoken in planned} & set(phrases(announced_home()))) > 100


def test_no_voice_of_the_tests_is_trained_on() -> None:
    assert not set(speech.HELD_OUT) & set(speech.TRAINED)
    held_out = {name.partition("+")[2] for name in speech.HELD_OUT} - {""}
    assert held_out == {"f3", "m5", "m8"}
    assert not held_out & {name.partition("+")[2] for name in speech.TRAINED}
