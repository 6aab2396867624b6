"""Words that the voice itself acts on, without a model: silencing a bell, and the wake word before a sentence."""

from __future__ import annotations

from appliance.text import words

_STOP = frozenset(
    """stop | stop it | stop that | stop the timer | stop the alarm | stop ringing | cancel | cancel it | cancel the timer |
    cancel the alarm | quiet | be quiet | silence | enough | that's enough | okay | ok | okay stop | ok stop | okay thanks | thanks |
    thank you | turn it off | turn off | turn the timer off | turn off the timer | turn off the alarm | dismiss | shut up | off |
    i heard you | never mind | nevermind | got it | all right | alright""".replace("\n", " ").split("|")
)
_STOPS = frozenset(phrase.strip() for phrase in _STOP)
_POLITE = frozenset("please now hey".split())


def silences(text: str) -> bool:
    """Whether the words, said while a timer rings, mean that it shall stop."""
    said = [word.text for word in words(text) if word.text not in _POLITE]
    return " ".join(said) in _STOPS


def without_wake_word(text: str, wake_words: tuple[str, ...]) -> str:
    """The sentence after a wake word that was recognised along with it ("okay nabu lights off", "nabu lights off")."""
    said = words(text)
    for name in wake_words:
        phrase = name.split("_")
        for start in range(len(phrase)):
            tail = phrase[start:]
            if [word.text for word in said[: len(tail)]] == tail:
                return " ".join(word.text for word in said[len(tail) :])
    return text


def names_itself(text: str, wake_words: tuple[str, ...]) -> bool:
    """Whether `text`, spoken aloud, would say one of the wake words."""
    spoken = " ".join(word.text for word in words(text))
    return any(name.rpartition("_")[2] in spoken for name in wake_words)
