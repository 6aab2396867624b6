"""A last look at the sentence: what was understood must not be the opposite of what was said.

The model may take "drop" for "raise". Where one call stands for a whole sentence and the sentence holds only words
of the other direction, nothing is done and the person is asked again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from appliance.messages import Call, Quantity, Target
from appliance.resolver.situation import Situation
from appliance.resolver.spelling import every_word, likeness

_MORE = frozenset(
    """up raise raised increase higher warmer hotter brighter brighten louder faster more boost crank bump add lift open wider
    lighten""".split()
)
_LESS = frozenset(
    """down drop lower lowered reduce decrease dim dimmer darker cooler colder quieter softer slower less cut close shut""".split()
)
"""Words that ask for a direction."""
_COMPLAINT = frozenset("too so its is are was im am feels feel gets getting".split())
"""Words of a complaint, which names what is and not what is wanted: "it is too dim"."""

_OPPOSITE: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "TurnOn": (frozenset({"off"}), frozenset({"on", "out", "dark"})),
    "Lock": (frozenset({"unlock", "unlocked"}), frozenset({"lock", "locked", "shut", "secure"})),
    "Unlock": (frozenset({"lock", "locked"}), frozenset({"unlock", "unlocked", "open", "unbolt", "undo", "off", "release"})),
    "Open": (frozenset({"close", "closed", "shut"}), frozenset({"open", "opened", "raise", "up", "lift"})),
    "AlarmDisarm": (frozenset({"arm", "armed"}), frozenset({"disarm", "disarmed", "off", "deactivate", "disable"})),
}  # fmt: skip
"""Call to the words that contradict it, and those that take the contradiction back."""

_STATES = frozenset({"off", "unlocked", "locked", "closed", "shut", "armed"})
_STILL = frozenset({"still", "left"})
_SWITCHING = frozenset("turn switch put power flip get make".split())
_NO_LONGER = frozenset(
    {
        *(("dont", verb) for verb in "leave keep have".split()),
        *(("not", verb) for verb in "leave keep have be".split()),
        *((verb, "be") for verb in "neednt shouldnt".split()),
        *((verb, "to") for verb in "need have".split()),
        ("need", "not"), ("no", "need"), ("stop", "leaving"), ("any", "more"), ("any", "longer"),
    }
)  # fmt: skip
"""What says that a state is to end: "don't leave it unlocked", "it needn't be shut any more"."""


def _is_to_end(words: Sequence[str], against: Collection[str]) -> bool:
    """Whether the words of `against` that were said name a state that is to end."""
    named = [i for i, word in enumerate(words) if word in against]
    if not all(words[i] in _STATES for i in named) or not _SWITCHING.isdisjoint(words[: named[-1]]):
        return False
    ends = "anymore" in words or not _NO_LONGER.isdisjoint(pairwise(words))
    negated = any(word in {"dont", "not", "neednt", "doesnt", "shouldnt", "no", "stop"} for word in words[: named[0]])
    return (ends and negated) or not _STILL.isdisjoint(words[: named[0]])


_QUESTIONS = frozenset(
    {
        *(("how", word) for word in "loud bright warm hot cold humid high fast far dark many much dim".split()),
        *(
            (verb, word)
            for verb in ("is", "are")
            for word in "the my our any all every anything anyone both it they".split()
        ),
    }
)
"""How a question begins that nobody asks to have something done."""

_POLITE = frozenset({"possible", "ok", "okay", "alright"})
"""What makes a wish of a question: "is it possible to ..."."""

_RELATIVE = ("brightness", "temperature", "position", "percentage", "volume", "humidity", "number")


_CUES = frozenset(
    "except excepting but apart besides excluding exclude minus without not leave leaving keep bar aside save other".split()
)
"""Words that open an exception."""


def misplaced(target: Target, situation: Situation) -> bool:
    """Whether an exempted thing was only spoken of before any word of exception: then it was misunderstood."""
    words = every_word(situation.text)
    cue = next((i for i, word in enumerate(words) if word in _CUES), None)
    span = every_word(target.name or target.area or target.floor or "")
    places = [i for i in range(len(words) - len(span) + 1) if words[i : i + len(span)] == span]
    return cue is not None and bool(span) and bool(places) and all(place < cue for place in places)


_EXCEPTING = frozenset({"except", "excepting", "excluding", "exclude"})
_EXCEPTING_PAIRS = frozenset(
    {
        *((first, "from") for first in ("apart", "aside")),
        *(("but", second) for second in ("not", "leave", "keep", "for")),
        ("other", "than"), ("save", "for"), ("leaving", "out"), ("not", "counting"),
    }
)  # fmt: skip
"""What opens an exception, beyond doubt."""


def lost_exception(call: Call, situation: Situation) -> bool:
    """Whether the sentence exempts something and `call`, which is about many things, does not know of it."""
    if situation.excepting or call.target.name:
        return False
    said = [word for word in every_word(situation.text) if word not in situation.spoken_names]
    return not _EXCEPTING.isdisjoint(said) or not _EXCEPTING_PAIRS.isdisjoint(pairwise(said))


_SAID_AS: Mapping[str, frozenset[str]] = {
    "awning": frozenset({"awning", "canopy", "marquee", "sail", "sunshade"}),
    "gate": frozenset({"gate", "gateway", "barrier"}),
    "garage": frozenset({"garage", "carport", "door"}),
    "door": frozenset({"door", "doorway", "hatch"}),
    "window": frozenset({"window", "skylight", "pane"}),
}
"""Classes of openings that nothing else is called by, and the words for them."""


def unsaid(target: Target, situation: Situation) -> bool:
    """Whether a call is about a class of openings that no word of the sentence speaks of, not even misspelled."""
    said_as = _SAID_AS.get((target.device_class or "").removesuffix("_door"))
    if said_as is None or target.name or not situation.words:
        return False
    return not any(likeness(word, known) for word in situation.words for known in said_as)


COMPLAINTS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "brightness": (frozenset({"bright", "light", "glaring", "harsh"}), frozenset({"dark", "dim", "gloomy"})),
    "temperature": (frozenset({"hot", "warm", "stuffy"}), frozenset({"cold", "cool", "chilly"})),
    "volume": (frozenset({"loud", "noisy"}), frozenset({"quiet", "soft", "silent"})),
    "percentage": (frozenset({"fast", "strong", "windy"}), frozenset({"slow", "weak"})),
    "humidity": (frozenset({"humid", "damp", "moist", "wet"}), frozenset({"dry"})),
}
"""Slot to the complaints that want less of it, and those that want more: "too loud", "too quiet"."""


def _complained_otherwise(key: str, mode: str, words: Sequence[str]) -> bool:
    """Whether the sentence says that there is too much of what `mode` wants more of, or too little."""
    if key not in COMPLAINTS or "not" in words:
        return False
    too_much, too_little = COMPLAINTS[key]
    complaints = {word for before, word in pairwise(words) if before == "too"}
    return bool(complaints & (too_much if mode == "up" else too_little))


def contradicted(call: Call, situation: Situation) -> str:
    """What to ask when the sentence says the opposite of `call`; empty when it does not."""
    opening = every_word(situation.text)[:3]
    if situation.calls == 1 and opening[:2] in _QUESTIONS and not _POLITE.intersection(opening):
        return "That sounds like a question, so I changed nothing. Please say it in other words."
    if lost_exception(call, situation):
        return "I am not sure what you want to leave out. Please say it in other words."
    if not situation.alone:
        return ""
    said = set(every_word(situation.text)) - situation.spoken_names
    against, saving = _OPPOSITE.get(call.name, (frozenset(), frozenset()))
    if any(misplaced(target, situation) for target in call.excepts):
        return "I am not sure what you want to leave out. Please say it in other words."
    if said & against and not said & saving and not _is_to_end(every_word(situation.text), said & against):
        return "I am not sure which way you mean it. Please say it in other words."
    for key in _RELATIVE:
        wish = call.values.get(key)
        if not isinstance(wish, Quantity) or wish.mode not in {"up", "down"}:
            continue
        mine, other = (_MORE, _LESS) if wish.mode == "up" else (_LESS, _MORE)
        opposed = said & other and not said & mine and not said & _COMPLAINT
        if opposed or _complained_otherwise(key, wish.mode, every_word(situation.text)):
            return "I am not sure whether you want more or less. Please say it in other words."
    return ""
