"""Corrections in mid-sentence: "volume to sixty, no, sixteen" is "volume to sixteen".

A repair word parts a sentence into what was said first and what takes its place. What it takes the place of is found by kind: a value for
a value, a name for a name, a place for a place, a verb for a verb, a command for a command. What was taken back is gone before the command
model reads the sentence; where nobody can tell what takes the place of what, the sentence is asked for again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from appliance.intents.lists.correcting import amended
from appliance.messages import Home
from appliance.plainly.cues import CUE, is_sure
from appliance.plainly.pieces import Pieces
from appliance.plainly.replacing import Replacing
from appliance.plainly.reworded import Reworded
from appliance.plainly.taking_out import AS_IT_IS, NOTHING
from appliance.resolver.alike import edited, tokens
from appliance.resolver.groups import Groups
from appliance.resolver.lettered import rooms_clipped, rooms_named
from appliance.resolver.possessed import Possessed

UNCLEAR = "I am not sure what you want to change. Please say it again as a whole."
LONGEST = 500
"""Characters of a sentence that is looked through: the command model reads no longer ones."""

_CONFESSED = re.compile(
    r"(?P<before>.+),\s*(?P<after>[^,]+?),?\s+(?:i mean|i meant|that is|rather|instead)[.!]?", re.IGNORECASE
)
"""The cue behind what takes the place: "cell five I mean"."""
_ADDED = re.compile(
    r"(?<!to )(?<!at )\b(?P<list>(?:[a-z]|\d+)(?:(?:,? and|,| to) (?:[a-z]|\d+))*)"
    r", (?:the|in the) (?P<noun>\w+s?),? (?:i mean|i meant|that is)[.!]?$",
    re.IGNORECASE,
)
"""Nothing is corrected, only the noun follows: "in A, B and D, the classrooms I mean"."""
_DENIED = re.compile(
    r"(?P<before>[^,]+), (?:(?:no|nope|wait|sorry|oh|oops|sorry no|oh no|no wait|no no)[, ]+)?"
    r"(?P<after>not [^,]+, (?!and\b|but\b|or\b)[^,]+)",
    re.IGNORECASE,
)
"""With a name for what is not meant: "turn on the fan, not the fan, the lamp"."""
_NOT_THAT = re.compile(
    r".+?[,;.] (?:(?:oh|ah|no|nope|wait|sorry|oops|hey)[, ]+)*(?P<not>not (?:that|this|those|these)(?: ones?)?)[.!]?",
    re.IGNORECASE,
)
"""Nothing is said in the place of what is not meant: "close the blind, oh, not that one"."""
_TAKEN_BACK = re.compile(r"(?:scratch|strike|cancel|forget) that|i take (?:that|it) back", re.IGNORECASE)
_QUOTING = re.compile(
    r"\b(?:add|remind(?:er)?|announce|broadcast|note|write|message|tell (?!me\b)|say|shout|call|list|shopping|search|who|why|if)\b",
    re.IGNORECASE,
)
"""What is said in such a sentence may be words of a text."""
_FINE = (
    r"it(?:'s| is) (?:fine|ok|okay|all right|good)(?: as it is| like that)?|it doesn'?t matter|that'?s (?:fine|ok|okay)"
)
_WITHDRAWN = re.compile(
    rf"(?:(?:{_FINE})[ ,.]*)?(?:(?:please |just )?(?:never ?mind|forget (?:it|about it|that)|stop|not now|not yet"
    r"|do(?:n'?t| not)(?: (?:do|touch|bother)(?: (?:it|that|with (?:it|that)))?| (?:\w+ ){1,2}(?:it|them)(?: (?:on|off|up|down))?)?"
    r"|leave (?:it|that|them|everything)(?: (?:on|off|open|closed|shut|alone|be|as (?:it is|they are|is)|like that|running))*)"
    r"|let (?:it|him|her|them|that) (?:be|run|finish|play|go on|carry on|stay|stay on|keep going)"
    rf"|{_FINE})(?: (?:please|then|after all|for now|yet))*[.!]*",
    re.IGNORECASE,
)
_DANGLING = re.compile(r"[ ,]+(?:and|or|but|then)$", re.IGNORECASE)
_REFUSED = re.compile(
    r"(?:please )?(?:do(?:n'?t| not)|better not)(?: (?:do (?:that|it)|bother))?[,.;:–—-]+ ?(?P<rest>.+)", re.IGNORECASE
)
_WANTED = re.compile(
    r"it(?:'s| is) (?P<x>.+?)(?: that| which)? (?:i|we)(?:'d)?(?: really)? (?:want|need|like)(?:ed)? "
    r"(?P<state>on|off|open|closed|shut|locked|started|running)",
    re.IGNORECASE,
)
_KEPT = re.compile(
    r"(?:(?:please|just|but|we) )*(?:leave|keep) (?:it|that|this|(?P<all>them|those|these))(?: ones?)?"
    rf"{AS_IT_IS}(?:[,.;:…–—-]+ *(?:(?:and|but) )?| (?:and|but) "
    r"| (?=(?:turn|switch|put|set|open|close|shut|lock|start|dim) ))(?P<rest>\w.*)",
    re.IGNORECASE,
)
"""What was just said stays as it is, and something else is wanted: "leave that one on, switch off the other one"."""
_LEFT = re.compile(
    rf"(?:(?:please|just|but|we) )*(?:leave|keep|skip|forget(?: about)?) (?P<x>\w[\w' ]*?)"
    rf"{AS_IT_IS}[,.;:…–—-]+ *(?:(?:and|but|then) )?(?P<rest>\w.*)",
    re.IGNORECASE,
)
"""The same of things by their names."""
_TELLING = re.compile(
    r"(?:(?:because|as|since) )?(?:i|we|he|she|they|it|there|(?:the|my|our) \w+|[A-Z]\w+)"
    r"(?: (?:is|are|was|were|has|have|needs?|wants?|will|comes?|sleeps?)|'\w+)\b"
)
"""A reason behind a refusal."""
_ALIKE = {"open": "open", "closed": "close", "shut": "close", "locked": "lock", "started": "start", "running": "start"}
_EDGE = " \t,.;:!…–—-"


@dataclass(frozen=True, slots=True)
class Repaired:
    """A sentence without what its speaker took back."""

    text: str
    unclear: str = ""
    """What takes the place of something that cannot be told; `text` still has it."""
    one_of: str = ""
    """The sentence before a correction that wants only one of its things, and does not say which."""


class Repairs:
    """Mends the sentences of one home. Immutable after construction."""

    def __init__(self, home: Home, groups: Groups | None = None) -> None:
        """Look through `home`. `groups` knows its names; None: they are looked for."""
        self._groups = Groups(home) if groups is None else groups
        self.pieces = Pieces(home)
        self._replacing = Replacing(self.pieces)
        self._reworded = Reworded(home)
        self._possessed = Possessed(home, self._groups)

    def put(self, text: str) -> Repaired:
        """`text` with every correction in its place."""
        if len(text) > LONGEST:
            return Repaired(text)
        text = _ADDED.sub(r"\g<noun> \g<list>", text.replace("’", "'"))
        text = self._as_quoted(self._possessed.put(edited(text, rooms_clipped(tokens(text), self._groups))))
        if (found := _CONFESSED.fullmatch(text)) and not _QUOTING.search(text):
            named = all(piece.named for piece in self.pieces.of(found["after"]))
            mended = self._replacing.put(found["before"], found["after"], strictly=not named)
            earlier = CUE.search(found["before"])
            if mended or earlier is None or not earlier.start():
                return Repaired(mended or text)
        if (refused := _NOT_THAT.fullmatch(text)) and not _QUOTING.search(text):
            return Repaired(text, refused["not"])
        text = self._replacing.contrasted(text)
        at = 0
        while (cue := CUE.search(text, at)) is not None:
            before, after = _DANGLING.sub("", text[: cue.start()].rstrip(_EDGE)), text[cue.end() :]
            at = cue.end()
            if not any(char.isalnum() for char in before) or self._is_named(text, cue):
                continue
            sure = is_sure(text, cue)
            if not sure and text[: cue.start()].rstrip().endswith("?"):
                continue
            if _QUOTING.search(before):
                if sure:
                    return Repaired(text, after.strip(_EDGE) or cue[0])
                continue
            following = CUE.search(text, cue.end())
            if following is not None:
                after = text[cue.end() : following.start()]
            rest = text[following.start() :] if following is not None else ""
            mended = self._mended(before, after.strip(_EDGE + "?"), cue)
            if mended:
                text = f"{mended}, {rest}" if rest else mended
                at = len(mended)
            elif sure or mended is not None:
                return Repaired(text, after.strip(_EDGE) or cue[0], before if mended is not None else "")
        return Repaired(text)

    def _as_quoted(self, text: str) -> str:
        """`text` with what it only quotes corrected, and with the thing that is meant for one that is "not" meant."""
        if (cue := CUE.search(text)) is not None and cue.start():
            text = amended(text) or self._reworded.put(edited(text, rooms_named(tokens(text), self._groups)))
        elif " not " in text:
            text = self._reworded.put(text)
        if (denied := _DENIED.fullmatch(text)) and not _QUOTING.search(text):
            return self._replacing.denied(denied["before"], denied["after"]) or text
        return text

    def _is_named(self, text: str, cue: re.Match[str]) -> bool:
        """Whether a cue is part of a name of the home: the "well" of the well pump."""
        named = (piece for piece in self.pieces.of(text) if piece.named or piece.kind == "place")
        return any(piece.start < cue.end() and cue.start() < piece.end for piece in named)

    def _mended(self, before: str, after: str, cue: re.Match[str]) -> str | None:
        """What was said `before` the cue with what stands `after` it; None: that cannot be told. Empty: it says not which is meant."""
        if not after:
            if _TAKEN_BACK.search(cue[0]):
                return NOTHING
            return None
        if (kept := _KEPT.fullmatch(after)) is not None:
            return self._replacing.last(before, kept["rest"], several=kept["all"] is not None)
        if (left := _LEFT.fullmatch(after)) is not None:
            rest = self._replacing.beside(before, left["x"], left["rest"])
            if rest is not None:
                return rest
        if (instead := _REFUSED.fullmatch(after)) is not None:
            return self._rather(before, instead["rest"])
        last = re.split(r"[,.;] ", after)[-1].strip()
        if cue["cue"] is not None and (_WITHDRAWN.fullmatch(after) or _WITHDRAWN.fullmatch(last)):
            return NOTHING
        return self._replacing.put(before, after, strictly=cue["cue"] is None)

    def _rather(self, before: str, after: str) -> str | None:
        """What comes of a command that is taken back, and of what stands behind that: another command, or a reason."""
        if wanted := _WANTED.fullmatch(after):
            state = wanted["state"].lower()
            return f"{_ALIKE.get(state, f'turn {state}')} {wanted['x']}"
        rest = self._replacing.put(before, after)
        return rest if rest or (self._replacing.tells(after) and not _TELLING.match(after)) else NOTHING
