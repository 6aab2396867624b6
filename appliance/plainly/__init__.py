"""Sentences put plainly before the command model reads them: ways of speaking that it knows badly, and commands without a verb."""

from __future__ import annotations

import re

from appliance.intents.lists import ticked
from appliance.messages import Home
from appliance.plainly.access import Access
from appliance.plainly.ajar import in_percent
from appliance.plainly.asking import Asking
from appliance.plainly.background import Background
from appliance.plainly.clipped import Clipped
from appliance.plainly.elided import Elided
from appliance.plainly.entreating import music_wished
from appliance.plainly.exempting import excepted
from appliance.plainly.felt import Felt
from appliance.plainly.gradual import Gradual
from appliance.plainly.headed import headed
from appliance.plainly.in_turn import in_turn
from appliance.plainly.moments import Moments
from appliance.plainly.obliging import unobliged
from appliance.plainly.on_the_hour import on_the_hour
from appliance.plainly.purposes import Purposes
from appliance.plainly.quoting import Quoting
from appliance.plainly.repairs import Repairs
from appliance.plainly.sayings import Sayings
from appliance.plainly.sending import Sending
from appliance.plainly.settings import Settings
from appliance.plainly.spelt import spelt
from appliance.plainly.staying import without_staying
from appliance.plainly.tails import Tails
from appliance.plainly.terse import Terse
from appliance.plainly.timers import one_by_one
from appliance.plainly.turned import turned
from appliance.plainly.turns import plainer
from appliance.plainly.wishes import Wishes
from appliance.resolver.conditions import without_courtesies
from appliance.resolver.groups import Groups
from appliance.resolver.possessed import Possessed
from appliance.resolver.spelling import stems
from appliance.resolver.vocabulary import NOUNS
from appliance.text import words

__all__ = ["Felt", "Plainly", "plainer", "spelt"]

_EITHER = re.compile(
    r"(?:is|are) (?:either )?(?P<one>(?!on\b|off\b|open\b)[\w' ]+?) or (?P<other>[\w' ]+) "
    r"(?P<state>on|off|open|closed|shut|locked|unlocked|running)\??",
    re.IGNORECASE,
)
_ORDINAL = re.compile(
    r"(?P<joint>, |, and | and )(?:second|third|fourth|fifth)(?:ly)?,? (?=the |my |our |turn |switch |set |put )",
    re.IGNORECASE,
)
_BUT = re.compile(r",? but (?=(?:on|off|open|closed|shut|locked|unlocked|up|down) (?:in|at|for|on) )", re.IGNORECASE)
"""Before another state elsewhere, which leaves nothing out: "lights on in the kitchen, but off in the hall"."""
_EVERYWHERE = re.compile(
    r"(?P<kinds>\b(?:every|all)\b[\w' ]+?) (?:in|of) the (?:whole |entire )?(?:house|home|flat)"
    r"(?P<more>,? and (?:the|all) [\w']+?)(?: too| as well)?$",
    re.IGNORECASE,
)
"""The whole home, said of some kinds of things before another: "every blind in the house and the curtains too"."""
_SIDE = re.compile(r"\b(?P<side>left|right)[- ]hand(?: side)?\b(?= \w)", re.IGNORECASE)
_ARTICLES = frozenset("the my our your his her their both all".split())
_LEADS = ("so", "then", "and")
_HOLDING = frozenset("if when whenever once unless until after before as not don't no instead".split())
"""Words of a clause that may say when or whether the one after it counts."""


class Plainly:
    """Puts the sentences of one home plainly. Immutable after construction."""

    def __init__(self, home: Home, groups: Groups | None = None) -> None:
        """Look through `home`. `groups` knows its phrases for several things; None: they are looked for."""
        self._groups = Groups(home) if groups is None else groups
        self.felt = Felt(home)
        self.repairs = Repairs(home, self._groups)
        self.quoting = Quoting(home)
        self.tails = Tails(home)
        self._possessed = Possessed(home, self._groups)
        self._access = Access(home)
        self._settings = Settings(home)
        self._elided = Elided(self.repairs.pieces)
        self._asking = Asking(home)
        self._background = Background(home)
        self._purposes = Purposes(home)
        self._moments = Moments(home)
        self._sayings = Sayings(home)
        self._terse = Terse(home)
        self._clipped = Clipped(home, self._terse.written_out)
        self._wishes = Wishes(home, self.felt)
        self._sending = Sending(home)
        self._players = frozenset(stems(name) for e in home.entities if e.domain == "media_player" for name in e.names)
        self._gradual = Gradual(home)
        self._handed = any("hand" in stems(name) for e in home.entities for name in e.names)
        self._covers = frozenset(
            stems(name) for e in home.entities if e.domain in {"cover", "valve"} for name in e.names
        )

    def request(self, text: str) -> str:
        """`text` without its greetings, apologies and reasons; as it is where a wish needs them."""
        text = self._access.put(self._purposes.without(text if self._handed else _SIDE.sub(r"\g<side>", text)))
        text = self._settings.put(in_turn(on_the_hour(ticked(text))))
        whole = self._elided.put(_EVERYWHERE.sub(r"\g<kinds>\g<more>", text))
        text = whole if whole == text or self.quoting.cut(text) is None else text
        text = self._gradual.put(music_wished(unobliged(text), self._is_player))
        return self._background.without(text) if self._wishes.put(text) == text else text

    def put(self, text: str) -> str:
        """`text` in the words that the command model reads best; as it is where they are no better."""
        text = turned(self.repairs.put(text).text, self._groups, self._groups.is_called)
        text = without_staying(text, self._groups)
        text = self._sayings.put(self._moments.put(self._asking.put(_each_asked(without_courtesies(text)))))
        told = self.request(self._possessed.turned(text))
        said = one_by_one(self._wishes.put(told))
        text = excepted(self._sending.put(in_percent(said, self._is_cover)), self._groups.is_called, self._groups.less)
        text = headed(text, self._groups, self._terse.written_out)
        if self._groups.find(text):
            return text
        text = self._clipped.put(text)
        if (whole := self._terse.written_out(text)) is not None:
            return whole
        for comma in (at for at, char in enumerate(text) if char == ","):
            before, rest = text[: comma + 1], text[comma + 1 :].strip()
            lead = next((f"{lead} " for lead in _LEADS if rest.startswith(f"{lead} ")), "")
            last = self._terse.written_out(rest.removeprefix(lead))
            if last is not None and _HOLDING.isdisjoint(word.text for word in words(before)):
                return f"{before} {lead}{last}"
        return text

    def _is_player(self, thing: str) -> bool:
        """Whether words name a player of the home, or end in a noun for such things."""
        said = stems(thing)
        noun = NOUNS.get(said[-1]) if said else None
        return said in self._players or (noun is not None and noun.domain == "media_player")

    def _is_cover(self, thing: str) -> bool:
        """Whether words name a cover or valve of the home, or end in a noun for such things."""
        said = stems(thing)
        while said and said[0] in _ARTICLES:
            said = said[1:]
        noun = NOUNS.get(said[-1]) if said else None
        moved = (noun is not None and noun.domain == "cover") or said[-1:] in {("window",), ("door",), ("skylight",)}
        return moved or said in self._covers


def _each_asked(text: str) -> str:
    """A question for one or the other as one for both, and a list of commands without its numbers."""
    if either := _EITHER.fullmatch(text):
        return f"are {either['one']} and {either['other']} {either['state']}"
    text = _BUT.sub(" and ", text)
    return _ORDINAL.sub(r"\g<joint>", text) if re.match(r"first(?:ly)?\b", text, re.IGNORECASE) else text
