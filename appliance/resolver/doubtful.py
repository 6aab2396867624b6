"""Ways of speaking that leave open what is to be done, or to which things: somebody who uses them is asked, and nothing is done.

The command model reads what it knows of such a sentence and would act on that: "swap the blinds" closed both.
"""

from __future__ import annotations

import re

from appliance.messages import Call, Quantity, Target
from appliance.resolver.conditions import WAITING
from appliance.resolver.contradictions import SWEEPING
from appliance.resolver.leftovers import telling
from appliance.resolver.situation import Situation
from appliance.resolver.spelling import every_word, is_plural, stem
from appliance.resolver.vocabulary import NOUNS

_LEAD = r"^(?:(?:please|and|so|then|ok|okay|now|just|hey|can you|could you|would you|will you)[ ,]+)*"
_NOW = r"(?:,? (?:please|now|again|for me))*[.!]?$"
_FLASH = r"(?:flash|blink|strobe|flicker|pulse|pulsate|twinkle)"
_WHEN = "I do not know when that is. Please say it with a time."
_FORMS = tuple(
    (re.compile(form, re.IGNORECASE), question)
    for form, question in (
        (
            rf"{_LEAD}(?:swap|exchange|interchange)\b",
            "I cannot swap things. Please say how each of them is to be.",
        ),
        (
            rf"{_LEAD}{_FLASH}\b|\bmake (?:[\w'’]+ ){{1,5}}{_FLASH}\b",
            "I can switch things and set them, but not make them flash.",
        ),
        (
            rf"\b(?:twice|thrice|(?:two|three|four|five|six|seven|eight|nine|ten|several|a few|\d+) times){_NOW}",
            "I can do things once, not several times over.",
        ),
        (
            rf"\b(?:both|all|them|make|set)\b.*\bthe same{_NOW}|{_LEAD}match (?!.*\b(?:to|with)\b)",
            "The same as what? Please name it.",
        ),
        (
            (
                r"\bnot (?:all|every\w*|both|each)\b[^,;]*\b(?:should|must|needs?|has to|have to|ought|may|(?:is|are) to)\b[^,;]*"
                r"|\b(?:needn't|need not|shouldn't|should not|mustn't|must not|don't) (?:all|both)\b"
            ),
            "Which of them then? Please name them.",
        ),
        (
            rf"\b(?:now and (?:then|again)|from time to time){_NOW}",
            _WHEN,
        ),
        (
            rf"{_LEAD}(?:stop|halt|abort|cancel) everything{_NOW}",
            "Stop what? Please name it, or say turn everything off.",
        ),
        (
            r"\b(?:just|only) (?:far )?enough (?:for|to)\b",
            "How far? Please say it in percent.",
        ),
        (
            r"\banything but\b|\bany colou?r (?:but|except|other than|apart from)\b",
            "I know what you do not mean. Please say what you do.",
        ),
        (
            r"\b(?:arm or disarm|disarm or arm|open or (?:close|shut)|close or open|lock or unlock|unlock or lock|on or off|off or on)\b",
            "I am not sure which of the two you want. Please name one.",
        ),
        (
            (
                r"\b(?:but|except|bar|apart from) (?:one|two|three|four|five|some|a few|a couple|half)"
                r"(?= (?:on|off|open|closed|down|up)\b|[.!]?$)"
            ),
            "I do not know which of them you mean. Please name them.",
        ),
    )
)
"""Ways to speak, and what to ask."""
_TWO_WAYS = re.compile(
    rf"\b(?:open and (?:then )?(?:close|shut)|(?:close|shut) and (?:then )?(?:re)?open|lock and (?:then )?unlock|unlock and (?:then )?lock"
    rf"|arm and (?:then )?disarm)\b|\b(?:on and (?:then )?(?:back )?off|off and (?:then )?(?:back )?on)(?: again)?{_NOW}"
    r"|\band (?:then )?back again\b",
    re.IGNORECASE,
)
"""One thing and its opposite."""
_ORDINALS = frozenset("first second third fourth fifth last one ones".split())
_IN_ORDER = re.compile(r"\b(?:first|second|third|fourth|fifth|last) ones?\b(?! of the \w)", re.IGNORECASE)
"""One of several that were not told: a floor is no "first one"."""
_CLAUSE = re.compile(r"[,;:.!?]+| (?:and|but|because|since|so|as) ")
_SOME_TIME = re.compile(
    rf"{_LEAD}(?:(?:turn|switch|put|open|close|shut|lock|unlock|start|run|dim|set|mute|pause|raise|lower|water|arm|disarm)\b.*"
    r"|(?:the |my |our )?[\w' ]+ (?:on|off|open|closed|shut))"
    r" (?:later(?: on)?|in a (?:bit|while|little while|few)|soon|shortly|eventually|at some point|some ?time(?: later| soon)?"
    r"|this (?:evening|afternoon)|overnight|during the (?:day|night))(?: please| today| tonight| tomorrow)*",
    re.IGNORECASE,
)
"""What is not for now, but nobody knows for when."""
_AT_A_TIME = re.compile(
    rf"{_LEAD}(?:turn|switch|open|close|shut|lock|unlock|start|run|arm|disarm|pause|mute|raise|lower)\b.* at "
    r"(?P<time>one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,2}(?::\d\d)?|noon|midnight)"
    r"(?: o'clock| ?[ap]m)?(?: please| today| tonight)*",
    re.IGNORECASE,
)
_FINISHING = re.compile(
    r"\blet (?:[\w'’]+ ){1,4}(?:finish|end|complete|run out|dry|cool down|warm up)\b.*\bthen\b", re.IGNORECASE
)
_PARTS = re.compile(
    r"\b(?:this|that|the (?:other|far|near|front|back|rear|left|right|north|south|east|west|sunny|shady|same)) "
    r"(?:side|end|half|wing|part|corner|section)\b"
    r"|\b(?:in|at|on|round|around|of) the (?:front|back|rear)(?= of\b|[.,!]|$| please)"
    r"|\bbehind (?:me|us)\b|\bnext door\b|\b(?:the|every|each|all) (?:the )?(?:next|adjoining|adjacent|neighbou?ring) rooms?\b",
    re.IGNORECASE,
)
_BESIDE = r"\b(?:outside(?: of)?|in front of|next to|beside|close to|near|nearest|opposite|above|below|underneath|between|behind)"
_NEAR = re.compile(rf"{_BESIDE} (?:the|my|our|this|that) \w+|\bin the (?:corner|middle)\b", re.IGNORECASE)
_OVER_THERE = re.compile(r"\bover there\b", re.IGNORECASE)
_PART = "I do not know which part of the home that is. Please name the room or the things."
_NEEDED = re.compile(
    r"\b(?:non[- ]?essentials?|inessential|unnecessary|unneeded|needless|unused|superfluous"
    r"|(?:not|no longer) (?:needed|in use|used|necessary))\b"
    r"|\b(?:everything|anything|things|lights|lamps|blinds|curtains|shutters|whatever|what|all) (?:that |which )?"
    r"(?:i|we|you|he|she|they|nobody|no one|(?:the|my|our) \w+)(?:'m|'re|'ve)? "
    r"(?:do(?:es)?n't|do not|isn't|aren't|is|are|am not|not|never|can|can't|cannot|have|has)? ?(?:really |actually |currently |just )?"
    r"(?:(?:needs?|wants?)(?! to\b)|uses?|using|sees?|saw|left|turned|switched|opened|mentioned)\b",
    re.IGNORECASE,
)
_OTHERS = "I do not know which are the others. Please name them or their room."
_ALL_OF_A_KIND = re.compile(r"\b(?:all|every|each)(?: of)?(?: the| my| our)? (?P<kind>\w+)\b", re.IGNORECASE)
_NEED = "I do not know which of them that is. Please name them."
_REST = re.compile(
    r"\b(?:the rest(?! of the (?:day|night|evening|morning|afternoon|week|time|year)\b)|everything else|everywhere else|anything else"
    r"|others|(?:other|remaining)(?: [\w'’]+){0,2} (?:lights|lamps|blinds|shutters|curtains|covers|switches|sockets|fans|things|ones"
    r"|devices|doors|locks|windows|speakers|radiators|heaters|valves|plugs|machines))\b",
    re.IGNORECASE,
)
_HUMID = frozenset(
    """humid humidity humidifier dehumidifier humidify dehumidify dry dryer drier damp damper moist moisture moister air wet muggy
    clammy""".split()
)
_RINGING = re.compile(
    r"\b(?:go(?:es|ing|ne)?|went|sets?|setting|sets? it) off\b"
    r"|\b(?:not|never|no longer|\w+n't) (?:be |get |to be )?(?:turned |switched )?off\b",
    re.IGNORECASE,
)
"""Of an alarm: that it rings, or that it is not to be off."""
_SOUNDING = re.compile(
    r"\b(?:set off|trigger|ring|sound|snooze|test|wake|louder|quieter|volume|turn (?:the |my |our )?(?:[\w'-]+ )*(?:up|down))\b",
    re.IGNORECASE,
)
"""Of an alarm: what it may do and arming does not."""
_LIGHTS = frozenset(word for word, noun in NOUNS.items() if noun.domain == "light") | frozenset(
    """bright brighter brightness brighten dim dimmer dark darker darken lit led glow shine illuminate everything everywhere
    anything""".split()
)
_VERBS = frozenset({"switch", "lock", "heat", "light", "cover", "shade", "fan"})
"""Nouns of things that are verbs, too."""
_WHOLE = frozenset({"everything", "anything", "thing", "stuff", "device", "appliance"})
_AMOUNTS = frozenset({"brightness", "position", "percentage", "number", "temperature", "volume", "humidity"})


def _is_kind(word: str) -> bool:
    """Whether a word behind "all" is a noun for some things, of which nobody knows which they are: "all machines"."""
    return is_plural(word.lower()) and telling(stem(word.lower())) and stem(word.lower()) not in _PLACES


_PLACES = frozenset("room floor place area corner story storey level".split())
_KIND = "I did not understand which things you mean. Please name them."


def doubtful(call: Call, situation: Situation) -> str:
    """What to ask where the sentence leaves open what is to be done, or to which things; empty where it does not."""
    text = situation.text.replace("’", "'")
    for form, question in _FORMS:
        if any(_is_said(found[0], situation) for found in form.finditer(text)):
            return question
    if situation.calls == 1 and _TWO_WAYS.search(text):
        return "I do not know which of the two you want in the end. Please say one after the other, and when."
    clauses = [clause.strip() for clause in _CLAUSE.split(text)]
    if any(_SOME_TIME.fullmatch(clause) for clause in clauses):
        return _WHEN
    if set(every_word(call.target.name or "x")) <= _ORDINALS and _IN_ORDER.search(text):
        return "I do not know which one that is. Please name it."
    if not call.values and any(_lost_time(clause, situation) for clause in clauses):
        return _WHEN
    if _FINISHING.search(text):
        return WAITING
    if call.name == "AlarmArm" and _SOUNDING.search(text):
        return "I can only arm and disarm the alarm."
    if call.name == "AlarmDisarm" and _RINGING.search(text):
        return "I am not sure whether the alarm shall be disarmed. Please say disarm the alarm."
    if _timed_without_unit(call, text):
        return "I did not understand for how long. Say for example: for ten minutes."
    if (
        call.name == "HumiditySet"
        and not (call.target.name or situation.memory.entities)
        and _HUMID.isdisjoint(every_word(text))
    ):
        return "I did not understand what shall be set. Please name it."
    return _which_kind(call, situation) or _which_part(call, situation, text)


def _lost_time(clause: str, situation: Situation) -> bool:
    """Whether a command says a time of day that no call of the sentence knows of."""
    found = _AT_A_TIME.fullmatch(clause)
    return found is not None and situation.spans.isdisjoint(stem(word) for word in every_word(found["time"]))


def _which_kind(call: Call, situation: Situation) -> str:
    """What to ask where lights or all things all over the home would be set, though the sentence speaks of other kinds of things."""
    target = call.target
    if call.name not in SWEEPING or target != Target(domain=target.domain, everything=target.everything):
        return ""
    said = set(situation.words)
    kinds = {noun.domain for word in said - _VERBS if (noun := NOUNS.get(word)) is not None and noun.domain is not None}
    if target.domain == "light" and kinds and "light" not in kinds and said.isdisjoint(_LIGHTS):
        return _KIND
    if target.domain is None and target.everything and said.isdisjoint(_WHOLE):
        unknown = any(_is_kind(found["kind"]) for found in _ALL_OF_A_KIND.finditer(situation.text))
        return _KIND if kinds or unknown else ""
    if (
        call.name == "LightSet"
        and target.everything
        and "brightness" in call.values
        and said.isdisjoint(_LIGHTS - _WHOLE)
    ):
        return "Set what of it? Please name the things." if "%" not in situation.text and "percent" not in said else ""
    return ""


def _which_part(call: Call, situation: Situation, text: str) -> str:
    """What to ask where many things are meant, and words say which, but not to us."""
    target = call.target
    if target.name or target.other or target.it:
        return ""
    rest = not call.excepts and _sweeps(target) and any(_is_said(found[0], situation) for found in _REST.finditer(text))
    if call.name not in SWEEPING:
        return _OTHERS if rest and target.everything else ""
    if any(_is_said(found[0], situation) for found in _PARTS.finditer(text)):
        return _PART
    placed = target.area or target.floor or target.here
    if not placed and any(_is_said(found[0], situation) for found in _NEAR.finditer(text)):
        return _PART
    if target.area and re.search(rf"{_BESIDE} (?:the |my |our )?{re.escape(target.area)}\b", text, re.IGNORECASE):
        return _PART
    if not placed and _OVER_THERE.search(text) and situation.memory.place is None:
        return _PART
    if _NEEDED.search(text):
        return _NEED
    if any(_is_of_them(span, text) for left in call.excepts for span in (left.name, left.area) if span):
        return _OTHERS
    return _OTHERS if rest else ""


def _is_of_them(span: str, text: str) -> bool:
    """Whether what was taken for an exception is what some of are meant: "the rest of the den", "the other bench lights"."""
    of = r"(?:rest of|other(?: two| three| four)?) (?:the |my |our )?"
    return re.search(rf"\b{of}{re.escape(span)}\b", text, re.IGNORECASE) is not None


def _sweeps(target: Target) -> bool:
    return target.everything or target.domain is not None or target.device_class is not None


def _is_said(words: str, situation: Situation) -> bool:
    """Whether some of the words are no part of a name of the home that the sentence says."""
    names = {word for name in situation.index.names_in(situation.sentence) for word in name}
    return any(stem(word) not in names for word in every_word(words) if word not in {"the", "this", "that"})


def _timed_without_unit(call: Call, text: str) -> bool:
    """Whether an amount is a length or a delay of which the unit was left out: "run the sprinkler for fifteen"."""
    amounts = [value for key, value in call.values.items() if key in _AMOUNTS and isinstance(value, Quantity)]
    return any(
        re.search(rf"\b(?:for|in) {re.escape(value.words)}(?=[.,!]|$| please)", text, re.IGNORECASE)
        for value in amounts
        if value.words and value.mode == "set"
    )
