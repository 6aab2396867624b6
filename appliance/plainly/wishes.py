"""Wishes without a command, as commands: "crumbs everywhere, Dusty had better have a go" is "start Dusty".

A wish names a thing of the home and says how it should be: "the blanket would be nice", "the mower may call it a day", "get the kettle
going". What comes before it says why, and asks for nothing itself; what may hold the wish off (if, when, until) leaves it as it was said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from appliance.messages import Entity, Home
from appliance.plainly.felt import Felt
from appliance.plainly.wishing import (
    AT_THE_DOOR,
    COMMAND,
    CUT,
    DRINKS,
    ENDING,
    FORMS,
    HOLDING,
    LEAD,
    LEFT,
    NEEDING,
    ON_PLEASE,
    PLACED,
    STARTED,
    SUNNY,
    SWITCHED,
    THIRSTY,
    UNDONE,
    WINDY,
)
from appliance.resolver.kinds import ROBOTS
from appliance.resolver.spelling import Stems, stems, stems_of
from appliance.resolver.vocabulary import NOUNS
from appliance.text import words

_ARTICLE = re.compile(r"^(?:the|my|our|a|an|some) ")
_PRONOUNS = frozenset({"it", "him", "her", "he", "she"})


class Wishes:
    """Puts the wishes of one home as commands. Immutable after construction."""

    def __init__(self, home: Home, felt: Felt) -> None:
        """Look through the names of `home`; `felt` knows complaints."""
        self._felt = felt
        self._called: dict[Stems, tuple[str, str]] = {}
        self._twice: set[Stems] = set()
        owners: dict[Stems, str] = {}
        for entity in home.entities:
            for name in entity.names:
                key = stems(name)
                if owners.setdefault(key, entity.id) != entity.id:
                    self._twice.add(key)
                self._called.setdefault(key, (name, entity.domain))
        self._entities = home.entities
        ends: dict[Stems, set[str]] = {}
        for key, (_, domain) in self._called.items():
            bare = key[:-1] if key[-1].isdigit() else key
            for at in range(bare == key, len(bare)):
                ends.setdefault(bare[at:], set()).add(domain)
        self._shared = {end: domains for end, domains in ends.items() if " ".join(end) not in NOUNS}

    def put(self, text: str) -> str:
        """`text` as a command where it is a wish; as it is where it is none."""
        if HOLDING.search(text):
            return text
        cuts = [*CUT.finditer(text.rstrip(" .!"))]
        for cut in reversed(cuts):
            reason, wish = text[: cut.start()].strip(), text[cut.end() :].strip(" .!")
            if (
                reason
                and wish
                and (LEFT.fullmatch(reason) or not COMMAND.search(reason))
                and (made := self._made(wish, reason))
            ):
                return made
        return self._made(text.strip(" .!"), "") or text if not cuts else text

    def _made(self, wish: str, reason: str) -> str:
        """The command that a wish comes to; empty: it is none."""
        said = LEAD.sub("", wish.lower().replace("’", "'"))
        bare = ENDING.sub("", said)
        for pattern, sense in FORMS:
            found = pattern.fullmatch(said) or (pattern.fullmatch(bare) if bare != said else None)
            if found is None:
                continue
            if sense == "in":
                return self._let_in(reason)
            if sense == "undo":
                return self._undone(reason)
            if sense == "room":
                name, domain = self._thing(found["thing"], reason)
                if domain == "vacuum":
                    return f"send {name} to clean the {found['place']}"
            elif made := self._about(found["thing"], sense, reason):
                return made
        return self._placed(wish, reason)

    def _about(self, thing: str, sense: str, reason: str) -> str:
        name, domain = self._thing(thing, reason)
        if not name:
            return ""
        if domain in ROBOTS:
            if sense in {"work", "on", "nice"}:
                return f"start {name}"
            return f"send {name} back to the dock" if sense == "rest" else ""
        if sense == "please":
            if domain == "cover" and "awning" in stems(name) and (SUNNY.search(reason) or WINDY.search(reason)):
                return f"{'open' if SUNNY.search(reason) else 'close'} {name}"
            if domain == "valve":
                return f"open {name}" if THIRSTY.search(reason) else ""
            wanted = reason and domain in ON_PLEASE and (self._felt.complains(reason) or NEEDING.fullmatch(reason))
            return f"turn on {name}" if wanted else ""
        if sense == "more":
            return f"turn {name} up" if domain == "humidifier" else ""
        if sense == "unused":
            return f"turn off {name}" if domain in SWITCHED else ""
        if sense == "off":
            return f"turn off {name}" if reason and domain in SWITCHED else ""
        started = sense == "on" or (sense == "nice" and reason)
        return f"turn on {name}" if started and domain in (SWITCHED if sense == "nice" else STARTED) else ""

    def _thing(self, said: str, reason: str) -> tuple[str, str]:
        """The thing of the home that is wished for, as it is to be called, and its domain; empty: none, or several."""
        key = stems(said)
        if said in _PRONOUNS:
            return self._machine_in(reason)
        if key in self._called and key not in self._twice:
            name, domain = self._called[key]
            return f"the {name}" if said.split(maxsplit=1)[0] in {
                "the",
                "a",
                "an",
                "my",
                "our",
                "some",
            } else name, domain
        if key in {("machine",), ("maker",), ("thing",)}:
            return self._machine(reason)
        inside = re.fullmatch(r"(?P<thing>.+?) (?P<place>(?:in|on|at) .+)", said)
        if key in self._shared or (
            inside is not None and stems(inside["thing"]) in self._shared.keys() | self._called.keys()
        ):
            domains = self._shared.get(key) or self._shared.get(stems(inside["thing"]) if inside else ()) or set()
            return (f"the {_ARTICLE.sub('', said)}", next(iter(domains))) if len(domains) == 1 else ("", "")
        noun = NOUNS.get(" ".join(key))
        if noun is not None and noun.domain is not None and noun.domain in {*ROBOTS, "humidifier", "fan"} | {"cover"}:
            place = self._felt.complains(reason) if reason and noun.domain in PLACED else ""
            return f"{said} {place}".strip(), noun.domain
        return "", ""

    def _machine_in(self, reason: str) -> tuple[str, str]:
        """The one vacuum or mower that the reason speaks of."""
        said = stems(reason)
        found = {
            self._called[said[at:end]]
            for at in range(len(said))
            for end in range(at + 1, len(said) + 1)
            if said[at:end] in self._called and self._called[said[at:end]][1] in ROBOTS
        }
        return found.pop() if len(found) == 1 else ("", "")

    def _machine(self, reason: str) -> tuple[str, str]:
        wanted = {word for said in stems(reason) for word in DRINKS.get(said, ())}
        found = [thing for thing in self._entities if thing.domain in STARTED and wanted & _words_of(thing)]
        return (f"the {found[0].name}", found[0].domain) if len(found) == 1 else ("", "")

    def _let_in(self, reason: str) -> str:
        """Unlock the door that somebody stands at."""
        found = AT_THE_DOOR.search(reason)
        name, domain = self._called.get(stems(found["door"]), ("", "")) if found is not None else ("", "")
        return f"unlock the {name}" if domain == "lock" else ""

    def _undone(self, reason: str) -> str:
        """The opposite of how something was left."""
        found = LEFT.fullmatch(reason.strip())
        if found is None:
            return ""
        thing = (found["thing"] or found["other"]).strip()
        key = stems(thing)
        known = key in self._called or " ".join(key) in NOUNS or " ".join(key[-1:]) in NOUNS
        return f"{UNDONE[found['state'].lower()]} {thing}" if known else ""

    def _placed(self, wish: str, reason: str) -> str:
        """A command for a kind of thing, in the room that was complained of before it: "it's cold in the study, put the radiator on"."""
        place = self._felt.complains(reason) if reason else None
        if not place or not COMMAND.match(wish):
            return ""
        said = words(wish)
        nouns = [word.text for word in said if " ".join(stems(word.text)) in NOUNS]
        names = {stems_of(said[at:end]) for at in range(len(said)) for end in range(at + 1, len(said) + 1)}
        bare = len(nouns) == 1 and not any(name in self._called and name != stems(nouns[0]) for name in names)
        return (
            f"{wish} {place}" if bare and not re.search(r"\b(?:in|here|there|everywhere|all|every|and)\b", wish) else ""
        )


def _words_of(thing: Entity) -> set[str]:
    names: Iterable[str] = thing.names
    return {word for name in names for word in stems(name)}
