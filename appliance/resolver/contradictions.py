"""A last look at the sentence: what was understood must not be the opposite of what was said.

The model may take "drop" for "raise". Where one call stands for a whole sentence and the sentence holds only words
of the other direction, nothing is done and the person is asked again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from appliance.messages import Call, Quantity, Target
from appliance.resolver.colors import rgb
from appliance.resolver.conditions import WAITING, awaits, without_courtesies
from appliance.resolver.situation import Situation
from appliance.resolver.spelling import every_word, likeness, stem
from appliance.resolver.vocabulary import NOUNS

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

_ASKERS = frozenset(
    "i we they people folk children fish sheep men women mice everyone everybody anyone anybody".split()
)
"""Who or what a question with "do" is about, beside plurals: "do we", "do cats"."""
_GOING_ON = frozenset("forget forgot if then never mind".split())
"""Words with which such a question is a wish all the same: "did somebody forget the lights", "if not lock it"."""
_HESITATING = frozenset("um uh er erm hm hey ok okay well so oh and but now please".split())


def _asks(call: Call, situation: Situation) -> bool:
    """Whether a sentence is a question by its form, of those that ask for nothing: "do fish sleep with the lights off"."""
    words = [word for word in every_word(situation.text) if word not in situation.spoken_names or word in _ASKING]
    while words and words[0] in _HESITATING:
        words = words[1:]
    if len(words) < _LEAST_QUESTION or words[0] not in _ASKING or not _GOING_ON.isdisjoint(words):
        return False
    if "," in situation.text or call.relative:
        return False  # "does it have to be so bright"
    about = words[1]
    plural = about.endswith("s") and stem(about) != about and stem(about) not in NOUNS and about not in _NOT_PLURAL
    return words[0] != "do" or about in _ASKERS or plural


_ASKED = frozenset(
    """is are was were am do does did has have had isn arent isnt wasnt hasnt doesnt what whats which who whos whose where wheres when how
    hows why any whether if tell show check status state report read value reading""".split()
)
"""Words of which one stands in a question for what is."""


def unasked(calls: Sequence[Call], text: str, spans: Collection[str]) -> bool:
    """Whether `calls` only ask, though `text` has no form of a question and says a colour or a percentage: "red on the lamp please"."""
    if not calls or any(call.name not in {"GetState", "ClimateGet"} for call in calls) or "?" in text:
        return False
    words = every_word(text)
    said = [word for word in words if stem(word) not in spans]
    amount = any(word.isdigit() for word in said) and ("%" in text or "percent" in words)
    return _ASKED.isdisjoint(words) and (amount or any(rgb(word) is not None for word in said))


_ASKING = frozenset({"do", "does", "did"})
_NOT_PLURAL = frozenset({"this", "us", "always", "lets", "yes", "lights", "rounds"})
_LEAST_QUESTION = 4

_RELATIVE = ("brightness", "temperature", "position", "percentage", "volume", "humidity", "number")


CUES = frozenset(
    """except excepting but apart besides excluding exclude minus without not leave leaving keep bar aside save other exception
    ignoring""".split()
)
"""Words that open an exception."""


def misplaced(target: Target, situation: Situation) -> bool:
    """Whether an exempted thing was only spoken of before any word of exception: then it was misunderstood."""
    words = every_word(situation.text)
    cues = (
        i for i, word in enumerate(words) if word in CUES and (word != "other" or words[i + 1 : i + 2] == ("than",))
    )
    cue = next(cues, None)
    span = every_word(target.name or target.area or target.floor or "")
    places = [i for i in range(len(words) - len(span) + 1) if words[i : i + len(span)] == span]
    return cue is not None and bool(span) and bool(places) and all(place < cue for place in places)


_EXCEPTING = frozenset({"except", "excepting", "excepted", "excluding", "exclude", "excluded"})
_EXCEPTING_PAIRS = frozenset(
    {
        *((first, "from") for first in ("apart", "aside")),
        *(("but", second) for second in ("not", "leave", "keep", "for")),
        ("other", "than"), ("save", "for"), ("leaving", "out"), ("not", "counting"),
    }
)  # fmt: skip
"""What opens an exception, beyond doubt."""


_STILL_AT_IT = re.compile(r", (?:[\w']+ )?[\w']+(?: is| am| are|'s|'m|'re)? still \w+ing\b[\w ]*[.!]?$", re.IGNORECASE)
"""Somebody who goes on with something where everything is to go off: "..., Kate is still reading"."""


def lost_exception(call: Call, situation: Situation) -> bool:
    """Whether the sentence exempts something and `call`, which is about many things, does not know of it."""
    if situation.excepting:
        return False
    if call.target.name:
        return situation.calls == 1 and not _EXCEPTING.isdisjoint(
            set(every_word(situation.text)) - situation.spoken_names
        )
    said = [word for word in every_word(situation.text) if word not in situation.spoken_names]
    busy = call.name == "TurnOff" and _STILL_AT_IT.search(situation.text) is not None
    return busy or not _EXCEPTING.isdisjoint(said) or not _EXCEPTING_PAIRS.isdisjoint(pairwise(said))


_SAID_AS: Mapping[str, frozenset[str]] = {
    "awning": frozenset({"awning", "canopy", "marquee", "sail", "sunshade"}),
    "gate": frozenset({"gate", "gateway", "barrier"}),
    "garage": frozenset({"garage", "carport", "door"}),
    "door": frozenset({"door", "doorway", "hatch"}),
    "window": frozenset({"window", "skylight", "pane", "fresh", "ventilate"}),
    "curtain": frozenset(
        {"curtain", "drape", "drapery", "sheer", "net", "voile", "blackout", "sun", "daylight", "light"}
    ),
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


_OPENED_BY = frozenset("unlock unlatch unbolt open undo release let buzz get want need have leave keep make".split())
_TELLING = frozenset("the is was were been being are".split())
_UNLOCKING = frozenset(
    "unlock unlatch unbolt unbar open undo release let buzz free off unlocked unlocking opened opening".split()
)


def _unlocks_unsaid(situation: Situation) -> bool:
    """Whether no word of the sentence asks for a lock to be opened, not even misspelled: "nobody gets in by the front door".

    What goes on with an unlocking need not say it again: "and the hall door too".
    """
    words = every_word(situation.text)
    before = situation.memory.mentions[-1:]
    return not any(mention.call.name == "Unlock" for mention in before) and not any(
        likeness(word, known) for word in words for known in _UNLOCKING
    )


def _told_of(situation: Situation) -> bool:
    """Whether the sentence only tells of something unlocked: "through an unlocked door"."""
    words = every_word(situation.text)
    told = {before for before, after in pairwise(words) if after == "unlocked"}
    return not told.isdisjoint({"a", "an"}) or (_OPENED_BY.isdisjoint(words) and not told.isdisjoint(_TELLING))


_EVERYTHING = frozenset(
    """all every everything everywhere each both entire whole lot anything nothing any house home place flat apartment building rest only
    throughout everyone complete total power""".split()
)
"""Words for everything; others, like "the thing", mean one."""
SWEEPING = frozenset({"TurnOn", "TurnOff", "Toggle", "Open", "Close", "LightSet", "SetPosition"})


def vague(call: Call, situation: Situation) -> bool:
    """Whether a call would sweep the home though the sentence has no word for everything: "the thing in the corner"."""
    target = call.target
    if call.name not in SWEEPING or not target.everything or call.excepts or target != Target(everything=True):
        return False
    return bool(situation.words) and _EVERYTHING.isdisjoint(every_word(situation.text))


TOLD = "All right. I changed nothing."
_TOLD_BY = frozenset({"the", "my", "our"})
_TOLD_STATES = frozenset("on off open closed shut locked unlocked running".split())
_TOLD_WHEN = frozenset("now already again still".split())
_LED_IN = re.compile(
    r"^(?:(?:excuse me|pardon me|pardon|i'm sorry|sorry|hey|oh|look|listen|well|hello|hi|by the way|but|and)[ ,.!]+)+",
    re.IGNORECASE,
)


def told(situation: Situation) -> bool:
    """Whether the sentence only tells a state: "the hall light is on", "my front door is locked now"."""
    words = every_word(_LED_IN.sub("", situation.text))
    while words and words[-1] in _TOLD_WHEN:
        words = words[:-1]
    if len(words) < _LEAST_QUESTION or words[0] not in _TOLD_BY or words[-1] not in _TOLD_STATES:
        return False
    verbs = [word for word in words[:-1] if word in {"is", "are"}]
    return words[-2] in {"is", "are"} and len(verbs) == 1 and situation.calls == 1 and "?" not in situation.text


def contradicted(call: Call, situation: Situation) -> str:
    """What to ask when the sentence says the opposite of `call`; empty when it does not."""
    opening = every_word(situation.text)[:3]
    if situation.calls == 1 and opening[:2] in _QUESTIONS and not _POLITE.intersection(opening):
        return "That sounds like a question, so I changed nothing. Please say it in other words."
    if situation.calls == 1 and _asks(call, situation):
        return "That sounds like a question, so I changed nothing. Please say it in other words."
    if told(situation):
        return TOLD
    if awaits(without_courtesies(situation.text), situation.spoken_names):
        return WAITING
    if call.name == "Unlock" and (_told_of(situation) or _unlocks_unsaid(situation)):
        return "I heard of a lock, but not what to do with it. Please say it in other words."
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
