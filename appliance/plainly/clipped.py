"""Lists of things and how they are to be, which the model reads in part: "dryer on, hall light as well", "hood off, and start a timer".

Each part gets its verb, and a thing that is called by the end of its name gets its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from appliance.messages import Home
from appliance.resolver.spelling import Stems, stems
from appliance.resolver.vocabulary import NOUNS

_JOINTS = re.compile(r"(?P<joint>,? and (?:then )?|, (?:then )?)")
_PART = re.compile(
    r"(?P<article>(?:the |my |our )?)(?P<thing>[\w'’ -]+?) (?P<how>on|off|open|closed|shut|up|down|(?:to|at) [\w .%-]+?)"
    r"(?P<end>,? please)?[.!]?",
    re.IGNORECASE,
)
_AS_WELL = re.compile(
    r"(?P<thing>(?:the |my |our )?[\w'’ -]+?),? (?:as well|too|likewise)(?P<end>,? please)?[.!]?", re.IGNORECASE
)
_VERB = re.compile(
    r"(?:please )?(?:turn|switch|set|start|open|close|lock|unlock|put|dim|play|pause|add|run|mute|lower|raise) ",
    re.IGNORECASE,
)
_VALUE = re.compile(r"(?:to|at) ", re.IGNORECASE)


class Clipped:
    """Writes such lists out in one home. Immutable after construction."""

    def __init__(self, home: Home, written_out: Callable[[str], str | None]) -> None:
        """Look through `home`. `written_out` gives a command without a verb with one, or None."""
        self._written_out = written_out
        self._known = {stems(name) for e in home.entities for name in e.names}
        ends: dict[Stems, set[str]] = {}
        for entity in home.entities:
            if entity.domain in {"sensor", "binary_sensor"}:
                continue
            for called in map(stems, entity.names):
                for at in range(1, len(called)):
                    ends.setdefault(called[at:], set()).add(entity.name)
        areas = {stems(name) for area in home.areas for name in area.names}
        self._ends: Mapping[Stems, str] = {
            end: next(iter(names))
            for end, names in ends.items()
            if len(names) == 1
            and end not in self._known | areas
            and " ".join(end) not in NOUNS
            and not end[-1].isdigit()
        }

    def put(self, text: str) -> str:
        """`text` with a verb in each part; as it is where it is no such list."""
        pieces = _JOINTS.split(text)
        parts, joints = pieces[::2], [*pieces[1::2], ""]
        verb = next((at for at, part in enumerate(parts) if _VERB.match(part)), len(parts))
        if len(parts) < 2 or "?" in text or not verb:
            return text
        made: list[str] = []
        state, mended = "", verb < len(parts)
        for part, joint in zip(parts[:verb], joints, strict=False):
            said = self._stated(part, state)
            found = _PART.fullmatch(said)
            whole = self._whole(found) if found is not None else ""
            command = self._written_out(whole) if whole else None
            if found is None or command is None:
                return text
            state, mended = found["how"], mended or whole != part
            made.append(command + joint)
        rest = "".join(part + joint for part, joint in zip(parts[verb:], joints[verb:], strict=True))
        return "".join(made) + rest if mended and not _AS_WELL.fullmatch(parts[-1] if rest else "") else text

    def _stated(self, part: str, state: str) -> str:
        """`part` with the state of the part before it for "as well"."""
        again = _AS_WELL.fullmatch(part)
        if again is None or not state or _VALUE.match(state):
            return part
        return f"{again['thing']} {state}{again['end'] or ''}"

    def _whole(self, found: re.Match[str]) -> str:
        """A part with the name of a thing that it calls by the end of it."""
        name = self._ends.get(stems(found["thing"]))
        return found[0] if name is None else f"{found['article'] or 'the '}{name} {found['how']}{found['end'] or ''}"
