"""A sentence put plainly: ways of speaking that the command model reads badly become others that say the same.

"Lamps 1 and 2" are lamp 1 and lamp 2, "the desk lamp of Priya" is Priya's desk lamp, "to a tenth" is to 10 percent, and whoever does
not want the light left on wants it off. What depends on names holds only for those of the home.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from appliance.intents.durations import duration
from appliance.intents.numbers import number
from appliance.messages import Home
from appliance.resolver.spelling import ARTICLES, Stems, stem, stems, stems_of
from appliance.resolver.vocabulary import NOUNS
from appliance.text import Word, words

_MOST_WORDS = 6
"""Words of a name."""

_HESITATING = frozenset(
    """um uh er erm hmm oh gosh god dear goodness what what's whats is was it its it's called again you know do call that thing thingy
    let me think see hang on i mean how""".split()
)
_PAUSES = frozenset({"um", "uh", "er", "erm", "hmm", "gosh", "goodness", "called", "think", "know"})
"""Words one of which shows that the words between two articles are a hesitation."""

_GUESSING = re.compile(
    r"(?:(?:well|ok|okay|so|right|yes|yeah|all right|alright)[ ,]+)*i (?:guess|suppose|reckon)(?: that)? (?:you|we) (?:can|could|may|might)"
    r"(?: just)?(?: as well)? (?=(?:turn|switch|put|set|dim|open|close|shut|start|stop|pause|play|lock|raise|lower) )",
    re.IGNORECASE,
)
_GUESS = re.compile(r"guess|suppose|reckon", re.IGNORECASE)
_COUNTING = re.compile(
    r"(?:(?:ok|okay|right|so|hey)[ ,]+)?(?:(?:i (?:have|need) )?(?:two|three|a couple of|a few) (?:quick )?things(?: please)?[:,.]? "
    r"(?:first(?:ly)?[, ]+)?"
    r"|one (?:more|last|other|quick) thing[:,.]? )(?=\w)",
    re.IGNORECASE,
)
"""What only says how much is coming: "two things, ..."."""
_ASIDE = re.compile(
    r"(?:(?:no|hey|oh|oi|ah)[ ,]+)*(?:(?P<who>(?!please|just|and|then|now|so|ok|okay|can|could)[^\W\d]+),? (?:please )?"
    r"(?:stop (?:it|that|this)|get (?:down|off)(?: from there| of there)?|come here|be quiet|sit(?: down)?|put (?:that|it) down|give (?:it|that) back"
    r"|leave (?:it|that|him|her)(?: alone)?|(?:don't|do not) (?:do|touch) (?:that|it)|let go|go to (?:bed|sleep)|hush|shush|not now|not that one)"
    r"|(?:wait|hang on|hold on|just|one|give me)(?: just)?(?: an?| one)? (?:sec|second|minute|moment)|hang on|hold on)"
    r"(?: please| now| will you| right now)*(?:[,.;!]+ *(?:and |then )?| and | then )"
    r"(?=(?:please |now |can you |could you |would you )*(?:turn|switch|put|set|dim|open|close|shut|start|stop|pause|play|lock|raise|lower|make|mute) )",
    re.IGNORECASE,
)
"""What is said to somebody else, or while a thought is sought, before a command."""
_NOT_LEFT = re.compile(
    r"(?:(?:please|and|but|oh|now)[ ,]+)*(?:you'd |i'd |we'd |you had )?"
    r"(?:(?:please )?(?:don't|dont|do not|never)|better not|rather not) (?:leave|keep) "
    r"(?P<thing>(?:\S+ ){1,6}?)(?P<state>on|running|open|unlocked|shut|closed|off)"
    r"(?: (?:tonight|overnight|all night|all day|again|any ?more|any longer|like that|please))*[.!]?",
    re.IGNORECASE,
)
_INSTEAD = {
    "on": "turn off",
    "running": "turn off",
    "open": "close",
    "unlocked": "lock",
    "shut": "open",
    "closed": "open",
    "off": "turn on",
}
_SHARE = re.compile(
    r"\b(?P<to>to|at) (?P<share>(?:a|an|one|two|three|four|five|seven) (?:third|quarter|fifth|sixth|eighth|tenth)s?\b)"
    r"(?! (?:of|past|to|closed|open|shut|seconds?|minutes?|hours?)\b)",
    re.IGNORECASE,
)
_TIMER = re.compile(
    r"(?:(?:the|a|an|my) )?(?P<name>(?:[a-z]+ ){0,2}?)timer,? (?:for )?(?P<length>.+?)(?: please)?[.!]?", re.IGNORECASE
)
_A_WHILE_MORE = re.compile(
    r"(?:please |just |and )*(?:(?:leave|keep|have) (?P<kept>.+?) (?:on|running|going|open|up)"
    r"|let (?P<run>.+?) (?:run|go|stay|carry|play)(?: on| open)?|let [\w'’]+ (?:have|keep|enjoy) (?:her|his|their|its|the) (?P<had>.+?)(?: on)?)"
    r"(?: for(?: another| a further| about| one more)?| another| a further| one more) (?P<length>[\w ]+?)(?: more| longer)?,? (?:(?:and )?(?:then|after that|afterwards)|and) "
    r"(?:please )?(?P<verb>turn|switch|put|shut|close|lower)(?P<off> off)? (?:it|them|that)(?: off| down)?(?: again| please)*[.!]?",
    re.IGNORECASE,
)
"""What goes on for a while and is to end then: "leave the lamp on for another hour and then switch it off"."""
_OFF_THEN = re.compile(
    r"(?P<command>(?:please |just )*(?:turn|switch|put|set|run|start|open|get) .+? for (?P<length>[\w ]+?)),? (?:(?:and )?(?:then|after that|afterwards)|and) "
    r"(?:please )?(?:turn|switch|put|shut|close)(?: off)? (?:it|them|that)(?: off)?(?: again| please)*[.!]?",
    re.IGNORECASE,
)
"""What is on for a while goes off then by itself."""
_NO_TIMER_NAMES = frozenset(
    """set start cancel stop pause resume add put make give create new another how what is check the a an my second minute hour
    delete remove kill show this that on off""".split()
)
_ACHIEVED = r"(?:\w+ed|bought|got|done|did|made|paid|written|wrote|read|cut|swept|sold|sent)"
_TICKED = (
    r"(?:so |and |please )*(?:tick|check|cross|strike|scratch) (?:it|that|them|those) off (?P<list>(?:the|my|our) .+)"
)
_RAINWEAR = (
    r"(?:will|do|should|shall) (?:i|we) (?:need|take|bring) (?:an? |my |our |the )?(?:umbrellas?|brolly|brollies|raincoats?|wellies)"
    r"(?P<when>(?: (?:today|tonight|tomorrow|this \w+|on \w+day|later))*)\??"
)
_LIST = r"(?P<list>[\w' ]+ list)(?: please)?[.!]?"
_NEEDLESS = r"(?P<thing>(?:the|my|our|all) .+?) (?:needn't|neednt|need not|needs not|(?:do not|don't|does not|doesn't) (?:need|have) to) (?:be|stay)"
_ANY_MORE = r" (?:any ?more|any longer|now)(?: please)?[.!]?"
_OFF = r"turn off \g<thing>"
_CHECK, _ADD = r"check \g<item> off \g<list>", r"add \g<item> to the \g<list>"
_REWRITTEN: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), meant)
    for pattern, meant in {
        r"mark (?P<item>.+?) (?:off )?(?:as )?(?:done|completed?|finished|bought) on (?P<list>(?:the|my|our) .+? list)[.!]?": _CHECK,
        rf"[^,]+? {_ACHIEVED} (?:the |my |some |our |all the )?(?P<item>[^,]+), {_TICKED}": _CHECK,
        rf"{_NEEDLESS} (?:shut|closed){_ANY_MORE}": r"open \g<thing>",
        rf"{_NEEDLESS} (?:on|running){_ANY_MORE}": r"turn off \g<thing>",
        rf"{_NEEDLESS} open{_ANY_MORE}": r"close \g<thing>",
        r"(?P<who>we|i) (?:just )?ran out of (?P<item>[^,]+)": r"\g<who>'ve run out of \g<item>",
        rf"(?:we|i)(?:'ve|'re|'m| have| are| am)? (?:just )?(?:run |ran )?(?:out of|need|need more) (?P<item>[^,]+), {_LIST}": _ADD,
        r"(?:please )?(?:can|could) (?:we|you|i)(?: please)? not have (?P<thing>.+?) on(?: any ?more| any longer| now)?[.?]?": _OFF,
        r"no more (?P<thing>(?:tv|telly|television|lights?|music|radio|heating))(?: please| now)?[.!]?": _OFF,
        r"give (?:me|us) (?P<thing>(?:the|my|our) [\w' ]*?(?:lights?|lamps?)(?: in (?:the|my|our) [\w' ]+)?)(?: please)?[.!]?": r"turn on \g<thing>",
        r"let (?:some|more|a bit of|a little) light (?P<where>in(?:to)?(?: the| my| our)? [\w' ]+|in)[.!]?": r"let some daylight \g<where>",
        _RAINWEAR: r"will it rain\g<when>",
        r"how (?:much|long)(?: time)?(?: is|'s)?(?: there)?(?: still)? (?:left|remaining|to go)\??": "how much time is left on the timer",
    }.items()
)
"""Whole sentences and what they come to."""
_NOT_THIS = re.compile(
    r"(?:please )?(?:don't|dont|do not) (?:turn|switch|put|open|close|shut|touch|start|stop|dim|lock|raise|lower)\b[^,;.]*[,;.] *"
    r"(?:but |just |only |instead |rather |please )*(?=(?:turn|switch|put|open|close|shut|start|stop|dim|lock|set|play|raise|lower)\b)",
    re.IGNORECASE,
)
"""A prohibition before the command that is meant."""
_AND_NOT = re.compile(
    r"[,;]? (?:(?:and|but) )?(?:(?:there's |there is )?no need to (?:touch|change|bother with) [^,;.]+"
    r"|(?:just )?leave [^,;.]+? (?:as it is|as they are|alone|be|untouched))[.!]?",
    re.IGNORECASE,
)
"""What is left alone after the command that is meant."""
_DONE_TO = {
    "turned": "turn", "switched": "switch", "put": "put", "set": "set", "closed": "close", "shut": "shut", "opened": "open", "locked": "lock",
    "unlocked": "unlock", "dimmed": "dim", "started": "start", "stopped": "stop", "paused": "pause", "lowered": "lower", "raised": "raise",
    "muted": "mute",
}  # fmt: skip
_TO_BE = re.compile(
    r"(?:please,? )?(?P<thing>(?:(?:the|my|our|both|all the) )*[\w' -]+?) (?:is|are|has|have|needs?|ought) to be "
    rf"(?P<verb>{'|'.join(_DONE_TO)})\b(?P<rest>(?! by\b| as\b)[^?]*)",
    re.IGNORECASE,
)
"""What is to be done with something: "the valve is to be closed in ten minutes"."""
_ALL_OF = frozenset("both all of the my our".split())
"""Words before a noun for several things."""
_AFTERTHOUGHT = re.compile(r",? (?:the|that) (?P<noun>\w+),? (?:i mean|i meant|that is)[.!]?$", re.IGNORECASE)
_THE_ONE = re.compile(
    r", (?:the|that) one (?P<where>(?:in|on|at) (?:the|my|our|[\w]+'s) [\w' ]+)(?=[.!]?$)", re.IGNORECASE
)
_EXEMPTING = frozenset("except excepting apart aside other besides but bar not save excluding".split())
_AROUND_EXEMPTED = _EXEMPTING | {"for", "from", "than", "number", "on", "off", ","}
_SWEEPING = frozenset("all every everything everywhere both rest each whole any".split())
_HEARD_NUMBERS = {"to": "2", "too": "2", "for": "4", "won": "1", "ate": "8"}
"""Numbers at the end as they are heard."""
_COUNTED = frozenset({"number", "nr", "two", *_HEARD_NUMBERS})
_RINGING = {"ring", "sound", "chime"}
_PRESSED = frozenset({"button", "input_button"})
_RUNG = {
    "switch": "turn on the",
    "siren": "turn on the",
    "script": "activate the",
    "scene": "activate the",
    "input_boolean": "turn on the",
}


class Sayings:
    """Puts sentences plainly in one home. Immutable after construction."""

    def __init__(self, home: Home) -> None:
        """Look through `home`."""
        self._spelt: dict[Stems, str] = {}
        self._domains: dict[Stems, set[str]] = {}
        for thing in home.entities:
            for name in thing.names:
                self._spelt.setdefault(stems(name), name)
                self._domains.setdefault(stems(name), set()).add(thing.domain)
        self._people = frozenset(stems(e.name) for e in home.entities if e.domain == "person")

    def put(self, text: str) -> str:
        """`text` in plainer words; as it is where it has none of these ways of speaking."""
        text = self._without_aside(_GUESSING.sub("", text) if _GUESS.search(text) else text)
        text = text[counted.end() :] if (counted := _COUNTING.match(text)) else text
        if left := _NOT_LEFT.fullmatch(text):
            text = f"{_INSTEAD[left['state'].lower()]} {left['thing'].strip()}"
        text = self._without_the_rest(_NOT_THIS.sub("", text, count=1) if _NOT_THIS.match(text) else text)
        text = self._meant_by(text)
        for pattern, meant in _REWRITTEN:
            if found := pattern.fullmatch(text):
                text = found.expand(meant)
        text = self._to_be(_SHARE.sub(_in_percent, text))
        text = _ended_later(_as_timer(text))
        for change in (
            _fluent,
            self._numbered,
            self._but_one,
            self._rung,
            self._at_home,
        ):
            said = words(text)
            for start, end, meant in change(said):
                text = (text[: said[start].start] + meant + text[said[end - 1].end :]).strip()
                break
        return text

    def _without_aside(self, text: str) -> str:
        """`text` without what was said to a person or pet before it: "Leo, stop that, and turn on the lamp"."""
        found = _ASIDE.match(text)
        if found is None or (found["who"] and self._domains.get(stems(found["who"]), {"person"}) != {"person"}):
            return text
        return text[found.end() :]

    def _without_the_rest(self, text: str) -> str:
        """`text` without what it leaves alone at its end, where the command before it is about one thing by its name."""
        found = next((found for found in _AND_NOT.finditer(text) if found.end() == len(text)), None)
        if found is None:
            return text
        said = words(text[: found.start()])
        ends = [(at, end) for at in range(len(said)) for end in range(at + 1, min(len(said), at + _MOST_WORDS) + 1)]
        names = (self._name(said, at, end) for at, end in ends)
        named = any(name is not None and " ".join(name) not in NOUNS for name in names)
        return text[: found.start()] if named and _SWEEPING.isdisjoint(word.text for word in said) else text

    def _to_be(self, text: str) -> str:
        """`text` as a command where it says what is to be done with something of the home."""
        found = _TO_BE.fullmatch(text)
        if found is None or not (stems(found["thing"]) in self._spelt or " ".join(stems(found["thing"])[-1:]) in NOUNS):
            return text
        return f"{_DONE_TO[found['verb'].lower()]} {found['thing']}{found['rest']}"

    def _name(self, said: Sequence[Word], start: int, end: int) -> Stems | None:
        """The name of the home that these words are; None: they are none."""
        name = stems_of(said[start:end])
        return name if name in self._spelt and said[end - 1].text[0].isalnum() else None

    def _numbered(self, said: Sequence[Word]) -> Iterator[tuple[int, int, str]]:
        """Give every number its name: "lamps 1 and 2", "lamp number two", and "lamp to" at the end."""
        joined = (following.text in {",", "and"} for following in said[1:])
        ends = {at for at, (word, goes_on) in enumerate(zip_longest(said, joined)) if goes_on or word.text in _COUNTED}
        for at, word in enumerate(said):
            if not word.text[0].isalnum() or word.text in ARTICLES:
                continue
            for end in (end for end in range(at + 1, min(len(said), at + _MOST_WORDS)) if end in ends):
                base = stems_of(said[at:end])
                if len(base) != end - at:
                    continue
                if said[end].text in {"number", "nr"} and self._numbers(base, said, end + 1) == [end + 1]:
                    yield at, end + 2, self._spelt[(*base, _digit(said[end + 1].text))]
                found = self._numbers(base, said, end)
                if len(found) > 1:
                    names = [self._spelt[(*base, _digit(said[number].text))] for number in found]
                    yield at, found[-1] + 1, f"{', '.join(names[:-1])} and {names[-1]}"
                heard = _HEARD_NUMBERS.get(said[end].text, "")
                if heard and end + 1 == len(said) and (*base, heard) in self._spelt:
                    yield at, end + 1, self._spelt[(*base, heard)]
                if said[end].text in {"two", "too"} and base in self._spelt and (*base, "2") not in self._spelt:
                    after = said[end + 1].text if end + 1 < len(said) else ""
                    if after and after not in {"hundred", "and", "point"} and (number([after]) or 0) >= 2:
                        yield end, end + 1, "to"

    def _but_one(self, said: Sequence[Word]) -> Iterator[tuple[int, int, str]]:
        """Name the others of some numbered things one of which is left out: "the den spots apart from number 2"."""
        if _EXEMPTING.isdisjoint(word.text for word in said):
            return
        for at in range(len(said)):
            for end in range(at + 1, min(len(said), at + _MOST_WORDS)):
                base = stems_of(said[at:end])
                if len(base) != end - at or stem(said[end - 1].text) == said[end - 1].text:
                    continue
                names = {int(n): name for (*head, n), name in self._spelt.items() if (*head,) == base and n.isdigit()}
                last = end
                while last < len(said) and said[last].text in _AROUND_EXEMPTED:
                    last += 1
                between = [word.text for word in said[end:last]]
                left = _digit(said[last].text) if last < len(said) else ""
                if len(names) < 2 or not left.isdigit() or int(left) not in names or _EXEMPTING.isdisjoint(between):
                    continue
                if [word.text for word in said[last + 1 : last + 2]] in (["and"], [","], ["or"]):
                    return
                rest = [name for n, name in names.items() if n != int(left)]
                start = at
                while start and (said[start - 1].text in _ALL_OF or _digit(said[start - 1].text) == str(len(names))):
                    start -= 1
                state = next((f" {word}" for word in between if word in {"on", "off"}), "")
                yield start, last + 1, " and ".join(filter(None, (", ".join(rest[:-1]), rest[-1]))) + state
                return

    def _numbers(self, base: Stems, said: Sequence[Word], at: int) -> list[int]:
        """Where the numbers stand that begin at `at` and each make a name with `base`."""
        found: list[int] = []
        while at < len(said) and (*base, _digit(said[at].text)) in self._spelt:
            found.append(at)
            joint = at + 1
            while joint < len(said) and said[joint].text in {",", "and"}:
                joint += 1
            if joint == at + 1:
                break
            at = joint
        return found

    def _meant_by(self, text: str) -> str:
        """`text` with a noun or place said behind it beside the name it belongs to: "water the front lawn, the sprinkler I mean"."""
        text = _THE_ONE.sub(r" \g<where>", text)
        found = _AFTERTHOUGHT.search(text)
        if found is None:
            return text
        said = words(text[: found.start()])
        for at in range(len(said)):
            for end in range(min(len(said), at + _MOST_WORDS), at, -1):
                name = stems(" ".join(word.text for word in said[at:end]) + f" {found['noun']}")
                if name in self._spelt:
                    before, after = text[: said[end - 1].end], text[said[end - 1].end : found.start()]
                    return f"{before} {found['noun']}{after}"
        return text

    def _rung(self, said: Sequence[Word]) -> Iterator[tuple[int, int, str]]:
        """Press the button that is to ring: "ring the dinner bell"."""
        for at, word in enumerate(said[:-1]):
            if word.text not in _RINGING or (
                at and said[at - 1].text not in {"and", "then", ",", "please", "you", "to"}
            ):
                continue
            start = at + 1 + (said[at + 1].text in ARTICLES)
            for end in range(min(len(said), start + _MOST_WORDS), start, -1):
                called = stems_of(said[start:end])
                fits = [name for name in self._spelt if name[-len(called) :] == called] if called else []
                domains = {domain for name in fits for domain in self._domains[name]}
                if len(fits) == 1 and " ".join(called) not in NOUNS and domains <= _PRESSED | _RUNG.keys():
                    verb = next((_RUNG[domain] for domain in domains if domain in _RUNG), "press the")
                    yield at, end, f"{verb} {self._spelt[fits[0]]}"

    def _at_home(self, said: Sequence[Word]) -> Iterator[tuple[int, int, str]]:
        """Ask who is at home: "is Tom in", "who is about today"."""
        spoken = [word.text for word in said]
        while spoken and spoken[-1] in {"today", "now", "yet", "already"}:
            spoken.pop()
        if not self._people or len(spoken) < 3 or spoken[-1] not in {"in", "about", "around"}:
            return
        if spoken[:-1] == ["who", "is"] or (spoken[0] == "is" and stems(" ".join(spoken[1:-1])) in self._people):
            yield len(spoken) - 1, len(said), "home"


def _digit(word: str) -> str:
    return next(iter(stems(word)), word)


def _in_percent(found: re.Match[str]) -> str:
    share = number(found["share"].lower().split())
    return found[0] if share is None else f"{found['to']} {round(100 * share)} percent"


def _as_timer(text: str) -> str:
    """Set the timer that is only named: "egg timer five minutes"."""
    found = _TIMER.fullmatch(text)
    if found is None or duration([word.text for word in words(found["length"])]) is None:
        return text
    name = found["name"].strip()
    if not _NO_TIMER_NAMES.isdisjoint(name.lower().split()):
        return text
    return f"set {'an' if name[:1].lower() in set('aeiou') else 'a'} {name} timer for {found['length']}".replace(
        "  ", " "
    )


def _ended_later(text: str) -> str:
    """End later what is to go on for a while: "turn off the lamp in an hour"."""
    if (then := _OFF_THEN.fullmatch(text)) and duration([word.text for word in words(then["length"])]) is not None:
        return then["command"]
    found = _A_WHILE_MORE.fullmatch(text)
    if found is None or duration([word.text for word in words(found["length"])]) is None:
        return text
    thing = next(said for said in (found["kept"], found["run"], found["had"]) if said)
    thing = f"the {thing}" if found["had"] else thing
    verb = {"close": "close", "shut": "close", "lower": "lower"}.get(found["verb"].lower(), "turn off")
    length = re.sub(r"^(?=(?:hour|minute)\b)", "one ", found["length"], flags=re.IGNORECASE)
    return f"{verb} {thing} in {length}"


def _fluent(said: Sequence[Word]) -> Iterator[tuple[int, int, str]]:
    """Drop what stands between two articles while a word is sought: "the er what is it called the towel rail"."""
    for at, word in enumerate(said):
        if word.text not in ARTICLES:
            continue
        end = at + 1
        while end < len(said) and (said[end].text in _HESITATING or said[end].text == ","):
            end += 1
        between = {word.text for word in said[at + 1 : end]}
        if end < len(said) and said[end].text in ARTICLES and not _PAUSES.isdisjoint(between):
            yield at, end + 1, said[end].text
