"""Conditions that somebody feels, as what is to be done about them: "the bathroom is all steamed up" wants its fan.

A complaint is a subject, a condition and a place, and nothing else: the whole sentence must be made of these, in the present. So what only
tells of a condition ("it was dark when I came home", "my brother's flat is too dark") asks for nothing. What a condition comes to depends
on what the place has and on how that is: where all lamps are lit already, "too dark" wants them brighter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from appliance.messages import Call, Home, Target
from appliance.plainly.complaints import (
    ADJECTIVES,
    ASKING_FOR,
    BEHIND,
    COMPARED,
    COMPLAINING,
    CONTRACTED,
    DROPPED,
    FEELING,
    IDLE,
    LEAD,
    LIKE,
    MILD,
    NOT_SEEN,
    OF_SOMETHING,
    OPPOSITE,
    OVER,
    PATTERNS,
    PEOPLE,
    ROOMLIKE,
    STATED,
    TODAY,
    TOLD_OF,
    TOLD_WORDS,
    TOO_LITTLE,
)
from appliance.plainly.remedies import NOWHERE, Complaint, Room, Spot, answer, shades
from appliance.resolver.spelling import Stems, stems
from appliance.resolver.vocabulary import AREA_SYNONYMS
from appliance.text import words


@dataclass(slots=True)
class _Spoken:
    """The words of a clause that are read so far."""

    kept: list[str] = field(default_factory=list)
    """With PLACE, LIGHT and the like for names."""
    spot: Spot = NOWHERE
    thing: tuple[str | None, Target] | None = None
    """The thing that is named, or the kind of it."""

    def at_place(self, spot: Spot, *, shortened: bool) -> bool:
        """Go on by a place, with a shortened "is" or not; whether it is the only one."""
        if self.spot.name not in {None, spot.name}:
            return False
        self.spot = spot
        inside = _without_preposition(self.kept)
        if inside is None:
            self.kept += ["PLACE", "is"] if shortened else ["PLACE"]
            return True
        del self.kept[inside:]
        self.kept += ["in", "PLACE"] if _is_people(self.kept) else []
        return not shortened

    def about(self, named: tuple[str | None, Target], *, shortened: bool) -> bool:
        """Go on by a thing or a person; whether it is the only one."""
        kind = _SPOKEN.get(named[1].domain or "", "PERSON")
        self.kept += [kind, "is"] if shortened else [kind]
        if kind == "PERSON":
            return True
        first = self.thing in {None, named}
        self.thing = named
        return first

    def here(self, *, alone: bool) -> None:
        """Go on by "here", or by "this room"."""
        inside = _without_preposition(self.kept)
        self.spot = replace(self.spot, here=self.spot.name is None)
        if inside is not None:
            del self.kept[inside:]
        elif not alone:
            self.kept.append("room")

    def word(self, word: str) -> None:
        """Go on by any other word."""
        if word.endswith("'s") and word[:-2] in _SUBJECTS:
            self.kept += [word[:-2], "is"]
        elif word not in DROPPED:
            self.kept.append(word)


class Felt:
    """Complaints in one home. Immutable after construction."""

    def __init__(self, home: Home) -> None:
        """Look through the names of `home`."""
        self._places: dict[Stems, tuple[str, bool]] = {}
        for area in home.areas:
            for name in area.names:
                self._places.setdefault(stems(name), (area.name, False))
        for floor in home.floors:
            for name in floor.names:
                self._places.setdefault(stems(name), (floor.name, True))
        for group in AREA_SYNONYMS:
            known = {self._places[stems(name)] for name in group if stems(name) in self._places}
            if len(known) == 1:
                for name in group:
                    self._places.setdefault(stems(name), next(iter(known)))
        nouns = {stems(name) for group in AREA_SYNONYMS for name in group}
        ends = [(name[-1:], place) for name, place in self._places.items() if len(name) > 1 and name[-1:] in nouns]
        for end, _ in ends:
            called = {place for other, place in ends if other == end}
            if len(called) == 1:
                self._places.setdefault(end, next(iter(called)))
        self._things: dict[Stems, tuple[str, str]] = {}
        for entity in home.entities:
            if entity.domain in _SPOKEN and (entity.domain != "cover" or shades(entity)):
                for name in entity.names:
                    self._things.setdefault(stems(name), (entity.name, entity.domain))
        self._vocabulary = ROOMLIKE | {word for thing in home.named for name in thing.names for word in stems(name)}
        told = [word for area in home.areas for word in set(stems(area.name)) if word.isalpha()]
        self._rooms = {"room", "place"} | {word for word in told if told.count(word) > 1 and word not in _NOUNS}
        self._longest = max(map(len, (*self._places, *self._things)), default=0)
        self._firsts = frozenset(name[:1] for name in (*self._places, *self._things) if name)

    def calls(self, text: str, home: Home, area: str | None, *, going_on: bool = False) -> tuple[Call, ...] | None:
        """What is wanted by a sentence of nothing but complaints, said in `area`; None: it is no such sentence.

        `going_on`: things were spoken of before, so that "it" may be one of them.
        """
        complaints = () if "?" in text else self._complaints(text)
        if not complaints or (going_on and any(complaint.pointing for complaint in complaints)):
            return None
        made: list[Call] = []
        for complaint in complaints:
            call = answer(complaint, Room(home, complaint.spot, area))
            if call is None:
                return None
            if call not in made:
                made.append(call)
        return tuple(made)

    def complains(self, text: str) -> str | None:
        """Where a sentence of nothing but complaints has them: "in the study", or empty; None: it is no such sentence."""
        complaints = self._complaints(text)
        return complaints[0].spot.phrase if complaints else None

    def only_told(self, text: str) -> bool:
        """Whether a sentence tells of conditions that nobody here suffers from: past, denied, liked, outside, or of a cup of coffee."""
        said = " ".join(CONTRACTED.get(word.text, word.text) for word in words(text))
        if ASKING_FOR.search(said) or "?" in text:
            return False
        if NOT_SEEN.search(said):
            return True
        if not TOLD_WORDS.search(said) or "," in text:
            return False
        if TOLD_OF.search(said) and not TOO_LITTLE.search(said):
            return True
        found = OF_SOMETHING.match(said)
        return found is not None and not self._vocabulary.intersection(stems(found["what"]))

    def unclear(self, text: str) -> bool:
        """Whether a sentence speaks of conditions and says neither what is wrong nor what is to be done."""
        said = " ".join(CONTRACTED.get(word.text, word.text) for word in words(text))
        return "," not in text and not ASKING_FOR.search(said) and STATED.search(said) is not None

    def _complaints(self, text: str) -> tuple[Complaint, ...]:
        whole = [part for part in re.split(r"[.;!]+", text) if part.strip()]
        found: list[Complaint] = []
        for part in whole:
            heard = self._clause(part)
            if heard is None:
                pieces = [self._clause(piece) for piece in re.split(r",| and ", part) if piece.strip()]
                if len(pieces) < _TWO or any(piece is None for piece in pieces):
                    return ()
                heard = tuple(complaint for piece in pieces if piece is not None for complaint in piece)
            found += heard
        spots = {complaint.spot for complaint in found} - {NOWHERE}
        spot = next(iter(spots)) if len(spots) == 1 else None
        if len(spots) > 1:
            return ()
        said = tuple(dict.fromkeys(replace(one, spot=spot) if spot is not None else one for one in found))
        remedied = any(one.condition in _REMEDIES for one in said)
        return tuple(one for one in said if not (remedied and one.condition in _AIRLESS))

    def _clause(self, text: str) -> tuple[Complaint, ...] | None:
        """The complaints of one clause, none for an idle one; None: it is something else."""
        spoken = self._spoken(OVER.sub(lambda over: over["heard"] or "", text))
        if spoken is None:
            return None
        said, spot, thing = " ".join(spoken.kept), spoken.spot, spoken.thing
        said = LEAD.sub("", f"{said} ", count=1).strip() if LEAD.match(f"{said} ") else said
        if IDLE.fullmatch(said):
            return ()
        today = spot == NOWHERE and TODAY.search(f" {said}") is not None
        while (shorter := BEHIND.sub("", said)) != said:
            said = shorter
        for pattern, condition in PATTERNS:
            if (found := pattern.fullmatch(said)) and not (today and _may_be_the_weather(found)):
                kinds = _conditions(found, condition)
                if condition == "thirsty" and "PLACE" in said and _GREEN.isdisjoint(stems(spot.name or "")):
                    continue
                if kinds and not (thing is None and condition in _OF_THINGS and "PLAYER" in said):
                    name, noun = thing or (None, None)
                    pointing = spot == NOWHERE and said.startswith("it ")
                    return tuple(Complaint(kind, spot, name, noun, pointing) for kind in kinds)
        return None

    def _spoken(self, text: str) -> _Spoken | None:
        """A clause with what it names found out; None: it names more than one place or thing."""
        said = _once(
            [part for word in words(text) for part in CONTRACTED.get(word.text, word.text).split() if part != ","]
        )
        spoken = _Spoken()
        at = 0
        while at < len(said):
            length, place, named = self._name_at(said, at)
            shortened = said[at + length - 1].endswith("'s") and said[at + length : at + length + 1] != ["room"]
            if place is not None:
                fits = spoken.at_place(Spot(*place), shortened=shortened)
            elif named is not None:
                fits = spoken.about(named, shortened=shortened)
            else:
                length, fits = (1 if said[at] == "here" else 2), True
                if said[at] == "here" or (said[at] == "this" and {*said[at + 1 : at + 2]} & self._rooms):
                    spoken.here(alone=length == 1)
                else:
                    length = 1
                    spoken.word(said[at])
            if not fits:
                return None
            at += length
        return spoken

    def _name_at(
        self, said: Sequence[str], at: int
    ) -> tuple[int, tuple[str, bool] | None, tuple[str | None, Target] | None]:
        """The longest name of a place or thing that begins at `at`: how many words, and which."""
        if said[at] in DROPPED or said[at] in {"my", "our"}:
            return 1, None, None
        longest = self._longest + 1 if stems(said[at])[:1] in self._firsts else 0
        for length in range(min(len(said) - at, longest), 0, -1):
            name = stems(" ".join(said[at : at + length]))
            if len(name) == length:
                if name in self._places:
                    return length, self._places[name], None
                if name in self._things:
                    called, domain = self._things[name]
                    return length, None, (called, Target(domain=domain))
        noun = _NOUNS.get(said[at].removesuffix("'s"))
        return (1, None, (None, noun)) if noun is not None else (1, None, None)


_TWO = 2
_SPOKEN = {
    "light": "LIGHT",
    "media_player": "PLAYER",
    "climate": "CLIMATE",
    "fan": "FAN",
    "cover": "COVER",
    "person": "PERSON",
}
"""Domains whose things complaints speak of, and what stands for them."""
_SUBJECTS = frozenset(
    "sun room floor grass lawn air humidity light music temperature place car carpet mirror everyone glass".split()
)
"""Words before a shortened "is"."""
_GREEN = frozenset(
    "garden yard backyard greenhouse orchard vineyard balcony terrace patio bed meadow field polytunnel".split()
)
"""Places that are watered."""
_OF_THINGS = frozenset({"loud", "quiet"})
_REMEDIES = frozenset({"airing", "fanned"})
_AIRLESS = frozenset({"stuffy", "steamy", "humid", "hot"})
"""What a remedy that is said behind it is for."""
_LIGHTS, _PLAYERS = Target(domain="light"), Target(domain="media_player")
_TV, _SPEAKER = Target(domain="media_player", device_class="tv"), Target(domain="media_player", device_class="speaker")
_NOUNS: Mapping[str, Target] = {
    **dict.fromkeys("light lights lamp lamps lighting".split(), _LIGHTS),
    **dict.fromkeys("music sound volume audio song".split(), _PLAYERS),
    "radio": Target(name="radio", domain="media_player"),
    **dict.fromkeys("speaker speakers".split(), _SPEAKER),
    **dict.fromkeys("ac aircon heating thermostat radiator heater".split(), Target(domain="climate")),
    "fan": Target(domain="fan"),
    "tv": _TV,
}
_PREPOSITIONS = frozenset("in inside on at of over around".split())
_WAYS = frozenset("up down out over back through".split())


def _without_preposition(kept: Sequence[str]) -> int | None:
    """Where the words begin that lead to a place; None: none do."""
    at = len(kept)
    if at and kept[at - 1] in _PREPOSITIONS:
        at -= 1
        if (
            at
            and kept[at - 1] in _WAYS
            and kept[at - 2 : at - 1] not in (["steamed"], ["fogged"], ["misted"], ["burning"])
        ):
            at -= 1
        return at if not (at and kept[at - 1] in {"all", "looking", "see"} and kept[-1] in {"over", "into"}) else None
    return at - 1 if at and kept[at - 1] in _WAYS else None


def _is_people(kept: Sequence[str]) -> bool:
    return bool(kept) and re.fullmatch(PEOPLE, " ".join(kept)) is not None


def _once(said: Sequence[str]) -> list[str]:
    """`said` without words and pairs of words that are said twice in a row."""
    kept: list[str] = []
    for word in said:
        kept.append(word)
        for size in (2, 1):
            if len(kept) >= 2 * size and kept[-size:] == kept[-2 * size : -size]:
                del kept[-size:]
                break
    return kept


def _may_be_the_weather(found: re.Match[str]) -> bool:
    """Whether nothing says that it is too much: "it's cold today"."""
    groups = found.groupdict()
    return not groups.get("feel") and COMPLAINING.isdisjoint((groups.get("much") or "").split())


def _conditions(found: re.Match[str], condition: str) -> tuple[str, ...]:
    """Which conditions a pattern found; none: somebody may like it so."""
    groups = found.groupdict()
    degrees = set((groups.get("much") or "").split())
    strong = not degrees.isdisjoint(COMPLAINING)
    if (low := groups.get("low") or groups.get("loud")) and not (strong or low not in MILD | {"low"}):
        return ()
    if condition.startswith("fan ") and "much" in groups:
        return (condition,) if strong else ()
    if heat := groups.get("heat"):
        return ("heating hot" if heat in {"hot", "warm", "high"} else "heating cold",) if strong else ()
    if condition == "lamp bright" and "adj" not in groups:
        return (condition,) if strong or "much" not in groups or "bright" not in found[0].split() else ()
    if "adj" in groups:
        said = groups["adj"]
        kind = ADJECTIVES[said]
        mild = (
            said in MILD
            and not strong
            and not (said == "dry" and (condition == "air" or degrees & {"bone", "all", "so", "very", "really"}))
        )
        if (
            mild
            or (kind == "loud" and "PLACE" in found[0] and not strong)
            or (said in {"black", "light", "soft", "faint"} and not degrees)
        ):
            return ()
        if condition == "air" and kind not in {"dry", "humid", "stuffy", "steamy", "hot", "cold"}:
            return ()
        if kind == "dry" and condition != "air" and found[0].startswith("PLACE"):
            return ()
        second = groups.get("second")
        return (kind, *([ADJECTIVES[second]] if second and ADJECTIVES[second] != kind else []))
    if groups.get("short"):
        kind = OPPOSITE.get(ADJECTIVES[groups["short"]], "")
        return (kind,) if kind else ()
    if groups.get("more"):
        return (COMPARED[groups["more"]],)
    if groups.get("like"):
        return (LIKE[groups["like"]],)
    if groups.get("feel"):
        return (FEELING[groups["feel"]],)
    return (condition,) if condition else ()
