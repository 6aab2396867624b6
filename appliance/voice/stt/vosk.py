"""Speech to text by Vosk: an ear that expects the home's sentences beside an open one, and a judge between them.

A recogniser under a grammar finds a command in any noise: "my dog likes the garden" becomes the sentence of the
grammar that sounds least unlike. So every sentence is heard twice, under the grammar and openly, and both tell how
well they explain the sound (the likelihood of their best path). Where the grammar explains it nearly as well, in an order
of words that its phrases have, it is right; but what may be anything ("add … to the shopping list") is taken from the
open ear, when that explains the sound better. Where the grammar is somewhat worse, the open words count, if they begin as
requests do: names of timers and things to buy are in no grammar. Where it is much worse, something else was said.
"""

from __future__ import annotations

import contextlib
import json
import logging
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from appliance.errors import VoiceError
from appliance.intents.phrases import NO_PHRASES, Phrases
from appliance.messages import Home
from appliance.voice.detectors import Frame, missing
from appliance.voice.events import FRAME_S, RATE
from appliance.voice.stt import Transcript
from appliance.voice.stt.phrasings import (
    Sentences,
    Shape,
    differ_in_free_words,
    expand,
    own_rules,
    phrases,
    rules,
    shape,
)

log = logging.getLogger(__name__)

UNKNOWN = "[unk]"


ALTERNATIVES = 8
"""Readings that are looked at."""
NEAR = 9.0
"""Log likelihood by which a whole sentence may be less likely than a fragment."""
MOST_MEMORY = 1_000_000
"""Bytes in which Vosk may sort out the readings of a sentence. Its own bound is 50 times as much, which unclear sound fills: the
readings of three seconds of talk then took up to 12 s of a processor. Commands read the same with a fifth of this."""


class Engine(Protocol):
    """What is used of a ``vosk.KaldiRecognizer``."""

    def AcceptWaveform(self, data: bytes, /) -> int:  # noqa: N802 - vosk's names
        """Take sound; 1: it took a pause for the end of the utterance."""

    def PartialResult(self) -> str:  # noqa: N802
        """The words so far, as JSON."""

    def FinalResult(self) -> str:  # noqa: N802
        """End the utterance, as JSON; the next one begins afresh."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What one ear made of a sentence."""

    text: str
    likelihood: float
    """Log likelihood of the best path: acoustics and words together."""


class Ear:
    """One Vosk recogniser.

    Vosk ends utterances by itself, too, where it hears a pause. Two ears would be cut in different places, and the last one not hear the
    end of the sound at all; so nobody asks it for the result of such an utterance, and it goes on listening.
    """

    def __init__(self, make: Callable[[], Engine]) -> None:
        """Listen with what `make` makes, which must be set to give alternatives (their likelihood is needed)."""
        self._make = make
        self._engine = make()
        self._heard = False
        """It is in the middle of a sentence."""

    def start(self) -> None:
        """Begin a sentence."""
        if (
            self._heard
        ):  # it keeps the end of what it heard without telling it, and would hear it at the beginning of the next one
            self._engine = self._make()
        self._heard = False

    def feed(self, data: bytes) -> None:
        """Take sound."""
        self._engine.AcceptWaveform(data)
        self._heard = True

    def partial(self) -> str:
        """The words so far."""
        return str(json.loads(self._engine.PartialResult()).get("partial", ""))

    def finish(self) -> tuple[Hypothesis, ...]:
        """End the sentence; its readings, likeliest first. None: the search came to no end, which says nothing of the sound."""
        self._heard = False
        return alternatives(self._engine.FinalResult())


def alternatives(result: str) -> tuple[Hypothesis, ...]:
    """The readings in a result of Vosk; none: its search came to no end."""
    found = json.loads(result).get("alternatives") or []
    return tuple(
        Hypothesis(str(one.get("text", "")).strip(), float(one.get("confidence", 0.0))) for one in found[:ALTERNATIVES]
    )


def likeliest(readings: Sequence[Hypothesis], whole: Callable[[str], bool]) -> Hypothesis:
    """The likeliest reading that is a whole sentence, if it is hardly less likely than the likeliest of all."""
    near = [one for one in readings if readings[0].likelihood - one.likelihood <= NEAR]
    return next((one for one in near if whole(one.text)), readings[0])


@dataclass(frozen=True, slots=True)
class Margins:
    """How much better per second the open ear may explain the sound than the grammar."""

    expected: float
    """Up to here the grammar is believed."""
    request: float
    """Up to here the open words may be a request."""


def judge(
    expected: Hypothesis,
    heard: Hypothesis,
    seconds: float,
    margins: Margins,
    shape: Shape,
    *,
    whole: bool,
    own: bool = False,
) -> Transcript:
    """Choose between what the grammar expected and what the open ear heard.

    Args:
        expected: the ear under the grammar.
        heard: the open ear.
        seconds: length of the sound.
        margins: what is believed how far.
        shape: what sentences of the grammar look like.
        whole: what was expected is a whole sentence of the grammar.
        own: what the open ear heard is one of the household's own phrases.
    """
    worse = round((heard.likelihood - expected.likelihood) / max(seconds, 0.1), 2)
    if whole and worse > 0 and differ_in_free_words(expected.text, heard.text):
        return Transcript(heard.text, "open", heard.text, worse)
    if (
        expected.text
        and UNKNOWN not in expected.text
        and ((whole and worse <= margins.expected) or (expected.text == heard.text and shape.holds(expected.text)))
    ):
        return Transcript(expected.text, "grammar", heard.text, worse)
    plain = without_unknown(heard.text)
    if plain and UNKNOWN not in heard.text and worse <= margins.request and (own or shape.begins(plain)):
        return Transcript(plain, "open", heard.text, worse)
    return Transcript("", "rejected", heard.text, worse)


def without_unknown(text: str) -> str:
    """The words that the model knows."""
    return " ".join(word for word in text.split() if word != UNKNOWN)


class VoskRecognizer:
    """The default recogniser when a Vosk model is installed."""

    name = "vosk"
    repeats = True

    def __init__(self, directory: Path, margins: Margins, own: Phrases = NO_PHRASES) -> None:
        """Open the model in `directory`, to expect `own` phrases, too; raises :class:`VoiceError` that says what is missing."""
        self._margins = margins
        self._own = own
        self._make, self._knows = _opened(directory)
        self._open = Ear(lambda: self._make(None))
        self._expecting: Ear | None = None
        self._structure: int | None = None
        self._shape = shape(())
        self._sentences = Sentences(())
        self._frames = 0

    def set_home(self, home: Home) -> None:
        """Expect the names of this home from the next sentence on."""
        if home.structure == self._structure:
            return
        self._structure = home.structure
        own = own_rules(home, self._own)
        possible, strange = known(phrases(home), self._knows)
        more, strange_too = known((phrase for rule in own for phrase in expand(rule, most=0)), self._knows)
        if strange := sorted({*strange, *strange_too}):
            log.info(
                "voice: the Vosk model does not know %s: what is called so is hard to call", ", ".join(strange[:20])
            )
        self._shape = shape(possible)
        self._sentences = Sentences(rules(home), own)
        grammar = json.dumps([*possible, *more, UNKNOWN])
        self._expecting = Ear(lambda: self._make(grammar))

    def start(self) -> None:
        """Begin a sentence."""
        self._frames = 0
        for ear in self._ears():
            ear.start()

    def feed(self, frame: Frame) -> None:
        """Take the next frame."""
        self._frames += 1
        data = frame.tobytes()
        for ear in self._ears():
            ear.feed(data)

    def partial(self) -> str:
        """The words so far, as the grammar expects them."""
        return without_unknown(self._ears()[0].partial())

    def closed(self, text: str) -> bool:
        """Whether `text` is a whole sentence, and no other that is expected begins so and goes on."""
        return self._sentences.closed(text)

    def finish(self) -> Transcript:
        """End the sentence and judge."""
        found = self._open.finish()
        readings = self._expecting.finish() if self._expecting is not None else found
        if not found or not readings:
            return Transcript("", "rejected", "(an ear came to no end)")
        heard = found[0]
        if self._expecting is None:
            return Transcript(without_unknown(heard.text), "open", heard.text)
        expected = likeliest(readings, self._sentences.whole)
        whole = self._sentences.whole(expected.text)
        own = self._own.fit(without_unknown(heard.text))
        return judge(expected, heard, self._frames * FRAME_S, self._margins, self._shape, whole=whole, own=own)

    def close(self) -> None:
        """Give the model's memory back."""
        self._expecting = None

    def _ears(self) -> tuple[Ear, ...]:
        return (self._open,) if self._expecting is None else (self._expecting, self._open)


def known(expected: Iterable[str], knows: Callable[[str], bool]) -> tuple[list[str], list[str]]:
    """The phrases whose words are all known, and the words that are not."""
    words: dict[str, bool] = {}
    possible = []
    for phrase in expected:
        said = phrase.split()
        for word in said:
            if word not in words:
                words[word] = knows(word)
        if all(words[word] for word in said):
            possible.append(phrase)
    return possible, sorted(word for word, is_known in words.items() if not is_known)


@contextlib.contextmanager
def bounded(directory: Path) -> Iterator[Path]:
    """A model with :data:`MOST_MEMORY`, where it sets no such bound itself: a folder of links that is needed while it is loaded."""
    with contextlib.ExitStack() as stack:
        folder = directory
        try:
            conf = (directory / "conf" / "model.conf").read_text("utf-8")
            if "--max-mem" not in conf:
                made = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ternd-vosk-")))
                (made / "conf").mkdir()
                for path in (*directory.iterdir(), *(directory / "conf").iterdir()):
                    if path.name not in ("conf", "model.conf"):
                        (made / path.relative_to(directory)).symlink_to(path.absolute())
                (made / "conf" / "model.conf").write_text(f"{conf.rstrip()}\n--max-mem={MOST_MEMORY}\n", "utf-8")
                folder = made
        except (OSError, ValueError) as error:  # an older model has no such file
            log.info("voice: Vosk searches without a bound on its memory: %s", error)
        yield folder


def _opened(directory: Path) -> tuple[Callable[[str | None], Engine], Callable[[str], bool]]:
    """Open a model; returns what makes recognisers, under a grammar or open ones, and what tells whether it knows a word."""
    try:
        import vosk  # noqa: PLC0415 - an optional package
    except ImportError as error:
        raise VoiceError(missing("vosk", error)) from error
    if not (directory / "am" / "final.mdl").is_file() and not (directory / "final.mdl").is_file():
        raise VoiceError(f"{directory} is no Vosk model; unpack one there, or set voice.vosk_model")
    if not any(directory.rglob("HCLr.fst")):
        raise VoiceError(f"{directory} takes no grammar at run time; use a small Vosk model (with HCLr.fst and Gr.fst)")
    vosk.SetLogLevel(-1)
    with bounded(directory) as folder:
        try:
            model: Any = vosk.Model(str(folder))
        except Exception as error:  # vosk raises nothing more precise
            raise VoiceError(f"{directory} cannot be opened as a Vosk model: {error}") from error

    def make(grammar: str | None) -> Engine:
        recognizer: Any = vosk.KaldiRecognizer(model, RATE, *(() if grammar is None else (grammar,)))
        recognizer.SetMaxAlternatives(ALTERNATIVES)
        engine: Engine = recognizer
        return engine

    return make, lambda word: int(model.vosk_model_find_word(word)) >= 0
