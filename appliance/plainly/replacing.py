"""One part of a command in the place of another of its kind: what a correction says instead of what was said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from appliance.plainly.correcting import cleaned
from appliance.plainly.namesakes import OTHER, Namesakes, is_same
from appliance.plainly.pieces import A_BIT, ONES, Parted, Piece, Pieces, of_kind
from appliance.plainly.taking_out import NOTHING, denied, joined, left_out, listed, regrouped, without
from appliance.resolver.spelling import Stems, stem, stems
from appliance.resolver.vocabulary import NOUNS
from appliance.text import key, words

_SEVERAL = re.compile(r"(?P<many>both|all)(?: (?:of )?(?:them|those|the two|the three))?", re.IGNORECASE)
_UNTOLD = re.compile(r"(?:the )?(?:one|two|three|some|a few|a couple)(?: of (?:them|those))?", re.IGNORECASE)
"""What says how many but not which."""
_SWAPPED = re.compile(
    r"(?:the )?other way (?:a)?round|vice versa|swap (?:them|those|that)(?: round| over)?", re.IGNORECASE
)
_ADDING = re.compile(
    r"^(?:and )?also |\balso (?=turn|switch|set|put|open|close)|(?:,? too|,? as well|,? also)$", re.IGNORECASE
)
_CLOSING = {
    "closed": "close", "shut": "close", "down": "close", "open": "open", "up": "open", "locked": "lock", "unlocked": "unlock",
}  # fmt: skip
_MOVING = frozenset("open close shut lock unlock raise lower".split())
_SWITCHED = frozenset({"on", "off", "out"})
_IDLE = frozenset(
    "please just only now then to at by for in on the a an of number too as well there percent degrees and , & do go".split()
)
"""Words of a correction that say nothing of what it changes."""
_CONTRASTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<before>)(?P<said>.+?),? (?:and )?not (?P<not>[\w. %°]+?)(?: please)?[.!]?",
        r"(?P<before>.+?) not (?P<not>[\w. %°]+?),? but(?P<said> .+)",
    )
)
_MODES = tuple(
    frozenset(group.split())
    for group in (
        "home away night vacation", "heat cool auto dry", "heating cooling", "am pm", "today tomorrow tonight",
        "monday tuesday wednesday thursday friday saturday sunday",
    )
)  # fmt: skip
"""Words of which one stands for another."""
_INSTEAD = re.compile(r",? (?:instead|rather)[.!]*$", re.IGNORECASE)
_OPTION_LEAD = re.compile(r"^(?:to|on|in|at) ", re.IGNORECASE)
_ARTICLES = frozenset({"the", "my", "our"})
_ASKING = frozenset("is are was were".split())
_PAIR = 2


class Replacing:
    """Puts parts of the commands of one home in the place of others. Immutable after construction."""

    def __init__(self, pieces: Pieces) -> None:
        """Store what parts sentences."""
        self._pieces = pieces
        self._namesakes = Namesakes(pieces)

    def put(self, before: str, after: str, *, strictly: bool = False) -> str | None:
        """`before` with `after` in the place of what is of its kind; None: that cannot be told; empty: `after` says not which.

        `strictly`: only like for like.
        """
        after, only = cleaned(after, self._pieces)
        if only and _UNTOLD.fullmatch(after) and not _counts(self._pieces.part(before)):
            return ""
        if (left := left_out(self._pieces, before, after)) is not None:
            return left
        if (refused := denied(self._pieces, before, after)) is not None:
            return self._instead(before, *refused)
        if not strictly and _ADDING.search(after):
            after = _ADDING.sub("", after)
            if not self._repeats(before, after):
                return self._added(before, after)
        return self._replaced(before, after, only=only, strictly=strictly)

    def last(self, before: str, after: str, *, several: bool) -> str | None:
        """`before` with `after` in the place of its last command, which may be about `several` things; None: that cannot be told."""
        said = self._pieces.part(before)
        if not said.clauses or (not several and len(of_kind(said.last, "thing")) > 1):
            return None
        new = self.put(said.whole(said.last), after)
        kept = said.clauses[:-1]
        return f"{joined(said, kept)} and {new}" if new and kept else new

    def denied(self, before: str, after: str) -> str | None:
        """`before` with something else for a thing of it that `after` says is not meant; None: it denies none."""
        refused = denied(self._pieces, before, after)
        return self._instead(before, *refused) if refused is not None and refused[0].kind == "thing" else None

    def beside(self, before: str, left: str, after: str) -> str | None:
        """`before` without what is `left` as it is, and with another command; None: it speaks of no such, or `after` is none."""
        kept, new = without(self._pieces, before, left), self._pieces.part(after)
        if kept is None or not new.clauses or new.clauses[0][0].kind != "verb":
            return self.put(before, after) if kept == NOTHING else None
        told = _INSTEAD.sub("", after)
        return told if kept == NOTHING else f"{kept} and {told}"

    def contrasted(self, text: str) -> str:
        """`text` without the value that it says is not meant: "to 72, not 75", "not to 75 but to 72"."""
        for form in _CONTRASTS:
            found = form.fullmatch(text)
            if found is None:
                continue
            denied, said = self._pieces.of(found["not"]), of_kind(self._pieces.of(found["said"]), "value")
            if {piece.kind for piece in denied} == {"value"} and any(_fits(piece, denied[0]) for piece in said):
                return f"{found['before']}{found['said']}"
        return text

    def tells(self, text: str) -> bool:
        """Whether `text` speaks of anything that a command may be about."""
        return bool(self._pieces.part(text).all("thing", "place", "value", "verb"))

    def _instead(self, before: str, old: Piece, spoken: str, after: str) -> str | None:
        """`before` with `after`, which may be empty, for a piece of it that it is not."""
        said = self._pieces.part(before)
        if not after:
            many = old.kind in {"thing", "place"} and len(said.all(old.kind)) > 1
            return without(self._pieces, before, spoken) if many else None
        if old.kind != "thing":
            return self.put(before, after)
        new = self._pieces.part(after)
        if len(new.clauses) != 1 or len(new.last) != 1:
            return None
        kind, grown = new.last[0].kind, self._namesakes.grafted(old, new.last[0])
        if kind == "place" and not grown:
            return self._changed(said, new, new.last)
        text = self._namesakes.thing(new, new.last[0], old) if kind == "thing" else grown or None
        return None if text is None else f"{before[: old.start]}{text}{before[old.end :]}"

    def _repeats(self, before: str, after: str) -> bool:
        """Whether `after` is about one of the things that were spoken of: "no, the pendants off, too"."""
        old = {piece.named for piece in self._pieces.part(before).all("thing") if piece.named}
        return any(piece.named in old for piece in self._pieces.part(after).all("thing"))

    def _added(self, before: str, after: str) -> str | None:
        """`before` with one more thing or command: "oh wait, the fan too"."""
        said, new = self._pieces.part(before), self._pieces.part(after)
        opening = next((piece.kind for piece in new.clauses[0] if piece.kind != "other"), "") if new.clauses else ""
        opened = opening == "verb" or (opening == "thing" and said.clauses and said.last[-1].kind == "thing")
        return f"{before} and {after}" if opened else None

    def _replaced(self, before: str, after: str, *, only: bool, strictly: bool = False) -> str | None:
        if (mode := _other_mode(before, after) or self._other_option(before, after)) is not None:
            return mode
        said, new = self._pieces.part(before), self._pieces.part(after)
        if said.clauses and (place := self._namesakes.place(said.last, new)):
            after = f"{new.text[: new.last[0].start]}{place}{new.text[new.last[0].end :]}"
            new = self._pieces.part(after)
        if not said.clauses or not new.clauses:
            return None
        more = after[new.clauses[0][-1].end :] if len(new.clauses) > 1 else ""
        if strictly and (more or not (self._alike(said.last, new.last) or (only and _is_among(said.last, new.last)))):
            return None
        if _SWAPPED.fullmatch(after):
            return _swapped(said)
        if found := _SEVERAL.fullmatch(after):
            return self._with_siblings(said, both=found["many"].lower() == "both")
        made = self._made(said, new, _pointed(_without_apposition(new.clauses[0])), only=only)
        return f"{made}{more}" if made and more else made

    def _other_option(self, before: str, after: str) -> str | None:
        """`before` with another of the words that a thing of the home is set to: "dryer mode on PLA, I mean ABS"; None: it has none."""
        spoken = _OPTION_LEAD.sub("", after)
        for options in self._pieces.options:
            if key(spoken) not in options:
                continue
            hits = [hit for word in options for hit in re.finditer(rf"\b{re.escape(word)}\b", before, re.IGNORECASE)]
            if hits:
                last = max(hits, key=lambda hit: hit.end())
                return f"{before[: last.start()]}{spoken}{before[last.end() :]}"
        return None

    def _alike(self, clause: Sequence[Piece], new: Sequence[Piece]) -> bool:
        """Whether a correction is of one kind, and the clause holds such: values, places, or things of one domain."""
        kinds = {piece.kind for piece in new}
        if kinds == {"value"}:
            return bool(of_kind(clause, "value"))
        things, fresh = of_kind(clause, "thing"), of_kind(new, "thing")
        if len(fresh) == 1 and not things and kinds <= {"thing", "state", "value"}:
            return self._namesakes.within_sibling(of_kind(clause, "place"), fresh[0])
        if kinds == {"place"}:
            return bool(of_kind(clause, "thing", "place"))
        if len(fresh) != 1 or not things or not kinds <= {"thing", "state", "other", "value"}:
            return False
        near = clause[-1] is things[-1] or fresh[0].named in self._namesakes.siblings(things[-1])
        return bool(self._namesakes.grafted(things[-1], fresh[0])) or (
            near and (self._namesakes.akin(things[-1], fresh[0]) or self._namesakes.begun(things[-1], fresh[0]))
        )

    def _made(self, said: Parted, new: Parted, first: Sequence[Piece], *, only: bool) -> str | None:
        """The sentence with the `first` clause of `new` in its place."""
        strange = [piece for piece in of_kind(first, "other") if piece.said[0] not in _IDLE | A_BIT]
        opening = next((piece for piece in first if piece.kind != "other" or piece in strange), first[0])
        if opening.kind == "verb":
            return self._commanded(said, new, first)
        if strange or of_kind(first, "verb", "it"):
            return None
        things = of_kind(first, "thing")
        places = of_kind(said.last, "place")
        if len(things) == 1 and not of_kind(said.last, "thing") and self._namesakes.within_sibling(places, things[0]):
            return said.swapped(places[-1], places[-1], new.whole(things))
        if things and of_kind(first, "state", "value"):
            if said.last[-1].kind == first[0].kind == "state" and not _last_thing(said):  # "turn on, no, off the lamp"
                return said.swapped(said.last[-1], said.last[-1], new.whole(first))
            if (begun := _begun(said)) and first[0].kind == "thing":
                told = self._told(said, new, first)
                return None if told is None else f"{begun}{told[0]}"
            return self._whole(said, new, self._spelt_out(said, new, first))
        if not of_kind(said.last, "thing", "place"):
            if things and said.last[-1].kind in {"verb", "state"}:
                return f"{said.text} {new.whole(first)}"
            return self._changed(said, new, first)
        text = self._retold(said, new, things, only=only) if things else said.text
        rest = [piece for piece in first if piece.kind not in {"thing", "joint"}]
        return self._changed(self._pieces.part(text), new, rest, only=only) if text else None

    # --- a command for a command

    def _commanded(self, said: Parted, new: Parted, first: Sequence[Piece]) -> str | None:
        """A correction that opens with a verb: a whole command, or one for the thing that was said."""
        if of_kind(first, "thing", "place"):
            return self._whole(said, new, self._spelt_out(said, new, first))
        about = _about(said)
        if not about:
            return None
        kept, text, end = said.text[: said.last[0].lead], new.text, first[-1].end
        if its := of_kind(first, "it"):
            return f"{kept}{text[first[0].lead : its[0].lead]}{about}{text[its[0].end : end]}"
        at = next((i for i, piece in enumerate(first) if piece.kind == "verb"), 0)
        at += at + 1 < len(first) and first[at + 1].kind == "state"
        return f"{kept}{text[first[0].lead : first[at].end]} {about}{text[first[at].end : end]}"

    def _whole(self, said: Parted, new: Parted, text: str | None) -> str | None:
        """A complete command in the place of what was said about its things, or of the only command there was."""
        names = self._names_of(said, new)
        hits = [clause for clause in said.clauses if any(_names(names, old) for old in of_kind(clause, "thing"))]
        if text is None or (not hits and len(said.clauses) > 1):
            return None
        if len(hits) == 1:
            things = of_kind(hits[0], "thing")
            if rest := [old for old in things if not _names(names, old)]:
                return f"{regrouped(said, hits[0], rest)} and {text}"
        kept = [clause for clause in said.clauses if clause not in hits] if len(said.clauses) > 1 else []
        return f"{joined(said, kept)} and {text}" if kept else text

    def _names_of(self, said: Parted, new: Parted) -> list[Stems]:
        """The names of the things that a correction speaks of."""
        old = _last_thing(said)
        texts = [(piece, self._namesakes.thing(new, piece, old) if old else None) for piece in new.all("thing")]
        return [stems(text) if text else piece.stems for piece, text in texts]

    def _spelt_out(self, said: Parted, new: Parted, first: Sequence[Piece]) -> str | None:
        """The clause of the correction with whole names for "the west one", in the place of the clause before where it says none."""
        told = self._told(said, new, first)
        if told is None:
            return None
        text, whole = told
        if first[0].kind != "verb" and first[-1].said[0] in _SWITCHED:
            text = f"turn {text}"
        elif first[0].kind == "thing" and first[-1].kind == "value" and first[-1].lead < first[-1].start:
            text = f"set {text}"
        places = of_kind(said.last, "place")
        return text if whole or not places or of_kind(first, "place") else f"{text} {said.whole(places[-1:])}"

    def _told(self, said: Parted, new: Parted, first: Sequence[Piece]) -> tuple[str, bool] | None:
        """The clause of the correction with whole words for its things, and whether all of them are names."""
        text, at = "", first[0].lead
        whole = True
        for piece in of_kind(first, "thing"):
            thing = self._namesakes.thing(new, piece, _last_thing(said))
            if thing is None:
                return None
            whole = whole and stems(thing) in self._pieces.names
            text += new.text[at : piece.start] + thing
            at = piece.end
        return text + new.text[at : first[-1].end], whole

    # --- a thing for a thing

    def _retold(self, said: Parted, new: Parted, things: Sequence[Piece], *, only: bool) -> str | None:
        """The sentence with other things in its last clause."""
        old = of_kind(said.last, "thing")
        if not old:
            return None
        target = next((piece for piece in reversed(old) if self._namesakes.grafted(piece, things[0])), old[-1])
        among = [[thing for thing in old if is_same(piece.stems, thing)] if only else [] for piece in things]
        texts = [
            said.core(same[0]) if len(same) == 1 else self._namesakes.thing(new, piece, target)
            for piece, same in zip(things, among, strict=True)
        ]
        known = [text for text in texts if text is not None]
        if len(known) != len(texts):
            return None
        leads = [new.lead(piece) or _article(said, target) for piece in things]
        all_of_them = (only or len(things) > 1) and len(old) > 1
        first, last = (old[0], old[-1]) if all_of_them else (target, target)
        spoken = listed([f"{lead}{text}" for lead, text in zip(leads, known, strict=True)])
        places = [piece for piece in of_kind(said.last, "place") if piece.lead >= last.end]
        if places and all(map(self._namesakes.is_whole, known)):
            between = said.text[last.end : places[0].lead].rstrip()
            return f"{said.text[: first.lead]}{spoken}{between}{said.text[places[-1].end :]}"
        return said.swapped(first, last, spoken)

    def _with_siblings(self, said: Parted, *, both: bool) -> str | None:
        """The sentence with all that are called like its thing but for a word: "no, both"."""
        things = of_kind(said.last, "thing")
        siblings = self._namesakes.siblings(things[0]) if len(things) == 1 and things[0].named else []
        if not siblings or (both and len(siblings) + 1 != _PAIR):
            return None
        names = [f"the {name}" for name in (things[0].named, *siblings)]
        return said.swapped(things[0], things[0], listed(names))

    # --- a place, a state, a value

    def _changed(self, said: Parted, new: Parted, pieces: Sequence[Piece], *, only: bool = False) -> str | None:
        """The sentence with other places, another state, or value in its last clause; `only`: for all its places."""
        places = of_kind(pieces, "place")
        for piece in pieces:
            if piece in places[1:]:
                continue
            if piece.kind == "place":
                together = replace(piece, end=places[-1].end)
                text = self._placed(said, new, together, only=only or len(places) > 1)
            elif piece.kind == "value":
                text = self._revalued(said, new, piece)
            elif piece.kind == "state":
                text = _turned(
                    said, piece, new.text[piece.start : pieces[-1].end] if pieces[-1].kind == "other" else ""
                )
            else:
                text = said.text if piece.kind == "other" else None
            if text is None:
                return None
            said = self._pieces.part(text)
        return said.text

    def _placed(self, said: Parted, new: Parted, place: Piece, *, only: bool = False) -> str | None:
        """The sentence in another place: of its last clause, or within the name of its thing."""
        if places := of_kind(said.last, "place"):
            if only or any(old.stems == place.stems for old in places):
                said = self._pieces.part(regrouped(said, said.last, places[:1]))
                places = of_kind(said.last, "place")
                if not places:  # what is left is read in other parts
                    return None
            old = places[-1]
            lead = new.lead(place) if re.match(r"(?:in|on|at)\b", new.lead(place)) else said.lead(old)
            return said.swapped(old, old, f"{lead}{new.core(place)}")
        thing = _last_thing(said)
        if thing is None:
            return None
        if grown := self._namesakes.grafted(thing, place):
            return f"{said.text[: thing.start]}{grown}{said.text[thing.end :]}"
        led = max((span for span in self._pieces.places if thing.stems[: len(span)] == span), key=len, default=())
        if led and not thing.named and len(thing.said) > len(led):
            return f"{said.text[: thing.start]}{new.core(place)} {' '.join(thing.said[len(led) :])}{said.text[thing.end :]}"
        if stem(thing.said[-1]) not in NOUNS:
            return None
        spoken = thing.said[-1] if thing.named else said.core(thing)
        return f"{said.text[: thing.start]}{spoken} in the {new.core(place)}{said.text[thing.end :]}"

    def _revalued(self, said: Parted, new: Parted, value: Piece) -> str | None:
        """The sentence with another value; a bare number may also be that of a name."""
        old = next((piece for piece in reversed(of_kind(said.last, "value")) if _fits(piece, value)), None)
        text = new.core(value)
        if old is not None:
            at = said.last.index(old)
            if [piece.kind for piece in said.last[max(0, at - 2) : at]] == [
                "value",
                "joint",
            ]:  # "to red, green, no, blue"
                first = said.last[at - 2]
                return said.swapped(first, old, f"{said.lead(first)}{text}") if _fits(first, value) else None
            kept = said.text[old.bare : old.end] if not value.unit and old.bare and old.unit != "level" else ""
            return said.swapped(old, old, f"{new.lead(value) or said.lead(old)}{text}{kept}")
        for thing in reversed(of_kind(said.last, "thing")) if not value.unit else ():
            if grown := self._namesakes.grafted(thing, value):
                return said.swapped(thing, thing, f"{_article(said, thing)}{grown}")
        about = _about(said)
        valued = value.unit not in {"", "time"} or value.lead < value.start
        if of_kind(said.last, "value") or not valued or not about:
            return None
        return f"{said.text[: said.last[0].lead]}set {about} to {text}"


def _other_mode(before: str, after: str) -> str | None:
    """`before` with another word for one of the same few: "arm the alarm away, no, home"; None: it has none."""
    spoken = re.sub(r"^(?:to|in|on|for) ", "", after.lower())
    group = next((group for group in _MODES if spoken in group), ())
    hits = [word for word in words(before) if word.text in group]
    return f"{before[: hits[-1].start]}{spoken}{before[hits[-1].end :]}" if hits else None


def _counts(said: Parted) -> bool:
    """Whether a number may be a value of its last clause: it has one with a unit, and not several things."""
    things = of_kind(said.last, "thing") if said.clauses else []
    several = len(things) > 1 or any(stem(thing.said[-1]) != thing.said[-1] for thing in things)
    return bool(said.clauses) and not several and any(piece.unit for piece in of_kind(said.last, "value"))


def _is_among(clause: Sequence[Piece], new: Sequence[Piece]) -> bool:
    """Whether a correction names one of several things of a clause, and nothing else."""
    things = of_kind(clause, "thing")
    return len(things) > 1 and len(new) == 1 and sum(is_same(new[0].stems, thing) for thing in things) == 1


def _swapped(said: Parted) -> str | None:
    """Two clauses with the values or states of each other: "the other way round"."""
    told = [of_kind(clause, "value", "state") for clause in said.clauses]
    if len(told) != _PAIR or any(len(pieces) != 1 for pieces in told) or told[0][0].kind != told[1][0].kind:
        return None
    (first,), (second,) = told
    text = said.text
    return f"{text[: first.start]}{said.core(second)}{text[first.end : second.start]}{said.core(first)}{text[second.end :]}"


def _without_apposition(clause: Sequence[Piece]) -> Sequence[Piece]:
    """A clause without "the other one" where it says which that is: "the other one, cell four"."""
    vague = clause[0].kind == "thing" and set(clause[0].said) <= OTHER | ONES
    return clause[2:] if vague and len(clause) > _PAIR and clause[1].kind == "joint" else clause


def _pointed(clause: Sequence[Piece]) -> Sequence[Piece]:
    """A clause without what only points to its place: "the one in the study", "those in the study"."""
    if not of_kind(clause, "place"):
        return clause
    return [
        piece
        for at, piece in enumerate(clause)
        if not (piece.kind == "thing" and set(piece.said) <= ONES) and not (piece.kind == "it" and at == 0)
    ]


def _begun(said: Parted) -> str:
    """What stands before the thing of a last clause that does not say how it is to be, or is a question; empty: it is neither."""
    thing = _last_thing(said)
    asked = said.last[0].said[0] in _ASKING
    open_ended = said.last[-1] is thing and not of_kind(said.last, "state", "value")
    return said.text[: thing.lead] if thing is not None and (asked or open_ended) else ""


def _last_thing(said: Parted) -> Piece | None:
    return next(reversed(of_kind(said.last, "thing")), None)


def _names(names: Sequence[Stems], old: Piece) -> bool:
    return any(is_same(name, old) for name in names)


def _about(said: Parted) -> str:
    """What the last clause is about, as it was said: its things and its place; empty: they do not stand together."""
    pieces = [piece for piece in said.last if piece.kind in {"thing", "place"}]
    if not pieces:
        return ""
    between = said.last[said.last.index(pieces[0]) : said.last.index(pieces[-1]) + 1]
    return said.whole(pieces) if all(piece.kind in {"thing", "place", "joint"} for piece in between) else ""


def _article(said: Parted, piece: Piece) -> str:
    lead = said.lead(piece)
    return lead if lead.strip().lower() in _ARTICLES else ""


def _fits(old: Piece, new: Piece) -> bool:
    """Whether one value may stand for the other."""
    units = {old.unit, new.unit}
    alike = len(units) == 1 or units <= {"%", "level", ""} or units == {"kelvin", "color"}
    return alike or ("color" not in units and "" in units)


def _turned(said: Parted, new: Piece, how: str = "") -> str | None:
    """The sentence with another state in its last clause: "on, I mean off". `how`: the state with how much of it, "down a bit"."""
    state = new.said[0]
    if state in _SWITCHED and of_kind(said.last, "value"):
        about = _about(said)
        return f"{said.text[: said.last[0].lead]}turn {about} {state}" if about else None
    if states := of_kind(said.last, "state"):
        return said.swapped(states[-1], states[-1], how or state)
    verb = next(iter(of_kind(said.last, "verb")), None)
    if verb is not None and verb.said[0] in _MOVING and state in _CLOSING:
        return said.swapped(verb, verb, _CLOSING[state])
    return None
