"""What a command for many things leaves out, said in other words than "except": "only the dust collector should keep running".

The command model knows exceptions that are opened by a word for them. A clause that wants something of what is switched off to stay as it
is becomes one of these; behind a command for a single thing it says nothing, and is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from appliance.resolver.spelling import stem
from appliance.resolver.vocabulary import NOUNS
from appliance.text import words

_SWEEPING = frozenset("all every everything everywhere each both whole any".split())
_THING = r"(?P<thing>(?:(?:the|my|our|your|his|her|their) )?(?:[\w'’-]+ ){0,5}?[\w'’-]+)"
_MAY = r"(?:can|could|should|shall|may|must|might|will|has to|have to|needs? to|is to|are to|ought to|wants to)"
_AS_IT_IS = (
    r"(?: (?:on|open|lit|running|burning|going|up|down|closed|shut|off|playing|theirs|as (?:it is|they are)|that way"
    r"|untouched|unchanged|alone))+"
)
_STAYS = (
    rf"(?:{_MAY} (?:still )?(?:stay|remain|keep|be left){_AS_IT_IS}|(?:stays?|remains?|keeps?){_AS_IT_IS}|{_MAY} stay)"
)
_WHO = r"(?:i|we|he|she|they|someone|somebody)(?:'m|'re|'s| am| are| is)?"
_END = r"(?: though| please| thanks| thank you| however)*[.!]?$"
_NEEDS = r"(?:(?:still|really|only|just) )*(?:need|want|use|using)s?"
_CLAUSES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf",? (?:and |but )?(?:only|just) {_THING} {_STAYS}{_END}",
        rf"(?:,| but|, but|, though|, although|, and) {_THING} {_STAYS}{_END}",
        rf",? (?:and |but )?(?:just |only )?(?:leave|keep|leaving|keeping) {_THING}{_AS_IT_IS}{_END}",
        rf",? (?:and |but )?(?:just|only) (?:leave|keep) {_THING}{_END}",
        rf",? (?:but )?(?:just |only )?not {_THING}{_END}",
        rf"(?:,| but|, but|, though|, although|, because|, as) {_WHO} {_NEEDS} {_THING}(?: on)?{_END}",
        rf"(?:,| and|, and) {_THING} (?:is|are) (?:enough|sufficient|plenty)(?: for (?:me|us|now|tonight))?{_END}",
        rf", {_THING} (?:(?:is|are) )?(?:excluded|excepted|left out|not included)(?:,? (?:because|since|as|for)\b.*)?{_END}",
        rf",? (?:and |but )?(?:do not|don't|don’t) (?:touch|move|change) {_THING}{_END}",
        rf",? (?:ignoring|leaving out|not counting|without touching|not touching|sparing) {_THING}{_END}",
    )
)
_ALL_BUT = re.compile(
    rf"(?:,| -)? (?:all|every one|each)(?: of (?:them|these|those))? (?:but|except|bar|apart from|save) (?!for\b|from\b){_THING}{_END}",
    re.IGNORECASE,
)
"""Behind a command for some things how many of them it is for: "put the desk lamps on, all but number 3"."""
_FIRST = re.compile(
    r"^(?:please )?(?:other than|apart from|aside from|except(?: for)?|with the exception of|besides|save for|without touching"
    rf"|not touching|ignoring|leaving out|not counting|sparing) {_THING}, (?P<rest>.+)$",
    re.IGNORECASE,
)
_UNTOUCHED = re.compile(
    rf"^(?:please )?(?:(?:leave|keep) {_THING}{_AS_IT_IS}|(?P<named>(?:(?:the|my|our) )?(?:[\w'’-]+ ){{0,4}}?[\w'’-]+) (?:{_STAYS}"
    r"|(?:is|are) not to be (?:touched|changed|moved)|must not be (?:touched|changed|moved)))(?:,? and|,? but|,) "
    r"(?P<rest>.*\b(?P<else>(?:every|any)thing|(?:every|any)where) else\b.*)$",
    re.IGNORECASE,
)
"""What stays as it is before a command for everything else."""
_BEFORE_PLACE = re.compile(
    r"^(?P<verb>(?:please )?(?:(?:turn|switch|put|shut|power) )?)(?P<many>all(?: of)?(?: the)?(?: \w+){0,2}|everything)"
    rf" (?P<cue>but|except(?: for)?|bar|apart from|other than|save) {_THING} (?P<state>on|off|open|closed|down|up) "
    r"(?P<place>(?:in|on|at) (?:the |my |our )?[\w'’ -]+?|(?:up|down)stairs|outside)(?P<end>(?: please| now| tonight)*[.!]?)$",
    re.IGNORECASE,
)
"""An exception in the midst of a command, whose place stands at its end: "all lights but the beacon off upstairs"."""
_MOVING = {"open": "open", "up": "open", "closed": "close", "down": "close"}
_OF_A_KIND = re.compile(r"\b(?:everything|anything|all|whatever) that(?:'s| is) an? (?P<noun>\w+)", re.IGNORECASE)
_WHATEVER = re.compile(
    r"\b(?:whatever|any|whichever) (?P<things>(?:\w+ ){0,3}?\w+s) (?:that )?are "
    r"(?:still )?(?:on|burning|lit|running|open|playing)\b(?! [a-z]+ing)",
    re.IGNORECASE,
)
"""Of many things those that are in some state: what is done to the others changes nothing."""
_MASS = frozenset({"heating", "lighting"})
_LEVELS = frozenset("floor storey upstairs downstairs basement attic cellar".split())
"""The heating of a floor is many things."""
_SAME_NOUN = re.compile(
    r"(?P<cue>\b(?:except(?:ing)?(?: for)?|apart from|aside from|other than|besides|bar|but(?: not)?|save|without) )"
    r"(?P<thing>(?:the |my |our )?(?:(?!and\b|or\b)[\w'’-]+ ){1,4}?)ones?\b(?! of\b| in\b| on\b| by\b| at\b)",
    re.IGNORECASE,
)
"""What is left out by a word for it and "one"."""
_BARE_ONE = frozenset("the my our that this left right first second third last other big small old new".split())
"""Words before a "one" that name nothing by themselves."""
_EVERY_ROOM = re.compile(
    r"\b(?:(?:in|of|from) )?(?:every|each|all(?: of)?(?: the)?)(?: single)? rooms? "
    r"(?P<where>(?:on|in|of) the (?:\w+ )?(?:floor|storey|level)|(?:up|down)stairs)\b",
    re.IGNORECASE,
)
"""All rooms of a floor, which are the floor."""
_NO_THINGS = frozenset(
    """turn switch put set make open close shut lock unlock start stop play pause dim and but then it that them this those these off on up
    down now yet too more much so very to if when until unless before after bright dark loud warm cold high low sure only just
    first""".split()
)
"""Words of a clause that leaves nothing out: "not too bright", "not now"."""


def excepted(
    text: str,
    is_called: Callable[[str], bool] = lambda _thing: False,
    less: Callable[[str, str], str] = lambda command, thing: f"{command} except {thing}",
) -> str:
    """`text` with what it leaves out behind "except"; as it is where it has no such clause behind a command for many things.

    `is_called` knows the names of the home, and its phrases for several rooms or things; `less` puts an exception into a command.
    """
    text = _OF_A_KIND.sub(
        lambda match: f"all the {match['noun']}s" if stem(match["noun"].lower()) in NOUNS else match[0], text
    )
    text = _WHATEVER.sub(r"all the \g<things>", text)
    text = _EVERY_ROOM.sub(r"\g<where>", text)
    if (apart := _BEFORE_PLACE.match(text)) and _is_thing(apart["thing"]):
        state = apart["state"].lower()
        many = "everything" if apart["many"].lower() == "all" else apart["many"]
        command = f"{_MOVING.get(state, f'turn {state}')} {many} {apart['place']} except {apart['thing']}{apart['end']}"
        return _of_the_noun(command, is_called)
    if (apart := _UNTOUCHED.match(text)) and _is_thing(thing := apart["thing"] or apart["named"]):
        rest = apart["rest"].replace(f"{apart['else']} else", apart["else"])
        return f"{rest.rstrip('.!')} except {thing}"
    if (first := _FIRST.match(text)) and sweeps(first["rest"]) and _is_thing(first["thing"]):
        return f"{first['rest'].rstrip('.!')} except {first['thing']}"
    if (rest := _ALL_BUT.search(text)) and rest.start() > 0 and rest[0].startswith((",", " -")):
        return f"{text[: rest.start()]} except {rest['thing']}"
    for clause in _CLAUSES:
        match = clause.search(text)
        if (
            match is not None
            and (_is_thing(match["thing"]) or is_called(match["thing"]))
            and sweeps(text[: match.start()])
        ):
            return _of_the_noun(less(text[: match.start()], match["thing"]), is_called)
    return _of_the_noun(text, is_called)


def _of_the_noun(text: str, is_called: Callable[[str], bool]) -> str:
    """`text` with the noun of its command for the "one" that it leaves out: of the bathroom lights not "the mirror one" but its light."""
    found = _SAME_NOUN.search(text)
    if found is not None and is_called(found[0].removeprefix(found["cue"])):
        return text  # "except cell one"
    if found is not None and any(is_called(tail) for tail in _tails(found[0].removeprefix(found["cue"]))):
        return text  # "except the lamp in cell one"
    if found is None or _BARE_ONE.issuperset(word.text for word in words(found["thing"])):
        return text
    said = [word.text for word in words(text[: found.start()])]
    plural = [
        word
        for before, word in pairwise(("", *said))
        if stem(word) in NOUNS and (stem(word) != word or before in {"every", "each"})
    ]
    if len(set(plural)) != 1 or not _is_thing(found["thing"]):
        return text
    noun = stem(plural[0]) + ("s" if found[0].lower().endswith("s") else "")
    return f"{text[: found.start()]}{found['cue']}{found['thing']}{noun}{text[found.end() :]}"


def _tails(said: str) -> list[str]:
    """The last two and three words."""
    spoken = said.split()
    return [" ".join(spoken[-length:]) for length in (2, 3) if len(spoken) > length]


def sweeps(command: str) -> bool:
    """Whether a command is for many things, and exempts nothing yet."""
    said = [word.text for word in words(command)]
    plural = any(stem(word) != word and stem(word) in NOUNS and word.endswith("s") for word in said)
    plural = plural or not (_MASS.isdisjoint(said) or _LEVELS.isdisjoint(said))
    return (plural or not _SWEEPING.isdisjoint(said)) and {"except", "apart", "but", "besides"}.isdisjoint(said)


def _is_thing(thing: str) -> bool:
    said = [word.text for word in words(thing)]
    return bool(said) and _NO_THINGS.isdisjoint(said)
