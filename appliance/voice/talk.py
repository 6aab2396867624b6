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
_YES = frozenset(
    "yes yeah yep yup sure okay ok right correct fine do please go confirm absolutely definitely certainly course".split()
)
_YES_ALONG = _YES | frozenset("it that that's i'm am i all of ahead oh thanks thank you".split())
_NO = frozenset("no nope nah never nevermind cancel stop don't not leave forget".split())
_NO_ALONG = _NO | frozenset("it that mind do please oh thanks thank you".split())
_CORRECTS = frozenset("no nope nah".split())


def silences(text: str) -> bool:
    """Whether the words, said while a timer rings, mean that it shall stop."""
    return " ".join(word for word in _said(text) if word not in _POLITE) in _STOPS


def concludes(text: str) -> bool:
    """Whether the words answer a question that wants a yes or a no: barely so, or beginning with a no ("no, the back door")."""
    said = _said(text)
    yes = not _YES.isdisjoint(said) and _YES_ALONG.issuperset(said)
    no = not _NO.isdisjoint(said) and _NO_ALONG.issuperset(said)
    return yes or no or (bool(said) and said[0] in _CORRECTS)


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


def _said(text: str) -> list[str]:
    """The words without signs: some recognisers write commas."""
    return [word.text for word in words(text) if word.text[0].isalnum()]
