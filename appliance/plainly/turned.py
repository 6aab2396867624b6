"""Commands put the other way round, and two in one: "everything in the hall, switch it off", "resume the jukebox at thirty percent".

Each is put as the command model knows it. What depends on names holds only for those of the home.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from appliance.resolver.alike import folds, tokens
from appliance.resolver.groups import Groups

_FRONTED = re.compile(
    r"(?P<what>(?:all|every|everything|both|the|each)\b[^,;:.?!]*), (?:please |just |could you |can you |would you )*"
    r"(?:(?P<verb>turn|switch|put) (?:it|them|those|that|all of it|all of them) (?P<state>on|off)"
    r"|(?P<move>open|close|shut|lock|unlock|start|stop|mute|pause) (?:it|them|those|that|all of it|all of them)(?: up| down)?)"
    r"(?P<end>(?:,? please)?[.!]?)",
    re.IGNORECASE,
)
_LIT_BY = re.compile(r"\b(?:everything|anything|whatever) that (?:lights(?: up)?|illuminates) ", re.IGNORECASE)
_RESUMED = re.compile(
    r"(?P<verb>(?:please )?(?:resume|unpause|continue|carry on with)) (?P<what>[^,;:.?!]+?) (?:at|on|with) "
    r"(?P<level>[\w-]+(?: percent|%|))(?: of)?(?: volume)?(?P<end>(?: please)?[.!]?)",
    re.IGNORECASE,
)
_ENOUGH = "(?:will do|would do|should do|does it|is enough|is fine|is plenty|is all right|should be enough)"
_WILL_DO = re.compile(
    r"(?:please )?(?:crack|open|leave|put|set|prop|pull) (?P<what>[^,;:.?!]+?)(?: open| ajar| up| down)?[,;:.] ?"
    rf"(?:about |some |just )?(?P<level>[\w-]+(?: percent|%))(?: open)? {_ENOUGH}(?P<end>(?: please)?[.!]?)",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"(?P<what>[^,;:.?!]+?) "
    r"(?P<how>(?:a (?:bit|little|touch) )?(?:quieter|softer|louder|brighter|dimmer|darker|warmer|cooler|faster|slower))"
    r"(?:,? please)?, (?:because |since |as )?"
    r"(?:there(?:'s|’s| is| are)|i(?:'m|’m| am)|we(?:'re|’re| are)|somebody|someone|\w+ is|\w+ are)\b[^?]*",
    re.IGNORECASE,
)
_COMES = (
    r"(?:comes?|arrives?|gets? (?:here|home|in)|turns? up|shows? up|starts?|begins?)(?: (?:in|home|back|over|round))?"
)
_IN_TIME = re.compile(
    r"(?P<command>[\w'’ ]+ (?:shut|closed|locked|off|on|open|down|up)"
    r"|(?:please )?(?:turn|switch|close|shut|open|lock|set|put|dim|raise|lower)\b[^,;:?]*?),? before (?:the |my |our )?"
    rf"[\w'’]+(?: [\w'’]+){{0,2}} {_COMES}[.!]?",
    re.IGNORECASE,
)
_LET_IN = re.compile(
    r"(?:please )?let (?:the|my|our) [\w'’ ]+? (?:in|out|through), (?=(?:please )?(?:open|unlock)\b)", re.IGNORECASE
)
_TO_PLACE = re.compile(
    r"\bthe (?P<thing>gate|door|hatch) (?:to|of|into) the (?P<place>[\w'’ ]+?)(?=[,.!?]|$| please| and | to )",
    re.IGNORECASE,
)
_THERE = re.compile(r"\bin there\b", re.IGNORECASE)
_LAST_JOINT = re.compile(r"(?P<before>.*\S)(?:[,;.:]| and| then| but| so) ", re.IGNORECASE | re.DOTALL)
"""Behind it stands the thing that is said to be there."""
_MOST_WORDS = 4


def turned(text: str, groups: Groups, is_called: Callable[[str], bool]) -> str:
    """`text` with such commands the usual way round. `is_called` knows the names of the home."""
    text = _LIT_BY.sub("all the lights in ", text)
    text = _LET_IN.sub("", text)
    if found := _FRONTED.fullmatch(text):
        verb = f"{found['verb']} {found['state']}" if found["verb"] else found["move"]
        return f"{verb} {found['what']}{found['end']}"
    if (found := _RESUMED.fullmatch(text)) and is_called(found["what"]):
        return (
            f"{found['verb']} {found['what']} and set the volume of {found['what']} to {found['level']}{found['end']}"
        )
    if (found := _WILL_DO.fullmatch(text)) and is_called(found["what"]):
        return f"set {found['what']} to {found['level']}{found['end']}"
    if (found := _MORE.fullmatch(text)) and is_called(found["what"]):
        return f"make {found['what']} {found['how']}"
    if found := _IN_TIME.fullmatch(text):
        return found["command"]
    text = _TO_PLACE.sub(
        lambda at: f"the {at['place']} {at['thing']}" if is_called(f"{at['place']} {at['thing']}") else at[0], text
    )
    return _placed(text, groups)


def _placed(text: str, groups: Groups) -> str:
    """`text` with the room of the thing before it for "in there"; as it is where several rooms are spoken of, or none."""
    there = _THERE.search(text)
    joint = None if there is None else _LAST_JOINT.match(text[: there.start()])
    if there is None or joint is None:
        return text
    said = tokens(joint["before"])
    rooms: set[str] = set()
    for at in range(len(said)):
        for length in range(_MOST_WORDS, 0, -1):
            span = folds(said[at : at + length])
            if len(span) == length and span in groups.areas.names:
                rooms.add(groups.areas.names[span])
                break
            if len(span) == length and span in groups.things.names:
                rooms.add(groups.room_of[groups.things.names[span]])
                break
    if len(rooms) != 1:
        return text
    name = groups.areas.called.get(rooms.pop(), "").lower()
    return f"{text[: there.start()]}in the {name}{text[there.end() :]}" if name else text
