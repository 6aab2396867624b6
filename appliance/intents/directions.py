"""Which way each thing of a sentence is switched: of "turn off the lamp and the fan and turn on the kettle" only the kettle goes on.

The command model may give the verb of one clause to a thing of another.
"""

from __future__ import annotations

from collections.abc import Sequence

from appliance.messages import Call
from appliance.text import words

_VERBS = frozenset("turn switch put power flip".split())
_OTHER_VERBS = frozenset(
    "set make dim open close shut lock unlock start stop play pause leave keep get bring let have want take".split()
)
_WAYS = {"on": "TurnOn", "off": "TurnOff"}


def misdirected(calls: Sequence[Call], text: str) -> int:
    """How many things `calls` switch the other way than the verb before them says, where its "on" or "off" stands beside it."""
    said = [word.text for word in words(text)]
    if sum(word in _VERBS for word in said) == 0 or len(calls) < 2:
        return 0
    return sum(
        way is not None and call.name in _WAYS.values() and call.name != way
        for call in calls
        if (way := _way(said, [word.text for word in words(call.target.name or "")])) is not None
    )


def _way(said: Sequence[str], name: Sequence[str]) -> str | None:
    """The call that the sentence wants for the thing with this name; None: it does not say, or says it twice."""
    places = [at for at in range(len(said) - len(name) + 1) if name and list(said[at : at + len(name)]) == list(name)]
    if len(places) != 1:
        return None
    for at in range(places[0] - 1, -1, -1):
        if said[at] in _VERBS:
            return _WAYS.get(said[at + 1])
        if said[at] in _OTHER_VERBS or (said[at] in _WAYS and (at == 0 or said[at - 1] not in _VERBS)):
            return None
    return None
