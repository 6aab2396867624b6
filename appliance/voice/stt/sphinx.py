"""Speech to text by pocketsphinx: needs no download and hears only what the home's grammar holds.

It is much less exact than Vosk (``tests.voice.measure --recognizer pocketsphinx`` tells): the last choice. There is no
open ear beside the grammar, because its open model is too weak to judge by; what it is told to reject is what the
phone loop (any sounds in any order) explains far better than the grammar.
"""

from __future__ import annotations

import logging
import math
import re
from functools import cache
from pathlib import Path
from typing import Any

from appliance.errors import VoiceError
from appliance.intents.phrases import NO_PHRASES, Phrases
from appliance.messages import Home
from appliance.voice.detectors import Frame, missing
from appliance.voice.events import FRAME_S
from appliance.voice.stt import Transcript
from appliance.voice.stt.phrasings import Sentences, jsgf, own_rules, rules

log = logging.getLogger(__name__)

_LOG_BASE = math.log(1.0001)
_MARGIN = 400.0
"""How much better per second, in pocketsphinx's log scores, a loop of phones may explain the sound than the grammar."""


class SphinxRecognizer:
    """The recogniser when no Vosk model is installed."""

    name = "pocketsphinx"
    repeats = False

    def __init__(self, own: Phrases = NO_PHRASES) -> None:
        """Load the model inside the package, to expect `own` phrases, too; raises :class:`VoiceError` when it is missing."""
        try:
            import pocketsphinx  # noqa: PLC0415 - an optional package
        except ImportError as error:
            raise VoiceError(missing("pocketsphinx", error)) from error
        self._package: Any = pocketsphinx
        self._decoder: Any = None
        self._phones: Any = pocketsphinx.Decoder(
            lm=None, allphone=pocketsphinx.get_model_path("en-us/en-us-phone.lm.bin"), loglevel="FATAL"
        )
        self._own = own
        self._structure: int | None = None
        self._sentences = Sentences(())
        self._frames = 0
        self._busy: tuple[Any, ...] = ()
        """Decoders in the middle of a sentence; they refuse to begin another, and to learn."""

    def set_home(self, home: Home) -> None:
        """Expect the names of this home from the next sentence on."""
        if home.structure == self._structure:
            return
        self._structure = home.structure
        self._end()
        own = own_rules(home, self._own)
        self._sentences = Sentences(rules(home), own)
        words = _dictionary(self._package.get_model_path("en-us/cmudict-en-us.dict"))
        grammar = jsgf(home, words, own)
        if self._decoder is None:
            self._decoder = self._package.Decoder(lm=None, loglevel="FATAL")
        self._decoder.add_jsgf_string("home", grammar)
        self._decoder.activate_search("home")

    def start(self) -> None:
        """Begin a sentence; the one before may have been dropped."""
        self._end()
        self._frames = 0
        for decoder in (self._phones,) if self._decoder is None else (self._decoder, self._phones):
            decoder.start_utt()
            self._busy += (decoder,)

    def feed(self, frame: Frame) -> None:
        """Take the next frame."""
        self._frames += 1
        for decoder in self._busy:
            decoder.process_raw(frame.tobytes(), no_search=False, full_utt=False)

    def partial(self) -> str:
        """The words so far."""
        hypothesis = self._decoder.hyp() if self._decoder is not None else None
        return "" if hypothesis is None else str(hypothesis.hypstr)

    def closed(self, text: str) -> bool:  # noqa: ARG002 - its words so far are too often others in the end
        """Never sure."""
        return False

    def finish(self) -> Transcript:
        """End the sentence and judge."""
        self._end()
        if self._decoder is None:
            return Transcript("", "rejected")
        expected, phones = self._decoder.hyp(), self._phones.hyp()
        if expected is None or not expected.hypstr:
            return Transcript("", "rejected", "" if phones is None else str(phones.hypstr))
        if not self._sentences.whole(str(expected.hypstr)):  # the search ended in the middle of the grammar
            return Transcript("", "rejected", str(expected.hypstr))
        worse = 0.0
        if phones is not None:
            worse = (_likelihood(phones) - _likelihood(expected)) / max(0.1, self._frames * FRAME_S)
        if worse > _MARGIN:
            return Transcript("", "rejected", str(expected.hypstr), round(worse, 1))
        return Transcript(str(expected.hypstr), "pocketsphinx", str(expected.hypstr), round(worse, 1))

    def close(self) -> None:
        """Give the model's memory back."""
        self._decoder = None

    def _end(self) -> None:
        while self._busy:
            *rest, decoder = self._busy
            self._busy = tuple(rest)
            decoder.end_utt()


def _likelihood(hypothesis: Any) -> float:
    """Log likelihood in pocketsphinx's own unit; the package hands out its exponential."""
    return math.log(max(float(hypothesis.best_score), 1e-300)) / _LOG_BASE


@cache
def _dictionary(path: str) -> frozenset[str]:
    """Every word that has a pronunciation."""
    lines = Path(path).read_text("utf-8").splitlines()
    return frozenset(re.sub(r"\(\d+\)$", "", line.split(maxsplit=1)[0]) for line in lines if line.strip())
